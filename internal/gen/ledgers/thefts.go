package ledgers

import (
	"github.com/turtlebay/turtlebay/internal/gen/transfers"
	"github.com/turtlebay/turtlebay/trace/follow"
)

// theft is a theft of so many rows of the chain's coin, from a row on, each worth 2^88
// or more, which no service of the generator receives. Such values outweigh nearly all
// that lies beside them, so that taint spreads as far as it can.
func theft(from uint64, marks int) follow.Question {
	t := follow.Theft{ID: "T"}
	for i := from; len(t.Marks) < marks; i++ {
		if r := transfers.At(i); r.Token == 0 && r.To >= 64 && r.To != r.From && r.High>>24 != 0 {
			t.Marks = append(t.Marks, Mark(i))
		}
	}
	return follow.Question{Thefts: []follow.Theft{t}, Rules: follow.Rules{Bounds: true}}
}

// Typical is a theft in the middle of a ledger of so many rows that ends at hubs: of
// 700 rows for each 100 million, which moves some 10,000.
func Typical(rows uint64) follow.Question {
	q := theft(rows/2, int(max(1, 7*rows/1e6)))
	q.Rules.Hub = 1000
	return q
}

// Early is a theft of 300 rows after a quarter of the ledger, in the coin that two rows
// in five move, and is followed through hubs.
func Early(rows uint64) follow.Question { return theft(rows/4, 300) }

// Worst is a theft of 1,000 rows after a third of the ledger, and is else as Early.
func Worst(rows uint64) follow.Question { return theft(rows/3, 1000) }
