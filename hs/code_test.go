package hs

import (
	"regexp"
	"testing"

	"pgregory.net/rapid"
)

func TestForm(t *testing.T) {
	for _, c := range []struct {
		code                     string
		valid                    bool
		parent, chapter, heading string
	}{
		{"27", true, "", "27", ""},
		{"2701", true, "27", "27", "2701"},
		{"270112", true, "2701", "27", "2701"},
		{"", false, "", "", ""},
		{"2", false, "", "", ""},
		{"270", false, "", "", ""},
		{"27011", false, "", "", ""},
		{"27011210", false, "", "", ""},
		{"27.01", false, "", "", ""},
		{"2701 ", false, "", "", ""},
		{"27O1", false, "", "", ""},
		{"٢٧", false, "", "", ""},
		{"-1", false, "", "", ""},
	} {
		if Valid(c.code) != c.valid || Parent(c.code) != c.parent || Chapter(c.code) != c.chapter || Heading(c.code) != c.heading {
			t.Errorf("%q: valid %v, parent %q, chapter %q, heading %q", c.code, Valid(c.code), Parent(c.code), Chapter(c.code), Heading(c.code))
		}
	}
}

func TestCovers(t *testing.T) {
	for _, c := range []struct {
		rule, reported string
		want           Match
	}{
		{"27", "27", Yes},
		{"27", "2701", Yes},
		{"27", "270112", Yes},
		{"2701", "270112", Yes},
		{"270112", "27011210", Yes},
		{"2701", "27", TooShort},
		{"270112", "2701", TooShort},
		{"270112", "27", TooShort},
		{"2701", "", TooShort},
		{"2701", "2702", No},
		{"2701", "28", No},
		{"270112", "2702", No},
		{"2701", "0127", No},
		{"", "2701", No},
		{"", "", No},
	} {
		if got := Covers(c.rule, c.reported); got != c.want {
			t.Errorf("Covers(%q, %q) = %v, want %v", c.rule, c.reported, got, c.want)
		}
	}
}

func TestMatchInWords(t *testing.T) {
	for m, want := range map[Match]string{No: "no", TooShort: "too short", Yes: "yes", 7: "unknown match"} {
		if m.String() != want {
			t.Errorf("%d is %q, want %q", m, m, want)
		}
	}
}

func TestLawsOfCovers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := code(t, "a"), code(t, "b"), code(t, "c")
		if rapid.Bool().Draw(t, "one below the other") {
			a, b = c[:2], c[:max(2, len(c)-2)]
		}
		if Covers(a, a) != Yes {
			t.Fatalf("%s does not cover itself", a)
		}
		if Covers(a, b) == Yes && Covers(b, c) == Yes && Covers(a, c) != Yes {
			t.Fatalf("%s covers %s covers %s, and not the first the last", a, b, c)
		}
		if (Covers(a, b) == TooShort) != (Covers(b, a) == Yes && a != b) {
			t.Fatalf("%s and %s: %v one way, %v the other", a, b, Covers(a, b), Covers(b, a))
		}
		if p := Parent(a); p != "" && (Covers(p, a) != Yes || Covers(a, p) != TooShort) {
			t.Fatalf("%s and its parent %s: %v, %v", a, p, Covers(p, a), Covers(a, p))
		}
	})
}

func FuzzForm(f *testing.F) {
	for _, s := range []string{"", "2", "27", "2701", "270112", "27011210", "27.01", "2.7E+05", "٢٧", "27\x00", "２７"} {
		f.Add(s)
	}
	form := regexp.MustCompile(`\A([0-9]{2}|[0-9]{4}|[0-9]{6})\z`)
	f.Fuzz(func(t *testing.T, s string) {
		if Valid(s) != form.MatchString(s) {
			t.Fatalf("Valid(%q) = %v", s, Valid(s))
		}
		if len(In(s)) > 0 && !Valid(s) {
			t.Fatalf("%q is held and no code", s)
		}
		for _, up := range []string{Parent(s), Chapter(s), Heading(s)} {
			if up != "" && (!Valid(up) || Covers(up, s) != Yes) {
				t.Fatalf("%q stands under %q", s, up)
			}
		}
		if (ChapterName(s) != "") && !Valid(s) {
			t.Fatalf("%q has a chapter", s)
		}
	})
}
