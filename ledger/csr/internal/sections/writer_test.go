package sections_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/turtlebay/turtlebay/ledger/csr/internal/sections"
	"pgregory.net/rapid"
)

// TestGrownSideBySide: sections that grow at the same time are whole in the file, and can
// be read meanwhile.
func TestGrownSideBySide(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		w, err := sections.Create(filepath.Join(dir, "part"))
		if err != nil {
			t.Fatal(err)
		}
		columns := make([]*sections.Column, 4)
		want := make([][]byte, len(columns))
		for id := range columns {
			if id > 0 {
				columns[id] = w.Spool(id + 1)
			} else if columns[id], err = w.Append(id + 1); err != nil {
				t.Fatal(err)
			}
		}
		for range rapid.IntRange(0, 12).Draw(t, "portions") {
			id := rapid.IntRange(0, len(columns)-1).Draw(t, "section")
			n := rapid.SampledFrom([]int{0, 1, 7, 5000, 16_384, 40_000, 600_000}).Draw(t, "numbers")
			want[id] = append(want[id], grow(columns[id], id, n)...)
			if len(want[id]) > 0 {
				at := rapid.IntRange(0, len(want[id])-1).Draw(t, "at")
				got := make([]byte, rapid.IntRange(0, min(100, len(want[id])-at)).Draw(t, "bytes"))
				if err := columns[id].ReadAt(got, int64(at)); err != nil || !bytes.Equal(got, want[id][at:at+len(got)]) {
					t.Fatalf("section %d, %d bytes from %d: %v", id+1, len(got), at, err)
				}
			}
			if err := columns[id].ReadAt(make([]byte, 1), int64(len(want[id]))); err == nil {
				t.Fatal("a byte is read that was never added")
			}
		}
		if err := w.Finish(false); err != nil {
			t.Fatal(err)
		}
		f, err := sections.Open(filepath.Join(dir, "part"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for id := range want {
			if s := f.Section(id + 1); s.Len() != len(want[id]) || !bytes.Equal(s.Bytes(0, s.Len()), want[id]) {
				t.Fatalf("section %d is another", id+1)
			}
		}
		if left, _ := os.ReadDir(dir); len(left) != 1 {
			t.Fatalf("files are left: %v", left)
		}
	})
}

// grow adds n numbers, of a width that the section has, and says what bytes they are.
func grow(c *sections.Column, id, n int) (b []byte) {
	u16, u32, u64 := make([]uint16, n), make([]uint32, n), make([]uint64, n)
	for i := range n {
		u16[i], u32[i], u64[i] = uint16(i), uint32(i*i), uint64(i)<<33
		switch id {
		case 0:
			b = append(b, byte(i))
		case 1:
			b = binary.LittleEndian.AppendUint16(b, u16[i])
		case 2:
			b = binary.LittleEndian.AppendUint32(b, u32[i])
		case 3:
			b = binary.LittleEndian.AppendUint64(b, u64[i])
		}
	}
	switch id {
	case 0:
		c.Bytes(b)
	case 1:
		c.U16s(u16)
	case 2:
		c.U32s(u32)
	case 3:
		c.U64s(u64)
	}
	return b
}

// TestAfterAnError: a section that cannot be written takes what comes and says so.
func TestAfterAnError(t *testing.T) {
	const long = 80 * sections.BlockSize // more than is kept in memory
	w, err := sections.Create(filepath.Join(t.TempDir(), "part"))
	if err != nil {
		t.Fatal(err)
	}
	whole, err := w.Append(1)
	if err != nil {
		t.Fatal(err)
	}
	spooled := w.Spool(2)
	spooled.Bytes(make([]byte, long))
	if err := w.Discard(); err != nil { // nothing can be written any more
		t.Fatal(err)
	}
	for _, c := range []*sections.Column{whole, spooled} {
		c.Bytes(make([]byte, long))
		c.U32s(make([]uint32, sections.BlockSize))
		if c.U64(1); c.Err() == nil {
			t.Error("no error")
		}
	}
	if w.Err() == nil || w.Finish(false) == nil {
		t.Error("the file is finished")
	}
}
