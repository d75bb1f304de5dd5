// Package ledgers makes the rows of internal/gen/transfers into those of a ledger, and
// the thefts that traces over them are measured with.
//
//	receipt, err := store.Append(ctx, ledgers.Rows(0, 1_000_000))
//	answer, err := follow.Run(ctx, snapshot, ledgers.Typical(1_000_000))
package ledgers

import (
	"encoding/binary"
	"iter"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/internal/gen/transfers"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
)

// Rows are the rows from one number to before another.
func Rows(from, to uint64) iter.Seq2[ledger.Transfer, error] {
	return func(yield func(ledger.Transfer, error) bool) {
		for i := from; i < to; i++ {
			if !yield(Row(i), nil) {
				return
			}
		}
	}
}

// Row is a row. All its texts are parts of one string: a row is made often.
func Row(i uint64) ledger.Transfer {
	r := transfers.At(i)
	tx, from, to := transfers.TxID(r.Tx), transfers.Address(r.From), transfers.Address(r.To)
	text := make([]byte, 0, 96)
	text = append(append(append(text, tx[:]...), from[:]...), to[:]...)
	if r.Token > 0 {
		token := transfers.Token(r.Token)
		text = append(text, token[:]...)
	}
	all := string(text)
	t := ledger.Transfer{
		Chain: chain.Ethereum, Kind: ledger.Payment, Block: r.Block, Time: r.Time, Pos: r.Pos, Index: r.Index,
		Tx: all[:32], From: ledger.Address(all[32:52]), To: ledger.Address(all[52:72]), Asset: ledger.Asset(all[72:]), Value: chain.Units64(r.Low),
	}
	if r.High > 0 {
		var b [32]byte
		binary.BigEndian.PutUint64(b[16:], r.High)
		binary.BigEndian.PutUint64(b[24:], r.Low)
		t.Value = chain.FromBytes(b)
	}
	return t
}

// Mark names a row.
func Mark(i uint64) follow.Mark {
	t := Row(i)
	return follow.Mark{Chain: t.Chain, Tx: t.Tx, Kind: t.Kind, Index: t.Index}
}
