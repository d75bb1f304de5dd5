package desk_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/backup"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/desk/desktest"
)

// What is no file is named, not left out in silence.
func TestBackupNamesWhatItCannotTake(t *testing.T) {
	elsewhere := write(t, filepath.Join(t.TempDir(), "elsewhere"), "kept elsewhere")
	for name, where := range map[string]string{"a link to a file": "out/report.html", "a link to a folder": "out/2026", "a link to nothing": "keys/gone"} {
		t.Run(name, func(t *testing.T) {
			d, _ := expertDesk(t)
			add(t, d, shipment(t, "1", "a car", ""))
			to := elsewhere
			if name == "a link to a folder" {
				to = filepath.Dir(elsewhere)
			} else if name == "a link to nothing" {
				to += "-no-more"
			}
			link := d.Path(filepath.FromSlash(where))
			if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(to, link); err != nil {
				t.Skip(err)
			}
			s, err := backup.Open(filepath.Join(t.TempDir(), "backup"))
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err = d.Backup(context.Background(), s, fixed); err == nil || !strings.Contains(err.Error(), where) {
				t.Errorf("error %v does not name %s", err, where)
			}
			if snaps, err := s.Snapshots(); len(snaps) > 0 || err != nil {
				t.Errorf("snapshots %v, %v", snaps, err)
			}
		})
	}
}

// The key of the vault may be kept elsewhere while nobody works; that is said.
func TestBackupOfADeskWhoseKeyIsElsewhere(t *testing.T) {
	d, _ := expertDesk(t)
	add(t, d, shipment(t, "1", "a car", ""))
	stick := filepath.Join(t.TempDir(), "vault.key")
	if err := os.Rename(d.Path("keys", "vault.key"), stick); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(stick, d.Path("keys", "vault.key")); err != nil {
		t.Skip(err)
	}
	d.Reconciled()
	snapshotOf(t, d, filepath.Join(t.TempDir(), "backup"))
	said := func(s string) bool { return strings.HasPrefix(s, "keys/vault.key is a link") }
	if all := d.Reconciled(); !slices.ContainsFunc(all, said) {
		t.Errorf("said %q", all)
	}
}

// A desk that is reached by a link is taken whole.
func TestBackupOfALinkedDesk(t *testing.T) {
	d, open := expertDesk(t)
	add(t, d, shipment(t, "1", "a car", ""))
	link := filepath.Join(t.TempDir(), "desk")
	if err := os.Symlink(d.Dir(), link); err != nil {
		t.Skip(err)
	}
	linked, err := desk.Open(link, open)
	if err != nil {
		t.Fatal(err)
	}
	defer linked.Close()
	snap, err := snapshotOf(t, linked, filepath.Join(t.TempDir(), "backup")).Snapshot(backup.Latest)
	var names []string
	for _, f := range snap.Files {
		names = append(names, f.Path)
	}
	if err != nil || !slices.Contains(names, "desk.json") || !slices.Contains(names, "desk.sqlite") || !slices.Contains(names, "vault/vault.json") {
		t.Errorf("took %q, %v", names, err)
	}
}

// A backup in the desk's own folder is refused, by whatever way it is reached.
func TestBackupInsideTheDesk(t *testing.T) {
	d, _ := expertDesk(t)
	add(t, d, shipment(t, "1", "a car", ""))
	way := filepath.Join(t.TempDir(), "way")
	if err := os.Symlink(d.Dir(), way); err != nil {
		t.Skip(err)
	}
	for _, dir := range []string{d.Path("backup"), d.Path("out", "a", "b"), filepath.Join(way, "backup"), d.Path("out", "..", "b")} {
		if err := d.Outside(dir); !errors.Is(err, desk.ErrInside) {
			t.Errorf("%s: %v", dir, err)
		}
		s, err := backup.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := d.Backup(context.Background(), s, fixed); !errors.Is(err, desk.ErrInside) {
			t.Errorf("%s: %v", dir, err)
		}
	}
	for _, dir := range []string{d.Dir() + "-backup", filepath.Join(t.TempDir(), "not", "there")} {
		if err := d.Outside(dir); err != nil {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

// The copy of the store lies nowhere but in the backup, and not for longer.
func TestBackupLeavesNoCopy(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", filepath.Join(temp, "none")) // where nothing can be written
	d, err := desk.Create(filepath.Join(temp, "desk"), desktest.Memory(), desk.As("A. Expert", "backup"))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	s, err := backup.Open(filepath.Join(temp, "backup"))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.Backup(context.Background(), s, fixed); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Join(temp, "backup"))
	if err != nil || len(entries) != 3 {
		t.Errorf("the backup holds %v, %v", entries, err)
	}
}
