package custody

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Kept is a checkpoint of the history with what others said about it.
type Kept struct {
	Checkpoint          // its note and Signatures with the cosignatures that were added
	Stamps     [][]byte // RFC 3161 tokens over Text, DER
}

// The kinds of files in the folder of kept checkpoints. All but the checkpoints are
// named by the SHA-256 of their content, so that a changed byte is found without the
// key of whoever signed.
const (
	kindCheckpoint  = "checkpoint"
	kindCosignature = "cosignature"
	kindStamp       = "stamp"

	maxStamp = 256 << 10
)

// keptFile is a file of the history: SIZE.checkpoint, SIZE-SHA256.cosignature or
// SIZE-SHA256.stamp.
type keptFile struct {
	name   string
	size   int64
	kind   string
	digest string
}

func parseKept(name string) (keptFile, bool) {
	stem, kind, _ := strings.Cut(name, ".")
	number, digest, named := strings.Cut(stem, "-")
	size, ok := parseIndex(number)
	switch kind {
	case kindCheckpoint:
		ok = ok && !named
	case kindCosignature, kindStamp:
		ok = ok && isDigest(digest)
	default:
		ok = false
	}
	return keptFile{name, size, kind, digest}, ok
}

func keptName(size int64, kind string, content []byte) string {
	name := strconv.FormatInt(size, 10)
	if kind != kindCheckpoint {
		sum := sha256.Sum256(content)
		name += "-" + hex.EncodeToString(sum[:])
	}
	return name + "." + kind
}

// readKept lists the files of the history, by size and name. What is none of them is
// left to Verify.
func readKept(dir string) ([]keptFile, error) {
	entries, err := os.ReadDir(filepath.Join(dir, keptFolder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var out []keptFile
	for _, e := range entries {
		if k, ok := parseKept(e.Name()); ok {
			out = append(out, k)
		}
	}
	slices.SortStableFunc(out, func(a, b keptFile) int { return cmp.Compare(a.size, b.size) })
	return out, nil
}

// read is the content of a file of the history, checked against its name.
func (k keptFile) read(dir string) ([]byte, error) {
	b, err := readFile(filepath.Join(dir, keptFolder, k.name), maxStamp)
	if err == nil && keptName(k.size, k.kind, b) != k.name {
		err = fmt.Errorf("not the bytes that its name gives the SHA-256 of: %w", ErrDamaged)
	}
	if err != nil {
		return nil, fmt.Errorf("%s/%s: %w", keptFolder, k.name, err)
	}
	return b, nil
}

// checkpoint reads a checkpoint of the history.
func (k keptFile) checkpoint(dir string, v note.Verifier) (Checkpoint, error) {
	b, err := k.read(dir)
	if err != nil {
		return Checkpoint{}, err
	}
	c, err := ParseCheckpoint(b, v)
	if err == nil && (c.Size != k.size || len(c.Signatures) > 0) {
		err = fmt.Errorf("of size %d with %d other signatures: %w", c.Size, len(c.Signatures), ErrMalformed)
	}
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%s/%s: %w: %w", keptFolder, k.name, ErrDamaged, err)
	}
	return c, nil
}

// readCosigned reads the cosignatures of the checkpoint of a size, by name and key;
// of two by one key, the later.
func readCosigned(dir string, kept []keptFile, size int64) ([]note.Signature, error) {
	var out []note.Signature
	for _, k := range kept {
		if k.size != size || k.kind != kindCosignature {
			continue
		}
		b, err := k.read(dir)
		if err != nil {
			return nil, err
		}
		s, ok := parseSignature(string(bytes.TrimSuffix(b, []byte{'\n'})))
		if !ok {
			return nil, fmt.Errorf("%s/%s: no signature: %w", keptFolder, k.name, ErrDamaged)
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b note.Signature) int {
		// after the key's hash a cosignature begins with its time, in big-endian order
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Hash, b.Hash), -bytes.Compare(rawSignature(a), rawSignature(b)))
	})
	return slices.CompactFunc(out, func(a, b note.Signature) bool { return a.Name == b.Name && a.Hash == b.Hash }), nil
}

func rawSignature(s note.Signature) []byte {
	raw, err := base64.StdEncoding.DecodeString(s.Base64)
	if err != nil {
		return nil
	}
	return raw
}

// readHead reads the checkpoint of a log from its folder.
func readHead(dir string, v note.Verifier) (Checkpoint, error) {
	msg, err := readFile(filepath.Join(dir, checkpointFile), maxNote)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%s: %w", checkpointFile, missing(err))
	}
	c, err := ParseCheckpoint(msg, v)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%s: %w: %w", checkpointFile, ErrDamaged, err)
	}
	if len(c.Signatures) > 0 {
		return Checkpoint{}, fmt.Errorf("%s: signatures that do not belong there: %w", checkpointFile, ErrDamaged)
	}
	return c, nil
}

// missing is ErrDamaged for a file that is not there.
func missing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("missing: %w", ErrDamaged)
	}
	return err
}

// Keep keeps the current checkpoint in the history, as every one that left the desk
// must be, and returns it with its cosignatures.
func (l *Log) Keep() (c Checkpoint, err error) {
	err = l.change(func() error {
		c = withSignatures(l.head, l.cosigned)
		return l.keep()
	})
	if err != nil {
		return Checkpoint{}, fmt.Errorf("keep checkpoint: %w", err)
	}
	return c, nil
}

// change does something to the history while nobody else does.
func (l *Log) change(do func() error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.o.ReadOnly {
		return ErrReadOnly
	}
	unlock, err := lockFolder(context.Background(), l.files.dir)
	if err != nil {
		return err
	}
	defer unlock()
	return do()
}

func (l *Log) keep() error {
	path := filepath.Join(l.files.dir, keptFolder, keptName(l.head.Size, kindCheckpoint, nil))
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return writeFile(path, l.head.Note)
}

// History are the checkpoints that were kept, the smallest first. An error is
// ErrDamaged and names the file.
func (l *Log) History() ([]Kept, error) {
	kept, err := readKept(l.files.dir)
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	var out []Kept
	for _, k := range kept {
		if k.kind != kindCheckpoint {
			continue
		}
		c, err := k.checkpoint(l.files.dir, l.o.Verifier)
		if err != nil {
			return nil, fmt.Errorf("read history: %w", err)
		}
		cosigned, err := readCosigned(l.files.dir, kept, k.size)
		if err != nil {
			return nil, fmt.Errorf("read history: %w", err)
		}
		stamps, err := readStamps(l.files.dir, kept, k.size)
		if err != nil {
			return nil, fmt.Errorf("read history: %w", err)
		}
		out = append(out, Kept{withSignatures(c, cosigned), stamps})
	}
	return out, nil
}

func readStamps(dir string, kept []keptFile, size int64) (out [][]byte, err error) {
	for _, k := range kept {
		if k.size == size && k.kind == kindStamp {
			b, err := k.read(dir)
			if err != nil {
				return nil, err
			}
			out = append(out, b)
		}
	}
	return out, nil
}

// AddSignatures adds cosignatures to the checkpoint of that size, which is kept or
// current: whole lines, "— NAME BASE64" and a line feed, as a witness returns them.
// Whether they fit is for the caller to check, who knows the witnesses' keys. It
// returns ErrNoLeaf where there is no such checkpoint, ErrMalformed for other lines.
func (l *Log) AddSignatures(size int64, lines []byte) error {
	if err := l.change(func() error { return l.addSignatures(size, lines) }); err != nil {
		return fmt.Errorf("add cosignature to checkpoint of size %d: %w", size, err)
	}
	return nil
}

func (l *Log) addSignatures(size int64, lines []byte) error {
	c, err := l.keptOrCurrent(size)
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(lines)) {
		if _, ok := parseSignature(strings.TrimSuffix(line, "\n")); !ok {
			return fmt.Errorf("no signature: %s: %w", quoted(line), ErrMalformed)
		}
	}
	with, err := ParseCheckpoint(slices.Concat(c.Note, lines), l.o.Verifier)
	if err != nil {
		return err
	}
	if n := len(with.Signatures); n == 0 || n > maxSignatures {
		return fmt.Errorf("%d signatures, at most %d: %w", n, maxSignatures, ErrMalformed)
	}
	for _, s := range with.Signatures {
		if err := l.add(size, kindCosignature, []byte(signatureLine(s)+"\n")); err != nil {
			return err
		}
	}
	if size != l.head.Size {
		return nil
	}
	kept, err := readKept(l.files.dir)
	if err != nil {
		return err
	}
	l.cosigned, err = readCosigned(l.files.dir, kept, size)
	return err
}

// AddStamp adds a time-stamp token (DER) over the text of the checkpoint of that
// size, which is kept or current. Whether it fits is for the caller to check. It
// returns ErrNoLeaf where there is no such checkpoint.
func (l *Log) AddStamp(size int64, token []byte) error {
	err := l.change(func() error {
		if len(token) == 0 || len(token) > maxStamp {
			return fmt.Errorf("token of %d bytes, at most %d: %w", len(token), maxStamp, ErrMalformed)
		}
		if _, err := l.keptOrCurrent(size); err != nil {
			return err
		}
		return l.add(size, kindStamp, token)
	})
	if err != nil {
		return fmt.Errorf("add time-stamp to checkpoint of size %d: %w", size, err)
	}
	return nil
}

// keptOrCurrent is a checkpoint of the history; the current one is kept for it.
func (l *Log) keptOrCurrent(size int64) (Checkpoint, error) {
	if size == l.head.Size {
		return l.head, l.keep()
	}
	k := keptFile{name: keptName(size, kindCheckpoint, nil), size: size, kind: kindCheckpoint}
	c, err := k.checkpoint(l.files.dir, l.o.Verifier)
	if errors.Is(err, fs.ErrNotExist) {
		err = ErrNoLeaf
	}
	return c, err
}

func (l *Log) add(size int64, kind string, content []byte) error {
	return writeFile(filepath.Join(l.files.dir, keptFolder, keptName(size, kind, content)), content)
}
