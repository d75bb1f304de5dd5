package record_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/recordtest"
	"pgregory.net/rapid"
)

func compile(t *testing.T, k observation.Kind) *jsonschema.Schema {
	t.Helper()
	b, err := record.Schema(k)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("record.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("record.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// tree reads JSON as the validator wants it.
func tree(t *rapid.T, b []byte) map[string]any {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return v.(map[string]any)
}

// TestSchemas: the schema of every kind accepts what the kind writes and refuses
// what Decode refuses: unknown fields and values of the wrong type, anywhere.
func TestSchemas(t *testing.T) {
	for _, k := range observation.Kinds() {
		t.Run(string(k), func(t *testing.T) {
			t.Parallel()
			s := compile(t, k)
			rapid.Check(t, func(t *rapid.T) {
				b := canonical(t, recordtest.Draw(t, k))
				if err := s.Validate(tree(t, b)); err != nil {
					t.Fatalf("%s: %v", b, err)
				}
				broken := tree(t, b)
				p := rapid.SampledFrom(leaves(broken, "")).Draw(t, "place")
				p.set(map[string]any{"made": "up"})
				if s.Validate(broken) == nil {
					t.Fatalf("%s may be anything", p.path)
				}
				unknown := tree(t, b)
				objects := objectsOf(unknown)
				objects[rapid.IntRange(0, len(objects)-1).Draw(t, "object")]["made_up"] = "x"
				if s.Validate(unknown) == nil {
					t.Fatalf("an unknown field passes: %v", unknown)
				}
			})
		})
	}
}

// objectsOf lists the objects of a JSON tree, itself included.
func objectsOf(v any) []map[string]any {
	var out []map[string]any
	switch v := v.(type) {
	case map[string]any:
		out = append(out, v)
		for _, name := range slices.Sorted(maps.Keys(v)) {
			out = append(out, objectsOf(v[name])...)
		}
	case []any:
		for _, child := range v {
			out = append(out, objectsOf(child)...)
		}
	}
	return out
}

func TestSchemaHead(t *testing.T) {
	for _, k := range observation.Kinds() {
		b, err := record.Schema(k)
		if err != nil {
			t.Fatal(err)
		}
		var s struct {
			Schema     string `json:"$schema"`
			Title      string
			Properties struct {
				Observation struct{ Description string }
			}
		}
		if err := json.Unmarshal(b, &s); err != nil {
			t.Fatal(err)
		}
		if s.Title != string(k) || s.Schema != "https://json-schema.org/draft/2020-12/schema" || s.Properties.Observation.Description != k.About() {
			t.Errorf("%s: got %+v", k, s)
		}
		again, err := record.Schema(k)
		if err != nil || !bytes.Equal(b, again) {
			t.Errorf("%s: the schema is not the same twice", k)
		}
	}
	if _, err := record.Schema("shipmnt"); err == nil {
		t.Error("an unknown kind has a schema")
	}
}

// TestSchemaOfOtherKind: a record of one kind is none of another.
func TestSchemaOfOtherKind(t *testing.T) {
	shipment := compile(t, observation.KindShipment)
	rapid.Check(t, func(t *rapid.T) {
		k := recordtest.Kind(t)
		err := shipment.Validate(tree(t, canonical(t, recordtest.Draw(t, k))))
		if (err == nil) != (k == observation.KindShipment) {
			t.Fatalf("%s as shipment: %v", k, err)
		}
	})
}
