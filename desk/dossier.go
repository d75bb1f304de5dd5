package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/desk/whole"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/vault"
	"github.com/turtlebay/turtlebay/vault/custody"
	"github.com/turtlebay/turtlebay/vault/dossier"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Limits of the evidence that goes along with a report; of what is larger the proof
// goes alone.
const (
	maxItem  = 16 << 20
	maxItems = 64 << 20
)

// opened are the fields of a leaf that a dossier shows: what was done to which
// bytes and when, and not by whom or why.
var opened = []string{"act", "at", "object", "digest"}

// Exhibit is an evidence item that goes along with a report. Bytes is nil where it is
// too large to, and where it holds rows that are not for everybody who gets the
// report: the proof goes alone.
type Exhibit struct {
	vault.Item
	Bytes []byte
}

// Exhibits are the evidence items that the records of the sets cite and the reader
// may see, by id.
func (d *Desk) Exhibits(ctx context.Context, sets []*derive.Set, reader marking.Reader) ([]Exhibit, error) {
	cited, err := cited(sets)
	if err != nil || len(cited) == 0 {
		return nil, err
	}
	v, err := d.ReadVault(ctx)
	if err != nil {
		return nil, err
	}
	items, err := v.List(reader)
	if err != nil {
		return nil, fmt.Errorf("list evidence: %w", err)
	}
	private, err := d.private(sets)
	if err != nil {
		return nil, err
	}
	var out []Exhibit
	left := int64(maxItems)
	for _, it := range items {
		if !cited[it.SHA256] || it.Destroyed || it.Role != vault.Original {
			continue
		}
		e := Exhibit{Item: it}
		if it.Size <= maxItem && it.Size <= left && !private[it.SHA256] && !d.refusedOf(it.SHA256) {
			if e.Bytes, err = peek(ctx, v, it.ID); err != nil {
				return nil, err
			}
			left -= it.Size
		}
		out = append(out, e)
	}
	return out, nil
}

// private are the items that a record rests on which was changed for the reader: what
// a pseudonym hides stands in their rows.
func (d *Desk) private(sets []*derive.Set) (map[string]bool, error) {
	out := map[string]bool{}
	for _, s := range sets {
		if !observation.Kind(s.Kind()).Valid() {
			continue
		}
		held, err := d.Set(s.Kind())
		if err != nil {
			return nil, err
		}
		whole := map[string]derive.Input{}
		for _, in := range held.Inputs() {
			whole[in.ID] = in
		}
		for _, in := range s.Inputs() {
			if whole[in.ID].Digest == in.Digest {
				continue
			}
			r, err := decode(whole[in.ID])
			if err != nil {
				return nil, err
			}
			for _, a := range r.Accounts() {
				for _, p := range a.Evidence {
					out[p.Item] = true
				}
			}
		}
	}
	return out, nil
}

// refusedOf reports whether rows of an item were refused: nobody has looked at who
// may see them.
func (d *Desk) refusedOf(sha256 string) bool {
	_, err := os.Stat(d.Quarantine().Path(sha256))
	return !errors.Is(err, fs.ErrNotExist)
}

// cited are the digests of the items that the records of the sets name.
func cited(sets []*derive.Set) (map[string]bool, error) {
	out := map[string]bool{}
	for _, s := range sets {
		if !observation.Kind(s.Kind()).Valid() {
			continue // a note of the desk's own
		}
		for _, in := range s.Inputs() {
			r, err := record.Decode(in.Bytes)
			if err != nil {
				return nil, fmt.Errorf("record %s: %w", in.ID, err)
			}
			for _, p := range r.Evidence {
				out[p.Item] = true
			}
		}
	}
	return out, nil
}

func peek(ctx context.Context, v *vault.Vault, id string) ([]byte, error) {
	content, err := v.Peek(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("evidence %s: %w", id, err)
	}
	defer content.Close()
	b, err := io.ReadAll(content)
	if err != nil {
		return nil, fmt.Errorf("evidence %s: %w", id, err)
	}
	return b, nil
}

// Dossier is what travels of the custody log with these sets and exhibits, of which
// leaf export tells.
func (d *Desk) Dossier(ctx context.Context, log *custody.Log, sets []*derive.Set, exhibits []Exhibit, export int64) (dossier.Dossier, error) {
	out := dossier.Dossier{Checkpoint: log.Checkpoint(), Stamps: map[int64][][]byte{}}
	leaves := []int64{export}
	for _, e := range exhibits {
		out.Items = append(out.Items, dossier.Item{ID: e.ID, SHA256: e.SHA256, Leaf: e.Leaf})
		leaves = append(leaves, e.Leaf)
	}
	records, err := d.provenRecords(ctx, sets)
	if err != nil {
		return out, err
	}
	for _, r := range records {
		if !r.Altered {
			leaves = append(leaves, r.Leaf)
		}
	}
	out.Records = records
	slices.Sort(leaves)
	for _, leaf := range slices.Compact(leaves) {
		o, err := log.Prove(leaf, opened...)
		if err != nil {
			return out, err
		}
		out.Openings = append(out.Openings, o)
	}
	return out, history(&out, log)
}

// provenRecords proves every record that travels as it is held; one that was
// changed for the reader, or is a note of the desk's own, is marked as altered.
func (d *Desk) provenRecords(ctx context.Context, sets []*derive.Set) ([]dossier.Record, error) {
	var out []dossier.Record
	var ids []string
	var at []int
	for _, s := range sets {
		for _, in := range s.Inputs() {
			r := dossier.Record{Kind: s.Kind(), ID: in.ID, SHA256: in.Digest, Altered: true}
			held, ok, err := d.store.Version(ctx, s.Kind(), in.ID, false)
			if err != nil {
				return nil, fmt.Errorf("prove record %s: %w", in.ID, err)
			}
			if ok && held.Digest == in.Digest {
				r.Altered = false
				ids, at = append(ids, in.ID), append(at, len(out))
			}
			out = append(out, r)
		}
	}
	proofs, err := d.Proofs(ctx, ids...)
	if err != nil {
		return nil, err
	}
	for i, p := range proofs {
		out[at[i]].Leaf, out[at[i]].Proof = p.Leaf, &p.Record
	}
	return out, nil
}

// LogVerifier is the key that the custody log's checkpoints are verified with.
func (d *Desk) LogVerifier() (note.Verifier, error) {
	v, err := d.ring().LogVerifier()
	if err != nil {
		return nil, d.damaged(err)
	}
	return v, nil
}

// LogDir is the folder of the custody log, for whoever checks it without opening it.
func (d *Desk) LogDir() string { return d.Path(vaultDir, "log") }

// history adds the checkpoints that were kept, each with the proof that the next
// continues it, and the time-stamps over them: of more than a dossier holds, the
// newest.
func history(out *dossier.Dossier, log *custody.Log) error {
	kept, err := log.History()
	if err != nil {
		return err
	}
	size := log.Size()
	var earlier []custody.Kept
	for _, k := range kept {
		if k.Size < size {
			earlier = append(earlier, k)
		}
	}
	earlier = earlier[max(0, len(earlier)-dossier.MaxHistory):]
	stamps(out, kept, earlier, size)
	for i, k := range earlier {
		next := size
		if i+1 < len(earlier) {
			next = earlier[i+1].Size
		}
		proof, err := log.Consistency(k.Size, next)
		if err != nil {
			return err
		}
		if proof == nil {
			proof = []tlog.Hash{}
		}
		out.History = append(out.History, dossier.Earlier{Checkpoint: string(k.Note), Proof: proof})
	}
	return nil
}

// stamps adds the time-stamps over the checkpoint and the earlier ones that go along,
// the newest first, until a dossier holds no more.
func stamps(out *dossier.Dossier, kept, earlier []custody.Kept, size int64) {
	first := size
	if len(earlier) > 0 {
		first = earlier[0].Size
	}
	left := dossier.MaxStamps
	for _, k := range slices.Backward(kept) {
		if k.Size < first || k.Size > size || len(k.Stamps) == 0 || left == 0 {
			continue
		}
		out.Stamps[k.Size] = k.Stamps[max(0, len(k.Stamps)-left):]
		left -= len(out.Stamps[k.Size])
	}
}

// Handover is a report on its way out of the desk.
type Handover struct {
	To       string // who it is for, as the log names them
	Digest   string // of all that is handed over, see dossier.Handed
	Dir      string // folder that the files go to
	Sets     []*derive.Set
	Exhibits []Exhibit
}

// handed is what the leaf of a handover says beside its digest, for start-up to tell
// whether it was carried out.
type handed struct {
	Dir string `json:"dir"`
	To  string `json:"to,omitempty"`
}

// handoverObject is what the leaf of a handover is about.
const handoverObject = "REPORT"

// HandOver writes the leaf of a handover, has those vouch for the log who were
// remembered, and writes the files that seal makes of the log's key and the dossier:
// all of them or, after a crash and the next start, none.
func (d *Desk) HandOver(ctx context.Context, h Handover, seal func(key string, d dossier.Dossier) (map[string][]byte, error)) error {
	release, err := d.Hold(ctx)
	if err != nil {
		return err
	}
	return errors.Join(d.handOver(ctx, h, seal), release())
}

func (d *Desk) handOver(ctx context.Context, h Handover, seal func(string, dossier.Dossier) (map[string][]byte, error)) error {
	v, err := d.openVault(ctx)
	if err != nil {
		return err
	}
	dir, err := filepath.Abs(h.Dir)
	if err != nil {
		return err
	}
	detail, err := json.Marshal(handed{dir, h.To})
	if err != nil {
		return err
	}
	key, err := d.ring().LogPublic()
	if err != nil {
		return d.damaged(err)
	}
	e := custody.Event{Act: custody.Export, Object: handoverObject, Digest: h.Digest, Detail: string(detail)}
	end := func() error { return nil }
	_, err = v.Act(ctx, e, func(leaf int64) error {
		if err := d.vouchForHandover(ctx); err != nil {
			return err
		}
		made, err := d.Dossier(ctx, v.Log(), h.Sets, h.Exhibits, leaf)
		if err != nil {
			return err
		}
		files, err := seal(key, made)
		if err != nil {
			return err
		}
		end, err = whole.WriteSet(dir, files, 0o644)
		return err
	})
	if err != nil {
		return err
	}
	return end()
}

// vouchForHandover asks those remembered, and keeps the checkpoint in any case: it
// leaves the desk. Whoever does not answer is mentioned, and asked the next time.
func (d *Desk) vouchForHandover(ctx context.Context) error {
	got, err := d.vouch(ctx, Vouchers{})
	for _, s := range got.Failed {
		d.say("%s", s)
	}
	return err
}

// handedOver says, after a crash, whether a handover was carried out: whether all its
// files were there and only had to take their places.
func (d *Desk) handedOver(e custody.Event) (bool, error) {
	var h handed
	if err := json.NewDecoder(strings.NewReader(e.Detail)).Decode(&h); err != nil { // a late clock adds words
		return false, fmt.Errorf("read the leaf of a handover: %w", err)
	}
	finished, err := whole.FinishSet(h.Dir)
	if finished {
		d.say("a report for %s had all its files, and they took their places", h.Dir)
	}
	return finished, err
}
