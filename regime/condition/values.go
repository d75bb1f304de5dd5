package condition

import (
	"fmt"
	"reflect"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"github.com/turtlebay/turtlebay/record/value"
)

// The types that CEL does not have. None of them converts to a CEL number: there
// is no way for a float to come in.
var (
	dateType   = cel.OpaqueType("date")
	numberType = cel.OpaqueType("number")
	codeType   = cel.OpaqueType("goods_code")
	claimsType = cel.OpaqueType("claims")
)

var celTypes = map[string]*cel.Type{
	Text: cel.StringType, Bool: cel.BoolType, Whole: cel.IntType, List: cel.ListType(cel.StringType),
	DateOf: dateType, Number: numberType, Code: codeType, Claims: claimsType,
}

// dateVal is a date that knows which fact it is, so that one too coarse to
// decide can be asked for.
type dateVal struct {
	d       value.Date
	unknown *types.Unknown
}

// numberVal is an exact number.
type numberVal struct{ d value.Decimal }

// codeVal is a goods code of two to six digits.
type codeVal struct {
	s       string
	unknown *types.Unknown
}

// claimsVal is how many claims a list holds.
type claimsVal int

// wrapperOf says how a field's type is read; wrap is nil where it is not a fact.
func wrapperOf(tag string, ft reflect.Type) (typ string, wrap func(reflect.Value, *fact) ref.Val) {
	switch ft {
	case reflect.TypeFor[value.Date]():
		return DateOf, func(v reflect.Value, f *fact) ref.Val {
			d := *v.Addr().Interface().(*value.Date)
			if d.IsZero() {
				return f.unknown
			}
			return dateVal{d, f.unknown}
		}
	case reflect.TypeFor[value.Decimal]():
		return Number, func(v reflect.Value, _ *fact) ref.Val {
			return numberVal{*v.Addr().Interface().(*value.Decimal)}
		}
	case reflect.TypeFor[*value.Decimal]():
		return Number, pointer(func(v reflect.Value) ref.Val { return numberVal{*v.Interface().(*value.Decimal)} })
	case reflect.TypeFor[*bool]():
		return Bool, pointer(func(v reflect.Value) ref.Val { return types.Bool(v.Elem().Bool()) })
	case reflect.TypeFor[*int]():
		return Whole, pointer(func(v reflect.Value) ref.Val { return types.Int(v.Elem().Int()) })
	case reflect.TypeFor[[]string]():
		return List, func(v reflect.Value, _ *fact) ref.Val {
			return types.NewStringList(types.DefaultTypeAdapter, v.Interface().([]string))
		}
	}
	switch {
	case ft.Kind() == reflect.Slice:
		return Claims, func(v reflect.Value, f *fact) ref.Val {
			if v.Len() == 0 {
				return f.unknown
			}
			return claimsVal(v.Len())
		}
	case ft.Kind() == reflect.Bool:
		return Bool, func(v reflect.Value, _ *fact) ref.Val { return types.Bool(v.Bool()) }
	case ft.Kind() == reflect.String && tag == "hs":
		return Code, text(func(s string, f *fact) ref.Val { return codeVal{s, f.unknown} })
	case ft.Kind() == reflect.String:
		return Text, text(func(s string, _ *fact) ref.Val { return types.String(s) })
	}
	return "", nil
}

func pointer(read func(reflect.Value) ref.Val) func(reflect.Value, *fact) ref.Val {
	return func(v reflect.Value, f *fact) ref.Val {
		if v.IsNil() {
			return f.unknown
		}
		return read(v)
	}
}

func text(read func(string, *fact) ref.Val) func(reflect.Value, *fact) ref.Val {
	return func(v reflect.Value, f *fact) ref.Val {
		if v.Len() == 0 {
			return f.unknown
		}
		return read(v.String(), f)
	}
}

// functions declares what conditions can call beside CEL's own operators.
func functions() []cel.EnvOption {
	b := cel.BoolType
	return []cel.EnvOption{
		dated("before", b, isBefore),
		dated("on_or_after", b, func(a, c dateVal) ref.Val { return not(isBefore(a, c)) }),
		dated("days", cel.IntType, daysBetween),
		cel.Function("above", cel.Overload("above_number", []*cel.Type{numberType, cel.StringType}, b,
			cel.BinaryBinding(func(n, s ref.Val) ref.Val { return compare(n, s, 1) }))),
		cel.Function("below", cel.Overload("below_number", []*cel.Type{numberType, cel.StringType}, b,
			cel.BinaryBinding(func(n, s ref.Val) ref.Val { return compare(n, s, -1) }))),
		cel.Function("hs", cel.Overload("hs_code_list", []*cel.Type{codeType, cel.ListType(cel.StringType)}, b,
			cel.BinaryBinding(underHeading))),
		cel.Function("named", cel.Overload("named_text_list", []*cel.Type{cel.StringType, cel.ListType(cel.StringType)}, b,
			cel.BinaryBinding(isNamed))),
	}
}

// literalParsers check the literals in a call when the condition is compiled.
var literalParsers = map[string]func(string) error{
	"before": parseDate, "on_or_after": parseDate, "days": parseDate,
	"above": parseNumber, "below": parseNumber,
}

func parseDate(s string) error {
	d, err := value.ParseDate(s)
	if err == nil && d.Precision() != value.Day {
		return fmt.Errorf("date %q: want a day", s)
	}
	return err
}

func parseNumber(s string) error { _, err := value.ParseDecimal(s); return err }

// dated declares a function of two dates, either of them a literal.
func dated(name string, result *cel.Type, f func(a, b dateVal) ref.Val) cel.EnvOption {
	bind := cel.BinaryBinding(func(x, y ref.Val) ref.Val {
		a, okA := asDate(x)
		b, okB := asDate(y)
		if !okA || !okB {
			return types.NewErr("%s(): not a date", name)
		}
		return f(a, b)
	})
	return cel.Function(name,
		cel.Overload(name+"_date_date", []*cel.Type{dateType, dateType}, result, bind),
		cel.Overload(name+"_date_text", []*cel.Type{dateType, cel.StringType}, result, bind))
}

func asDate(v ref.Val) (dateVal, bool) {
	switch v := v.(type) {
	case dateVal:
		return v, true
	case types.String:
		d, err := value.ParseDate(string(v))
		return dateVal{d: d}, err == nil && !d.IsZero()
	}
	return dateVal{}, false
}

// isBefore is undecided where the two ranges of days overlap in such a way that
// some pairs are in order and some are not.
func isBefore(a, b dateVal) ref.Val {
	switch {
	case a.d.Before(b.d):
		return types.True
	case a.d.First().Compare(b.d.Last()) >= 0:
		return types.False
	}
	return coarse(a, b)
}

// coarse is the unknown of those of the two that are not known to the day.
func coarse(a, b dateVal) ref.Val {
	var u *types.Unknown
	for _, d := range []dateVal{a, b} {
		if d.d.Precision() != value.Day && d.unknown != nil {
			u = types.MergeUnknowns(d.unknown, u)
		}
	}
	if u == nil {
		return types.NewUnknown(0, nil)
	}
	return u
}

func not(v ref.Val) ref.Val {
	if b, ok := v.(types.Bool); ok {
		return !b
	}
	return v
}

func daysBetween(a, b dateVal) ref.Val {
	n, ok := a.d.DaysUntil(b.d)
	if !ok {
		return coarse(a, b)
	}
	return types.Int(n)
}

func compare(n, s ref.Val, sign int) ref.Val {
	number, okN := n.(numberVal)
	text, okS := s.(types.String)
	limit, err := value.ParseDecimal(string(text))
	if !okN || !okS || err != nil {
		return types.NewErr("not a number")
	}
	return types.Bool(number.d.Cmp(limit) == sign)
}

// underHeading is undecided where the code reported is shorter than the one it
// might fall under: "27" may or may not be 2701.
func underHeading(c, list ref.Val) ref.Val {
	code, okC := c.(codeVal)
	headings, okL := list.(traits.Lister)
	if !okC || !okL {
		return types.NewErr("hs(): want a goods code and a list")
	}
	open := false
	for it := headings.Iterator(); it.HasNext() == types.True; {
		h, _ := it.Next().Value().(string)
		if h != "" && strings.HasPrefix(code.s, h) {
			return types.True
		}
		open = open || strings.HasPrefix(h, code.s)
	}
	if open {
		return code.unknown
	}
	return types.False
}

func isNamed(s, list ref.Val) ref.Val {
	name, okS := s.(types.String)
	names, okL := list.(traits.Lister)
	if !okS || !okL {
		return types.NewErr("named(): want a text and a list")
	}
	for it := names.Iterator(); it.HasNext() == types.True; {
		if n, ok := it.Next().Value().(string); ok && strings.EqualFold(spaced(n), spaced(string(name))) {
			return types.True
		}
	}
	return types.False
}

func spaced(s string) string { return strings.Join(strings.Fields(s), " ") }

// The methods that CEL demands of a value.

func (d dateVal) ConvertToNative(t reflect.Type) (any, error) { return convert(d.d, t) }

func (d dateVal) ConvertToType(ref.Type) ref.Val { return types.NewErr("a date does not convert") }
func (d dateVal) Type() ref.Type                 { return dateType }
func (d dateVal) Value() any                     { return d.d }

// Equal is undecided where a date too coarse overlaps another.
func (d dateVal) Equal(other ref.Val) ref.Val {
	e, ok := other.(dateVal)
	switch {
	case !ok || d.d.Before(e.d) || e.d.Before(d.d):
		return types.False
	case d.d.Precision() == value.Day && e.d.Precision() == value.Day:
		return types.True
	}
	return coarse(d, e)
}

func (n numberVal) ConvertToNative(t reflect.Type) (any, error) { return convert(n.d, t) }
func (n numberVal) ConvertToType(ref.Type) ref.Val              { return types.NewErr("a number does not convert") }
func (n numberVal) Type() ref.Type                              { return numberType }
func (n numberVal) Value() any                                  { return n.d }

// Equal compares by value.
func (n numberVal) Equal(other ref.Val) ref.Val {
	m, ok := other.(numberVal)
	return types.Bool(ok && n.d.Equal(m.d))
}

func (c codeVal) ConvertToNative(t reflect.Type) (any, error) { return convert(c.s, t) }
func (c codeVal) ConvertToType(ref.Type) ref.Val {
	return types.NewErr("a goods code does not convert")
}
func (c codeVal) Type() ref.Type { return codeType }
func (c codeVal) Value() any     { return c.s }

// Equal compares digit by digit.
func (c codeVal) Equal(other ref.Val) ref.Val {
	d, ok := other.(codeVal)
	return types.Bool(ok && c.s == d.s)
}

func (c claimsVal) ConvertToNative(t reflect.Type) (any, error) { return convert(int(c), t) }
func (c claimsVal) ConvertToType(ref.Type) ref.Val              { return types.NewErr("claims do not convert") }
func (c claimsVal) Type() ref.Type                              { return claimsType }
func (c claimsVal) Value() any                                  { return int(c) }

// Equal compares how many there are.
func (c claimsVal) Equal(other ref.Val) ref.Val { return types.Bool(c == other) }

func convert(v any, t reflect.Type) (any, error) {
	if reflect.TypeOf(v).AssignableTo(t) {
		return v, nil
	}
	return nil, fmt.Errorf("cannot convert %T to %v", v, t)
}
