package record_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/recordtest"
	"github.com/turtlebay/turtlebay/record/value"
	"pgregory.net/rapid"
)

// telling is an account taken apart for the tests, by its JSON alone: who tells
// it how, the observation without its lists of claims, and the claims and sources
// as sets, with each source in the place of its key.
type telling struct {
	frame, rest     string
	claims, sources map[string]bool
}

var claimLists = []string{"amounts", "attributions", "magnitude", "yield_kt", "totals", "replies"}

func tellingOf(t *rapid.T, a record.Account) telling {
	b := canonical(t, record.Record{AsOf: a.AsOf, Marking: a.Marking, Certainty: a.Certainty, Note: a.Note, Sources: a.Sources, Observation: a.Observation})
	var tree map[string]any
	if err := json.Unmarshal(b, &tree); err != nil {
		t.Fatal(err)
	}
	out := telling{claims: map[string]bool{}, sources: map[string]bool{}}
	keys := map[string]string{}
	sources, _ := tree["sources"].([]any)
	for _, s := range sources {
		s := s.(map[string]any)
		key := s["key"].(string)
		delete(s, "key")
		keys[key] = text(t, s)
		out.sources[keys[key]] = true
	}
	o := tree["observation"].(map[string]any)
	resolve(o, keys)
	for _, name := range claimLists {
		list, _ := o[name].([]any)
		for _, c := range list {
			c := c.(map[string]any)
			delete(c, "preferred")
			if c["reason"] == "the only one given" || c["reason"] == "the first given" {
				delete(c, "reason")
			}
			out.claims[name+text(t, c)] = true
		}
		delete(o, name)
	}
	out.rest = text(t, o)
	delete(tree, "sources")
	delete(tree, "observation")
	out.frame = text(t, tree)
	return out
}

func resolve(v any, keys map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		if a, ok := v["anchor"].(map[string]any); ok {
			if s, ok := keys[a["source"].(string)]; ok {
				a["source"] = s
			}
		}
		for _, child := range v {
			resolve(child, keys)
		}
	case []any:
		for _, child := range v {
			resolve(child, keys)
		}
	}
}

func text(t *rapid.T, v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// within reports whether what one telling says stands in another.
func (a telling) within(b telling) bool {
	subset := func(a, b map[string]bool) bool {
		for k := range a {
			if !b[k] {
				return false
			}
		}
		return true
	}
	return a.frame == b.frame && a.rest == b.rest && subset(a.claims, b.claims) && subset(a.sources, b.sources)
}

// gathered is everything a record says, in whatever order it was told.
func gathered(t *rapid.T, r record.Record) string {
	var out []string
	for _, a := range r.Accounts() {
		x := tellingOf(t, a)
		out = append(out, fmt.Sprint(x.frame, x.rest, slices.Sorted(maps.Keys(x.claims)), slices.Sorted(maps.Keys(x.sources))))
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// tellings draws records of one id that have something to do with each other:
// the same is said by others, under another marking, with other claims.
func tellings(t *rapid.T) []record.Record {
	kind := rapid.SampledFrom([]observation.Kind{
		observation.KindShipment, observation.KindCyberIncident, observation.KindWeaponsEvent,
		observation.KindPetroleumDelivery, observation.KindPanelReport, recordtest.Kind(t),
	}).Draw(t, "kind")
	pool := []record.Account{recordtest.Account(t, kind), recordtest.Account(t, kind)}
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) record.Record {
		a := rapid.SampledFrom(pool).Draw(t, "account")
		b := canonical(t, record.Record{Observation: a.Observation})
		var own record.Record
		if err := own.UnmarshalJSON(b); err != nil {
			t.Fatal(err)
		}
		a.Observation, a.Sources = own.Observation, slices.Clone(a.Sources)
		a.Evidence = []claim.Passage{recordtest.Passage(t)}
		if rapid.IntRange(0, 3).Draw(t, "other marking") == 0 {
			a.Marking = record.Marking{TLP: "red"}
		}
		if rapid.IntRange(0, 3).Draw(t, "other note") == 0 {
			a.Note = "another note"
		}
		if rapid.Bool().Draw(t, "other source") {
			a.Sources[0].Title = rapid.SampledFrom([]string{"B", "C"}).Draw(t, "title")
		}
		fewerClaims(t, a.Observation)
		return record.Record{
			ID: kind.Prefix() + "-1", AsOf: a.AsOf, Marking: a.Marking, Certainty: a.Certainty, Note: a.Note,
			Sources: a.Sources, Evidence: a.Evidence, Observation: a.Observation,
		}
	}), 1, 6).Draw(t, "tellings")
}

func fewerClaims(t *rapid.T, o observation.Observation) {
	switch o := o.(type) {
	case *observation.CyberIncident:
		o.Amounts = some(t, o.Amounts, 0)
		o.Attributions = some(t, o.Attributions, 1)
	case *observation.WeaponsEvent:
		o.Magnitude = some(t, o.Magnitude, 0)
	case *observation.PetroleumDelivery:
		o.Totals = some(t, o.Totals, 0)
	}
}

// some is a part of the claims, one of them preferred.
func some[T any](t *rapid.T, claims []claim.Claim[T], least int) []claim.Claim[T] {
	if len(claims) == 0 {
		return nil
	}
	n := rapid.IntRange(least, len(claims)).Draw(t, "claims")
	out := slices.Clone(rapid.Permutation(claims).Draw(t, "which")[:n])
	for i := range out {
		out[i].Preferred, out[i].Reason = i == 0, rapid.SampledFrom([]string{claim.OnlyGiven, "a reason"}).Draw(t, "reason")
	}
	return out
}

func merge(t *rapid.T, held, incoming record.Record) (record.Record, record.Outcome) {
	a, b := canonical(t, held), canonical(t, incoming)
	out, outcome, err := record.Merge(held, incoming)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(canonical(t, held), a) || !bytes.Equal(canonical(t, incoming), b) {
		t.Fatal("Merge changed what it was given")
	}
	if err := out.Validate(); err != nil {
		t.Fatalf("%v: %s", err, canonical(t, out))
	}
	if same := bytes.Equal(canonical(t, out), a); same != (outcome == record.Known) {
		t.Fatalf("%s, changed %t", outcome, !same)
	}
	return out, outcome
}

// TestMergeLaws: nothing is lost, the same again is known, and in whatever order
// tellings arrive the record says the same.
func TestMergeLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := tellings(t)
		held := all[0]
		for _, r := range all[1:] {
			held, _ = merge(t, held, r)
		}
		for _, r := range all {
			x := tellingOf(t, r.Accounts()[0])
			if !slices.ContainsFunc(held.Accounts(), func(a record.Account) bool { return x.within(tellingOf(t, a)) }) {
				t.Fatalf("%s\nis lost in\n%s", canonical(t, r), canonical(t, held))
			}
			if _, outcome := merge(t, held, r); outcome != record.Known {
				t.Fatalf("%s again is %s", canonical(t, r), outcome)
			}
		}
		others := rapid.Permutation(all).Draw(t, "order")
		again := others[0]
		for _, r := range others[1:] {
			again, _ = merge(t, again, r)
		}
		if diff := cmp.Diff(gathered(t, held), gathered(t, again)); diff != "" {
			t.Fatalf("in another order (-one +other):\n%s", diff)
		}
		whole := others[0]
		if whole, _ = merge(t, whole, held); gathered(t, whole) != gathered(t, held) {
			t.Fatal("merged with the gathered record it says something else")
		}
		if _, outcome := merge(t, held, held); outcome != record.Known {
			t.Fatalf("merged with itself: %s", outcome)
		}
	})
}

// TestMergeAnything: records of any shape merge without loss.
func TestMergeAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := recordtest.Kind(t)
		a, b := recordtest.Draw(t, k), recordtest.Draw(t, k)
		b.ID = a.ID
		m, _ := merge(t, a, b)
		for _, r := range []record.Record{a, b} {
			for _, account := range r.Accounts() {
				x := tellingOf(t, account)
				if !slices.ContainsFunc(m.Accounts(), func(h record.Account) bool { return x.within(tellingOf(t, h)) }) {
					t.Fatalf("%v\nis lost in\n%s", x, canonical(t, m))
				}
			}
			if _, outcome := merge(t, m, r); outcome != record.Known {
				t.Fatalf("again: %s", outcome)
			}
		}
	})
}

func shipmentOf(source, hs string, edit func(*record.Record)) record.Record {
	r := record.Record{
		ID: "SHP-1", Sources: []claim.Source{{Key: "given", Title: source, Origin: source}},
		Evidence:    []claim.Passage{{Item: record.Digest([]byte(source)), At: "lines=2-2", Quote: record.Digest([]byte(hs))}},
		Observation: &observation.Shipment{Type: observation.KindShipment, HS: hs},
	}
	if edit != nil {
		edit(&r)
	}
	return r
}

func TestMerge(t *testing.T) {
	amber := func(r *record.Record) { r.Marking.TLP = "amber" }
	tests := []struct {
		name           string
		held, incoming record.Record
		outcome        record.Outcome
		accounts       int
		sources        string // of the leading account, by key
		evidence       int    // passages of the leading account
	}{
		{"the same", shipmentOf("A", "2701", nil), shipmentOf("A", "2701", nil), record.Known, 1, "given", 1},
		{"the same, read elsewhere", shipmentOf("A", "2701", nil), shipmentOf("A", "2701", func(r *record.Record) { r.Evidence[0].At = "lines=9-9" }), record.Known, 1, "given", 1},
		{"the same, with evidence at last", shipmentOf("A", "2701", func(r *record.Record) { r.Evidence = nil }), shipmentOf("A", "2701", nil), record.Corroborated, 1, "given", 1},
		{"the same under another key", shipmentOf("A", "2701", nil), shipmentOf("A", "2701", func(r *record.Record) { r.Sources[0].Key = "a" }), record.Known, 1, "given", 1},
		{"another source", shipmentOf("A", "2701", nil), shipmentOf("B", "2701", nil), record.Corroborated, 1, "given given-2", 2},
		{"another source, closed", shipmentOf("A", "2701", nil), shipmentOf("B", "2701", amber), record.Corroborated, 2, "given", 1},
		{"another note", shipmentOf("A", "2701", nil), shipmentOf("A", "2701", func(r *record.Record) { r.Note = "n" }), record.Corroborated, 2, "given", 1},
		{"another day", shipmentOf("A", "2701", nil), shipmentOf("A", "2701", func(r *record.Record) { r.AsOf = value.MustDate("2026-01-02") }), record.Corroborated, 2, "given", 1},
		{"otherwise", shipmentOf("A", "2701", nil), shipmentOf("A", "2702", nil), record.Contradicted, 2, "given", 1},
		{"otherwise and closed", shipmentOf("A", "2701", amber), shipmentOf("B", "2702", nil), record.Contradicted, 2, "given", 1},
	}
	twice := shipmentOf("A", "2701", nil) // made elsewhere, of accounts that would have been laid together here
	twice.Also = []record.Account{shipmentOf("B", "2701", nil).Accounts()[0]}
	if _, outcome, err := record.Merge(twice, twice); outcome != record.Known || err != nil {
		t.Errorf("merged with itself: %s, %v", outcome, err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, outcome, err := record.Merge(tt.held, tt.incoming)
			var keys []string
			for _, s := range m.Sources {
				keys = append(keys, s.Key)
			}
			if err != nil || outcome != tt.outcome || len(m.Accounts()) != tt.accounts || strings.Join(keys, " ") != tt.sources || len(m.Evidence) != tt.evidence {
				t.Errorf("%s, %v: %s", outcome, err, canonical(t, m))
			}
			if m.Observation != tt.held.Observation {
				t.Error("the account held first does not lead")
			}
		})
	}
}

// TestMergeClaims: what two sources claim of one incident stands side by side.
func TestMergeClaims(t *testing.T) {
	of := func(source, amount, reason string) record.Record {
		c := func(r string) string {
			return fmt.Sprintf(`"authority":%q,"anchor":{"source":"given"},"preferred":true,"reason":%q`, source, r)
		}
		r, err := record.Decode(fmt.Appendf(nil, `{"id":"INC-1","sources":[{"key":"given","title":%q,"origin":%q}],"observation":{"type":"cyber_incident","date":"2022","victim":"V",`+
			`"amounts":[{"value":{"amount":%q,"currency":"USD"},%s}],"attributions":[{"value":"Lazarus","status":"official",%s}]}}`, source, source, amount, c(reason), c(claim.OnlyGiven)))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	held, outcome, err := record.Merge(of("FBI", "60", claim.OnlyGiven), of("Victim", "37", "the victim should know"))
	if err != nil || outcome != record.Contradicted {
		t.Fatal(outcome, err)
	}
	want := `{"id":"INC-1","observation":{"amounts":[` +
		`{"anchor":{"source":"given"},"authority":"FBI","preferred":true,"reason":"the first given","value":{"amount":"60","currency":"USD"}},` +
		`{"anchor":{"source":"given-2"},"authority":"Victim","reason":"the victim should know","value":{"amount":"37","currency":"USD"}}],"attributions":[` +
		`{"anchor":{"source":"given"},"authority":"FBI","preferred":true,"reason":"the first given","status":"official","value":"Lazarus"},` +
		`{"anchor":{"source":"given-2"},"authority":"Victim","status":"official","value":"Lazarus"}],"date":"2022","type":"cyber_incident","victim":"V"},` +
		`"sources":[{"key":"given","origin":"FBI","title":"FBI"},{"key":"given-2","origin":"Victim","title":"Victim"}]}`
	if got := string(canonical(t, held)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := held.Origins(); !slices.Equal(got, []string{"FBI", "Victim"}) {
		t.Errorf("origins %q", got)
	}
	// the same authority read in another place is no contradiction
	again := of("FBI", "60", claim.OnlyGiven)
	again.Sources[0].Title = "FBI, again"
	if held, outcome, err = record.Merge(held, again); err != nil || outcome != record.Corroborated || len(held.Observation.(*observation.CyberIncident).Amounts) != 3 {
		t.Errorf("%s, %v: %s", outcome, err, canonical(t, held))
	}
}

// TestOriginsOfAccounts: who says the same supports a record, who contradicts it
// does not.
func TestOriginsOfAccounts(t *testing.T) {
	r := shipmentOf("A", "2701", nil)
	for _, more := range []record.Record{
		shipmentOf("B", "2701", func(r *record.Record) { r.Note = "n" }), shipmentOf("C", "2702", nil),
	} {
		var err error
		if r, _, err = record.Merge(r, more); err != nil {
			t.Fatal(err)
		}
	}
	if got := r.Origins(); len(r.Also) != 2 || !slices.Equal(got, []string{"A", "B"}) {
		t.Errorf("%d accounts, origins %q", 1+len(r.Also), got)
	}
	if r.FromMemory() {
		t.Error("from memory")
	}
	if r.Also[1].Certainty = claim.FromMemory; !r.FromMemory() {
		t.Error("an account from memory is not found")
	}
}

func TestMergeLimits(t *testing.T) {
	held := shipmentOf("A", "2701", nil)
	for i := 1; ; i++ {
		m, outcome, err := record.Merge(held, shipmentOf("A", fmt.Sprintf("%04d", i), nil))
		if err != nil {
			if len(held.Accounts()) != 100 || !errors.Is(err, record.ErrFull) || len(m.Accounts()) != 100 || outcome != record.Known {
				t.Errorf("%d accounts: %v", len(held.Accounts()), err)
			}
			break
		}
		held = m
	}
	held = shipmentOf("A", "2701", nil)
	for i := 1; ; i++ {
		m, _, err := record.Merge(held, shipmentOf(fmt.Sprint(i), "2701", nil))
		if err != nil {
			if len(held.Sources) != 1000 || !errors.Is(err, record.ErrFull) {
				t.Errorf("%d sources: %v", len(held.Sources), err)
			}
			break
		}
		held = m
	}
	held = shipmentOf("A", "2701", nil)
	for i := 1; ; i++ {
		m, _, err := record.Merge(held, shipmentOf("A", "2701", func(r *record.Record) { r.Note = fmt.Sprint(i, strings.Repeat("x", 1<<20)) }))
		if err != nil {
			if i != 4 || !errors.Is(err, record.ErrFull) {
				t.Errorf("%d accounts of a MiB: %v", i, err)
			}
			break
		}
		held = m
	}
	other := shipmentOf("A", "2701", nil)
	other.ID = "SHP-2"
	if _, _, err := record.Merge(held, other); err == nil {
		t.Error("two records became one")
	}
	if _, _, err := record.Merge(held, record.Record{ID: "SHP-1", Observation: &observation.Group{}}); err == nil {
		t.Error("a group became a shipment")
	}
}

func TestSeenBy(t *testing.T) {
	red := func(r *record.Record) { r.Marking.TLP = "red" }
	held, _, err := record.Merge(shipmentOf("A", "2701", red), shipmentOf("B", "2702", func(r *record.Record) { r.Marking.TLP = "green" }))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		reader marking.Reader
		hs     string
		also   int
	}{{marking.Reader{}, "", 0}, {marking.Reader{TLP: "amber"}, "2702", 0}, {marking.Reader{TLP: "red"}, "2701", 1}, {marking.Custodian(), "2701", 1}} {
		r, ok := record.SeenBy(held, tt.reader)
		if ok != (tt.hs != "") {
			t.Fatalf("%+v: %t", tt.reader, ok)
		}
		if ok && (r.Observation.(*observation.Shipment).HS != tt.hs || len(r.Also) != tt.also || r.ID != held.ID) {
			t.Errorf("%+v: %s", tt.reader, canonical(t, r))
		}
	}
	if m := held.Highest(); m.TLP != "red" {
		t.Errorf("highest is %s", m)
	}
}

// TestSeenByLaws: a reader sees every account the marking permits and no other,
// in the same order.
func TestSeenByLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := recordtest.Draw(t, recordtest.Kind(t))
		reader := marking.Reader{
			Name: "team", UN: rapid.SampledFrom([]string{"", "confidential"}).Draw(t, "un"),
			TLP: rapid.SampledFrom([]string{"", "green", "amber", "red"}).Draw(t, "tlp"),
		}
		var want []string
		for _, a := range r.Accounts() {
			if marking.Decide(a.Marking, reader).OK {
				want = append(want, string(canonical(t, record.Record{Note: a.Note, Sources: a.Sources, Evidence: a.Evidence, Observation: a.Observation, Marking: a.Marking})))
			}
		}
		seen, ok := record.SeenBy(r, reader)
		var got []string
		if ok {
			for _, a := range seen.Accounts() {
				got = append(got, string(canonical(t, record.Record{Note: a.Note, Sources: a.Sources, Evidence: a.Evidence, Observation: a.Observation, Marking: a.Marking})))
			}
		}
		if ok != (len(want) > 0) || !slices.Equal(got, want) {
			t.Fatalf("%+v sees %q, want %q", reader, got, want)
		}
		if ok && marking.Decide(r.Highest(), reader).OK && len(seen.Also) != len(r.Also) {
			t.Fatal("the highest marking is open, and something is hidden")
		}
	})
}

// BenchmarkMerge is what a row costs whose id is held: the same again, and the
// same from another source.
func BenchmarkMerge(b *testing.B) {
	held := shipmentOf("A", "2701", nil)
	for name, told := range map[string]record.Record{"known": shipmentOf("A", "2701", nil), "corroborated": shipmentOf("B", "2701", nil), "contradicted": shipmentOf("B", "2702", nil)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := record.Merge(held, told); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
