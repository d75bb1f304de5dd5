package desk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/desk/whole"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/vault"
)

// Destruction says what went with an item that was destroyed, and what stays.
type Destruction struct {
	Same    []string `json:"same_bytes,omitempty"` // items that hold the same bytes still
	Rows    []string `json:"quarantine,omitempty"` // files of its refused rows that went along
	Records int      `json:"records"`              // that cite it, and stay with what was taken from it
}

// Destroy destroys an item of evidence for good, see vault.Vault.Destroy, and with
// it the refused rows of the file and how they were mended, unless another item
// holds the same bytes. The records made from it stay. Done again after it was
// interrupted, it removes what is left, and returns vault.ErrDestroyed.
func (d *Desk) Destroy(ctx context.Context, id, reason string) (Destruction, error) {
	release, err := d.Hold(ctx)
	if err != nil {
		return Destruction{}, fmt.Errorf("destroy evidence: %w", err)
	}
	out, err := d.destroy(ctx, id, reason)
	return out, errors.Join(err, release())
}

func (d *Desk) destroy(ctx context.Context, id, reason string) (out Destruction, err error) {
	v, err := d.openVault(ctx)
	if err != nil {
		return out, err
	}
	out.Same, err = v.Destroy(ctx, id, reason)
	if err != nil && !errors.Is(err, vault.ErrDestroyed) {
		return out, err
	}
	item, e := v.Get(id, marking.Custodian())
	if e != nil {
		return out, errors.Join(err, e)
	}
	if out.Rows, e = d.forgetRows(item.SHA256); e != nil {
		return out, errors.Join(err, fmt.Errorf("refused rows of %s: %w", id, e))
	}
	if err == nil {
		out.Records, err = d.citing(item.SHA256)
	}
	return out, err
}

// refusedRows are the files in which the refused rows of a file wait, and their
// mends, whether or not there are any.
func (d *Desk) refusedRows(sha256 string) []string {
	rows := d.Quarantine().Path(sha256)
	return []string{rows, strings.TrimSuffix(rows, ".jsonl") + ".mends.jsonl"}
}

// forgetRows removes the refused rows of a file that no item holds any more.
func (d *Desk) forgetRows(sha256 string) (gone []string, err error) {
	items, err := d.vault.List(marking.Custodian())
	if err != nil {
		return nil, err
	}
	files := d.refusedRows(sha256)
	for _, it := range items {
		if !it.Destroyed && d.Quarantine().Path(it.SHA256) == files[0] {
			return nil, nil
		}
	}
	for _, file := range files {
		name := path.Join(quarantineDir, filepath.Base(file))
		switch err := os.Remove(file); {
		case err == nil:
			gone = append(gone, name)
		case !errors.Is(err, fs.ErrNotExist):
			return gone, err
		}
		if err := d.unseal(name); err != nil {
			return gone, err
		}
	}
	if len(gone) == 0 {
		return nil, nil
	}
	return gone, whole.SyncDir(d.Path(quarantineDir))
}

// unseal has the seal forget a file that is gone, also where it went in a session
// that did not come to its end.
func (d *Desk) unseal(name string) error {
	info, err := os.Stat(d.dir)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.session.was.Before[name] == nil {
		d.session.was.Before[name] = info // it was there as far as this session goes
	}
	return nil
}

// citing counts the records that rest on a file.
func (d *Desk) citing(sha256 string) (n int, err error) {
	for _, kind := range observation.Kinds() {
		err := d.each(string(kind), func(h Held) error {
			if !strings.Contains(string(h.Bytes), sha256) {
				return nil // which spares reading the most of a million
			}
			r, err := record.Decode(h.Bytes)
			if err != nil {
				return fmt.Errorf("record %s: %w", h.ID, err)
			}
			of := func(p claim.Passage) bool { return p.Item == sha256 }
			if slices.ContainsFunc(r.Accounts(), func(a record.Account) bool { return slices.ContainsFunc(a.Evidence, of) }) {
				n++
			}
			return nil
		})
		if err != nil {
			return n, err
		}
	}
	return n, nil
}
