// Package key is the keys of a vault: one key for the vault, which may be kept
// elsewhere, and two secrets for each encrypted item, which are kept beside it,
// encrypted to the vault's key. Whoever removes an item's secrets makes its bytes
// unreadable, wherever a copy of them lies.
//
//	source := key.File("/media/stick/vault.key")
//	identity, err := source() // ErrLocked, wrapped, while the stick is not there
//
// Everything is in the format of age (age-encryption.org/v1, X25519), so that an
// item can be read with that tool and the vault's key, without this program.
package key

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"filippo.io/age"
)

// Errors, for errors.Is.
var (
	// ErrLocked: the key is not at hand.
	ErrLocked = errors.New("vault locked")
	// ErrMalformed: what should be a key is none. What it is instead is not said.
	ErrMalformed = errors.New("not a key")
)

// Source gives the vault's key when it is needed. It returns ErrLocked, wrapped,
// where the key is not at hand.
type Source func() (*age.X25519Identity, error)

const maxFile = 64 << 10

// File is the key in a file, which may lie anywhere: on the desk, on a stick, on a
// server that is mounted only while people work. The file is what age-keygen writes:
// one secret key, blank lines, and lines that begin with #.
func File(path string) Source {
	return func() (*age.X25519Identity, error) {
		b, err := read(path)
		if err != nil {
			return nil, fmt.Errorf("key %s: %w: %w", strconv.QuoteToGraphic(path), ErrLocked, err)
		}
		id, err := parse(b)
		if err != nil {
			return nil, fmt.Errorf("key %s: %w", strconv.QuoteToGraphic(path), err)
		}
		return id, nil
	}
}

func read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("there is no such file")
	}
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, errors.New("not a small regular file")
	}
	return os.ReadFile(path)
}

func parse(b []byte) (*age.X25519Identity, error) {
	ids, err := age.ParseIdentities(bytes.NewReader(b))
	if err != nil || len(ids) != 1 {
		return nil, fmt.Errorf("%w: want one line AGE-SECRET-KEY-1…", ErrMalformed)
	}
	id, ok := ids[0].(*age.X25519Identity)
	if !ok {
		return nil, fmt.Errorf("%w: want an X25519 key of age", ErrMalformed)
	}
	return id, nil
}

// MakeFile writes a new key for a vault, readable by its owner alone. A file that is
// there stays as it is: the evidence under it would be lost with it.
func MakeFile(path string) error {
	if err := makeFile(path); err != nil {
		return fmt.Errorf("make key %s: %w", strconv.QuoteToGraphic(path), err)
	}
	return nil
}

func makeFile(path string) error {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(dir, ".unfinished-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = fmt.Fprintf(tmp, "# key of a Turtle Bay vault; its public half: %s\n%s\n", id.Recipient(), id)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	err = os.Link(tmp.Name(), path) // unlike a rename it replaces nothing
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = d.Sync() // not every file system can
	return d.Close()
}

// Item are the two secrets of an item. Items of the same bytes share the second, as
// they share the file; each card has a secret of its own.
type Item struct {
	Card, Bytes string // age identities, as text
}

// NewSecret makes an age identity, as text, and the recipient to encrypt to.
func NewSecret() (string, age.Recipient, error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return "", nil, fmt.Errorf("make item key: %w", err)
	}
	return id.String(), id.Recipient(), nil
}

// Wrap is the file of an item's secrets: two lines, encrypted to the vault's key.
func (i Item) Wrap(to age.Recipient) ([]byte, error) {
	return Encrypt([]byte(i.Card+"\n"+i.Bytes+"\n"), to)
}

// Unwrap reads the file of an item's secrets.
func Unwrap(b []byte, with age.Identity) (Item, error) {
	plain, err := Decrypt(b, with)
	if err != nil {
		return Item{}, err
	}
	lines := strings.Split(string(plain), "\n")
	if len(lines) != 3 || lines[2] != "" {
		return Item{}, fmt.Errorf("%w: want two secrets", ErrMalformed)
	}
	return Item{lines[0], lines[1]}, nil
}

// Identity is a secret as age needs it: to decrypt, and its recipient to encrypt to.
func Identity(secret string) (*age.X25519Identity, error) {
	id, err := age.ParseX25519Identity(secret)
	if err != nil {
		return nil, fmt.Errorf("%w: want an X25519 key of age", ErrMalformed)
	}
	return id, nil
}

// Encrypt encrypts what is small enough for memory.
func Encrypt(b []byte, to age.Recipient) ([]byte, error) {
	var out bytes.Buffer
	w, err := age.Encrypt(&out, to)
	if err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	if _, err := w.Write(b); err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	return out.Bytes(), nil
}

// Decrypt decrypts what Encrypt wrote.
func Decrypt(b []byte, with age.Identity) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(b), with)
	if err != nil {
		return nil, fmt.Errorf("decrypt: %w", err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("decrypt: %w", err)
	}
	return plain, nil
}
