package exercise

// events is what happens on Ethereum, in order.
func events() []event {
	all := opening()
	all = append(all, theft()...)
	all = append(all, mixing()...)
	return append(all, ending()...)
}

// opening is what everybody has.
func opening() []event {
	return []event{
		{"balances of services", "2024-01-02 00:00", "", "", []move{
			{"", "birch hot wallet", eth, "2600"},
			{"", "birch hot wallet", xsd, "3000000"},
			{"", "cedar hot wallet", eth, "200"},
			{"", "dogwood pool", eth, "6000"},
			{"", "dogwood pool", xsd, "10000000"},
			{"", "fir relayer", eth, "5"},
		}},
		{"balances of others", "2024-01-02 00:01", "", "", []move{
			{"", "trader", eth, "300"},
			{"", "customer", eth, "130"},
			{"", "market maker", eth, "500"},
			{"", "imitator", eth, "1"},
			{"", "user 1", eth, "101"},
			{"", "user 2", eth, "101"},
			{"", "user 3", eth, "101"},
		}},
		// An account of many counterparties that nobody has tagged.
		{"the market maker's day", "2024-01-15 12:00", "market maker", "0.0150", []move{
			{"market maker", "counterparty 1", eth, "1"},
			{"market maker", "counterparty 2", eth, "1"},
			{"market maker", "counterparty 3", eth, "2.5"},
			{"market maker", "counterparty 4", eth, "3"},
			{"market maker", "counterparty 5", eth, "0.75"},
			{"market maker", "counterparty 6", eth, "12"},
			{"market maker", "counterparty 7", eth, "4"},
			{"market maker", "counterparty 8", eth, "8.2"},
			{"market maker", "counterparty 9", eth, "1.1"},
			{"market maker", "counterparty 10", eth, "6"},
			{"market maker", "counterparty 11", eth, "2"},
			{"market maker", "counterparty 12", eth, "5"},
		}},
		{"user 1 pays in", "2024-03-01 09:00", "user 1", "0.0200", []move{{"user 1", "fir pool", eth, "100"}}},
	}
}

// theft is the emptying of Birch's hot wallet, and the first days after it.
func theft() []event {
	return []event{
		{"theft of ether", "2024-03-04 02:14", "birch hot wallet", "0.0013", []move{{"birch hot wallet", "thief 1", eth, "2000"}}},
		{"theft of dollars", "2024-03-04 02:15", "birch hot wallet", "0.0018", []move{{"birch hot wallet", "thief 1", xsd, "2400000"}}},
		// Spam: a transfer of nothing, which anybody can write in the thief's name, so that
		// an address like another stands in his history.
		{"imitation", "2024-03-04 02:31", "imitator", "0.0021", []move{{"thief 1", "imitator's likeness", xsd, "0"}}},
		// The dollars become ether, less 0.3 per cent, in one transaction.
		{"swap", "2024-03-04 02:40", "thief 1", "0.0061", []move{
			{"thief 1", "dogwood pool", xsd, "2400000"}, {"dogwood pool", "thief 1", eth, "683.657142857142857142"},
		}},
		{"to thief 2", "2024-03-04 03:05", "thief 1", "0.0009", []move{{"thief 1", "thief 2", eth, "1200"}}},
		{"to thief 3", "2024-03-04 03:12", "thief 1", "0.0009", []move{{"thief 1", "thief 3", eth, "900"}}},
		{"to thief 4", "2024-03-04 03:20", "thief 1", "0.0009", []move{{"thief 1", "thief 4", eth, "500"}}},
		// Held to the end, as is the little that stays behind.
		{"to thief 5", "2024-03-05 22:45", "thief 1", "0.0009", []move{{"thief 1", "thief 5", eth, "83"}}},
		// Two portions over the bridge.
		{"over the bridge 1", "2024-03-06 10:00", "thief 2", "0.0021", []move{{"thief 2", "elder gate", eth, "800"}}},
		{"over the bridge 2", "2024-03-06 18:00", "thief 2", "0.0021", []move{{"thief 2", "elder gate", eth, "399.99"}}},
	}
}

// mixing is what goes through the mixer and through the trader's account.
func mixing() []event {
	return []event{
		{"thief pays in 1", "2024-03-07 08:00", "thief 3", "0.0200", []move{{"thief 3", "fir pool", eth, "100"}}},
		{"thief pays in 2", "2024-03-07 08:10", "thief 3", "0.0200", []move{{"thief 3", "fir pool", eth, "100"}}},
		{"user 2 pays in", "2024-03-07 12:00", "user 2", "0.0200", []move{{"user 2", "fir pool", eth, "100"}}},
		{"thief pays in 3", "2024-03-07 20:00", "thief 3", "0.0200", []move{{"thief 3", "fir pool", eth, "100"}}},
		{"thief pays in 4", "2024-03-08 03:00", "thief 3", "0.0200", []move{{"thief 3", "fir pool", eth, "100"}}},
		{"user 3 pays in", "2024-03-08 11:00", "user 3", "0.0200", []move{{"user 3", "fir pool", eth, "100"}}},
		{"withdrawal 1", "2024-03-09 17:00", "fir relayer", "0.0180", []move{{"fir pool", "fresh 1", eth, "99.7"}, {"fir pool", "fir relayer", eth, "0.3"}}},
		// The trader has 300 of his own. 250 stolen ones come, then 120 clean ones.
		{"to the trader", "2024-03-11 04:00", "thief 3", "0.0009", []move{{"thief 3", "trader", eth, "250"}}},
		{"the customer pays", "2024-03-12 10:00", "customer", "0.0010", []move{{"customer", "trader", eth, "120"}}},
		{"withdrawal 2", "2024-03-12 23:00", "fir relayer", "0.0180", []move{{"fir pool", "thief 6", eth, "99.7"}, {"fir pool", "fir relayer", eth, "0.3"}}},
		// Paid out to the wallet that had paid in.
		{"withdrawal 3", "2024-03-13 02:00", "fir relayer", "0.0180", []move{{"fir pool", "thief 3", eth, "99.7"}, {"fir pool", "fir relayer", eth, "0.3"}}},
		{"the trader cashes out", "2024-03-13 15:00", "trader", "0.0012", []move{{"trader", "hazel deposit 1", eth, "200"}}},
		{"to thief 8", "2024-03-14 05:00", "thief 3", "0.0009", []move{{"thief 3", "thief 8", eth, "200"}}},
		{"withdrawal 4", "2024-03-15 01:00", "fir relayer", "0.0180", []move{{"fir pool", "thief 7", eth, "99.7"}, {"fir pool", "fir relayer", eth, "0.3"}}},
		{"the trader plays", "2024-03-15 20:00", "trader", "0.0012", []move{{"trader", "juniper", eth, "150"}}},
		{"thief 8 cashes out", "2024-03-16 07:00", "thief 8", "0.0010", []move{{"thief 8", "hazel deposit 2", eth, "120"}}},
		// What came out of the mixer, and what the trader sends on, use one deposit address.
		{"thief 6 cashes out", "2024-03-16 09:00", "thief 6", "0.0010", []move{{"thief 6", "alder deposit 1", eth, "99.69"}}},
		{"thief 7 cashes out", "2024-03-16 09:30", "thief 7", "0.0010", []move{{"thief 7", "alder deposit 1", eth, "99.69"}}},
		{"to the trader's friend", "2024-03-17 18:00", "trader", "0.0012", []move{{"trader", "friend", eth, "180"}}},
		{"the friend cashes out", "2024-03-18 12:00", "friend", "0.0010", []move{{"friend", "alder deposit 1", eth, "100"}}},
		{"alder gathers 1", "2024-03-19 00:05", "alder deposit 1", "0.0010", []move{{"alder deposit 1", "alder hot wallet", eth, "299.37"}}},
	}
}

// ending is the second theft, and where both end.
func ending() []event {
	return []event{
		// Swapped, and no link says for what: what the pool pays an hour later may be it.
		{"swapped without a trace", "2024-03-20 06:00", "thief 4", "0.0058", []move{{"thief 4", "dogwood pool", eth, "40"}}},
		{"the pool pays", "2024-03-20 07:02", "somebody", "", []move{{"dogwood pool", "somebody", xsd, "137600"}}},
		// Dust: below the floor.
		{"dust", "2024-03-21 13:00", "thief 4", "0.0009", []move{{"thief 4", "stranger", eth, "0.0005"}}},
		{"second theft", "2024-03-25 03:30", "cedar hot wallet", "0.0012", []move{{"cedar hot wallet", "thief 9", eth, "150"}}},
		{"together", "2024-03-25 04:10", "thief 9", "0.0009", []move{{"thief 9", "thief 4", eth, "149.99"}}},
		{"thief 4 cashes out", "2024-03-26 21:00", "thief 4", "0.0010", []move{{"thief 4", "hazel deposit 2", eth, "300"}}},
		{"to the market maker", "2024-03-28 10:00", "thief 4", "0.0009", []move{{"thief 4", "market maker", eth, "100"}}},
		{"the market maker goes on", "2024-03-29 12:00", "market maker", "0.0009", []move{{"market maker", "counterparty 3", eth, "30"}}},
		{"hazel gathers", "2024-03-30 00:05", "hazel deposit 2", "0.0010", []move{{"hazel deposit 2", "hazel hot wallet", eth, "419.99"}}},
	}
}
