package thefts

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"github.com/turtlebay/turtlebay/trace/attribution"
	"github.com/turtlebay/turtlebay/trace/follow"
)

const (
	one = "0x0000000000000000000000000000000000000001"
	two = "0x0000000000000000000000000000000000000002"
)

// who is the address whose last byte is n.
func who(n byte) ledger.Address { return ledger.Address(append(make([]byte, 19), n)) }

func read(t *testing.T, text string, o Options) *File {
	t.Helper()
	f, err := Read("q.yaml", strings.NewReader(text), o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestExample(t *testing.T) {
	f := read(t, string(Example()), Options{})
	native := ledger.Asset("")
	tx := func(digit string) string { return strings.Repeat(string(rune(0x11*(digit[0]-'0'))), 32) }
	want := &File{
		Name: "q.yaml",
		Thefts: []Theft{
			{ID: "T1", Title: "The bridge of Exercise Bay", Incident: "INC-2026-001", Chain: chain.Ethereum, Line: 4, Marks: []Mark{
				{Mark: follow.Mark{Chain: chain.Ethereum, Tx: tx("1"), Kind: ledger.Payment}, Line: 9},
				{Mark: follow.Mark{Chain: chain.Ethereum, Tx: tx("2"), Kind: ledger.Payment, Index: 16777219}, Line: 10},
			}},
			{ID: "T2", Title: "The exchange of Exercise Bay", Chain: chain.Bitcoin, Line: 11, Since: 1772323200, Until: 1772582399, Asset: &native, From: []Source{{Line: 15}}},
		},
		Services: []attribution.Entry{{Chain: chain.Ethereum, Class: follow.Bridge, Name: "Exercise Bridge", Source: "its documentation", Date: "2026-01-05", Confidence: follow.Judgement, Place: "q.yaml:23"}},
		Links: []follow.Link{{
			ID: "L1", Kind: follow.Bridge, Confidence: follow.Decoded, Method: "event id", Out: follow.Mark{Chain: chain.Ethereum, Tx: tx("3"), Kind: ledger.Payment}, In: follow.Mark{Chain: chain.Bitcoin, Tx: tx("4"), Kind: ledger.Output, Index: 1},
		}},
		Rules: follow.Rules{Policies: accounting.Policies(), Dust: []follow.Floor{{Chain: chain.Ethereum, Least: chain.Units64(1e15)}}, Until: 1782863999, Hub: 1000, Deposits: true},
	}
	opts := []cmp.Option{cmpopts.IgnoreFields(Theft{}, "field"), cmpopts.IgnoreFields(Mark{}, "field"), cmpopts.IgnoreFields(Source{}, "field", "Address"), cmpopts.IgnoreFields(attribution.Entry{}, "Address"), cmp.AllowUnexported(chain.Amount{})}
	if diff := cmp.Diff(want, f, opts...); diff != "" {
		t.Error(diff)
	}
	Example()[0] = 'x'
	if Example()[0] != '#' {
		t.Error("the example can be changed")
	}
	if q := f.Question([]follow.Theft{{ID: "T1"}}, nil); len(q.Links) != 1 || q.Rules.Hub != 1000 || q.Thefts[0].ID != "T1" {
		t.Errorf("%+v", q)
	}
}

func TestForms(t *testing.T) {
	const want = "T1 ethereum 2"
	for _, text := range []string{
		"id: T1\nchain: ethereum\nfrom: ['" + one + "', '" + two + "']\n",
		"{\n\t\"id\": \"T1\",\n\t\"chain\": \"ethereum\",\n\t\"from\": [\"" + one + "\",\n\t\t\"" + two + "\"]\n}\n",
		"thefts: [{id: T1, from: ['" + one + "', '" + two + "']}]",
		"\ufeff" + one + "\r\n# a comment\n\n" + two,
		"  \n" + one + "\n" + two + "\n",
	} {
		f := read(t, text, Options{Chain: chain.Ethereum})
		if got := f.Thefts[0]; got.ID+" "+string(got.Chain) != "T1 ethereum" || len(got.From) != 2 || got.From[0].Address != who(1) {
			t.Errorf("%q: %+v, want %s", text, got, want)
		}
	}
	// The chain of a plain list is what its addresses can be alone.
	if f := read(t, "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq\n", Options{}); f.Thefts[0].Chain != chain.Bitcoin {
		t.Error(f.Thefts[0])
	}
}

func TestRefusals(t *testing.T) {
	const theft = "id: T1\nchain: ethereum\nfrom: ['" + one + "']\n"
	const link = "links:\n- {id: L, kind: swap, out: {chain: tron, tx: aa}, in: {chain: tron, tx: bb}"
	for text, want := range map[string]string{
		"id: T1\n":                                 "q.yaml:1: chain: is missing",
		"id: T1\nchain: ethereum\n":                "q.yaml:1: marks: there are neither marks nor from",
		"chain: ethereum\nfrom: []\n":              "q.yaml:1: id: is missing",
		"id: T1\nchain: ether\n":                   `q.yaml:2: chain: "ether" is no chain`,
		"id: T1\nfro: []\nchain: tron\n":           "q.yaml:2: fro: unknown field",
		"id: T1\nid: T2\nchain: tron\n":            "q.yaml:2: id: is there twice",
		"thefts: []\n":                             "q.yaml:1: thefts: is empty",
		"thefts: {}\n":                             "q.yaml:1: thefts: is no list",
		"thefts:\n- 7\n":                           "q.yaml:2: thefts[0]: is no mapping",
		"[1, 2]":                                   "q.yaml:1: is no mapping",
		"id: &a T1\nchain: *a\n":                   "q.yaml:1: id: references are not read",
		theft + "until: soon\n":                    `q.yaml:4: until: "soon" is no time: `,
		theft + "since: 5\nuntil: 4\n":             "q.yaml:1: until: is before since",
		theft + "asset: '" + one + "0'\n":          "q.yaml:4: asset: ",
		theft + "marks: [{index: 1}]\n":            "q.yaml:4: marks[0].tx: is missing",
		theft + "marks: [{tx: aa, index: -1}]\n":   `q.yaml:4: marks[0].index: "-1" is no whole number below 2^32`,
		theft + "marks: [{tx: aa, kind: input}]\n": `q.yaml:4: marks[0].kind: "input" is neither "output" nor "payment"`,
		theft + "marks: [{tx: [1]}]\n":             "q.yaml:4: marks[0].tx: is no plain value",
		"id: T1\nchain: ethereum\nfrom:\n- '" + one + "'\n- 0x12\n- {}\n":                                  "q.yaml:5: from[1]: ",
		"thefts:\n- {id: T, chain: tron, from: [raw:00]}\n- {id: T, chain: tron, from: [raw:00]}\n":        `q.yaml:3: thefts[1].id: there are two thefts "T"`,
		theft + "policies: [fifo, lilo]\n":                                                                 `q.yaml:4: policies[1]: "lilo" is none of `,
		theft + "policies: [fifo, fifo]\n":                                                                 `q.yaml:4: policies[1]: "fifo" is none of `,
		theft + "bounds: maybe\n":                                                                          `q.yaml:4: bounds: "maybe" is neither true nor false`,
		theft + "hub: -3\n":                                                                                `q.yaml:4: hub: "-3" is no whole number up to 2147483647`,
		theft + "dust: [{chain: tron, least: 1.5}]\n":                                                      "q.yaml:4: dust[0].least: ",
		theft + "dust: [{chain: tron, least: 1}, {chain: tron, least: 2}]\n":                               "q.yaml:4: dust[1]: the asset has two floors",
		theft + "services: [{chain: tron, address: raw:00, class: shop, name: n, source: s}]\n":            `q.yaml:4: services[0].class: "shop" is none of `,
		theft + "services: [{chain: tron, address: raw:00, class: swap, source: s}]\n":                     "q.yaml:4: services[0].name: is missing",
		theft + "services: [{chain: tron, address: raw:00, class: swap, name: n, source: s, date: May}]\n": `q.yaml:4: services[0].date: "May" is no day`,
		theft + link + ", confidence: heuristic}\n":                                                        "q.yaml:5: links[0].error: a heuristic says how often it is wrong",
		theft + link + ", confidence: sure}\n":                                                             `q.yaml:5: links[0].confidence: "sure" is none of `,
		theft + link + "}\n- {id: M, kind: mixer}\n":                                                       `q.yaml:6: links[1].kind: "mixer" is none of `,
		theft + link + "}\n- {id: M, kind: swap}\n":                                                        "q.yaml:6: links[1].out: is missing",
		theft + link + "}\n- {id: M, kind: swap, out: {chain: tron, tx: aa}, in: {chain: tron, tx: cc}}\n": `q.yaml:6: links[1]: shares its id or a row with another link`,
		theft + "links: [{id: L, kind: swap, out: {chain: tron, tx: aa}, in: {chain: tron, tx: aa}}]\n":    "q.yaml:4: links[0].in: is the row that paid",
		"\x00hello\n": `q.yaml:1: address: "\x00hello" is an address of no chain`,
		one + "\n":    "q.yaml:1: chain: is not named, and the address is one of ",
		"bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq\nbc1qar0\n": "q.yaml:2: address: ",
	} {
		_, err := Read("q.yaml", strings.NewReader(text), Options{})
		var refusal *Refusal
		if !errors.As(err, &refusal) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q:\n%v, want\n%s", text, err, want)
		}
	}
	for text, want := range map[string]error{"": ErrEmpty, "#\n": ErrEmpty, "id: [": ErrFormat, "\xff": ErrFormat, "id: T\n---\nid: T\n": ErrFormat, "a: b\n" + strings.Repeat(" ", MaxBytes): ErrTooLarge} {
		if _, err := Read("q.yaml", strings.NewReader(text), Options{}); !errors.Is(err, want) {
			t.Errorf("%.20q: %v, want %v", text, err, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(Example())
	for _, seed := range []string{one + "\n" + two, "{\"id\":\"T\",\"chain\":\"tron\",\"from\":[\"raw:00\"]}", "id: T\nchain: bitcoin\nmarks: [{tx: aa}]\nlinks: [{}]\n", "a: &a [*a, *a]\n", "[[[[[[", "? {a: b}\n: c", "thefts:\n- {id: T, chain: tron, from: [raw:00], until: 9223372036854775807}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := Read("f", bytes.NewReader(b), Options{Chain: chain.Ethereum})
		if err != nil {
			if strings.ContainsAny(err.Error(), "\x00\x1b\u202e") {
				t.Fatalf("control characters in %q", err)
			}
			return
		}
		if len(file.Thefts) == 0 {
			t.Fatal("no theft")
		}
		for _, x := range file.Thefts {
			if x.ID == "" || x.Chain == "" || len(x.From)+len(x.Marks) == 0 {
				t.Fatalf("%+v", x)
			}
		}
	})
}
