package follow

import (
	"container/heap"
	"context"
	"sync"

	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/bulk"
)

// What is looked at ahead.
const (
	aheadWorkers = 2       // goroutines: the lane waits for them more than it works
	aheadAtOnce  = 64      // accounts
	aheadKept    = 1 << 20 // rows of looks that were not taken yet
	aheadVain    = 1 << 10 // looks in vain that are forgiven
	aheadWants   = 1 << 16 // accounts that are wanted
	aheadRows    = 1 << 12 // rows of an account; one with more is left to the lane
)

// look is what was found out about an account before taint reaches it.
type look[N bulk.Number[N]] struct {
	want
	facts
	state lookState
	past  *past[N] // nil: not read
}

// size is about how many rows are kept of a look.
func (k *look[N]) size() int {
	if k.past == nil {
		return 1
	}
	return 1 + len(k.past.events)
}

type lookState int

const (
	isWanted lookState = iota
	isUnderWay
	isMade
)

// want is an account that taint may reach in a row, and how far its past is to be read.
type want struct {
	row, before ledger.Row
	id          ledger.AccountID
}

// ahead looks at accounts in goroutines of its own, first at those that taint may
// reach first. It finds what the lane would: that it looked ahead changes nothing but
// the time that a run takes.
type ahead[N bulk.Number[N]] struct {
	services *services
	cancel   context.CancelFunc
	running  sync.WaitGroup

	mu    sync.Mutex
	more  sync.Cond // there are wants, or room for what is found; or the end
	made  sync.Cond
	at    ledger.Row // where the lane stands
	wants wants
	looks map[ledger.AccountID]*look[N]
	kept  int // size of looks that are made
	taken int
	vain  int // looks at accounts that taint did not reach
	leave bool
}

// wants is a heap by row.
type wants []want

func (w wants) Len() int           { return len(w) }
func (w wants) Less(i, j int) bool { return w[i].row < w[j].row }
func (w wants) Swap(i, j int)      { w[i], w[j] = w[j], w[i] }
func (w *wants) Push(x any)        { *w = append(*w, x.(want)) }
func (w *wants) Pop() any {
	last := (*w)[len(*w)-1]
	*w = (*w)[:len(*w)-1]
	return last
}

// lookAhead begins.
func (l *accountLane[N]) lookAhead() {
	ctx, cancel := context.WithCancel(l.run.ctx)
	a := &ahead[N]{
		services: &l.services, cancel: cancel, looks: map[ledger.AccountID]*look[N]{},
	}
	a.more.L, a.made.L = &a.mu, &a.mu
	l.ahead = a
	for range aheadWorkers {
		pasts := l.pasts(ctx)
		a.running.Go(func() { a.run(&pasts) })
	}
}

// end ends it; the ledger is not read any more afterwards.
func (a *ahead[N]) end() {
	a.cancel()
	a.mu.Lock()
	a.leave = true
	a.mu.Unlock()
	a.more.Broadcast()
	a.running.Wait()
}

// want asks for looks at accounts.
func (a *ahead[N]) want(all ...want) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.pays() {
		return
	}
	for _, w := range all {
		if a.looks[w.id] == nil && len(a.wants) < aheadWants {
			a.looks[w.id] = &look[N]{want: w}
			heap.Push(&a.wants, w)
		}
	}
	a.more.Broadcast()
}

// pays reports whether most looks are at accounts that taint does reach.
func (a *ahead[N]) pays() bool { return a.vain < aheadVain+a.taken }

// take is what was found out about an account, nil if nothing was; it is found once.
// The lane stands at a row.
func (a *ahead[N]) take(id ledger.AccountID, at ledger.Row) *look[N] {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.at = at
	k := a.looks[id]
	if k == nil {
		return nil
	}
	for k.state == isUnderWay {
		a.made.Wait()
	}
	a.drop(k)
	if k.state != isMade {
		return nil
	}
	a.taken++
	return k
}

func (a *ahead[N]) drop(k *look[N]) {
	delete(a.looks, k.id)
	if k.state == isMade {
		was := a.kept
		if a.kept -= k.size(); was >= aheadKept/2 && a.kept < aheadKept/2 {
			a.more.Signal()
		}
	}
}

func (a *ahead[N]) run(pasts *pasts[N]) {
	for {
		work := a.next()
		if work == nil {
			return
		}
		err := a.look(work, pasts)
		a.mu.Lock()
		for _, k := range work {
			if k.state = isMade; err != nil {
				k.state = isWanted // the lane finds what is wrong itself
				delete(a.looks, k.id)
				continue
			}
			a.kept += k.size()
		}
		a.mu.Unlock()
		a.made.Broadcast()
	}
}

// next is what to look at next; nil at the end.
func (a *ahead[N]) next() (work []*look[N]) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for {
		if a.kept >= aheadKept {
			a.forget()
		}
		for len(a.wants) > 0 && len(work) < aheadAtOnce && a.kept < aheadKept {
			w := heap.Pop(&a.wants).(want)
			k := a.looks[w.id]
			switch {
			case k == nil || k.state != isWanted || k.row != w.row:
			case w.row < a.at:
				delete(a.looks, w.id)
			default:
				k.state = isUnderWay
				work = append(work, k)
			}
		}
		switch {
		case a.leave:
			return nil
		case len(work) > 0:
			return work
		}
		a.more.Wait()
	}
}

// forget drops looks at accounts that taint did not reach after all.
func (a *ahead[N]) forget() {
	for _, k := range a.looks {
		if k.state == isMade && k.row < a.at {
			a.drop(k)
			a.vain++
		}
	}
}

// look finds out about accounts.
func (a *ahead[N]) look(work []*look[N], pasts *pasts[N]) error {
	var ids [aheadAtOnce]ledger.AccountID
	var degrees [aheadAtOnce]ledger.Degree
	for i, k := range work {
		ids[i] = k.id
	}
	if err := pasts.book.DegreeMany(ids[:len(work)], degrees[:]); err != nil {
		return err
	}
	var read []*look[N]
	var before ledger.Row
	for i, k := range work {
		var err error
		if k.facts, err = a.services.look(k.id, degrees[i]); err != nil {
			return err
		}
		if k.degree.Out+k.degree.In <= aheadRows && !k.hub {
			ids[len(read)] = k.id
			read = append(read, k)
			before = max(before, k.before)
		}
	}
	if len(read) == 0 {
		return nil
	}
	out := make([]past[N], len(read))
	if err := pasts.read(ids[:len(read)], before, out); err != nil {
		return err
	}
	for i, k := range read {
		k.past = &out[i]
	}
	return nil
}

// lookAt is what was found out about the payee of an event ahead of it; nil if nothing
// was.
func (l *accountLane[N]) lookAt(e *event[N]) *look[N] {
	if l.ahead == nil {
		return nil
	}
	if l.asked.row != e.row || l.asked.id != e.to {
		l.asked = want{row: e.row, id: e.to}
		l.found = l.ahead.take(e.to, e.row)
	}
	return l.found
}

// factsOf is what the ledger says of the payee of an event, where that was found out
// ahead of it.
func (l *accountLane[N]) factsOf(e *event[N]) *facts {
	if k := l.lookAt(e); k != nil {
		return &k.facts
	}
	return nil
}

// stopAhead ends what looks ahead.
func (l *accountLane[N]) stopAhead() {
	if l.ahead != nil {
		l.ahead.end()
		l.ahead = nil
	}
}
