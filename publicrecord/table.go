package publicrecord

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/value"
)

// Fault is one thing wrong with a table.
type Fault struct {
	File   string // "tables/amounts.csv"
	Line   int    // 1 is the header; 0 where the file as a whole is at fault
	Field  string // column, or field of the record that the row makes
	Reason string
}

// Error is "file:line: field: reason".
func (f *Fault) Error() string {
	return fmt.Sprintf("%s:%d: %s: %s", f.File, f.Line, f.Field, f.Reason)
}

// spec is the fixed shape of a table. A header that differs is a fault: a column
// that nobody reads would be a fact lost in silence.
type spec struct {
	name, about string
	columns     string
}

var specs = []spec{
	{"amounts.csv", "one claim of what was taken in an incident", "incident amount currency authority status on source place preferred reason note"},
	{"attributions.csv", "one claim of who did it, with public dissent", "incident who authority status on source place preferred reason note dissent_by dissent_says dissent_on dissent_source"},
	{"banks.csv", "one bank under restriction", "id date name aliases country designated_on designated_by sources certainty note"},
	{"council_responses.csv", "one vote of the Security Council and what it answered", "id date document outcome vetoed_by vote trigger_date trigger triggers sources certainty note"},
	{"designations.csv", "one entry of a group or organ on a sanctions list", "group by reference on basis source"},
	{"group_names.csv", "one name of a group or organ, the first being its label", "group name lang by"},
	{"groups.csv", "one hacking group, or organ that groups answer to", "id kind attack_id country attributed first_seen sources certainty note"},
	{"incidents.csv", "one cyber incident", "id date victim method assets addresses crypto_company attributed_to_dprk certainty note"},
	{"launch_counts.csv", "ballistic missiles launched in one year", "id year launches sources certainty note"},
	{"panel_mandates.csv", "one mandate of the Panel of Experts", "id resolution adopted to sources certainty note"},
	{"panel_reports.csv", "one report of the Panel of Experts or of the team after it", "id symbol report date sources certainty note"},
	{"petroleum_replies.csv", "one reply to a claim about refined petroleum", "delivery says authority status on source place preferred reason note"},
	{"petroleum_totals.csv", "one total of refined petroleum, reported or estimated", "delivery barrels basis at_least from to authority status on source place preferred reason note"},
	{"petroleum_years.csv", "one year of refined petroleum", "id year product direction certainty note"},
	{"report_statements.csv", "one figure that a report states", "report key about value unit from to approximate source place"},
	{"sources.csv", "one source, its origin and where it was read", "key origin title date reproduced_by certainty"},
	{"subordination.csv", "one statement of the organ that a group answers to", "group under from to authority source place"},
	{"test_estimates.csv", "one estimate of a nuclear test's magnitude or yield", "event quantity low high authority status on source place preferred reason note"},
	{"trade_totals.csv", "one yearly total of customs statistics", "id period reporter partner flow value_usd approximate sources certainty note"},
	{"weapons_events.csv", "one nuclear test or space launch", "id date date_utc event technology system payload site outcome declared sources certainty note"},
	{"worker_estimates.csv", "one published estimate about workers abroad", "id period as_published sector metric low high unit scope authority sources certainty note"},
}

// row is one line of a table; its readers report a cell that cannot be right to
// the loader and go on, so that one load names every fault.
type row struct {
	l     *loader
	file  string
	line  int
	cells map[string]string
	here  claim.Passage
}

// rows reads a table. On a fault of the file it returns what came before.
func (l *loader) rows(name string) []row {
	file := "tables/" + name
	i := slices.IndexFunc(specs, func(s spec) bool { return s.name == name })
	columns := strings.Fields(specs[i].columns)
	text, err := fs.ReadFile(l.fsys, file)
	if err != nil {
		l.fault(file, 0, "file", reason(err))
		return nil
	}
	c := csv.NewReader(bytes.NewReader(text))
	c.ReuseRecord = true
	header, err := c.Read()
	if err != nil || !slices.Equal(header, columns) {
		l.fault(file, 1, "header", fmt.Sprintf("want %s", strings.Join(columns, ",")))
		return nil
	}
	item := record.Digest(text)
	var out []row
	for {
		from := c.InputOffset()
		cells, err := c.Read()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			l.fault(file, lineOf(err), "row", reason(err))
			return out
		}
		line, _ := c.FieldPos(0)
		r := row{l: l, file: file, line: line, cells: make(map[string]string, len(columns))}
		r.here = passage(item, line, text[from:c.InputOffset()])
		for j, name := range columns {
			r.cells[name] = cells[j]
		}
		out = append(out, r)
	}
}

// passage cites a row of a table that starts on the line; text is the row with
// the blank lines before it and the line end after it.
func passage(item string, line int, text []byte) claim.Passage {
	text = bytes.TrimLeft(text, "\r\n")
	text = bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r"))
	last := line + bytes.Count(text, []byte("\n"))
	return claim.Passage{Item: item, At: fmt.Sprintf("lines=%d-%d", line, last), Quote: record.Digest(text)}
}

func reason(err error) string {
	var parse *csv.ParseError
	var path *fs.PathError
	switch {
	case errors.As(err, &parse):
		return parse.Err.Error()
	case errors.As(err, &path):
		return path.Err.Error()
	}
	return err.Error()
}

func lineOf(err error) int {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return parse.StartLine
	}
	return 0
}

func (l *loader) fault(file string, line int, field, reason string) {
	l.faults = append(l.faults, &Fault{file, line, field, reason})
}

func (r row) fault(field, reason string) { r.l.fault(r.file, r.line, field, reason) }

func (r row) text(column string) string { return r.cells[column] }

// list splits a cell at semicolons; an empty cell is no list.
func (r row) list(column string) []string {
	if r.cells[column] == "" {
		return nil
	}
	return strings.Split(r.cells[column], ";")
}

func (r row) date(column string) value.Date {
	d, err := value.ParseDate(r.cells[column])
	if err != nil {
		r.fault(column, err.Error())
	}
	return d
}

// number reads an exact decimal; an empty cell is nil, a fact that is missing.
func (r row) number(column string) *value.Decimal {
	if r.cells[column] == "" {
		return nil
	}
	d, err := value.ParseDecimal(r.cells[column])
	if err != nil {
		r.fault(column, err.Error())
	}
	return &d
}

// figure is number for a cell that must be filled.
func (r row) figure(column string) value.Decimal {
	d := r.number(column)
	if d == nil {
		r.fault(column, "is missing")
		return value.Decimal{}
	}
	return *d
}

func (r row) count(column string) *int {
	n, err := strconv.Atoi(r.cells[column])
	if err != nil {
		r.fault(column, fmt.Sprintf("%q is not a whole number", r.cells[column]))
	}
	return &n
}

// yes reads "yes" or an empty cell.
func (r row) yes(column string) bool {
	v := r.answer(column)
	return v != nil && *v
}

// answer reads "yes", "no" or an empty cell, which is nil.
func (r row) answer(column string) *bool {
	v := r.cells[column] == "yes"
	switch r.cells[column] {
	case "":
		return nil
	case "yes", "no":
	default:
		r.fault(column, fmt.Sprintf("is %q, want yes, no or nothing", r.cells[column]))
	}
	return &v
}

// anchor reads a place in a source and reports a source that is not in
// sources.csv.
func (r row) anchor(column string) claim.Anchor {
	a := claim.Anchor{Source: r.cells[column], Place: r.cells["place"]}
	r.l.source(r, column, a.Source)
	return a
}

// claimOf reads the columns that every claim has. Its certainty is its source's.
func claimOf[T any](r row, v T) claim.Claim[T] {
	a := r.anchor("source")
	return claim.Claim[T]{
		Value: v, Authority: r.text("authority"), Status: claim.Status(r.text("status")), On: r.date("on"),
		Anchor: a, Certainty: r.l.sources[a.Source].Certainty,
		Preferred: r.yes("preferred"), Reason: r.text("reason"), Note: r.text("note"),
	}
}
