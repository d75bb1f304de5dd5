package again

import (
	"context"
	"fmt"

	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
)

// Grading says by links of what grade value came to where it did.
type Grading struct {
	Steps []Step // one for each of follow.Grades

	services map[Place]Known
	arrivals map[arrival]follow.Confidence
	holdings map[holding]follow.Confidence
}

// Step is an answer by links of at most a grade.
type Step struct {
	Grade   follow.Confidence
	Links   int // that were used
	Cashed  map[Asset]follow.Taint
	Stopped *follow.Stop // the run was: what it does not find may be there
	Open    []string     // links taken away whose ends are not known and count as anybody
}

// Known is the best grade by which anything comes to a place, and what comes there by
// it.
type Known struct {
	Grade follow.Confidence
	Taint follow.Taint
}

type arrival struct {
	theft string
	row   follow.RowID
	to    ledger.Address
	asset ledger.Asset
}

type holding struct {
	Place
	output follow.RowID
}

// Grade asks again by links of each grade or better. Where there are no links of a
// grade it does not ask. An error of a run is wrapped with the grade.
func (in Inquiry) Grade(ctx context.Context) (*Grading, error) {
	g := &Grading{services: map[Place]Known{}, arrivals: map[arrival]follow.Confidence{}, holdings: map[holding]follow.Confidence{}}
	var before *follow.Answer
	for rank, grade := range follow.Grades() {
		s := Step{Grade: grade}
		for _, l := range in.Question.Links {
			if Rank(l.Confidence) <= rank {
				s.Links++
			}
		}
		a, err := in.upTo(ctx, rank, &s, before, g.Steps)
		if err != nil {
			return nil, fmt.Errorf("ask again by links of the grade %s: %w", grade, err)
		}
		if err := g.note(&s, a); err != nil {
			return nil, fmt.Errorf("answer by links of the grade %s: %w", grade, err)
		}
		g.Steps, before = append(g.Steps, s), a
	}
	return g, nil
}

// upTo is the answer by links up to a rank: one that is there already, if it is by the
// same links.
func (in Inquiry) upTo(ctx context.Context, rank int, s *Step, before *follow.Answer, steps []Step) (*follow.Answer, error) {
	if s.Links == len(in.Question.Links) {
		return in.Answer, nil
	}
	if last := len(steps) - 1; last >= 0 && steps[last].Links == s.Links {
		s.Open = steps[last].Open
		return before, nil
	}
	q, open := in.without(func(l follow.Link) bool { return Rank(l.Confidence) <= rank })
	s.Open = open
	return in.ask(ctx, q)
}

// note gives its grade to all that was not found by a better one.
func (g *Grading) note(s *Step, a *follow.Answer) error {
	at, err := arrivals(a)
	if err != nil {
		return err
	}
	s.Cashed, s.Stopped = cashed(at), a.Stopped
	for p, found := range at {
		if _, better := g.services[p]; !better && found.taint != (follow.Taint{}) {
			g.services[p] = Known{s.Grade, found.taint}
		}
	}
	for i := range a.Arrivals {
		r := &a.Arrivals[i]
		k := arrival{r.Theft, r.Row, r.To, r.Asset}
		if _, better := g.arrivals[k]; !better && r.Taint != (follow.Taint{}) {
			g.arrivals[k] = s.Grade
		}
	}
	for i := range a.Holdings {
		k := holdingOf(&a.Holdings[i])
		if _, better := g.holdings[k]; !better && a.Holdings[i].Taint != (follow.Taint{}) {
			g.holdings[k] = s.Grade
		}
	}
	return nil
}

func holdingOf(h *follow.Holding) holding {
	k := holding{Place: Place{h.Theft, h.Chain, h.Address, h.Asset}}
	if h.Output != nil {
		k.output = *h.Output
	}
	return k
}

// Service is how a service was reached; ok is false if it was not.
func (g *Grading) Service(p Place) (k Known, ok bool) {
	k, ok = g.services[p]
	return k, ok
}

// Arrival is the best grade by which an arrival comes about; ok is false if none does.
func (g *Grading) Arrival(a *follow.Arrival) (c follow.Confidence, ok bool) {
	c, ok = g.arrivals[arrival{a.Theft, a.Row, a.To, a.Asset}]
	return c, ok
}

// Holding is the best grade by which anything is held there; ok is false if nothing is.
func (g *Grading) Holding(h *follow.Holding) (c follow.Confidence, ok bool) {
	c, ok = g.holdings[holdingOf(h)]
	return c, ok
}
