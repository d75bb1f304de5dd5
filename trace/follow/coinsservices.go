package follow

import (
	"fmt"

	"github.com/turtlebay/turtlebay/ledger"
)

// terminus says whether a trace ends at an address.
type terminus struct {
	ends    bool
	service Service
	address ledger.Address
}

// terminus says whether the trace ends at the owner of an output.
func (l *coinLane) terminus(id ledger.AccountID) (*terminus, error) {
	if t, known := l.known[id]; known {
		return t, nil
	}
	a, err := l.book.Address(id)
	if err != nil {
		return nil, err
	}
	t := &terminus{address: a}
	if t.service, t.ends, err = l.find(id, a); err != nil {
		return nil, err
	}
	l.known[id] = t
	l.run.grow(int64(128 + len(a)))
	return t, nil
}

// find is the service that an address is, if it is one.
func (l *coinLane) find(id ledger.AccountID, a ledger.Address) (at Service, ok bool, err error) {
	if recorded := l.run.from.recorded != nil; recorded {
		if at, ok = l.run.from.services[account{l.id, a}]; !ok { // a link taken away makes its ends services that the run did not end at
			at, ok = l.run.service(l.id, a)
		}
		return at, ok, nil
	}
	if at, ok = l.run.service(l.id, a); ok || id == ledger.Nobody {
		return at, ok, nil
	}
	if l.run.q.Rules.Deposits {
		if at, ok, err = l.deposit(id); ok || err != nil {
			return at, ok, err
		}
	}
	if least := l.run.q.Rules.Hub; least > 0 {
		return l.hub(id, least)
	}
	return at, false, nil
}

// deposit tells an address whose outputs are spent by transactions that pay one
// exchange alone.
func (l *coinLane) deposit(id ledger.AccountID) (one Service, ok bool, err error) {
	degree, err := l.book.Degree(id)
	if err != nil || degree.Out == 0 || degree.Out > depositRows {
		return one, false, err
	}
	seen := map[string]bool{}
	for row, err := range l.book.Walk(l.run.ctx, id, ledger.Out, 0) {
		if err != nil {
			return one, false, err
		}
		t, err := l.load(row)
		if err != nil {
			return one, false, err
		}
		if seen[t.id] {
			continue
		}
		seen[t.id] = true
		if ok, err := l.paysOne(t, &one); err != nil || !ok {
			return Service{}, false, err
		}
	}
	one.Class, one.Confidence = Deposit, Heuristic
	one.Note = fmt.Sprintf("the %d transactions that spend its outputs pay this exchange alone", len(seen))
	return one, true, nil
}

// paysOne reports whether all outputs of a transaction are those of one exchange, the
// same as before.
func (l *coinLane) paysOne(t *coinTx, one *Service) (bool, error) {
	paid := false
	for _, o := range t.outputs {
		if o.value.IsZero() {
			continue
		}
		a, err := l.book.Address(o.account)
		if err != nil {
			return false, err
		}
		at, ok := l.run.service(l.id, a)
		if !ok || at.Class != Exchange || one.Name != "" && one.Name != at.Name {
			return false, nil
		}
		*one, paid = at, true
	}
	return paid, nil
}

// hubRows is how many outputs of an address are looked at to tell a hub.
const hubRows = 100_000

// hub tells an address that many pay, counted by the owners of the first inputs of the
// transactions that do: its rows alone name nobody. Whom it pays is not counted: one
// transaction of a thief can pay thousands.
func (l *coinLane) hub(id ledger.AccountID, least int) (none Service, ok bool, err error) {
	degree, err := l.book.Degree(id)
	if err != nil || degree.In < least {
		return none, false, err
	}
	others, looked := map[ledger.AccountID]bool{}, 0
	for row, err := range l.book.Walk(l.run.ctx, id, ledger.In, 0) {
		if err != nil {
			return none, false, err
		}
		t, err := l.load(row)
		if looked++; err != nil || looked > hubRows {
			return none, false, err
		}
		if len(t.inputs) > 0 && t.inputs[0].account != ledger.Nobody && t.inputs[0].account != id {
			others[t.inputs[0].account] = true
		}
		if len(others) >= least {
			return Service{Class: Hub, Confidence: Heuristic, Note: fmt.Sprintf("paid by %d addresses or more, and nobody tagged it", least)}, true, nil
		}
	}
	return none, false, nil
}
