package layers

import "slices"

// item is a node, or the place of a link that passes a column (node −1).
type item struct {
	node               int
	height, head, foot int
	top                int
	at                 int // position in its column
	in, out            []*piece
}

// piece is the part of a link between two neighbouring columns. The offsets
// are those of its upper edge from the tops of both items.
type piece struct {
	link, width       int
	from, to          *item
	leaveAt, arriveAt int
}

type layout struct {
	columns [][]*item
	links   [][]*piece // by link
}

func newLayout(g Graph, p *Plan) *layout {
	l := &layout{columns: make([][]*item, p.Columns), links: make([][]*piece, len(g.Links))}
	nodes := make([]*item, len(g.Nodes))
	for i, n := range g.Nodes {
		nodes[i] = l.add(p.Column[i], &item{node: i, height: n.Height, head: n.Head, foot: n.Foot})
	}
	for i, k := range g.Links {
		a, b := p.ends(g, i)
		if a == b {
			continue
		}
		at := nodes[a]
		for c := p.Column[a] + 1; c <= p.Column[b]; c++ {
			next := nodes[b]
			if c < p.Column[b] {
				next = l.add(c, &item{node: -1, height: k.Width, head: g.Gap, foot: g.Gap})
			}
			q := &piece{link: i, width: k.Width, from: at, to: next}
			at.out, next.in = append(at.out, q), append(next.in, q)
			l.links[i] = append(l.links[i], q)
			at = next
		}
	}
	return l
}

func (l *layout) add(column int, it *item) *item {
	it.at = len(l.columns[column])
	l.columns[column] = append(l.columns[column], it)
	return it
}

// sweeps bounds the search for an order with few crossings.
const sweeps = 24

// order sorts the columns by the mean place of the neighbours, to the right
// and to the left by turns, and keeps the order with the fewest crossings.
func (l *layout) order() {
	best, least := l.snapshot(), l.crossings()
	for s := 0; s < sweeps && least > 0; s++ {
		for i := range l.columns {
			if s%2 == 0 {
				sortByMean(l.columns[i], func(it *item) []*piece { return it.in }, func(q *piece) *item { return q.from })
			} else {
				c := l.columns[len(l.columns)-1-i]
				sortByMean(c, func(it *item) []*piece { return it.out }, func(q *piece) *item { return q.to })
			}
		}
		if n := l.crossings(); n < least {
			best, least = l.snapshot(), n
		}
	}
	for i, c := range best {
		l.columns[i] = c
		number(c)
	}
}

func (l *layout) snapshot() [][]*item {
	out := make([][]*item, len(l.columns))
	for i, c := range l.columns {
		out[i] = slices.Clone(c)
	}
	return out
}

func number(c []*item) {
	for i, it := range c {
		it.at = i
	}
}

// mean is a fraction: the place of the neighbours weighted by width.
type mean struct {
	it          *item
	sum, weight int64
}

func sortByMean(c []*item, pieces func(*item) []*piece, other func(*piece) *item) {
	means := make([]mean, len(c))
	for i, it := range c {
		m := mean{it: it}
		for _, q := range pieces(it) {
			w := int64(q.width) + 1
			m.sum, m.weight = m.sum+w*int64(other(q).at), m.weight+w
		}
		if m.weight == 0 { // stays where it is
			m.sum, m.weight = int64(it.at), 1
		}
		means[i] = m
	}
	slices.SortStableFunc(means, func(a, b mean) int {
		x, y := a.sum*b.weight, b.sum*a.weight
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	for i, m := range means {
		c[i] = m.it
	}
	number(c)
}

// crossings counts the pairs of pieces that cross.
func (l *layout) crossings() int {
	n := 0
	for _, c := range l.columns {
		var all []*piece
		for _, it := range c {
			all = append(all, it.out...)
		}
		for i, a := range all {
			for _, b := range all[i+1:] {
				if (a.from.at-b.from.at)*(a.to.at-b.to.at) < 0 {
					n++
				}
			}
		}
	}
	return n
}

// ports stacks the links at both sides of every item in the order of their
// other ends, and makes the item high enough for them.
func (l *layout) ports(centre bool) {
	for _, c := range l.columns {
		for _, it := range c {
			slices.SortStableFunc(it.out, func(a, b *piece) int { return a.to.at - b.to.at })
			slices.SortStableFunc(it.in, func(a, b *piece) int { return a.from.at - b.from.at })
			in, out := total(it.in), total(it.out)
			it.height = max(it.height, in, out)
			atIn, atOut := 0, 0
			if centre {
				atIn, atOut = (it.height-in)/2, (it.height-out)/2
			}
			for _, q := range it.in {
				q.arriveAt, atIn = atIn, atIn+q.width
			}
			for _, q := range it.out {
				q.leaveAt, atOut = atOut, atOut+q.width
			}
		}
	}
}

func total(pieces []*piece) int {
	n := 0
	for _, q := range pieces {
		n += q.width
	}
	return n
}
