package csr_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/internal/gen/ledgers"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr"
	"github.com/turtlebay/turtlebay/ledger/ledgertest"
)

// smallLedger is a ledger with payments, outputs, wide cells and a kept digest.
func smallLedger(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	s, err := csr.Open(dir, csr.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var rows []ledger.Transfer
	for i := range uint64(12) {
		rows = append(rows, ledgers.Row(i))
	}
	rows[3].Pos, rows[4].Index = 70_000, 70_000
	rows[5].Value, _ = chain.ParseAmount("340282366920938463463374607431768211456")
	out := ledger.Transfer{Chain: chain.Bitcoin, Kind: ledger.Output, Block: 1, Tx: "one", To: "a", Value: chain.Units64(5)}
	in := ledger.Transfer{Chain: chain.Bitcoin, Kind: ledger.Input, Block: 2, Tx: "second", From: "a", Value: chain.Units64(5), Spends: ledger.Outpoint{Tx: "one"}}
	for _, part := range [][]ledger.Transfer{rows[6:], append(rows[:6:6], out), {in}} {
		if _, err := s.Append(context.Background(), rowsOf(part)); err != nil {
			t.Fatal(err)
		}
	}
	snap, err := s.Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer snap.Close()
	if _, err := snap.Digest(context.Background()); err != nil {
		t.Fatal(err)
	}
	return dir
}

func rowsOf(rows []ledger.Transfer) func(func(ledger.Transfer, error) bool) {
	return func(yield func(ledger.Transfer, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// parts are the files of a ledger but for its lock.
func parts(t testing.TB, dir string) (out []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != "ledger.lock" {
			out = append(out, filepath.Join(dir, e.Name()))
		}
	}
	return out
}

func check(t testing.TB, dir string) csr.Checked {
	t.Helper()
	found, err := csr.Check(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestCheckFindsNothingInAWholeLedger(t *testing.T) {
	found := check(t, smallLedger(t))
	if len(found.Faults)+len(found.Notes) != 0 || found.Rows != 14 || found.Files < 6 {
		t.Errorf("%+v", found)
	}
}

// TestEveryByte changes every byte of a ledger: those of the catalogue one after the
// other, those of the other files side by side. Check names every file that is hurt;
// whatever is read meanwhile is right or an error.
func TestEveryByte(t *testing.T) {
	t.Parallel()
	dir := smallLedger(t)
	want := readAll(t, dir)
	whole := map[string][]byte{}
	longest := 0
	for _, path := range parts(t, dir) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		whole[path] = b
		longest = max(longest, len(b))
	}
	catalogue := filepath.Join(dir, "ledger.json")
	for i := range whole[catalogue] {
		hurtAndCheck(t, dir, map[string][]byte{catalogue: whole[catalogue]}, i, want)
	}
	delete(whole, catalogue)
	for i := range longest {
		hurtAndCheck(t, dir, whole, i, want)
	}
	readAll(t, dir)
}

// hurtAndCheck changes the byte at i of each file and puts it back.
func hurtAndCheck(t *testing.T, dir string, files map[string][]byte, i int, want string) {
	t.Helper()
	put := func(path string, b byte) {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err == nil {
			_, err = f.WriteAt([]byte{b}, int64(i))
			err = errors.Join(err, f.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for path, whole := range files {
		if i < len(whole) {
			put(path, whole[i]^1<<(i%8))
			defer put(path, whole[i])
		}
	}
	faults := strings.Join(check(t, dir).Faults, "\n")
	for path, whole := range files {
		digest := strings.Contains(path, "digest-") && len(files) > 1 // looked at when all else is whole
		if i < len(whole) && !digest && !strings.Contains(faults, filepath.Base(path)) {
			t.Fatalf("%s: byte %d is another, and is not found: %s", filepath.Base(path), i, faults)
		}
	}
	if got, err := tryReadAll(dir); err == nil && got != want {
		t.Fatalf("byte %d is another, and rows are read wrong", i)
	} else if err != nil && !errors.Is(err, ledger.ErrDamaged) {
		t.Fatalf("byte %d is another: %v", i, err)
	}
}

// tryReadAll reads all rows and reckons their digest.
func tryReadAll(dir string) (string, error) {
	s, err := csr.Open(dir, csr.Options{})
	if err != nil {
		return "", err
	}
	defer s.Close()
	snap, err := s.Snapshot(context.Background())
	if err != nil {
		return "", err
	}
	defer snap.Close()
	d := ledger.NewDigest()
	for _, e := range snap.Chains() {
		for r, err := range snap.Rows(context.Background(), e.Chain, 0) {
			if err != nil {
				return "", err
			}
			d.Add(&r)
		}
	}
	return d.String(), nil
}

func readAll(t testing.TB, dir string) string {
	t.Helper()
	digest, err := tryReadAll(dir)
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

func TestTruncatedAndMissing(t *testing.T) {
	t.Parallel()
	dir := smallLedger(t)
	for _, path := range parts(t, dir) {
		if strings.Contains(path, "digest-") {
			continue // it is reckoned again
		}
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range []int{len(whole) - 1, len(whole) / 2, 9, 0} {
			if err := os.WriteFile(path, whole[:size], 0o600); err != nil {
				t.Fatal(err)
			}
			if found := check(t, dir); len(found.Faults) == 0 {
				t.Errorf("%s: cut to %d bytes, and nothing is found", filepath.Base(path), size)
			}
			if _, err := tryReadAll(dir); !errors.Is(err, ledger.ErrDamaged) {
				t.Errorf("%s: cut to %d bytes: %v", filepath.Base(path), size, err)
			}
		}
		os.Remove(path)
		if _, err := tryReadAll(dir); !errors.Is(err, ledger.ErrDamaged) && !errors.Is(err, ledger.ErrNone) {
			t.Errorf("%s is missing: %v", filepath.Base(path), err)
		}
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	readAll(t, dir)
}

// TestAppendToDamaged: what is held and cannot be read is not built upon.
func TestAppendToDamaged(t *testing.T) {
	t.Parallel()
	dir := smallLedger(t)
	largest := largestPart(t, dir)
	twin := smallLedger(t)
	more(t, twin)
	whole, err := os.ReadFile(largest)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(whole); i += 61 {
		hurt := append([]byte(nil), whole...)
		hurt[i] ^= 0x10
		if err := os.WriteFile(largest, hurt, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := csr.Open(dir, csr.Options{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Append(context.Background(), generated(12, 40))
		s.Close()
		if err == nil { // what is hurt was not needed, and is written anew
			if found := check(t, dir); len(found.Faults) > 0 || found.Rows != 42 || readAll(t, dir) != readAll(t, twin) {
				t.Fatalf("byte %d of %s was another, and went on into what is now: %+v", i, filepath.Base(largest), found)
			}
			dir = smallLedger(t)
			largest = largestPart(t, dir)
			if whole, err = os.ReadFile(largest); err != nil {
				t.Fatal(err)
			}
		} else if !errors.Is(err, ledger.ErrDamaged) {
			t.Fatal(err)
		}
	}
}

// more appends further rows.
func more(t testing.TB, dir string) {
	t.Helper()
	s, err := csr.Open(dir, csr.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Append(context.Background(), generated(12, 40)); err != nil {
		t.Fatal(err)
	}
}

// largestPart is the largest file of a ledger.
func largestPart(t testing.TB, dir string) (largest string) {
	var size int64
	for _, path := range parts(t, dir) {
		if info, err := os.Stat(path); err == nil && info.Size() > size {
			largest, size = path, info.Size()
		}
	}
	return largest
}

func TestBroken(t *testing.T) {
	var dir string
	opener := func(t testing.TB) ledger.Store {
		dir = t.TempDir()
		s, err := csr.Open(dir, csr.Options{Create: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	for name, hurt := range map[string]func(path string) error{
		"removed": os.Remove,
		"cut":     func(path string) error { return os.Truncate(path, 500) },
		"overwritten": func(path string) error {
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			copy(b[len(b)/3:], "somebody wrote over it")
			return os.WriteFile(path, b, 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			ledgertest.RunBroken(t, opener, func(t testing.TB, _ ledger.Store) {
				for _, path := range parts(t, dir) {
					if info, err := os.Stat(path); err == nil && info.Size() > 100_000 {
						if err := hurt(path); err != nil {
							t.Fatal(err)
						}
					}
				}
			})
		})
	}
}

func TestOpen(t *testing.T) {
	if _, err := csr.Open(t.TempDir(), csr.Options{}); !errors.Is(err, ledger.ErrNone) {
		t.Errorf("no ledger: %v", err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "letter.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := csr.Open(dir, csr.Options{Create: true}); err == nil || !strings.Contains(err.Error(), "letter.txt") {
		t.Errorf("a ledger in a folder with other files: %v", err)
	}
	dir = smallLedger(t)
	a, err := csr.Open(dir, csr.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	b, err := csr.Open(dir, csr.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.Append(t.Context(), func(yield func(ledger.Transfer, error) bool) {
		if _, err := b.Append(t.Context(), rowsOf(nil)); !errors.Is(err, ledger.ErrBusy) {
			t.Errorf("two append: %v", err)
		}
		yield(ledgers.Row(99), nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := b.Append(t.Context(), rowsOf([]ledger.Transfer{ledgers.Row(99)})); err != nil || r.Duplicate != 1 {
		t.Errorf("%v, %v", r, err)
	}
}
