package derive

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"sync"
)

// Input is one record as bytes with its digest.
type Input struct {
	ID     string
	Digest string // lower-case hexadecimal SHA-256 of Bytes
	Bytes  []byte
}

// Set is all inputs of one kind, sorted by id. Functions read whole sets, so that
// a derivation also vouches for the rows it did not count.
type Set struct {
	kind   string
	inputs []Input
	digest string

	decode  sync.Once
	decoded any
	err     error
}

// NewSet makes a set; the inputs need not be sorted.
func NewSet(kind string, inputs []Input) *Set {
	inputs = slices.Clone(inputs)
	slices.SortFunc(inputs, func(a, b Input) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Digest, b.Digest))
	})
	h := sha256.New()
	for _, in := range inputs {
		io.WriteString(h, in.ID+" "+in.Digest+"\n")
	}
	return &Set{kind: kind, inputs: inputs, digest: hex.EncodeToString(h.Sum(nil))}
}

// Kind is the kind of all inputs in the set.
func (s *Set) Kind() string { return s.kind }

// Len is the number of inputs.
func (s *Set) Len() int { return len(s.inputs) }

// Inputs lists the inputs sorted by id. The caller must not change them.
func (s *Set) Inputs() []Input { return s.inputs }

// Digest is the SHA-256 of the lines "id digest\n" in order of id. It can be
// computed with standard tools from a list of files.
func (s *Set) Digest() string { return s.digest }

// Decoded decodes the set once and keeps the result: a report asks hundreds of
// questions of the same few sets. Every caller must pass the same decode.
func (s *Set) Decoded(decode func([]Input) (any, error)) (any, error) {
	s.decode.Do(func() { s.decoded, s.err = decode(s.inputs) })
	if s.err != nil {
		return nil, fmt.Errorf("decode inputs of kind %s: %w", s.kind, s.err)
	}
	return s.decoded, nil
}

func (s *Set) name() InputSet { return InputSet{s.kind, s.Len(), s.digest} }
