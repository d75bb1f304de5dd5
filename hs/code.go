package hs

import "strings"

// Lengths of codes: chapter, heading, subheading.
const (
	chapterLen    = 2
	headingLen    = 4
	subheadingLen = 6
)

// Valid reports whether the code has the form of a chapter, heading or
// subheading: 2, 4 or 6 ASCII digits. Whether an edition has it is for Known.
func Valid(code string) bool {
	if len(code) != chapterLen && len(code) != headingLen && len(code) != subheadingLen {
		return false
	}
	for i := range len(code) {
		if code[i] < '0' || code[i] > '9' {
			return false
		}
	}
	return true
}

// Parent returns the code that the code stands under: the heading of a
// subheading, the chapter of a heading. It is empty for a chapter and for what is
// no code.
func Parent(code string) string {
	if !Valid(code) {
		return ""
	}
	return code[:len(code)-2]
}

// Chapter returns the chapter of the code, two digits; empty for what is no code.
func Chapter(code string) string { return upTo(code, chapterLen) }

// Heading returns the heading of the code, four digits; empty for a chapter and
// for what is no code.
func Heading(code string) string { return upTo(code, headingLen) }

func upTo(code string, n int) string {
	if len(code) < n || !Valid(code) {
		return ""
	}
	return code[:n]
}

// Match is how a code that was reported lies to a code that a rule names.
type Match uint8

// The matches.
const (
	No       Match = iota // other goods
	TooShort              // the rule names a part of what was reported: the code in full decides
	Yes                   // all of what was reported is what the rule names
)

// String is the match in words.
func (m Match) String() string {
	switch m {
	case No:
		return "no"
	case TooShort:
		return "too short"
	case Yes:
		return "yes"
	}
	return "unknown match"
}

// Covers says whether goods reported under one code fall under the code of a
// rule, which stands for all codes below it. Codes are compared as written, within
// one edition: a national code of eight or ten digits falls under its subheading,
// and a code that is missing is too short for every rule. A rule without a code
// covers nothing. Whether either is a code is for Valid, asked beforehand.
func Covers(rule, reported string) Match {
	switch {
	case rule == "":
		return No
	case strings.HasPrefix(reported, rule):
		return Yes
	case strings.HasPrefix(rule, reported):
		return TooShort
	}
	return No
}
