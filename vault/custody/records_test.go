package custody

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

func TestRecordProofRefuses(t *testing.T) {
	key := bytes.Repeat([]byte{5}, KeySize)
	if _, err := NewRecordTree(key[1:]); err == nil {
		t.Error("a short key was taken")
	}
	if _, err := NewRecordProver(key[1:]); err == nil {
		t.Error("a short key was taken")
	}
	p, err := NewRecordProver(key)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range [][2]string{{"", digestOf(1)}, {"a\x00b", digestOf(1)}, {"a", "abc"}, {"a", strings.ToUpper(digestOf(1))}} {
		if err := p.Add(bad[0], bad[1]); !errors.Is(err, ErrMalformed) {
			t.Errorf("record %q: %v", bad, err)
		}
	}
	empty := sha256.Sum256(nil)
	if p.Size() != 0 || p.Root() != hex.EncodeToString(empty[:]) {
		t.Errorf("empty tree: %d, %s", p.Size(), p.Root())
	}
	for i := range 3 {
		if err := p.Add(fmt.Sprint("SHP-", i), digestOf(i)); err != nil {
			t.Fatal(err)
		}
	}
	proof, err := p.Prove(1, "SHP-1", digestOf(1))
	if err != nil || CheckRecord(proof, p.Root(), "SHP-1", digestOf(1)) != nil {
		t.Fatalf("proof: %v", err)
	}
	for name, f := range map[string]func() error{
		"number beyond": func() error { _, err := p.Prove(3, "SHP-1", digestOf(1)); return err },
		"another id":    func() error { _, err := p.Prove(1, "SHP-2", digestOf(1)); return err },
	} {
		if err := f(); !errors.Is(err, ErrNoLeaf) {
			t.Errorf("%s: %v", name, err)
		}
	}
	change := func(f func(*RecordProof)) RecordProof {
		c := proof
		c.Path = append([]tlog.Hash(nil), proof.Path...)
		f(&c)
		return c
	}
	for name, tc := range map[string]struct {
		p    RecordProof
		want error
	}{
		"salt":      {change(func(p *RecordProof) { p.Salt = digestOf(9) }), ErrProof},
		"no salt":   {change(func(p *RecordProof) { p.Salt = "" }), ErrMalformed},
		"index":     {change(func(p *RecordProof) { p.Index = 0 }), ErrProof},
		"path":      {change(func(p *RecordProof) { p.Path[0][3]++ }), ErrProof},
		"short":     {change(func(p *RecordProof) { p.Path = p.Path[1:] }), ErrProof},
		"huge size": {change(func(p *RecordProof) { p.Size = 1<<63 - 1 }), ErrProof},
	} {
		if err := CheckRecord(tc.p, p.Root(), "SHP-1", digestOf(1)); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
	if err := CheckRecord(proof, digestOf(1), "SHP-1", digestOf(1)); !errors.Is(err, ErrProof) {
		t.Errorf("another root: %v", err)
	}
	if err := CheckRecord(proof, p.Root(), "SHP-1", digestOf(2)); !errors.Is(err, ErrProof) {
		t.Errorf("another record: %v", err)
	}
}

// TestRecordTreeLaw: every record of a batch is proven, by index, and nothing else.
func TestRecordTreeLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), KeySize, KeySize).Draw(t, "key")
		n := rapid.IntRange(0, 20).Draw(t, "records")
		tree, err := NewRecordTree(key)
		if err != nil {
			t.Fatal(err)
		}
		prover, err := NewRecordProver(key)
		if err != nil {
			t.Fatal(err)
		}
		var leaves [][32]byte
		id := func(i int) string { return fmt.Sprintf("SHP-%d", i/2) } // an id may come twice
		for i := range n {
			if err := errors.Join(tree.Add(id(i), digestOf(i)), prover.Add(id(i), digestOf(i))); err != nil {
				t.Fatal(err)
			}
			leaves = append(leaves, recordByHand(key, id(i), digestOf(i)))
		}
		root := treeHash(leaves)
		if tree.Root() != hex.EncodeToString(root[:]) || prover.Root() != tree.Root() || tree.Size() != int64(n) {
			t.Fatalf("root %s, prover %s, by hand %x", tree.Root(), prover.Root(), root)
		}
		for i := range n {
			p, err := prover.Prove(int64(i), id(i), digestOf(i))
			if err != nil {
				t.Fatal(err)
			}
			if err := CheckRecord(p, tree.Root(), id(i), digestOf(i)); err != nil {
				t.Fatal(err)
			}
			if err := CheckRecord(p, tree.Root(), id(i), digestOf(i+1)); !errors.Is(err, ErrProof) {
				t.Fatalf("another record was proven: %v", err)
			}
			if p.Index = int64((i + 1) % n); n > 1 && !errors.Is(CheckRecord(p, tree.Root(), id(i), digestOf(i)), ErrProof) {
				t.Fatal("a record was proven for another's place")
			}
		}
	})
}

// recordByHand computes a record's leaf from the words of docs/custody.md alone.
func recordByHand(key []byte, id, digest string) [32]byte {
	salt := hmacOf(key, id+"\x00"+digest)
	c := sha256.Sum256([]byte(salt + "\x00" + id + "\x00" + digest))
	return sha256.Sum256([]byte("\x00turtlebay-record/1\n" + hex.EncodeToString(c[:]) + "\n"))
}
