package custody

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Append adds events, all or none, and returns the index of the first. When it
// returns they are on the disk and signed for. It fills At from the clock, but never
// with less than the event before has: then "clock behind by …" is added to the
// detail. It fills Previous. After an error none was added; the error says so where
// the disk did not even let them be taken back, and the next opening decides.
func (l *Log) Append(ctx context.Context, events ...Event) (first int64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if first, err = l.append(ctx, events); err != nil {
		return 0, fmt.Errorf("append to custody log: %w", err)
	}
	return first, nil
}

func (l *Log) append(ctx context.Context, events []Event) (int64, error) {
	if l.o.ReadOnly {
		return 0, ErrReadOnly
	}
	for _, e := range events {
		if err := e.validate(); err != nil {
			return 0, err
		}
	}
	unlock, err := lockFolder(ctx, l.files.dir)
	if err != nil {
		return 0, err
	}
	defer unlock()
	if err := l.load(); err != nil {
		return 0, err
	}
	if err := l.settle(); err != nil {
		return 0, err
	}
	first := l.head.Size
	if len(events) == 0 {
		return first, nil
	}
	b, err := l.prepare(events)
	if err != nil {
		return 0, err
	}
	if err := l.files.write(b); err != nil {
		return 0, errors.Join(err, l.files.takeBack(b.at, b.base*tlog.HashSize))
	}
	l.took(b)
	return first, nil
}

// took makes a batch that is on the disk part of what the log shows.
func (l *Log) took(b *batch) {
	for i, e := range b.events {
		l.last[e.Object] = b.first + int64(i)
		l.lastAt = e.At
	}
	l.head, l.lines, l.cosigned = b.head, append(l.lines, b.ends...), nil
}

// prepare makes events into a batch.
func (l *Log) prepare(events []Event) (*batch, error) {
	now := l.o.Now()
	at, late := stamp(now), behind(l.lastAt, now)
	if late > 0 {
		at = l.lastAt
	}
	b := l.newBatch()
	objects := map[string]int64{}
	for i, e := range events {
		e.At = at
		if late > 0 {
			e.Detail = strings.TrimPrefix(fmt.Sprintf("%s; clock behind by %s", e.Detail, late), "; ")
		}
		previous, ok := objects[e.Object]
		if !ok {
			previous, ok = l.last[e.Object]
		}
		if ok {
			e.Previous = strconv.FormatInt(previous, 10)
		}
		objects[e.Object] = b.first + int64(i)
		salt := make([]byte, saltSize)
		if _, err := io.ReadFull(l.o.Rand, salt); err != nil {
			return nil, fmt.Errorf("make salt: %w", err)
		}
		if err := b.add(e, salt); err != nil {
			return nil, err
		}
	}
	return b, b.sign(l.o.Signer)
}

// batch is what one append writes.
type batch struct {
	r      tlog.HashReader
	first  int64 // leaf
	at     int64 // where the text begins in the events
	base   int64 // where the hashes begin, in hashes
	events []Event
	ends   []int64 // where each event ends
	text   []byte
	hashes []tlog.Hash
	head   Checkpoint // the checkpoint after it
}

func (l *Log) newBatch() *batch {
	return &batch{r: l.files, first: l.head.Size, at: l.lines[len(l.lines)-1], base: tlog.StoredHashCount(l.head.Size)}
}

func (b *batch) add(e Event, salt []byte) error {
	line, err := formatLine(&e, salt)
	if err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	n := b.first + int64(len(b.events))
	stored, err := tlog.StoredHashesForRecordHash(n, leafHash(commitments(&e, salt)), b)
	if err != nil {
		return err
	}
	b.events = append(b.events, e)
	b.text = append(b.text, line...)
	b.ends = append(b.ends, b.at+int64(len(b.text)))
	b.hashes = append(b.hashes, stored...)
	return nil
}

// ReadHashes reads the hashes of the batch and those before it.
func (b *batch) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		if at >= b.base {
			out[i] = b.hashes[at-b.base]
			continue
		}
		h, err := b.r.ReadHashes([]int64{at})
		if err != nil {
			return nil, err
		}
		out[i] = h[0]
	}
	return out, nil
}

// sign makes the checkpoint after the batch.
func (b *batch) sign(s note.Signer) error {
	n := b.first + int64(len(b.events))
	root, err := tlog.TreeHash(n, b)
	if err != nil {
		return err
	}
	b.head, err = sign(s, n, root)
	return err
}

// stored are the bytes of the hashes.
func (b *batch) stored() []byte {
	out := make([]byte, 0, len(b.hashes)*tlog.HashSize)
	for _, h := range b.hashes {
		out = append(out, h[:]...)
	}
	return out
}

// Reconciled says what a log needed to be put right. The zero value is nothing.
type Reconciled struct {
	Created     bool          // there was no log: an empty one was made
	Cut         int64         // bytes at the end of events that belonged to an append that was not finished
	Finished    int64         // leaves of an interrupted append that was finished
	Removed     int64         // files that had not been written to their end
	ClockBehind time.Duration // by how much the clock is behind the last event
}

// Lines are sentences about what was done, for people.
func (r Reconciled) Lines() []string {
	var out []string
	if r.Created {
		out = append(out, "an empty custody log was made")
	}
	if r.Cut > 0 {
		out = append(out, fmt.Sprintf("%d bytes of an interrupted append were cut from the custody log; nothing of it had been signed", r.Cut))
	}
	if r.Finished > 0 {
		out = append(out, fmt.Sprintf("an interrupted append of %d leaves to the custody log was finished", r.Finished))
	}
	if r.Removed > 0 {
		out = append(out, fmt.Sprintf("%d unfinished files were removed from the custody log", r.Removed))
	}
	if r.ClockBehind > 0 {
		out = append(out, fmt.Sprintf("the clock is %s behind the last event of the custody log", r.ClockBehind))
	}
	return out
}

// rest is what lies in the files beyond what the checkpoint signs for.
type rest struct {
	cut    int64 // bytes of events to be cut
	finish bool  // an append to be finished
}

// restOf judges what lies beyond the checkpoint by the order in which write writes.
// Events without hashes were not all there, or nothing was signed for them: they are
// cut. Once there is a byte of their hashes, all of them are on the disk.
func restOf(leaves, end, events, hashes int64) (rest, error) {
	want := tlog.StoredHashCount(leaves) * tlog.HashSize
	switch {
	case hashes < want:
		return rest{}, fmt.Errorf("%s: %d bytes, %d leaves take %d: %w", hashesFile, hashes, leaves, want, ErrDamaged)
	case hashes == want:
		return rest{cut: events - end}, nil
	case events == end:
		return rest{}, fmt.Errorf("%s: %d bytes, %d leaves take %d, and there is no event for the rest: %w", hashesFile, hashes, leaves, want, ErrDamaged)
	}
	return rest{finish: true}, nil
}

// settle puts right what an interrupted append left.
func (l *Log) settle() error {
	events, hashes, err := l.files.sizes()
	if err != nil {
		return err
	}
	end := l.lines[len(l.lines)-1]
	rest, err := restOf(l.head.Size, end, events, hashes)
	switch {
	case err != nil:
		return err
	case rest.finish:
		return l.finish(events, hashes)
	case rest.cut == 0:
		return nil
	}
	if err := l.files.events.Truncate(end); err != nil {
		return err
	}
	if err := fsync(l.files.events); err != nil {
		return err
	}
	l.reconciled.Cut += rest.cut
	return nil
}

// finish writes the hashes and the checkpoint of events that are on the disk.
func (l *Log) finish(events, hashes int64) error {
	b := l.newBatch()
	r := newLineReader(l.files.events, b.at, events)
	for {
		line, _, whole, err := r.next()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
		leaf := b.first + int64(len(b.events))
		if !whole {
			return fmt.Errorf("%s: leaf %d: half a line, but its hashes were begun: %w", eventsFile, leaf, ErrDamaged)
		}
		e, salt, err := parseLine(line)
		if err != nil {
			return fmt.Errorf("%s: leaf %d: %w", eventsFile, leaf, err)
		}
		if err := b.add(e, salt); err != nil {
			return err
		}
	}
	if want := (b.base + int64(len(b.hashes))) * tlog.HashSize; hashes > want {
		return fmt.Errorf("%s: %d bytes, all events take %d: %w", hashesFile, hashes, want, ErrDamaged)
	}
	if err := b.sign(l.o.Signer); err != nil {
		return err
	}
	if err := l.files.write(b); err != nil {
		return err
	}
	l.took(b)
	l.reconciled.Finished += int64(len(b.events))
	return nil
}
