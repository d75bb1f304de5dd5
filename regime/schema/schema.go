// Package schema writes JSON Schemas (draft 2020-12) of the two YAML files of a
// pack, a measure and a list of goods, so that an editor completes and checks them
// while they are written.
//
//	b, err := schema.Measure() // the same text as measure.schema.json beside this file
//
// They are derived from the types of packages regime and observation, so that a
// field that a file can have is in them. A schema sees one file and no meaning: it
// finds a misspelt field, a word that is none of those allowed, a date that is no
// day and a code without quotation marks; conditions, relations and whether tests
// pass are for regime.Load.
package schema

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime"
	"github.com/turtlebay/turtlebay/regime/condition"
	"go.yaml.in/yaml/v3"
)

const draft = "https://json-schema.org/draft/2020-12/schema"

// Patterns of texts.
const (
	dayText     = `^\d{4}-\d{2}-\d{2}$`
	dateText    = `^(\d{4}(-\d{2}(-\d{2})?)?|x)$` // x where each gives the dates
	decimalText = `^-?\d+(\.\d+)?$`
	codeText    = `^(\d{2}|\d{4}|\d{6})$`
	notBlank    = `\S`
)

// Measure is the schema of a measure's file.
func Measure() ([]byte, error) {
	return write("A measure", "What one paragraph demands, with its interval, rules and tests; the form is described in docs/regime.md.", reflect.TypeFor[regime.Measure]())
}

// List is the schema of a list of goods.
func List() ([]byte, error) {
	return write("A list of goods", "Goods that several rules share, such as an annex; the form is described in docs/regime.md.", reflect.TypeFor[regime.GoodsList]())
}

func write(title, about string, t reflect.Type) ([]byte, error) {
	b := &builder{defs: map[string]*jsonschema.Schema{}}
	root, err := b.object(t)
	if err != nil {
		return nil, fmt.Errorf("schema of %s: %w", strings.ToLower(title), err)
	}
	root.Schema, root.Title, root.Description, root.Defs = draft, title, about, b.defs
	out, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("schema of %s: %w", strings.ToLower(title), err)
	}
	return append(out, '\n'), nil
}

// builder makes schemas of types; those that occur in several places are kept once.
type builder struct{ defs map[string]*jsonschema.Schema }

// object is the schema of a struct with the names that its fields have in YAML.
func (b *builder) object(t reflect.Type) (*jsonschema.Schema, error) {
	s := &jsonschema.Schema{Type: "object", Properties: map[string]*jsonschema.Schema{}, AdditionalProperties: never()}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if name == "" || name == "-" {
			continue
		}
		at := t.Name() + "." + name
		p, err := b.field(at, f.Type)
		if err != nil {
			return nil, err
		}
		p.Description = about[at]
		s.Properties[name] = p
		s.PropertyOrder = append(s.PropertyOrder, name)
	}
	s.Required = required[t.Name()]
	if more := conditions[t.Name()]; more != nil {
		s.AllOf = more()
	}
	return s, nil
}

// field is the schema of one field: as its place demands, else as its type does.
func (b *builder) field(at string, t reflect.Type) (*jsonschema.Schema, error) {
	if place, ok := places[at]; ok {
		return place(), nil
	}
	switch t {
	case reflect.TypeFor[value.Date]():
		return &jsonschema.Schema{Type: "string", Pattern: dayText}, nil
	case reflect.TypeFor[regime.Amount](), reflect.TypeFor[*regime.Amount]():
		return &jsonschema.Schema{Types: []string{"number", "string"}, Pattern: decimalText, ExclusiveMinimum: number(0)}, nil
	case reflect.TypeFor[regime.Expr]():
		return &jsonschema.Schema{Type: "string", Pattern: notBlank}, nil
	case reflect.TypeFor[regime.Expectation]():
		return expectation(), nil
	case reflect.TypeFor[yaml.Node]():
		return b.given()
	case reflect.TypeFor[regime.Force]():
		return words(forces...), nil
	case reflect.TypeFor[regime.Basis]():
		return words(bases...), nil
	case reflect.TypeFor[claim.Certainty]():
		return words(claim.Checked, claim.FromMemory), nil
	case reflect.TypeFor[observation.Kind]():
		return words(observation.Kinds()...), nil
	}
	return b.byKind(at, t)
}

func (b *builder) byKind(at string, t reflect.Type) (*jsonschema.Schema, error) {
	switch t.Kind() {
	case reflect.String:
		return &jsonschema.Schema{Type: "string"}, nil
	case reflect.Bool:
		return &jsonschema.Schema{Type: "boolean"}, nil
	case reflect.Int:
		return &jsonschema.Schema{Type: "integer"}, nil
	case reflect.Slice:
		items, err := b.field(at+"[]", t.Elem())
		return &jsonschema.Schema{Type: "array", Items: items}, err
	case reflect.Pointer:
		return b.field(at, t.Elem())
	case reflect.Struct:
		if b.defs[t.Name()] == nil {
			b.defs[t.Name()] = &jsonschema.Schema{} // for a type within itself
			s, err := b.object(t)
			if err != nil {
				return nil, err
			}
			b.defs[t.Name()] = s
		}
		return &jsonschema.Schema{Ref: "#/$defs/" + t.Name()}, nil
	}
	return nil, fmt.Errorf("%s: no schema for %s", at, t)
}

// given is the schema of an observation in a test: one of a kind each, with dates and
// amounts as YAML writes them.
func (b *builder) given() (*jsonschema.Schema, error) {
	if b.defs["observation"] == nil {
		s := &jsonschema.Schema{
			Type: "object", Required: []string{"type"},
			Properties: map[string]*jsonschema.Schema{"type": words(observation.Kinds()...)},
		}
		for _, k := range observation.Kinds() {
			of, err := observed(k)
			if err != nil {
				return nil, err
			}
			b.defs[string(k)] = of
			is := &jsonschema.Schema{Required: []string{"type"}, Properties: map[string]*jsonschema.Schema{"type": constant(k)}}
			s.AllOf = append(s.AllOf, &jsonschema.Schema{If: is, Then: &jsonschema.Schema{Ref: "#/$defs/" + string(k)}})
		}
		b.defs["observation"] = s
	}
	return &jsonschema.Schema{Ref: "#/$defs/observation"}, nil
}

func observed(k observation.Kind) (*jsonschema.Schema, error) {
	o, err := observation.New(k)
	if err != nil {
		return nil, err
	}
	s, err := jsonschema.ForType(reflect.TypeOf(o).Elem(), &jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[value.Date]():    {Types: []string{"string", "integer"}, Pattern: dateText},
		reflect.TypeFor[value.Decimal](): {Types: []string{"number", "string"}, Pattern: decimalText},
	}})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", k, err)
	}
	s.Properties["type"] = constant(k)
	s.Description = k.About()
	return s, nil
}

// facts are the names of the facts of all kinds that have one of the types; of any
// type where none is named. They are sorted.
func facts(types ...string) []string {
	set := map[string]bool{}
	for _, k := range observation.Kinds() {
		for _, f := range condition.Facts(k) {
			if len(types) == 0 || slices.Contains(types, f.Type) {
				set[f.Path] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(set))
}

func words[T ~string](list ...T) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string"}
	for _, w := range list {
		s.Enum = append(s.Enum, string(w))
	}
	return s
}

func constant[T ~string](w T) *jsonschema.Schema {
	var v any = string(w)
	return &jsonschema.Schema{Const: &v}
}

func never() *jsonschema.Schema { return &jsonschema.Schema{Not: &jsonschema.Schema{}} }

func number(f float64) *float64 { return &f }

func size(n int) *int { return &n }
