package prose_test

import (
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/report/document"
	"github.com/turtlebay/turtlebay/report/prose"
	"pgregory.net/rapid"
)

func TestStatesNumber(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"about two thirds of it", "two"},
		{"the sum doubled", "doubled"},
		{"a tenfold rise", "tenfold"},
		{"half of the incidents", "half"},
		{"½ of it", "½"},
		{"٣ ships", "٣"},
		{"section Ⅷ", "Ⅷ"},
		{"rose by 20", "2"},
		{"a third", "third"},
		{"by per cent, that is %", "%"},
		{"Seventy-seven", "seventy"},
		{"dozens of ships", "dozens"},
		{"TWICE", "twice"},
		{"someone often weighed a stone", ""},
		{"the first of its kind", ""},
		{"height, freighter, canine", ""},
		{"", ""},
	} {
		got, bad := prose.StatesNumber(tt.text)
		if got != tt.want || bad != (tt.want != "") {
			t.Errorf("StatesNumber(%q) = %q, %v; want %q", tt.text, got, bad, tt.want)
		}
	}
}

// source holds one record and nothing else.
type source struct{ rs []record.Record }

func (s source) Set(kind string) (*derive.Set, error) {
	var in []derive.Input
	for _, r := range s.rs {
		if string(r.Kind()) == kind {
			b, err := r.Canonical()
			if err != nil {
				return nil, err
			}
			in = append(in, derive.Input{ID: r.ID, Digest: record.Digest(b), Bytes: b})
		}
	}
	return derive.NewSet(kind, in), nil
}

func (s source) Records(observation.Kind) ([]record.Record, error) { return s.rs, nil }

func ship() record.Record {
	return record.Record{
		ID:      "SHP-7",
		Sources: []claim.Source{{Key: "a", Title: "Customs of Utopia", Origin: "Utopia", ReproducedBy: "The Gazette", Certainty: claim.FromMemory}},
		Observation: &observation.Shipment{
			Type: observation.KindShipment, Date: value.MustDate("2023-05-01"), Description: "113 crates",
		},
	}
}

func writer(t testing.TB, rs ...record.Record) *prose.Writer {
	t.Helper()
	if len(rs) == 0 {
		rs = []record.Record{ship()}
	}
	count := derive.Function{
		Name: "ships.count", Version: 1, Reads: []string{"shipment"},
		Params: []derive.Param{{Name: "view", Default: "all"}},
		Run: func(c derive.Call) (derive.Result, error) {
			r := derive.Result{Value: "1", Unit: "ships"}
			for _, in := range c.Set("shipment").Inputs() {
				r.Records = append(r.Records, in.ID)
			}
			return r, nil
		},
	}
	reg, err := derive.NewRegistry(count)
	if err != nil {
		t.Fatal(err)
	}
	w, err := prose.NewWriter(reg, source{rs}, derive.Params{"view": "official"})
	if err != nil {
		t.Fatal(err)
	}
	w.Settings["period"] = "2017–2023"
	return w
}

func TestReferences(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"In {period} {ships.count} ship{basis ships.count} came.", "In 2017–2023 1 ship came."},
		{"On {date 2023-05-01}, or {date 2023-05-01|iso}", "On 1 May 2023, or 2023-05-01"},
		{"It held {quote SHP-7 description} on {quote SHP-7 date}.", "It held 113 crates on 1 May 2023."},
		{"See {cite S/RES/2397 (2017) OP8}.", "See S/RES/2397 (2017) OP8."},
		{"{ships.count} {plural ships.count|ship was|ships were} seen", "1 ship was seen"},
	} {
		w := writer(t)
		p := w.Para(tt.text)
		if err := w.Err(); err != nil {
			t.Errorf("%q: %v", tt.text, err)
			continue
		}
		if p.Plain() != tt.want {
			t.Errorf("%q printed %q, want %q", tt.text, p.Plain(), tt.want)
		}
	}
}

func TestFootnotesCiteAsReproducedBy(t *testing.T) {
	w := writer(t)
	p := w.Para("It came{source SHP-7}.")
	note := p.Spans[1].Footnote
	if want := "Customs of Utopia, as reproduced by The Gazette (to be verified)."; note == nil || note.Text != want {
		t.Errorf("footnote %+v, want %q", note, want)
	}
	if !w.RestsOnSingleOrigin(w.Para("{quote SHP-7 description}")) {
		t.Error("a quotation of a record of one origin does not say so")
	}
}

func TestFiguresTakeTheReportsParameters(t *testing.T) {
	w := writer(t)
	w.Para("{ships.count} and {ships.count view=panel}")
	var got []string
	for _, d := range w.Derivations() {
		got = append(got, d.Params["view"])
	}
	if s := strings.Join(got, " "); s != "official panel" && s != "panel official" {
		t.Errorf("parameters %q, want the report's and the named one", s)
	}
}

func TestMistakesAreNamed(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"three ships", `states a number ("three")`},
		{"{ships.count", "not closed"},
		{"{no.such}", "no such function"},
		{"{ships.count colour=red}", "bad parameter"},
		{"{ships.count red}", "want key=value"},
		{"{date 2023-02-30}", "not a date"},
		{"{quote SHP-8 description}", "not on the desk"},
		{"{quote SHP-7 weather}", "has no field weather"},
		{"{source SHP-8}", "not on the desk"},
		{"{plural ships.count|ship}", "plural"},
		{"{plural ships.count|ship|two ships}", `no number ("two")`},
		{"{plural ships.count|ship|{date 2023}", "no reference"},
	} {
		w := writer(t)
		w.Para(tt.text)
		if err := w.Err(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: error %v, want one with %q", tt.text, err, tt.want)
		}
	}
}

// What is made of a marked record carries its marking, also where the record only
// chose the words; the next paragraph begins anew.
func TestMarkings(t *testing.T) {
	amber := ship()
	amber.Marking = record.Marking{TLP: "amber"}
	w := writer(t, amber)
	chosen := w.Figure("ships.count", nil)
	if chosen.Marking != "tlp:amber" {
		t.Errorf("the figure is marked %q", chosen.Marking)
	}
	for _, tt := range []struct {
		text  string
		chose int
		amber bool
	}{
		{"Words that it chose.", 1, true},
		{"Words of their own.", 0, false},
		{"{ships.count} came.", 0, true},
		{"Some {plural ships.count|ship|ships} came.", 0, true},
		{"It held {quote SHP-7 description}.", 0, true},
		{"It came{source SHP-7}.", 0, true},
		{"In {period}.", 0, false},
	} {
		p := w.Para(tt.text)
		if len(p.Chosen) != tt.chose || p.Marking.IsZero() == tt.amber {
			t.Errorf("%q: chosen by %q, marked %s", tt.text, p.Chosen, p.Marking)
		}
	}
	if err := w.Err(); err != nil {
		t.Error(err)
	}
	marks := prose.NewMarks([]record.Record{amber})
	for name, got := range map[string]record.Marking{
		"the record": marks.OfRecords("SHP-7", "SHP-8"), "its kind": marks.OfKinds("shipment", "group"),
		"a result that names none": marks.Of(derive.Derivation{Inputs: []derive.InputSet{{Kind: "shipment"}}}),
	} {
		if got.String() != "tlp:amber" {
			t.Errorf("%s is marked %s", name, got)
		}
	}
	if m := marks.Of(derive.Derivation{Inputs: []derive.InputSet{{Kind: "shipment"}}, Result: derive.Result{Records: []string{"SHP-8"}}}); !m.IsZero() {
		t.Errorf("what rests on another record is marked %s", m)
	}
}

// Words that a figure chose name it, with those that stand where it is withheld.
func TestPluralNamesItsFigure(t *testing.T) {
	w := writer(t)
	p := w.Para("{count ships.count|ship|ships} came.")
	if s := p.Spans[2]; s.Text != "ship" || s.Instead != "ships" || s.Chosen != p.Spans[0].Derivation || s.Chosen == "" {
		t.Errorf("%+v after %+v, %v", s, p.Spans[0], w.Err())
	}
}

// Whatever the text, a paragraph without mistakes has no number in its own words.
func TestNoNumberGetsIn(t *testing.T) {
	words := rapid.SampledFrom([]string{"ships", "two", "7", "{ships.count}", "{date 2023}", "half", "of", "{quote SHP-7 description}", "¾", "{", "}"})
	rapid.Check(t, func(rt *rapid.T) {
		w := writer(t)
		p := w.Para(strings.Join(rapid.SliceOf(words).Draw(rt, "words"), " "))
		if w.Err() != nil {
			return
		}
		for _, s := range p.Spans {
			if word, bad := prose.StatesNumber(s.Text); bad && s.Kind == document.Text {
				rt.Fatalf("text %q states %q", s.Text, word)
			}
		}
	})
}
