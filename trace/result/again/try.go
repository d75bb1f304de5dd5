package again

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/result/span"
)

// DefaultRuns is how often Try asks again unless it is told otherwise.
const DefaultRuns = 20

// What is taken away.
const (
	Link    = "link"
	Service = "service"
	Rule    = "rule"
)

// Trials says what falls if one thing that may be wrong is taken away.
type Trials struct {
	Trials  []Trial
	Untried []string // left out, because the number of runs is bounded
	// LinksOnly: services and rules were not looked at; see Inquiry.LinksOnly.
	LinksOnly bool
}

// Trial is the answer without one link, service or rule.
type Trial struct {
	What       string // Link, Service or Rule
	Name       string // id of the link; name of the service; "deposits" or "hub"
	At         Place  // of a service: its chain and address
	Confidence follow.Confidence
	Method     string // of a link
	Error      string // of a link: how often it is wrong
	// Idle: it brought nothing, and was not tried for that reason.
	Idle    bool
	Falls   []Change // services at which less arrives under some policy
	Rises   []Change // those at which only more does
	Totals  []Total  // what was cashed out, by theft and asset; those that do not change too
	Stopped *follow.Stop
	Open    bool // the ends of the link are not known and count as anybody
}

// Change is what arrives at a service with and without.
type Change struct {
	Place
	Service       follow.Service
	Before, After follow.Taint
}

// Total is what was cashed out of an asset with and without.
type Total struct {
	Asset
	Before, After follow.Taint
}

// Try takes away, one at a time: links that are heuristic or human judgement, then
// services of these grades that the question names and the trace ended at, then the
// rules for deposit addresses and hubs where the trace ended by them. It asks again at
// most so many times; nought or less is DefaultRuns. An error of a run is wrapped with
// what was taken away.
func (in Inquiry) Try(ctx context.Context, most int) (*Trials, error) {
	if most <= 0 {
		most = DefaultRuns
	}
	before, err := arrivals(in.Answer)
	if err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	out := &Trials{LinksOnly: in.LinksOnly}
	tried := in.links()
	if !in.LinksOnly {
		tried = slices.Concat(tried, in.tagged(), in.rules())
	}
	for _, c := range tried {
		switch {
		case c.Idle:
			out.Trials = append(out.Trials, c.Trial)
			continue
		case most == 0:
			out.Untried = append(out.Untried, c.What+" "+c.Name)
			continue
		}
		most--
		q, open := c.question()
		a, err := in.ask(ctx, q)
		if err == nil {
			err = c.compare(in.Answer.Thefts, before, a)
		}
		if err != nil {
			return nil, fmt.Errorf("ask again without %s %s: %w", c.What, quote(c.Name), err)
		}
		c.Open, c.Stopped = len(open) > 0, a.Stopped
		out.Trials = append(out.Trials, c.Trial)
	}
	return out, nil
}

// candidate is what may be taken away, and the question without it.
type candidate struct {
	Trial
	question func() (q follow.Question, open []string)
}

func doubtful(c follow.Confidence) bool { return Rank(c) >= Rank(follow.Heuristic) }

func (in Inquiry) links() []candidate {
	var out []candidate
	for i, l := range in.Question.Links {
		if !doubtful(l.Confidence) {
			continue
		}
		idle := in.Answer.Flows != nil && !slices.ContainsFunc(in.Answer.Flows, func(f follow.Flow) bool { return f.Link == l.ID })
		out = append(out, candidate{
			Trial: Trial{What: Link, Name: l.ID, Confidence: l.Confidence, Method: l.Method, Error: l.Error, Idle: idle},
			question: func() (follow.Question, []string) {
				at := -1
				return in.without(func(follow.Link) bool { at++; return at != i })
			},
		})
	}
	return out
}

// tagged lists services that the question names. Those at the ends of links go with
// their links, and those found by rules with their rules.
func (in Inquiry) tagged() []candidate {
	var out []candidate
	for _, s := range in.Answer.Services {
		if !doubtful(s.Confidence) || !in.named(s) {
			continue
		}
		out = append(out, candidate{
			Trial: Trial{
				What: Service, Name: cmp.Or(s.Name, string(s.Class)), Confidence: s.Confidence,
				At: Place{Chain: s.Chain, Address: s.Address},
			},
			question: func() (follow.Question, []string) {
				q := in.Question
				q.Services = services{first: in.Question.Services, less: map[account]bool{{s.Chain, s.Address}: true}}
				return q, nil
			},
		})
	}
	return out
}

// named reports whether the question names a service.
func (in Inquiry) named(s follow.Met) bool {
	if in.Question.Services == nil {
		return false
	}
	_, ok := in.Question.Services.Service(s.Chain, s.Address)
	return ok
}

func (in Inquiry) rules() []candidate {
	by := func(class follow.Class) bool {
		return slices.ContainsFunc(in.Answer.Services, func(s follow.Met) bool { return s.Class == class && !in.named(s) })
	}
	var out []candidate
	if in.Question.Rules.Deposits && by(follow.Deposit) {
		out = append(out, candidate{
			Trial: Trial{What: Rule, Name: "deposits", Confidence: follow.Heuristic},
			question: func() (follow.Question, []string) {
				q := in.Question
				q.Rules.Deposits = false
				return q, nil
			},
		})
	}
	if in.Question.Rules.Hub > 0 && by(follow.Hub) {
		out = append(out, candidate{
			Trial: Trial{What: Rule, Name: "hub", Confidence: follow.Heuristic},
			question: func() (follow.Question, []string) {
				q := in.Question
				q.Rules.Hub = 0
				return q, nil
			},
		})
	}
	return out
}

// compare says what became less and more.
func (t *Trial) compare(thefts []string, before map[Place]*arrived, a *follow.Answer) error {
	after, err := arrivals(a)
	if err != nil {
		return err
	}
	rank := map[string]int{}
	for i, id := range thefts {
		rank[id] = i
	}
	places := map[Place]follow.Service{}
	for p, at := range after {
		places[p] = at.service
	}
	for p, at := range before {
		places[p] = at.service
	}
	for p, service := range places {
		c := Change{Place: p, Service: service}
		if at := before[p]; at != nil {
			c.Before = at.taint
		}
		if at := after[p]; at != nil {
			c.After = at.taint
		}
		switch less, more := differ(c.Before, c.After); {
		case less:
			t.Falls = append(t.Falls, c)
		case more:
			t.Rises = append(t.Rises, c)
		}
	}
	byPlace := func(x, y Change) int {
		return cmp.Or(cmp.Compare(rank[x.Theft], rank[y.Theft]), cmp.Compare(x.Chain, y.Chain), cmp.Compare(x.Place.Asset, y.Place.Asset), cmp.Compare(x.Address, y.Address))
	}
	slices.SortFunc(t.Falls, byPlace)
	slices.SortFunc(t.Rises, byPlace)
	t.total(rank, cashed(before), cashed(after))
	return nil
}

func (t *Trial) total(rank map[string]int, before, after map[Asset]follow.Taint) {
	assets := map[Asset]bool{}
	for a := range before {
		assets[a] = true
	}
	for a := range after {
		assets[a] = true
	}
	for a := range assets {
		t.Totals = append(t.Totals, Total{a, before[a], after[a]})
	}
	slices.SortFunc(t.Totals, func(x, y Total) int {
		return cmp.Or(cmp.Compare(rank[x.Theft], rank[y.Theft]), cmp.Compare(x.Chain, y.Chain), cmp.Compare(x.Asset.Asset, y.Asset.Asset))
	})
}

// differ reports whether some amount became less, and whether some became more.
func differ(before, after follow.Taint) (less, more bool) {
	b, a := span.Of(before), span.Of(after)
	for i := range b {
		switch c := a[i].Cmp(b[i]); {
		case c < 0:
			less = true
		case c > 0:
			more = true
		}
	}
	return less, more
}
