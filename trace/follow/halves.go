package follow

import (
	"cmp"
	"context"

	"github.com/turtlebay/turtlebay/ledger"
)

// inHalves does something for each of so many things, for the second half of them in
// another goroutine: what they say lies far apart, and most of the time is spent waiting
// for it.
func inHalves(n int, do func(i int) error) error {
	some := func(from, to int) error {
		for i := from; i < to; i++ {
			if err := do(i); err != nil {
				return err
			}
		}
		return nil
	}
	if n < 64 {
		return some(0, n)
	}
	second := make(chan error, 1)
	go func() { second <- some(n/2, n) }()
	first := some(0, n/2)
	return cmp.Or(first, <-second)
}

// readRows is how many rows are read at once.
const readRows = 512

// longList is from how many rows on what is read is worth a second goroutine.
const longList = 1 << 12

// inParts reads cells of rows.
func inParts[T any](ctx context.Context, rows []ledger.Row, to []T, read func([]ledger.Row, []T) error) error {
	if len(rows) < longList {
		return part(ctx, rows, to, read)
	}
	half := len(rows) / 2
	second := make(chan error, 1)
	go func() { second <- part(ctx, rows[half:], to[half:], read) }()
	first := part(ctx, rows[:half], to[:half], read)
	return cmp.Or(first, <-second)
}

func part[T any](ctx context.Context, rows []ledger.Row, to []T, read func([]ledger.Row, []T) error) error {
	for len(rows) > 0 {
		n := min(readRows, len(rows))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := read(rows[:n], to[:n]); err != nil {
			return err
		}
		rows, to = rows[n:], to[n:]
	}
	return nil
}

// room is a slice of so many; what it held is not kept.
func room[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/2)
	}
	return s[:n]
}
