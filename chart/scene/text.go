package scene

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMarks bounds the combining marks on one letter, so that no text climbs
// out of its line.
const maxMarks = 4

// Clean makes a string safe to draw on one line: white space becomes one
// blank, control and format characters (the bidirectional controls among
// them) go, bytes that are not UTF-8 and noncharacters become U+FFFD, and a
// letter keeps at most four combining marks.
func Clean(s string) string {
	var b strings.Builder
	blank, marks := false, 0
	for _, r := range s {
		if unicode.IsSpace(r) || r == '\u2028' || r == '\u2029' {
			blank = true
			continue
		}
		r, keep := cleanRune(r)
		if !keep {
			continue
		}
		if unicode.Is(unicode.M, r) {
			if marks++; marks > maxMarks {
				continue
			}
		} else {
			marks = 0
		}
		if blank && b.Len() > 0 {
			b.WriteByte(' ')
		}
		blank = false
		b.WriteRune(r)
	}
	return b.String()
}

func cleanRune(r rune) (rune, bool) {
	switch {
	case r == '\u200c' || r == '\u200d': // joiners that some scripts need
		return r, true
	case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
		return 0, false
	case r&0xfffe == 0xfffe, r >= 0xfdd0 && r <= 0xfdef:
		return utf8.RuneError, true
	}
	return r, true
}

// Advance is the width of a cleaned string set in Liberation Sans (whose
// widths are those of Arial), in scene units, rounded up for each character.
func Advance(s string, size int, bold bool) int {
	w := 0
	for _, r := range s {
		w += advance(r, size, bold)
	}
	return w
}

func advance(r rune, size int, bold bool) int {
	return (int(runeWidth(r, bold))*size + 2047) / 2048
}

// Width is the room to keep for a string: its advance and an eighth more,
// because the reader's machine may set it in a wider sans than ours.
func Width(s string, size int, bold bool) int {
	w := Advance(s, size, bold)
	return w + (w+7)/8
}

// Box is the area the text may cover.
func (t Text) Box() Box {
	w := Width(t.S, t.Size, t.Bold)
	b := Box{X0: t.At.X, Y0: t.At.Y - t.Size*82/100, X1: t.At.X + w, Y1: t.At.Y + t.Size*24/100}
	switch t.Anchor {
	case Middle:
		b.X0, b.X1 = b.X0-(w+1)/2, b.X0+w/2
	case End:
		b.X0, b.X1 = b.X0-w, b.X0
	}
	return b
}

// Fit returns s, cut with an ellipsis where it is wider than the room given.
func Fit(s string, size int, bold bool, room int) string {
	s = Clean(s)
	if Width(s, size, bold) <= room {
		return s
	}
	head := longest(s, size, bold, room, "…")
	head = strings.TrimRight(head, " ,;–-")
	if head == "" {
		return ""
	}
	return head + "…"
}

// Wrap breaks s into at most lines lines of the given room; what does not fit
// into the last line ends in an ellipsis. Scripts without blanks break where
// the line is full.
func Wrap(s string, size int, bold bool, room, lines int) []string {
	words := strings.Fields(Clean(s))
	var out []string
	line := ""
	for i := 0; i < len(words); i++ {
		next := words[i]
		if line != "" {
			next = line + " " + next
		}
		if Width(next, size, bold) <= room {
			line = next
			continue
		}
		if len(out) == lines-1 {
			rest := strings.Join(words[i:], " ")
			return append(out, Fit(strings.TrimSpace(line+" "+rest), size, bold, room))
		}
		if line == "" {
			head := longest(words[i], size, bold, room, "")
			if head == "" {
				return out
			}
			words[i] = words[i][len(head):]
			line = head
			if words[i] == "" {
				continue
			}
		}
		out = append(out, line)
		line = ""
		i--
	}
	if line != "" {
		out = append(out, line)
	}
	return out
}

// longest is the longest head of s that fits the room together with the tail.
func longest(s string, size int, bold bool, room int, tail string) string {
	w := Advance(tail, size, bold)
	for i, r := range s {
		w += advance(r, size, bold)
		if w+(w+7)/8 > room {
			return s[:i]
		}
	}
	return s
}

// runeWidth is the advance of a character in units of 1/2048 em. Scripts
// without a table get a width that is at least their usual one, so that a
// label never needs more room than was kept for it.
func runeWidth(r rune, bold bool) uint16 {
	latin, cyrillic := regularLatin[:], regularCyrillic[:]
	if bold {
		latin, cyrillic = boldLatin[:], boldCyrillic[:]
	}
	switch {
	case r >= 0x20 && int(r) < 0x20+len(latin):
		return latin[r-0x20]
	case r >= 0x400 && int(r) < 0x400+len(cyrillic):
		return cyrillic[r-0x400]
	case r == '\u200c' || r == '\u200d' || unicode.Is(unicode.M, r):
		return 0
	case r >= 0x1f000 && r < 0x20000:
		return 2700 // pictographs stand out of the em
	case r >= 0x2010 && r <= 0x2212:
		return punctuation(r)
	case r < 0x1100, r >= 0x1e00 && r < 0x2000:
		return 1800
	}
	return 2048 // Han, kana, Hangul and the rest: full width
}

// punctuation is the advance of general punctuation; widths of the bold face,
// which are the larger.
func punctuation(r rune) uint16 {
	switch r {
	case '–', '†', '‡', '€':
		return 1139
	case '‐', '‑':
		return 682
	case '‘', '’', '‚':
		return 569
	case '“', '”', '„':
		return 1024
	case '•':
		return 717
	case '−':
		return 1196
	case '—', '…', '←', '→':
		return 2048
	}
	return 2300
}

// Advance widths of Liberation Sans, regular and bold, from U+0020 and from
// U+0400, in units of 1/2048 em (the faces' hmtx tables).
var regularLatin = [...]uint16{
	569, 569, 727, 1139, 1139, 1821, 1366, 391, 682, 682, 797, 1196, 569, 682, 569, 569, 1139, 1139, 1139, 1139,
	1139, 1139, 1139, 1139, 1139, 1139, 569, 569, 1196, 1196, 1196, 1139, 2079, 1366, 1366, 1479, 1479, 1366, 1251, 1593,
	1479, 569, 1024, 1366, 1139, 1706, 1479, 1593, 1366, 1593, 1479, 1366, 1251, 1479, 1366, 1933, 1366, 1366, 1251, 569,
	569, 569, 961, 1139, 682, 1139, 1139, 1024, 1139, 1139, 569, 1139, 1139, 455, 455, 1024, 455, 1706, 1139, 1139,
	1139, 1139, 682, 1024, 569, 1139, 1024, 1479, 1024, 1024, 1024, 684, 532, 684, 1196, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 569, 682, 1139, 1139, 1139, 1139, 532, 1139, 682, 1509, 758, 1139,
	1196, 682, 1509, 1131, 819, 1124, 682, 682, 682, 1180, 1100, 569, 682, 682, 748, 1139, 1708, 1708, 1708, 1251,
	1366, 1366, 1366, 1366, 1366, 1366, 2048, 1479, 1366, 1366, 1366, 1366, 569, 569, 569, 569, 1479, 1479, 1593, 1593,
	1593, 1593, 1593, 1196, 1593, 1479, 1479, 1479, 1479, 1366, 1366, 1251, 1139, 1139, 1139, 1139, 1139, 1139, 1821, 1024,
	1139, 1139, 1139, 1139, 569, 569, 569, 569, 1139, 1139, 1139, 1139, 1139, 1139, 1139, 1124, 1251, 1139, 1139, 1139,
	1139, 1024, 1139, 1024, 1366, 1139, 1366, 1139, 1366, 1139, 1479, 1024, 1479, 1024, 1479, 1024, 1479, 1024, 1479, 1259,
	1479, 1139, 1366, 1139, 1366, 1139, 1366, 1139, 1366, 1139, 1366, 1139, 1593, 1139, 1593, 1139, 1593, 1139, 1593, 1139,
	1479, 1139, 1479, 1139, 569, 569, 569, 569, 569, 569, 569, 455, 569, 569, 1505, 909, 1024, 455, 1366, 1024,
	1024, 1139, 455, 1139, 455, 1139, 597, 1139, 684, 1139, 455, 1479, 1139, 1479, 1139, 1479, 1139, 1237, 1481, 1139,
	1593, 1139, 1593, 1139, 1593, 1139, 2048, 1933, 1479, 682, 1479, 682, 1479, 682, 1366, 1024, 1366, 1024, 1366, 1024,
	1366, 1024, 1251, 569, 1251, 768, 1251, 569, 1479, 1139, 1479, 1139, 1479, 1139, 1479, 1139, 1479, 1139, 1479, 1139,
	1933, 1479, 1366, 1024, 1366, 1251, 1024, 1251, 1024, 1251, 1024, 455,
}

var regularCyrillic = [...]uint16{
	1366, 1367, 1771, 1109, 1472, 1366, 569, 569, 1024, 2165, 2069, 1749, 1193, 1479, 1301, 1472, 1366, 1344, 1366, 1109,
	1387, 1366, 1891, 1237, 1472, 1472, 1193, 1344, 1706, 1479, 1593, 1472, 1366, 1479, 1251, 1301, 1557, 1366, 1515, 1365,
	1877, 1920, 1621, 1813, 1344, 1472, 2069, 1479, 1139, 1173, 1088, 747, 1195, 1139, 1370, 939, 1144, 1144, 896, 1195,
	1408, 1131, 1139, 1109, 1139, 1024, 938, 1024, 1685, 1024, 1173, 1067, 1643, 1685, 1280, 1472, 1067, 1045, 1536, 1109,
	1139, 1139, 1139, 747, 1045, 1024, 455, 569, 455, 1856, 1664, 1139, 896, 1144, 1024, 1131,
}

var boldLatin = [...]uint16{
	569, 682, 971, 1139, 1139, 1821, 1479, 487, 682, 682, 797, 1196, 569, 682, 569, 569, 1139, 1139, 1139, 1139,
	1139, 1139, 1139, 1139, 1139, 1139, 682, 682, 1196, 1196, 1196, 1251, 1997, 1479, 1479, 1479, 1479, 1366, 1251, 1593,
	1479, 569, 1139, 1479, 1251, 1706, 1479, 1593, 1366, 1593, 1479, 1366, 1251, 1479, 1366, 1933, 1366, 1366, 1251, 682,
	569, 682, 1196, 1139, 682, 1139, 1251, 1139, 1251, 1139, 682, 1251, 1251, 569, 569, 1139, 569, 1821, 1251, 1251,
	1251, 1251, 797, 1139, 682, 1251, 1139, 1593, 1139, 1139, 1024, 797, 573, 797, 1196, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 569, 682, 1139, 1139, 1139, 1139, 573, 1139, 682, 1509, 758, 1139,
	1196, 682, 1509, 1131, 819, 1124, 682, 682, 682, 1180, 1139, 569, 682, 682, 748, 1139, 1708, 1708, 1708, 1251,
	1479, 1479, 1479, 1479, 1479, 1479, 2048, 1479, 1366, 1366, 1366, 1366, 569, 569, 569, 569, 1479, 1479, 1593, 1593,
	1593, 1593, 1593, 1196, 1593, 1479, 1479, 1479, 1479, 1366, 1366, 1251, 1139, 1139, 1139, 1139, 1139, 1139, 1821, 1139,
	1139, 1139, 1139, 1139, 569, 569, 569, 569, 1251, 1251, 1251, 1251, 1251, 1251, 1251, 1124, 1251, 1251, 1251, 1251,
	1251, 1139, 1251, 1139, 1479, 1139, 1479, 1139, 1479, 1139, 1479, 1139, 1479, 1139, 1479, 1139, 1479, 1139, 1479, 1472,
	1479, 1251, 1366, 1139, 1366, 1139, 1366, 1139, 1366, 1139, 1366, 1139, 1593, 1251, 1593, 1251, 1593, 1251, 1593, 1251,
	1479, 1251, 1479, 1251, 569, 569, 569, 569, 569, 569, 569, 569, 569, 569, 1607, 1139, 1139, 569, 1479, 1139,
	1139, 1251, 569, 1251, 569, 1251, 789, 1251, 981, 1251, 569, 1479, 1251, 1479, 1251, 1479, 1251, 1451, 1481, 1251,
	1593, 1251, 1593, 1251, 1593, 1251, 2048, 1933, 1479, 797, 1479, 797, 1479, 797, 1366, 1139, 1366, 1139, 1366, 1139,
	1366, 1139, 1251, 682, 1251, 981, 1251, 682, 1479, 1251, 1479, 1251, 1479, 1251, 1479, 1251, 1479, 1251, 1479, 1251,
	1933, 1593, 1366, 1139, 1366, 1251, 1024, 1251, 1024, 1251, 1024, 569,
}

var boldCyrillic = [...]uint16{
	1366, 1370, 1813, 1161, 1457, 1366, 569, 565, 1139, 2240, 2176, 1792, 1250, 1479, 1274, 1472, 1479, 1472, 1479, 1161,
	1459, 1366, 1851, 1283, 1472, 1472, 1250, 1437, 1706, 1479, 1593, 1472, 1366, 1479, 1251, 1274, 1748, 1366, 1496, 1439,
	2058, 2087, 1781, 2005, 1472, 1457, 2112, 1472, 1139, 1265, 1259, 853, 1300, 1139, 1452, 1018, 1259, 1259, 1025, 1301,
	1515, 1237, 1251, 1237, 1251, 1139, 1003, 1139, 1792, 1139, 1259, 1189, 1707, 1728, 1493, 1749, 1259, 1131, 1749, 1195,
	1139, 1139, 1251, 853, 1131, 1139, 569, 576, 569, 1984, 1856, 1251, 1025, 1259, 1139, 1237,
}
