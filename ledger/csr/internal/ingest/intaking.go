package ingest

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/batch"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/catalog"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/dictionary"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/names"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/segment"
)

// pendingRows are numbered together, so that the memory that is looked at for one row
// arrives while others are looked at.
const pendingRows = 128

// intaking is the rows of one chain on their way in. One goroutine numbers names and
// fills a batch; another settles the batch before and writes it to a run, which is a
// segment without lists.
type intaking struct {
	*appending
	id     chain.ID
	hash   names.Hash
	held   catalog.Chain
	old    []*segment.Segment // of held
	opened []*dictionary.Dictionary

	addresses, assets *dictionary.Session
	pending           []ledger.Transfer
	tags              [2][pendingRows]uint64 // of who pays and who is paid
	warmed            uint64
	lastAsset         ledger.Asset
	lastAssetID       uint32

	batch *batch.Batch
	spare chan *batch.Batch // a batch that was written and can be filled again
	full  chan *batch.Batch
	done  chan error

	// Of the second goroutine, until done:
	runs      []*segment.Segment
	shared    bool // a transaction is in two of old and runs
	kept      uint64
	duplicate uint64
	refused   map[string]uint64
	named     []refusedRow
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
	in = &intaking{
		appending: a, id: id, hash: a.before.Key(), held: a.before.Chain(id), refused: map[string]uint64{},
		spare: make(chan *batch.Batch, 1), full: make(chan *batch.Batch), done: make(chan error, 1),
		lastAssetID: ^uint32(0),
	}
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
	in.batch = batch.New(in.hash, in.opts.BatchRows+pendingRows)
	in.spare <- batch.New(in.hash, in.opts.BatchRows+pendingRows)
	go in.settleAll(in.full)
	return in, nil
}

// take takes a row. It keeps what t points to.
func (in *intaking) take(t *ledger.Transfer) error {
	i := len(in.pending)
	in.pending = append(in.pending, *t)
	in.tags[0][i], in.tags[1][i] = in.hash.Tag(string(t.From)), in.hash.Tag(string(t.To))
	if i+1 < min(pendingRows, in.opts.BatchRows) {
		return nil
	}
	return in.number()
}

// number numbers the addresses of pending rows and puts these into the batch.
func (in *intaking) number() error {
	for side := range in.tags {
		in.warmed += in.addresses.Warm(in.tags[side][:len(in.pending)])
	}
	for i := range in.pending {
		t := &in.pending[i]
		from, ok1 := in.addresses.Number(string(t.From), in.tags[0][i])
		to, ok2 := in.addresses.Number(string(t.To), in.tags[1][i])
		if !ok1 || !ok2 {
			return fmt.Errorf("chain %s has more than 2^32 addresses", in.id)
		}
		if t.Asset != in.lastAsset || in.lastAssetID == ^uint32(0) {
			in.lastAsset = t.Asset
			in.lastAssetID, _ = in.assets.Number(string(t.Asset), in.hash.Tag(string(t.Asset)))
		}
		in.batch.Add(t, from, to, in.lastAssetID)
	}
	in.pending = in.pending[:0]
	if in.batch.Len() < in.opts.BatchRows {
		return nil
	}
	return in.hand()
}

// hand gives the batch to the second goroutine and takes an empty one.
func (in *intaking) hand() error {
	select {
	case in.full <- in.batch:
	case err := <-in.done:
		in.done <- err
		return err
	case <-in.ctx.Done():
		return in.ctx.Err()
	}
	select {
	case in.batch = <-in.spare:
		return nil
	case err := <-in.done:
		in.done <- err
		return err
	case <-in.ctx.Done():
		return in.ctx.Err()
	}
}

// settleAll is the second goroutine.
func (in *intaking) settleAll(full <-chan *batch.Batch) {
	var failed error
	n := 0
	for b := range full {
		n++
		if failed = in.settleRun(b, n); failed != nil {
			break
		}
		b.Reset()
		in.spare <- b
	}
	in.done <- failed
}

// settleRun settles a batch and writes what stays of it.
func (in *intaking) settleRun(b *batch.Batch, n int) error {
	if err := in.settle(b); err != nil || b.Size().Rows == 0 {
		return err
	}
	path := filepath.Join(in.dir, catalog.PartName(in.before.Generation+1, "run-"+string(in.id), n))
	if err := segment.Write(in.ctx, path, []segment.Source{b}, segment.Options{Hash: in.hash, Disjoint: true}); err != nil {
		return err
	}
	run, err := segment.Open(path)
	if err != nil {
		return err
	}
	in.runs = append(in.runs, run)
	return nil
}

func (in *intaking) settle(b *batch.Batch) error {
	out, shared, err := b.Settle(in.ctx, append(in.old[:len(in.old):len(in.old)], in.runs...))
	if err != nil {
		return err
	}
	in.shared = in.shared || shared
	in.kept += uint64(b.Size().Rows)
	for _, o := range out {
		if o.Reason == "" {
			in.duplicate++
			continue
		}
		in.refused[o.Reason]++
		if len(in.named) < mostNamed {
			r := refusedRow{reason: o.Reason}
			r.t, r.from, r.to, r.asset = b.Row(o.Row)
			in.named = append(in.named, r)
		}
	}
	return nil
}

// finish waits for the second goroutine and settles the last batch.
func (in *intaking) finish() error {
	if err := in.number(); err != nil {
		return err
	}
	close(in.full)
	in.full = nil
	if err := <-in.done; err != nil {
		return err
	}
	select {
	case <-in.spare: // its memory is of more use now
	default:
	}
	return in.settle(in.batch)
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

// close ends the second goroutine and gives back the files.
func (in *intaking) close() {
	if in.full != nil {
		close(in.full)
		in.full = nil
		<-in.done
	}
	_ = in.closeFiles()
}

func (in *intaking) closeFiles() (err error) {
	for _, s := range append(in.old, in.runs...) {
		err = errors.Join(err, s.Close())
	}
	for _, d := range in.opened {
		err = errors.Join(err, d.Close())
	}
	in.old, in.runs, in.opened = nil, nil, nil
	return err
}
