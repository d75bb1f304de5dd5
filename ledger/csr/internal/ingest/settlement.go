package ingest

import (
	"fmt"
	"path/filepath"

	"github.com/turtlebay/turtlebay/ledger/csr/internal/batch"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/catalog"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/sections"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/segment"
)

// settlement is what the third goroutine works with, and nobody else until it ended. It
// appends what stays of a batch to a stream, which grows to the segment that is kept,
// for as long as batches come in order; else it writes a run: a segment without lists,
// that is merged with others in the end.
type settlement struct {
	batches [2]*batch.Batch // one is filled, one settled
	full    chan *batch.Batch
	spare   chan *batch.Batch // a batch that was written and can be filled again
	settled chan error        // its end

	stream    *segment.Stream // nil: none begun
	grown     []grown
	runs      []*segment.Segment
	written   int  // runs and streams so far
	shared    bool // a transaction is in two of old, grown and runs
	kept      uint64
	duplicate uint64
	refused   map[string]uint64
	named     []refusedRow
}

// grown is a segment that a stream became when it was as long as it may be.
type grown struct {
	*segment.Segment
	file catalog.Segment
}

func (in *intaking) beginSettling() {
	in.refused = map[string]uint64{}
	for i := range in.batches {
		in.batches[i] = batch.New(in.hash, in.opts.BatchRows)
	}
	in.full, in.settled = make(chan *batch.Batch), make(chan error, 1)
	in.spare = make(chan *batch.Batch, len(in.batches)) // room for all
	in.batch = in.batches[0]
	in.spare <- in.batches[1]
	go func(full <-chan *batch.Batch) { in.settled <- in.settleAll(full) }(in.full)
}

// endSettling waits for the third goroutine. Further calls do nothing.
func (in *intaking) endSettling() error {
	if in.full == nil {
		return nil
	}
	close(in.full)
	in.full = nil
	return <-in.settled
}

// settleAll is the third goroutine.
func (in *intaking) settleAll(full <-chan *batch.Batch) (err error) {
	defer sections.Guard()()
	defer sections.Catch(&err)
	for b := range full {
		if err := in.settleOne(b); err != nil {
			return err
		}
		b.Reset()
		in.spare <- b
	}
	return nil
}

// settleOne settles a batch and writes what stays of it.
func (in *intaking) settleOne(b *batch.Batch) error {
	if err := in.settle(b); err != nil || b.Size().Rows == 0 {
		return err
	}
	if in.stream != nil && in.stream.Rows() > 0 && in.stream.Rows()+b.Size().Rows > joinRows {
		if err := in.endStream(); err != nil {
			return err
		}
	}
	if in.stream == nil {
		in.written++
		var err error
		if in.stream, err = segment.Begin(in.runPath(), in.hash); err != nil {
			return err
		}
	}
	if takes, err := in.stream.Takes(b); err != nil {
		return err
	} else if takes {
		return in.stream.Add(in.ctx, b)
	}
	in.written++
	path := in.runPath()
	if err := segment.Write(in.ctx, path, []segment.Source{b}, segment.Options{Hash: in.hash, Disjoint: true}); err != nil {
		return err
	}
	return in.addRun(path)
}

// settleLast settles the last batch. What stays of it is appended to the stream if it
// belongs there, and else stays in memory.
func (in *intaking) settleLast(b *batch.Batch) error {
	if err := in.settle(b); err != nil || b.Size().Rows == 0 || in.stream == nil || in.stream.Rows() == 0 {
		return err
	}
	if takes, err := in.stream.Takes(b); err != nil || !takes {
		return err
	}
	if err := in.stream.Add(in.ctx, b); err != nil {
		return err
	}
	b.Reset()
	return nil
}

// settle finds out which rows of a batch stay.
func (in *intaking) settle(b *batch.Batch) error {
	if err := in.sealFor(b); err != nil {
		return err
	}
	earlier := append(in.old[:len(in.old):len(in.old)], in.runs...)
	for _, g := range in.grown {
		earlier = append(earlier, g.Segment)
	}
	out, shared, err := b.Settle(in.ctx, earlier)
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

// sealFor makes a run of the stream where rows of the batch have to be held against
// those that are in it.
func (in *intaking) sealFor(b *batch.Batch) error {
	if in.stream == nil || in.stream.Rows() == 0 {
		return nil
	}
	if _, last, time := in.stream.Blocks(); b.Follows(last, time) {
		if shares, err := in.stream.Shares(b.Index(), b.TxOf); err != nil || !shares {
			return err
		}
	}
	_, err := in.seal()
	return err
}

// seal makes a run of the stream.
func (in *intaking) seal() (*segment.Segment, error) {
	s := in.stream
	in.stream = nil
	path := in.runPath()
	if err := s.Finish(in.ctx, path, segment.Options{}); err != nil {
		return nil, err
	}
	if err := in.addRun(path); err != nil {
		return nil, err
	}
	return in.runs[len(in.runs)-1], nil
}

// endStream makes of the stream a segment that is kept.
func (in *intaking) endStream() error {
	s := in.stream
	in.stream = nil
	first, last, _ := s.Blocks()
	path := in.part(string(in.id))
	if err := s.Finish(in.ctx, path, segment.Options{Lists: true, Sync: true}); err != nil {
		return err
	}
	open, err := segment.Open(path)
	if err != nil {
		return fmt.Errorf("read back: %w", err)
	}
	in.grown = append(in.grown, grown{open, describe(open, first, last)})
	return nil
}

// runPath is the path of the run or stream that is written now.
func (in *intaking) runPath() string {
	return filepath.Join(in.dir, catalog.PartName(in.before.Generation+1, "run-"+string(in.id), in.written))
}

// addRun opens a run that was written.
func (in *intaking) addRun(path string) error {
	run, err := segment.Open(path)
	if err != nil {
		return fmt.Errorf("read back: %w", err)
	}
	in.runs = append(in.runs, run)
	return nil
}
