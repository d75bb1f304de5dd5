// Package bech32 reads and writes the three forms that Bitcoin and its kin write
// bytes in with an error-correcting checksum: bech32 (BIP 173), bech32m (BIP 350) and
// the cashaddr of Bitcoin Cash.
//
//	hrp, data, kind, err := bech32.Decode("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")
//	// "bc", 33 groups of five bits, bech32.Plain
//
// The text is of one case; where the cases are mixed it is refused, as the documents
// have it. Data are groups of five bits until [Regroup] makes bytes of them.
package bech32

import (
	"errors"
	"fmt"
	"strings"
)

// Errors of decoding.
var (
	// ErrCharacter: a character that the form does not have.
	ErrCharacter = errors.New("character not of the bech32 alphabet")
	// ErrCase: capital and small letters are mixed.
	ErrCase = errors.New("capital and small letters are mixed")
	// ErrForm: there is no separator, or nothing before it.
	ErrForm = errors.New("no prefix and separator")
	// ErrLength: too short for a checksum, or longer than MaxText.
	ErrLength = errors.New("wrong length")
	// ErrChecksum: the checksum is not that of the rest.
	ErrChecksum = errors.New("bad checksum")
	// ErrPadding: bits that fill up the last group are not zero, or are too many.
	ErrPadding = errors.New("bad padding")
)

// MaxText is the most characters that are decoded; addresses have at most 90.
const MaxText = 128

// Kind is the constant that a checksum was made with.
type Kind uint32

// The two of them.
const (
	Plain    Kind = 1          // BIP 173
	Modified Kind = 0x2bc830a3 // BIP 350
)

// letters are the characters of the groups 0 to 31.
const letters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

var groups = func() (out [128]int8) {
	for i := range out {
		out[i] = int8(strings.IndexByte(letters, byte(i)))
	}
	return out
}()

// lower makes text small letters, unless its cases are mixed or it has characters that
// are not printable ASCII.
func lower(text string) (string, error) {
	upper, small := false, false
	for i := range len(text) {
		c := text[i]
		if c < 33 || c > 126 {
			return "", fmt.Errorf("%w: %+q at %d", ErrCharacter, text[i:i+1], i+1)
		}
		upper = upper || 'A' <= c && c <= 'Z'
		small = small || 'a' <= c && c <= 'z'
	}
	if upper && small {
		return "", ErrCase
	}
	return strings.ToLower(text), nil
}

// part takes a text apart at the last separator; the rest is groups of five bits, its
// checksum of so many at the end.
func part(text, separator string, checksum int) (prefix string, data []byte, err error) {
	if len(text) > MaxText {
		return "", nil, fmt.Errorf("%w: %d characters", ErrLength, len(text))
	}
	if text, err = lower(text); err != nil {
		return "", nil, err
	}
	at := strings.LastIndex(text, separator)
	if at < 1 {
		return "", nil, ErrForm
	}
	prefix, rest := text[:at], text[at+1:]
	if len(rest) < checksum {
		return "", nil, fmt.Errorf("%w: %d characters after the prefix", ErrLength, len(rest))
	}
	data = make([]byte, len(rest), len(rest)+8)
	for i := range len(rest) {
		g := groups[rest[i]]
		if g < 0 {
			return "", nil, fmt.Errorf("%w: %+q at %d", ErrCharacter, rest[i:i+1], at+2+i)
		}
		data[i] = byte(g)
	}
	return prefix, data, nil
}

// checksumGroups is the length of a bech32 checksum.
const checksumGroups = 6

// Decode gives the prefix in small letters, the groups without the checksum and the
// kind of checksum that they have. Errors: all but ErrPadding.
func Decode(text string) (prefix string, data []byte, kind Kind, err error) {
	prefix, data, err = part(text, "1", checksumGroups)
	if err != nil {
		return "", nil, 0, err
	}
	kind = Kind(polymod(prefix, data))
	if kind != Plain && kind != Modified {
		return "", nil, 0, ErrChecksum
	}
	return prefix, data[:len(data)-checksumGroups], kind, nil
}

// Encode writes groups of five bits, with the checksum of that kind. The prefix is of
// small letters.
func Encode(prefix string, data []byte, kind Kind) string {
	padded := append(append(make([]byte, 0, len(data)+checksumGroups), data...), make([]byte, checksumGroups)...)
	sum := polymod(prefix, padded) ^ uint32(kind)
	for i := range checksumGroups {
		padded[len(data)+i] = byte(sum >> (5 * (checksumGroups - 1 - i)) & 31)
	}
	return prefix + "1" + spell(padded)
}

func spell(data []byte) string {
	out := make([]byte, len(data))
	for i, g := range data {
		out[i] = letters[g]
	}
	return string(out)
}

// polymod is the remainder of the prefix, expanded, and the groups (BIP 173).
func polymod(prefix string, data []byte) uint32 {
	sum := uint32(1)
	step := func(v byte) {
		top := sum >> 25
		sum = sum&0x1ffffff<<5 ^ uint32(v)
		for i, g := range [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				sum ^= g
			}
		}
	}
	for i := range len(prefix) {
		step(prefix[i] >> 5)
	}
	step(0)
	for i := range len(prefix) {
		step(prefix[i] & 31)
	}
	for _, g := range data {
		step(g)
	}
	return sum
}

// Regroup makes groups of so many bits of groups of others: 5 to 8 to read, 8 to 5 to
// write. To 8 the bits left over must be fewer than 5 and zero, else ErrPadding.
func Regroup(data []byte, from, to uint) ([]byte, error) {
	var acc, bits uint
	out := make([]byte, 0, len(data)*int(from)/int(to)+1)
	for _, v := range data {
		acc = (acc<<from | uint(v)) & 0xfff
		for bits += from; bits >= to; {
			bits -= to
			out = append(out, byte(acc>>bits&(1<<to-1)))
		}
	}
	rest := acc & (1<<bits - 1)
	switch {
	case to == 5 && bits > 0:
		out = append(out, byte(rest<<(to-bits)))
	case to == 8 && (bits >= from || rest != 0):
		return nil, ErrPadding
	}
	return out, nil
}
