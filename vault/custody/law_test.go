package custody

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// treeHash is the Merkle tree hash in the words of RFC 6962, section 2.1.
func treeHash(leaves [][32]byte) [32]byte {
	switch len(leaves) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return leaves[0]
	}
	k := 1
	for 2*k < len(leaves) {
		k *= 2
	}
	l, r := treeHash(leaves[:k]), treeHash(leaves[k:])
	return sha256.Sum256([]byte("\x01" + string(l[:]) + string(r[:])))
}

// text is any text that an event may hold, now and then an odd one.
var text = rapid.OneOf(rapid.Just(""), rapid.StringN(0, 12, 40), rapid.SampledFrom([]string{"\x00", "\u202e", "a\nb", "</script>", "“é”\u2028", `\"`}))

var anyEvent = rapid.Custom(func(t *rapid.T) Event {
	return Event{
		Act:    rapid.SampledFrom(Acts()).Draw(t, "act"),
		Actor:  "A" + text.Draw(t, "actor"),
		Object: rapid.SampledFrom([]string{"EV-000001", "EV-000002", "RB-\"1\\", "é"}).Draw(t, "object"),
		Digest: rapid.SampledFrom([]string{"", digestOf(1), digestOf(2)}).Draw(t, "digest"),
		Parent: text.Draw(t, "parent"), Tool: text.Draw(t, "tool"), Detail: text.Draw(t, "detail"), Reason: text.Draw(t, "reason"),
	}
})

// logOf makes a log in a new folder, the events in batches of any size.
func logOf(t *rapid.T, max int) *Log {
	dir, err := os.MkdirTemp("", "custody-law-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	o := options()
	o.Rand = seeded(rapid.Uint64Range(0, 9).Draw(t, "salts"))
	l := mustOpen(t, dir, o)
	t.Cleanup(func() { _ = l.Close() })
	for _, n := range rapid.SliceOfN(rapid.IntRange(1, max), 1, 3).Draw(t, "batches") {
		mustAppend(t, l, rapid.SliceOfN(anyEvent, n, n).Draw(t, "events")...)
	}
	return l
}

func leavesOf(t *rapid.T, l *Log) (out [][32]byte) {
	for i := range l.Size() {
		e, salt, err := l.event(i)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, byHand(e, salt))
	}
	return out
}

func checkpointAt(l *Log, leaves [][32]byte, size int64) Checkpoint {
	return Checkpoint{Origin: l.Origin(), Size: size, Root: treeHash(leaves[:size])}
}

// TestEveryLeafIsIncluded: for every leaf, at every size, whatever fields are opened,
// and the root is that of RFC 6962 over the leaves as the document describes them.
func TestEveryLeafIsIncluded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := logOf(t, 5)
		leaves := leavesOf(t, l)
		head, err := ParseCheckpoint(l.Checkpoint(), testVerifier)
		if err != nil || head.Size != l.Size() || head.Root != treeHash(leaves) {
			t.Fatalf("checkpoint %+v, %v; the leaves give %x", head, err, treeHash(leaves))
		}
		for size := int64(1); size <= l.Size(); size++ {
			for i := range size {
				show := rapid.SliceOfDistinct(rapid.SampledFrom(FieldNames()), rapid.ID[string]).Draw(t, "show")
				o, err := l.ProveAt(size, i, show...)
				if err != nil {
					t.Fatal(err)
				}
				if err := CheckOpening(o, checkpointAt(l, leaves, size)); err != nil {
					t.Fatal(err)
				}
				if other := (i + 1) % size; other != i {
					o.Index = other
					if err := CheckOpening(o, checkpointAt(l, leaves, size)); !errors.Is(err, ErrProof) {
						t.Fatalf("leaf %d of %d was taken for %d: %v", i, size, other, err)
					}
				}
			}
		}
		if v := mustVerify(t, l.Dir()); !v.OK() || v.Leaves != l.Size() {
			t.Fatalf("%+v", v)
		}
	})
}

// TestEveryPairIsConsistent: and no pair with another root is.
func TestEveryPairIsConsistent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := logOf(t, 6)
		leaves := leavesOf(t, l)
		for newer := range l.Size() + 1 {
			for older := range newer + 1 {
				proof, err := l.Consistency(older, newer)
				if err != nil {
					t.Fatal(err)
				}
				a, b := checkpointAt(l, leaves, older), checkpointAt(l, leaves, newer)
				if err := CheckConsistency(a, b, proof); err != nil {
					t.Fatal(err)
				}
				a.Root[7]++
				if err := CheckConsistency(a, b, proof); !errors.Is(err, ErrProof) {
					t.Fatalf("another root of %d was consistent with %d: %v", older, newer, err)
				}
			}
		}
	})
}

// TestOpeningsHideTheRest: what is opened is what was logged and cannot be changed;
// of what is not opened, neither the value nor the salt is in what travels.
func TestOpeningsHideTheRest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := logOf(t, 4)
		i := rapid.Int64Range(0, l.Size()-1).Draw(t, "leaf")
		show := rapid.SliceOfDistinct(rapid.SampledFrom(FieldNames()), rapid.ID[string]).Draw(t, "show")
		e, salt, err := l.event(i)
		if err != nil {
			t.Fatal(err)
		}
		o, err := l.Prove(i, show...)
		if err != nil {
			t.Fatal(err)
		}
		head, err := ParseCheckpoint(l.Checkpoint(), testVerifier)
		if err != nil {
			t.Fatal(err)
		}
		b, err := o.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		read, err := ParseOpening(b)
		if err != nil {
			t.Fatalf("%v: %s", err, b)
		}
		if err := CheckOpening(read, head); err != nil {
			t.Fatal(err)
		}
		checkSecrets(t, string(b), e, salt, show)
		got, hidden := read.Event()
		if len(hidden)+len(show) != len(names) {
			t.Fatalf("hidden %q, shown %q", hidden, show)
		}
		for n, v := range got.values() {
			want := *e.values()[n]
			if slices.Contains(hidden, names[n]) {
				want = ""
			}
			if *v != want {
				t.Fatalf("%s is %q, was logged as %q", names[n], *v, want)
			}
		}
		checkForgeries(t, read, head)
		proof, err := FormatProof(Proof{read, l.Checkpoint()})
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseProof(proof)
		if err != nil {
			t.Fatalf("tlog-proof: %v\n%s", err, proof)
		}
		if c, err := again.Check(testVerifier); err != nil || c.Size != l.Size() {
			t.Fatalf("tlog-proof: %v\n%s", err, proof)
		}
		again.Opening.Path = append(again.Opening.Path, tlog.Hash{})
		if _, err := again.Check(testVerifier); !errors.Is(err, ErrProof) {
			t.Fatalf("a longer path was taken: %v", err)
		}
	})
}

func checkSecrets(t *rapid.T, travels string, e Event, salt []byte, show []string) {
	secrets := []string{hex.EncodeToString(salt)}
	field := salts(salt)
	for n, v := range e.values() {
		if slices.Contains(show, names[n]) {
			continue
		}
		secrets = append(secrets, hex.EncodeToString(field[n]))
		if len(*v) > 8 && !slices.ContainsFunc(show, func(s string) bool { shown, _ := e.Field(s); return strings.Contains(shown, *v) }) {
			secrets = append(secrets, *v)
		}
	}
	for _, s := range secrets {
		if strings.Contains(travels, s) {
			t.Fatalf("%q is not opened and travels: %s", s, travels)
		}
	}
}

// checkForgeries changes one thing of an opening at a time.
func checkForgeries(t *rapid.T, o Opening, head Checkpoint) {
	name := rapid.SampledFrom(names[:]).Draw(t, "forged")
	forge := func(change func(f *Field)) Opening {
		c := Opening{o.Index, maps.Clone(o.Fields), slices.Clone(o.Path)}
		f := c.Fields[name]
		f.Salt = bytes.Clone(f.Salt)
		change(&f)
		c.Fields[name] = f
		return c
	}
	var forged []Opening
	if o.Fields[name].Open() {
		forged = append(forged, forge(func(f *Field) { f.Value += "x" }), forge(func(f *Field) { f.Salt[3] ^= 4 }))
	} else {
		forged = append(forged, forge(func(f *Field) { f.Commitment[3] ^= 4 }))
	}
	for i := range o.Path {
		c := forge(func(*Field) {})
		c.Path[i][0] ^= 1
		forged = append(forged, c)
	}
	for _, f := range forged {
		if err := CheckOpening(f, head); !errors.Is(err, ErrProof) {
			t.Fatalf("a forged opening was taken: %v", err)
		}
	}
}

// TestSameEventTwice: nobody can see that two leaves are about the same.
func TestSameEventTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := logOf(t, 1)
		e := anyEvent.Draw(t, "event")
		first := mustAppend(t, l, e, e)
		a, err := l.Prove(first)
		if err != nil {
			t.Fatal(err)
		}
		b, err := l.Prove(first + 1)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[tlog.Hash]bool{}
		for _, o := range []Opening{a, b} {
			leaf, err := o.Leaf()
			if err != nil {
				t.Fatal(err)
			}
			seen[leaf] = true
			for _, f := range o.Fields {
				seen[f.Commitment] = true
			}
		}
		if len(seen) != 2+2*len(names) {
			t.Fatalf("%d different hashes of two leaves and twenty fields", len(seen))
		}
	})
}

// TestReopenedLogIsTheSame: nothing hangs on what is in memory.
func TestReopenedLogIsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := logOf(t, 4)
		again, did, err := Open(l.Dir(), options())
		if err != nil || did != (Reconciled{}) {
			t.Fatalf("%+v, %v", did, err)
		}
		defer again.Close()
		if diff := cmp.Diff(l.last, again.last) + cmp.Diff(l.lines, again.lines) + cmp.Diff(l.lastAt, again.lastAt) + cmp.Diff(l.Checkpoint(), again.Checkpoint()); diff != "" {
			t.Fatal(diff)
		}
		e := anyEvent.Draw(t, "event")
		first := mustAppend(t, again, e)
		if err := l.Refresh(); err != nil || l.Size() != first+1 {
			t.Fatalf("refresh: %d, %v", l.Size(), err)
		}
		if _, err := l.Append(context.Background(), e); err != nil {
			t.Fatal(err)
		}
		if v := mustVerify(t, l.Dir()); !v.OK() || v.Leaves != first+2 {
			t.Fatalf("%+v", v)
		}
	})
}
