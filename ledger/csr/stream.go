package csr

import (
	"context"
	"encoding/binary"
	"iter"
	"slices"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/sections"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/segment"
)

// stream hands on all rows from one on.
func (b *book) stream(ctx context.Context, from ledger.Row, yield func(ledger.Transfer, error) bool) {
	const portion = 512
	out := make([]ledger.Transfer, 0, portion)
	for r := from; r < b.rows; r += ledger.Row(len(out)) {
		err := ctx.Err()
		if err == nil {
			out, err = b.transfers(r, out[:0])
		}
		if err != nil {
			yield(ledger.Transfer{}, err)
			return
		}
		for i := range out {
			if !yield(out[i], nil) {
				return
			}
		}
	}
}

// transfers are rows from one on, as many as out has room for.
func (b *book) transfers(from ledger.Row, out []ledger.Transfer) (_ []ledger.Transfer, err error) {
	defer fail("rows of ledger", &err)
	defer sections.Guard()()
	defer sections.Catch(&err)
	for r := from; r < b.rows && len(out) < cap(out); r++ {
		s, row := b.at(r)
		out = append(out, b.transfer(s, row))
	}
	return out, nil
}

// expand hands on the rows of a frontier.
func (b *book) expand(ctx context.Context, of []ledger.Address, step ledger.Step, yield func(ledger.Transfer, error) bool) {
	ids, err := b.Lookup(ctx, of)
	if err != nil {
		yield(ledger.Transfer{}, err)
		return
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	ids, hubs, err := b.withoutHubs(ids, step)
	for _, h := range hubs {
		if !yield(ledger.Transfer{}, h) {
			return
		}
	}
	for _, p := range b.parts {
		var rows []uint32
		if err == nil {
			rows, err = b.rowsOf(ctx, p.s, ids, &step)
		}
		for i := 0; i < len(rows) && err == nil; i++ {
			if i%1024 == 0 {
				err = ctx.Err()
			}
			var t ledger.Transfer
			if err == nil {
				t, err = b.Row(p.base + ledger.Row(rows[i]))
			}
			if err == nil && !yield(t, nil) {
				return
			}
		}
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		yield(ledger.Transfer{}, err)
	}
}

// withoutHubs takes accounts out that have no rows or more than the step allows.
func (b *book) withoutHubs(ids []ledger.AccountID, step ledger.Step) (_ []ledger.AccountID, hubs []*ledger.HubError, err error) {
	defer fail("expand in ledger", &err)
	defer sections.Guard()()
	defer sections.Catch(&err)
	out := ids[:0]
	for _, id := range ids {
		if id == ledger.Nobody || id == ledger.NoAccount {
			continue
		}
		if n := b.rowsIn(step.Direction, id); step.HubLimit > 0 && n > step.HubLimit {
			hubs = append(hubs, &ledger.HubError{Chain: b.id, Address: b.address(id), Rows: n, Limit: step.HubLimit})
			continue
		}
		out = append(out, id)
	}
	slices.SortFunc(hubs, func(x, y *ledger.HubError) int {
		if x.Address < y.Address {
			return -1
		}
		return 1
	})
	return out, hubs, nil
}

func (b *book) rowsIn(d ledger.Direction, id ledger.AccountID) (n int) {
	for _, p := range b.parts {
		n += p.s.Degree(d, id)
	}
	return n
}

// rowsOf are the rows of accounts in a segment that a step takes, in order.
func (b *book) rowsOf(ctx context.Context, s *segment.Segment, ids []ledger.AccountID, step *ledger.Step) (rows []uint32, err error) {
	defer fail("expand in ledger", &err)
	defer sections.Guard()()
	defer sections.Catch(&err)
	for i, id := range ids {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		rows = s.List(step.Direction, id, rows)
	}
	kept := rows[:0]
	bounded := isBounded(step)
	for _, row := range rows {
		if !bounded || takes(s, int(row), step) {
			kept = append(kept, row)
		}
	}
	slices.Sort(kept)
	return kept, nil
}

// isBounded reports whether a step leaves rows out.
func isBounded(step *ledger.Step) bool {
	return step.Since != 0 || step.Until != 0 || !step.Least.IsZero() || !step.Most.IsZero()
}

func takes(s *segment.Segment, row int, step *ledger.Step) bool {
	var time int64
	var value chain.Amount
	if step.Since != 0 || step.Until != 0 {
		_, time = s.BlockAt(s.Block(row))
	}
	if !step.Least.IsZero() || !step.Most.IsZero() {
		value = s.Value(row)
	}
	return step.Takes(time, value)
}

// hopAlone is how many accounts are not worth a second goroutine.
const hopAlone = 1 << 10

func (b *book) Hop(ctx context.Context, of []ledger.AccountID, step ledger.Step, to []ledger.AccountID, hub func(ledger.AccountID, int)) (_ []ledger.AccountID, err error) {
	of, err = b.passHubs(of, &step, hub)
	if err != nil || len(of) < 2*hopAlone {
		return b.hop(ctx, of, &step, to, err)
	}
	var second []ledger.AccountID
	var failed error
	done := make(chan struct{})
	half := len(of) / 2
	go func() {
		defer close(done)
		second, failed = b.hop(ctx, of[half:], &step, nil, nil)
	}()
	to, err = b.hop(ctx, of[:half], &step, to, nil)
	<-done
	if err == nil {
		err = failed
	}
	return append(to, second...), err
}

// passHubs leaves accounts out that have more rows than the step allows.
func (b *book) passHubs(of []ledger.AccountID, step *ledger.Step, hub func(ledger.AccountID, int)) (out []ledger.AccountID, err error) {
	defer fail("hop in ledger", &err)
	defer sections.Guard()()
	defer sections.Catch(&err)
	out = make([]ledger.AccountID, 0, len(of))
	for _, id := range of {
		if id == ledger.Nobody || id == ledger.NoAccount {
			continue
		}
		if step.HubLimit > 0 {
			if n := b.rowsIn(step.Direction, id); n > step.HubLimit {
				hub(id, n)
				continue
			}
		}
		out = append(out, id)
	}
	return out, nil
}

// hop does a part of a hop.
func (b *book) hop(ctx context.Context, of []ledger.AccountID, step *ledger.Step, to []ledger.AccountID, before error) (_ []ledger.AccountID, err error) {
	defer fail("hop in ledger", &err)
	defer sections.Guard()()
	defer sections.Catch(&err)
	if before != nil {
		return nil, before
	}
	for _, p := range b.parts {
		var keep func(row int) bool
		if isBounded(step) {
			keep = func(row int) bool { return takes(p.s, row, step) }
		}
		for from := 0; from < len(of); from += hopAlone {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			to = p.s.Others(step.Direction, of[from:min(from+hopAlone, len(of))], keep, to)
		}
	}
	return to, nil
}

// sweepRows is how many rows a portion of a sweep has.
const sweepRows = sections.BlockSize / 2

func (b *book) Sweep(ctx context.Context, from ledger.Row) iter.Seq2[*ledger.Batch, error] {
	return func(yield func(*ledger.Batch, error) bool) {
		w := newSweeper(b)
		for _, p := range b.parts {
			end := p.base + ledger.Row(p.s.Rows())
			for r := max(from, p.base); r < end; {
				block := int(r-p.base) / sweepRows
				err := ctx.Err()
				if err == nil {
					err = w.load(p, block, int(r-p.base)%sweepRows)
				}
				if err != nil {
					yield(nil, err)
					return
				}
				if !yield(&w.batch, nil) {
					return
				}
				r = p.base + ledger.Row(min((block+1)*sweepRows, p.s.Rows()))
			}
		}
	}
}

// sweeper reads portions of columns. Its memory is used again and again.
type sweeper struct {
	batch  ledger.Batch
	buf    []byte
	from   []ledger.AccountID
	to     []ledger.AccountID
	asset  []uint16
	value  []uint64
	p      part
	block  int
	offset int
	near   segment.Near
}

func newSweeper(b *book) *sweeper {
	w := &sweeper{
		buf: make([]byte, 8*sweepRows), from: make([]ledger.AccountID, sweepRows), to: make([]ledger.AccountID, sweepRows),
		asset: make([]uint16, sweepRows), value: make([]uint64, sweepRows),
	}
	w.batch.Load = w.fill
	w.batch.Wide = func(i int) (_ ledger.AssetID, _ chain.Amount, err error) {
		defer fail("sweep of ledger", &err)
		defer sections.Guard()()
		defer sections.Catch(&err)
		row := w.row(i)
		return w.p.s.Asset(row), w.p.s.ValueNear(row, &w.near), nil
	}
	w.batch.At = func(i int) (_ ledger.Place, err error) {
		defer fail("sweep of ledger", &err)
		defer sections.Guard()()
		defer sections.Catch(&err)
		return w.p.s.Place(w.row(i)), nil
	}
	return w
}

// row is the number in the segment of a row of the batch.
func (w *sweeper) row(i int) int { return int(w.batch.First-w.p.base) + i }

// load reads who pays and who is paid.
func (w *sweeper) load(p part, block, offset int) (err error) {
	defer fail("sweep of ledger", &err)
	defer sections.Catch(&err)
	if w.p != p {
		w.near = segment.Near{}
	}
	w.p, w.block, w.offset = p, block, offset
	from, to, _, _ := p.s.Columns()
	n := accounts(w.from, from.Read(2*block, w.buf[:4*sweepRows]))
	accounts(w.to, to.Read(2*block, w.buf[:4*sweepRows]))
	w.batch.First = p.base + ledger.Row(block*sweepRows+offset)
	w.batch.From, w.batch.To = w.from[offset:n], w.to[offset:n]
	w.batch.Asset, w.batch.Value = nil, nil
	return nil
}

func accounts(to []ledger.AccountID, b []byte) int {
	n := len(b) / 4
	for i := range to[:n] {
		to[i] = ledger.AccountID(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return n
}

// fill reads assets and values.
func (w *sweeper) fill() (err error) {
	defer fail("sweep of ledger", &err)
	defer sections.Catch(&err)
	_, _, asset, value := w.p.s.Columns()
	b := asset.Read(w.block, w.buf[:2*sweepRows])
	n := len(b) / 2
	for i := range n {
		w.asset[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	b = value.Read(4*w.block, w.buf)
	for i := range n {
		w.value[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	w.batch.Asset, w.batch.Value = w.asset[w.offset:n], w.value[w.offset:n]
	return nil
}
