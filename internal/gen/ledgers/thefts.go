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
// 7 rows for each million. Of 100 million rows 11,000 move value of 6,000 places that it
// reaches.
func Typical(rows uint64) follow.Question {
	q := theft(rows/2, int(max(1, 7*rows/1e6)))
	q.Rules.Hub = 1000
	return q
}

// Worst is a theft of 1,000 rows after a third of the ledger, in the coin that two rows
// in five move, and is followed through hubs: it reaches all of them, and six rows in a
// hundred of the ledger carry taint. A theft much later cannot reach as many: after three
// fifths of the ledger it is two in a hundred, after four fifths one, however many rows
// are marked.
func Worst(rows uint64) follow.Question { return theft(rows/3, 1000) }

// Early is a theft of 300 rows after a quarter of the ledger, and is else as Worst: eight
// or nine rows in a hundred carry taint.
func Early(rows uint64) follow.Question { return theft(rows/4, 300) }
