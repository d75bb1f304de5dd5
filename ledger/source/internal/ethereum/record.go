package ethereum

import (
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/source/internal/spill"
)

// pack writes a row so that records sort by block, sort, file and line.
func (r *row) pack(p *spill.Packer) {
	p.U64(r.block)
	p.U8(uint8(r.sort))
	p.U32(r.file)
	p.U64(r.line)
	p.Text(r.tx)
	p.Bool(r.pos.ok)
	p.U32(r.pos.v)
	packNumber(p, r.time)
	p.Text(string(r.from))
	p.Text(string(r.to))
	p.Amount(r.value)
	p.Text(string(r.asset))
	p.U32(r.index)
	p.U8(uint8(r.move))
	p.Text(r.path)
	p.U8(uint8(r.result))
	packNumber(p, r.nonce)
	p.Text(string(r.contract))
	packAmount(p, r.gas)
	packAmount(p, r.price)
	p.Amount(r.beside)
	p.U32(uint32(len(r.withdrawals)))
	for _, w := range r.withdrawals {
		p.U64(w.index)
		p.Text(string(w.to))
		p.Amount(w.value)
	}
}

func unpack(record []byte) (r row, err error) {
	u := spill.Unpack(record)
	r.block, r.sort, r.file, r.line, r.tx = u.U64(), sort(u.U8()), u.U32(), u.U64(), u.Text()
	r.pos.ok, r.pos.v = u.Bool(), u.U32()
	r.time = unpackNumber(u)
	r.from, r.to = ledger.Address(u.Text()), ledger.Address(u.Text())
	r.value, r.asset, r.index = u.Amount(), ledger.Asset(u.Text()), u.U32()
	r.move, r.path, r.result = move(u.U8()), u.Text(), result(u.U8())
	r.nonce, r.contract = unpackNumber(u), ledger.Address(u.Text())
	r.gas, r.price, r.beside = unpackAmount(u), unpackAmount(u), u.Amount()
	for n := u.U32(); n > 0 && u.Err() == nil; n-- {
		r.withdrawals = append(r.withdrawals, withdrawal{u.U64(), ledger.Address(u.Text()), u.Amount()})
	}
	return r, u.Err()
}

func packNumber(p *spill.Packer, n optional[uint64]) {
	p.Bool(n.ok)
	p.U64(n.v)
}

func unpackNumber(u *spill.Unpacker) (n optional[uint64]) {
	n.ok, n.v = u.Bool(), u.U64()
	return n
}

func packAmount(p *spill.Packer, a optional[chain.Amount]) {
	p.Bool(a.ok)
	p.Amount(a.v)
}

func unpackAmount(u *spill.Unpacker) (a optional[chain.Amount]) {
	a.ok, a.v = u.Bool(), u.Amount()
	return a
}
