package report_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/analyses"
	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/publicrecord"
	"github.com/turtlebay/turtlebay/record"
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
