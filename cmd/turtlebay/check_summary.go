package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime"
	"github.com/turtlebay/turtlebay/regime/tally"
	"github.com/turtlebay/turtlebay/trade"
)

// mixedUp is a line of customs statistics that may be of the Republic of Korea, with
// the gravest finding on it.
type mixedUp struct {
	trade.Suspicion
	Score   int           `json:"score"`
	Of      int           `json:"of"`
	Finding regime.Result `json:"finding,omitempty"`
}

func (t *checked) mixedUp() []mixedUp {
	out := []mixedUp{}
	for _, s := range t.mixups.Suspicions() {
		out = append(out, mixedUp{s, len(s.Signals), len(s.Computed), t.lines[s.Line]})
	}
	return out
}

// summaryJSON prints the summary for programs.
func (k *checking) summaryJSON(t *checked) error {
	return printJSON(k.stdout, struct {
		Regime     string                  `json:"regime"`
		Digest     string                  `json:"regime_sha256"`
		AsOf       value.Date              `json:"as_of,omitzero"`
		Checked    int64                   `json:"checked"`
		Found      int64                   `json:"with_findings"`
		NotRead    int64                   `json:"not_read"`
		Results    map[regime.Result]int64 `json:"results"`
		Cells      []tally.Cell            `json:"cells"`
		Chapters   []tally.Group           `json:"chapters"`
		Years      []tally.Group           `json:"years"`
		Reporters  []tally.Group           `json:"reporters"`
		Mixups     []mixedUp               `json:"mix_ups"`
		NotLooked  int                     `json:"mix_up_rows_not_looked_at"`
		Components []string                `json:"mix_up_signals"`
	}{
		k.pack.ID, k.pack.Digest(), k.day, t.cases, t.found, t.lost + t.refused, t.results, t.tally.Cells(),
		t.tally.Groups(tally.Chapter), t.tally.Groups(tally.Year), t.tally.Groups(tally.Reporter), t.mixedUp(), t.mixups.Passed(), trade.Signals(),
	})
}

// summaryText prints the summary for people.
func (k *checking) summaryText(t *checked) error {
	parts := []func(*checked) error{
		k.countsText, k.groupsText("HS chapter", tally.Chapter), k.groupsText("year", tally.Year), k.groupsText("reporter", tally.Reporter),
		k.measuresText, k.mixupsText,
	}
	for _, part := range parts {
		if err := part(t); err != nil {
			return err
		}
	}
	return nil
}

// short are words for results in the head of a table.
var short = []struct {
	result regime.Result
	words  string
}{
	{regime.Breach, "breach"},
	{regime.CapExceeded, "over cap"},
	{regime.Possible, "possible"},
	{regime.CapNotice, "notice"},
	{regime.ReportingDue, "report"},
	{regime.GracePeriod, "grace"},
	{regime.Exempt, "exempt"},
}

// groupsText prints a table of groups: the records, those with a finding by the
// gravest of each, and what they come to in dollars.
func (k *checking) groupsText(by string, grouping tally.By) func(*checked) error {
	return func(t *checked) error {
		groups := t.tally.Groups(grouping)
		if len(groups) == 0 {
			return nil
		}
		quiet := tally.Group{}
		rest := 0
		if grouping == tally.Reporter {
			groups = slices.DeleteFunc(groups, func(g tally.Group) bool {
				if len(g.Found) == 0 {
					quiet.All = plus(quiet.All, g.All)
					rest++
				}
				return len(g.Found) == 0
			})
		}
		fmt.Fprintf(k.stdout, "\nBy %s: records, by the gravest finding of each\n\n", by)
		return table(k.stdout, func(w io.Writer) {
			fmt.Fprintf(w, "%s\trecords", by)
			for _, s := range short {
				if t.results[s.result] > 0 {
					fmt.Fprintf(w, "\t%s", s.words)
				}
			}
			fmt.Fprint(w, "\tUSD\tUSD with findings\n")
			for _, g := range groups {
				t.groupRow(w, cmp.Or(g.Key, "(none)"), g)
			}
			if rest > 0 {
				t.groupRow(w, fmt.Sprintf("%d others", rest), quiet)
			}
		})
	}
}

func plus(a, b tally.Sum) tally.Sum {
	return tally.Sum{Records: a.Records + b.Records, Stated: a.Stated + b.Stated, USD: a.USD.Add(b.USD)}
}

func (t *checked) groupRow(w io.Writer, key string, g tally.Group) {
	var found tally.Sum
	fmt.Fprintf(w, "%s\t%d", key, g.All.Records)
	for _, s := range short {
		if t.results[s.result] > 0 {
			fmt.Fprintf(w, "\t%d", g.Found[s.result].Records)
			found = plus(found, g.Found[s.result])
		}
	}
	fmt.Fprintf(w, "\t%s\t%s\n", g.All.USD, found.USD)
}

// measuresText prints what each measure finds, and how it is cited.
func (k *checking) measuresText(t *checked) error {
	cells := t.tally.Measures()
	if len(cells) == 0 {
		return nil
	}
	fmt.Fprint(k.stdout, "\nBy measure: findings\n\n")
	return table(k.stdout, func(w io.Writer) {
		fmt.Fprint(w, "measure\tfinding\trecords\tUSD\tcitation\n")
		for _, c := range cells {
			cite := ""
			if m, ok := k.pack.Measure(c.Measure); ok {
				cite = m.Cite.String()
				if m.Cite.ToBeVerified() {
					cite += " *"
				}
			}
			fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\n", c.Measure, c.Result, c.Records, c.USD, cite)
		}
		fmt.Fprint(w, "* to be verified\n")
	})
}

// shownMixups is how many lines that may be of the Republic of Korea are printed of
// those with a finding, and of the others.
const shownMixups = 20

// mixupsText prints the lines that give more than half of the signals.
func (k *checking) mixupsText(t *checked) error {
	var with, without []mixedUp
	for _, m := range t.mixedUp() {
		if 2*m.Score <= m.Of {
			continue
		}
		if m.Finding != "" {
			with = append(with, m)
		} else {
			without = append(without, m)
		}
	}
	if len(with)+len(without)+t.mixups.Passed() == 0 {
		return nil
	}
	b := appendWrapped([]byte("\nLines that may be of the Republic of Korea\n\n"), "",
		"Signals are reasons to ask the reporter, not findings. The score says how many are there of those that could be worked out. Shown are lines with more than half of them, the largest first; --json has all.")
	b = appendMixups(b, "With a finding", with)
	b = appendMixups(b, "Without a finding", without)
	if n := t.mixups.Passed(); n > 0 {
		b = appendWrapped(append(b, '\n'), "", fmt.Sprintf("%d rows were not looked at: there are more lines than can be held.", n))
	}
	_, err := k.stdout.Write(b)
	return err
}

func appendMixups(b []byte, title string, list []mixedUp) []byte {
	if len(list) == 0 {
		return b
	}
	slices.SortStableFunc(list, func(a, b mixedUp) int { return b.USD.Cmp(a.USD) })
	shown := list[:min(len(list), shownMixups)]
	b = fmt.Appendf(b, "\n%s: %d of %s\n", title, len(shown), count(len(list), "line", "lines"))
	for _, m := range shown {
		goods := "all goods"
		if m.Chapter != "" {
			goods = "chapter " + m.Chapter
		}
		b = appendWrapped(append(b, '\n'), "", fmt.Sprintf("%s %s of %s, %d: USD %s, score %d of %d%s", m.Reporter, m.Flow, goods, m.Year, m.USD, m.Score, m.Of, findingWords(m.Finding)))
		for _, s := range m.Signals {
			b = appendWrapped(b, "    ", fmt.Sprintf("%s: %s", trade.SignalWords(s.Name), s.Evidence))
		}
	}
	return b
}

func findingWords(r regime.Result) string {
	if r == "" {
		return ""
	}
	return ", finding: " + string(r)
}
