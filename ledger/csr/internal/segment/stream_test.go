package segment_test

import (
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/batch"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/sections"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/segment"
	"pgregory.net/rapid"
)

// numbered is a row and the numbers of what it names.
type numbered struct {
	t               ledger.Transfer
	from, to, asset uint32
}

// paymentAt is a payment that stands at a place of its chain, in a transaction of its own.
func paymentAt(rt *rapid.T, place int) numbered {
	r := numbered{
		t: ledger.Transfer{
			Kind: ledger.Payment, Block: uint64(place / 3), Time: int64(place / 3), Pos: uint32(place % 3),
			Tx: string(binary.LittleEndian.AppendUint64(nil, uint64(place)*0x9e3779b97f4a7c15)),
		},
		from: rapid.Uint32Range(0, 20).Draw(rt, "from"), to: rapid.Uint32Range(0, 20).Draw(rt, "to"),
		asset: rapid.SampledFrom([]uint32{0, 1, 70_000}).Draw(rt, "asset"),
	}
	if rapid.Bool().Draw(rt, "far") {
		r.t.Pos, r.t.Index = r.t.Pos+100_000, 70_000
	}
	wide := [32]byte{31: 1}
	wide[rapid.IntRange(0, 31).Draw(rt, "width")] = 255
	r.t.Value = chain.FromBytes(wide)
	return r
}

func settled(t interface{ Fatal(args ...any) }, rows []numbered) *batch.Batch {
	b := batch.New(key, len(rows))
	for i := range rows {
		b.Add(&rows[i].t, rows[i].from, rows[i].to, rows[i].asset)
	}
	if _, _, err := b.Settle(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	return b
}

// sectionsOf are the sections of a file.
func sectionsOf(t *rapid.T, path string) (out [][]byte) {
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := sections.Decode("file", b)
	if err != nil {
		t.Fatal(err)
	}
	for id := range sectionN {
		s := f.Section(id)
		out = append(out, slices.Clone(s.Bytes(0, s.Len())))
	}
	return out
}

// TestStreamIsTheSegment: what came in portions has the sections of what is written at once.
func TestStreamIsTheSegment(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		var rows []numbered
		for place := range rapid.IntRange(1, 60).Draw(t, "rows") {
			rows = append(rows, paymentAt(t, place))
		}
		slices.SortFunc(rows, func(a, b numbered) int { return ledger.Compare(&a.t, &b.t) })
		s, err := segment.Begin(filepath.Join(dir, "stream"), key)
		if err != nil {
			t.Fatal(err)
		}
		for left := rows; len(left) > 0; {
			n := rapid.IntRange(1, len(left)).Draw(t, "portion")
			add(t, s, settled(t, left[:n]))
			left = left[n:]
		}
		lists := rapid.Bool().Draw(t, "lists")
		o := segment.Options{Hash: key, Lists: lists}
		streamed, whole := filepath.Join(dir, "streamed"), filepath.Join(dir, "whole")
		if err := s.Finish(context.Background(), streamed, o); err != nil {
			t.Fatal(err)
		}
		if err := segment.Write(context.Background(), whole, []segment.Source{settled(t, rows)}, o); err != nil {
			t.Fatal(err)
		}
		a, b := sectionsOf(t, streamed), sectionsOf(t, whole)
		for id := range a {
			if !slices.Equal(a[id], b[id]) {
				t.Fatalf("section %d: %x, want %x", id, a[id], b[id])
			}
		}
		if left, _ := os.ReadDir(dir); len(left) != 2 {
			t.Fatalf("files are left: %v", left)
		}
	})
}

func add(t *rapid.T, s *segment.Stream, b *batch.Batch) {
	takes, err := s.Takes(b)
	if err != nil || !takes {
		t.Fatalf("a portion that follows is not taken: %v", err)
	}
	if shares, err := s.Shares(b.Index(), b.TxOf); err != nil || shares {
		t.Fatalf("new transactions are there already: %v", err)
	}
	if err := s.Add(context.Background(), b); err != nil {
		t.Fatal(err)
	}
	if shares, err := s.Shares(b.Index(), b.TxOf); err != nil || !shares {
		t.Fatalf("transactions that were added are not there: %v", err)
	}
}

// TestStreamTakes: what does not keep to the contract of a stream is not taken.
func TestStreamTakes(t *testing.T) {
	dir := t.TempDir()
	s, err := segment.Begin(filepath.Join(dir, "stream"), key)
	if err != nil {
		t.Fatal(err)
	}
	at := func(block uint64, tx string, kind ledger.Kind) []numbered {
		return []numbered{{t: ledger.Transfer{Kind: kind, Block: block, Time: int64(block), Tx: tx, Value: chain.Units64(1)}, from: 1, to: 2}}
	}
	if err := s.Add(t.Context(), settled(t, at(5, "b", ledger.Payment))); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name  string
		rows  []numbered
		takes bool
	}{
		{"a later block", at(6, "c", ledger.Payment), true},
		{"the same place and a later transaction", at(5, "c", ledger.Payment), true},
		{"the same place and an earlier transaction", at(5, "a", ledger.Payment), false},
		{"an earlier block", at(4, "c", ledger.Payment), false},
		{"an output", at(6, "c", ledger.Output), false},
		{"an id of another length", at(6, "cc", ledger.Payment), false},
		{"nothing", nil, false},
	} {
		if takes, err := s.Takes(settled(t, tc.rows)); err != nil || takes != tc.takes {
			t.Errorf("%s: %v, %v", tc.name, takes, err)
		}
	}
	if s.Discard(); s.Rows() != 1 {
		t.Errorf("%d rows", s.Rows())
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("files are left: %v, %v", left, err)
	}
}
