package trace

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/turtlebay/turtlebay/trace/accounting"
)

// Coins is a case of transactions that spend outputs.
type Coins struct {
	Params
	Genesis []Output // clean outputs that exist before the first transaction
	Txs     []Tx     // in any order
	Thefts  []Theft
}

// Output is value at an address.
type Output struct {
	Outpoint string // of Genesis only; an output of a transaction is its id, ":" and its index
	Address  string
	Value    Amount
}

// Tx is a transaction. Execution is by block and position; the coinbase of a block is
// last, because it collects the block's fees.
type Tx struct {
	ID         string
	Block, Pos int64
	Inputs     []string // outpoints
	Outputs    []Output
	Coinbase   bool
	Subsidy    Amount // new value, of a coinbase only
}

// Trace follows the thefts by every policy, and bounds what any policy could find.
func (c Coins) Trace(ctx context.Context) (*Result, error) {
	flow, err := c.flow()
	if err != nil {
		return nil, err
	}
	known := func(mark string) string {
		i, ok := flow.index[mark]
		switch {
		case !ok:
			return "unknown outpoint " + quote(mark)
		case flow.coins[i].genesis:
			return quote(mark) + " is of genesis, which is clean: mark the output of a transaction"
		}
		return ""
	}
	stolen, err := gather(c.Thefts, "outpoint", known)
	if err != nil {
		return nil, err
	}
	return flow.trace(ctx, c.Params, stolen)
}

// flow is the transactions in order of execution, with names resolved.
type flow struct {
	toMiner bool
	coins   []coin
	index   map[string]int // outpoint to its coin
	rows    []spend
	fees    []int // rows of the block so far that paid a fee
}

// coin is an output.
type coin struct {
	outpoint                string
	value                   Amount
	boundary, genesis, made bool
	spentBy                 string
}

// spend is a transaction: a pool, cut into outputs and a fee.
type spend struct {
	id      string
	members []member
	outputs []int // coins
	fee     Amount
	joins   bool // the fee joins the block's coinbase
	pay     accounting.Payments[Amount]
}

// member is a part of the pool: a coin, a fee, or clean value.
type member struct {
	value Amount
	coin  int // -1 for none
	fee   int // the row that paid it, -1 for none
}

func (c Coins) flow() (*flow, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	f := &flow{toMiner: c.FeesToMiner, index: map[string]int{}}
	services := c.boundaries()
	add := func(o Output, outpoint, field string, genesis bool) error {
		if _, twice := f.index[outpoint]; twice {
			return &FieldError{field, "there are two outputs " + quote(outpoint)}
		}
		f.index[outpoint] = len(f.coins)
		f.coins = append(f.coins, coin{outpoint: outpoint, value: o.Value, boundary: services[o.Address], genesis: genesis, made: genesis})
		return whole(field+".value", o.Value)
	}
	for i, o := range c.Genesis {
		if err := add(o, o.Outpoint, "genesis["+strconv.Itoa(i)+"]", true); err != nil {
			return nil, err
		}
	}
	ids := map[string]bool{}
	for i, tx := range c.Txs {
		if err := tx.check(txField(i), ids); err != nil {
			return nil, err
		}
		for n, o := range tx.Outputs {
			if err := add(o, outpoint(tx.ID, n), txField(i)+".outputs["+strconv.Itoa(n)+"]", false); err != nil {
				return nil, err
			}
		}
	}
	order, coinbase, err := c.order()
	if err != nil {
		return nil, err
	}
	for n, i := range order {
		if n > 0 && c.Txs[order[n-1]].Block != c.Txs[i].Block {
			f.fees = nil
		}
		if err := f.execute(c.Txs[i], txField(i), coinbase[c.Txs[i].Block]); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func txField(i int) string { return "txs[" + strconv.Itoa(i) + "]" }

func outpoint(tx string, index int) string { return tx + ":" + strconv.Itoa(index) }

// check looks at a transaction by itself.
func (tx Tx) check(field string, ids map[string]bool) error {
	switch {
	case tx.ID == "":
		return &FieldError{field + ".id", "is missing"}
	case ids[tx.ID]:
		return &FieldError{field + ".id", "there are two transactions " + quote(tx.ID)}
	case tx.Coinbase && len(tx.Inputs) > 0:
		return &FieldError{field + ".inputs", "a coinbase has none"}
	case !tx.Coinbase && !tx.Subsidy.IsZero():
		return &FieldError{field + ".subsidy", "only a coinbase has one"}
	}
	ids[tx.ID] = true
	return whole(field+".subsidy", tx.Subsidy)
}

// order is the indexes of the transactions as they are executed, and the blocks that
// have a coinbase.
func (c Coins) order() ([]int, map[int64]bool, error) {
	order, moments, coinbase := make([]int, len(c.Txs)), make([]moment, len(c.Txs)), map[int64]bool{}
	for i, tx := range c.Txs {
		if tx.Coinbase && coinbase[tx.Block] {
			return nil, nil, &FieldError{txField(i) + ".coinbase", "its block has one already"}
		}
		coinbase[tx.Block] = coinbase[tx.Block] || tx.Coinbase
		order[i], moments[i] = i, moment{block: tx.Block, pos: tx.Pos}
		if tx.Coinbase {
			moments[i].idx = 1 // it is last in its block, wherever it stands
		}
	}
	err := inOrder(moments, func(i int) (string, string) { return txField(i) + ".pos", c.Txs[i].ID })
	slices.SortFunc(order, func(i, j int) int {
		a, b := moments[i], moments[j]
		return cmp.Or(cmp.Compare(a.block, b.block), cmp.Compare(a.idx, b.idx), cmp.Compare(a.pos, b.pos))
	})
	return order, coinbase, err
}

// execute makes the row of the next transaction.
func (f *flow) execute(tx Tx, field string, minted bool) error {
	row := spend{id: tx.ID}
	var pool Amount
	join := func(m member) {
		pool = pool.Add(m.value)
		row.members = append(row.members, m)
	}
	for n, name := range tx.Inputs {
		i, err := f.take(name, tx.ID)
		if err != "" {
			return &FieldError{field + ".inputs[" + strconv.Itoa(n) + "]", err}
		}
		join(member{f.coins[i].value, i, -1})
	}
	if tx.Coinbase {
		join(member{tx.Subsidy, -1, -1})
		for _, payer := range f.fees {
			join(member{f.rows[payer].fee, -1, payer})
		}
	}
	values := make([]Amount, len(tx.Outputs))
	var out Amount
	for n, o := range tx.Outputs {
		i := f.index[outpoint(tx.ID, n)]
		f.coins[i].made = true
		row.outputs, values[n], out = append(row.outputs, i), o.Value, out.Add(o.Value)
	}
	row.fee = pool.Sub(out)
	if row.fee.Cmp(Amount{}) < 0 {
		return &FieldError{field + ".outputs", "pay " + out.String() + ", more than the " + pool.String() + " that the transaction has"}
	}
	row.pay = accounting.Spend(values, row.fee)
	row.joins = f.toMiner && minted && !tx.Coinbase
	if !tx.Coinbase && !row.fee.IsZero() {
		f.fees = append(f.fees, len(f.rows))
	}
	f.rows = append(f.rows, row)
	return nil
}

// take spends an output.
func (f *flow) take(name, by string) (i int, reason string) {
	i, ok := f.index[name]
	switch {
	case !ok:
		return 0, "unknown outpoint " + quote(name)
	case !f.coins[i].made:
		return 0, quote(name) + " is made later than it is spent"
	case f.coins[i].spentBy != "":
		return 0, quote(name) + " is spent already, by " + quote(f.coins[i].spentBy)
	}
	f.coins[i].spentBy = by
	return i, ""
}
