package bundle

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// content is a member that was read into memory, once.
type content struct {
	bytes []byte
	err   error
}

var errMissing = errors.New("missing")

// content unpacks a member into memory; never more than the table of contents
// says. Asking again costs nothing.
func (a *archive) content(name string) ([]byte, error) {
	if c, ok := a.held[name]; ok {
		return c.bytes, c.err
	}
	r, err := a.unpack(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		b = nil
	}
	a.held[name] = content{b, err}
	return b, err
}

// sum is the length and the digest of a member. Of those that Verify reads for
// what they say the content stays in memory; the others are only passed through.
func (a *archive) sum(name string) (int64, string, error) {
	if limit(name) < maxTotal {
		b, err := a.content(name)
		return int64(len(b)), digest(b), err
	}
	r, err := a.unpack(name)
	if err != nil {
		return 0, "", err
	}
	defer r.Close()
	h := sha256.New()
	n, err := io.Copy(h, r)
	return n, hex.EncodeToString(h.Sum(nil)), err
}

// unpack opens a member for reading.
func (a *archive) unpack(name string) (io.ReadCloser, error) {
	f := a.files[name]
	if f == nil {
		return nil, errMissing
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("cannot be unpacked: %w", err)
	}
	return &bounded{r, f.UncompressedSize64}, nil
}

// bounded reads what the table of contents promised and refuses more.
type bounded struct {
	io.ReadCloser
	left uint64
}

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if uint64(n) > b.left {
		return 0, errors.New("is longer than the zip says")
	}
	b.left -= uint64(n)
	return n, err
}

// plain makes text from a stranger safe to print on a terminal.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}
