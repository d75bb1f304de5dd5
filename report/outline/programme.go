package outline

import (
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/report/charts"
	"github.com/turtlebay/turtlebay/report/document"
	"github.com/turtlebay/turtlebay/report/prose"
)

// firstTest is the year the Council's measures and the nuclear tests begin.
const firstTest = 2006

// sinceFirstTest are the parameters from the first test to the end of the period, or of
// the period alone where it ends before.
func sinceFirstTest(c Context) string { return prose.Years(min(firstTest, c.From), c.To) }

func programme(w *prose.Writer, c Context) *document.Section {
	s := document.NewSection("programme", "Nuclear and ballistic missile programmes")
	if !w.Held(observation.KindWeaponsEvent) {
		s.Add(prose.Nothing(w, "a nuclear test or a launch"))
		return s
	}
	s.Sections = []*document.Section{tests(w, c), votes(w, c), missiles(w, c), weaponsMeasures(w)}
	return s
}

func weaponsMeasures(w *prose.Writer) *document.Section {
	s := document.NewSection("programme-measures", "The measures that tests and launches fall under")
	s.Add(w.Para("Since its adoption on {date 2006-10-14}, nuclear tests and launches of ballistic missiles are inconsistent with {cite S/RES/1718 (2006) OP2} and with the paragraphs that " +
		"renew it. A year’s count of launches is a single record, whatever the number counted."))
	s.Add(under(w, observation.KindWeaponsEvent, "tests and launches")...)
	return s
}

func tests(w *prose.Writer, c Context) *document.Section {
	s := document.NewSection("programme-tests", "Nuclear tests and space launches")
	since, first := sinceFirstTest(c), min(firstTest, c.From)
	if w.Figure("programme.events.count", prose.Params(since)).Result.Value == "0" {
		s.Add(prose.Nothing(w, "a nuclear test or a space launch"))
		return s
	}
	s.Add(
		w.Para("From "+prose.Year(first)+" to "+prose.Year(c.To)+" the Democratic People’s Republic of Korea conducted {programme.events.count event=nuclear_test "+since+
			"} nuclear tests and {programme.events.count technology=space_launch_vehicle "+since+
			"} launches that the launch database classes as those of space launch vehicles{basis programme.events.count "+since+"}. {ref table-events} lists them."),
		w.Show(prose.Exhibit{
			ID: "table-events", Caption: "Nuclear tests and space launches, " + prose.Period(first, c.To), Figure: "programme.events.table", Params: prose.Params(since),
			Weights: map[string]int{"id": 10, "date": 8, "event": 7, "system": 9, "site": 8, "outcome": 8, "magnitude": 8, "yield": 6},
			Note:    "Launches are classed as the launch database classes them; an entry without payload declared none. Yields are printed as the range of estimates.",
		}),
	)
	return s
}

func votes(w *prose.Writer, c Context) *document.Section {
	s := document.NewSection("programme-votes", "The Council’s answers")
	since := sinceFirstTest(c)
	if w.Figure("programme.responses.count", prose.Params(since)).Result.Value == "0" {
		s.Add(prose.Nothing(w, "a vote of the Council"))
		return s
	}
	s.Add(
		w.Para(councilSentence(w, since)),
		charts.Timeline(w, c.period()),
		w.Show(prose.Exhibit{
			ID: "table-responses", Caption: "The Council’s votes and the days they took", Figure: "programme.responses.table", Params: prose.Params(since),
			Weights: map[string]int{"id": 7, "trigger_date": 6, "trigger": 10, "date": 6, "document": 10, "outcome": 7, "days": 3},
			Note:    "A vote that answers no dated event has no lag.",
		}),
	)
	return s
}

func missiles(w *prose.Writer, c Context) *document.Section {
	s := document.NewSection("programme-missiles", "Ballistic missile launches")
	s.Add(
		w.Para("Launches of ballistic missiles are counted by year. In {period} the count on record is {programme.missiles.count}{basis programme.missiles.count}; "+
			"{ref chart-missiles} shows the years. The count leaves out cruise missiles, short-range rockets and space launches."),
		charts.Missiles(w, c.period()),
		w.Show(prose.Exhibit{
			ID: "table-missiles", Caption: "Ballistic missile launches counted, by year", Figure: "programme.missiles.table", Params: prose.Params(sinceFirstTest(c)),
			Note: "A missile of a salvo counts as a launch of its own. A dash is a year that the source does not cover.",
		}),
	)
	return s
}

// councilSentence counts the Council's votes and, where it answered dated events,
// the days it took.
func councilSentence(w *prose.Writer, since string) string {
	text := "The Council answered in {count programme.responses.count outcome=adopted " + since + "|case|cases} with a resolution"
	if w.Figure("programme.responses.count", prose.Params("outcome=vetoed "+since)).Result.Value != "0" {
		text += "; {count programme.responses.count outcome=vetoed " + since + "|draft was|drafts were} vetoed"
	}
	text += "{basis programme.responses.count " + since + "}."
	if w.Figure("programme.lag.days", prose.Params("outcome=adopted "+since)).Result.Value == "" {
		return text
	}
	return text + " From event to resolution the Council took between {programme.lag.days outcome=adopted stat=least " + since +
		"} and {programme.lag.days outcome=adopted stat=greatest " + since + "} days; the median is {programme.lag.days outcome=adopted stat=median " + since + "} days."
}
