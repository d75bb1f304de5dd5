package report_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/analyses"
	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/publicrecord"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/report"
	"github.com/turtlebay/turtlebay/report/document"
)

// memory is a report.Source over records, as a desk is.
type memory struct {
	records []record.Record
	sets    map[string]*derive.Set
}

func hold(t testing.TB, rs []record.Record) *memory {
	t.Helper()
	inputs := map[string][]derive.Input{}
	for _, r := range rs {
		b, err := r.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		inputs[string(r.Kind())] = append(inputs[string(r.Kind())], derive.Input{ID: r.ID, Digest: record.Digest(b), Bytes: b})
	}
	m := &memory{records: rs, sets: map[string]*derive.Set{}}
	for k, in := range inputs {
		m.sets[k] = derive.NewSet(k, in)
	}
	return m
}

func (m *memory) Set(kind string) (*derive.Set, error) {
	if s := m.sets[kind]; s != nil {
		return s, nil
	}
	return derive.NewSet(kind, nil), nil
}

func (m *memory) Records(k observation.Kind) ([]record.Record, error) {
	return slices.DeleteFunc(slices.Clone(m.records), func(r record.Record) bool { return k != "" && r.Kind() != k }), nil
}

func publicRecord(t testing.TB) []record.Record {
	t.Helper()
	rs, err := publicrecord.Records()
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

func settings(t testing.TB) report.Settings {
	t.Helper()
	s, ok := report.Preset("desk")
	if !ok {
		t.Fatal("no preset desk")
	}
	s.Date = value.MustDate("2026-11-22")
	return s
}

func build(t testing.TB, rs []record.Record, s report.Settings) (*memory, *document.Document) {
	t.Helper()
	reg, err := analyses.Registry()
	if err != nil {
		t.Fatal(err)
	}
	src := hold(t, rs)
	doc, err := report.Build(src, reg, s)
	if err != nil {
		t.Fatal(err)
	}
	return src, doc
}

func TestPublicRecordPassesTheGate(t *testing.T) {
	src, doc := build(t, publicRecord(t), settings(t))
	complaints, err := report.Gate(src, doc)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range complaints {
		if c.Severity == report.Error {
			t.Errorf("%s: %s", c.Place, c.What)
		} else {
			t.Logf("%s: %s: %s", c.Severity, c.Place, c.What)
		}
	}
	if os.Getenv("SHOW_REPORT") != "" {
		for p := range doc.Paragraphs() {
			t.Logf("%s  %s", p.Label(), p.Plain())
		}
	}
	if n := len(doc.Derivations); n < 80 {
		t.Errorf("%d derivations, want more than eighty", n)
	}
}

// A report of an empty desk says in every section that there is nothing.
func TestEmptyDesk(t *testing.T) {
	src, doc := build(t, nil, settings(t))
	complaints, err := report.Gate(src, doc)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range complaints {
		if c.Severity == report.Error {
			t.Errorf("%s: %s", c.Place, c.What)
		}
	}
	for _, s := range doc.Sections {
		if len(s.Blocks)+len(s.Sections) == 0 {
			t.Errorf("section %s is empty and does not say so", s.ID)
		}
	}
	var all strings.Builder
	for p := range doc.Paragraphs() {
		all.WriteString(p.Plain() + "\n")
	}
	if n := strings.Count(all.String(), "The desk holds no record of"); n < 8 {
		t.Errorf("%d sections say that the desk holds nothing, want at least 8", n)
	}
}

// Whatever the period and the view, the report can be written and passes the gate.
func TestAnyPeriodAndView(t *testing.T) {
	rs := publicRecord(t)
	for _, years := range [][2]int{{1990, 1995}, {2006, 2010}, {2016, 2025}, {2018, 2018}, {2023, 2023}, {2024, 2025}, {2030, 2031}} {
		for _, view := range claim.Views() {
			s := settings(t)
			s.From, s.To, s.View = years[0], years[1], view
			src, doc := build(t, rs, s)
			complaints, err := report.Gate(src, doc)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range complaints {
				if c.Severity == report.Error {
					t.Errorf("%v %s: %s: %s", years, view, c.Place, c.What)
				}
			}
		}
	}
}

func TestPresetsMakeReports(t *testing.T) {
	rs := publicRecord(t)
	for _, name := range report.Presets() {
		s, ok := report.Preset(name)
		if !ok {
			t.Fatalf("preset %s is listed and missing", name)
		}
		s.Date = value.MustDate("2024-03-07")
		if _, doc := build(t, rs, s); doc.Masthead.Title == "" {
			t.Errorf("preset %s: no title", name)
		}
	}
}

// The gate stops what each of its rules forbids.
func TestGateStops(t *testing.T) {
	for _, tt := range []struct {
		name  string
		spoil func(*document.Document)
		want  string
	}{
		{"a number typed into the text", func(d *document.Document) {
			d.Sections[0].Blocks[0].(*document.Paragraph).Spans[0].Text = "About two thirds of "
		}, `states a number ("two")`},
		{"a figure retyped", func(d *document.Document) {
			figure(d).Text = "59"
		}, `prints "59" where`},
		{"a figure without derivation", func(d *document.Document) {
			figure(d).Derivation = "0000000000000000"
		}, "without a derivation"},
		{"a quotation changed", func(d *document.Document) {
			span(d, document.Quote).Text = "Somebody else"
		}, "which is not what record"},
		{"a recommendation without its measure", func(d *document.Document) {
			for p := range d.Paragraphs() {
				if p.Recommendation {
					p.Spans = slices.DeleteFunc(p.Spans, func(s document.Span) bool { return s.Kind == document.Citation })
				}
			}
		}, "cites no measure"},
		{"a dangling reference", func(d *document.Document) {
			span(d, document.Reference).Text = ""
		}, "leads nowhere"},
		{"a table that sums wrongly", func(d *document.Document) {
			for i, x := range d.Derivations {
				if x.Name() == "cyber.years.table" {
					rows := slices.Clone(x.Result.Table.Rows)
					last := rows[len(rows)-1]
					last.Cells = append(slices.Clone(last.Cells[:len(last.Cells)-1]), "1")
					rows[len(rows)-1] = last
					d.Derivations[i].Result.Table = &derive.Table{Columns: x.Result.Table.Columns, Rows: rows}
				}
			}
		}, "but the register sums to"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			src, doc := build(t, publicRecord(t), settings(t))
			tt.spoil(doc)
			complaints, err := report.Gate(src, doc)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(complaints, func(c report.Complaint) bool {
				return c.Severity == report.Error && strings.Contains(c.What, tt.want)
			}) {
				t.Errorf("the gate let it pass; want an error with %q, got %v", tt.want, complaints)
			}
		})
	}
}

func span(d *document.Document, k document.Kind) *document.Span {
	for p := range d.Paragraphs() {
		for i := range p.Spans {
			if p.Spans[i].Kind == k {
				return &p.Spans[i]
			}
		}
	}
	return &document.Span{}
}

func figure(d *document.Document) *document.Span { return span(d, document.Figure) }

func TestSettingsAreRefused(t *testing.T) {
	reg, err := analyses.Registry()
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*report.Settings){
		"no date":         func(s *report.Settings) { s.Date = value.Date{} },
		"period reversed": func(s *report.Settings) { s.From, s.To = 2023, 2017 },
		"unknown view":    func(s *report.Settings) { s.View = "mine" },
		"unknown section": func(s *report.Settings) { s.Sections = []string{"weather"} },
		"no title":        func(s *report.Settings) { s.Title = "" },
	} {
		s := settings(t)
		spoil(&s)
		if _, err := report.Build(hold(t, nil), reg, s); !errors.Is(err, report.ErrSettings) {
			t.Errorf("%s: error %v, want ErrSettings", name, err)
		}
	}
}

func FuzzReadSettings(f *testing.F) {
	f.Add("body: the Team\nfrom: 2017\nsections: [cyber]\n")
	f.Add("date: 2024-02-30")
	f.Add("a: &a [*a]")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := report.ReadSettings(strings.NewReader(text), report.Settings{})
		if err != nil && !errors.Is(err, report.ErrSettings) {
			t.Errorf("error %v does not wrap ErrSettings", err)
		}
		_ = s.Validate()
	})
}
