package follow

import (
	"github.com/turtlebay/turtlebay/ledger"
)

// rowQueue is rows in line, the first one at index 0: a heap.
type rowQueue []ledger.Row

func (q *rowQueue) push(row ledger.Row) {
	*q = append(*q, row)
	h := *q
	for i := len(h) - 1; i > 0; {
		up := (i - 1) / 2
		if h[up] <= h[i] {
			return
		}
		h[up], h[i] = h[i], h[up]
		i = up
	}
}

func (q *rowQueue) pop() {
	h := *q
	last := len(h) - 1
	h[0] = h[last]
	h = h[:last]
	*q = h
	for i := 0; ; {
		down := 2*i + 1
		if down >= last {
			return
		}
		if right := down + 1; right < last && h[right] < h[down] {
			down = right
		}
		if h[i] <= h[down] {
			return
		}
		h[i], h[down] = h[down], h[i]
		i = down
	}
}

// coinBlock is what was looked at of the block that the lane stands in.
type coinBlock struct {
	number uint64
	done   map[ledger.Row]bool // transactions that were applied, by their first rows
	looked map[string]bool     // transactions that others of the block wait for, by id
}

// at is the block of a transaction, or the later one that the lane stands in: it does not
// go back.
func (l *coinLane) at(t *coinTx) *coinBlock {
	if l.block == nil || l.block.number < t.block {
		l.block = &coinBlock{number: t.block, done: map[ledger.Row]bool{}, looked: map[string]bool{}}
	}
	return l.block
}

// passed reports whether an input cannot be told any more that what it spends has
// taint: it is in an earlier block than the transaction that makes that, or the lane
// applied its transaction already.
func (l *coinLane) passed(maker *coinTx, block uint64, input ledger.Row) (bool, error) {
	switch {
	case block != maker.block:
		return block < maker.block, nil
	case input > maker.rows[len(maker.rows)-1] && !maker.mixed():
		return false, nil
	}
	whole, err := l.book.Row(input)
	if err != nil {
		return false, err
	}
	rows, err := l.book.Transaction(whole.Tx)
	if err == nil {
		rows, err = l.within(rows, block)
	}
	return len(rows) > 0 && l.block.done[rows[0]], err
}

// inOrder applies a transaction, and before it those of its block that it has to wait
// for. Where a source does not say where in its block a transaction stands, rows of
// several have one position: they stand mixed, and say nothing of what came first.
// What one spends of another's outputs does.
func (l *coinLane) inOrder(t *coinTx) error {
	l.at(t).looked[t.id] = true
	line := []*coinTx{t}
	for len(line) > 0 && l.run.stop == nil {
		last := line[len(line)-1]
		maker, err := l.waitsFor(last)
		if err != nil {
			return err
		}
		if maker != nil {
			line = append(line, maker)
			continue
		}
		line = line[:len(line)-1]
		if last != t && !l.concerns(last) {
			continue
		}
		if err := l.apply(last); err != nil {
			return err
		}
	}
	return nil
}

// waitsFor is a transaction that made what this one spends and was not looked at yet;
// nil where there is none, or their order is known.
func (l *coinLane) waitsFor(t *coinTx) (*coinTx, error) {
	block := l.at(t)
	if !t.mixed() {
		return nil, nil
	}
	for _, in := range t.inputs {
		of, err := l.book.Spends(in.row)
		if err != nil {
			return nil, err
		}
		if l.spent[in.row] != nil || of.Tx == "" || block.looked[of.Tx] {
			continue
		}
		block.looked[of.Tx] = true
		rows, err := l.book.Transaction(of.Tx)
		if err == nil {
			rows, err = l.within(rows, t.block)
		}
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 || block.done[rows[0]] {
			continue
		}
		return l.read(rows[0])
	}
	return nil, nil
}

// concerns reports whether a transaction spends taint or makes what a theft or a link
// names.
func (l *coinLane) concerns(t *coinTx) bool {
	for _, p := range t.inputs {
		if l.spent[p.row] != nil {
			return true
		}
	}
	for _, p := range t.outputs {
		if l.seeds[p.row] {
			return true
		}
	}
	return false
}
