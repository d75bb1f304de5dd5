package outline

import (
	"strings"

	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/report/document"
	"github.com/turtlebay/turtlebay/report/prose"
)

// outcomes are the results with the words that count them, gravest first.
var outcomes = []struct {
	result, words string
}{
	{"breach", "of inconsistency"},
	{"cap-exceeded", "of a total above a cap"},
	{"possible", "possible, with a question still open"},
	{"cap-notice", "of a notice level of a cap"},
	{"reporting-due", "of a report that is due"},
	{"grace", "within a time of grace"},
	{"exempt", "exempt"},
}

// resultsOf counts the findings of a kind of record by result, as a phrase; those
// that there are none of are left out.
func resultsOf(w *prose.Writer, kind string) string {
	var parts []string
	for _, o := range outcomes {
		figure := "regime.findings.count " + kind + " result=" + o.result
		if w.Figure("regime.findings.count", prose.Params(kind+" result="+o.result)).Result.Value != "0" {
			parts = append(parts, "{"+figure+"} "+o.words)
		}
	}
	if n := len(parts); n > 1 {
		return strings.Join(parts[:n-1], ", ") + " and " + parts[n-1]
	}
	return strings.Join(parts, "")
}

// under says what the records of a kind come to under which paragraphs, with a
// table of these. of names the records in the plural.
func under(w *prose.Writer, k observation.Kind, of string) []document.Block {
	kind := "kind=" + string(k)
	if w.Figure("regime.findings.count", prose.Params(kind)).Result.Value == "0" {
		return []document.Block{w.Para("None of the records of " + of + " falls under a measure that was in force on its date.")}
	}
	id := "table-under-" + strings.ReplaceAll(string(k), "_", "-")
	return []document.Block{
		w.Para("Of the records of " + of + ", {count regime.records.count " + kind + "|falls|fall} under {count regime.paragraphs.count " + kind +
			"|paragraph|paragraphs} in force on their dates, in {count regime.findings.count " + kind + "|finding|findings}: " + resultsOf(w, kind) +
			". {ref " + id + "} counts them by paragraph; {ref annex-findings} has the findings on every record and the questions to ask."),
		w.Show(prose.Exhibit{
			ID: id, Caption: "Findings on " + of + " by paragraph, {period}", Figure: "regime.paragraphs.table", Params: prose.Params(kind),
			Weights: map[string]int{
				"citation": 7, "force": 4, "summary": 14, "breach": 5, "cap-exceeded": 4, "possible": 5, "cap-notice": 5, "reporting-due": 4, "grace": 4, "exempt": 4, "all": 2,
			},
			Note: "A record that falls under several paragraphs is counted under each of them.",
		}),
	}
}
