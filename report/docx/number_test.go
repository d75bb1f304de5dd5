package docx

import (
	"encoding/xml"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/report/document"
	"github.com/turtlebay/turtlebay/report/reporttest"
)

// level is one level of a list in numbering.xml.
type level struct {
	list, at     int
	format, text string
}

// levels reads numbering.xml: levels by list, and the level of each style.
func levels(t *testing.T, data []byte) (all map[[2]int]level, byStyle map[string]level) {
	all, byStyle = map[[2]int]level{}, map[string]level{}
	var l level
	elements(t, data, func(e xml.StartElement) {
		switch e.Name.Local {
		case "abstractNum":
			l.list, _ = strconv.Atoi(attr(e, "abstractNumId"))
		case "lvl":
			l.at, _ = strconv.Atoi(attr(e, "ilvl"))
		case "numFmt":
			l.format = attr(e, "val")
		case "pStyle":
			byStyle[attr(e, "val")] = l
		case "lvlText":
			l.text = attr(e, "val")
			all[[2]int{l.list, l.at}] = l
		}
	})
	for s, l := range byStyle {
		byStyle[s] = all[[2]int{l.list, l.at}]
	}
	return all, byStyle
}

// counters number paragraphs as a word processor does.
type counters map[[2]int]int

func (c counters) next(l level, all map[[2]int]level) string {
	c[[2]int{l.list, l.at}]++
	for deeper := l.at + 1; deeper < 9; deeper++ {
		delete(c, [2]int{l.list, deeper})
	}
	text := l.text
	for i := range l.at + 1 {
		n := c[[2]int{l.list, i}]
		number := strconv.Itoa(n)
		switch all[[2]int{l.list, i}].format {
		case "upperRoman":
			number = document.Roman(n)
		case "upperLetter":
			number = string(rune('A' + n - 1))
		}
		text = strings.ReplaceAll(text, "%"+strconv.Itoa(i+1), number)
	}
	return text
}

// counted are the numbers that a word processor would print, in order.
func counted(t *testing.T, parts map[string][]byte) []string {
	all, byStyle := levels(t, parts["word/numbering.xml"])
	c := counters{}
	var out []string
	style := ""
	elements(t, parts["word/document.xml"], func(e xml.StartElement) {
		switch e.Name.Local {
		case "pStyle":
			style = attr(e, "val")
			if l, ok := byStyle[style]; ok && strings.Contains(style, "Heading") {
				out = append(out, c.next(l, all))
			}
		case "numId":
			id, _ := strconv.Atoi(attr(e, "val"))
			out = append(out, c.next(all[[2]int{id, 0}], all))
		}
	})
	return out
}

// given are the numbers that the document has, as they should print.
func given(sections []*document.Section, depth int, annex bool) []string {
	var out []string
	for _, s := range sections {
		switch {
		case depth > 3: // written out, not counted
		case annex && depth == 1:
			out = append(out, "Annex "+s.Number)
		case annex:
			out = append(out, s.Number)
		default:
			out = append(out, s.Number+".")
		}
		for _, b := range s.Blocks {
			if p, ok := b.(*document.Paragraph); ok && p.Number > 0 {
				out = append(out, strconv.Itoa(p.Number)+".")
			}
		}
		out = append(out, given(s.Sections, depth+1, annex)...)
	}
	return out
}

// What the word processor counts is what the document says.
func TestNumbersAgree(t *testing.T) {
	for name, doc := range map[string]*document.Document{"fixture": fixture(t), "shared": reporttest.Document()} {
		parts, _ := written(t, doc)
		want := append(given(doc.Sections, 1, false), given(doc.Annexes, 1, true)...)
		if got := counted(t, parts); !slices.Equal(got, want) {
			t.Errorf("%s: counted %v\nwant %v", name, got, want)
		}
	}
}
