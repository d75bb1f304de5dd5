package spill

import (
	"encoding/binary"
	"errors"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
)

// ErrRecord: a record is not what was packed.
var ErrRecord = errors.New("a sorted record is damaged")

// Packer writes the fields of a record. Numbers are big-endian, so that records whose
// first fields are numbers sort by them.
type Packer []byte

// U8 appends a byte.
func (p *Packer) U8(n uint8) { *p = append(*p, n) }

// Bool appends a byte that is 0 or 1.
func (p *Packer) Bool(b bool) {
	if b {
		p.U8(1)
		return
	}
	p.U8(0)
}

// U32 appends four bytes.
func (p *Packer) U32(n uint32) { *p = binary.BigEndian.AppendUint32(*p, n) }

// U64 appends eight bytes.
func (p *Packer) U64(n uint64) { *p = binary.BigEndian.AppendUint64(*p, n) }

// Text appends a string of less than 2^32 bytes with its length before it.
func (p *Packer) Text(s string) {
	p.U32(uint32(len(s)))
	*p = append(*p, s...)
}

// Amount appends an amount.
func (p *Packer) Amount(a chain.Amount) {
	if n, ok := a.Uint64(); ok {
		p.U8(8)
		p.U64(n)
		return
	}
	b := a.Bytes()
	p.U8(32)
	*p = append(*p, b[:]...)
}

// Unpacker reads what a Packer wrote. After the first fault it gives zero values; see
// Err.
type Unpacker struct {
	rest []byte
	bad  bool
}

// Unpack reads a record.
func Unpack(record []byte) *Unpacker { return &Unpacker{rest: record} }

// Err is ErrRecord if a field was not there.
func (u *Unpacker) Err() error {
	if u.bad {
		return ErrRecord
	}
	return nil
}

func (u *Unpacker) take(n uint64) []byte {
	if u.bad || uint64(len(u.rest)) < n {
		u.bad = true
		return make([]byte, min(n, 32))
	}
	out := u.rest[:n]
	u.rest = u.rest[n:]
	return out
}

// U8 reads a byte.
func (u *Unpacker) U8() uint8 { return u.take(1)[0] }

// Bool reads what Packer.Bool wrote.
func (u *Unpacker) Bool() bool { return u.U8() == 1 }

// U32 reads four bytes.
func (u *Unpacker) U32() uint32 { return binary.BigEndian.Uint32(u.take(4)) }

// U64 reads eight bytes.
func (u *Unpacker) U64() uint64 { return binary.BigEndian.Uint64(u.take(8)) }

// Text reads a string.
func (u *Unpacker) Text() string {
	b := u.take(uint64(u.U32()))
	if u.bad {
		return ""
	}
	return string(b)
}

// Amount reads an amount.
func (u *Unpacker) Amount() chain.Amount {
	if u.U8() == 8 {
		return chain.Units64(u.U64())
	}
	return chain.FromBytes([32]byte(u.take(32)))
}

// Transfer appends a row so that CompareTransfers orders it.
func (p *Packer) Transfer(t *ledger.Transfer) {
	p.U64(t.Block)
	p.U32(t.Pos)
	p.U8(uint8(t.Kind))
	p.U32(t.Index)
	p.Text(t.Tx)
	p.U64(uint64(t.Time))
	p.Text(string(t.Chain))
	p.Text(string(t.From))
	p.Text(string(t.To))
	p.Text(string(t.Asset))
	p.Amount(t.Value)
	p.Text(t.Spends.Tx)
	p.U32(t.Spends.Index)
}

// Transfer reads a row.
func (u *Unpacker) Transfer() (t ledger.Transfer) {
	t.Block, t.Pos, t.Kind, t.Index = u.U64(), u.U32(), ledger.Kind(u.U8()), u.U32()
	t.Tx, t.Time, t.Chain = u.Text(), int64(u.U64()), chain.ID(u.Text())
	t.From, t.To, t.Asset = ledger.Address(u.Text()), ledger.Address(u.Text()), ledger.Asset(u.Text())
	t.Value = u.Amount()
	t.Spends.Tx, t.Spends.Index = u.Text(), u.U32()
	return t
}
