package regime_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime"
	"github.com/turtlebay/turtlebay/regime/kp"
	"pgregory.net/rapid"
)

// dates lets go-cmp compare dates by value.
var dates = cmp.Comparer(func(a, b value.Date) bool { return a == b })

// requireFileErrors demands that every error in a joined one is a *FileError
// with a file and a reason.
func requireFileErrors(t *testing.T, err error) {
	t.Helper()
	var fault *regime.FileError
	if !errors.Is(err, regime.ErrPack) || !errors.As(err, &fault) {
		t.Fatalf("%v: no *FileError in it", err)
	}
	if fault.File == "" || fault.Reason == "" {
		t.Errorf("%#v: no file or no reason", fault)
	}
}

func kpPack(t testing.TB) *regime.Pack {
	t.Helper()
	p, err := kp.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var day = rapid.Custom(func(t *rapid.T) value.Date {
	d, err := value.NewDate(rapid.IntRange(2005, 2026).Draw(t, "year"), rapid.IntRange(1, 12).Draw(t, "month"), rapid.IntRange(1, 28).Draw(t, "day"))
	if err != nil {
		t.Fatal(err)
	}
	return d
})

// A measure bites on a day if and only if the day is in its half-open interval.
func TestIntervalsAreHalfOpen(t *testing.T) {
	p := kpPack(t)
	rapid.Check(t, func(rt *rapid.T) {
		d := day.Draw(rt, "day")
		r := observe(t, "TST-1", fmt.Sprintf(`{"type":"weapons_event","date":%q,"event":"nuclear_test"}`, d))
		got := map[string]bool{}
		for _, f := range p.Check(r, value.Date{}, regime.NoTrace) {
			got[f.MeasureID] = f.Result == regime.Breach
		}
		for _, id := range []string{"kp-1718-2", "kp-1718-6", "kp-1874-2", "kp-2094-2", "kp-2270-2", "kp-2321-2", "kp-2371-2", "kp-2375-2", "kp-2397-2"} {
			m, _ := p.Measure(id)
			in := m.InForce.From.Compare(d) <= 0 && (m.InForce.Until.IsZero() || d.Compare(m.InForce.Until) < 0)
			if got[id] != in || m.InForce.Contains(d) != in {
				rt.Fatalf("%s on %s: found %v, in force %v", id, d, got[id], in)
			}
		}
	})
}

// level orders what a limit can find.
func level(fs []regime.Finding) int {
	for _, f := range fs {
		switch f.Result {
		case regime.CapExceeded:
			return 2
		case regime.CapNotice:
			return 1
		}
	}
	return 0
}

// More barrels never weigh less, and at the cap exactly it is a notice.
func TestCapsAreMonotone(t *testing.T) {
	p := kpPack(t)
	rapid.Check(t, func(rt *rapid.T) {
		check := func(before, barrels int) int {
			r := observe(t, "PET-1", fmt.Sprintf(`{"type":"petroleum_delivery","date":"2019-10-02","direction":"to_dprk","product":"refined","reported_to_committee":true,"barrels":%d,"year_total_before_barrels":%d}`, barrels, before))
			return level(p.Check(r, value.Date{}, regime.NoTrace))
		}
		before := rapid.IntRange(0, 600_000).Draw(rt, "before")
		less := rapid.IntRange(0, 600_000).Draw(rt, "less")
		more := less + rapid.IntRange(0, 600_000).Draw(rt, "more")
		if check(before, less) > check(before, more) {
			rt.Fatalf("%d + %d weighs more than %d + %d", before, less, before, more)
		}
		total := before + less
		want := 0
		switch {
		case total > 500_000:
			want = 2
		case total >= 375_000:
			want = 1
		}
		if got := check(before, less); got != want {
			rt.Fatalf("%d + %d: level %d, want %d", before, less, got, want)
		}
	})
}

// Knowing less never turns an answer round: a missing fact gives the same
// finding, or possible, or nothing where all that was lost is a reason to look.
func TestMissingFactsOnlyOpen(t *testing.T) {
	p := kpPack(t)
	full := map[string]any{
		"type": "work_permit", "date": "2018-03-09", "worker_nationality": "KP",
		"contract_date": "2018-02-20", "committee_approval": false,
	}
	rapid.Check(t, func(rt *rapid.T) {
		known := map[string]any{"type": "work_permit", "date": full["date"]}
		lost := 0
		for _, fact := range []string{"worker_nationality", "contract_date", "committee_approval"} {
			if rapid.Bool().Draw(rt, fact) {
				known[fact] = full[fact]
			} else {
				lost++
			}
		}
		b, err := json.Marshal(known)
		if err != nil {
			rt.Fatal(err)
		}
		want := "kp-2375-17 breach"
		if lost > 0 {
			want = "kp-2375-17 possible"
		}
		if diff := cmp.Diff([]string{want}, brief(p.Check(observe(t, "WPM-1", string(b)), value.Date{}))); diff != "" {
			rt.Fatal(diff)
		}
	})
}

// The same record gives the same findings, also from several goroutines.
func TestCheckIsPure(t *testing.T) {
	p := kpPack(t)
	r := observe(t, "BNK-1", `{"type":"bank_relationship","date":"2016-04","bank":{"name":"A Bank","country":"KP"}}`)
	want := p.Check(r, value.Date{})
	if len(want) == 0 {
		t.Fatal("no finding to compare")
	}
	t.Run("group", func(t *testing.T) {
		for range 4 {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				for range 50 {
					if diff := cmp.Diff(want, p.Check(r, value.Date{}), dates); diff != "" {
						t.Fatal(diff)
					}
				}
			})
		}
	})
}

// FuzzLoad puts arbitrary bytes in the place of a measure: the pack loads or is
// refused with an error that names a file; nothing panics.
func FuzzLoad(f *testing.F) {
	for _, text := range tinyPack() {
		f.Add([]byte(text))
	}
	f.Add([]byte("a: &a [*a]"))
	f.Add([]byte("id: x\ntests: [{given: {type: shipment, hs: 0307}}]"))
	f.Add([]byte("\xef\xbb\xbfid: x\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		pack := files(map[string]string{"pack.yaml": tinyPack()["pack.yaml"]})
		pack["t-fuzz.yaml"] = &fstest.MapFile{Data: data}
		start := time.Now()
		if _, err := regime.Load(pack); err != nil {
			requireFileErrors(t, err)
		}
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("%d bytes took %s", len(data), took)
		}
	})
}

func BenchmarkLoad(b *testing.B) {
	pack := files(tinyPack())
	for b.Loop() {
		if _, err := regime.Load(pack); err != nil {
			b.Fatal(err)
		}
	}
}
