package cluster

import "slices"

// groups is a partition of the addresses seen so far: each knows an address of its
// group, and the last of that chain stands for the group.
type groups struct {
	number    map[string]int
	addresses []string
	parent    []int
	size      []int
}

func newGroups() *groups { return &groups{number: map[string]int{}} }

// see adds an address as a group of its own, unless it is known.
func (g *groups) see(address string) {
	if _, known := g.number[address]; known {
		return
	}
	n := len(g.addresses)
	g.number[address] = n
	g.addresses, g.parent, g.size = append(g.addresses, address), append(g.parent, n), append(g.size, 1)
}

// fresh is the addresses among the entries that were not seen yet, each once.
func (g *groups) fresh(entries []Entry) (out []string) {
	once := map[string]bool{}
	for _, e := range entries {
		if _, known := g.number[e.Address]; !known && !once[e.Address] {
			once[e.Address] = true
			out = append(out, e.Address)
		}
	}
	return out
}

// find is the address that stands for the group.
func (g *groups) find(n int) int {
	for g.parent[n] != n {
		g.parent[n] = g.parent[g.parent[n]]
		n = g.parent[n]
	}
	return n
}

// join makes one group of those of two addresses that were seen.
func (g *groups) join(a, b string) {
	x, y := g.find(g.number[a]), g.find(g.number[b])
	if x == y {
		return
	}
	if g.size[x] < g.size[y] {
		x, y = y, x
	}
	g.parent[y] = x
	g.size[x] += g.size[y]
}

// sorted is the groups, sorted, of sorted addresses.
func (g *groups) sorted() [][]string {
	byRoot := map[int][]string{}
	for n, address := range g.addresses {
		root := g.find(n)
		byRoot[root] = append(byRoot[root], address)
	}
	out := make([][]string, 0, len(byRoot))
	for _, group := range byRoot {
		slices.Sort(group)
		out = append(out, group)
	}
	slices.SortFunc(out, slices.Compare)
	return out
}
