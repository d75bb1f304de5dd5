// Package scene is a device-independent drawing of a few kinds of shape, with
// two writers: SVG for pages and EMF for word processors.
//
// Every coordinate is an integer in hundredths of a pixel ([Px] = 100); the
// x axis runs right and the y axis down from the top left corner. Nothing in
// the drawing or in either output is a floating-point number, so the same
// scene gives the same bytes on every machine. Colours are named by their
// [Role]; a theme turns a role into a colour for light and for dark grounds.
// Text widths come from a table of advance widths in this package, not from
// fonts of the machine, so that a caller can decide what collides with what.
//
//	s := scene.New(200*scene.Px, 40*scene.Px)
//	s.Rect(scene.Box{X0: 0, Y0: 0, X1: 5000, Y1: 2000}, scene.Fill(scene.Official))
//	s.Text(scene.Text{At: scene.Point{X: 5600, Y: 1600}, S: "14", Size: 12 * scene.Px, Role: scene.Ink})
//	svg := s.SVG(scene.SVGOptions{ID: "fig1"})
//	emf := s.EMF()
package scene

// Px is one pixel of the viewBox in scene units.
const Px = 100

// Point is a place in the scene.
type Point struct{ X, Y int }

// Box is an upright rectangle; X0 ≤ X1 and Y0 ≤ Y1. Boxes that only share an
// edge do not overlap.
type Box struct{ X0, Y0, X1, Y1 int }

// Overlaps reports whether the two boxes share an area.
func (b Box) Overlaps(o Box) bool {
	return b.X0 < o.X1 && o.X0 < b.X1 && b.Y0 < o.Y1 && o.Y0 < b.Y1
}

// Within reports whether b lies wholly inside o.
func (b Box) Within(o Box) bool {
	return b.X0 >= o.X0 && b.X1 <= o.X1 && b.Y0 >= o.Y0 && b.Y1 <= o.Y1
}

// Grow returns b with d added on every side.
func (b Box) Grow(d int) Box {
	return Box{X0: b.X0 - d, Y0: b.Y0 - d, X1: b.X1 + d, Y1: b.Y1 + d}
}

// W and H are the extents of the box.
func (b Box) W() int { return b.X1 - b.X0 }

// H is the height of the box.
func (b Box) H() int { return b.Y1 - b.Y0 }

// Dash is a stroke pattern.
type Dash uint8

// The stroke patterns; they differ enough to be told apart without colour.
const (
	Solid Dash = iota
	Dashed
	Dotted
	DashDot
)

// dashes holds the on and off lengths of each pattern in scene units.
var dashes = [...][]int{
	Solid:   nil,
	Dashed:  {450, 300},
	Dotted:  {150, 250},
	DashDot: {900, 250, 200, 250},
}

// Style says how a shape is painted: a fill, a stroke, or both.
type Style struct {
	Fill   Role
	Stroke Role
	Width  int // of the stroke
	Dash   Dash
}

// Fill is a style without a stroke.
func Fill(r Role) Style { return Style{Fill: r} }

// Line is a style with a stroke only.
func Line(r Role, width int) Style { return Style{Stroke: r, Width: width} }

// Item is one element of a scene: [Rect], [Path], [Circle] or [Text].
type Item interface{ isItem() }

// Rect is an upright rectangle.
type Rect struct {
	Box   Box
	Style Style
	Tip   string // what a page shows of it on pointing; may be empty
}

// Path is one or more runs of straight segments; Closed joins the ends of each.
type Path struct {
	Runs   [][]Point
	Closed bool
	Style  Style
	Tip    string // what a page shows of it on pointing; may be empty
}

// Circle is a disc or a ring.
type Circle struct {
	Centre Point
	R      int
	Style  Style
}

// Anchor says which part of a text stands at its point.
type Anchor uint8

// The anchors of a text.
const (
	Start Anchor = iota
	Middle
	End
)

// Text is one line of text; At is on the baseline.
type Text struct {
	At     Point
	S      string
	Size   int // font size in scene units
	Bold   bool
	Anchor Anchor
	Role   Role
}

func (Rect) isItem()   {}
func (Path) isItem()   {}
func (Circle) isItem() {}
func (Text) isItem()   {}

// Scene is a drawing of fixed size. Items are painted in order.
type Scene struct {
	W, H  int
	Title string // short name for assistive technology
	Desc  string // the text alternative
	Items []Item
}

// New returns an empty scene.
func New(w, h int) *Scene { return &Scene{W: w, H: h} }

// Rect adds a rectangle.
func (s *Scene) Rect(b Box, st Style) { s.Items = append(s.Items, Rect{Box: b, Style: st}) }

// Line adds an open run of segments through the points.
func (s *Scene) Line(st Style, p ...Point) {
	s.Items = append(s.Items, Path{Runs: [][]Point{p}, Style: st})
}

// Lines adds several open runs of one style; runs without points are left out.
func (s *Scene) Lines(st Style, runs ...[]Point) {
	var kept [][]Point
	for _, r := range runs {
		if len(r) > 0 {
			kept = append(kept, r)
		}
	}
	if len(kept) > 0 {
		s.Items = append(s.Items, Path{Runs: kept, Style: st})
	}
}

// Polygon adds a closed shape.
func (s *Scene) Polygon(st Style, p ...Point) {
	s.Items = append(s.Items, Path{Runs: [][]Point{p}, Closed: true, Style: st})
}

// Circle adds a disc or ring.
func (s *Scene) Circle(c Point, r int, st Style) {
	s.Items = append(s.Items, Circle{Centre: c, R: r, Style: st})
}

// Text adds a line of text. The string is cleaned as by [Clean]; a text that
// is empty then is not added.
func (s *Scene) Text(t Text) {
	t.S = Clean(t.S)
	if t.S != "" {
		s.Items = append(s.Items, t)
	}
}

// Hatch adds rising 45° lines, cut to the box, at a distance of pitch along
// the x axis. The lines of neighbouring boxes continue one another.
func (s *Scene) Hatch(b Box, pitch int, st Style) {
	if pitch <= 0 || b.W() <= 0 || b.H() <= 0 {
		return
	}
	var runs [][]Point
	// Each line is x + y = c; c walks the multiples of pitch inside the box.
	first := (b.X0 + b.Y0) / pitch * pitch
	for c := first; c < b.X1+b.Y1; c += pitch {
		if c <= b.X0+b.Y0 {
			continue
		}
		x0 := max(b.X0, c-b.Y1)
		x1 := min(b.X1, c-b.Y0)
		if x0 < x1 {
			runs = append(runs, []Point{{X: x0, Y: c - x0}, {X: x1, Y: c - x1}})
		}
	}
	if len(runs) > 0 {
		s.Items = append(s.Items, Path{Runs: runs, Style: st})
	}
}

// Bounds returns the box an item covers, strokes included, text as [Text.Box].
func Bounds(it Item) Box {
	switch v := it.(type) {
	case Rect:
		return v.Box.Grow(v.Style.reach())
	case Circle:
		c := v.Centre
		return Box{X0: c.X, Y0: c.Y, X1: c.X, Y1: c.Y}.Grow(v.R + v.Style.reach())
	case Text:
		return v.Box()
	case Path:
		return pathBounds(v).Grow(v.Style.reach())
	}
	return Box{}
}

func pathBounds(p Path) Box {
	var b Box
	first := true
	for _, run := range p.Runs {
		for _, q := range run {
			if first {
				b, first = Box{X0: q.X, Y0: q.Y, X1: q.X, Y1: q.Y}, false
			}
			b = Box{X0: min(b.X0, q.X), Y0: min(b.Y0, q.Y), X1: max(b.X1, q.X), Y1: max(b.Y1, q.Y)}
		}
	}
	return b
}

// reach is how far the stroke stands out of the shape.
func (st Style) reach() int {
	if st.Stroke == None {
		return 0
	}
	return (st.Width + 1) / 2
}
