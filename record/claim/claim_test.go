package claim_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/value"
	"pgregory.net/rapid"
)

type money = claim.Claim[value.Money]

func amounts(t *rapid.T) []money {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) money {
		return money{
			Value: value.Money{
				Amount:   value.MustDecimal(rapid.StringMatching(`[0-9]{1,12}(\.[0-9]{1,2})?`).Draw(t, "amount")),
				Currency: rapid.SampledFrom([]string{"USD", "EUR"}).Draw(t, "currency"),
			},
			Preferred: rapid.IntRange(0, 3).Draw(t, "preferred") == 0,
		}
	}), 0, 6).Draw(t, "claims")
}

// TestBoundsLaws: the bounds contain the preferred claim and every other in its
// currency, are claims themselves, and do not depend on the order.
func TestBoundsLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		claims := amounts(t)
		p, preferred := claim.Preferred(claims)
		low, high, ok := claim.Bounds(claims)
		if ok != preferred {
			t.Fatalf("bounds %t, preferred %t", ok, preferred)
		}
		if !ok {
			return
		}
		if low.Currency != p.Value.Currency || high.Currency != p.Value.Currency {
			t.Fatalf("%s to %s around %s", low, high, p.Value)
		}
		isClaim := func(m value.Money) bool {
			return slices.ContainsFunc(claims, func(c money) bool {
				return c.Value.Currency == m.Currency && c.Value.Amount.Equal(m.Amount)
			})
		}
		if !isClaim(low) || !isClaim(high) {
			t.Fatalf("%s to %s: nobody claimed that", low, high)
		}
		for _, c := range claims {
			if c.Value.Currency == low.Currency && (c.Value.Amount.Cmp(low.Amount) < 0 || c.Value.Amount.Cmp(high.Amount) > 0) {
				t.Fatalf("%s lies outside %s to %s", c.Value, low, high)
			}
		}
		others := slices.DeleteFunc(slices.Clone(claims), func(c money) bool { return c.Preferred })
		one := append([]money{p}, others...)
		low, high, _ = claim.Bounds(one)
		l, h, _ := claim.Bounds(rapid.Permutation(one).Draw(t, "order"))
		if !l.Amount.Equal(low.Amount) || !h.Amount.Equal(high.Amount) {
			t.Fatalf("in other order %s to %s, not %s to %s", l, h, low, high)
		}
	})
}

func TestPreferOnly(t *testing.T) {
	one, two := make([]claim.Claim[string], 1), make([]claim.Claim[string], 2)
	claim.PreferOnly([]claim.Claim[string](nil), "none")
	claim.PreferOnly(two, "one of two")
	if two[0].Preferred || two[1].Preferred {
		t.Errorf("one of two is preferred: %+v", two)
	}
	claim.PreferOnly(one, "the only one given")
	claim.PreferOnly(one, "another")
	if !one[0].Preferred || one[0].Reason != "the only one given" {
		t.Errorf("got %+v", one)
	}
	if _, ok := claim.Preferred([]claim.Claim[string]{{Value: "a"}}); ok {
		t.Error("a claim is preferred that nobody flagged")
	}
}

func TestOrigins(t *testing.T) {
	tests := []struct {
		name    string
		sources []claim.Source
		want    []string
	}{
		{"none", nil, nil},
		{"two of one origin", []claim.Source{{Key: "a", Origin: "FBI"}, {Key: "b", Origin: "FBI", ReproducedBy: "Reuters"}}, []string{"FBI"}},
		{"without an origin", []claim.Source{{Key: "b"}, {Key: "a", Origin: "FBI"}, {Key: "b2"}}, []string{"FBI", "b", "b2"}},
	}
	for _, tt := range tests {
		if got := claim.Origins(tt.sources); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestViews: every view counts what the narrower one counts, and says so.
func TestViews(t *testing.T) {
	counts := map[claim.View]int{claim.ViewOfficial: 1, claim.ViewPanel: 2, claim.ViewAll: 5}
	var narrower claim.View
	for _, v := range claim.Views() {
		n := 0
		for _, s := range claim.Statuses() {
			if v.Includes(s) {
				n++
			} else if narrower.Includes(s) {
				t.Errorf("%s counts %s, %s does not", narrower, s, v)
			}
			if !s.Valid() {
				t.Errorf("%s is not valid", s)
			}
		}
		if n != counts[v] {
			t.Errorf("%s counts %d statuses, want %d", v, n, counts[v])
		}
		if v.Includes("") || v.Includes("rumour") {
			t.Errorf("%s counts what is no status", v)
		}
		if back, err := claim.ParseView(string(v)); err != nil || back != v || v.Describe() == string(v) {
			t.Errorf("%s: got %s, %v, %s", v, back, err, v.Describe())
		}
		narrower = v
	}
	if _, err := claim.ParseView("Official"); err == nil || !strings.Contains(err.Error(), `view "Official": want one of official, official+panel, all`) {
		t.Errorf("got %v", err)
	}
	if v := claim.View("mine"); v.Includes(claim.Official) || v.Describe() != "mine" {
		t.Errorf("an unknown view counts official attributions")
	}
}

func TestCertaintyValid(t *testing.T) {
	for c, want := range map[claim.Certainty]bool{"": true, claim.Checked: true, claim.FromMemory: true, "sure": false} {
		if c.Valid() != want {
			t.Errorf("%q: got %t", c, !want)
		}
	}
}

func ExampleBounds() {
	claims := []claim.Claim[value.Money]{
		{Value: value.USD("60000000"), Authority: "Federal Bureau of Investigation", Preferred: true, Reason: "the first government figure"},
		{Value: value.USD("37000000"), Authority: "the victim"},
		{Value: value.USD("60300000"), Authority: "an analyst"},
		{Value: value.Money{Amount: value.MustDecimal("1"), Currency: "EUR"}, Authority: "not compared"},
	}
	p, _ := claim.Preferred(claims)
	low, high, _ := claim.Bounds(claims)
	fmt.Println(p.Value, "claimed from", low, "to", high)
	// Output: 60000000 USD claimed from 37000000 USD to 60300000 USD
}

func ExampleView_Includes() {
	for _, v := range claim.Views() {
		fmt.Println(v, v.Includes(claim.Panel))
	}
	// Output:
	// official false
	// official+panel true
	// all true
}
