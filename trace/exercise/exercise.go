// Package exercise is an invented case: two thefts told in full, for demonstrations
// and for learning to read a trace. EXERCISE: nothing in it is about anybody.
//
// # Contract
//
// Every call gives the same values. No exchange, bridge, mixer, token or person of the
// case exists, and nobody holds the keys of its addresses: an address is the digest of
// the words for its role, written as its chain writes addresses, with a right checksum.
// Ids of transactions are made likewise. Blocks are counted by the clock, from numbers
// that chains had about the beginning of 2024, and prices are invented. The rows are
// all there is of the two chains: they begin with what everybody has.
//
// # Example
//
//	receipt, err := store.Append(ctx, func(yield func(ledger.Transfer, error) bool) {
//		for _, row := range exercise.Transfers() {
//			if !yield(row, nil) {
//				return
//			}
//		}
//	})
//	// read 187 = kept 187 + duplicate 0 + refused 0
//	question := exercise.Question()
package exercise

import (
	"slices"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
)

// What is printed above the case, and on each page of it.
const (
	Title  = "EXERCISE: two invented thefts, followed over two chains"
	Notice = "EXERCISE: everything here is invented. Nothing in it is about anybody."
)

// Story tells the case in the order in which it happened, a paragraph a string.
func Story() []string {
	return []string{
		"On 4 March 2024 somebody empties the hot wallet of Exchange Birch on Ethereum: 2,000 ether and 2,400,000 of the token Exercise Dollar. " +
			"The token becomes ether at Swap Dogwood within half an hour, and all of it is spread over four wallets.",
		"One wallet sends 1,199.99 ether over Bridge Elder in two portions. The first names the bridge's event at both ends; " +
			"the second is matched with what came out on Bitcoin by its amount and time alone.",
		"On Bitcoin the first portion is peeled in eight steps, with payments to deposit addresses of Exchange Alder and Exchange Hazel, and what remains is spent beside clean coins. " +
			"Of the second portion a part goes through a CoinJoin, a part is cashed out, and eight bitcoin stay where they are.",
		"Another wallet pays four times 100 ether into Mixer Fir. One withdrawal comes back to the wallet that paid in; two go to fresh wallets that use a deposit address which the thieves use elsewhere. " +
			"It also pays 250 ether into the account of a trader whose own coins lie there: what is stolen of his later payments is another sum under every policy.",
		"On 25 March the wallet service Cedar loses 150 ether, and the coins of both thefts lie in one wallet.",
	}
}

// Transfers are the rows of the case, chain after chain, each in order.
func Transfers() []ledger.Transfer {
	rows := append(ethereumRows(), bitcoinRows()...)
	slices.SortStableFunc(rows, func(a, b ledger.Transfer) int {
		if a.Chain != b.Chain {
			if a.Chain < b.Chain {
				return -1
			}
			return 1
		}
		return ledger.Compare(&a, &b)
	})
	return rows
}

// Role is who an address stands for in the case, as "thief 1"; "" for others.
func Role(id chain.ID, a ledger.Address) string {
	for _, role := range roles(id) {
		if address(id, role) == a {
			return role
		}
	}
	return ""
}
