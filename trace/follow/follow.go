// Package follow traces thefts over a ledger: by every policy of package accounting,
// within bounds that hold for all of them, through links between assets and chains, up
// to services; in whole base units, so that what was stolen is accounted for exactly.
//
//	theft := follow.Theft{ID: "INC-2022-040", Marks: []follow.Mark{
//		{Chain: chain.Ethereum, Tx: tx, Kind: ledger.Payment, Index: 0}, // what this row brings is stolen
//	}}
//	answer, err := follow.Run(ctx, snapshot, follow.Question{
//		Thefts:   []follow.Theft{theft},
//		Services: tags,                                      // where a trace ends
//		Rules:    follow.Rules{Bounds: true, Hub: 1000},
//		Budget:   follow.Budget{Rows: 10_000_000},
//	})
//	if err != nil {
//		return err
//	}
//	for _, a := range answer.Arrivals {
//		fmt.Println(answer.Services[a.Service].Class, a.Value, a.Taint.FIFO, a.Taint.Least, a.Taint.Most)
//	}
//
// # Contract
//
// The rules are those of package trace, to the letter. What differs follows from the
// size of a ledger:
//
//   - Within a chain the order is that of the rows, whatever the times of their blocks
//     are; those of bitcoin go back at times. Chains are taken together by the latest
//     time that each has come to, and a row that a link brings something waits for it.
//   - Amounts are whole. Haircut rounds by the largest remainder, as do links, so that
//     sums close; Work.Splits counts how often. Without links and floors for dust no
//     amount is off by more base units than that; a link multiplies what was off before
//     it by its rate, and near a floor it can decide whether a part is dropped.
//   - A payment to nobody in the chain's coin that directly follows a payment of the
//     coin by the same payer in the same transaction is its fee. What is paid to nobody
//     otherwise is booked as a fee as well; what nobody pays is new and clean.
//   - What an account held when taint first reached it is worked out from all earlier
//     rows: where it paid more than it had received, it held nothing then. From then on
//     what is missing is taken for older and clean, and is listed in Answer.Short.
//   - Hubs and deposit addresses are told by all rows of the snapshot, later ones too.
//   - Under a dust floor, bounds hold for every policy with that floor.
//
// A run that exceeds its budget stops before a row and says so: Answer.Stopped. What is
// held then is in Answer.Holdings, and in the sums as not followed; they close.
//
// The answer is a function of the rows and the question. How rows are read (lists of
// single accounts while few are touched, one sweep over the ledger once they are many)
// changes Work.Swept alone. Numbers have 128 bits; where one needs more, the run begins
// again with 320. A sum of 2^256 or more ends the run with ErrAmount: there is no
// answer rather than a wrong one.
//
// With Question.Record, Answer.Record holds the rows that were applied, and Replay
// gives the same answer from it without the ledger, by the same code.
package follow
