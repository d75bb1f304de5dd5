package bundle

import (
	"archive/zip"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/vault/dossier"
)

// Limits of what is read from a stranger. Write keeps to them as well.
const (
	maxMembers     = 10_000
	maxDirectory   = 8 << 20   // bytes read to find the table of contents
	maxTotal       = 1 << 30   // bytes of all members
	maxRecords     = 128 << 20 // bytes of all records
	maxRatio       = 400       // of what is larger than a megabyte
	maxLine        = 4 << 20   // bytes of one record or one derivation
	maxDerivations = 20_000
	maxPlaces      = 20_000 // paragraphs, tables and charts
)

// limit is how many bytes a member may have. What Verify has to hold in memory is
// bounded more tightly than what it only hashes.
func limit(name string) uint64 {
	switch {
	case name == signatureName:
		return 64 << 10
	case name == manifestName, name == paragraphsName:
		return 2 << 20
	case name == inputsName:
		return 16 << 20
	case name == derivationsName, name == pageName, name == docxName:
		return 32 << 20
	case strings.HasPrefix(name, recordsDir), name == dossier.Dir+"records.jsonl":
		return maxRecords
	case dossier.IsMember(name):
		return 32 << 20
	}
	return maxTotal
}

// plainName is what any member of any version may be called; memberName what one
// of this version is called, beside the manifest and its signature.
var (
	plainName  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*$`)
	memberName = regexp.MustCompile(`^(README\.txt|derivations\.jsonl|paragraphs\.json|items/[0-9a-f]{64}|records/(inputs\.json|[a-z][a-z0-9_]{0,63}\.jsonl)|report/[A-Za-z0-9][A-Za-z0-9._-]{0,127})$`)
	kindName   = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)
)

// isMember reports whether a bundle may have a member of this name, beside the
// manifest and its signature.
func isMember(name string) bool { return memberName.MatchString(name) || dossier.IsMember(name) }

// archive is a zip whose table of contents has been looked at and found harmless.
type archive struct {
	files map[string]*zip.File
	order []string
	held  map[string]content
}

// open reads the zip's table of contents and refuses what no honest writer makes.
func open(r io.ReaderAt, size int64) (*archive, error) {
	f := &frugal{r: r, left: maxDirectory}
	z, err := zip.NewReader(f, size)
	switch {
	case errors.Is(err, ErrHostile):
		return nil, err
	case err != nil && !errors.Is(err, zip.ErrInsecurePath):
		return nil, fmt.Errorf("%w: %w", ErrNotBundle, err)
	case len(z.File) > maxMembers:
		return nil, fmt.Errorf("%w: %d members, more than %d", ErrHostile, len(z.File), maxMembers)
	}
	f.left = math.MaxInt64
	a := &archive{files: map[string]*zip.File{}, held: map[string]content{}}
	names := map[string]string{} // in small letters, as some file systems see them
	var total, records uint64
	for _, f := range z.File {
		if err := harmless(f, uint64(size)); err != nil {
			return nil, err
		}
		small := strings.ToLower(f.Name)
		if other, twice := names[small]; twice {
			return nil, fmt.Errorf("%w: members %.80q and %.80q are one", ErrHostile, other, f.Name)
		}
		names[small] = f.Name
		total += f.UncompressedSize64
		if strings.HasPrefix(f.Name, recordsDir) {
			records += f.UncompressedSize64
		}
		if total > maxTotal || records > maxRecords {
			return nil, fmt.Errorf("%w: %d bytes when unpacked, %d of them records", ErrHostile, total, records)
		}
		a.files[f.Name] = f
		a.order = append(a.order, f.Name)
	}
	return a, apart(z.File)
}

// frugal bounds what is read of a file: a table of contents may be as long as the
// file, and each of its entries costs memory.
type frugal struct {
	r    io.ReaderAt
	left int64
}

// ReadAt implements io.ReaderAt.
func (f *frugal) ReadAt(b []byte, at int64) (int, error) {
	if f.left -= int64(len(b)); f.left < 0 {
		return 0, fmt.Errorf("%w: the table of contents is longer than %d bytes", ErrHostile, maxDirectory)
	}
	return f.r.ReadAt(b, at)
}

func harmless(f *zip.File, size uint64) error {
	name, folder := strings.CutSuffix(f.Name, "/")
	n := f.UncompressedSize64
	switch {
	case !plainName.MatchString(name):
		return fmt.Errorf("%w: member name %.80q leaves its folder or is not plain", ErrHostile, f.Name)
	case !f.Mode().IsRegular() && (!folder || !f.Mode().IsDir() || n > 0):
		return fmt.Errorf("%w: member %.80q is no plain file", ErrHostile, f.Name)
	case f.Flags&1 != 0:
		return fmt.Errorf("%w: member %.80q is encrypted", ErrHostile, f.Name)
	case n > limit(f.Name):
		return fmt.Errorf("%w: member %.80q claims %d bytes, more than %d", ErrHostile, f.Name, n, limit(f.Name))
	case f.CompressedSize64 > size:
		return fmt.Errorf("%w: member %.80q is longer than the file", ErrHostile, f.Name)
	case n > 1<<20 && n/maxRatio > f.CompressedSize64:
		return fmt.Errorf("%w: member %.80q unpacks to %d times its size", ErrHostile, f.Name, n/max(f.CompressedSize64, 1))
	}
	return nil
}

// apart refuses members that share bytes: a small zip could unpack to a large one
// without any member of a suspicious ratio.
func apart(files []*zip.File) error {
	type span struct {
		start, end int64
		name       string
	}
	var spans []span
	for _, f := range files {
		const header = 30 // of a local header without its names
		at, err := f.DataOffset()
		if err != nil {
			continue // the member cannot be read, and is named for that
		}
		spans = append(spans, span{at - header - int64(len(f.Name)), at + int64(f.CompressedSize64), f.Name})
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.start, b.start) })
	for i := 1; i < len(spans); i++ {
		if spans[i].start < spans[i-1].end {
			return fmt.Errorf("%w: members %.80q and %.80q overlap", ErrHostile, spans[i-1].name, spans[i].name)
		}
	}
	return nil
}

// manifest reads manifest.json. The error is ErrNotBundle or ErrNewer; where it is
// neither, the manifest cannot be read as one and there is nothing to compare with.
func (a *archive) manifest() (m Manifest, raw []byte, err error) {
	if a.files[manifestName] == nil {
		return m, nil, fmt.Errorf("%w: it has no %s", ErrNotBundle, manifestName)
	}
	if raw, err = a.content(manifestName); err != nil {
		return m, nil, err
	}
	var head struct {
		Format  string `json:"format"`
		Version int    `json:"version"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return m, nil, fmt.Errorf("cannot be read: %w", err)
	}
	if head.Format == format && head.Version > version && !a.signedAsThisVersion() {
		return m, nil, fmt.Errorf("format %d, this program knows %d: %w", head.Version, version, ErrNewer)
	}
	if head.Format != format || head.Version != version {
		return m, nil, fmt.Errorf("not of format %s/%d", format, version)
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return m, nil, fmt.Errorf("cannot be read: %w", err)
	}
	if len(m.Members) > maxMembers {
		return m, nil, fmt.Errorf("names more than %d members", maxMembers)
	}
	if c, err := derive.Canonical(m); err != nil || !bytes.Equal(raw, c) {
		return m, nil, errors.New("not in canonical form")
	}
	return m, raw, nil
}

// signedAsThisVersion tells a manifest whose version was changed from one of a
// later version: the signature says the version as well.
func (a *archive) signedAsThisVersion() bool {
	b, err := a.content(signatureName)
	return err == nil && strings.HasPrefix(string(b), fmt.Sprintf("%s/%d\n", format, version))
}

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
