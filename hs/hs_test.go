package hs

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// code draws a code of the table, or a neighbour that may be none.
func code(t *rapid.T, name string) string {
	if rapid.Bool().Draw(t, name+" of the table") {
		return rapid.SampledFrom(table()).Draw(t, name).code
	}
	return rapid.StringMatching(`([0-9]{2}){1,3}`).Draw(t, name)
}

func TestEditions(t *testing.T) {
	for _, c := range []struct {
		year int
		want Edition
		ok   bool
	}{
		{1988, 0, false},
		{2011, 0, false},
		{2012, HS2012, true},
		{2016, HS2012, true},
		{2017, HS2017, true},
		{2021, HS2017, true},
		{2022, HS2022, true},
		{2027, HS2022, true},
		{2028, 0, false},
	} {
		if got, ok := EditionAt(c.year); got != c.want || ok != c.ok {
			t.Errorf("EditionAt(%d) = %v, %v; want %v, %v", c.year, got, ok, c.want, c.ok)
		}
	}
	var said []string
	for _, e := range append(Editions(), 0, 9) {
		said = append(said, e.String()+" "+e.First()+" "+e.Last())
	}
	want := []string{
		"HS 2012 2012-01-01 2016-12-31", "HS 2017 2017-01-01 2021-12-31", "HS 2022 2022-01-01 2027-12-31",
		"HS edition 0  ", "HS edition 9  ",
	}
	if d := cmp.Diff(want, said); d != "" {
		t.Error(d)
	}
}

// The nomenclature's own numbers of headings and subheadings, with the one of each
// that is the statisticians'.
func TestHowMany(t *testing.T) {
	want := map[Edition][3]int{HS2012: {97, 1225, 5206}, HS2017: {97, 1223, 5388}, HS2022: {97, 1229, 5613}}
	for _, ed := range Editions() {
		var got [3]int
		for chapter := range Children("", ed) {
			got[0]++
			for heading := range Children(chapter, ed) {
				got[1]++
				for range Children(heading, ed) {
					got[2]++
				}
			}
		}
		if got != want[ed] {
			t.Errorf("%v has %v chapters, headings, subheadings; want %v", ed, got, want[ed])
		}
	}
}

func TestIn(t *testing.T) {
	for _, c := range []struct {
		code string
		want []Edition
	}{
		{"27", Editions()},
		{"2701", Editions()},
		{"270112", Editions()},
		{"2848", []Edition{HS2012}},
		{"8803", []Edition{HS2012, HS2017}},
		{"9620", []Edition{HS2017, HS2022}},
		{"8806", []Edition{HS2022}},
		{"77", nil},
		{"2717", nil},
		{"27011", nil},
		{"", nil},
		{"zz", nil},
	} {
		if d := cmp.Diff(c.want, In(c.code)); d != "" {
			t.Errorf("In(%q): %s", c.code, d)
		}
		for _, ed := range append(Editions(), 0, 4, 255) {
			if Known(c.code, ed) != slices.Contains(c.want, ed) {
				t.Errorf("Known(%q, %v) = %v", c.code, ed, Known(c.code, ed))
			}
		}
	}
}

func TestDescribe(t *testing.T) {
	for _, c := range []struct{ code, want string }{
		{"2701", "Coal; briquettes, ovoids and similar solid fuels manufactured from coal"},
		{"8806", "Unmanned aircraft"},
		{"8803", ""},
		{"77", ""},
		{"", ""},
	} {
		got, ed, ok := Describe(c.code)
		if got != c.want || ok != (c.want != "") || (ed == HS2022) != ok {
			t.Errorf("Describe(%q) = %q, %v, %v; want %q", c.code, got, ed, ok, c.want)
		}
	}
	if got, _, _ := Describe("382769"); !strings.HasSuffix(got, " …") {
		t.Errorf("a description that its source cuts is given as whole: %q", got)
	}
}

// Whatever reads the table as CSV reads the same as this package.
func TestTableIsCSV(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(codesCSV)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows)-1 != len(table()) {
		t.Fatalf("%d rows, %d codes", len(rows)-1, len(table()))
	}
	plain := regexp.MustCompile(`^[ -~]+( …)?$`)
	for i, e := range table() {
		row := rows[i+1]
		if row[0] != e.code || row[1] != string('0'+rune(e.in)) || row[2] != e.text {
			t.Fatalf("row %d is %q, read as %+v", i+2, row, e)
		}
		if e.has(HS2022) != plain.MatchString(e.text) || strings.TrimSpace(e.text) != e.text || strings.Contains(e.text, "  ") {
			t.Errorf("%s: description %q", e.code, e.text)
		}
	}
}

func TestParentsAreThere(t *testing.T) {
	for _, e := range table() {
		for _, ed := range In(e.code) {
			if p := Parent(e.code); p != "" && !Known(p, ed) {
				t.Errorf("%v has %s and not %s", ed, e.code, p)
			}
			if len(e.code) < 6 {
				var below []string
				below = slices.AppendSeq(below, Children(e.code, ed))
				if len(below) == 0 || !slices.IsSorted(below) || Parent(below[0]) != e.code {
					t.Errorf("%v: below %s: %q", ed, e.code, below)
				}
			}
		}
		if ChapterName(e.code) == "" {
			t.Errorf("%s: its chapter has no name", e.code)
		}
		if _, ok := SectionOf(e.code); ok == (e.code[:2] == "99") {
			t.Errorf("%s: has a section: %v", e.code, ok)
		}
	}
}

func TestChildren(t *testing.T) {
	for _, c := range []struct {
		code string
		ed   Edition
		want []string
	}{
		{"2704", HS2017, []string{"270400"}},
		{"88", HS2017, []string{"8801", "8802", "8803", "8804", "8805"}},
		{"88", HS2022, []string{"8801", "8802", "8804", "8805", "8806", "8807"}},
		{"8803", HS2022, nil},
		{"270400", HS2017, nil},
		{"2", HS2017, nil},
		{"99", HS2012, []string{"9999"}},
		{"88", 0, nil},
		{"zz", HS2017, nil},
	} {
		if d := cmp.Diff(c.want, slices.Collect(Children(c.code, c.ed))); d != "" {
			t.Errorf("Children(%q, %v): %s", c.code, c.ed, d)
		}
	}
	for c := range Children("", HS2022) {
		if c != "01" {
			t.Errorf("the first chapter is %s", c)
		}
		break // a loop that ends early must not be called again
	}
}

func TestParseCodesRefuses(t *testing.T) {
	for name, in := range map[string]string{
		"no header":          "01,7,Animals\n",
		"no editions":        codesHeader + "01,0,\n",
		"too many editions":  codesHeader + "01,8,Animals\n",
		"editions too long":  codesHeader + "01,77,Animals\n",
		"no code":            codesHeader + "1,7,Animals\n",
		"no description":     codesHeader + "01,7\n",
		"no end of line":     codesHeader + "01,7,Animals",
		"comma, not quoted":  codesHeader + "01,7,Animals, live\n",
		"quoted at one end":  codesHeader + "01,7,\"Animals, live\n",
		"quotation inside":   codesHeader + "01,7,\"Animals, \"\"live\"\"\"\n",
		"twice":              codesHeader + "01,7,Animals\n01,7,Animals\n",
		"out of order":       codesHeader + "02,7,Meat\n01,7,Animals\n",
		"empty line":         codesHeader + "01,7,Animals\n\n02,7,Meat\n",
		"quoted and nothing": codesHeader + "01,7,\",\n",
	} {
		if got, err := parseCodes(in); err == nil {
			t.Errorf("%s: read as %v", name, got)
		}
	}
}

func TestDigest(t *testing.T) {
	sum := sha256.Sum256([]byte(codesCSV + movedCSV))
	if want := hex.EncodeToString(sum[:]); Digest() != want || len(codesCSV) == 0 || len(movedCSV) == 0 {
		t.Errorf("Digest() = %s, want %s", Digest(), want)
	}
}

func TestTogether(t *testing.T) {
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if !Known("2701", HS2017) || Digest() == "" || len(Moved()) == 0 || !slices.Contains(slices.Collect(Children("27", HS2012)), "2701") {
				t.Error("answers differ when asked at once")
			}
		})
	}
	wg.Wait()
}

func TestKnownIsValid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := code(t, "code")
		in := In(c)
		for _, ed := range Editions() {
			if Known(c, ed) != slices.Contains(in, ed) {
				t.Fatalf("Known(%s, %v) and In disagree", c, ed)
			}
		}
		if len(in) > 0 && !Valid(c) {
			t.Fatalf("%q is held and no code", c)
		}
		_, ed, ok := Describe(c)
		if ok != slices.Contains(in, HS2022) || (ok && ed != HS2022) {
			t.Fatalf("Describe(%q): %v, %v", c, ed, ok)
		}
	})
}

func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parseCodes(codesCSV); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkKnown(b *testing.B) {
	b.ReportAllocs()
	table()
	for b.Loop() {
		if Known("880310", HS2022) {
			b.Fatal("known")
		}
	}
}

func BenchmarkCovers(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if Covers("2701", "270112") != Yes {
			b.Fatal("not covered")
		}
	}
}
