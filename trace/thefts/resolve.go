package thefts

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
)

// Limits bound what Resolve reads. A nought is the default that stands beside it.
type Limits struct {
	Marks int // rows of all thefts: 1,000,000
	Hub   int // payments of one address; one that has more is refused: 100,000
}

// Resolved is what a ledger holds of thefts.
type Resolved struct {
	Thefts  []follow.Theft // those that have rows, each with its rows in the order of the ledger
	Refused []*Refusal     // what could not be resolved: marks, addresses, transactions, thefts
}

// Resolve finds the rows of the thefts. Errors are those of the snapshot, of ctx, and
// ErrTooMany; what the ledger does not hold is refused, not an error.
func (f *File) Resolve(ctx context.Context, snapshot ledger.Snapshot, l Limits) (*Resolved, error) {
	if l.Marks == 0 {
		l.Marks = 1_000_000
	}
	if l.Hub == 0 {
		l.Hub = 100_000
	}
	r := &resolver{ctx: ctx, snapshot: snapshot, file: f, limits: l, out: &Resolved{}}
	for i := range f.Thefts {
		t := &f.Thefts[i]
		if err := r.theft(t); err != nil {
			return nil, fmt.Errorf("resolve theft %q: %w", t.ID, err)
		}
	}
	return r.out, nil
}

type resolver struct {
	ctx      context.Context
	snapshot ledger.Snapshot
	file     *File
	limits   Limits
	out      *Resolved
	rows     []ledger.Transfer // of the theft at hand
	held     int               // rows of the thefts before
}

func (r *resolver) refuse(line int, field, reason string, args ...any) {
	r.out.Refused = append(r.out.Refused, &Refusal{File: r.file.Name, Line: line, Field: field, Reason: fmt.Sprintf(reason, args...)})
}

func (r *resolver) keep(t ledger.Transfer) error {
	if r.rows = append(r.rows, t); r.held+len(r.rows) > r.limits.Marks {
		return fmt.Errorf("%w: more than %d", ErrTooMany, r.limits.Marks)
	}
	return nil
}

func (r *resolver) theft(t *Theft) error {
	r.rows = nil
	for _, m := range t.Marks {
		if err := r.mark(m); err != nil {
			return err
		}
	}
	if len(t.From) > 0 {
		if err := r.from(t); err != nil {
			return err
		}
	}
	if len(t.To) > 0 {
		if err := r.to(t); err != nil {
			return err
		}
	}
	slices.SortFunc(r.rows, func(a, b ledger.Transfer) int {
		if a.Chain != b.Chain {
			return strings.Compare(string(a.Chain), string(b.Chain))
		}
		return ledger.Compare(&a, &b)
	})
	r.rows = slices.Compact(r.rows)
	if len(r.rows) == 0 {
		r.refuse(t.Line, t.field, "the ledger holds no row of theft %q", t.ID)
		return nil
	}
	r.held += len(r.rows)
	found := follow.Theft{ID: t.ID}
	for i := range r.rows {
		row := &r.rows[i]
		found.Marks = append(found.Marks, follow.Mark{Chain: row.Chain, Tx: row.Tx, Kind: row.Kind, Index: row.Index})
	}
	r.out.Thefts = append(r.out.Thefts, found)
	return nil
}

// mark finds the row of a mark.
func (r *resolver) mark(m Mark) error {
	rows, err := r.snapshot.Transaction(r.ctx, m.Chain, m.Tx)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if row.Kind != m.Kind || row.Index != m.Index {
			continue
		}
		if row.To == "" || row.Value.IsZero() {
			r.refuse(m.Line, m.field, "the row brings nothing to anybody")
			return nil
		}
		return r.keep(row)
	}
	if len(rows) == 0 {
		r.refuse(m.Line, m.field, "the ledger does not hold the transaction")
	} else {
		r.refuse(m.Line, m.field, "the transaction has no %s with index %d", m.Kind, m.Index)
	}
	return nil
}

// from finds what left the addresses for others.
func (r *resolver) from(t *Theft) error {
	sources := map[ledger.Address]Source{}
	of := ledger.Frontier{Chain: t.Chain}
	for _, s := range t.From {
		if _, twice := sources[s.Address]; !twice {
			sources[s.Address] = s
			of.Addresses = append(of.Addresses, s.Address)
		}
	}
	outputs := false
	if c, _ := chain.Lookup(t.Chain); c.Model == chain.UTXO {
		outputs = true
	}
	txs, paying := map[string]bool{}, map[ledger.Address]bool{}
	step := ledger.Step{Direction: ledger.Out, Since: t.Since, Until: t.Until, HubLimit: r.limits.Hub}
	for row, err := range r.snapshot.Expand(r.ctx, of, step) {
		var hub *ledger.HubError
		if errors.As(err, &hub) {
			s := sources[hub.Address]
			paying[hub.Address] = true
			r.refuse(s.Line, s.field, "%s has %d payments, more than %d: it is no source but a hub", hub.Address.Text(hub.Chain), hub.Rows, hub.Limit)
			continue
		}
		if err != nil {
			return err
		}
		if outputs {
			txs[row.Tx] = true
			paying[row.From] = true
		} else if leaves(&row, sources, t.Asset) {
			paying[row.From] = true
			if err := r.keep(row); err != nil {
				return err
			}
		}
	}
	for _, tx := range slices.Sorted(maps.Keys(txs)) {
		if err := r.spent(t, tx, sources); err != nil {
			return err
		}
	}
	for _, a := range of.Addresses {
		if !paying[a] {
			r.refuse(sources[a].Line, sources[a].field, "nothing that is asked for leaves %s in the ledger", a.Text(t.Chain))
		}
	}
	return nil
}

// leaves reports whether a row carries value from the sources to others. Fees go to
// nobody, and what one source pays another has not left them.
func leaves(row *ledger.Transfer, sources map[ledger.Address]Source, asset *ledger.Asset) bool {
	_, inside := sources[row.To]
	return row.Kind != ledger.Input && row.To != "" && !inside && !row.Value.IsZero() && (asset == nil || row.Asset == *asset)
}

// spent takes what a transaction of the sources makes for others.
func (r *resolver) spent(t *Theft, tx string, sources map[ledger.Address]Source) error {
	rows, err := r.snapshot.Transaction(r.ctx, t.Chain, tx)
	if err != nil {
		return err
	}
	for i := range rows {
		if _, ours := sources[rows[i].From]; rows[i].Kind == ledger.Input && !ours {
			r.refuse(t.Line, t.field, "transaction %x spends outputs of others beside those of the sources: mark what it stole by hand", tx)
			return nil
		}
	}
	for i := range rows {
		if rows[i].Kind == ledger.Output && leaves(&rows[i], sources, t.Asset) {
			if err := r.keep(rows[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// to finds what reached the addresses from others.
func (r *resolver) to(t *Theft) error {
	takers := map[ledger.Address]Source{}
	of := ledger.Frontier{Chain: t.Chain}
	for _, s := range t.To {
		if _, twice := takers[s.Address]; !twice {
			takers[s.Address] = s
			of.Addresses = append(of.Addresses, s.Address)
		}
	}
	paid := map[ledger.Address]bool{}
	step := ledger.Step{Direction: ledger.In, Since: t.Since, Until: t.Until, HubLimit: r.limits.Hub}
	for row, err := range r.snapshot.Expand(r.ctx, of, step) {
		var hub *ledger.HubError
		if errors.As(err, &hub) {
			s := takers[hub.Address]
			paid[hub.Address] = true
			r.refuse(s.Line, s.field, "%s is paid %d times, more than %d: it is no taker but a hub", hub.Address.Text(hub.Chain), hub.Rows, hub.Limit)
			continue
		}
		if err != nil {
			return err
		}
		_, inside := takers[row.From]
		if row.Kind == ledger.Input || row.From == "" && row.Kind == ledger.Payment || inside || row.Value.IsZero() || t.Asset != nil && row.Asset != *t.Asset {
			continue // minted, or moved among the takers
		}
		if row.Kind == ledger.Output {
			if own, err := r.own(t.Chain, row.Tx, takers); own || err != nil {
				if err != nil {
					return err
				}
				continue
			}
		}
		paid[row.To] = true
		if err := r.keep(row); err != nil {
			return err
		}
	}
	for _, a := range of.Addresses {
		if !paid[a] {
			r.refuse(takers[a].Line, takers[a].field, "nothing that is asked for reaches %s in the ledger", a.Text(t.Chain))
		}
	}
	return nil
}

// own reports whether a transaction of outputs spends what the takers had: what it pays
// them is change.
func (r *resolver) own(id chain.ID, tx string, takers map[ledger.Address]Source) (bool, error) {
	rows, err := r.snapshot.Transaction(r.ctx, id, tx)
	return slices.ContainsFunc(rows, func(t ledger.Transfer) bool {
		_, own := takers[t.From]
		return t.Kind == ledger.Input && own
	}), err
}
