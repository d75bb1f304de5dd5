// Package thefts reads what a trace is asked: a file that names thefts by the rows or the
// addresses that were robbed, and beside them services, links and rules.
//
// # Contract
//
// [Read] takes YAML, JSON, or plain text with an address a line (then every payment that
// leaves these addresses is stolen). The file is one theft, or has a list of them under
// "thefts"; "until" beside a list bounds the whole trace, and of one theft alone it is that
// of its payments. Reading is strict, because a field that is misspelt would change the answer:
// the first thing that is not understood is a [Refusal] with file, line, field and
// reason. [Example] is a file to begin with, with every field.
//
// [File.Resolve] finds the rows in a ledger: marks by their keys, and for addresses the
// payments that leave them for others within the time and of the asset that are named.
// On a chain of outputs that is what their transactions make for others; where others'
// outputs are spent beside theirs, whose coins went where is not known, and the
// transaction is refused. What cannot be resolved is a refusal each, and the rest is.
//
// # Example
//
//	file, err := thefts.Read("harmony.yaml", f, thefts.Options{})
//	if err != nil {
//		return err
//	}
//	found, err := file.Resolve(ctx, snapshot, thefts.Limits{})
//	if err != nil {
//		return err
//	}
//	question := file.Question(found.Thefts, attribution.New(tags, file.Services))
package thefts

import (
	"bytes"
	_ "embed"
	"errors"
	"io"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/attribution"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/internal/table"
)

// Limits of a file.
const (
	MaxBytes   = 16 << 20 // of a list of addresses
	MaxYAML    = table.MaxYAML
	MaxEntries = 500_000 // of each list
)

// Errors of a whole file, for errors.Is.
var (
	ErrEmpty    = table.ErrEmpty    // nothing, or blanks alone
	ErrTooLarge = table.ErrTooLarge // more than MaxBytes, or MaxYAML
	ErrFormat   = table.ErrFormat   // neither YAML, JSON nor lines of addresses
	// ErrTooMany: the thefts have more rows than Limits.Marks.
	ErrTooMany = errors.New("the thefts have too many rows")
)

// Refusal is something in a file that cannot be used: "file:line: field: reason".
type Refusal = table.Refusal

// File is what a trace is asked.
type File struct {
	Name     string
	Thefts   []Theft
	Services []attribution.Entry
	Links    []follow.Link
	Rules    follow.Rules
}

// Theft is a theft as a file names it.
type Theft struct {
	ID       string
	Title    string
	Incident string // id of the record, as INC-2022-040
	Chain    chain.ID
	Marks    []Mark
	From     []Source
	To       []Source
	Since    int64         // of payments that leave From or reach To: the earliest time
	Until    int64         // the latest; 0: no bound
	Asset    *ledger.Asset // of these payments; nil: every asset
	Line     int
	field    string
}

// Mark is a row that brought stolen value.
type Mark struct {
	follow.Mark
	Line  int
	field string
}

// Source is an address that stolen value left, or first went to.
type Source struct {
	Address ledger.Address
	Line    int
	field   string
}

// Options say what a file does not.
type Options struct {
	// Chain is that of thefts that name none. Without it the addresses of a plain list
	// have to be of one chain alone, which those of EVM chains are not.
	Chain chain.ID
}

//go:embed example.yaml
var example []byte

// Example is a file to begin with. Its names and addresses are invented.
func Example() []byte { return bytes.Clone(example) }

// Read reads a file. Its name stands in messages. Errors are a *Refusal, or wrap one of
// the errors of a whole file.
func Read(name string, r io.Reader, o Options) (*File, error) {
	b, err := table.Bytes(name, r, MaxBytes)
	if err != nil {
		return nil, err
	}
	d := &decoder{name: name, file: &File{Name: name}, chain: o.Chain, seen: map[[2]string]bool{}}
	if isList(b) {
		d.lines(b)
	} else {
		root, err := table.Node(name, b)
		if err != nil {
			return nil, err
		}
		d.whole(root)
	}
	if d.refused != nil {
		return nil, d.refused
	}
	return d.file, nil
}

// Question is the question of the file, about thefts as Resolve found them.
func (f *File) Question(found []follow.Theft, services follow.Services) follow.Question {
	return follow.Question{Thefts: found, Services: services, Links: f.Links, Rules: f.Rules}
}
