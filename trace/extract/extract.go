// Package extract is a trace in a file: the question, what was read of the ledger to
// answer it, and nothing else. Whoever has the file runs the trace again and comes to
// the same answer, without the ledger.
//
//	e, err := extract.Read(file)
//	if err != nil {
//		return err
//	}
//	opened, err := e.Open(ctx)
//	if err != nil {
//		return err
//	}
//	fmt.Println(e.ID, len(opened.Answer.Arrivals), "arrivals")
//
// # Form
//
// A file is lines of canonical JSON (RFC 8785). The first is the head: what was asked, by
// which rules, the services that were met, prices, and how many parts follow. A part
// has rows of one chain in their order, and openings, as arrays that refer to the part's
// own lists of transactions, addresses and assets:
//
//	rows     [number, kind, block, position, index, time, tx, from, to, asset, "value"], and of an
//	         input [… , tx, index] of the output that it spends
//	openings [address, asset, "value", number] of what an account held before that row
//
// A row's number is that of its chain in the snapshot. tx, from, to, asset and address are places in those lists, from 0. Addresses and assets
// are written as ledger.Address.Notation has them, transactions as 0x and hexadecimal,
// amounts as strings of base units, times as seconds since 1970.
//
// A trace that read more than follow.MaxFlows rows is external: the head holds the answer
// as it was found, and nobody can run it again without that ledger. Extract.External
// reports it, and whoever prints such an answer has to say so.
//
// Decode is strict: what it does not know is refused. The same extract is the same bytes.
package extract

import (
	"encoding/json"
	"errors"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/price"
)

// Form is the first member of a file.
const Form = "turtlebay trace 1"

// Limits, in bytes.
const (
	MaxLine  = 4 << 20 // of a line
	MaxBytes = 128 << 20
)

// Errors, for errors.Is.
var (
	// ErrForm: the file is none, or of a later form.
	ErrForm = errors.New(`not a trace in the form "` + Form + `"`)
	// ErrTooLarge: more than MaxBytes.
	ErrTooLarge = errors.New("larger than the limit")
	// ErrExternal: the rows did not travel.
	ErrExternal = errors.New("the rows that were read are not in the file")
)

var errNoService = errors.New("names a service that is not listed")

// FieldError is a member that cannot be so.
type FieldError struct {
	Field  string // "rows[12]: value"
	Reason string
}

func (e *FieldError) Error() string { return e.Field + ": " + e.Reason }

// Extract is a trace in a file.
type Extract struct {
	ID       string // TRC-2024-001
	Title    string
	Incident string // the record that it is about; may be empty
	Exercise bool   // invented: enters no total
	Ledgers  []follow.Ledger
	Thefts   []follow.Theft
	Links    []follow.Link
	Rules    follow.Rules
	Assets   []Asset
	Prices   []Price
	Services []follow.Met // that were met
	Wide     bool         // counted with 256 bits
	Applied  uint64       // rows that moved value
	Stopped  *follow.Stop // nil: the run came to its end
	Openings []follow.Opening
	Rows     []follow.RecordedRow // by chain and number
	Found    *follow.Answer       // of an external trace
	Cut      int                  // arrivals and holdings that Found has not, because they are too many
	Notes    []string             // what was asked for and could not be, in words
	// Marking says who may see it, as records have it in their JSON; nil: anybody.
	Marking json.RawMessage
}

// Price is what one whole unit of an asset was worth at a time.
type Price struct {
	Of price.Asset
	price.Price
}

// Asset is what is known of an asset.
type Asset struct {
	price.Asset
	price.Fact
}

// External reports whether the rows that were read are not in the file.
func (e *Extract) External() bool { return e.Found != nil }

// record is what was read, as follow has it.
func (e *Extract) record() *follow.Record {
	return &follow.Record{
		Ledgers: e.Ledgers, Rows: e.Rows, Openings: e.Openings, Services: e.Services, Wide: e.Wide, Applied: e.Applied, Stopped: e.Stopped,
	}
}

// Question is what was asked.
func (e *Extract) Question() follow.Question {
	return follow.Question{Thefts: e.Thefts, Links: e.Links, Rules: e.Rules, Services: services(e.Services)}
}

// services are those of a file, by chain and address.
func services(list []follow.Met) known {
	out := known{}
	for _, m := range list {
		out[place{m.Chain, m.Address}] = m.Service
	}
	return out
}

type place struct {
	chain   chain.ID
	address ledger.Address
}

type known map[place]follow.Service

// Service implements follow.Services.
func (k known) Service(id chain.ID, a ledger.Address) (follow.Service, bool) {
	s, ok := k[place{id, a}]
	return s, ok
}
