package follow_test

import (
	"context"
	"fmt"
	"os"

	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr"
	"github.com/turtlebay/turtlebay/trace/exercise"
	"github.com/turtlebay/turtlebay/trace/follow"
)

func Example() {
	dir := must(os.MkdirTemp("", "ledger"))
	defer os.RemoveAll(dir)
	snapshot := invented(dir)
	defer snapshot.Close()
	question := exercise.Question()
	question.Thefts = question.Thefts[1:]
	answer := must(follow.Run(context.Background(), snapshot, question))
	for _, a := range answer.Arrivals {
		fmt.Println(answer.Services[a.Service].Class, a.Value, a.Taint.FIFO, a.Taint.Least, a.Taint.Most)
	}
	// Output:
	// deposit 300000000000000000000 0 0 149990000000000000000
	// hub 100000000000000000000 0 0 100000000000000000000
}

// invented is a ledger of the exercise.
func invented(dir string) ledger.Snapshot {
	store := must(csr.Open(dir, csr.Options{Create: true}))
	must(store.Append(context.Background(), func(yield func(ledger.Transfer, error) bool) {
		for _, row := range exercise.Transfers() {
			if !yield(row, nil) {
				return
			}
		}
	}))
	return must(store.Snapshot(context.Background()))
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
