package programme_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/turtlebay/turtlebay/programme"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"pgregory.net/rapid"
)

func event(id, date, what, technology string) record.Record {
	return record.Record{ID: id, Observation: &observation.WeaponsEvent{
		Type: observation.KindWeaponsEvent, Date: value.MustDate(date), Event: what, Technology: technology,
	}}
}

func counted(id, year string, n int) record.Record {
	r := event(id, year, observation.Launch, observation.BallisticMissile)
	r.Observation.(*observation.WeaponsEvent).Count = &n
	return r
}

func response(id, date, trigger, outcome string) record.Record {
	return record.Record{ID: id, Observation: &observation.CouncilResponse{
		Type: observation.KindCouncilResponse, Date: value.MustDate(date), TriggerDate: value.MustDate(trigger), Document: "S/1", Outcome: outcome,
	}}
}

func records() []record.Record {
	return []record.Record{
		event("TST-3", "2016-09-09", observation.NuclearTest, ""),
		event("TST-2", "2016-01-06", observation.NuclearTest, ""),
		event("TST-1", "2012-12-12", observation.Launch, observation.SpaceLaunch),
		event("TST-0", "2016-01", observation.Launch, observation.BallisticMissile),
		counted("TST-2017", "2017", 20),
		counted("TST-2016", "2016", 24),
		response("CNC-2", "2016-11-30", "2016-09-09", "adopted"),
		response("CNC-1", "2016-03-02", "2016-01-06", "adopted"),
		response("CNC-3", "2022-05-26", "2022-03", "vetoed"),
		{ID: "SHP-1", Observation: &observation.Shipment{Type: observation.KindShipment}},
	}
}

func ids[T record.Typed[*observation.WeaponsEvent] | record.Typed[*observation.CouncilResponse]](xs []T) []string {
	var out []string
	for _, x := range xs {
		switch x := any(x).(type) {
		case programme.Event:
			out = append(out, x.Record.ID)
		case programme.Response:
			out = append(out, x.Record.ID)
		}
	}
	return out
}

func TestEvents(t *testing.T) {
	tests := []struct {
		name string
		f    programme.Filter
		want []string
	}{
		{"all single events", programme.Filter{From: 2000, To: 2030}, []string{"TST-1", "TST-0", "TST-2", "TST-3"}},
		{"nuclear tests", programme.Filter{From: 2000, To: 2030, Event: observation.NuclearTest}, []string{"TST-2", "TST-3"}},
		{"space launches", programme.Filter{From: 2000, To: 2030, Technology: observation.SpaceLaunch}, []string{"TST-1"}},
		{"one year", programme.Filter{From: 2012, To: 2012}, []string{"TST-1"}},
		{"none", programme.Filter{}, nil},
	}
	for _, tt := range tests {
		if got := ids(programme.Events(records(), tt.f)); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
	counts := programme.Counts(records(), programme.Filter{From: 2016, To: 2017})
	if got := ids(counts); !slices.Equal(got, []string{"TST-2016", "TST-2017"}) || programme.SumCounts(counts) != 44 {
		t.Errorf("got %q, %d", got, programme.SumCounts(counts))
	}
	if programme.SumCounts(nil) != 0 {
		t.Error("nothing counts as something")
	}
}

func TestResponses(t *testing.T) {
	tests := []struct {
		from, to int
		outcome  string
		want     []string
		lags     []int
	}{
		{2006, 2023, "", []string{"CNC-1", "CNC-2", "CNC-3"}, []int{56, 82}},
		{2006, 2023, "adopted", []string{"CNC-1", "CNC-2"}, []int{56, 82}},
		{2006, 2023, "vetoed", []string{"CNC-3"}, nil}, // the event is known to the month
		{2017, 2021, "", nil, nil},
	}
	for _, tt := range tests {
		got := programme.Responses(records(), tt.from, tt.to, tt.outcome)
		if !slices.Equal(ids(got), tt.want) || !slices.Equal(programme.Lags(got), tt.lags) {
			t.Errorf("%d–%d %s: got %q, %v", tt.from, tt.to, tt.outcome, ids(got), programme.Lags(got))
		}
	}
}

func TestMedian(t *testing.T) {
	for want, in := range map[string][]int{"5": {5}, "2": {1, 2, 9}, "2.5": {1, 2, 3, 9}, "1.5": {0, 1, 2, 3}} {
		if m, ok := programme.Median(in); !ok || m.String() != want {
			t.Errorf("%v: got %s, %t, want %s", in, m, ok, want)
		}
	}
	if _, ok := programme.Median(nil); ok {
		t.Error("nothing has a median")
	}
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.SliceOfN(rapid.IntRange(0, 1000), 1, 9).Draw(t, "numbers")
		slices.Sort(in)
		m, _ := programme.Median(in)
		below, above := 0, 0
		for _, n := range in {
			switch c := value.Int(n).Cmp(m); {
			case c < 0:
				below++
			case c > 0:
				above++
			}
		}
		if 2*below > len(in) || 2*above > len(in) {
			t.Fatalf("%s is no median of %v", m, in)
		}
	})
}

func ExampleLags() {
	answered := programme.Responses(records(), 2016, 2016, "adopted")
	lags := programme.Lags(answered)
	m, _ := programme.Median(lags)
	fmt.Println(lags, m)
	// Output: [56 82] 69
}
