package main

import (
	"bytes"
	"strconv"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/turtlebay/turtlebay/regime"
)

// appendAnswer appends what is found of one case, for programs. It is written by
// hand because there may be millions; jsonFor is its model for characters.
func (k *checking) appendAnswer(b []byte, id string, fs []regime.Finding) []byte {
	b = appendJSONText(append(b, `{"id":`...), id)
	b = append(b, `,"findings":[`...)
	for i := range fs {
		if i > 0 {
			b = append(b, ',')
		}
		b = k.appendFinding(b, &fs[i])
	}
	return append(b, `]}`...)
}

// appendRefused appends the answer to a case that could not be read.
func appendRefused(b []byte, id, reason string) []byte {
	b = appendJSONText(append(b, `{"id":`...), id)
	b = appendJSONText(append(b, `,"findings":[],"error":`...), reason)
	return append(b, '}')
}

func (k *checking) appendFinding(b []byte, f *regime.Finding) []byte {
	text := func(name, s string) {
		b = appendJSONText(append(append(b, `,"`...), name...), s)
	}
	b = appendJSONText(append(b, `{"measure_id":`...), f.MeasureID)
	text(`citation":`, f.Citation)
	text(`certainty":`, string(f.Certainty))
	b = strconv.AppendBool(append(b, `,"paragraph_checked":`...), f.ParagraphChecked)
	text(`finding":`, string(f.Result))
	text(`reason":`, f.Reason)
	b = appendJSONTexts(append(b, `,"questions":`...), f.Questions)
	b = appendJSONTexts(append(b, `,"warnings":`...), f.Warnings)
	text(`version":`, f.Version)
	text(`duty":`, f.Duty)
	if k.explain {
		if trace, err := jsonFor(f.Trace, ""); err == nil { // a trace is plain data
			b = append(append(b, `,"trace":`...), bytes.TrimSpace(trace)...)
		}
	}
	return append(b, '}')
}

func appendJSONTexts(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendJSONText(b, s)
	}
	return append(b, ']')
}

// appendJSONText appends a text in quotation marks. What cannot be seen, or changes
// how other text is seen, is escaped.
func appendJSONText(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c <= '~' && c != '"' && c != '\\' {
			i++
			continue
		}
		b = append(b, s[from:i]...)
		r, n := utf8.DecodeRuneInString(s[i:])
		b = appendJSONRune(b, r)
		i += n
		from = i
	}
	return append(append(b, s[from:]...), '"')
}

const hexDigits = "0123456789abcdef"

func appendJSONRune(b []byte, r rune) []byte {
	unit := func(u rune) {
		b = append(b, '\\', 'u', hexDigits[u>>12&15], hexDigits[u>>8&15], hexDigits[u>>4&15], hexDigits[u&15])
	}
	switch {
	case r == '"' || r == '\\':
		b = append(b, '\\', byte(r))
	case r == '\n':
		b = append(b, `\n`...)
	case unicode.IsGraphic(r):
		b = utf8.AppendRune(b, r)
	case r > 0xffff:
		high, low := utf16.EncodeRune(r)
		unit(high)
		unit(low)
	default:
		unit(r)
	}
	return b
}
