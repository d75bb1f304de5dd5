package accounting

import "slices"

// queue is fifo and lifo: runs of clean and of tainted value, oldest first. No two
// neighbours are alike and none is empty, so that a place which saw little taint
// holds few of them, however much it received.
type queue[A Number[A]] struct {
	runs         []run[A]
	value, taint A
	back         bool // lifo: payments are cut from the back
	meter        *Meter
}

// runWork is what moving a run costs beside counting with its value.
const runWork = 16

type run[A Number[A]] struct {
	value   A
	tainted bool
}

func (q *queue[A]) Value() A   { return q.value }
func (q *queue[A]) Tainted() A { return q.taint }

// push adds a run as the newest.
func (q *queue[A]) push(r run[A]) {
	if !positive(r.value) {
		return
	}
	q.meter.Spend(runWork + r.value.Size())
	q.value = q.value.Add(r.value)
	if r.tainted {
		q.taint = q.taint.Add(r.value)
	}
	if n := len(q.runs); n > 0 && q.runs[n-1].tainted == r.tainted {
		q.runs[n-1].value = q.runs[n-1].value.Add(r.value)
		return
	}
	q.runs = append(q.runs, r)
}

// pushAll adds runs as the newest, in their order.
func (q *queue[A]) pushAll(runs []run[A]) {
	for _, r := range runs {
		q.push(r)
	}
}

func (q *queue[A]) Append(arrived Lots[A]) { q.pushAll(arrived.(*queue[A]).runs) }

func (q *queue[A]) Older(value A) {
	seen := q.runs
	*q = queue[A]{back: q.back, meter: q.meter}
	q.push(run[A]{value: value})
	q.pushAll(seen)
}

func (q *queue[A]) Pay(p Payments[A]) []Lots[A] {
	out := make([]Lots[A], len(p.Values))
	for i, v := range p.Values {
		cut := q.front
		if q.back {
			cut = q.end
		}
		paid := &queue[A]{back: q.back, meter: q.meter}
		paid.pushAll(cut(v))
		q.value, q.taint = q.value.Sub(paid.value), q.taint.Sub(paid.taint)
		out[i] = paid
	}
	return out
}

// front cuts v off the oldest runs.
func (q *queue[A]) front(v A) []run[A] {
	var out []run[A]
	for len(q.runs) > 0 && positive(v) {
		oldest := q.runs[0]
		if oldest.value.Cmp(v) > 0 {
			q.runs[0].value = oldest.value.Sub(v)
			return append(out, run[A]{v, oldest.tainted})
		}
		v = v.Sub(oldest.value)
		out = append(out, oldest)
		q.runs = q.runs[1:]
	}
	return out
}

// end cuts v off the newest runs; what it returns is oldest first as well.
func (q *queue[A]) end(v A) []run[A] {
	var out []run[A]
	for n := len(q.runs); n > 0 && positive(v); n = len(q.runs) {
		newest := q.runs[n-1]
		if newest.value.Cmp(v) > 0 {
			q.runs[n-1].value = newest.value.Sub(v)
			out = append(out, run[A]{v, newest.tainted})
			break
		}
		v = v.Sub(newest.value)
		out = append(out, newest)
		q.runs = q.runs[:n-1]
	}
	slices.Reverse(out)
	return out
}

func (q *queue[A]) Mark()  { q.become(true) }
func (q *queue[A]) Clean() { q.become(false) }

// become makes one run of all.
func (q *queue[A]) become(tainted bool) {
	all := run[A]{q.value, tainted}
	*q = queue[A]{back: q.back, meter: q.meter}
	q.push(all)
}

func (q *queue[A]) Scale(out, in A) {
	before := q.runs
	*q = queue[A]{back: q.back, meter: q.meter}
	for _, r := range before {
		q.push(run[A]{r.value.MulDiv(out, in), r.tainted})
	}
}
