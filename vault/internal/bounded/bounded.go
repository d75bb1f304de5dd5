// Package bounded reads what may be larger than it looks: at most so many bytes, at
// most so many times what was packed, and no longer than a context lasts.
//
//	in := &bounded.Counter{R: file}
//	gz, err := gzip.NewReader(in)
//	text := bounded.Unpacked(gz, in, bounded.Limits{Bytes: 4 << 30, Ratio: 400, Floor: 16 << 20})
//
// Contract: a reader that passed its limit gives the error [*Passed] and no byte
// beyond, however often it is asked again.
package bounded

import (
	"context"
	"fmt"
	"io"
)

// Passed is the error of a limit that was passed.
type Passed struct{ Why string }

func (p *Passed) Error() string { return p.Why }

// Reader passes on Left bytes of R; if there are more, it fails with Over.
type Reader struct {
	R    io.Reader
	Left int64
	Over error

	passed bool
}

// Passed reports whether there were more.
func (b *Reader) Passed() bool { return b.passed }

func (b *Reader) Read(p []byte) (int, error) {
	if b.passed {
		return 0, b.Over
	}
	if int64(len(p)) > b.Left+1 {
		p = p[:b.Left+1]
	}
	n, err := b.R.Read(p)
	if int64(n) > b.Left {
		b.passed = true
		return int(b.Left), b.Over
	}
	b.Left -= int64(n)
	return n, err
}

// Counter counts the bytes read from R.
type Counter struct {
	R io.Reader
	N int64
}

func (c *Counter) Read(p []byte) (int, error) {
	n, err := c.R.Read(p)
	c.N += int64(n)
	return n, err
}

// Limits bound what may come out of something packed.
type Limits struct {
	Bytes int64 // at all
	Ratio int64 // for each packed byte, looked at past Floor
	Floor int64 // small things may repeat themselves as much as they like
}

// Unpacked reads from out, which unpacks what it reads from in. Whoever reads several
// things one after another from the same in sets its N to zero before each.
func Unpacked(out io.Reader, in *Counter, l Limits) io.Reader {
	return &unpacked{out: out, in: in, limits: l}
}

type unpacked struct {
	out    io.Reader
	in     *Counter
	n      int64
	limits Limits
	err    error
}

func (u *unpacked) Read(p []byte) (int, error) {
	if u.err != nil {
		return 0, u.err
	}
	if left := u.limits.Bytes - u.n; int64(len(p)) > left+1 {
		p = p[:left+1]
	}
	n, err := u.out.Read(p)
	u.n += int64(n)
	switch {
	case u.n > u.limits.Bytes:
		u.err = &Passed{fmt.Sprintf("more than %d bytes", u.limits.Bytes)}
	case u.n > u.limits.Floor && u.n/u.limits.Ratio > u.in.N:
		u.err = &Passed{fmt.Sprintf("more than %d times its packed size", u.limits.Ratio)}
	default:
		return n, err
	}
	return 0, u.err
}

// Until reads from r as long as the context lasts.
func Until(ctx context.Context, r io.Reader) io.Reader { return &until{ctx, r} }

type until struct {
	ctx context.Context
	r   io.Reader
}

func (u *until) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(p)
}
