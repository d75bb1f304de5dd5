package tag

import (
	"cmp"
	"slices"

	"github.com/turtlebay/turtlebay/chain"
)

// Set is tags of many files, side by side. It never changes.
type Set struct {
	files   []Receipt
	tags    []Tag
	refused []Refusal
	exact   map[chain.Address]span
	lost    map[lostText]span
}

// span are the tags from one place to before another.
type span struct{ from, to int }

type lostText struct {
	chain chain.ID
	text  string
}

// NewSet is the set of the files' tags. The same row of the same bytes is one tag,
// however often it is given.
func NewSet(files ...File) *Set { return (&Set{}).With(files...) }

// With is the set with the tags of further files.
func (s *Set) With(files ...File) *Set {
	n := len(s.tags)
	for _, f := range files {
		n += len(f.Tags)
	}
	out := &Set{files: slices.Clone(s.files), tags: append(make([]Tag, 0, n), s.tags...), refused: slices.Clone(s.refused)}
	for _, f := range files {
		out.files = append(out.files, f.Receipt)
		out.tags = append(out.tags, f.Tags...)
		out.refused = append(out.refused, f.Refused...)
	}
	out.order()
	return out
}

// order sorts what the set holds, drops what it holds twice and makes its indexes.
func (s *Set) order() {
	slices.SortFunc(s.files, func(a, b Receipt) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.SHA256, b.SHA256), cmp.Compare(a.Chain, b.Chain), cmp.Compare(a.Date, b.Date))
	})
	s.files = slices.CompactFunc(s.files, func(a, b Receipt) bool {
		return a.File == b.File && a.SHA256 == b.SHA256 && a.Chain == b.Chain
	})
	slices.SortFunc(s.refused, func(a, b Refusal) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File), cmp.Compare(a.SHA256, b.SHA256), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Field, b.Field), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Detail, b.Detail),
		)
	})
	s.refused = slices.Compact(s.refused)
	s.tags = slices.Compact(inOrder(s.tags))
	s.exact, s.lost = make(map[chain.Address]span, len(s.tags)), map[lostText]span{}
	for from := 0; from < len(s.tags); {
		t, to := s.tags[from], from+1
		for to < len(s.tags) && s.tags[to].Chain == t.Chain && s.tags[to].Address == t.Address && s.tags[to].Lost == t.Lost {
			to++
		}
		if t.Lost != "" {
			s.lost[lostText{t.Chain, t.Lost}] = span{from, to}
		} else {
			s.exact[t.Address] = span{from, to}
		}
		from = to
	}
}

// inOrder are the tags in their order. Their places are sorted, not they themselves,
// which are large.
func inOrder(tags []Tag) []Tag {
	at := make([]int32, len(tags))
	for i := range at {
		at[i] = int32(i)
	}
	slices.SortFunc(at, func(i, j int32) int { return compare(&tags[i], &tags[j]) })
	out := make([]Tag, len(tags))
	for i, j := range at {
		out[i] = tags[j]
	}
	return out
}

// Len is how many tags there are.
func (s *Set) Len() int { return len(s.tags) }

// Addresses is how many addresses have a tag, those that lost their case included.
func (s *Set) Addresses() int { return len(s.exact) + len(s.lost) }

// Tags are all tags, by chain and address. They must not be changed.
func (s *Set) Tags() []Tag { return s.tags }

// Files are the receipts of the files, by name. They must not be changed.
func (s *Set) Files() []Receipt { return s.files }

// Refused are the rows that were refused of the files. They must not be changed.
func (s *Set) Refused() []Refusal { return s.refused }

// Lookup returns the tags of exactly this address: all of them, with those that
// contradict each other. They must not be changed.
func (s *Set) Lookup(a chain.Address) []Tag {
	at := s.exact[a]
	return s.tags[at.from:at.to:at.to]
}

// Why says what makes a tag of something else a hint.
type Why string

// The reasons.
const (
	// LostCase: the tag's address lost its capital letters and is this one but for
	// them. Other addresses may share that text.
	LostCase Why = "case lost"
	// SameKey: the tag is on another chain, of the same key or script. Whoever holds
	// one can use the other; a contract may be another's.
	SameKey Why = "same key on another chain"
)

// Hint is a tag that may concern an address.
type Hint struct {
	Why Why
	Tag Tag
}

// Hints returns the tags that Lookup does not: of the same bytes on other chains, and
// of texts in small letters that the address is but for its case. By reason and chain.
func (s *Set) Hints(a chain.Address) []Hint {
	var out []Hint
	if a.IsZero() {
		return nil
	}
	for _, text := range a.LostCase() {
		at := s.lost[lostText{a.Chain(), text}]
		for _, t := range s.tags[at.from:at.to] {
			out = append(out, Hint{LostCase, t})
		}
	}
	for _, c := range chain.All() {
		other, err := chain.Make(c.ID, a.Kind(), a.Bytes())
		if err != nil || other == a {
			continue
		}
		for _, t := range s.Lookup(other) {
			out = append(out, Hint{SameKey, t})
		}
	}
	return out
}

// Lost returns the tags for a text in small letters that lost its case: those that
// have just this text, and as hints those of addresses that it may stand for.
func (s *Set) Lost(text string) []Hint {
	var out []Hint
	for _, t := range s.tags {
		if t.Lost != "" && t.Lost == text || t.Lost == "" && t.Address.IsLostCase(text) {
			out = append(out, Hint{LostCase, t})
		}
	}
	return out
}
