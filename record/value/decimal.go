package value

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// ErrNumber is returned, wrapped with the text concerned, for text that is not a
// plain decimal number of at most MaxDigits digits.
var ErrNumber = errors.New("not a plain decimal number")

// MaxDigits bounds a number's digits on either side of the point: enough for the
// base units of any token, and small enough that nothing can be made to blow up.
const MaxDigits = 60

// exact is wide enough for sums and products of two bounded numbers; a result
// that would not fit is an error, never a rounding.
var exact = func() *apd.Context {
	c := apd.BaseContext.WithPrecision(4 * MaxDigits)
	c.Traps = apd.DefaultTraps | apd.Inexact | apd.Rounded
	return c
}()

// Decimal is an exact decimal number. The zero Decimal is 0.
type Decimal struct {
	d apd.Decimal
}

// ParseDecimal reads a plain decimal: optional minus, digits, optional point and
// digits. No exponent, no grouping, no blanks: those are how numbers get misread.
func ParseDecimal(s string) (Decimal, error) {
	whole, frac, point := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	if !allDigits(whole) || point && !allDigits(frac) || len(whole) > MaxDigits || len(frac) > MaxDigits {
		return Decimal{}, fmt.Errorf("number %s: %w", clip(s), ErrNumber)
	}
	var out Decimal
	if _, _, err := out.d.SetString(s); err != nil {
		return Decimal{}, fmt.Errorf("number %s: %w", clip(s), ErrNumber)
	}
	return out, nil
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
	var out Decimal
	out.d.SetInt64(int64(n))
	return out
}

func allDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// clip keeps an absurd value from filling the message that complains of it.
func clip(s string) string {
	if len(s) > 40 {
		return fmt.Sprintf("%q… (%d characters)", s[:40], len(s))
	}
	return fmt.Sprintf("%q", s)
}

// Add returns d + e.
func (d Decimal) Add(e Decimal) Decimal { return d.apply(exact.Add, e) }

// Sub returns d − e.
func (d Decimal) Sub(e Decimal) Decimal { return d.apply(exact.Sub, e) }

// Mul returns d × e.
func (d Decimal) Mul(e Decimal) Decimal { return d.apply(exact.Mul, e) }

func (d Decimal) apply(op func(r, x, y *apd.Decimal) (apd.Condition, error), e Decimal) Decimal {
	var out Decimal
	if _, err := op(&out.d, &d.d, &e.d); err != nil {
		panic(fmt.Sprintf("decimal out of range: %v", err)) // both sides are bounded by MaxDigits
	}
	return out
}

// Quo returns d ÷ e rounded half to even at the given number of decimal places;
// ok is false where e is zero.
func (d Decimal) Quo(e Decimal, places int) (q Decimal, ok bool) {
	if e.IsZero() {
		return Decimal{}, false
	}
	wide := apd.BaseContext.WithPrecision(8 * MaxDigits)
	wide.Rounding = apd.RoundHalfEven
	var out Decimal
	if _, err := wide.Quo(&out.d, &d.d, &e.d); err != nil {
		return Decimal{}, false
	}
	return out.Round(places), true
}

// Round rounds half to even at the given number of decimal places.
func (d Decimal) Round(places int) Decimal {
	c := apd.BaseContext.WithPrecision(8 * MaxDigits)
	c.Rounding = apd.RoundHalfEven
	var out Decimal
	if _, err := c.Quantize(&out.d, &d.d, int32(-places)); err != nil {
		return d
	}
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
func (d Decimal) String() string {
	s := d.d.Text('f')
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if s == "-0" {
		return "0"
	}
	return s
}

// MarshalJSON writes the plain form as a string.
func (d Decimal) MarshalJSON() ([]byte, error) { return json.Marshal(d.String()) }

// UnmarshalJSON reads a string or a number in plain form.
func (d *Decimal) UnmarshalJSON(b []byte) error {
	s := string(bytes.TrimSpace(b))
	if s == "null" {
		return nil
	}
	if strings.HasPrefix(s, `"`) {
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
	}
	v, err := ParseDecimal(s)
	if err != nil {
		return err
	}
	*d = v
	return nil
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
