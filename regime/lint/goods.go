package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/hs"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime"
	"github.com/turtlebay/turtlebay/regime/condition"
)

// scope is goods with the tests that can meet them and whom to tell.
type scope struct {
	groups []regime.Goods
	cases  []testCase
	in     regime.Interval
	warn   func(code Code, format string, args ...any)
}

// goods looks at the goods that rules name themselves. Rules of a measure that name
// the same share their tests of them.
func (l *linter) goods(rules []*ruleView) {
	for i, r := range rules {
		if len(r.r.Goods) == 0 || slices.ContainsFunc(rules[:i], func(o *ruleView) bool { return sameGoods(o.r.Goods, r.r.Goods) }) {
			continue
		}
		s := scope{groups: r.r.Goods, in: r.in(), warn: func(code Code, format string, args ...any) { l.warn(r, code, format, args...) }}
		for _, o := range rules[i:] {
			if sameGoods(o.r.Goods, r.r.Goods) {
				s.cases = append(s.cases, o.cases...)
			}
		}
		s.look()
	}
}

func sameGoods(a, b []regime.Goods) bool {
	return slices.EqualFunc(a, b, func(x, y regime.Goods) bool {
		return slices.Equal(x.Codes, y.Codes) && slices.Equal(x.Except, y.Except) && x.Basis == y.Basis
	})
}

// use notes which rules use which list.
func (l *linter) use(rules []*ruleView) {
	for _, r := range rules {
		for _, id := range r.r.Lists {
			l.uses[id] = append(l.uses[id], r)
		}
	}
}

// sharedLists looks at each list with the tests of all rules that use it: one test
// of a code in one measure is enough.
func (l *linter) sharedLists() {
	for _, g := range l.pack.Lists() {
		if len(l.uses[g.ID]) == 0 {
			continue
		}
		s := scope{groups: g.Goods, in: regime.Interval{From: g.From}}
		s.warn = func(code Code, format string, args ...any) {
			l.out = append(l.out, Warning{File: g.File, Code: code, Text: fmt.Sprintf(format, args...)})
		}
		counts := false // on a day that a rule using it is in force
		for _, r := range l.uses[g.ID] {
			s.cases = append(s.cases, r.cases...)
			in := r.in()
			counts = counts || in.From.Before(g.From) && (in.Until.IsZero() || g.From.Before(in.Until))
		}
		if counts {
			s.begins(g.From)
		}
		s.look()
	}
}

// begins demands tests of listed goods on the list's first day and the day before.
func (s *scope) begins(day value.Date) {
	all := codesOf(s.groups)
	for _, d := range []value.Date{shift(day, -1), day} {
		if !s.some(func(c testCase, code string) bool { return all.cover(code) && c.on(d, day) }) {
			s.warn(DayUntested, "no test of goods on the list is dated %s: it counts from %s", d, day)
		}
	}
}

func (c testCase) code() string {
	code, _ := condition.GoodsCode(c.obs, "hs")
	return code
}

// codes are goods codes, each standing for all below it.
type codes []string

func codesOf(groups []regime.Goods) codes {
	var out codes
	for _, g := range groups {
		out = append(out, g.Codes...)
	}
	return out
}

func (cs codes) cover(code string) bool {
	return code != "" && slices.ContainsFunc(cs, func(c string) bool { return hs.Covers(c, code) == hs.Yes })
}

func (s *scope) look() {
	for _, g := range s.groups {
		s.met(g)
		s.price(g)
		s.editions(g)
	}
	s.beside()
}

// some reports whether a case has a code that will do.
func (s *scope) some(will func(c testCase, code string) bool) bool {
	return slices.ContainsFunc(s.cases, func(c testCase) bool {
		code := c.code()
		return code != "" && will(c, code)
	})
}

// met demands a test for each code and for each that is left out.
func (s *scope) met(g regime.Goods) {
	except := codes(g.Except)
	var missing []string
	for _, code := range g.Codes {
		if !s.some(func(c testCase, reported string) bool {
			return c.finds() && hs.Covers(code, reported) == hs.Yes && !except.cover(reported)
		}) {
			missing = append(missing, code)
		}
	}
	if len(missing) > 0 {
		s.warn(CodeUntested, "no test that finds something has a code under %s (%s)", strings.Join(missing, ", "), g.What)
	}
	for _, code := range g.Except {
		if !s.some(func(_ testCase, reported string) bool { return hs.Covers(code, reported) == hs.Yes }) {
			s.warn(ExceptUntested, "no test has a code under %s, which is left out of %s", code, g.What)
		}
	}
}

// price demands tests below, at and above a price.
func (s *scope) price(g regime.Goods) {
	if g.AboveUSD == nil {
		return
	}
	limit := g.AboveUSD.Decimal
	tests := map[string]func(d value.Decimal) bool{
		"below": func(d value.Decimal) bool { return d.Cmp(limit) < 0 },
		"at":    func(d value.Decimal) bool { return d.Equal(limit) },
		"above": func(d value.Decimal) bool { return d.Cmp(limit) > 0 && d.Cmp(limit.Add(value.Int(1))) <= 0 },
	}
	for _, side := range []string{"below", "at", "above"} {
		if !s.some(func(c testCase, code string) bool {
			d, ok := condition.Decimal(c.obs, "unit_value_usd")
			return ok && codes(g.Codes).cover(code) && tests[side](d)
		}) {
			s.warn(PriceUntested, "no test of one piece is %s USD %s (%s; above by one at most)", side, limit, g.What)
		}
	}
}

// beside demands, for the codes under one chapter or heading, a test of another code
// under it and a test of the chapter or heading alone.
func (s *scope) beside() {
	all := codesOf(s.groups)
	under := map[string][]string{}
	for _, c := range all {
		under[hs.Parent(c)] = append(under[hs.Parent(c)], c)
	}
	for _, parent := range sortedKeys(under) {
		own := under[parent]
		if all.cover(parent) {
			continue
		}
		name := strings.Join(own[:min(len(own), 4)], ", ")
		if other, ok := free(parent, all); ok && !s.some(func(_ testCase, code string) bool {
			return len(code) >= len(own[0]) && strings.HasPrefix(code, parent) && !all.cover(code)
		}) {
			s.warn(NeighbourUntested, "no test has a code beside %s that is not meant, such as %s", name, other)
		}
		if parent != "" && !s.some(func(c testCase, code string) bool { return code == parent && c.expects(regime.Possible) }) {
			s.warn(ShortCodeUntested, "no test has %s alone, where %s would have to be asked for, as possible", parent, name)
		}
	}
}

// free is a code under the parent that none of the codes covers.
func free(parent string, taken codes) (string, bool) {
	for _, ed := range []hs.Edition{hs.HS2017, hs.HS2022, hs.HS2012} {
		for c := range hs.Children(parent, ed) {
			if !taken.cover(c) {
				return c, true
			}
		}
	}
	return "", false
}

// editions looks for codes that no edition has, or not those of the time in which
// they count.
func (s *scope) editions(g regime.Goods) {
	all := codesOf(s.groups)
	for _, code := range slices.Concat(g.Codes, g.Except) {
		in := hs.In(code)
		if len(in) == 0 {
			s.warn(CodeUnknown, "%s (%s) is in none of the editions held", code, g.What)
			continue
		}
		for _, ed := range hs.Editions() {
			if !during(ed, s.in) || slices.Contains(in, ed) {
				continue
			}
			next := elsewhere(code, in, ed)
			if len(next) > 0 && !slices.ContainsFunc(next, func(c string) bool { return !all.cover(c) }) {
				continue
			}
			s.warn(CodeMoved, "%s (%s) is not in %s, in force from %s: %s", code, g.What, ed, ed.First(),
				cmp.Or(strings.Join(next, " and "), "nothing certain")+" is there in its place and is not named")
		}
	}
}

// during reports whether the edition was in force on a day of the interval.
func during(ed hs.Edition, in regime.Interval) bool {
	first, err := value.ParseDate(ed.First())
	if err != nil {
		return false
	}
	last, err := value.ParseDate(ed.Last())
	if err != nil {
		return false
	}
	return in.From.Compare(last) <= 0 && (in.Until.IsZero() || first.Before(in.Until))
}

// elsewhere are the numbers of a code's goods in an edition that does not have it.
func elsewhere(code string, in []hs.Edition, ed hs.Edition) []string {
	nearest := slices.MinFunc(in, func(a, b hs.Edition) int { return distance(a, ed) - distance(b, ed) })
	if nearest < ed {
		return hs.Successors(code, nearest, ed)
	}
	return hs.Predecessors(code, nearest, ed)
}

func distance(a, b hs.Edition) int { return max(int(a), int(b)) - min(int(a), int(b)) }
