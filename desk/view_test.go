package desk_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/desk/desktest"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"pgregory.net/rapid"
)

// sight is everything that a view tells.
type sight struct {
	Records []string // canonical
	Kinds   []desk.KindCount
	Sets    map[string]string // kind to digest
	Found   map[string]string // id to what Find and Foresee say
	Figure  derive.Derivation
}

// weight is a figure over every record there is.
var weight = derive.Function{
	Name: "test.bytes", Version: 1, Reads: []string{"shipment", "worker_presence", "issued_report"},
	Run: func(c derive.Call) (derive.Result, error) {
		n := 0
		for _, kind := range []string{"shipment", "worker_presence", "issued_report"} {
			for _, in := range c.Set(kind).Inputs() {
				n += len(in.Bytes)
			}
		}
		return derive.Result{Value: strconv.Itoa(n)}, nil
	},
}

// look asks a view everything, about these records too.
func look(t testing.TB, v *desk.View, ask []record.Record) sight {
	out := sight{Sets: map[string]string{}, Found: map[string]string{}}
	all, err := v.Records("")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		b, err := r.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		out.Records = append(out.Records, string(b))
	}
	if out.Kinds, err = v.Kinds(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, k := range observation.Kinds() {
		s, err := v.Set(string(k))
		if err != nil {
			t.Fatal(err)
		}
		out.Sets[string(k)] = s.Digest()
	}
	for _, r := range ask {
		_, err := v.Find(r.ID)
		held, adds, err2 := v.Foresee(r)
		out.Found[r.ID] += fmt.Sprintln(err, held, adds, err2)
	}
	reg, err := derive.NewRegistry(weight)
	if err == nil {
		out.Figure, err = reg.Derive("test.bytes", nil, v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func anyRecords(t *rapid.T) []record.Record {
	markings := []string{`{}`, `{"tlp":"amber"}`, `{"un":"confidential"}`, `{"caveats":["releasable-to:A"]}`, `{"caveats":["source-protected"]}`, `{"tlp":"green","caveats":["embargo-until:2026-06-01"]}`}
	out := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) record.Record {
		n, say := rapid.IntRange(1, 6).Draw(t, "id"), rapid.SampledFrom([]string{"a car", "a lorry", "a boat"}).Draw(t, "description")
		b := fmt.Appendf(nil, `{"id":"SHP-%d","marking":%s,"observation":{"type":"shipment","date":"2023-01-02","direction":"to_dprk","hs":"8703","description":%q}}`,
			n, rapid.SampledFrom(markings).Draw(t, "marking"), say)
		if rapid.Bool().Draw(t, "worker") {
			b = fmt.Appendf(nil, `{"id":"WKR-%d","marking":%s,"observation":{"type":"worker_presence","date":"2023-01-02","host_country":"CN","sector":"it"}}`,
				n, rapid.SampledFrom(markings).Draw(t, "marking"))
		}
		r, err := record.Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}), 0, 10).Draw(t, "records")
	return out
}

// merged lays the tellings of each record together, as a desk does.
func merged(t *rapid.T, rs []record.Record) []record.Record {
	var out []record.Record
	at := map[string]int{}
	for _, r := range rs {
		i, held := at[r.ID]
		if !held {
			at[r.ID], out = len(out), append(out, r)
			continue
		}
		m, _, err := record.Merge(out[i], r)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = m
	}
	return out
}

func memoryDesk(t testing.TB, dir string, rs []record.Record) *desk.Desk {
	d, err := desk.Create(dir, desktest.Memory())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.AddRecords(context.Background(), rs); err != nil {
		t.Fatal(err)
	}
	return d
}

// A reader's view of a desk is the view of a desk that holds no more than the
// reader may see: records, counts, figures, what is found, what is new.
func TestViewIsADeskWithoutTheRest(t *testing.T) {
	dir, n := t.TempDir(), 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		told := anyRecords(rt)
		all := merged(rt, told)
		reader := marking.Reader{
			Name: rapid.SampledFrom([]string{"", "A", "B"}).Draw(rt, "name"), TLP: rapid.SampledFrom([]string{"", "green", "amber"}).Draw(rt, "tlp"),
			UN: rapid.SampledFrom([]string{"", "confidential"}).Draw(rt, "un"), On: rapid.SampledFrom([]string{"", "2026-12-01"}).Draw(rt, "on"),
		}
		var open []record.Record
		for _, r := range all {
			if part, ok := record.SeenBy(r, reader); ok {
				open = append(open, part)
			}
		}
		whole := memoryDesk(t, filepath.Join(dir, strconv.Itoa(n), "whole"), all)
		part := memoryDesk(t, filepath.Join(dir, strconv.Itoa(n), "part"), open)
		if err := whole.Replace(context.Background(), "issued_report", "2026-01-01", []byte(`{"records":{"SHP-1":"…"}}`)); err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(look(t, part.For(reader), told), look(t, whole.For(reader), told)); diff != "" {
			rt.Fatalf("%+v sees (-what is open +what the view tells):\n%s", reader, diff)
		}
		if diff := cmp.Diff(look(t, part.For(marking.Custodian()), told), look(t, part.For(reader), told)); diff != "" {
			rt.Fatalf("who may see all sees (-the custodian +%+v):\n%s", reader, diff)
		}
	})
}

func TestCustodianSeesAll(t *testing.T) {
	d := marked(t)
	v := d.For(marking.Custodian())
	all, err := v.Records("")
	if err != nil || len(all) != 4 {
		t.Errorf("%d records, %v", len(all), err)
	}
	if r, err := v.Find("SHP-4"); err != nil || r.Marking.IsZero() {
		t.Errorf("found %+v, %v", r, err)
	}
	ks, err := v.Kinds(context.Background())
	if diff := cmp.Diff([]desk.KindCount{{Kind: "shipment", Records: 4}}, ks); err != nil || diff != "" {
		t.Errorf("kinds: %v\n%s", err, diff)
	}
	if err := d.Replace(context.Background(), "issued_report", "2026-01-01", []byte(`{}`)); err != nil {
		t.Fatal(err)
	}
	if s, err := v.Set("issued_report"); err != nil || s.Len() != 1 {
		t.Errorf("what the desk wrote about itself: %d, %v", s.Len(), err)
	}
}

// A record that is hidden and one that does not exist are not found in the same
// words and with the same work: as much is read and decoded for either.
func TestHiddenIsLikeAbsent(t *testing.T) {
	d := marked(t)
	say := func(id string) string {
		_, err := d.For(marking.Reader{}).Find(id)
		if !errors.Is(err, desk.ErrNoRecord) {
			t.Errorf("%s: error %v, want %v", id, err, desk.ErrNoRecord)
		}
		return strings.ReplaceAll(fmt.Sprint(err), id, "ID")
	}
	// the least of many runs: the count is of the whole process, and the runtime, the
	// database's connections and the look for races allocate beside it now and then
	work := func(id string) float64 {
		least := math.Inf(1)
		for range 50 {
			least = min(least, testing.AllocsPerRun(1, func() {
				if _, err := d.For(marking.Reader{}).Find(id); err == nil {
					t.Errorf("%s was found", id)
				}
			}))
		}
		return least
	}
	for _, id := range []string{"SHP-2", "SHP-3", "SHP-4"} {
		if hidden, absent := say(id), say("SHP-9"); hidden != absent {
			t.Errorf("hidden: %s, absent: %s", hidden, absent)
		}
		if hidden, absent := work(id), work("SHP-9"); math.Abs(hidden-absent) > absent/50 || absent == 0 {
			t.Errorf("%s takes %v allocations, an absent record %v", id, hidden, absent)
		}
	}
	v := d.For(marking.Reader{})
	if _, err := v.Find("SHP-1"); err != nil {
		t.Errorf("the open record: %v", err)
	}
	for _, id := range []string{"", "SHP", "SHP-", "XYZ-1", "SHP-10"} {
		if _, err := v.Find(id); !errors.Is(err, desk.ErrNoRecord) {
			t.Errorf("%q: error %v", id, err)
		}
	}
}

// A duplicate of a hidden record is no duplicate to who may not see it.
func TestForesee(t *testing.T) {
	d := marked(t)
	for name, tc := range map[string]struct {
		reader marking.Reader
		r      record.Record
		held   bool
		adds   record.Outcome
	}{
		"hidden":             {marking.Reader{}, shipment(t, "2", "amber cargo", `,"marking":{"tlp":"amber"}`), false, record.Known},
		"absent":             {marking.Reader{}, shipment(t, "9", "amber cargo", `,"marking":{"tlp":"amber"}`), false, record.Known},
		"seen":               {marking.Reader{TLP: "amber"}, shipment(t, "2", "amber cargo", `,"marking":{"tlp":"amber"}`), true, record.Known},
		"seen and different": {marking.Reader{TLP: "amber"}, shipment(t, "2", "other cargo", ""), true, record.Contradicted},
	} {
		held, adds, err := d.For(tc.reader).Foresee(tc.r)
		if held != tc.held || adds != tc.adds || err != nil {
			t.Errorf("%s: held %v, adds %v, %v; want %v, %v", name, held, adds, err, tc.held, tc.adds)
		}
	}
}

// A record that cannot be read is named to the custodian alone.
func TestViewOfADamagedDesk(t *testing.T) {
	open := desktest.Memory()
	dir := t.TempDir()
	d, err := desk.Create(dir, open)
	if err != nil {
		t.Fatal(err)
	}
	b := []byte(`{"id":"SHP-2","marking":{"tlp":"red"},"observation":{"type":"shipment"},"colour":"secret"}`)
	plant(t, d, open, desk.Held{ID: "SHP-2", Kind: "shipment", Digest: record.Digest(b), Bytes: b})
	_, err = d.For(marking.Reader{}).Records("shipment")
	if !errors.Is(err, desk.ErrDamaged) || strings.Contains(err.Error(), "SHP-2") || strings.Contains(err.Error(), "colour") {
		t.Errorf("the public is told %v", err)
	}
	if _, err := d.For(marking.Custodian()).Records("shipment"); !errors.Is(err, desk.ErrDamaged) || !strings.Contains(err.Error(), "SHP-2") {
		t.Errorf("the custodian is told %v", err)
	}
}
