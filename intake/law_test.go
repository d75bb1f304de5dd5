package intake

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/intake/internal/stream"
	"pgregory.net/rapid"
)

// packing is how a file is put up: what must make no difference to its rows.
type packing struct {
	newline string
	enc     stream.Codec
	bom     bool
	gzip    bool
	last    bool // the last line has a line end too
}

func drawPacking(t *rapid.T) packing {
	p := packing{
		newline: rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "newline"),
		enc:     rapid.SampledFrom([]stream.Codec{stream.UTF8, stream.UTF8, stream.UTF16LE, stream.UTF16BE, mustCodec("gb18030")}).Draw(t, "encoding"),
		bom:     rapid.Bool().Draw(t, "bom"),
		gzip:    rapid.Bool().Draw(t, "gzip"),
		last:    rapid.Bool().Draw(t, "last"),
	}
	return p
}

// pack returns the bytes of the file and the options it has to be read with.
func (p packing) pack(lines []string) (string, Options) {
	text := strings.Join(lines, p.newline)
	if p.last {
		text += p.newline
	}
	opts := Options{Encoding: p.enc.Name}
	data := p.encode(text)
	if p.bom {
		data, opts.Encoding = p.enc.BOM+data, ""
		if p.enc.BOM == "" {
			opts.Encoding = p.enc.Name
		}
	}
	if p.gzip {
		data = gzipped(data)
	}
	return data, opts
}

func (p packing) encode(text string) string {
	out, err := p.enc.Encode(text)
	if err != nil {
		panic(err)
	}
	return out
}

// anyText draws text of any characters except NUL, the byte order mark, and
// the private use area, which the GB 18030 encoder of the tests maps oddly.
func anyText() *rapid.Generator[string] {
	odd := rapid.SampledFrom([]rune{'"', ',', ';', '\t', '\n', '\r', '\\', ' ', '\u202e', '\ufffd', '한', '🚢', '丹', 'é', '{', ']'})
	r := rapid.OneOf(odd, rapid.Rune().Filter(func(r rune) bool { return r != 0 && r != '\ufeff' && !unicode.Is(unicode.Co, r) }))
	return rapid.Map(rapid.SliceOfN(r, 0, 12), func(r []rune) string { return string(r) })
}

func csvLine(values []string, delim string, quoteAll bool) string {
	out := make([]string, len(values))
	for i, v := range values {
		if quoteAll || v == "" || strings.ContainsAny(v, "\"\r\n"+delim) {
			v = `"` + strings.ReplaceAll(v, `"`, `""`) + `"`
		}
		out[i] = v
	}
	return strings.Join(out, delim)
}

func TestCSVComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPacking(t)
		delim := rapid.SampledFrom([]string{",", ";", "\t"}).Draw(t, "delimiter")
		names := []string{"id", "name", "이름"}[:rapid.IntRange(2, 3).Draw(t, "columns")]
		rows := rapid.SliceOfN(rapid.SliceOfN(anyText(), len(names), len(names)), 0, 8).Draw(t, "rows")
		lines := []string{strings.Join(names, delim)}
		for _, row := range rows {
			lines = append(lines, csvLine(row, delim, rapid.Bool().Draw(t, "quote all")))
		}
		data, opts := p.pack(lines)
		all, receipt := loadAll(t, data, opts)
		if receipt.New != len(rows) || !receipt.Reconciles() || receipt.Bytes != int64(len(data)) {
			t.Fatalf("%d rows in, receipt:\n%s", len(rows), receipt)
		}
		for i, o := range all {
			if diff := cmp.Diff(rows[i], o.Values); diff != "" {
				t.Fatalf("row %d (-want +got):\n%s", i, diff)
			}
			if string(o.Original) != p.encode(lines[i+1]) {
				t.Fatalf("row %d: original %q, want %q", i, o.Original, p.encode(lines[i+1]))
			}
		}
	})
}

func TestJSONComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPacking(t)
		values := rapid.SliceOfN(rapid.MapOfN(anyText(), anyText(), 0, 5), 1, 8).Draw(t, "rows")
		lines := make([]string, len(values))
		for i, v := range values {
			line, _ := json.Marshal(v)
			lines[i] = string(line)
		}
		want := slices.Clone(lines)
		if rapid.Bool().Draw(t, "array") {
			for i := range lines[1:] {
				lines[i] += ","
			}
			lines[0] = "[" + lines[0]
			lines[len(lines)-1] += "]"
		}
		data, opts := p.pack(lines)
		all, receipt := loadAll(t, data, opts)
		if receipt.New != len(values) || !receipt.Reconciles() {
			t.Fatalf("%d rows in, receipt:\n%s", len(values), receipt)
		}
		for i, row := range all {
			if string(row.Object) != want[i] || string(row.Original) != p.encode(want[i]) || row.Line != i+1 {
				t.Fatalf("row %d: line %d: %s, want %s", i, row.Line, row.Object, want[i])
			}
		}
	})
}

// loadAll loads data and returns the rows kept.
func loadAll(t *rapid.T, data string, opts Options) (rows []Row, receipt Receipt) {
	src, err := NewSource("f", strings.NewReader(data), opts)
	if err != nil {
		t.Fatal(err)
	}
	receipt, err = Load(src, Job{}, func(row Row) (Outcome, error) {
		rows = append(rows, row)
		return New, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows, receipt
}

// accountLines checks that every physical line of a UTF-8 file is part of
// exactly one row or refusal, the header or blank, and that originals are the
// bytes that stand there.
func accountLines(t testing.TB, data string, all []outcome, header bool) {
	t.Helper()
	lines := strings.SplitAfter(strings.TrimPrefix(data, "\ufeff"), "\n")
	next, spare := 1, 0
	skip := func(to int) {
		for ; next < to && next <= len(lines); next++ {
			if strings.Trim(lines[next-1], " \t\r\n") != "" {
				spare++
			}
		}
	}
	for _, o := range all {
		line, original, size := o.place()
		if line < next || line > len(lines) {
			t.Fatalf("line %d comes after line %d", line, next-1)
		}
		skip(line)
		rest := strings.Join(lines[line-1:], "")
		if !strings.HasPrefix(rest, string(original)) || size < int64(len(original)) {
			t.Fatalf("line %d: original %q is not what stands there", line, original)
		}
		after := rest[size:]
		if end := strings.TrimPrefix(after, "\r"); end != "" && end[0] != '\n' {
			t.Fatalf("line %d: original %q does not end at a line end", line, original)
		}
		next = line + strings.Count(rest[:size], "\n") + 1
	}
	skip(len(lines) + 1)
	if !header && spare > 0 {
		t.Fatalf("%d lines belong to no row", spare)
	}
}
