package ethereum

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"golang.org/x/crypto/sha3"
)

// Indices of the rows of a transaction.
const (
	ownIndex   = 0
	feeIndex   = 1
	firstTrace = 2
	tokens     = 1 << 24 // and the log_index
)

// How the ids of what no transaction did begin; eight bytes follow, of the block or, of
// a withdrawal, its number.
const (
	Reward     = "reward"
	Genesis    = "genesis"
	Fork       = "fork"
	Withdrawal = "withdrawal"
)

// Reasons and notes.
const (
	reasonTime     = "no time for its block: read the blocks or transactions together with it"
	reasonOther    = "its block has another time"
	reasonNoTx     = "no such transaction among those that are read"
	reasonFailed   = "its transaction failed"
	reasonMany     = "too many traces in its transaction"
	reasonContract = "a contract was made and its address is not said"

	noteStatus   = "whether the transaction succeeded is not said: taken as done"
	noteFee      = "the fee is not said: none was booked"
	notePosition = "where the transaction stands in its block is not said: order by log index"
	noteOther    = "rows of a sort that moves nothing"
)

// group are the rows of one transaction.
type group struct {
	txs, receipts, traces, tokens []*row
	pos                           optional[uint32]
	result                        result
	contract                      ledger.Address
}

// book is a block being made.
type book struct {
	*joiner
	block  uint64
	time   optional[uint64]
	groups map[string]*group
	out    []ledger.Transfer
}

// block settles the rows of a block.
func (j *joiner) block(ctx context.Context, rows []row) error {
	if len(rows) == 0 {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	b := &book{joiner: j, block: rows[0].block, groups: map[string]*group{}}
	b.setTime(rows)
	loose, err := b.gather(rows)
	if err != nil {
		return err
	}
	b.withoutTransaction(loose)
	for _, g := range b.inOrder() {
		if err := b.group(g); err != nil {
			return err
		}
	}
	slices.SortStableFunc(b.out, func(a, c ledger.Transfer) int { return ledger.Compare(&a, &c) })
	for _, t := range b.out {
		j.tally.Transfer()
		if !j.yield(t, nil) {
			return errStopped
		}
	}
	return nil
}

// setTime takes the time of the first row that says one: a block's, else a
// transaction's.
func (b *book) setTime(rows []row) {
	for i := range rows {
		if rows[i].time.ok {
			b.time = rows[i].time
			return
		}
	}
}

// gather puts rows to their transactions and returns those of none. Rows that
// contradict the block's time are refused.
func (b *book) gather(rows []row) (loose []*row, err error) {
	byPos := map[uint32]string{}
	for i := range rows {
		r := &rows[i]
		switch {
		case r.sort == ofOther:
			b.tally.Note(noteOther)
			b.tally.Still(int(r.file))
			continue
		case !b.time.ok && r.sort != ofReceipt:
			err = b.refuse(r, "block_timestamp", reasonTime, "")
		case r.time.ok && r.time != b.time:
			err = b.refuse(r, "block_timestamp", reasonOther, fmt.Sprint(b.time.v))
		default:
			if r.tx == "" && r.pos.ok {
				r.tx = byPos[r.pos.v]
			} else if r.pos.ok {
				byPos[r.pos.v] = r.tx
			}
			err = b.put(r, &loose)
		}
		if err != nil {
			return nil, err
		}
	}
	return loose, nil
}

func (b *book) put(r *row, loose *[]*row) error {
	if r.sort == ofBlock || r.sort == ofTrace && r.move >= reward {
		*loose = append(*loose, r)
		return nil
	}
	if r.tx == "" {
		return b.refuse(r, "transaction_hash", reasonNoTx, "")
	}
	g := b.groups[r.tx]
	if g == nil {
		g = &group{}
		b.groups[r.tx] = g
	}
	switch r.sort {
	case ofTransaction:
		g.txs = append(g.txs, r)
	case ofReceipt:
		g.receipts = append(g.receipts, r)
		b.tally.Context(int(r.file))
	case ofTrace:
		g.traces = append(g.traces, r)
	case ofToken:
		g.tokens = append(g.tokens, r)
	}
	return nil
}

// inOrder settles what is known of each transaction and orders them.
func (b *book) inOrder() []*group {
	out := make([]*group, 0, len(b.groups))
	names := map[*group]string{}
	for tx, g := range b.groups {
		for _, r := range slices.Concat(g.txs, g.receipts, g.traces) {
			if !g.pos.ok {
				g.pos = r.pos
			}
			if g.result == unknown && r.sort != ofTrace {
				g.result = r.result
			}
			if g.contract == "" {
				g.contract = r.contract
			}
		}
		slices.SortStableFunc(g.traces, func(a, c *row) int { return strings.Compare(a.path, c.path) })
		if len(g.traces) > 0 && g.traces[0].path == "" {
			if top := g.traces[0]; g.result == unknown {
				g.result = top.result
			}
			if top := g.traces[0]; g.contract == "" && top.move == create {
				g.contract = top.to
			}
		}
		out, names[g] = append(out, g), tx
	}
	slices.SortFunc(out, func(a, c *group) int {
		return cmp.Or(cmp.Compare(a.pos.v, c.pos.v), strings.Compare(names[a], names[c]))
	})
	return out
}

func (b *book) group(g *group) error {
	for _, r := range g.txs {
		if err := b.transaction(g, r); err != nil {
			return err
		}
	}
	if err := b.traces(g); err != nil {
		return err
	}
	positions := b.given & (1<<ofTransaction | 1<<ofReceipt | 1<<ofTrace)
	for _, r := range g.tokens {
		var err error
		switch {
		case g.result == failed:
			err = b.refuse(r, "transaction_hash", reasonFailed, "")
		case !g.pos.ok && positions != 0:
			err = b.refuse(r, "transaction_hash", reasonNoTx, "")
		default:
			if !g.pos.ok {
				b.tally.Note(notePosition)
			}
			b.tally.Gave(int(r.file))
			b.add(g, r, tokens+r.index, r.from, r.to, r.value, r.asset)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// add makes a row of the ledger.
func (b *book) add(g *group, r *row, index uint32, from, to ledger.Address, value chain.Amount, asset ledger.Asset) {
	b.out = append(b.out, ledger.Transfer{
		Chain: b.options.Chain, Kind: ledger.Payment, Block: b.block, Pos: g.pos.v, Index: index, Time: int64(b.time.v),
		Tx: r.tx, From: from, To: to, Asset: asset, Value: value,
	})
}

// transaction settles what a transaction pays itself, and its fee.
func (b *book) transaction(g *group, r *row) error {
	before := len(b.out)
	if g.result == unknown {
		b.tally.Note(noteStatus)
	}
	if g.result != failed && !r.value.IsZero() {
		to := r.to
		if to == "" {
			to = cmp.Or(g.contract, b.made(r))
		}
		if to == "" {
			return b.refuse(r, "to_address", reasonContract, "")
		}
		b.add(g, r, ownIndex, r.from, to, r.value, "")
	}
	switch fee, known, fits := g.fee(r); {
	case !fits:
		b.out = b.out[:before]
		return b.refuse(r, "gas_price", chain.ErrTooBig.Error(), "")
	case !known:
		b.tally.Note(noteFee)
	case !fee.IsZero():
		b.add(g, r, feeIndex, r.from, "", fee, "")
	}
	if len(b.out) == before {
		b.tally.Still(int(r.file))
		return nil
	}
	b.tally.Gave(int(r.file))
	return nil
}

// fee is what the payer paid for the transaction: gas used at its price, and what is
// paid beside it.
func (g *group) fee(r *row) (fee chain.Amount, known, fits bool) {
	gas, price, beside := r.gas, r.price, r.beside
	for _, receipt := range g.receipts {
		if gas.ok {
			break
		}
		gas, beside = receipt.gas, receipt.beside
		if receipt.price.ok {
			price = receipt.price
		}
	}
	if !gas.ok || !price.ok {
		return fee, false, true
	}
	cost, fits := times(gas.v, price.v)
	fee, small := cost.Add(beside)
	return fee, true, fits && small
}

// zkSync makes contracts' addresses by a rule of its own.
const zkSync chain.ID = "zksync"

// made is the address of the contract that the transaction makes, which follows from
// the payer and the number of the transactions before: the last twenty bytes of the
// Keccak-256 of both in RLP.
func (b *book) made(r *row) ledger.Address {
	if !r.nonce.ok || b.options.Chain == zkSync || len(r.from) != 20 {
		return ""
	}
	number := strings.TrimLeft(string(binary.BigEndian.AppendUint64(nil, r.nonce.v)), "\x00")
	if len(number) != 1 || number[0] >= 0x80 {
		number = string([]byte{0x80 + byte(len(number))}) + number
	}
	list := "\x94" + string(r.from) + number
	h := sha3.NewLegacyKeccak256()
	h.Write([]byte{0xc0 + byte(len(list))})
	h.Write([]byte(list))
	return ledger.Address(h.Sum(nil)[12:])
}

// traces settles the traces of a transaction, which are in order: a call comes before
// those that it makes, and where it failed, these did as well.
func (b *book) traces(g *group) error {
	broken, hasBroken := "", g.result == failed
	n := -1
	for i, r := range g.traces {
		if i == 0 || r.path != g.traces[i-1].path {
			n++
		}
		switch {
		case hasBroken && strings.HasPrefix(r.path, broken):
		case r.result == failed:
			broken, hasBroken = r.path, true
		case r.move == quiet || r.value.IsZero() || r.path == "" && len(g.txs) > 0:
		case firstTrace+n >= tokens:
			if err := b.refuse(r, "trace_address", reasonMany, ""); err != nil {
				return err
			}
			continue
		case !g.pos.ok:
			if err := b.refuse(r, "transaction_index", "missing", ""); err != nil {
				return err
			}
			continue
		default:
			index := uint32(firstTrace + n)
			if r.path == "" {
				index = ownIndex
			}
			b.tally.Gave(int(r.file))
			b.add(g, r, index, r.from, r.to, r.value, "")
			continue
		}
		b.tally.Still(int(r.file))
	}
	return nil
}

// withoutTransaction settles blocks and what no transaction did. A file's rows of a
// sort are numbered within the block, so that the same file gives the same rows.
func (b *book) withoutTransaction(rows []*row) {
	type series struct {
		file uint32
		move move
	}
	numbers := map[series]uint32{}
	after := &group{pos: optional[uint32]{math.MaxUint32, true}}
	for _, r := range rows {
		if r.sort == ofBlock {
			b.withdrawals(after, r)
			continue
		}
		of := series{r.file, r.move}
		n := numbers[of]
		numbers[of]++
		if r.value.IsZero() || r.result == failed {
			b.tally.Still(int(r.file))
			continue
		}
		r.tx = numbered(map[move]string{reward: Reward, genesis: Genesis, fork: Fork}[r.move], b.block)
		b.tally.Gave(int(r.file))
		b.add(after, r, n, r.from, r.to, r.value, "")
	}
}

func (b *book) withdrawals(after *group, r *row) {
	if len(r.withdrawals) == 0 {
		b.tally.Context(int(r.file))
		return
	}
	b.tally.Gave(int(r.file))
	for _, w := range r.withdrawals {
		paid := *r
		paid.tx = numbered(Withdrawal, w.index)
		b.add(after, &paid, 0, "", w.to, w.value, "")
	}
}

// numbered is the id of what no transaction did.
func numbered(name string, n uint64) string {
	return string(binary.BigEndian.AppendUint64([]byte(name), n))
}
