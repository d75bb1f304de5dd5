package follow

import (
	"math/big"
	"slices"

	"github.com/turtlebay/turtlebay/chain"
)

// parcel is value on its way through a link, and what of it is tainted.
type parcel struct {
	value  chain.Amount
	taints []carried // by theft, in order; none: it is clean
}

// carried is the taint of one theft. What is not counted is nought and empty.
type carried struct {
	theft         int // index of run.thefts
	poison        bool
	haircut, tiho chain.Amount
	fifo, lifo    []piece // oldest first; they add up to the value of the parcel, or are none where all is clean
	least, most   chain.Amount
}

// piece is a part of a queue.
type piece struct {
	value   chain.Amount
	tainted bool
}

// scale makes the value another one, and all parts with it in proportion: floors, and
// what they leave to the parts of the largest fractions. It counts how often a part
// was a fraction.
func (p *parcel) scale(to chain.Amount) (splits uint64, err error) {
	from := p.value
	if from == to {
		return 0, nil
	}
	p.value = to
	if from.IsZero() || to.IsZero() {
		p.taints = nil
		return 0, nil
	}
	num, den := to.Big(), from.Big()
	count := func(exact bool) {
		if !exact {
			splits++
		}
	}
	for i := range p.taints {
		c := &p.taints[i]
		count(scaleOf(&c.haircut, from, num, den))
		count(scaleOf(&c.tiho, from, num, den))
		count(scalePieces(c.fifo, num, den))
		count(scalePieces(c.lifo, num, den))
		c.fifo, c.lifo = merged(c.fifo), merged(c.lifo)
		least, _ := fraction(c.least, num, den)
		most, rest := fraction(c.most, num, den)
		if rest.Sign() > 0 {
			most.Add(most, big.NewInt(1))
		}
		c.least, c.most = amountOf(least), amountOf(most)
		if c.empty() {
			c.theft = -1
		}
	}
	p.taints = slices.DeleteFunc(p.taints, func(c carried) bool { return c.theft < 0 })
	return splits, nil
}

// empty reports whether nothing of it is tainted.
func (c *carried) empty() bool {
	stolen := func(p piece) bool { return p.tainted && !p.value.IsZero() }
	return !c.poison && c.haircut.IsZero() && c.tiho.IsZero() && c.most.IsZero() &&
		!slices.ContainsFunc(c.fifo, stolen) && !slices.ContainsFunc(c.lifo, stolen)
}

// fraction is ⌊a·num/den⌋, and what it leaves, in parts of den.
func fraction(a chain.Amount, num, den *big.Int) (whole, rest *big.Int) {
	return new(big.Int).QuoRem(new(big.Int).Mul(a.Big(), num), den, new(big.Int))
}

// amountOf is a fraction of a value, which is below it and so fits.
func amountOf(n *big.Int) chain.Amount {
	a, _ := chain.FromBig(n)
	return a
}

// scaleOf scales the tainted part of a value; the clean part is the rest.
func scaleOf(part *chain.Amount, of chain.Amount, num, den *big.Int) (exact bool) {
	clean, _ := of.Sub(*part)
	pieces := []piece{{*part, true}, {clean, false}}
	exact = scalePieces(pieces, num, den)
	*part = pieces[0].value
	return exact
}

// scalePieces scales pieces that add up to den so that they add up to num.
func scalePieces(pieces []piece, num, den *big.Int) (exact bool) {
	rests := make([]*big.Int, len(pieces))
	order := make([]int, len(pieces))
	left := new(big.Int)
	for i := range pieces {
		var whole *big.Int
		whole, rests[i] = fraction(pieces[i].value, num, den)
		pieces[i].value, order[i] = amountOf(whole), i
		left.Add(left, rests[i])
	}
	left.Quo(left, den)
	slices.SortStableFunc(order, func(i, j int) int { return rests[j].Cmp(rests[i]) })
	for _, i := range order[:left.Int64()] {
		pieces[i].value, _ = pieces[i].value.Add(chain.Units64(1))
	}
	return !slices.ContainsFunc(rests, func(r *big.Int) bool { return r.Sign() > 0 })
}

// merged joins neighbours of one kind and leaves out what is nought.
func merged(pieces []piece) []piece {
	out := pieces[:0]
	for _, p := range pieces {
		n := len(out)
		switch {
		case p.value.IsZero():
		case n > 0 && out[n-1].tainted == p.tainted:
			out[n-1].value, _ = out[n-1].value.Add(p.value)
		default:
			out = append(out, p)
		}
	}
	return out
}
