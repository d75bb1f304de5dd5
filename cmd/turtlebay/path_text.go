package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/intake"
)

// pathWidth is the columns of a line, but for words that are longer.
const pathWidth = 100

// How many hubs, and assets of a hop, are named in text. JSON has all.
const (
	shownHubs   = 10
	shownAssets = 10
)

// pathWriter writes paths for people.
type pathWriter struct {
	w io.Writer
	a shownPaths
}

func printPaths(w io.Writer, a shownPaths) error {
	var b strings.Builder
	p := pathWriter{&b, a}
	p.head()
	for i, s := range a.Paths {
		p.path(i, s)
	}
	p.hubs()
	p.work()
	_, err := io.WriteString(w, b.String())
	return err
}

func (p pathWriter) line(format string, args ...any) {
	fmt.Fprintln(p.w, strings.TrimRight(fmt.Sprintf(format, args...), " "))
}

// head says how many paths there are, and of which rows.
func (p pathWriter) head() {
	a := p.a
	switch {
	case a.Found == 0 && a.Hops == 0:
		p.line("no path found before the search was stopped; %s", a.Chain)
	case a.Found == 0:
		p.line("no path of up to %s, %s", count(a.Hops, "hop", "hops"), a.Chain)
	case a.More:
		p.line("more than %s, %s", count(int64(a.Found), "path", "paths"), a.Chain)
	default:
		p.line("%s of up to %s, %s", count(int64(a.Found), "path", "paths"), count(a.Hops, "hop", "hops"), a.Chain)
	}
	p.line("from %s", a.From)
	p.line("to   %s", a.To)
	var rules []string
	if a.AnyOrder {
		rules = append(rules, "payments in any order")
	} else {
		rules = append(rules, "payments follow each other")
	}
	if a.Since != 0 {
		rules = append(rules, "since "+when(time.Unix(a.Since, 0)))
	}
	if a.Until != 0 {
		rules = append(rules, "until "+when(time.Unix(a.Until, 0)))
	}
	if a.Least != "" {
		rules = append(rules, "of at least "+derive.Group(a.Least)+" base units")
	}
	rules = append(rules, a.Confidence)
	p.line("%s", strings.Join(rules, "; "))
	if a.Asset != "" {
		p.line("asset %s", intake.Printable(a.Asset))
	}
	if left := a.Found - uint64(a.Listed); left > 0 {
		more := ""
		if a.More {
			more = "more than "
		}
		p.line("listed %d; left out %s%d", a.Listed, more, left)
	}
}

func (p pathWriter) path(i int, s shownPath) {
	p.line("\npath %d: %s, %s", i+1, count(len(s.Hops), "hop", "hops"), span(s))
	p.line("  %s", s.Hops[0].From)
	for _, h := range s.Hops {
		p.hop(h)
		p.line("  %s", h.To)
	}
	p.least(s)
}

// least prints the smallest amounts of assets that are on several hops.
func (p pathWriter) least(s shownPath) {
	through := false
	for _, l := range s.Least {
		if l.Hops == 1 {
			through = through || len(s.Hops) == 1
			continue
		}
		on := fmt.Sprintf("of %d hops with it", l.Hops)
		if l.Hops == len(s.Hops) {
			on, through = "of all hops", true
		}
		p.amount(fmt.Sprintf("  least %s, on hop %d:", on, l.Hop), l.Value, l.Asset)
	}
	if !through {
		p.line("  no asset is on every hop: what came was changed on the way, or is something else")
	}
}

// span says how long a path took.
func span(s shownPath) string {
	if s.First == s.Last {
		return when(time.Unix(s.First, 0))
	}
	text := fmt.Sprintf("%s to %s, %s", when(time.Unix(s.First, 0)), when(time.Unix(s.Last, 0)), lasted(s.Seconds))
	if s.Quickest != s.Seconds && len(s.Hops) > 1 {
		text += ", at best " + lasted(s.Quickest)
	}
	return text
}

// lasted is a time between two rows. It is below nought where a later block bears an
// earlier time.
func lasted(seconds int64) string {
	d := time.Duration(max(seconds, -seconds)) * time.Second
	text := d.String()
	if days := d / (24 * time.Hour); days > 0 {
		text = count(int64(days), "day", "days") + " " + (d % (24 * time.Hour)).String()
	}
	if seconds < 0 {
		return "minus " + text
	}
	return text
}

func (p pathWriter) hop(h shownHop) {
	if h.Count == 1 && len(h.Payments) == 1 {
		p.payment(h.Payments[0], "    ")
		return
	}
	p.line("    %s, %s to %s", count(h.Count, "payment", "payments"), when(time.Unix(h.First, 0)), when(time.Unix(h.Last, 0)))
	for i, s := range h.Sums {
		if i == shownAssets {
			p.line("    … and %s", count(len(h.Sums)-shownAssets, "asset more", "assets more"))
			break
		}
		p.amount(fmt.Sprintf("    %d with", s.Count), s.Value, s.Asset)
		if s.Spent != "" && s.Spent != s.Value {
			p.amount("      the payer put in", s.Spent, s.Asset)
		}
	}
	if len(h.Payments) <= 1 {
		return
	}
	for _, row := range h.Payments {
		p.payment(row, "      ")
	}
	if n := h.Count - len(h.Payments); n > 0 {
		p.line("      … and %d more", n)
	}
}

func (p pathWriter) payment(s shownPayment, indent string) {
	p.amount(indent+when(time.Unix(s.Time, 0))+" ", s.Value, s.Asset)
	if s.Spent != "" && s.Spent != s.Value {
		p.amount(indent+"  the payer put in", s.Spent, s.Asset)
	}
	p.line("%s  block %d, %s %d of transaction", indent, s.Block, s.Kind, s.Index)
	p.line("%s  %s", indent, s.Tx)
}

// amount prints an amount: in units if the asset is the chain's own, else in base
// units with the asset, on the next line if this one has no room.
func (p pathWriter) amount(before, value, asset string) {
	text, name := derive.Group(value), "base units of "+intake.Printable(asset)
	if c, ok := chain.Lookup(p.a.Chain); ok && asset == string(c.ID)+"/native" && value != tooMuch {
		n, err := chain.ParseAmount(value)
		if err == nil {
			text, name = derive.Group(n.Units(c.Decimals)), c.Symbol
		}
	}
	indent := strings.Repeat(" ", len(before)-len(strings.TrimLeft(before, " "))+2)
	if len(before)+1+len(text) > pathWidth {
		p.line("%s", before)
		before = indent[1:]
		if len(before)+1+len(text) > pathWidth {
			text = value
		}
	}
	if len([]rune(before+" "+text+" "+name)) <= pathWidth {
		p.line("%s %s %s", before, text, name)
		return
	}
	p.line("%s %s", before, text)
	p.line("%s%s", indent, name)
}

// hubs names the hubs that were met.
func (p pathWriter) hubs() {
	n := len(p.a.Hubs) + p.a.MoreHubs
	if n == 0 {
		return
	}
	p.line("\n%s met and not gone through: more than %d rows in one direction (--hub).", count(n, "hub was", "hubs were"), p.a.Hub)
	p.line("A path may lead through those that were reached from both ends.")
	for i, h := range p.a.Hubs {
		if i == shownHubs {
			p.line("  … and %d more", n-shownHubs)
			break
		}
		p.line("  %s", h.Address)
		p.line("    left out: %s rows out, %s in; %s", derive.Group(fmt.Sprint(h.Out)), derive.Group(fmt.Sprint(h.In)), h.place())
	}
}

// place says where a hub was met.
func (h shownHub) place() string {
	switch {
	case h.From != nil && h.To != nil:
		return fmt.Sprintf("%s from the start, %d before the end", count(*h.From, "hop", "hops"), *h.To)
	case h.From != nil:
		return fmt.Sprintf("%s from the start", count(*h.From, "hop", "hops"))
	}
	return fmt.Sprintf("%s before the end", count(*h.To, "hop", "hops"))
}

// work says how far was looked.
func (p pathWriter) work() {
	a := p.a
	p.line("\nlooked %s on from the start (to %s) and %s back from the end (to %s)",
		count(a.Followed[0], "hop", "hops"), count(a.Reached[0]-1, "address", "addresses"), count(a.Followed[1], "hop", "hops"), count(a.Reached[1]-1, "address", "addresses"))
	switch {
	case a.Stopped != "" && a.Hops == 0:
		p.line("STOPPED: the budget of %s was spent; nothing is complete", a.Stopped)
	case a.Stopped != "":
		p.line("STOPPED: the budget of %s was spent; complete up to %s of %d, longer paths were not looked for", a.Stopped, count(a.Hops, "hop", "hops"), a.MaxHops)
	case a.Hops < a.MaxHops:
		p.line("counted to the end up to %s of %d; --budget counts on", count(a.Hops, "hop", "hops"), a.MaxHops)
	}
	p.line("snapshot %s, %s rows read", a.Snapshot, derive.Group(fmt.Sprint(a.Rows)))
}
