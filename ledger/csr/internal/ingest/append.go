// Package ingest takes rows into a ledger: it numbers addresses, settles batches, writes
// segments and dictionaries, and last the catalogue that names them.
//
//	receipt, err := ingest.Append(ctx, dir, rows, ingest.Options{BatchRows: 4 << 20})
//
// The caller holds the ledger's lock. Whatever ends it before its last step, the ledger
// is as it was.
package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"path/filepath"
	"slices"
	"sync/atomic"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/catalog"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/sections"
)

// Options of Append.
type Options struct {
	BatchRows int // how many rows are in memory, twice, before they are written
}

// Append takes rows in: see ledger.Store. It needs disk space for the new rows and, of
// rows in order, for their columns again, of others for all of it again. It needs memory
// for two batches, the new addresses, 8 bytes for each transaction of a segment that
// grows, and then 8 bytes a row and 8 an account for its lists. Errors: of the system, of
// ctx and rows, *sections.Fault.
func Append(ctx context.Context, dir string, rows iter.Seq2[ledger.Transfer, error], o Options) (_ ledger.Receipt, err error) {
	before, err := catalog.Read(dir)
	if err != nil {
		return ledger.Receipt{}, err
	}
	if err := before.RemoveUnnamed(dir); err != nil {
		return ledger.Receipt{}, err
	}
	a := newAppend(ctx, dir, before, o)
	defer a.close()
	if err := a.read(rows); err != nil {
		return ledger.Receipt{}, err
	}
	return a.commit()
}

// appending is one Append.
type appending struct {
	dir     string
	opts    Options
	before  *catalog.Catalog
	chains  map[chain.ID]*intaking
	last    *intaking // of the row before
	receipt ledger.Receipt
	parts   atomic.Int64

	ctx    context.Context
	cancel context.CancelFunc
}

func newAppend(ctx context.Context, dir string, before *catalog.Catalog, o Options) *appending {
	a := &appending{dir: dir, opts: o, before: before, chains: map[chain.ID]*intaking{}}
	a.ctx, a.cancel = context.WithCancel(ctx)
	return a
}

// part is the path of the next file that is written.
func (a *appending) part(what string) string {
	return filepath.Join(a.dir, catalog.PartName(a.before.Generation+1, what, int(a.parts.Add(1))))
}

// read takes the rows in.
func (a *appending) read(rows iter.Seq2[ledger.Transfer, error]) (err error) {
	defer sections.Guard()()
	defer sections.Catch(&err)
	for t, err := range rows {
		if err != nil {
			var refusal *intake.Refusal
			if !errors.As(err, &refusal) {
				return err
			}
			a.receipt.Read++
			a.receipt.RefuseUnread(refusal)
			continue
		}
		a.receipt.Read++
		if a.receipt.Read%4096 == 0 && a.ctx.Err() != nil {
			return a.ctx.Err()
		}
		if reason := t.Fault(); reason != "" {
			a.receipt.Refuse(t, ledger.ReasonInvalid+": "+reason)
			continue
		}
		if err := a.take(&t); err != nil {
			return err
		}
	}
	return a.ctx.Err()
}

func (a *appending) take(t *ledger.Transfer) error {
	in := a.last
	if in == nil || in.id != t.Chain {
		var err error
		if in, err = a.chain(t.Chain); err != nil {
			return err
		}
		a.last = in
	}
	return in.take(t)
}

// chain is where rows of a chain go.
func (a *appending) chain(id chain.ID) (*intaking, error) {
	if in := a.chains[id]; in != nil {
		return in, nil
	}
	in, err := newIntaking(a, id)
	if err == nil {
		a.chains[id] = in
	}
	return in, err
}

// commit settles what is left, writes the files and then the catalogue.
func (a *appending) commit() (_ ledger.Receipt, err error) {
	defer sections.Guard()()
	defer sections.Catch(&err)
	after := *a.before
	after.Generation++
	after.Chains = slices.Clone(a.before.Chains)
	for _, id := range slices.Sorted(maps.Keys(a.chains)) {
		in := a.chains[id]
		if err := in.finish(); err != nil {
			return ledger.Receipt{}, err
		}
		in.account(&a.receipt)
		if in.kept == 0 {
			continue
		}
		ch, err := in.write()
		if err != nil {
			return ledger.Receipt{}, err
		}
		i, there := slices.BinarySearchFunc(after.Chains, id, func(c catalog.Chain, id chain.ID) int { return cmp.Compare(c.Name, id) })
		if !there {
			after.Chains = slices.Insert(after.Chains, i, catalog.Chain{})
		}
		after.Chains[i] = ch
	}
	if !a.receipt.Reconciles() {
		return ledger.Receipt{}, fmt.Errorf("%+v does not reconcile", a.receipt)
	}
	if a.receipt.Kept == 0 {
		return a.receipt, nil
	}
	if err := a.ctx.Err(); err != nil {
		return ledger.Receipt{}, err
	}
	if err := catalog.SyncDir(a.dir); err != nil {
		return ledger.Receipt{}, err
	}
	if err := after.Write(a.dir); err != nil {
		return ledger.Receipt{}, err
	}
	a.before = &after
	return a.receipt, nil
}

// close ends the work and removes the files that it leaves behind.
func (a *appending) close() {
	a.cancel()
	for _, in := range a.chains {
		in.close()
	}
	// What cannot be removed now is removed by the next Append.
	_ = a.before.RemoveUnnamed(a.dir)
}
