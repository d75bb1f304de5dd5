package extract_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr"
	"github.com/turtlebay/turtlebay/trace/exercise"
	"github.com/turtlebay/turtlebay/trace/extract"
	"github.com/turtlebay/turtlebay/trace/follow"
)

// found is the exercise as a trace over a ledger finds it.
func found(t testing.TB, record bool) (*follow.Answer, follow.Question) {
	t.Helper()
	ctx := context.Background()
	store, err := csr.Open(t.TempDir(), csr.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	_, err = store.Append(ctx, func(yield func(ledger.Transfer, error) bool) {
		for _, row := range exercise.Transfers() {
			if !yield(row, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := store.Snapshot(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { snapshot.Close() })
	q := exercise.Question()
	q.Record = record
	a, err := follow.Run(ctx, snapshot, q)
	if err != nil {
		t.Fatal(err)
	}
	return a, q
}

func made(t testing.TB, record bool) (*extract.Extract, *follow.Answer) {
	t.Helper()
	worth, err := exercise.Values()
	if err != nil {
		t.Fatal(err)
	}
	a, q := found(t, record)
	return extract.New(a, q, extract.About{ID: "TRC-1", Title: exercise.Title, Exercise: true, Worth: worth, Marking: json.RawMessage(`{"tlp":"amber"}`)}), a
}

func encoded(t testing.TB, e *extract.Extract) string {
	t.Helper()
	var b bytes.Buffer
	if err := e.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Whoever has the file comes to the same answer without the ledger.
func TestOpenedAgain(t *testing.T) {
	e, a := made(t, true)
	text := encoded(t, e)
	read, err := extract.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if again := encoded(t, read); again != text {
		t.Error("written again it is other bytes")
	}
	o, err := read.Open(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	same := []cmp.Option{
		cmpopts.EquateEmpty(), cmpopts.EquateComparable(chain.Amount{}), cmpopts.IgnoreFields(follow.Answer{}, "Record"), cmpopts.IgnoreFields(follow.Work{}, "Swept"),
	}
	if diff := cmp.Diff(a, o.Answer, same...); diff != "" {
		t.Errorf("answer (-over the ledger +from the file):\n%s", diff)
	}
	for _, b := range o.Result.Balances {
		for _, l := range b.Lines {
			if !l.Closes() || !l.Listed {
				t.Errorf("%s of theft %s, %s: closes %t, listed %t", b.Asset.Text(b.Chain), b.Theft, l.Policy, l.Closes(), l.Listed)
			}
		}
		if worth := b.StolenUSD.AtTheft; !b.Stolen.IsZero() && (worth == nil || worth.Partial) {
			t.Errorf("%s of theft %s has no price at the theft", b.Asset.Text(b.Chain), b.Theft)
		}
	}
	if read.External() || len(o.Result.CashOuts) == 0 || o.Result.Trials == nil || len(o.Result.Trials.Trials) == 0 {
		t.Errorf("external %t, %d cash-outs, trials %v", read.External(), len(o.Result.CashOuts), o.Result.Trials)
	}
}

// Of a trace whose rows do not travel the answer is as it was found.
func TestExternal(t *testing.T) {
	e, a := made(t, false)
	read, err := extract.Read(strings.NewReader(encoded(t, e)))
	if err != nil {
		t.Fatal(err)
	}
	o, err := read.Open(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if !read.External() || len(o.Result.CashOuts) == 0 || o.Result.Grading != nil {
		t.Errorf("external %t, %d cash-outs, grading %v", read.External(), len(o.Result.CashOuts), o.Result.Grading)
	}
	if diff := cmp.Diff(a.Sums, o.Answer.Sums, cmpopts.EquateComparable(chain.Amount{})); diff != "" {
		t.Errorf("sums (-found +read):\n%s", diff)
	}
}

// What is altered is refused, and what is not known as well.
func TestRefused(t *testing.T) {
	e, _ := made(t, true)
	text := encoded(t, e)
	head, part, _ := strings.Cut(text, "\n")
	for name, tc := range map[string]struct {
		text string
		want error // nil: a *FieldError
	}{
		"nothing":           {"", extract.ErrForm},
		"another form":      {strings.Replace(text, "turtlebay trace 1", "turtlebay trace 2", 1), extract.ErrForm},
		"an unknown member": {strings.Replace(text, `{"applied"`, `{"appeal":1,"applied"`, 1), extract.ErrForm},
		"more behind it":    {head + "{}\n" + part, extract.ErrForm},
		"a part missing":    {head + "\n", nil},
		"a part twice":      {text + strings.TrimPrefix(text, head+"\n"), nil},
		"of another trace":  {head + "\n" + strings.Replace(part, `"trace":"TRC-1"`, `"trace":"TRC-2"`, 1), nil},
		"a wrong address":   {strings.Replace(text, `"addresses":["0x`, `"addresses":["0y`, 1), nil},
		"a null":            {strings.Replace(text, `"rows":[[`, `"rows":[[null,`, 1), nil},
		"too few cells":     {strings.Replace(text, `"rows":[[`, `"rows":[[1],[`, 1), nil},
		"no row opened at":  {strings.Replace(text, `"openings":[[`, `"openings":[[0,0,"1"],[`, 1), nil},
		"a negative place":  {strings.Replace(text, `"openings":[[`, `"openings":[[-1`, 1), nil},
	} {
		if tc.text == text {
			t.Errorf("%s: the text has not changed", name)
		}
		_, err := extract.Read(strings.NewReader(tc.text))
		var field *extract.FieldError
		if tc.want != nil && !errors.Is(err, tc.want) || tc.want == nil && !errors.As(err, &field) {
			t.Errorf("%s: error %v, want %v", name, err, tc.want)
		}
	}
	if _, err := (&extract.Extract{}).Encode(); err == nil {
		t.Error("a trace without an id was written")
	}
}

// Rows of all kinds, with odd bytes, come back as they were.
func FuzzRead(f *testing.F) {
	e, _ := made(f, true)
	f.Add([]byte(encoded(f, e)))
	f.Add([]byte(`{"form":"turtlebay trace 1","id":"x","title":"","applied":0,"ledgers":null,"thefts":null,"rules":{"bounds":false},"parts":0}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := extract.Read(bytes.NewReader(b))
		if err != nil {
			return
		}
		text := encoded(t, e)
		again, err := extract.Read(strings.NewReader(text))
		if err != nil {
			t.Fatalf("what was written is not read: %v", err)
		}
		if encoded(t, again) != text {
			t.Error("written again it is other bytes")
		}
	})
}

// Parts are no longer than a line may be, and their rows come back in order.
func TestManyParts(t *testing.T) {
	e := &extract.Extract{ID: "TRC-2", Ledgers: []follow.Ledger{{Chain: chain.Ethereum, Snapshot: "s", Rows: 90_000}}}
	for i := range 60_000 {
		tx := make([]byte, 32)
		tx[0], tx[1], tx[2] = byte(i), byte(i>>8), byte(i>>16)
		e.Rows = append(e.Rows, follow.RecordedRow{Number: ledger.Row(i), Transfer: ledger.Transfer{
			Chain: chain.Ethereum, Kind: ledger.Payment, Block: uint64(i), Time: int64(i), Tx: string(tx),
			From: ledger.Address(tx[:20]), To: ledger.Address(tx[1:21]), Value: chain.Units64(uint64(i)),
		}})
	}
	lines, err := e.Encode()
	if err != nil || len(lines) < 3 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	for i, line := range lines {
		if len(line) > extract.MaxLine {
			t.Errorf("line %d has %d bytes", i+1, len(line))
		}
	}
	read, err := extract.Decode(lines)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(e.Rows, read.Rows, cmpopts.EquateComparable(chain.Amount{})); diff != "" {
		t.Error("rows came back otherwise")
	}
}
