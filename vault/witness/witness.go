// Package witness lets another body vouch that a log has only grown.
//
// Whoever keeps a log could show one history today and another tomorrow. A witness
// remembers the largest tree that it has seen of each log. It cosigns a checkpoint
// only with a proof that the remembered tree is a beginning of the new one, so the
// log's keeper and the witness would have to conspire. Only hashes reach it.
//
//	vkey, err := witness.Create("witness", "mission.example/witness", rand.Reader)
//	w, err := witness.Open("witness", witness.Options{Logs: []string{logKey}, Now: time.Now})
//	c, err := w.Cosign(ctx, request) // c.Line belongs under the checkpoint
//
// The same request serves over HTTP ([Handler], [Client]) and as a file carried to
// a machine without a network. Formats: c2sp.org/tlog-witness,
// c2sp.org/tlog-cosignature (Ed25519, cosignature/v1), c2sp.org/tlog-checkpoint.
//
// Contract: what a witness cosigned is on its disk before the cosignature leaves
// it. State that cannot be read, or a clock that went back, is an error and never
// a fresh start. Requests of several processes come one after the other.
//
// The folder: witness.key and witness.pub; introduced, keys taken on first use;
// logs/, the last cosigned checkpoint of each log, named by the SHA-256 of its
// origin and signed by the witness's own key; forks/, see [Witness.Forks].
package witness

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Why there is no cosignature. The number is the HTTP status.
var (
	ErrMalformed    = errors.New("malformed request")                                       // 400
	ErrSignature    = errors.New("signature does not verify")                               // 403
	ErrUnknownLog   = errors.New("unknown log")                                             // 404
	ErrConflict     = errors.New("the witness knows another tree")                          // 409, a ConflictError
	ErrFork         = errors.New("two trees of one size: the log shows two histories")      // 409, a ConflictError
	ErrInconsistent = errors.New("proof does not join the known tree to the new one")       // 422
	ErrState        = errors.New("witness state is damaged")                                // 500
	ErrClock        = errors.New("the clock stands before the last cosignature of the log") // 500
	ErrOtherKey     = errors.New("the log was introduced with another key")
	ErrExists       = errors.New("there is a witness already")
	ErrName         = errors.New("a witness's name is an address without a scheme, spaces and plus signs")
)

// ConflictError says what the witness last cosigned. It is ErrConflict, and ErrFork
// as well if the checkpoint has that size and another root.
type ConflictError struct {
	Known int64 // leaves of the tree last cosigned
	Fork  bool
}

func (e *ConflictError) Error() string {
	if e.Fork {
		return fmt.Sprintf("%v (size %d)", ErrFork, e.Known)
	}
	return fmt.Sprintf("%v (size %d)", ErrConflict, e.Known)
}

// Is makes it ErrConflict and, of a fork, ErrFork.
func (e *ConflictError) Is(target error) bool {
	return target == ErrConflict || e.Fork && target == ErrFork
}

// Options of a witness.
type Options struct {
	Logs []string         // verifier keys of the logs it serves, beside those introduced
	Now  func() time.Time // dates cosignatures
}

// Witness is a folder with a key and what was cosigned with it. It may be used by
// several goroutines, and several processes may open one folder.
type Witness struct {
	dir    string
	key    string
	signer *signer
	own    note.Verifier
	listed map[string][]note.Verifier // by origin
	turn   chan struct{}              // one request of this process at a time
}

// Create makes the folder of a new witness and returns its public key. The folder
// may exist; a key in it is not replaced: ErrExists.
func Create(dir, name string, rand io.Reader) (vkey string, err error) {
	skey, vkey, err := NewKey(rand, name)
	if err != nil {
		return "", err
	}
	for _, sub := range []string{"", logsDir, forksDir} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return "", fmt.Errorf("create witness: %w", err)
		}
	}
	if _, err := os.Lstat(filepath.Join(dir, keyFile)); err == nil {
		return "", fmt.Errorf("create witness in %s: %w", dir, ErrExists)
	}
	// the private key last: with it the witness exists
	if err := writeFile(filepath.Join(dir, publicFile), []byte(vkey+"\n"), 0o644); err != nil {
		return "", fmt.Errorf("create witness: %w", err)
	}
	if err := writeFile(filepath.Join(dir, keyFile), []byte(skey+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("create witness: %w", err)
	}
	return vkey, nil
}

// Open opens the folder of a witness.
func Open(dir string, o Options) (*Witness, error) {
	if o.Now == nil {
		return nil, errors.New("open witness: no clock given")
	}
	b, err := readFile(filepath.Join(dir, keyFile))
	if err != nil {
		return nil, fmt.Errorf("open witness: %w", err)
	}
	s, err := newSigner(strings.TrimSpace(string(b)), o.Now)
	if err != nil {
		return nil, fmt.Errorf("open witness %s: %w: %w", dir, ErrState, err)
	}
	key := formatKey(s.name, publicOf(s.key.Seed()))
	own, err := NewVerifier(key)
	if err != nil {
		return nil, fmt.Errorf("open witness %s: %w: %w", dir, ErrState, err)
	}
	w := &Witness{dir: dir, key: key, signer: s, own: own, listed: map[string][]note.Verifier{}, turn: make(chan struct{}, 1)}
	for _, vkey := range o.Logs {
		v, err := note.NewVerifier(vkey)
		if err != nil {
			return nil, fmt.Errorf("open witness: log key %q: %w", clip(vkey), err)
		}
		w.listed[v.Name()] = append(w.listed[v.Name()], v)
	}
	if err := w.tidy(); err != nil {
		return nil, fmt.Errorf("open witness: %w", err)
	}
	return w, nil
}

// Key is the witness's public key, which those who trust it are given.
func (w *Witness) Key() string { return w.key }

// Introduce takes a log on first use: its key is kept, and from then on no other
// key speaks for that origin. It reports whether the log is new. A log that was
// listed or introduced with another key is ErrOtherKey. Nothing that comes over
// HTTP introduces a log: a person calls this.
func (w *Witness) Introduce(ctx context.Context, vkey string) (bool, error) {
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return false, fmt.Errorf("introduce log %q: %w", clip(vkey), err)
	}
	release, err := w.lock(ctx)
	if err != nil {
		return false, fmt.Errorf("introduce log: %w", err)
	}
	defer release()
	known, err := w.keysOf(v.Name())
	if err != nil {
		return false, fmt.Errorf("introduce log: %w", err)
	}
	if slices.ContainsFunc(known, func(k note.Verifier) bool { return k.KeyHash() == v.KeyHash() }) {
		return false, nil
	}
	if len(known) > 0 {
		return false, fmt.Errorf("introduce log %q: %w", clip(v.Name()), ErrOtherKey)
	}
	if err := w.keepKey(vkey); err != nil {
		return false, fmt.Errorf("introduce log: %w", err)
	}
	return true, nil
}

// keysOf are the keys that speak for an origin.
func (w *Witness) keysOf(origin string) ([]note.Verifier, error) {
	keys := slices.Clone(w.listed[origin])
	introduced, err := w.introduced()
	if err != nil {
		return nil, err
	}
	for _, key := range introduced {
		v, err := note.NewVerifier(key)
		if err != nil {
			return nil, fmt.Errorf("%s: %q: %w: %w", introducedFile, clip(key), ErrState, err)
		}
		if v.Name() == origin {
			keys = append(keys, v)
		}
	}
	return keys, nil
}

// Cosign checks a request against what the witness remembers, remembers the new
// checkpoint and returns the cosignature. The errors say why not.
func (w *Witness) Cosign(ctx context.Context, r Request) (Cosignature, error) {
	cp, err := parseCheckpoint(r.Checkpoint)
	if err != nil {
		return Cosignature{}, fmt.Errorf("cosign: %w: %w", ErrMalformed, err)
	}
	signed, err := w.authentic(cp, r.Checkpoint)
	if err != nil {
		return Cosignature{}, fmt.Errorf("cosign %q: %w", clip(cp.origin), err)
	}
	if r.Old < 0 || r.Old > cp.size || len(r.Proof) > maxProof {
		return Cosignature{}, fmt.Errorf("cosign %q: old size %d, size %d, %d hashes: %w", clip(cp.origin), r.Old, cp.size, len(r.Proof), ErrMalformed)
	}
	release, err := w.lock(ctx)
	if err != nil {
		return Cosignature{}, fmt.Errorf("cosign %q: %w", clip(cp.origin), err)
	}
	defer release()
	c, err := w.cosign(r, cp, signed)
	if err != nil {
		return Cosignature{}, fmt.Errorf("cosign %q: %w", clip(cp.origin), err)
	}
	return c, nil
}

// authentic returns the checkpoint with the log's own signatures alone: anybody can
// add lines to a checkpoint, also in the name of this witness. Each key of the log is
// asked alone, since the signature of an old key may be stale where the new one's is
// good.
func (w *Witness) authentic(cp checkpoint, signed []byte) (*note.Note, error) {
	keys, err := w.keysOf(cp.origin)
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, ErrUnknownLog
	}
	out := &note.Note{Text: cp.text}
	for _, v := range keys {
		if n, err := note.Open(signed, note.VerifierList(v)); err == nil {
			out.Sigs = append(out.Sigs, n.Sigs...)
		}
	}
	if len(out.Sigs) == 0 {
		return nil, ErrSignature
	}
	return out, nil
}

// cosign decides and remembers; the caller holds the lock.
func (w *Witness) cosign(r Request, cp checkpoint, signed *note.Note) (Cosignature, error) {
	seen, known, err := w.load(cp.origin)
	if err != nil {
		return Cosignature{}, err
	}
	if err := follows(r, cp, seen, known); err != nil {
		if errors.Is(err, ErrFork) {
			err = errors.Join(err, w.keepFork(cp, signed, seen))
		}
		return Cosignature{}, err
	}
	cosigned, err := note.Sign(signed, w.signer)
	if err != nil {
		return Cosignature{}, err
	}
	cs, err := Cosignatures(cosigned, w.own)
	if err != nil || len(cs) != 1 {
		return Cosignature{}, fmt.Errorf("own cosignature: %w", cmp.Or(err, ErrSignature))
	}
	if known && cs[0].At.Before(seen.At) {
		return Cosignature{}, fmt.Errorf("%w (%s)", ErrClock, seen.At.Format(time.RFC3339))
	}
	if err := w.save(cp.origin, cosigned); err != nil {
		return Cosignature{}, err
	}
	return cs[0], nil
}

// follows reports whether the checkpoint continues what was seen.
func follows(r Request, cp checkpoint, seen Seen, known bool) error {
	switch {
	case known && cp.size == seen.Size && cp.root != seen.Root: // wherever the proof begins
		return &ConflictError{Known: seen.Size, Fork: true}
	case r.Old != seen.Size:
		return &ConflictError{Known: seen.Size}
	case r.Old == 0 || cp.size == r.Old: // every tree continues the empty one, and itself
		if len(r.Proof) != 0 {
			return fmt.Errorf("%w: want no hashes from size %d to %d", ErrInconsistent, r.Old, cp.size)
		}
		return nil
	}
	if err := tlog.CheckTree(r.Proof, cp.size, cp.root, seen.Size, seen.Root); err != nil {
		return fmt.Errorf("%w: from size %d to %d", ErrInconsistent, seen.Size, cp.size)
	}
	return nil
}
