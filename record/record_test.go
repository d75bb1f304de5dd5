package record_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
)

func TestValidate(t *testing.T) {
	sound := func() record.Record {
		return record.Record{ID: "SHP-2017-1", Observation: &observation.Shipment{Type: observation.KindShipment}}
	}
	if err := sound().Validate(); err != nil {
		t.Fatal(err)
	}
	source := claim.Source{Key: "a", Title: "A"}
	tests := []struct {
		name string
		edit func(*record.Record)
		want string
	}{
		{"no observation", func(r *record.Record) { r.Observation = nil }, "observation: is missing"},
		{"no id", func(r *record.Record) { r.ID = "" }, `id: "" does not start with SHP-`},
		{"another kind's id", func(r *record.Record) { r.ID = "INC-1" }, `id: "INC-1" does not start with SHP-`},
		{"prefix only", func(r *record.Record) { r.ID = "SHP-" }, `id: "SHP-" does not start with SHP-`},
		{"long id", func(r *record.Record) { r.ID = "SHP-" + strings.Repeat("1", 61) }, "id: is longer than 64 characters"},
		{"id is a path", func(r *record.Record) { r.ID = "SHP-../../x" }, `id: "SHP-../../x" may hold letters, digits, - and . only`},
		{"id beyond ASCII", func(r *record.Record) { r.ID = "SHP-ſı" }, `id: "SHP-ſı" may hold letters, digits, - and . only`},
		{"id with a line end", func(r *record.Record) { r.ID = "SHP-1\n" }, `id: "SHP-1\n" may hold letters, digits, - and . only`},
		{"certainty", func(r *record.Record) { r.Certainty = "sure" }, `certainty: is "sure", want checked or from-memory`},
		{"marking", func(r *record.Record) { r.Marking.TLP = "white" }, `marking: tlp "white": want clear, green, amber, amber+strict, red`},
		{"source without a title", func(r *record.Record) { r.Sources = []claim.Source{{Key: "a"}} }, "sources[0]: needs a key and a title"},
		{"sources of one key", func(r *record.Record) { r.Sources = []claim.Source{source, source} }, `sources[1].key: "a" is used twice`},
		{"source's certainty", func(r *record.Record) {
			r.Sources = []claim.Source{{Key: "a", Title: "A", Certainty: "maybe"}}
		}, `sources[0].certainty: is "maybe", want checked or from-memory`},
		{"anchor in the air", func(r *record.Record) {
			r.ID, r.Observation = "REP-1", &observation.PanelReport{
				Type: observation.KindPanelReport, Symbol: "S/1",
				Statements: []observation.Statement{{Key: "k", Unit: "u", Value: value.Int(1), Anchor: claim.Anchor{Source: "b"}}},
			}
		}, `observation: a claim refers to source "b", which the record does not have`},
		{"type and struct differ", func(r *record.Record) {
			r.Observation = &observation.Shipment{Type: observation.KindGroup}
		}, `observation.type: is "group" in a shipment`},
		{"two faults", func(r *record.Record) { r.ID, r.Certainty = "1", "x" }, `id: "1" does not start with SHP-; certainty: is "x"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := sound()
			tt.edit(&r)
			if err := r.Validate(); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestSort(t *testing.T) {
	rs := []record.Record{{ID: "b"}, {ID: "c"}, {ID: "a"}}
	record.Sort(rs)
	if !slices.IsSortedFunc(rs, func(a, b record.Record) int { return strings.Compare(a.ID, b.ID) }) {
		t.Errorf("got %v", rs)
	}
}
