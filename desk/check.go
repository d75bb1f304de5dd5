package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/turtlebay/turtlebay/desk/keys"
	"github.com/turtlebay/turtlebay/desk/lock"
	"github.com/turtlebay/turtlebay/desk/seal"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/vault"
	"github.com/turtlebay/turtlebay/vault/custody"
)

// Fault is a place where a desk is not what was written.
type Fault struct {
	File string `json:"file"`         // in the desk's folder, with slashes; verbatim
	Of   string `json:"of,omitempty"` // what in it: a record, a batch, an item of evidence
	Why  string `json:"why"`
}

// Checked is the answer of Check.
type Checked struct {
	Files   int          `json:"files"`   // held against the seal
	Records int64        `json:"records"` // versions held against their digests and the custody log
	Vault   vault.Report `json:"vault"`
	Notes   []string     `json:"notes,omitempty"` // what could not be checked, and why that is no fault
	Faults  []Fault      `json:"faults,omitempty"`
}

// OK reports whether there is no fault.
func (c Checked) OK() bool { return len(c.Faults) == 0 }

// Check reads everything on the desk in dir again. It holds each file against the
// seal, each record against its digest, the records of each batch against the root
// that the custody log has, and the vault against the log; and it names whatever
// is not as it was written. Nothing is changed. A desk that is damaged too badly
// to be opened is checked as far as it goes.
//
// Writers are kept out meanwhile: it returns ErrBusy while there is one. After a
// process that did not come to its end, what was written since it began is not
// held against the seal, which knows nothing of it, but against the custody log
// alone. Other errors are about reading: a desk with faults gives none. Progress,
// which may be nil, is told what is being read.
func Check(ctx context.Context, dir string, open Opener, progress func(file string)) (Checked, error) {
	a := &audit{dir: dir, progress: progress}
	if a.progress == nil {
		a.progress = func(string) {}
	}
	if err := a.run(ctx, open); err != nil {
		return Checked{}, fmt.Errorf("check desk %s: %w", dir, err)
	}
	slices.SortFunc(a.out.Faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Of, b.Of), cmp.Compare(a.Why, b.Why))
	})
	a.out.Faults = slices.Compact(a.out.Faults)
	return a.out, nil
}

// audit is a check on its way.
type audit struct {
	dir      string
	progress func(string)
	out      Checked
	leaves   map[int64]custody.Event // of batches, as far as the log could be read
}

func (a *audit) fault(file, of, why string) {
	a.out.Faults = append(a.out.Faults, Fault{file, of, why})
}

func (a *audit) path(name string) string { return inDesk(a.dir, name) }

// inDesk is the path of what lies in the desk in dir; name has slashes.
func inDesk(dir, name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }

func (a *audit) run(ctx context.Context, open Opener) error {
	if _, err := os.Stat(a.path(storeFile)); err != nil {
		if _, err := os.Stat(a.path(markerFile)); err != nil {
			return ErrNoDesk
		}
	}
	written, err := a.marker()
	if err != nil {
		return err
	}
	since, release, err := a.keepWritersOut(ctx)
	if err != nil {
		return err
	}
	err = a.files(written, since)
	if err == nil {
		err = a.vault(ctx)
	}
	if err == nil {
		err = a.store(ctx, open)
	}
	return errors.Join(err, release())
}

// marker returns which version wrote the desk, as far as that can be told.
func (a *audit) marker() (int, error) {
	written, err := readMarker(a.path(markerFile))
	switch {
	case errors.Is(err, ErrNewer) && a.sealed(markerFile):
		return 0, err
	case err != nil:
		a.fault(markerFile, "", err.Error())
		return version, nil
	}
	return written, nil
}

// sealed reports whether nothing speaks against a file being as it was written.
func (a *audit) sealed(file string) bool {
	s, err := seal.Read(a.path(sealFile))
	return err != nil || s.Fits(a.dir, file)
}

// keepWritersOut takes the lock where the folder can be written. since is when a
// session began that did not end.
func (a *audit) keepWritersOut(ctx context.Context) (since time.Time, release func() error, err error) {
	nothing := func() error { return nil }
	release, left, err := lock.Look(ctx, a.path(lockFile))
	if err = lockError(err); errors.Is(err, ErrReadOnly) {
		a.out.Notes = append(a.out.Notes, "the folder cannot be written, so that writers could not be kept out")
		release = nothing
		left, err = lock.ReadLeft(a.path(lockFile))
	}
	if err != nil {
		return since, nothing, err
	}
	if left != nil {
		a.out.Notes = append(a.out.Notes, fmt.Sprintf("%s did not come to its end: what was written since is not held against the seal", left.Holder))
		since = left.Begun
	}
	return since, release, nil
}

// files holds every file against the seal.
func (a *audit) files(written int, since time.Time) error {
	a.progress(sealFile)
	s, err := seal.Read(a.path(sealFile))
	switch {
	case errors.Is(err, fs.ErrNotExist) && written < version:
		a.out.Notes = append(a.out.Notes, "an earlier version wrote the desk, which had no seal")
		return nil
	case errors.Is(err, fs.ErrNotExist):
		a.fault(sealFile, "", "it is gone")
		return nil
	case errors.Is(err, seal.ErrBroken):
		a.fault(sealFile, "", err.Error())
		return nil
	case err != nil:
		return err
	}
	a.out.Files = len(s)
	skip := unsealed
	if _, sealed := s.Log(logDir); sealed {
		a.out.Files--
	} else {
		skip = func(name string) bool { return name == keptDir || unsealed(name) } // there was none, or an earlier version sealed the desk
	}
	faults, err := s.Check(a.dir, skip, since, func(name string, _ int64) { a.progress(name) })
	if err != nil {
		return err
	}
	for _, f := range faults {
		a.fault(f.File, "", f.Why)
	}
	why, err := logFault(a.dir, s)
	if why != "" {
		a.fault(logDir, "", why)
	}
	return err
}

// vault checks the evidence and reads from the log what it says of batches.
func (a *audit) vault(ctx context.Context) error {
	if _, err := os.Stat(a.path(vaultDir)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if a.unmade() {
		a.out.Notes = append(a.out.Notes, "the vault was being made when that was interrupted: there is nothing in it yet")
		return nil
	}
	ring := keys.Ring{Dir: a.path(keyDir)}
	verifier, err := ring.LogVerifier()
	if err != nil {
		a.fault(keyDir+"/log.pub", "", "the custody log cannot be verified: "+err.Error())
		return nil
	}
	source, err := ring.Vault(true)
	if err != nil {
		return err
	}
	o := vault.Options{Verifier: verifier, Key: source, ReadOnly: true}
	a.out.Vault, err = vault.Check(ctx, a.path(vaultDir), o, func(_, _ int64) { a.progress(vaultDir) })
	if errors.Is(err, custody.ErrNoLog) {
		a.fault(vaultDir+"/log", "", "it is gone")
		return nil
	} else if err != nil {
		return err
	}
	for _, f := range a.out.Vault.Faults {
		a.fault(vaultDir+"/"+f.File, f.Item, f.Why)
	}
	return a.readLeaves(ctx, o)
}

// unmade reports whether the making of the vault was interrupted: its marker is
// written last, and nothing is put in it before. Whether it was made once is for
// the seal to say.
func (a *audit) unmade() bool {
	_, err := os.Stat(a.path(vaultDir + "/" + vaultMarker))
	cards, _ := os.ReadDir(a.path(vaultDir + "/cards"))
	return errors.Is(err, fs.ErrNotExist) && len(cards) == 0
}

// readLeaves reads the events of batches. A log that cannot be read was named
// already.
func (a *audit) readLeaves(ctx context.Context, o vault.Options) error {
	v, _, err := vault.Open(ctx, a.path(vaultDir), o)
	if err != nil {
		return ctx.Err()
	}
	defer v.Close()
	a.leaves = map[int64]custody.Event{}
	for e, err := range v.Log().Events() {
		if err != nil {
			a.leaves = nil
			return ctx.Err()
		}
		if e.Act == custody.Derive {
			a.leaves[e.Index] = e.Event
		}
	}
	return nil
}

// store checks the store: its structure, every digest, and every batch against
// its leaf.
func (a *audit) store(ctx context.Context, open Opener) error {
	a.progress(storeFile)
	if info, err := os.Stat(a.path(storeFile)); err != nil || info.Size() == 0 {
		a.fault(storeFile, "", "it is gone, or empty")
		return nil
	}
	store, err := open(a.path(storeFile))
	if err == nil {
		err = a.content(ctx, store)
		if e := store.Close(); err == nil {
			err = e
		}
	}
	switch {
	case err == nil || ctx.Err() != nil || errors.Is(err, ErrBusy):
		return err
	case errors.Is(err, ErrNewer) && a.sealed(storeFile):
		return err
	}
	a.fault(storeFile, "", err.Error())
	return nil
}

func (a *audit) content(ctx context.Context, store Store) error {
	switch has, wants := store.Schema(); {
	case has == 0:
		return fmt.Errorf("it holds nothing at all: %w", ErrDamaged)
	case has < wants:
		a.out.Notes = append(a.out.Notes, "an earlier version wrote the desk: its records are checked once it was brought up to date")
		return store.Check(ctx)
	}
	if err := store.Check(ctx); err != nil {
		return err
	}
	batches, err := store.Batches(ctx)
	if err != nil {
		return err
	}
	for _, b := range batches {
		a.progress(storeFile)
		if err := a.batch(ctx, store, b); err != nil {
			return err
		}
	}
	a.unknownLeaves(batches)
	return nil
}

// batch checks the records of one batch.
func (a *audit) batch(ctx context.Context, store Store, b Batch) error {
	id := b.ID()
	tree, err := custody.NewRecordTree(b.Key)
	if err != nil && b.Leaf >= 0 {
		a.fault(storeFile, id, err.Error())
	}
	n := int64(0)
	for h, err := range store.Versions(ctx, b.Number, true) {
		if err != nil {
			return err
		}
		if record.Digest(h.Bytes) != h.Digest || h.Place != n {
			a.fault(storeFile, h.ID, "the record is not what was written")
		}
		if tree != nil && tree.Add(h.ID, h.Digest) != nil {
			tree = nil
			a.fault(storeFile, h.ID, "the record has no proper id")
		}
		n++
	}
	a.out.Records += n
	if n != b.Records {
		a.fault(storeFile, id, fmt.Sprintf("it has %d records, %d were written", n, b.Records))
	}
	if b.State == Complete && b.Leaf >= 0 && tree != nil {
		a.leaf(b, tree.Root())
	}
	return nil
}

// leaf holds a batch against what the custody log says of it.
func (a *audit) leaf(b Batch, root string) {
	id := b.ID()
	e, ok := a.leaves[b.Leaf]
	switch {
	case a.leaves == nil && root != b.Root:
		a.fault(storeFile, id, "its records are not those that were logged")
	case a.leaves == nil:
	case !ok || e.Object != id:
		a.fault(storeFile, id, fmt.Sprintf("leaf %d of the custody log is not about it", b.Leaf))
	case e.Digest != root || b.Root != root:
		a.fault(storeFile, id, "its records are not those that were logged")
	case e.Detail != detail(b) || e.Parent != b.Object || e.Tool != b.Tool:
		a.fault(storeFile, id, "its receipt, its file or the way it was read are not those that were logged")
	}
}

// unknownLeaves names batches that the log tells of and the store does not hold.
func (a *audit) unknownLeaves(batches []Batch) {
	held := map[string]bool{}
	for _, b := range batches {
		held[b.ID()] = true
	}
	for _, e := range a.leaves {
		if _, isBatch := batchNumber(e.Object); isBatch && !held[e.Object] {
			a.fault(storeFile, e.Object, "the custody log tells of it, and it is gone")
		}
	}
}

// batchNumber parses what BatchID wrote.
func batchNumber(id string) (n int64, ok bool) {
	if _, err := fmt.Sscanf(id, "RB-%d", &n); err != nil {
		return 0, false
	}
	return n, BatchID(n) == id
}
