package analyses

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/regime"
	"github.com/turtlebay/turtlebay/regime/kp"
)

func findingTable(c derive.Call) (derive.Result, error) {
	fs, err := sorted(c)
	if err != nil {
		return derive.Result{}, err
	}
	columns := []derive.Column{
		{Key: "record", Title: "Record", Form: derive.Code},
		{Key: "date", Title: "Date", Form: derive.Date},
		{Key: "result", Title: "Finding", Form: derive.Text},
		{Key: "citation", Title: "Paragraph", Form: derive.Code},
		{Key: "reason", Title: "Reason", Form: derive.Text},
		{Key: "question", Title: "Question", Form: derive.Text},
	}
	var rows []derive.Row
	for _, f := range fs {
		r := row(f.Record, f.RecordID, f.Record.Observation.When().String(), f.Result.Words(), f.Citation, f.Reason, strings.Join(f.Questions, "; "))
		r.Record = "" // the sources annex is the record's place
		r.Unverified = r.Unverified || f.ToBeVerified()
		rows = append(rows, r)
	}
	return table(columns, rows, about(fs)), nil
}

// groupedTable puts the paragraphs under which a record is found to be the same
// into one row, and asks each question once. What the rules say of every record
// alike stands in reasonTable; a row has what is said of its record alone, so that
// it is the same whichever other records there are.
func groupedTable(c derive.Call) (derive.Result, error) {
	fs, err := sorted(c)
	if err != nil {
		return derive.Result{}, err
	}
	said, err := rulesSay()
	if err != nil {
		return derive.Result{}, err
	}
	kind := map[observation.Kind]int{}
	for i, k := range observation.Kinds() {
		kind[k] = i
	}
	slices.SortStableFunc(fs, func(a, b found) int { // within a row by paragraph, as they came
		return cmp.Or(kind[a.Record.Kind()]-kind[b.Record.Kind()], byRecord(a, b))
	})
	columns := []derive.Column{
		{Key: "record", Title: "Record", Form: derive.Code},
		{Key: "date", Title: "Date", Form: derive.Date},
		{Key: "result", Title: "Finding", Form: derive.Text},
		{Key: "citation", Title: "Paragraphs", Form: derive.Text},
		{Key: "reason", Title: "Reason and question of this record alone", Form: derive.Text},
	}
	warned := slices.ContainsFunc(fs, func(f found) bool { return len(f.Warnings) > 0 })
	if warned {
		columns = append(columns, derive.Column{Key: "warning", Title: "To be looked at before it is published", Form: derive.Text})
	}
	var rows []derive.Row
	for _, group := range groups(fs) {
		f := group[0]
		cells := []string{f.RecordID, f.Record.Observation.When().String(), f.Result.Words(), citations(group), particulars(group, said)}
		if warned {
			cells = append(cells, warnings(group))
		}
		rows = append(rows, derive.Row{Cells: cells, Unverified: f.Record.Certainty == claim.FromMemory})
	}
	return unverifiedMeasures(table(columns, rows, about(fs)), fs), nil
}

// groups parts findings where the record or the result changes.
func groups(fs []found) [][]found {
	var out [][]found
	for _, f := range fs {
		if n := len(out); n > 0 && out[n-1][0].RecordID == f.RecordID && out[n-1][0].Result == f.Result {
			out[n-1] = append(out[n-1], f)
			continue
		}
		out = append(out, []found{f})
	}
	return out
}

// toBeVerified is printed after a citation whose substance or number is.
const toBeVerified = " (to be verified)"

func cite(f regime.Finding) string {
	if f.ToBeVerified() {
		return f.Citation + toBeVerified
	}
	return f.Citation
}

func citeMeasure(m *regime.Measure) string {
	if m.Cite.ToBeVerified() {
		return m.Cite.String() + toBeVerified
	}
	return m.Cite.String()
}

func citations(fs []found) string {
	var out []string
	for _, f := range fs {
		if s := cite(f.Finding); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return strings.Join(out, "; ")
}

// warnings are the findings' own, each once; n/a where there is none.
func warnings(fs []found) string {
	var out []string
	for _, f := range fs {
		out = append(out, f.Warnings...)
	}
	slices.Sort(out)
	return cmp.Or(strings.Join(slices.Compact(out), "; "), derive.NotApplicable)
}

// saying is what a finding says of its record and asks about it.
type saying struct{ reason, question string }

func sayingOf(f regime.Finding) saying { return saying{f.Reason, strings.Join(f.Questions, " ")} }

// sayings are what the rules of each measure say whatever the record.
type sayings map[string][]saying

func rulesSay() (sayings, error) {
	pack, err := kp.Pack()
	if err != nil {
		return nil, err
	}
	out := sayings{}
	for _, m := range pack.Measures() {
		for _, r := range m.Rules {
			out[m.ID] = append(out[m.ID], saying{r.Reason, ""}, saying{r.Reason, r.Question})
		}
	}
	return out, nil
}

// ofEvery reports whether the finding says and asks nothing but what its rule does
// of every record; of statistics every doubt asks which of the Koreas is meant.
func (s sayings) ofEvery(f found) bool {
	own := sayingOf(f.Finding)
	if f.Record.Kind() == observation.KindTradeStatistic {
		own.question, _, _ = strings.Cut(own.question, " partner: ")
	}
	return slices.Contains(s[f.MeasureID], own)
}

// particulars is what is said and asked of this record alone: each reason once,
// with the paragraphs that give it where others say something else, and each
// sentence of the questions once.
func particulars(group []found, said sayings) string {
	var reasons []string
	by := map[string][]found{}
	for _, f := range group {
		if said.ofEvery(f) {
			continue
		}
		if by[f.Reason] == nil {
			reasons = append(reasons, f.Reason)
		}
		by[f.Reason] = append(by[f.Reason], f)
	}
	var out, asked []string
	for _, r := range reasons {
		text := r + "."
		if len(by[r]) < len(group) {
			text = citations(by[r]) + ": " + text
		}
		out = append(out, text)
		for _, f := range by[r] {
			for _, q := range sentences(strings.Join(f.Questions, " ")) {
				if !slices.Contains(asked, q) {
					out, asked = append(out, q), append(asked, q)
				}
			}
		}
	}
	return cmp.Or(strings.Join(out, " "), derive.NotApplicable)
}

// sentences parts text after each question mark or full stop that a blank follows.
func sentences(s string) []string {
	var out []string
	start := 0
	for i := 1; i < len(s); i++ {
		if s[i] == ' ' && (s[i-1] == '?' || s[i-1] == '.') {
			out, start = append(out, s[start:i]), i+1
		}
	}
	if start < len(s) {
		out = append(out, s[start:])
	}
	return out
}

// reasonTable gives once what the rules say of every record that they find, with
// the paragraphs that say it.
func reasonTable(c derive.Call) (derive.Result, error) {
	fs, err := sorted(c)
	if err != nil {
		return derive.Result{}, err
	}
	said, err := rulesSay()
	if err != nil {
		return derive.Result{}, err
	}
	type key struct {
		saying
		result regime.Result
	}
	var keys []key
	by := map[key][]found{}
	for _, f := range fs {
		k := key{sayingOf(f.Finding), f.Result}
		if !said.ofEvery(f) {
			continue
		}
		if by[k] == nil {
			keys = append(keys, k)
		}
		by[k] = append(by[k], f)
	}
	columns := []derive.Column{
		{Key: "citation", Title: "Paragraphs", Form: derive.Text},
		{Key: "result", Title: "Finding", Form: derive.Text},
		{Key: "reason", Title: "Reason", Form: derive.Text},
		{Key: "question", Title: "Question", Form: derive.Text},
	}
	var rows []derive.Row
	for _, k := range keys {
		rows = append(rows, derive.Row{Cells: []string{citations(by[k]), k.result.Words(), k.reason, k.question}})
	}
	return unverifiedMeasures(table(columns, rows, about(fs)), fs), nil
}

// tally counts findings by result under one heading.
type tally struct {
	heading string
	counts  map[regime.Result]int
	all     int
}

func (t *tally) add(r regime.Result) {
	if t.counts == nil {
		t.counts = map[regime.Result]int{}
	}
	t.counts[r]++
	t.all++
}

func (t *tally) cells(shown []regime.Result) []string {
	var out []string
	for _, r := range shown {
		out = append(out, strconv.Itoa(t.counts[r]))
	}
	return append(out, strconv.Itoa(t.all))
}

// tallies counts findings under the heading that each falls under, headings in the
// order of the findings, and all together.
func tallies(fs []found, heading func(found) string) (list []*tally, total *tally) {
	total = &tally{heading: "Total"}
	at := map[string]*tally{}
	for _, f := range fs {
		h := heading(f)
		if at[h] == nil {
			at[h] = &tally{heading: h}
			list = append(list, at[h])
		}
		at[h].add(f.Result)
		total.add(f.Result)
	}
	return list, total
}

// resultColumns are a column for each result that was found, gravest first, and
// one for all.
func resultColumns(fs []found) (shown []regime.Result, columns []derive.Column) {
	for _, r := range regime.Results() {
		if slices.ContainsFunc(fs, func(f found) bool { return f.Result == r }) {
			shown = append(shown, r)
			columns = append(columns, derive.Column{Key: string(r), Title: title(r.Words()), Form: derive.Number})
		}
	}
	return shown, append(columns, derive.Column{Key: "all", Title: "All", Form: derive.Number})
}

// paragraphTable counts findings by paragraph. Records cannot be summed: one may
// fall under several paragraphs.
func paragraphTable(c derive.Call) (derive.Result, error) {
	fs, err := sorted(c)
	if err != nil {
		return derive.Result{}, err
	}
	pack, err := kp.Pack()
	if err != nil {
		return derive.Result{}, err
	}
	shown, results := resultColumns(fs)
	columns := append([]derive.Column{
		{Key: "citation", Title: "Paragraph", Form: derive.Text},
		{Key: "force", Title: "Force", Form: derive.Text},
		{Key: "summary", Title: "Summary in our words", Form: derive.Text},
	}, results...)
	list, total := tallies(fs, func(f found) string { return f.MeasureID })
	var rows []derive.Row
	for _, t := range list {
		m, _ := pack.Measure(t.heading)
		rows = append(rows, derive.Row{Cells: append([]string{citeMeasure(m), forceWords(m.Force), m.Summary}, t.cells(shown)...)})
	}
	rows = append(rows, derive.Row{Cells: append([]string{total.heading, derive.NotApplicable, derive.NotApplicable}, total.cells(shown)...), Total: true})
	return unverifiedMeasures(table(columns, rows, about(fs)), fs), nil
}

func resolutionTable(c derive.Call) (derive.Result, error) {
	fs, err := sorted(c)
	if err != nil {
		return derive.Result{}, err
	}
	shown, results := resultColumns(fs)
	columns := append([]derive.Column{{Key: "resolution", Title: "Resolution", Form: derive.Code}}, results...)
	list, total := tallies(fs, func(f found) string { return documentOf(f.Citation) })
	var rows []derive.Row
	for _, t := range list {
		rows = append(rows, derive.Row{Cells: append([]string{t.heading}, t.cells(shown)...)})
	}
	rows = append(rows, derive.Row{Cells: append([]string{total.heading}, total.cells(shown)...), Total: true})
	return table(columns, rows, about(fs)), nil
}

// documentOf is the resolution of a citation: "S/RES/2397 (2017)".
func documentOf(citation string) string {
	document, _, _ := strings.Cut(citation, " OP")
	return document
}

// compareCitations orders citations by resolution and then by paragraph, OP9
// before OP10 and OP8(a)(i) before OP8(b).
func compareCitations(a, b string) int {
	return slices.CompareFunc(citationParts(a), citationParts(b), func(a, b string) int {
		m, errA := strconv.Atoi(a)
		n, errB := strconv.Atoi(b)
		if errA == nil && errB == nil {
			return cmp.Compare(m, n)
		}
		return cmp.Compare(a, b)
	})
}

// citationParts cuts a citation into runs of digits and of other characters.
func citationParts(s string) []string {
	var out []string
	start := 0
	digit := func(i int) bool { return s[i] >= '0' && s[i] <= '9' }
	for i := 1; i <= len(s); i++ {
		if i == len(s) || digit(i) != digit(i-1) {
			out, start = append(out, s[start:i]), i
		}
	}
	return out
}
