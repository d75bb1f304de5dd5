// Package coins makes a chain of outputs that traces are measured with: the same
// transactions on every machine. Nothing in them is about anybody.
//
// # Shape
//
// A block has 500 transactions, 600 seconds apart. The first makes 50 coins of 10^13
// base units and takes the fees of its block. Of 100 others, by lot:
//
//   - 70 pay: 1 to 3 inputs (1 as often as 2 and 3 together), a payment of 1 to 90 in
//     100 of what there is, and the change;
//   - 10 pass one output on as one;
//   - 10 gather: 2 to 24 inputs, one output;
//   - 8 pay many: 1 or 2 inputs, 3 to 36 outputs, few more often than many;
//   - 2 join strangers: 3 to 20 inputs, as many equal outputs, and a change each.
//
// What has less than 10^5 units to pay goes on as one output instead, and outputs that
// would be nought are not made: so it is with one in twenty of those that pay.
// A transaction takes half of its inputs from the 2,000 newest unspent outputs, the
// others from all of them, evenly. Its fee is at most 1 in 1,000 of what it spends.
// Two outputs in three have an address of their own; the others belong to address
// ⌊N·u²⌋ of the N there are, u even between 0 and 1, so that the first ones are hubs:
// the share of addresses with more than d outputs falls as 1/d².
//
//	c := coins.New()
//	for range 1000 {
//		tx := c.Next() // valid until the next
//	}
package coins

import (
	"encoding/binary"
	"math/bits"
)

const (
	perBlock     = 500
	secondsApart = 600
	genesis      = 1_400_000_000 // time of block 1, seconds since 1970
	subsidy      = 50e13
	newest       = 2000
	splits       = 1e5 // what is less goes on as one output
)

// Out is an output: of transaction Tx, the one with that index.
type Out struct {
	Tx      uint64
	Index   uint32
	Address uint64
	Value   uint64
}

// Tx is a transaction by numbers.
type Tx struct {
	N       uint64 // its number, from 0
	Block   uint64
	Pos     uint32
	Time    int64
	Inputs  []Out
	Outputs []Out
}

// Chain makes one transaction after the other.
type Chain struct {
	s         source
	n         uint64
	unspent   []Out
	addresses uint64
	fees      uint64 // of the block so far; the next block's first takes them
	tx        Tx
}

// New is the chain before its first transaction.
func New() *Chain { return &Chain{} }

// source gives numbers that look drawn by lot and follow from where it starts alone
// (SplitMix64, Steele, Lea and Flood 2014).
type source uint64

func (s *source) next() uint64 {
	*s += 0x9e3779b97f4a7c15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below is a number below n, even.
func (s *source) below(n uint64) uint64 {
	hi, _ := bits.Mul64(s.next(), n)
	return hi
}

// early is ⌊n·u²⌋, u even between 0 and 1.
func (s *source) early(n uint64) uint64 {
	u := s.next()
	v, _ := bits.Mul64(u, u)
	v, _ = bits.Mul64(v, n)
	return v
}

// Next is the next transaction. What it holds is valid until the one after it.
func (c *Chain) Next() Tx {
	block := c.n / perBlock
	c.tx = Tx{
		N: c.n, Block: block + 1, Pos: uint32(c.n % perBlock), Time: genesis + int64(block)*secondsApart,
		Inputs: c.tx.Inputs[:0], Outputs: c.tx.Outputs[:0],
	}
	c.n++
	if c.tx.Pos == 0 {
		c.pay(subsidy + c.fees)
		c.fees = 0
	} else if len(c.unspent) > 0 {
		c.transfer()
	}
	c.unspent = append(c.unspent, c.tx.Outputs...)
	return c.tx
}

// transfer fills a transaction that spends.
func (c *Chain) transfer() {
	switch lot := c.s.below(100); {
	case lot < 70:
		left := c.take(1 + c.s.below(2)*(1+c.s.below(2)))
		first := left / 100 * (1 + c.s.below(90))
		if left < splits {
			first = 0
		}
		c.pay(first)
		c.pay(left - first)
	case lot < 80:
		c.pay(c.take(1))
	case lot < 90:
		c.pay(c.take(2 + c.s.below(23)))
	case lot < 98:
		left, outputs := c.take(1+c.s.below(2)), 3+c.s.early(34)
		if left < splits {
			outputs = 1
		}
		for ; outputs > 1; outputs-- {
			v := c.s.below(2 * left / outputs)
			c.pay(v)
			left -= v
		}
		c.pay(left)
	default:
		c.join(3 + c.s.below(18))
	}
}

// join lets strangers spend together: equal outputs of the least that one brings, and
// what each has beside that.
func (c *Chain) join(strangers uint64) {
	left := c.take(strangers)
	least := left / uint64(len(c.tx.Inputs))
	for _, in := range c.tx.Inputs {
		least = min(least, in.Value)
	}
	for range c.tx.Inputs {
		c.pay(least)
		left -= least
	}
	for i, in := range c.tx.Inputs {
		v := min(in.Value-least, left)
		if i == len(c.tx.Inputs)-1 {
			v = left
		}
		c.pay(v)
		left -= v
	}
}

// take spends up to n outputs and is what they hold less the fee.
func (c *Chain) take(n uint64) (left uint64) {
	for range min(n, uint64(len(c.unspent))) {
		last := len(c.unspent) - 1
		from := uint64(len(c.unspent))
		if c.s.below(2) == 0 {
			from = min(from, newest)
		}
		at := last - int(c.s.below(from))
		c.tx.Inputs = append(c.tx.Inputs, c.unspent[at])
		left += c.unspent[at].Value
		c.unspent[at] = c.unspent[last]
		c.unspent = c.unspent[:last]
	}
	fee := c.s.below(left/1000 + 1)
	c.fees += fee
	return left - fee
}

// pay makes an output; none of nought.
func (c *Chain) pay(value uint64) {
	if value == 0 {
		return
	}
	owner := c.addresses
	if c.s.below(3) == 0 && c.addresses > 0 {
		owner = c.s.early(c.addresses)
	} else {
		c.addresses++
	}
	c.tx.Outputs = append(c.tx.Outputs, Out{c.tx.N, uint32(len(c.tx.Outputs)), owner, value})
}

// Address is the address with a number: twenty bytes.
func Address(n uint64) (a [20]byte) {
	s := source(n + 1<<40)
	binary.LittleEndian.PutUint64(a[:], s.next())
	binary.LittleEndian.PutUint64(a[8:], s.next())
	binary.BigEndian.PutUint32(a[16:], uint32(n))
	return a
}

// TxID is the id of a transaction: thirty-two bytes.
func TxID(n uint64) (id [32]byte) {
	s := source(n + 1<<56)
	for i := 0; i < 24; i += 8 {
		binary.LittleEndian.PutUint64(id[i:], s.next())
	}
	binary.BigEndian.PutUint64(id[24:], n)
	return id
}
