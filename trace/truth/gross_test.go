package truth_test

import "testing"

// What the published edges say by themselves, before anything is traced: how many
// sources and terminals occur, what leaves the former and reaches the latter. A coin
// that goes through two terminals, or from source to source, counts twice.
func TestSharedGross(t *testing.T) {
	for _, want := range []struct {
		name                                             string
		rows, sources, ofSources, terminals, ofTerminals int
		leaving, arriving, passedOn                      string
	}{
		{"Atomic", 1080, 17, 17, 101, 101, "10,737,048.44", "10,495,372.83", "19,992.83"},
		{"HB", 3887, 14, 14, 11, 14, "87,561,135.66", "99,922,423.45", "0.00"},
		{"54m", 292, 2, 2, 13, 13, "59,410,346.20", "19,130,104.55", "0.00"},
		{"LIFI", 135, 1, 1, 33, 33, "9,685,530.20", "8,609,332.90", "0.00"},
		{"XScam", 1307, 7, 7, 452, 465, "575,011.90", "1,403,829.12", "0.00"},
	} {
		v := open(t, want.name)
		got := want
		got.rows, got.ofSources, got.ofTerminals = len(v.rows), len(v.sources), len(v.terminals)
		got.sources, got.terminals = v.occurring(v.sources), v.occurring(v.terminals)
		got.leaving, got.arriving, got.passedOn = usd(v.total(v.leaving)), usd(v.total(v.arriving)), usd(v.total(v.passedOn))
		if got != want {
			t.Errorf("got  %v\nwant %v", got, want)
		}
		t.Logf("%-6s %4d edges, %2d of %2d sources pay out %13s USD, %3d of %3d terminals take %13s USD, %9s of it from another terminal",
			want.name, got.rows, got.sources, got.ofSources, got.leaving, got.terminals, got.ofTerminals, got.arriving, got.passedOn)
	}
}
