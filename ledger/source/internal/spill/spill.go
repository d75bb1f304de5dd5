// Package spill sorts more records than fit into memory.
//
// # Contract
//
// A [Sorter] takes records, which are byte strings, and gives them back in the order
// that it was made with; records that are equal in it come in the order in which they
// were added. What exceeds its memory lies in files that have no name and are gone
// with the process. A disk that is full is [ledger.ErrFull].
//
// # Example
//
//	s := spill.New("", 0, bytes.Compare)
//	defer s.Close()
//	for _, name := range names {
//		if err := s.Add([]byte(name)); err != nil {
//			return err
//		}
//	}
//	for record, err := range s.Sorted() { … }
package spill

import (
	"bufio"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"syscall"

	"github.com/turtlebay/turtlebay/ledger"
)

// DefaultMemory is the bytes of records that are held where nothing else is said.
const DefaultMemory = 256 << 20

// MaxRecord is the longest record, in bytes.
const MaxRecord = 64 << 20

const (
	fanIn   = 64        // runs that are merged at once
	overRec = 48        // bytes that a record takes up beside its own
	bufSize = 256 << 10 // of each run that is read or written

	chunkSize = 1 << 20 // bytes of records that are allocated at once
)

// Sorter sorts records. It is not safe for concurrent use.
type Sorter struct {
	dir     string
	memory  int
	compare func(a, b []byte) int

	chunk   []byte   // where the next records are copied to
	records [][]byte // those that are held
	held    int      // bytes that they take up
	levels  [][]*os.File
	nameful []string // files that could not be removed while they are open
	sorted  bool
}

// New is a sorter that keeps runs in dir (empty: the system's folder for temporary
// files) once the records exceed so many bytes (0: DefaultMemory).
func New(dir string, memory int, compare func(a, b []byte) int) *Sorter {
	if memory <= 0 {
		memory = DefaultMemory
	}
	return &Sorter{dir: dir, memory: memory, compare: compare}
}

// Add takes a copy of a record.
func (s *Sorter) Add(record []byte) error {
	if len(record) > MaxRecord {
		return fmt.Errorf("sort: a record of %d bytes, the most is %d", len(record), MaxRecord)
	}
	if len(s.records) > 0 && s.held+len(record)+overRec > s.memory {
		if err := s.flush(); err != nil {
			return err
		}
	}
	if cap(s.chunk)-len(s.chunk) < len(record) {
		s.chunk = make([]byte, 0, max(min(chunkSize, s.memory), len(record)))
	}
	start := len(s.chunk)
	s.chunk = append(s.chunk, record...)
	s.records = append(s.records, s.chunk[start:len(s.chunk):len(s.chunk)])
	s.held += len(record) + overRec
	return nil
}

// inOrder are the records in memory, in order.
func (s *Sorter) inOrder() [][]byte {
	if !slices.IsSortedFunc(s.records, s.compare) {
		slices.SortStableFunc(s.records, s.compare)
	}
	return s.records
}

// flush writes what is held as a run, and merges runs where there are many.
func (s *Sorter) flush() error {
	run, err := s.write(fromSlice(s.inOrder()))
	if err != nil {
		return err
	}
	clear(s.records)
	s.chunk, s.records, s.held = nil, s.records[:0], 0
	for level := 0; ; level++ {
		if level == len(s.levels) {
			s.levels = append(s.levels, nil)
		}
		s.levels[level] = append(s.levels[level], run)
		if len(s.levels[level]) < fanIn {
			return nil
		}
		runs := s.levels[level]
		if run, err = s.write(s.merge(runs, nil)); err != nil {
			return err
		}
		for _, f := range runs {
			f.Close()
		}
		s.levels[level] = nil
	}
}

func fromSlice(records [][]byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// create makes the file of a run; tests put a full disk in its place.
var create = func(dir string) (*os.File, error) { return os.CreateTemp(dir, "turtlebay-sort-*") }

// write makes a run of records that are in order.
func (s *Sorter) write(records iter.Seq2[[]byte, error]) (*os.File, error) {
	f, err := create(s.dir)
	if err != nil {
		return nil, full(fmt.Errorf("sort: %w", err))
	}
	if os.Remove(f.Name()) != nil {
		s.nameful = append(s.nameful, f.Name())
	}
	w := bufio.NewWriterSize(f, bufSize)
	var size [binary.MaxVarintLen64]byte
	for r, err := range records {
		if err == nil {
			_, err = w.Write(size[:binary.PutUvarint(size[:], uint64(len(r)))])
		}
		if err == nil {
			_, err = w.Write(r)
		}
		if err != nil {
			f.Close()
			return nil, full(fmt.Errorf("sort: %w", err))
		}
	}
	if err := w.Flush(); err != nil {
		f.Close()
		return nil, full(fmt.Errorf("sort: %w", err))
	}
	return f, nil
}

func full(err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("%w: %w", ledger.ErrFull, err)
	}
	return err
}

// Sorted gives the records back, once. A record is valid until the next is asked for.
func (s *Sorter) Sorted() iter.Seq2[[]byte, error] {
	if s.sorted {
		panic("spill: sorted twice")
	}
	s.sorted = true
	var runs []*os.File // the oldest first, so that equal records keep their order
	for _, level := range slices.Backward(s.levels) {
		runs = append(runs, level...)
	}
	if len(runs) == 0 {
		return fromSlice(s.inOrder())
	}
	return s.merge(runs, s.inOrder())
}

// merge streams the runs, and after them what is held in memory, as one.
func (s *Sorter) merge(runs []*os.File, held [][]byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		m := &merger{compare: s.compare}
		for i, f := range runs {
			if _, err := f.Seek(0, io.SeekStart); err != nil {
				yield(nil, fmt.Errorf("sort: %w", err))
				return
			}
			h := &head{order: i, r: bufio.NewReaderSize(f, bufSize)}
			if !m.take(h, yield) {
				return
			}
		}
		if !m.take(&head{order: len(runs), held: held}, yield) {
			return
		}
		heap.Init(m)
		for len(m.heads) > 0 {
			h := m.heads[0]
			if !yield(h.record, nil) {
				return
			}
			switch err := h.next(); {
			case err == io.EOF:
				heap.Pop(m)
			case err != nil:
				yield(nil, fmt.Errorf("sort: %w", err))
				return
			default:
				heap.Fix(m, 0)
			}
		}
	}
}

// head is a run that is being merged.
type head struct {
	order  int
	r      *bufio.Reader
	held   [][]byte
	record []byte
}

// next reads the next record; io.EOF at the end of the run.
func (h *head) next() error {
	if h.r == nil {
		if len(h.held) == 0 {
			return io.EOF
		}
		h.record, h.held = h.held[0], h.held[1:]
		return nil
	}
	n, err := binary.ReadUvarint(h.r)
	if err != nil {
		return err
	}
	if n > MaxRecord {
		return errors.New("a run is damaged")
	}
	h.record = slices.Grow(h.record[:0], int(n))[:n]
	if _, err := io.ReadFull(h.r, h.record); err != nil {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// merger is a heap of runs by their next record.
type merger struct {
	compare func(a, b []byte) int
	heads   []*head
}

// take adds a run unless it is empty; it reports whether all went well.
func (m *merger) take(h *head, yield func([]byte, error) bool) bool {
	switch err := h.next(); {
	case err == io.EOF:
		return true
	case err != nil:
		yield(nil, fmt.Errorf("sort: %w", err))
		return false
	}
	m.heads = append(m.heads, h)
	return true
}

func (m *merger) Len() int      { return len(m.heads) }
func (m *merger) Swap(i, j int) { m.heads[i], m.heads[j] = m.heads[j], m.heads[i] }
func (m *merger) Push(x any)    { m.heads = append(m.heads, x.(*head)) }

func (m *merger) Pop() any {
	last := m.heads[len(m.heads)-1]
	m.heads = m.heads[:len(m.heads)-1]
	return last
}

func (m *merger) Less(i, j int) bool {
	if c := m.compare(m.heads[i].record, m.heads[j].record); c != 0 {
		return c < 0
	}
	return m.heads[i].order < m.heads[j].order
}

// Close gives memory and files back.
func (s *Sorter) Close() error {
	var errs []error
	for _, level := range s.levels {
		for _, f := range level {
			errs = append(errs, f.Close())
		}
	}
	for _, name := range s.nameful {
		errs = append(errs, os.Remove(name))
	}
	s.chunk, s.records, s.levels, s.nameful = nil, nil, nil, nil
	return errors.Join(errs...)
}
