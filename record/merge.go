package record

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"

	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/internal/canonical"
	"github.com/turtlebay/turtlebay/record/observation"
)

// Outcome is what a further telling of a record added to it.
type Outcome int

// The outcomes, each more than the one before.
const (
	Known        Outcome = iota // nothing: it was told so by that source already
	Corroborated                // another source, or further evidence, for what is held
	Contradicted                // something else than what is held, which stands beside it
)

// String is "known", "corroborated" or "contradicted".
func (o Outcome) String() string { return [...]string{"known", "corroborated", "contradicted"}[o] }

// ErrFull is returned, wrapped with the record's id, where a record would hold
// more than 100 accounts, an account more than 1000 sources, or all of it more
// than 4 MiB.
var ErrFull = errors.New("more accounts of one observation than a record can hold")

// maxBytes bounds the canonical bytes of a record that is laid together.
const maxBytes = 4 << 20

// maxClaims bounds a list of claims that is laid together from several tellings.
const maxClaims = 100

// Merge lays a further telling of a record beside what is held of it. Nothing is
// overwritten and nothing is lost:
//
//   - Of an account that a source gave already, in the same words, nothing is
//     kept; if the held one had no evidence, it gets the new one's.
//   - The same account from another source, under the same marking, certainty,
//     note and day, adds the source and the evidence.
//   - Where accounts differ in lists of claims alone, the claims stand side by
//     side in one account, and the preference of the one held first stands.
//   - Any other stands in Also as an account of its own.
//
// Merging the same again is Known. In which order tellings arrive decides no more
// than which account leads, which claim is preferred and, where a source tells
// the same twice, which evidence is kept. What is returned shares memory with
// both records, which must be valid and of which neither is changed. Records of
// different ids or kinds are an error; so is ErrFull.
func Merge(held, incoming Record) (Record, Outcome, error) {
	if held.ID != incoming.ID || held.Kind() != incoming.Kind() {
		return held, Known, fmt.Errorf("merge %s %s with %s %s: not the same record", held.Kind(), held.ID, incoming.Kind(), incoming.ID)
	}
	accounts, outcome := held.Accounts(), Known
	for _, a := range incoming.Accounts() {
		var o Outcome
		accounts, o = lay(accounts, a)
		outcome = max(outcome, o)
	}
	if outcome == Known {
		return held, Known, nil
	}
	full := len(accounts) > maxAccounts || slices.ContainsFunc(accounts, func(a Account) bool {
		return len(a.Sources) > maxSources || len(a.Evidence) > maxSources
	})
	out := held.withAccounts(accounts)
	if full || len(mustCanonical(&out)) > maxBytes {
		return held, Known, fmt.Errorf("merge %s: %w", held.ID, ErrFull)
	}
	return out, outcome, nil
}

// lay lays one account beside those held, whose slice is the caller's own.
func lay(held []Account, a Account) ([]Account, Outcome) {
	said := plain(a, resolved)
	at, more, outcome := -1, Account{}, Contradicted
	for i, h := range held {
		if !sameFrame(h, a) {
			continue
		}
		mine := plain(h, resolved)
		if !said.sameRest(mine) {
			continue
		}
		joined, o, ok := join(h, a, mine, said)
		switch {
		case ok && o == Known:
			return held, Known
		case ok && at < 0:
			at, more, outcome = i, joined, o
		}
	}
	if at >= 0 {
		held[at] = more
		return held, outcome
	}
	if slices.ContainsFunc(held, func(h Account) bool { return agrees(a, h) }) {
		outcome = Corroborated
	}
	return append(held, a), outcome
}

// join adds to an account what another of the same frame, which differs from it
// in claims at most, says beyond it: claims, sources and evidence. ok is false
// where a list would grow too long.
func join(h, a Account, mine, theirs saying) (out Account, outcome Outcome, ok bool) {
	out = h
	keys := out.addSources(a.Sources)
	added, outcome, ok := out.addClaims(h, a, mine, theirs, keys)
	if !ok || added == 0 && len(out.Sources) == len(h.Sources) && len(h.Evidence) > 0 {
		return h, Known, ok
	}
	for _, p := range a.Evidence {
		if !slices.Contains(out.Evidence, p) {
			out.Evidence = append(slices.Clip(out.Evidence), p)
		}
	}
	if len(out.Sources) > len(h.Sources) || len(out.Evidence) > len(h.Evidence) {
		outcome = max(outcome, Corroborated)
	}
	return out, outcome, true
}

// addSources adds the sources that the account does not have and returns the key
// in it of each. A key that another source has there is numbered.
func (a *Account) addSources(more []claim.Source) map[string]string {
	keys := map[string]string{}
	for _, s := range more {
		i := slices.Index(a.Sources, s)
		if i < 0 {
			i = slices.IndexFunc(a.Sources, func(h claim.Source) bool { return nameless(h) == nameless(s) })
		}
		if i >= 0 {
			keys[s.Key] = a.Sources[i].Key
			continue
		}
		key := s.Key
		for n := 2; ; n++ {
			if _, taken := sourceOf(a.Sources, key); !taken {
				break
			}
			key = s.Key + "-" + strconv.Itoa(n)
		}
		keys[s.Key], s.Key = key, key
		a.Sources = append(slices.Clip(a.Sources), s)
	}
	return keys
}

// nameless is the source whatever it is called in a record.
func nameless(s claim.Source) claim.Source {
	s.Key = ""
	return s
}

// addClaims adds the claims of a that h, whose copy out is, does not have. It
// says Corroborated where they differ from its own only in where they were read.
func (out *Account) addClaims(h, a Account, mine, theirs saying, keys map[string]string) (added int, outcome Outcome, ok bool) {
	var bare, theirBare saying
	var into, from []claim.List
	for i, said := range theirs.claims {
		held := len(mine.claims[i])
		for j, text := range said {
			if slices.Contains(mine.claims[i], text) {
				continue
			}
			if into == nil {
				out.Observation = copied(h.Observation)
				into, from = claimsOf(out.Observation), claimsOf(rekeyed(a.Observation, keys))
				bare, theirBare = plain(h, unanchored), plain(a, unanchored)
			}
			outcome = max(outcome, Corroborated)
			if !slices.Contains(bare.claims[i], theirBare.claims[i][j]) {
				outcome = Contradicted
			}
			into[i].Take(from[i], j)
			mine.claims[i] = append(mine.claims[i], text)
			added++
		}
		if len(mine.claims[i]) > max(held, maxClaims) {
			return 0, Known, false
		}
	}
	return added, outcome, true
}

// rekeyed is a copy of an observation with its anchors' sources called by the
// keys of another account.
func rekeyed(o observation.Observation, keys map[string]string) observation.Observation {
	o = copied(o)
	eachAnchor(o, func(at *claim.Anchor) {
		if at.Source != "" {
			at.Source = keys[at.Source]
		}
	})
	return o
}

// agrees reports whether an account says no more than another and nothing else,
// wherever either was read.
func agrees(a, b Account) bool {
	said, held := plain(a, unanchored), plain(b, unanchored)
	if !said.sameRest(held) {
		return false
	}
	for i, claims := range said.claims {
		for _, text := range claims {
			if !slices.Contains(held.claims[i], text) {
				return false
			}
		}
	}
	return true
}

// saying is what an account says, to be compared: each claim of each list, and
// the rest of the observation.
type saying struct {
	claims [][]string
	rest   []byte
}

func (s saying) sameRest(t saying) bool { return string(s.rest) == string(t.rest) }

// plain takes an account's observation apart. What becomes of its anchors is for
// anchored: the keys of sources mean something in their own account alone.
func plain(a Account, anchored func(Account, *claim.Anchor)) saying {
	var s saying
	o := a.Observation
	if len(Anchors(o)) > 0 {
		o = copied(o)
		eachAnchor(o, func(at *claim.Anchor) { anchored(a, at) })
	}
	for _, list := range claimsOf(o) {
		said := list.Said()
		if s.claims = append(s.claims, said); len(said) > 0 {
			list.Clear() // of the copy: every claim has an anchor
		}
	}
	s.rest = mustCanonical(o)
	return s
}

// resolved names the source itself in the place of its key.
func resolved(a Account, at *claim.Anchor) {
	if s, ok := sourceOf(a.Sources, at.Source); ok {
		at.Source = Digest(mustCanonical(nameless(s)))
	}
}

func unanchored(_ Account, at *claim.Anchor) { *at = claim.Anchor{} }

func claimsOf(o observation.Observation) []claim.List {
	if c, ok := o.(observation.Claimed); ok {
		return c.Claims()
	}
	return nil
}

func eachAnchor(o observation.Observation, do func(*claim.Anchor)) {
	walk(reflect.ValueOf(o), func(v reflect.Value) {
		if at, ok := v.Addr().Interface().(*claim.Anchor); ok {
			do(at)
		}
	})
}

// copied is an observation that shares no memory with the one given.
func copied(o observation.Observation) observation.Observation {
	out, err := observation.New(o.Kind())
	if err == nil {
		err = unmarshal(mustCanonical(o), out)
	}
	if err != nil {
		panic(fmt.Sprintf("copy a %s: %v", o.Kind(), err)) // what is written is read
	}
	return out
}

func mustCanonical(v any) []byte {
	b, err := canonical.Append(nil, v)
	if err != nil {
		panic(fmt.Sprintf("encode %T: %v", v, err)) // made of text, numbers and dates
	}
	return b
}
