package chart

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

func val(s string) Value { return Value{Amount: s, Label: s} }

func usd(amount, label string) Value { return Value{Amount: amount, Label: label} }

func ticks(tb testing.TB, most string, n int) []Value {
	tb.Helper()
	t, err := NiceTicks(most, n, func(s string) string { return s })
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

func must(tb testing.TB) func(*Chart, error) *Chart {
	return func(c *Chart, err error) *Chart {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return c
	}
}

// The figures below are shaped like those of a report; the amounts are made up.
func demos(tb testing.TB) map[string]*Chart {
	ok := must(tb)
	return map[string]*Chart{
		"bars-stacked": ok(NewBars(stackedDemo(tb))),
		"bars-grouped": ok(NewBars(groupedDemo(tb))),
		"curves":       ok(NewCurves(curvesDemo(tb))),
		"series-lines": ok(NewSeries(linesDemo(tb))),
		"series-bars":  ok(NewSeries(capDemo(tb))),
		"stack":        ok(NewStack(stackDemo(tb))),
		"timeline":     ok(NewTimeline(timelineDemo())),
		"flows":        ok(NewFlows(theftDemo())),
		"flows-fan":    ok(NewFlows(fanDemo())),
		"flows-circle": ok(NewFlows(circleDemo())),
		"flows-names":  ok(NewFlows(longNamesDemo())),
		"flows-small":  ok(NewFlows(smallDemo())),
		"flows-single": ok(NewFlows(singleDemo())),
		"graph":        ok(NewGraph(transfersDemo())),
		"graph-wide":   ok(NewGraph(wideGraphDemo())),
		"graph-names":  ok(NewGraph(koreanGraphDemo())),
		"graph-long":   ok(NewGraph(longGraphDemo())),
	}
}

func stackedDemo(tb testing.TB) Bars {
	row := func(year, total string, parts ...string) Category {
		c := Category{Label: year}
		for i, p := range parts {
			if p != "" {
				c.Parts = append(c.Parts, Part{Certainty: Certainty(i), Value: val(p)})
			}
		}
		if total != "" {
			c.Total = val(total)
		}
		return c
	}
	return Bars{
		Frame: Frame{
			Title:    "Attributed thefts peaked in 2022, when one bridge made up half of the year",
			Subtitle: "Value of attributed thefts by year and standing of the attribution, million US dollars at the time of theft",
			Foot:     "Source: incident register, annex II. View: all. An incident without a known amount is not in the bars.",
		},
		Ticks: ticks(tb, "1288", 5),
		Categories: []Category{
			row("2016", "101", "81", "20"),
			row("2017", "74", "", "", "4", "70"),
			row("2018", "658", "12", "540", "90", "", "16"),
			row("2019", "208", "", "139", "61", "8"),
			row("2020", "316", "281", "", "25", "10"),
			row("2021", "429", "", "299", "130"),
			row("2022", "1288", "720", "100", "320", "100", "48"),
			row("2023", "726", "251", "230", "145", "100"),
			row("2024", "0", "0"),
			row("2025", ""),
		},
	}
}

func groupedDemo(tb testing.TB) Bars {
	count := func(year string, parts ...string) Category {
		c := Category{Label: year}
		for i, p := range parts {
			c.Parts = append(c.Parts, Part{Certainty: Certainty(i), Value: val(p)})
		}
		return c
	}
	return Bars{
		Frame: Frame{
			Title:    "Most incidents rest on more than one government",
			Subtitle: "Incidents by year and standing of the attribution",
			Foot:     "Source: incident register, annex II.",
		},
		Grouped: true,
		Ticks:   ticks(tb, "9", 5),
		Categories: []Category{
			count("2017", "2", "3", "1"), count("2018", "1", "6", "2", "1"),
			{Label: "2019"},
			{Label: "2020"},
			count("2021", "0", "4", "3", "2", "1"), count("2022", "5", "9", "2", "3", "1"), count("2023", "4", "4", "4", "0", "2"),
		},
	}
}

func curvesDemo(tb testing.TB) Curves {
	line := func(name string, steps ...string) Curve {
		c := Curve{Name: name}
		for _, s := range steps {
			date, v, _ := strings.Cut(s, "=")
			c.Steps = append(c.Steps, Step{Date: date, Value: usd(v, "$"+v+" million")})
		}
		return c
	}
	c := Curves{
		Frame: Frame{
			Title:    "The total depends on whose word is taken",
			Subtitle: "Cumulative value of attributed thefts by view, million US dollars; triangles are nuclear tests",
			Foot:     "Source: incident register, annex II; weapons events, annex I.",
		},
		From: "2016", To: "2023",
		Ticks: ticks(tb, "2989", 6),
		Lines: []Curve{
			line("official", "2016-02-04=81", "2018-01-26=93", "2020-09-25=374", "2022-03-23=994", "2022-06-24=1094", "2023=1345"),
			line("official + panel", "2016-02-04=101", "2017-04=110", "2018-01-26=661", "2019-11-27=800", "2020-09-25=1081", "2021-12=1380", "2022-03-23=1600", "2023-06-03=1889"),
			line("all", "2016-02-04=101", "2017-04=175", "2018-01-26=830", "2019-11-27=1040", "2020-09-25=1360", "2021-12=1790", "2022-03-23=2300", "2022-06-24=2480", "2023-06-03=2989"),
		},
	}
	for _, d := range []string{"2016-01-06", "2016-09-09", "2017-09-03"} {
		c.Marks = append(c.Marks, Mark{Kind: NuclearTest, Date: d})
	}
	for _, d := range []string{"2016-02-07", "2023-05-31", "2023-08-24", "2023-11-21"} {
		c.Marks = append(c.Marks, Mark{Kind: SatelliteLaunch, Date: d})
	}
	for _, d := range []string{"2017-02-12", "2017-05-14", "2017-07-04", "2017-07-28", "2017-11-29", "2019-05-04", "2022-03-24", "2022-11-18", "2023-04-13", "2023-07-12", "2023-12-18"} {
		c.Marks = append(c.Marks, Mark{Kind: MissileLaunch, Date: d})
	}
	return c
}

func linesDemo(tb testing.TB) Series {
	pts := func(list ...string) []Point {
		var out []Point
		for _, s := range list {
			out = append(out, Point{Value: val(s)})
		}
		return out
	}
	s := Series{
		Frame: Frame{
			Title:    "Trade in 2023 passed the level of 2022 and stayed below that of 2019",
			Subtitle: "Trade of the Democratic People's Republic of Korea with China, million US dollars",
			Foot:     "Source: General Administration of Customs of China. 2014 is missing from the record.",
		},
		Ticks:      ticks(tb, "6860", 5),
		Categories: []string{"2013", "2014", "2015", "2016", "2017", "2018", "2019", "2020", "2021", "2022", "2023"},
		Lines: []SeriesLine{
			{Name: "Total trade", Points: pts("6557", "", "5430", "5826", "4976", "2460", "2809", "539", "318", "1534", "2295")},
			{Name: "Exports to China", Points: pts("2914", "", "2484", "2634", "1651", "213", "215", "48", "58", "134", "292")},
		},
	}
	s.Lines[0].Points[9].Low, s.Lines[0].Points[9].High = val("1028"), val("1800")
	return s
}

func capDemo(tb testing.TB) Series {
	barrels := func(s string) Value {
		if s == "" {
			return Value{}
		}
		n := strings.Split(s, ",")
		return Value{Amount: strings.Join(n, ""), Label: s}
	}
	line := func(list ...string) []Point {
		var out []Point
		for _, s := range list {
			out = append(out, Point{Value: barrels(s)})
		}
		return out
	}
	t, err := NiceTicks("2720000", 5, func(s string) string {
		if len(s) > 6 {
			return s[:len(s)-6] + "," + s[len(s)-6:len(s)-3] + "," + s[len(s)-3:]
		}
		if len(s) > 3 {
			return s[:len(s)-3] + "," + s[len(s)-3:]
		}
		return s
	})
	if err != nil {
		tb.Fatal(err)
	}
	s := Series{
		Frame: Frame{
			Title:    "One State claims deliveries of several times the cap; the reported ones stay below it",
			Subtitle: "Refined petroleum delivered in the year, barrels",
			Foot:     "Source: reports to the Committee under paragraph 5 of resolution 2397 (2017); letter of one Member State.",
		},
		Bars:       true,
		Ticks:      t,
		Categories: []string{"2018", "2019", "2020", "2021", "2022", "2023"},
		Lines: []SeriesLine{
			{Name: "Reported to the Committee", Points: line("331,000", "", "119,000", "0", "", "260,000")},
			{Name: "Claimed by Member States", Claimed: true, Points: line("2,270,000", "", "1,600,000", "", "", "1,520,000")},
		},
		References: []Reference{{Name: "cap, barrels a year", Value: barrels("500,000")}},
	}
	s.Lines[1].Points[0].Low, s.Lines[1].Points[0].High = barrels("820,000"), barrels("2,720,000")
	return s
}

func stackDemo(tb testing.TB) Stack {
	s := Stack{
		Frame: Frame{
			Title:    "Six resolutions of 2016 and 2017 brought most of what is in force",
			Subtitle: "Paragraphs in force by legal nature",
			Foot:     "Source: a made-up pack of measures.",
		},
		From: "2006", To: "2026",
		Ticks: ticks(tb, "146", 5),
		Bands: []string{"binding", "calls", "other"},
		Ended: "ended",
	}
	for _, x := range []string{
		"2006-07-15|0 0 3|1695|", "2006-10-14|11 1 5|1718|", "2009-06-12|21 6 6|1874|", "2013-01-22|22 7 10|2087|", "2013-03-07|34 9 12|2094|",
		"2016-03-02|57 13 15|2270|", "2016-11-30|82 13 17|2321|2270 OP29", "2017-06-02|83 13 17|2356|", "2017-08-05|92 13 20|2371|2321 OP26",
		"2017-09-11|101 14 20|2375|2371 OP11, OP12", "2017-10-01|102 14 20||", "2017-12-22|112 14 21|2397|2375 OP15", "2018-01-01|112 14 21||2375 OP14",
		"2022-12-09|112 14 22|2664|", "2024-05-01|111 14 22||1874 OP26",
	} {
		f := strings.Split(x, "|")
		k := Stacked{Date: f[0], Begun: f[2], End: f[3]}
		sum := 0
		for _, v := range strings.Fields(f[1]) {
			n, err := strconv.Atoi(v)
			if err != nil {
				tb.Fatal(err)
			}
			k.Values, sum = append(k.Values, val(v)), sum+n
		}
		k.Total = val(strconv.Itoa(sum))
		s.Steps = append(s.Steps, k)
	}
	return s
}

func timelineDemo() Timeline {
	tests := Lane{Name: "Tests and launches"}
	answers := Lane{Name: "Security Council"}
	for _, s := range []string{
		"t1 2006-10-09 1st", "t2 2009-05-25 2nd", "t3 2013-02-12 3rd", "t4 2016-01-06 4th", "t5 2016-09-09 5th", "t6 2017-09-03 6th",
	} {
		f := strings.Fields(s)
		tests.Events = append(tests.Events, Event{ID: f[0], Kind: NuclearTest, Date: f[1], Label: f[2] + " test"})
	}
	for _, s := range []string{"s1 2009-04-05", "s2 2012-04-13", "s3 2012-12-12", "s4 2016-02-07", "s5 2023-05-31", "s6 2023-08-24", "s7 2023-11-21"} {
		f := strings.Fields(s)
		tests.Events = append(tests.Events, Event{ID: f[0], Kind: SatelliteLaunch, Date: f[1]})
	}
	for _, s := range []string{"m1 2017-07-04 ICBM", "m2 2017-07-28 ICBM", "m3 2017-11-29 ICBM", "m4 2022-03-24 ICBM"} {
		f := strings.Fields(s)
		tests.Events = append(tests.Events, Event{ID: f[0], Kind: MissileLaunch, Date: f[1], Label: f[2]})
	}
	var links []Link
	for _, s := range []string{
		"1718|2006|2006-10-14|t1|5", "1874|2009|2009-06-12|t2|18", "2087|2013|2013-01-22|s3|41", "2094|2013|2013-03-07|t3|23", "2270|2016|2016-03-02|t4|56",
		"2321|2016|2016-11-30|t5|82", "2356|2017|2017-06-02||", "2371|2017|2017-08-05|m2|8", "2375|2017|2017-09-11|t6|8", "2397|2017|2017-12-22|m3|23",
	} {
		f := strings.Split(s, "|")
		answers.Events = append(answers.Events, Event{ID: f[0], Kind: CouncilResponse, Date: f[2], Label: f[0] + " (" + f[1] + ")"})
		if f[3] != "" {
			links = append(links, Link{From: f[3], To: f[0], Label: f[4] + " days"})
		}
	}
	counts := Lane{Name: "Missiles launched"}
	for _, s := range []string{
		"2012=2", "2013=6", "2014=19", "2015=", "2016=24", "2017=21", "2018=0", "2019=27", "2020=9", "2021=", "2022=69", "2023=34",
	} {
		y, n, _ := strings.Cut(s, "=")
		counts.Counts = append(counts.Counts, Count{Date: y, Value: val(n)})
	}
	return Timeline{
		Frame: Frame{
			Title:    "Each test up to 2017 drew an answer within twelve weeks; none since has",
			Subtitle: "Nuclear tests, launches and resolutions, with days from event to adoption",
			Foot:     "Source: weapons events and Council responses, annex I.",
		},
		From: "2006", To: "2024",
		Lanes: []Lane{tests, answers, counts, {Name: "Monitoring body", Events: []Event{
			{Kind: Mandate, Date: "2009-06-12", End: "2024-04-30", Label: "Panel of Experts"},
			{Kind: Mandate, Date: "2024-10", End: "2024-12", Label: "MSMT"},
		}}},
		Links: links,
	}
}

func TestGolden(t *testing.T) {
	for name, c := range demos(t) {
		for ext, got := range map[string][]byte{".svg": c.SVG(Options{ID: name}), ".emf": c.EMF(), ".txt": describe(c)} {
			path := filepath.Join("testdata", name+ext)
			if *update {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				if ext == ".emf" {
					t.Errorf("%s differs from its golden file", path)
				} else {
					t.Errorf("%s differs (-want +got):\n%s", path, cmp.Diff(string(want), string(got)))
				}
			}
		}
	}
}

// describe prints the table and the text alternative.
func describe(c *Chart) []byte {
	var b bytes.Buffer
	header, rows := c.Table()
	for _, r := range append([][]string{header}, rows...) {
		b.WriteString(strings.Join(r, " | ") + "\n")
	}
	b.WriteString("\n" + c.Alt() + "\n")
	return b.Bytes()
}
