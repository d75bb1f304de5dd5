// Package flow takes the rows of a file into a store: decoded on several
// processors, settled in chunks of one transaction each, in the order of the file
// and in bounded memory.
//
//	f := flow.Flow{Store: s, Batch: &batch, Decode: newDecoder, Chunk: 25_000}
//	stopped, err := f.Run(ctx, src)
//
// The batch says how many rows of the file are settled; those are passed over, so
// that a flow which was interrupted goes on where it was.
package flow

import (
	"context"
	"errors"
	"iter"
	"runtime"

	"github.com/turtlebay/turtlebay/desk/inorder"
	"github.com/turtlebay/turtlebay/desk/store"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/record"
)

// Line is a row of a file on its way into the store.
type Line struct {
	Err  error // *intake.Refusal for a row that is refused
	Read int64 // what Flow.Read said when the row came

	row     intake.Row
	held    store.Held
	outcome intake.Outcome
	end     error // what ended the file
}

// Refusal is why the row was refused, nil if it was not.
func (l Line) Refusal() *intake.Refusal {
	var r *intake.Refusal
	if errors.As(l.Err, &r) {
		return r
	}
	return nil
}

// Flow is a file on its way into the store.
type Flow struct {
	Store store.Store
	Batch *store.Batch // staged; it has a number
	// Decode makes a function that makes a record of a row, for one goroutine.
	// Its error is an *intake.Refusal, or it ends the flow.
	Decode func() func(intake.Row) (record.Record, error)
	Chunk  int                // rows settled in one transaction
	Read   func() int64       // how far the file was read, in bytes; called between rows
	Seen   func(Line)         // told of every row, before it is settled
	Kept   func([]store.Held) // told of the versions, without content, that each transaction kept, one transaction at a time
}

// Run settles every row of the source that is not settled yet. While one chunk is
// settled the next is decoded. When ctx is cancelled, what was read until then is
// settled still, and the cause is returned. Stopped is what ended the file if it
// broke off: the rows before it are settled.
func (f *Flow) Run(ctx context.Context, src *intake.Source) (stopped, err error) {
	// not with ctx: what was read is to last when it is cancelled
	work := &background{settle: func(ls []Line) error { return f.settle(context.WithoutCancel(ctx), ls) }}
	defer func() { err = errors.Join(err, work.wait()) }()
	room := [2][]Line{make([]Line, 0, f.Chunk), make([]Line, 0, f.Chunk)} // one is filled, the other settled
	for l := range inorder.Map(ctx, f.rows(src), runtime.GOMAXPROCS(0), f.decoder) {
		switch {
		case l.end != nil:
			stopped = l.end
			continue
		case l.Err != nil && l.Refusal() == nil:
			return nil, l.Err
		}
		f.Seen(l)
		if room[0] = append(room[0], l); len(room[0]) < f.Chunk {
			continue
		}
		if err := work.start(room[0]); err != nil {
			return nil, err
		}
		room[0], room[1] = room[1][:0], room[0]
	}
	if err := work.start(room[0]); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return stopped, nil
}

func (f *Flow) settle(ctx context.Context, ls []Line) error {
	changed, err := Settle(ctx, f.Store, f.Batch, ls)
	if err == nil {
		f.Kept(changed)
	}
	clear(ls) // what they hold may be collected while others are read
	return err
}

// rows gives the rows that are not settled yet.
func (f *Flow) rows(src *intake.Source) iter.Seq[Line] {
	skip := f.Batch.Settled
	return func(yield func(Line) bool) {
		for row, err := range src.Rows() {
			l := Line{row: row, Err: err, Read: f.Read()}
			if err != nil && l.Refusal() == nil {
				l.end, l.Err = err, nil
			} else if skip > 0 {
				skip--
				continue
			}
			if !yield(l) {
				return
			}
		}
	}
}

// decoder makes records of rows, for one goroutine.
func (f *Flow) decoder() func(Line) Line {
	decode := f.Decode()
	return func(l Line) Line {
		if l.Err != nil || l.end != nil {
			return l
		}
		r, err := decode(l.row)
		if err == nil {
			l.held, err = Hold(r)
		}
		l.Err = err
		l.row.Names, l.row.Values, l.row.Object = nil, nil, nil // to refuse it they are not needed
		return l
	}
}

// background settles one chunk at a time beside whoever fills the next.
type background struct {
	settle func([]Line) error
	done   chan error // of the chunk that is being settled, nil for none
}

// start settles a chunk once the one before is settled.
func (b *background) start(ls []Line) error {
	if err := b.wait(); err != nil || len(ls) == 0 {
		return err
	}
	b.done = make(chan error, 1)
	go func() { b.done <- b.settle(ls) }()
	return nil
}

// wait waits for the chunk that is being settled.
func (b *background) wait() error {
	if b.done == nil {
		return nil
	}
	err := <-b.done
	b.done = nil
	return err
}
