package trade_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/trade"
	"pgregory.net/rapid"
)

// stat reads "2013 NLD PRK import 27 123779987"; a dash is a missing value.
func stat(line string) *observation.TradeStatistic {
	f := strings.Fields(line)
	o := &observation.TradeStatistic{Type: observation.KindTradeStatistic, Period: value.MustDate(f[0]), Reporter: f[1], Partner: f[2], Flow: f[3], HS: strings.Trim(f[4], "-")}
	if f[5] != "-" {
		o.ValueUSD = dec(f[5])
	}
	return o
}

func mixups(lines ...string) *trade.Mixups {
	m := trade.NewMixups()
	for _, l := range lines {
		m.Add(stat(l))
	}
	return m
}

// names are the signals of the line, "name?" where it could be worked out and is not so.
func names(m *trade.Mixups, reporter string, year int) string {
	for _, s := range m.Suspicions() {
		if s.Reporter != reporter || s.Year != year {
			continue
		}
		var out []string
		for _, c := range s.Computed {
			is := "?"
			for _, g := range s.Signals {
				if g.Name == c {
					is = ""
				}
			}
			out = append(out, c+is)
		}
		return strings.Join(out, " ")
	}
	return "none"
}

func TestSignals(t *testing.T) {
	span := []string{"2001 CHN PRK import 27 1000", "2008 CHN PRK import 27 1000"}
	for _, tt := range []struct {
		name     string
		lines    []string
		reporter string
		year     int
		want     string
	}{
		{"one year in eight, far", append(span, "2004 NLD PRK import 27 900"), "NLD", 2004, "isolated-years break place goods"},
		{"two years in eight", append(span, "2004 NLD PRK import 27 900", "2005 NLD PRK import 27 900"), "NLD", 2004, "isolated-years break place goods"},
		{"three years in eight", append(span, "2004 NLD PRK import 27 9", "2005 NLD PRK import 27 9", "2006 NLD PRK import 27 9"), "NLD", 2005, "isolated-years? break? place goods"},
		{"seven years tell nothing", []string{"2001 CHN PRK import 27 1", "2007 NLD PRK import 27 900"}, "NLD", 2007, "break place goods"},
		{"ten times is no break", []string{"2001 NLD PRK import 27 90", "2002 NLD PRK import 27 900"}, "NLD", 2002, "break? place goods"},
		{"more than ten times is", []string{"2001 NLD PRK import 27 90", "2002 NLD PRK import 27 900.01"}, "NLD", 2002, "break place goods"},
		{"a value that is not stated is no nothing", []string{"2001 NLD PRK import 27 -", "2002 NLD PRK import 27 900"}, "NLD", 2002, "place goods"},
		{"another flow is another line", []string{"2001 NLD PRK export 27 900", "2002 NLD PRK import 27 900"}, "NLD", 2002, "break place goods"},
		{"months are added up", []string{"2001-01 NLD PRK import 27 90", "2001-07 NLD PRK import 27 90", "2002 NLD PRK import 27 900"}, "NLD", 2002, "break? place goods"},
		{"in Asia without a coast", []string{"2002 NPL PRK import 44 900"}, "NPL", 2002, "place goods?"},
		{"in Asia by the sea", []string{"2002 THA PRK import 8542 900"}, "THA", 2002, "place? goods"},
		{"a code that is nobody's", []string{"2002 XAA PRK import 8542 900"}, "XAA", 2002, "goods"},
		{"a heading that is not typical of a chapter that is", []string{"2002 NLD PRK import 2701 900"}, "NLD", 2002, "place goods?"},
		{"all goods", []string{"2002 NLD PRK import -- 900"}, "NLD", 2002, "place"},
		{"nothing at all was traded", []string{"2002 NLD PRK import 27 0"}, "NLD", 2002, "none"},
		{"the Republic beside it", []string{"2002 NLD PRK import 27 900", "2001 NLD KOR import 27 900", "2002 NLD KOR import 27 900"}, "NLD", 2002, "break place goods republic-series"},
		{"as often as the other", []string{"2002 NLD PRK import 27 900", "2002 NLD KOR import 27 900"}, "NLD", 2002, "place goods republic-series?"},
		{"not in that year", []string{"2002 NLD PRK import 27 900", "2001 NLD KOR import 27 900", "2003 NLD KOR import 27 900"}, "NLD", 2002, "break place goods republic-series? republic-drop"},
		{"a drop of half", []string{"2002 THA PRK import 44 100", "2001 THA KOR import 44 900", "2002 THA KOR import 44 850", "2003 THA KOR import 44 900"}, "THA", 2002, "break place? goods? republic-series republic-drop"},
		{"of less", []string{"2002 THA PRK import 44 100", "2001 THA KOR import 44 900", "2002 THA KOR import 44 851", "2003 THA KOR import 44 900"}, "THA", 2002, "break place? goods? republic-series republic-drop?"},
		{"of twice as much", []string{"2002 THA PRK import 44 100", "2001 THA KOR import 44 900", "2002 THA KOR import 44 700", "2003 THA KOR import 44 900"}, "THA", 2002, "break place? goods? republic-series republic-drop"},
		{"of more", []string{"2002 THA PRK import 44 100", "2001 THA KOR import 44 900", "2002 THA KOR import 44 699", "2003 THA KOR import 44 900"}, "THA", 2002, "break place? goods? republic-series republic-drop?"},
		{"the Koreas are not mixed up by one another", []string{"2002 KOR PRK import 27 900"}, "KOR", 2002, "none"},
		{"a total is no flow", []string{"2002 NLD PRK total 27 900"}, "NLD", 2002, "none"},
	} {
		if got := names(mixups(tt.lines...), tt.reporter, tt.year); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestEvidenceAndOrder(t *testing.T) {
	m := mixups("2006 BFA PRK import 27 33395798.50", "2013 BFA PRK import 27 1", "2014 BFA PRK import 27 1", "2015 BFA PRK import 27 1", "2015 THA PRK import 44 5", "2016 THA PRK import 44 5", "2017 CHN PRK import 44 5", "2016 CHN PRK import 44 5")
	all := m.Suspicions()
	if all[0].Reporter != "BFA" || all[0].Year != 2006 || all[0].USD.String() != "33395798.5" {
		t.Fatalf("first is %+v", all[0])
	}
	var said []string
	for _, s := range all[0].Signals {
		if trade.SignalWords(s.Name) == "" {
			t.Errorf("%s has no words", s.Name)
		}
		said = append(said, s.Evidence)
	}
	want := []string{"USD 33395798.5 beside nothing in 2007", "BFA has no coast and lies outside Asia", "code 27"}
	if !reflect.DeepEqual(said, want) {
		t.Errorf("got %q, want %q", said, want)
	}
	for i := 1; i < len(all); i++ {
		if len(all[i-1].Signals) < len(all[i].Signals) {
			t.Error("a line with fewer signals stands first")
		}
	}
	if got := len(trade.Signals()); got != 6 {
		t.Errorf("%d signals", got)
	}
	m = mixups("2006 BFA PRK import 27 9", "2008 BFA PRK import 27 9", "2009 BFA PRK import 27 9", "2010 BFA PRK import 27 9", "2025 CHN PRK import 27 9")
	if got := m.Suspicions()[0].Signals[0].Evidence; got != "reported in 4 of 20 years: 2006, 2008 to 2010" {
		t.Errorf("got %s", got)
	}
}

// Rows in any order, and by any number of workers, give the same.
func TestMergeIsAdd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
			return fmt.Sprintf("%d %s %s %s %s %d", rapid.IntRange(2001, 2012).Draw(t, "year"), rapid.SampledFrom([]string{"NLD", "BFA", "CHN", "KOR"}).Draw(t, "reporter"),
				rapid.SampledFrom([]string{"PRK", "KOR", "USA"}).Draw(t, "partner"), rapid.SampledFrom([]string{"import", "export"}).Draw(t, "flow"),
				rapid.SampledFrom([]string{"27", "2710", "44", "--"}).Draw(t, "hs"), rapid.IntRange(0, 1000).Draw(t, "usd"))
		}), 0, 60).Draw(t, "lines")
		whole := mixups(lines...).Suspicions()
		shuffled := rapid.Permutation(lines).Draw(t, "order")
		cut := rapid.IntRange(0, len(lines)).Draw(t, "cut")
		m := mixups(shuffled[:cut]...)
		m.Merge(mixups(shuffled[cut:]...))
		got := m.Suspicions()
		if fmt.Sprint(got) != fmt.Sprint(whole) {
			t.Fatalf("got %v, want %v", got, whole)
		}
		for _, s := range whole {
			if len(s.Signals) > len(s.Computed) {
				t.Fatalf("%+v: more signals than were worked out", s)
			}
		}
	})
}

func TestLineOf(t *testing.T) {
	for line, want := range map[string]bool{
		"2013 NLD PRK import 27 1": true, "2013 NLD KOR import 27 1": false, "2013 PRK KOR import 27 1": false,
		"2013 KOR PRK import 27 1": false, "2013 NLD PRK total 27 1": false,
	} {
		if l, ok := trade.LineOf(stat(line)); ok != want || ok && l != (trade.Line{Reporter: "NLD", Flow: "import", Chapter: "27", Digits: 2, Year: 2013}) {
			t.Errorf("%s: got %+v, %t", line, l, ok)
		}
	}
}

func TestLinesAreBounded(t *testing.T) {
	m := trade.NewMixups()
	s := stat("2013 NLD PRK import 27 1")
	for i := range 1<<18 + 1000 {
		s.Reporter = fmt.Sprintf("%c%c%c", 'A'+i%26, 'A'+i/26%26, 'A'+i/676%26)
		s.Period = value.MustDate(fmt.Sprint(1950 + i/17576))
		m.Add(s)
	}
	if n := m.Passed(); n < 900 || n > 1000 {
		t.Errorf("%d rows were passed over", n)
	}
}

func ExampleMixups() {
	m := trade.NewMixups()
	m.Add(stat("2012 NLD PRK import 27 1094300"))
	m.Add(stat("2013 NLD PRK import 27 123779987"))
	for _, s := range m.Suspicions()[:1] {
		fmt.Println(s.Reporter, s.Year, s.USD, len(s.Signals), "of", len(s.Computed))
		fmt.Println(s.Signals[0].Name+":", s.Signals[0].Evidence)
	}
	// Output:
	// NLD 2013 123779987 3 of 3
	// break: USD 123779987 beside USD 1094300 in 2012
}
