package condition

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
)

// Types of facts, as Fact.Type names them.
const (
	Text   = "text"
	Bool   = "true or false"
	Whole  = "whole number"
	List   = "list of text"
	DateOf = "date"
	Number = "number"
	Code   = "goods code"
	Claims = "claims" // only has() can be asked of them
)

// Fact is one thing that a condition can ask of a kind: its path in JSON, such
// as bank.designated_on, and its type.
type Fact struct {
	Path, Type string
}

// Facts lists the facts of a kind in the order of its fields.
func Facts(k observation.Kind) []Fact {
	t := tableOf(k)
	out := make([]Fact, len(t.facts))
	for i, f := range t.facts {
		out[i] = f.Fact
	}
	return out
}

// Lookup returns the fact of that path.
func Lookup(k observation.Kind, path string) (Fact, bool) {
	if f := tableOf(k).byPath[path]; f != nil {
		return f.Fact, true
	}
	return Fact{}, false
}

// Print returns a fact of an observation as text; ok is false where it is missing.
func Print(o observation.Observation, path string) (s string, ok bool) {
	f := tableOf(o.Kind()).byPath[path]
	if f == nil {
		return "", false
	}
	switch v := f.read(o).(type) {
	case *types.Unknown:
		return "", false
	case dateVal:
		return v.d.String(), true
	case numberVal:
		return v.d.String(), true
	case codeVal:
		return v.s, true
	case types.String:
		return string(v), true
	case types.Bool:
		return strconv.FormatBool(bool(v)), true
	case types.Int:
		return strconv.FormatInt(int64(v), 10), true
	case claimsVal:
		return fmt.Sprintf("%d claims", int(v)), true
	default:
		list, _ := v.Value().([]string)
		return strings.Join(list, "; "), len(list) > 0
	}
}

// Decimal returns an exact number of an observation; ok is false where it is
// missing or no number.
func Decimal(o observation.Observation, path string) (d value.Decimal, ok bool) {
	if f := tableOf(o.Kind()).byPath[path]; f != nil {
		n, isNumber := f.read(o).(numberVal)
		return n.d, isNumber
	}
	return d, false
}

// GoodsCode returns a goods code of an observation; ok is false where it is missing.
func GoodsCode(o observation.Observation, path string) (code string, ok bool) {
	if f := tableOf(o.Kind()).byPath[path]; f != nil {
		c, isCode := f.read(o).(codeVal)
		return c.s, isCode
	}
	return "", false
}

// Has reports whether an observation has a fact.
func Has(o observation.Observation, path string) bool {
	f := tableOf(o.Kind()).byPath[path]
	return f != nil && !types.IsUnknown(f.read(o))
}

// Date returns a date of an observation, the zero Date where it is missing.
func Date(o observation.Observation, path string) value.Date {
	if f := tableOf(o.Kind()).byPath[path]; f != nil {
		if d, ok := f.read(o).(dateVal); ok {
			return d.d
		}
	}
	return value.Date{}
}

// fact reads one field. unknown is what CEL sees where the field is missing; its
// id leads back to the path.
type fact struct {
	Fact
	steps   []int // field indices from the observation's struct
	wrap    func(v reflect.Value, f *fact) ref.Val
	unknown *types.Unknown
}

func (f *fact) read(o observation.Observation) ref.Val {
	v := reflect.ValueOf(o)
	for _, i := range f.steps {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return f.unknown
			}
			v = v.Elem()
		}
		v = v.Field(i)
	}
	return f.wrap(v, f)
}

// table holds the facts of one kind and, per struct in it, the fields as CEL
// knows them.
type table struct {
	facts   []*fact
	byPath  map[string]*fact
	structs map[string]map[string]*types.FieldType
}

// paths turns the ids of an unknown back into the paths of facts.
func (t *table) paths(u *types.Unknown) []string {
	var out []string
	for _, id := range u.IDs() {
		if id > 0 && int(id) <= len(t.facts) {
			out = append(out, t.facts[id-1].Path)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// tables are derived from the types of package observation, once each.
var tables sync.Map // observation.Kind → *table

func tableOf(k observation.Kind) *table {
	if t, ok := tables.Load(k); ok {
		return t.(*table)
	}
	t := &table{byPath: map[string]*fact{}, structs: map[string]map[string]*types.FieldType{}}
	if o, err := observation.New(k); err == nil {
		t.add(string(k), "", nil, reflect.TypeOf(o).Elem())
	}
	kept, _ := tables.LoadOrStore(k, t)
	return kept.(*table)
}

// add lists the fields of a struct; name is the CEL name of its type.
func (t *table) add(name, prefix string, steps []int, st reflect.Type) {
	fields := map[string]*types.FieldType{}
	t.structs[name] = fields
	for i := range st.NumField() {
		sf := st.Field(i)
		tag, _, _ := strings.Cut(sf.Tag.Get("json"), ",")
		if tag == "" || tag == "-" {
			continue
		}
		path, at := prefix+tag, append(slices.Clone(steps), i)
		if s, ok := structOf(sf.Type); ok {
			t.add(name+"."+tag, path+".", at, s)
			fields[tag] = &types.FieldType{Type: cel.ObjectType(name + "." + tag), GetFrom: nested(i), IsSet: nestedSet(i)}
			continue
		}
		if f := t.newFact(path, tag, at, sf.Type); f != nil {
			fields[tag] = f.field(i)
		}
	}
}

func structOf(ft reflect.Type) (reflect.Type, bool) {
	if ft.Kind() == reflect.Pointer {
		ft = ft.Elem()
	}
	plain := ft != reflect.TypeFor[value.Date]() && ft != reflect.TypeFor[value.Decimal]()
	return ft, plain && ft.Kind() == reflect.Struct
}

// newFact returns nil for a field that conditions cannot speak of.
func (t *table) newFact(path, tag string, steps []int, ft reflect.Type) *fact {
	typ, wrap := wrapperOf(tag, ft)
	if wrap == nil {
		return nil
	}
	id := int64(len(t.facts) + 1)
	f := &fact{Fact: Fact{path, typ}, steps: steps, wrap: wrap}
	f.unknown = types.NewUnknown(id, types.QualifyAttribute(types.NewAttributeTrail("obs"), path))
	t.facts = append(t.facts, f)
	t.byPath[path] = f
	return f
}

// field is the fact as CEL's checker and interpreter see it; i is its index in
// the struct that directly holds it.
func (f *fact) field(i int) *types.FieldType {
	return &types.FieldType{
		Type: celTypes[f.Type],
		IsSet: func(holder any) bool {
			v, ok := fieldOf(holder, i)
			return ok && !types.IsUnknown(f.wrap(v, f))
		},
		GetFrom: func(holder any) (any, error) {
			v, ok := fieldOf(holder, i)
			if !ok {
				return f.unknown, nil
			}
			return f.wrap(v, f), nil
		},
	}
}

// fieldOf is field i of the struct that holder points to; ok is false where
// there is no such struct.
func fieldOf(holder any, i int) (reflect.Value, bool) {
	v := reflect.ValueOf(holder)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct || i >= v.Elem().NumField() {
		return reflect.Value{}, false
	}
	if _, unknown := holder.(*types.Unknown); unknown {
		return reflect.Value{}, false
	}
	return v.Elem().Field(i), true
}

// absent stands for a nested object that is missing: every fact of it is too.
type absent struct{}

func nested(i int) ref.FieldGetter {
	return func(holder any) (any, error) {
		v, ok := fieldOf(holder, i)
		switch {
		case !ok || v.Kind() == reflect.Pointer && v.IsNil():
			return (*absent)(nil), nil
		case v.Kind() == reflect.Pointer:
			return v.Interface(), nil
		}
		return v.Addr().Interface(), nil
	}
}

func nestedSet(i int) ref.FieldTester {
	return func(holder any) bool {
		v, ok := fieldOf(holder, i)
		return ok && !v.IsZero()
	}
}

// provider tells CEL the types of package observation by the names of kinds.
type provider struct{ *types.Registry }

func (p provider) fields(name string) (map[string]*types.FieldType, bool) {
	kind, _, _ := strings.Cut(name, ".")
	f, ok := tableOf(observation.Kind(kind)).structs[name]
	return f, ok
}

// FindStructType names the type of a kind or of an object in it.
func (p provider) FindStructType(name string) (*types.Type, bool) {
	if _, ok := p.fields(name); ok {
		return types.NewTypeTypeWithParam(types.NewObjectType(name)), true
	}
	return p.Registry.FindStructType(name)
}

// FindStructFieldNames lists the facts of a type.
func (p provider) FindStructFieldNames(name string) ([]string, bool) {
	f, ok := p.fields(name)
	if !ok {
		return p.Registry.FindStructFieldNames(name)
	}
	names := make([]string, 0, len(f))
	for n := range f {
		names = append(names, n)
	}
	slices.Sort(names)
	return names, true
}

// FindStructFieldType finds one fact of a type.
func (p provider) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	if f, ok := p.fields(name); ok {
		ft, ok := f[field]
		return ft, ok
	}
	return p.Registry.FindStructFieldType(name, field)
}
