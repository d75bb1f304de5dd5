package desk_test

import (
	"context"
	"errors"
	"testing"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/marking"
)

const enclosedKind = "enclosed_for_tests"

func enclose(t *testing.T, d *desk.Desk, id, text string, m marking.Marking) string {
	t.Helper()
	items, err := d.Enclose(context.Background(), enclosedKind, []desk.Enclosure{enclosure(id, text, m)})
	if err != nil {
		t.Fatal(err)
	}
	return items[0]
}

func enclosure(id, text string, m marking.Marking) desk.Enclosure {
	return desk.Enclosure{ID: id, Evidence: desk.Evidence{Name: id + ".json", Source: "a test", Bytes: []byte(text), Marking: m}}
}

// What is enclosed is seen by who may see the evidence that it is.
func TestEnclosedFollowsTheMarkingOfItsEvidence(t *testing.T) {
	d := newDesk(t)
	enclose(t, d, "a", "open", marking.Marking{})
	enclose(t, d, "a.part-0001", "open as well", marking.Marking{})
	item := enclose(t, d, "b", "for few", marking.Marking{TLP: "amber"})
	enclose(t, d, "b.part-0001", "open by itself", marking.Marking{})
	for name, tc := range map[string]struct {
		reader marking.Reader
		want   string
	}{
		"anybody":       {marking.Reader{}, "a a.part-0001"},
		"may see amber": {marking.Reader{TLP: "amber"}, "a a.part-0001 b b.part-0001"},
		"custodian":     {marking.Custodian(), "a a.part-0001 b b.part-0001"},
	} {
		s, err := d.For(tc.reader).Set(enclosedKind)
		if err != nil || ids(s) != tc.want {
			t.Errorf("%s sees %q, want %q; %v", name, ids(s), tc.want, err)
		}
	}
	r, err := d.Release(marking.Reader{}, enclosedKind)
	if err != nil {
		t.Fatal(err)
	}
	whole, _ := r.Whole.Set(enclosedKind)
	seen, _ := r.Set(enclosedKind)
	if ids(seen) != "a a.part-0001" || ids(whole) != "a a.part-0001 b b.part-0001" || len(r.Withheld) != 2 || r.Withheld["b"] == "" || len(r.Commitments()[enclosedKind]) != 2 {
		t.Errorf("released %q of %q, withheld %v, %d commitments", ids(seen), ids(whole), r.Withheld, len(r.Commitments()[enclosedKind]))
	}
	v, err := d.Vault(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := v.Get(item, marking.Custodian()); err != nil || got.Size != int64(len("for few")) {
		t.Errorf("evidence %s: %+v, %v", item, got, err)
	}
}

// What is enclosed stays as it is; of several parts all are enclosed or none.
func TestEncloseAgain(t *testing.T) {
	d := newDesk(t)
	first := enclose(t, d, "a", "first", marking.Marking{})
	if again := enclose(t, d, "a", "first", marking.Marking{}); again != first {
		t.Errorf("the same bytes are %s and %s", first, again)
	}
	for name, parts := range map[string][]desk.Enclosure{
		"other bytes": {enclosure("b", "new", marking.Marking{}), enclosure("a", "second", marking.Marking{})},
		"twice":       {enclosure("b", "new", marking.Marking{}), enclosure("b", "newer", marking.Marking{})},
	} {
		if _, err := d.Enclose(context.Background(), enclosedKind, parts); !errors.Is(err, desk.ErrEnclosed) {
			t.Errorf("%s: error %v, want %v", name, err, desk.ErrEnclosed)
		}
	}
	s, err := d.Set(enclosedKind)
	if err != nil || ids(s) != "a" || string(s.Inputs()[0].Bytes) != "first" {
		t.Errorf("enclosed %q, %v", ids(s), err)
	}
	if _, err := d.Enclose(context.Background(), "shipment", []desk.Enclosure{enclosure("SHP-1", "{}", marking.Marking{})}); err == nil {
		t.Error("a record was enclosed")
	}
}

func ids(s *derive.Set) (out string) {
	for i, in := range s.Inputs() {
		if i > 0 {
			out += " "
		}
		out += in.ID
	}
	return out
}
