package spill_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/source/internal/spill"
	"pgregory.net/rapid"
)

// Whatever fits into memory, records come out as a stable sort has them, and no file
// stays behind.
func TestSortLaw(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfN(rapid.IntRange(0, 40), 0, 3000).Draw(t, "keys")
		s := spill.New(dir, rapid.IntRange(1, 4000).Draw(t, "memory"), func(a, b []byte) int { return bytes.Compare(a[:2], b[:2]) })
		var want []string
		for i, k := range keys {
			record := fmt.Sprintf("%02d record %d", k, i)
			want = append(want, record)
			if err := s.Add([]byte(record)); err != nil {
				t.Fatal(err)
			}
		}
		slices.SortStableFunc(want, func(a, b string) int { return bytes.Compare([]byte(a[:2]), []byte(b[:2])) })
		var got []string
		for r, err := range s.Sorted() {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, string(r))
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got %q, want %q", got, want)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestNoFolder(t *testing.T) {
	s := spill.New("/nowhere/at/all", 10, bytes.Compare)
	var err error
	for i := range 3 {
		err = errors.Join(err, s.Add(fmt.Appendf(nil, "record %d", i)))
	}
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want that the folder is missing", err)
	}
}

func TestTooLong(t *testing.T) {
	s := spill.New("", 0, bytes.Compare)
	if err := s.Add(make([]byte, spill.MaxRecord+1)); err == nil {
		t.Error("a record beyond the limit was taken")
	}
}

func TestFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no device that is always full")
	}
	dir := t.TempDir()
	link := filepath.Join(dir, "full")
	if err := os.Symlink("/dev/full", link); err != nil {
		t.Skip(err)
	}
	restore := spill.CreateIn(func() (*os.File, error) { return os.OpenFile(link, os.O_RDWR, 0) })
	defer restore()
	s := spill.New(dir, 1, bytes.Compare)
	defer s.Close()
	err := errors.Join(s.Add([]byte("one")), s.Add([]byte("two")))
	if !errors.Is(err, ledger.ErrFull) {
		t.Errorf("got %v, want %v", err, ledger.ErrFull)
	}
}

// transfers draws rows of any content.
func transfers() *rapid.Generator[ledger.Transfer] {
	text := rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 40), func(b []byte) string { return string(b) })
	return rapid.Custom(func(t *rapid.T) ledger.Transfer {
		return ledger.Transfer{
			Chain: chain.Bitcoin, Kind: ledger.Kind(rapid.IntRange(1, 3).Draw(t, "kind")),
			Block: rapid.Uint64Range(0, 3).Draw(t, "block"), Pos: rapid.Uint32Range(0, 2).Draw(t, "pos"),
			Index: rapid.Uint32Range(0, 2).Draw(t, "index"), Time: rapid.Int64().Draw(t, "time"), Tx: text.Draw(t, "tx"),
			From: ledger.Address(text.Draw(t, "from")), To: ledger.Address(text.Draw(t, "to")), Asset: ledger.Asset(text.Draw(t, "asset")),
			Value:  chain.FromBytes([32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "value"))),
			Spends: ledger.Outpoint{Tx: text.Draw(t, "spends"), Index: rapid.Uint32().Draw(t, "output")},
		}
	})
}

func TestOrderedLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(transfers(), 0, 200).Draw(t, "rows")
		refusals := 0
		rows := func(yield func(ledger.Transfer, error) bool) {
			for i, row := range want {
				if i%7 == 3 && !yield(ledger.Transfer{}, &intake.Refusal{Line: i}) || !yield(row, nil) {
					return
				}
			}
		}
		var got []ledger.Transfer
		for row, err := range spill.Ordered(context.Background(), "", rapid.IntRange(1, 9000).Draw(t, "memory"), rows) {
			if err != nil {
				refusals++
				continue
			}
			got = append(got, row)
		}
		want = slices.Clone(want)
		slices.SortStableFunc(want, func(a, b ledger.Transfer) int { return ledger.Compare(&a, &b) })
		if !slices.Equal(got, want) || refusals != (len(want)+3)/7 {
			t.Fatalf("got %d rows and %d refusals of %d rows, or another order", len(got), refusals, len(want))
		}
	})
}

func TestOrderedEnds(t *testing.T) {
	broken := errors.New("broken")
	rows := func(yield func(ledger.Transfer, error) bool) {
		if yield(ledger.Transfer{Tx: "a"}, nil) && yield(ledger.Transfer{}, broken) {
			t.Error("went on after an error")
		}
	}
	n := 0
	for _, err := range spill.Ordered(context.Background(), "", 0, rows) {
		if n++; !errors.Is(err, broken) {
			t.Errorf("got %v, want the error alone", err)
		}
	}
	if n != 1 {
		t.Errorf("yielded %d times, want once", n)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, err := range spill.Ordered(ctx, "", 0, rows) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want that it was cancelled", err)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	var p spill.Packer
	p.Transfer(&ledger.Transfer{Tx: "tx", Value: chain.Units64(7)})
	f.Add([]byte(p))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		u := spill.Unpack(b)
		row := u.Transfer()
		if u.Err() != nil {
			return
		}
		var again spill.Packer
		again.Transfer(&row)
		back := spill.Unpack(again)
		if back.Transfer() != row || back.Err() != nil {
			t.Errorf("%v does not come back", row)
		}
	})
}
