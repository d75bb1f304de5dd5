package derive

import "bytes"

// Result is what a function found. Numbers are plain decimal text, exact, with
// no grouping; how they are printed is Print's business.
type Result struct {
	Value string `json:"value,omitempty"` // the figure; empty where nothing is known
	Unit  string `json:"unit,omitempty"`  // see the Unit constants
	Low   string `json:"low,omitempty"`   // least claimed, where claims differ
	High  string `json:"high,omitempty"`  // greatest claimed
	Note  string `json:"note,omitempty"`  // what a reader should know beside the number

	Table *Table `json:"table,omitempty"` // for functions that give rows

	// Records are the ids of the inputs that the result rests on; Unverified are
	// those among them that were written down from memory, and the measures whose
	// paragraph is to be verified.
	Records    []string `json:"records,omitempty"`
	Unverified []string `json:"unverified,omitempty"`
}

// Equal compares everything, byte for byte in canonical form.
func (r Result) Equal(other Result) bool {
	a, errA := Canonical(r)
	b, errB := Canonical(other)
	return errA == nil && errB == nil && bytes.Equal(a, b)
}

// Units with a print form of their own; any other unit is printed as a number.
const (
	UnitUSD     = "USD"
	UnitText    = "text" // the value is a word or a name
	UnitPercent = "per cent"
	UnitYear    = "year"
	UnitDate    = "date"
)

// Table is a result in rows. Cells are plain values in the column's form.
type Table struct {
	Columns []Column `json:"columns"`
	Rows    []Row    `json:"rows"`
}

// Forms of a column.
const (
	Text    = "text"
	Number  = "number"  // grouped when printed, right-aligned
	Money   = "money"   // a number in the column's unit
	Percent = "percent" // a number; the header carries the unit
	Date    = "date"    // ISO, as precise as known
	Code    = "code"    // ids, symbols, years: printed as they are
)

// Column heads a table's column.
type Column struct {
	Key   string `json:"key"`
	Title string `json:"title"`
	Form  string `json:"form"`
	Unit  string `json:"unit,omitempty"`
}

// Numeric reports whether the column holds numbers, which stand to the right.
func (c Column) Numeric() bool { return c.Form == Number || c.Form == Money || c.Form == Percent }

// NotApplicable is the cell for a question that does not arise; an empty cell is
// a fact that is not known.
const NotApplicable = "n/a"

// Row is one row of a table.
type Row struct {
	Cells      []string `json:"cells"`
	Record     string   `json:"record,omitempty"` // id of the record it shows
	Total      bool     `json:"total,omitempty"`
	Unverified bool     `json:"unverified,omitempty"`
}

// Cell returns the value in the named column, "" where there is none.
func (t *Table) Cell(row Row, key string) string {
	for i, c := range t.Columns {
		if c.Key == key && i < len(row.Cells) {
			return row.Cells[i]
		}
	}
	return ""
}
