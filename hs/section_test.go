package hs

import "testing"

func TestSections(t *testing.T) {
	for _, c := range []struct{ code, roman, chapter string }{
		{"01", "I", "live animals"},
		{"2701", "V", "mineral fuels and oils"},
		{"270112", "V", "mineral fuels and oils"},
		{"7202", "XV", "iron and steel"},
		{"8542", "XVI", "electrical and electronic goods"},
		{"93", "XIX", "arms and ammunition"},
		{"970600", "XXI", "art and antiques"},
		{"77", "XV", ""}, // kept free
		{"98", "", ""},   // for national use
		{"999999", "", "not specified (statistics)"},
		{"00", "", ""},
		{"27011", "", ""},
		{"", "", ""},
	} {
		s, ok := SectionOf(c.code)
		if s.Roman != c.roman || ok != (c.roman != "") || ChapterName(c.code) != c.chapter {
			t.Errorf("%q: section %q, chapter %q; want %q, %q", c.code, s.Roman, ChapterName(c.code), c.roman, c.chapter)
		}
	}
}

// The sections follow one another without a gap, and every chapter that has a name
// is in an edition.
func TestSectionsAreWhole(t *testing.T) {
	all := Sections()
	if len(all) != 21 || all[0].First != "01" || all[20].Last != "97" {
		t.Fatalf("%d sections from %s to %s", len(all), all[0].First, all[20].Last)
	}
	for i, s := range all {
		if s.Name == "" || s.Roman == "" || s.First > s.Last {
			t.Errorf("section %+v", s)
		}
		if i > 0 && number(s.First) != number(all[i-1].Last)+1 {
			t.Errorf("section %s begins with %s, the one before ends with %s", s.Roman, s.First, all[i-1].Last)
		}
	}
	for n, name := range chapters {
		c := string([]byte{'0' + byte(n/10), '0' + byte(n%10)})
		if (name != "") != (len(In(c)) == len(Editions())) {
			t.Errorf("chapter %s: %q, in %v", c, name, In(c))
		}
	}
	all[0].Name = "another"
	if Sections()[0].Name == "another" {
		t.Error("a caller changed the sections")
	}
}

func number(chapter string) int { return int(chapter[0]-'0')*10 + int(chapter[1]-'0') }
