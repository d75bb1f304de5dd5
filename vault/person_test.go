package vault

import (
	"testing"
	"unicode/utf8"
)

func TestSamePerson(t *testing.T) {
	if a, b := utf8.RuneCountInString(likeThese), utf8.RuneCountInString(theseAre); a != b || len(shapes) != a {
		t.Fatalf("%d letters that look like %d, %d of them once", a, b, len(shapes))
	}
	for _, tc := range []struct {
		a, b string
		same bool
	}{
		{"Smith, Anna", "Anna Smith", true},
		{"SMITH Anna", "anna smith", true},
		{"Anna O'Neil", "ONEIL, Anna", true},
		{"José Núñez", "Nunez Jose", true},
		{"А. Ехреrt", "A. Expert", true},             // А, Е, х, р, е are Cyrillic
		{"\u0391nna Sm\u03b9th", "Anna Smith", true}, // Α, ι are Greek
		{"\u039dik\u03bfs", "Nikos", true},           // Ν, ο
		{"ΝΙΚΟΣ", "Νικος", false},                    // the last letter has two small forms
		{"ΝΙΚΟ", "νικο", true},                       // no Latin letter at all
		{"Иванов Пётр", "петр иванов", true},
		{"Smıth Anna", "Anna Smith", true},
		{"..", "Anna", true},
		{"Anna Smith", "Anna Smyth", false},
		{"A. Expert", "B. Expert", false},
		{"Пётр", "Павел", false},
	} {
		if samePerson(tc.a, tc.b) != tc.same || samePerson(tc.b, tc.a) != tc.same {
			t.Errorf("%q and %q: want %v", tc.a, tc.b, tc.same)
		}
	}
}
