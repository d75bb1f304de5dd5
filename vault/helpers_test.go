package vault_test

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/vault"
	"github.com/turtlebay/turtlebay/vault/custody"
	"github.com/turtlebay/turtlebay/vault/key"
)

var ctx = context.Background()

// The markings and readers of these tests.
var (
	amber     = marking.Marking{TLP: "amber"}
	red       = marking.Marking{TLP: "red"}
	custodian = marking.Custodian()
	public    = marking.Reader{}
	utopia    = marking.Reader{Name: "Utopia", TLP: "amber"}
)

// site is a vault and what lies outside it.
type site struct {
	dir, key   string
	skey, vkey string
	clock      *clock
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) set(to string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now, _ = time.Parse(time.DateTime, to)
}

func newSite(t testing.TB) *site {
	t.Helper()
	base := tempDir(t)
	s := &site{dir: filepath.Join(base, "vault"), key: filepath.Join(base, "stick", "vault.key"), clock: &clock{}}
	s.clock.set("2026-11-22 09:00:00")
	var err error
	if s.skey, s.vkey, err = custody.NewKey(rand.Reader); err != nil {
		t.Fatal(err)
	}
	if err := key.MakeFile(s.key); err != nil {
		t.Fatal(err)
	}
	return s
}

// tempDir is a folder in memory where there is one: the vault waits for the disk at
// every step, and these tests take thousands.
func tempDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "turtlebay-vault-*")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func (s *site) options(t testing.TB) vault.Options {
	t.Helper()
	o, err := s.makeOptions()
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func (s *site) makeOptions() (vault.Options, error) {
	signer, err := note.NewSigner(s.skey)
	if err != nil {
		return vault.Options{}, err
	}
	verifier, err := note.NewVerifier(s.vkey)
	return vault.Options{Actor: "A. Expert", Signer: signer, Verifier: verifier, Key: key.File(s.key), Now: s.clock.Now}, err
}

// open opens the vault, with changed options if there are any to change.
func (s *site) open(t testing.TB, change ...func(*vault.Options)) *vault.Vault {
	t.Helper()
	v, _ := s.reopen(t, change...)
	return v
}

func (s *site) reopen(t testing.TB, change ...func(*vault.Options)) (*vault.Vault, vault.Reconciled) {
	t.Helper()
	o := s.options(t)
	for _, f := range change {
		f(&o)
	}
	v, did, err := vault.Open(ctx, s.dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	return v, did
}

func readOnly(o *vault.Options) { o.ReadOnly = true }
func locked(o *vault.Options)   { o.Key = key.File("/nowhere/vault.key") }
func by(name string) func(*vault.Options) {
	return func(o *vault.Options) { o.Actor = name }
}

// add adds text; the zero New is an encrypted original.
func add(t testing.TB, v *vault.Vault, text string, n vault.New) vault.Item {
	t.Helper()
	if n.Source == "" && n.Parent == "" {
		n.Source = "Letter of 3 May"
	}
	item, _, err := v.Add(ctx, strings.NewReader(text), n)
	if err != nil {
		t.Fatal(err)
	}
	return item
}

func content(t testing.TB, v *vault.Vault, id string) string {
	t.Helper()
	c, err := v.Peek(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	b, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// wantSound wants nothing wrong with the vault, nothing waiting in it, and every
// item readable.
func wantSound(t testing.TB, v *vault.Vault) vault.Report {
	t.Helper()
	r, err := v.Check(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Faults {
		t.Errorf("fault: %s", f)
	}
	if len(r.Waiting) > 0 {
		t.Errorf("waiting: %q", r.Waiting)
	}
	return r
}

// files lists the files of a folder, relative, with slashes.
func files(t testing.TB, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			out = append(out, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

func leaves(t testing.TB, v *vault.Vault) []custody.Event {
	t.Helper()
	var out []custody.Event
	for e, err := range v.Log().Events() {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, e.Event)
	}
	return out
}

func actsOn(t testing.TB, v *vault.Vault, id string) []string {
	t.Helper()
	var out []string
	for _, e := range leaves(t, v) {
		if e.Object == id {
			out = append(out, e.Act)
		}
	}
	return out
}

func wantErr(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error %v, want %v", err, want)
	}
}

func mustWrite(t testing.TB, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func mustRead(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
