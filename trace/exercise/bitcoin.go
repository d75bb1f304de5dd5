package exercise

import "github.com/turtlebay/turtlebay/chain"

// kinds are the roles whose addresses are no witness key hashes.
var kinds = map[string]chain.Kind{
	"alder deposit A": chain.KeyHash,
	"alder deposit B": chain.ScriptHash,
	"hazel deposit C": chain.ScriptHash,
	"alder vault":     chain.ScriptHash,
	"elder reserve":   chain.ScriptHash,
	"payee 1":         chain.KeyHash,
	"broker":          chain.KeyHash,
}

// spends is what happens on Bitcoin, in order.
func spends() []spend {
	return []spend{
		// What everybody has.
		{"coins of the bridge", "2024-01-02 00:00", nil, []paid{{"elder reserve", "60"}, {"elder reserve", "40"}}},
		{"coins of the others", "2024-01-02 00:10", nil, []paid{
			{"joiner 1", "5.1"}, {"joiner 2", "6"}, {"joiner 3", "5.5"}, {"joiner 4", "7.2"}, {"desk of the broker", "10"},
		}},

		// The bridge releases what came in on Ethereum, less 0.2 per cent: once with the
		// event's id in the transaction, once without.
		{"release 1", "2024-03-06 10:20", []from{{"coins of the bridge", 0}}, []paid{
			{"peeler 0", "42.99076923"}, {"customer of the bridge", "3.2"}, {"elder reserve", "13.80873077"},
		}},
		{"release 2", "2024-03-06 18:20", []from{{"coins of the bridge", 1}}, []paid{{"elder reserve", "18.50465323"}, {"splitter", "21.49484677"}}},

		// The first portion: eight peels. Each pays one other and keeps the rest at a fresh
		// address, which stands now first, now last.
		{"peel 1", "2024-03-07 01:00", []from{{"release 1", 0}}, []paid{{"alder deposit A", "2.5"}, {"peeler 1", "40.49066923"}}},
		{"peel 2", "2024-03-07 22:10", []from{{"peel 1", 1}}, []paid{{"peeler 2", "37.29056923"}, {"hazel deposit C", "3.2"}}},
		{"split", "2024-03-08 09:00", []from{{"release 2", 1}}, []paid{
			{"splitter: to the join", "5.6"}, {"splitter: kept", "8"}, {"splitter: to hazel", "7.8947"}, {"somebody's wallet", "0.00000546"},
		}},
		// The CoinJoin: five of five bitcoin each, whose owners cannot be told apart. The
		// other outputs are what each has left, and can.
		{
			"join", "2024-03-08 14:00",
			[]from{{"coins of the others", 0}, {"split", 0}, {"coins of the others", 1}, {"coins of the others", 2}, {"coins of the others", 3}},
			[]paid{
				{"joined a", "5"},
				{"joined b", "5"},
				{"joined c", "5"},
				{"joined d", "5"},
				{"joined e", "5"},
				{"left of joiner 1", "0.0999"},
				{"left of the splitter", "0.5999"},
				{"left of joiner 2", "0.9999"},
				{"left of joiner 3", "0.4999"},
				{"left of joiner 4", "2.1999"},
			},
		},
		{"peel 3", "2024-03-09 06:30", []from{{"peel 2", 0}}, []paid{{"payee 1", "1.15"}, {"peeler 3", "36.14046923"}}},
		{"peel 4", "2024-03-11 03:50", []from{{"peel 3", 1}}, []paid{{"alder deposit A", "4"}, {"peeler 4", "32.14036923"}}},
		{"peel 5", "2024-03-12 11:40", []from{{"peel 4", 1}}, []paid{{"peeler 5", "29.39026923"}, {"alder deposit B", "2.75"}}},
		{"peel 6", "2024-03-14 02:20", []from{{"peel 5", 0}}, []paid{{"hazel deposit C", "3.6"}, {"peeler 6", "25.79016923"}}},
		{"peel 7", "2024-03-16 19:00", []from{{"peel 6", 1}}, []paid{{"payee 2", "0.9"}, {"peeler 7", "24.89006923"}}},
		{"peel 8", "2024-03-19 05:10", []from{{"peel 7", 1}}, []paid{{"peeler 8", "20.63996923"}, {"alder deposit B", "4.25"}}},

		// Somebody who joined, perhaps the thief, cashes out.
		{"after the join", "2024-03-20 12:00", []from{{"join", 2}}, []paid{{"hazel deposit C", "4.9999"}}},
		// The exchange gathers what came to its deposit addresses.
		{"alder gathers", "2024-03-21 00:10", []from{{"peel 1", 0}, {"peel 4", 0}, {"peel 5", 1}, {"peel 8", 1}}, []paid{{"alder vault", "13.4998"}}},
		// What the peels left is spent beside ten clean bitcoin of the broker, which stand first.
		{"brokered", "2024-03-22 16:20", []from{{"coins of the others", 4}, {"peel 8", 0}}, []paid{{"hazel deposit C", "12"}, {"broker", "18.63979999"}}},
		// Two outputs of the splitter in one transaction: one wallet.
		{"cashed out", "2024-03-23 08:00", []from{{"split", 2}, {"join", 6}}, []paid{{"hazel deposit C", "8.4944"}}},
		{"broker pays", "2024-03-27 13:30", []from{{"brokered", 1}}, []paid{{"alder deposit B", "6"}, {"broker", "12.63969999"}}},
	}
}
