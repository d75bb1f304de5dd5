package witness

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	// MaxRequest is the most bytes of a request.
	MaxRequest = 64 << 10
	maxProof   = 63
	// maxSize keeps tlog's arithmetic from overflowing: above 2^62 its search for
	// a power of two never ends.
	maxSize = 1 << 62
)

// Request asks a witness for its cosignature. It travels as text: the line "old N",
// the proof's hashes in base64, one a line, an empty line, the checkpoint.
type Request struct {
	Old        int64       // leaves of the tree that the proof begins at, 0 without a proof
	Proof      []tlog.Hash // RFC 6962 consistency proof from Old to the checkpoint's size, at most 63 hashes
	Checkpoint []byte      // signed note, as in c2sp.org/tlog-checkpoint
}

// Format is the request as it travels.
func (r Request) Format() []byte {
	out := fmt.Appendf(nil, "old %d\n", r.Old)
	for _, h := range r.Proof {
		out = append(out, h.String()+"\n"...)
	}
	return append(append(out, '\n'), r.Checkpoint...)
}

// ParseRequest reads what Format wrote and nothing else; ErrMalformed says why not.
func ParseRequest(b []byte) (Request, error) {
	r, err := parseRequest(b)
	if err != nil {
		return Request{}, fmt.Errorf("read request: %w: %w", ErrMalformed, err)
	}
	return r, nil
}

func parseRequest(b []byte) (Request, error) {
	if len(b) > MaxRequest {
		return Request{}, fmt.Errorf("more than %d bytes", MaxRequest)
	}
	head, rest, ok := bytes.Cut(b, []byte("\n"))
	number, isOld := strings.CutPrefix(string(head), "old ")
	if !ok || !isOld {
		return Request{}, fmt.Errorf("line 1: want the word old and a number")
	}
	old, err := parseSize(number)
	if err != nil {
		return Request{}, fmt.Errorf("line 1: %w", err)
	}
	r := Request{Old: old}
	for line := 2; ; line++ {
		var text []byte
		if text, rest, ok = bytes.Cut(rest, []byte("\n")); !ok {
			return Request{}, fmt.Errorf("line %d: no empty line and checkpoint", line)
		}
		if len(text) == 0 {
			break
		}
		if len(r.Proof) == maxProof {
			return Request{}, fmt.Errorf("line %d: more than %d hashes", line, maxProof)
		}
		h, err := parseHash(string(text))
		if err != nil {
			return Request{}, fmt.Errorf("line %d: %w", line, err)
		}
		r.Proof = append(r.Proof, h)
	}
	r.Checkpoint = bytes.Clone(rest)
	_, err = parseCheckpoint(r.Checkpoint)
	return r, err
}

func parseSize(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > maxSize || strconv.FormatInt(n, 10) != text {
		return 0, fmt.Errorf("size %q: want a whole number of at most 2^62 without leading zeros", clip(text))
	}
	return n, nil
}

// parseHash takes the one way to write a hash, so that every request has one form.
func parseHash(text string) (tlog.Hash, error) {
	var h tlog.Hash
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(b) != len(h) || base64.StdEncoding.EncodeToString(b) != text {
		return h, fmt.Errorf("hash %q: want 32 bytes in base64", clip(text))
	}
	return tlog.Hash(b), nil
}

// checkpoint is what a witness reads of one; further lines are the log's own.
type checkpoint struct {
	origin string
	size   int64
	root   tlog.Hash
	text   string // what is signed
}

// parseCheckpoint reads a signed checkpoint and does not look at who signed.
func parseCheckpoint(signed []byte) (checkpoint, error) {
	_, err := note.Open(signed, note.VerifierList())
	var read *note.UnverifiedNoteError
	if !errors.As(err, &read) {
		return checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	lines := strings.Split(read.Note.Text, "\n")
	if len(lines) < 4 || lines[0] == "" {
		return checkpoint{}, fmt.Errorf("checkpoint: want an origin, a size and a root")
	}
	cp := checkpoint{origin: lines[0], text: read.Note.Text}
	if cp.size, err = parseSize(lines[1]); err != nil {
		return checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	if cp.root, err = parseHash(lines[2]); err != nil {
		return checkpoint{}, fmt.Errorf("checkpoint: root: %w", err)
	}
	for _, extension := range lines[3 : len(lines)-1] {
		if extension == "" {
			return checkpoint{}, fmt.Errorf("checkpoint: has an empty line")
		}
	}
	if cp.size == 0 && cp.root != sha256.Sum256(nil) {
		return checkpoint{}, fmt.Errorf("checkpoint: root %s is not of the empty tree", cp.root)
	}
	return cp, nil
}

// ParseLogs reads a list of logs to serve: one verifier key a line; empty lines and
// lines that begin with # do not count. The error names the line.
func ParseLogs(b []byte) ([]string, error) {
	var out []string
	line := 0
	for text := range strings.Lines(string(b)) {
		line++
		text = strings.TrimSpace(text)
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		if _, err := note.NewVerifier(text); err != nil {
			return nil, fmt.Errorf("read list of logs: line %d: %q: %w", line, clip(text), err)
		}
		out = append(out, text)
	}
	return out, nil
}
