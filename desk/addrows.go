package desk

import (
	"cmp"
	"context"

	"github.com/turtlebay/turtlebay/desk/flow"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/rows"
)

// rows settles the rows that are not settled yet and returns what ended the file
// if it broke off.
func (a *adding) rows(ctx context.Context, src *intake.Source) (stopped, err error) {
	a.seen = Progress{Phase: Reading, Total: a.item.Size, Rows: a.batch.Settled, From: a.batch.Settled}
	f := &flow.Flow{
		Store: a.d.store, Batch: &a.batch, Chunk: cmp.Or(max(a.in.Chunk, 0), defaultChunk),
		Decode: a.decoder, Read: func() int64 { return a.read }, Seen: a.note, Kept: a.grow,
	}
	a.d.writes()
	return f.Run(ctx, src)
}

// decoder makes records of rows; each of its functions serves one goroutine.
func (a *adding) decoder() func(intake.Row) (record.Record, error) {
	reader, err := rows.NewReader(a.in.Kind, a.in.Source, rows.Of(a.item.SHA256))
	if err != nil {
		return func(intake.Row) (record.Record, error) { return record.Record{}, err }
	}
	return func(row intake.Row) (record.Record, error) { return recordOf(reader, row, a.item.Marking) }
}

// recordOf reads a row as a record that nobody may see who may not see the file.
func recordOf(reader *rows.Reader, row intake.Row, m marking.Marking) (record.Record, error) {
	r, err := reader.Record(row)
	if err == nil && !m.IsZero() {
		r.Marking = marking.Join(r.Marking, m)
	}
	return r, err
}

// tellEvery is after how many rows at the latest progress is told of.
const tellEvery = 100

// note tells of a row that was decoded.
func (a *adding) note(l flow.Line) {
	if r := l.Refusal(); r != nil && a.in.Refused != nil {
		a.in.Refused(r)
	}
	a.seen.Rows++
	if l.Read != a.seen.Done || a.seen.Rows%tellEvery == 0 {
		a.seen.Done = l.Read
		a.tell(a.seen)
	}
}

func (a *adding) tell(p Progress) {
	if a.in.Progress != nil {
		a.in.Progress(p)
	}
}

// grow adds what was kept to the batch's record tree, as long as nothing in it was
// replaced: then the tree has to be read from the store.
func (a *adding) grow(kept []Held) {
	for _, h := range kept {
		if a.tree == nil || h.Place != a.tree.Size() || a.tree.Add(h.ID, h.Digest) != nil {
			a.tree = nil
			return
		}
	}
}

// root is the root of the batch's record tree.
func (a *adding) root(ctx context.Context) (string, error) {
	if a.tree != nil && a.tree.Size() == a.batch.Records {
		return a.tree.Root(), nil
	}
	b := a.batch
	return a.d.root(ctx, b, func(n int64) {
		a.tell(Progress{Phase: Logging, Done: n, Total: b.Records, Rows: b.Settled, From: b.Settled})
	})
}
