package derive_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/derive"
	"pgregory.net/rapid"
)

func TestPrint(t *testing.T) {
	usd := func(v string) derive.Result { return derive.Result{Value: v, Unit: derive.UnitUSD} }
	tests := []struct {
		r           derive.Result
		style, want string
	}{
		{derive.Result{}, "", "no figure"},
		{derive.Result{Unit: derive.UnitUSD}, derive.Exact, "no figure"},
		{usd("1344792000"), "", "$1.34 billion"},
		{usd("1344792000"), derive.Exact, "$1,344,792,000"},
		{usd("1344792000"), derive.Plain, "1,344,792,000"},
		{usd("999999"), "", "$999,999"},
		{usd("999999.5"), "", "$999,999.5"},
		{usd("1000000"), "", "$1 million"},
		{usd("999499999"), "", "$999 million"},
		{usd("999999999"), "", "$1 billion"},
		{usd("1005000000"), "", "$1 billion"}, // half to even
		{usd("1015000000"), "", "$1.02 billion"},
		{usd("2988904000"), "", "$2.99 billion"},
		{usd("1230000000000000"), "", "$1,230 trillion"},
		{usd("0"), "", "$0"},
		{usd("12.50"), "", "$12.50"},
		{usd("-1344792000"), "", "−$1.34 billion"},
		{usd("-5"), derive.Exact, "−$5"},
		{usd("-5"), derive.Plain, "−5"},
		{usd("unknown"), "", "$unknown"},
		{usd("NaN"), "", "$NaN"},
		{usd("1e9"), "", "$1e9"},
		{derive.Result{Value: "12.5", Unit: derive.UnitPercent}, "", "12.5 per cent"},
		{derive.Result{Value: "-1234.5", Unit: derive.UnitPercent}, "", "−1,234.5 per cent"},
		{derive.Result{Value: "12.5", Unit: derive.UnitPercent}, derive.Plain, "12.5"},
		{derive.Result{Value: "2023", Unit: derive.UnitYear}, "", "2023"},
		{derive.Result{Value: "2023-03-01", Unit: derive.UnitDate}, "", "2023-03-01"},
		{derive.Result{Value: "1000", Unit: derive.UnitText}, "", "1000"},
		{derive.Result{Value: "100000", Unit: "workers"}, "", "100,000"},
		{derive.Result{Value: "47"}, derive.Exact, "47"},
	}
	for _, tt := range tests {
		if got := tt.r.Print(tt.style); got != tt.want {
			t.Errorf("%q %s %s: got %s, want %s", tt.r.Value, tt.r.Unit, tt.style, got, tt.want)
		}
	}
}

func TestGroup(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "0": "0", "999": "999", "1000": "1,000", "123456": "123,456", "1234567.1234": "1,234,567.1234", "-1000": "−1,000",
		"-": "-", "1.": "1.", ".5": ".5", "n/a": "n/a", "--1000": "--1000", "1,000": "1,000", "1e5": "1e5", "2017-08-05": "2017-08-05", "１２３４": "１２３４",
	} {
		if got := derive.Group(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// ungroup reads a printed number back.
var ungroup = strings.NewReplacer(",", "", "−", "-", "$", "")

// TestGroupLaws: grouping loses no digit and groups by threes, and what is no
// plain number is left alone.
func TestGroupLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`-?[0-9]{1,70}(\.[0-9]{1,70})?`).Draw(t, "number")
		g := derive.Group(s)
		if back := ungroup.Replace(g); back != s {
			t.Fatalf("%s prints as %s, which is %s", s, g, back)
		}
		whole, _, _ := strings.Cut(strings.TrimPrefix(g, "−"), ".")
		for i, part := range strings.Split(whole, ",") {
			if i > 0 && len(part) != 3 || i == 0 && (len(part) < 1 || len(part) > 3) {
				t.Fatalf("%s prints as %s", s, g)
			}
		}
		if derive.Group(g) != g {
			t.Fatalf("%s prints again as %s", g, derive.Group(g))
		}
		exact := derive.Result{Value: s, Unit: derive.UnitUSD}.Print(derive.Exact)
		if ungroup.Replace(exact) != s {
			t.Fatalf("%s prints as %s", s, exact)
		}
		anything := rapid.String().Draw(t, "anything")
		if got := derive.Group(anything); ungroup.Replace(got) != ungroup.Replace(anything) {
			t.Fatalf("%q prints as %q", anything, got)
		}
		_ = derive.Result{Value: anything, Unit: derive.UnitUSD}.Print("")
	})
}

func ExampleResult_Print() {
	r := derive.Result{Value: "1344792000", Unit: derive.UnitUSD}
	fmt.Println(r.Print(""))
	fmt.Println(r.Print(derive.Exact))
	fmt.Println(r.Print(derive.Plain))
	// Output:
	// $1.34 billion
	// $1,344,792,000
	// 1,344,792,000
}
