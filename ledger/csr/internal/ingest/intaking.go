package ingest

import (
	"errors"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/catalog"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/dictionary"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/names"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/segment"
)

// intaking is the rows of one chain on their way in. The caller's goroutine gathers
// them in portions, a second numbers names and fills a batch, and a third settles the
// batch before and writes it.
type intaking struct {
	*appending
	id     chain.ID
	hash   names.Hash
	held   catalog.Chain
	old    []*segment.Segment // of held
	opened []*dictionary.Dictionary

	portion []ledger.Transfer // that the caller fills
	numbering
	settlement
}

// refusedRow is a refused row whose addresses have yet to be looked up.
type refusedRow struct {
	t               ledger.Transfer
	from, to, asset uint32
	reason          string
}

// mostNamed is how many refused rows are kept for the receipt.
const mostNamed = 100

func newIntaking(a *appending, id chain.ID) (in *intaking, err error) {
	in = &intaking{appending: a, id: id, hash: a.before.Key(), held: a.before.Chain(id)}
	for _, d := range []struct {
		session **dictionary.Session
		files   []catalog.File
	}{{&in.addresses, in.held.Addresses}, {&in.assets, in.held.Assets}} {
		dict, err := dictionary.Open(a.dir, d.files)
		if err != nil {
			return nil, errors.Join(err, in.closeFiles())
		}
		in.opened = append(in.opened, dict)
		*d.session = dict.Begin()
	}
	for _, s := range in.held.Segments {
		open, err := segment.OpenNamed(a.dir, s)
		if err != nil {
			return nil, errors.Join(err, in.closeFiles())
		}
		in.old = append(in.old, open)
	}
	in.portion = make([]ledger.Transfer, 0, in.portionRows())
	in.beginSettling()
	in.beginNumbering()
	return in, nil
}

// portionRows is how many rows go from the caller's goroutine to the next at a time.
func (in *intaking) portionRows() int { return min(2048, in.opts.BatchRows) }

// take takes a row. It keeps what t points to.
func (in *intaking) take(t *ledger.Transfer) error {
	in.portion = append(in.portion, *t)
	if len(in.portion) < cap(in.portion) {
		return nil
	}
	return in.handOn()
}

// handOn gives the portion to the second goroutine and takes an empty one.
func (in *intaking) handOn() error {
	if err := pass(in.ctx, in.portions, in.portion, in.numbered); err != nil {
		return err
	}
	var err error
	in.portion, err = receive(in.ctx, in.emptied, in.numbered)
	return err
}

// finish waits for the other goroutines and settles the last batch.
func (in *intaking) finish() error {
	if err := pass(in.ctx, in.portions, in.portion, in.numbered); err != nil {
		return err
	}
	if err := in.endNumbering(); err != nil {
		return err
	}
	if err := in.endSettling(); err != nil {
		return err
	}
	if err := in.settleLast(in.batch); err != nil {
		return err
	}
	for _, b := range in.batches {
		if b.Size().Rows == 0 || b != in.batch {
			b.Free() // its memory is of more use now
		}
	}
	return nil
}

// account adds what became of the rows to a receipt.
func (in *intaking) account(r *ledger.Receipt) {
	r.Kept += in.kept
	r.Duplicate += in.duplicate
	for _, f := range in.named {
		f.t.Chain = in.id
		f.t.From = ledger.Address(in.addresses.Get(f.from))
		f.t.To = ledger.Address(in.addresses.Get(f.to))
		f.t.Asset = ledger.Asset(in.assets.Get(f.asset))
		r.Refuse(f.t, f.reason)
		in.refused[f.reason]--
	}
	for reason, n := range in.refused {
		r.RefuseMore(reason, n)
	}
}

// close ends the other goroutines and gives back memory and files.
func (in *intaking) close() {
	_ = in.endNumbering()
	_ = in.endSettling()
	if in.stream != nil {
		in.stream.Discard()
		in.stream = nil
	}
	for _, b := range in.batches {
		b.Free()
	}
	in.addresses.Close()
	in.assets.Close()
	_ = in.closeFiles()
}

func (in *intaking) closeFiles() (err error) {
	for _, s := range append(in.old, in.runs...) {
		err = errors.Join(err, s.Close())
	}
	for _, g := range in.grown {
		err = errors.Join(err, g.Close())
	}
	for _, d := range in.opened {
		err = errors.Join(err, d.Close())
	}
	in.old, in.runs, in.grown, in.opened = nil, nil, nil, nil
	return err
}
