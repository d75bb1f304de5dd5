package history_test

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime"
	"github.com/turtlebay/turtlebay/regime/history"
	"pgregory.net/rapid"
)

func finding(id, measure string, r regime.Result, reason string) regime.Finding {
	return regime.Finding{RecordID: id, MeasureID: measure, Result: r, Reason: reason, Citation: "S/RES/1 (2000) OP1", Certainty: claim.Checked, Version: "v"}
}

func TestDiff(t *testing.T) {
	asks := func(f regime.Finding, questions ...string) regime.Finding {
		f.Questions = questions
		return f
	}
	breach, possible := finding("A", "m-1", regime.Breach, "coal"), finding("A", "m-1", regime.Possible, "coal")
	for _, test := range []struct {
		name     string
		old, now []regime.Finding
		want     string
	}{
		{"nothing at all", nil, nil, ""},
		{"the same", []regime.Finding{breach}, []regime.Finding{breach}, ""},
		{"appeared", nil, []regime.Finding{breach}, "A m-1 appeared -> breach"},
		{"vanished", []regime.Finding{breach}, nil, "A m-1 vanished breach ->"},
		{"another result", []regime.Finding{possible}, []regime.Finding{breach}, "A m-1 result possible -> breach"},
		{"another reason", []regime.Finding{breach}, []regime.Finding{finding("A", "m-1", regime.Breach, "lignite")}, "A m-1 reason breach -> breach"},
		{"other questions", []regime.Finding{possible}, []regime.Finding{asks(possible, "hs: Which?")}, "A m-1 detail possible -> possible"},
		{
			"the file alone",
			[]regime.Finding{breach},
			[]regime.Finding{func() regime.Finding { f := breach; f.Version = "w"; return f }()},
			"",
		},
		{
			"no longer to be verified",
			[]regime.Finding{func() regime.Finding { f := breach; f.Certainty = claim.FromMemory; return f }()},
			[]regime.Finding{breach},
			"A m-1 detail breach -> breach",
		},
		{
			"another measure",
			[]regime.Finding{breach},
			[]regime.Finding{finding("A", "m-2", regime.Breach, "coal")},
			"A m-1 vanished breach -> | A m-2 appeared -> breach",
		},
		{
			"one of two stays",
			[]regime.Finding{breach, finding("A", "m-1", regime.ReportingDue, "report")},
			[]regime.Finding{finding("A", "m-1", regime.ReportingDue, "report"), finding("A", "m-1", regime.GracePeriod, "grace")},
			"A m-1 result breach -> grace",
		},
		{
			"two where one was",
			[]regime.Finding{possible},
			[]regime.Finding{breach, finding("A", "m-1", regime.ReportingDue, "report")},
			"A m-1 result possible -> breach | A m-1 appeared -> reporting-due",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := text(history.Diff(test.old, test.now)); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func text(cs []history.Change) string {
	var out []string
	for _, c := range cs {
		s := []string{c.RecordID, c.MeasureID, string(c.What)}
		if c.Old != nil {
			s = append(s, string(c.Old.Result))
		}
		s = append(s, "->")
		if c.New != nil {
			s = append(s, string(c.New.Result))
		}
		out = append(out, strings.Join(s, " "))
	}
	return strings.Join(out, " | ")
}

// someFindings draws findings of few records and measures, so that sides meet.
func someFindings(t *rapid.T, label string) []regime.Finding {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) regime.Finding {
		f := finding(
			rapid.SampledFrom([]string{"A", "B"}).Draw(t, "record"), rapid.SampledFrom([]string{"m-1", "m-2"}).Draw(t, "measure"),
			rapid.SampledFrom(regime.Results()).Draw(t, "result"), rapid.SampledFrom([]string{"coal", "iron"}).Draw(t, "reason"))
		f.Questions = rapid.SliceOfN(rapid.SampledFrom([]string{"hs: ?", "date: ?"}), 0, 2).Draw(t, "questions")
		f.ParagraphChecked = rapid.Bool().Draw(t, "checked")
		return f
	}), 0, 8).Draw(t, label)
}

// mirror exchanges the sides of a change.
func mirror(c history.Change) history.Change {
	c.Old, c.New = c.New, c.Old
	switch c.What {
	case history.Appeared:
		c.What = history.Vanished
	case history.Vanished:
		c.What = history.Appeared
	}
	return c
}

func TestDiffLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old, now := someFindings(t, "old"), someFindings(t, "now")
		if d := history.Diff(old, old); len(d) > 0 {
			t.Fatalf("against itself: %s", text(d))
		}
		there, back := history.Diff(old, now), history.Diff(now, old)
		var mirrored []history.Change
		for _, c := range back {
			mirrored = append(mirrored, mirror(c))
		}
		if a, b := lines(there), lines(mirrored); !slices.Equal(a, b) {
			t.Fatalf("the sides exchanged:\n%v\n%v", a, b)
		}
		n := history.Count(there)
		if got := len(now) - len(old); n[history.Appeared]-n[history.Vanished] != got {
			t.Fatalf("%d appeared, %d vanished, and there are %d more", n[history.Appeared], n[history.Vanished], got)
		}
		shuffled := rapid.Permutation(now).Draw(t, "order")
		if a, b := lines(there), lines(history.Diff(old, shuffled)); !slices.Equal(a, b) {
			t.Fatalf("another order:\n%v\n%v", a, b)
		}
	})
}

func lines(cs []history.Change) []string {
	var out []string
	for _, c := range cs {
		out = append(out, fmt.Sprintf("%s %s %s %+v %+v", c.RecordID, c.MeasureID, c.What, side(c.Old), side(c.New)))
	}
	slices.Sort(out)
	return out
}

func side(s *history.Side) string {
	if s == nil {
		return "–"
	}
	return fmt.Sprintf("%+v", *s)
}

const measureFile = `id: %[1]s
cite: {document: S/RES/1 (2000), paragraph: OP1, certainty: from-memory}
adopted: %[2]s
kind: test
force: binding
direction: any
duty: every State
summary: A measure.
in_force: {from: %[2]s%[3]s}
%[4]s
`

// pack loads measures written in a few words: id, first day, end, more of the file.
func pack(t testing.TB, measures ...[4]string) *regime.Pack {
	t.Helper()
	files := fstest.MapFS{"pack.yaml": {Data: []byte("id: t\nname: a test\n")}}
	for _, m := range measures {
		until := ""
		if m[2] != "" {
			until = ", until: " + m[2]
		}
		files["measures/"+m[0]+".yaml"] = &fstest.MapFile{Data: fmt.Appendf(nil, measureFile, m[0], m[1], until, m[3])}
	}
	p, err := regime.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// withGrace is a rule with a time of grace, and a test that it needs.
const withGrace = `rules:
  - {applies_to: [weapons_event], reason: a launch, grace: {%s, reason: there was time}}
tests:
  - {name: the day, given: {type: weapons_event, date: 2001-01-01}, expect: grace}`

func TestBetween(t *testing.T) {
	p := pack(t,
		[4]string{"t-1-1", "2000-01-01", "2001-01-01", "superseded_by: [t-2-1]"},
		[4]string{"t-1-2", "2000-01-01", "2001-06-01", ""},
		[4]string{"t-1-10", "2000-01-01", "", "superseded_by: [t-2-1]"},
		[4]string{"t-2-1", "2001-01-01", "", fmt.Sprintf(withGrace, "days: 30")},
	)
	for _, test := range []struct{ name, a, b, want string }{
		{
			"all of it", "1999-12-31", "2002-01-01",
			"2000-01-01 t-1-1 began | 2000-01-01 t-1-2 began | 2000-01-01 t-1-10 began | " +
				"2001-01-01 t-1-1 superseded t-2-1 | 2001-01-01 t-2-1 began t-1-1 t-1-10 | 2001-01-01 t-1-10 strengthened t-2-1 | " +
				"2001-02-01 t-2-1 grace ended | 2001-06-01 t-1-2 ended",
		},
		{"the first day does not count", "2000-01-01", "2000-12-31", ""},
		{"the last day does", "2001-05-31", "2001-06-01", "2001-06-01 t-1-2 ended"},
		{"the last day of grace", "2001-01-30", "2001-01-31", ""},
		{"the day after grace", "2001-01-31", "2001-02-01", "2001-02-01 t-2-1 grace ended"},
		{"one day", "2001-01-01", "2001-01-01", ""},
		{"no days", "2000", "2002", ""},
		{"the wrong way round", "2002-01-01", "1999-12-31", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, e := range history.Between(p, value.MustDate(test.a), value.MustDate(test.b)) {
				s := fmt.Sprintf("%s %s %s", e.Date, e.Measure.ID, e.What)
				for _, m := range e.By {
					s += " " + m.ID
				}
				got = append(got, s)
			}
			if s := strings.Join(got, " | "); s != test.want {
				t.Errorf("got  %s\nwant %s", s, test.want)
			}
		})
	}
}

// TestBetweenLaws: what is in force at the end is what was, with what began and
// without what ended; and a time is the sum of its parts.
func TestBetweenLaws(t *testing.T) {
	p, err := regime.Load(os.DirFS("../kp"), os.DirFS("../lists"))
	if err != nil {
		t.Fatal(err)
	}
	day := rapid.Custom(func(t *rapid.T) value.Date {
		d, err := value.NewDate(rapid.IntRange(2005, 2026).Draw(t, "year"), rapid.IntRange(1, 12).Draw(t, "month"), rapid.IntRange(1, 28).Draw(t, "day"))
		if err != nil {
			t.Fatal(err)
		}
		return d
	})
	rapid.Check(t, func(t *rapid.T) {
		days := []value.Date{day.Draw(t, "a"), day.Draw(t, "b"), day.Draw(t, "c")}
		slices.SortFunc(days, value.Date.Compare)
		a, b, c := days[0], days[1], days[2]
		held := map[string]bool{}
		for _, m := range p.InForce(a) {
			held[m.ID] = true
		}
		whole := history.Between(p, a, c)
		for _, e := range whole {
			switch e.What {
			case history.Began:
				held[e.Measure.ID] = true
			case history.Ended, history.Superseded:
				delete(held, e.Measure.ID)
			}
		}
		var want []string
		for _, m := range p.InForce(c) {
			want = append(want, m.ID)
		}
		if got := ids(held); !slices.Equal(got, want) {
			t.Fatalf("from %s to %s:\n%v\n%v", a, c, got, want)
		}
		if n := len(history.Between(p, a, b)) + len(history.Between(p, b, c)); n != len(whole) {
			t.Fatalf("%d events in two parts, %d in one", n, len(whole))
		}
	})
}

func ids(held map[string]bool) []string {
	var out []string
	for id := range held {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

func TestEdits(t *testing.T) {
	one, two, three := [4]string{"t-1", "2000-01-01", "", ""}, [4]string{"t-2", "2000-01-01", "", ""}, [4]string{"t-3", "2000-01-01", "", ""}
	changed := two
	changed[1] = "2000-01-02"
	old, now := pack(t, one, two), pack(t, changed, three)
	got := history.Edits(old, now)
	if len(got) != 3 || got[0].MeasureID != "t-1" || got[0].New != "" || got[0].Old == "" ||
		got[1].MeasureID != "t-2" || got[1].Old == got[1].New || got[1].New == "" ||
		got[2].MeasureID != "t-3" || got[2].Old != "" || got[2].New == "" {
		t.Errorf("%+v", got)
	}
	if got := history.Edits(old, old); len(got) > 0 {
		t.Errorf("against itself: %+v", got)
	}
}

func TestNatural(t *testing.T) {
	want := []string{"kp-1695-2", "kp-1718-8.a.i", "kp-1718-8.a.ii", "kp-1718-8.b", "kp-1718-10", "kp-2397-8", "kp-2397-25"}
	got := slices.Clone(want)
	slices.Sort(got)
	slices.SortFunc(got, history.Natural)
	if !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		g := rapid.StringMatching(`[a-z0-9.-]{0,8}`)
		a, b, c := g.Draw(t, "a"), g.Draw(t, "b"), g.Draw(t, "c")
		if (history.Natural(a, b) == 0) != (a == b) || cmp.Compare(history.Natural(a, b), 0) != -cmp.Compare(history.Natural(b, a), 0) {
			t.Fatalf("%q, %q: %d and %d", a, b, history.Natural(a, b), history.Natural(b, a))
		}
		if history.Natural(a, b) < 0 && history.Natural(b, c) < 0 && history.Natural(a, c) >= 0 {
			t.Fatalf("%q < %q < %q", a, b, c)
		}
	})
}
