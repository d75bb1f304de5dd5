package publicrecord

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
)

func all(t testing.TB) []record.Record {
	t.Helper()
	rs, err := Records()
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

// byID finds one record's observation in its own type.
func byID[T observation.Observation](t *testing.T, id string) record.Typed[T] {
	t.Helper()
	for _, x := range record.Of[T](all(t)) {
		if x.Record.ID == id {
			return x
		}
	}
	t.Fatalf("no record %s", id)
	return record.Typed[T]{}
}

func TestLossesByView(t *testing.T) {
	tests := []struct {
		view                  claim.View
		incidents, withAmount int
		usd                   string
	}{
		{claim.ViewOfficial, 14, 14, "1344792000"},
		{claim.ViewPanel, 26, 24, "1888782000"},
		{claim.ViewAll, 47, 45, "2988904000"},
	}
	for _, tt := range tests {
		t.Run(string(tt.view), func(t *testing.T) {
			n, with, sum := losses(t, func(c *observation.CyberIncident) bool {
				return between(c, 2017, 2023) && c.CryptoCompany != nil && *c.CryptoCompany && tt.view.Includes(c.Status())
			})
			if n != tt.incidents || with != tt.withAmount || sum.String() != tt.usd {
				t.Errorf("got %d incidents, %d with an amount, %s USD; want %d, %d, %s", n, with, sum, tt.incidents, tt.withAmount, tt.usd)
			}
		})
	}
}

func TestLossesAfterThePanel(t *testing.T) {
	n, _, sum := losses(t, func(c *observation.CyberIncident) bool { return between(c, 2024, 2025) })
	if n != 15 || sum.String() != "2527530000" {
		t.Errorf("2024–2025: got %d incidents, %s USD; want 15, 2527530000", n, sum)
	}
	n, _, sum = losses(t, func(c *observation.CyberIncident) bool {
		return between(c, 2024, 2025) && c.Status() == claim.Disputed
	})
	if n != 5 || sum.String() != "35400000" {
		t.Errorf("disputed: got %d incidents, %s USD; want 5, 35400000", n, sum)
	}
}

func between(c *observation.CyberIncident, from, to int) bool {
	return from <= c.When().Year() && c.When().Year() <= to
}

// losses counts incidents and sums the preferred amounts, all of them in dollars.
func losses(t *testing.T, include func(*observation.CyberIncident) bool) (n, with int, sum value.Decimal) {
	t.Helper()
	for _, x := range record.Of[*observation.CyberIncident](all(t)) {
		if !include(x.Observation) {
			continue
		}
		n++
		m, ok := x.Observation.Amount()
		if !ok || m.Amount.IsZero() {
			continue
		}
		if m.Currency != "USD" {
			t.Errorf("%s: preferred amount in %s", x.Record.ID, m.Currency)
		}
		with++
		sum = sum.Add(m.Amount)
	}
	return n, with, sum
}

func TestCounts(t *testing.T) {
	got := map[observation.Kind]int{}
	for _, r := range all(t) {
		got[r.Kind()]++
	}
	want := map[observation.Kind]int{
		observation.KindCyberIncident:     65,
		observation.KindWeaponsEvent:      6 + 10 + 26,
		observation.KindCouncilResponse:   13,
		observation.KindTradeStatistic:    21,
		observation.KindPetroleumDelivery: 2,
		observation.KindWorkerEstimate:    18,
		observation.KindPanelMandate:      15,
		observation.KindPanelReport:       21,
		observation.KindGroup:             10,
		observation.KindBankRelationship:  1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// The laws that hold for every record.
func TestEveryRecord(t *testing.T) {
	rs := all(t)
	if !slices.IsSortedFunc(rs, func(a, b record.Record) int { return strings.Compare(a.ID, b.ID) }) {
		t.Error("records are not sorted by id")
	}
	for i, r := range rs {
		if i > 0 && rs[i-1].ID == r.ID {
			t.Errorf("%s: twice", r.ID)
		}
		if err := r.Validate(); err != nil {
			t.Errorf("%s: %v", r.ID, err)
		}
		if len(r.Sources) == 0 || r.Certainty == "" || r.AsOf != Edition() {
			t.Errorf("%s: %d sources, certainty %q, as of %s", r.ID, len(r.Sources), r.Certainty, r.AsOf)
		}
		for _, s := range r.Sources {
			if s.Origin == "" || s.Certainty == "" {
				t.Errorf("%s: source %s has no origin or certainty", r.ID, s.Key)
			}
		}
		if r.Certainty == claim.Checked && !slices.ContainsFunc(r.Sources, func(s claim.Source) bool { return s.Certainty == claim.Checked }) {
			t.Errorf("%s: checked, but every source is from memory", r.ID)
		}
		for _, a := range record.Anchors(r.Observation) {
			if _, ok := r.Source(a.Source); a.Source != "" && !ok {
				t.Errorf("%s: claim refers to unknown source %q", r.ID, a.Source)
			}
		}
	}
}

func TestRoundTrip(t *testing.T) {
	for _, r := range all(t) {
		b, err := r.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		back, err := record.Decode(b)
		if err != nil {
			t.Fatalf("%s: %v", r.ID, err)
		}
		again, err := back.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		if string(again) != string(b) {
			t.Errorf("%s: %s", r.ID, cmp.Diff(string(b), string(again)))
		}
	}
}

func TestSameBytes(t *testing.T) {
	digest := func() string {
		h := sha256.New()
		for _, r := range all(t) {
			b, err := r.Canonical()
			if err != nil {
				t.Fatal(err)
			}
			h.Write(b)
		}
		return hex.EncodeToString(h.Sum(nil))
	}
	if a, b := digest(), digest(); a != b {
		t.Errorf("two loads differ: %s, %s", a, b)
	}
}

func TestCallersOwnTheirCopy(t *testing.T) {
	first := all(t)
	first[0].Sources[0].Title = "changed"
	if second := all(t); second[0].Sources[0].Title == "changed" {
		t.Error("a caller's change is seen by the next caller")
	}
}

func TestDissentIsKept(t *testing.T) {
	want := []string{
		"INC-2018-010", "INC-2019-022", "INC-2024-051", "INC-2024-053", "INC-2024-056", "INC-2024-057",
		"INC-2024-059", "INC-2025-064", "INC-2025-065",
	}
	var got []string
	for _, x := range record.Of[*observation.CyberIncident](all(t)) {
		a, ok := claim.Preferred(x.Observation.Attributions)
		if !ok {
			t.Errorf("%s: no preferred attribution", x.Record.ID)
		}
		if len(a.Dissent) > 0 {
			got = append(got, x.Record.ID)
		} else if a.Status == claim.Disputed {
			t.Errorf("%s: disputed without a dissent", x.Record.ID)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A page that repeats an authority is no second origin; two authorities are two.
func TestOrigins(t *testing.T) {
	tests := []struct {
		id   string
		want []string
	}{
		{"INC-2017-002", []string{"Panel of Experts"}},
		{"INC-2017-008", []string{"Panel of Experts", "T. Monahan", "United States"}},
		{"INC-2022-040", []string{"Sky Mavis", "United States"}},
		{"INC-2023-045", []string{"Panel of Experts", "United States"}},
	}
	for _, tt := range tests {
		x := byID[*observation.CyberIncident](t, tt.id)
		if diff := cmp.Diff(tt.want, claim.Origins(x.Record.Sources)); diff != "" {
			t.Errorf("%s: %s", tt.id, diff)
		}
	}
}

func TestBounds(t *testing.T) {
	tests := []struct{ id, low, preferred, high string }{
		{"INC-2017-008", "62000000", "63920000", "75000000"},
		{"INC-2018-010", "533000000", "533000000", "533000000"},
		{"INC-2018-011", "230000000", "230000000", "250000000"},
		{"INC-2018-017", "7500000", "9000000", "11000000"},
		{"INC-2019-024", "0", "0", "0"},
		{"INC-2019-026", "1000000", "2000000", "2000000"},
		{"INC-2023-044", "100000000", "100000000", "121000000"},
		{"INC-2023-045", "60000000", "60000000", "110000000"},
		{"INC-2023-049", "114000000", "114000000", "130000000"},
		{"INC-2025-061", "70000000", "70000000", "85085704"},
		{"INC-2025-062", "1460000000", "1460000000", "1500000000"},
	}
	for _, tt := range tests {
		c := byID[*observation.CyberIncident](t, tt.id).Observation
		m, _ := c.Amount()
		low, high, ok := claim.Bounds(c.Amounts)
		if got := [3]string{low.Amount.String(), m.Amount.String(), high.Amount.String()}; !ok || got != [3]string{tt.low, tt.preferred, tt.high} {
			t.Errorf("%s: got %v, want %s, %s, %s", tt.id, got, tt.low, tt.preferred, tt.high)
		}
	}
}

func TestCouncilLag(t *testing.T) {
	want := map[string]int{
		"CNC-1695": 10, "CNC-1718": 5, "CNC-1874": 18, "CNC-2087": 41, "CNC-2094": 23, "CNC-2270": 56, "CNC-2321": 82,
		"CNC-2356": 4, "CNC-2371": 8, "CNC-2375": 8, "CNC-2397": 24, "CNC-2022-431": 1,
	}
	got := map[string]int{}
	for _, x := range record.Of[*observation.CouncilResponse](all(t)) {
		if n, ok := x.Observation.TriggerDate.DaysUntil(x.Observation.Date); ok {
			got[x.Record.ID] = n
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestLaunchCounts(t *testing.T) {
	counts := map[int]int{}
	sum := 0
	for _, x := range record.Of[*observation.WeaponsEvent](all(t)) {
		w := x.Observation
		if w.Count == nil {
			continue
		}
		if w.Date.Precision() != value.Year || w.Technology != observation.BallisticMissile {
			t.Errorf("%s: a count is of a year's ballistic missiles", x.Record.ID)
		}
		if *w.Count == 0 && !strings.Contains(w.Note, "no missile launch") {
			t.Errorf("%s: a nought without a word on it", x.Record.ID)
		}
		counts[w.Date.Year()] = *w.Count
		sum += *w.Count
	}
	for year := 2006; year <= 2025; year++ {
		if _, ok := counts[year]; !ok {
			t.Errorf("%d: no count", year)
		}
	}
	if sum != 305 || counts[2022] != 69 || counts[2018] != 0 || counts[1984] != 6 {
		t.Errorf("got %d launches, %v", sum, counts)
	}
}

// Where both flows and the total of a year are checked, they agree within the
// rounding of the source.
func TestTradeAddsUp(t *testing.T) {
	flows := map[string]value.Decimal{}
	checked := map[string]int{}
	for _, x := range record.Of[*observation.TradeStatistic](all(t)) {
		o := x.Observation
		flows[o.Period.String()+o.Flow] = *o.ValueUSD
		if x.Record.Certainty == claim.Checked {
			checked[o.Period.String()]++
		}
	}
	for _, year := range []string{"2018", "2022", "2023", "2024"} {
		gap := flows[year+"total"].Sub(flows[year+"import"]).Sub(flows[year+"export"])
		if gap.Mul(gap).Cmp(value.MustDecimal("100000000000000")) > 0 { // 10 million either way
			t.Errorf("%s: the flows miss the total by %s", year, gap)
		}
	}
	if flows["2014import"].String() != "2867699391" || flows["2022total"].String() != "1028000000" {
		t.Errorf("got %v", flows)
	}
	if checked["2018"] != 3 || checked["2022"] != 3 || checked["2023"] != 1 || checked["2024"] != 0 {
		t.Errorf("checked rows by year: %v", checked)
	}
}

func TestPetroleum(t *testing.T) {
	p := byID[*observation.PetroleumDelivery](t, "PET-2020").Observation
	got := map[string]string{}
	for _, c := range p.Totals {
		got[c.Value.Basis] = fmt.Sprint(c.Value.Barrels, " ", c.Value.AtLeast, " by ", c.Authority)
	}
	want := map[string]string{
		"reported":  "106094.17 false by China and Russian Federation",
		"estimated": "1600000 true by 43 States",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if replies := byID[*observation.PetroleumDelivery](t, "PET-2018").Observation.Replies; len(replies) != 2 {
		t.Errorf("PET-2018: %d replies", len(replies))
	}
}

func TestGroups(t *testing.T) {
	under := map[string]string{}
	for _, x := range record.Of[*observation.Group](all(t)) {
		for _, s := range x.Observation.Subordination {
			under[x.Record.ID] = s.Under + " " + string(s.Certainty)
		}
	}
	want := map[string]string{
		"GRP-lazarus": "GRP-rgb checked", "GRP-apt38": "GRP-rgb checked", "GRP-andariel": "GRP-rgb checked",
		"GRP-kimsuky": "GRP-rgb checked", "GRP-applejeus": "GRP-rgb checked", "GRP-apt37": "GRP-mss from-memory",
	}
	if diff := cmp.Diff(want, under); diff != "" {
		t.Error(diff)
	}
	if g := byID[*observation.Group](t, "GRP-rgb").Observation; !g.Party.Designated() || g.Party.Label() != "Reconnaissance General Bureau" {
		t.Errorf("bureau: %+v", g.Party)
	}
}

// The evidence of every record opens to rows that speak of it or of its sources,
// and every row of every table is cited.
func TestEvidence(t *testing.T) {
	files, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	type table struct {
		name  string
		lines []string
		cited map[int]bool
	}
	tables := map[string]*table{}
	for _, f := range files {
		tables[record.Digest(f.Bytes)] = &table{f.Name, strings.Split(strings.TrimSuffix(string(f.Bytes), "\n"), "\n"), map[int]bool{1: true}}
	}
	for _, r := range all(t) {
		if len(r.Evidence) < 2 {
			t.Errorf("%s cites %d rows, want its own and its source's", r.ID, len(r.Evidence))
		}
		names := []string{r.ID}
		for _, s := range r.Sources {
			names = append(names, s.Key)
		}
		for i, p := range r.Evidence {
			var from, to int
			f := tables[p.Item]
			if _, err := fmt.Sscanf(p.At, "lines=%d-%d", &from, &to); err != nil || f == nil || from < 2 || to < from || to > len(f.lines) {
				t.Fatalf("%s: passage %+v stands in no table", r.ID, p)
			}
			text := strings.Join(f.lines[from-1:to], "\n")
			if record.Digest([]byte(text)) != p.Quote {
				t.Errorf("%s: %s %s is %q, which is not what is cited", r.ID, f.name, p.At, text)
			}
			if !slices.ContainsFunc(names, func(name string) bool { return slices.Contains(strings.Split(text, ","), name) }) || i == 0 && !strings.HasPrefix(text, r.ID+",") {
				t.Errorf("%s: %s %s does not speak of it: %s", r.ID, f.name, p.At, text)
			}
			for line := from; line <= to; line++ {
				f.cited[line] = true
			}
		}
	}
	for _, f := range tables {
		for i, line := range f.lines {
			if !f.cited[i+1] {
				t.Errorf("no record cites %s:%d: %s", f.name, i+1, line)
			}
		}
	}
}

func TestPassage(t *testing.T) {
	for text, want := range map[string]string{"a,b\n": "lines=7-7 a,b", "\n\r\na,b\r\n": "lines=7-7 a,b", "a,\"b\n\nc\"": "lines=7-9 a,\"b\n\nc\""} {
		at, quote, _ := strings.Cut(want, " ")
		if got := passage("i", 7, []byte(text)); got != (claim.Passage{Item: "i", At: at, Quote: record.Digest([]byte(quote))}) {
			t.Errorf("%q: got %+v", text, got)
		}
	}
}

// Every source is used, no natural person is a party, and the tables speak of
// the world only.
func TestTables(t *testing.T) {
	used := map[string]bool{}
	for _, r := range all(t) {
		for _, s := range r.Sources {
			used[s.Key] = true
		}
	}
	l := newLoader(embedded)
	l.readSources()
	for key := range l.sources {
		if !used[key] {
			t.Errorf("sources.csv: %s is used by no record", key)
		}
	}
	tables, err := Tables()
	if err != nil {
		t.Fatal(err)
	}
	names, err := fs.Glob(embedded, "tables/*.csv")
	if err != nil || len(names) != len(tables) {
		t.Errorf("%d files, %d tables (%v)", len(names), len(tables), err)
	}
	for i, table := range tables {
		if table.Rows == 0 || "tables/"+table.Name != names[i] {
			t.Errorf("%+v is not %s", table, names[i])
		}
	}
	page, err := os.ReadFile("../docs/publicrecord.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		if !strings.Contains(string(page), "`"+table.Name+"`") {
			t.Errorf("docs/publicrecord.md does not speak of %s", table.Name)
		}
	}
	foreign := regexp.MustCompile(`(?i)https?://|(^|[ ,"])/(home|root|tmp|work|usr)/|\r|\t|  `)
	for _, name := range names {
		b, err := fs.ReadFile(embedded, name)
		if err != nil {
			t.Fatal(err)
		}
		if at := foreign.FindIndex(b); at != nil {
			t.Errorf("%s: %q", name, b[at[0]:at[1]])
		}
	}
}

func TestLoadIsQuick(t *testing.T) {
	start := time.Now()
	all(t)
	if d := time.Since(start); d > 100*time.Millisecond {
		t.Errorf("a load takes %s", d)
	}
}

func BenchmarkRecords(b *testing.B) {
	for b.Loop() {
		if _, err := Records(); err != nil {
			b.Fatal(err)
		}
	}
}
