package desk

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// The files of keys/. Whoever holds signing.key signs as this desk; signing.pub
// is what recipients are given; commitment.key salts commitments.
const (
	keyDir        = "keys"
	signingKey    = "signing.key"
	verifierKey   = "signing.pub"
	commitmentKey = "commitment.key"
)

// signerName is the name in the desk's keys; the key hash tells desks apart.
const signerName = "turtlebay-desk"

// Signer returns the desk's signing key and its verifier key, made at first use.
func (d *Desk) Signer() (note.Signer, string, error) {
	private, err := d.key(signingKey, func() ([]byte, error) {
		private, _, err := note.GenerateKey(rand.Reader, signerName)
		return []byte(private + "\n"), err
	})
	if err != nil {
		return nil, "", err
	}
	text := strings.TrimSpace(string(private))
	s, err := note.NewSigner(text)
	if err != nil {
		return nil, "", fmt.Errorf("read key %s: %w: %w", signingKey, ErrDamaged, err)
	}
	public, err := verifierOf(text)
	if err != nil {
		return nil, "", fmt.Errorf("read key %s: %w: %w", signingKey, ErrDamaged, err)
	}
	// the private key decides; the file with the public one is a copy to hand over
	copied, err := d.key(verifierKey, func() ([]byte, error) { return []byte(public + "\n"), nil })
	if err != nil {
		return nil, "", err
	}
	if strings.TrimSpace(string(copied)) != public {
		return nil, "", fmt.Errorf("key %s does not belong to %s: %w", verifierKey, signingKey, ErrDamaged)
	}
	return s, public, nil
}

// verifierOf makes the verifier key from a private key that note.NewSigner took:
// PRIVATE+KEY+name+hash+base64, the last being an algorithm byte and the seed.
func verifierOf(private string) (string, error) {
	parts := strings.SplitN(private, "+", 5)
	seed, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(parts) != 5 || len(seed) != 1+ed25519.SeedSize {
		return "", errors.New("malformed private key")
	}
	public, ok := ed25519.NewKeyFromSeed(seed[1:]).Public().(ed25519.PublicKey)
	if !ok {
		return "", errors.New("malformed private key")
	}
	return note.NewEd25519VerifierKey(parts[2], public)
}

// commitment is SHA-256(salt ‖ bytes) with a salt that only this desk can make:
// an outsider who guesses the record cannot confirm the guess, and the desk can
// later show that this was the record.
func (d *Desk) commitment(b []byte) (string, error) {
	secret, err := d.secret()
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write(b)
	sum := sha256.Sum256(append(mac.Sum(nil), b...))
	return hex.EncodeToString(sum[:]), nil
}

// secret is the key that commitments are salted with, made at first use.
func (d *Desk) secret() ([]byte, error) {
	if d.salt != nil {
		return d.salt, nil
	}
	b, err := d.key(commitmentKey, func() ([]byte, error) {
		b := make([]byte, sha256.Size)
		_, err := rand.Read(b)
		return b, err
	})
	if err != nil {
		return nil, err
	}
	if len(b) != sha256.Size {
		return nil, fmt.Errorf("read key %s: %w", commitmentKey, ErrDamaged)
	}
	d.salt = b
	return b, nil
}

// key reads a file of keys/; where there is none it is made.
func (d *Desk) key(name string, make func() ([]byte, error)) ([]byte, error) {
	path := d.Path(keyDir, name)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		b, err = d.makeKey(path, make)
	}
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", name, err)
	}
	return b, nil
}

// makeKey makes a key file while no other process writes to the desk: of two that
// want the first key, the second gets the key of the first.
func (d *Desk) makeKey(path string, make func() ([]byte, error)) ([]byte, error) {
	lock, err := d.store.Begin(context.Background())
	if err != nil {
		return nil, err
	}
	defer lock.Rollback()
	if b, err := os.ReadFile(path); !errors.Is(err, fs.ErrNotExist) {
		return b, err
	}
	b, err := make()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(d.Path(keyDir), 0o700); err != nil {
		return nil, err
	}
	mode := fs.FileMode(0o600)
	if path == d.Path(keyDir, verifierKey) {
		mode = 0o644
	}
	return b, WriteFile(path, b, mode)
}
