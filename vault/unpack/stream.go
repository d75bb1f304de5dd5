package unpack

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/turtlebay/turtlebay/vault/internal/bounded"
	"github.com/turtlebay/turtlebay/vault/internal/escape"
)

// block is the unit of a tar archive.
const block = 512

// isTar recognises the header of a first member by its checksum, which every tar
// since the seventh edition of Unix has (POSIX.1-1988, ustar).
func isTar(header []byte) bool {
	if len(header) < block {
		return false
	}
	stored := string(bytes.Trim(header[148:156], " \x00"))
	want, err := strconv.ParseInt(stored, 8, 32)
	if err != nil {
		return false
	}
	unsigned, signed := int64(0), int64(0)
	for i, b := range header[:block] {
		if i >= 148 && i < 156 {
			b = ' '
		}
		unsigned += int64(b)
		signed += int64(int8(b))
	}
	return want == unsigned || want == signed
}

// seekable counts what is read and passes over the rest, as a tar's members are.
type seekable struct {
	*io.SectionReader
	in *bounded.Counter
}

func (s seekable) Read(p []byte) (int, error) { return s.in.Read(p) }

func (p *pass) tar() error {
	section := io.NewSectionReader(p.r, 0, p.size)
	in := &bounded.Counter{R: section}
	t := tar.NewReader(seekable{section, in})
	for i := 0; ; i++ {
		if err := p.ctx.Err(); err != nil {
			return err
		}
		h, err := t.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			return fmt.Errorf("%w: after %d members: %w", ErrBroken, i, err)
		}
		m := Member{Index: i, Original: h.Name, Kind: tarKind(h.Typeflag), Size: h.Size, Target: escape.Short(h.Linkname, 200)}
		m.open = func() (io.Reader, error) {
			in.N = 0
			return p.content(t, in), nil
		}
		if err := p.member(m); err != nil {
			return err
		}
	}
}

func tarKind(flag byte) Kind {
	switch flag {
	case tar.TypeReg, tar.TypeGNUSparse:
		return File
	case tar.TypeDir:
		return Folder
	case tar.TypeSymlink, tar.TypeLink:
		return Link
	case tar.TypeChar, tar.TypeBlock, tar.TypeFifo:
		return Device
	}
	return Other
}

// gzip has one member, which may have a name.
func (p *pass) gzip() error {
	in := &bounded.Counter{R: io.NewSectionReader(p.r, 0, p.size)}
	z, err := gzip.NewReader(in)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBroken, err)
	}
	m := Member{Original: z.Name, Kind: File, Size: -1, open: func() (io.Reader, error) { return p.content(z, in), nil }}
	if strings.TrimSpace(m.Original) == "" {
		m.Original = "content"
	}
	return p.member(m)
}
