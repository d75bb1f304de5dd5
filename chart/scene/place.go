package scene

// Placer decides where labels may stand. Solid areas (labels placed before,
// bars, glyphs) are never covered; lines are avoided while there is another
// place. The answer depends only on what was added, in which order.
type Placer struct {
	Bounds Box // no label leaves it
	solid  []Box
	lines  [][2]Point
}

// Block marks an area that no label may cover.
func (p *Placer) Block(b Box) { p.solid = append(p.solid, b) }

// Line marks the segments through the points as better not covered.
func (p *Placer) Line(q ...Point) {
	for i := 1; i < len(q); i++ {
		p.lines = append(p.lines, [2]Point{q[i-1], q[i]})
	}
}

// Free reports whether a label may cover the box at all.
func (p *Placer) Free(b Box) bool {
	if !b.Within(p.Bounds) {
		return false
	}
	for _, o := range p.solid {
		if b.Overlaps(o) {
			return false
		}
	}
	return true
}

// Clear reports whether the box also keeps off every line.
func (p *Placer) Clear(b Box) bool {
	for _, l := range p.lines {
		if crosses(l[0], l[1], b) {
			return false
		}
	}
	return p.Free(b)
}

// Place returns the first candidate that is free and off the lines, else the
// first that is free, and blocks its area. It returns −1 where there is none.
func (p *Placer) Place(candidates []Text) int {
	free := -1
	for i, t := range candidates {
		b := t.Box()
		if !p.Free(b) {
			continue
		}
		if p.Clear(b) {
			p.Block(b)
			return i
		}
		if free < 0 {
			free = i
		}
	}
	if free >= 0 {
		p.Block(candidates[free].Box())
	}
	return free
}

// crosses reports whether the segment from a to b meets the inside of the box.
func crosses(a, b Point, box Box) bool {
	if max(a.X, b.X) <= box.X0 || min(a.X, b.X) >= box.X1 || max(a.Y, b.Y) <= box.Y0 || min(a.Y, b.Y) >= box.Y1 {
		return false
	}
	// The corners of the box lie on both sides of the line, or on it.
	dx, dy := int64(b.X-a.X), int64(b.Y-a.Y)
	pos, neg := false, false
	for _, c := range [...]Point{{box.X0, box.Y0}, {box.X1, box.Y0}, {box.X0, box.Y1}, {box.X1, box.Y1}} {
		side := dx*int64(c.Y-a.Y) - dy*int64(c.X-a.X)
		pos = pos || side >= 0
		neg = neg || side <= 0
	}
	return pos && neg
}

// Spread moves the desired tops of blocks of the given heights apart, in
// order, so that none overlap and all lie within [lo, hi] where that is
// possible; the distance moved is kept small.
func Spread(tops, heights []int, lo, hi int) []int {
	out := make([]int, len(tops))
	at := lo
	for i, t := range tops {
		out[i] = max(t, at)
		at = out[i] + heights[i]
	}
	limit := hi
	for i := len(out) - 1; i >= 0; i-- {
		out[i] = max(min(out[i], limit-heights[i]), lo)
		limit = out[i]
	}
	return out
}

// Flag is a label on a pole: Text beside or over the end of Pole. Pole is
// empty where the label stands right at its point.
type Flag struct {
	Text Text
	Pole Box
}

// poleWidth is the room kept for a pole.
const poleWidth = 80

// Flagging says how the labels of a row may stand.
type Flagging struct {
	Dir    int  // −1 above their points, +1 below
	Levels int  // how many lines there may be
	Pitch  int  // from line to line
	Middle bool // may stand over the point itself, in the first line
	Left   int  // first line in which the label may lie left of its pole
}

// Flag places t at the point t.At: over it, else on the first line where the
// label, right or left of a pole, and the pole are free. Places off every
// line are preferred. Labels placed from right to left, each with Left set to
// the number of those that must still fit below it on its left, stack up
// without crossing one another's poles.
func (p *Placer) Flag(t Text, o Flagging) (Flag, bool) {
	var best Flag
	found := false
	for level := 0; level < o.Levels; level++ {
		for _, a := range []Anchor{Middle, Start, End} {
			if a == Middle && (!o.Middle || level > 0) || a == End && level < o.Left {
				continue
			}
			f := flagAt(t, a, o.Dir, level, o.Pitch)
			if !p.Free(f.Text.Box()) || a != Middle && !p.Free(f.Pole) {
				continue
			}
			if p.Clear(f.Text.Box()) {
				p.Block(f.Text.Box())
				p.Block(f.Pole)
				return f, true
			}
			if !found {
				best, found = f, true
			}
		}
	}
	if found {
		p.Block(best.Text.Box())
		p.Block(best.Pole)
	}
	return best, found
}

func flagAt(t Text, a Anchor, dir, level, pitch int) Flag {
	x, y := t.At.X, t.At.Y
	f := Flag{Text: t}
	f.Text.Anchor = a
	f.Text.At.Y = y + dir*level*pitch
	if dir > 0 { // the top of the text, not its baseline, keeps the distance
		f.Text.At.Y += t.Size * 82 / 100
	}
	if a == Middle {
		return f
	}
	b := f.Text.Box()
	f.Pole = Box{X0: x - poleWidth/2, Y0: b.Y0 + t.Size/8, X1: x + poleWidth/2, Y1: y}
	if dir > 0 {
		f.Pole = Box{X0: f.Pole.X0, Y0: y, X1: f.Pole.X1, Y1: b.Y1 - t.Size/8}
	}
	if a == Start {
		f.Text.At.X += poleWidth/2 + 200
	} else {
		f.Text.At.X -= poleWidth/2 + 200
	}
	return f
}
