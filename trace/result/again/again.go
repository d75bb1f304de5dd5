// Package again asks a question about a theft once more with less to go by, to say
// how sure an answer is: what is left of it without weak links (Inquiry.Grade), and
// what falls if one link, service or rule that may be wrong is taken away
// (Inquiry.Try).
//
//	in := again.Inquiry{Question: q, Answer: answer, Run: func(ctx context.Context, q follow.Question) (*follow.Answer, error) {
//		return follow.Run(ctx, snapshot, q)
//	}}
//	grading, err := in.Grade(ctx)
//	if err != nil {
//		return err
//	}
//	known, _ := grading.Service(again.Place{Theft: "INC-2022-040", Chain: chain.Ethereum, Address: deposit})
//	fmt.Println(known.Grade) // heuristic: nothing arrives there by better links
//
// A link that is taken away leaves the contracts at its ends what they were, places
// where the trace ends: it does not go on through them as through people.
package again

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/result/span"
)

// Run answers a question, over the same snapshot every time.
type Run func(ctx context.Context, q follow.Question) (*follow.Answer, error)

// Inquiry is a question, what it was answered, and who answers others.
type Inquiry struct {
	Question follow.Question
	Answer   *follow.Answer
	Run      Run
	// LinksOnly tries links alone: without a service or a rule a trace goes on to rows
	// that a run over a record does not have.
	LinksOnly bool
}

// Place is where value of a theft comes to.
type Place struct {
	Theft   string
	Chain   chain.ID
	Address ledger.Address
	Asset   ledger.Asset
}

// ask asks again. What a replay would need is not kept: only the first answer is one.
func (in Inquiry) ask(ctx context.Context, q follow.Question) (*follow.Answer, error) {
	q.Record = false
	return in.Run(ctx, q)
}

// account is an address of a chain.
type account struct {
	chain   chain.ID
	address ledger.Address
}

// Rank is the place of a grade among follow.Grades; what is none of them ranks with the
// least.
func Rank(c follow.Confidence) int {
	grades := follow.Grades()
	if i := slices.Index(grades, c); i >= 0 {
		return i
	}
	return len(grades) - 1
}

// Weaker is the less sure of two grades.
func Weaker(a, b follow.Confidence) follow.Confidence {
	if Rank(b) > Rank(a) {
		return b
	}
	return a
}

// Fate is what becomes of value at a service.
type Fate int

// The fates, as a follow.Sum books them.
const (
	Cashed Fate = iota
	Mixed
	Unfollowed
)

// FateOf is what becomes of value that reaches a service of a class.
func FateOf(c follow.Class) Fate {
	switch c {
	case follow.Mixer:
		return Mixed
	case follow.Hub:
		return Unfollowed
	}
	return Cashed
}

// services is who is known, and changes to that.
type services struct {
	first follow.Services
	less  map[account]bool
	more  map[account]follow.Service
}

func (s services) Service(id chain.ID, a ledger.Address) (follow.Service, bool) {
	at := account{id, a}
	if s.less[at] {
		return follow.Service{}, false
	}
	if s.first != nil {
		if of, ok := s.first.Service(id, a); ok {
			return of, true
		}
	}
	of, ok := s.more[at]
	return of, ok
}

// without is the question with those links alone that are kept. open lists the links
// whose ends are not known, so that their contracts count as anybody.
func (in Inquiry) without(keep func(follow.Link) bool) (q follow.Question, open []string) {
	q = in.Question
	q.Links = nil
	more := map[account]follow.Service{}
	for _, l := range in.Question.Links {
		if keep(l) {
			q.Links = append(q.Links, l)
			continue
		}
		if !in.ends(l, more) {
			open = append(open, l.ID)
		}
	}
	q.Services = services{first: in.Question.Services, more: more}
	return q, open
}

// ends notes who stands between the rows of a link, as far as taint came by there: that
// is in the rows that carried it. Where these were too many to be listed, it is in the
// services that the trace ended at.
func (in Inquiry) ends(l follow.Link, into map[account]follow.Service) bool {
	between := follow.Service{Class: l.Kind, Confidence: l.Confidence, Note: "between the rows of link " + l.ID}
	note := func(id chain.ID, a ledger.Address) {
		if a != "" {
			into[account{id, a}] = between
		}
	}
	for _, f := range in.Answer.Flows {
		switch (follow.Mark{Chain: f.Row.Chain, Tx: f.Row.Tx, Kind: f.Row.Kind, Index: f.Row.Index}) {
		case l.Out:
			note(f.Row.Chain, f.To)
		case l.In:
			note(f.Row.Chain, f.From)
		}
	}
	if in.Answer.Flows != nil {
		return true
	}
	for _, s := range in.Answer.Services {
		if s.Class == follow.Swap || s.Class == follow.Bridge {
			into[account{s.Chain, s.Address}] = s.Service
		}
	}
	return false
}

// arrivals is what arrived at services, by place.
func arrivals(a *follow.Answer) (map[Place]*arrived, error) {
	out := map[Place]*arrived{}
	for i := range a.Arrivals {
		r := &a.Arrivals[i]
		if r.Service < 0 || r.Service >= len(a.Services) {
			return nil, fmt.Errorf("arrival %d: service %d of %d", i, r.Service, len(a.Services))
		}
		p := Place{r.Theft, r.Row.Chain, r.To, r.Asset}
		if out[p] == nil {
			out[p] = &arrived{service: a.Services[r.Service].Service}
		}
		out[p].taint, _ = span.Add(out[p].taint, r.Taint)
	}
	return out, nil
}

type arrived struct {
	service follow.Service
	taint   follow.Taint
}

// Asset is an asset of a theft.
type Asset struct {
	Theft string
	Chain chain.ID
	Asset ledger.Asset
}

// cashed sums what was cashed out by asset.
func cashed(at map[Place]*arrived) map[Asset]follow.Taint {
	out := map[Asset]follow.Taint{}
	for p, a := range at {
		if FateOf(a.service.Class) == Cashed {
			k := Asset{p.Theft, p.Chain, p.Asset}
			out[k], _ = span.Add(out[k], a.taint)
		}
	}
	return out
}

// quote shows a name from outside without characters that are not seen.
func quote(s string) string { return strconv.QuoteToGraphic(s) }
