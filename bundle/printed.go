package bundle

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
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
// again is judged on its own); and the two with each other, so that a page that
// lost its figures does not pass.
func (v *verifier) printed(places []Place, derivations []derive.Derivation) {
	results := map[string]derive.Result{}
	for _, d := range derivations {
		results[d.ID] = d.Result
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
			v.compare(p.where(), m, results)
		}
	}
	page, err := v.archive.content(pageName)
	if errors.Is(err, errMissing) {
		return // a report in other formats only; a page that was taken away is missed by the manifest
	}
	var marks []mark
	if err == nil {
		marks, err = readMarks(page)
	}
	if err != nil {
		v.bad(pageName, err.Error())
		return
	}
	for _, m := range marks {
		v.compare("report.html", m, results)
	}
	v.complete(spans, marks)
}

func (v *verifier) differ(format string, args ...any) {
	v.Printed.Differ = append(v.Printed.Differ, plain(fmt.Sprintf(format, args...)))
}

// compare holds a printed figure against its derivation.
func (v *verifier) compare(where string, m mark, results map[string]derive.Result) {
	v.Printed.Checked++
	r, ok := results[m.derivation]
	switch want := r.Print(m.style); {
	case !ok:
		v.differ("%s prints %q without a derivation", where, m.text)
	case want != m.text:
		v.differ("%s prints %q where derivation %s says %q", where, m.text, m.derivation, want)
	}
}

// complete wants each figure of the paragraph map on the page as often as the map
// has it, and no other.
func (v *verifier) complete(spans, marks []mark) {
	if len(marks) == 0 && len(spans) > 0 {
		v.differ("report.html marks no figure, where %s has %d", paragraphsName, len(spans))
		return
	}
	lacking := map[mark]int{}
	for _, m := range spans {
		m.text = "" // compared with the derivation already
		lacking[m]++
	}
	for _, m := range marks {
		m.text = ""
		lacking[m]--
	}
	for _, m := range slices.SortedFunc(maps.Keys(lacking), func(a, b mark) int {
		return cmp.Or(strings.Compare(a.derivation, b.derivation), strings.Compare(a.style, b.style))
	}) {
		if n := lacking[m]; n > 0 {
			v.differ("report.html lacks a figure of %s that %s has (%d times)", m.derivation, paragraphsName, n)
		} else if n < 0 {
			v.differ("report.html has a figure of %s that %s has not (%d times)", m.derivation, paragraphsName, -n)
		}
	}
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
