package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

var hexDigest = regexp.MustCompile(`^[0-9a-f]{64}$`)

// A snapshot's file is two lines: the JSON, and the SHA-256 of that line, so that a
// flipped bit in a path or a mode is seen as one in a chunk is.
func encodeSnapshot(snap Snapshot) ([]byte, error) {
	b, err := json.Marshal(snap)
	if err != nil {
		return nil, fmt.Errorf("encode snapshot: %w", err)
	}
	return fmt.Appendf(nil, "%s\n%s\n", b, digest(b)), nil
}

func decodeSnapshot(b []byte) (Snapshot, error) {
	var snap Snapshot
	line, rest, ok := bytes.Cut(b, []byte("\n"))
	if !ok || string(rest) != digest(line)+"\n" {
		return snap, errors.New("its digest does not fit")
	}
	if err := json.Unmarshal(line, &snap); err != nil {
		return snap, err
	}
	last := ""
	for _, f := range snap.Files {
		if f.Path <= last || !plainPath(f.Path) {
			return snap, fmt.Errorf("path %q is out of order or leaves the folder", f.Path)
		}
		last = f.Path
		if !hexDigest.MatchString(f.SHA256) {
			return snap, fmt.Errorf("file %q has no digest", f.Path)
		}
		for _, c := range f.Chunks {
			if !hexDigest.MatchString(c) {
				return snap, fmt.Errorf("file %q has a chunk without a digest", f.Path)
			}
		}
	}
	return snap, nil
}

// plainPath reports whether the path stays in the folder it is laid under.
func plainPath(p string) bool {
	return fs.ValidPath(p) && p != "." && path.Clean(p) == p && !strings.ContainsAny(p, "\\:\x00")
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// split reads r in chunks and hands each on with its digest; it returns the length
// and the digest of the whole.
func split(r io.Reader, each func(sum string, b []byte) error) (size int64, sum string, err error) {
	whole := sha256.New()
	buf := make([]byte, chunkSize)
	for {
		n, err := io.ReadFull(r, buf)
		if n > 0 {
			whole.Write(buf[:n])
			size += int64(n)
			if err := each(digest(buf[:n]), buf[:n]); err != nil {
				return size, "", err
			}
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return size, hex.EncodeToString(whole.Sum(nil)), nil
		case err != nil:
			return size, "", err
		}
	}
}
