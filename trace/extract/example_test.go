package extract_test

import (
	"bytes"
	"context"
	"fmt"
	"os"

	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr"
	"github.com/turtlebay/turtlebay/trace/exercise"
	"github.com/turtlebay/turtlebay/trace/extract"
	"github.com/turtlebay/turtlebay/trace/follow"
)

func Example() {
	ctx := context.Background()
	dir := must(os.MkdirTemp("", "ledger"))
	defer os.RemoveAll(dir)
	snapshot := invented(dir)
	defer snapshot.Close()
	question := exercise.Question()
	question.Record = true
	answer := must(follow.Run(ctx, snapshot, question))

	var file bytes.Buffer
	if err := extract.New(answer, question, extract.About{ID: "TRC-2024-001", Exercise: true}).Write(&file); err != nil {
		panic(err)
	}
	e := must(extract.Read(&file))
	opened := must(e.Open(ctx)) // without the ledger
	fmt.Println(e.ID, len(e.Rows), "rows,", len(opened.Answer.Arrivals), "of", len(answer.Arrivals), "arrivals")
	// Output: TRC-2024-001 115 rows, 44 of 44 arrivals
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
