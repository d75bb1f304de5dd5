package prose

import (
	"strings"
	"unicode"
)

// numberWords are the words that state a number, a fraction or a multiple. Text
// of a report may hold none of them: a number comes from a figure or not at all.
var numberWords = wordSet(`
	nought nil zero one two three four five six seven eight nine ten eleven twelve thirteen
	fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty
	seventy eighty ninety hundred hundreds thousand thousands million millions billion
	billions trillion trillions dozen dozens score scores couple pair
	half halves halved halving third thirds quarter quarters quarterly fifth fifths sixth sixths seventh
	sevenths eighth eighths ninth ninths tenth tenths hundredth hundredths
	once twice thrice double doubles doubled doubling twofold triple triples tripled
	tripling treble trebled threefold quadruple quadrupled fourfold fivefold tenfold
	quintuple quintupled sextuple both eleventh twelfth twentieth
	percent percentage`)

// hanNumerals are letters to Unicode and numbers to their readers.
const hanNumerals = "〇零一二三四五六七八九十百千万萬億亿兆"

func wordSet(s string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(s) {
		out[w] = true
	}
	return out
}

// StatesNumber finds the first digit, number word, fraction or multiple in text,
// in any script; ok is false if there is none.
//
//	StatesNumber("about two thirds of it")  // "two", true
//	StatesNumber("Lazarus stole ½ of it")   // "½", true
func StatesNumber(text string) (word string, ok bool) {
	for _, r := range text {
		if unicode.IsNumber(r) || r == '%' || r == '‰' || strings.ContainsRune(hanNumerals, r) {
			return string(r), true
		}
	}
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) })
	for _, w := range words {
		if numberWords[w] || strings.HasSuffix(w, "fold") && numberWords[strings.TrimSuffix(w, "fold")] {
			return w, true
		}
	}
	return "", false
}
