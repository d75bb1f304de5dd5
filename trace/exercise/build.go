package exercise

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
)

// unit is an asset that amounts are written in.
type unit struct {
	chain    chain.ID
	asset    ledger.Asset
	decimals uint8
}

var (
	btc = unit{chain.Bitcoin, "", 8}
	eth = unit{chain.Ethereum, "", 18}
	xsd = unit{chain.Ethereum, ledger.Asset(address(chain.Ethereum, "contract of the Exercise Dollar")), 6}
)

// event is a transaction between accounts: what it moves, then its fee.
type event struct {
	name  string // its id is made of it
	at    string
	payer string // of the fee
	fee   string // of ether; empty: none
	moves []move
}

// move is a payment; "" is nobody.
type move struct {
	from, to string
	what     unit
	amount   string
}

// spend is a transaction of outputs. What its inputs hold beyond its outputs is its fee.
type spend struct {
	name string
	at   string
	in   []from // none: a coinbase
	out  []paid
}

// from is an output of an earlier transaction.
type from struct {
	name  string
	index uint32
}

// paid is an output.
type paid struct{ to, amount string }

// The tables of this package are constant, and a test builds all of them: what cannot
// be read in them is a slip of the program, so it panics.

// clock reads a time of the tables, UTC.
func clock(text string) int64 {
	t, err := time.Parse("2006-01-02 15:04", text)
	if err != nil {
		panic(fmt.Sprintf("exercise: %v", err))
	}
	return t.Unix()
}

func amount(u unit, text string) chain.Amount {
	a, err := chain.ParseUnits(text, u.decimals)
	if err != nil {
		panic(fmt.Sprintf("exercise: %v", err))
	}
	return a
}

const salt = "turtle bay exercise: "

// address is that of a role. Bitcoin's are of three kinds, because the type of a script
// is a hint which output is the change.
func address(id chain.ID, role string) ledger.Address {
	kind := chain.Holder
	if id == chain.Bitcoin {
		kind = chain.Witness
		if k, other := kinds[role]; other {
			kind = k
		}
	}
	digest := sha256.Sum256([]byte(salt + role))
	a, err := chain.Make(id, kind, digest[:20])
	if err != nil {
		panic(fmt.Sprintf("exercise: %s: %v", role, err))
	}
	return ledger.AddressOf(a)
}

// txOf is the id of a transaction.
func txOf(name string) string {
	digest := sha256.Sum256([]byte(salt + "transaction: " + name))
	return string(digest[:])
}

func payment(name string, index uint32) follow.Mark {
	return follow.Mark{Chain: chain.Ethereum, Tx: txOf(name), Kind: ledger.Payment, Index: index}
}

func output(name string, index uint32) follow.Mark {
	return follow.Mark{Chain: chain.Bitcoin, Tx: txOf(name), Kind: ledger.Output, Index: index}
}

// rhythm counts the blocks of a chain by the clock, from one at the beginning of 2024.
type rhythm struct {
	first   uint64
	seconds int64
	block   uint64 // the last one
	next    uint32 // position in it
}

// place is where a transaction of a time stands; the time is that of its block.
func (r *rhythm) place(at string) (block uint64, pos uint32, seconds int64) {
	since := clock("2024-01-01 00:00")
	n := (clock(at) - since) / r.seconds
	if block = r.first + uint64(n); block != r.block {
		r.block, r.next = block, 0
	}
	r.next++
	return block, r.next - 1, since + n*r.seconds
}

func ethereumRows() (rows []ledger.Transfer) {
	r := rhythm{first: 18_910_000, seconds: 12}
	for _, e := range events() {
		moves := e.moves
		if e.fee != "" {
			moves = append(slices.Clone(moves), move{e.payer, "", eth, e.fee})
		}
		block, pos, at := r.place(e.at)
		for i, m := range moves {
			rows = append(rows, ledger.Transfer{
				Chain: chain.Ethereum, Kind: ledger.Payment, Block: block, Pos: pos, Index: uint32(i), Time: at, Tx: txOf(e.name),
				From: account(m.from), To: account(m.to), Asset: m.what.asset, Value: amount(m.what, m.amount),
			})
		}
	}
	return rows
}

// account is the address of a role of Ethereum; "" is nobody.
func account(role string) ledger.Address {
	if role == "" {
		return ""
	}
	return address(chain.Ethereum, role)
}

func bitcoinRows() (rows []ledger.Transfer) {
	r := rhythm{first: 823_800, seconds: 600}
	outputs := map[from]ledger.Transfer{}
	for _, s := range spends() {
		row := ledger.Transfer{Chain: chain.Bitcoin, Tx: txOf(s.name)}
		row.Block, row.Pos, row.Time = r.place(s.at)
		for i, spent := range s.in {
			source, made := outputs[spent]
			if !made {
				panic(fmt.Sprintf("exercise: %s spends output %d of %s, which there is not", s.name, spent.index, spent.name))
			}
			in := row
			in.Kind, in.Index, in.From, in.Value = ledger.Input, uint32(i), source.To, source.Value
			in.Spends = ledger.Outpoint{Tx: source.Tx, Index: source.Index}
			rows = append(rows, in)
		}
		for i, p := range s.out {
			made := row
			made.Kind, made.Index = ledger.Output, uint32(i)
			made.To, made.Value = address(chain.Bitcoin, p.to), amount(btc, p.amount)
			outputs[from{s.name, uint32(i)}] = made
			rows = append(rows, made)
		}
	}
	return rows
}

// roles are those that rows of a chain name, sorted.
func roles(id chain.ID) (out []string) {
	if id == chain.Bitcoin {
		for _, s := range spends() {
			for _, p := range s.out {
				out = append(out, p.to)
			}
		}
	} else {
		for _, e := range events() {
			for _, m := range e.moves {
				out = append(out, m.from, m.to)
			}
		}
	}
	slices.Sort(out)
	out = slices.Compact(out)
	return slices.DeleteFunc(out, func(role string) bool { return role == "" })
}
