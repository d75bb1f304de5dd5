package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/vault/custody"
)

// Set returns all inputs of a kind, each checked against its digest; it makes a
// Desk a derive.Sets. A kind that nothing is held of is an empty set.
func (d *Desk) Set(kind string) (*derive.Set, error) {
	if s, ok := d.sets[kind]; ok {
		return s, nil
	}
	var inputs []derive.Input
	err := d.each(kind, func(h Held) error {
		if record.Digest(h.Bytes) != h.Digest {
			return fmt.Errorf("record %s: digest differs: %w", h.ID, ErrDamaged)
		}
		inputs = append(inputs, derive.Input{ID: h.ID, Digest: h.Digest, Bytes: h.Bytes})
		return nil
	})
	if err != nil {
		return nil, err
	}
	s := derive.NewSet(kind, inputs)
	d.sets[kind] = s
	return s, nil
}

// each does something with every record of a kind, or with every note.
func (d *Desk) each(kind string, do func(Held) error) error {
	ctx := context.Background()
	if !observation.Kind(kind).Valid() {
		notes, err := d.store.Notes(ctx, kind)
		if err != nil {
			return fmt.Errorf("read notes of kind %s: %w", kind, err)
		}
		for _, h := range notes {
			if err := do(h); err != nil {
				return err
			}
		}
		return nil
	}
	for h, err := range d.store.Records(ctx, kind) {
		if err != nil {
			return fmt.Errorf("read records of kind %s: %w", kind, err)
		}
		if err := do(h); err != nil {
			return err
		}
	}
	return nil
}

// Records returns the records of a kind, or all where the kind is empty, sorted
// by id.
func (d *Desk) Records(kind observation.Kind) ([]record.Record, error) {
	want := []observation.Kind{kind}
	if kind == "" {
		want = observation.Kinds()
	}
	var out []record.Record
	for _, k := range want {
		s, err := d.Set(string(k))
		if err != nil {
			return nil, err
		}
		for _, in := range s.Inputs() {
			r, err := record.Decode(in.Bytes)
			if err != nil {
				return nil, fmt.Errorf("record %s: %w: %w", in.ID, ErrDamaged, err)
			}
			out = append(out, r)
		}
	}
	record.Sort(out)
	return out, nil
}

// Kinds lists the kinds held with their number of records.
func (d *Desk) Kinds(ctx context.Context) ([]KindCount, error) {
	ks, err := d.store.Kinds(ctx)
	if err != nil {
		return nil, fmt.Errorf("count records: %w", err)
	}
	return slices.DeleteFunc(ks, func(k KindCount) bool { return !observation.Kind(k.Kind).Valid() }), nil
}

// Receipts lists the receipts of all files added, oldest first.
func (d *Desk) Receipts(ctx context.Context) ([]intake.Receipt, error) {
	out, err := d.store.Receipts(ctx)
	if err != nil {
		return nil, fmt.Errorf("list receipts: %w", err)
	}
	return out, nil
}

// Batches lists all batches by number, those that were interrupted, too.
func (d *Desk) Batches(ctx context.Context) ([]Batch, error) {
	out, err := d.store.Batches(ctx)
	if err != nil {
		return nil, fmt.Errorf("list batches: %w", err)
	}
	return out, nil
}

// Proof proves that a record is what the custody log was told of: the leaf of its
// batch has the batch's root, and the record is in the tree of that root (see
// custody.CheckRecord).
type Proof struct {
	ID     string // of the record
	Digest string // SHA-256 of its canonical bytes
	Batch  string // RB-000012
	Root   string
	Leaf   int64 // in the custody log
	Record custody.RecordProof
}

// ErrNotLogged is returned, wrapped with the record's id, for the proof of a record
// that was held before there was a custody log. It is logged when the desk is next
// written to.
var ErrNotLogged = errors.New("not in the custody log yet")

// Proof proves one record, see Proofs.
func (d *Desk) Proof(ctx context.Context, id string) (Proof, error) {
	ps, err := d.Proofs(ctx, id)
	if err != nil {
		return Proof{}, err
	}
	return ps[0], nil
}

// Proofs proves records in the order of their ids given; proving all at once is
// cheaper. The error wraps ErrNoRecord for one that is not held.
func (d *Desk) Proofs(ctx context.Context, ids ...string) ([]Proof, error) {
	batches, err := d.store.Batches(ctx)
	if err != nil {
		return nil, fmt.Errorf("prove records: %w", err)
	}
	byNumber := map[int64]Batch{}
	for _, b := range batches {
		byNumber[b.Number] = b
	}
	held := make([]Held, len(ids))
	of := map[int64][]int{} // positions in ids by batch
	for i, id := range ids {
		if held[i], err = d.find(ctx, id); err != nil {
			return nil, err
		}
		of[held[i].Batch] = append(of[held[i].Batch], i)
	}
	out := make([]Proof, len(ids))
	for number, at := range of {
		b := byNumber[number]
		prover, err := d.prover(ctx, b)
		if err != nil {
			return nil, fmt.Errorf("prove record %s: %w", ids[at[0]], err)
		}
		for _, i := range at {
			h := held[i]
			p, err := prover.Prove(h.Place, h.ID, h.Digest)
			if err != nil {
				return nil, fmt.Errorf("prove record %s: %w: %w", h.ID, ErrDamaged, err)
			}
			out[i] = Proof{ID: h.ID, Digest: h.Digest, Batch: b.ID(), Root: b.Root, Leaf: b.Leaf, Record: p}
		}
	}
	return out, nil
}

// find looks a record up by its id alone.
func (d *Desk) find(ctx context.Context, id string) (Held, error) {
	for _, k := range observation.Kinds() {
		if !strings.HasPrefix(id, k.Prefix()+"-") {
			continue
		}
		h, ok, err := d.store.Version(ctx, string(k), id, false)
		if err != nil {
			return h, fmt.Errorf("prove record %s: %w", id, err)
		}
		if ok {
			return h, nil
		}
	}
	return Held{}, fmt.Errorf("prove record %s: %w", id, ErrNoRecord)
}

// prover builds the record tree of a batch.
func (d *Desk) prover(ctx context.Context, b Batch) (*custody.RecordProver, error) {
	if b.Leaf < 0 {
		return nil, ErrNotLogged
	}
	prover, err := custody.NewRecordProver(b.Key)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	for h, err := range d.store.Versions(ctx, b.Number, false) {
		if err == nil {
			err = prover.Add(h.ID, h.Digest)
		}
		if err != nil {
			return nil, err
		}
	}
	if prover.Root() != b.Root {
		return nil, fmt.Errorf("%s: its records are not those that were logged: %w", b.ID(), ErrDamaged)
	}
	return prover, nil
}
