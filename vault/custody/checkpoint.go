package custody

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// NewKey makes the key of a log: a private and a public note key (Ed25519) whose
// name, "turtlebay-log-" and eight hexadecimal digits, is the log's origin.
func NewKey(rand io.Reader) (skey, vkey string, err error) {
	var id [4]byte
	if _, err := io.ReadFull(rand, id[:]); err != nil {
		return "", "", fmt.Errorf("make log key: %w", err)
	}
	skey, vkey, err = note.GenerateKey(rand, "turtlebay-log-"+hex.EncodeToString(id[:]))
	if err != nil {
		return "", "", fmt.Errorf("make log key: %w", err)
	}
	return skey, vkey, nil
}

// Checkpoint is what a log signed about itself: how many leaves there are and the
// root over them (c2sp.org/tlog-checkpoint).
type Checkpoint struct {
	Origin     string
	Size       int64
	Root       tlog.Hash
	Signatures []note.Signature // those that are not the log's: cosignatures, not verified here
	Note       []byte           // the signed note, as it was read
}

// Text is what is signed, cosigned and time-stamped: three lines, the note without
// its signatures.
func (c Checkpoint) Text() []byte {
	return fmt.Appendf(nil, "%s\n%d\n%s\n", c.Origin, c.Size, c.Root)
}

const (
	maxNote       = 64 << 10
	maxSignatures = 64
	maxSize       = 1<<53 - 1 // leaves: what a number in JSON holds exactly
)

// ParseCheckpoint reads a signed checkpoint of the log that the verifier belongs to.
// The log's signature must be there and fit; others are listed. It returns
// ErrMalformed for what is not in the one form that the log writes, and ErrProof for
// a signature that does not fit.
func ParseCheckpoint(msg []byte, log note.Verifier) (Checkpoint, error) {
	if len(msg) > maxNote {
		return Checkpoint{}, fmt.Errorf("read checkpoint: %d bytes, at most %d: %w", len(msg), maxNote, ErrMalformed)
	}
	n, err := note.Open(msg, note.VerifierList(log))
	var unsigned *note.UnverifiedNoteError
	var wrong *note.InvalidSignatureError
	switch {
	case errors.As(err, &unsigned):
		return Checkpoint{}, fmt.Errorf("read checkpoint: not signed by %s: %w", log.Name(), ErrProof)
	case errors.As(err, &wrong):
		return Checkpoint{}, fmt.Errorf("read checkpoint: the signature of %s does not fit: %w", log.Name(), ErrProof)
	case err != nil:
		return Checkpoint{}, fmt.Errorf("read checkpoint: no signed note: %w", ErrMalformed)
	}
	c, err := parseText(n.Text)
	if err != nil {
		return Checkpoint{}, err
	}
	if c.Origin != log.Name() {
		return Checkpoint{}, fmt.Errorf("read checkpoint: of %s, not of %s: %w", quoted(c.Origin), log.Name(), ErrProof)
	}
	c.Signatures, c.Note = n.UnverifiedSigs, bytes.Clone(msg)
	if !bytes.Equal(signed(c.Text(), append(n.Sigs, n.UnverifiedSigs...)), msg) {
		return Checkpoint{}, fmt.Errorf("read checkpoint: signatures not in canonical form: %w", ErrMalformed)
	}
	return c, nil
}

func parseText(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[0] == "" || lines[3] != "" {
		return Checkpoint{}, fmt.Errorf("read checkpoint: want three lines, origin, size and root: %w", ErrMalformed)
	}
	size, ok := parseIndex(lines[1])
	root, err := parseHash(lines[2])
	if !ok || err != nil {
		return Checkpoint{}, fmt.Errorf("read checkpoint: size %s, root %s: %w", quoted(lines[1]), quoted(lines[2]), ErrMalformed)
	}
	return Checkpoint{Origin: lines[0], Size: size, Root: root}, nil
}

// parseIndex reads a decimal up to maxSize without sign and leading zeros.
func parseIndex(text string) (int64, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && n >= 0 && n <= maxSize && strconv.FormatInt(n, 10) == text
}

// parseHash reads base64 in its one form: no stray bits.
func parseHash(text string) (tlog.Hash, error) {
	h, err := tlog.ParseHash(text)
	if err != nil || h.String() != text {
		return tlog.Hash{}, fmt.Errorf("hash %s: %w", quoted(text), ErrMalformed)
	}
	return h, nil
}

// signed is the note of the text and the signatures, in their order.
func signed(text []byte, signatures []note.Signature) []byte {
	b := append(bytes.Clone(text), '\n')
	for _, s := range signatures {
		b = append(append(b, signatureLine(s)...), '\n')
	}
	return b
}

// signatureLine is a signature as it stands in a note, without its line feed.
func signatureLine(s note.Signature) string {
	if raw, err := base64.StdEncoding.DecodeString(s.Base64); err == nil {
		s.Base64 = base64.StdEncoding.EncodeToString(raw) // stray bits are not kept
	}
	return "— " + s.Name + " " + s.Base64
}

// sign makes the checkpoint of a log.
func sign(s note.Signer, size int64, root tlog.Hash) (Checkpoint, error) {
	c := Checkpoint{Origin: s.Name(), Size: size, Root: root}
	msg, err := note.Sign(&note.Note{Text: string(c.Text())}, s)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("sign checkpoint of size %d: %w", size, err)
	}
	c.Note = msg
	return c, nil
}

// CheckConsistency checks that the tree of the older checkpoint is the beginning of
// the tree of the newer: between them the log was only added to. It returns ErrProof
// where the proof does not show that.
func CheckConsistency(older, newer Checkpoint, proof []tlog.Hash) error {
	if older.Origin != newer.Origin {
		return fmt.Errorf("check consistency: of %s and %s, two logs: %w", quoted(older.Origin), quoted(newer.Origin), ErrProof)
	}
	err := errors.New("sizes out of order")
	switch {
	case older.Size == 0 && older.Root == emptyRoot() && len(proof) == 0:
		return nil
	case older.Size <= newer.Size && newer.Size <= maxSize:
		err = tlog.CheckTree(slices.Clone(proof), newer.Size, newer.Root, older.Size, older.Root)
	}
	if err != nil {
		return fmt.Errorf("check consistency of %s, %d and %d leaves: %w: %w", older.Origin, older.Size, newer.Size, ErrProof, err)
	}
	return nil
}

func emptyRoot() tlog.Hash {
	h, _ := tlog.TreeHash(0, nil) // reads nothing
	return h
}

// withSignatures is the checkpoint with these cosignatures.
func withSignatures(c Checkpoint, cosigned []note.Signature) Checkpoint {
	c.Signatures, c.Note = slices.Clone(cosigned), bytes.Clone(c.Note)
	for _, s := range cosigned {
		c.Note = append(append(c.Note, signatureLine(s)...), '\n')
	}
	return c
}

// parseSignature reads the line of a signature, without its line feed.
func parseSignature(line string) (note.Signature, bool) {
	rest, ok := strings.CutPrefix(line, "— ")
	name, b64, _ := strings.Cut(rest, " ")
	raw, err := base64.StdEncoding.DecodeString(b64)
	if !ok || err != nil || len(raw) < 5 {
		return note.Signature{}, false
	}
	s := note.Signature{Name: name, Hash: binary.BigEndian.Uint32(raw), Base64: b64}
	return s, signatureLine(s) == line
}
