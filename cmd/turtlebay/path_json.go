package main

import (
	"encoding/hex"
	"strings"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/path"
)

// shownPaths is the answer of path as it is printed. Amounts are in base units.
type shownPaths struct {
	Chain      chain.ID    `json:"chain"`
	Snapshot   string      `json:"snapshot"`
	From       string      `json:"from"`
	To         string      `json:"to"`
	MaxHops    int         `json:"max_hops"`
	AnyOrder   bool        `json:"any_order"`
	Since      int64       `json:"since,omitempty"`
	Until      int64       `json:"until,omitempty"`
	Asset      string      `json:"asset,omitempty"`
	Least      string      `json:"least_value,omitempty"`
	Hub        int         `json:"hub_limit"`
	Confidence string      `json:"confidence"`
	Found      uint64      `json:"found"`
	More       bool        `json:"may_be_more"`
	Listed     int         `json:"listed"`
	Hops       int         `json:"complete_up_to_hops"`
	Stopped    string      `json:"stopped_by,omitempty"`
	Rows       uint64      `json:"rows_read"`
	Followed   [2]int      `json:"hops_from_start_and_end"`
	Reached    [2]int      `json:"accounts_from_start_and_end"`
	Paths      []shownPath `json:"paths"`
	Hubs       []shownHub  `json:"hubs"`
	MoreHubs   int         `json:"hubs_not_listed"`
}

type shownPath struct {
	Hops     []shownHop   `json:"hops"`
	Least    []shownLeast `json:"least"`
	First    int64        `json:"first"`
	Last     int64        `json:"last"`
	Seconds  int64        `json:"seconds"`
	Quickest int64        `json:"quickest_seconds"`
}

type shownHop struct {
	From     string         `json:"from"`
	To       string         `json:"to"`
	Count    int            `json:"payments"`
	First    int64          `json:"first"`
	Last     int64          `json:"last"`
	Sums     []shownSum     `json:"sums"`
	Payments []shownPayment `json:"rows"`
}

type shownSum struct {
	Asset string `json:"asset"`
	Count int    `json:"payments"`
	Value string `json:"value"`
	Spent string `json:"spent,omitempty"` // on chains of outputs
}

type shownPayment struct {
	Tx    string `json:"tx"`
	Block uint64 `json:"block"`
	Time  int64  `json:"time"`
	Kind  string `json:"kind"`
	Index uint32 `json:"index"`
	Asset string `json:"asset"`
	Value string `json:"value"`
	Spent string `json:"spent,omitempty"`
}

type shownLeast struct {
	Asset string `json:"asset"`
	Value string `json:"value"`
	Hop   int    `json:"hop"` // the first with this amount, from 1
	Hops  int    `json:"hops"`
}

type shownHub struct {
	Address string `json:"address"`
	Out     int    `json:"rows_out"`
	In      int    `json:"rows_in"`
	From    *int   `json:"hops_from_start"` // null: not reached from there
	To      *int   `json:"hops_to_end"`
}

func showPaths(q *path.Question, a *path.Answer) shownPaths {
	out := shownPaths{
		Chain: q.Chain, Snapshot: string(a.Snapshot), From: q.From.Text(q.Chain), To: q.To.Text(q.Chain), MaxHops: q.Hops, AnyOrder: q.AnyOrder,
		Since: q.Since, Until: q.Until, Hub: q.Hub, Confidence: string(a.Confidence), Found: a.Found, More: a.More, Listed: len(a.Paths), Hops: a.Hops,
		Stopped: string(a.Stopped), Rows: a.Work.Rows, Followed: [2]int{a.Work.Forward, a.Work.Backward}, Reached: a.Work.Reached,
		Paths: []shownPath{}, Hubs: []shownHub{}, MoreHubs: a.MoreHubs,
	}
	if q.Asset != nil {
		out.Asset = q.Asset.Text(q.Chain)
	}
	if !q.Least.IsZero() {
		out.Least = q.Least.String()
	}
	for _, p := range a.Paths {
		s := shownPath{First: p.First, Last: p.Last, Seconds: p.Last - p.First, Quickest: p.Quickest}
		for _, h := range p.Hops {
			s.Hops = append(s.Hops, showHop(q.Chain, h))
		}
		for _, l := range p.Least {
			s.Least = append(s.Least, shownLeast{l.Asset.Text(q.Chain), sumText(l.Value), l.Hop + 1, l.Hops})
		}
		out.Paths = append(out.Paths, s)
	}
	known := func(n int) *int {
		if n < 0 {
			return nil
		}
		return &n
	}
	for _, h := range a.Hubs {
		out.Hubs = append(out.Hubs, shownHub{h.Address.Text(q.Chain), h.Rows.Out, h.Rows.In, known(h.FromHere), known(h.ToThere)})
	}
	return out
}

func showHop(id chain.ID, h path.Hop) shownHop {
	out := shownHop{From: h.From.Text(id), To: h.To.Text(id), Count: h.Count, First: h.First, Last: h.Last, Payments: []shownPayment{}}
	outputs := false
	for _, p := range h.Payments {
		s := shownPayment{
			Tx: txText(id, p.Row.Tx), Block: p.Row.Block, Time: p.Row.Time, Kind: p.Row.Kind.String(), Index: p.Row.Index,
			Asset: p.Asset.Text(id), Value: p.Value.String(),
		}
		if p.Row.Kind == ledger.Output {
			s.Spent, outputs = p.Spent.String(), true
		}
		out.Payments = append(out.Payments, s)
	}
	for _, sum := range h.Sums {
		s := shownSum{Asset: sum.Asset.Text(id), Count: sum.Count, Value: sumText(sum.Received)}
		if outputs {
			s.Spent = sumText(sum.Spent)
		}
		out.Sums = append(out.Sums, s)
	}
	return out
}

// tooMuch stands for a sum that no amount can be.
const tooMuch = "2^256 or more"

func sumText(s ledger.Sum) string {
	if a, ok := s.Amount(); ok {
		return a.String()
	}
	return tooMuch
}

// txText is the id of a transaction as explorers of the chain write it.
func txText(id chain.ID, tx string) string {
	if c, _ := chain.Lookup(id); strings.HasPrefix(c.CAIP2, "eip155:") {
		return "0x" + hex.EncodeToString([]byte(tx))
	}
	return hex.EncodeToString([]byte(tx))
}
