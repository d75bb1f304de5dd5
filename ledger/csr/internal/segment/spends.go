package segment

import (
	"encoding/binary"
	"sort"

	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/names"
)

// Spends is the outpoint that an input spends, by the number of its transaction.
func (s *Segment) Spends(row int) (tx int, index uint32, ok bool) {
	n := int(s.meta.Spends)
	i := sort.Search(n, func(i int) bool { return int(s.spendRow.U32(i)) >= row })
	if i == n || int(s.spendRow.U32(i)) != row {
		return 0, 0, false
	}
	return s.spendTxOf(i), s.spendIndex.U32(i), true
}

func (s *Segment) spendTxOf(i int) int {
	tx := int(s.spendTx.U32(i))
	if tx >= int(s.meta.Txs) {
		s.spendTx.Throw(4*i, "no transaction has that number")
	}
	return tx
}

// Spender is the input that spends an outpoint; tag is that of [OutpointTag].
func (s *Segment) Spender(of ledger.Outpoint, tag uint64) (row int, ok bool) {
	n := int(s.meta.Spends)
	for i := names.Seek(s.spendTags, n, tag); i < n; i++ {
		e := s.spendTags.U64(i)
		if names.Tag(e) != tag {
			break
		}
		at := int(names.No(e))
		if at >= n {
			s.spendTags.Throw(8*i, "no outpoint has that number")
		}
		if s.spendIndex.U32(at) == of.Index && string(s.TxID(s.spendTxOf(at))) == of.Tx {
			return int(s.spendRow.U32(at)), true
		}
	}
	return 0, false
}

// OutpointTag is the tag of an outpoint.
func OutpointTag(h names.Hash, of ledger.Outpoint) uint64 {
	b := make([]byte, 0, ledger.MaxTx+4)
	return h.Tag(string(binary.LittleEndian.AppendUint32(append(b, of.Tx...), of.Index)))
}
