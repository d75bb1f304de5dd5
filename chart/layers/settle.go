package layers

// rounds is how often the heights are drawn towards those of the neighbours.
const rounds = 16

// settle gives every item its height: as near to those of its neighbours as
// the order of its column allows. It returns the depth of the whole.
func (l *layout) settle() int {
	depth := 0
	for _, c := range l.columns {
		depth = max(depth, room(c))
	}
	for _, c := range l.columns {
		at := (depth - room(c)) / 2
		for _, it := range c {
			it.top, at = at+it.head, at+it.head+it.height+it.foot
		}
	}
	for range rounds {
		for _, c := range l.columns {
			place(c, depth, true, false)
		}
		for i := len(l.columns) - 1; i >= 0; i-- {
			place(l.columns[i], depth, false, true)
		}
	}
	for _, c := range l.columns {
		place(c, depth, true, true)
	}
	return depth
}

// room is the height of a column without slack.
func room(c []*item) int {
	n := 0
	for _, it := range c {
		n += it.head + it.height + it.foot
	}
	return n
}

// pull is where the neighbours of an item want its top, with the weight they have.
func (it *item) pull(in, out bool) (sum, weight int64) {
	if in {
		for _, q := range it.in {
			w := int64(q.width) + 1
			sum, weight = sum+w*int64(q.from.top+q.leaveAt-q.arriveAt), weight+w
		}
	}
	if out {
		for _, q := range it.out {
			w := int64(q.width) + 1
			sum, weight = sum+w*int64(q.to.top+q.arriveAt-q.leaveAt), weight+w
		}
	}
	if weight == 0 {
		return int64(it.top), 1
	}
	return sum, weight
}

// pool is a run of items that touch and move together; at is where its first
// item wants its slot, shifted by the room of the items before the run.
type pool struct {
	sum, weight int64
	items       int
}

// place moves the items of a column towards where they are pulled. Items that
// would overlap or change places become one run, which goes to the weighted
// mean of what its items want.
func place(c []*item, depth int, in, out bool) {
	var pools []pool
	before := int64(0)
	for _, it := range c {
		sum, weight := it.pull(in, out)
		p := pool{sum: sum - weight*(int64(it.head)+before), weight: weight, items: 1}
		for n := len(pools); n > 0 && floor(pools[n-1]) >= floor(p); n = len(pools) {
			last := pools[n-1]
			p = pool{sum: p.sum + last.sum, weight: p.weight + last.weight, items: p.items + last.items}
			pools = pools[:n-1]
		}
		pools = append(pools, p)
		before += int64(it.head + it.height + it.foot)
	}
	slack := int64(depth) - before
	at, k := int64(0), 0
	for _, p := range pools {
		shift := min(max(floor(p), 0), slack)
		for range p.items {
			it := c[k]
			it.top = int(shift+at) + it.head
			at += int64(it.head + it.height + it.foot)
			k++
		}
	}
}

// floor is the mean of a run, rounded down.
func floor(p pool) int64 {
	q := p.sum / p.weight
	if p.sum%p.weight < 0 {
		q--
	}
	return q
}

// route lists the places of a link from its left end to its right end.
func (l *layout) route(link int) []Stop {
	var out []Stop
	for i, q := range l.links[link] {
		if i == 0 {
			out = append(out, Stop{Column: l.columnOf(q.from), Y: q.from.top + q.leaveAt})
		}
		out = append(out, Stop{Column: out[i].Column + 1, Y: q.to.top + q.arriveAt})
	}
	return out
}

func (l *layout) columnOf(it *item) int {
	for i, c := range l.columns {
		if it.at < len(c) && c[it.at] == it {
			return i
		}
	}
	return 0
}
