package derive

import (
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// Styles of Print beside the default.
const (
	// Exact prints every digit of an amount: "$1,344,792,000".
	Exact = "exact"
	// Plain leaves the sign or the word of the unit out: "1,344,792,000".
	Plain = "plain"
	// Unsigned leaves a minus out, where a word says it: "fell by $2.25 billion".
	Unsigned = "unsigned"
	// Least and Greatest print the bounds of the claims instead of the value.
	Least    = "least"
	Greatest = "greatest"
)

// NoFigure is printed where nothing is known.
const NoFigure = "no figure"

// Print gives the value as a sentence shows it. By default amounts of money of a
// million and more are shortened to three significant digits ("$1.34 billion");
// everything else is exact with thousands grouped. Years, dates and text print as
// they are. The styles change that, each in its own way.
func (r Result) Print(style string) string {
	switch style {
	case Least:
		r.Value = r.Low
	case Greatest:
		r.Value = r.High
	case Unsigned:
		r.Value = strings.TrimPrefix(r.Value, "-")
	}
	if r.Value == "" {
		return NoFigure
	}
	switch r.Unit {
	case UnitText, UnitYear, UnitDate:
		return r.Value
	case UnitUSD:
		if style == Plain {
			return Group(r.Value)
		}
		sign, digits := cutSign(r.Value)
		if style == Exact {
			return sign + "$" + Group(digits)
		}
		return sign + "$" + shorten(digits)
	case UnitPercent:
		if style == Plain {
			return Group(r.Value)
		}
		return Group(r.Value) + " per cent"
	}
	return Group(r.Value)
}

func cutSign(s string) (sign, digits string) {
	if rest, ok := strings.CutPrefix(s, "-"); ok {
		return "−", rest
	}
	return "", s
}

// plain reports whether s is digits, or digits with a point among them.
func plain(s string) bool {
	whole, frac, point := strings.Cut(s, ".")
	digits := func(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
	return digits(whole) && (digits(frac) || !point)
}

// Group writes a plain decimal with a comma between thousands and a true minus.
// Text that is no number comes back as it is.
func Group(s string) string {
	sign, digits := cutSign(s)
	if !plain(digits) {
		return s
	}
	whole, frac, point := strings.Cut(digits, ".")
	var b strings.Builder
	for i, c := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	if point {
		b.WriteString("." + frac)
	}
	return sign + b.String()
}

var scales = []struct {
	zeros int
	word  string
}{{12, "trillion"}, {9, "billion"}, {6, "million"}}

var million = apd.New(1, 6)

// shorten rounds an amount of a million or more to three significant digits and
// names the scale: 1344792000 is "1.34 billion", 999999999 is "1 billion".
func shorten(s string) string {
	var d apd.Decimal
	if _, _, err := d.SetString(s); err != nil || !plain(s) || d.Cmp(million) < 0 {
		return Group(s)
	}
	three := apd.BaseContext.WithPrecision(3)
	three.Rounding = apd.RoundHalfEven
	var rounded apd.Decimal
	if _, err := three.Round(&rounded, &d); err != nil {
		return Group(s)
	}
	for _, sc := range scales {
		if rounded.NumDigits()+int64(rounded.Exponent) > int64(sc.zeros) {
			rounded.Exponent -= int32(sc.zeros)
			return Group(trimZeros(rounded.Text('f'))) + " " + sc.word
		}
	}
	return Group(s)
}

func trimZeros(s string) string {
	if !strings.Contains(s, ".") {
		return s
	}
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}
