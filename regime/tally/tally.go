// Package tally counts records and their findings by chapter of goods, year,
// measure and reporter, with exact sums of US dollars, in memory that does not
// grow with the number of records.
//
//	t := tally.New()
//	t.Add(rec, checker.Check(rec, asOf))
//	for _, c := range t.Cells() {
//		fmt.Println(c.Chapter, c.Year, c.Measure, c.Result, c.Records, c.USD)
//	}
//
// A record counts once in each group (chapter, year, reporter), under its gravest
// finding; in cells it counts once for each measure and result. Sums of dollars are
// of the records' value_usd; Stated says how many records have one.
package tally

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime"
	"github.com/turtlebay/turtlebay/regime/condition"
)

// Sum is how many records there are and what they come to.
type Sum struct {
	Records int64         `json:"records"`
	Stated  int64         `json:"with_value"` // of the records, those that state a value
	USD     value.Decimal `json:"value_usd"`
}

func (s *Sum) add(o Sum) {
	s.Records += o.Records
	s.Stated += o.Stated
	s.USD = s.USD.Add(o.USD)
}

// Cell is what a measure finds of one chapter's goods in one year.
type Cell struct {
	Chapter string        `json:"chapter"` // two digits; empty where no code is given
	Year    int           `json:"year"`    // 0 where it is not known
	Measure string        `json:"measure_id"`
	Result  regime.Result `json:"finding"`
	Sum
}

// Group is the records of one chapter, year or reporter.
type Group struct {
	Key string `json:"key"` // empty where it is not known
	All Sum    `json:"all"`
	// Found has an entry a result, the gravest of each record.
	Found map[regime.Result]Sum `json:"found"`
}

// By is what records are grouped by.
type By int

// The groupings.
const (
	Chapter By = iota
	Year
	Reporter // of customs statistics
	groupings
)

// Tally counts. It is not safe for concurrent use: give each worker one and merge
// them.
type Tally struct {
	cells  map[cell]*Sum
	groups [groupings]map[string]*group
}

type cell struct {
	chapter string
	year    int
	measure string
	result  regime.Result
}

type group struct {
	all   Sum
	found map[regime.Result]Sum
}

// New makes an empty tally.
func New() *Tally {
	t := &Tally{cells: map[cell]*Sum{}}
	for by := range t.groups {
		t.groups[by] = map[string]*group{}
	}
	return t
}

// Add counts a record with its findings.
func (t *Tally) Add(r record.Record, fs []regime.Finding) {
	one := Sum{Records: 1}
	if usd, ok := condition.Decimal(r.Observation, "value_usd"); ok {
		one.Stated, one.USD = 1, usd
	}
	code, _ := condition.GoodsCode(r.Observation, "hs")
	chapter, year := code[:min(2, len(code))], r.Observation.When().Year()
	gravest := Gravest(fs)
	t.enter(Chapter, chapter, one, gravest)
	t.enter(Year, yearText(year), one, gravest)
	if s, ok := r.Observation.(*observation.TradeStatistic); ok {
		t.enter(Reporter, s.Reporter, one, gravest)
	}
	for i, f := range fs {
		if !slices.ContainsFunc(fs[:i], func(g regime.Finding) bool { return g.MeasureID == f.MeasureID && g.Result == f.Result }) {
			t.cell(cell{chapter, year, f.MeasureID, f.Result}).add(one)
		}
	}
}

func yearText(year int) string {
	if year == 0 {
		return ""
	}
	return strconv.Itoa(year)
}

// Gravest is the gravest result among findings; empty where there are none.
func Gravest(fs []regime.Finding) regime.Result {
	for _, r := range regime.Results() {
		if slices.ContainsFunc(fs, func(f regime.Finding) bool { return f.Result == r }) {
			return r
		}
	}
	return ""
}

func (t *Tally) enter(by By, key string, one Sum, result regime.Result) {
	g := t.groups[by][key]
	if g == nil {
		g = &group{found: map[regime.Result]Sum{}}
		t.groups[by][key] = g
	}
	g.all.add(one)
	if result != "" {
		found := g.found[result]
		found.add(one)
		g.found[result] = found
	}
}

func (t *Tally) cell(k cell) *Sum {
	s := t.cells[k]
	if s == nil {
		s = &Sum{}
		t.cells[k] = s
	}
	return s
}

// Merge adds what another has counted.
func (t *Tally) Merge(o *Tally) {
	for k, s := range o.cells {
		t.cell(k).add(*s)
	}
	for by, groups := range o.groups {
		for key, g := range groups {
			t.enter(By(by), key, g.all, "")
			for result, s := range g.found {
				found := t.groups[by][key].found[result]
				found.add(s)
				t.groups[by][key].found[result] = found
			}
		}
	}
}

// Cells lists the cells by chapter, year, measure and gravest result first.
func (t *Tally) Cells() []Cell {
	out := []Cell{}
	for k, s := range t.cells {
		out = append(out, Cell{k.chapter, k.year, k.measure, k.result, *s})
	}
	slices.SortFunc(out, func(a, b Cell) int {
		return cmp.Or(cmp.Compare(a.Chapter, b.Chapter), cmp.Compare(a.Year, b.Year), cmp.Compare(a.Measure, b.Measure),
			slices.Index(regime.Results(), a.Result)-slices.Index(regime.Results(), b.Result))
	})
	return out
}

// Groups lists the groups by key.
func (t *Tally) Groups(by By) []Group {
	out := []Group{}
	for key, g := range t.groups[by] {
		out = append(out, Group{key, g.all, g.found})
	}
	slices.SortFunc(out, func(a, b Group) int { return cmp.Compare(a.Key, b.Key) })
	return out
}

// Measures sums the cells up by measure and result, in the order of Cells.
func (t *Tally) Measures() []Cell {
	sums := New()
	for k, s := range t.cells {
		sums.cell(cell{measure: k.measure, result: k.result}).add(*s)
	}
	return sums.Cells()
}
