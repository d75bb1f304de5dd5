// Package ethereum makes transfers of what ethereum-etl exports: transactions,
// receipts, token transfers, traces and blocks, as CSV or JSON lines.
//
// # Contract
//
// All rows of a block are brought together, whatever file they stand in and in
// whatever order, and leave in the order of [ledger.Compare]. A transaction's rows are
// payments with these indices:
//
//	0             what the transaction itself pays
//	1             its fee, paid to nobody
//	2 + n         the n-th of its traces, from 0, a call before those it makes
//	2^24 + log    a token transfer, by its log_index
//
// What the outermost trace and the transaction both say is one row. Rewards,
// withdrawals, the state at genesis and the moves of an irregular fork are of no
// transaction: they get an id of their own ([Reward] and the others before eight bytes)
// and stand after the transactions of the block.
//
// # Example
//
//	rows := ethereum.Read(ctx, files, feed.Options{Chain: chain.Ethereum}, tally)
//	receipt, err := store.Append(ctx, rows)
package ethereum

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/source/internal/feed"
)

// sort is what a row of a file is about. Their order is the one in which the rows of a
// block are looked at.
type sort uint8

const (
	ofBlock sort = iota + 1
	ofTransaction
	ofReceipt
	ofTrace
	ofToken
	ofOther // contracts, tokens, logs: nothing that moves
)

// result says whether a transaction or a trace did what it says.
type result uint8

const (
	unknown result = iota
	failed
	done
)

// move is what a trace is.
type move uint8

const (
	call   move = iota + 1
	quiet       // a call that cannot pay: delegatecall, callcode, staticcall
	create      // of a contract
	destroy
	reward
	genesis
	fork
)

// row is a row of a file.
type row struct {
	sort  sort
	file  uint32
	line  uint64
	block uint64
	tx    string // its hash; may be empty for traces
	pos   optional[uint32]
	time  optional[uint64]

	from, to ledger.Address
	value    chain.Amount
	asset    ledger.Asset
	index    uint32 // of a token transfer's log
	move     move
	path     string // of a trace: four bytes for each step
	result   result
	nonce    optional[uint64]
	contract ledger.Address         // that the transaction made
	gas      optional[chain.Amount] // that was used
	price    optional[chain.Amount] // of a unit of gas
	beside   chain.Amount           // that is paid beside the gas: to another chain, for blobs

	withdrawals []withdrawal
}

type optional[T any] struct {
	v  T
	ok bool
}

type withdrawal struct {
	index uint64
	to    ledger.Address
	value chain.Amount
}

// kindOf tells what a row is by its columns, or by its type where it has one.
func kindOf(f *feed.Fields) sort {
	switch kind := f.Text("type"); {
	case kind == "block" || f.Has("miner") && f.Has("transaction_count"):
		return ofBlock
	case kind == "trace" || f.Has("trace_type"):
		return ofTrace
	case kind == "token_transfer" || f.Has("token_address") && f.Has("log_index"):
		return ofToken
	case kind == "transaction" || f.Has("gas_price") && f.Has("nonce"):
		return ofTransaction
	case kind == "receipt" || f.Has("cumulative_gas_used"):
		return ofReceipt
	case kind == "log" || kind == "contract" || kind == "token":
		return ofOther
	}
	return 0
}

// parse reads a row; the refusal says what is wrong with it.
func parse(in feed.Row, id chain.ID) (row, *intake.Refusal) {
	f := feed.NewFields(in.Row, id)
	r := row{sort: kindOf(f), file: uint32(in.File), line: uint64(in.Line)}
	switch r.sort {
	case 0:
		f.Fault("", "neither a block, transaction, receipt, token transfer nor trace", "")
	case ofBlock:
		r.block = f.Need("number", 63)
		r.time = optional[uint64]{f.Need("timestamp", 62), true}
		r.withdrawals = withdrawals(f)
	case ofTransaction:
		r.transaction(f)
	case ofReceipt:
		r.block = f.Need("block_number", 63)
		r.tx, r.pos = f.NeedHash("transaction_hash"), position(f)
		r.receipt(f, "")
	case ofToken:
		r.block = f.Need("block_number", 63)
		r.tx, r.time = f.NeedHash("transaction_hash"), timestamp(f)
		r.from, r.to = nobody(f.NeedAddress("from_address")), nobody(f.NeedAddress("to_address"))
		r.asset, r.value = ledger.Asset(f.NeedAddress("token_address")), f.NeedAmount("value")
		if r.index = uint32(f.Need("log_index", 32)); r.index >= tokens {
			f.Fault("log_index", feed.ReasonNumber, "")
		}
	case ofTrace:
		r.trace(f)
	}
	return r, f.Refusal()
}

// nobody is whom tokens come from when they are made and go to when they are destroyed:
// the address of twenty zero bytes.
func nobody(a ledger.Address) ledger.Address {
	if a == ledger.Address(make([]byte, 20)) {
		return ""
	}
	return a
}

func position(f *feed.Fields) optional[uint32] {
	n, ok := f.Number("transaction_index", 32)
	if ok && n == math.MaxUint32 {
		f.Fault("transaction_index", feed.ReasonNumber, "")
	}
	return optional[uint32]{uint32(n), ok}
}

func timestamp(f *feed.Fields) optional[uint64] {
	n, ok := f.Number("block_timestamp", 62)
	return optional[uint64]{n, ok}
}

func (r *row) transaction(f *feed.Fields) {
	r.block = f.Need("block_number", 63)
	r.tx, r.pos, r.time = f.NeedHash("hash"), position(f), timestamp(f)
	if !r.pos.ok {
		f.Fault("transaction_index", feed.ReasonMissing, "")
	}
	r.from, r.to = f.NeedAddress("from_address"), f.Address("to_address")
	r.value = f.NeedAmount("value")
	n, ok := f.Number("nonce", 64)
	r.nonce = optional[uint64]{n, ok}
	price, ok := f.Amount("gas_price")
	r.price = optional[chain.Amount]{price, ok}
	r.receipt(f, "receipt_")
}

// receipt reads what stands in a receipt, or in a transaction that was joined with it.
func (r *row) receipt(f *feed.Fields, prefix string) {
	if status, ok := f.Number(prefix+"status", 1); ok {
		r.result = failed + result(status)
	}
	r.contract = f.Address(prefix + "contract_address")
	price, ok := f.Amount(prefix + "effective_gas_price")
	if ok {
		r.price = optional[chain.Amount]{price, true}
	}
	used, ok := f.Amount(prefix + "gas_used")
	r.gas = optional[chain.Amount]{used, ok}
	r.beside, _ = f.Amount(prefix + "l1_fee")
	blobs, there := f.Amount(prefix + "blob_gas_used")
	if !there || blobs.IsZero() {
		return
	}
	blobPrice, _ := f.Amount(prefix + "blob_gas_price")
	cost, fits := times(blobs, blobPrice)
	sum, small := r.beside.Add(cost)
	if r.beside = sum; !fits || !small {
		f.Fault(prefix+"blob_gas_price", chain.ErrTooBig.Error(), "")
	}
}

// times multiplies; ok is false if the product is 2^256 or more.
func times(a, b chain.Amount) (product chain.Amount, ok bool) {
	product, err := chain.FromBig(a.Big().Mul(a.Big(), b.Big()))
	return product, err == nil
}

var moves = map[string]move{
	"create": create, "create2": create, "suicide": destroy, "selfdestruct": destroy,
	"reward": reward, "genesis": genesis, "daofork": fork,
}

var calls = map[string]move{"call": call, "callcode": quiet, "delegatecall": quiet, "staticcall": quiet}

func (r *row) trace(f *feed.Fields) {
	r.block, r.tx, r.pos, r.time = f.Need("block_number", 63), f.Hash("transaction_hash"), position(f), timestamp(f)
	kind := f.Text("trace_type")
	r.move = moves[kind]
	field := "trace_type"
	if kind == "call" {
		field, kind = "call_type", f.Text("call_type")
		r.move = calls[kind]
	}
	if r.move == 0 {
		f.Fault(field, "not known", intake.Quote(kind))
	}
	status, said := f.Number("status", 1)
	r.result = done
	if f.Text("error") != "" || said && status == 0 {
		r.result = failed
	}
	r.path = path(f)
	if r.move == quiet || r.result == failed {
		return
	}
	r.value = f.NeedAmount("value")
	switch r.move {
	case reward, genesis:
		r.to = f.NeedAddress("to_address")
	default:
		r.from = f.NeedAddress("from_address")
		if r.move != create || !r.value.IsZero() {
			r.to = f.NeedAddress("to_address")
		}
	}
	if r.tx == "" && !r.pos.ok && r.move < reward {
		f.Fault("transaction_hash", feed.ReasonMissing, "")
	}
}

// maxDepth is how many steps a trace's address may have: the chain allows 1,024.
const maxDepth = 1200

// path reads where a trace stands among those of its transaction: "0,2,1" in CSV,
// [0, 2, 1] in JSON.
func path(f *feed.Fields) string {
	text := strings.Trim(string(f.Raw("trace_address")), " []\"")
	if text == "" || text == "null" {
		return ""
	}
	var out []byte
	for step := range strings.SplitSeq(text, ",") {
		n, err := strconv.ParseUint(strings.TrimSpace(step), 10, 32)
		if err != nil || len(out) == 4*maxDepth {
			f.Fault("trace_address", "not a list of numbers", intake.Quote(text))
			return ""
		}
		out = append(out, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	return string(out)
}

// gwei is the base units in which withdrawals are counted.
var gwei = chain.Units64(1e9)

// withdrawals reads what a block pays out of the stakes. Only Ethereum pays it in its
// own coin.
func withdrawals(f *feed.Fields) []withdrawal {
	raw := f.Raw("withdrawals")
	if f.Chain() != chain.Ethereum || len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	var list []struct {
		Index   json.Number `json:"index"`
		Address string      `json:"address"`
		Amount  json.Number `json:"amount"`
	}
	if raw[0] == '{' { // CSV has the list without its brackets
		raw = slices.Concat([]byte{'['}, raw, []byte{']'})
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		f.Fault("withdrawals", "not a list of withdrawals", "")
	}
	var out []withdrawal
	for _, w := range list {
		index, err := strconv.ParseUint(string(w.Index), 10, 64)
		amount, wrong := chain.ParseAmount(string(w.Amount))
		to, bad := chain.Parse(chain.Ethereum, w.Address)
		value, fits := times(amount, gwei)
		if err != nil || wrong != nil || bad != nil || !fits {
			f.Fault("withdrawals", "not a list of withdrawals", "")
			return nil
		}
		out = append(out, withdrawal{index, ledger.AddressOf(to), value})
	}
	return slices.Clip(out)
}
