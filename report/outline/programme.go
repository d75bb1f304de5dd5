package outline

import (
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/report/document"
	"github.com/turtlebay/turtlebay/report/prose"
)

// firstTest is the year the Council's measures and the nuclear tests begin.
const firstTest = 2006

func programme(w *prose.Writer, c Context) *document.Section {
	s := newSection("programme", "Nuclear and ballistic missile programmes")
	if !w.Held(observation.KindWeaponsEvent) {
		add(s, nothing(w, "a nuclear test or a launch"))
		return s
	}
	since := years(firstTest, c.To)
	add(s,
		w.Para("Since {date 2006} the Democratic People’s Republic of Korea has conducted "+
			"{programme.events.count event=nuclear_test "+since+"} nuclear tests and {programme.events.count technology=space_launch_vehicle "+since+
			"} launches of satellites with ballistic missile technology on record{source TST-2017-N6 TST-2023-S3}. {ref table-events} lists them."),
		w.Show(prose.Exhibit{
			ID: "table-events", Caption: "Nuclear tests and satellite launches, {date 2006}–" + year(c.To), Figure: "programme.events.table", Params: params(since),
			Weights: map[string]int{"id": 8, "date": 6, "event": 6, "system": 9, "site": 6, "outcome": 6, "magnitude": 6, "yield": 5},
			Note:    "Body-wave magnitude and yield are estimates; yields are printed as the range of estimates.",
		}),
		timelineChart(w, c),
		w.Para("The Council answered by a vote in {programme.responses.count outcome=adopted "+since+"} cases with a resolution; "+
			"{programme.responses.count outcome=vetoed "+since+"} {plural programme.responses.count outcome=vetoed "+since+"|draft was|drafts were} vetoed{source CNC-2397 CNC-2022-431}. From event to resolution the Council took "+
			"between {programme.lag.days outcome=adopted stat=least "+since+"} and {programme.lag.days outcome=adopted stat=greatest "+since+
			"} days; the median is {programme.lag.days outcome=adopted stat=median "+since+"} days."),
		w.Show(prose.Exhibit{
			ID: "table-responses", Caption: "The Council’s votes and the days they took", Figure: "programme.responses.table", Params: params(since),
			Weights: map[string]int{"id": 7, "trigger_date": 6, "trigger": 10, "date": 6, "document": 10, "outcome": 7, "days": 3},
			Note:    "A vote that answers no dated event has no lag.",
		}),
		w.Para("Launches of ballistic missiles are counted by year. From {date "+itoa(c.From)+"} to {date "+itoa(c.To)+"} the count on record is "+
			"{programme.missiles.count}{source TST-"+itoa(c.To)+"-Y}; {ref chart-missiles} shows the years. The count leaves out cruise missiles, short-range rockets and "+
			"the satellite launches listed above."),
		missileChart(w, c),
		w.Show(prose.Exhibit{
			ID: "table-missiles", Caption: "Ballistic missile launches counted, by year", Figure: "programme.missiles.table", Params: params(since),
			Note: "A salvo counts every missile. A year without an entry in the source counts as none, because the source covers it.",
		}),
		w.Para("Nuclear tests and launches using ballistic missile technology are inconsistent with {cite S/RES/1718 (2006) OP2} and with the paragraphs that "+
			"renew it; the findings are in {ref annex-findings}."),
	)
	return s
}
