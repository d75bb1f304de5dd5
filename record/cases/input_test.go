package cases

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/record"
	"pgregory.net/rapid"
)

// read is every case of an input: its line and its text, or what is wrong with it.
func read(r io.Reader) (out []string, err error) {
	in, err := Open("in", bufio.NewReader(r), intake.Options{})
	if err != nil {
		return nil, err
	}
	defer in.Close()
	var b Batch
	for {
		if err := in.Read(&b); err == io.EOF {
			return out, nil
		} else if err != nil {
			return out, err
		}
		if b.Len() == 0 {
			return out, errors.New("a batch without cases")
		}
		for line, text := range b.All() {
			if text.Err != nil {
				out = append(out, "refused "+text.Err.Error())
			} else {
				out = append(out, fmt.Sprintf("%d %s", line, bytes.TrimSpace(text.JSON)))
			}
		}
	}
}

func zip(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, s)
	_ = w.Close()
	return b.String()
}

func TestForms(t *testing.T) {
	long := strings.Repeat("x", maxLine+1)
	for _, tt := range []struct {
		in   string
		want []string
	}{
		{"{\"a\":1}\n{\"a\":2}\n", []string{`1 {"a":1}`, `2 {"a":2}`}},
		{"\ufeff\n{\"a\":1}\r\n\n {\"a\":2}", []string{`2 {"a":1}`, `4 {"a":2}`}},
		{"\ufeff{\"a\":1}", []string{`1 {"a":1}`}},
		{"{\"a\":1}\nnonsense\n", []string{`1 {"a":1}`, `2 nonsense`}},
		{"[{\"a\":1},\n{\"a\":2}]", []string{`1 {"a":1}`, `2 {"a":2}`}},
		{"[]", nil},
		{"[{\"a\":1} {\"a\":2}]", []string{`1 {"a":1}`, "refused in:1: comma missing before the element"}},
		{"[{\"a\":1}", []string{`1 {"a":1}`, "refused in:1: the array is not closed"}},
		{"{\n \"a\": 1\n}\n", []string{"1 {\n \"a\": 1\n}"}},
		{"\ufeff{\n \"a\": 1}", []string{"1 {\n \"a\": 1}"}},
		{"{\"a\":1}\n" + long + "\n{\"a\":2}\n", []string{`1 {"a":1}`, "refused in:2: row too long: over 1048576 bytes", `3 {"a":2}`}},
		{"{\"a\":1}\n" + long + long, []string{`1 {"a":1}`, "refused in:2: row too long: over 1048576 bytes"}},
	} {
		for _, r := range []io.Reader{
			strings.NewReader(tt.in), strings.NewReader(zip(tt.in)),
			iotest.DataErrReader(strings.NewReader(tt.in)), iotest.HalfReader(strings.NewReader(tt.in)),
		} {
			if got, err := read(r); err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("%.60q: got %.200q, %v, want %.200q", tt.in, got, err, tt.want)
			}
		}
	}
}

func TestInputsThatAreNone(t *testing.T) {
	for _, tt := range []struct {
		in   io.Reader
		want error
	}{
		{strings.NewReader(""), intake.ErrEmpty},
		{strings.NewReader(" \n\n"), intake.ErrEmpty},
		{strings.NewReader("id,date\n"), intake.ErrFormat},
		{strings.NewReader("\x1f\x8bnot gzip at all"), intake.ErrFormat},
		{strings.NewReader(zip("a,b\n")), intake.ErrFormat},
		{iotest.ErrReader(io.ErrUnexpectedEOF), intake.ErrBroken},
		{strings.NewReader(zip(strings.Repeat("{\"a\":1}\n", 10))[:30]), intake.ErrBroken},
		{io.MultiReader(strings.NewReader("{\"a\":1}\n{"), iotest.ErrReader(errors.New("pulled out"))), intake.ErrBroken},
		{io.MultiReader(strings.NewReader("[{\"a\":1},"), iotest.ErrReader(errors.New("pulled out"))), intake.ErrBroken},
	} {
		if got, err := read(tt.in); !errors.Is(err, tt.want) {
			t.Errorf("got %q, %v, want %v", got, err, tt.want)
		}
	}
}

// A small gzipped input that would fill a disk.
func TestInflationIsBounded(t *testing.T) {
	bomb := zip(strings.Repeat("{\"a\":1}"+strings.Repeat(" ", 4000)+"\n", 2000))
	z, err := inflate(strings.NewReader(bomb))
	if err != nil || z.floor != ratioFloor {
		t.Fatalf("%+v, %v", z, err)
	}
	z.floor = 1 << 20
	in := &Input{name: "bomb", text: z, line: 1, stop: func() {}}
	var batch Batch
	cases := 0
	for err == nil {
		err = in.Read(&batch)
		cases += batch.Len()
	}
	if !errors.Is(err, intake.ErrTooLarge) || cases == 0 || cases > 500 {
		t.Errorf("%d cases, %v", cases, err)
	}
}

// However the bytes arrive, the cases are the lines.
func TestLinesAreFoundWhereverReadsEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.StringMatching(`\{[a-z"é ]{0,40}\}?`), 1, 40).Draw(t, "lines")
		text := "{}\n" + strings.Join(lines, "\n")
		var want []string
		for i, l := range strings.Split(text, "\n") {
			want = append(want, strings.TrimSpace(fmt.Sprintf("%d %s", i+1, strings.TrimSpace(l))))
		}
		var parts []io.Reader
		for rest := text; rest != ""; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "read")
			parts = append(parts, strings.NewReader(rest[:n]))
			rest = rest[n:]
		}
		got, err := read(io.MultiReader(parts...))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("got %q, %v, want %q", got, err, want)
		}
	})
}

// Reading on takes no more memory.
func TestBatchesAreUsedAgain(t *testing.T) {
	in, err := Open("in", bufio.NewReader(strings.NewReader(strings.Repeat(coal+"\n", 50_000))), intake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b Batch
	if err := in.Read(&b); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(50, func() { _ = in.Read(&b) }); n > 1 {
		t.Errorf("%v allocations a batch", n)
	}
}

func FuzzInput(f *testing.F) {
	for _, s := range []string{coal + "\n" + coal, "[" + coal + "]", "{\n\"a\":1}", "[1,{]", zip("[{}]"), "\ufeff[]"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		one, err := read(bytes.NewReader(b))
		two, again := read(iotest.OneByteReader(bytes.NewReader(b)))
		if !reflect.DeepEqual(one, two) || (err == nil) != (again == nil) {
			t.Errorf("%q, %v at once and %q, %v byte by byte", one, err, two, again)
		}
	})
}

func TestDecisions(t *testing.T) {
	const approval = `{"id":"a","observation":{"type": "committee_approval","number":"17","about":["x"]}}`
	lines := []string{
		coal, approval, `{"id":"n","observation":{"date":"2018-01-01","type":"committee_notice","measure":"kp-2397-5"}}`,
		`{"id":"r","observation":{"type":"state_reply","from":"XA","outcome":"replied","ref":7}}`, `{"observation":{"type":"state_reply"}}`, "nonsense",
	}
	var said []string
	find := func(text string, most int, strictly bool) (string, error) {
		in, err := Open("in", bufio.NewReader(strings.NewReader(text)), intake.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		said = nil
		rs, err := in.Decisions(most, strictly, func(line int, id string, f record.Fault) { said = append(said, fmt.Sprintln(line, id, f)) })
		ids := ""
		for _, r := range rs {
			ids += r.ID
		}
		return ids, err
	}
	for _, text := range []string{strings.Join(lines, "\n"), "[" + strings.Join(lines[:5], ",\n") + "]"} {
		if ids, err := find(text, 10, false); ids != "anr" || err != nil || len(said) != 1 || !strings.Contains(said[0], "observation.ref ignored, not a field of a state_reply") {
			t.Errorf("got %q, %v, said %q", ids, err, said)
		}
		if _, err := find(text, 10, true); err == nil || !strings.HasPrefix(err.Error(), "in:5: 5th case: id: is missing") {
			t.Errorf("got %v", err)
		}
		if ids, err := find(text, 1, false); len(ids) != 2 || err != nil {
			t.Errorf("of most 1: %q, %v", ids, err)
		}
	}
	if mayHold([]byte(`{"committee_approval": false,"committee_approval"  :null}`)) || !mayHold([]byte(`{"committee_approval": false,"type":"committee_approval"}`)) {
		t.Error("a name of a fact is not told from that of a kind")
	}
}

// A case that cannot be read is named, with its place among the others.
func TestRefused(t *testing.T) {
	const sound = `{"id":"a","observation":{"type":"shipment"}}`
	for _, tt := range []struct {
		in    string
		want  []string
		sound bool
	}{
		{sound + "\n\n{\"id\":\"s07\",\"observation\":{\"type\":\"shipment\",\"hs\":\"270\"}}", []string{`in:3: case s07 (2nd): hs: is "270": an odd number of digits; a leading zero may have been lost`}, true},
		{sound + "\n{\"id\":\"s07\",\"observation\":{\"ty", []string{"in:2: case s07 (2nd): is not JSON: unexpected end of JSON input (at byte 30)"}, false},
		{sound + "\n{\"id\":7,\"observation\":{\"type\":\"shipment\"}}", []string{"in:2: 2nd case: id: is the number 7, want text in quotation marks: a number loses its leading zeros"}, true},
		{"[" + sound + ", 7, " + sound + "]", []string{"in:1: 2nd case: not a JSON object"}, true},
		{"[" + sound + `,{"id":"b","id":"c"}]`, []string{`in:1: case b (2nd): id: key given twice`}, true},
		{"[" + sound + `,{"id":"b\u202e` + strings.Repeat("x", 300) + `","observation":{}}]`, []string{`in:1: case b\u202e` + strings.Repeat("x", 116) + "… (2nd): type: is missing"}, true},
		{"[" + sound + " " + sound + "]", []string{"in:1: case a (2nd): comma missing before the element"}, false},
		{"[" + sound + ",]", []string{"in:1: comma without an element"}, false},
		{"[" + sound, []string{"in:1: the array is not closed"}, false},
		{"[" + sound + "] 5", []string{"in:1: text after the end of the array"}, false},
		{"[" + sound + ",\n{\"id\":\"b\", ]", []string{"in:2: case b (2nd): element does not end", "in:2: the array is not closed"}, false},
		{"[" + sound + `,{"id":"b","long":"` + strings.Repeat("x", maxLine+1) + `"}]`, []string{"in:1: case b (2nd): row too long: over 1048576 bytes"}, true},
		{sound + "\n" + strings.Repeat("x", maxLine+1), []string{"in:2: 2nd case: row too long: over 1048576 bytes"}, true},
	} {
		in, err := Open("in", bufio.NewReader(strings.NewReader(tt.in)), intake.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		sound := true
		d := NewDecoder()
		for b := new(Batch); in.Read(b) == nil; {
			for line, text := range b.All() {
				err := text.Err
				if err == nil {
					_, _, err = d.Read(text.JSON)
				}
				if err != nil {
					r := in.Refused(line, text, err)
					got, sound = append(got, r.Error()), sound && r.Sound
					if !errors.Is(r, err) {
						t.Errorf("%v does not hold %v", r, err)
					}
				}
			}
		}
		in.Close()
		if !reflect.DeepEqual(got, tt.want) || sound != tt.sound {
			t.Errorf("%.100q:\ngot  %q, sound: %t\nwant %q, sound: %t", tt.in, got, sound, tt.want, tt.sound)
		}
	}
	for n, want := range map[int]string{1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 11: "11th", 12: "12th", 13: "13th", 20: "20th", 21: "21st", 111: "111th", 1002: "1002nd"} {
		if got := ordinal(n); got != want {
			t.Errorf("%d is %q", n, got)
		}
	}
}
