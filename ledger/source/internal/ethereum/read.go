package ethereum

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/source/internal/feed"
	"github.com/turtlebay/turtlebay/ledger/source/internal/spill"
)

// maxBlock is how many rows of one block are brought together.
const maxBlock = 1 << 19

// Read reads the files together. Refused rows are yielded as *intake.Refusal; any other
// error is the last thing yielded.
func Read(ctx context.Context, files []*feed.File, o feed.Options, t *feed.Tally) iter.Seq2[ledger.Transfer, error] {
	return func(yield func(ledger.Transfer, error) bool) {
		s := spill.New(o.Dir, o.Memory, bytes.Compare)
		defer s.Close()
		j := &joiner{options: o, tally: t, yield: yield}
		var p spill.Packer
		for in, err := range feed.EachRow(ctx, files, t, true) {
			if err == nil {
				r, refusal := parse(in, o.Chain)
				if refusal != nil {
					err = t.Refuse(in.File, refusal)
				} else {
					j.given |= 1 << r.sort
					p = p[:0]
					r.pack(&p)
					err = s.Add(p)
				}
			}
			if err != nil && (!yield(ledger.Transfer{}, err) || !errors.As(err, new(*intake.Refusal))) {
				return
			}
		}
		if err := j.blocks(ctx, s.Sorted()); err != nil && !errors.Is(err, errStopped) {
			yield(ledger.Transfer{}, err)
		}
	}
}

// errStopped: whoever is given the rows wants no more.
var errStopped = errors.New("stopped")

// joiner brings the rows of each block together.
type joiner struct {
	options feed.Options
	tally   *feed.Tally
	yield   func(ledger.Transfer, error) bool
	given   uint // which sorts of rows there are, by bit
}

func (j *joiner) blocks(ctx context.Context, records iter.Seq2[[]byte, error]) error {
	var rows []row
	for record, err := range records {
		if err != nil {
			return err
		}
		r, err := unpack(record)
		if err != nil {
			return fmt.Errorf("read rows of a block: %w", err)
		}
		if len(rows) > 0 && rows[0].block != r.block {
			if err := j.block(ctx, rows); err != nil {
				return err
			}
			rows = rows[:0]
		}
		if len(rows) == maxBlock {
			if err := j.refuse(&r, "", "too many rows in its block", fmt.Sprintf("the most is %d", maxBlock)); err != nil {
				return err
			}
			continue
		}
		rows = append(rows, r)
	}
	return j.block(ctx, rows)
}

// refuse yields the refusal of a row.
func (j *joiner) refuse(r *row, field, reason, detail string) error {
	if !j.yield(ledger.Transfer{}, j.tally.RefuseAt(int(r.file), r.line, field, reason, detail)) {
		return errStopped
	}
	return nil
}
