package accounting

// Run is a part of a place that is clean or tainted as a whole.
type Run[A Number[A]] struct {
	Value   A
	Tainted bool
}

// Runs are the parts of a place, oldest first, as fifo and lifo keep them. Other
// policies do not know which part came first: none.
func Runs[A Number[A]](l Lots[A]) []Run[A] {
	q, ok := l.(*queue[A])
	if !ok {
		return nil
	}
	out := make([]Run[A], len(q.runs))
	for i, r := range q.runs {
		out[i] = Run[A]{r.value, r.tainted}
	}
	return out
}

// RunCount is how many Runs there are: what a place takes of memory grows with it.
func RunCount[A Number[A]](l Lots[A]) int {
	if q, ok := l.(*queue[A]); ok {
		return len(q.runs)
	}
	return 0
}

// FromRuns is a place of parts as Runs gives them. A policy that keeps no order has the
// same value and the same tainted part of it.
func FromRuns[A Number[A]](p Policy, runs []Run[A], m *Meter) (Lots[A], error) {
	var nought A
	l, err := New(p, nought, m)
	if err != nil {
		return nil, err
	}
	for _, r := range runs {
		part, err := New(p, r.Value, m)
		if err != nil {
			return nil, err
		}
		if r.Tainted {
			part.Mark()
		}
		l.Append(part)
	}
	return l, nil
}
