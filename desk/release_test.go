package desk_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/record"
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
			if n := len(sets["shipment"]); n != len(contents) {
				t.Errorf("%d inputs travel, want a commitment for each withheld record", n)
			}
		})
	}
}

func TestWithheldRecordsTakePartInSums(t *testing.T) {
	_, sets, released := travelling(t, marked(t), marking.Reader{})
	full, err := released.Set("shipment")
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range full.Inputs() {
		if len(in.Bytes) == 0 {
			t.Errorf("%s has no bytes on the desk", in.ID)
		}
	}
	if away := derive.NewSet("shipment", sets["shipment"]); away.Digest() != full.Digest() || away.Withheld() != 3 {
		t.Errorf("the set that travels has digest %s and %d withheld, on the desk it has %s", away.Digest(), away.Withheld(), full.Digest())
	}
	if rs, err := released.Records("shipment"); err != nil || len(rs) != 4 {
		t.Errorf("%d records for the report, %v", len(rs), err)
	}
}

func TestCommitmentsAreOfOneDesk(t *testing.T) {
	d := marked(t)
	first, _, _ := travelling(t, d, marking.Reader{})
	again, _, _ := travelling(t, d, marking.Reader{})
	if first != again {
		t.Error("two releases of one desk differ")
	}
	_, one, _ := travelling(t, d, marking.Reader{})
	_, other, _ := travelling(t, marked(t), marking.Reader{})
	held := map[string]bool{record.Digest(nil): true}
	for _, r := range []map[string][]derive.Input{one, other} {
		for _, in := range r["shipment"] {
			if in.Withheld && held[in.Digest] {
				t.Errorf("commitment %s of one desk is that of another", in.Digest)
			}
			held[in.Digest] = true
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
