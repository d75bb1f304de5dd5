// Package vault keeps evidence: bytes under their SHA-256, each item with a card
// that says what it is and who may see it, encrypted under a key of its own, and
// every act on it a leaf of the custody log.
//
//	vault.json                    format, version and the public half of the vault's key
//	items/ab/<sha256>[.age]       bytes as they were received
//	cards/EV-000001.json[.age]    title, sources, marking, media type, tool
//	keys/EV-000001.age            the item's two secrets, encrypted to the vault's key
//	pending/                      what is not finished
//	log/                          the custody log
//
//	v, did, err := vault.Open(ctx, dir, vault.Options{
//		Actor: "A. Expert", Signer: signer, Verifier: verifier,
//		Key: key.File("/media/stick/vault.key"), Now: time.Now,
//	})
//	defer v.Close()
//	item, known, err := v.Add(ctx, file, vault.New{Title: "scan.pdf", Source: "Letter of 3 May", Marking: amber})
//	content, err := v.Open(ctx, item.ID, reader, "drafting of part VIII")
//
// The contract: an act and its leaf happen together. New files wait in pending until
// the leaf is written and take their places then; opening the vault after a crash
// finishes what has its leaf and removes what has none. Every leaf that changes an
// item names the SHA-256 of its card, key and bytes as they lie on the disk, so a
// file that was altered, replaced or slipped in is found by Check, without the key.
//
// Bytes are received and never parsed here; only their first 3072 are looked at, for
// the media type. Destroying an item removes its key and bytes; its leaves stay.
// Reading asks marking.Decide, and what a reader may not see is to that reader what
// is not there. docs/custody.md describes every file.
package vault

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"

	"filippo.io/age"
	"github.com/gofrs/flock"
	"github.com/turtlebay/turtlebay/marking"
	"golang.org/x/mod/sumdb/note"

	"github.com/turtlebay/turtlebay/vault/custody"
	"github.com/turtlebay/turtlebay/vault/internal/staging"
	"github.com/turtlebay/turtlebay/vault/key"
)

// Errors, for errors.Is.
var (
	// ErrNoVault: the folder holds no vault, and it was opened to be read.
	ErrNoVault = errors.New("no vault here")
	// ErrNewer: a later version of the program wrote the vault.
	ErrNewer = errors.New("vault of a newer version")
	// ErrDamaged: the files are not what was written. Check names each.
	ErrDamaged = errors.New("vault damaged")
	// ErrReadOnly: the vault was opened to be read, and a view is an act as well.
	ErrReadOnly = errors.New("vault opened to be read")
	// ErrLocked: the key is not at hand, so that encrypted items can be neither read
	// nor added.
	ErrLocked = key.ErrLocked
	// ErrBusy: another process is writing.
	ErrBusy = errors.New("vault in use")
	// ErrNoItem: there is no such item, or the reader may not see it; the two are
	// not told apart.
	ErrNoItem = errors.New("no such item")
	// ErrDestroyed: the bytes of the item were destroyed.
	ErrDestroyed = errors.New("item destroyed")
	// ErrLowering: the new marking would show the item to somebody who may not see
	// it now, which needs consent and two persons.
	ErrLowering = errors.New("lowering a marking needs the originator's consent and two persons")
	// ErrNotLower: what was proposed as a lowering shows the item to nobody new.
	ErrNotLower = errors.New("the new marking is no lower: it needs no consent and no second person")
	// ErrSecondPerson: the lowering was proposed by the one who confirms it.
	ErrSecondPerson = errors.New("a lowering is confirmed by another person than proposed it")
)

// Options are what a vault is opened with.
type Options struct {
	Actor    string           // who acts, as the log names them; not needed to read
	Signer   note.Signer      // the key of the custody log; not needed to read
	Verifier note.Verifier    // its public half
	Key      key.Source       // the vault's key; nil or ErrLocked: what is encrypted stays closed
	Now      func() time.Time // the clock; not needed to read

	// Lock keeps other writers out while an act lasts; nil is a lock of the vault's
	// own. A desk that holds its lock already, and has one Vault on the folder,
	// returns a function that does nothing.
	Lock func(context.Context) (unlock func(), err error)

	// Carried says, after a crash, whether an act that others carry out (see Act)
	// was carried out. Nil is no.
	Carried func(ctx context.Context, leaf int64, e custody.Event) (bool, error)

	// Holds reports whether bytes, by their SHA-256, hold something that the reader may
	// not see whatever the item's own marking says, such as a row of a file. To such a
	// reader the item, and what was made from it, is not there. Nil is no.
	Holds func(r marking.Reader, sha256 string) bool

	ReadOnly bool // open what is there, change nothing, not even after a crash
}

// Reconciled says what opening had to do. The zero value is nothing.
type Reconciled struct {
	Created bool               // there was no vault: an empty one was made
	Log     custody.Reconciled // what the log had to do
	Did     []string           // everything, one sentence each, to be printed
}

// Vault is an open vault. It may be used by several goroutines. Several processes
// may read a vault while one writes.
type Vault struct {
	dir    staging.Dir
	o      Options
	header header

	writing chan struct{} // full while an act lasts, which may be long

	mu     sync.Mutex // held for moments; guards what follows
	log    *custody.Log
	state  state           // what the first state.leaves leaves of the log say
	cards  map[string]Item // by the SHA-256 of the file
	did    []string        // what was mended since Open
	behind bool            // it was said that the clock is behind

	keyMu    sync.Mutex
	identity *age.X25519Identity // nil until it is needed
}

// Open opens the vault in the folder dir, or makes one where there is nothing, and
// finishes or undoes what a crash left. Making one needs the key.
func Open(ctx context.Context, dir string, o Options) (*Vault, Reconciled, error) {
	return open(ctx, staging.Dir{Root: dir, Shred: isKey}, o)
}

// isKey are the files whose removal destroys something.
func isKey(path string) bool { return strings.HasPrefix(path, keysDir+"/") }

func open(ctx context.Context, dir staging.Dir, o Options) (*Vault, Reconciled, error) {
	v := &Vault{dir: dir, o: o, writing: make(chan struct{}, 1), state: newState(), cards: map[string]Item{}}
	did, err := v.open(ctx)
	if err != nil {
		return nil, did, errors.Join(fmt.Errorf("open vault %s: %w", quoted(dir.Root), err), v.Close())
	}
	return v, did, nil
}

func (v *Vault) open(ctx context.Context) (Reconciled, error) {
	if v.o.Verifier == nil || !v.o.ReadOnly && (v.o.Actor == "" || v.o.Signer == nil || v.o.Now == nil) {
		return Reconciled{}, errors.New("an actor, the log's key and a clock are needed")
	}
	if v.o.ReadOnly {
		return v.openToRead(ctx)
	}
	if err := os.MkdirAll(v.dir.Root, 0o700); err != nil {
		return Reconciled{}, err
	}
	wait, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	unlock, err := v.lock(wait)
	if err != nil {
		return Reconciled{}, err
	}
	defer unlock()
	made, err := v.findOrMake()
	if err != nil {
		return Reconciled{}, err
	}
	did := Reconciled{Created: made}
	if did.Log, err = v.openLog(); err != nil {
		return did, err
	}
	did.Log.Created = did.Log.Created || made
	if err := v.catchUp(ctx); err != nil {
		return did, err
	}
	did.Did = append(did.Log.Lines(), v.did...)
	v.did, v.behind = nil, did.Log.ClockBehind > 0
	return did, nil
}

func (v *Vault) openToRead(ctx context.Context) (Reconciled, error) {
	if err := v.readHeader(); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = ErrNoVault
		}
		return Reconciled{}, err
	}
	did, err := v.openLog()
	if err != nil {
		return Reconciled{}, err
	}
	return Reconciled{Log: did}, v.refresh()
}

func (v *Vault) openLog() (did custody.Reconciled, err error) {
	v.log, did, err = custody.Open(v.path(logDir), custody.Options{
		Signer: v.o.Signer, Verifier: v.o.Verifier, Now: v.o.Now, ReadOnly: v.o.ReadOnly,
	})
	if err != nil {
		v.log = nil
		return did, aboutLog(err)
	}
	return did, nil
}

// aboutLog makes an error of the log one of the vault.
func aboutLog(err error) error {
	switch {
	case errors.Is(err, custody.ErrDamaged), errors.Is(err, custody.ErrNoLog):
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	case errors.Is(err, custody.ErrBusy):
		return fmt.Errorf("%w: %w", ErrBusy, err)
	}
	return err
}

// Close lets go of the files.
func (v *Vault) Close() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.log == nil {
		return nil
	}
	err := v.log.Close()
	v.log = nil
	return err
}

// Log is the custody log, for proofs and checkpoints. Acts are appended by the vault
// alone. Ask for it anew after an error: the vault may have had to open it again.
func (v *Vault) Log() *custody.Log {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.log
}

// Mended returns what was finished or undone since the vault was opened, because
// another process had crashed, and what else is to be said; each sentence once.
func (v *Vault) Mended() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	out := v.did
	v.did = nil
	return out
}

func (v *Vault) say(format string, args ...any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.did = append(v.did, fmt.Sprintf(format, args...))
}

// Locked reports whether the key is not at hand.
func (v *Vault) Locked() bool {
	_, err := v.unlock()
	return err != nil
}

// unlock asks for the key once it is needed.
func (v *Vault) unlock() (*age.X25519Identity, error) {
	v.keyMu.Lock()
	defer v.keyMu.Unlock()
	if v.identity != nil {
		return v.identity, nil
	}
	if v.o.Key == nil {
		return nil, ErrLocked
	}
	identity, err := v.o.Key()
	if err != nil {
		return nil, err
	}
	if identity.Recipient().String() != v.header.Recipient {
		return nil, fmt.Errorf("%w: the key is not the one that %s names", ErrLocked, headerFile)
	}
	v.identity = identity
	return identity, nil
}

// patience is how long a writer waits for another before it gives up with ErrBusy.
const patience = 10 * time.Second

// lock keeps writers of other processes out.
func (v *Vault) lock(ctx context.Context) (func(), error) {
	if v.o.Lock != nil {
		return v.o.Lock(ctx)
	}
	own := flock.New(v.path(lockFile), flock.SetPermissions(0o600))
	if ok, err := own.TryLockContext(ctx, 10*time.Millisecond); err != nil || !ok {
		return nil, fmt.Errorf("%w: %w", ErrBusy, errors.Join(err, own.Close()))
	}
	return func() { _ = own.Close() }, nil // the lock ends with the file
}
