package chart

import (
	"strings"

	"github.com/turtlebay/turtlebay/chart/scene"
)

// shorten cuts a text to at most the given count of characters: a name of several words
// at its end, for names that begin alike differ there last; one word, as an address, in
// the middle, for both of its ends tell it from others. So is an address behind words.
func shorten(s string, most int) string {
	s = scene.Clean(s)
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	blank := strings.LastIndexByte(s, ' ')
	if blank < 0 {
		return middle(r, most)
	}
	if last, free := []rune(s[blank+1:]), most-len([]rune(s[:blank+1])); free >= shortest && isCode(last) {
		return s[:blank+1] + middle(last, free)
	}
	return strings.TrimRight(string(r[:most-1]), " ,;:–-([") + "…"
}

// middle leaves out what is between both ends of a word.
func middle(r []rune, most int) string {
	tail := (most - 1) / 2
	return scene.Clean(string(r[:most-1-tail]) + "…" + string(r[len(r)-tail:]))
}

// isCode reports whether a word is an address or an id rather than one of a language.
func isCode(word []rune) bool {
	const least = 10
	return len(word) >= least && strings.ContainsAny(string(word), "0123456789")
}

// shortest is how few characters of a name still say something.
const shortest = 7

// least is how few characters of a name tell it from others: of several words, a part of
// the second as well.
func least(s string) int {
	const part, most = 3, 16
	first := strings.IndexByte(s, ' ')
	return max(shortest, min(len([]rune(s[:max(first, 0)]))+1+part, most))
}

// setName wraps a name into at most the lines given; a name that needs more is
// cut. It returns nil where too little of it would be left.
func setName(s string, room, lines int) []string {
	whole := len([]rune(s))
	for n := whole; n >= min(whole, least(s)); n-- {
		if set := wrapWhole(shorten(s, n), room, lines); set != nil {
			return set
		}
	}
	return nil
}

// wrapWhole wraps a text between words. It returns nil where a word or the
// text has no room.
func wrapWhole(s string, room, lines int) []string {
	for _, w := range strings.Fields(s) {
		if scene.Width(w, smallSize, false) > room && !breaks(w) {
			return nil
		}
	}
	set := scene.Wrap(s, smallSize, false, room, lines+1)
	if len(set) > lines || strings.Join(strings.Fields(strings.Join(set, "")), "") != strings.Join(strings.Fields(s), "") {
		return nil
	}
	return set
}

// breaks reports whether a word is of a script that may break anywhere; a
// number never may.
func breaks(w string) bool {
	if strings.ContainsAny(w, "0123456789") {
		return false
	}
	for _, r := range w {
		if r >= 0x1100 && r != '…' && (r < 0x2000 || r > 0x2212) {
			return true
		}
	}
	return false
}
