package keys_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/turtlebay/turtlebay/desk/keys"
	"github.com/turtlebay/turtlebay/vault/key"
	"golang.org/x/mod/sumdb/note"
)

// ring is a ring whose lock is counted.
func ring(t *testing.T) (r keys.Ring, held, taken *int) {
	t.Helper()
	held, taken = new(int), new(int)
	return keys.Ring{Dir: filepath.Join(t.TempDir(), "keys"), Lock: func() (func() error, error) {
		*held++
		*taken++
		return func() error { *held--; return nil }, nil
	}}, held, taken
}

func TestKeysAreMadeOnce(t *testing.T) {
	r, held, taken := ring(t)
	signer, vkey, err := r.Signer()
	if err != nil || signer.Name() != "turtlebay-desk" {
		t.Fatal(signer, err)
	}
	log, verifier, err := r.Log(false)
	if err != nil || log.Name() != verifier.Name() || log.KeyHash() != verifier.KeyHash() {
		t.Fatal(log, err)
	}
	source, err := r.Vault(false)
	if err != nil {
		t.Fatal(err)
	}
	id, err := source()
	if err != nil {
		t.Fatal(err)
	}
	secret, err := r.Commitment()
	if err != nil || len(secret) != 32 {
		t.Fatal(len(secret), err)
	}
	made := *taken
	if _, again, err := r.Signer(); again != vkey || err != nil {
		t.Errorf("another signing key: %v", err)
	}
	if _, again, err := r.Log(true); err != nil || again.KeyHash() != verifier.KeyHash() {
		t.Errorf("another log key: %v", err)
	}
	if v, err := r.LogVerifier(); err != nil || v.KeyHash() != verifier.KeyHash() {
		t.Errorf("another verifier: %v", err)
	}
	if again, err := r.Vault(true); err != nil {
		t.Error(err)
	} else if other, err := again(); err != nil || other.String() != id.String() {
		t.Errorf("another vault key: %v", err)
	}
	if again, err := r.Commitment(); string(again) != string(secret) || err != nil {
		t.Errorf("another secret: %v", err)
	}
	if *held != 0 || *taken != made || made == 0 {
		t.Errorf("the lock is held %d times, was taken %d times, then %d", *held, made, *taken)
	}
	for name, mode := range map[string]fs.FileMode{
		"signing.key": 0o600, "signing.pub": 0o644, "log.key": 0o600, "log.pub": 0o644, "vault.key": 0o600, "commitment.key": 0o600,
	} {
		if info, err := os.Stat(filepath.Join(r.Dir, name)); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if info, err := os.Stat(r.Dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder: %v, %v", info, err)
	}
}

// What a key was needed for must not be begun anew with another.
func TestAKeyThatIsGone(t *testing.T) {
	r, _, _ := ring(t)
	if _, _, err := r.Log(true); !errors.Is(err, keys.ErrGone) {
		t.Errorf("error %v", err)
	}
	if _, err := r.LogVerifier(); !errors.Is(err, keys.ErrGone) {
		t.Errorf("error %v", err)
	}
	source, err := r.Vault(true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := source(); !errors.Is(err, key.ErrLocked) {
		t.Errorf("error %v", err)
	}
	if entries, _ := os.ReadDir(r.Dir); len(entries) > 0 {
		t.Errorf("made all the same: %v", entries)
	}
}

func TestMalformedKeys(t *testing.T) {
	_, other, _ := note.GenerateKey(zero{}, "other")
	for name, tc := range map[string]struct {
		file, content string
		read          func(keys.Ring) error
	}{
		"signing":      {"signing.key", "PRIVATE+KEY+x", func(r keys.Ring) error { _, _, err := r.Signer(); return err }},
		"of another":   {"signing.pub", other, func(r keys.Ring) error { _, _, err := r.Signer(); return err }},
		"log":          {"log.key", "", func(r keys.Ring) error { _, _, err := r.Log(false); return err }},
		"log verifier": {"log.pub", "log+1+x", func(r keys.Ring) error { _, err := r.LogVerifier(); return err }},
		"commitment":   {"commitment.key", "short", func(r keys.Ring) error { _, err := r.Commitment(); return err }},
	} {
		t.Run(name, func(t *testing.T) {
			r, _, _ := ring(t)
			if err := os.MkdirAll(r.Dir, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(r.Dir, tc.file), []byte(tc.content), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := tc.read(r); !errors.Is(err, keys.ErrMalformed) {
				t.Errorf("error %v, want %v", err, keys.ErrMalformed)
			}
		})
	}
}

func TestNoLockNoKey(t *testing.T) {
	busy := errors.New("busy")
	r := keys.Ring{Dir: t.TempDir(), Lock: func() (func() error, error) { return nil, busy }}
	if _, _, err := r.Signer(); !errors.Is(err, busy) {
		t.Errorf("error %v", err)
	}
	if _, err := r.Vault(false); !errors.Is(err, busy) {
		t.Errorf("error %v", err)
	}
	if entries, _ := os.ReadDir(r.Dir); len(entries) > 0 {
		t.Errorf("made all the same: %v", entries)
	}
}

// zero is a source of bytes that are no secret.
type zero struct{}

func (zero) Read(b []byte) (int, error) { clear(b); return len(b), nil }
