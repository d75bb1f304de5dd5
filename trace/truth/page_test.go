package truth_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/trace"
	"github.com/turtlebay/turtlebay/trace/accounting"
)

// The example of docs/tracing.md is what the rules give.
func TestExampleOfThePage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "tracing.md"))
	if err != nil {
		t.Fatal(err)
	}
	whole := func(n int64) trace.Quantity { return trace.Quantity{Asset: "c", Value: accounting.Whole(n)} }
	result, err := trace.Accounts{
		Opening: []trace.Opening{{Account: "account", Asset: "c", Value: accounting.Whole(20)}},
		Events: []trace.Event{
			{ID: "theft", Block: 1, From: "victim", To: "account", Paid: whole(40)},
			{ID: "clean", Block: 2, From: "customer", To: "account", Paid: whole(40)},
			{ID: "A", Block: 3, From: "account", To: "A", Paid: whole(30)},
			{ID: "B", Block: 4, From: "account", To: "B", Paid: whole(50)},
		},
		Thefts: []trace.Theft{{ID: "T", Mark: "theft"}},
	}.Trace(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, tr := range result.Traces {
		together := tr.Held["A/c"].Add(tr.Held["B/c"]).Add(tr.Held["account/c"])
		want := fmt.Sprintf("| %s | %s | %s | %s |", tr.Held["A/c"], tr.Held["B/c"], tr.Held["account/c"], together)
		found := false
		for line := range strings.Lines(string(page)) {
			if strings.HasPrefix(line, "| "+string(tr.Policy)+" |") {
				found = strings.HasSuffix(strings.TrimSpace(line), want)
			}
		}
		if !found {
			t.Errorf("%s gives %s, which the page does not say", tr.Policy, want)
		}
	}
	var pool accounting.BoundPool[accounting.Exact]
	pool.Add(accounting.Whole(40), accounting.Certain(accounting.Whole(40)))
	pool.Add(accounting.Whole(60), accounting.Bounds[accounting.Exact]{})
	b := pool.Pay(accounting.Whole(80))
	if want := fmt.Sprintf("that is %s to %s of the 80", b.Lo, b.Hi); !strings.Contains(string(page), want) {
		t.Errorf("the page does not say: %s", want)
	}
}
