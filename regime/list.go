package regime

import (
	"fmt"
	"path"
	"slices"

	"github.com/turtlebay/turtlebay/hs"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/value"
)

// readList reads one list of goods.
func (l *loader) readList(f file) {
	g := &GoodsList{File: f.name}
	if !l.decode(f, g) {
		return
	}
	fault := func(field, format string, args ...any) { l.fault(f.name, 0, field, format, args...) }
	if path.Base(f.name) != g.ID+".yaml" {
		fault("id", "is %q: the file must be named after it", g.ID)
	}
	if g.Name == "" || g.Source == "" || len(g.Goods) == 0 {
		fault("", "a list needs a name, a source and goods")
	}
	if !g.From.IsZero() && g.From.Precision() != value.Day {
		fault("from", "want a day")
	}
	for i := range g.Goods {
		checkGoods(fault, fmt.Sprintf("goods[%d]", i), &g.Goods[i])
	}
	l.lists[g.ID] = g
	l.pack.lists = append(l.pack.lists, g)
}

// checkGoods refuses codes that are none and groups that do not say what they are.
func checkGoods(fault func(field, format string, args ...any), at string, g *Goods) {
	if len(g.Codes) == 0 || g.What == "" {
		fault(at, "needs codes and what they are")
	}
	for _, c := range slices.Concat(g.Codes, g.Except) {
		if !hs.Valid(c) {
			fault(at, "%q is no goods code: want 2, 4 or 6 digits in quotation marks", c)
		}
	}
	for _, out := range g.Except {
		if !slices.ContainsFunc(g.Codes, func(c string) bool { return c != out && hs.Covers(c, out) == hs.Yes }) {
			fault(at+".except", "%s lies under none of the codes", out)
		}
	}
	if !slices.Contains(bases, g.Basis) {
		fault(at+".basis", "is %q, want one of %v", g.Basis, bases)
	}
	if g.Certainty != claim.Checked && g.Certainty != claim.FromMemory {
		fault(at+".certainty", "is %q, want checked or from-memory", g.Certainty)
	}
	if g.AboveUSD != nil && g.AboveUSD.Sign() <= 0 {
		fault(at+".above_usd", "want an amount above 0")
	}
}

// scopeOf brings a rule's goods and lists together; nil where it speaks of none.
func (l *loader) scopeOf(m *Measure, r *Rule, at string) *scope {
	if len(r.Goods) == 0 && len(r.Lists) == 0 {
		if len(r.Unless) > 0 {
			l.fault(m.File, 0, at+"unless", "there are no goods to leave any out of")
		}
		return nil
	}
	s := &scope{}
	for i := range r.Goods {
		s.entries = append(s.entries, scopeEntry{Goods: &r.Goods[i], list: &GoodsList{Name: "the rule"}})
	}
	s.entries = append(s.entries, l.entriesOf(m, r.Lists, at+"lists")...)
	s.unless = l.entriesOf(m, r.Unless, at+"unless")
	return s
}

func (l *loader) entriesOf(m *Measure, ids []string, field string) []scopeEntry {
	var out []scopeEntry
	for _, id := range ids {
		g := l.lists[id]
		if g == nil {
			l.fault(m.File, 0, field, "the pack has no list %s", id)
			continue
		}
		from := 0
		if !g.From.IsZero() {
			from = dayOf(g.From)
		}
		for i := range g.Goods {
			out = append(out, scopeEntry{&g.Goods[i], g, from})
		}
	}
	return out
}
