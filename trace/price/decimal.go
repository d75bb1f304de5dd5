package price

import (
	"errors"
	"math/big"
	"strings"

	"github.com/turtlebay/turtlebay/chain"
)

// Errors of ParseDecimal.
var (
	// ErrNotDecimal: not digits with at most one point between them.
	ErrNotDecimal = errors.New("not a plain decimal number")
	// ErrTooLong: more digits than a price has.
	ErrTooLong = errors.New("has more than 30 digits before the point or 36 behind it")
)

// The most digits of a price that is read.
const (
	maxWhole = 30
	maxPart  = 36 // behind the point
)

// Decimal is an exact decimal number, nought or above. The zero Decimal is nought. It
// is immutable.
type Decimal struct {
	n     *big.Int // nil: nought
	scale int      // the number is n / 10^scale
}

// ParseDecimal reads digits, with at most one point that has digits on both sides: no
// sign, no exponent, no grouping. Errors: ErrNotDecimal, ErrTooLong.
func ParseDecimal(text string) (Decimal, error) {
	whole, part, pointed := strings.Cut(text, ".")
	if !digits(whole) || pointed && !digits(part) {
		return Decimal{}, ErrNotDecimal
	}
	whole, part = strings.TrimLeft(whole, "0"), strings.TrimRight(part, "0")
	if len(whole) > maxWhole || len(part) > maxPart {
		return Decimal{}, ErrTooLong
	}
	n, ok := new(big.Int).SetString("0"+whole+part, 10)
	if !ok {
		return Decimal{}, ErrNotDecimal
	}
	return Decimal{n, len(part)}, nil
}

func digits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

func (d Decimal) big() *big.Int {
	if d.n == nil {
		return new(big.Int)
	}
	return d.n
}

func tenTo(n int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// at is the number's n at a scale that is not below its own.
func (d Decimal) at(scale int) *big.Int {
	return new(big.Int).Mul(d.big(), tenTo(scale-d.scale))
}

// IsZero reports whether it is nought.
func (d Decimal) IsZero() bool { return d.big().Sign() == 0 }

// Cmp compares: -1, 0 or 1 where d is less than, equal to or more than e.
func (d Decimal) Cmp(e Decimal) int {
	scale := max(d.scale, e.scale)
	return d.at(scale).Cmp(e.at(scale))
}

// Add is the sum.
func (d Decimal) Add(e Decimal) Decimal {
	scale := max(d.scale, e.scale)
	sum := d.at(scale)
	return Decimal{sum.Add(sum, e.at(scale)), scale}
}

// Times is the number for each unit times an amount in base units, of an asset with so
// many decimals.
func (d Decimal) Times(amount chain.Amount, decimals uint8) Decimal {
	n := amount.Big()
	return Decimal{n.Mul(n, d.big()), d.scale + int(decimals)}
}

// Cents is the number with two decimals, rounded half up, as "1234.50".
func (d Decimal) Cents() string {
	n := new(big.Int).Mul(d.big(), big.NewInt(100))
	half := tenTo(d.scale)
	n.Mul(n, big.NewInt(2)).Add(n, half)
	n.Quo(n, half.Mul(half, big.NewInt(2)))
	return Decimal{n, 2}.plain()
}

// String is the exact number, without zeros at its end.
func (d Decimal) String() string {
	text := d.plain()
	if d.scale > 0 {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// plain is the number with as many decimals as its scale.
func (d Decimal) plain() string {
	text := d.big().String()
	if d.scale == 0 {
		return text
	}
	if short := d.scale + 1 - len(text); short > 0 {
		text = strings.Repeat("0", short) + text
	}
	point := len(text) - d.scale
	return text[:point] + "." + text[point:]
}

// MarshalText writes the exact number.
func (d Decimal) MarshalText() ([]byte, error) { return []byte(d.String()), nil }
