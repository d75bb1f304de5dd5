package publicrecord

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
)

// loader collects records and faults while the tables are read.
type loader struct {
	fsys    fs.FS
	sources map[string]claim.Source
	listed  map[string]row // the row of each source
	records []record.Record
	made    map[string]row   // the row that made each record
	parts   map[string][]row // the rows joined to each record
	refs    []reference      // ids that must be records of this load
	faults  []error
}

// reference is an id that a row points to.
type reference struct {
	from   row
	column string
	id     string
}

func newLoader(fsys fs.FS) *loader {
	return &loader{
		fsys: fsys, sources: map[string]claim.Source{}, listed: map[string]row{},
		made: map[string]row{}, parts: map[string][]row{},
	}
}

// readSources reads sources.csv, to which every other table refers by key.
func (l *loader) readSources() {
	for _, r := range l.rows("sources.csv") {
		s := claim.Source{
			Key: r.text("key"), Title: r.text("title"), Origin: r.text("origin"), Date: r.date("date"),
			ReproducedBy: r.text("reproduced_by"), Certainty: r.certainty(),
		}
		if _, twice := l.sources[s.Key]; twice {
			r.fault("key", fmt.Sprintf("%q is used twice", s.Key))
		}
		if s.Key == "" || s.Title == "" || s.Origin == "" {
			r.fault("key", "a source needs a key, a title and an origin")
		}
		l.sources[s.Key], l.listed[s.Key] = s, r
	}
}

func (r row) certainty() claim.Certainty {
	c := claim.Certainty(r.text("certainty"))
	if c != claim.Checked && c != claim.FromMemory {
		r.fault("certainty", fmt.Sprintf("is %q, want checked or from-memory", c))
	}
	return c
}

// source looks a key up and reports one that sources.csv does not have.
func (l *loader) source(r row, column, key string) (claim.Source, bool) {
	s, ok := l.sources[key]
	if !ok {
		r.fault(column, fmt.Sprintf("%q is not in sources.csv", key))
	}
	return s, ok
}

// children groups the rows of a table by the record they belong to. Rows of a
// record that no table makes are faults, found by checkReferences.
func (l *loader) children(table, parent string) map[string][]row {
	out := map[string][]row{}
	for _, r := range l.rows(table) {
		id := r.text(parent)
		out[id] = append(out[id], r)
		l.parts[id] = append(l.parts[id], r)
		l.refer(r, parent, id)
	}
	return out
}

// refer notes that a row points to a record.
func (l *loader) refer(r row, column, id string) {
	l.refs = append(l.refs, reference{r, column, id})
}

func (l *loader) checkReferences() {
	for _, ref := range l.refs {
		if _, ok := l.made[ref.id]; !ok {
			ref.from.fault(ref.column, fmt.Sprintf("no record %q", ref.id))
		}
	}
}

// add makes the record of a row: its sources are those named in the row and
// those that the observation's claims are anchored in, each once. Its evidence is
// the row, the rows joined to it and those of its sources.
func (l *loader) add(r row, note string, o observation.Observation, further ...string) {
	rec := record.Record{
		ID: r.text("id"), AsOf: Edition(), Certainty: r.certainty(), Note: note, Observation: o,
		Evidence: []claim.Passage{r.here},
	}
	for _, part := range l.parts[rec.ID] {
		rec.Evidence = append(rec.Evidence, part.here)
	}
	keys := append(r.list("sources"), further...)
	for _, a := range record.Anchors(o) {
		keys = append(keys, a.Source)
	}
	for i, key := range keys {
		if key == "" || slices.Contains(keys[:i], key) {
			continue
		}
		if s, ok := l.source(r, "sources", key); ok {
			rec.Sources = append(rec.Sources, s)
			rec.Evidence = append(rec.Evidence, l.listed[key].here)
		}
	}
	if len(rec.Sources) == 0 {
		r.fault("sources", "a record needs a source")
	}
	if _, twice := l.made[rec.ID]; twice {
		r.fault("id", fmt.Sprintf("%q is used twice", rec.ID))
	}
	l.made[rec.ID] = r
	l.validate(r, rec)
	l.records = append(l.records, rec)
}

// validate turns the faults of a record into faults of the row that made it.
func (l *loader) validate(r row, rec record.Record) {
	var invalid *record.Invalid
	err := rec.Validate()
	if !errors.As(err, &invalid) {
		return
	}
	for _, f := range invalid.Faults {
		r.fault(f.Field, f.Reason)
	}
}
