package key_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/turtlebay/turtlebay/vault/key"
)

func TestFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "stick", "vault.key")
	if err := key.MakeFile(path); err != nil {
		t.Fatal(err)
	}
	first, err := key.File(path)()
	if err != nil {
		t.Fatal(err)
	}
	if err := key.MakeFile(path); err != nil {
		t.Fatal(err)
	}
	if again, err := key.File(path)(); err != nil || again.String() != first.String() {
		t.Errorf("the key was replaced: %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("left beside the key: %v", entries)
	}
}

func TestFileRefuses(t *testing.T) {
	dir := t.TempDir()
	one, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	hybrid, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		text string
		want error
	}{
		"empty":      {"", key.ErrMalformed},
		"comment":    {"# nothing\n", key.ErrMalformed},
		"two":        {one.String() + "\n" + one.String() + "\n", key.ErrMalformed},
		"another":    {hybrid.String() + "\n", key.ErrMalformed},
		"cut":        {one.String()[:40], key.ErrMalformed},
		"public":     {one.Recipient().String(), key.ErrMalformed},
		"too large":  {strings.Repeat("#\n", 40_000), key.ErrLocked},
		"small caps": {strings.ToLower(one.String()), key.ErrMalformed},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(tc.text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := key.File(path)()
		if !errors.Is(err, tc.want) {
			t.Errorf("%s: error %v, want %v", name, err, tc.want)
		}
		if err != nil && strings.Contains(strings.ToUpper(err.Error()), one.String()[20:40]) {
			t.Errorf("%s: the message tells the key: %v", name, err)
		}
	}
	for _, path := range []string{filepath.Join(dir, "absent"), dir, filepath.Join(dir, "no", "stick")} {
		if _, err := key.File(path)(); !errors.Is(err, key.ErrLocked) {
			t.Errorf("%s: error %v", path, err)
		}
	}
}

func TestWrap(t *testing.T) {
	vault, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	other, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	card, _, err := key.NewSecret()
	if err != nil {
		t.Fatal(err)
	}
	secret, to, err := key.NewSecret()
	if err != nil {
		t.Fatal(err)
	}
	wrapped, err := key.Item{Card: card, Bytes: secret}.Wrap(vault.Recipient())
	if err != nil || bytes.Contains(wrapped, []byte(secret[20:])) {
		t.Fatal("wrapped in clear", err)
	}
	got, err := key.Unwrap(wrapped, vault)
	if err != nil || got.Card != card || got.Bytes != secret {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := key.Unwrap(wrapped, other); err == nil {
		t.Error("unwrapped with another key")
	}
	sealed, err := key.Encrypt([]byte("evidence"), to)
	if err != nil {
		t.Fatal(err)
	}
	id, err := key.Identity(got.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := key.Decrypt(sealed, id); err != nil || string(plain) != "evidence" {
		t.Errorf("%q, %v", plain, err)
	}
	for i := range wrapped {
		flipped := bytes.Clone(wrapped)
		flipped[i] ^= 1
		if _, err := key.Unwrap(flipped, vault); err == nil {
			t.Errorf("a flipped bit of byte %d was not seen", i)
		}
	}
}

func FuzzFile(f *testing.F) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(id.String()))
	f.Add([]byte("# comment\n\n" + id.String() + "\r\n"))
	f.Add([]byte("AGE-SECRET-KEY-1"))
	path := filepath.Join(f.TempDir(), "key")
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := key.File(path)()
		if err == nil && !strings.Contains(string(b), got.String()) {
			t.Errorf("%q gave a key that is not in it", b)
		}
	})
}
