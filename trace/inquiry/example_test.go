package inquiry_test

import (
	"context"
	"fmt"
	"os"

	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr"
	"github.com/turtlebay/turtlebay/trace/exercise"
	"github.com/turtlebay/turtlebay/trace/inquiry"
)

func Example() {
	dir := must(os.MkdirTemp("", "ledger"))
	defer os.RemoveAll(dir)
	snapshot := invented(dir)
	defer snapshot.Close()
	question := exercise.Question()
	question.Links = question.Links[1:] // the swap is found
	out := must(inquiry.Run(context.Background(), inquiry.Case{Snapshot: snapshot, Question: question, Methods: inquiry.Decoded, Trials: -1}))
	for _, p := range out.Proposed {
		fmt.Println(p.Link.Kind, p.Link.Method, p.Link.Confidence)
	}
	for _, c := range out.Result.CashOuts[:3] {
		fmt.Println(c.Theft, c.Service.Name, c.Span.Least, c.Span.Most, c.Path)
	}
	// Output:
	// swap same transaction decoded protocol
	// EXERCISE-1 Exchange Hazel (exercise) 1669486924 2669450000 decoded protocol
	// EXERCISE-1 Exchange Alder (exercise) 1104177349 1300000000 decoded protocol
	// EXERCISE-1 Exchange Alder (exercise) 650000000 650000000 decoded protocol
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
