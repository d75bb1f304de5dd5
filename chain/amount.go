package chain

import (
	"errors"
	"fmt"
	"math/big"
	"math/bits"
	"strings"
)

// Errors of amounts.
var (
	// ErrNotNumber: the text is no plain number: digits, at most one point, no sign,
	// no exponent, no grouping.
	ErrNotNumber = errors.New("not a plain decimal number")
	// ErrNegative: an amount is never below zero.
	ErrNegative = errors.New("is negative")
	// ErrTooBig: 2^256 or more.
	ErrTooBig = errors.New("is 2^256 or more")
	// ErrTooFine: there are more decimals than base units can hold.
	ErrTooFine = errors.New("has more decimals than the asset")
)

// AmountError is an amount that is refused.
type AmountError struct {
	Text string // as it was given
	Err  error  // one of the sentinels
}

func (e *AmountError) Error() string { return "amount " + quote(e.Text) + ": " + e.Err.Error() }

func (e *AmountError) Unwrap() error { return e.Err }

// Amount is a whole number of base units from 0 to 2^256−1. The zero Amount is 0. It
// can be compared with == and used as a map key.
type Amount struct {
	w [4]uint64 // least significant first
}

// Units64 is the amount of so many base units.
func Units64(n uint64) Amount { return Amount{[4]uint64{n}} }

// IsZero reports whether it is 0.
func (a Amount) IsZero() bool { return a == Amount{} }

// Uint64 is the amount where it fits 64 bits.
func (a Amount) Uint64() (n uint64, ok bool) {
	return a.w[0], a.w[1]|a.w[2]|a.w[3] == 0
}

// Cmp is −1, 0 or 1 as a is less than, equal to or more than b.
func (a Amount) Cmp(b Amount) int {
	for i := 3; i >= 0; i-- {
		switch {
		case a.w[i] < b.w[i]:
			return -1
		case a.w[i] > b.w[i]:
			return 1
		}
	}
	return 0
}

// Add is a + b, and whether that is below 2^256; where it is not, the sum is 0.
func (a Amount) Add(b Amount) (sum Amount, ok bool) {
	var carry uint64
	for i := range a.w {
		sum.w[i], carry = bits.Add64(a.w[i], b.w[i], carry)
	}
	if carry != 0 {
		return Amount{}, false
	}
	return sum, true
}

// Sub is a − b, and whether b is not more than a; where it is, the difference is 0.
func (a Amount) Sub(b Amount) (difference Amount, ok bool) {
	var borrow uint64
	for i := range a.w {
		difference.w[i], borrow = bits.Sub64(a.w[i], b.w[i], borrow)
	}
	if borrow != 0 {
		return Amount{}, false
	}
	return difference, true
}

// Big is the amount as a new big.Int.
func (a Amount) Big() *big.Int {
	b := a.Bytes()
	return new(big.Int).SetBytes(b[:])
}

// FromBig is the amount of a big.Int. Errors: ErrNegative, ErrTooBig.
func FromBig(n *big.Int) (Amount, error) {
	switch {
	case n.Sign() < 0:
		return Amount{}, &AmountError{n.String(), ErrNegative}
	case n.BitLen() > 256:
		return Amount{}, &AmountError{n.String(), ErrTooBig}
	}
	var b [32]byte
	n.FillBytes(b[:])
	return FromBytes(b), nil
}

// Bytes are the 32 bytes of the amount, most significant first.
func (a Amount) Bytes() (b [32]byte) {
	for i, w := range a.w {
		for j := range 8 {
			b[31-8*i-j] = byte(w >> (8 * j))
		}
	}
	return b
}

// FromBytes is the amount of 32 bytes, most significant first.
func FromBytes(b [32]byte) (a Amount) {
	for i := range a.w {
		for j := range 8 {
			a.w[i] |= uint64(b[31-8*i-j]) << (8 * j)
		}
	}
	return a
}

// maxDigits is the most digits that are looked at: 2^256 has 78, and leading zeros and
// decimals come on top.
const maxDigits = 1024

// ParseAmount reads a whole number of base units: digits alone. Errors:
// [*AmountError] with ErrNotNumber, ErrNegative, ErrTooBig.
func ParseAmount(text string) (Amount, error) { return ParseUnits(text, 0) }

// ParseUnits reads a decimal number of an asset with so many decimals, as "0.05". Zeros
// beyond the decimals are no loss and are read; other digits there are ErrTooFine.
// Errors: [*AmountError].
func ParseUnits(text string, decimals uint8) (Amount, error) {
	a, err := parseUnits(text, int(decimals))
	if err != nil {
		return Amount{}, &AmountError{text, err}
	}
	return a, nil
}

func parseUnits(text string, decimals int) (Amount, error) {
	if rest, minus := strings.CutPrefix(text, "-"); minus && isNumber(rest) {
		return Amount{}, ErrNegative
	}
	if !isNumber(text) {
		return Amount{}, ErrNotNumber
	}
	whole, fraction, _ := strings.Cut(text, ".")
	if fraction = strings.TrimRight(fraction, "0"); len(fraction) > decimals {
		return Amount{}, ErrTooFine
	}
	var a Amount
	for _, part := range []string{whole, fraction, strings.Repeat("0", decimals-len(fraction))} {
		for i := range len(part) {
			if !a.shift(uint64(part[i] - '0')) {
				return Amount{}, ErrTooBig
			}
		}
	}
	return a, nil
}

// isNumber: digits with at most one point, and digits on both sides of it.
func isNumber(text string) bool {
	whole, fraction, point := strings.Cut(text, ".")
	return len(text) <= maxDigits && isDigits(whole) && (!point || isDigits(fraction))
}

func isDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}

// shift makes the amount ten times itself and the digit, unless that is too big.
func (a *Amount) shift(digit uint64) bool {
	for i := range a.w {
		hi, lo := bits.Mul64(a.w[i], 10)
		var carry uint64
		a.w[i], carry = bits.Add64(lo, digit, 0)
		digit = hi + carry
	}
	return digit == 0
}

// String is the amount in base units: digits alone.
func (a Amount) String() string { return a.Units(0) }

// Units is the amount as a decimal number of an asset with so many decimals: exact,
// without grouping and without zeros at its end.
func (a Amount) Units(decimals uint8) string {
	digits := a.digits()
	if n := int(decimals) + 1 - len(digits); n > 0 {
		digits = strings.Repeat("0", n) + digits
	}
	at := len(digits) - int(decimals)
	fraction := strings.TrimRight(digits[at:], "0")
	if fraction == "" {
		return digits[:at]
	}
	return digits[:at] + "." + fraction
}

// digits are the amount's decimal digits.
func (a Amount) digits() string {
	const step = 1e19 // the highest power of ten in 64 bits
	var parts []string
	for {
		var rest uint64
		for i := 3; i >= 0; i-- {
			a.w[i], rest = bits.Div64(rest, a.w[i], step)
		}
		if a.IsZero() {
			parts = append(parts, fmt.Sprint(rest))
			break
		}
		parts = append(parts, fmt.Sprintf("%019d", rest))
	}
	var b strings.Builder
	for i := len(parts) - 1; i >= 0; i-- {
		b.WriteString(parts[i])
	}
	return b.String()
}

// MarshalText writes base units: in JSON an amount is a string of digits.
func (a Amount) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (a *Amount) UnmarshalText(text []byte) (err error) {
	*a, err = ParseAmount(string(text))
	return err
}

// Asset is what is moved: a chain's own coin or a token by its contract. It can be
// compared with == and used as a map key.
type Asset struct {
	Chain    ID
	Contract Address // the zero Address for the native asset; else an address on Chain
}

// native stands for a chain's own coin where an asset is written.
const native = "native"

// String is "CHAIN/native" or "CHAIN/CONTRACT", as [ParseAsset] reads it.
func (a Asset) String() string {
	if a.IsNative() {
		return string(a.Chain) + "/" + native
	}
	return string(a.Chain) + "/" + a.Contract.String()
}

// IsNative reports whether the asset is the chain's own.
func (a Asset) IsNative() bool { return a.Contract == Address{} }

// Decimals are those of a native asset. Of a token only its contract knows them: ok is
// false, and whoever prints it says where the decimals come from.
func (a Asset) Decimals() (decimals uint8, ok bool) {
	c, known := Lookup(a.Chain)
	return c.Decimals, known && a.IsNative()
}

// ParseAsset reads "CHAIN/native" or "CHAIN/CONTRACT". Errors: ErrUnknown,
// [*AddressError].
func ParseAsset(text string) (Asset, error) {
	name, contract, ok := strings.Cut(text, "/")
	if _, known := Lookup(ID(name)); !ok || !known {
		return Asset{}, fmt.Errorf("asset %s: want CHAIN/native or CHAIN/CONTRACT: %w", quote(text), ErrUnknown)
	}
	if contract == native {
		return Asset{Chain: ID(name)}, nil
	}
	a, err := Parse(ID(name), contract)
	if err != nil {
		return Asset{}, fmt.Errorf("asset %s: %w", quote(text), err)
	}
	return Asset{Chain: ID(name), Contract: a}, nil
}

// MarshalText writes the asset as String does.
func (a Asset) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (a *Asset) UnmarshalText(text []byte) (err error) {
	*a, err = ParseAsset(string(text))
	return err
}
