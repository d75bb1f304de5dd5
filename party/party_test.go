package party_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/turtlebay/turtlebay/party"
)

func TestNames(t *testing.T) {
	tests := []struct {
		names   []party.Name
		label   string
		aliases []string
	}{
		{nil, "", nil},
		{[]party.Name{{Text: "A"}}, "A", nil},
		{[]party.Name{{Text: "A"}, {Text: "B", By: "analysts"}, {Text: "C"}}, "A", []string{"B", "C"}},
	}
	for _, tt := range tests {
		p := party.Party{Names: tt.names}
		if p.Label() != tt.label || !slices.Equal(p.Aliases(), tt.aliases) {
			t.Errorf("%v: got %q, %q", tt.names, p.Label(), p.Aliases())
		}
	}
}

// TestPseudonymous: only a natural person on no list who is not publishable.
func TestPseudonymous(t *testing.T) {
	listed := []party.Designation{{By: "UN"}}
	tests := []struct {
		p    party.Party
		want bool
	}{
		{party.Party{Kind: party.Person}, true},
		{party.Party{Kind: party.Person, Publishable: true}, false},
		{party.Party{Kind: party.Person, Designations: listed}, false},
		{party.Party{Kind: party.Company}, false},
		{party.Party{Kind: party.Group}, false},
	}
	for _, tt := range tests {
		if got := tt.p.Pseudonymous(); got != tt.want {
			t.Errorf("%+v: got %t", tt.p, got)
		}
	}
}

func TestCheck(t *testing.T) {
	name := []party.Name{{Text: "A"}}
	tests := []struct {
		p    party.Party
		want []string
	}{
		{party.Party{Kind: party.Bank, Names: name}, nil},
		{party.Party{Kind: party.Bank}, []string{"names: a party needs a name"}},
		{party.Party{Kind: party.Bank, Names: []party.Name{{Text: " \t"}}}, []string{"names: a party needs a name"}},
		{party.Party{Kind: "ship", Names: name}, []string{`kind: unknown kind of party "ship"`}},
		{party.Party{}, []string{`kind: unknown kind of party ""`, "names: a party needs a name"}},
	}
	for _, tt := range tests {
		var got []string
		tt.p.Check(func(field, reason string) { got = append(got, field+": "+reason) })
		if !slices.Equal(got, tt.want) {
			t.Errorf("%+v: got %q, want %q", tt.p, got, tt.want)
		}
	}
}

func ExampleParty() {
	p := party.Party{
		Kind:         party.Bank,
		Names:        []party.Name{{Text: "Foreign Trade Bank"}, {Text: "조선무역은행", Lang: "ko"}},
		Designations: []party.Designation{{By: "United Nations", Reference: "KPe.047", On: "2017-08-05"}},
	}
	fmt.Println(p.Label(), p.Aliases(), p.Designated())
	// Output: Foreign Trade Bank [조선무역은행] true
}
