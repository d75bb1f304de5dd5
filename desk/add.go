package desk

import (
	"context"
	"errors"
	"fmt"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/rows"
)

// quarantineDir holds the refused rows.
const quarantineDir = "quarantine"

// Intake says what a file is added as.
type Intake struct {
	Kind    observation.Kind
	Source  string         // who supplied it, in words
	Options intake.Options // how to read it; the zero value finds out
	Refused func(*intake.Refusal)
}

// AddFile adds a file's rows in one batch: after a crash all of them are held or
// none. Rows that cannot be kept are in quarantine with their reason; the receipt
// accounts for every row. Adding the same file twice adds nothing.
//
// A row whose id is held with other content is refused, never overwritten. Of a
// file that breaks off, the rows before the break are kept; the receipt says so
// and is returned beside the error.
func (d *Desk) AddFile(ctx context.Context, path string, in Intake) (intake.Receipt, error) {
	reader, err := rows.NewReader(in.Kind, in.Source)
	if err != nil {
		return intake.Receipt{}, fmt.Errorf("add %s: %w", path, err)
	}
	src, err := intake.Open(path, in.Options)
	if err != nil {
		return intake.Receipt{}, fmt.Errorf("add: %w", err)
	}
	defer src.Close()
	batch, err := d.store.Begin(ctx)
	if err != nil {
		return intake.Receipt{}, fmt.Errorf("add %s: %w", path, err)
	}
	defer batch.Rollback()
	job := intake.Job{
		Kind: string(in.Kind), Source: in.Source,
		Quarantine: intake.NewQuarantine(d.Path(quarantineDir)), OnRefusal: in.Refused,
	}
	receipt, err := intake.Load(src, job, func(row intake.Row) (intake.Outcome, error) {
		if err := ctx.Err(); err != nil {
			return intake.New, err
		}
		return keep(batch, reader, row)
	})
	// a file that broke off leaves what came before it; any other error nothing
	if err != nil && err.Error() != receipt.Stopped {
		return receipt, fmt.Errorf("add: %w", err)
	}
	if e := batch.Receipt(receipt); e != nil {
		return receipt, fmt.Errorf("add %s: keep the receipt: %w", path, e)
	}
	if e := batch.Commit(); e != nil {
		return receipt, fmt.Errorf("add %s: %w", path, e)
	}
	d.sets = map[string]*derive.Set{}
	if err != nil {
		return receipt, fmt.Errorf("add: %w", err)
	}
	return receipt, nil
}

func keep(batch Batch, reader *rows.Reader, row intake.Row) (intake.Outcome, error) {
	r, err := reader.Record(row)
	if err != nil {
		return intake.New, err
	}
	h, err := hold(r)
	if err != nil {
		return intake.New, err
	}
	added, err := batch.Add(h)
	switch {
	case errors.Is(err, ErrConflict):
		return intake.New, row.Refuse("id", ErrConflict.Error(), h.ID)
	case err != nil:
		return intake.New, err
	case !added:
		return intake.Known, nil
	}
	return intake.New, nil
}

func hold(r record.Record) (Held, error) {
	b, err := r.Canonical()
	if err != nil {
		return Held{}, err
	}
	return Held{ID: r.ID, Kind: string(r.Kind()), Digest: record.Digest(b), Bytes: b}, nil
}

// AddRecords adds records that a program made, in one batch. It returns how many
// were new. A record whose id is held with other content is an error.
func (d *Desk) AddRecords(ctx context.Context, rs []record.Record) (added int, err error) {
	batch, err := d.store.Begin(ctx)
	if err != nil {
		return 0, fmt.Errorf("add records: %w", err)
	}
	defer batch.Rollback()
	for _, r := range rs {
		if err := r.Validate(); err != nil {
			return 0, fmt.Errorf("add record %s: %w", r.ID, err)
		}
		h, err := hold(r)
		if err != nil {
			return 0, err
		}
		ok, err := batch.Add(h)
		if err != nil {
			return 0, fmt.Errorf("add record %s: %w", r.ID, err)
		}
		if ok {
			added++
		}
	}
	if err := batch.Commit(); err != nil {
		return 0, fmt.Errorf("add records: %w", err)
	}
	d.sets = map[string]*derive.Set{}
	return added, nil
}

// Replace holds what the desk writes about itself, such as the last report
// issued, in place of what was held under that kind and id.
func (d *Desk) Replace(ctx context.Context, kind, id string, b []byte) error {
	batch, err := d.store.Begin(ctx)
	if err != nil {
		return fmt.Errorf("keep %s: %w", id, err)
	}
	defer batch.Rollback()
	if err := batch.Replace(Held{ID: id, Kind: kind, Digest: record.Digest(b), Bytes: b}); err != nil {
		return fmt.Errorf("keep %s: %w", id, err)
	}
	if err := batch.Commit(); err != nil {
		return fmt.Errorf("keep %s: %w", id, err)
	}
	delete(d.sets, kind)
	return nil
}

// Receipts lists the receipts of all files added, oldest first.
func (d *Desk) Receipts(ctx context.Context) ([]intake.Receipt, error) {
	out, err := d.store.Receipts(ctx)
	if err != nil {
		return nil, fmt.Errorf("list receipts: %w", err)
	}
	return out, nil
}
