package bech32

// cashGroups is the length of a cashaddr checksum.
const cashGroups = 8

// DecodeCash gives the prefix in small letters and the groups, without the checksum,
// of a cashaddr with its prefix. Errors: all but ErrPadding.
func DecodeCash(text string) (prefix string, data []byte, err error) {
	prefix, data, err = part(text, ":", cashGroups)
	if err != nil {
		return "", nil, err
	}
	if cashPolymod(prefix, data) != 0 {
		return "", nil, ErrChecksum
	}
	return prefix, data[:len(data)-cashGroups], nil
}

// EncodeCash writes groups of five bits as a cashaddr with its prefix, which is of
// small letters.
func EncodeCash(prefix string, data []byte) string {
	padded := append(append(make([]byte, 0, len(data)+cashGroups), data...), make([]byte, cashGroups)...)
	sum := cashPolymod(prefix, padded)
	for i := range cashGroups {
		padded[len(data)+i] = byte(sum >> (5 * (cashGroups - 1 - i)) & 31)
	}
	return prefix + ":" + spell(padded)
}

// cashPolymod is the remainder in the code that the cashaddr document defines, over
// forty bits; 0 for a text and its checksum.
func cashPolymod(prefix string, data []byte) uint64 {
	sum := uint64(1)
	step := func(v byte) {
		top := sum >> 35
		sum = sum&0x07ffffffff<<5 ^ uint64(v)
		for i, g := range [5]uint64{0x98f2bc8e61, 0x79b76d99e2, 0xf33e5fb3c4, 0xae2eabe2a8, 0x1e4f43e470} {
			if top>>i&1 == 1 {
				sum ^= g
			}
		}
	}
	for i := range len(prefix) {
		step(prefix[i] & 31)
	}
	step(0)
	for _, g := range data {
		step(g)
	}
	return sum ^ 1
}
