package ingest

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/turtlebay/turtlebay/ledger/csr/internal/catalog"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/dictionary"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/segment"
)

// joinRows is how many rows segments have at most that are joined although they do
// not overlap.
const joinRows = 1 << 27

// piece is rows that are to be part of a segment.
type piece struct {
	source      segment.Source // nil: the stream
	rows        int
	first, last uint64           // blocks
	held        *catalog.Segment // nil: new
}

// group is pieces that become one segment.
type group struct {
	pieces      []piece
	rows        int
	first, last uint64
}

func (g *group) isNew() bool {
	return !slices.ContainsFunc(g.pieces, func(p piece) bool { return p.held != nil })
}

func (g *group) add(o group) {
	g.pieces = append(g.pieces, o.pieces...)
	g.rows += o.rows
	g.first, g.last = min(g.first, o.first), max(g.last, o.last)
}

// write writes what is new of the chain and says what the chain is then made of.
func (in *intaking) write() (catalog.Chain, error) {
	out := catalog.Chain{Name: in.id}
	var err error
	if out.Addresses, err = in.writeNames(in.addresses, in.held.Addresses, "addresses"); err != nil {
		return out, err
	}
	if out.Assets, err = in.writeNames(in.assets, in.held.Assets, "assets"); err != nil {
		return out, err
	}
	for _, g := range arrange(in.pieces()) {
		s, err := in.writeGroup(g)
		if err != nil {
			return out, err
		}
		out.Segments = append(out.Segments, s)
	}
	return out, nil
}

// pieces are all rows of the chain, in order.
func (in *intaking) pieces() []piece {
	var out []piece
	for i, s := range in.old {
		held := &in.held.Segments[i]
		out = append(out, piece{s, s.Rows(), held.First, held.Last, held})
	}
	for _, s := range in.runs {
		first, _ := s.BlockAt(0)
		last, _ := s.BlockAt(s.Blocks() - 1)
		out = append(out, piece{s, s.Rows(), first, last, nil})
	}
	for i, s := range in.grown {
		held := &in.grown[i].file
		out = append(out, piece{s, s.Rows(), held.First, held.Last, held})
	}
	if in.stream != nil && in.stream.Rows() > 0 {
		first, last, _ := in.stream.Blocks()
		out = append(out, piece{nil, in.stream.Rows(), first, last, nil})
	}
	if n := in.batch.Size().Rows; n > 0 {
		first, last := in.batch.Blocks()
		out = append(out, piece{in.batch, n, first, last, nil})
	}
	slices.SortStableFunc(out, func(a, b piece) int { return cmp.Compare(a.first, b.first) })
	return out
}

// arrange groups pieces, which are in order, into segments: those that overlap have to
// be one; neighbours are joined so that a segment is larger than all that follow it
// together, or nearly, which keeps their number and the work of joining low.
func arrange(pieces []piece) []group {
	var out []group
	for _, p := range pieces {
		g := group{[]piece{p}, p.rows, p.first, p.last}
		if n := len(out); n > 0 && g.first <= out[n-1].last {
			out[n-1].add(g)
			continue
		}
		out = append(out, g)
	}
	joined := out[:0]
	for _, g := range out {
		joined = append(joined, g)
		for n := len(joined); n > 1; n = len(joined) {
			a, b := &joined[n-2], joined[n-1]
			if a.rows+b.rows > joinRows || a.rows > 4*b.rows && !(a.isNew() && b.isNew()) {
				break
			}
			a.add(b)
			joined = joined[:n-1]
		}
	}
	return joined
}

// writeGroup writes a segment; one that stays as it is is not written again.
func (in *intaking) writeGroup(g group) (catalog.Segment, error) {
	if len(g.pieces) == 1 && g.pieces[0].held != nil {
		return *g.pieces[0].held, nil
	}
	if len(g.pieces) == 1 && g.pieces[0].source == nil {
		if err := in.endStream(); err != nil {
			return catalog.Segment{}, err
		}
		return in.grown[len(in.grown)-1].file, nil
	}
	var sources []segment.Source
	for i := range g.pieces {
		p := &g.pieces[i]
		if p.source == nil {
			run, err := in.seal()
			if err != nil {
				return catalog.Segment{}, err
			}
			p.source = run
		}
		sources = append(sources, p.source)
	}
	path := in.part(string(in.id))
	err := segment.Write(in.ctx, path, sources, segment.Options{
		Hash: in.hash, Lists: true, Sync: true, Disjoint: !in.mayShare(g),
	})
	if err != nil {
		return catalog.Segment{}, err
	}
	s, err := segment.Open(path)
	if err != nil {
		return catalog.Segment{}, fmt.Errorf("read back: %w", err)
	}
	defer s.Close()
	return describe(s, g.first, g.last), nil
}

// describe is what the catalogue says of a segment.
func describe(s *segment.Segment, first, last uint64) catalog.Segment {
	out := catalog.Segment{File: catalog.FileOf(s.File()), Rows: uint64(s.Rows()), First: first, Last: last}
	out.Since, out.Until = s.Times()
	return out
}

// mayShare reports whether two pieces may name one transaction.
func (in *intaking) mayShare(g group) bool {
	return in.shared || slices.ContainsFunc(g.pieces, func(p piece) bool { return p.source.Size().Spends > 0 })
}

// writeNames writes the new names of a session and says which files there are then.
func (in *intaking) writeNames(s *dictionary.Session, held []catalog.File, what string) ([]catalog.File, error) {
	if s.New() == 0 {
		return held, nil
	}
	path := in.part(string(in.id) + "-" + what)
	joined, err := s.Write(path)
	s.Close()
	if err != nil {
		return nil, err
	}
	f, err := catalog.Describe(path)
	if err != nil {
		return nil, fmt.Errorf("read back: %w", err)
	}
	return append(held[:len(held)-joined:len(held)-joined], f), nil
}
