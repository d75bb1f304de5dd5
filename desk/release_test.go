package desk_test

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/claim"
	"golang.org/x/mod/sumdb/note"
)

const worker = `{"id":"WKR-1","observation":{"type":"worker_presence","date":"2023-01-02","host_country":"CN","sector":"it",` +
	`"person":{"kind":"person","names":[{"text":"Jane Roe"}],"identifiers":[{"type":"passport","value":"P1234"}]%s}}}`

func person(t *testing.T, more string) record.Record {
	t.Helper()
	r, err := record.Decode([]byte(strings.Replace(worker, "%s", more, 1)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// travelling is every byte that a release sends away, and the inputs by kind.
func travelling(t *testing.T, d *desk.Desk, to marking.Reader) (string, map[string][]derive.Input, *desk.Released) {
	t.Helper()
	r, err := d.Release(to)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	sets := map[string][]derive.Input{}
	for _, s := range r.Travelling() {
		sets[s.Kind()] = s.Inputs()
		for _, in := range s.Inputs() {
			b.WriteString(in.ID + in.Digest)
			b.Write(in.Bytes)
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(r.Commitments())) {
		b.WriteString(kind + strings.Join(r.Commitments()[kind], ""))
	}
	return b.String(), sets, r
}

// marked makes a desk of four shipments with different markings.
func marked(t *testing.T) *desk.Desk {
	d := newDesk(t)
	add(t, d,
		shipment(t, "1", "open cargo", ""),
		shipment(t, "2", "amber cargo", `,"marking":{"tlp":"amber"}`),
		shipment(t, "3", "cargo for Atlantis", `,"marking":{"tlp":"amber","caveats":["releasable-to:Atlantis"]}`),
		shipment(t, "4", "protected cargo", `,"marking":{"caveats":["source-protected"]}`))
	return d
}

func TestReleaseFollowsTheMarking(t *testing.T) {
	d := marked(t)
	for name, tc := range map[string]struct {
		to       marking.Reader
		open     string // digits of the ids that travel
		withheld map[string]int
	}{
		"the public":     {marking.Reader{}, "1", map[string]int{"tlp:amber": 1, "tlp:amber with caveats": 1, "tlp:clear with caveats": 1}},
		"cleared amber":  {marking.Reader{Name: "Lemuria", TLP: "amber"}, "12", map[string]int{"tlp:amber with caveats": 1, "tlp:clear with caveats": 1}},
		"the one named":  {marking.Reader{Name: "Atlantis", TLP: "red"}, "123", map[string]int{"tlp:clear with caveats": 1}},
		"named as alias": {marking.Reader{Name: "X", TLP: "amber", As: []string{"Atlantis"}}, "123", map[string]int{"tlp:clear with caveats": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			all, sets, released := travelling(t, d, tc.to)
			contents := []string{"open cargo", "amber cargo", "cargo for Atlantis", "protected cargo"}
			for i, content := range contents {
				id := "SHP-" + string(rune('1'+i))
				may := strings.Contains(tc.open, id[4:])
				if strings.Contains(all, content) != may || strings.Contains(all, id) != may {
					t.Errorf("%s travels: %v, want %v", id, !may, may)
				}
				if _, withheld := released.Withheld[id]; withheld == may {
					t.Errorf("%s withheld: %v", id, withheld)
				}
			}
			if strings.Contains(all, "Atlantis") != (len(tc.open) == 3) {
				t.Error("a caveat travels without its record")
			}
			if diff := cmp.Diff(tc.withheld, released.CountByMarking()); diff != "" {
				t.Errorf("withheld by marking (-want +got):\n%s", diff)
			}
			if n := len(released.Commitments()["shipment"]); len(sets["shipment"]) != len(tc.open) || n != len(contents)-len(tc.open) {
				t.Errorf("%d inputs and %d commitments travel, want one for each record", len(sets["shipment"]), n)
			}
		})
	}
}

// What is released is what a desk without the withheld records would release; the
// whole is beside it.
func TestReleasedIsWhatIsSeen(t *testing.T) {
	_, sets, released := travelling(t, marked(t), marking.Reader{})
	d := newDesk(t)
	add(t, d, shipment(t, "1", "open cargo", ""))
	_, want, other := travelling(t, d, marking.Reader{})
	if diff := cmp.Diff(want, sets); diff != "" {
		t.Errorf("a desk that holds no more sends (-want +got):\n%s", diff)
	}
	mine, err := released.Set("shipment")
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := other.Set("shipment")
	if err != nil || mine.Digest() != theirs.Digest() {
		t.Errorf("the set a derivation names is %s, on a desk that holds no more %s, %v", mine.Digest(), theirs.Digest(), err)
	}
	if rs, err := released.Records("shipment"); err != nil || len(rs) != 1 {
		t.Errorf("%d records for the report, %v", len(rs), err)
	}
	if rs, err := released.Whole.Records(""); err != nil || len(rs) != 4 {
		t.Errorf("%d records in the whole, %v", len(rs), err)
	}
	if other.Whole != other.Holding {
		t.Error("nothing is withheld, and the whole is another")
	}
}

// A record of which the recipient may see one account travels as that account, and
// what is withheld of it as a commitment.
func TestReleaseOfAnAccount(t *testing.T) {
	r, _, err := record.Merge(shipment(t, "1", "amber cargo", `,"marking":{"tlp":"amber"}`), shipment(t, "1", "open cargo", ""))
	if err != nil {
		t.Fatal(err)
	}
	d := newDesk(t)
	add(t, d, r)
	all, sets, released := travelling(t, d, marking.Reader{})
	if !strings.Contains(all, "open cargo") || strings.Contains(all, "amber") || len(sets["shipment"]) != 1 || len(released.Commitments()["shipment"]) != 1 {
		t.Errorf("what travels: %s", all)
	}
	if diff := cmp.Diff(map[string]string{"SHP-1": "tlp:amber"}, released.Withheld); diff != "" {
		t.Errorf("withheld (-want +got):\n%s", diff)
	}
	if all, _, released := travelling(t, d, marking.Reader{TLP: "amber"}); !strings.Contains(all, "amber cargo") || len(released.Withheld) > 0 {
		t.Errorf("who is cleared gets %s", all)
	}
}

// The name of a person whom a withheld record protects is in no other record, and
// nothing there names the record.
func TestNamesOfWithheldRecords(t *testing.T) {
	hidden := strings.Replace(strings.Replace(worker, "%s", "", 1), `"id":"WKR-1"`, `"id":"WKR-7","marking":{"tlp":"amber"}`, 1)
	secret, err := record.Decode([]byte(hidden))
	if err != nil {
		t.Fatal(err)
	}
	d := newDesk(t)
	add(t, d, secret, shipment(t, "1", "sent by Jane Roe", ""))
	all, _, _ := travelling(t, d, marking.Reader{})
	if strings.Contains(all, "Roe") || strings.Contains(all, "WKR-7") || strings.Contains(all, "P1234") || !strings.Contains(all, "sent by a person") {
		t.Errorf("what travels: %s", all)
	}
	if all, _, _ := travelling(t, d, marking.Reader{TLP: "amber"}); strings.Contains(all, "Roe") || !strings.Contains(all, "sent by Person 1 of WKR-7") {
		t.Errorf("what travels to who is cleared: %s", all)
	}
}

// A person in any account of a record carries a pseudonym, and the digests of the
// lines that named her stay behind.
func TestPseudonymsInEveryAccount(t *testing.T) {
	other := person(t, "")
	two, err := record.Decode([]byte(strings.NewReplacer("Jane Roe", "Mary Major", "P1234", "P9876", "2023-01-02", "2023-02-03", "%s", "").Replace(worker)))
	if err != nil {
		t.Fatal(err)
	}
	other.Evidence = []claim.Passage{{Item: record.Digest(nil), At: "lines=1", Quote: record.Digest([]byte("Jane Roe"))}}
	two.Evidence = []claim.Passage{{Item: record.Digest(nil), At: "lines=2", Quote: record.Digest([]byte("Mary Major"))}}
	merged, _, err := record.Merge(other, two)
	if err != nil || len(merged.Also) != 1 {
		t.Fatalf("merged into %+v, %v", merged, err)
	}
	d := newDesk(t)
	add(t, d, merged)
	all, _, _ := travelling(t, d, marking.Reader{TLP: "red"})
	for _, told := range []string{"Jane", "Mary", "P1234", "P9876", record.Digest([]byte("Jane Roe")), record.Digest([]byte("Mary Major"))} {
		if strings.Contains(all, told) {
			t.Errorf("%s travels: %s", told, all)
		}
	}
}

func TestCommitmentsAreOfOneDesk(t *testing.T) {
	d := marked(t)
	first, _, _ := travelling(t, d, marking.Reader{})
	again, _, _ := travelling(t, d, marking.Reader{})
	if first != again {
		t.Error("two releases of one desk differ")
	}
	_, _, one := travelling(t, d, marking.Reader{})
	_, _, other := travelling(t, marked(t), marking.Reader{})
	held := map[string]bool{record.Digest(nil): true}
	for _, r := range []*desk.Released{one, other} {
		for _, c := range r.Commitments()["shipment"] {
			if held[c] {
				t.Errorf("commitment %s of one desk is that of another", c)
			}
			held[c] = true
		}
	}
	for _, id := range []string{"2", "3", "4"} {
		if b, err := shipmentBytes(t, d, "SHP-"+id); err != nil || held[record.Digest(b)] {
			t.Errorf("the commitment of SHP-%s is its plain digest, which a guess confirms (%v)", id, err)
		}
	}
}

func shipmentBytes(t *testing.T, d *desk.Desk, id string) ([]byte, error) {
	t.Helper()
	rs, err := d.Records("shipment")
	for _, r := range rs {
		if r.ID == id {
			return r.Canonical()
		}
	}
	return nil, errors.Join(err, errors.New("no record "+id))
}

func TestReleaseUsesPseudonyms(t *testing.T) {
	for name, tc := range map[string]struct {
		more  string
		named bool
	}{
		"a worker":           {"", false},
		"marked publishable": {`,"publishable":true`, true},
		"designated":         {`,"designations":[{"by":"1718 Committee"}]`, true},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			add(t, d, person(t, tc.more))
			all, _, released := travelling(t, d, marking.Reader{TLP: "red"})
			if strings.Contains(all, "Jane Roe") != tc.named || strings.Contains(all, "P1234") != tc.named {
				t.Errorf("named %v, want %v: %s", !tc.named, tc.named, all)
			}
			if len(released.Withheld) > 0 {
				t.Errorf("withheld: %v", released.Withheld)
			}
			set, err := d.Set("worker_presence")
			if err != nil || !bytes.Contains(set.Inputs()[0].Bytes, []byte("Jane Roe")) {
				t.Errorf("the desk lost the name: %v", err)
			}
		})
	}
}

func TestIncludeTravels(t *testing.T) {
	d := newDesk(t)
	r, err := d.Release(marking.Reader{})
	if err != nil {
		t.Fatal(err)
	}
	r.Include(derive.NewSet("issued_report", []derive.Input{{ID: "1", Digest: record.Digest([]byte("x")), Bytes: []byte("x")}}))
	if s := r.Travelling(); len(s) != 1 || s[0].Kind() != "issued_report" {
		t.Errorf("travelling: %v", s)
	}
}

func TestSigner(t *testing.T) {
	d := newDesk(t)
	s, public, err := d.Signer()
	if err != nil {
		t.Fatal(err)
	}
	signed, err := note.Sign(&note.Note{Text: "text\n"}, s)
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(public)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := note.Open(signed, note.VerifierList(v)); err != nil {
		t.Errorf("the verifier key does not fit: %v", err)
	}
	for name, mode := range map[string]os.FileMode{"signing.key": 0o600, "signing.pub": 0o644} {
		if info, err := os.Stat(d.Path("keys", name)); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: mode %v, %v; want %v", name, info.Mode(), err, mode)
		}
	}
	if _, again, err := d.Signer(); err != nil || again != public {
		t.Errorf("another key the second time: %s, %v", again, err)
	}
	if _, other, err := newDesk(t).Signer(); err != nil || other == public {
		t.Errorf("two desks have one key: %v", err)
	}
	if err := os.Remove(d.Path("keys", "signing.pub")); err != nil {
		t.Fatal(err)
	}
	if _, again, err := d.Signer(); err != nil || again != public {
		t.Errorf("the verifier key cannot be made again: %s, %v", again, err)
	}
}

func TestDamagedKeys(t *testing.T) {
	_, foreign, err := newDesk(t).Signer()
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ file, content string }{
		"empty":            {"signing.key", ""},
		"garbage":          {"signing.key", "PRIVATE+KEY+x"},
		"a foreign public": {"signing.pub", foreign},
		"short commitment": {"commitment.key", "short"},
	} {
		t.Run(name, func(t *testing.T) {
			d := marked(t)
			if _, _, err := d.Signer(); err != nil {
				t.Fatal(err)
			}
			write(t, d.Path("keys", tc.file), tc.content)
			_, _, err := d.Signer()
			if tc.file == "commitment.key" {
				_, err = d.Release(marking.Reader{})
			}
			if !errors.Is(err, desk.ErrDamaged) || !strings.Contains(err.Error(), tc.file) {
				t.Errorf("error %v, want %v with the file's name", err, desk.ErrDamaged)
			}
		})
	}
}
