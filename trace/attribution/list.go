package attribution

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/internal/table"
)

// Of files that are read.
type (
	// Receipt says what became of the rows of a file: read = kept + refused.
	Receipt = table.Receipt
	// Refusal is a row that was not kept: "file:line: field: reason".
	Refusal = table.Refusal
)

// Errors of a whole file, for errors.Is.
var (
	ErrEmpty    = table.ErrEmpty    // nothing, or blanks alone
	ErrTooLarge = table.ErrTooLarge // more than 64 MiB or a million rows
	ErrFormat   = table.ErrFormat   // neither CSV, JSON lines nor a YAML list
	ErrColumn   = table.ErrColumn   // a column that is missing, not known, or there twice
)

// None is the class of an address that is no service, whatever tags say.
const None follow.Class = "none"

// Entry is a row of a list of services.
type Entry struct {
	Chain      chain.ID
	Address    ledger.Address
	Class      follow.Class // or None
	Name       string
	Source     string
	Date       string // YYYY-MM-DD; may be empty
	Confidence follow.Confidence
	Note       string
	Place      string // "file:line"
}

func (e *Entry) source() string {
	if e.Place == "" {
		return e.Source
	}
	return e.Source + " (" + e.Place + ")"
}

// says is what an entry says, for the note of another.
func (e *Entry) says() string {
	return strconv.QuoteToGraphic(e.Name) + " (" + string(e.Class) + ", " + e.source() + ")"
}

// compareEntries puts the entry that wins first.
func compareEntries(a, b Entry) int {
	grade := func(e *Entry) int { return slices.Index(follow.Grades(), e.Confidence) }
	return cmp.Or(grade(&a)-grade(&b), strings.Compare(b.Date, a.Date), rank(a.Class)-rank(b.Class), strings.Compare(a.Name, b.Name), strings.Compare(a.source(), b.source()))
}

// Columns are those of a list: the ones that each row has to have, and the others.
var columns = table.Columns{
	Needed:   []string{"chain", "address", "class", "name", "source"},
	Optional: []string{"date", "confidence", "note"},
}

// ReadList reads a list of services from CSV with a header, JSON lines or a YAML list:
// chain, address, class (exchange, deposit, swap, service, bridge, mixer, hub or none),
// name and source; there may be date, confidence ("ledger fact", "decoded protocol",
// "heuristic" or "human judgement", which is the default) and note.
func ReadList(name string, r io.Reader) ([]Entry, Receipt, error) {
	return table.Read(name, r, columns, entry)
}

func entry(row *table.Row) Entry {
	e := Entry{
		Chain: row.Chain("chain"), Class: follow.Class(row.Text("class")), Name: row.Text("name"), Source: row.Text("source"), Date: row.Text("date"),
		Confidence: cmp.Or(follow.Confidence(row.Text("confidence")), follow.Judgement), Note: row.Text("note"), Place: row.Place(),
	}
	e.Address = row.Address("address", e.Chain)
	if !slices.Contains(words, e.Class) {
		row.Refuse("class", fmt.Sprintf("%s is none of %s", table.Quote(string(e.Class)), join(words)))
	}
	if !slices.Contains(follow.Grades(), e.Confidence) {
		row.Refuse("confidence", fmt.Sprintf("%s is none of %s", table.Quote(string(e.Confidence)), join(follow.Grades())))
	}
	if _, err := time.Parse(time.DateOnly, e.Date); e.Date != "" && err != nil {
		row.Refuse("date", table.Quote(e.Date)+" is no day as in 2006-01-02")
	}
	return e
}

var words = []follow.Class{follow.Exchange, follow.Deposit, follow.Swap, follow.Other, follow.Bridge, follow.Mixer, follow.Hub, None}

// Classes are those that a list may name: all classes of services, and None.
func Classes() []follow.Class { return slices.Clone(words) }

func join[T ~string](words []T) string {
	var out []string
	for _, w := range words {
		out = append(out, string(w))
	}
	return strings.Join(out, ", ")
}
