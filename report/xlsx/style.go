package xlsx

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/xuri/excelize/v2"
)

// definition is the style in the library's terms.
func (st style) definition() *excelize.Style {
	d := &excelize.Style{
		Font:      &excelize.Font{Bold: st.bold || st.header, Size: 10, Family: "Liberation Sans", Color: "1B1F24"},
		Alignment: &excelize.Alignment{Vertical: "top"},
	}
	if st.size > 0 {
		d.Font.Size = st.size
	}
	if st.right {
		d.Alignment.Horizontal = "right"
	}
	if st.muted {
		d.Font.Color = "57606A"
	}
	if st.link {
		d.Font.Color, d.Font.Underline = "235A91", "single"
	}
	if st.header {
		d.Alignment.Vertical, d.Alignment.WrapText = "bottom", true
		d.Border = []excelize.Border{{Type: "top", Style: 2, Color: "1B1F24"}, {Type: "bottom", Style: 1, Color: "1B1F24"}}
	}
	if st.total {
		d.Border = []excelize.Border{{Type: "top", Style: 1, Color: "1B1F24"}}
	}
	if st.wrap {
		d.Alignment.WrapText = true
	}
	if st.format != "" {
		d.CustomNumFmt = &st.format
	}
	return d
}

// maxName is the longest name a sheet may have.
const maxName = 31

// names gives sheets names that are valid and differ from each other, as
// spreadsheets compare them: without regard to case.
type names map[string]bool

func newNames(taken ...string) names {
	n := names{"history": true} // reserved by Excel
	for _, s := range taken {
		n[fold(s)] = true
	}
	return n
}

// fold is what two names have in common that differ in case only.
func fold(s string) string { return strings.ToLower(strings.ToUpper(s)) }

// take makes a name of label and caption, cut at a word where it is too long.
func (n names) take(label, caption string) string {
	base := strings.Join(strings.FieldsFunc(label+" "+caption, func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r) || strings.ContainsRune(`[]:*?/\`, r)
	}), " ")
	base = strings.Trim(base, "' ")
	if base == "" {
		base = "Table"
	}
	name := cut(base, maxName)
	for i := 2; n[fold(name)]; i++ {
		suffix := " " + strconv.Itoa(i)
		name = cut(base, maxName-len(suffix)) + suffix
	}
	n[fold(name)] = true
	return name
}

// cut shortens s to as many UTF-16 units as a name may have, at a blank if there
// is one in the second half.
func cut(s string, most int) string {
	units, end, blank := 0, len(s), 0
	for i, r := range s {
		units++
		if r > 0xffff {
			units++
		}
		if units > most {
			end = i
			break
		}
		if r == ' ' {
			blank = i
		}
	}
	if end == len(s) {
		return s
	}
	if s[end] == ' ' {
		blank = end
	}
	if blank > most/2 {
		end = blank
	}
	return strings.Trim(s[:end], "' ")
}
