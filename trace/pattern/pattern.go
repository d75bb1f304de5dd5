// Package pattern finds shapes in chains of outputs: peel chains, and the marks by
// which the change of a transaction is told from what it pays.
//
// # Contract
//
// A shape is an observation over rows of a ledger; whose outputs they are it does not
// say. The same rows give the same result always. What is looked at is bounded, and a
// search that reached its bound says so ([Found.Stopped]).
//
// A peel chain is a maximal path of three or more transactions with one input and two
// outputs, each of which spends the change of the one before ([Peels]). A change vote
// is one heuristic's word on one output, with its weight and its reason ([Change]);
// votes are never added up here, and nothing joins addresses.
//
// # Example
//
//	found, err := pattern.Peels(ctx, snapshot, chain.Bitcoin, pattern.Outputs(answer.Flows, chain.Bitcoin), pattern.Rules{})
//	if err != nil {
//		return err
//	}
//	for _, p := range found.Chains {
//		fmt.Println(len(p.Txs), p.Peeled, p.Change.Value, p.Services())
//	}
package pattern

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"github.com/turtlebay/turtlebay/trace/cluster"
	"github.com/turtlebay/turtlebay/trace/follow"
)

// Source is what shapes are looked for in: a ledger.Snapshot is one.
type Source interface {
	Transaction(ctx context.Context, id chain.ID, tx string) ([]ledger.Transfer, error)
	Spenders(ctx context.Context, id chain.ID, of []ledger.Outpoint) ([]ledger.Transfer, error)
}

// OfBook is a chain of a snapshot by numbers as a Source; other chains it does not hold.
func OfBook(b ledger.Book) Source { return ofBook{b} }

type ofBook struct{ b ledger.Book }

func (s ofBook) Transaction(_ context.Context, id chain.ID, tx string) ([]ledger.Transfer, error) {
	if id != s.b.Chain() {
		return nil, nil
	}
	numbers, err := s.b.Transaction(tx)
	if err != nil {
		return nil, err
	}
	rows := make([]ledger.Transfer, len(numbers))
	for i, n := range numbers {
		if rows[i], err = s.b.Row(n); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

func (s ofBook) Spenders(_ context.Context, id chain.ID, of []ledger.Outpoint) ([]ledger.Transfer, error) {
	out := make([]ledger.Transfer, len(of))
	if id != s.b.Chain() {
		return out, nil
	}
	for i, o := range of {
		n, ok, err := s.b.Spender(o)
		if err == nil && ok {
			out[i], err = s.b.Row(n)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// ErrRows is rows that are not those of one transaction of outputs.
var ErrRows = errors.New("not the rows of one transaction of outputs")

// Tx is a transaction of outputs.
type Tx struct {
	Chain   chain.ID
	ID      string // bytes
	Block   uint64
	Pos     uint32
	Time    int64
	Inputs  []ledger.Transfer // by index
	Outputs []ledger.Transfer // by index
}

// TxOf is the transaction that the rows are, in the order of a ledger. Errors: ErrRows.
func TxOf(rows []ledger.Transfer) (tx Tx, err error) {
	if len(rows) == 0 {
		return tx, fmt.Errorf("no rows: %w", ErrRows)
	}
	r := rows[0]
	tx = Tx{Chain: r.Chain, ID: r.Tx, Block: r.Block, Pos: r.Pos, Time: r.Time}
	for i, row := range rows {
		same := row.Chain == r.Chain && row.Tx == r.Tx && row.Block == r.Block
		switch {
		case same && row.Kind == ledger.Input && len(tx.Outputs) == 0:
			tx.Inputs = rows[:i+1]
		case same && row.Kind == ledger.Output:
			tx.Outputs = rows[len(tx.Inputs) : i+1]
		default:
			return tx, fmt.Errorf("row %d, %s %d of %s transaction %s: %w", i, row.Kind, row.Index, strconv.QuoteToGraphic(string(row.Chain)), name(row.Tx), ErrRows)
		}
	}
	return tx, nil
}

// name shows the id of a transaction.
func name(tx string) string { return fmt.Sprintf("%.64x", tx) }

// Cluster is the transaction as package cluster reads it, with addresses as explorers
// write them. Whoever has no address is left out.
func (tx *Tx) Cluster() (cluster.Tx, error) {
	c := cluster.Tx{ID: name(tx.ID), Block: int64(tx.Block), Pos: int64(tx.Pos)}
	for _, side := range []struct {
		rows []ledger.Transfer
		to   *[]cluster.Entry
	}{{tx.Inputs, &c.Inputs}, {tx.Outputs, &c.Outputs}} {
		for _, r := range side.rows {
			who := r.From
			if r.Kind == ledger.Output {
				who = r.To
			}
			if who == "" {
				continue
			}
			value, err := accounting.ParseWhole(r.Value.String())
			if err != nil {
				return c, fmt.Errorf("%s %d of transaction %s: %w", r.Kind, r.Index, c.ID, err)
			}
			*side.to = append(*side.to, cluster.Entry{Address: who.Text(tx.Chain), Value: value})
		}
	}
	return c, nil
}

// CoSpend groups the addresses of transactions of a ledger, as package cluster does,
// in the order of the ledger. With Settings.Change, which asks what was seen before,
// an error wraps cluster.ErrOrder where the source did not say which of two stands
// first. Transactions that are not held are left out.
func CoSpend(ctx context.Context, from Source, id chain.ID, txs []string, s cluster.Settings) ([][]string, error) {
	var all []cluster.Tx
	for _, tx := range slices.Compact(slices.Sorted(slices.Values(txs))) {
		rows, err := from.Transaction(ctx, id, tx)
		if err != nil {
			return nil, fmt.Errorf("cluster transactions on %s: %w", id, err)
		}
		if len(rows) == 0 {
			continue
		}
		t, err := TxOf(rows)
		if err != nil {
			return nil, fmt.Errorf("cluster transactions on %s: %w", id, err)
		}
		c, err := t.Cluster()
		if err != nil {
			return nil, fmt.Errorf("cluster transactions on %s: %w", id, err)
		}
		if !s.Change { // then their order says nothing
			c.Block, c.Pos = 0, int64(len(all))
		}
		all = append(all, c)
	}
	return cluster.Of(all, s)
}

// Outputs are the outputs of a chain among the rows that carried taint, each once and
// in their order.
func Outputs(flows []follow.Flow, id chain.ID) (out []ledger.Outpoint) {
	seen := map[ledger.Outpoint]bool{}
	for i := range flows {
		r := &flows[i].Row
		o := ledger.Outpoint{Tx: r.Tx, Index: r.Index}
		if r.Chain == id && r.Kind == ledger.Output && !seen[o] {
			seen[o] = true
			out = append(out, o)
		}
	}
	return out
}
