package page

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/result"
	"github.com/turtlebay/turtlebay/trace/result/again"
	"github.com/turtlebay/turtlebay/trace/result/form"
	"github.com/turtlebay/turtlebay/trace/result/span"
)

// usd is dollars at the moments that are known; empty if none is.
func (p page) usd(u result.USD, arrived string, id chain.ID, a ledger.Asset) string {
	var out []string
	known := ""
	for _, c := range []struct {
		when string
		v    *result.Valuation
	}{{"at theft", u.AtTheft}, {arrived, u.AtCashOut}, {"on " + day(p.r.Day), u.OnDay}} {
		if c.v == nil {
			continue
		}
		if c.v.Known() {
			known = "USD "
		}
		out = append(out, p.dollars(c.v, id, a)+" "+c.when)
	}
	return known + strings.Join(out, "; ")
}

// totals is dollars over all assets.
func (p page) totals() {
	if len(p.r.Totals) == 0 {
		return
	}
	p.title("in dollars, all assets")
	for _, t := range p.r.Totals {
		for _, u := range []struct {
			what string
			usd  result.USD
		}{{"stolen", t.Stolen}, {cashedOut, t.Cashed}, {"held", t.Held}} {
			if text := p.usd(u.usd, "at cash-out", "", ""); text != "" {
				paragraph(p.Builder, indent, "theft "+t.Theft+", "+u.what+": "+text)
			}
		}
	}
}

func (p page) dollars(v *result.Valuation, id chain.ID, a ledger.Asset) string {
	if !v.Known() {
		return v.Reason
	}
	text := "n/a"
	if v.Spanned {
		text = form.Grouped(v.Most.Cents(), 2)
		if least := form.Grouped(v.Least.Cents(), 2); least != text {
			text = least + "–" + text
		}
	}
	if !v.Partial {
		return text
	}
	if id == "" {
		return text + " (partial: " + v.Reason + " for some)"
	}
	return text + " (partial: " + v.Reason + " for " + p.found(id, a, v.Unpriced) + ")"
}

func (p page) notLookedAt() {
	p.title("not looked at")
	a := p.r.Answer
	some := false
	say := func(text string) {
		some = true
		paragraph(p.Builder, indent, text)
	}
	if s := a.Stopped; s != nil {
		say("the run was stopped by its budget of " + s.Reason + ": no row from " + form.Time(s.Since) + " on was looked at; " +
			count(s.Places, "place", "places") + " held taint then, which the balance calls not followed")
	}
	if n := len(p.r.Hubs); n > 0 {
		say("what hubs did with what reached them: " + count(n, "entry above", "entries above"))
	}
	if a.Flows == nil && a.Work.Tainted > 0 {
		say("the rows that carried taint are too many to be listed")
	}
	if n := len(a.Short); n > 0 {
		who := count(n, "account", "accounts")
		if slices.ContainsFunc(a.Short, func(s follow.Short) bool { return s.Address == "" }) {
			who = "accounts that are too many to be listed"
		}
		say(who + " paid value that was not seen to arrive: where it came from is not known, and it counts as clean")
	}
	if !a.Bounds {
		say("bounds that hold for every policy that conserves value: not asked for")
	}
	for _, note := range p.r.Notes {
		say(note)
	}
	if !some {
		say("nothing was left out")
	}
}

func (p page) confidence() {
	p.title("confidence")
	g := p.r.Grading
	if g == nil {
		paragraph(p.Builder, indent, "not graded")
		return
	}
	t := &table{head: []string{"by links up to", "links", "theft", "cashed out"}, right: []bool{false, true, false, false}, notes: map[int][]string{}}
	for i := range g.Steps {
		s := &g.Steps[i]
		if i > 0 && g.Steps[i-1].Links == s.Links {
			continue
		}
		for _, c := range p.r.CashedAt(s) {
			t.add(string(s.Grade), strconv.Itoa(s.Links), c.Theft, p.found(c.Chain, c.Asset.Asset, c.Amount))
		}
		if len(s.Cashed) == 0 {
			t.add(string(s.Grade), strconv.Itoa(s.Links), "", "nothing")
		}
		if s.Stopped != nil {
			t.note("stopped by its budget of " + s.Stopped.Reason + ": more may be found by these links")
		}
		if len(s.Open) > 0 {
			t.note("the ends of links taken away are not known, and count as anybody: " + strings.Join(s.Open, ", "))
		}
	}
	t.write(p.Builder)
}

// found is how much of an amount is stolen.
func (p page) found(id chain.ID, a ledger.Asset, t follow.Taint) string {
	s, ok := p.r.Asked.Span(t)
	if !ok {
		return p.reached(id, a, t)
	}
	return p.between(id, a, s)
}

// reached is how much of an amount could be reached.
func (p page) reached(id chain.ID, a ledger.Asset, t follow.Taint) string {
	return "reached " + p.amount(id, a, t.Poison)
}

func (p page) sensitivity() {
	p.title("what falls without one link, service or rule that may be wrong")
	trials := p.r.Trials
	switch {
	case trials == nil:
		paragraph(p.Builder, indent, "not tried")
		return
	case len(trials.Trials)+len(trials.Untried) == 0:
		paragraph(p.Builder, indent, "there is none")
	}
	for i := range trials.Trials {
		p.trial(&trials.Trials[i])
	}
	if trials.LinksOnly {
		paragraph(p.Builder, indent, "services and rules were not tried: the rows that they kept out are not at hand")
	}
	if n := len(trials.Untried); n > 0 {
		paragraph(p.Builder, indent, "not tried, because the number of runs is bounded: "+strings.Join(trials.Untried, ", "))
	}
}

func (p page) trial(t *again.Trial) {
	about := []string{string(t.Confidence)}
	for _, s := range []string{t.Method, t.Error} {
		if s != "" {
			about = append(about, s)
		}
	}
	name := t.What + " " + t.Name
	if t.What == again.Service {
		name += " at " + t.At.Address.Text(t.At.Chain)
	}
	name += " (" + strings.Join(about, "; ") + ")"
	switch {
	case t.Idle:
		paragraph(p.Builder, indent, name+": brought nothing")
		return
	case len(t.Falls) == 0:
		paragraph(p.Builder, indent, name+": nothing falls")
	default:
		paragraph(p.Builder, indent, name+":")
	}
	p.falls(t)
	p.changes(t)
	if t.Stopped != nil {
		paragraph(p.Builder, indent+indent, "this run was stopped by its budget of "+t.Stopped.Reason+": less may fall than it shows")
	}
	if t.Open {
		paragraph(p.Builder, indent+indent, "the ends of the link are not known, and count as anybody")
	}
}

func (p page) falls(t *again.Trial) {
	tab := numbers(2, "service", "theft", "with", "without")
	more := 0
	for _, c := range t.Falls {
		if len(tab.rows) == p.top {
			more++
			continue
		}
		name := cmp.Or(c.Service.Name, c.Address.Text(c.Chain)) + " (" + string(c.Service.Class) + ")"
		with, without := p.found(c.Chain, c.Asset, c.Before), p.found(c.Chain, c.Asset, c.After)
		if with == without {
			with, without = p.reached(c.Chain, c.Asset, c.Before), p.reached(c.Chain, c.Asset, c.After)
		}
		tab.add(name, c.Theft, with, without)
	}
	tab.indent = indent + indent
	tab.write(p.Builder)
	if more > 0 {
		paragraph(p.Builder, indent+indent, "and at "+count(more, "service", "services")+" more")
	}
}

// changes says how what was cashed out changes under each policy.
func (p page) changes(t *again.Trial) {
	for _, s := range t.Totals {
		var changed []string
		for _, policy := range p.r.Asked.Policies {
			before, after := span.Under(s.Before, policy), span.Under(s.After, policy)
			if before != after {
				changed = append(changed, string(policy)+" "+p.bare(s.Chain, s.Asset.Asset, before)+" to "+p.bare(s.Chain, s.Asset.Asset, after))
			}
		}
		if len(changed) > 0 {
			paragraph(p.Builder, indent+indent, "cashed out in all, theft "+s.Theft+", "+p.unit(s.Chain, s.Asset.Asset)+": "+strings.Join(changed, ", "))
		}
	}
}
