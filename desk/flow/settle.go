package flow

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/turtlebay/turtlebay/desk/store"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/record"
)

// Hold makes a version of a record; its batch and place are for the caller.
func Hold(r record.Record) (store.Held, error) {
	b, err := r.Canonical()
	if err != nil {
		return store.Held{}, err
	}
	return store.Held{ID: r.ID, Kind: string(r.Kind()), Digest: record.Digest(b), Bytes: b}, nil
}

// outcomes are what merging says, as receipts count it.
var outcomes = map[record.Outcome]intake.Outcome{
	record.Known: intake.Known, record.Corroborated: intake.Corroborated, record.Contradicted: intake.Contradicted,
}

// Merge lays a record beside the version that is held, which stays as it is. Where
// nothing is added, the version held is returned. Errors are record.ErrFull, and
// store.ErrDamaged where what is held cannot be read.
func Merge(held, incoming store.Held) (store.Held, intake.Outcome, error) {
	if held.Digest == incoming.Digest {
		return held, intake.Known, nil
	}
	was, err := record.Decode(held.Bytes)
	if err != nil {
		return held, 0, fmt.Errorf("record %s: %w: %w", held.ID, store.ErrDamaged, err)
	}
	is, err := record.Decode(incoming.Bytes)
	if err != nil {
		return held, 0, fmt.Errorf("record %s: %w", incoming.ID, err)
	}
	both, outcome, err := record.Merge(was, is)
	if err != nil || outcome == record.Known {
		return held, intake.Known, err
	}
	merged, err := Hold(both)
	return merged, outcomes[outcome], err
}

// Settle keeps or refuses rows in one transaction and takes them into the batch
// and its receipt. A record whose id is held is laid beside what is held; of rows
// with one id the first of the file comes first. It returns the versions that the
// batch has got with them, by id and without their content.
func Settle(ctx context.Context, s store.Store, b *store.Batch, lines []Line) (kept []store.Held, err error) {
	tx, err := s.Begin(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, tx.Rollback()) }()
	next := *b
	ids, byID := group(lines)
	for some := range slices.Chunk(ids, idsAtOnce) {
		changed, err := settleSome(tx, &next, lines, some, byID)
		if err != nil {
			return nil, err
		}
		for _, h := range changed {
			h.Bytes = nil
			kept = append(kept, h)
		}
	}
	if err = tx.Refuse(b.Number, take(&next, lines)); err == nil {
		err = tx.Update(next)
	}
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		return nil, err
	}
	*b = next
	return kept, nil
}

// idsAtOnce is of how many records the content is in memory twice or three times:
// as it is held, as the rows have it, and as both together have it.
const idsAtOnce = 1000

// settleSome settles the rows of some ids and returns their new versions.
func settleSome(tx store.Tx, b *store.Batch, lines []Line, ids []string, byID map[string][]int) ([]store.Held, error) {
	newest, err := tx.Newest(b.Number, b.Kind, ids)
	if err != nil {
		return nil, err
	}
	changed, err := mergeAll(lines, ids, byID, newest)
	if err != nil {
		return nil, err
	}
	for i := range changed {
		changed[i].Batch, changed[i].Place = b.Number, b.Records
		if was, ok := newest[changed[i].ID]; ok && was.Batch == b.Number {
			changed[i].Place = was.Place
		} else {
			b.Records++
		}
	}
	return changed, tx.Put(changed...)
}

// group finds the rows of each id, by position, and the ids sorted: a store finds
// and places neighbours faster, and every machine does the same.
func group(lines []Line) (ids []string, byID map[string][]int) {
	byID = map[string][]int{}
	for i, l := range lines {
		if l.Err != nil {
			continue
		}
		if byID[l.held.ID] == nil {
			ids = append(ids, l.held.ID)
		}
		byID[l.held.ID] = append(byID[l.held.ID], i)
	}
	slices.Sort(ids)
	return ids, byID
}

// take counts rows in the batch's receipt and returns the refused ones.
func take(b *store.Batch, lines []Line) []store.Refused {
	var refused []store.Refused
	reasons := map[string]int{} // the batch that this one was copied from keeps its own
	for reason, n := range b.Receipt.ByReason {
		reasons[reason] = n
	}
	b.Receipt.ByReason = reasons
	for _, l := range lines {
		if r := l.Refusal(); r != nil {
			b.Receipt.Refuse(r)
			refused = append(refused, store.Refused{Row: b.Settled, Refusal: r})
		} else {
			b.Receipt.Keep(l.outcome)
		}
		b.Receipt.Read++
		b.Settled++
	}
	if len(reasons) == 0 {
		b.Receipt.ByReason = nil
	}
	return refused
}

// mergeAll merges the rows of each id, several ids at once, and returns the
// versions that are new, in the order of ids.
func mergeAll(lines []Line, ids []string, byID map[string][]int, newest map[string]store.Held) ([]store.Held, error) {
	workers := runtime.GOMAXPROCS(0)
	parts, errs := make([][]store.Held, workers), make([]error, workers)
	var running sync.WaitGroup
	for w := range workers {
		running.Go(func() {
			for _, id := range ids[len(ids)*w/workers : len(ids)*(w+1)/workers] {
				h, changed, err := mergeLines(lines, byID[id], newest[id])
				if err != nil {
					errs[w] = err
					return
				}
				if changed {
					parts[w] = append(parts[w], h)
				}
			}
		})
	}
	running.Wait()
	return slices.Concat(parts...), errors.Join(errs...)
}

// mergeLines merges the rows of one id with the version that is held, the zero
// Held for none. A row for which there is no room is refused; what is held and
// cannot be read is an error.
func mergeLines(lines []Line, at []int, held store.Held) (newest store.Held, changed bool, err error) {
	was := held.Digest
	for _, i := range at {
		l := &lines[i]
		if held.Digest == "" {
			held, l.outcome = l.held, intake.New
			continue
		}
		merged, outcome, err := Merge(held, l.held)
		switch {
		case errors.Is(err, record.ErrFull):
			l.Err = l.row.Refuse("id", record.ErrFull.Error(), intake.Quote(held.ID))
		case err != nil:
			return held, false, err
		default:
			held, l.outcome = merged, outcome
		}
	}
	return held, held.Digest != was, nil
}
