package page

import (
	"cmp"
	"strings"

	"github.com/turtlebay/turtlebay/trace/result/form"
)

// Width is the most columns of a line.
const Width = 100

// gap parts the columns of a table, and indent stands before it.
const (
	gap    = "  "
	indent = "  "
)

// table is rows of cells under a header. A row may have notes, which follow it.
type table struct {
	head  []string
	right []bool // columns that are aligned at the right
	rows  [][]string
	notes map[int][]string

	indent string // what stands before it; empty: indent
}

// numbers is a table whose first so many columns are words and the others numbers.
func numbers(words int, head ...string) *table {
	t := &table{head: head, right: make([]bool, len(head)), notes: map[int][]string{}}
	for i := words; i < len(head); i++ {
		t.right[i] = true
	}
	return t
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// note adds a note to the last row.
func (t *table) note(text string) {
	last := len(t.rows) - 1
	t.notes[last] = append(t.notes[last], text)
}

// write writes the table, if it has rows. Columns are as wide as their widest cell as
// long as the line has room; then the widest give way, and cells go on below.
func (t *table) write(b *strings.Builder) {
	if len(t.rows) == 0 {
		return
	}
	widths := make([]int, len(t.head))
	for _, row := range append([][]string{t.head}, t.rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], wide(form.Printable(cell)))
		}
	}
	t.indent = cmp.Or(t.indent, indent)
	room := Width - len(t.indent) - len(gap)*(len(widths)-1)
	shrink(widths, room)
	t.line(b, t.head, widths)
	for i, row := range t.rows {
		t.line(b, row, widths)
		for _, n := range t.notes[i] {
			paragraph(b, t.indent+indent, n)
		}
	}
}

func shrink(widths []int, room int) {
	for {
		sum, widest := 0, 0
		for i, w := range widths {
			sum += w
			if w > widths[widest] {
				widest = i
			}
		}
		if sum <= room {
			return
		}
		widths[widest]--
	}
}

func (t *table) line(b *strings.Builder, row []string, widths []int) {
	lines := 1
	folded := make([][]string, len(row))
	for i, cell := range row {
		folded[i] = fold(form.Printable(cell), widths[i])
		lines = max(lines, len(folded[i]))
	}
	for n := range lines {
		line := t.indent
		for i := range row {
			cell := ""
			if n < len(folded[i]) {
				cell = folded[i][n]
			}
			pad := strings.Repeat(" ", widths[i]-wide(cell))
			if i > 0 {
				line += gap
			}
			if t.right[i] {
				line += pad + cell
			} else {
				line += cell + pad
			}
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

// fold cuts a text into pieces of at most a width, which is 2 or more.
func fold(text string, width int) []string {
	var out []string
	piece, used := "", 0
	for _, r := range text {
		w := wideRune(r)
		if used+w > width && piece != "" {
			out, piece, used = append(out, piece), "", 0
		}
		piece, used = piece+string(r), used+w
	}
	return append(out, piece)
}

// paragraph writes words in lines that begin with an indent, from the second on with
// two columns more. A word that is longer than a line goes on in the next.
func paragraph(b *strings.Builder, indent, text string) {
	line, used, room := "", 0, Width-len(indent)
	hang := indent + gap
	flush := func() {
		if used > 0 {
			b.WriteString(indent + line + "\n")
			indent, room = hang, Width-len(hang)
		}
		line, used = "", 0
	}
	for _, word := range strings.Fields(form.Printable(text)) {
		w := wide(word)
		if used > 0 && used+1+w > room {
			flush()
		}
		if used > 0 {
			line, used = line+" ", used+1
		}
		for _, r := range word {
			if used+wideRune(r) > room {
				flush()
			}
			line, used = line+string(r), used+wideRune(r)
		}
	}
	flush()
}

// wide is how many columns a terminal gives a text, at most.
func wide(text string) int {
	n := 0
	for _, r := range text {
		n += wideRune(r)
	}
	return n
}

// doubled are the scripts whose letters take two columns: ranges of first and last.
var doubled = [][2]rune{
	{0x1100, 0x115f},
	{0x2e80, 0xa4cf},
	{0xac00, 0xd7a3},
	{0xf900, 0xfaff},
	{0xfe30, 0xfe6f},
	{0xff00, 0xff60},
	{0xffe0, 0xffe6},
	{0x1f300, 0x1faff},
	{0x20000, 0x3fffd},
}

func wideRune(r rune) int {
	for _, d := range doubled {
		if r >= d[0] && r <= d[1] {
			return 2
		}
	}
	return 1
}
