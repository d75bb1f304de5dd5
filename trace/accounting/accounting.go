// Package accounting says which part of what was paid is stolen: the rules by which
// stolen value is followed through places where it lies beside other value.
//
// A place (an output of a transaction, an account's balance of one asset) is a Lots:
// what it holds, and what of it is tainted, as one policy keeps the books. Places
// receive, are marked, and pay:
//
//	lots, err := accounting.New(accounting.FIFO, accounting.Whole(7), nil) // 7 clean
//	stolen, err := accounting.New(accounting.FIFO, accounting.Whole(3), nil)
//	stolen.Mark()                                                          // 3 tainted
//	lots.Append(stolen)                                                    // 10, the newest 3 tainted
//	paid := lots.Pay(accounting.InOrder(accounting.Whole(8), accounting.Whole(1)))
//	paid[0].Tainted()                                                      // 1: the old coins left first
//
// The policies:
//   - poison: where anything is tainted, everything is. It conserves nothing and answers
//     only what could be reached.
//   - haircut: every payment carries the tainted share of the whole (pro rata).
//   - fifo: what came first leaves first (Devaynes v Noble, 1816, Clayton's case).
//   - lifo: what came last leaves first; what leaves together keeps its order.
//   - tiho (taint in, highest out; Tironsakkul and others, 2019): the tainted part leaves
//     first, into the payments of highest value.
//
// Bounds hold for every policy that conserves value, known or not.
//
// All arithmetic is behind Number. Exact is the reference: rationals, nothing rounded.
// An engine over a large ledger brings integers of its own and shares the rules.
package accounting

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// Policy names a rule.
type Policy string

// The policies.
const (
	Poison  Policy = "poison"
	Haircut Policy = "haircut"
	FIFO    Policy = "fifo"
	LIFO    Policy = "lifo"
	TIHO    Policy = "tiho"
)

// Policies lists the policies in the order in which they are printed.
func Policies() []Policy { return []Policy{Poison, Haircut, FIFO, LIFO, TIHO} }

// Conserves reports whether what a policy calls stolen always adds up to what was stolen.
func (p Policy) Conserves() bool { return p != Poison }

// ErrPolicy is a policy that there is not.
var ErrPolicy = errors.New("unknown policy")

// Number is an amount that policies can count with. The zero value is nought, and a
// method changes neither its receiver nor its arguments.
type Number[A any] interface {
	Add(A) A
	Sub(A) A
	Cmp(A) int
	// MulDiv is the amount times num through den, which is above nought.
	MulDiv(num, den A) A
	// Apportion divides the amount over parts in proportion to them. The shares add up
	// to the amount; the parts add up to a sum above nought.
	Apportion(parts []A) []A
	// Size is the length of the amount, and Work what adding to it costs, in units of
	// a Meter.
	Size() int64
	Work() int64
}

// Lots is the value at one place, and what of it is tainted, as one policy keeps the
// books. It is not safe for concurrent use.
type Lots[A Number[A]] interface {
	// Value is all that is there, Tainted the tainted part of it.
	Value() A
	Tainted() A
	// Append adds what arrived as the newest. The other Lots is of the same policy and
	// is not used again.
	Append(arrived Lots[A])
	// Older adds clean value that is older than everything there.
	Older(value A)
	// Pay takes out payments, each as a Lots of its own, in the order of p.Values. They
	// add up to no more than Value.
	Pay(p Payments[A]) []Lots[A]
	// Mark makes all of it tainted, Clean nothing.
	Mark()
	Clean()
	// Scale makes in of one asset out of another; in is above nought.
	Scale(out, in A)
}

// New is clean value at a place. The meter counts the work and may be nil.
func New[A Number[A]](p Policy, value A, m *Meter) (Lots[A], error) {
	switch p {
	case Poison:
		return &reach[A]{value: value}, nil
	case Haircut, TIHO:
		return &share[A]{value: value, first: p == TIHO, meter: m}, nil
	case FIFO, LIFO:
		q := &queue[A]{back: p == LIFO, meter: m}
		q.push(run[A]{value: value})
		return q, nil
	}
	return nil, fmt.Errorf("accounting by %q: %w", p, ErrPolicy)
}

// Payments is what leaves a place at once.
type Payments[A any] struct {
	Values []A   // in the order in which queues serve them
	Taint  []int // the order in which tiho serves them, as indexes of Values
}

// InOrder is payments that every policy serves as they stand: a value and its fee.
func InOrder[A any](values ...A) Payments[A] {
	p := Payments[A]{Values: values, Taint: make([]int, len(values))}
	for i := range p.Taint {
		p.Taint[i] = i
	}
	return p
}

// Spend is the outputs of a transaction and its fee, which is served last. Tiho serves
// the highest output first, of equal ones that of the lower index.
func Spend[A Number[A]](outputs []A, fee A) Payments[A] {
	p := InOrder(append(slices.Clone(outputs), fee)...)
	slices.SortStableFunc(p.Taint[:len(outputs)], func(i, j int) int {
		return cmp.Or(outputs[j].Cmp(outputs[i]), cmp.Compare(i, j))
	})
	return p
}

// Meter bounds work: how many lots may be moved, how long numbers may become. A nil
// Meter bounds nothing.
type Meter struct{ left int64 }

// NewMeter allows so many units of work: about one for a word of a number that is
// counted with, and some more for a lot that is moved.
func NewMeter(units int64) *Meter { return &Meter{left: units} }

// Spend takes units off and reports whether there were as many left. Where there were
// not, the Lots that use the meter hold nothing of meaning from then on.
func (m *Meter) Spend(units int64) bool {
	if m == nil {
		return true
	}
	if m.left >= 0 {
		m.left -= units
	}
	return m.left >= 0
}

// Spent reports whether the meter has run out.
func (m *Meter) Spent() bool { return m != nil && m.left < 0 }

func positive[A Number[A]](a A) bool {
	var nought A
	return a.Cmp(nought) > 0
}

func least[A Number[A]](a, b A) A {
	if a.Cmp(b) <= 0 {
		return a
	}
	return b
}
