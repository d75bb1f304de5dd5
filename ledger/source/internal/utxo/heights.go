package utxo

import (
	"math/big"
	"slices"
)

// origin is the hash of Bitcoin's first block, as computed, and claimsFrom the height
// from which on every block of version 2 or later says its own.
var origin = [32]byte{
	0x6f, 0xe2, 0x8c, 0x0a, 0xb6, 0xf1, 0xb3, 0x72, 0xc1, 0xa6, 0xa2, 0x46, 0xae, 0x63, 0xf7, 0x4f,
	0x93, 0x1e, 0x83, 0x65, 0xe1, 0x5a, 0x08, 0x9c, 0x68, 0xd6, 0x19, 0x00, 0x00, 0x00, 0x00, 0x00,
}

const claimsFrom = 227931

// standing says where a block stands.
type standing uint8

const (
	nowhere standing = iota // its height is not known
	main                    // on the chain
	beside                  // another block was preferred
	taken                   // another piece of chain has a block at its height
)

// node is a block's header, for finding its height.
type node struct {
	prev, hash [32]byte
	claim      uint64 // height that it says itself; 0: none
	work       *big.Int
	height     uint64
	standing   standing
	next       []int
}

// settle finds the heights: from the first block of all on, or from heights that blocks
// say themselves where these agree. Where blocks have the same block before them, those
// with most work behind them stand on the chain; the earlier in the files where it is
// equal. It returns the nodes by hash; of copies of a block a sound one counts.
func settle(nodes []node) map[[32]byte]*node {
	byHash := make(map[[32]byte]int, len(nodes))
	for i := range nodes {
		if first, twice := byHash[nodes[i].hash]; !twice || nodes[i].work.Cmp(nodes[first].work) > 0 {
			byHash[nodes[i].hash] = i
		}
	}
	var roots []int
	for i := range nodes {
		switch before, ok := byHash[nodes[i].prev]; {
		case byHash[nodes[i].hash] != i:
		case ok:
			nodes[before].next = append(nodes[before].next, i)
		default:
			roots = append(roots, i)
		}
	}
	var pieces []piece
	for _, root := range roots {
		pieces = append(pieces, grow(nodes, root))
	}
	slices.SortStableFunc(pieces, func(a, b piece) int { return b.work.Cmp(a.work) })
	at := map[uint64]bool{}
	for _, p := range pieces {
		p.stand(nodes, at)
	}
	out := make(map[[32]byte]*node, len(byHash))
	for hash, i := range byHash {
		out[hash] = &nodes[i]
	}
	return out
}

// piece is a block whose predecessor is not there, and all that follow it.
type piece struct {
	all    []int // parents before children
	path   []int // those with most work
	work   *big.Int
	known  bool   // the height of the first is known
	height uint64 // of the first
}

func grow(nodes []node, root int) piece {
	p := piece{work: new(big.Int)}
	sum := map[int]*big.Int{}
	depth := map[int]uint64{root: 0}
	from := map[int]int{root: -1}
	best, conflict := root, false
	claim := func(height uint64) {
		conflict = conflict || p.known && p.height != height
		p.known, p.height = true, height
	}
	switch {
	case nodes[root].prev == [32]byte{}:
		claim(0)
	case nodes[root].prev == origin:
		claim(1)
	}
	p.all = []int{root}
	for k := 0; k < len(p.all); k++ {
		i := p.all[k]
		sum[i] = new(big.Int).Set(nodes[i].work)
		if before := from[i]; before >= 0 {
			sum[i].Add(sum[i], sum[before])
		}
		if sum[i].Cmp(sum[best]) > 0 {
			best = i
		}
		if c := nodes[i].claim; c >= claimsFrom && c >= depth[i] {
			claim(c - depth[i])
		}
		for _, n := range nodes[i].next {
			depth[n], from[n] = depth[i]+1, i
			p.all = append(p.all, n)
		}
	}
	p.known = p.known && !conflict
	for i := best; i >= 0; i = from[i] {
		p.path = append(p.path, i)
	}
	slices.Reverse(p.path)
	p.work = sum[best]
	for i, d := range depth {
		nodes[i].height = p.height + d
	}
	return p
}

// stand settles where the blocks of a piece stand, given the heights that are taken.
func (p piece) stand(nodes []node, at map[uint64]bool) {
	if !p.known {
		return
	}
	for _, i := range p.all {
		nodes[i].standing = beside
	}
	for _, i := range p.path {
		nodes[i].standing = main
		if at[nodes[i].height] {
			nodes[i].standing = taken
		}
		at[nodes[i].height] = true
	}
}

// workOf is how many hashes a block stands for: 2^256 over the target and one. A target
// that cannot be is no work.
func workOf(bits uint32) *big.Int {
	size, mantissa := bits>>24, bits&0x7fffff
	if bits&0x800000 != 0 || mantissa == 0 || size > 34 {
		return new(big.Int)
	}
	target := new(big.Int).Lsh(big.NewInt(int64(mantissa)), uint(8*size))
	target.Rsh(target, 24).Add(target, big.NewInt(1))
	return target.Div(new(big.Int).Lsh(big.NewInt(1), 256), target)
}
