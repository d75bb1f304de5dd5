package sqlite_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/desk/seal"
	"github.com/turtlebay/turtlebay/vault"
)

// addItem adds evidence to the desk in dir.
func addItem(t *testing.T, dir, text string) error {
	t.Helper()
	d := openDesk(t, dir)
	defer d.Close()
	ctx := context.Background()
	release, err := d.Hold(ctx)
	if err != nil {
		return err
	}
	v, err := d.Vault(ctx)
	if err == nil {
		_, _, err = v.Add(ctx, strings.NewReader(text), vault.New{Source: "Letter"})
	}
	return errors.Join(err, release())
}

// keep keeps the current checkpoint of the log.
func keep(t *testing.T, dir string) (file string) {
	t.Helper()
	d := openDesk(t, dir)
	defer d.Close()
	if _, err := d.Vouch(context.Background(), desk.Vouchers{}); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(dir, "vault", "log", "checkpoints", "*.checkpoint"))
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	return "vault/log/checkpoints/" + filepath.Base(names[len(names)-1])
}

// age makes a desk's files an hour old.
func age(t *testing.T, dir string) {
	t.Helper()
	long := time.Now().Add(-time.Hour)
	for _, name := range files(t, dir) {
		if err := os.Chtimes(filepath.Join(dir, filepath.FromSlash(name)), long, long); err != nil {
			t.Fatal(err)
		}
	}
}

// content is every file of a folder.
func content(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, name := range files(t, dir) {
		b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		out[name] = string(b)
	}
	return out
}

// TestAVaultPutBack: a copy of the vault of an earlier day fits in itself.
func TestAVaultPutBack(t *testing.T) {
	for name, then := range map[string]func(t *testing.T, dir string){
		"shorter": func(*testing.T, string) {},
		"gone":    func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "vault")) },
		"and longer, by another history": func(t *testing.T, dir string) {
			seal := filepath.Join(dir, "desk.seal")
			b, err := os.ReadFile(seal)
			if err != nil {
				t.Fatal(err)
			}
			remove(t, seal)
			for _, text := range []string{"other", "and other", "and more"} {
				if err := addItem(t, dir, text); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile(seal, b, 0o644); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := fullDesk(t)
			old := copied(t, filepath.Join(dir, "vault"))
			if err := addItem(t, dir, "evidence"); err != nil {
				t.Fatal(err)
			}
			sound(t, dir)
			remove(t, filepath.Join(dir, "vault"))
			if err := os.CopyFS(filepath.Join(dir, "vault"), os.DirFS(old)); err != nil {
				t.Fatal(err)
			}
			then(t, dir)
			if c := check(t, dir); !names(c, "vault/log") {
				t.Errorf("faults %+v", c.Faults)
			}
			vaultBefore := map[string]string{}
			if name != "gone" {
				vaultBefore = content(t, filepath.Join(dir, "vault"))
			}
			sealBefore, err := os.ReadFile(filepath.Join(dir, "desk.seal"))
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				err := addItem(t, dir, "onto it")
				if !errors.Is(err, desk.ErrDamaged) || !strings.Contains(err.Error(), "vault/log") {
					t.Errorf("error %v, want %v that names vault/log", err, desk.ErrDamaged)
				}
			}
			if name != "gone" {
				if diff := cmp.Diff(vaultBefore, content(t, filepath.Join(dir, "vault"))); diff != "" {
					t.Errorf("written onto it:\n%s", diff)
				}
			} else if _, err := os.Stat(filepath.Join(dir, "vault")); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("a vault was made: %v", err)
			}
			if after, err := os.ReadFile(filepath.Join(dir, "desk.seal")); err != nil || string(after) != string(sealBefore) {
				t.Errorf("the seal was renewed: %v", err)
			}
		})
	}
}

func TestCheckpointsThatWereTakenAway(t *testing.T) {
	whole := fullDesk(t)
	kept := keep(t, whole)
	age(t, whole)
	sound(t, whole)
	for name, do := range map[string]func(t *testing.T, path string){
		"removed": remove,
		"altered": put,
	} {
		t.Run(name, func(t *testing.T) {
			dir := copied(t, whole)
			age(t, dir)
			do(t, filepath.Join(dir, filepath.FromSlash(kept)))
			for range 2 { // nor does a session of writing forget it
				if c := check(t, dir); !names(c, kept) {
					t.Errorf("faults %+v", c.Faults)
				}
				if name == "removed" {
					if err := openDesk(t, dir).Replace(context.Background(), "a", "x", []byte("y")); err != nil {
						t.Fatal(err)
					}
				}
			}
		})
	}
}

// A log that is longer than was sealed is that of a process that was killed.
func TestALogLongerThanSealed(t *testing.T) {
	dir := fullDesk(t)
	before, err := os.ReadFile(filepath.Join(dir, "desk.seal"))
	if err != nil {
		t.Fatal(err)
	}
	if err := addItem(t, dir, "evidence"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "desk.seal"), before, 0o644); err != nil {
		t.Fatal(err)
	}
	if c := check(t, dir); names(c, "vault/log") {
		t.Errorf("faults %+v", c.Faults)
	}
	if err := addItem(t, dir, "and more"); err != nil {
		t.Error(err)
	}
}

// A desk that was sealed before the seal told of the log is taken as it is.
func TestASealThatKnowsNoLog(t *testing.T) {
	dir := fullDesk(t)
	keep(t, dir)
	path := filepath.Join(dir, "desk.seal")
	forget(t, path, "vault/log")
	age(t, dir)
	sound(t, dir)
	if err := addItem(t, dir, "evidence"); err != nil {
		t.Fatal(err)
	}
	sound(t, dir)
	b, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(b), `{"file":"vault/log","leaves":3,"root":"`) || !strings.Contains(string(b), "vault/log/checkpoints/") {
		t.Errorf("%v\n%s", err, b)
	}
}

// forget takes files with this beginning out of a seal.
func forget(t *testing.T, path, begin string) {
	t.Helper()
	s, err := seal.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	maps.DeleteFunc(s, func(name string, _ seal.Entry) bool { return strings.HasPrefix(name, begin) })
	if err := os.WriteFile(path, s.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
