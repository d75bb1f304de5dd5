package exercise_test

import (
	"context"
	"math/big"
	"slices"
	"testing"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr"
	"github.com/turtlebay/turtlebay/trace"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"github.com/turtlebay/turtlebay/trace/exercise"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/mixer"
	"github.com/turtlebay/turtlebay/trace/pattern"
)

func held(t *testing.T) ledger.Snapshot {
	t.Helper()
	store, err := csr.Open(t.TempDir(), csr.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	rows := exercise.Transfers()
	receipt, err := store.Append(t.Context(), func(yield func(ledger.Transfer, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	})
	if err != nil || receipt.Kept != uint64(len(rows)) {
		t.Fatal(receipt, err)
	}
	snapshot, err := store.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = snapshot.Close() })
	return snapshot
}

func traced(t *testing.T) *follow.Answer {
	t.Helper()
	answer, err := follow.Run(context.Background(), held(t), exercise.Question())
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func of(p accounting.Policy, t follow.Taint) *big.Int {
	switch p {
	case accounting.Poison:
		return t.Poison.Big()
	case accounting.Haircut:
		return t.Haircut.Big()
	case accounting.FIFO:
		return t.FIFO.Big()
	case accounting.LIFO:
		return t.LIFO.Big()
	}
	return t.TIHO.Big()
}

func conserving() []accounting.Policy {
	return slices.DeleteFunc(accounting.Policies(), func(p accounting.Policy) bool { return !p.Conserves() })
}

// units is an amount in whole units and their decimals.
func units(t *testing.T, text string, decimals uint8) *big.Int {
	t.Helper()
	a, err := chain.ParseUnits(text, decimals)
	if err != nil {
		t.Fatal(err)
	}
	return a.Big()
}

func TestSumsClose(t *testing.T) {
	answer := traced(t)
	if want := []string{"EXERCISE-1", "EXERCISE-2", trace.All}; !slices.Equal(answer.Thefts, want) || answer.Stopped != nil {
		t.Fatal(answer.Thefts, answer.Stopped)
	}
	if len(answer.Sums) != 3+1+3 {
		t.Errorf("%d sums: three assets of the first theft and of both, one of the second", len(answer.Sums))
	}
	for _, s := range answer.Sums {
		for _, p := range conserving() {
			left := new(big.Int).Sub(s.Stolen.Big(), of(p, s.Again))
			left.Add(left, of(p, s.In))
			for _, part := range []follow.Taint{s.Held, s.Cashed, s.Mixed, s.Fees, s.Dropped, s.Unfollowed, s.Out} {
				left.Sub(left, of(p, part))
			}
			if left.Sign() != 0 {
				t.Errorf("%s, %s, %s: %s base units are not accounted for", s.Theft, p, s.Asset.Text(s.Chain), left)
			}
		}
	}
	if len(answer.Short) != 0 {
		t.Errorf("accounts paid what they did not have: %v", answer.Short)
	}
}

// part is a line of the account of an asset.
func part(t *testing.T, a *follow.Answer, theft string, id chain.ID, asset ledger.Asset, get func(follow.Sum) follow.Taint) follow.Taint {
	t.Helper()
	for _, s := range a.Sums {
		if s.Theft == theft && s.Chain == id && s.Asset == asset {
			return get(s)
		}
	}
	t.Fatalf("%s has no sum of %s", theft, asset.Text(id))
	return follow.Taint{}
}

// Every kind of step that a trace knows occurs.
func TestEveryKindOfStepOccurs(t *testing.T) {
	answer := traced(t)
	xsd := exercise.Transfers()
	token := xsd[slices.IndexFunc(xsd, func(r ledger.Transfer) bool { return r.Asset != "" })].Asset
	for _, c := range []struct {
		what  string
		chain chain.ID
		asset ledger.Asset
		get   func(follow.Sum) follow.Taint
		least string // under every policy that conserves
		most  string
		dec   uint8
	}{
		{"swapped away", chain.Ethereum, token, func(s follow.Sum) follow.Taint { return s.Out }, "2400000", "2400000", 6},
		{"into the mixer", chain.Ethereum, "", func(s follow.Sum) follow.Taint { return s.Mixed }, "400", "400", 18},
		{"over the bridge, gone", chain.Ethereum, "", func(s follow.Sum) follow.Taint { return s.Out }, "1199.99", "1199.99", 18},
		{"over the bridge, come", chain.Bitcoin, "", func(s follow.Sum) follow.Taint { return s.In }, "64.48561600", "64.48561600", 8},
		{"swapped, come", chain.Ethereum, "", func(s follow.Sum) follow.Taint { return s.In }, "683.657142857142857142", "683.657142857142857142", 18},
		{"cashed out in ether", chain.Ethereum, "", func(s follow.Sum) follow.Taint { return s.Cashed }, "350", "810", 18},
		{"cashed out in bitcoin", chain.Bitcoin, "", func(s follow.Sum) follow.Taint { return s.Cashed }, "25", "53", 8},
		{"held in ether", chain.Ethereum, "", func(s follow.Sum) follow.Taint { return s.Held }, "200", "700", 18},
		{"held in bitcoin", chain.Bitcoin, "", func(s follow.Sum) follow.Taint { return s.Held }, "8", "38", 8},
		{"dust in ether", chain.Ethereum, "", func(s follow.Sum) follow.Taint { return s.Dropped }, "0.0005", "0.01", 18},
		{"dust in bitcoin", chain.Bitcoin, "", func(s follow.Sum) follow.Taint { return s.Dropped }, "0.00000546", "0.0001", 8},
		{"fees in ether", chain.Ethereum, "", func(s follow.Sum) follow.Taint { return s.Fees }, "0.05", "0.15", 18},
		{"fees in bitcoin", chain.Bitcoin, "", func(s follow.Sum) follow.Taint { return s.Fees }, "0.0005", "0.003", 8},
		{"to an untagged hub", chain.Ethereum, "", func(s follow.Sum) follow.Taint { return s.Unfollowed }, "40", "100", 18},
	} {
		got := part(t, answer, "EXERCISE-1", c.chain, c.asset, c.get)
		for _, p := range conserving() {
			if x := of(p, got); x.Cmp(units(t, c.least, c.dec)) < 0 || x.Cmp(units(t, c.most, c.dec)) > 0 {
				t.Errorf("%s, %s: %s, want %s to %s of 10^%d", c.what, p, x, c.least, c.most, c.dec)
			}
		}
	}
	classes := map[follow.Class]bool{}
	for _, s := range answer.Services {
		classes[s.Class] = true
	}
	for _, c := range []follow.Class{follow.Deposit, follow.Swap, follow.Bridge, follow.Mixer, follow.Hub, follow.Other} {
		if !classes[c] && c != follow.Bridge { // a link says what the bridge paid: no trace ends there
			t.Errorf("the trace ends at no %s", c)
		}
	}
	links := map[string]bool{}
	for _, f := range answer.Flows {
		links[f.Link] = true
	}
	for _, l := range exercise.Question().Links {
		if !links[l.ID] {
			t.Errorf("nothing came by the link %s", l.ID)
		}
	}
}

// at adds up what a theft brings from a role to another.
func at(answer *follow.Answer, theft, from, to string, p accounting.Policy) *big.Int {
	sum := new(big.Int)
	for _, a := range answer.Arrivals {
		if a.Theft == theft && exercise.Role(a.Row.Chain, a.From) == from && exercise.Role(a.Row.Chain, a.To) == to {
			sum.Add(sum, of(p, a.Taint))
		}
	}
	return sum
}

// What the trader cashes out is another sum under every policy: of the 670 ether in his
// account 250 are stolen, and came after 300 of his own and before 120 of a customer.
func TestPoliciesDiffer(t *testing.T) {
	answer := traced(t)
	const shift = "000000000000000000"
	for _, c := range []struct {
		policy accounting.Policy
		want   string
	}{
		{accounting.Poison, "200" + shift},
		{accounting.Haircut, "74626865671641791045"}, // ⌊200·250/670⌉
		{accounting.FIFO, "0"},
		{accounting.LIFO, "80" + shift},
		{accounting.TIHO, "200" + shift},
	} {
		got := at(answer, "EXERCISE-1", "trader", "hazel deposit 1", c.policy)
		want, _ := new(big.Int).SetString(c.want, 10)
		if off := new(big.Int).Sub(got, want); off.CmpAbs(big.NewInt(1)) > 0 || c.policy != accounting.Haircut && off.Sign() != 0 {
			t.Errorf("%s: %s, want %s", c.policy, got, want)
		}
	}
	// The peels pay stolen coins alone: here all policies agree.
	for _, p := range accounting.Policies() {
		if got := at(answer, "EXERCISE-1", "peeler 0", "alder deposit A", p); got.Cmp(units(t, "2.5", 8)) != 0 {
			t.Errorf("%s: the first peel pays %s", p, got)
		}
		if got := at(answer, "EXERCISE-1", "", "", p); got.Sign() != 0 {
			t.Errorf("%s: %s arrives between nobody and nobody", p, got)
		}
	}
}

// No policy that conserves leaves the bounds, and the bounds tell something: there are
// arrivals that are certain, and such as may be nothing or all.
func TestRangesAreSensible(t *testing.T) {
	answer := traced(t)
	certain, open := 0, 0
	for _, f := range answer.Flows {
		for _, p := range conserving() {
			x := of(p, f.Taint)
			if x.Cmp(f.Value.Big()) > 0 || x.Cmp(f.Taint.Most.Big()) > 0 || x.Cmp(f.Taint.Least.Big()) < 0 {
				t.Errorf("%s, %s: %s of %s, bounds %s to %s", f.Theft, p, x, f.Value, f.Taint.Least, f.Taint.Most)
			}
			if f.Taint.Poison.IsZero() && x.Sign() > 0 {
				t.Errorf("%s, %s: %s where poison finds nothing", f.Theft, p, x)
			}
		}
		switch {
		case f.Row.Chain != chain.Bitcoin:
		case f.Taint.Least == f.Value:
			certain++
		case f.Taint.Least.IsZero() && f.Taint.Most == f.Value:
			open++
		}
	}
	if !answer.Bounds || certain < 15 || open < 5 {
		t.Errorf("%d outputs are certain, %d may be nothing or all", certain, open)
	}
}

// The second theft lies beside the first in one wallet, and both at once are no more
// than the two together.
func TestTheftsApartAndTogether(t *testing.T) {
	answer := traced(t)
	for _, p := range conserving() {
		one, two, both := at(answer, "EXERCISE-1", "thief 4", "hazel deposit 2", p), at(answer, "EXERCISE-2", "thief 4", "hazel deposit 2", p), at(answer, trace.All, "thief 4", "hazel deposit 2", p)
		if both.Cmp(units(t, "300", 18)) != 0 {
			t.Errorf("%s: all 300 are stolen, found %s", p, both)
		}
		if one.Sign() == 0 && two.Sign() == 0 || new(big.Int).Add(one, two).Cmp(both) < 0 {
			t.Errorf("%s: %s and %s are less than %s", p, one, two, both)
		}
	}
}

// The peel chain is found as one of eight steps.
func TestPeelChainIsFound(t *testing.T) {
	answer := traced(t)
	found, err := pattern.Peels(context.Background(), held(t), chain.Bitcoin, pattern.Outputs(answer.Flows, chain.Bitcoin), pattern.Rules{Services: exercise.Services()})
	if err != nil {
		t.Fatal(err)
	}
	if len(found.Chains) != 1 || len(found.Chains[0].Txs) != 8 {
		t.Fatalf("%d peel chains: %+v", len(found.Chains), found.Chains)
	}
	if got := found.Chains[0].Peeled.Big(); got.Cmp(units(t, "22.35", 8)) != 0 {
		t.Errorf("peeled %s", got)
	}
	if got := found.Chains[0].Services(); len(got) != 6 {
		t.Errorf("%d payments to services: %v", len(got), got)
	}
}

// The mixer paid one deposit out to the wallet that had made it. That stands beside the
// trace, with the crowd that it could be of, and nothing of it is in the amounts.
func TestMixerEvidenceIsFound(t *testing.T) {
	answer := traced(t)
	reached := ledger.Frontier{Chain: chain.Ethereum}
	for _, f := range answer.Flows {
		if f.Row.Chain == chain.Ethereum {
			reached.Addresses = append(reached.Addresses, f.To)
		}
	}
	found, err := mixer.Find(context.Background(), mixer.Query{Snapshot: held(t), Pools: exercise.Pools(), Traced: []ledger.Frontier{reached}})
	if err != nil {
		t.Fatal(err)
	}
	if len(found.Deposits) != 4 || len(found.Unclear) > 0 {
		t.Errorf("%d deposits, unclear %q", len(found.Deposits), found.Unclear)
	}
	reuse := 0
	for _, l := range found.Links {
		strongest := l.Evidence[0]
		t.Logf("%s: %d points, one of %d, %s", exercise.Role(l.Withdrawal.Chain, l.Withdrawal.Address), l.Points, l.Anonymity.Set(), strongest.Says)
		if strongest.Reason != mixer.Reuse {
			continue
		}
		reuse++
		if role := exercise.Role(l.Withdrawal.Chain, l.Withdrawal.Address); role != "thief 3" || l.Anonymity.Before != 7 {
			t.Errorf("%s has an address in common, one of %d", role, l.Anonymity.Before)
		}
	}
	if reuse == 0 {
		t.Error("nothing is linked by its address")
	}
	for _, role := range []string{"thief 6", "thief 7"} {
		if got := at(answer, trace.All, role, "alder deposit 1", accounting.Poison); got.Sign() != 0 {
			t.Errorf("%s of %s: what comes out of a mixer is clean", got, role)
		}
	}
}
