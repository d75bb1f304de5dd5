package batch

import (
	"slices"

	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/names"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/segment"
)

// arrange orders the rows that stay, renumbers what they name and measures them.
func (b *Batch) arrange(drop []bool) {
	if drop != nil || !b.sorted {
		b.order = make([]uint32, 0, b.Len())
		for row := range b.from {
			if drop == nil || !drop[row] {
				b.order = append(b.order, uint32(row))
			}
		}
		if !b.sorted {
			slices.SortFunc(b.order, func(i, j uint32) int { return b.compare(int(i), int(j)) })
		}
	}
	b.size = segment.Size{Rows: b.Len()}
	if b.order != nil {
		b.size.Rows = len(b.order)
	}
	b.rename()
	b.measure()
}

// rename numbers the transactions that rows which stay name, if these are not all.
func (b *Batch) rename() {
	used := make([]bool, b.txs.Len())
	for i := range b.size.Rows {
		row := b.at(i)
		used[b.tx[row]] = true
		if b.kind[row] == ledger.Input {
			tx, _ := b.spent(row)
			used[tx] = true
		}
	}
	if !slices.Contains(used, false) {
		return
	}
	b.renamed, b.kept = make([]uint32, len(used)), []uint32{}
	for tx, is := range used {
		if is {
			b.renamed[tx] = uint32(len(b.kept))
			b.kept = append(b.kept, uint32(tx))
		}
	}
	entries := b.entries[:0]
	for _, e := range b.entries {
		if used[names.No(e)] {
			entries = append(entries, names.Tag(e)|uint64(b.renamed[names.No(e)]))
		}
	}
	b.entries = entries
}

// measure says what the rows that stay will take.
func (b *Batch) measure() {
	s := &b.size
	for i := range s.Rows {
		r := b.at(i)
		s.Accounts = max(s.Accounts, int(b.from[r])+1, int(b.to[r])+1)
		s.WideAsset += flag(b.asset[r] >= uint32(ledger.WideAsset))
		s.WidePos += flag(b.pos[r] >= uint32(segment.Narrow))
		s.WideIndex += flag(b.index[r] >= uint32(segment.Narrow))
		if b.value[r] == ledger.WideValue {
			wide := flag(segment.IsWide128(b.Value(r)))
			s.W128 += wide
			s.W256 += 1 - wide
		}
		s.Kinds = s.Kinds || b.kind[r] != ledger.Payment
		s.Spends += flag(b.kind[r] == ledger.Input)
	}
	s.Txs, s.TxStride, s.TxBytes = b.txs.Len(), b.txs.Stride(), b.txs.Bytes()
	if b.kept == nil {
		return
	}
	s.Txs, s.TxBytes = len(b.kept), 0
	for _, tx := range b.kept {
		s.TxBytes += int64(len(b.txs.Get(int(tx))))
	}
}
