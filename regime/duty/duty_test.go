package duty

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/value"
)

func TestAll(t *testing.T) {
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 30 {
		t.Errorf("%d duties, want 30", len(all))
	}
	for _, want := range []struct{ id, citation, rule, due string }{
		{"1718-report", "S/RES/1718 (2006) OP11", "30 days after adoption", "2006-11-13"},
		{"2270-report", "S/RES/2270 (2016) OP40", "90 days after adoption", "2016-05-31"},
		{"2375-textile", "S/RES/2375 (2017) OP16", "135 days after adoption", "2018-01-24"},
		{"2397-workers-final", "S/RES/2397 (2017) OP8", "27 months after adoption", "2020-03-22"},
		{"2375-workers", "S/RES/2375 (2017) OP17", "on a fixed day", "2017-12-15"},
		{"2397-refined", "S/RES/2397 (2017) OP5", "every 30 days", ""},
		{"2321-coal", "S/RES/2321 (2016) OP26(b)", "30 days after the end of each month", ""},
		{"1874-salw", "S/RES/1874 (2009) OP10", "5 days before", ""},
		{"2375-refusal", "S/RES/2375 (2017) OP9", "promptly", ""},
		{"panel-programme", "S/RES/2569 (2021)", "30 days after each reappointment", ""},
	} {
		i := slices.IndexFunc(all, func(d Duty) bool { return d.ID == want.id })
		if i < 0 {
			t.Errorf("%s is missing", want.id)
			continue
		}
		if d := all[i]; d.Citation() != want.citation || d.Due.String() != want.rule || d.Due.On.String() != want.due {
			t.Errorf("%s: %s, %s, %s", d.ID, d.Citation(), d.Due, d.Due.On)
		}
	}
	for _, d := range all {
		if d.Cite.Certainty == claim.Checked && d.Cite.Source == "" {
			t.Errorf("%s is checked, but where?", d.ID)
		}
	}
	all[0].ID = "changed"
	if again, _ := All(); again[0].ID == "changed" {
		t.Error("the caller's slice is the package's own")
	}
}

func TestDutyAsJSON(t *testing.T) {
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(all[7])
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"id":"2270-report","who":"States","what":"measures taken to implement the resolution","adopted":"2016-03-02",` +
		`"due":{"on":"2016-05-31","days":90},"citation":"S/RES/2270 (2016) OP40","certainty":"from-memory","to_be_verified":true,"rule":"90 days after adoption"}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// A duty that is right but for one thing.
const sound = `duties:
  - id: a
    cite: {document: S/RES/2270 (2016), paragraph: OP40, certainty: from-memory}
    who: States
    what: measures
    adopted: 2016-03-02
    due: {days: 90, on: 2016-05-31}
`

func TestFilesThatAreRefused(t *testing.T) {
	if _, err := parse([]byte(sound)); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, old, new, want string }{
		{"a day too late", "2016-05-31", "2016-06-01", "90 days after adoption is 2016-05-31, not 2016-06-01"},
		{"a day too early", "2016-05-31", "2016-05-30", "is 2016-05-31"},
		{"a count without its day", "days: 90, on: 2016-05-31", "days: 90", "the day is needed"},
		{"months", "days: 90, on: 2016-05-31", "months: 3, on: 2016-05-31", "3 months after adoption is 2016-06-02"},
		{"two ways", "days: 90,", "days: 90, every: 30,", "one way"},
		{"no way", "days: 90, on: 2016-05-31", "", "one way"},
		{"a day for what has none", "days: 90,", "promptly: true,", "what is due promptly has no day"},
		{"who", "who: States", "who: Friends", `"Friends" owes no reports`},
		{"what", "what: measures", "what: ''", "needed"},
		{"adopted", "2016-03-02", "2016-03", "day of adoption"},
		{"unknown field", "who: States", "whom: States", "whom"},
		{"no date", "2016-03-02", "2016-02-30", "no 30 February"},
		{"twice", sound, sound + strings.TrimPrefix(sound, "duties:\n"), "twice"},
		{"not YAML", "duties:", "duties: [", "read duties"},
		{"monthly on nothing", "days: 90, on: 2016-05-31", "monthly: 30", "what the duty hangs on"},
		{"applies to what", "    due", "    applies: {kind: work_permit, direction: to_dprk, from: 2016-03-02, act: x}\n    due", "no duty hangs on a work_permit"},
		{"applies which way", "    due", "    applies: {kind: shipment, direction: both, from: 2016-03-02, act: x}\n    due", "direction"},
		{"applies when", "    due", "    applies: {kind: shipment, direction: to_dprk, act: x}\n    due", "first day"},
		{"promptly on records", "    due: {days: 90, on: 2016-05-31}", "    applies: {kind: shipment, direction: to_dprk, from: 2016-03-02, act: x}\n    due: {promptly: true}", "needs a day"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := parse([]byte(strings.Replace(sound, test.old, test.new, 1)))
			if !errors.Is(err, ErrDuties) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

func TestDays(t *testing.T) {
	for _, test := range []struct {
		from, want   string
		days, months int
	}{
		{"2017-12-22", "2018-03-22", 90, 0},
		{"2017-12-22", "2019-03-22", 0, 15},
		{"2016-02-28", "2016-02-29", 1, 0},
		{"2100-12-31", "2100-12-31", 1, 0},
		{"2100-12-31", "2100-12-31", 0, 1},
	} {
		d := value.MustDate(test.from)
		got := dateOf(dayOf(d) + test.days)
		if test.months > 0 {
			got = addMonths(d, test.months)
		}
		if got.String() != test.want {
			t.Errorf("%s + %d days %d months = %s, want %s", test.from, test.days, test.months, got, test.want)
		}
	}
}
