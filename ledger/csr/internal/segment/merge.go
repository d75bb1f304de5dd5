package segment

import (
	"context"
	"slices"

	"github.com/turtlebay/turtlebay/ledger/csr/internal/names"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/sections"
)

// nameMerge makes one list of ids of those of several sources.
type nameMerge struct {
	cursors []*cursor
	hash    names.Hash
	total   Size

	txs    int // ids in the segment
	stride int // bytes of each; 0: they differ
	bytes  int64
	dups   [][]bool // by source and number: an earlier source has it; nil: none has

	data, ends, index *sections.Column
}

// number gives every id its number: source after source, leaving out what an earlier
// one has. Where sources are known to share none, that follows from their sizes.
func (m *nameMerge) number(ctx context.Context, disjoint bool) error {
	m.txs, m.bytes, m.stride = m.total.Txs, m.total.TxBytes, m.total.TxStride
	base := 0
	for _, c := range m.cursors {
		c.base = uint32(base)
		base += c.size.Txs
	}
	if disjoint {
		return nil
	}
	same, err := m.shared(ctx)
	if err != nil || len(same) == 0 {
		return err
	}
	m.dups = make([][]bool, len(m.cursors))
	for i, c := range m.cursors {
		m.dups[i], c.txs = make([]bool, c.size.Txs), make([]uint32, c.size.Txs)
	}
	for _, s := range same {
		for _, e := range s[1:] {
			m.dups[e.source][e.no] = true
			m.txs--
			m.bytes -= int64(len(m.cursors[e.source].src.TxID(int(e.no))))
		}
	}
	next := uint32(0)
	for i, c := range m.cursors {
		for no, dup := range m.dups[i] {
			if !dup {
				c.txs[no] = next
				next++
			}
		}
	}
	for _, s := range same {
		for _, e := range s[1:] {
			m.cursors[e.source].txs[e.no] = m.cursors[s[0].source].txs[s[0].no]
		}
	}
	return nil
}

// entry is an entry of the index of a source.
type entry struct {
	source int
	no     uint32
}

// shared lists the ids that several sources have, each with where.
func (m *nameMerge) shared(ctx context.Context) ([][]entry, error) {
	var out [][]entry
	var group []entry
	var tag uint64
	settle := func() {
		for len(group) > 1 {
			id := m.id(group[0])
			same := []entry{group[0]}
			rest := group[:0]
			for _, e := range group[1:] {
				if string(m.id(e)) == string(id) {
					same = append(same, e)
				} else {
					rest = append(rest, e)
				}
			}
			if group = rest; len(same) > 1 {
				out = append(out, same)
			}
		}
		group = group[:0]
	}
	err := m.each(ctx, func(source int, e uint64) {
		if t := names.Tag(e); t != tag {
			settle()
			tag = t
		}
		group = append(group, entry{source, names.No(e)})
	})
	settle()
	return out, err
}

func (m *nameMerge) id(e entry) []byte { return m.cursors[e.source].src.TxID(int(e.no)) }

// each hands on the entries of all sources by tag, those of one tag by source.
func (m *nameMerge) each(ctx context.Context, take func(source int, e uint64)) error {
	var heap []*indexReader
	for i, c := range m.cursors {
		r := &indexReader{source: i, src: c.src, n: c.size.Txs, buf: make([]uint64, 1<<12)}
		if r.load() {
			heap = append(heap, r)
		}
	}
	slices.SortFunc(heap, func(a, b *indexReader) int {
		if a.before(b) {
			return -1
		}
		return 1
	})
	for turn := 0; len(heap) > 0; turn++ {
		if turn%(1<<16) == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		r := heap[0]
		take(r.source, r.buf[r.at])
		if r.at++; r.at == r.end && !r.load() {
			last := len(heap) - 1
			heap[0] = heap[last]
			heap = heap[:last]
		}
		sink(heap)
	}
	return nil
}

// indexReader reads the index of a source.
type indexReader struct {
	source  int
	src     Source
	n, read int
	buf     []uint64
	at, end int
}

func (r *indexReader) load() bool {
	if r.read%forgetRows == 0 || r.read >= r.n {
		r.src.Forget()
	}
	if r.read >= r.n {
		return false
	}
	r.at, r.end = 0, r.src.Entries(r.read, r.buf[:min(len(r.buf), r.n-r.read)])
	r.read += r.end
	return r.end > 0
}

func (r *indexReader) before(o *indexReader) bool {
	a, b := names.Tag(r.buf[r.at]), names.Tag(o.buf[o.at])
	return a < b || a == b && r.source < o.source
}

// sink moves the first of a heap down to its place.
func sink(heap []*indexReader) {
	for i := 0; ; {
		child := 2*i + 1
		if child >= len(heap) {
			return
		}
		if child+1 < len(heap) && heap[child+1].before(heap[child]) {
			child++
		}
		if !heap[child].before(heap[i]) {
			return
		}
		heap[i], heap[child] = heap[child], heap[i]
		i = child
	}
}

// reserve lays out the table.
func (m *nameMerge) reserve(w *sections.Writer) {
	ends := int64(8 * m.txs)
	if m.stride > 0 {
		ends = 0
	}
	m.data, m.ends, m.index = names.Reserve(w, secNames, m.bytes, ends, 8*int64(m.txs))
}

// write writes ids and index.
func (m *nameMerge) write(ctx context.Context) error {
	if err := m.writeIDs(ctx); err != nil {
		return err
	}
	return m.writeIndex(ctx)
}

// writeIDs writes the ids.
func (m *nameMerge) writeIDs(ctx context.Context) error {
	end := uint64(0)
	for i, c := range m.cursors {
		if m.stride > 0 && m.dups == nil {
			if err := copyIDs(ctx, c.src, c.size, m.data); err != nil {
				return err
			}
			continue
		}
		for no := range c.size.Txs {
			if no%forgetRows == 0 {
				if c.src.Forget(); ctx.Err() != nil {
					return ctx.Err()
				}
			}
			if m.dups != nil && m.dups[i][no] {
				continue
			}
			id := c.src.TxID(no)
			m.data.Bytes(id)
			if end += uint64(len(id)); m.stride == 0 {
				m.ends.U64(end)
			}
		}
	}
	return m.data.Err()
}

// copyIDs writes the ids of a source, which have one length, as they lie there.
func copyIDs(ctx context.Context, src Source, size Size, to *sections.Column) error {
	forgot := 0
	for no := 0; no < size.Txs; {
		ids := src.TxIDs(no)
		to.Bytes(ids)
		no += len(ids) / size.TxStride
		if no-forgot >= forgetRows {
			forgot = no
			src.Forget()
			if err := ctx.Err(); err != nil {
				return err
			}
		}
	}
	return to.Err()
}

// writeIndex writes the index.
func (m *nameMerge) writeIndex(ctx context.Context) error {
	var same []uint64 // entries of one tag: their numbers need not be in order
	settle := func() {
		if len(same) > 1 {
			slices.Sort(same)
		}
		for _, e := range same {
			m.index.U64(e)
		}
		same = same[:0]
	}
	err := m.each(ctx, func(source int, e uint64) {
		if m.dups != nil && m.dups[source][names.No(e)] {
			return
		}
		if len(same) > 0 && names.Tag(same[0]) != names.Tag(e) {
			settle()
		}
		same = append(same, names.Tag(e)|uint64(m.cursors[source].tx(names.No(e))))
	})
	settle()
	return err
}
