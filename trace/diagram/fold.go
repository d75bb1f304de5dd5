package diagram

import (
	"cmp"
	"slices"

	"github.com/turtlebay/turtlebay/trace/price"
)

// fold draws addresses together until there are no more than most, and makes the
// diagram.
func (b *builder) fold(most int) *Diagram {
	f := newFolding(b)
	for f.left > most && f.drawInto() {
	}
	if f.left > most {
		f.others(most)
	}
	return b.draw(f.into)
}

// folding is places on their way into others.
type folding struct {
	*builder
	into    []int // the place that each is drawn into: itself at first
	through []price.Decimal
	left    int // addresses that stand by themselves
}

func newFolding(b *builder) *folding {
	f := &folding{builder: b, into: make([]int, len(b.nodes)), through: make([]price.Decimal, len(b.nodes))}
	for i, n := range b.nodes {
		f.into[i] = i
		if n.Kind == Address {
			f.left++
		}
	}
	for _, e := range b.edges {
		f.through[e.from], f.through[e.to] = f.through[e.from].Add(e.most()), f.through[e.to].Add(e.most())
	}
	return f
}

// drawInto draws the smallest address that depends on one other into that; it reports
// whether there was one.
func (f *folding) drawInto() bool {
	smallest, into := -1, -1
	for i, n := range f.nodes {
		if n.Kind != Address || f.into[i] != i || smallest >= 0 && f.through[i].Cmp(f.through[smallest]) >= 0 {
			continue
		}
		if p, ok := f.depends(i); ok {
			smallest, into = i, p
		}
	}
	if smallest < 0 {
		return false
	}
	for i := range f.into {
		if f.into[i] == smallest {
			f.into[i] = into
		}
	}
	f.nodes[into].Count += 1 + f.nodes[smallest].Count
	f.left--
	return true
}

// most nine parts in ten of what an address had have to be from one other.
const nine, ten = 9, 10

// depends is the address that another has almost all from.
func (f *folding) depends(i int) (from int, ok bool) {
	in := map[int]price.Decimal{}
	all := price.Decimal{}
	for _, e := range f.edges {
		if to, from := f.into[e.to], f.into[e.from]; to == i && from != i {
			in[from], all = in[from].Add(e.most()), all.Add(e.most())
		}
	}
	for from, sum := range in {
		if f.nodes[from].Kind == Address && times(sum, ten).Cmp(times(all, nine)) >= 0 && !all.IsZero() {
			return from, true // there is one at most
		}
	}
	return 0, false
}

func times(d price.Decimal, n int) (out price.Decimal) {
	for range n {
		out = out.Add(d)
	}
	return out
}

// others makes one place of the smallest addresses that are left.
func (f *folding) others(most int) {
	var addresses []int
	for i, n := range f.nodes {
		if n.Kind == Address && f.into[i] == i {
			addresses = append(addresses, i)
		}
	}
	slices.SortStableFunc(addresses, func(i, j int) int { return cmp.Or(f.through[j].Cmp(f.through[i]), cmp.Compare(i, j)) })
	folded := addresses[most:]
	first := slices.Min(folded)
	count := 0
	for _, i := range folded {
		count += 1 + f.nodes[i].Count
		for j := range f.into {
			if f.into[j] == i {
				f.into[j] = first
			}
		}
	}
	f.nodes[first] = Node{Kind: Others, Label: "other addresses", Count: count}
}
