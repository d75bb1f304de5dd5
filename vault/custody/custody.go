// Package custody is the log of what was done to evidence: who did what, to which
// object, when and why, one leaf an act, in a Merkle tree (RFC 6962) whose root is
// signed. Nothing in it can be changed, left out or moved afterwards without the
// roots that were handed out, cosigned or time-stamped ceasing to fit.
//
//	skey, vkey, _ := custody.NewKey(rand.Reader)
//	signer, _ := note.NewSigner(skey)
//	verifier, _ := note.NewVerifier(vkey)
//	log, done, err := custody.Open(dir, custody.Options{Signer: signer, Verifier: verifier, Now: time.Now})
//	defer log.Close()
//	leaf, err := log.Append(ctx, custody.Event{Act: custody.Receive, Actor: "A. Expert", Object: "EV-000001", Digest: sha256})
//	opening, err := log.Prove(leaf, "act", "object", "digest") // to be checked with CheckOpening
//
// A leaf holds salted commitments to the ten fields of an event, no field itself. So
// the tree tells nobody anything but how many acts there were; any field of any event
// can be opened later, alone, and a field that is not opened cannot be guessed.
//
// Append is all or nothing and lasts: once it returned, the events are on the disk.
// A Log may be used by several goroutines. One process at a time appends, others
// read what the last signed checkpoint covers. docs/custody.md gives every format.
package custody

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/tlog"
)

// Errors, for errors.Is.
var (
	// ErrNoLog: the folder holds no log, and it was opened to be read.
	ErrNoLog = errors.New("no custody log here")
	// ErrDamaged: the files are not what was written. Verify names each place.
	ErrDamaged = errors.New("custody log damaged")
	// ErrReadOnly: the log was opened to be read.
	ErrReadOnly = errors.New("custody log opened to be read")
	// ErrBusy: another process appends and did not let go in time.
	ErrBusy = errors.New("custody log in use by another process")
	// ErrEvent: what was to be appended is no event.
	ErrEvent = errors.New("not an event")
	// ErrNoLeaf: no leaf has this index, or no checkpoint this size.
	ErrNoLeaf = errors.New("not in the custody log")
	// ErrMalformed: a checkpoint, an opening or a proof is not in its form.
	ErrMalformed = errors.New("malformed")
	// ErrProof: a proof is well-formed and does not prove it.
	ErrProof = errors.New("proof does not hold")
)

// The acts.
const (
	Receive = "receive" // bytes were received, or received again from another source
	View    = "view"    // somebody opened the object
	Copy    = "copy"    // a working copy was made
	Derive  = "derive"  // made from another object by a tool
	Export  = "export"  // left the desk
	Redact  = "redact"  // a copy with parts taken out was made
	Mark    = "mark"    // the marking was changed, or a change proposed
	Grant   = "grant"   // somebody was given access
	Destroy = "destroy" // key and bytes were destroyed
	Void    = "void"    // an act that an earlier leaf announced was not carried out
)

// Acts lists the acts.
func Acts() []string {
	return []string{Receive, View, Copy, Derive, Export, Redact, Mark, Grant, Destroy, Void}
}

// Event is one act on one object. All fields are text; a field that says nothing is
// empty and committed to all the same. At and Previous are filled by Append.
type Event struct {
	Act      string // one of Acts
	Actor    string // who
	At       string // when: RFC 3339, UTC, whole seconds; never before the event before it
	Object   string // on what, such as EV-000001
	Digest   string // hex SHA-256 of the object's bytes, or the root of a RecordTree, or ""
	Parent   string // the object that it was made from
	Tool     string // name@version of the tool that made it
	Detail   string // what the act needs to be understood, such as a tool's parameters
	Reason   string // why
	Previous string // index of the object's previous event, decimal, or ""
}

// names are the fields in the order of the leaf.
var names = [...]string{"act", "actor", "at", "object", "digest", "parent", "tool", "detail", "reason", "previous"}

// FieldNames lists the names of an event's fields in their order in the leaf.
func FieldNames() []string { return slices.Clone(names[:]) }

// values are the fields in the order of names.
func (e *Event) values() [len(names)]*string {
	return [...]*string{&e.Act, &e.Actor, &e.At, &e.Object, &e.Digest, &e.Parent, &e.Tool, &e.Detail, &e.Reason, &e.Previous}
}

// Field is the value of the named field, and whether there is such a field.
func (e Event) Field(name string) (string, bool) {
	i := slices.Index(names[:], name)
	if i < 0 {
		return "", false
	}
	return *e.values()[i], true
}

const (
	maxEvent   = 64 << 10 // bytes of text in an event
	saltSize   = 32
	timeLayout = "2006-01-02T15:04:05Z"
)

// validate refuses what a reader of the log could not make sense of.
func (e Event) validate() error {
	if !slices.Contains(Acts(), e.Act) {
		return fmt.Errorf("%w: act %s: want one of %s", ErrEvent, quoted(e.Act), strings.Join(Acts(), ", "))
	}
	if e.Actor == "" || e.Object == "" {
		return fmt.Errorf("%w: %s: an actor and an object are needed", ErrEvent, e.Act)
	}
	if e.At != "" || e.Previous != "" {
		return fmt.Errorf("%w: %s of %s: at and previous are filled by the log", ErrEvent, e.Act, quoted(e.Object))
	}
	if e.Digest != "" && !isDigest(e.Digest) {
		return fmt.Errorf("%w: %s of %s: digest %s: want 64 lower-case hexadecimal digits", ErrEvent, e.Act, quoted(e.Object), quoted(e.Digest))
	}
	size := 0
	for i, v := range e.values() {
		if size += len(*v); !utf8.ValidString(*v) {
			return fmt.Errorf("%w: %s of %s: %s is not UTF-8", ErrEvent, e.Act, quoted(e.Object), names[i])
		}
	}
	if size > maxEvent {
		return fmt.Errorf("%w: %s of %s: %d bytes, at most %d", ErrEvent, e.Act, quoted(e.Object), size, maxEvent)
	}
	return nil
}

func isDigest(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(text) == 2*sha256.Size
}

// stamp is a moment as At has it.
func stamp(t time.Time) string { return t.UTC().Truncate(time.Second).Format(timeLayout) }

// salts derives the salt of every field from the salt of the event, so that one
// field can be opened without the others.
func salts(event []byte) (out [len(names)][]byte) {
	mac := hmac.New(sha256.New, event)
	for i, name := range names {
		mac.Reset()
		mac.Write([]byte(name))
		out[i] = mac.Sum(nil)
	}
	return out
}

// commitment binds to a field's value and hides it, as long as the salt is secret.
func commitment(salt []byte, name, value string) tlog.Hash {
	b := make([]byte, 0, len(salt)+len(name)+len(value)+2)
	b = append(append(b, salt...), 0)
	b = append(append(b, name...), 0)
	return sha256.Sum256(append(b, value...))
}

func commitments(e *Event, salt []byte) (out [len(names)]tlog.Hash) {
	field := salts(salt)
	for i, v := range e.values() {
		out[i] = commitment(field[i], names[i], *v)
	}
	return out
}

const leafHeader = "turtlebay-leaf/1\n"

// leafHash is the RFC 6962 hash of the leaf with these commitments.
func leafHash(c [len(names)]tlog.Hash) tlog.Hash {
	b := make([]byte, 0, 1024)
	b = append(b, leafHeader...)
	for i, name := range names {
		b = append(append(b, name...), ' ')
		b = append(hex.AppendEncode(b, c[i][:]), '\n')
	}
	return tlog.RecordHash(b)
}

// quoted is text from outside as it can stand in a message: short, in quotation
// marks, nothing in it that moves a cursor or turns the direction of writing.
func quoted(text string) string {
	const most = 80
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return strconv.QuoteToGraphic(text)
}
