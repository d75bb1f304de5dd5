package desk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/desk/flow"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/rows"
	"github.com/turtlebay/turtlebay/vault"
	"github.com/turtlebay/turtlebay/vault/custody"
)

// Evidence is a file that records cite.
type Evidence struct {
	Name, Source string
	Bytes        []byte
	Marking      marking.Marking
	Plain        bool // keep it without a key: only what is public may be
}

// programTool is what made records that no file's rows are, for the custody log.
const programTool = "records@1"

// AddRecords adds records that a program made, in one batch, after the files that
// they cite; a file that the vault has is not received again. It returns how many
// records are new or add something to what is held. A record that cites a file
// which is not in the vault is an error, and nothing is added.
func (d *Desk) AddRecords(ctx context.Context, rs []record.Record, files ...Evidence) (added int, err error) {
	release, err := d.Hold(ctx)
	if err != nil {
		return 0, fmt.Errorf("add records: %w", err)
	}
	if added, err = d.addRecords(ctx, rs, files); err != nil {
		err = fmt.Errorf("add records: %w", err)
	}
	return added, errors.Join(err, release())
}

func (d *Desk) addRecords(ctx context.Context, rs []record.Record, files []Evidence) (int, error) {
	for _, r := range rs {
		if err := r.Validate(); err != nil {
			return 0, fmt.Errorf("record %s: %w", r.ID, err)
		}
	}
	parents, err := d.receive(ctx, files, rs)
	if err != nil {
		return 0, err
	}
	b := d.newBatch()
	b.Tool, b.Object = programTool, strings.Join(parents, " ")
	n := 0
	err = d.gather(ctx, &b, func(add func(record.Record) (intake.Outcome, error)) error {
		for _, r := range rs {
			o, err := add(r)
			if err != nil {
				return fmt.Errorf("record %s: %w", r.ID, err)
			}
			if o != intake.Known {
				n++
			}
		}
		if n == 0 {
			return errNothing
		}
		return nil
	})
	if errors.Is(err, errNothing) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return n, d.complete(context.WithoutCancel(ctx), &b)
}

// errNothing ends a batch to which nothing was added.
var errNothing = errors.New("nothing to add")

// receive puts the files that records cite into the vault and returns the items
// cited, sorted.
func (d *Desk) receive(ctx context.Context, files []Evidence, rs []record.Record) ([]string, error) {
	v, err := d.openVault(ctx)
	if err != nil {
		return nil, err
	}
	held, err := d.originals()
	if err != nil {
		return nil, err
	}
	var parcels []vault.Parcel
	for _, f := range files {
		if _, ok := held[record.Digest(f.Bytes)]; ok {
			continue
		}
		parcels = append(parcels, vault.Parcel{
			New:  vault.New{Title: f.Name, Source: f.Source, Marking: f.Marking, Plain: f.Plain},
			Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(f.Bytes)), nil },
		})
	}
	if len(parcels) > 0 {
		items, err := v.AddAll(ctx, parcels)
		if err != nil {
			return nil, err
		}
		for _, i := range items {
			held[i.SHA256] = i.Item
		}
	}
	var cited []string
	for _, r := range rs {
		for _, a := range r.Accounts() {
			for _, p := range a.Evidence {
				item, ok := held[p.Item]
				if !ok {
					return nil, fmt.Errorf("record %s cites the file %s, which is not in the vault", r.ID, p.Item)
				}
				if !slices.Contains(cited, item.ID) {
					cited = append(cited, item.ID)
				}
			}
		}
	}
	slices.Sort(cited)
	return cited, nil
}

// originals are the items that were received, by the SHA-256 of their bytes.
func (d *Desk) originals() (map[string]vault.Item, error) {
	items, err := d.vault.List(marking.Custodian())
	if err != nil {
		return nil, err
	}
	out := map[string]vault.Item{}
	for _, i := range items {
		if i.Role == vault.Original && !i.Destroyed {
			out[i.SHA256] = i
		}
	}
	return out, nil
}

// gather makes a batch of single records, sealed, in one transaction. Fill hands
// them to add; its error drops the batch.
func (d *Desk) gather(ctx context.Context, b *Batch, fill func(add func(record.Record) (intake.Outcome, error)) error) error {
	all, err := d.store.Batches(ctx)
	if err != nil {
		return err
	}
	return d.transact(ctx, func(tx Tx) error {
		if err := d.openBatch(tx, b, all); err != nil {
			return err
		}
		var versions []Held // by place
		err := fill(func(r record.Record) (intake.Outcome, error) {
			h, outcome, err := lay(tx, b, r)
			if err != nil || outcome == intake.Known {
				return outcome, err
			}
			if h.Place == b.Records {
				b.Records++
				versions = append(versions, h)
			}
			versions[h.Place] = h
			return outcome, tx.Put(h)
		})
		if err != nil {
			return err
		}
		tree, err := custody.NewRecordTree(b.Key)
		if err != nil {
			return err
		}
		for _, h := range versions {
			if err := tree.Add(h.ID, h.Digest); err != nil {
				return err
			}
		}
		b.State, b.Root = Sealed, tree.Root()
		return tx.Update(*b)
	})
}

// lay lays a record beside what is held of it, and says where in the batch what
// comes of it has its place.
func lay(tx Tx, b *Batch, r record.Record) (Held, intake.Outcome, error) {
	h, err := flow.Hold(r)
	if err != nil {
		return h, 0, err
	}
	newest, err := tx.Newest(b.Number, h.Kind, []string{h.ID})
	if err != nil {
		return h, 0, err
	}
	place, outcome := b.Records, intake.New
	if was, ok := newest[h.ID]; ok {
		if h, outcome, err = flow.Merge(was, h); was.Batch == b.Number {
			place = was.Place
		}
	}
	h.Batch, h.Place = b.Number, place
	return h, outcome, err
}

// ErrNotMended is returned, wrapped, for a quarantine file of which no row was
// mended since it was last tried.
var ErrNotMended = errors.New("no row of it was mended")

// Retry reads the mended rows of a quarantine file again and adds those that can
// be kept now, in a batch of their own. The id is the beginning of the SHA-256 of
// the file they came from. The rows that are kept leave the quarantine, and the
// receipt names it.
func (d *Desk) Retry(ctx context.Context, id string, refused func(*intake.Refusal)) (added Added, err error) {
	release, err := d.Hold(ctx)
	if err != nil {
		return added, fmt.Errorf("retry %s: %w", intake.Quote(id), err)
	}
	if added, err = d.retry(ctx, id, refused); err != nil {
		err = fmt.Errorf("retry %s: %w", intake.Quote(id), err)
	}
	return added, errors.Join(err, release())
}

func (d *Desk) retry(ctx context.Context, id string, refused func(*intake.Refusal)) (Added, error) {
	q := intake.NewQuarantine(d.Path(quarantineDir))
	lot, _, err := q.Show(id)
	if err != nil {
		return Added{}, err
	}
	reader, err := rows.NewReader(observation.Kind(lot.Kind), lot.Source, rows.Of(lot.SHA256))
	if err != nil {
		return Added{}, err
	}
	if _, err := d.openVault(ctx); err != nil {
		return Added{}, err
	}
	held, err := d.originals()
	if err != nil {
		return Added{}, err
	}
	item, ok := held[lot.SHA256]
	if !ok {
		return Added{}, fmt.Errorf("the file that the rows came from, SHA-256 %s, is not in the vault: add it again", lot.SHA256)
	}
	b := d.newBatch()
	b.Item, b.Object, b.Kind, b.Source, b.Tool = lot.SHA256, item.ID, lot.Kind, lot.Source, rowsTool
	b.Params = fmt.Sprintf(`{"kind":%q,"retry":%q}`, lot.Kind, lot.SHA256[:12])
	var retried *intake.Retried
	err = d.gather(ctx, &b, func(add func(record.Record) (intake.Outcome, error)) (err error) {
		retried, err = q.Retry(id, intake.Job{OnRefusal: refused}, func(row intake.Row) (intake.Outcome, error) {
			r, err := recordOf(reader, row, item.Marking)
			if err != nil {
				return 0, err
			}
			o, err := add(r)
			if errors.Is(err, record.ErrFull) {
				err = row.Refuse("id", record.ErrFull.Error(), intake.Quote(r.ID))
			}
			return o, err
		})
		if err == nil && retried.Receipt.Read == 0 {
			err = ErrNotMended
		}
		if err == nil {
			b.Receipt, b.Settled = retried.Receipt, int64(retried.Receipt.Read)
		}
		return err
	})
	if err == nil {
		err = d.complete(context.WithoutCancel(ctx), &b)
	}
	if err == nil {
		err = retried.Settle(d.o.now())
	}
	return Added{Receipt: b.Receipt, Batch: b.ID(), Item: item.ID, Known: true}, err
}

// Replace holds what the desk writes about itself, such as the last report
// issued, in place of what was held under that kind and id.
func (d *Desk) Replace(ctx context.Context, kind, id string, b []byte) (err error) {
	release, err := d.Hold(ctx)
	if err != nil {
		return fmt.Errorf("keep %s: %w", id, err)
	}
	err = d.transact(ctx, func(tx Tx) error {
		return tx.Note(Held{ID: id, Kind: kind, Digest: record.Digest(b), Bytes: b})
	})
	if err = errors.Join(err, release()); err != nil {
		return fmt.Errorf("keep %s: %w", id, err)
	}
	delete(d.sets, kind)
	return nil
}
