// Package keys holds a desk's keys: files of one folder, each made when it is first
// needed. Whoever holds them signs as the desk, opens its evidence and can show what
// its commitments stand for.
//
//	signing.key, signing.pub   sign bundles (signed notes, Ed25519)
//	log.key, log.pub           sign the checkpoints of the custody log
//	vault.key                  opens the keys of evidence (age, X25519)
//	commitment.key             salts the commitments to what is withheld
//
//	ring := keys.Ring{Dir: "desk/keys", Lock: lock}
//	signer, verifier, err := ring.Signer()
package keys

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/turtlebay/turtlebay/desk/whole"
	"github.com/turtlebay/turtlebay/vault/custody"
	"github.com/turtlebay/turtlebay/vault/key"
	"golang.org/x/mod/sumdb/note"
)

// Errors, for errors.Is.
var (
	// ErrMalformed is returned for a file that is not the key it should be.
	ErrMalformed = errors.New("not a key, or not the one that belongs there")
	// ErrGone is returned for a key that must be there, since something was made
	// with it, and is not.
	ErrGone = errors.New("the key is gone")
)

// The files.
const (
	signing    = "signing"
	log        = "log"
	private    = ".key"
	public     = ".pub"
	vaultFile  = "vault.key"
	commitment = "commitment.key"
)

// deskSigner is the name in the desk's signing keys; the key hash tells desks
// apart.
const deskSigner = "turtlebay-desk"

// Ring is a folder of keys. Lock keeps other processes out while a key is made: of
// two that want the first key, the second gets the key of the first.
type Ring struct {
	Dir  string
	Lock func() (unlock func() error, err error)
}

// Signer returns the desk's signing key and its verifier key, in the form of
// package note.
func (r Ring) Signer() (note.Signer, string, error) {
	return r.pair(signing, func() (string, error) {
		skey, _, err := note.GenerateKey(rand.Reader, deskSigner)
		return skey, err
	})
}

// Log returns the custody log's key and its verifier. Where there is a log
// already, the key must be there, too.
func (r Ring) Log(there bool) (note.Signer, note.Verifier, error) {
	s, vkey, err := r.pair(log, func() (string, error) {
		if there {
			return "", ErrGone
		}
		skey, _, err := custody.NewKey(rand.Reader)
		return skey, err
	})
	if err != nil {
		return nil, nil, err
	}
	v, err := note.NewVerifier(vkey)
	return s, v, err
}

// LogPublic returns the text of the custody log's verifier key. It makes no key.
func (r Ring) LogPublic() (string, error) {
	if _, err := r.LogVerifier(); err != nil {
		return "", err
	}
	b, err := os.ReadFile(filepath.Join(r.Dir, log+public))
	if err != nil {
		return "", fmt.Errorf("key %s: %w", log+public, err)
	}
	return strings.TrimSpace(string(b)), nil
}

// LogVerifier returns the custody log's verifier. It makes no key.
func (r Ring) LogVerifier() (note.Verifier, error) {
	b, err := os.ReadFile(filepath.Join(r.Dir, log+public))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("key %s: %w", log+public, ErrGone)
	} else if err != nil {
		return nil, fmt.Errorf("key %s: %w", log+public, err)
	}
	v, err := note.NewVerifier(strings.TrimSpace(string(b)))
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", log+public, ErrMalformed)
	}
	return v, nil
}

// Vault returns where the vault's key comes from, after having made it where
// there is no vault yet.
func (r Ring) Vault(there bool) (key.Source, error) {
	path := filepath.Join(r.Dir, vaultFile)
	if there {
		return key.File(path), nil
	}
	unlock, err := r.lock()
	if err != nil {
		return nil, err
	}
	err = key.MakeFile(path)
	return key.File(path), errors.Join(err, unlock())
}

// Commitment returns the secret that salts commitments.
func (r Ring) Commitment() ([]byte, error) {
	b, err := r.file(commitment, 0o600, func() ([]byte, error) {
		b := make([]byte, sha256.Size)
		_, err := rand.Read(b)
		return b, err
	})
	if err == nil && len(b) != sha256.Size {
		err = fmt.Errorf("key %s: %w", commitment, ErrMalformed)
	}
	return b, err
}

// pair reads a private key and the file with its public half, made where they are
// not there. The private key decides; the other is a copy to hand over.
func (r Ring) pair(name string, generate func() (string, error)) (note.Signer, string, error) {
	b, err := r.file(name+private, 0o600, func() ([]byte, error) {
		skey, err := generate()
		return []byte(skey + "\n"), err
	})
	if err != nil {
		return nil, "", err
	}
	skey := strings.TrimSpace(string(b))
	s, err := note.NewSigner(skey)
	if err != nil {
		return nil, "", fmt.Errorf("key %s: %w", name+private, ErrMalformed) // what stands there is a secret
	}
	vkey, err := verifierOf(skey)
	if err != nil {
		return nil, "", fmt.Errorf("key %s: %w", name+private, ErrMalformed)
	}
	copied, err := r.file(name+public, 0o644, func() ([]byte, error) { return []byte(vkey + "\n"), nil })
	if err != nil {
		return nil, "", err
	}
	if strings.TrimSpace(string(copied)) != vkey {
		return nil, "", fmt.Errorf("key %s does not belong to %s: %w", name+public, name+private, ErrMalformed)
	}
	return s, vkey, nil
}

// verifierOf makes the verifier key from a private key that note.NewSigner took:
// PRIVATE+KEY+name+hash+base64, the last being an algorithm byte and the seed.
func verifierOf(skey string) (string, error) {
	parts := strings.SplitN(skey, "+", 5)
	seed, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(parts) != 5 || len(seed) != 1+ed25519.SeedSize {
		return "", ErrMalformed
	}
	half, ok := ed25519.NewKeyFromSeed(seed[1:]).Public().(ed25519.PublicKey)
	if !ok {
		return "", ErrMalformed
	}
	return note.NewEd25519VerifierKey(parts[2], half)
}

// file reads a file of the folder; where there is none it is made.
func (r Ring) file(name string, mode fs.FileMode, generate func() ([]byte, error)) ([]byte, error) {
	path := filepath.Join(r.Dir, name)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		b, err = r.make(path, mode, generate)
	}
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", name, err)
	}
	return b, nil
}

func (r Ring) make(path string, mode fs.FileMode, generate func() ([]byte, error)) (b []byte, err error) {
	unlock, err := r.lock()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if b, err := os.ReadFile(path); !errors.Is(err, fs.ErrNotExist) {
		return b, err
	}
	if b, err = generate(); err != nil {
		return nil, err
	}
	return b, whole.Write(path, b, mode)
}

// lock keeps others out and sees to it that there is a folder.
func (r Ring) lock() (func() error, error) {
	unlock, err := r.Lock()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(r.Dir, 0o700); err != nil {
		return nil, errors.Join(err, unlock())
	}
	return unlock, nil
}
