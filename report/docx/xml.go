package docx

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// xmlHead opens every part.
const xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

// node is an XML element, or character data where name is empty. Parts are built
// as trees because an element's place among its siblings is fixed by the schema,
// while what goes into it is known in another order: a section break, for one,
// belongs into the last paragraph before the break.
type node struct {
	name  string
	attrs []string // name, value, name, value …
	kids  []*node
	text  string
}

// el makes an element; nil children are left out.
func el(name string, kids ...*node) *node {
	return (&node{name: name}).add(kids...)
}

// val makes the commonest element of the format: <name w:val="v"/>.
func val(name, v string) *node { return el(name).with("w:val", v) }

// chars is character data.
func chars(s string) *node { return &node{text: s} }

// with adds attributes, given as name, value, name, value.
func (n *node) with(attrs ...string) *node {
	n.attrs = append(n.attrs, attrs...)
	return n
}

func (n *node) add(kids ...*node) *node {
	for _, k := range kids {
		if k != nil {
			n.kids = append(n.kids, k)
		}
	}
	return n
}

// part is the whole file with n as its root.
func (n *node) part() []byte {
	var b bytes.Buffer
	b.WriteString(xmlHead)
	n.write(&b)
	return b.Bytes()
}

func (n *node) write(b *bytes.Buffer) {
	if n.name == "" {
		escape(b, n.text)
		return
	}
	b.WriteByte('<')
	b.WriteString(n.name)
	for i := 0; i+1 < len(n.attrs); i += 2 {
		b.WriteByte(' ')
		b.WriteString(n.attrs[i])
		b.WriteString(`="`)
		escape(b, n.attrs[i+1])
		b.WriteByte('"')
	}
	if len(n.kids) == 0 {
		b.WriteString("/>")
		return
	}
	b.WriteByte('>')
	for _, k := range n.kids {
		k.write(b)
	}
	b.WriteString("</")
	b.WriteString(n.name)
	b.WriteByte('>')
}

// escape writes text that is safe between tags and in attributes. A character
// that XML cannot carry becomes U+FFFD, so that its place stays visible. The
// characters that turn the direction of the text after them are left out: in a
// quoted name they would make the rest of the sentence read backwards.
func escape(b *bytes.Buffer, s string) {
	for _, r := range s {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"':
			b.WriteString("&quot;")
		case r == '\t' || r == '\n' || r == '\r':
			b.WriteByte(' ')
		case turnsDirection(r):
		case !isXMLChar(r):
			b.WriteRune(utf8.RuneError)
		default:
			b.WriteRune(r)
		}
	}
}

func turnsDirection(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// isXMLChar follows the Char production of XML 1.0; ranging over a string has
// made invalid UTF-8 U+FFFD already.
func isXMLChar(r rune) bool {
	return r >= 0x20 && r <= 0xd7ff || r >= 0xe000 && r <= 0xfffd || r >= 0x10000 && r <= 0x10ffff
}

// format is how a run of text looks beside its paragraph's style.
type format struct {
	style        string // character style
	bold, italic bool
}

// properties gives the rPr element in the schema's order, nil where it would be
// empty.
func (f format) properties(rtl bool) *node {
	p := el("w:rPr")
	if f.style != "" {
		p.add(val("w:rStyle", f.style))
	}
	if f.bold {
		p.add(el("w:b"), el("w:bCs"))
	}
	if f.italic {
		p.add(el("w:i"), el("w:iCs"))
	}
	if rtl {
		p.add(el("w:rtl"))
	}
	if len(p.kids) == 0 {
		return nil
	}
	return p
}

// run wraps content in a run.
func (f format) run(content ...*node) *node {
	return el("w:r", f.properties(false)).add(content...)
}

// runs prints text. Arabic, Hebrew and their like get runs of their own, marked
// right-to-left, because Word goes by the mark and not by the letters.
func (f format) runs(text string) []*node {
	var out []*node
	for text != "" {
		n, rtl := direction(text)
		out = append(out, el("w:r", f.properties(rtl)).add(textNodes(text[:n])...))
		text = text[n:]
	}
	return out
}

// direction measures the stretch of one direction at the start of text. What is
// neutral between two right-to-left letters belongs to them.
func direction(text string) (n int, rtl bool) {
	end := 0
	for i, r := range text {
		switch {
		case unicode.In(r, unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana, unicode.Nko):
			if i == 0 {
				rtl = true
			} else if !rtl {
				return i, false
			}
			end = i + utf8.RuneLen(r)
		case rtl && unicode.IsLetter(r):
			return end, true
		}
	}
	if rtl {
		return end, true
	}
	return len(text), false
}

// textNodes turns line ends and tabs into the elements that stand for them.
func textNodes(s string) []*node {
	var out []*node
	for i, line := range strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n") {
		if i > 0 {
			out = append(out, el("w:br"))
		}
		for j, piece := range strings.Split(line, "\t") {
			if j > 0 {
				out = append(out, el("w:tab"))
			}
			if piece != "" {
				out = append(out, el("w:t", chars(piece)).with("xml:space", "preserve"))
			}
		}
	}
	return out
}

// field is a field with the text shown until it is next computed.
func (f format) field(instruction, shown string) []*node {
	mark := func(kind string) *node { return f.run(el("w:fldChar").with("w:fldCharType", kind)) }
	return []*node{
		mark("begin"),
		f.run(el("w:instrText", chars(" "+instruction+" ")).with("xml:space", "preserve")),
		mark("separate"),
		f.run(textNodes(shown)...),
		mark("end"),
	}
}
