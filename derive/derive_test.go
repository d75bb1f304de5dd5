package derive_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/derive"
	"pgregory.net/rapid"
)

// memory is a derive.Sets by kind.
type memory map[string]*derive.Set

func (m memory) Set(kind string) (*derive.Set, error) {
	if kind == "locked" {
		return nil, errors.New("no access")
	}
	if s := m[kind]; s != nil {
		return s, nil
	}
	return derive.NewSet(kind, nil), nil
}

func input(id, text string) derive.Input {
	sum := sha256.Sum256([]byte(text))
	return derive.Input{ID: id, Digest: hex.EncodeToString(sum[:]), Bytes: []byte(text)}
}

// bytesTotal counts the bytes of its inputs, times a parameter.
var bytesTotal = derive.Function{
	Name: "test.bytes", Version: 1, About: "counts bytes", Reads: []string{"letter", "card"},
	Params: []derive.Param{
		{Name: "times", Default: "1"},
		{Name: "unit", Default: "bytes", Allowed: []string{"bytes", "USD"}},
		{Name: "note"},
	},
	Run: func(c derive.Call) (derive.Result, error) {
		times, err := strconv.Atoi(c.Params["times"])
		if err != nil {
			return derive.Result{}, fmt.Errorf("%w times=%q: want a number", derive.ErrParam, c.Params["times"])
		}
		r := derive.Result{Unit: c.Params["unit"], Note: c.Params["note"]}
		n := 0
		for _, kind := range []string{"letter", "card", "never declared"} {
			for _, in := range c.Set(kind).Inputs() {
				n += len(in.Bytes)
				r.Records = append(r.Records, in.ID)
			}
		}
		r.Value = strconv.Itoa(n * times)
		return r, nil
	},
}

func registry(tb testing.TB, more ...derive.Function) *derive.Registry {
	tb.Helper()
	reg, err := derive.NewRegistry(append([]derive.Function{bytesTotal}, more...)...)
	if err != nil {
		tb.Fatal(err)
	}
	return reg
}

func version(n int) derive.Function {
	f := bytesTotal
	f.Version = n
	f.Run = func(derive.Call) (derive.Result, error) { return derive.Result{Value: strconv.Itoa(n)}, nil }
	return f
}

var sets = memory{
	"letter": derive.NewSet("letter", []derive.Input{input("L-2", "hello"), input("L-1", "dear sir")}),
	"card":   derive.NewSet("card", []derive.Input{input("C-1", "x")}),
}

func TestNewRegistry(t *testing.T) {
	run := bytesTotal.Run
	for name, fs := range map[string][]derive.Function{
		"no name":    {{Version: 1, Run: run}},
		"no version": {{Name: "a", Run: run}},
		"no body":    {{Name: "a", Version: 1}},
		"twice":      {{Name: "a", Version: 1, Run: run}, {Name: "a", Version: 1, Run: run}},
	} {
		if _, err := derive.NewRegistry(fs...); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestLookup(t *testing.T) {
	reg := registry(t, version(3), version(2), derive.Function{Name: "other.figure", Version: 1, Run: bytesTotal.Run})
	for name, want := range map[string]string{"test.bytes": "test.bytes@3", "test.bytes@1": "test.bytes@1", "test.bytes@2": "test.bytes@2"} {
		if f, err := reg.Lookup(name); err != nil || f.ID() != want {
			t.Errorf("%s: got %s, %v", name, f.ID(), err)
		}
	}
	for name, want := range map[string]string{
		"test.byte":    "(perhaps test.bytes)",
		"figure":       "(perhaps other.figure)",
		"test.bytes@9": "(perhaps test.bytes)",
		"nothing":      `figure "nothing": no such function`,
	} {
		if _, err := reg.Lookup(name); !errors.Is(err, derive.ErrUnknown) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
	var ids []string
	for _, f := range reg.Functions() {
		ids = append(ids, f.ID())
	}
	if want := []string{"other.figure@1", "test.bytes@3"}; !slices.Equal(ids, want) {
		t.Errorf("got %q, want %q", ids, want)
	}
}

func TestComplete(t *testing.T) {
	tests := []struct {
		in   derive.Params
		want string
		err  string
	}{
		{nil, "times=1 unit=bytes", ""},
		{derive.Params{"times": "3", "unit": "USD"}, "times=3 unit=USD", ""},
		{derive.Params{"note": ""}, "times=1 unit=bytes", ""},
		{derive.Params{"Times": "3"}, "", `bad parameter "Times": it takes times, unit, note`},
		{derive.Params{"unit": "EUR"}, "", `bad parameter unit="EUR": want bytes, USD`},
	}
	for _, tt := range tests {
		got, err := bytesTotal.Complete(tt.in)
		if tt.err == "" && (err != nil || got.String() != tt.want) ||
			tt.err != "" && (!errors.Is(err, derive.ErrParam) || !strings.Contains(err.Error(), tt.err)) {
			t.Errorf("%s: got %q, %v", tt.in, got, err)
		}
	}
	if _, err := (derive.Function{Name: "f"}).Complete(derive.Params{"a": "b"}); err == nil || !strings.Contains(err.Error(), "it takes no parameters") {
		t.Errorf("got %v", err)
	}
}

func TestDerive(t *testing.T) {
	d, err := registry(t).Derive("test.bytes", derive.Params{"times": "2"}, sets)
	if err != nil {
		t.Fatal(err)
	}
	if d.Result.Value != "28" || d.Function != "test.bytes@1" || d.Name() != "test.bytes" || !slices.Equal(d.Result.Records, []string{"L-1", "L-2", "C-1"}) {
		t.Errorf("got %+v", d)
	}
	if d.Command() != "turtlebay figure test.bytes times=2 unit=bytes" {
		t.Errorf("got %s", d.Command())
	}
	if len(d.Inputs) != 2 || d.Inputs[0] != (derive.InputSet{Kind: "letter", Count: 2, Digest: sets["letter"].Digest()}) {
		t.Errorf("got %+v", d.Inputs)
	}
	locked := bytesTotal
	locked.Name, locked.Reads = "test.locked", []string{"locked"}
	reg := registry(t, locked)
	for _, tt := range []struct {
		name   string
		params derive.Params
		want   string
	}{
		{"test.locked", nil, "figure test.locked: inputs of kind locked: no access"},
		{"test.bytes", derive.Params{"times": "x"}, `figure test.bytes: bad parameter times="x"`},
		{"test.bytes", derive.Params{"x": "x"}, `figure test.bytes: bad parameter "x"`},
		{"x", nil, `figure "x": no such function`},
	} {
		if _, err := reg.Derive(tt.name, tt.params, sets); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s %s: got %v, want %s", tt.name, tt.params, err, tt.want)
		}
	}
}

func inputs(t *rapid.T) []derive.Input {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) derive.Input {
		return input(rapid.StringMatching(`[A-C]-[0-9]{1,2}`).Draw(t, "id"), rapid.StringN(0, 4, 8).Draw(t, "text"))
	}), 0, 8).Draw(t, "inputs")
}

// TestDeriveLaws: a derivation depends on what goes in and not on its order, runs
// again to the same bytes, and has another id as soon as anything differs.
func TestDeriveLaws(t *testing.T) {
	reg := registry(t)
	rapid.Check(t, func(t *rapid.T) {
		in := inputs(t)
		p := derive.Params{"times": strconv.Itoa(rapid.IntRange(0, 9).Draw(t, "times")), "note": rapid.String().Draw(t, "note")}
		a, err := reg.Derive("test.bytes", p, memory{"letter": derive.NewSet("letter", in)})
		if err != nil {
			t.Fatal(err)
		}
		other := memory{"letter": derive.NewSet("letter", rapid.Permutation(in).Draw(t, "order"))}
		b, err := reg.Derive("test.bytes", p, other)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(text(t, a), text(t, b)) {
			t.Fatalf("%s\nor\n%s", text(t, a), text(t, b))
		}
		again, err := reg.Rerun(a, other)
		if err != nil || !again.Equal(a.Result) {
			t.Fatalf("got %+v, %v", again, err)
		}
		more := append(slices.Clone(in), input("Z-1", "more"))
		c, err := reg.Derive("test.bytes", p, memory{"letter": derive.NewSet("letter", more)})
		if err != nil || c.ID == a.ID {
			t.Fatalf("one input more, and still %s (%v)", c.ID, err)
		}
	})
}

func text(t *rapid.T, v any) []byte {
	b, err := derive.Canonical(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSetLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := inputs(t)
		before := slices.Clone(in)
		a := derive.NewSet("letter", in)
		b := derive.NewSet("letter", rapid.Permutation(in).Draw(t, "order"))
		if a.Digest() != b.Digest() || a.Len() != len(in) {
			t.Fatalf("%s and %s", a.Digest(), b.Digest())
		}
		for i := range in {
			if in[i].ID != before[i].ID {
				t.Fatal("the caller's inputs were sorted")
			}
		}
		var lines strings.Builder // as standard tools would do it
		for _, i := range a.Inputs() {
			fmt.Fprintf(&lines, "%s %s\n", i.ID, i.Digest)
		}
		if sum := sha256.Sum256([]byte(lines.String())); a.Digest() != hex.EncodeToString(sum[:]) {
			t.Fatalf("%s is not the digest of\n%s", a.Digest(), lines.String())
		}
		if len(in) > 0 && derive.NewSet("letter", in[1:]).Digest() == a.Digest() {
			t.Fatal("an input less, and the same digest")
		}
	})
}

func TestDecoded(t *testing.T) {
	s := derive.NewSet("letter", []derive.Input{input("a", "1")})
	calls := 0
	decode := func(in []derive.Input) (any, error) { calls++; return len(in), nil }
	for range 2 {
		if v, err := s.Decoded(decode); err != nil || v != 1 {
			t.Fatalf("got %v, %v", v, err)
		}
	}
	if calls != 1 {
		t.Errorf("decoded %d times", calls)
	}
	bad := derive.NewSet("letter", nil)
	for range 2 {
		_, err := bad.Decoded(func([]derive.Input) (any, error) { return nil, errors.New("torn") })
		if err == nil || err.Error() != "decode inputs of kind letter: torn" {
			t.Errorf("got %v", err)
		}
	}
}

func TestRerun(t *testing.T) {
	reg := registry(t)
	sound, err := reg.Derive("test.bytes", nil, sets)
	if err != nil {
		t.Fatal(err)
	}
	changed := memory{"letter": derive.NewSet("letter", []derive.Input{input("L-1", "dear sir"), input("L-2", "hello!")}), "card": sets["card"]}
	tests := []struct {
		name  string
		edit  func(*derive.Derivation)
		from  memory
		want  error
		value string
	}{
		{"sound", nil, sets, nil, "14"},
		{"changed input", nil, changed, derive.ErrInputs, "15"},
		{"input missing", nil, memory{"letter": sets["letter"]}, derive.ErrInputs, "13"},
		{"withheld result", func(d *derive.Derivation) { *d = d.Withhold("tlp:amber") }, sets, derive.ErrWithheld, "14"},
		{"withheld, of other inputs", func(d *derive.Derivation) { *d = d.Withhold("tlp:amber") }, changed, derive.ErrInputs, "15"},
		{"marked", func(d *derive.Derivation) { d.Marking = "tlp:green" }, sets, nil, "14"},
		{"another id", func(d *derive.Derivation) { d.ID = "0" }, sets, derive.ErrInputs, "14"},
		{"other parameters", func(d *derive.Derivation) { d.Params = derive.Params{"times": "2", "unit": "bytes"} }, sets, derive.ErrInputs, "28"},
		{"unknown version", func(d *derive.Derivation) { d.Function = "test.bytes@2" }, sets, derive.ErrUnknown, ""},
		{"without a version", func(d *derive.Derivation) { d.Function = "test.bytes" }, sets, derive.ErrUnknown, ""},
		{"unknown parameter", func(d *derive.Derivation) { d.Params = derive.Params{"x": "1"} }, sets, derive.ErrParam, ""},
		{"refused parameter", func(d *derive.Derivation) { d.Params = derive.Params{"times": "x"} }, sets, derive.ErrParam, ""},
		{"forged result", func(d *derive.Derivation) { d.Result.Value = "15" }, sets, nil, "14"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := sound
			if tt.edit != nil {
				tt.edit(&d)
			}
			got, err := reg.Rerun(d, tt.from)
			if !errors.Is(err, tt.want) || got.Value != tt.value {
				t.Errorf("got %q, %v, want %q, %v", got.Value, err, tt.value, tt.want)
			}
		})
	}
}

func TestBasis(t *testing.T) {
	d, err := registry(t).Derive("test.bytes", nil, sets)
	if err != nil {
		t.Fatal(err)
	}
	if inputs, kinds := d.Basis(); !slices.Equal(inputs, []string{"L-1", "L-2", "C-1"}) || kinds != nil {
		t.Errorf("it names its records: got %q, %q", inputs, kinds)
	}
	d.Result.Records = nil
	if inputs, kinds := d.Basis(); inputs != nil || !slices.Equal(kinds, []string{"letter", "card"}) {
		t.Errorf("it names none: got %q, %q", inputs, kinds)
	}
}

// What is withheld keeps its place and its id, and tells nothing.
func TestWithhold(t *testing.T) {
	d, err := registry(t).Derive("test.bytes", nil, sets)
	if err != nil {
		t.Fatal(err)
	}
	d.Marking = "tlp:amber"
	w := d.Withhold("tlp:amber with caveats")
	if w.ID != d.ID || !w.Result.Equal(derive.Result{}) || w.Marking != "" || w.Withheld != "tlp:amber with caveats" {
		t.Errorf("got %+v", w)
	}
	if d.Print("", "[cover]") != "14" || w.Print("", "[cover]") != "[cover]" || w.Print(derive.Exact, "[cover]") != "[cover]" {
		t.Errorf("printed %q and %q", d.Print("", "[cover]"), w.Print("", "[cover]"))
	}
}

// TestDerivationSurvivesJSON: a bundle's derivation is the desk's.
func TestDerivationSurvivesJSON(t *testing.T) {
	reg := registry(t)
	d, err := reg.Derive("test.bytes", derive.Params{"note": "<&>\u2028"}, sets)
	if err != nil {
		t.Fatal(err)
	}
	b, err := derive.Canonical(d)
	if err != nil {
		t.Fatal(err)
	}
	var back derive.Derivation
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	again, err := reg.Rerun(back, sets)
	if err != nil || !again.Equal(back.Result) || !again.Equal(d.Result) {
		t.Errorf("got %+v, %v", again, err)
	}
	other := d.Result
	other.Note = "x"
	if other.Equal(d.Result) {
		t.Error("two results that differ are equal")
	}
}

func TestCanonicalRefuses(t *testing.T) {
	if _, err := derive.Canonical(func() {}); err == nil || !strings.HasPrefix(err.Error(), "encode func()") {
		t.Errorf("got %v", err)
	}
}

func TestCell(t *testing.T) {
	table := &derive.Table{Columns: []derive.Column{{Key: "a"}, {Key: "b"}}}
	row := derive.Row{Cells: []string{"1"}}
	for key, want := range map[string]string{"a": "1", "b": "", "c": ""} {
		if got := table.Cell(row, key); got != want {
			t.Errorf("%s: got %q, want %q", key, got, want)
		}
	}
}

func Example() {
	letters := derive.NewSet("letter", []derive.Input{{ID: "L-1", Digest: "d1", Bytes: []byte("dear sir")}})
	count := derive.Function{
		Name: "letters.count", Version: 1, About: "counts letters", Reads: []string{"letter"},
		Run: func(c derive.Call) (derive.Result, error) {
			return derive.Result{Value: strconv.Itoa(c.Set("letter").Len())}, nil
		},
	}
	reg, err := derive.NewRegistry(count)
	if err != nil {
		fmt.Println(err)
		return
	}
	d, err := reg.Derive("letters.count", nil, memory{"letter": letters})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.Function, d.Result.Value)

	again, err := reg.Rerun(d, memory{"letter": letters})
	fmt.Println(again.Equal(d.Result), err)
	_, err = reg.Rerun(d, memory{})
	fmt.Println(err)
	// Output:
	// letters.count@1 1
	// true <nil>
	// derivation 0b87d009dcc9d788: inputs differ
}
