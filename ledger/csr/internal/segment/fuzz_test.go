package segment_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/batch"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/names"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/sections"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/segment"
)

const (
	key      = names.Hash(0x1234567890abcdef)
	accounts = 9
	sectionN = 48 // more than a segment has
)

// small is a segment with something in each of its sections.
func small(t testing.TB) []byte {
	t.Helper()
	b := batch.New(key, 64)
	for i := range uint32(20) {
		row := ledger.Transfer{
			Kind: ledger.Payment, Block: uint64(i / 3), Time: int64(i/3) * 12, Pos: i % 3 * 40_000, Index: i * 4000,
			Tx: "transaction"[:3+i%7] + string(rune('a'+i)), Value: chain.Units64(uint64(i) << (i * 3)),
		}
		if i%5 == 0 {
			var wide [32]byte
			wide[31-i] = 7
			row.Value = chain.FromBytes(wide)
		}
		if i%6 == 1 {
			row.Kind, row.Spends = ledger.Input, ledger.Outpoint{Tx: "before", Index: i}
		}
		b.Add(&row, i%accounts, i*i%accounts, i*70_000/19)
	}
	if _, _, err := b.Settle(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "s")
	if err := segment.Write(context.Background(), path, []segment.Source{b}, segment.Options{Hash: key, Lists: true}); err != nil {
		t.Fatal(err)
	}
	out, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// readEverything calls whatever reads a segment. It returns the first error; other
// panics than faults end the test.
func readEverything(s *segment.Segment) (err error) {
	defer sections.Catch(&err)
	c := segment.NewChunk()
	for from := 0; from < s.Rows(); from += c.N {
		s.Load(from, c)
	}
	var rows []uint32
	for _, d := range []segment.Direction{ledger.Out, ledger.In} {
		for id := range ledger.AccountID(min(s.Accounts(), 1000)) {
			s.Degree(d, id)
			rows = s.List(d, id, rows[:0])
		}
		s.Others(d, []ledger.AccountID{0, 1, 2, 1 << 31}, nil, nil)
	}
	for row := range s.Rows() {
		s.Place(row)
		s.Value(row)
		s.Asset(row)
		s.TxID(s.Tx(row))
		s.Spends(row)
	}
	of := ledger.Outpoint{Tx: "before", Index: 7}
	s.Spender(of, segment.OutpointTag(key, of))
	s.FindTx("before", key.Tag("before"))
	s.FirstRow(3)
	s.Times()
	return s.Check(context.Background(), key, accounts, 1<<20)
}

func TestWholeSegment(t *testing.T) {
	s, err := segment.Decode("small", small(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := readEverything(s); err != nil {
		t.Error(err)
	}
}

// FuzzBytes changes bytes of a file at will: its checksums find what is not as it was.
func FuzzBytes(f *testing.F) {
	whole := small(f)
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := segment.Decode("fuzz", b)
		if err == nil {
			err = readEverything(s)
		}
		var fault *sections.Fault
		if err == nil && string(b) != string(whole) {
			// a sound segment that is another: somebody sealed it
			return
		}
		if err != nil && !errors.As(err, &fault) {
			t.Fatal(err)
		}
	})
}

// FuzzSealed changes one section and seals the file again, so that nothing but the
// sense of what is read can be found wrong.
func FuzzSealed(f *testing.F) {
	whole := small(f)
	for id := 1; id < sectionN; id++ {
		f.Add(id, uint(0), []byte{0xff, 0xff, 0xff, 0xff})
		f.Add(id, uint(3), []byte{})
	}
	f.Fuzz(func(t *testing.T, id int, at uint, with []byte) {
		b, err := sealed(whole, id, at, with)
		if err != nil {
			t.Skip()
		}
		s, err := segment.Decode("fuzz", b)
		if err == nil {
			err = readEverything(s)
		}
		var fault *sections.Fault
		if err != nil && !errors.As(err, &fault) {
			t.Fatal(err)
		}
	})
}

// sealed is a file in which a section has other bytes from a place on, or ends there if
// there are none.
func sealed(whole []byte, id int, at uint, with []byte) ([]byte, error) {
	f, err := sections.Decode("small", whole)
	if err != nil {
		return nil, err
	}
	parts := map[int][]byte{}
	for i := 1; i < sectionN; i++ {
		if s := f.Section(i); s.Len() > 0 {
			parts[i] = append([]byte(nil), s.Bytes(0, s.Len())...)
		}
	}
	part := parts[id]
	if at > uint(len(part)) || len(with) > 1<<10 {
		return nil, errors.New("no such place")
	}
	if len(with) == 0 {
		part = part[:at]
	} else {
		part = append(part[:at], append(with, part[min(int(at)+len(with), len(part)):]...)...)
	}
	parts[id] = part
	return sections.Encode(parts), nil
}
