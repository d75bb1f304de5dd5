// Package cluster groups addresses that are likely to be one owner's, by two
// heuristics over transactions: who spends together (co-spend), and which output is
// change.
//
//	groups, err := cluster.Of(txs, cluster.Settings{ExcludeCoinJoin: true, Change: true})
//	groups[0] // [A A2 B]: sorted addresses; the groups are sorted as well
//
// Co-spend joins all input addresses of a transaction. In a CoinJoin strangers spend
// together; with ExcludeCoinJoin such a transaction joins nothing. Change joins the one
// output address that was never seen before to the inputs, where a transaction has
// two or more outputs and pays none of its input addresses back.
//
// A cluster is a heuristic, not a fact of the ledger: a report says by which settings
// it was made.
package cluster

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/turtlebay/turtlebay/trace/accounting"
)

// Entry is an input or an output.
type Entry struct {
	Address string
	Value   accounting.Exact
}

// Tx is a transaction. Order is by block and position.
type Tx struct {
	ID              string
	Block, Pos      int64
	Inputs, Outputs []Entry
}

// Settings says which heuristics join.
type Settings struct {
	ExcludeCoinJoin bool // transactions that look like a CoinJoin join nothing
	Change          bool // the change rule joins as well
}

// ErrOrder is two transactions at one position of a block: which addresses were seen
// before depends on their order.
var ErrOrder = errors.New("two transactions at one position of a block")

// Of groups the addresses of the transactions, singletons included.
func Of(txs []Tx, s Settings) ([][]string, error) {
	txs = slices.Clone(txs)
	slices.SortStableFunc(txs, byPlace)
	for i := 1; i < len(txs); i++ {
		if byPlace(txs[i-1], txs[i]) == 0 {
			return nil, fmt.Errorf("cluster %q and %q: %w", txs[i-1].ID, txs[i].ID, ErrOrder)
		}
	}
	g := newGroups()
	for _, tx := range txs {
		fresh := g.fresh(tx.Outputs)
		for _, e := range slices.Concat(tx.Inputs, tx.Outputs) {
			g.see(e.Address)
		}
		if len(tx.Inputs) == 0 || s.ExcludeCoinJoin && tx.CoinJoin() {
			continue
		}
		for _, e := range tx.Inputs {
			g.join(tx.Inputs[0].Address, e.Address)
		}
		if s.Change && len(fresh) == 1 && len(tx.Outputs) >= 2 && !tx.paysBack() {
			g.join(tx.Inputs[0].Address, fresh[0])
		}
	}
	return g.sorted(), nil
}

func byPlace(a, b Tx) int {
	return cmp.Or(cmp.Compare(a.Block, b.Block), cmp.Compare(a.Pos, b.Pos))
}

// CoinJoin reports whether a value occurs in three or more outputs, and as many
// different addresses or more spend.
func (tx Tx) CoinJoin() bool {
	spenders := map[string]bool{}
	for _, e := range tx.Inputs {
		spenders[e.Address] = true
	}
	times := map[string]int{}
	for _, e := range tx.Outputs {
		times[e.Value.String()]++
	}
	for _, n := range times {
		if n >= 3 && len(spenders) >= n {
			return true
		}
	}
	return false
}

// paysBack reports whether an output goes to an address that spends.
func (tx Tx) paysBack() bool {
	spenders := map[string]bool{}
	for _, e := range tx.Inputs {
		spenders[e.Address] = true
	}
	return slices.ContainsFunc(tx.Outputs, func(e Entry) bool { return spenders[e.Address] })
}
