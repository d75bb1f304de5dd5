package analyses

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime"
	"github.com/turtlebay/turtlebay/regime/kp"
)

// measureFigures speak of the rules alone: they read no record.
func measureFigures(pack *regime.Pack) []derive.Function {
	of := packParam(pack)
	force := derive.Param{Name: "force", About: "only measures of this legal nature: binding, call, or other", Allowed: forceGroups}
	on := derive.Param{Name: "on", About: "a day", Default: "2023-12-31"}
	return []derive.Function{
		{Name: "regime.measures.count", Version: 1, About: "measures in the pack", Params: []derive.Param{of}, Run: countMeasures},
		{Name: "regime.measures.unverified", Version: 1, About: "measures whose substance or paragraph number is to be verified", Params: []derive.Param{of}, Run: countUnverifiedMeasures},
		{Name: "regime.verify.table", Version: 2, About: "what a lawyer has to check", Params: []derive.Param{of}, Run: verifyTable},
		{Name: "regime.codes.count", Version: 1, About: "goods codes in the rules, those of several measures counted for each", Params: []derive.Param{basisParam(), of}, Run: countCodes},
		{Name: "regime.codes.table", Version: 1, About: "goods codes of each measure by whose word they stand on", Params: []derive.Param{of}, Run: codeTable},
		{Name: "regime.inforce.count", Version: 1, About: "measures in force on a day", Params: []derive.Param{on, force, of}, Run: countInForce},
		{Name: "regime.inforce.table", Version: 1, About: "measures in force on a day, by resolution", Params: []derive.Param{on, of}, Run: inForceTable},
		{Name: "regime.inforce.resolutions", Version: 1, About: "measures in force on a day, counted by resolution and legal nature", Params: []derive.Param{on, of}, Run: inForceByResolution},
		{Name: "regime.inforce.series", Version: 1, About: "measures in force by legal nature, at every day on which that changed", Params: []derive.Param{paramSince, {Name: "to", About: "last year, inclusive", Default: "2026"}, of}, Run: inForceSeries},
	}
}

// forceGroups are the legal natures as charts and counts tell them apart.
var forceGroups = []string{"binding", "call", "other"}

func forceGroup(f regime.Force) string {
	switch f {
	case regime.Binding, regime.Call:
		return string(f)
	}
	return "other"
}

// forceWords is the legal nature as tables print it.
func forceWords(f regime.Force) string {
	if f == regime.NoChapterVII {
		return "“requires”, outside Chapter VII"
	}
	return string(f)
}

// ranks are the measures in the order of resolutions and paragraphs, and the place
// of each by id.
type ranks struct {
	measures []*regime.Measure
	of       map[string]int
}

var paragraphs = sync.OnceValues(func() (ranks, error) {
	pack, err := kp.Pack()
	if err != nil {
		return ranks{}, err
	}
	r := ranks{pack.Measures(), map[string]int{}}
	slices.SortFunc(r.measures, func(a, b *regime.Measure) int {
		return cmp.Or(compareCitations(a.Cite.String(), b.Cite.String()), cmp.Compare(a.ID, b.ID))
	})
	for i, m := range r.measures {
		r.of[m.ID] = i
	}
	return r, nil
})

// inOrder lists the measures that are wanted, by resolution and paragraph.
func inOrder(wanted func(*regime.Measure) bool) ([]*regime.Measure, error) {
	r, err := paragraphs()
	var out []*regime.Measure
	for _, m := range r.measures {
		if wanted(m) {
			out = append(out, m)
		}
	}
	return out, err
}

func every(*regime.Measure) bool { return true }

func countMeasures(derive.Call) (derive.Result, error) {
	pack, err := kp.Pack()
	if err != nil {
		return derive.Result{}, err
	}
	return derive.Result{Value: strconv.Itoa(len(pack.Measures())), Unit: "measures"}, nil
}

func toVerify() ([]*regime.Measure, error) {
	return inOrder(func(m *regime.Measure) bool { return m.Cite.ToBeVerified() })
}

func countUnverifiedMeasures(derive.Call) (derive.Result, error) {
	ms, err := toVerify()
	return derive.Result{Value: strconv.Itoa(len(ms)), Unit: "measures"}, err
}

// verifyTable lists the measures whose citation is to be verified; goods codes,
// which are another question, stand in codeTable.
func verifyTable(derive.Call) (derive.Result, error) {
	ms, err := toVerify()
	if err != nil {
		return derive.Result{}, err
	}
	columns := []derive.Column{
		{Key: "id", Title: "Measure", Form: derive.Code},
		{Key: "citation", Title: "Paragraph", Form: derive.Text},
		{Key: "why", Title: "Not confirmed", Form: derive.Text},
		{Key: "summary", Title: "Summary in our words", Form: derive.Text},
		{Key: "source", Title: "Read in", Form: derive.Text},
		{Key: "note", Title: "To be looked at", Form: derive.Text},
	}
	var rows []derive.Row
	for _, m := range ms {
		rows = append(rows, derive.Row{Cells: []string{
			m.ID, m.Cite.String(), unconfirmed(m), m.Summary, cmp.Or(m.Cite.Source, derive.NotApplicable), cmp.Or(m.Cite.Note, derive.NotApplicable),
		}})
	}
	return derive.Result{Table: &derive.Table{Columns: columns, Rows: rows}}, nil
}

// unconfirmed says what of the measure was not seen in a source; n/a for nothing.
func unconfirmed(m *regime.Measure) string {
	var out []string
	if m.Cite.Certainty != claim.Checked {
		out = append(out, "substance (from memory)")
	}
	if !m.Cite.ParagraphChecked {
		out = append(out, "paragraph number")
	}
	return cmp.Or(strings.Join(out, ", "), derive.NotApplicable)
}

// in reads the day of the call and lists the measures in force on it.
func in(c derive.Call) ([]*regime.Measure, value.Date, error) {
	on, err := value.ParseDate(c.Params["on"])
	if err != nil || on.Precision() != value.Day {
		return nil, on, fmt.Errorf("%w on=%q: want a day", derive.ErrParam, c.Params["on"])
	}
	ms, err := inOrder(func(m *regime.Measure) bool { return m.InForce.Contains(on) })
	return ms, on, err
}

func countInForce(c derive.Call) (derive.Result, error) {
	ms, _, err := in(c)
	if err != nil {
		return derive.Result{}, err
	}
	n := 0
	for _, m := range ms {
		if f := c.Params["force"]; f == "" || f == forceGroup(m.Force) {
			n++
		}
	}
	return derive.Result{Value: strconv.Itoa(n), Unit: "measures"}, nil
}

func inForceTable(c derive.Call) (derive.Result, error) {
	ms, _, err := in(c)
	if err != nil {
		return derive.Result{}, err
	}
	columns := []derive.Column{
		{Key: "resolution", Title: "Resolution", Form: derive.Code},
		{Key: "paragraph", Title: "Paragraph", Form: derive.Code},
		{Key: "id", Title: "Measure", Form: derive.Code},
		{Key: "force", Title: "Force", Form: derive.Text},
		{Key: "since", Title: "In force since", Form: derive.Date},
		{Key: "duty", Title: "Owed by", Form: derive.Text},
		{Key: "summary", Title: "Summary in our words", Form: derive.Text},
		{Key: "why", Title: "To be verified", Form: derive.Text},
	}
	var rows []derive.Row
	for _, m := range ms {
		rows = append(rows, derive.Row{Cells: []string{
			m.Cite.Document, m.Cite.Paragraph, m.ID, forceWords(m.Force), m.InForce.From.String(), m.Duty, m.Summary, unconfirmed(m),
		}})
	}
	return derive.Result{Table: &derive.Table{Columns: columns, Rows: rows}}, nil
}

// inForceByResolution counts what is in force, what ended before, and what a
// lawyer has to look at, by resolution.
func inForceByResolution(c derive.Call) (derive.Result, error) {
	ms, on, err := in(c)
	if err != nil {
		return derive.Result{}, err
	}
	pack, err := kp.Pack()
	if err != nil {
		return derive.Result{}, err
	}
	columns := []derive.Column{
		{Key: "resolution", Title: "Resolution", Form: derive.Code},
		{Key: "adopted", Title: "Adopted", Form: derive.Date},
		{Key: "binding", Title: "Binding", Form: derive.Number},
		{Key: "call", Title: "Calls", Form: derive.Number},
		{Key: "other", Title: "Other", Form: derive.Number},
		{Key: "all", Title: "In force", Form: derive.Number},
		{Key: "ended", Title: "Ended before", Form: derive.Number},
		{Key: "verify", Title: "In force, to be verified", Form: derive.Number},
	}
	keys := []string{"binding", "call", "other", "all", "ended", "verify"}
	adopted, counts, total := map[string]string{}, map[string]map[string]int{}, map[string]int{}
	add := func(m *regime.Measure, key string) {
		counts[m.Cite.Document][key]++
		total[key]++
	}
	for _, m := range pack.Measures() {
		if on.Before(m.Adopted) {
			continue
		}
		if d := m.Cite.Document; counts[d] == nil {
			counts[d], adopted[d] = map[string]int{}, m.Adopted.String()
		}
		if !m.InForce.Until.IsZero() && !on.Before(m.InForce.Until) {
			add(m, "ended")
		}
	}
	for _, m := range ms {
		add(m, forceGroup(m.Force))
		add(m, "all")
		if m.Cite.ToBeVerified() {
			add(m, "verify")
		}
	}
	cells := func(n map[string]int) (out []string) {
		for _, k := range keys {
			out = append(out, strconv.Itoa(n[k]))
		}
		return out
	}
	var rows []derive.Row
	for _, d := range slices.SortedFunc(maps.Keys(counts), compareCitations) {
		rows = append(rows, derive.Row{Cells: append([]string{d, adopted[d]}, cells(counts[d])...)})
	}
	rows = append(rows, derive.Row{Cells: append([]string{"Total", derive.NotApplicable}, cells(total)...), Total: true})
	return derive.Result{Table: &derive.Table{Columns: columns, Rows: rows}}, nil
}

// turn is what begins and what ends on a day.
type turn struct{ begun, ended []*regime.Measure }

// inForceSeries has a row for each day on which a measure began or ended, with
// what is in force from that day on, and one for the first day asked for.
func inForceSeries(c derive.Call) (derive.Result, error) {
	from, to, err := period(c)
	if err != nil {
		return derive.Result{}, err
	}
	pack, err := kp.Pack()
	if err != nil {
		return derive.Result{}, err
	}
	turns := map[string]*turn{}
	at := func(d value.Date) *turn {
		if d.IsZero() || d.Year() < from || d.Year() > to {
			return &turn{}
		}
		if turns[d.String()] == nil {
			turns[d.String()] = &turn{}
		}
		return turns[d.String()]
	}
	first, err := value.NewDate(from, 1, 1)
	if err != nil {
		return derive.Result{}, err
	}
	at(first)
	ms, err := inOrder(every)
	if err != nil {
		return derive.Result{}, err
	}
	for _, m := range ms {
		begins, ends := at(m.InForce.From), at(m.InForce.Until)
		begins.begun, ends.ended = append(begins.begun, m), append(ends.ended, m)
	}
	columns := []derive.Column{
		{Key: "date", Title: "From", Form: derive.Date},
		{Key: "binding", Title: "Binding", Form: derive.Number},
		{Key: "call", Title: "Calls", Form: derive.Number},
		{Key: "other", Title: "Other", Form: derive.Number},
		{Key: "all", Title: "All", Form: derive.Number},
		{Key: "begun", Title: "Begun", Form: derive.Number},
		{Key: "by", Title: "By resolution", Form: derive.Code},
		{Key: "ended", Title: "Ended", Form: derive.Number},
		{Key: "paragraphs", Title: "Paragraphs ended", Form: derive.Text},
	}
	var rows []derive.Row
	for _, day := range slices.Sorted(maps.Keys(turns)) {
		on, err := value.ParseDate(day)
		if err != nil {
			return derive.Result{}, err
		}
		n := map[string]int{}
		ms := pack.InForce(on)
		for _, m := range ms {
			n[forceGroup(m.Force)]++
		}
		x := turns[day]
		cells := []string{day}
		for _, g := range forceGroups {
			cells = append(cells, strconv.Itoa(n[g]))
		}
		rows = append(rows, derive.Row{Cells: append(cells, strconv.Itoa(len(ms)),
			strconv.Itoa(len(x.begun)), named(x.begun, func(m *regime.Measure) string { return m.Cite.Document }),
			strconv.Itoa(len(x.ended)), named(x.ended, func(m *regime.Measure) string { return m.Cite.String() }))})
	}
	return derive.Result{Table: &derive.Table{Columns: columns, Rows: rows}}, nil
}

// named lists what measures are called, each name once; n/a where there are none.
func named(ms []*regime.Measure, name func(*regime.Measure) string) string {
	var out []string
	for _, m := range ms {
		if s := name(m); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return cmp.Or(strings.Join(out, "; "), derive.NotApplicable)
}
