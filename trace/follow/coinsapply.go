package follow

import (
	"fmt"
	"slices"

	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/accounting"
)

// apply executes a transaction: for each asset, what it spends is one pool that its
// outputs are served from, and the fee last.
func (l *coinLane) apply(t *coinTx) error {
	block := l.at(t)
	if t.block < block.number || block.done[t.rows[0]] {
		return fmt.Errorf("transaction %x on %s: %w: it stands before one that spends its outputs", t.id, l.id, ErrRows)
	}
	may, err := l.run.may(uint64(len(t.rows)), func() (int64, error) { return t.time, nil })
	if err != nil || !may {
		return err
	}
	block.done[t.rows[0]] = true
	for _, asset := range t.assets() {
		s := &spend{coinLane: l, tx: t, asset: asset, inputs: partsOf(t.inputs, asset), outputs: partsOf(t.outputs, asset)}
		if err := s.apply(); err != nil {
			return err
		}
	}
	return nil
}

// assets are those of the transaction, in the order of its rows.
func (t *coinTx) assets() (out []ledger.AssetID) {
	for _, parts := range [][]coinPart{t.inputs, t.outputs} {
		for i := range parts {
			if a := parts[i].asset; !slices.Contains(out, a) {
				out = append(out, a)
			}
		}
	}
	return out
}

// partsOf are the parts of an asset.
func partsOf(parts []coinPart, asset ledger.AssetID) []coinPart {
	other := func(p coinPart) bool { return p.asset != asset }
	if !slices.ContainsFunc(parts, other) {
		return parts
	}
	return slices.DeleteFunc(slices.Clone(parts), other)
}

// spend is what a transaction does with one asset.
type spend struct {
	*coinLane
	tx              *coinTx
	asset           ledger.AssetID
	name            ledger.Asset
	inputs, outputs []coinPart

	coins    []*coin // of the inputs; nil: clean
	value    accounting.Units
	older    accounting.Units // value that no input is known to have brought
	fee      accounting.Units
	splits   uint64 // payments that a fraction may come to
	payments accounting.Payments[accounting.Units]
	came     map[int]*parcel // by output: what links brought
	made     [][]stain       // by output: what it keeps of taint, by theft
	left     [][]stain       // by output that a link takes on
	flowed   []bool          // by output: some theft has a part of it
}

func (s *spend) apply() (err error) {
	if s.name, err = s.coinLane.asset(s.asset); err != nil {
		return err
	}
	if err = s.gather(); err != nil {
		return err
	}
	s.made, s.left, s.flowed = make([][]stain, len(s.outputs)), make([][]stain, len(s.outputs)), make([]bool, len(s.outputs))
	for k, o := range s.outputs {
		if link, ok := s.ins[o.row]; ok {
			p, err := s.run.receive(link)
			if err != nil {
				return err
			}
			if s.came == nil {
				s.came = map[int]*parcel{}
			}
			s.came[k] = p
		}
	}
	for _, theft := range s.thefts() {
		if err := s.follow(theft); err != nil {
			return err
		}
	}
	return s.settle()
}

// gather takes the inputs, and tells what the outputs are paid from.
func (s *spend) gather() error {
	s.coins = make([]*coin, len(s.inputs))
	for i := range s.inputs {
		in := &s.inputs[i]
		if c := s.spent[in.row]; c != nil {
			if c.asset != in.asset || !in.value.IsZero() && in.value != c.value {
				return fmt.Errorf("input %d of transaction %x on %s: %w: what it spends has another value", in.index, s.tx.id, s.id, ErrRows)
			}
			in.value, s.coins[i] = c.value, c
			delete(s.spent, in.row)
			s.run.grow(-c.bytes)
			s.run.work.Tainted++
		}
		s.value = s.value.Add(in.value)
	}
	var paid accounting.Units
	values := make([]accounting.Units, len(s.outputs))
	for k := range s.outputs {
		delete(s.seeds, s.outputs[k].row)
		values[k] = s.outputs[k].value
		paid = paid.Add(values[k])
	}
	if more := paid.Sub(s.value); paid.Cmp(s.value) > 0 {
		s.value, s.older = paid, more
		if len(s.tx.inputs) > 0 { // else it is newly made
			s.coinLane.older[s.asset] = s.coinLane.older[s.asset].Add(more)
		}
	}
	s.fee = s.value.Sub(paid)
	s.payments = accounting.Spend(values, s.fee)
	for _, v := range s.payments.Values {
		if !v.IsZero() {
			s.splits++
		}
	}
	return nil
}

// thefts are those that the transaction is of concern to, in order.
func (s *spend) thefts() (out []int) {
	for _, c := range s.coins {
		for i := 0; c != nil && i < len(c.taints); i++ {
			out = append(out, c.taints[i].theft)
		}
	}
	for k, o := range s.outputs {
		out = append(out, s.marks[o.row]...)
		if p := s.came[k]; p != nil {
			for i := range p.taints {
				out = append(out, p.taints[i].theft)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// follow serves the outputs and the fee in the books of one theft.
func (s *spend) follow(theft int) error {
	outputs := make([]stain, len(s.outputs))
	fee := stain{theft: theft}
	taints := make([]*stain, len(s.inputs))
	from := ledger.Nobody
	for i, c := range s.coins {
		if c == nil {
			continue
		}
		if at := slices.IndexFunc(c.taints, func(t stain) bool { return t.theft == theft }); at >= 0 {
			taints[i] = &c.taints[at]
			if from == ledger.Nobody {
				from = s.inputs[i].account
			}
		}
	}
	for _, p := range s.policies {
		parts := s.pay(p, taints)
		for k := range outputs {
			if parts != nil && !parts[k].Tainted().IsZero() {
				outputs[k].lots[p] = parts[k]
			}
		}
		if parts != nil && !parts[len(outputs)].Tainted().IsZero() {
			fee.lots[p] = parts[len(outputs)]
		}
	}
	if s.run.policies.bounds {
		s.bound(taints, outputs)
	}
	t, err := fee.taint()
	if err == nil {
		err = s.sum(theft).Fees.add(&t)
	}
	if err != nil {
		return amountError(s.id, s.name)
	}
	for k := range outputs {
		outputs[k].theft = theft
		if err := s.arrive(k, &outputs[k], from); err != nil {
			return err
		}
	}
	return nil
}

func (s *spend) sum(theft int) *Sum { return s.run.sum(theft, s.id, s.name) }

// cleanLots is clean value as a policy keeps it.
func cleanLots(policy int, value accounting.Units) accounting.Lots[accounting.Units] {
	l, err := accounting.New(policyOrder[policy], value, nil)
	if err != nil {
		panic(err) // the policies are those of accounting.Policies
	}
	return l
}

// pay cuts the pool into outputs and fee by one policy; nil where nothing is tainted.
func (s *spend) pay(policy int, taints []*stain) []accounting.Lots[accounting.Units] {
	var pool accounting.Lots[accounting.Units]
	older := s.older // clean value that is not in the pool yet: first what is older than all
	join := func(l accounting.Lots[accounting.Units]) {
		if pool == nil {
			pool = cleanLots(policy, older)
		} else if !older.IsZero() {
			pool.Append(cleanLots(policy, older))
		}
		older = accounting.Units{}
		if l != nil {
			pool.Append(l)
		}
	}
	stained := false
	for i, t := range taints {
		if t == nil || t.lots[policy] == nil {
			older = older.Add(s.inputs[i].value)
			continue
		}
		stained = true
		join(t.lots[policy])
	}
	if !stained {
		return nil
	}
	join(nil)
	if policyOrder[policy] == accounting.Haircut && pool.Tainted() != pool.Value() {
		s.run.work.Splits += s.splits
	}
	return pool.Pay(s.payments)
}

// bound bounds what any policy finds of the outputs.
func (s *spend) bound(taints []*stain, outputs []stain) {
	var pool accounting.BoundPool[accounting.Units]
	pool.Add(s.older, accounting.Bounds[accounting.Units]{})
	for i, t := range taints {
		var b accounting.Bounds[accounting.Units]
		if t != nil {
			b = t.bounds
		}
		pool.Add(s.inputs[i].value, b)
	}
	if !pool.Reachable() {
		return
	}
	for k := range outputs {
		outputs[k].bounds = pool.Pay(s.outputs[k].value)
	}
}
