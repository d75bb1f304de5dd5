package unpack

import (
	"regexp"
	"strings"
	"unicode"
)

// maxName is how many bytes a name may have.
const maxName = 1024

var drive = regexp.MustCompile(`^[A-Za-z]:`)

// bidiControls turn the reading direction of what follows (Unicode Standard Annex 9),
// so that a name reads as another.
const bidiControls = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

// nameFault says what is wrong with a name; empty: nothing. Bytes that are no UTF-8
// are an old encoding and no fault.
func nameFault(name string) string {
	switch {
	case name == "":
		return "it has no name"
	case len(name) > maxName:
		return "its name is longer than 1,024 bytes"
	case strings.ContainsFunc(strings.ToValidUTF8(name, ""), unicode.IsControl):
		return "a control character in its name"
	case strings.ContainsAny(name, bidiControls):
		return "a character in its name turns the reading direction"
	case name[0] == '/' || name[0] == '\\' || drive.MatchString(name):
		return "its name is absolute"
	}
	for element := range strings.FieldsFuncSeq(name, func(r rune) bool { return r == '/' || r == '\\' }) {
		if strings.TrimRight(element, " ") == ".." {
			return "its name leads out of the folder"
		}
	}
	return ""
}
