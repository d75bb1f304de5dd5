package desk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/turtlebay/turtlebay/backup"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/vault"
	"github.com/turtlebay/turtlebay/vault/custody"
)

// ErrRewritten is returned for a log that does not continue a checkpoint of its past.
var ErrRewritten = errors.New("the custody log does not continue this checkpoint")

// ErrInside is returned for a backup in the folder of the desk that it is of: it
// would be lost with the desk, and grow by itself with each snapshot.
var ErrInside = errors.New("the backup must not lie inside the desk")

// errMoved says that somebody acted while a snapshot was read.
var errMoved = errors.New("the desk was written to meanwhile")

// vaultKey is the file that may be a link to where the key is while people work.
const vaultKey = keyDir + "/vault.key"

// patience is how often a snapshot is begun anew because somebody acted on the desk
// meanwhile; what was read before makes each next one faster.
const patience = 8

// Backup takes a snapshot of the desk, also while others use it: of the store as it
// was committed last, and of a custody log that had no act meanwhile. The keys and
// bytes of evidence that was destroyed are forgotten in older snapshots as well.
func (d *Desk) Backup(ctx context.Context, s *backup.Store, at time.Time) (backup.Snapshot, backup.Stats, error) {
	var snap backup.Snapshot
	var stats backup.Stats
	if err := d.Outside(s.Dir()); err != nil {
		return snap, stats, fmt.Errorf("back up desk: %w", err)
	}
	err := errMoved
	for n := 0; n < patience && errors.Is(err, errMoved); n++ {
		snap, stats, err = d.snapshot(ctx, s, at)
	}
	if err != nil {
		return snap, stats, fmt.Errorf("back up desk: %w", err)
	}
	gone, err := d.destroyed(ctx)
	if err == nil && len(gone) > 0 {
		_, err = s.Forget(ctx, func(path string) bool { return gone[path] })
	}
	if err != nil {
		return snap, stats, fmt.Errorf("back up desk: forget what was destroyed: %w", err)
	}
	return snap, stats, nil
}

// Outside returns ErrInside for a folder, which may not be there yet, that lies in
// the desk's, whatever links lead there.
func (d *Desk) Outside(dir string) error {
	desk, err := os.Stat(d.dir)
	if err != nil {
		return err
	}
	at, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	for {
		real, err := filepath.EvalSymlinks(at)
		if err == nil {
			at = real
			break
		}
		if !errors.Is(err, fs.ErrNotExist) || at == filepath.Dir(at) {
			return err
		}
		at = filepath.Dir(at)
	}
	for {
		info, err := os.Stat(at)
		if err != nil {
			return err
		}
		if os.SameFile(info, desk) {
			return fmt.Errorf("%s: %w", dir, ErrInside)
		}
		if at == filepath.Dir(at) {
			return nil
		}
		at = filepath.Dir(at)
	}
}

func (d *Desk) snapshot(ctx context.Context, s *backup.Store, at time.Time) (backup.Snapshot, backup.Stats, error) {
	checkpoint, err := d.checkpoint()
	if err != nil {
		return backup.Snapshot{}, backup.Stats{}, err
	}
	temp, remove, err := s.Scratch()
	if err != nil {
		return backup.Snapshot{}, backup.Stats{}, err
	}
	defer remove()
	copied := filepath.Join(temp, storeFile)
	if err := d.store.Snapshot(ctx, copied); err != nil {
		return backup.Snapshot{}, backup.Stats{}, err
	}
	sources, err := d.sources()
	if err != nil {
		return backup.Snapshot{}, backup.Stats{}, err
	}
	sources = append(sources, fileSource(storeFile, 0o600, copied))
	return s.Take(ctx, sources, backup.About{At: at, Checkpoint: string(checkpoint)}, func() error {
		now, err := d.checkpoint()
		if err == nil && text(now) != text(checkpoint) {
			err = errMoved
		}
		return err
	})
}

// text is what a checkpoint signs: cosignatures may be added to it at any time.
func text(checkpoint []byte) string {
	head, _, _ := strings.Cut(string(checkpoint), "\n\n")
	return head
}

// checkpoint is the signed note of the custody log as it lies on the disk now, empty
// where there is no log yet.
func (d *Desk) checkpoint() ([]byte, error) {
	b, err := os.ReadFile(d.Path(vaultDir, "log", "checkpoint"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return b, err
}

// sources are the files of the desk, without the store, and without what belongs to
// one process or is not finished. A file that goes while it is listed was replaced:
// then the log has moved, too. The desk's folder itself may be a symbolic link; one
// in it is an error, as is whatever else is no file: a snapshot would lack what it
// leads to. The vault's key alone may be kept elsewhere, and that is said.
func (d *Desk) sources() ([]backup.Source, error) {
	var out []backup.Source
	root, err := filepath.EvalSymlinks(d.dir)
	if err != nil {
		return nil, err
	}
	err = filepath.WalkDir(root, func(file string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		} else if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		switch {
		case e.IsDir() && passing(name):
			return fs.SkipDir
		case e.IsDir() || passing(name):
			return nil
		case e.Type()&fs.ModeSymlink != 0 && name == vaultKey:
			d.say("%s is a link: the key that it leads to is not in the snapshot, keep a copy of it", name)
			return nil
		case e.Type()&fs.ModeSymlink != 0:
			return fmt.Errorf("%q is a symbolic link, and what it leads to would not be in the snapshot: put that in its place", name)
		case !e.Type().IsRegular():
			return fmt.Errorf("%q is neither a file nor a folder", name)
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		} else if err != nil {
			return err
		}
		out = append(out, fileSource(name, info.Mode(), file))
		return nil
	})
	return out, err
}

// passing reports whether a file or folder has no place in a snapshot.
func passing(name string) bool {
	base := path.Base(name)
	switch {
	case name == lockFile, name == sealFile, strings.HasPrefix(name, storeFile), name == vaultDir+"/pending":
		return true
	case strings.HasPrefix(base, ".") && name != ".":
		return true
	}
	return base == "lock"
}

func fileSource(name string, mode fs.FileMode, file string) backup.Source {
	return backup.Source{Path: name, Mode: mode, Open: func() (io.ReadCloser, error) {
		f, err := os.Open(file)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, errMoved
		}
		return f, err
	}}
}

// destroyed are the paths of what was destroyed for good.
func (d *Desk) destroyed(ctx context.Context) (map[string]bool, error) {
	v, err := d.ReadVault(ctx)
	if errors.Is(err, vault.ErrNoVault) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	items, err := v.List(marking.Custodian())
	if err != nil && len(items) == 0 {
		return nil, err
	}
	out, held := map[string]bool{}, map[string]bool{}
	for _, it := range items {
		if !it.Destroyed {
			held[it.SHA256] = true
			held[d.Quarantine().Path(it.SHA256)] = true
		}
	}
	for _, it := range items {
		if !it.Destroyed {
			continue
		}
		out[path.Join(vaultDir, "keys", it.ID+".age")] = true
		if !held[it.SHA256] {
			for _, end := range []string{"", ".age"} {
				out[path.Join(vaultDir, "items", it.SHA256[:2], it.SHA256+end)] = true
			}
		}
		if !held[d.Quarantine().Path(it.SHA256)] {
			for _, file := range d.refusedRows(it.SHA256) {
				out[path.Join(quarantineDir, filepath.Base(file))] = true
			}
		}
	}
	return out, nil
}

// Restore lays a snapshot down in dir, checks every byte of the desk that comes of
// it, and holds its custody log against the checkpoint noted with the snapshot.
func Restore(ctx context.Context, s *backup.Store, number int, dir string, open Opener, choose ...Option) (backup.Snapshot, error) {
	snap, err := s.Restore(ctx, number, dir)
	if err != nil {
		return snap, err
	}
	d, err := Open(dir, open, choose...)
	if err != nil {
		return snap, fmt.Errorf("restore: %w", err)
	}
	if err := errors.Join(d.seal(ctx), d.Close()); err != nil {
		return snap, fmt.Errorf("restore: %w", err)
	}
	if err := checkRestored(ctx, snap, dir, open); err != nil || snap.Checkpoint == "" {
		return snap, err
	}
	if d, err = Open(dir, open, choose...); err != nil {
		return snap, fmt.Errorf("restore: %w", err)
	}
	if _, err = d.Continues(ctx, []byte(snap.Checkpoint)); err != nil {
		err = fmt.Errorf("restore: %w", err)
	}
	return snap, errors.Join(err, d.Close())
}

// seal puts right what was under way when the snapshot was taken, and seals the desk
// as it is now.
func (d *Desk) seal(ctx context.Context) error {
	release, err := d.Hold(ctx)
	if err != nil {
		return err
	}
	return release()
}

// checkRestored checks every byte; what is missing because it was forgotten is no
// fault.
func checkRestored(ctx context.Context, snap backup.Snapshot, dir string, open Opener) error {
	forgotten := map[string]bool{}
	for _, f := range snap.Files {
		if f.Forgotten {
			forgotten[f.Path] = true
		}
	}
	found, err := Check(ctx, dir, open, nil)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	for _, f := range found.Faults {
		if !forgotten[f.File] {
			return fmt.Errorf("restore: %s: %s: %w", f.File, f.Why, ErrDamaged)
		}
	}
	return nil
}

// Continues checks that the log continues a checkpoint that was kept, and returns
// how many leaves that had. It returns ErrRewritten where the log does not.
func (d *Desk) Continues(ctx context.Context, kept []byte) (leaves int64, err error) {
	v, err := d.ReadVault(ctx)
	if err != nil {
		return 0, err
	}
	key, err := d.LogVerifier()
	if err != nil {
		return 0, err
	}
	old, err := custody.ParseCheckpoint(kept, key)
	if errors.Is(err, custody.ErrProof) {
		return 0, fmt.Errorf("%w: %w", ErrRewritten, err)
	} else if err != nil {
		return 0, err
	}
	now, err := custody.ParseCheckpoint(v.Log().Checkpoint(), key)
	if err != nil {
		return old.Size, err
	}
	if old.Size > now.Size {
		return old.Size, fmt.Errorf("%w: it has %d leaves of %d", ErrRewritten, now.Size, old.Size)
	}
	proof, err := v.Log().Consistency(old.Size, now.Size)
	if err != nil {
		return old.Size, err
	}
	if err := custody.CheckConsistency(old, now, proof); err != nil {
		return old.Size, fmt.Errorf("%w: %w", ErrRewritten, err)
	}
	return old.Size, nil
}
