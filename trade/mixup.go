package trade

import (
	"cmp"
	"slices"

	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
)

// The two that are taken for one another, as customs statistics write them.
const (
	dprk     = "PRK" // the Democratic People's Republic of Korea
	republic = "KOR" // the Republic of Korea
)

// Line is what one reporter published of a year's trade with the Democratic
// People's Republic of Korea: one flow of the goods of one chapter. Codes of
// different length are different lines, since the shorter sum up the longer.
type Line struct {
	Reporter string `json:"reporter"` // ISO 3166-1 alpha-3
	Flow     string `json:"flow"`     // import or export
	Chapter  string `json:"chapter"`  // two digits; empty: all goods together
	Digits   int    `json:"digits"`   // of the codes reported
	Year     int    `json:"year"`
}

// LineOf is the line that a statistic belongs to; ok is false for one that is not
// of trade with the Democratic People's Republic of Korea, or does not say who
// reported it or in which year. What the two Koreas report of one another is none:
// they are not taken for each other there.
func LineOf(t *observation.TradeStatistic) (l Line, ok bool) {
	l = lineOf(t)
	return l, t.Partner == dprk && l.counts()
}

func lineOf(t *observation.TradeStatistic) Line {
	return Line{t.Reporter, t.Flow, t.HS[:min(2, len(t.HS))], len(t.HS), t.Period.Year()}
}

func (l Line) counts() bool {
	return l.Reporter != "" && l.Reporter != dprk && l.Reporter != republic && l.Year != 0 && (l.Flow == "import" || l.Flow == "export")
}

// Compare orders lines by reporter, flow, chapter and year.
func (l Line) Compare(o Line) int {
	return cmp.Or(cmp.Compare(l.Reporter, o.Reporter), cmp.Compare(l.Flow, o.Flow), cmp.Compare(l.Chapter, o.Chapter),
		cmp.Compare(l.Digits, o.Digits), cmp.Compare(l.Year, o.Year))
}

// in is the same line in another year.
func (l Line) in(year int) Line { l.Year = year; return l }

// Mixups gathers statistics, in any order, and finds the lines that may be of the
// Republic of Korea: a slip of two letters, and as a rule one of a State that
// has next to no trade with the other. It holds a sum a line, not the rows.
//
//	m := trade.NewMixups()
//	m.Add(statistic)                    // rows with PRK, and rows with KOR if there are any
//	for _, s := range m.Suspicions() {
//		s.Line, s.USD, s.Signals        // and s.Computed: what was looked at
//	}
//
// A signal is a fact about the figures, with its evidence. How many of them there
// are is a reason to ask the reporter and no verdict.
type Mixups struct {
	with   map[Line]*sum // trade with the Democratic People's Republic
	south  map[Line]*sum // trade with the Republic
	years  years         // of all of these
	passed int
}

// sum is what the rows of a line come to.
type sum struct {
	usd    value.Decimal
	stated bool   // at least one row has a value
	goods  string // the least code of goods that are the Republic's trade; empty: none
}

// years is a span of years, both included; the zero value is none.
type years struct{ first, last int }

func (y *years) take(year int) {
	if y.first == 0 || year < y.first {
		y.first = year
	}
	y.last = max(y.last, year)
}

func (y years) holds(year int) bool { return y.first <= year && year <= y.last }

// maxLines bounds what is held: more lines than all States could publish of all
// chapters in a lifetime are not looked at.
const maxLines = 1 << 18

// NewMixups makes an empty one.
func NewMixups() *Mixups { return &Mixups{with: map[Line]*sum{}, south: map[Line]*sum{}} }

// Add takes a statistic in.
func (m *Mixups) Add(t *observation.TradeStatistic) {
	l := lineOf(t)
	if !l.counts() || t.Partner != dprk && t.Partner != republic {
		return
	}
	m.years.take(l.Year)
	one := sum{goods: typical(t.HS)}
	if t.ValueUSD != nil {
		one.usd, one.stated = *t.ValueUSD, true
	}
	if t.Partner == dprk {
		m.enter(m.with, l, one)
	} else {
		m.enter(m.south, l, one)
	}
}

func (m *Mixups) enter(lines map[Line]*sum, l Line, one sum) {
	s := lines[l]
	if s == nil {
		if len(lines) >= maxLines {
			m.passed++
			return
		}
		s = &sum{}
		lines[l] = s
	}
	s.usd = s.usd.Add(one.usd)
	s.stated = s.stated || one.stated
	if s.goods == "" || one.goods != "" && one.goods < s.goods {
		s.goods = one.goods
	}
}

// Merge takes in what another has gathered.
func (m *Mixups) Merge(o *Mixups) {
	for l, s := range o.with {
		m.enter(m.with, l, *s)
	}
	for l, s := range o.south {
		m.enter(m.south, l, *s)
	}
	if o.years.first != 0 {
		m.years.take(o.years.first)
		m.years.take(o.years.last)
	}
	m.passed += o.passed
}

// Passed is how many rows were not looked at, because there were more lines than
// there can be.
func (m *Mixups) Passed() int { return m.passed }

// Suspicion is a line with the signals that it gives.
type Suspicion struct {
	Line
	USD      value.Decimal `json:"value_usd"`
	Signals  []Signal      `json:"signals"`
	Computed []string      `json:"computed"` // the signals that could be worked out, given or not
}

// Signal is a fact about a line, and the figures that it is one.
type Signal struct {
	Name     string `json:"name"`
	Evidence string `json:"evidence"`
}

// Suspicions lists the lines that give a signal: those with most first, and among
// them those of most money.
func (m *Mixups) Suspicions() []Suspicion {
	var out []Suspicion
	traded := yearsOf(m.with)
	south := yearsOf(m.south)
	for l, s := range m.with {
		if s.stated && s.usd.IsZero() {
			continue
		}
		x := Suspicion{Line: l, USD: s.usd}
		look := looking{m, l, *s, traded[l.in(0)], south[l.in(0)]}
		for _, one := range signals {
			evidence, is, computed := one.look(look)
			if computed {
				x.Computed = append(x.Computed, one.name)
			}
			if is {
				x.Signals = append(x.Signals, Signal{one.name, evidence})
			}
		}
		if len(x.Signals) > 0 {
			out = append(out, x)
		}
	}
	slices.SortFunc(out, func(a, b Suspicion) int {
		return cmp.Or(cmp.Compare(len(b.Signals), len(a.Signals)), b.USD.Cmp(a.USD), a.Line.Compare(b.Line))
	})
	return out
}

// yearsOf lists the years of each line, under the line without its year.
func yearsOf(lines map[Line]*sum) map[Line][]int {
	out := map[Line][]int{}
	for l := range lines {
		out[l.in(0)] = append(out[l.in(0)], l.Year)
	}
	for _, list := range out {
		slices.Sort(list)
	}
	return out
}
