// Package base58 reads and writes numbers in base 58, with and without the
// checksum of Bitcoin, in the alphabets of Bitcoin and of Ripple.
//
//	payload, err := base58.Bitcoin.DecodeCheck("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa")
//	// 21 bytes: the version 0x00 and a hash
//
// A leading zero byte is written as the alphabet's first character, so every text
// of the alphabet stands for exactly one sequence of bytes and back.
package base58

import (
	"crypto/sha256"
	"errors"
	"fmt"
)

// Errors of decoding.
var (
	// ErrCharacter: a character is not of the alphabet.
	ErrCharacter = errors.New("character not of the base58 alphabet")
	// ErrLength: the text is empty, longer than MaxText, or too short for a checksum.
	ErrLength = errors.New("wrong length")
	// ErrChecksum: the last four bytes are not the checksum of the others.
	ErrChecksum = errors.New("bad checksum")
)

// MaxText is the most characters that are decoded.
const MaxText = 128

// Alphabet is an order of the 58 characters.
type Alphabet struct {
	chars  string
	digits [256]int8 // -1: not of the alphabet
}

// The alphabets in use.
var (
	Bitcoin = newAlphabet("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")
	Ripple  = newAlphabet("rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz")
)

func newAlphabet(chars string) *Alphabet {
	a := &Alphabet{chars: chars}
	for i := range a.digits {
		a.digits[i] = -1
	}
	for i := range len(chars) {
		a.digits[chars[i]] = int8(i)
	}
	return a
}

// Has reports whether the character is of the alphabet.
func (a *Alphabet) Has(c byte) bool { return a.digits[c] >= 0 }

// limbs hold the number of a text of MaxText characters, least significant first.
type limbs struct {
	word [24]uint32
	n    int
}

// mulAdd makes the number times m plus c.
func (l *limbs) mulAdd(m, c uint64) {
	for i := range l.n {
		v := uint64(l.word[i])*m + c
		l.word[i], c = uint32(v), v>>32
	}
	if c > 0 {
		l.word[l.n] = uint32(c)
		l.n++
	}
}

// perStep is how many characters are taken in at once: 58^5 is below 2^32.
const perStep = 5

// Decode gives the bytes of a text. Errors: ErrLength, ErrCharacter.
func (a *Alphabet) Decode(text string) ([]byte, error) {
	if text == "" || len(text) > MaxText {
		return nil, fmt.Errorf("%w: %d characters", ErrLength, len(text))
	}
	zeros := 0
	for zeros < len(text) && text[zeros] == a.chars[0] {
		zeros++
	}
	var l limbs
	for i := zeros; i < len(text); {
		m, c := uint64(1), uint64(0)
		for end := min(i+perStep, len(text)); i < end; i++ {
			d := a.digits[text[i]]
			if d < 0 {
				return nil, fmt.Errorf("%w: %+q at %d", ErrCharacter, text[i:i+1], i+1)
			}
			m, c = m*58, c*58+uint64(d)
		}
		l.mulAdd(m, c)
	}
	out := make([]byte, zeros, zeros+4*l.n)
	leading := true
	for i := l.n - 1; i >= 0; i-- {
		for shift := 24; shift >= 0; shift -= 8 {
			b := byte(l.word[i] >> shift)
			if leading = leading && b == 0; !leading {
				out = append(out, b)
			}
		}
	}
	return out, nil
}

// Encode writes bytes as text.
func (a *Alphabet) Encode(b []byte) string {
	zeros := 0
	for zeros < len(b) && b[zeros] == 0 {
		zeros++
	}
	// Limbs of five digits each, least significant first: 58^5 is below 2^30.
	const base = 58 * 58 * 58 * 58 * 58
	limb := make([]uint64, 0, len(b)/3+1)
	for _, c := range b[zeros:] {
		carry := uint64(c)
		for i := range limb {
			carry += limb[i] << 8
			limb[i], carry = carry%base, carry/base
		}
		if carry > 0 {
			limb = append(limb, carry)
		}
	}
	digits := make([]byte, 0, perStep*len(limb)) // least significant first
	for _, v := range limb {
		for range perStep {
			digits, v = append(digits, byte(v%58)), v/58
		}
	}
	for len(digits) > 0 && digits[len(digits)-1] == 0 {
		digits = digits[:len(digits)-1]
	}
	out := make([]byte, 0, zeros+len(digits))
	for range zeros {
		out = append(out, a.chars[0])
	}
	for i := len(digits) - 1; i >= 0; i-- {
		out = append(out, a.chars[digits[i]])
	}
	return string(out)
}

// checksumSize is the bytes of a checksum at the end.
const checksumSize = 4

// DecodeCheck gives the bytes of a text before its checksum: the first four bytes of
// their SHA-256, twice. Errors: ErrLength, ErrCharacter, ErrChecksum.
func (a *Alphabet) DecodeCheck(text string) ([]byte, error) {
	b, err := a.Decode(text)
	if err != nil {
		return nil, err
	}
	if len(b) <= checksumSize {
		return nil, fmt.Errorf("%w: %d bytes", ErrLength, len(b))
	}
	body := b[:len(b)-checksumSize]
	if checksum(body) != [checksumSize]byte(b[len(body):]) {
		return nil, ErrChecksum
	}
	return body, nil
}

// EncodeCheck writes bytes with their checksum as text.
func (a *Alphabet) EncodeCheck(b []byte) string {
	sum := checksum(b)
	return a.Encode(append(append(make([]byte, 0, len(b)+checksumSize), b...), sum[:]...))
}

func checksum(b []byte) [checksumSize]byte {
	once := sha256.Sum256(b)
	twice := sha256.Sum256(once[:])
	return [checksumSize]byte(twice[:checksumSize])
}
