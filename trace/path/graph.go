package path

import (
	"cmp"
	"math"
	"slices"

	"github.com/turtlebay/turtlebay/ledger"
)

// graph is the payments between accounts that may lie on a path.
type graph struct {
	ids   []ledger.AccountID // sorted; nodes are their indexes
	begin int
	end   int
	pays  []pay  // by from, to, and the order of the ledger
	links []link // by from, to
	first []int  // where the links of a node begin; one more than there are nodes
	// late is, by number of hops and by node, one more than the row of the last payment
	// from there that reaches the end by exactly so many hops; 0: none does.
	late    [][]ledger.Row
	inOrder bool
}

// pay is a payment: the row by which it is ordered, and the row that pays; see
// search.rowsAt.
type pay struct {
	from, to int
	at, row  ledger.Row
}

// link is all payments from one node to another.
type link struct{ to, first, end int }

// load reads the payments between accounts.
func (s *search) load(between []ledger.AccountID) (*graph, error) {
	g := &graph{ids: between, inOrder: !s.q.AnyOrder}
	g.begin, _ = slices.BinarySearch(between, s.ends[0])
	g.end, _ = slices.BinarySearch(between, s.ends[1])
	wide, err := s.cost(between)
	if err != nil {
		return nil, err
	}
	for node := range between {
		if node != g.end && (node != g.begin || !wide) {
			err = s.loadAt(g, node, ledger.Out)
		}
		if err == nil && wide && node != g.begin {
			err = s.loadAt(g, node, ledger.In)
		}
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(g.pays, func(x, y pay) int {
		return cmp.Or(cmp.Compare(x.from, y.from), cmp.Compare(x.to, y.to), cmp.Compare(x.at, y.at), cmp.Compare(x.row, y.row))
	})
	g.pays = slices.CompactFunc(g.pays, func(x, y pay) bool {
		return x.from == y.from && x.to == y.to && x.at == y.at
	})
	g.linkUp()
	return g, s.latest(g)
}

// cost sees whether there is room for the rows of accounts. If the beginning is wide, a
// hub, what it pays is read where it arrives.
func (s *search) cost(between []ledger.AccountID) (wide bool, err error) {
	begin, err := s.book.Degree(s.ends[0])
	if err != nil {
		return false, err
	}
	var rows uint64
	if wide = s.isHub(begin); !wide {
		rows = uint64(begin.Out)
	}
	for _, id := range between {
		n, err := s.book.Degree(id)
		if err != nil {
			return false, err
		}
		if !s.isEnd(id) {
			rows += uint64(n.Out)
		}
		if wide && id != s.ends[0] {
			rows += uint64(n.In)
		}
	}
	return wide, s.afford(rows)
}

// loadAt reads the payments of a node; in the direction In those of the beginning alone.
func (s *search) loadAt(g *graph, node int, d ledger.Direction) error {
	id := g.ids[node]
	return s.rowsAt(id, d, func(other ledger.AccountID, at, row ledger.Row) {
		p := pay{from: node, at: at, row: row}
		from, to := id, other
		if d == ledger.In {
			if from, to = other, id; from != s.ends[0] {
				return
			}
		}
		if from == to || to == s.ends[0] || s.sides[0].at(from) < 0 || s.sides[1].at(to) < 0 ||
			s.sides[0].at(from)+1+s.sides[1].at(to) > s.hops {
			return
		}
		var ok bool
		if d == ledger.In {
			p.from, p.to, ok = g.begin, node, true
		} else {
			p.to, ok = slices.BinarySearch(g.ids, to)
		}
		if ok {
			g.pays = append(g.pays, p)
		}
	})
}

// linkUp makes links of payments that are in order.
func (g *graph) linkUp() {
	g.first = make([]int, len(g.ids)+1)
	for i, p := range g.pays {
		if i == 0 || p.from != g.pays[i-1].from || p.to != g.pays[i-1].to {
			g.links = append(g.links, link{to: p.to, first: i})
			g.first[p.from+1]++
		}
		g.links[len(g.links)-1].end = i + 1
	}
	for i := range g.ids {
		g.first[i+1] += g.first[i]
	}
}

// latest fills late.
func (s *search) latest(g *graph) error {
	g.late = [][]ledger.Row{make([]ledger.Row, len(g.ids))}
	g.late[0][g.end] = math.MaxUint64
	for m := 1; m <= s.hops; m++ {
		if err := s.pause(); err != nil {
			return err
		}
		before, now := g.late[m-1], make([]ledger.Row, len(g.ids))
		for _, p := range g.pays {
			switch {
			case before[p.to] == 0 || p.from == g.end:
			case !g.inOrder:
				now[p.from] = math.MaxUint64
			case before[p.to] > p.at+1:
				now[p.from] = max(now[p.from], p.at+1)
			}
		}
		g.late = append(g.late, now)
	}
	return nil
}

// next is the first payment of a link that can follow a payment, by its row, and from
// which the end can be reached by so many hops more; -1: there is none. start is so
// for the beginning, where it follows nothing.
func (g *graph) next(l link, before ledger.Row, start bool, more int) int {
	i := l.first
	if g.inOrder && !start {
		i += after(g.pays[l.first:l.end], before)
	}
	if i == l.end || g.late[more][l.to] == 0 || g.inOrder && g.late[more][l.to] <= g.pays[i].at+1 {
		return -1
	}
	return i
}

// after is the index of the first payment after a row.
func after(pays []pay, row ledger.Row) int {
	i, _ := slices.BinarySearchFunc(pays, row+1, func(p pay, r ledger.Row) int { return cmp.Compare(p.at, r) })
	return i
}

// onward is a way on from a node.
type onward struct{ to, pay int }

// walk goes through the paths of one number of hops, in their order.
type walk struct {
	s    *search
	g    *graph
	on   []bool // nodes that are on the path now
	path []int  // nodes of the path now
	ways []onward
	// found is called with the nodes of each path.
	found func(nodes []int)
}

// from goes through the paths from the last node of the path on, after the payment that
// led there; so many hops remain.
func (w *walk) from(before ledger.Row, remain int) error {
	node := w.path[len(w.path)-1]
	if remain == 0 {
		w.found(w.path)
		return nil
	}
	links := w.g.links[w.g.first[node]:w.g.first[node+1]]
	base := len(w.ways)
	if err := w.s.try(len(links)); err != nil {
		return err
	}
	for _, l := range links {
		if w.on[l.to] {
			continue
		}
		if i := w.g.next(l, before, len(w.path) == 1, remain-1); i >= 0 {
			w.ways = append(w.ways, onward{l.to, i})
		}
	}
	ways := w.ways[base:]
	slices.SortFunc(ways, func(x, y onward) int {
		p, q := w.g.pays[x.pay], w.g.pays[y.pay]
		return cmp.Or(cmp.Compare(p.at, q.at), cmp.Compare(p.row, q.row))
	})
	for i := range ways {
		way := w.ways[base+i]
		w.on[way.to], w.path = true, append(w.path, way.to)
		err := w.from(w.g.pays[way.pay].at, remain-1)
		w.on[way.to], w.path = false, w.path[:len(w.path)-1]
		if err != nil {
			return err
		}
	}
	w.ways = w.ways[:base]
	return nil
}

// try counts hops that are tried.
func (s *search) try(links int) error {
	before := s.steps
	if s.steps += uint64(links) + 1; s.q.Budget.Steps > 0 && s.steps > s.q.Budget.Steps {
		return stopped("steps")
	}
	if before>>12 != s.steps>>12 {
		return s.pause()
	}
	return nil
}

// list lists and counts the paths, shortest first. The budget of steps may end the
// count; it ends the search only if it ends the list.
func (s *search) list(g *graph, a *Answer) error {
	var listed [][]int
	w := walk{s: s, g: g, on: make([]bool, len(g.ids)), path: []int{g.begin}}
	w.on[g.begin] = true
	w.found = func(nodes []int) {
		if a.Found++; len(listed) < s.q.Paths {
			listed = append(listed, slices.Clone(nodes))
		}
	}
	a.Hops = s.shortest - 1 // by distance alone there is no shorter one
	var stop error
	for n := max(1, s.shortest); n <= s.hops && stop == nil; n++ {
		if g.late[n][g.begin] > 0 {
			w.ways = w.ways[:0]
			stop = w.from(0, n)
		}
		if stop == nil {
			a.Hops = n
		}
	}
	if stop != nil {
		if _, ok := stop.(stopped); !ok {
			return stop
		}
		a.More = true
		if len(listed) == s.q.Paths && stop == stopped("steps") {
			stop = nil
		}
	}
	d := describer{s: s, g: g}
	for _, nodes := range listed {
		p, err := d.path(nodes)
		if err != nil {
			return err
		}
		a.Paths = append(a.Paths, p)
	}
	return stop
}
