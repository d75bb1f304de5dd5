package rows

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
)

// dollars is the short name that tells the currency with the amount.
const dollars = "amount_usd"

// shortNames are the column names people write, by kind, with the path they mean.
var shortNames = map[observation.Kind]map[string]string{
	observation.KindCyberIncident: {
		dollars:                 "amounts[0].value.amount",
		"amount_authority":      "amounts[0].authority",
		"amount_status":         "amounts[0].status",
		"attributed_to":         "attributions[0].value",
		"attribution_authority": "attributions[0].authority",
		"attribution_status":    "attributions[0].status",
	},
}

// notColumns are lists of a record that no row states of itself: where it stands
// is seen, and what others say is for their own rows.
var notColumns = []string{"evidence", "also"}

// maxIndex bounds the list positions a column name may speak of.
const maxIndex = 99

// maxNesting bounds how deep below an observation a column or anchor is sought.
const maxNesting = 6

// step is one part of a field's path: which field of the struct, and which
// element of it if it is a list, else -1.
type step struct{ field, index int }

// column is where the values of a CSV column go.
type column struct {
	path     []step
	envelope bool   // into the record, not its observation
	currency []step // of amount_usd: the name tells the currency
}

func (r *Reader) fromColumns(row intake.Row) (record.Record, error) {
	var rec record.Record
	if err := r.learn(row); err != nil {
		return rec, err
	}
	o, err := observation.New(r.kind)
	if err != nil {
		return rec, err
	}
	rec.Observation = o
	whole, observed := reflect.ValueOf(&rec).Elem(), reflect.ValueOf(o).Elem()
	for i, c := range r.columns {
		v := strings.TrimSpace(row.Values[i])
		if v == "" {
			continue
		}
		into := observed
		if c.envelope {
			into = whole
		}
		if err := put(field(into, c.path), v); err != nil {
			reason, _ := phrase(err.Error())
			return rec, row.Refuse(row.Names[i], reason, intake.Quote(v))
		}
		if c.currency != nil {
			field(into, c.currency).SetString("USD")
		}
	}
	return rec, nil
}

// learn resolves the header once; intake shares one header between all rows.
func (r *Reader) learn(row intake.Row) error {
	if len(row.Names) == 0 || len(row.Names) != len(row.Values) {
		return row.Refuse("", "the row does not fit its header", "")
	}
	if r.header == &row.Names[0] {
		return nil
	}
	columns := make([]column, len(row.Names))
	filled := map[string]string{}
	for i, name := range row.Names {
		c, ok := resolve(r.kind, name)
		if !ok {
			return fmt.Errorf("%s:1: column %s: %w %s (it has %s)", row.File, intake.Quote(name), ErrColumn, r.kind, strings.Join(Columns(r.kind), ", "))
		}
		for _, path := range [][]step{c.path, c.currency} {
			key := fmt.Sprint(c.envelope, path)
			if other, twice := filled[key]; twice && path != nil {
				return fmt.Errorf("%s:1: column %s: %w of its own: it fills in the same as %s", row.File, intake.Quote(name), ErrColumn, intake.Quote(other))
			}
			filled[key] = name
		}
		columns[i] = c
	}
	r.columns, r.header = columns, &row.Names[0]
	return nil
}

// resolve finds the field a column name means: of the observation first, then of
// the record.
func resolve(kind observation.Kind, name string) (column, bool) {
	long, short := shortNames[kind][name]
	if !short {
		long = name
	}
	o, err := observation.New(kind)
	if err != nil {
		return column{}, false
	}
	t := reflect.TypeOf(o).Elem()
	if path, ok := parsePath(t, long); ok {
		c := column{path: path}
		if name == dollars {
			c.currency, _ = parsePath(t, strings.TrimSuffix(long, "amount")+"currency")
		}
		return c, true
	}
	path, ok := parsePath(reflect.TypeFor[record.Record](), long)
	first, _, _ := strings.Cut(long, "[")
	return column{path: path, envelope: true}, ok && !slices.Contains(notColumns, first)
}

// parsePath walks the JSON names of a struct down to a field that one cell holds.
func parsePath(t reflect.Type, s string) ([]step, bool) {
	var out []step
	for part := range strings.SplitSeq(s, ".") {
		name, index, ok := cutIndex(part)
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if !ok || t.Kind() != reflect.Struct || isLeaf(t) {
			return nil, false
		}
		f, ok := byJSONName(t, name)
		if !ok {
			return nil, false
		}
		t = f.Type
		if index >= 0 {
			if t.Kind() != reflect.Slice || isLeaf(t) {
				return nil, false
			}
			t = t.Elem()
		}
		out = append(out, step{f.Index[0], index})
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return out, isLeaf(t)
}

// cutIndex parts "amounts[0]" into name and position, -1 where there is none.
func cutIndex(part string) (name string, index int, ok bool) {
	name, rest, listed := strings.Cut(part, "[")
	if !listed {
		return name, -1, name != ""
	}
	number, closed := strings.CutSuffix(rest, "]")
	n, err := strconv.ParseUint(number, 10, 16)
	plain := err == nil && strconv.FormatUint(n, 10) == number
	return name, int(n), name != "" && closed && plain && n <= maxIndex
}

func byJSONName(t reflect.Type, name string) (reflect.StructField, bool) {
	for f := range t.Fields() {
		if n, _, _ := strings.Cut(f.Tag.Get("json"), ","); n == name {
			return f, true
		}
	}
	return reflect.StructField{}, false
}

var textReader = reflect.TypeFor[encoding.TextUnmarshaler]()

// isLeaf reports whether one CSV cell can hold a value of the type.
func isLeaf(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int:
		return true
	case reflect.Slice:
		return t.Elem().Kind() == reflect.String
	}
	return reflect.PointerTo(t).Implements(textReader)
}

// field is the place in v that the path leads to; what is missing on the way is
// made.
func field(v reflect.Value, path []step) reflect.Value {
	for _, s := range path {
		v = v.Field(s.field)
		for s.index >= 0 && v.Len() <= s.index {
			v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
		}
		if s.index >= 0 {
			v = v.Index(s.index)
		}
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
	}
	return v
}

// put reads a cell into a field; the parts of a list stand between semicolons.
func put(field reflect.Value, v string) error {
	switch field.Kind() {
	case reflect.String:
		field.SetString(v)
	case reflect.Bool:
		yes, ok := yesNo(v)
		if !ok {
			return errors.New("want yes or no")
		}
		field.SetBool(yes)
	case reflect.Int:
		n, err := strconv.Atoi(v)
		if err != nil {
			return errors.New("want a whole number")
		}
		field.SetInt(int64(n))
	case reflect.Slice:
		for part := range strings.SplitSeq(v, ";") {
			if part = strings.TrimSpace(part); part != "" {
				field.Set(reflect.Append(field, reflect.ValueOf(part)))
			}
		}
	default:
		return field.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(v))
	}
	return nil
}

func yesNo(v string) (yes, ok bool) {
	switch strings.ToLower(v) {
	case "true", "yes", "1":
		return true, true
	case "false", "no", "0":
		return false, true
	}
	return false, false
}

// leaves lists the paths of an observation's fields that a column can fill; lists
// are shown with their first position.
func leaves(o observation.Observation) []string {
	var out []string
	var walk func(t reflect.Type, prefix string, depth int)
	walk = func(t reflect.Type, prefix string, depth int) {
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		switch {
		case isLeaf(t):
			out = append(out, prefix)
		case t.Kind() == reflect.Slice && depth < maxNesting:
			walk(t.Elem(), prefix+"[0]", depth+1)
		case t.Kind() == reflect.Struct && depth < maxNesting:
			for f := range t.Fields() {
				if n, _, _ := strings.Cut(f.Tag.Get("json"), ","); n != "" && n != "type" {
					walk(f.Type, strings.TrimPrefix(prefix+"."+n, "."), depth+1)
				}
			}
		}
	}
	walk(reflect.TypeOf(o), "", 0)
	return out
}
