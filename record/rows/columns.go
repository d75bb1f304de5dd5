package rows

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
)

// shortNames are the column names people write, by kind, with the path they mean.
// A row with amount_usd is an amount in dollars.
var shortNames = map[observation.Kind]map[string]string{
	observation.KindCyberIncident: {
		"amount_usd":            "amounts[0].value.amount",
		"amount_authority":      "amounts[0].authority",
		"amount_status":         "amounts[0].status",
		"attributed_to":         "attributions[0].value",
		"attribution_authority": "attributions[0].authority",
		"attribution_status":    "attributions[0].status",
	},
}

// maxIndex bounds the list positions a column name may speak of.
const maxIndex = 99

// step is one part of a field's path; index is -1 unless it is a list.
type step struct {
	name  string
	index int
}

// column is where the values of a CSV column go.
type column struct {
	path     []step
	leaf     reflect.Type
	envelope bool
	dollars  bool // the short name amount_usd: the currency is told by the name
}

func (r *Reader) fromColumns(row intake.Row) (map[string]any, error) {
	if err := r.learn(row); err != nil {
		return nil, err
	}
	observed := map[string]any{}
	tree := map[string]any{"observation": observed}
	for i, name := range row.Names {
		v := strings.TrimSpace(row.Values[i])
		if v == "" {
			continue
		}
		c := r.columns[name]
		parsed, err := c.parse(v)
		if err != nil {
			return nil, row.Refuse(name, err.Error(), intake.Quote(v))
		}
		into := observed
		if c.envelope {
			into = tree
		}
		set(into, c.path, parsed)
		if c.dollars {
			set(into, append(append([]step{}, c.path[:len(c.path)-1]...), step{"currency", -1}), "USD")
		}
	}
	return tree, nil
}

// learn resolves the header once; intake shares one header between all rows.
func (r *Reader) learn(row intake.Row) error {
	if len(row.Names) > 0 && r.header == &row.Names[0] {
		return nil
	}
	columns := map[string]column{}
	for _, name := range row.Names {
		c, ok := resolve(r.kind, name)
		if !ok {
			return fmt.Errorf("%s:1: column %s: %w %s (it has %s)", row.File, intake.Quote(name), ErrColumn, r.kind, strings.Join(Columns(r.kind), ", "))
		}
		columns[name] = c
	}
	r.columns, r.header = columns, &row.Names[0]
	return nil
}

// resolve finds the field a column name means: of the observation first, then of
// the record.
func resolve(kind observation.Kind, name string) (column, bool) {
	path := name
	if long, ok := shortNames[kind][name]; ok {
		path = long
	}
	steps, ok := parsePath(path)
	if !ok {
		return column{}, false
	}
	o, err := observation.New(kind)
	if err != nil {
		return column{}, false
	}
	if leaf, ok := fieldType(reflect.TypeOf(o).Elem(), steps); ok {
		return column{path: steps, leaf: leaf, dollars: name == "amount_usd"}, true
	}
	leaf, ok := fieldType(reflect.TypeFor[record.Record](), steps)
	return column{path: steps, leaf: leaf, envelope: true}, ok && leaf.Kind() != reflect.Interface
}

func parsePath(s string) ([]step, bool) {
	var out []step
	for part := range strings.SplitSeq(s, ".") {
		name, index, listed := strings.Cut(part, "[")
		st := step{name, -1}
		if listed {
			n, err := strconv.Atoi(strings.TrimSuffix(index, "]"))
			if err != nil || n < 0 || n > maxIndex || !strings.HasSuffix(index, "]") {
				return nil, false
			}
			st.index = n
		}
		if name == "" {
			return nil, false
		}
		out = append(out, st)
	}
	return out, true
}

// fieldType walks the JSON names of a struct down to a leaf.
func fieldType(t reflect.Type, path []step) (reflect.Type, bool) {
	for i, st := range path {
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct || i > 0 && isLeaf(t) { // a record reads itself, but has fields
			return nil, false
		}
		f, ok := byJSONName(t, st.name)
		if !ok {
			return nil, false
		}
		t = f.Type
		if st.index >= 0 {
			if t.Kind() != reflect.Slice {
				return nil, false
			}
			t = t.Elem()
		}
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t, isLeaf(t)
}

func byJSONName(t reflect.Type, name string) (reflect.StructField, bool) {
	for i := range t.NumField() {
		if n, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); n == name {
			return t.Field(i), true
		}
	}
	return reflect.StructField{}, false
}

// isLeaf reports whether one CSV cell can hold a value of the type.
func isLeaf(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int:
		return true
	case reflect.Slice:
		return t.Elem().Kind() == reflect.String
	}
	p := reflect.PointerTo(t)
	return p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) || p.Implements(reflect.TypeFor[json.Unmarshaler]())
}

// parse reads a cell as the leaf's type; lists are parted by semicolons.
func (c column) parse(v string) (any, error) {
	switch c.leaf.Kind() {
	case reflect.Bool:
		switch strings.ToLower(v) {
		case "true", "yes", "1":
			return true, nil
		case "false", "no", "0":
			return false, nil
		}
		return nil, fmt.Errorf("want yes or no")
	case reflect.Int:
		n, err := strconv.Atoi(v)
		if err != nil {
			return nil, fmt.Errorf("want a whole number")
		}
		return n, nil
	case reflect.Slice:
		var list []any
		for part := range strings.SplitSeq(v, ";") {
			list = append(list, strings.TrimSpace(part))
		}
		return list, nil
	}
	return v, nil
}

// set puts a value at a path, making objects and lists on the way.
func set(into map[string]any, path []step, v any) {
	for i, st := range path {
		last := i == len(path)-1
		if st.index < 0 {
			if last {
				into[st.name] = v
				return
			}
			next, ok := into[st.name].(map[string]any)
			if !ok {
				next = map[string]any{}
				into[st.name] = next
			}
			into = next
			continue
		}
		list, _ := into[st.name].([]any)
		for len(list) <= st.index {
			list = append(list, map[string]any{})
		}
		into[st.name] = list
		if last {
			list[st.index] = v
			return
		}
		into, _ = list[st.index].(map[string]any)
	}
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
		case t.Kind() == reflect.Slice && depth < 4:
			walk(t.Elem(), prefix+"[0]", depth+1)
		case t.Kind() == reflect.Struct && depth < 4:
			for i := range t.NumField() {
				if n, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); n != "" && n != "type" {
					walk(t.Field(i).Type, strings.TrimPrefix(prefix+"."+n, "."), depth+1)
				}
			}
		}
	}
	walk(reflect.TypeOf(o), "", 0)
	return out
}
