package vault

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// samePerson compares names as people read them: without case, points, accents and the
// order of the words, and letters of other scripts as the Latin ones that they look
// like. A name of which nothing is left is anybody's.
func samePerson(a, b string) bool {
	fa, fb := readings(a), readings(b)
	return fa[0] == "" || fb[0] == "" || slices.ContainsFunc(fa, func(s string) bool { return slices.Contains(fb, s) })
}

// readings are the ways in which a name is compared: its letters in their order, and
// with the words sorted. A letter is taken for what it looks like as it stands, and in
// lower case: Ν is an N, ν a v, and the two are one letter.
func readings(name string) []string {
	name = norm.NFKD.String(name)
	var out []string
	for _, text := range []string{strings.Map(lookalike, strings.ToLower(name)), strings.ToLower(strings.Map(lookalike, name))} {
		words := strings.FieldsFunc(strings.Map(lettersAndGaps, text), unicode.IsSpace)
		out = append(out, strings.Join(words, ""))
		slices.Sort(words)
		out = append(out, strings.Join(words, ""))
	}
	return out
}

// lettersAndGaps keeps letters and numbers. What stands between words is a space; what
// stands within one, or is not seen, is nothing.
func lettersAndGaps(r rune) rune {
	switch {
	case unicode.IsLetter(r), unicode.IsNumber(r):
		return r
	case unicode.Is(unicode.M, r), unicode.Is(unicode.Cf, r), r == '\'', r == '’':
		return -1
	}
	return ' '
}

// lookalikes are letters of Cyrillic, Greek and others beside the Latin letters that
// they look like.
const (
	likeThese = "АВЕЅІЈКМНОРСТУХҮԚԜ" + "авеѕіјкмнорстухүԛԝһӏԁѵ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϳ" + "αβικνορτυχωε" + "ıɡɑ"
	theseAre  = "ABESIJKMHOPCTYXYQW" + "abesijkmhopctyxyqwhldv" + "ABEZHIKMNOPTYXj" + "abikvoptuxwe" + "iga"
)

var shapes = func() map[rune]rune {
	out, latin := map[rune]rune{}, []rune(theseAre)
	for i, r := range []rune(likeThese) {
		out[r] = latin[i]
	}
	return out
}()

func lookalike(r rune) rune {
	if like, ok := shapes[r]; ok {
		return like
	}
	return r
}
