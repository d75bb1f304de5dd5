// Package publicrecord is what a newcomer's desk starts with: the project's own
// tables of public facts about the regime on the Democratic People's Republic of
// Korea, embedded in the program and joined into records.
//
// The tables are plain CSV in tables/, one row a fact or a claim, in the
// project's own words. Nothing is merged away: where two authorities give two
// amounts for one theft, amounts.csv has two rows, one of them preferred with the
// reason. Every row names its source, and sources.csv says who a source comes
// from in the end (its origin) and where it was read (reproduced_by): pages that
// repeat one authority share its origin and count as one.
//
// A fact is "checked" where it was seen in the source named, and "from-memory"
// where it was written down without the source at hand; a claim takes the
// certainty of its source. A year without a row is a gap, not a nought.
//
//	rs, err := publicrecord.Records()
//	for _, x := range record.Of[*observation.CyberIncident](rs) {
//		if m, ok := x.Observation.Amount(); ok && claim.ViewOfficial.Includes(x.Observation.Status()) {
//			fmt.Println(x.Record.ID, x.Observation.Victim, m)
//		}
//	}
//
// Every record says in its evidence which rows it was joined from: the digest of
// the table ([Files]), the lines, and the digest of what stands there.
//
// Records are sorted by id, valid, and the same bytes on every machine. Each call
// returns its own copy, so a caller may change what it got. docs/publicrecord.md
// says how to add a row.
package publicrecord

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/value"
)

//go:embed tables/*.csv
var embedded embed.FS

// Edition is the date of the tables: the day from which a desk that loads them
// knows what they say.
func Edition() value.Date { return value.MustDate("2026-11-22") }

// Records joins the embedded tables into records, sorted by id. An error lists
// every fault as "tables/FILE:LINE: field: reason"; with the tables as released
// there is none.
func Records() ([]record.Record, error) {
	return load(embedded)
}

// Table describes one embedded table.
type Table struct {
	Name  string // file name under tables/
	About string // one line: what a row is
	Rows  int    // without the header
}

// Tables lists the embedded tables in the order of their names.
func Tables() ([]Table, error) {
	l := newLoader(embedded)
	out := make([]Table, len(specs))
	for i, s := range specs {
		out[i] = Table{Name: s.name, About: s.about, Rows: len(l.rows(s.name))}
	}
	return out, l.err()
}

// File is one embedded table as it stands: an item of evidence, which the records
// made of its rows cite by the SHA-256 of its bytes.
type File struct {
	Name  string // file name under tables/
	Bytes []byte
}

// Files returns the embedded tables in the order of their names. Each call returns
// its own copy.
func Files() ([]File, error) {
	out := make([]File, len(specs))
	for i, s := range specs {
		b, err := embedded.ReadFile("tables/" + s.name)
		if err != nil {
			return nil, fmt.Errorf("read the public record: %w", err)
		}
		out[i] = File{s.name, b}
	}
	return out, nil
}

// load reads every table of fsys, joins them and checks the result.
func load(fsys fs.FS) ([]record.Record, error) {
	l := newLoader(fsys)
	l.readSources()
	l.incidents()
	l.groups()
	l.weapons()
	l.council()
	l.panel()
	l.trade()
	l.petroleum()
	l.workers()
	l.banks()
	l.checkReferences()
	if err := l.err(); err != nil {
		return nil, err
	}
	record.Sort(l.records)
	return l.records, nil
}

// err joins the faults found so far into one error, nil if there is none.
func (l *loader) err() error {
	if len(l.faults) == 0 {
		return nil
	}
	return fmt.Errorf("load the public record: %w", errors.Join(l.faults...))
}
