package escape

import (
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"plain name.pdf":      "plain name.pdf",
		"이름 丹 é":              "이름 丹 é",
		"a\u202egpj.exe":      `a\u202egpj.exe`,
		"\x1b[2Jgone":         `\x1b[2Jgone`,
		"tab\tand\nline":      `tab\tand\nline`,
		"bad\xffbyte":         `bad\xffbyte`,
		"no\u00a0break":       `no\u00a0break`,
		"zero\u200bwidth":     `zero\u200bwidth`,
		"\u2066isolate\ufeff": `\u2066isolate\ufeff`,
	} {
		if got := Text(in); got != want {
			t.Errorf("Text(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestNothingButGraphicCharactersIsLeft(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		got := Text(string(rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "bytes")) + rapid.String().Draw(t, "text"))
		if i := strings.IndexFunc(got, func(r rune) bool { return !unicode.IsGraphic(r) }); i >= 0 {
			t.Fatalf("%q holds %q", got, got[i:])
		}
	})
}

func TestShort(t *testing.T) {
	if got := Short("éé\tx", 3); got != `éé\t…` {
		t.Errorf("got %q", got)
	}
	if got := Short("abc", 3); got != "abc" {
		t.Errorf("got %q", got)
	}
}
