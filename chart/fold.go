package chart

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// Folding says how many nodes a diagram keeps and how what is folded prints.
type Folding struct {
	Keep  int                 // nodes at most, the one for the others among them
	Name  func(n int) string  // label of the node that stands for n others
	Print func(string) string // label of a sum, which is a plain decimal
}

// Fold returns the flows with the least of the nodes that nothing leaves folded into one
// of kind [OthersNode], so that no more than o.Keep nodes are left where that can be
// done: nodes that pay on stay, and so does the order of the rest. What the folded nodes
// received is kept to the unit: flows of one grade from one node to them become one, with
// the sum of the amounts. Its most is the sum of the greatest amounts; one policy alone may
// give less. Errors wrap [ErrAmount] or [ErrReference].
func (f Flows) Fold(o Folding) (Flows, error) {
	d, err := f.readAny()
	if err != nil {
		return Flows{}, fmt.Errorf("fold flows: %w", err)
	}
	folded := d.least(len(f.Nodes) - o.Keep + 1)
	if len(folded) < 2 {
		return f, nil
	}
	out := Flows{Frame: f.Frame, Some: f.Some}
	id := "others"
	for i := 0; i < len(f.Nodes); i++ { // an id that is not taken
		if f.Nodes[i].ID == id {
			id, i = id+"+", -1
		}
	}
	for i, n := range f.Nodes {
		if !folded[i] {
			out.Nodes = append(out.Nodes, n)
		}
	}
	sums := d.foldLinks(&out, f.Links, folded, id)
	total := newSum()
	for _, s := range sums {
		l := &out.Links[s.link]
		l.Amount, l.Most = s.least(o.Print), s.upTo(o.Print)
		total.join(s)
	}
	sub := total.least(o.Print).Label
	if m := total.upTo(o.Print); m.Label != "" {
		sub += " – " + m.Label
	}
	out.Nodes = append(out.Nodes, Node{ID: id, Kind: OthersNode, Label: o.Name(len(folded)), Sub: sub})
	return out, nil
}

// least picks the n nodes that nothing leaves and that received least, later
// ones first among equals.
func (d *flowData) least(n int) map[int]bool {
	in, _ := d.sums()
	paying := make([]bool, len(d.nodes))
	for _, l := range d.flows {
		paying[l.from] = true
	}
	var ends []int
	for i := range d.nodes {
		if !paying[i] {
			ends = append([]int{i}, ends...)
		}
	}
	slices.SortStableFunc(ends, func(a, b int) int { return in[a].Cmp(in[b]) })
	out := map[int]bool{}
	for _, i := range ends[:max(min(n, len(ends)), 0)] {
		out[i] = true
	}
	return out
}

// foldLinks copies the links and joins those to folded nodes. It returns the
// sums in the order of their links.
func (d *flowData) foldLinks(out *Flows, links []Flow, folded map[int]bool, id string) []*sum {
	type pair struct {
		from  int
		grade Grade
	}
	byPair := map[pair]*sum{}
	var sums []*sum
	for i, l := range links {
		k := d.flows[i]
		if !folded[k.to] {
			out.Links = append(out.Links, l)
			continue
		}
		s := byPair[pair{k.from, k.grade}]
		if s == nil {
			s = newSum()
			s.link = len(out.Links)
			byPair[pair{k.from, k.grade}] = s
			sums = append(sums, s)
			out.Links = append(out.Links, Flow{From: l.From, To: id, Grade: l.Grade})
		}
		s.add(k, l)
	}
	return sums
}

// sum adds amounts exactly.
type sum struct {
	link      int
	low, high *big.Rat
	places    int // decimal places
}

func newSum() *sum { return &sum{low: new(big.Rat), high: new(big.Rat)} }

func (s *sum) add(k *flow, l Flow) {
	s.low.Add(s.low, k.least)
	s.high.Add(s.high, k.most)
	for _, a := range []string{l.Amount.Amount, l.Most.Amount} {
		if _, frac, ok := strings.Cut(a, "."); ok {
			s.places = max(s.places, len(frac))
		}
	}
}

func (s *sum) join(o *sum) {
	s.low.Add(s.low, o.low)
	s.high.Add(s.high, o.high)
	s.places = max(s.places, o.places)
}

func (s *sum) least(print func(string) string) Value {
	a := s.low.FloatString(s.places)
	return Value{Amount: a, Label: print(a)}
}

// upTo is the greatest amount where there is a range, else nothing.
func (s *sum) upTo(print func(string) string) Value {
	if s.high.Cmp(s.low) == 0 {
		return Value{}
	}
	a := s.high.FloatString(s.places)
	return Value{Amount: a, Label: print(a)}
}
