package scene

import (
	"encoding/binary"
	"math/big"
	"unicode/utf16"
)

// Record types of [MS-EMF] that the writer uses.
const (
	emrHeader             = 0x01
	emrPolygon            = 0x03
	emrPolyline           = 0x04
	emrSetWindowExtEx     = 0x09
	emrSetWindowOrgEx     = 0x0a
	emrSetViewportExtEx   = 0x0b
	emrSetViewportOrgEx   = 0x0c
	emrEOF                = 0x0e
	emrSetMapMode         = 0x11
	emrSetBkMode          = 0x12
	emrSetTextAlign       = 0x16
	emrSetTextColor       = 0x18
	emrSelectObject       = 0x25
	emrCreateBrush        = 0x27
	emrEllipse            = 0x2a
	emrExtCreateFont      = 0x52
	emrExtTextOutW        = 0x54
	emrExtCreatePen       = 0x5f
	stockNullBrush        = 0x80000005
	stockNullPen          = 0x80000008
	emfHeaderSize         = 108
	emfDevice             = 25400 // reference device: 0.01 mm a pixel
	emfFrameWidth         = 16000 // 160 mm, the text width of the page
	penGeometricFlatMiter = 0x00012200
	mapAnisotropic        = 8
	bkTransparent         = 1
)

// EMF writes the scene as an Enhanced Metafile in the light colours, 160 mm
// wide. Dashes are cut into segments here, because readers differ in the
// dash patterns they know.
func (s *Scene) EMF() []byte {
	w := &emfWriter{objects: map[emfObject]uint32{}, frameH: scale(s.H, emfFrameWidth, s.W)}
	w.record(emrSetMapMode, mapAnisotropic)
	w.record(emrSetWindowOrgEx, 0, 0)
	w.record(emrSetWindowExtEx, u32(s.W), u32(s.H))
	w.record(emrSetViewportOrgEx, 0, 0)
	w.record(emrSetViewportExtEx, emfFrameWidth, u32(w.frameH))
	w.record(emrSetBkMode, bkTransparent)
	for _, it := range s.Items {
		w.item(it)
	}
	w.record(emrEOF, 0, 16, 20)
	head := w.header(s.Title)
	return append(head, w.buf...)
}

// emfObject is a pen, brush or font; objects are made once and selected again.
type emfObject struct {
	kind  uint32
	role  Role
	width int
	bold  bool
}

type emfWriter struct {
	buf     []byte
	records uint32
	objects map[emfObject]uint32
	brush   uint32
	pen     uint32
	font    uint32
	frameH  int
}

func u32(v int) uint32 { return uint32(int32(v)) }

// scale returns v*num/den, or 0 where den is 0.
func scale(v, num, den int) int {
	if den == 0 {
		return 0
	}
	return int(int64(v) * int64(num) / int64(den))
}

func (w *emfWriter) record(kind uint32, words ...uint32) {
	w.raw(kind, words, nil)
}

// raw appends a record of words and bytes, padded to a multiple of four.
func (w *emfWriter) raw(kind uint32, words []uint32, tail []byte) {
	pad := -len(tail) & 3
	size := 8 + 4*len(words) + len(tail) + pad
	w.buf = binary.LittleEndian.AppendUint32(w.buf, kind)
	w.buf = binary.LittleEndian.AppendUint32(w.buf, uint32(size))
	for _, v := range words {
		w.buf = binary.LittleEndian.AppendUint32(w.buf, v)
	}
	w.buf = append(w.buf, tail...)
	w.buf = append(w.buf, make([]byte, pad)...)
	w.records++
}

func (w *emfWriter) header(title string) []byte {
	desc := utf16Bytes("Turtle Bay\x00" + Fit(title, 1200, false, 200000) + "\x00\x00")
	chars := len(desc) / 2
	desc = append(desc, make([]byte, -len(desc)&3)...)
	size := emfHeaderSize + len(desc)
	h := emfWriter{}
	h.raw(emrHeader, []uint32{
		0, 0, emfFrameWidth, u32(w.frameH), // bounds, device units
		0, 0, emfFrameWidth, u32(w.frameH), // frame, 0.01 mm
		0x464d4520, 0x00010000, // signature, version
		u32(size + len(w.buf)), w.records + 1,
		uint32(len(w.objects)+1) & 0xffff, // handles; the high half is reserved
		u32(chars), emfHeaderSize, 0,      // description, no palette entries
		emfDevice, emfDevice, 254, 254, // device in pixels and in millimetres
		0, 0, 0, 254000, 254000, // no pixel format, no OpenGL, micrometres
	}, desc)
	return h.buf
}

func utf16Bytes(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

func colorRef(r Role) uint32 {
	c := r.Light()
	return uint32(c.R) | uint32(c.G)<<8 | uint32(c.B)<<16
}

// object returns the handle of an object and makes it at first use.
func (w *emfWriter) object(o emfObject) uint32 {
	if h, ok := w.objects[o]; ok {
		return h
	}
	h := uint32(len(w.objects) + 1)
	w.objects[o] = h
	switch o.kind {
	case emrCreateBrush:
		w.record(emrCreateBrush, h, 0, colorRef(o.role), 0)
	case emrExtCreatePen:
		w.record(emrExtCreatePen, h, 0, 0, 0, 0, penGeometricFlatMiter, u32(o.width), 0, colorRef(o.role), 0, 0)
	case emrExtCreateFont:
		w.font320(h, o)
	}
	return h
}

// font320 writes the fixed-length form of EMR_EXTCREATEFONTINDIRECTW.
func (w *emfWriter) font320(h uint32, o emfObject) {
	weight := uint32(400)
	if o.bold {
		weight = 700
	}
	face := utf16Bytes("Arial")
	tail := make([]byte, 320-20)
	copy(tail, []byte{0, 0, 0, 1, 0, 0, 4, 0x22}) // default charset, antialiased, swiss
	copy(tail[8:], face)
	w.raw(emrExtCreateFont, []uint32{h, u32(-o.width), 0, 0, 0, weight}, tail)
}

func (w *emfWriter) selectInto(slot *uint32, handle uint32) {
	if *slot != handle {
		w.record(emrSelectObject, handle)
		*slot = handle
	}
}

// use selects the brush and the pen of a style.
func (w *emfWriter) use(fill, stroke Role, width int) {
	brush, pen := uint32(stockNullBrush), uint32(stockNullPen)
	if fill != None {
		brush = w.object(emfObject{kind: emrCreateBrush, role: fill})
	}
	if stroke != None {
		pen = w.object(emfObject{kind: emrExtCreatePen, role: stroke, width: width})
	}
	w.selectInto(&w.brush, brush)
	w.selectInto(&w.pen, pen)
}

func (w *emfWriter) item(it Item) {
	switch v := it.(type) {
	case Rect:
		b := v.Box
		w.shape(Path{Closed: true, Style: v.Style, Runs: [][]Point{{
			{X: b.X0, Y: b.Y0}, {X: b.X1, Y: b.Y0}, {X: b.X1, Y: b.Y1}, {X: b.X0, Y: b.Y1},
		}}})
	case Path:
		w.shape(v)
	case Circle:
		w.use(v.Style.Fill, v.Style.Stroke, v.Style.Width)
		c := v.Centre
		w.record(emrEllipse, u32(c.X-v.R), u32(c.Y-v.R), u32(c.X+v.R), u32(c.Y+v.R))
	case Text:
		w.text(v)
	}
}

func (w *emfWriter) shape(p Path) {
	st := p.Style
	pattern := dashes[int(st.Dash)%len(dashes)]
	for _, run := range p.Runs {
		switch {
		case pattern == nil && p.Closed:
			w.use(st.Fill, st.Stroke, st.Width)
			w.points(emrPolygon, run)
		case pattern == nil:
			w.use(None, st.Stroke, st.Width)
			w.points(emrPolyline, run)
		default:
			w.dashed(p, run, pattern)
		}
	}
}

func (w *emfWriter) dashed(p Path, run []Point, pattern []int) {
	if p.Closed && p.Style.Fill != None {
		w.use(p.Style.Fill, None, 0)
		w.points(emrPolygon, run)
	}
	if p.Closed && len(run) > 0 {
		run = append(run[:len(run):len(run)], run[0])
	}
	w.use(None, p.Style.Stroke, p.Style.Width)
	for _, piece := range cutDashes(run, pattern) {
		w.points(emrPolyline, piece)
	}
}

func (w *emfWriter) points(kind uint32, run []Point) {
	if len(run) < 2 {
		return
	}
	words := make([]uint32, 0, 5+2*len(run))
	b := pathBounds(Path{Runs: [][]Point{run}})
	words = append(words, u32(b.X0), u32(b.Y0), u32(b.X1), u32(b.Y1), u32(len(run)))
	for _, q := range run {
		words = append(words, u32(q.X), u32(q.Y))
	}
	w.record(kind, words...)
}

// cutDashes walks along a run and returns its painted pieces.
func cutDashes(run []Point, pattern []int) [][]Point {
	var out [][]Point
	k, left, on := 0, pattern[0], true
	for i := 1; i < len(run); i++ {
		a, b := run[i-1], run[i]
		length := hypot(b.X-a.X, b.Y-a.Y)
		for at := 0; at < length; {
			step := min(left, length-at)
			if on {
				out = append(out, []Point{along(a, b, at, length), along(a, b, at+step, length)})
			}
			at += step
			if left -= step; left == 0 {
				k, on = (k+1)%len(pattern), !on
				left = pattern[k]
			}
		}
	}
	return out
}

func along(a, b Point, at, length int) Point {
	return Point{X: a.X + scale(b.X-a.X, at, length), Y: a.Y + scale(b.Y-a.Y, at, length)}
}

// hypot is the length of (x, y), rounded down.
func hypot(x, y int) int {
	n := new(big.Int).Add(square(x), square(y))
	return int(n.Sqrt(n).Int64())
}

func square(v int) *big.Int {
	n := big.NewInt(int64(v))
	return n.Mul(n, n)
}

// text writes one EMR_EXTTEXTOUTW with explicit advances, so that the label
// has the width the layout reckoned with, whatever face stands in for Arial.
func (w *emfWriter) text(t Text) {
	w.selectInto(&w.font, w.object(emfObject{kind: emrExtCreateFont, width: t.Size, bold: t.Bold}))
	w.record(emrSetTextColor, colorRef(t.Role))
	align := uint32(24) // baseline
	switch t.Anchor {
	case Middle:
		align |= 6
	case End:
		align |= 2
	}
	w.record(emrSetTextAlign, align)
	chars := utf16Bytes(t.S)
	dx := make([]byte, 0, 2*len(chars))
	for _, r := range t.S {
		dx = binary.LittleEndian.AppendUint32(dx, u32(advance(r, t.Size, t.Bold)))
		if utf16.RuneLen(r) == 2 {
			dx = binary.LittleEndian.AppendUint32(dx, 0)
		}
	}
	const fixed = 76 // bytes before the string
	pad := -len(chars) & 3
	tail := append(chars[:len(chars):len(chars)], make([]byte, pad)...)
	b := t.Box()
	w.raw(emrExtTextOutW, []uint32{
		u32(b.X0), u32(b.Y0), u32(b.X1), u32(b.Y1),
		2, 0, 0, // advanced graphics mode, which ignores the scales
		u32(t.At.X), u32(t.At.Y), u32(len(chars) / 2), fixed, 0,
		0, 0, 0xffffffff, 0xffffffff, // no clipping rectangle
		u32(fixed + len(tail)),
	}, append(tail, dx...))
}
