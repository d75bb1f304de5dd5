package record_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/party"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/recordtest"
	"pgregory.net/rapid"
)

// person draws somebody under names that occur nowhere else in a record.
func person(t *rapid.T) *party.Party {
	p := &party.Party{
		Kind:        rapid.SampledFrom([]party.Kind{party.Person, party.Person, party.Company}).Draw(t, "kind"),
		Publishable: rapid.IntRange(0, 3).Draw(t, "publishable") == 0,
		Country:     "KP",
		Identifiers: []party.Identifier{{Type: "passport", Value: "P-563410081"}},
	}
	for _, n := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"Ri Jong Hyok", "Ri", "리종혁", "Рим Чжон", "O'Ri-2"}), 1, 3, rapid.ID).Draw(t, "names") {
		p.Names = append(p.Names, party.Name{Text: n})
	}
	if rapid.IntRange(0, 3).Draw(t, "listed") == 0 {
		p.Designations = []party.Designation{{By: "UN"}}
	}
	return p
}

func TestPseudonymiseLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := recordtest.Draw(t, observation.KindWorkerPresence)
		r.ID = "WKR-1"
		told := recordtest.Account(t, observation.KindWorkerPresence) // who is named in one account is hidden in all
		told.Note, told.Sources[0].Title = "", "T"
		p, o := person(t), told.Observation.(*observation.WorkerPresence)
		o.Person, o.Sector = p, "with "+p.Label()+"'s firm"
		r.Also = append(r.Also, told)
		for _, n := range p.Names {
			r.Note += "(" + n.Text + ", " + n.Text + ") "
			r.Sources[0].Title += " " + n.Text
		}
		hides := false
		for _, a := range r.Accounts() {
			for _, p := range record.Parties(a.Observation) {
				hides = hides || p.Pseudonymous()
			}
		}
		before := canonical(t, r)
		out, any, err := r.Pseudonymise()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(canonical(t, r), before) {
			t.Fatal("the record itself was changed")
		}
		after := canonical(t, out)
		if any != hides || any == bytes.Equal(before, after) {
			t.Fatalf("hidden %t, somebody may not be named %t", any, hides)
		}
		if !any {
			return
		}
		for _, n := range p.Names {
			if p.Pseudonymous() && bytes.Contains(after, []byte(n.Text)) {
				t.Fatalf("%s still in %s", n.Text, after)
			}
		}
		if p.Pseudonymous() && bytes.Contains(after, []byte("563410081")) {
			t.Fatalf("the passport is still in %s", after)
		}
		for _, a := range out.Accounts() {
			if a.Evidence != nil {
				t.Fatalf("a digest by which a guess of the name can be checked: %v", a.Evidence)
			}
		}
		if err := out.Validate(); err != nil {
			t.Fatal(err)
		}
		again, _, err := out.Pseudonymise()
		if err != nil || !bytes.Equal(canonical(t, again), after) {
			t.Fatalf("%s\nbecomes\n%s (%v)", after, canonical(t, again), err)
		}
	})
}

// TestPseudonymsAcrossAccounts: one person told of twice is one, two are two.
func TestPseudonymsAcrossAccounts(t *testing.T) {
	of := func(names ...string) observation.Observation {
		p := &party.Party{Kind: party.Person}
		for _, n := range names {
			p.Names = append(p.Names, party.Name{Text: n})
		}
		return &observation.WorkerPresence{Type: observation.KindWorkerPresence, Person: p}
	}
	evidence := []claim.Passage{{Item: record.Digest(nil), At: "lines=2-2", Quote: record.Digest(nil)}}
	r := record.Record{
		ID: "WKR-1", Note: "Pak Chol, not Ri Jong Hyok", Observation: of("Ri Jong Hyok"), Evidence: evidence,
		Also: []record.Account{{Observation: of("Pak Chol"), Evidence: evidence}, {Observation: of("리종혁", "RI JONG HYOK"), Note: "리종혁은"}},
	}
	out, any, err := r.Pseudonymise()
	if err != nil || !any {
		t.Fatal(any, err)
	}
	want := `{"also":[{"observation":{"person":{"kind":"person","names":[{"text":"Person 2 of WKR-1"}],"pseudonym":true},"type":"worker_presence"}},` +
		`{"note":"Person 1 of WKR-1은","observation":{"person":{"kind":"person","names":[{"text":"Person 1 of WKR-1"}],"pseudonym":true},"type":"worker_presence"}}],` +
		`"id":"WKR-1","note":"Person 2 of WKR-1, not Person 1 of WKR-1","observation":{"person":{"kind":"person","names":[{"text":"Person 1 of WKR-1"}],"pseudonym":true},"type":"worker_presence"}}`
	if got := canonical(t, out); string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if r.Evidence == nil || r.Also[0].Evidence == nil {
		t.Error("the record itself was changed")
	}
}

// TestDigestsAreNoNames: what looks like a name in the digest of evidence is none.
func TestDigestsAreNoNames(t *testing.T) {
	hidden := record.Record{ID: "WKR-9", Observation: &observation.WorkerPresence{
		Type: observation.KindWorkerPresence, Person: &party.Party{Kind: party.Person, Names: []party.Name{{Text: "Abe Dacfe"}}},
	}}.Hidden()
	passage := claim.Passage{Item: strings.Repeat("0", 52) + "abe1dacfe000", At: "page=3", Quote: record.Digest(nil)}
	r := record.Record{ID: "SHP-1", Evidence: []claim.Passage{passage}, Observation: &observation.Shipment{Type: observation.KindShipment}}
	if out, any, err := r.Pseudonymise(hidden...); err != nil || any || out.Evidence[0] != passage {
		t.Errorf("got %+v, %t, %v", out.Evidence, any, err)
	}
}

// TestPseudonymiseAnything: whatever the record, the second time changes nothing.
func TestPseudonymiseAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := recordtest.Draw(t, rapid.SampledFrom([]observation.Kind{observation.KindGroup, observation.KindWorkerPresence}).Draw(t, "kind"))
		out, _, err := r.Pseudonymise()
		if err != nil {
			t.Fatal(err)
		}
		for i, a := range out.Accounts() {
			before := record.Parties(r.Accounts()[i].Observation)
			for j, p := range record.Parties(a.Observation) {
				if before[j].Pseudonymous() && (p.Pseudonymous() || !strings.HasPrefix(p.Label(), "Person") || p.Identifiers != nil || len(p.Names) != 1) {
					t.Fatalf("still named: %+v", p)
				}
			}
		}
		again, _, err := out.Pseudonymise()
		if err != nil || !bytes.Equal(canonical(t, again), canonical(t, out)) {
			t.Fatalf("%s\nbecomes\n%s (%v)", canonical(t, out), canonical(t, again), err)
		}
	})
}

func TestPseudonymisedTexts(t *testing.T) {
	tests := []struct{ name, note, want string }{
		{"Ri Jong Hyok", "Seen: Ri Jong Hyok.", "Seen: Person 1 of WKR-1."},
		{"Ri", "Ri met Rita and Henri; Ri's flat", "Person 1 of WKR-1 met Rita and Henri; Person 1 of WKR-1's flat"},
		{"리종혁", "리종혁은 왔다", "Person 1 of WKR-1은 왔다"},
		{"none", "none", "none"}, // a word of the vocabulary
		{" Ri ", "Ri", "Person 1 of WKR-1"},
		{"Person", "Person 1", "Person 1 of WKR-1 1"},
	}
	for _, tt := range tests {
		r := record.Record{
			ID: "WKR-1", Note: tt.note, Sources: []claim.Source{{Key: "a", Title: "A"}},
			Observation: &observation.WorkerPresence{
				Type: observation.KindWorkerPresence, Exception: "none",
				Person: &party.Party{Kind: party.Person, Names: []party.Name{{Text: tt.name}}},
			},
		}
		out, any, err := r.Pseudonymise()
		if err != nil || !any || out.Note != tt.want {
			t.Errorf("%s in %q: got %q, %t, %v, want %q", tt.name, tt.note, out.Note, any, err, tt.want)
		}
		if o := out.Observation.(*observation.WorkerPresence); o.Exception != "none" || !strings.HasPrefix(o.Person.Label(), "Person 1") {
			t.Errorf("%s: got %+v", tt.name, o)
		}
	}
}
