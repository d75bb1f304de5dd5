package claim_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/record/claim"
)

func TestList(t *testing.T) {
	said := func(value, reason string, preferred bool) claim.Claim[string] {
		return claim.Claim[string]{Value: value, Authority: "A", Anchor: claim.Anchor{Source: "a"}, Preferred: preferred, Reason: reason}
	}
	held := []claim.Claim[string]{said("x", claim.OnlyGiven, true)}
	more := []claim.Claim[string]{said("x", "", false), said("y", "we think so", true), said("z", claim.OnlyGiven, true)}
	list, from := claim.ListOf(&held), claim.ListOf(&more)
	if a, b := list.Said(), from.Said(); a[0] != b[0] || b[0] == b[1] {
		t.Errorf("%q and %q", a, b)
	}
	list.Take(from, 1)
	list.Take(from, 2)
	want := []claim.Claim[string]{said("x", claim.FirstGiven, true), said("y", "we think so", false), said("z", "", false)}
	if !slices.EqualFunc(held, want, same) {
		t.Errorf("got %+v", held)
	}
	if more[1].Preferred != true || len(more) != 3 {
		t.Error("the other list was changed")
	}
	list.Clear()
	list.Take(from, 1) // alone, it may be preferred
	if len(held) != 1 || !same(held[0], more[1]) {
		t.Errorf("got %+v", held)
	}
}

func same(a, b claim.Claim[string]) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}

func TestPassageCheck(t *testing.T) {
	sum := strings.Repeat("0a", 32)
	for _, tt := range []struct {
		p    claim.Passage
		want string
	}{
		{claim.Passage{Item: sum, At: "lines=12-13", Quote: sum}, ""},
		{claim.Passage{Item: sum, At: "page=3&box=72,100,300,140", Quote: sum}, ""},
		{claim.Passage{Item: sum, At: "time=00:01:05-00:01:20", Quote: sum}, ""},
		{claim.Passage{}, "item quote at"},
		{claim.Passage{Item: strings.ToUpper(sum), At: "page=3", Quote: sum[1:]}, "item quote"},
		{claim.Passage{Item: sum, At: "page", Quote: sum}, "at"},
		{claim.Passage{Item: sum, At: "=3", Quote: sum}, "at"},
		{claim.Passage{Item: sum, At: "page=", Quote: sum}, "at"},
		{claim.Passage{Item: sum, At: "page=3 ", Quote: sum}, "at"},
		{claim.Passage{Item: sum, At: "page=\u202e3", Quote: sum}, "at"},
		{claim.Passage{Item: sum, At: "page=" + strings.Repeat("3", 200), Quote: sum}, "at"},
	} {
		var got []string
		tt.p.Check(func(field, _ string) { got = append(got, field) })
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%+v: got %q, want %s", tt.p, got, tt.want)
		}
	}
}
