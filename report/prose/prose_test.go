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

func writer(t testing.TB) *prose.Writer {
	t.Helper()
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
	w, err := prose.NewWriter(reg, source{[]record.Record{ship()}}, derive.Params{"view": "official"})
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
	} {
		w := writer(t)
		w.Para(tt.text)
		if err := w.Err(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: error %v, want one with %q", tt.text, err, tt.want)
		}
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
