package ingest

import (
	"context"
	"fmt"

	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/batch"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/dictionary"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/sections"
)

// together is how many rows are numbered together.
const together = dictionary.Together / 2

// numbering is what the second goroutine works with, and nobody else until it ended.
type numbering struct {
	portions chan []ledger.Transfer
	emptied  chan []ledger.Transfer // portions that can be filled again
	numbered chan error             // its end

	addresses, assets *dictionary.Session
	names             [dictionary.Together]string // who pays and who is paid, of each row
	tags              [dictionary.Together]uint64
	ids               [dictionary.Together]uint32
	lastAsset         ledger.Asset
	lastAssetID       uint32
	batch             *batch.Batch // that it fills
}

// sparePortions is how many portions there are beside those that the two goroutines are at.
const sparePortions = 2

func (in *intaking) beginNumbering() {
	in.lastAssetID = ^uint32(0)
	in.portions, in.numbered = make(chan []ledger.Transfer, sparePortions), make(chan error, 1)
	in.emptied = make(chan []ledger.Transfer, sparePortions+2) // room for all
	for range sparePortions + 1 {
		in.emptied <- make([]ledger.Transfer, 0, cap(in.portion))
	}
	go func(portions <-chan []ledger.Transfer) { in.numbered <- in.numberAll(portions) }(in.portions)
}

// endNumbering waits for the second goroutine. Further calls do nothing.
func (in *intaking) endNumbering() error {
	if in.portions == nil {
		return nil
	}
	close(in.portions)
	in.portions = nil
	return <-in.numbered
}

// numberAll is the second goroutine.
func (in *intaking) numberAll(portions <-chan []ledger.Transfer) (err error) {
	defer sections.Guard()()
	defer sections.Catch(&err)
	for p := range portions {
		for from := 0; from < len(p); from += together {
			if err := in.number(p[from:min(from+together, len(p))]); err != nil {
				return err
			}
		}
		clear(p)
		in.emptied <- p[:0]
	}
	return nil
}

// number numbers the addresses of rows and puts these into the batch.
func (in *intaking) number(rows []ledger.Transfer) error {
	n := 2 * len(rows)
	for i := range rows {
		t := &rows[i]
		in.names[2*i], in.names[2*i+1] = string(t.From), string(t.To)
		in.tags[2*i], in.tags[2*i+1] = in.hash.Tag(string(t.From)), in.hash.Tag(string(t.To))
	}
	if !in.addresses.NumberAll(in.names[:n], in.tags[:n], in.ids[:n]) {
		return fmt.Errorf("chain %s has more than 2^32 addresses", in.id)
	}
	for i := range rows {
		t := &rows[i]
		if t.Asset != in.lastAsset || in.lastAssetID == ^uint32(0) {
			in.lastAsset = t.Asset
			in.lastAssetID, _ = in.assets.Number(string(t.Asset), in.hash.Tag(string(t.Asset)))
		}
		if in.isFull(t.Tx) {
			if err := in.hand(); err != nil {
				return err
			}
		}
		in.batch.Add(t, in.ids[2*i], in.ids[2*i+1], in.lastAssetID)
	}
	return nil
}

// isFull reports whether a row of a transaction is to begin the next batch. Rows of a
// transaction that follow each other stay together, up to a bound, since batches that
// share none are written at once.
func (in *intaking) isFull(tx string) bool {
	n := in.batch.Len()
	return n >= in.opts.BatchRows && (n >= in.opts.BatchRows+in.opts.BatchRows/8 || string(in.batch.LastTx()) != tx)
}

// hand gives the batch to the third goroutine and takes an empty one.
func (in *intaking) hand() error {
	if err := pass(in.ctx, in.full, in.batch, in.settled); err != nil {
		return err
	}
	var err error
	in.batch, err = receive(in.ctx, in.spare, in.settled)
	return err
}

// pass sends to a goroutine, unless that has ended.
func pass[T any](ctx context.Context, to chan<- T, what T, ended chan error) error {
	select {
	case to <- what:
		return nil
	case err := <-ended:
		ended <- err
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// receive gets something back from a goroutine, unless that has ended.
func receive[T any](ctx context.Context, from <-chan T, ended chan error) (what T, err error) {
	select {
	case what = <-from:
		return what, nil
	case err := <-ended:
		ended <- err
		return what, err
	case <-ctx.Done():
		return what, ctx.Err()
	}
}
