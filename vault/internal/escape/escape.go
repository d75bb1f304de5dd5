// Package escape shows text that somebody else wrote, such as the name of a
// member of an archive, so that it cannot steer a terminal or a line of print.
//
//	escape.Text("a\u202egpj.exe") // a\u202egpj.exe, in plain characters
//
// Control characters, bidirectional controls, other format characters, unusual
// spaces and bytes that are no UTF-8 are written as Go escapes; everything else
// stays. Contract: the result holds graphic characters only.
package escape

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text is s with everything that is not graphic escaped.
func Text(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch _, size := utf8.DecodeRuneInString(s[i:]); {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == ' ' || unicode.IsGraphic(r) && !unicode.IsSpace(r):
			b.WriteRune(r)
		default:
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
	}
	return b.String()
}

// Short is Text of the first n runes, with an ellipsis where something was cut.
func Short(s string, n int) string {
	for i := range s {
		if n == 0 {
			return Text(s[:i]) + "…"
		}
		n--
	}
	return Text(s)
}
