package value

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// ErrNumber is returned, wrapped with the text concerned, for text that is not a
// plain decimal number of at most MaxDigits digits on either side of the point.
var ErrNumber = errors.New("not a plain decimal number")

// MaxDigits bounds the digits of a number that is read, on either side of the
// point: enough for the base units of any token, and small enough that nothing
// can be made to blow up.
const MaxDigits = 60

// maxPlaces bounds the decimal places of a quotient.
const maxPlaces = 4 * MaxDigits

// exact never rounds: its precision is what a result needs.
var exact = apd.BaseContext

// Decimal is an exact decimal number. The zero Decimal counts as 0, but nobody
// stated it: see Given.
type Decimal struct {
	d     apd.Decimal
	given bool
}

// ParseDecimal reads a plain decimal: optional minus, digits, optional point and
// digits. No exponent, no grouping, no blanks: those are how numbers get misread.
func ParseDecimal(s string) (Decimal, error) {
	if d, ok := parseShort(s); ok {
		return d, nil
	}
	return parseLong(s)
}

// parseLong reads any text.
func parseLong(s string) (Decimal, error) {
	whole, frac, point := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	switch {
	case !allDigits(whole) || point && !allDigits(frac):
		return Decimal{}, fmt.Errorf("number %s: %w", clip(s), ErrNumber)
	case len(whole) > MaxDigits || len(frac) > MaxDigits:
		return Decimal{}, fmt.Errorf("number %s: %w of at most %d digits on either side of the point", clip(s), ErrNumber, MaxDigits)
	}
	out := Decimal{given: true}
	if _, _, err := out.d.SetString(s); err != nil {
		return Decimal{}, fmt.Errorf("number %s: %w", clip(s), ErrNumber)
	}
	return out, nil
}

// maxShort is how many digits a number can have and still fit into 64 bits.
const maxShort = 18

// parseShort reads what nearly every number is: a few digits, perhaps with a
// point among them. ok is false for any other text, sound or not.
func parseShort[T ~string | ~[]byte](s T) (d Decimal, ok bool) {
	at := 0
	if len(s) > 0 && s[0] == '-' {
		at = 1
	}
	var n int64
	digits, point := 0, -1
	for i := at; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			n = n*10 + int64(c-'0')
			digits++
		case c == '.' && point < 0 && i > at:
			point = i
		default:
			return d, false
		}
		if digits > maxShort {
			return d, false
		}
	}
	if digits == 0 || point == len(s)-1 {
		return d, false
	}
	d.given = true
	d.d.Coeff.SetInt64(n)
	if point > 0 {
		d.d.Exponent = int32(point + 1 - len(s))
	}
	d.d.Negative = at == 1
	return d, true
}

// MustDecimal is ParseDecimal for constants in programs and tests.
func MustDecimal(s string) Decimal {
	d, err := ParseDecimal(s)
	if err != nil {
		panic(err)
	}
	return d
}

// Int is the decimal of a whole number.
func Int(n int) Decimal {
	out := Decimal{given: true}
	out.d.SetInt64(int64(n))
	return out
}

// Given reports whether the number was read or computed, and is not merely what
// a program finds where nothing was said: a loss nobody put a figure on is not a
// loss of 0.
func (d Decimal) Given() bool { return d.given }

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// clip keeps an absurd value from filling the message that complains of it.
func clip(s string) string {
	if len(s) > 40 {
		return fmt.Sprintf("%q… (%d characters)", s[:40], len(s))
	}
	return fmt.Sprintf("%q", s)
}

// Add returns d + e, exactly.
func (d Decimal) Add(e Decimal) Decimal { return d.apply(exact.Add, e) }

// Sub returns d − e, exactly.
func (d Decimal) Sub(e Decimal) Decimal { return d.apply(exact.Sub, e) }

// Mul returns d × e, exactly.
func (d Decimal) Mul(e Decimal) Decimal { return d.apply(exact.Mul, e) }

func (d Decimal) apply(op func(r, x, y *apd.Decimal) (apd.Condition, error), e Decimal) Decimal {
	out := Decimal{given: true}
	if _, err := op(&out.d, &d.d, &e.d); err != nil {
		panic(fmt.Sprintf("decimal out of range: %v", err)) // some 1600 products of numbers of MaxDigits
	}
	return out
}

// Quo returns d ÷ e rounded half to even, once, at the given number of decimal
// places; a negative number of places rounds to tens, hundreds and so on. ok is
// false where e is zero, and for more places than anybody can mean (240).
func (d Decimal) Quo(e Decimal, places int) (q Decimal, ok bool) {
	if e.IsZero() || places > maxPlaces || places < -maxPlaces {
		return Decimal{}, false
	}
	n, m := d.d.Coeff.MathBigInt(), e.d.Coeff.MathBigInt()
	if shift := int64(d.d.Exponent) - int64(e.d.Exponent) + int64(places); shift >= 0 {
		n.Mul(n, tenTo(shift))
	} else {
		m.Mul(m, tenTo(-shift))
	}
	out := Decimal{given: true}
	out.d.Coeff.SetMathBigInt(divideHalfEven(n, m))
	out.d.Exponent = int32(-places)
	out.d.Negative = d.d.Negative != e.d.Negative && out.d.Coeff.Sign() != 0
	return out, true
}

// divideHalfEven divides two numbers that are not negative.
func divideHalfEven(n, m *big.Int) *big.Int {
	q, rest := new(big.Int).QuoRem(n, m, new(big.Int))
	if half := rest.Lsh(rest, 1).Cmp(m); half > 0 || half == 0 && q.Bit(0) == 1 {
		q.Add(q, big.NewInt(1))
	}
	return q
}

func tenTo(n int64) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(n), nil) }

// Round rounds half to even at the given number of decimal places; a negative
// number of places rounds to tens, hundreds and so on.
func (d Decimal) Round(places int) Decimal {
	switch {
	case places >= -int(d.d.Exponent):
		return d
	case int64(places) < -(d.d.NumDigits() + int64(d.d.Exponent)):
		return Int(0)
	}
	out := Decimal{given: d.given}
	drop := -int64(d.d.Exponent) - int64(places)
	out.d.Coeff.SetMathBigInt(divideHalfEven(d.d.Coeff.MathBigInt(), tenTo(drop)))
	out.d.Exponent = int32(-places)
	out.d.Negative = d.d.Negative && out.d.Coeff.Sign() != 0
	return out
}

// Cmp compares by value: 1.50 equals 1.5.
func (d Decimal) Cmp(e Decimal) int { return d.d.Cmp(&e.d) }

// IsZero reports whether the number is 0.
func (d Decimal) IsZero() bool { return d.d.IsZero() }

// Sign is -1, 0 or 1.
func (d Decimal) Sign() int { return d.d.Sign() }

// Equal reports equality by value; go-cmp uses it.
func (d Decimal) Equal(e Decimal) bool { return d.Cmp(e) == 0 }

// String is the plain form with no exponent, no grouping and no needless zeros
// behind the point, so that equal numbers print alike.
func (d Decimal) String() string { return string(d.appendTo(nil)) }

func (d Decimal) appendTo(b []byte) []byte {
	start := len(b)
	b = d.d.Append(b, 'f')
	if s := b[start:]; bytes.IndexByte(s, '.') >= 0 {
		b = b[:start+len(bytes.TrimRight(bytes.TrimRight(s, "0"), "."))]
	}
	if string(b[start:]) == "-0" {
		return append(b[:start], '0')
	}
	return b
}

// AppendText appends the plain form.
func (d Decimal) AppendText(b []byte) ([]byte, error) { return d.appendTo(b), nil }

// MarshalText writes the plain form.
func (d Decimal) MarshalText() ([]byte, error) { return d.appendTo(nil), nil }

// UnmarshalText reads the plain form.
func (d *Decimal) UnmarshalText(b []byte) error {
	if short, ok := parseShort(b); ok {
		*d = short
		return nil
	}
	v, err := ParseDecimal(string(b))
	if err != nil {
		return err
	}
	*d = v
	return nil
}

// MarshalJSON writes the plain form as a string.
func (d Decimal) MarshalJSON() ([]byte, error) { return []byte(`"` + d.String() + `"`), nil }

// UnmarshalJSON reads a string or a number in plain form; null leaves the number
// as it is, that is, not given.
func (d *Decimal) UnmarshalJSON(b []byte) error {
	switch {
	case bytes.Equal(b, []byte("null")):
		return nil
	case len(b) == 0 || b[0] != '"':
		return d.UnmarshalText(b)
	}
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	return d.UnmarshalText([]byte(s))
}

// Money is an exact amount in a currency.
type Money struct {
	Amount   Decimal `json:"amount"`
	Currency string  `json:"currency"` // ISO 4217, upper case
}

// USD is an amount of United States dollars; it panics on text that is no number.
func USD(amount string) Money { return Money{MustDecimal(amount), "USD"} }

// String is "620000000 USD".
func (m Money) String() string { return m.Amount.String() + " " + m.Currency }
