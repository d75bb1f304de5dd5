// Package casefile reads worked cases of tracing, one JSON file each, and answers them
// in the form in which such files state what they expect.
//
//	c, err := casefile.Read(file)
//	answer, err := c.Answer(ctx)
//	json.Marshal(answer.Expect()) // {"poison":{"T1":{"outputs":{"t1:0":"3"},…}},…}
//
// A case has a model: utxo (genesis, txs), account (opening, events) or cluster (txs,
// settings); the first two have thefts. Amounts are strings: whole numbers of base
// units under 2^256 going in, and whole numbers or fractions "p/q" in lowest terms
// coming out. Example is a file to begin with.
//
// Reading is strict, because a field that is misspelt would change the answer: what
// the schema does not know is refused with the field's name, as are duplicates and
// names that JSON cannot carry whole. Errors about a case are a *trace.FieldError.
// "title", "why", "retheft" and "expect" have no effect.
package casefile

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"

	"github.com/turtlebay/turtlebay/trace"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"github.com/turtlebay/turtlebay/trace/cluster"
)

// The models of a case.
const (
	UTXO    = "utxo"
	Account = "account"
	Cluster = "cluster"
)

// Limits of a case file; those of the trace itself are of package trace.
const (
	MaxBytes    = 16 << 20
	MaxSettings = 16
	maxDepth    = 32 // of nested values that have no effect
)

// ErrTooLarge is a file of more than MaxBytes.
var ErrTooLarge = errors.New("a case has at most 16 MiB")

// Case is a worked case. One of Coins, Accounts and Groups is what it is about.
type Case struct {
	ID, Title string
	Model     string
	Coins     *trace.Coins
	Accounts  *trace.Accounts
	Groups    *Groups
}

// Groups is a case of clusters: transactions, and settings to group them by.
type Groups struct {
	Txs      []cluster.Tx
	Settings []Settings
}

// Settings is a row of settings as the file has it; nil is not given, which is false.
type Settings struct {
	ExcludeCoinJoin *bool `json:"exclude_coinjoin,omitempty"`
	Change          *bool `json:"change,omitempty"`
}

// Grouping is the clusters under one row of settings.
type Grouping struct {
	Settings Settings   `json:"settings"`
	Clusters [][]string `json:"clusters"`
}

// Answer is what a case comes out as.
type Answer struct {
	Model  string
	Result *trace.Result // of utxo and account
	Groups []Grouping    // of cluster, one a row of settings, in order
}

//go:embed example.json
var example []byte

// Example is a case file to begin with: stolen coins, mixed with others, peeled off
// and sold.
func Example() []byte { return bytes.Clone(example) }

// Read reads a case. The input is bounded by MaxBytes and has to be one JSON object.
func Read(r io.Reader) (*Case, error) {
	b, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read case: %w", err)
	}
	if len(b) > MaxBytes {
		return nil, ErrTooLarge
	}
	d, err := readDraft(b)
	if err != nil {
		return nil, err
	}
	return d.settle()
}

// Answer traces the thefts of the case, or groups its addresses.
func (c *Case) Answer(ctx context.Context) (*Answer, error) {
	a := &Answer{Model: c.Model}
	var err error
	switch {
	case c.Coins != nil:
		a.Result, err = c.Coins.Trace(ctx)
	case c.Accounts != nil:
		a.Result, err = c.Accounts.Trace(ctx)
	case c.Groups != nil:
		a.Groups, err = c.Groups.answer()
	}
	if err != nil {
		return nil, err
	}
	return a, nil
}

// answer groups the addresses once for every setting that there is.
func (g *Groups) answer() ([]Grouping, error) {
	known := map[cluster.Settings][][]string{}
	out := []Grouping{}
	for _, row := range g.Settings {
		s := cluster.Settings{ExcludeCoinJoin: row.ExcludeCoinJoin != nil && *row.ExcludeCoinJoin, Change: row.Change != nil && *row.Change}
		clusters, ok := known[s]
		if !ok {
			var err error
			if clusters, err = cluster.Of(g.Txs, s); err != nil {
				return nil, &trace.FieldError{Field: "txs", Reason: err.Error()}
			}
			known[s] = clusters
		}
		out = append(out, Grouping{row, clusters})
	}
	return out, nil
}

// found is what one policy finds of one theft.
type found struct {
	Outputs    trace.Amounts `json:"outputs,omitempty"`
	Unspent    trace.Amounts `json:"unspent,omitempty"`
	Carried    trace.Amounts `json:"carried,omitempty"`
	Holdings   trace.Amounts `json:"holdings,omitempty"`
	Fees       trace.Amounts `json:"fees,omitempty"`
	Boundary   trace.Amounts `json:"boundary,omitempty"`
	Dropped    trace.Amounts `json:"dropped,omitempty"`
	Unobserved trace.Amounts `json:"unobserved,omitempty"`
}

// expect is the object "expect" of a case of thefts.
type expect struct {
	Poison  map[string]found                          `json:"poison"`
	Haircut map[string]found                          `json:"haircut"`
	FIFO    map[string]found                          `json:"fifo"`
	LIFO    map[string]found                          `json:"lifo"`
	TIHO    map[string]found                          `json:"tiho"`
	Bounds  map[string]map[string][2]accounting.Exact `json:"bounds,omitempty"`
}

// Expect is the answer as the value of "expect" in a case file, to be encoded as JSON.
// What is empty is left out, but for the policies themselves.
func (a *Answer) Expect() any {
	if a.Result == nil {
		return a.Groups
	}
	by := map[accounting.Policy]map[string]found{}
	for _, p := range accounting.Policies() {
		by[p] = map[string]found{}
	}
	for _, t := range a.Result.Traces {
		f := found{Fees: t.Fees, Boundary: t.Boundary, Dropped: t.Dropped, Unobserved: t.Unobserved}
		if a.Model == UTXO {
			f.Outputs, f.Unspent = t.Arrived, t.Held
		} else {
			f.Carried, f.Holdings = t.Arrived, t.Held
		}
		by[t.Policy][t.Theft] = f
	}
	e := expect{
		Poison: by[accounting.Poison], Haircut: by[accounting.Haircut], FIFO: by[accounting.FIFO],
		LIFO: by[accounting.LIFO], TIHO: by[accounting.TIHO], Bounds: map[string]map[string][2]accounting.Exact{},
	}
	for theft, reach := range a.Result.Reach {
		e.Bounds[theft] = map[string][2]accounting.Exact{}
		for outpoint, b := range reach {
			e.Bounds[theft][outpoint] = [2]accounting.Exact{b.Lo, b.Hi}
		}
	}
	return e
}
