// Package inorder does the same to every value of a sequence on several
// processors, and delivers the results in the order of the sequence.
//
//	for r := range inorder.Map(ctx, src.Rows(), runtime.GOMAXPROCS(0), newWorker) { … }
//
// It reads ahead of its consumer by a bounded number of values, so that memory
// does not grow with the sequence.
package inorder

import (
	"context"
	"iter"
	"sync"
)

const (
	atOnce = 256 // values that are handed to a worker together
	ahead  = 4   // groups a worker that are read ahead
)

// group is some values on their way.
type group[In, Out any] struct {
	in   []In
	out  []Out
	done chan struct{} // closed when out is there
}

// Map yields what the workers make of the values of in, in order. Each worker is
// made by newWorker and serves one goroutine. When ctx is cancelled, no further
// value is taken from in, and what was taken before is still delivered; the
// consumer asks ctx whether the sequence came to its end. The consumer may stop at
// any time. In is called from a goroutine of its own, which has ended when the
// loop over Map has.
func Map[In, Out any](ctx context.Context, in iter.Seq[In], workers int, newWorker func() func(In) Out) iter.Seq[Out] {
	return func(yield func(Out) bool) {
		ctx, stop := context.WithCancel(ctx)
		var running sync.WaitGroup
		defer running.Wait()
		defer stop()

		todo := make(chan *group[In, Out])
		order := make(chan *group[In, Out], ahead*workers)
		running.Go(func() {
			defer close(todo)
			defer close(order)
			feed(ctx, in, todo, order)
		})
		for range workers {
			running.Go(func() {
				work := newWorker()
				for g := range todo {
					for _, v := range g.in {
						g.out = append(g.out, work(v))
					}
					close(g.done)
				}
			})
		}
		deliver(order, yield, stop)
	}
}

// feed groups the values of in.
func feed[In, Out any](ctx context.Context, in iter.Seq[In], todo, order chan<- *group[In, Out]) {
	g := &group[In, Out]{}
	send := func() {
		if len(g.in) == 0 {
			return
		}
		g.done, g.out = make(chan struct{}), make([]Out, 0, len(g.in))
		order <- g // the consumer takes from here until it is closed
		todo <- g
		g = &group[In, Out]{}
	}
	for v := range in {
		if g.in = append(g.in, v); len(g.in) == atOnce {
			send()
		}
		if ctx.Err() != nil {
			break
		}
	}
	send()
}

// deliver yields the results; when the consumer stops, the rest is thrown away.
func deliver[In, Out any](order <-chan *group[In, Out], yield func(Out) bool, stop func()) {
	wanted := true
	for g := range order {
		<-g.done
		for i := range g.out {
			if wanted = wanted && yield(g.out[i]); !wanted {
				stop()
				break
			}
		}
	}
}
