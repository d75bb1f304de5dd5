package unpack

import (
	"archive/zip"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"github.com/turtlebay/turtlebay/vault/internal/bounded"
)

// gate counts what is read and lets no more than max through; a max of zero lets all.
type gate struct {
	r   io.ReaderAt
	in  *bounded.Counter
	max int64
}

func (g *gate) ReadAt(p []byte, at int64) (int, error) {
	if g.max > 0 && g.in.N+int64(len(p)) > g.max {
		return 0, fmt.Errorf("%w: its list of members has more than %d bytes", ErrLimit, g.max)
	}
	n, err := g.r.ReadAt(p, at)
	g.in.N += int64(n)
	return n, err
}

// zip lists a zip archive by its central directory.
func (p *pass) zip() error {
	g := &gate{r: p.r, in: &bounded.Counter{}, max: p.opts.Directory + 256<<10}
	z, err := zip.NewReader(g, p.size)
	switch {
	case errors.Is(err, ErrLimit):
		return err
	case err != nil && !errors.Is(err, zip.ErrInsecurePath):
		return fmt.Errorf("%w: %w", ErrBroken, err)
	}
	g.max = 0
	files := z.File[:min(len(z.File), p.opts.Members+1)]
	shared := sharing(files)
	for i, f := range files {
		m := Member{Index: i, Original: f.Name, Kind: zipKind(f), Size: int64(min(f.UncompressedSize64, 1<<62))}
		m.Refused = p.zipFault(f)
		if m.Refused == "" {
			m.Refused = shared[i]
		}
		m.open = func() (io.Reader, error) {
			r, err := f.Open()
			g.in.N = 0
			return p.content(r, g.in), err
		}
		if err := p.member(m); err != nil {
			return err
		}
	}
	return nil
}

func zipKind(f *zip.File) Kind {
	switch mode := f.Mode(); {
	case mode.IsDir():
		return Folder
	case mode.IsRegular():
		return File
	case mode&fs.ModeSymlink != 0:
		return Link
	}
	return Device
}

// zipFault refuses what cannot be read, and what says itself that it is a bomb.
func (p *pass) zipFault(f *zip.File) string {
	switch {
	case f.Flags&1 != 0:
		return "it is encrypted"
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return fmt.Sprintf("it is packed by method %d, which is not read", f.Method)
	case f.UncompressedSize64 > uint64(p.opts.Floor) && f.UncompressedSize64/uint64(p.opts.Ratio) > f.CompressedSize64:
		return fmt.Sprintf("it claims more than %d times its packed size", p.opts.Ratio)
	}
	return ""
}

// span is where the packed bytes of a member lie.
type span struct {
	member     int
	start, end int64
}

// sharing says of each file that its packed bytes are also those of another: the mark
// of an archive that claims the same bytes many times over. Of those that begin at
// one place the first is let be; of two that begin apart the second is, since it is
// the first that claims to reach too far.
func sharing(files []*zip.File) []string {
	out := make([]string, len(files))
	var spans []span
	for i, f := range files {
		start, err := f.DataOffset()
		size := int64(min(f.CompressedSize64, 1<<62))
		switch {
		case err != nil:
			out[i] = "its content is not where the archive says"
		case size > 0 && start < 1<<62:
			spans = append(spans, span{i, start, start + size})
		}
	}
	slices.SortFunc(spans, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.member, b.member))
	})
	for len(spans) > 0 {
		first := spans[0]
		rest := slices.IndexFunc(spans, func(s span) bool { return s.start > first.start })
		if rest < 0 {
			rest = len(spans)
		}
		for _, s := range spans[:rest] {
			switch {
			case s.member != first.member:
				out[s.member] = fmt.Sprintf("its content is also that of member %d", first.member)
			case rest < len(spans) && s.end > spans[rest].start:
				out[s.member] = fmt.Sprintf("its content reaches into that of member %d", spans[rest].member)
			}
		}
		spans = spans[rest:]
	}
	return out
}
