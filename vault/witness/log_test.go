package witness

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// fataler is a test or a property.
type fataler interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// testLog is a log with the key to sign its checkpoints. Forks share the key.
type testLog struct {
	t      fataler
	key    string
	signer note.Signer
	hashes []tlog.Hash
	size   int64
}

func newLog(t fataler, name string) *testLog {
	t.Helper()
	skey, vkey, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	return &testLog{t: t, key: vkey, signer: s}
}

func (l *testLog) reader() tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, x := range indexes {
			if x >= int64(len(l.hashes)) {
				return nil, fmt.Errorf("no hash %d", x)
			}
			out[i] = l.hashes[x]
		}
		return out, nil
	})
}

// grow adds leaves up to the size; salt makes them those of another history.
func (l *testLog) grow(size int64, salt string) *testLog {
	for ; l.size < size; l.size++ {
		hs, err := tlog.StoredHashes(l.size, fmt.Appendf(nil, "%s%d", salt, l.size), l.reader())
		if err != nil {
			l.t.Fatal(err)
		}
		l.hashes = append(l.hashes, hs...)
	}
	return l
}

// fork is a second history that shares the first leaves.
func (l *testLog) fork(at, size int64) *testLog {
	other := &testLog{t: l.t, key: l.key, signer: l.signer}
	return other.grow(at, "").grow(size, "fork")
}

func (l *testLog) root(size int64) tlog.Hash {
	h, err := tlog.TreeHash(size, l.reader())
	if err != nil {
		l.t.Fatal(err)
	}
	return h
}

func (l *testLog) text(size int64) string {
	return fmt.Sprintf("%s\n%d\n%s\n", l.signer.Name(), size, l.root(size))
}

func (l *testLog) checkpoint(size int64) []byte { return l.sign(l.text(size)) }

func (l *testLog) sign(text string) []byte {
	b, err := note.Sign(&note.Note{Text: text}, l.signer)
	if err != nil {
		l.t.Fatal(err)
	}
	return b
}

func (l *testLog) prove(from, to int64) ([]tlog.Hash, error) {
	return tlog.ProveTree(to, from, l.reader())
}

func (l *testLog) request(from, to int64) Request {
	r := Request{Old: from, Checkpoint: l.checkpoint(to)}
	if 0 < from && from < to {
		var err error
		if r.Proof, err = l.prove(from, to); err != nil {
			l.t.Fatal(err)
		}
	}
	return r
}

// clock is a time that tests move.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

var dawn = time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)

func newWitness(t *testing.T, logs ...string) *Witness {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "witness")
	if _, err := Create(dir, "witness.example/w1", rand.Reader); err != nil {
		t.Fatal(err)
	}
	return openWitness(t, dir, logs...)
}

func openWitness(t *testing.T, dir string, logs ...string) *Witness {
	t.Helper()
	w, err := Open(dir, Options{Logs: logs, Now: (&clock{dawn}).now})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// stateOf is the file of a log in the witness's folder.
func stateOf(w *Witness, origin string) string {
	return filepath.Join(w.dir, logsDir, stateName(origin))
}

func write(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
