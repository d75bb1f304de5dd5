package scene

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files")

// sample holds every kind of item and style.
func sample() *Scene {
	s := New(200*Px, 100*Px)
	s.Title, s.Desc = "A <sample> & more", "Every kind of item"
	s.Rect(Box{X1: s.W, Y1: s.H}, Fill(Ground))
	s.Rect(Box{X0: 1000, Y0: 1000, X1: 3050, Y1: 6025}, Style{Fill: AnalystFill, Stroke: AnalystEdge, Width: 120})
	s.Hatch(Box{X0: 1000, Y0: 1000, X1: 3050, Y1: 6025}, 500, Line(AnalystEdge, 80))
	s.Rect(Box{X0: 4000, Y0: 1000, X1: 6000, Y1: 6000}, Style{Stroke: AnalystEdge, Width: 120, Dash: Dashed})
	s.Polygon(Fill(Orange), Point{7000, 6000}, Point{7600, 5000}, Point{8200, 6000})
	s.Circle(Point{9000, 5500}, 430, Style{Fill: Ground, Stroke: Blue, Width: 200})
	s.Line(Style{Stroke: Official, Width: 200, Dash: DashDot}, Point{1000, 8000}, Point{9000, 8000}, Point{9000, 7000})
	s.Text(Text{At: Point{10000, 4000}, S: "Zürich – 평양 <1>", Size: 1200, Role: Ink})
	s.Text(Text{At: Point{19000, 6000}, S: "\u202e$1.34\n billion\x00", Size: 1100, Bold: true, Anchor: End, Role: Muted})
	return s
}

func TestGolden(t *testing.T) {
	for name, got := range map[string][]byte{"sample.svg": sample().SVG(SVGOptions{ID: "s"}), "sample.emf": sample().EMF()} {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs from its golden file", path)
		}
	}
}

// luminance is the relative luminance of WCAG 2.
func luminance(c RGB) float64 {
	f := func(v uint8) float64 {
		x := float64(v) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*f(c.R) + 0.7152*f(c.G) + 0.0722*f(c.B)
}

func contrast(a, b RGB) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func TestContrast(t *testing.T) {
	type pair struct {
		front, back Role
		least       float64
	}
	pairs := []pair{
		{Ink, Ground, 4.5},
		{Muted, Ground, 4.5},
		{Ground, Official, 4.5}, // values inside solid bars
		{Ground, Panel, 4.5},
		{Ink, AnalystFill, 4.5}, // values on the plate inside hatched bars
		{Ground, Muted, 4.5},    // labels inside stretches
		{Ground, Blue, 4.5},
		{Muted, Faint, 3}, // the edge of what bands have under some policies only
	}
	for _, edge := range []Role{Official, Panel, AnalystEdge, Ink, Muted, Blue, Orange, Green, Pink} {
		pairs = append(pairs, pair{edge, Ground, 3})
	}
	for _, p := range pairs {
		if c := contrast(p.front.Light(), p.back.Light()); c < p.least {
			t.Errorf("light: %v on %v is %.2f, want %.1f", p.front, p.back, c, p.least)
		}
		if c := contrast(p.front.Dark(), p.back.Dark()); c < p.least {
			t.Errorf("dark: %v on %v is %.2f, want %.1f", p.front, p.back, c, p.least)
		}
	}
}

// TestTip: what a page shows on pointing is the title of the shape, cleaned
// and escaped; a shape without it has none.
func TestTip(t *testing.T) {
	s := New(10*Px, 10*Px)
	s.Items = []Item{
		Rect{Box: Box{X1: 100, Y1: 100}, Style: Fill(Ink), Tip: "a <b>\u202e\n & c"},
		Path{Runs: [][]Point{{{0, 0}, {100, 100}}}, Style: Line(Ink, 100), Tip: "line"},
		Rect{Box: Box{X1: 100, Y1: 100}, Style: Fill(Ink)},
	}
	svg := string(s.SVG(SVGOptions{}))
	for _, want := range []string{"><title>a &lt;b&gt; &amp; c</title></rect>\n", "><title>line</title></path>\n"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %q in %s", want, svg)
		}
	}
	if n := strings.Count(svg, "<title>"); n != 2 {
		t.Errorf("%d tips, want 2", n)
	}
}

func TestNum(t *testing.T) {
	for v, want := range map[int]string{0: "0", 5: "0.05", 50: "0.5", 100: "1", 1234: "12.34", -7: "-0.07", -150: "-1.5"} {
		if got := Num(v); got != want {
			t.Errorf("Num(%d) = %q, want %q", v, got, want)
		}
	}
}

func TestAdvance(t *testing.T) {
	// 2048 units of size give widths in the units of the font.
	for _, c := range []struct {
		s    string
		bold bool
		want int
	}{
		{"0", false, 1139},
		{"W", false, 1933},
		{"W", true, 1933},
		{"i", false, 455},
		{"i", true, 569},
		{"ü", false, 1139},
		{"–", false, 1139},
		{"평양", false, 4096},
		{"漢", true, 2048},
		{"e\u0301", false, 1139},
	} {
		if got := Advance(c.s, 2048, c.bold); got != c.want {
			t.Errorf("Advance(%q, bold %v) = %d, want %d", c.s, c.bold, got, c.want)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		s     string
		room  int
		lines int
		want  string
	}{
		{"one two three", 6000, 3, "one two|three"},
		{"one two three", 1, 3, ""},
		{"one two three four", 4200, 2, "one|two…"},
		{"조선민주주의인민공화국", 6000, 4, "조선민주|주의인민|공화국"},
		{"", 6000, 2, ""},
	} {
		if got := strings.Join(Wrap(c.s, 1200, false, c.room, c.lines), "|"); got != c.want {
			t.Errorf("Wrap(%q, %d) = %q, want %q", c.s, c.room, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s, room, n := rapid.String().Draw(t, "s"), rapid.IntRange(0, 20000).Draw(t, "room"), rapid.IntRange(1, 5).Draw(t, "lines")
		got := Wrap(s, 1200, false, room, n)
		if len(got) > n {
			t.Fatalf("%d lines, asked for %d", len(got), n)
		}
		for _, l := range got {
			if Width(l, 1200, false) > room {
				t.Fatalf("line %q is wider than %d", l, room)
			}
		}
	})
}

// TestHatch: every line lies on the 45° lattice and inside its box.
func TestHatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 9000)
		b := Box{X0: n.Draw(t, "x"), Y0: n.Draw(t, "y")}
		b.X1, b.Y1 = b.X0+n.Draw(t, "w"), b.Y0+n.Draw(t, "h")
		s := New(20000, 20000)
		s.Hatch(b, 500, Line(Ink, 80))
		for _, it := range s.Items {
			for _, run := range it.(Path).Runs {
				a, z := run[0], run[1]
				if (a.X+a.Y)%500 != 0 || a.X+a.Y != z.X+z.Y || a.X >= z.X {
					t.Fatalf("line %v is off the lattice", run)
				}
				for _, q := range run {
					if q.X < b.X0 || q.X > b.X1 || q.Y < b.Y0 || q.Y > b.Y1 {
						t.Fatalf("%v leaves %v", q, b)
					}
				}
			}
		}
	})
}

// TestPlacer: what it places never overlaps and stays in bounds.
func TestPlacer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &Placer{Bounds: Box{X1: 20000, Y1: 20000}}
		n := rapid.IntRange(0, 20000)
		p.Line(Point{0, 0}, Point{n.Draw(t, "x"), n.Draw(t, "y")})
		var set []Box
		for range rapid.IntRange(0, 30).Draw(t, "labels") {
			a := Text{At: Point{n.Draw(t, "x"), n.Draw(t, "y")}, S: "label", Size: 1100}
			if f, ok := p.Flag(a, Flagging{Dir: -1, Levels: 5, Pitch: 1300, Middle: true}); ok {
				set = append(set, f.Text.Box())
				if f.Pole != (Box{}) {
					set = append(set, f.Pole)
				}
			}
		}
		for i, b := range set {
			if !b.Within(p.Bounds.Grow(poleWidth)) {
				t.Fatalf("%v out of bounds", b)
			}
			for _, o := range set[:i] {
				if b.Overlaps(o) {
					t.Fatalf("%v overlaps %v", b, o)
				}
			}
		}
	})
}

func TestCrosses(t *testing.T) {
	box := Box{X0: 10, Y0: 10, X1: 20, Y1: 20}
	for _, c := range []struct {
		a, b Point
		want bool
	}{
		{Point{0, 15}, Point{30, 15}, true},
		{Point{0, 0}, Point{30, 30}, true},
		{Point{0, 5}, Point{30, 5}, false},
		{Point{0, 25}, Point{12, 40}, false},
		{Point{0, 19}, Point{12, 31}, false},
		{Point{15, 0}, Point{15, 9}, false},
		{Point{12, 12}, Point{13, 13}, true},
	} {
		if got := crosses(c.a, c.b, box); got != c.want {
			t.Errorf("crosses(%v, %v) = %v", c.a, c.b, got)
		}
	}
}

func TestSpread(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 8).Draw(t, "n")
		var tops, heights []int
		sum := 0
		for range n {
			tops = append(tops, rapid.IntRange(-500, 1500).Draw(t, "top"))
			heights = append(heights, rapid.IntRange(1, 120).Draw(t, "height"))
			sum += heights[len(heights)-1]
		}
		at := 0
		for i, y := range Spread(tops, heights, 0, 1000) {
			if y < at || y+heights[i] > 1000 {
				t.Fatalf("block %d at %d, free from %d", i, y, at)
			}
			at = y + heights[i]
		}
	})
}

// TestDashes: the pieces of a dashed line lie on it and follow the pattern.
func TestDashes(t *testing.T) {
	got := cutDashes([]Point{{0, 0}, {1000, 0}, {1000, 500}}, dashes[Dashed])
	want := [][]Point{{{0, 0}, {450, 0}}, {{750, 0}, {1000, 0}}, {{1000, 0}, {1000, 200}}}
	if len(got) != len(want) {
		t.Fatalf("pieces %v, want %v", got, want)
	}
	for i := range want {
		if got[i][0] != want[i][0] || got[i][1] != want[i][1] {
			t.Errorf("piece %d is %v, want %v", i, got[i], want[i])
		}
	}
}

// readEMF walks the records and checks what a reader relies on.
func readEMF(tb rapid.TB, b []byte) (kinds map[uint32]int) {
	u := binary.LittleEndian.Uint32
	if len(b) < emfHeaderSize || u(b) != emrHeader || u(b[40:]) != 0x464d4520 {
		tb.Fatalf("no EMF header")
	}
	if int(u(b[48:])) != len(b) {
		tb.Fatalf("header gives %d bytes of %d", u(b[48:]), len(b))
	}
	kinds = map[uint32]int{}
	objects, count, last := uint32(1), uint32(0), uint32(0)
	for at := 0; at < len(b); count++ {
		kind, size := u(b[at:]), int(u(b[at+4:]))
		if size < 8 || size%4 != 0 || at+size > len(b) {
			tb.Fatalf("record %d at %d has size %d", count, at, size)
		}
		switch kind {
		case emrCreateBrush, emrExtCreatePen, emrExtCreateFont:
			if h := u(b[at+8:]); h != objects {
				tb.Fatalf("object %d made as %d", objects, h)
			}
			objects++
		case emrSelectObject:
			if h := u(b[at+8:]); h < 0x80000000 && (h == 0 || h >= objects) {
				tb.Fatalf("object %d selected of %d", h, objects)
			}
		case emrExtTextOutW:
			n, text, dx := u(b[at+44:]), u(b[at+48:]), u(b[at+72:])
			if text != 76 || dx < text+2*n || int(dx+4*n) > size {
				tb.Fatalf("text record at %d: string at %d, advances at %d of %d", at, text, dx, size)
			}
		}
		kinds[kind]++
		last = kind
		at += size
	}
	if last != emrEOF || kinds[emrEOF] != 1 || count != u(b[52:]) {
		tb.Fatalf("last record %d, %d ends, %d records of %d", last, kinds[emrEOF], count, u(b[52:]))
	}
	if handles := uint32(binary.LittleEndian.Uint16(b[56:])); handles != objects {
		tb.Fatalf("%d handles, header gives %d", objects, handles)
	}
	return kinds
}

func TestEMF(t *testing.T) {
	b := sample().EMF()
	kinds := readEMF(t, b)
	for kind, want := range map[uint32]int{emrExtTextOutW: 2, emrEllipse: 1, emrExtCreateFont: 2} {
		if kinds[kind] != want {
			t.Errorf("%d records of type %#x, want %d", kinds[kind], kind, want)
		}
	}
	// The frame has the proportions of the scene: 200 × 100 on 160 mm.
	if w, h := binary.LittleEndian.Uint32(b[32:]), binary.LittleEndian.Uint32(b[36:]); w != 16000 || h != 8000 {
		t.Errorf("frame %d × %d", w, h)
	}
}

func TestIDs(t *testing.T) {
	for id, want := range map[string]string{"": "chart", "fig-1": "fig-1", `1"><script>`: "c1script", "é": "chart"} {
		if svg := string(sample().SVG(SVGOptions{ID: id})); !strings.Contains(svg, `id="`+want+`" `) {
			t.Errorf("ID %q does not become %q", id, want)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"", "<&>\"'", "]]>", "\x00\x1f\x7f\u0085", "\u202eabc\u2066", "a\u0301\u0301\u0301\u0301\u0301\u0301", "\xff\xfe", "\ufffe\uffff", "\U0001f600", "평양 漢字", "&#x0;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		s := New(100*Px, 20*Px)
		s.Title, s.Desc = in, in
		s.Text(Text{At: Point{100, 1500}, S: in, Size: 1200, Role: Ink})
		svg := s.SVG(SVGOptions{ID: in})
		for _, r := range string(svg) {
			if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
				t.Fatalf("character %U in %q", r, svg)
			}
		}
		if !utf8.Valid(svg) {
			t.Fatalf("%q is not UTF-8", svg)
		}
		text := textOf(t, svg)
		if want := Clean(in); text != want {
			t.Fatalf("%q reads as %q, want %q", in, text, want)
		}
		if c := Clean(Clean(in)); c != Clean(in) {
			t.Fatalf("cleaned twice: %q, %q", Clean(in), c)
		}
		readEMF(t, s.EMF())
	})
}

// textOf reads the <text> of a drawing back.
func textOf(t *testing.T, svg []byte) string {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(svg))
	var b strings.Builder
	inText := false
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return b.String()
		}
		if err != nil {
			t.Fatalf("%v in %q", err, svg)
		}
		switch v := tok.(type) {
		case xml.StartElement:
			inText = v.Name.Local == "text"
		case xml.EndElement:
			inText = false
		case xml.CharData:
			if inText {
				b.Write(v)
			}
		}
	}
}
