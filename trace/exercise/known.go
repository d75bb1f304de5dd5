package exercise

import (
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/mixer"
)

// Question asks for both thefts, under every policy and with bounds.
func Question() follow.Question {
	return follow.Question{
		Thefts:   thefts(),
		Services: Services(),
		Links:    links(),
		Rules: follow.Rules{
			Bounds: true,
			Dust: []follow.Floor{
				{Chain: chain.Bitcoin, Asset: "", Least: amount(btc, "0.00001")},
				{Chain: chain.Ethereum, Asset: "", Least: amount(eth, "0.001")},
				{Chain: chain.Ethereum, Asset: xsd.asset, Least: amount(xsd, "1")},
			},
			Hub:      12,
			Deposits: true,
		},
	}
}

func thefts() []follow.Theft {
	return []follow.Theft{
		{ID: "EXERCISE-1", Marks: []follow.Mark{payment("theft of ether", 0), payment("theft of dollars", 0)}},
		{ID: "EXERCISE-2", Marks: []follow.Mark{payment("second theft", 0)}},
	}
}

func links() []follow.Link {
	return []follow.Link{
		{
			ID: "swap 1", Kind: follow.Swap, Out: payment("swap", 0), In: payment("swap", 1),
			Confidence: follow.Decoded, Method: "event id",
		},
		{
			ID: "bridge 1", Kind: follow.Bridge, Out: payment("over the bridge 1", 0), In: output("release 1", 0),
			Confidence: follow.Decoded, Method: "event id",
		},
		{
			ID: "bridge 2", Kind: follow.Bridge, Out: payment("over the bridge 2", 0), In: output("release 2", 1),
			Confidence: follow.Heuristic, Method: "amount and time",
			Error: "3 of 100 matches within two per cent and thirty minutes were wrong (invented for the exercise)",
		},
	}
}

// Known is a service of the case and its address.
type Known struct {
	Chain   chain.ID
	Address ledger.Address
	follow.Service
}

// Book tells the services of the case.
type Book []Known

// Service is who is behind an address.
func (b Book) Service(id chain.ID, a ledger.Address) (follow.Service, bool) {
	for i := range b {
		if b[i].Chain == id && b[i].Address == a {
			return b[i].Service, true
		}
	}
	return follow.Service{}, false
}

// Services are those of the case. Nobody has tagged "alder deposit 1" and "market
// maker" of Ethereum: a trace finds out what they are by what they do, or not.
func Services() Book {
	var out Book
	for _, of := range []struct {
		chain      chain.ID
		role       string
		class      follow.Class
		name       string
		confidence follow.Confidence
		source     string
		date       string
		note       string
	}{
		{chain.Bitcoin, "alder deposit A", follow.Deposit, "Exchange Alder (exercise)", follow.Judgement, "exercise tags, line 1", "2024-02-01", ""},
		{chain.Bitcoin, "alder deposit B", follow.Deposit, "Exchange Alder (exercise)", follow.Heuristic, "exercise tags, line 2", "2022-07-15", "another tag says: wallet of a broker"},
		{chain.Bitcoin, "alder vault", follow.Exchange, "Exchange Alder (exercise)", follow.Judgement, "exercise tags, line 3", "2023-11-20", ""},
		{chain.Bitcoin, "hazel deposit C", follow.Deposit, "Exchange Hazel (exercise)", follow.Judgement, "exercise tags, line 4", "2024-01-10", ""},
		{chain.Bitcoin, "elder reserve", follow.Bridge, "Bridge Elder (exercise)", follow.Decoded, "exercise tags, line 5", "2024-01-05", ""},
		{chain.Ethereum, "alder hot wallet", follow.Exchange, "Exchange Alder (exercise)", follow.Judgement, "exercise tags, line 6", "2023-11-20", ""},
		{chain.Ethereum, "hazel hot wallet", follow.Exchange, "Exchange Hazel (exercise)", follow.Judgement, "exercise tags, line 7", "2023-06-30", ""},
		{chain.Ethereum, "hazel deposit 1", follow.Deposit, "Exchange Hazel (exercise)", follow.Judgement, "exercise tags, line 8", "2024-01-10", ""},
		{chain.Ethereum, "hazel deposit 2", follow.Deposit, "Exchange Hazel (exercise)", follow.Judgement, "exercise tags, line 9", "2024-01-10", ""},
		{chain.Ethereum, "dogwood pool", follow.Swap, "Swap Dogwood (exercise)", follow.Decoded, "exercise tags, line 10", "2024-01-05", ""},
		{chain.Ethereum, "elder gate", follow.Bridge, "Bridge Elder (exercise)", follow.Decoded, "exercise tags, line 11", "2024-01-05", ""},
		{chain.Ethereum, "fir pool", follow.Mixer, "Mixer Fir (exercise), pool of 100 ether", follow.Decoded, "exercise tags, line 12", "2024-01-05", ""},
		{chain.Ethereum, "juniper", follow.Other, "Casino Juniper (exercise)", follow.Judgement, "exercise tags, line 13", "2023-09-01", ""},
	} {
		out = append(out, Known{of.chain, address(of.chain, of.role), follow.Service{
			Class: of.class, Name: of.name, Confidence: of.confidence, Source: of.source, Date: of.date, Note: of.note,
		}})
	}
	return out
}

// Pools are the pools of the case's mixer.
func Pools() []mixer.Pool {
	return []mixer.Pool{{
		Chain: chain.Ethereum, Address: address(chain.Ethereum, "fir pool"), Asset: eth.asset, Denomination: amount(eth, "100"),
		Name: "Mixer Fir (exercise), pool of 100 ether", Source: invented,
	}}
}
