package follow

import (
	"cmp"
	"context"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/bulk"
)

// balances works out what accounts held, from the lists of their rows.
type balances[N bulk.Number[N]] struct {
	ctx   context.Context
	book  ledger.Many
	sides [2]side // by direction
}

// side is what an account paid, or received, of an asset. Its memory is used again.
type side struct {
	rows   []ledger.Row
	values []chain.Amount
	assets []ledger.AssetID
	ends   [1]int
}

// bothAtOnce is from how many rows on the two sides of an account are worth a second
// goroutine.
const bothAtOnce = 1 << 10

// before is what an account held of an asset before a row: all that it received and paid
// before, where a payment of more than it held leaves nothing. It says how many rows
// moved the asset.
func (b *balances[N]) before(id ledger.AccountID, asset ledger.AssetID, before ledger.Row) (held N, moved int, err error) {
	if err := b.read(id, asset, before); err != nil {
		return held, 0, err
	}
	out, in := &b.sides[ledger.Out], &b.sides[ledger.In]
	moved = len(out.rows) + len(in.rows)
	for i, j := 0, 0; i < len(out.rows) || j < len(in.rows); {
		got := i == len(out.rows) || j < len(in.rows) && in.rows[j] <= out.rows[i]
		if got && i < len(out.rows) && in.rows[j] == out.rows[i] { // to itself
			i, j = i+1, j+1
			continue
		}
		value := &out.values
		at := &i
		if got {
			value, at = &in.values, &j
		}
		n, fits := held.Of((*value)[*at])
		*at++
		if held, err = settle(held, n, fits, got); err != nil {
			return held, moved, err
		}
	}
	return held, moved, nil
}

// settle moves a balance by a value, if it fits.
func settle[N bulk.Number[N]](held, value N, fits, got bool) (N, error) {
	var nought N
	switch {
	case got && fits:
		sum, ok := held.Add(value)
		if !ok {
			return held, errWide
		}
		return sum, nil
	case got:
		return held, errWide
	case !fits || held.Cmp(value) <= 0:
		return nought, nil
	}
	return held.Sub(value), nil
}

// read reads both sides.
func (b *balances[N]) read(id ledger.AccountID, asset ledger.AssetID, before ledger.Row) error {
	var degree [1]ledger.Degree
	if err := b.book.DegreeMany([]ledger.AccountID{id}, degree[:]); err != nil {
		return err
	}
	one := func(d ledger.Direction) error { return b.sides[d].read(b.ctx, b.book, id, d, asset, before) }
	if degree[0].Out < bothAtOnce || degree[0].In < bothAtOnce {
		return cmp.Or(one(ledger.Out), one(ledger.In))
	}
	second := make(chan error, 1)
	go func() { second <- one(ledger.In) }()
	first := one(ledger.Out)
	return cmp.Or(first, <-second)
}

func (s *side) read(ctx context.Context, book ledger.Many, id ledger.AccountID, d ledger.Direction, asset ledger.AssetID, before ledger.Row) (err error) {
	if s.rows, err = book.Lists(ctx, []ledger.AccountID{id}, d, before, s.rows[:0], s.ends[:]); err != nil {
		return err
	}
	s.assets = room(s.assets, len(s.rows))
	if err := inParts(ctx, s.rows, s.assets, book.AssetMany); err != nil {
		return err
	}
	kept := s.rows[:0]
	for i, row := range s.rows {
		if s.assets[i] == asset {
			kept = append(kept, row)
		}
	}
	s.rows, s.values = kept, room(s.values, len(kept))
	return inParts(ctx, s.rows, s.values, book.ValueMany)
}
