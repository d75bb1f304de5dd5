package tag

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/chain"
)

const (
	first   = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"         // of the first block of Bitcoin
	lazarus = "0x098B716B8Aaf21512996dC57EB0615e2383E2f96" // OFAC, 14 April 2022
	tether  = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"         // the contract of Tether on Tron
)

func read(t testing.TB, name, text string, opts Options) File {
	t.Helper()
	f, err := Read(name, strings.NewReader(text), opts)
	if err != nil {
		t.Fatal(err)
	}
	r := f.Receipt
	byReason := 0
	for _, n := range r.ByReason {
		byReason += n
	}
	if r.Read != r.Kept+r.Refused || r.Kept != len(f.Tags) || r.Refused != len(f.Refused) || byReason != r.Refused {
		t.Fatalf("%s does not add up: %+v, %d tags, %d refusals", name, r, len(f.Tags), len(f.Refused))
	}
	return f
}

func address(t testing.TB, id chain.ID, text string) chain.Address {
	t.Helper()
	a, err := chain.Parse(id, text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func refusals(f File) string {
	var out []string
	for _, r := range f.Refused {
		out = append(out, r.Error())
	}
	return strings.Join(out, "\n")
}

// What an entry does not say it has from the pack, in whatever order the file is.
func TestPackInherits(t *testing.T) {
	f := read(t, "p.yaml", `%YAML 1.1
---
title: p
label: of the pack
confidence: service_data
tags: # three

  - address: `+first+`
  # a remark
  - label: own
    address: '`+lazarus+`'
    currency: ETH
    category: ~
    abuse: service_hack
    lastmod: 2023-02-17 11:12:13.000001
    is_cluster_definer: true
    concepts: [exchange, coinjoin]
    context: '{"x": 1}'
    colour: red
  - {address: "`+tether+`", currency: usdt, network: TRX, actor: tether}
category: exchange
source: https://example.org
currency: BTC
lastmod: 2021-01-02
`, Options{})
	origin := func(line int) Origin { return Origin{"p.yaml", f.Receipt.SHA256, line} }
	want := []Tag{
		{
			Chain: "bitcoin", Address: address(t, "bitcoin", first), Label: "of the pack", Categories: Exchange, CategoryAs: "exchange", Confidence: "service_data",
			Asset: "BTC", Source: "https://example.org", Date: "2021-01-02", Origin: origin(8),
		},
		{
			Chain: "ethereum", Address: address(t, "ethereum", lazarus), Label: "own", Categories: Exchange | Mixer | Hack, CategoryAs: "exchange, exchange, coinjoin", Abuse: "service_hack",
			Confidence: "service_data", Asset: "ETH", Source: "https://example.org", Date: "2023-02-17", Cluster: true, Origin: origin(10),
		},
		{
			Chain: "tron", Address: address(t, "tron", tether), Label: "of the pack", Categories: Exchange, CategoryAs: "exchange", Actor: "tether", Confidence: "service_data",
			Asset: "usdt", Source: "https://example.org", Date: "2021-01-02", Origin: origin(20),
		},
	}
	if d := cmp.Diff(want, f.Tags, cmp.Comparer(func(a, b chain.Address) bool { return a == b })); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"colour", "context"}, f.Receipt.NotRead); d != "" {
		t.Error(d)
	}
}

// A broken entry takes none of the others along.
func TestBadEntriesAlone(t *testing.T) {
	good := "- address: " + first + "\n"
	f := read(t, "p.yaml", "currency: BTC\ntags:\n"+good+
		"- address: 'unclosed\n"+good+
		"- [a, list]\n"+good+
		"- address: 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb\n"+
		"- address: "+first+"\n  currency: DOUBLOON\n"+
		"- address: "+first+"\n  lastmod: 2021-02-30\n"+
		"- address: "+first+"\n  confidence: very\n"+
		"- address: "+first+"\n  label: [a, b]\n"+
		"- address: "+first+"\n  label: a\n  label: b\n"+
		"- &a\n  address: "+first+"\n- *a\n"+
		"- address: "+first+"\n  label: *nowhere\n"+
		"- label: none\n"+
		"- address: "+first+"\n  label: "+strings.Repeat("x", maxField+1)+"\n"+
		"- address: "+strings.Repeat("y", maxRow)+"\n"+
		"- address: \"1\\u202e\"\n"+
		"- address: 1a1zp1ep5qgefi2dmptftl5slmv7divfna\n"+
		good, Options{})
	want := []string{
		"p.yaml:4: not YAML: ", "p.yaml:6: not a list of members: no members", `p.yaml:8: address: bad checksum: BTC 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb`,
		"p.yaml:9: currency: chain not known: DOUBLOON", "p.yaml:11: lastmod: not a date: 2021-02-30", "p.yaml:13: confidence: not a known word: very",
		"p.yaml:15: label: not a plain value", "p.yaml:17: not a list of members: label is given twice", "p.yaml:22: not YAML: unknown anchor", "p.yaml:23: not YAML: unknown anchor",
		"p.yaml:25: address: is missing", "p.yaml:26: label: value too long: 4097 bytes", "p.yaml:28: row too long: ", `p.yaml:29: address: wrong character: BTC 1\u202e`,
	}
	got := strings.Split(refusals(f), "\n")
	if len(got) != len(want) {
		t.Fatalf("%d refusals:\n%s", len(got), refusals(f))
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("%s\nwant %s", got[i], want[i])
		}
	}
	// The entry with an anchor is itself whole; of a reference nothing is kept.
	if f.Receipt.Kept != 6 || f.Receipt.LostCase != 1 || f.Tags[5].Origin.Line != 31 {
		t.Errorf("%+v", f.Receipt)
	}
}

func TestWholeFileErrors(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		opts Options
		want error
	}{
		"empty":               {" \n", Options{}, ErrEmpty},
		"array":               {"[]", Options{}, ErrFormat},
		"prose":               {"once upon a time", Options{}, ErrFormat},
		"no tags":             {"title: x\n", Options{}, ErrFormat},
		"tags are no list":    {"tags: 3\n", Options{}, ErrFormat},
		"two documents":       {"tags:\n- address: a\n---\ntags:\n", Options{}, ErrFormat},
		"tags twice":          {"tags:\n- address: a\nlabel: b\ntags:\n- address: c\n", Options{}, ErrFormat},
		"bad head":            {"label: [a\ntags:\n- address: c\n", Options{}, ErrFormat},
		"list in the head":    {"label: [a]\ntags:\n- address: c\n", Options{}, ErrFormat},
		"head twice":          {"label: a\nlabel: b\ntags:\n- address: c\n", Options{}, ErrFormat},
		"bomb":                {"a: &a [x, x]\nb: &b [*a, *a]\ntags:\n- address: c\n", Options{}, ErrFormat},
		"unknown columns":     {"a,b\n1,2\n", Options{}, ErrFormat},
		"a column twice":      {"asset,address,Asset\n", Options{}, ErrFormat},
		"json of no address":  {"{}", Options{}, ErrFormat},
		"json of metadata":    {`{"metadata": {}}`, Options{}, ErrFormat},
		"json that breaks":    {`{"addresses": {`, Options{}, ErrFormat},
		"json of bytes":       {"{\"\xff\": 1}", Options{}, ErrFormat},
		"no chain":            {`{"` + lazarus + `": {"name": "", "labels": []}}`, Options{}, ErrChain},
		"no chain in csv":     {"Address,Name Tag\n", Options{}, ErrChain},
		"unknown chain":       {"tags:\n", Options{Chain: "atlantis"}, ErrChain},
		"too large":           {"tags:\n- address: a\n", Options{MaxBytes: 5}, ErrTooLarge},
		"truncated gzip":      {gzipped("tags:\n- address: a\n")[:20], Options{}, ErrBroken},
		"gzip that explodes":  {gzipped(strings.Repeat("#\n", 1<<20)), Options{MaxBytes: 1 << 20}, ErrTooLarge},
		"rows of a pack":      {"tags:\n" + strings.Repeat("-\n", maxRows+2), Options{}, ErrTooLarge},
		"rows of a table":     {"asset,address\n" + strings.Repeat("a\n", maxRows+1), Options{}, ErrTooLarge},
		"rows of an object":   {`{"addresses": {"a": 1` + strings.Repeat(`,"":1`, maxRows) + "}}", Options{}, ErrTooLarge},
		"gzip with a remnant": {gzipped("tags:\n- address: a\n") + "x", Options{}, ErrBroken},
	} {
		f, err := Read(name, strings.NewReader(c.text), c.opts)
		if !errors.Is(err, c.want) || !strings.HasPrefix(fmt.Sprint(err), name+": ") || f.Tags != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Read("d", strings.NewReader("tags:\n"), Options{Date: "May"}); err == nil {
		t.Error("May is a date")
	}
}

func gzipped(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil || z.Close() != nil {
		panic("gzip")
	}
	return b.String()
}

func TestGzipAndActors(t *testing.T) {
	plain, packed := read(t, "p", "currency: BTC\ntags: [{address: "+first+"}]\n", Options{}), read(t, "p", gzipped("\ufeffcurrency: BTC\ntags: [{address: "+first+"}]\n"), Options{})
	if plain.Receipt.Kept != 1 || packed.Receipt.Kept != 1 || plain.Receipt.SHA256 == packed.Receipt.SHA256 || packed.Receipt.Bytes == 0 {
		t.Errorf("%+v\n%+v", plain.Receipt, packed.Receipt)
	}
	f := read(t, "a", "title: a\nactors:\n- id: binance\n  label: Binance\n", Options{})
	if f.Receipt.Note == "" || f.Receipt.Read != 0 {
		t.Errorf("%+v", f.Receipt)
	}
}

func TestOFAC(t *testing.T) {
	f := read(t, "sdn.json", `{
  "metadata": {"sdnListDate": "08/20/2026", "x": [1]},
  "addresses": {
    "`+strings.ToLower(first)+`": {"type": "x", "entries": [
      {"entity": "LAZARUS GROUP", "program": "DPRK3", "type": "Digital Currency Address - XBT", "uid": "27307", "akas": ["HIDDEN COBRA"]}]},
    "`+strings.ToLower(lazarus)+`": {"entries": [
      {"entity": "A", "program": "P", "type": "Digital Currency Address - ETH", "uid": "1"},
      {"entity": "B", "program": "Q", "type": "Digital Currency Address - USDT", "uid": "2"}]},
    "`+strings.ToLower(tether)+`": {"entries": [{"entity": "C", "type": "Digital Currency Address - USDT"}]},
    "nobody": {"entries": []},
    "odd": {"entries": [{"entity": 7}]},
    "doubloon": {"entries": [{"type": "Digital Currency Address - DBL"}]}
  }
}
`, Options{})
	if f.Receipt.Format != "ofac json" || f.Receipt.Date != "2026-08-20" || f.Receipt.Kept != 4 || f.Receipt.LostCase != 2 || f.Receipt.ByForm != 2 {
		t.Errorf("%+v", f.Receipt)
	}
	if want := "sdn.json:10: entries: is missing: nobody\nsdn.json:11: entries.entity: not of the expected shape: odd\nsdn.json:12: currency: chain not known: DBL"; refusals(f) != want {
		t.Errorf("%s", refusals(f))
	}
	one := f.Tags[0]
	if one.Lost != strings.ToLower(first) || !one.Address.IsZero() || one.Chain != "bitcoin" || one.Label != "LAZARUS GROUP" || one.CategoryAs != "DPRK3" ||
		one.Actor != "OFAC SDN 27307" || one.Categories != Sanctioned || one.Date != "2026-08-20" || one.Confidence != Authority || one.Origin.Line != 4 {
		t.Errorf("%+v", one)
	}
	if f.Tags[2].Address != address(t, "ethereum", lazarus) || !f.Tags[2].ByForm || f.Tags[3].Chain != "tron" || f.Tags[3].Lost == "" {
		t.Errorf("%+v\n%+v", f.Tags[2], f.Tags[3])
	}

	f = read(t, "list.csv", "asset,address\r\nXBT,"+first+"\r\nETH,"+lazarus+",x\r\nETH,\"a\"b\r\nTRX,"+tether+"\r\nUSDC,"+first+"\r\nETH,\xff\r\n", Options{Date: "2024-09-27"})
	if f.Receipt.Kept != 2 || f.Tags[1].Date != "2024-09-27" || f.Tags[1].Origin.Line != 5 {
		t.Errorf("%+v", f.Receipt)
	}
	if want := "list.csv:3: wrong number of fields: 3, the header has 2\nlist.csv:4: not CSV: "; !strings.HasPrefix(refusals(f), want) ||
		!strings.HasSuffix(refusals(f), "list.csv:6: address: of no chain that its asset is known on: USDC "+first+"\nlist.csv:7: not valid UTF-8") {
		t.Error(refusals(f))
	}
	f = read(t, "flat.csv", "address_lowercased,feature_type,entity,program,sdn_uid\n"+strings.ToLower(lazarus)+",Digital Currency Address - ETH,LAZARUS GROUP,DPRK3,27307\n", Options{})
	if f.Receipt.Kept != 1 || f.Tags[0].Address != address(t, "ethereum", lazarus) || f.Tags[0].Actor != "OFAC SDN 27307" {
		t.Errorf("%+v", f.Tags)
	}
}

// JSON that breaks off keeps what stands before, and says so.
func TestBrokenJSON(t *testing.T) {
	whole := `{"` + lazarus + `": {"name": "A", "labels": ["heist"]},` + "\n" + `"genesis": {"name": "", "labels": []}`
	for _, tail := range []string{"", ",", `, "x"`, "}}", "} {}", "]"} {
		f := read(t, "etherscan.json", whole+tail, Options{})
		if f.Receipt.Kept != 1 || f.Receipt.Refused != 1 || !strings.HasPrefix(f.Receipt.Stopped, "line 2: ") {
			t.Errorf("%q: %+v", tail, f.Receipt)
		}
	}
	if f := read(t, "etherscan.json", whole+"}\n ", Options{}); f.Receipt.Stopped != "" {
		t.Errorf("%+v", f.Receipt)
	}
}

func TestExplorerLabels(t *testing.T) {
	text := `{"` + strings.ToLower(lazarus) + `": {"name": " ", "labels": ["heist", "ofac-sanctions-lists"]}, "` + strings.ToLower(lazarus) + `": {"name": "Bridge", "labels": ["new-thing"]}, "x": {"labels": 3}}`
	f := read(t, "data/bscscan_labels.json", text, Options{Date: "2023-10-02"})
	if f.Receipt.Chain != "bsc" || f.Receipt.ChainBy != "by the file's name" || f.Receipt.Kept != 2 || f.Receipt.Refused != 1 {
		t.Errorf("%+v", f.Receipt)
	}
	a, b := f.Tags[0], f.Tags[1]
	if a.Label != "heist, ofac-sanctions-lists" || a.Categories != Hack|Sanctioned || a.Address != address(t, "bsc", lazarus) || a.Date != "2023-10-02" ||
		b.Label != "Bridge" || b.Categories != Other || b.CategoryAs != "new-thing" || b.Confidence != "" {
		t.Errorf("%+v\n%+v", a, b)
	}
	f = read(t, "bridge.csv.gz", ",Address,Name Tag,Balance,Txn Count\n0,"+strings.ToLower(lazarus)+",\"A, B\",\"1,000 ETH\",4\n", Options{Chain: "ethereum"})
	if f.Tags[0].Label != "A, B" || f.Tags[0].Categories != Bridge || f.Receipt.ChainBy != "as told" {
		t.Errorf("%+v", f)
	}
}

func TestAge(t *testing.T) {
	day := time.Date(2026, 11, 22, 23, 59, 0, 0, time.FixedZone("", 9*3600))
	for date, want := range map[string]int{"2026-11-22": 0, "2025-11-22": 365, "2026-11-23": -1} {
		if n, ok := (Tag{Date: date}).Age(day); n != want || !ok {
			t.Errorf("%s: %d", date, n)
		}
	}
	if _, ok := (Tag{}).Age(day); ok {
		t.Error("no date has an age")
	}
}

func TestCategories(t *testing.T) {
	for said, want := range map[string]Category{
		"": 0, "mixing_service": Mixer, "Tornado-Cash": Mixer, "exchange, sanction": Exchange | Sanctioned, "dex": Decentral, "wormhole": Bridge, "black_list": Frozen, "blocked": Other, "hop-protocol, old-contract": Bridge, "huobi": Exchange, "unheard-of": Other, "unheard-of, mining": Miner,
	} {
		if got := Categorise(strings.Split(said, ", ")...); got != want {
			t.Errorf("%q: %s, want %s", said, got, want)
		}
	}
	if c := Exchange | Sanctioned; !c.Has(Exchange) || c.Has(Exchange|Mixer) || c.String() != "sanctioned, exchange" {
		t.Error(c.String())
	}
	if n, ok := Confidence("forensic").Level(); n != 50 || !ok {
		t.Error(n)
	}
	if Other != 1<<(len(words)-1) {
		t.Error("a kind has no word, or a word no kind")
	}
	var c Category
	if err := c.UnmarshalJSON([]byte(`["exchange","nothing"]`)); err == nil {
		t.Error("nothing is a kind")
	}
}

func TestExampleFile(t *testing.T) {
	text, err := os.ReadFile("testdata/example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	f := read(t, "example.yaml", string(text), Options{})
	if f.Receipt.Kept != 3 || f.Receipt.Refused != 0 || f.Tags[0].Categories != Hack|Sanctioned {
		t.Errorf("%+v", f)
	}
}

func FuzzRead(f *testing.F) {
	example, err := os.ReadFile("testdata/example.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range []string{
		string(example), gzipped(string(example)), "tags:\n  - address: " + first + "\n   -\n", "tags: [{address: 1}]", "currency: BTC\ntags:\n- address: |\n   1\n  2\n-",
		"asset,address\nXBT," + first + "\n\"", "Address,Name Tag\n" + lazarus + ",x\n",
		`{"metadata":{"sdnListDate":"08/20/2026"},"addresses":{"` + lazarus + `":{"entries":[{"type":"Digital Currency Address - ETH"}]}}}`,
		`{"` + lazarus + `":{"name":"x","labels":["y"]}}`, `{"addresses":{"a":1},"b":{}}`, "---\ntags:\n-\n...\n", "tags: &a\n- *a\n", "'tags' :\n- {}\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := Read("fuzz", bytes.NewReader(text), Options{Chain: "ethereum", MaxBytes: 1 << 20})
		if err != nil {
			return
		}
		r := file.Receipt
		if r.Read != r.Kept+r.Refused || r.Kept != len(file.Tags) || r.Refused != len(file.Refused) {
			t.Fatalf("does not add up: %+v", r)
		}
		lines := bytes.Count(file.text(text), []byte("\n")) + 1
		for _, tag := range file.Tags {
			if tag.Lost == "" == tag.Address.IsZero() || tag.Origin.Line < 1 || tag.Origin.Line > lines {
				t.Fatalf("%+v of %d lines", tag, lines)
			}
		}
		set := NewSet(file)
		written, sum, err := set.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ReadSet(bytes.NewReader(written))
		if err != nil {
			t.Fatal(err)
		}
		if digest, err := again.Digest(); err != nil || digest != sum {
			t.Fatalf("came back otherwise: %v", err)
		}
	})
}

// text is a file's text as it was read, for counting its lines.
func (f File) text(received []byte) []byte {
	in := &reading{opts: Options{MaxBytes: 1 << 20}}
	if in.slurp(bytes.NewReader(received)) != nil {
		return nil
	}
	return in.text
}
