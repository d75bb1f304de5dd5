package bundle

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// Limits of what is read from a stranger.
const (
	maxMembers  = 10_000
	maxManifest = 8 << 20   // bytes of manifest.json
	maxMember   = 512 << 20 // bytes of any member
	maxTotal    = 1 << 30   // bytes of all members
	maxRatio    = 1_000     // of what is larger than a megabyte
)

// archive is a zip whose table of contents has been looked at and found harmless.
type archive struct {
	files map[string]*zip.File
	order []string
}

// open reads the zip's table of contents and refuses what no honest writer makes.
func open(r io.ReaderAt, size int64) (*archive, error) {
	z, err := zip.NewReader(r, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, fmt.Errorf("%w: %w", ErrNotBundle, err)
	}
	if len(z.File) > maxMembers {
		return nil, fmt.Errorf("%w: %d members, more than %d", ErrHostile, len(z.File), maxMembers)
	}
	a := &archive{files: map[string]*zip.File{}}
	var total uint64
	for _, f := range z.File {
		if err := harmless(f); err != nil {
			return nil, err
		}
		if a.files[f.Name] != nil {
			return nil, fmt.Errorf("%w: member %q stands in it twice", ErrHostile, f.Name)
		}
		total += f.UncompressedSize64
		if total > maxTotal {
			return nil, fmt.Errorf("%w: more than %d bytes when unpacked", ErrHostile, maxTotal)
		}
		a.files[f.Name] = f
		a.order = append(a.order, f.Name)
	}
	return a, nil
}

func harmless(f *zip.File) error {
	clean := path.Clean(f.Name)
	switch {
	case f.Name == "" || clean != f.Name || path.IsAbs(f.Name) || clean == ".." || strings.HasPrefix(clean, "../"):
		return fmt.Errorf("%w: member name %q leaves its folder or is not plain", ErrHostile, f.Name)
	case strings.ContainsAny(f.Name, "\\:") || strings.ContainsFunc(f.Name, func(r rune) bool { return r < ' ' || r > '~' }):
		return fmt.Errorf("%w: member name %q has characters that no bundle uses", ErrHostile, f.Name)
	case !f.Mode().IsRegular():
		return fmt.Errorf("%w: member %q is no plain file", ErrHostile, f.Name)
	case f.UncompressedSize64 > maxMember:
		return fmt.Errorf("%w: member %q claims %d bytes", ErrHostile, f.Name, f.UncompressedSize64)
	case f.Name == manifestName && f.UncompressedSize64 > maxManifest:
		return fmt.Errorf("%w: a manifest of %d bytes", ErrHostile, f.UncompressedSize64)
	case f.UncompressedSize64 > 1<<20 && f.UncompressedSize64/maxRatio > f.CompressedSize64:
		return fmt.Errorf("%w: member %q unpacks to %d times its size", ErrHostile, f.Name, f.UncompressedSize64/max(f.CompressedSize64, 1))
	}
	return nil
}

// read unpacks a member; never more than the table of contents said.
func (a *archive) read(name string) ([]byte, error) {
	f := a.files[name]
	if f == nil {
		return nil, fmt.Errorf("member %s: missing", name)
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("member %s: %w", name, err)
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, int64(f.UncompressedSize64)+1))
	if err != nil {
		return b, fmt.Errorf("member %s: %w", name, err)
	}
	if uint64(len(b)) > f.UncompressedSize64 {
		return nil, fmt.Errorf("%w: member %q is longer than it says", ErrHostile, name)
	}
	return b, nil
}

// manifest reads manifest.json. A manifest that cannot be read as one leaves
// nothing to compare with.
func (a *archive) manifest() (Manifest, []byte, error) {
	var m Manifest
	if a.files[manifestName] == nil {
		return m, nil, fmt.Errorf("%w: it has no %s", ErrNotBundle, manifestName)
	}
	b, err := a.read(manifestName)
	if err != nil {
		return m, nil, err
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return m, b, fmt.Errorf("%s: %w", manifestName, err)
	}
	if m.Version > version && m.Format == format {
		return m, b, fmt.Errorf("format %d, this program knows %d: %w", m.Version, version, ErrNewer)
	}
	return m, b, nil
}
