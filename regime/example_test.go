package regime_test

import (
	"fmt"
	"testing/fstest"

	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime"
)

func Example() {
	pack, err := regime.Load(fstest.MapFS{
		"pack.yaml": {Data: []byte("id: demo\nname: a regime of one measure\n")},
		"demo-1.yaml": {Data: []byte(`
id: demo-1
cite: {document: Regulation 1, paragraph: Article 2, certainty: checked, paragraph_checked: true, source: the official journal}
adopted: 2020-01-01
kind: workers
force: binding
direction: persons
duty: host State
summary: No new work permits.
in_force: {from: 2020-01-01}
ask:
  committee_approval: Was it approved?
rules:
  - applies_to: [work_permit]
    reason: a permit issued after the ban
    exempt:
      - {id: approval, when: obs.committee_approval, reason: approved}
tests:
  - name: first day
    given: {type: work_permit, date: 2020-01-01, committee_approval: false}
    expect: breach
`)},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	permit := &observation.WorkPermit{Type: observation.KindWorkPermit, Date: value.MustDate("2021-05-01")}
	for _, f := range pack.Check(record.Record{ID: "WPM-1", Observation: permit}, value.Date{}) {
		fmt.Printf("%s: %s %s (%s)\n", f.RecordID, f.Result.Words(), f.Citation, f.Reason)
		for _, q := range f.Questions {
			fmt.Println(q)
		}
	}
	// Output:
	// WPM-1: possibly inconsistent with Regulation 1 Article 2 (not decided: a permit issued after the ban; not known: committee_approval)
	// committee_approval: Was it approved?
}
