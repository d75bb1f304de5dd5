package trace_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/trace"
	"github.com/turtlebay/turtlebay/trace/accounting"
)

// TestMain lets the laws look at a thousand cases each, unless told otherwise.
func TestMain(m *testing.M) {
	flag.Parse()
	told := false
	flag.Visit(func(f *flag.Flag) { told = told || f.Name == "rapid.checks" })
	if !told && !testing.Short() {
		if err := flag.Set("rapid.checks", "1000"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

var w = accounting.Whole

func genesis(values ...int64) (out []trace.Output) {
	for i, v := range values {
		out = append(out, trace.Output{Outpoint: fmt.Sprintf("g:%d", i), Address: "P", Value: w(v)})
	}
	return out
}

func outputs(values ...int64) (out []trace.Output) {
	for i, v := range values {
		out = append(out, trace.Output{Address: string(rune('A' + i)), Value: w(v)})
	}
	return out
}

func Example() {
	result, err := trace.Coins{
		Genesis: []trace.Output{{Outpoint: "g:0", Address: "P", Value: w(7)}, {Outpoint: "g:1", Address: "victim", Value: w(3)}},
		Txs: []trace.Tx{
			{ID: "theft", Block: 1, Inputs: []string{"g:1"}, Outputs: []trace.Output{{Address: "thief", Value: w(3)}}},
			{ID: "mix", Block: 2, Inputs: []string{"g:0", "theft:0"}, Outputs: []trace.Output{{Address: "A", Value: w(8)}, {Address: "B", Value: w(1)}}},
		},
		Thefts: []trace.Theft{{ID: "T1", Mark: "theft:0"}},
	}.Trace(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, t := range result.Traces {
		fmt.Println(t.Policy, t.Held["mix:0"], t.Held["mix:1"], t.Fees["mix"])
	}
	// Output:
	// poison 8 1 1
	// haircut 12/5 3/10 3/10
	// fifo 1 1 1
	// lifo 3 0 0
	// tiho 3 0 0
}

// traceOf is the trace of a policy and a theft.
func traceOf(t *testing.T, r *trace.Result, p accounting.Policy, theft string) trace.Trace {
	t.Helper()
	for _, tr := range r.Traces {
		if tr.Policy == p && tr.Theft == theft {
			return tr
		}
	}
	t.Fatalf("no trace of %s by %s", theft, p)
	return trace.Trace{}
}

// TestMarkedAgain: a second mark of one theft on coins that are tainted in part
// counts what was tainted once.
func TestMarkedAgain(t *testing.T) {
	c := trace.Coins{
		Genesis: genesis(6, 4),
		Txs: []trace.Tx{
			{ID: "a", Block: 1, Inputs: []string{"g:0"}, Outputs: outputs(6)},
			{ID: "b", Block: 2, Inputs: []string{"a:0", "g:1"}, Outputs: outputs(8, 2)},
		},
		Thefts: []trace.Theft{{"T", "a:0"}, {"T", "b:0"}},
	}
	r, err := c.Trace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for policy, want := range map[accounting.Policy]string{
		accounting.FIFO: "14 - 6 = 8", accounting.LIFO: "14 - 4 = 10", accounting.Haircut: "14 - 24/5 = 46/5", accounting.TIHO: "14 - 6 = 8",
	} {
		s := traceOf(t, r, policy, "T").Sums[0]
		if got := fmt.Sprintf("%s - %s = %s", s.Stolen, s.Again, s.Held); got != want || !s.Closes() {
			t.Errorf("%s: %s, want %s", policy, got, want)
		}
	}
}

// TestUnderTheFloor: the floor is asked before the boundary, and a mark does not
// lift what it marks above it.
func TestUnderTheFloor(t *testing.T) {
	dust := w(3)
	c := trace.Accounts{
		Params: trace.Params{Dust: &dust, Boundary: []string{"EX"}},
		Events: []trace.Event{
			{ID: "e1", Block: 1, From: "V", To: "EX", Paid: trace.Quantity{Asset: "X", Value: w(2)}},
			{ID: "e2", Block: 2, From: "V", To: "EX", Paid: trace.Quantity{Asset: "X", Value: w(3)}},
		},
		Thefts: []trace.Theft{{"T", "e1"}, {"T", "e2"}},
	}
	r, err := c.Trace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"arrived e2": "3", "boundary EX/X": "3", "dropped e1": "2", "unobserved V/X": "5"}
	for _, tr := range r.Traces {
		if d := cmp.Diff(want, lines(tr)); d != "" {
			t.Errorf("%s: %s", tr.Policy, d)
		}
	}
	if r.Reach != nil {
		t.Error("accounts have bounds")
	}
}

// x and y are so much of two assets.
func x(v int64) trace.Quantity { return trace.Quantity{Asset: "X", Value: w(v)} }
func y(v int64) trace.Quantity { return trace.Quantity{Asset: "Y", Value: w(v)} }

// TestNothingMoves: self-transfers, nought, and swaps of nought.
func TestNothingMoves(t *testing.T) {
	c := trace.Accounts{
		Opening: []trace.Opening{{"A", "X", w(2)}, {"A", "X", w(3)}},
		Events: []trace.Event{
			{ID: "self", Block: 1, From: "A", To: "A", Paid: x(9), Fee: x(1)},
			{ID: "nought", Block: 2, From: "A", To: "B", Paid: x(0)},
			{ID: "swap", Block: 3, Swap: true, From: "A", To: "B", Paid: x(0), Received: y(7)},
			{ID: "lost", Block: 4, Swap: true, From: "A", To: "B", Paid: x(4), Received: y(0)},
			{ID: "spend", Block: 5, From: "B", To: "C", Paid: y(7)},
		},
		Thefts: []trace.Theft{{"T", "self"}, {"T", "nought"}, {"T", "swap"}, {"T", "lost"}},
	}
	r, err := c.Trace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, tr := range r.Traces {
		if d := cmp.Diff(map[string]string{"unobserved B/Y": "7"}, lines(tr)); d != "" {
			t.Errorf("%s: %s", tr.Policy, d)
		}
	}
}

// TestUnseen: an account that paid more than it was seen to receive keeps poison, and what
// reaches it next is poisoned; a swap that brings nought is not yet that.
func TestUnseen(t *testing.T) {
	c := trace.Accounts{
		Opening: []trace.Opening{{"V", "X", w(1)}, {"V2", "X", w(1)}},
		Events: []trace.Event{
			{ID: "theft", Block: 1, From: "V", To: "B", Paid: x(1)},
			{ID: "more", Block: 2, From: "B", To: "C", Paid: x(2)},
			{ID: "nought", Block: 3, Swap: true, From: "A", To: "B", Paid: y(1), Received: x(0)},
			{ID: "next", Block: 4, From: "V2", To: "B", Paid: x(1)},
		},
		Thefts: []trace.Theft{{"T", "theft"}},
		Params: trace.Params{Unseen: true},
	}
	r, err := c.Trace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if held := traceOf(t, r, accounting.Poison, "T").Held["B/X"]; held.Cmp(w(1)) != 0 {
		t.Errorf("B holds %s poisoned, want 1", held)
	}
}

// TestHuge: amounts near 2^256, whose sums are beyond it.
func TestHuge(t *testing.T) {
	most, err := accounting.ParseWhole("115792089237316195423570985008687907853269984665640564039457584007913129639935")
	if err != nil {
		t.Fatal(err)
	}
	q := trace.Quantity{Asset: "X", Value: most}
	c := trace.Accounts{
		Opening: []trace.Opening{{"B", "X", most}, {"V", "X", most}},
		Events: []trace.Event{
			{ID: "e1", Block: 1, From: "V", To: "B", Paid: q},
			{ID: "e2", Block: 2, From: "B", To: "C", Paid: q},
		},
		Thefts: []trace.Theft{{"T", "e1"}},
	}
	r, err := c.Trace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	half := most.MulDiv(w(1), w(2))
	if got := traceOf(t, r, accounting.Haircut, "T").Arrived["e2"]; got.Cmp(half) != 0 {
		t.Errorf("haircut carries %s, want %s", got, half)
	}
}

func TestRefused(t *testing.T) {
	tx := func(id string, block int64, inputs []string, values ...int64) trace.Tx {
		return trace.Tx{ID: id, Block: block, Inputs: inputs, Outputs: outputs(values...)}
	}
	coins := func(txs ...trace.Tx) trace.Coins { return trace.Coins{Genesis: genesis(5, 5), Txs: txs} }
	in := func(names ...string) []string { return names }
	x := func(v trace.Amount) trace.Quantity { return trace.Quantity{Asset: "X", Value: v} }
	event := func(id string, block int64, q trace.Quantity) trace.Event {
		return trace.Event{ID: id, Block: block, From: "A", To: "B", Paid: q}
	}
	two := coins(tx("a", 1, in("g:0"), 5), tx("b", 2, in("g:1"), 5))
	stolen := func(rows ...trace.Theft) trace.Coins {
		c := two
		c.Thefts = rows
		return c
	}
	negative, dust := w(0).Sub(w(1)), accounting.Fraction(1, 2)
	for name, c := range map[string]struct {
		c    any
		want string
	}{
		"unknown input":     {coins(tx("a", 1, in("x:0"), 1)), `txs[0].inputs[0]: unknown outpoint "x:0"`},
		"double spend":      {coins(tx("a", 1, in("g:0"), 1), tx("b", 2, in("g:0"), 1)), `txs[1].inputs[0]: "g:0" is spent already, by "a"`},
		"spent twice in it": {coins(tx("a", 1, in("g:0", "g:0"), 1)), `txs[0].inputs[1]: "g:0" is spent already, by "a"`},
		"spent before":      {coins(tx("a", 1, in("b:0"), 1), tx("b", 2, in("g:0"), 1)), `txs[0].inputs[0]: "b:0" is made later than it is spent`},
		"more out than in":  {coins(tx("a", 1, in("g:0"), 4, 2)), "txs[0].outputs: pay 6, more than the 5 that the transaction has"},
		"ids twice":         {coins(tx("a", 1, in("g:0"), 4), tx("a", 2, in("g:1"), 4)), `txs[1].id: there are two transactions "a"`},
		"one place":         {coins(tx("a", 1, in("g:0"), 4), tx("b", 1, in("g:1"), 4)), `txs[1].pos: stands at the place of "a" in its block: which is first?`},
		"no id":             {coins(tx("", 1, in("g:0"), 4)), "txs[0].id: is missing"},
		"negative output":   {coins(tx("a", 1, in("g:0"), -4)), "txs[0].outputs[0].value: a negative amount"},
		"genesis again":     {trace.Coins{Genesis: append(genesis(5), genesis(5)...)}, `genesis[1]: there are two outputs "g:0"`},
		"genesis as output": {trace.Coins{Genesis: []trace.Output{{Outpoint: "a:0"}}, Txs: []trace.Tx{tx("a", 1, nil, 0)}}, `txs[0].outputs[0]: there are two outputs "a:0"`},
		"coinbase spends":   {coins(trace.Tx{ID: "c", Coinbase: true, Inputs: in("g:0")}), "txs[0].inputs: a coinbase has none"},
		"two coinbases":     {coins(trace.Tx{ID: "c", Coinbase: true}, trace.Tx{ID: "d", Pos: 1, Coinbase: true}), "txs[1].coinbase: its block has one already"},
		"subsidy of no one": {coins(trace.Tx{ID: "c", Subsidy: w(5)}), "txs[0].subsidy: only a coinbase has one"},
		"coinbase in block": {coins(trace.Tx{ID: "c", Block: 1, Coinbase: true, Subsidy: w(5), Outputs: outputs(5)}, trace.Tx{ID: "d", Block: 1, Pos: 1, Inputs: in("c:0")}), `txs[1].inputs[0]: "c:0" is made later than it is spent`},
		"dust in halves":    {trace.Coins{Params: trace.Params{Dust: &dust}}, "params.dust: not a whole number of base units in plain decimal digits"},
		"theft unknown":     {stolen(trace.Theft{"T", "a:1"}), `thefts[0].outpoint: unknown outpoint "a:1"`},
		"theft of genesis":  {stolen(trace.Theft{"T", "g:0"}), `thefts[0].outpoint: "g:0" is of genesis, which is clean: mark the output of a transaction`},
		"theft without id":  {stolen(trace.Theft{"", "a:0"}), "thefts[0].id: is missing"},
		"theft named any":   {stolen(trace.Theft{"T", "a:0"}, trace.Theft{"any", "b:0"}), `thefts[1].id: "any" is all thefts at once: name this one otherwise`},

		"event ids twice":     {trace.Accounts{Events: []trace.Event{event("e", 1, x(w(1))), event("e", 2, x(w(1)))}}, `events[1].id: there are two events "e"`},
		"events at one place": {trace.Accounts{Events: []trace.Event{event("e", 1, x(w(1))), event("f", 1, x(w(1)))}}, `events[1].idx: stands at the place of "e" in its block: which is first?`},
		"negative payment":    {trace.Accounts{Events: []trace.Event{event("e", 1, x(negative))}}, "events[0].value: a negative amount"},
		"no asset":            {trace.Accounts{Events: []trace.Event{event("e", 1, trace.Quantity{Value: w(1)})}}, "events[0]: an asset is missing"},
		"no account":          {trace.Accounts{Opening: []trace.Opening{{"", "X", w(1)}}}, "opening[0]: an account is missing"},
		"a name for two":      {trace.Accounts{Opening: []trace.Opening{{"a/b", "c", w(1)}, {"a", "b/c", w(1)}}}, `opening[1]: another account and asset have the name "a/b/c" as well`},
		"event unknown":       {trace.Accounts{Thefts: []trace.Theft{{"T", "e\u202e"}}}, `thefts[0].event: unknown event "e\u202e"`},
		"transfer with out":   {trace.Accounts{Events: []trace.Event{{ID: "e", From: "A", To: "B", Paid: x(w(1)), Received: x(w(1))}}}, "events[0].out: only a swap has one"},
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			switch c := c.c.(type) {
			case trace.Coins:
				_, err = c.Trace(t.Context())
			case trace.Accounts:
				_, err = c.Trace(t.Context())
			}
			var field *trace.FieldError
			if !errors.As(err, &field) || err.Error() != c.want {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}

// TestOneTheftMayBeCalledAny: only beside others the name is taken.
func TestOneTheftMayBeCalledAny(t *testing.T) {
	c := trace.Coins{Genesis: genesis(5), Txs: []trace.Tx{{ID: "a", Inputs: []string{"g:0"}, Outputs: outputs(5)}}, Thefts: []trace.Theft{{"any", "a:0"}}}
	r, err := c.Trace(t.Context())
	if err != nil || strings.Join(r.Thefts, " ") != "any" {
		t.Errorf("%v, %v", r, err)
	}
}

// TestLimit: fractions that grow with every hop end in ErrLimit, not in a machine
// without memory.
func TestLimit(t *testing.T) {
	c := trace.Accounts{
		Params:  trace.Params{Work: trace.MaxWork / 16},
		Opening: []trace.Opening{{"B", "X", w(1<<61 - 1)}},
		Thefts:  []trace.Theft{{"T", "e0"}},
	}
	pay := func(from, to string, v int64) {
		i := len(c.Events)
		c.Events = append(c.Events, trace.Event{ID: fmt.Sprint("e", i), Block: int64(i), From: from, To: to, Paid: trace.Quantity{Asset: "X", Value: w(v)}})
	}
	pay("V", "B", 1<<40-87)
	for i := range int64(20_000) {
		pay("B", "C", 1<<50-2*i-1)
		pay("C", "B", 1<<49-2*i-27)
		pay("W", "C", 1<<45-2*i-55)
	}
	if _, err := c.Trace(t.Context()); !errors.Is(err, trace.ErrLimit) {
		t.Error(err)
	}
	few := c
	few.Events = c.Events[:100]
	if _, err := few.Trace(t.Context()); err != nil {
		t.Error(err)
	}
	few.Work = 1
	if _, err := few.Trace(t.Context()); !errors.Is(err, trace.ErrLimit) {
		t.Error(err)
	}
	coins := trace.Coins{Params: few.Params, Thefts: []trace.Theft{{"T", "t:0"}}, Txs: []trace.Tx{{ID: "t", Outputs: outputs(0)}}}
	if _, err := coins.Trace(t.Context()); !errors.Is(err, trace.ErrLimit) {
		t.Error(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := c.Trace(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
