package accounting

// reach is poison: one tainted unit taints all that lies beside it, for as long as
// anything lies there.
type reach[A Number[A]] struct {
	value   A
	tainted bool
}

func (r *reach[A]) Value() A { return r.value }

func (r *reach[A]) Tainted() (all A) {
	if r.tainted {
		all = r.value
	}
	return all
}

func (r *reach[A]) Append(arrived Lots[A]) {
	o := arrived.(*reach[A])
	r.value, r.tainted = r.value.Add(o.value), r.tainted || o.tainted
}

func (r *reach[A]) Older(value A) { r.value = r.value.Add(value) }

func (r *reach[A]) Pay(p Payments[A]) []Lots[A] {
	out := make([]Lots[A], len(p.Values))
	for i, v := range p.Values {
		r.value = r.value.Sub(v)
		out[i] = &reach[A]{value: v, tainted: r.tainted && positive(v)}
	}
	r.tainted = r.tainted && positive(r.value)
	return out
}

func (r *reach[A]) Mark() { r.tainted = positive(r.value) }

func (r *reach[A]) Clean() { r.tainted = false }

func (r *reach[A]) Scale(out, in A) {
	r.value = r.value.MulDiv(out, in)
	r.tainted = r.tainted && positive(r.value)
}
