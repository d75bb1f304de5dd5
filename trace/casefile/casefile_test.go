package casefile_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/trace"
	"github.com/turtlebay/turtlebay/trace/casefile"
)

func Example() {
	c, err := casefile.Read(bytes.NewReader(casefile.Example()))
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := c.Answer(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, t := range answer.Result.Traces {
		fmt.Println(t.Policy, "finds", t.Boundary["sale:0"], "at the exchange")
	}
	// Output:
	// poison finds 20 at the exchange
	// haircut finds 12 at the exchange
	// fifo finds 0 at the exchange
	// lifo finds 20 at the exchange
	// tiho finds 11 at the exchange
}

// answered is what a case comes out as, as JSON.
func answered(t testing.TB, b []byte) ([]byte, error) {
	c, err := casefile.Read(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	a, err := c.Answer(t.Context())
	if err != nil {
		return nil, err
	}
	out, err := json.Marshal(a.Expect())
	if err != nil {
		t.Fatal(err)
	}
	return out, nil
}

// TestWorkedCases: the files in testdata were worked out by hand and say in "why" how.
func TestWorkedCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) < 6 {
		t.Fatalf("%d cases, %v", len(files), err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			var want struct{ Expect any }
			if err := json.Unmarshal(b, &want); err != nil {
				t.Fatal(err)
			}
			out, err := answered(t, b)
			if err != nil {
				t.Fatal(err)
			}
			var got any
			if err := json.Unmarshal(out, &got); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(full(want.Expect), full(got)); d != "" {
				t.Error(d)
			}
		})
	}
}

// full leaves out what is empty.
func full(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, x := range v {
			if x = full(x); x != nil {
				out[k] = x
			}
		}
		if len(out) == 0 {
			return nil
		}
		return out
	case []any:
		out := []any{}
		for _, x := range v {
			out = append(out, full(x))
		}
		if len(out) == 0 {
			return nil
		}
		return out
	}
	return v
}

func TestSameBytes(t *testing.T) {
	first, err := answered(t, casefile.Example())
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if again, err := answered(t, casefile.Example()); err != nil || !bytes.Equal(first, again) {
			t.Fatal("other bytes", err)
		}
	}
	if !bytes.HasPrefix(first, []byte(`{"poison":{"T1":{"outputs":{"mix:0":"70",`)) {
		t.Errorf("%s", first)
	}
}

// TestBoundsAreLeftOut where there is a floor, even one of nought, and kept without.
func TestBoundsAreLeftOut(t *testing.T) {
	const c = `{"model":"utxo","params":{%s},"genesis":[{"outpoint":"g:0","value":"5"}],
		"txs":[{"id":"a","block":1,"inputs":["g:0"],"outputs":[{"value":"5"}]}],"thefts":[{"id":"T","outpoint":"a:0"}]}`
	for params, want := range map[string]bool{"": true, `"dust":null`: true, `"dust":"0"`: false, `"dust":"2"`: false} {
		out, err := answered(t, fmt.Appendf(nil, c, params))
		if err != nil || bytes.Contains(out, []byte("bounds")) != want {
			t.Errorf("%s: %s, %v", params, out, err)
		}
	}
}

func TestRefused(t *testing.T) {
	utxo := func(rest string) string { return `{"model":"utxo",` + rest + `}` }
	tx := func(rest string) string {
		return utxo(`"txs":[{"id":"a","block":1,"inputs":[],"outputs":[],` + rest + `}]`)
	}
	out := func(value string) string {
		return utxo(`"txs":[{"id":"a","block":1,"inputs":[],"outputs":[{"address":"A","value":` + value + `}]}]`)
	}
	event := func(rest string) string {
		return `{"model":"account","events":[{"id":"e","block":1,"from":"A","to":"B",` + rest + `}]}`
	}
	for text, want := range map[string]string{
		"":                      "case: the file ends in the middle",
		"[]":                    "case: is not an object",
		"null":                  "case: is not an object",
		"{":                     "case: the file ends in the middle",
		`{"model":"utxo"`:       "case: the file ends in the middle",
		`{"model":"utxo"} {}`:   "case: something follows it at byte 18",
		`{"model" "utxo"}`:      `model: not JSON near byte 9: "invalid character '\"' after object key"`,
		`{}`:                    "model: is missing",
		`{"model":"lightning"}`: `model: "lightning" is none of utxo, account and cluster`,
		`{"model":7}`:           "model: is not a string",
		`{"Model":"utxo"}`:      `case: unknown field "Model"`,
		utxo(`"model":"utxo"`):  "model: is there twice",
		utxo(`"events":[]`):     `events: is not of the model "utxo"`,
		utxo(`"txs":{}`):        "txs: is not an array",
		utxo(`"txs":[7]`):       "txs[0]: is not an object",
		utxo(`"txs":[{}]`):      "txs[0].id: is missing",
		utxo(`"txs":[{"id":"a","block":1,"outputs":[]}]`):        "txs[0].inputs: is missing",
		utxo(`"params":{"fees":"burn"}`):                         `params.fees: "burn" is neither sink nor to_miner`,
		utxo(`"params":{"dsut":"1"}`):                            `params: unknown field "dsut"`,
		utxo(`"params":{"dust":2}`):                              "params.dust: \"2\" is a number: amounts are strings",
		utxo(`"params":{"boundary":["a",""]}`):                   "params.boundary[1]: is empty",
		utxo(`"params":{"boundary":["\ud800"]}`):                 "params.boundary[0]: \"\ufffd\" holds a character that is damaged",
		utxo(`"title":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[`): "title: is nested more than 32 deep",

		tx(`"pos":-1`):                  `txs[0].pos: "-1" is not a whole number from 0 to 2^63-1`,
		tx(`"pos":1.5`):                 `txs[0].pos: "1.5" is not a whole number from 0 to 2^63-1`,
		tx(`"pos":9223372036854775808`): `txs[0].pos: "9223372036854775808" is not a whole number from 0 to 2^63-1`,
		tx(`"pos":"1"`):                 "txs[0].pos: is not a number",
		tx(`"coinbase":"yes"`):          "txs[0].coinbase: is neither true nor false",
		tx(`"subsidy":"-5"`):            `txs[0].subsidy: "-5": a negative amount`,
		out(`"1.5"`):                    `txs[0].outputs[0].value: "1.5": not a whole number of base units in plain decimal digits`,
		out(`"-1"`):                     `txs[0].outputs[0].value: "-1": a negative amount`,

		out(`"` + strings.Repeat("9", 200) + `"`): `txs[0].outputs[0].value: "` + strings.Repeat("9", 80) + `…": more than 256 bits`,

		out(`"1"`):  "txs[0].outputs: pay 1, more than the 0 that the transaction has",
		out(`[]`):   "txs[0].outputs[0].value: is not a string",
		out(`null`): "txs[0].outputs[0].value: is missing",

		utxo(`"txs":[{"id":"a","block":1,"inputs":[{"address":"A","value":"1"}],"outputs":[]}]`): "txs[0].inputs: are outpoints in the model utxo, not objects",

		utxo(`"thefts":[{"id":"T"}]`):                                                                                             "thefts[0].outpoint: is missing",
		utxo(`"thefts":[{"id":"T","event":"e"}]`):                                                                                 `thefts[0].event: is not of the model "utxo"`,
		utxo(`"thefts":[{"id":"T","outpoint":"a:0"}]`):                                                                            `thefts[0].outpoint: unknown outpoint "a:0"`,
		`{"model":"account","thefts":[{"id":"T","outpoint":"a:0"}]}`:                                                              `thefts[0].outpoint: is not of the model "account"`,
		`{"model":"account","opening":[{"account":"A","asset":"X"}]}`:                                                             "opening[0].value: is missing",
		event(`"kind":"mint"`):                                                                                                    `events[0].kind: "mint" is neither transfer nor swap`,
		event(`"kind":"transfer","asset":"X"`):                                                                                    "events[0].value: is missing",
		event(`"kind":"transfer","in":{"asset":"X","value":"1"}`):                                                                 "events[0].in: is of a swap, not of a transfer",
		event(`"kind":"swap","asset":"X"`):                                                                                        "events[0].asset: is of a transfer, not of a swap",
		event(`"kind":"swap","in":{"asset":"X","value":"1"}`):                                                                     "events[0].out: is missing",
		event(`"kind":"swap","in":{"asset":"X"},"out":null`):                                                                      "events[0].in.value: is missing",
		`{"model":"cluster","txs":[{"id":"a","block":1,"inputs":["g:0"],"outputs":[]}]}`:                                          "txs[0].inputs: are addresses with values in the model cluster, not outpoints",
		`{"model":"cluster","txs":[{"id":"a","block":1,"inputs":[],"outputs":[{"value":"1"}]}]}`:                                  "txs[0].outputs[0].address: is missing",
		`{"model":"cluster","txs":[{"id":"a","block":1,"inputs":[],"outputs":[],"coinbase":true}]}`:                               `txs[0].coinbase: is not of the model "cluster"`,
		`{"model":"cluster","txs":[{"id":"a","block":1,"inputs":[],"outputs":[]},{"id":"a","block":2,"inputs":[],"outputs":[]}]}`: `txs[1].id: there are two transactions "a"`,
		`{"model":"cluster","settings":[{}],"txs":[{"id":"a","block":1,"inputs":[],"outputs":[]},{"id":"b","block":1,"inputs":[],"outputs":[]}]}`: `txs: cluster "a" and "b": two transactions at one position of a block`,
		`{"model":"cluster","settings":[{"changes":true}]}`:                    `settings[0]: unknown field "changes"`,
		`{"model":"cluster","settings":[` + strings.Repeat("{},", 16) + `{}]}`: "settings: are 17, more than 16",
	} {
		_, err := answered(t, []byte(text))
		var field *trace.FieldError
		if !errors.As(err, &field) || err.Error() != want {
			t.Errorf("%.120s:\n got %v\nwant %s", text, err, want)
		}
	}
}

// TestNoEffect: what has none may stand anywhere and be anything.
func TestNoEffect(t *testing.T) {
	const c = `{"title":["x"],"why":{"a":[1]},"retheft":1,"expect":{"poison":7},"model":"utxo","txs":[{"why":"","id":"a","block":1,"coinbase":true,"outputs":[]}],
		"thefts":[],"params":{"retheft":null}}`
	if out, err := answered(t, []byte(c)); err != nil || string(out) != `{"poison":{},"haircut":{},"fifo":{},"lifo":{},"tiho":{}}` {
		t.Errorf("%s, %v", out, err)
	}
	if out, err := answered(t, []byte(`{"model":"cluster"}`)); err != nil || string(out) != "[]" {
		t.Errorf("%s, %v", out, err)
	}
}

func TestTooLargeAndUnreadable(t *testing.T) {
	if _, err := casefile.Read(io.LimitReader(endless{}, casefile.MaxBytes+1)); !errors.Is(err, casefile.ErrTooLarge) {
		t.Error(err)
	}
	broken := errors.New("cable cut")
	if _, err := casefile.Read(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Error(err)
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}

// FuzzRead: whatever the file, there is an answer that closes and is the same twice,
// or an error that names a field.
func FuzzRead(f *testing.F) {
	f.Add(casefile.Example())
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	for _, text := range []string{`{"model":"utxo","txs":[{"id":"a","block":1,"inputs":["a:0"],"outputs":[{"value":"1"}]}]}`, `{"model":"account","events":[{}]}`, "{\"\xff\":1}", `[[[[`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := casefile.Read(bytes.NewReader(b))
		if err != nil {
			if field := new(trace.FieldError); !errors.As(err, &field) || field.Field == "" || field.Reason == "" {
				t.Fatalf("no field: %v", err)
			}
			return
		}
		one, err := c.Answer(t.Context())
		if err != nil {
			return
		}
		two, err := c.Answer(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		x, errX := json.Marshal(one.Expect())
		y, errY := json.Marshal(two.Expect())
		if errX != nil || errY != nil || !bytes.Equal(x, y) || !reflect.DeepEqual(one.Groups, two.Groups) {
			t.Fatal("two answers", errX, errY)
		}
		if one.Result == nil {
			return
		}
		for _, tr := range one.Result.Traces {
			for _, s := range tr.Sums {
				if !s.Closes() {
					t.Fatalf("%s does not close: %+v", tr.Policy, s)
				}
			}
		}
	})
}
