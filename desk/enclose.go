package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/vault"
)

// ErrEnclosed is returned, wrapped with the id, where something else is enclosed under
// an id already: what was enclosed is evidence and is not written over.
var ErrEnclosed = errors.New("something else is enclosed under this id")

// Enclosure is bytes that analyses read as a whole and that are no record, such as a
// part of what a trace read. Its evidence's marking says who may see it.
type Enclosure struct {
	ID string
	Evidence
}

// Enclose keeps enclosures as inputs of a kind and, in the vault, as evidence: all of
// them or none. Those that are enclosed already change nothing. It returns the items of
// the vault in the order of the parts.
func (d *Desk) Enclose(ctx context.Context, kind string, parts []Enclosure) (items []string, err error) {
	release, err := d.Hold(ctx)
	if err != nil {
		return nil, fmt.Errorf("enclose a %s: %w", kind, err)
	}
	if items, err = d.enclose(ctx, kind, parts); err != nil {
		err = fmt.Errorf("enclose a %s: %w", kind, err)
	}
	return items, errors.Join(err, release())
}

func (d *Desk) enclose(ctx context.Context, kind string, parts []Enclosure) ([]string, error) {
	if observation.Kind(kind).Valid() {
		return nil, fmt.Errorf("%q is a kind of record", kind)
	}
	there, err := d.Set(kind)
	if err != nil {
		return nil, err
	}
	before := map[string]string{}
	for _, in := range there.Inputs() {
		before[in.ID] = in.Digest
	}
	var files []Evidence
	for _, p := range parts {
		digest, ok := before[p.ID]
		if ok && digest != record.Digest(p.Bytes) {
			return nil, fmt.Errorf("%s: %w", p.ID, ErrEnclosed)
		}
		before[p.ID] = record.Digest(p.Bytes)
		files = append(files, p.Evidence)
	}
	if _, err := d.receive(ctx, files, nil); err != nil {
		return nil, err
	}
	held, err := d.originals()
	if err != nil {
		return nil, err
	}
	items := make([]string, len(parts))
	err = d.transact(ctx, func(tx Tx) error {
		for i, p := range parts {
			digest := record.Digest(p.Bytes)
			items[i] = held[digest].ID
			if err := tx.Note(Held{ID: p.ID, Kind: kind, Digest: digest, Bytes: p.Bytes}); err != nil {
				return err
			}
		}
		return nil
	})
	delete(d.sets, kind)
	return items, err
}

// PartOf stands between the id of an enclosure in several parts and the name of a
// further part.
const PartOf = ".part-"

// enclosed is what the reader may see of a kind that is enclosed, and by id the
// marking of what is hidden. The parts of one enclosure are seen together or not at all.
// What is no evidence, such as an issued report, the custodian alone may see.
func (s sight) enclosed(all *derive.Set, items []vault.Item) (seen *derive.Set, hidden map[string]marking.Marking) {
	known := map[string][]marking.Marking{}
	for _, it := range items {
		known[it.SHA256] = append(known[it.SHA256], it.Marking)
	}
	whole, closed := map[string][]marking.Marking{}, map[string]bool{}
	for _, in := range all.Inputs() {
		id, _, _ := strings.Cut(in.ID, PartOf)
		of, ok := known[in.Digest]
		whole[id] = append(whole[id], of...)
		refuses := func(m marking.Marking) bool { return !marking.Decide(m, s.reader).OK }
		closed[id] = closed[id] || !ok || slices.ContainsFunc(of, refuses)
	}
	var inputs []derive.Input
	hidden = map[string]marking.Marking{}
	for _, in := range all.Inputs() {
		id, _, _ := strings.Cut(in.ID, PartOf)
		switch {
		case !closed[id]:
			inputs = append(inputs, in)
		case len(whole[id]) > 0:
			hidden[in.ID] = marking.Join(whole[id]...)
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
