// Package span says what the amounts of several policies say together: the least
// and the most that is stolen of a value, and under which policies anything is.
//
//	asked := span.Asked{Policies: answer.Policies, Bounds: answer.Bounds}
//	s, ok := asked.Span(arrival.Taint)   // 8 to 12 base units
//	f := asked.Finding(arrival.Taint)
//	fmt.Println(f)                       // holds under some (fifo, tiho)
//
// Only policies that conserve value, and the bounds, make a span: what poison finds
// says that a value could be reached, never how much of it is stolen.
package span

import (
	"strings"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"github.com/turtlebay/turtlebay/trace/follow"
)

// Seven is something for each amount of a follow.Taint, in the order of its fields.
type Seven[A any] [7]A

// Places of a Seven. A policy's is that of Index.
const (
	Least = 5
	Most  = 6
)

// Index is the place of a policy in a Seven; -1 for one that there is not.
func Index(p accounting.Policy) int {
	switch p {
	case accounting.Poison:
		return 0
	case accounting.Haircut:
		return 1
	case accounting.FIFO:
		return 2
	case accounting.LIFO:
		return 3
	case accounting.TIHO:
		return 4
	}
	return -1
}

// Of is the amounts of a taint.
func Of(t follow.Taint) Seven[chain.Amount] {
	return Seven[chain.Amount]{t.Poison, t.Haircut, t.FIFO, t.LIFO, t.TIHO, t.Least, t.Most}
}

// Taint is the taint that has these amounts.
func Taint(s Seven[chain.Amount]) follow.Taint {
	return follow.Taint{Poison: s[0], Haircut: s[1], FIFO: s[2], LIFO: s[3], TIHO: s[4], Least: s[5], Most: s[6]}
}

// Under is the amount under a policy; nought for one that there is not.
func Under(t follow.Taint, p accounting.Policy) chain.Amount {
	i := Index(p)
	if i < 0 {
		return chain.Amount{}
	}
	return Of(t)[i]
}

// highest is 2^256-1.
var highest = func() chain.Amount {
	var b [32]byte
	for i := range b {
		b[i] = 0xff
	}
	return chain.FromBytes(b)
}()

// Plus is a + b; over is true, and the sum 2^256-1, where it is more than that.
func Plus(a, b chain.Amount) (sum chain.Amount, over bool) {
	sum, ok := a.Add(b)
	if !ok {
		return highest, true
	}
	return sum, false
}

// Add adds amount by amount; over is true where one of the sums is more than 2^256-1,
// which then stands for it. Poison and the most count the same value at several places,
// so that only they can be over.
func Add(a, b follow.Taint) (sum follow.Taint, over bool) {
	x, y := Of(a), Of(b)
	for i := range x {
		var more bool
		x[i], more = Plus(x[i], y[i])
		over = over || more
	}
	return Taint(x), over
}

// Asked is what was asked for.
type Asked struct {
	Policies []accounting.Policy
	Bounds   bool
}

// Conserving lists the policies that conserve value.
func (v Asked) Conserving() []accounting.Policy {
	var out []accounting.Policy
	for _, p := range v.Policies {
		if p.Conserves() && Index(p) >= 0 {
			out = append(out, p)
		}
	}
	return out
}

// Span is a least and a most.
type Span struct{ Least, Most chain.Amount }

// Span is the least and the most over the policies that conserve value; where none was
// asked for, the bounds if these were. ok is false where none of these was asked for: then
// nothing is known of how much is stolen.
func (v Asked) Span(t follow.Taint) (s Span, ok bool) {
	s.Least, s.Most, ok = Ends(v, Of(t), chain.Amount.Cmp, bounded(t))
	return s, ok
}

// bounded reports whether a value has bounds: without, a most of nought would
// contradict what policies find.
func bounded(t follow.Taint) bool {
	return !t.Most.IsZero() || t.Haircut.IsZero() && t.FIFO.IsZero() && t.LIFO.IsZero() && t.TIHO.IsZero()
}

// Ends is the least and the most of what stands at the policies that conserve value. The
// bounds say what any other could find: they are a statement of their own, and are the
// ends only where no policy was asked for, they were, and the value has them.
func Ends[A any](v Asked, of Seven[A], compare func(a, b A) int, bounded bool) (least, most A, ok bool) {
	take := func(low, high A) {
		if !ok {
			least, most, ok = low, high, true
			return
		}
		if compare(low, least) < 0 {
			least = low
		}
		if compare(high, most) > 0 {
			most = high
		}
	}
	for _, p := range v.Conserving() {
		take(of[Index(p)], of[Index(p)])
	}
	if !ok && v.Bounds && bounded {
		take(of[Least], of[Most])
	}
	return least, most, ok
}

// Kind is how far policies agree that anything of a value is stolen.
type Kind string

// The kinds, from the strongest to the weakest.
const (
	All     Kind = "all"     // under all policies asked for that conserve value
	Some    Kind = "some"    // under some of them
	Bounds  Kind = "bounds"  // under none of them, but the bounds leave room for another
	Reached Kind = "reached" // poison alone
	None    Kind = "none"
)

// Finding is the kind, and under which policies that conserve value it holds.
type Finding struct {
	Kind  Kind
	Under []accounting.Policy
	every bool // All, and every policy was asked for
}

// Finding says under which policies anything of a value is stolen.
func (v Asked) Finding(t follow.Taint) Finding {
	asked := v.Conserving()
	f := Finding{Kind: None}
	for _, p := range asked {
		if !Under(t, p).IsZero() {
			f.Under = append(f.Under, p)
		}
	}
	switch {
	case len(f.Under) > 0 && len(f.Under) == len(asked):
		f.Kind, f.every = All, len(asked) == len(accounting.Policies())-1
	case len(f.Under) > 0:
		f.Kind = Some
	case v.Bounds && !t.Most.IsZero():
		f.Kind = Bounds
	case !t.Poison.IsZero():
		f.Kind = Reached
	}
	return f
}

// String is the finding in words.
func (f Finding) String() string {
	names := make([]string, len(f.Under))
	for i, p := range f.Under {
		names[i] = string(p)
	}
	list := " (" + strings.Join(names, ", ") + ")"
	switch {
	case f.Kind == All && f.every:
		return "holds under all policies"
	case f.Kind == All:
		return "holds under all policies asked for" + list
	case f.Kind == Some:
		return "holds under some" + list
	case f.Kind == Bounds:
		return "within the bounds, under no policy asked for"
	case f.Kind == Reached:
		return "only could be reached (poison)"
	}
	return "under none"
}
