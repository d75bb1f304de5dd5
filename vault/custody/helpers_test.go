package custody

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// seeded is a source of bytes that are the same in every run.
func seeded(seed uint64) io.Reader {
	var key [32]byte
	key[0], key[1] = byte(seed), byte(seed>>8)
	return rand.NewChaCha8(key)
}

// testKey is one log's key, made once.
var testSigner, testVerifier = func() (note.Signer, note.Verifier) {
	skey, vkey, err := NewKey(seeded(1))
	if err != nil {
		panic(err)
	}
	s, err := note.NewSigner(skey)
	if err != nil {
		panic(err)
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		panic(err)
	}
	return s, v
}()

func noon() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

func options() Options {
	return Options{Signer: testSigner, Verifier: testVerifier, Now: noon, Rand: seeded(2)}
}

func readOnly() Options { return Options{Verifier: testVerifier, ReadOnly: true} }

type fataler interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func mustOpen(t fataler, dir string, o Options) *Log {
	t.Helper()
	l, _, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func mustAppend(t fataler, l *Log, events ...Event) int64 {
	t.Helper()
	first, err := l.Append(context.Background(), events...)
	if err != nil {
		t.Fatal(err)
	}
	return first
}

func mustVerify(t fataler, dir string) Verification {
	t.Helper()
	v, err := Verify(context.Background(), dir, testVerifier)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func digestOf(i int) string {
	h := tlog.RecordHash(fmt.Append(nil, i))
	return hex.EncodeToString(h[:])
}

// some are n events on a few objects.
func some(n int) []Event {
	out := make([]Event, n)
	for i := range out {
		out[i] = Event{
			Act: Acts()[i%len(Acts())], Actor: "A. Expert", Object: fmt.Sprintf("EV-%06d", i%3+1), Digest: digestOf(i % 3),
			Detail: fmt.Sprintf("%d <&>\né", i),
		}
	}
	return out
}

// contents are the bytes of every file under a folder.
func contents(t fataler, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		out[filepath.ToSlash(rel)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// restore makes a folder hold these files and no others.
func restore(t fataler, dir string, files map[string]string) {
	t.Helper()
	now := contents(t, dir)
	for name := range now {
		if _, ok := files[name]; !ok {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, content := range files {
		if was, ok := now[name]; ok && was == content {
			continue
		}
		put(t, dir, name, content)
	}
}

func put(t fataler, dir, name, content string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func with(files map[string]string, name, content string) map[string]string {
	out := maps.Clone(files)
	out[name] = content
	return out
}

// cosign is a cosignature/v1 over a checkpoint's text, made from the specification.
func cosign(t *testing.T, c Checkpoint, name string, at int64) []byte {
	t.Helper()
	return cosignature(t, seeded(7), c, name, at)
}
