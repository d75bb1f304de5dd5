// Package attribution says where a trace ends: it makes [follow.Services] of the tags of
// a desk and of a list that its people wrote.
//
// # Contract
//
// A tag makes its address a service if it says mixer, bridge, exchange, contract of
// decentral finance, or another business that holds coins for many. Tags that say who
// somebody is or what was done (a hack, sanctions, a person, an organisation, a miner)
// make none: behind them is the actor, a victim or a bystander, and the trace goes on.
//
// Of tags that contradict each other that of the best confidence wins, then the newer,
// then the class in the order mixer, bridge, exchange, swap, service, then the text;
// [follow.Service.Note] says the others. What the list says stands above all tags.
//
// No tag is a fact of the ledger. What was read off the chain itself (GraphSense's
// ledger_immanent) is [follow.Decoded]; what a source knows from its own dealings, from
// an authority or from forensic work (a level of 50 or more of 100) is
// [follow.Heuristic]; anything less, and what the source does not say, is
// [follow.Judgement], as is an entry of the list that names no confidence.
//
// Services never change and answer the same always; they are safe for concurrent use.
//
// # Example
//
//	list, _, err := attribution.ReadList("services.csv", f)
//	if err != nil {
//		return err
//	}
//	services := attribution.New(tags, list)
//	if s, ok := services.Service(chain.Ethereum, address); ok {
//		fmt.Println(s.Class, s.Name, s.Confidence, s.Source)
//	}
package attribution

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/chain/tag"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
)

// Services are the services that tags and a list name.
type Services struct{ of map[key]follow.Service }

var _ follow.Services = (*Services)(nil)

type key struct {
	chain   chain.ID
	address ledger.Address
}

// New is the services of a set of tags and of a list; either may be nil.
func New(set *tag.Set, list []Entry) *Services {
	entries := map[key][]Entry{}
	for _, e := range list {
		k := key{e.Chain, e.Address}
		entries[k] = append(entries[k], e)
	}
	var tags []tag.Tag
	if set != nil {
		tags = set.Tags()
	}
	s := &Services{map[key]follow.Service{}}
	for i := 0; i < len(tags); {
		j := i + 1
		for j < len(tags) && tags[j].Address == tags[i].Address && tags[j].Chain == tags[i].Chain {
			j++
		}
		if a := tags[i].Address; !a.IsZero() {
			k := key{a.Chain(), ledger.AddressOf(a)}
			s.settle(k, entries[k], tags[i:j])
			delete(entries, k)
		}
		i = j
	}
	for k, of := range entries {
		s.settle(k, of, nil)
	}
	return s
}

// settle says what an address is by all that is said of it, if it is a service.
func (s *Services) settle(k key, entries []Entry, tags []tag.Tag) {
	if len(entries) > 0 {
		slices.SortStableFunc(entries, compareEntries)
		if e := entries[0]; e.Class != None {
			out := follow.Service{Class: e.Class, Name: e.Name, Confidence: e.Confidence, Source: e.source(), Date: e.Date}
			out.Note = noted(e.Note, entries[1:], ranked(tags))
			s.of[k] = out
		}
		return
	}
	if !slices.ContainsFunc(tags, func(t tag.Tag) bool { return classOf(t.Categories) != "" }) {
		return
	}
	said := ranked(tags)
	t := said[0]
	s.of[k] = follow.Service{Class: classOf(t.Categories), Name: name(t), Confidence: grade(t.Confidence), Source: source(t), Date: t.Date, Note: noted("", nil, said[1:])}
}

// Service is what is known of an address.
func (s *Services) Service(id chain.ID, a ledger.Address) (follow.Service, bool) {
	out, ok := s.of[key{id, a}]
	return out, ok
}

// ranked are tags of an address, the one that wins first.
func ranked(tags []tag.Tag) []*tag.Tag {
	out := make([]*tag.Tag, len(tags))
	for i := range tags {
		out[i] = &tags[i]
	}
	slices.SortStableFunc(out, compareTags)
	return out
}

// Addresses are the addresses that are services of these classes, by chain: those that a
// search for payouts looks at.
func (s *Services) Addresses(classes ...follow.Class) []ledger.Frontier {
	of := map[chain.ID][]ledger.Address{}
	for k, service := range s.of {
		if slices.Contains(classes, service.Class) {
			of[k.chain] = append(of[k.chain], k.address)
		}
	}
	var out []ledger.Frontier
	for _, id := range slices.Sorted(maps.Keys(of)) {
		slices.Sort(of[id])
		out = append(out, ledger.Frontier{Chain: id, Addresses: of[id]})
	}
	return out
}

// Len is how many services there are.
func (s *Services) Len() int { return len(s.of) }

// classes are what kinds of tags make of an address, in the order in which they win: a
// mixer that also is an exchange ends more of a trace as a mixer.
var classes = []struct {
	kind  tag.Category
	class follow.Class
}{
	{tag.Mixer, follow.Mixer},
	{tag.Bridge, follow.Bridge},
	{tag.Exchange, follow.Exchange},
	{tag.Decentral, follow.Swap},
	{tag.Gambling, follow.Other},
	{tag.Market, follow.Other},
	{tag.Wallet, follow.Other},
	{tag.Service, follow.Other},
}

// classOf is what categories make of an address; empty for none. Whoever robbed an
// exchange may be filed under both words, and is no exchange.
func classOf(c tag.Category) follow.Class {
	if c.Has(tag.Hack) {
		return ""
	}
	for _, x := range classes {
		if c.Has(x.kind) {
			return x.class
		}
	}
	return ""
}

func rank(c follow.Class) int {
	for i, x := range classes {
		if x.class == c {
			return i
		}
	}
	return len(classes)
}

// grade is how sure a tag is, in the grades of a trace.
func grade(c tag.Confidence) follow.Confidence {
	level, ok := c.Level()
	switch {
	case c == "ledger_immanent":
		return follow.Decoded
	case ok && level >= 50:
		return follow.Heuristic
	}
	return follow.Judgement
}

// compareTags puts the tag that wins first.
func compareTags(a, b *tag.Tag) int {
	ca, cb := classOf(a.Categories), classOf(b.Categories)
	none := func(c follow.Class) int { return min(rank(c)/len(classes), 1) }
	return cmp.Or(
		none(ca)-none(cb), level(b)-level(a), strings.Compare(b.Date, a.Date), rank(ca)-rank(cb),
		strings.Compare(name(a), name(b)), strings.Compare(source(a), source(b)),
	)
}

func level(t *tag.Tag) int {
	if n, ok := t.Confidence.Level(); ok {
		return n
	}
	return -1
}

func name(t *tag.Tag) string { return cmp.Or(t.Label, t.Actor, t.CategoryAs) }

func source(t *tag.Tag) string {
	if t.Source == "" {
		return t.Origin.String()
	}
	return t.Source + " (" + t.Origin.String() + ")"
}

// says is what a tag says, for the note of another.
func says(t *tag.Tag) string {
	out := strconv.QuoteToGraphic(name(t)) + " (" + t.Categories.String()
	if t.Confidence != "" {
		out += ", " + string(t.Confidence)
	}
	if t.Date != "" {
		out += ", " + t.Date
	}
	return out + ", " + t.Origin.String() + ")"
}

// most is how many others a note names.
const most = 8

// noted is a note with what others say.
func noted(note string, entries []Entry, tags []*tag.Tag) string {
	n := len(entries) + len(tags)
	if n == 0 {
		return note
	}
	var others []string
	for i := range entries[:min(len(entries), most)] {
		others = append(others, entries[i].says())
	}
	for _, t := range tags[:min(len(tags), most-len(others))] {
		others = append(others, says(t))
	}
	text := "also said: " + strings.Join(others, "; ")
	if n > most {
		text += "; and " + strconv.Itoa(n-most) + " more"
	}
	if note != "" {
		return note + "; " + text
	}
	return text
}
