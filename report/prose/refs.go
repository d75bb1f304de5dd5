package prose

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/report/document"
)

// Year is the reference to a year, to be written into text.
func Year(y int) string { return "{date " + strconv.Itoa(y) + "}" }

// Period is the reference to a run of years, “2017–2023”, or to one.
func Period(from, to int) string {
	if from == to {
		return Year(from)
	}
	return Year(from) + "–" + Year(to)
}

// Years are the parameters from and to as references take them.
func Years(from, to int) string { return fmt.Sprintf("from=%d to=%d", from, to) }

// Params reads "a=b c=d" for calls that take parameters as a map.
func Params(s string) derive.Params {
	p := derive.Params{}
	for _, kv := range strings.Fields(s) {
		k, v, _ := strings.Cut(kv, "=")
		p[k] = v
	}
	return p
}

// Nothing is the sentence of a section without records.
func Nothing(w *Writer, of string) *document.Paragraph {
	return w.Para("The desk holds no record of " + of + " for this report; nothing is inferred from that absence.")
}

// Sentence is a phrase as it stands at the beginning of a sentence.
func Sentence(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToUpper(first)) + s[n:]
}
