// Package transfers makes the rows that ledgers and traces are measured with: row n is
// a function of n, on every machine. Nothing in them is about anybody.
//
// # Shape
//
// Rows stand 150 to a block, 12 seconds apart; every eighth shares the transaction of
// the row before. Before row n there are 64 + n/4 accounts. Every fourth row pays an
// account that is new with it. Else each side is account ⌊N·u²⌋ of the N there are, u
// even between 0 and 1: degrees have mean 4 in each direction, and the share of
// accounts with more than d rows falls as 1/d². Of 100 rows 12 have a hub at one side
// in place of that: 64 accounts of services (numbers 0 to 63), the k-th with a share of
// 1/k: the largest has 2.5 rows in 100, and somewhat more as one of the first accounts,
// half of them in each direction, so that it is a million-row hub from 40 million rows on.
//
// Two rows in five move the chain's coin, the others one of 2,000 tokens, ⌊2000·u³⌋.
// Values have 1 to 63 bits, evenly; three in a hundred are of 64 to 95 bits.
//
//	row := transfers.At(12345)
//	from := transfers.Address(row.From)
package transfers

import (
	"encoding/binary"
	"math/bits"
)

const (
	rowsPerBlock = 150
	secondsApart = 12
	genesis      = 1_600_000_000 // time of block 1, seconds since 1970
	hubs         = 64
	rowsPerNew   = 4
	tokens       = 2000
)

// Row is one payment by numbers.
type Row struct {
	Block      uint64
	Time       int64 // seconds since 1970-01-01 UTC
	Pos, Index uint32
	Tx         uint64
	From, To   uint64 // accounts
	Token      uint32 // 0: the chain's coin
	High, Low  uint64 // value: High·2^64 + Low
}

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

// early is ⌊n·u^power⌋, u even between 0 and 1.
func (s *source) early(n uint64, power int) uint64 {
	u := s.next()
	v := u
	for range power - 1 {
		v, _ = bits.Mul64(v, u)
	}
	v, _ = bits.Mul64(v, n)
	return v
}

// hubShares are the sums of 1/k for the k-th hub, in units of 2^-32.
var hubShares = func() (out [hubs + 1]uint64) {
	for k := range uint64(hubs) {
		out[k+1] = out[k] + (1<<32)/(k+1)
	}
	return out
}()

func (s *source) hub() uint64 {
	at := s.below(hubShares[hubs])
	for k := range uint64(hubs) {
		if at < hubShares[k+1] {
			return k
		}
	}
	return hubs - 1
}

// Accounts is how many accounts there are before row n.
func Accounts(n uint64) uint64 { return hubs + n/rowsPerNew }

// At is row n, from 0.
func At(n uint64) Row {
	s := source(n * 0xd1342543de82ef95)
	block := n / rowsPerBlock
	r := Row{Block: block + 1, Time: genesis + int64(block)*secondsApart, Pos: uint32(n % rowsPerBlock), Tx: n}
	if n%8 == 7 && r.Pos > 0 {
		r.Pos, r.Index, r.Tx = r.Pos-1, 1, n-1
	}
	r.From, r.To = s.early(Accounts(n), 2), s.early(Accounts(n), 2)
	if n%rowsPerNew == 0 {
		r.To = Accounts(n)
	}
	switch s.below(100) {
	case 0, 1, 2, 3, 4, 5:
		r.From = s.hub()
	case 6, 7, 8, 9, 10, 11:
		if n%rowsPerNew != 0 {
			r.To = s.hub()
		} else {
			r.From = s.hub()
		}
	}
	if s.below(5) >= 2 {
		r.Token = 1 + uint32(s.early(tokens, 3))
	}
	r.Low = s.next()
	if s.below(100) < 3 {
		r.High = 1 + s.next()>>(33+s.below(31))
	} else {
		r.Low = 1 | r.Low>>(1+s.below(63))
	}
	return r
}

// Address is the account with a number: twenty bytes.
func Address(n uint64) (a [20]byte) {
	s := source(n + 1<<40)
	binary.LittleEndian.PutUint64(a[:], s.next())
	binary.LittleEndian.PutUint64(a[8:], s.next())
	binary.BigEndian.PutUint32(a[16:], uint32(n))
	return a
}

// Token is the contract of a token with a number from 1: twenty bytes.
func Token(n uint32) [20]byte { return Address(1<<48 + uint64(n)) }

// TxID is the id of a transaction: thirty-two bytes.
func TxID(n uint64) (id [32]byte) {
	s := source(n + 1<<56)
	for i := 0; i < 24; i += 8 {
		binary.LittleEndian.PutUint64(id[i:], s.next())
	}
	binary.BigEndian.PutUint64(id[24:], n)
	return id
}
