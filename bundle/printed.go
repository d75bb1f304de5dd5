package bundle

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/derive"
	"golang.org/x/net/html"
)

const (
	maxToken  = 8 << 20 // bytes of a tag or a run of text in report.html
	maxFigure = 4 << 10 // bytes after which the text of a figure is not read on
	maxMarks  = 100_000 // figures in report.html
)

// places reads the paragraph map; nil where it cannot be read.
func (v *verifier) places() []Place {
	b, err := v.archive.content(paragraphsName)
	if err != nil {
		v.bad(paragraphsName, err.Error())
		return nil
	}
	var places []Place
	if err := json.Unmarshal(b, &places); err != nil || len(places) > maxPlaces {
		v.bad(paragraphsName, "cannot be read, or has too many places")
		return nil
	}
	if c, err := derive.Canonical(places); err != nil || !bytes.Equal(b, c) {
		v.bad(paragraphsName, "not in canonical form")
	}
	return places
}

// mark is a figure as it stands in a text.
type mark struct{ derivation, style, text string }

// printed compares every figure of the paragraph map, and every figure marked in
// report.html, with the result that its derivation records (whether that comes out
// again is judged on its own), or with the cover where that is withheld; and the
// two with each other, so that a page that lost its figures does not pass.
func (v *verifier) printed(places []Place, derivations []derive.Derivation, cover string) {
	results := map[string]derive.Derivation{}
	for _, d := range derivations {
		results[d.ID] = d
	}
	var spans []mark
	for _, p := range places {
		for _, f := range p.Figures {
			if f.Text == "" { // of a table or chart
				if _, ok := results[f.Derivation]; !ok {
					v.differ("%s rests on %s, which is not among the derivations", p.Label, f.Derivation)
				}
				continue
			}
			m := mark{f.Derivation, f.Style, f.Text}
			spans = append(spans, m)
			v.compare(p.where(), m, results, cover)
		}
	}
	v.unprinted(places, derivations)
	if marks, ok := v.marks(pageName, readMarks); ok {
		for _, m := range marks {
			v.compare(pageName, m, results, cover)
		}
		v.complete(pageName, spans, marks, func(m mark) mark { m.text = ""; return m }) // the text is compared already
	}
	if marks, ok := v.marks(docxName, readDocx); ok {
		v.Printed.Checked += len(marks)
		v.complete(docxName, spans, marks, func(m mark) mark { m.style = ""; return m })
	}
}

// unprinted wants every derivation in some place: a map that lost its places would
// have nothing to compare.
func (v *verifier) unprinted(places []Place, derivations []derive.Derivation) {
	named := map[string]bool{}
	for _, p := range places {
		for _, f := range p.Figures {
			named[f.Derivation] = true
		}
	}
	n := 0
	for _, d := range derivations {
		if !named[d.ID] {
			n++
		}
	}
	if n > 0 {
		v.differ("%d derivations stand in no place of %s", n, paragraphsName)
	}
}

// marks reads the figures of a report file. A file that is not there is a report in
// other formats; where it was taken away the manifest misses it.
func (v *verifier) marks(name string, read func([]byte) ([]mark, error)) ([]mark, bool) {
	b, err := v.archive.content(name)
	if errors.Is(err, errMissing) {
		return nil, false
	}
	var marks []mark
	if err == nil {
		marks, err = read(b)
	}
	if err != nil {
		v.bad(name, err.Error())
		return nil, false
	}
	return marks, true
}

func (v *verifier) differ(format string, args ...any) {
	v.Printed.Differ = append(v.Printed.Differ, plain(fmt.Sprintf(format, args...)))
}

// compare holds a printed figure against its derivation.
func (v *verifier) compare(where string, m mark, results map[string]derive.Derivation, cover string) {
	v.Printed.Checked++
	d, ok := results[m.derivation]
	switch want := d.Print(m.style, cover); {
	case !ok:
		v.differ("%s prints %q without a derivation", where, m.text)
	case want != m.text:
		v.fallen[m.derivation] = true
		v.differ("%s prints %q where derivation %s says %q", where, m.text, m.derivation, want)
	}
}

// complete wants each figure of the paragraph map in a file as often as the map has
// it, and no other; by says what makes two figures the same there.
func (v *verifier) complete(name string, spans, marks []mark, by func(mark) mark) {
	if len(marks) == 0 && len(spans) > 0 {
		v.differ("%s marks no figure, where %s has %d", name, paragraphsName, len(spans))
		return
	}
	lacking := map[mark]int{}
	for _, m := range spans {
		lacking[by(m)]++
	}
	for _, m := range marks {
		lacking[by(m)]--
	}
	for _, m := range slices.SortedFunc(maps.Keys(lacking), compareMarks) {
		n := lacking[m]
		if n == 0 {
			continue
		}
		v.fallen[m.derivation] = true
		said := m.derivation
		if m.text != "" {
			said = fmt.Sprintf("%s as %q", m.derivation, m.text)
		}
		if n > 0 {
			v.differ("%s lacks a figure of %s that %s has (%d times)", name, said, paragraphsName, n)
		} else {
			v.differ("%s has a figure of %s that %s has not (%d times)", name, said, paragraphsName, -n)
		}
	}
}

func compareMarks(a, b mark) int {
	return cmp.Or(strings.Compare(a.derivation, b.derivation), strings.Compare(a.style, b.style), strings.Compare(a.text, b.text))
}

// where says in words where a place is.
func (p Place) where() string {
	if p.Number > 0 {
		return "paragraph " + p.Label
	}
	return p.Label
}

// readMarks reads the marked figures of report.html: <a class="fig"
// data-derivation="ID" data-style="STYLE">TEXT</a>. What stands in comments and
// scripts is no figure.
func readMarks(page []byte) ([]mark, error) {
	z := html.NewTokenizer(bytes.NewReader(page))
	z.SetMaxBuf(maxToken)
	var out []mark
	open := false
	for {
		switch z.Next() {
		case html.ErrorToken:
			if err := z.Err(); !errors.Is(err, io.EOF) {
				return nil, fmt.Errorf("cannot be read: %w", err)
			}
			return out, nil
		case html.StartTagToken:
			if name, more := z.TagName(); string(name) == "a" {
				var m mark
				if m, open = readMark(z, more); open {
					out = append(out, m)
				}
				if len(out) > maxMarks {
					return nil, fmt.Errorf("marks more than %d figures", maxMarks)
				}
			}
		case html.EndTagToken:
			if name, _ := z.TagName(); string(name) == "a" {
				open = false
			}
		case html.TextToken:
			if open && len(out[len(out)-1].text) < maxFigure {
				out[len(out)-1].text += string(z.Text())
			}
		}
	}
}

// readMark reads the attributes of a link; ok if it marks a figure.
func readMark(z *html.Tokenizer, more bool) (m mark, ok bool) {
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		switch string(key) {
		case "class":
			ok = slices.Contains(strings.Fields(string(value)), "fig")
		case "data-derivation":
			m.derivation = string(value)
		case "data-style":
			m.style = string(value)
		}
	}
	return m, ok
}

// maxDocument bounds the text part of report.docx when unpacked.
const maxDocument = 64 << 20

// figureAnchor is where a figure's link leads in report.docx: the row of its
// derivation in the annex of figures.
var figureAnchor = regexp.MustCompile(`^b_d_([0-9a-f]{16})$`)

// readDocx reads the figures of report.docx: the hyperlinks in word/document.xml
// that lead to a derivation, with the text that a reader sees.
func readDocx(b []byte) ([]mark, error) {
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	f, err := z.Open("word/document.xml")
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	defer f.Close()
	bounded := &io.LimitedReader{R: f, N: maxDocument}
	marks, err := documentMarks(xml.NewDecoder(bounded))
	if err == nil && bounded.N <= 0 {
		err = fmt.Errorf("its text is longer than %d bytes", maxDocument)
	}
	return marks, err
}

func documentMarks(d *xml.Decoder) ([]mark, error) {
	var out []mark
	inFigure, inText := false, false
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return nil, fmt.Errorf("cannot be read: %w", err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "hyperlink":
				if id := derivationOf(t); id != "" {
					inFigure = true
					out = append(out, mark{derivation: id})
				}
			case "t":
				inText = true
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "hyperlink":
				inFigure = false
			case "t":
				inText = false
			}
		case xml.CharData:
			if inFigure && inText && len(out[len(out)-1].text) < maxFigure {
				out[len(out)-1].text += string(t)
			}
		}
		if len(out) > maxMarks {
			return nil, fmt.Errorf("marks more than %d figures", maxMarks)
		}
	}
}

func derivationOf(link xml.StartElement) string {
	for _, a := range link.Attr {
		if m := figureAnchor.FindStringSubmatch(a.Value); a.Name.Local == "anchor" && m != nil {
			return m[1]
		}
	}
	return ""
}
