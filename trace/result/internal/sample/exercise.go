// Package sample is an invented case for the tests of results: two thefts on
// Ethereum, of which one is cashed out at an exchange, through a mixer and at a hub,
// and the other goes over a bridge to Tron, by a link that somebody judged to be
// one.
package sample

import (
	"context"
	"strings"
	"time"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/price"
	"github.com/turtlebay/turtlebay/trace/result"
	"github.com/turtlebay/turtlebay/trace/result/again"
	"github.com/turtlebay/turtlebay/trace/result/span"
)

// Addresses of the case.
var (
	victim   = account(1)
	thief    = account(2)
	bright   = account(3)
	fog      = account(4)
	hub      = account(5)
	deposit  = account(6)
	bridge   = account(7)
	receiver = account(8)
	hanbit   = account(9)
	usdt     = ledger.Asset(account(10))
)

func account(n byte) ledger.Address { return ledger.Address(strings.Repeat(string(rune(n)), 20)) }

// at is a moment of 2022.
func at(month time.Month, day, hour int) int64 {
	return time.Date(2022, month, day, hour, 0, 0, 0, time.UTC).Unix()
}

func row(id chain.ID, n byte, when int64) follow.RowID {
	return follow.RowID{Chain: id, Block: 14_000_000 + uint64(n), Time: when, Tx: strings.Repeat(string(rune(n)), 32), Kind: ledger.Payment, Index: uint32(n % 3)}
}

var (
	stolen1 = row(chain.Ethereum, 0x11, at(3, 23, 13))
	stolen2 = row(chain.Ethereum, 0x12, at(3, 24, 9))
	cash1   = row(chain.Ethereum, 0x13, at(3, 25, 10))
	mix     = row(chain.Ethereum, 0x14, at(3, 26, 0))
	away    = row(chain.Ethereum, 0x15, at(3, 27, 1))
	crossed = row(chain.Ethereum, 0x16, at(3, 28, 2))
	came    = row(chain.Tron, 0x17, at(3, 28, 3))
	cash3   = row(chain.Tron, 0x18, at(3, 29, 4))
	cash2   = row(chain.Ethereum, 0x19, at(4, 2, 23))
	reached = row(chain.Ethereum, 0x1a, at(4, 3, 1))
)

// milli is thousandths of an ether.
func milli(n uint64) chain.Amount {
	a, err := chain.ParseUnits(chain.Units64(n).Units(3), 18)
	if err != nil {
		panic(err) // a constant of this file
	}
	return a
}

// ether is amounts in thousandths of an ether, in the order of span.Seven.
func ether(n ...uint64) follow.Taint {
	var s span.Seven[chain.Amount]
	for i, v := range n {
		s[i] = milli(v)
	}
	return span.Taint(s)
}

// same is one amount under every policy.
func same(a chain.Amount) follow.Taint {
	return follow.Taint{Poison: a, Haircut: a, FIFO: a, LIFO: a, TIHO: a, Least: a, Most: a}
}

func flat(n uint64) follow.Taint {
	t := same(milli(n))
	t.Poison, t.Least, t.Most = chain.Amount{}, chain.Amount{}, chain.Amount{}
	return t
}

func dollars(n uint64) chain.Amount { return chain.Units64(n * 1_000_000) }

func conserved(n uint64) follow.Taint {
	t := same(dollars(n))
	t.Poison, t.Least, t.Most = chain.Amount{}, chain.Amount{}, chain.Amount{}
	return t
}

var services = []follow.Met{
	{Chain: chain.Ethereum, Address: bright, Service: follow.Service{
		Class: follow.Exchange, Name: "Bright Exchange", Confidence: follow.Decoded, Source: "exercise.yaml:12", Date: "2022-03-23",
	}},
	{Chain: chain.Ethereum, Address: fog, Service: follow.Service{
		Class: follow.Mixer, Name: "Fog", Confidence: follow.Fact, Source: "exercise.yaml:20", Date: "2022-04-01", Note: "another tag says: wallet",
	}},
	{Chain: chain.Ethereum, Address: hub, Service: follow.Service{Class: follow.Hub, Confidence: follow.Heuristic, Note: "1,204 counterparties"}},
	{Chain: chain.Tron, Address: hanbit, Service: follow.Service{
		Class: follow.Exchange, Name: "=한빛 거래소\u202e", Confidence: follow.Judgement, Source: "@desk note 3", Date: "2021-03-29",
	}},
	{Chain: chain.Ethereum, Address: deposit, Service: follow.Service{Class: follow.Deposit, Name: "Bright Exchange", Confidence: follow.Heuristic}},
}

// Answer is what the case comes out as.
func Answer() *follow.Answer {
	a := &follow.Answer{
		Thefts: []string{"T1", "T2", trace.All}, Policies: accounting.Policies(), Bounds: true,
		Ledgers: []follow.Ledger{
			{Chain: chain.Ethereum, Snapshot: "7", Rows: 1_234_567, Digest: "00ff"},
			{Chain: chain.Tron, Snapshot: "7", Rows: 89},
		},
		Work:     follow.Work{Applied: 4_321, Tainted: 10, Places: 8, Swept: 1_000_000, Splits: 12},
		Services: append([]follow.Met{}, services...),
		Short:    []follow.Short{{Chain: chain.Ethereum, Address: thief, Value: milli(1_250)}},
	}
	for _, theft := range a.Thefts {
		if theft != "T2" {
			first(a, theft)
		}
		if theft != "T1" {
			second(a, theft)
		}
		sums(a, theft)
	}
	return a
}

// first is the theft of ten ether.
func first(a *follow.Answer, theft string) {
	arrive := func(r follow.RowID, service int, value uint64, t follow.Taint) {
		x := follow.Arrival{Theft: theft, Row: r, From: thief, To: services[service].Address, Value: milli(value), Taint: t, Service: service}
		a.Arrivals = append(a.Arrivals, x)
		a.Flows = append(a.Flows, follow.Flow{Theft: theft, Row: r, From: thief, To: x.To, Value: x.Value, Taint: t})
	}
	a.Flows = append(a.Flows, follow.Flow{Theft: theft, Row: stolen1, From: victim, To: thief, Value: milli(10_000), Taint: same(milli(10_000))})
	arrive(cash1, 0, 2_000, ether(2_000, 2_000, 2_000, 2_000, 2_000, 2_000, 2_000))
	arrive(mix, 1, 2_500, ether(2_500, 1_000, 2_000, 0, 0, 0, 2_000))
	arrive(away, 2, 1_000, ether(1_000, 1_000, 1_000, 1_000, 1_000, 500, 1_000))
	arrive(cash2, 0, 3_000, ether(3_000, 2_000, 1_000, 3_000, 3_000, 1_000, 3_000))
	arrive(reached, 4, 700, ether(700))
	a.Holdings = append(a.Holdings, follow.Holding{
		Theft: theft, Chain: chain.Ethereum, Address: thief, Value: milli(4_750), Taint: ether(4_750, 3_500, 3_500, 3_500, 3_500, 0, 4_750), Since: stolen1.Time,
	})
}

// second is the theft of four ether, which the bridge made nine thousand dollars of.
func second(a *follow.Answer, theft string) {
	a.Flows = append(a.Flows,
		follow.Flow{Theft: theft, Row: stolen2, From: victim, To: receiver, Value: milli(4_000), Taint: same(milli(4_000))},
		follow.Flow{Theft: theft, Row: crossed, From: receiver, To: bridge, Value: milli(3_900), Taint: same(milli(3_900))},
		follow.Flow{Theft: theft, Row: came, From: bridge, To: receiver, Asset: usdt, Value: dollars(9_000), Taint: same(dollars(9_000)), Link: "L1"},
		follow.Flow{Theft: theft, Row: cash3, From: receiver, To: hanbit, Asset: usdt, Value: dollars(8_000), Taint: same(dollars(8_000))},
	)
	a.Arrivals = append(a.Arrivals, follow.Arrival{
		Theft: theft, Row: cash3, From: receiver, To: hanbit, Asset: usdt, Value: dollars(8_000), Taint: same(dollars(8_000)), Service: 3,
	})
	a.Holdings = append(a.Holdings, follow.Holding{
		Theft: theft, Chain: chain.Tron, Address: receiver, Asset: usdt, Value: dollars(1_000), Taint: same(dollars(1_000)), Since: came.Time,
	})
}

func sums(a *follow.Answer, theft string) {
	s := follow.Sum{Theft: theft, Chain: chain.Ethereum}
	if theft != "T2" {
		s.Stolen, s.Held, s.Cashed, s.Mixed = milli(10_000), flat(3_500), ether(0, 4_000, 3_000, 5_000, 5_000), ether(0, 1_000, 2_000)
		s.Fees, s.Unfollowed = flat(500), flat(1_000)
	}
	if theft != "T1" {
		s.Stolen, _ = s.Stolen.Add(milli(4_000))
		s.Fees, _ = span.Add(s.Fees, flat(100))
		s.Out = flat(3_900)
	}
	a.Sums = append(a.Sums, s)
	if theft != "T1" {
		a.Sums = append(a.Sums, follow.Sum{Theft: theft, Chain: chain.Tron, Asset: usdt, In: conserved(9_000), Cashed: conserved(8_000), Held: conserved(1_000)})
	}
}

// Marked is the rows that were marked.
func Marked() []result.Marked {
	mark := func(theft string, r follow.RowID, value uint64) result.Marked {
		return result.Marked{Theft: theft, Mark: markOf(r), Value: milli(value), Time: r.Time}
	}
	return []result.Marked{mark("T1", stolen1, 10_000), mark("T2", stolen2, 4_000)}
}

func markOf(r follow.RowID) follow.Mark {
	return follow.Mark{Chain: r.Chain, Tx: r.Tx, Kind: r.Kind, Index: r.Index}
}

// known is who the question names.
type known struct{}

func (known) Service(id chain.ID, a ledger.Address) (follow.Service, bool) {
	for i, s := range services {
		if s.Chain == id && s.Address == a && i != 2 && i != 4 {
			return s.Service, true
		}
	}
	return follow.Service{}, false
}

// Question is the one that Answer answers.
func Question() follow.Question {
	return follow.Question{
		Thefts:   []follow.Theft{{ID: "T1", Marks: []follow.Mark{markOf(stolen1)}}, {ID: "T2", Marks: []follow.Mark{markOf(stolen2)}}},
		Services: known{},
		Links: []follow.Link{{
			ID: "L1", Kind: follow.Bridge, Out: markOf(crossed), In: markOf(came), Confidence: follow.Judgement,
			Method: "amount and time", Error: "1 of 20 such pairs is wrong",
		}},
		Rules: follow.Rules{Bounds: true, Hub: 1000, Deposits: true},
	}
}

// Values is prices, of ether alone, and the name of the token.
func Values() *price.Values {
	v := &price.Values{Prices: new(price.Table), Assets: new(price.Assets)}
	read := func(_ price.Receipt, err error) {
		if err != nil {
			panic(err) // a constant of this file
		}
	}
	read(v.Prices.Read("prices", strings.NewReader("chain,asset,time,usd,source\n"+
		"ethereum,native,2022-03-23,3000,exercise\nethereum,native,2022-03-24,2900,exercise\nethereum,native,2022-03-25,3000,exercise\n"+
		"ethereum,native,2022-04-02,2500.005,exercise\nethereum,native,2022-12-31,1200,exercise\n")))
	read(v.Assets.Read("assets", strings.NewReader("chain,asset,symbol,decimals,source\ntron,"+ledger.Address(usdt).Text(chain.Tron)+",USDT,6,exercise\n")))
	return v
}

// Day is a day to value everything at.
func Day() int64 { return at(12, 31, 12) }

// Result is the whole case, graded and tried three times.
func Result(ctx context.Context) (*result.Result, error) {
	in := again.Inquiry{Question: Question(), Answer: Answer(), Run: Run}
	grading, err := in.Grade(ctx)
	if err != nil {
		return nil, err
	}
	trials, err := in.Try(ctx, 3)
	if err != nil {
		return nil, err
	}
	return result.New(in.Answer, result.Options{Values: Values(), Marked: Marked(), Day: Day(), Grading: grading, Trials: trials})
}
