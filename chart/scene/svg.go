package scene

import (
	"bytes"
	"strconv"
	"strings"
)

// fonts is the sans stack of every text in a scene.
const fonts = `'Source Sans 3',Inter,'Liberation Sans',Arial,'Noto Sans','Noto Sans CJK SC',sans-serif`

// SVGOptions are the choices of the page that holds the drawing.
type SVGOptions struct {
	// ID prefixes every id in the element, so that several drawings can stand
	// in one page. Characters outside [A-Za-z0-9_-] are dropped; an empty ID
	// becomes "chart".
	ID string
}

// SVG writes the scene as one self-contained <svg> element. The presentation
// attributes carry the light colours, so a renderer without style sheets is
// right; the style element overrides them on screens that prefer dark and
// below an ancestor with data-theme="dark" or "light".
func (s *Scene) SVG(o SVGOptions) []byte {
	w := &svgWriter{id: cleanID(o.ID)}
	w.open(s)
	w.style(s.Items)
	for _, it := range s.Items {
		w.item(it)
	}
	w.WriteString("</svg>\n")
	return w.Bytes()
}

func cleanID(id string) string {
	id = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		}
		return -1
	}, id)
	switch {
	case id == "":
		return "chart"
	case id[0] >= '0' && id[0] <= '9' || id[0] == '-':
		return "c" + id
	}
	return id
}

type svgWriter struct {
	bytes.Buffer
	id string
}

func (w *svgWriter) open(s *Scene) {
	width, height := Num(s.W), Num(s.H)
	w.put(`<svg xmlns="http://www.w3.org/2000/svg" id="`, w.id, `" role="img" aria-labelledby="`, w.id, `-t `, w.id, `-d" direction="ltr"`)
	w.put(` width="`, width, `" height="`, height, `" viewBox="0 0 `, width, ` `, height, `" font-family="`, fonts, `" style="max-width:100%;height:auto">`, "\n")
	w.put(`<title id="`, w.id, `-t">`, Escape(Clean(s.Title)), "</title>\n")
	w.put(`<desc id="`, w.id, `-d">`, Escape(Clean(s.Desc)), "</desc>\n")
}

// style writes the rules for the roles that the scene uses, in role order.
func (w *svgWriter) style(items []Item) {
	var fills, strokes [roles]bool
	for _, it := range items {
		st := styleOf(it)
		fills[st.Fill%roles] = true
		strokes[st.Stroke%roles] = true
	}
	rules := func(scope string, colour func(Role) RGB) {
		for r := Ground; r < roles; r++ {
			if fills[r] {
				w.put(scope, "#", w.id, " .f-", r.String(), "{fill:", colour(r).hex(), "}")
			}
			if strokes[r] {
				w.put(scope, "#", w.id, " .s-", r.String(), "{stroke:", colour(r).hex(), "}")
			}
		}
	}
	w.put("<style>@media screen and (prefers-color-scheme:dark){")
	rules("", Role.Dark)
	w.put("}\n@media screen{")
	rules("[data-theme=dark] ", Role.Dark)
	rules("[data-theme=light] ", Role.Light)
	w.put("}</style>\n")
}

func styleOf(it Item) Style {
	switch v := it.(type) {
	case Rect:
		return v.Style
	case Path:
		return v.Style
	case Circle:
		return v.Style
	case Text:
		return Style{Fill: v.Role}
	}
	return Style{}
}

func (w *svgWriter) item(it Item) {
	switch v := it.(type) {
	case Rect:
		w.put(`<rect x="`, Num(v.Box.X0), `" y="`, Num(v.Box.Y0), `" width="`, Num(v.Box.W()), `" height="`, Num(v.Box.H()), `"`)
		w.paint(v.Style)
		w.end("rect", v.Tip)
	case Circle:
		w.put(`<circle cx="`, Num(v.Centre.X), `" cy="`, Num(v.Centre.Y), `" r="`, Num(v.R), `"`)
		w.paint(v.Style)
		w.put("/>\n")
	case Path:
		w.put(`<path d="`, pathData(v), `"`)
		w.paint(v.Style)
		w.end("path", v.Tip)
	case Text:
		w.text(v)
	}
}

// end closes an element, with its tip as a title.
func (w *svgWriter) end(element, tip string) {
	if tip = Clean(tip); tip == "" {
		w.put("/>\n")
		return
	}
	w.put("><title>", Escape(tip), "</title></", element, ">\n")
}

func (w *svgWriter) text(t Text) {
	w.put(`<text x="`, Num(t.At.X), `" y="`, Num(t.At.Y), `" font-size="`, Num(t.Size), `"`)
	if t.Bold {
		w.put(` font-weight="700"`)
	}
	switch t.Anchor {
	case Middle:
		w.put(` text-anchor="middle"`)
	case End:
		w.put(` text-anchor="end"`)
	}
	w.paint(Style{Fill: t.Role})
	w.put(`>`, Escape(t.S), "</text>\n")
}

func (w *svgWriter) paint(st Style) {
	class := ""
	if st.Fill != None {
		class = "f-" + st.Fill.String()
		w.put(` fill="`, st.Fill.Light().hex(), `"`)
	} else {
		w.put(` fill="none"`)
	}
	if st.Stroke != None {
		class = strings.TrimLeft(class+" s-"+st.Stroke.String(), " ")
		w.put(` stroke="`, st.Stroke.Light().hex(), `" stroke-width="`, Num(st.Width), `"`)
		if d := dashes[int(st.Dash)%len(dashes)]; d != nil {
			parts := make([]string, len(d))
			for i, v := range d {
				parts[i] = Num(v)
			}
			w.put(` stroke-dasharray="`, strings.Join(parts, " "), `"`)
		}
	}
	if class != "" {
		w.put(` class="`, class, `"`)
	}
}

func pathData(p Path) string {
	var b strings.Builder
	for _, run := range p.Runs {
		for i, q := range run {
			if i == 0 {
				b.WriteByte('M')
			} else {
				b.WriteByte('L')
			}
			b.WriteString(Num(q.X) + " " + Num(q.Y))
		}
		if p.Closed && len(run) > 0 {
			b.WriteByte('Z')
		}
	}
	return b.String()
}

func (w *svgWriter) put(parts ...string) {
	for _, p := range parts {
		w.WriteString(p)
	}
}

// Num prints scene units as a decimal number of pixels.
func Num(v int) string {
	sign := ""
	if v < 0 {
		sign, v = "-", -v
	}
	s := sign + strconv.Itoa(v/Px)
	switch f := v % Px; {
	case f == 0:
		return s
	case f%10 == 0:
		return s + "." + strconv.Itoa(f/10)
	case f < 10:
		return s + ".0" + strconv.Itoa(f)
	default:
		return s + "." + strconv.Itoa(f)
	}
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;")

// Escape makes a cleaned string safe in XML text and attributes.
func Escape(s string) string { return escaper.Replace(s) }
