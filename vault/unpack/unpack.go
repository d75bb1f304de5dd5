// Package unpack lists what is in an archive (zip, tar, gzip) and opens its members,
// one at a time, into nothing but a reader. No file is ever made, and no name from an
// archive is used as one.
//
//	a, err := unpack.Open(file, size, unpack.Options{})
//	for m, err := range a.Members(ctx) {
//		if err != nil {
//			return err // the archive ends here: ErrBroken, ErrLimit
//		}
//		if m.Refused != "" {
//			fmt.Println(m.Name, "is left out:", m.Refused)
//		} else if m.Kind == unpack.File {
//			content, err := m.Open()
//			…
//		}
//	}
//
// Contract: an archive is recognised by its content. Memory is bounded whatever the
// archive claims, and so is what comes out of it, in bytes and for each packed byte.
// A member that is refused is named and the others go on. Nothing is unpacked twice:
// an archive in an archive is a member like any other, to be received and opened as
// an item of its own; a .tar.gz is a gzip with one member, a tar.
package unpack

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/turtlebay/turtlebay/vault/internal/bounded"
	"github.com/turtlebay/turtlebay/vault/internal/escape"
)

// Errors, for errors.Is.
var (
	// ErrFormat: the content is no zip, tar or gzip.
	ErrFormat = errors.New("not an archive")
	// ErrLimit: there is more than Options allow, of members or of bytes.
	ErrLimit = errors.New("archive over the limit")
	// ErrBroken: the archive or the member breaks off or contradicts itself.
	ErrBroken = errors.New("archive damaged")
	// ErrRefused: the member is one that is not opened.
	ErrRefused = errors.New("member refused")
)

// Format is the kind of archive.
type Format string

// The formats that are read.
const (
	Zip  Format = "zip"
	Tar  Format = "tar"
	Gzip Format = "gzip"
)

// Kind is what a member is.
type Kind string

// The kinds of members. Only files are opened.
const (
	File   Kind = "file"
	Folder Kind = "folder"
	Link   Kind = "link"
	Device Kind = "device"
	Other  Kind = "other"
)

// Options are the limits. The zero value of each is its default.
type Options struct {
	Members   int   // members listed; default 10,000
	Bytes     int64 // unpacked bytes of one member; default 4 GiB
	Total     int64 // unpacked bytes of one pass over the archive; default 16 GiB
	Ratio     int64 // unpacked bytes for each packed byte, looked at past Floor; default 400
	Floor     int64 // default 64 MiB
	Directory int64 // bytes of a zip's list of members; default 16 MiB

	// AnyName opens members that are refused for nothing but their name. The name
	// is escaped where it is shown, all the same.
	AnyName bool
}

func (o Options) withDefaults() Options {
	set := func(n *int64, def int64) {
		if *n <= 0 {
			*n = def
		}
	}
	if o.Members <= 0 {
		o.Members = 10_000
	}
	set(&o.Bytes, 4<<30)
	set(&o.Total, 16<<30)
	set(&o.Ratio, 400)
	set(&o.Floor, 64<<20)
	set(&o.Directory, 16<<20)
	return o
}

// Member is one entry of an archive.
type Member struct {
	Index    int    // from 0, in the order of the archive
	Name     string // escaped and cut when long: for people, never for a file system
	Original string // the bytes of the name, the first 1,024
	Kind     Kind
	Size     int64  // unpacked bytes as the archive claims; -1 when it does not say
	Target   string // of a link: where it leads, escaped
	Refused  string // why it is not opened; empty: a file can be
	Note     string // what is odd about it and no reason to refuse it

	open func() (io.Reader, error)
}

// Open opens the content of a file. The reader is good until the iteration goes on;
// it fails with ErrLimit or ErrBroken. The error is ErrRefused for a member that is
// not opened, or one of those two.
func (m Member) Open() (io.Reader, error) {
	if m.Refused != "" || m.Kind != File || m.open == nil {
		return nil, fmt.Errorf("open member %s: %w: %s", m.Name, ErrRefused, cmp.Or(m.Refused, "not a file"))
	}
	r, err := m.open()
	if err != nil {
		return nil, fmt.Errorf("open member %s: %w: %w", m.Name, ErrBroken, err)
	}
	return r, nil
}

// Archive is an archive that can be listed.
type Archive struct {
	format Format
	r      io.ReaderAt
	size   int64
	opts   Options
}

// Open recognises the archive. The error is ErrFormat or that of reading r.
func Open(r io.ReaderAt, size int64, opts Options) (*Archive, error) {
	start := make([]byte, min(block, max(size, 0)))
	if _, err := r.ReadAt(start, 0); err != nil && err != io.EOF {
		return nil, fmt.Errorf("open archive: %w", err)
	}
	a := &Archive{r: r, size: size, opts: opts.withDefaults()}
	switch {
	case bytes.HasPrefix(start, []byte("PK\x03\x04")), bytes.HasPrefix(start, []byte("PK\x05\x06")):
		a.format = Zip
	case bytes.HasPrefix(start, []byte("\x1f\x8b")):
		a.format = Gzip
	case isTar(start):
		a.format = Tar
	default:
		return nil, fmt.Errorf("open archive: %w", ErrFormat)
	}
	return a, nil
}

// Format is the format recognised.
func (a *Archive) Format() Format { return a.format }

// Members iterates over the members in the order of the archive. An error ends the
// iteration, after the members before it: ErrLimit, ErrBroken, the context's.
func (a *Archive) Members(ctx context.Context) iter.Seq2[Member, error] {
	return func(yield func(Member, error) bool) {
		p := &pass{Archive: a, ctx: ctx, names: map[string]int{}, yield: yield}
		var err error
		switch a.format {
		case Zip:
			err = p.zip()
		case Tar:
			err = p.tar()
		default:
			err = p.gzip()
		}
		if err != nil && !p.done {
			yield(Member{}, fmt.Errorf("list %s archive: %w", a.format, err))
		}
	}
}

// pass is one iteration over an archive.
type pass struct {
	*Archive
	ctx   context.Context
	names map[string]int // first member of each name
	out   int64          // unpacked so far
	yield func(Member, error) bool
	done  bool // the caller has had enough
}

var errDone = errors.New("enough")

// member judges a member by what every format says of it, and hands it over.
func (p *pass) member(m Member) error {
	if err := p.ctx.Err(); err != nil {
		return err
	}
	if m.Index >= p.opts.Members {
		return fmt.Errorf("%w: more than %d members", ErrLimit, p.opts.Members)
	}
	fault := nameFault(m.Original)
	m.Original = m.Original[:min(len(m.Original), maxName)]
	m.Name = escape.Short(m.Original, 200)
	switch {
	case m.Refused != "":
	case m.Kind == Link || m.Kind == Device || m.Kind == Other:
		m.Refused = "a " + string(m.Kind) + " is not opened"
		if m.Kind == Other {
			m.Refused = "neither a file nor a folder"
		}
	case fault != "" && !p.opts.AnyName:
		m.Refused = fault
	case m.Size > p.opts.Bytes:
		m.Refused = fmt.Sprintf("it claims %d bytes, at most %d are unpacked", m.Size, p.opts.Bytes)
	case m.Kind == Folder && m.Size > 0:
		m.Refused = "a folder that claims to have content"
	}
	if first, again := p.names[m.Original]; again {
		m.Note = fmt.Sprintf("the same name as member %d", first)
	} else {
		p.names[m.Original] = m.Index
	}
	if p.done = !p.yield(m, nil); p.done {
		return errDone
	}
	return nil
}

// content is what is unpacked from out, as far as the limits go; in counts the packed
// bytes of this member.
func (p *pass) content(out io.Reader, in *bounded.Counter) io.Reader {
	limits := bounded.Limits{Bytes: p.opts.Bytes, Ratio: p.opts.Ratio, Floor: p.opts.Floor}
	return &content{p: p, r: bounded.Until(p.ctx, bounded.Unpacked(out, in, limits))}
}

// content gives the errors of reading a member their names and counts for the total.
type content struct {
	p   *pass
	r   io.Reader
	err error
}

func (c *content) Read(b []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.r.Read(b)
	c.p.out += int64(n)
	c.err = c.p.named(err)
	if most := c.p.most(); c.p.out > most {
		c.err = fmt.Errorf("%w: more than %d bytes in all", ErrLimit, most)
		return 0, c.err
	}
	return n, c.err
}

// most is how many bytes the whole archive may unpack to.
func (p *pass) most() int64 {
	if p.size > p.opts.Total/p.opts.Ratio {
		return p.opts.Total
	}
	return min(p.opts.Total, max(p.opts.Floor, p.size*p.opts.Ratio))
}

func (p *pass) named(err error) error {
	passed := (*bounded.Passed)(nil)
	switch {
	case err == nil, err == io.EOF, p.ctx.Err() != nil:
		return err
	case errors.As(err, &passed):
		return fmt.Errorf("%w: %w", ErrLimit, err)
	}
	return fmt.Errorf("%w: %w", ErrBroken, err)
}
