package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"math/bits"

	"github.com/turtlebay/turtlebay/chain"
)

// Sum is a sum of amounts: 320 bits, so that no number of rows exceeds it.
type Sum struct {
	w [5]uint64 // least significant first
}

// Add adds an amount.
func (s *Sum) Add(a chain.Amount) {
	b := a.Bytes()
	var carry uint64
	for i := range 4 {
		s.w[i], carry = bits.Add64(s.w[i], binary.BigEndian.Uint64(b[24-8*i:]), carry)
	}
	s.w[4] += carry
}

// Amount is the sum as an amount; ok is false if it is 2^256 or more.
func (s Sum) Amount() (a chain.Amount, ok bool) {
	var b [32]byte
	for i := range 4 {
		binary.BigEndian.PutUint64(b[24-8*i:], s.w[i])
	}
	return chain.FromBytes(b), s.w[4] == 0
}

// Digest makes the digest of a snapshot: SHA-256 over the rows, chain after chain by
// name and in order, each as [AppendRow] writes it.
type Digest struct {
	h   hash.Hash
	buf []byte
}

// NewDigest is the digest of no rows.
func NewDigest() *Digest { return &Digest{h: sha256.New()} }

// flushAt is how many bytes are gathered before they are hashed.
const flushAt = 1 << 16

// Add takes the next row.
func (d *Digest) Add(t *Transfer) {
	d.buf = AppendRow(d.buf, t)
	if len(d.buf) >= flushAt {
		d.h.Write(d.buf)
		d.buf = d.buf[:0]
	}
}

// String is the digest in hexadecimal, of the rows so far.
func (d *Digest) String() string {
	d.h.Write(d.buf)
	d.buf = d.buf[:0]
	return hex.EncodeToString(d.h.Sum(nil))
}

// AppendRow appends the canonical bytes of a row: kind, block, position, index, time
// (big-endian, 1, 8, 4, 4 and 8 bytes); then chain, transaction, from, to, asset,
// value without leading zeros, and the transaction of the outpoint, each with its
// length in one byte before it; then the outpoint's index (4 bytes).
func AppendRow(b []byte, t *Transfer) []byte {
	b = append(b, byte(t.Kind))
	b = binary.BigEndian.AppendUint64(b, t.Block)
	b = binary.BigEndian.AppendUint32(b, t.Pos)
	b = binary.BigEndian.AppendUint32(b, t.Index)
	b = binary.BigEndian.AppendUint64(b, uint64(t.Time))
	b = appendText(b, string(t.Chain))
	b = appendText(b, t.Tx)
	b = appendText(b, string(t.From))
	b = appendText(b, string(t.To))
	b = appendText(b, string(t.Asset))
	value := t.Value.Bytes()
	lead := 0
	for lead < len(value) && value[lead] == 0 {
		lead++
	}
	b = append(b, byte(len(value)-lead))
	b = append(b, value[lead:]...)
	b = appendText(b, t.Spends.Tx)
	return binary.BigEndian.AppendUint32(b, t.Spends.Index)
}

func appendText(b []byte, text string) []byte {
	return append(append(b, byte(len(text))), text...)
}

// Compare orders rows of one chain: by block, position, kind, index and transaction.
func Compare(a, b *Transfer) int {
	switch {
	case a.Block != b.Block:
		return side(a.Block < b.Block)
	case a.Pos != b.Pos:
		return side(a.Pos < b.Pos)
	case a.Kind != b.Kind:
		return side(a.Kind < b.Kind)
	case a.Index != b.Index:
		return side(a.Index < b.Index)
	case a.Tx != b.Tx:
		return side(a.Tx < b.Tx)
	}
	return 0
}

func side(less bool) int {
	if less {
		return -1
	}
	return 1
}
