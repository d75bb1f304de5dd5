package names_test

import (
	"encoding/binary"
	"fmt"
	"path/filepath"
	"slices"
	"sort"
	"testing"

	"github.com/turtlebay/turtlebay/ledger/csr/internal/names"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/sections"
	"pgregory.net/rapid"
)

const key = names.Hash(42)

// write writes a builder's names to a file and opens them.
func write(t *rapid.T, dir string, b *names.Builder) *names.Table {
	path := filepath.Join(dir, "names")
	w, err := sections.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	n, stride := b.Len(), b.Stride()
	if err := b.Write(w, 1, b.Index()); err != nil {
		t.Fatal(err)
	}
	if err := w.Finish(false); err != nil {
		t.Fatal(err)
	}
	f, err := sections.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return names.OpenTable(f, 1, n, stride)
}

// TestBuilderAndTable number names as a map does.
func TestBuilderAndTable(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		var b names.Builder
		model := map[string]int{}
		all := rapid.SliceOfN(rapid.StringN(0, 3, 12), 0, 300).Draw(t, "names")
		if rapid.Bool().Draw(t, "one length") {
			for i := range all {
				all[i] = fmt.Sprintf("%08x", len(all[i])*i)
			}
		}
		for _, name := range all {
			tag := key.Tag(name)
			no, ok := b.Find(name, tag)
			want, there := model[name]
			var first [1]uint32
			if b.Candidates([]uint64{tag}, first[:]); there && first[0] != uint32(want) && string(b.Get(int(first[0]))) == name {
				t.Fatalf("candidate %d of %q, want %d", first[0], name, want)
			} else if there && first[0] == names.None {
				t.Fatalf("no candidate of %q", name)
			}
			if ok != there || ok && no != want {
				t.Fatalf("find %q: %d, %v, want %d, %v", name, no, ok, want, there)
			}
			if !ok {
				model[name] = len(model)
				if got := b.Add(name, tag); got != model[name] {
					t.Fatalf("add %q: %d", name, got)
				}
			}
		}
		table := write(t, dir, &b)
		if err := table.Check(key, "names"); err != nil || table.Len() != len(model) {
			t.Fatal(table.Len(), err)
		}
		for name, want := range model {
			if no, ok := table.Find(name, key.Tag(name)); !ok || no != want || string(table.Get(no)) != name {
				t.Fatalf("table: %q is %d, %v, want %d", name, no, ok, want)
			}
		}
		for _, name := range []string{"not there", "nor\x00this"} {
			if _, ok := table.Find(name, key.Tag(name)); ok {
				t.Fatalf("%q is found", name)
			}
		}
	})
}

func TestSeekIsASearch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entry := rapid.OneOf(rapid.Uint64(), rapid.Uint64Range(0, 5), rapid.Uint64Range(1<<40, 1<<40+9))
		all := rapid.SliceOfN(entry, 0, 400).Draw(t, "entries")
		slices.Sort(all)
		var b []byte
		for _, e := range all {
			b = binary.LittleEndian.AppendUint64(b, e)
		}
		f, err := sections.Decode("index", sections.Encode(map[int][]byte{1: b}))
		if err != nil {
			t.Fatal(err)
		}
		sought := entry.Draw(t, "sought")
		if len(all) > 0 && rapid.Bool().Draw(t, "one of them") {
			sought = rapid.SampledFrom(all).Draw(t, "which")
		}
		want := sort.Search(len(all), func(i int) bool { return all[i] >= sought })
		if got := names.Seek(f.Section(1), len(all), sought); got != want {
			t.Fatalf("seek %x: %d, want %d of %x", sought, got, want, all)
		}
	})
}

func TestSortSorts(t *testing.T) {
	for _, n := range []int{0, 1, 100, 1023, 1024, 70_000} {
		all := make([]uint64, n)
		for i := range all {
			all[i] = key.Tag(fmt.Sprint(i%(n/2+1))) | uint64(i)
		}
		want := slices.Sorted(slices.Values(all))
		if got := names.Sort(all, make([]uint64, n)); !slices.Equal(got, want) {
			t.Errorf("%d entries are not in order", n)
		}
	}
}

// TestTagsAreSpread: no tag of many names stands for more than a few.
func TestTagsAreSpread(t *testing.T) {
	seen := map[uint64]int{}
	for i := range 200_000 {
		tag := key.Tag(fmt.Sprintf("theft-%06d", i))
		if seen[tag]++; seen[tag] > 2 {
			t.Fatalf("three names have the tag %x", tag)
		}
	}
	if len(seen) < 199_950 {
		t.Errorf("%d tags of 200,000 names", len(seen))
	}
	if key.Tag("a") == names.Hash(43).Tag("a") {
		t.Error("the key makes no difference")
	}
}
