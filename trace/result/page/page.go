// Package page writes the result of a trace for people at a terminal: what was
// followed and from which rows, the balance under each policy, cash-outs and
// holdings with their ranges, what was not looked at, how sure it is and what falls
// without which link.
//
//	err := page.Write(os.Stdout, r, page.Settings{})
//
// Lines have at most Width columns. Amounts are in units of their asset where its
// decimals are known, with thousands grouped and cut after eight decimals, which "…"
// says, unless nothing would be left; base units are exact in JSON and CSV.
package page

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/result"
	"github.com/turtlebay/turtlebay/trace/result/again"
	"github.com/turtlebay/turtlebay/trace/result/form"
	"github.com/turtlebay/turtlebay/trace/result/span"
)

// Settings say how much is written.
type Settings struct {
	// Top is how many cash-outs, and how many holdings, of an asset of a theft are
	// listed; 0: 20.
	Top int
}

// cutAfter is how many decimals of an amount are shown.
const cutAfter = 8

// page is a text being written.
type page struct {
	*strings.Builder
	r   *result.Result
	top int
}

// Write writes the result.
func Write(w io.Writer, r *result.Result, s Settings) error {
	p := page{new(strings.Builder), r, s.Top}
	if p.top <= 0 {
		p.top = 20
	}
	p.header()
	p.totals()
	for i := range r.Balances {
		p.asset(&r.Balances[i])
	}
	p.strays()
	p.notLookedAt()
	p.confidence()
	p.sensitivity()
	if _, err := io.WriteString(w, p.String()); err != nil {
		return fmt.Errorf("write trace: %w", err)
	}
	return nil
}

func (p page) say(format string, args ...any) { paragraph(p.Builder, "", fmt.Sprintf(format, args...)) }

func (p page) title(text string) {
	p.WriteByte('\n')
	p.say("%s", text)
}

func count[N int | uint64](n N, one, many string) string {
	word := many
	if n == 1 {
		word = one
	}
	return form.Grouped(strconv.FormatUint(uint64(n), 10), 0) + " " + word
}

func (p page) header() {
	a := p.r.Answer
	var thefts []string
	for _, id := range a.Thefts {
		if len(a.Thefts) > 1 && id == trace.All {
			id = trace.All + " (all at once)"
		}
		thefts = append(thefts, id)
	}
	p.say("followed %s", strings.Join(thefts, ", "))
	var by []string
	for _, policy := range a.Policies {
		by = append(by, string(policy))
	}
	if a.Bounds {
		by = append(by, "bounds")
	}
	p.say("by %s", cmp.Or(strings.Join(by, ", "), "no policy"))
	for _, l := range a.Ledgers {
		digest := ""
		if l.Digest != "" {
			digest = ", digest " + l.Digest
		}
		snapshot := ""
		if l.Snapshot != "" {
			snapshot = ", snapshot " + string(l.Snapshot)
		}
		p.say("from %s%s, %s%s", l.Chain, snapshot, count(l.Rows, "row", "rows"), digest)
	}
	swept := ""
	if a.Work.Swept > 0 {
		swept = "; " + count(a.Work.Swept, "row", "rows") + " passed over"
	}
	p.say("looked at %s, %s of which carried taint; %s held taint at some time%s", count(a.Work.Applied, "row", "rows"),
		form.Grouped(strconv.FormatUint(a.Work.Tainted, 10), 0), count(a.Work.Places, "place", "places"), swept)
	if a.Work.Splits > 0 {
		p.say("fractions of base units were settled %s: without links and floors no amount is off by more base units than that", count(a.Work.Splits, "time", "times"))
	}
}

// asset writes all there is of an asset of a theft.
func (p page) asset(b *result.Balance) {
	name := b.Asset.Text(b.Chain)
	if f, ok := p.r.Fact(b.Chain, b.Asset); ok {
		name = f.Symbol + " (" + name + ")"
	}
	p.title("theft " + b.Theft + ", " + name)
	p.balance(b)
	k := again.Asset{Theft: b.Theft, Chain: b.Chain, Asset: b.Asset}
	p.services(cashedOut, p.r.CashOuts, k)
	p.services("in mixers", p.r.Mixers, k)
	p.services("hubs, not followed", p.r.Hubs, k)
	p.holdings(k)
}

func (p page) balance(b *result.Balance) {
	amount := func(n chain.Amount) string { return p.bare(b.Chain, b.Asset, n) }
	head := []string{"balance"}
	for _, l := range b.Lines {
		head = append(head, string(l.Policy))
	}
	t := numbers(1, head...)
	row := func(name string, always bool, of func(l *result.Line) chain.Amount) {
		cells := []string{name}
		for i := range b.Lines {
			n := of(&b.Lines[i])
			always = always || !n.IsZero()
			cells = append(cells, amount(n))
		}
		if always && len(b.Lines) > 0 {
			t.add(cells...)
		}
	}
	row("stolen", true, func(l *result.Line) chain.Amount { return l.Stolen })
	row("+ swapped in", false, func(l *result.Line) chain.Amount { return l.In })
	row("- stolen before", false, func(l *result.Line) chain.Amount { return l.Again })
	row("= held", true, func(l *result.Line) chain.Amount { return l.Held })
	row("+ cashed out", true, func(l *result.Line) chain.Amount { return l.Cashed })
	row("+ in mixers", true, func(l *result.Line) chain.Amount { return l.Mixed })
	row("+ fees", true, func(l *result.Line) chain.Amount { return l.Fees })
	row("+ dropped", false, func(l *result.Line) chain.Amount { return l.Dropped })
	row("+ not followed", false, func(l *result.Line) chain.Amount { return l.Unfollowed })
	row("+ swapped out", false, func(l *result.Line) chain.Amount { return l.Out })
	closes, differ := []string{""}, false
	for _, l := range b.Lines {
		closes = append(closes, closing(l))
		differ = differ || !l.Listed
	}
	t.add(closes...)
	if len(b.Lines) == 0 {
		paragraph(p.Builder, indent, "stolen: "+p.amount(b.Chain, b.Asset, b.Stolen)+"; no policy that conserves value was asked for, and there is no balance")
	} else {
		t.write(p.Builder)
	}
	if differ {
		paragraph(p.Builder, indent, "what is listed below does not add up to what the balance says")
	}
	if !b.Unobserved.IsZero() {
		paragraph(p.Builder, indent, "beside it, unobserved: "+atLeast(b.Over)+p.amount(b.Chain, b.Asset, b.Unobserved)+
			" of clean value was paid that was not seen to arrive")
	}
	for _, u := range []struct {
		what string
		usd  result.USD
	}{{"stolen", b.StolenUSD}, {"cashed out", b.CashedUSD}, {"held", b.HeldUSD}} {
		if text := p.usd(u.usd, "at cash-out", b.Chain, b.Asset); text != "" {
			paragraph(p.Builder, indent, u.what+": "+text)
		}
	}
}

func closing(l result.Line) string {
	switch {
	case !l.Closes():
		return "DOES NOT CLOSE"
	case !l.Listed:
		return "LISTS DIFFER"
	}
	return "closes"
}

func atLeast(over bool) string {
	if over {
		return "at least "
	}
	return ""
}

const cashedOut = "cashed out"

// services writes the cash-outs of an asset.
func (p page) services(what string, all []result.CashOut, k again.Asset) {
	when := "at arrival"
	if what == cashedOut {
		when = "at cash-out"
	}
	t := numbers(2, what, "class", "least", "most", "arrivals", "first", "last")
	more, reached := 0, 0
	for i := range all {
		c := &all[i]
		switch {
		case c.Theft != k.Theft || c.Chain != k.Chain || c.Asset != k.Asset:
			continue
		case c.Spanned && c.Span.Most.IsZero():
			reached++
			continue
		case len(t.rows) == p.top:
			more++
			continue
		}
		least, most := p.ends(c.Chain, c.Asset, c.Span, c.Spanned)
		t.add(cmp.Or(c.Service.Name, "not named"), string(c.Service.Class), least, most, form.Grouped(strconv.Itoa(c.Arrivals), 0), day(c.First), day(c.Last))
		t.note(c.Address.Text(c.Chain))
		t.note(c.Finding.String() + p.bounds(c.Chain, c.Asset, c.Amount) + "; " + confidence(c))
		t.note(tag(c))
		if text := p.usd(c.USD, when, c.Chain, c.Asset); text != "" {
			t.note(text)
		}
	}
	p.list(t, more, reached, "service", "services")
}

// bounds says what any policy could find, where that was asked for beside the policies.
func (p page) bounds(id chain.ID, a ledger.Asset, t follow.Taint) string {
	if !p.r.Asked.Bounds || len(p.r.Asked.Conserving()) == 0 {
		return ""
	}
	return ", bounds " + p.between(id, a, span.Span{Least: t.Least, Most: t.Most})
}

// list writes a table and what was left out of it.
func (p page) list(t *table, more, reached int, one, many string) {
	if len(t.rows)+more+reached == 0 {
		return
	}
	p.WriteByte('\n')
	if len(t.rows) == 0 {
		paragraph(p.Builder, indent, t.head[0]+":")
	}
	t.write(p.Builder)
	if more > 0 {
		paragraph(p.Builder, indent, "and "+count(more, one, many)+" more, which CSV and JSON list")
	}
	if reached > 0 {
		paragraph(p.Builder, indent, count(reached, one, many)+" only could be reached (poison), or lie within the bounds alone")
	}
}

func confidence(c *result.CashOut) string {
	if c.Path == "" {
		return "path not graded"
	}
	return "path: " + string(c.Path) + "; in all: " + string(c.Confidence)
}

func tag(c *result.CashOut) string {
	s := c.Service
	out := "tag: " + cmp.Or(string(s.Confidence), "confidence not stated")
	if s.Source != "" {
		out += ", " + s.Source
	}
	switch {
	case c.Dated && c.TagAge < 0:
		out += ", dated " + s.Date + ", " + count(-c.TagAge, "day", "days") + " after the last arrival"
	case c.Dated:
		out += ", dated " + s.Date + ", " + count(c.TagAge, "day", "days") + " old at the last arrival"
	default:
		out += ", not dated"
	}
	if s.Note != "" {
		out += "; " + s.Note
	}
	return out
}

func (p page) holdings(k again.Asset) {
	t := numbers(1, "held at", "least", "most", "since")
	var lumps []string
	more, reached := 0, 0
	for i := range p.r.Holdings {
		h := &p.r.Holdings[i]
		switch {
		case h.Theft != k.Theft || h.Chain != k.Chain || h.Asset != k.Asset:
			continue
		case h.Others > 0:
			lumps = append(lumps, count(h.Others, "place", "places")+" that hold too little to be listed hold "+p.between(h.Chain, h.Asset, h.Span)+" together")
			continue
		case h.Spanned && h.Span.Most.IsZero():
			reached++
			continue
		case len(t.rows) == p.top:
			more++
			continue
		}
		least, most := p.ends(h.Chain, h.Asset, h.Span, h.Spanned)
		t.add(cmp.Or(h.Address.Text(h.Chain), "nobody's address"), least, most, day(h.Since))
		if h.Output != nil {
			t.note(form.Row(*h.Output) + " of " + form.Tx(h.Chain, h.Output.Tx))
		}
		if h.Finding.Kind != span.All {
			t.note(h.Finding.String())
		}
	}
	p.list(t, more, reached, "place", "places")
	for _, text := range lumps {
		paragraph(p.Builder, indent, text)
	}
}

// strays writes what was cashed out of assets that have no balance.
func (p page) strays() {
	known := map[again.Asset]bool{}
	for _, b := range p.r.Balances {
		known[again.Asset{Theft: b.Theft, Chain: b.Chain, Asset: b.Asset}] = true
	}
	for _, c := range slices.Concat(p.r.CashOuts, p.r.Mixers, p.r.Hubs) {
		k := again.Asset{Theft: c.Theft, Chain: c.Chain, Asset: c.Asset}
		if known[k] {
			continue
		}
		known[k] = true
		p.asset(&result.Balance{Sum: follow.Sum{Theft: c.Theft, Chain: c.Chain, Asset: c.Asset}})
	}
}

// ends are a least and a most, or that nothing is known of them.
func (p page) ends(id chain.ID, a ledger.Asset, s span.Span, ok bool) (least, most string) {
	if !ok {
		return "n/a", "n/a"
	}
	return p.bare(id, a, s.Least), p.bare(id, a, s.Most)
}

// bare is an amount without its unit.
func (p page) bare(id chain.ID, a ledger.Asset, n chain.Amount) string {
	f, ok := p.r.Fact(id, a)
	if !ok {
		return form.Grouped(n.String(), 0)
	}
	// What is left of a little must not read as nothing.
	text := form.Grouped(n.Units(f.Decimals), cutAfter)
	if strings.Trim(text, "0.…") == "" && !n.IsZero() {
		return n.Units(f.Decimals)
	}
	return text
}

// unit is what an amount is in.
func (p page) unit(id chain.ID, a ledger.Asset) string {
	if f, ok := p.r.Fact(id, a); ok {
		return f.Symbol
	}
	return "base units of " + a.Text(id)
}

// amount is an amount with its unit.
func (p page) amount(id chain.ID, a ledger.Asset, n chain.Amount) string {
	return p.bare(id, a, n) + " " + p.unit(id, a)
}

// between is a range with its unit.
func (p page) between(id chain.ID, a ledger.Asset, s span.Span) string {
	if s.Least == s.Most {
		return p.amount(id, a, s.Most)
	}
	return p.bare(id, a, s.Least) + "–" + p.amount(id, a, s.Most)
}

func day(when int64) string { return time.Unix(when, 0).UTC().Format(time.DateOnly) }
