package trace

import (
	"maps"
	"slices"

	"github.com/turtlebay/turtlebay/trace/accounting"
)

// books is one trace while it advances.
type books struct {
	trace Trace
	marks map[string]bool
	dust  *Amount
	sums  map[string]*Sum
	meter *accounting.Meter
}

func newBooks(p accounting.Policy, theft string, marks map[string]bool, dust *Amount, m *accounting.Meter) *books {
	return &books{
		trace: Trace{
			Policy: p, Theft: theft, Arrived: Amounts{}, Held: Amounts{}, Fees: Amounts{},
			Boundary: Amounts{}, Dropped: Amounts{}, Unobserved: Amounts{},
		},
		marks: marks, dust: dust, sums: map[string]*Sum{}, meter: m,
	}
}

// clean is clean value as this policy keeps it.
func (b *books) clean(value Amount) lots {
	l, err := accounting.New(b.trace.Policy, value, b.meter)
	if err != nil {
		panic(err) // the policies are those of accounting.Policies
	}
	return l
}

// sum is the account of an asset.
func (b *books) sum(asset string) *Sum {
	s := b.sums[asset]
	if s == nil {
		s = &Sum{Asset: asset}
		b.sums[asset] = s
	}
	return s
}

// put adds an amount above nought to those of a key.
func (b *books) put(to Amounts, key string, a Amount) {
	if a.IsZero() {
		return
	}
	sum := to[key]
	b.count(&sum, a)
	b.meter.Spend(workKept + 16*sum.Size())
	to[key] = sum
}

// count adds to a sum. Sums of fractions grow longer than any of them.
func (b *books) count(sum *Amount, a Amount) {
	if b.meter.Spent() {
		return
	}
	*sum = sum.Add(a)
	b.meter.Spend(sum.Work())
}

// arrival is where value arrives.
type arrival struct {
	mark     string // the outpoint or event that brings it, by which thefts mark it
	place    string // where it lies then
	asset    string
	boundary bool
}

// arrive settles what becomes of value that arrives: it is marked first, then held
// against the dust floor, then against the boundary.
func (b *books) arrive(at arrival, part lots) {
	if b.marks[at.mark] {
		s := b.sum(at.asset)
		b.count(&s.Stolen, part.Value())
		b.count(&s.Again, part.Tainted())
		part.Mark()
	}
	t := part.Tainted()
	switch {
	case t.IsZero():
		return
	case b.dust != nil && t.Cmp(*b.dust) < 0:
		b.put(b.trace.Dropped, at.mark, t)
		b.count(&b.sum(at.asset).Dropped, t)
		part.Clean()
		return
	}
	b.put(b.trace.Arrived, at.mark, t)
	if at.boundary {
		b.put(b.trace.Boundary, at.place, t)
		b.count(&b.sum(at.asset).Cashed, t)
		part.Clean()
	}
}

// fee books a fee that is an end point.
func (b *books) fee(id, asset string, t Amount) {
	if !t.IsZero() {
		b.put(b.trace.Fees, id, t)
		b.count(&b.sum(asset).Fees, t)
	}
}

// hold books what lies at a place at the end.
func (b *books) hold(place, asset string, t Amount) {
	if !t.IsZero() {
		b.put(b.trace.Held, place, t)
		b.count(&b.sum(asset).Held, t)
	}
}

// close is the finished trace.
func (b *books) close() Trace {
	if b.trace.Policy.Conserves() {
		for _, asset := range slices.Sorted(maps.Keys(b.sums)) {
			b.trace.Sums = append(b.trace.Sums, *b.sums[asset])
		}
	}
	return b.trace
}
