package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/vault"
)

// Enclose keeps bytes that analyses read as a whole and that are no records, such as
// what a trace read: in the vault as evidence, whose marking says who may see them,
// and as the input of a kind under an id, in place of what was enclosed under that id
// before. The bytes that it replaces stay in the vault. It returns the item's id.
func (d *Desk) Enclose(ctx context.Context, kind, id string, e Evidence) (item string, err error) {
	release, err := d.Hold(ctx)
	if err != nil {
		return "", fmt.Errorf("enclose %s: %w", id, err)
	}
	if item, err = d.enclose(ctx, kind, id, e); err != nil {
		err = fmt.Errorf("enclose %s: %w", id, err)
	}
	return item, errors.Join(err, release())
}

func (d *Desk) enclose(ctx context.Context, kind, id string, e Evidence) (string, error) {
	if observation.Kind(kind).Valid() {
		return "", fmt.Errorf("%q is a kind of record", kind)
	}
	if _, err := d.receive(ctx, []Evidence{e}, nil); err != nil {
		return "", err
	}
	held, err := d.originals()
	if err != nil {
		return "", err
	}
	digest := record.Digest(e.Bytes)
	err = d.transact(ctx, func(tx Tx) error {
		return tx.Note(Held{ID: id, Kind: kind, Digest: digest, Bytes: e.Bytes})
	})
	delete(d.sets, kind)
	return held[digest].ID, err
}

// enclosed is what the reader may see of a kind that is enclosed, and by id the
// marking of what is hidden. What is no evidence, such as an issued report, the
// custodian alone may see.
func (s sight) enclosed(all *derive.Set, items []vault.Item) (seen *derive.Set, hidden map[string]marking.Marking) {
	known := map[string][]marking.Marking{}
	for _, it := range items {
		known[it.SHA256] = append(known[it.SHA256], it.Marking)
	}
	var inputs []derive.Input
	hidden = map[string]marking.Marking{}
	for _, in := range all.Inputs() {
		of, ok := known[in.Digest]
		refuses := func(m marking.Marking) bool { return !marking.Decide(m, s.reader).OK }
		if ok && !slices.ContainsFunc(of, refuses) {
			inputs = append(inputs, in)
		} else if ok {
			hidden[in.ID] = marking.Join(of...)
		}
	}
	return derive.NewSet(all.Kind(), inputs), hidden
}

// enclosures is what the reader may see of a kind that is enclosed.
func (d *Desk) enclosures(kind string, reader marking.Reader) (seen *derive.Set, hidden map[string]marking.Marking, err error) {
	all, err := d.Set(kind)
	if err != nil || reader.IsCustodian() || all.Len() == 0 {
		return all, nil, err
	}
	v, err := d.ReadVault(context.Background())
	if errors.Is(err, vault.ErrNoVault) {
		return derive.NewSet(kind, nil), nil, nil
	} else if err != nil {
		return nil, nil, err
	}
	items, err := v.List(marking.Custodian())
	if err != nil {
		return nil, nil, fmt.Errorf("read the markings of evidence: %w", err)
	}
	seen, hidden = sight{reader: reader}.enclosed(all, items)
	return seen, hidden, nil
}
