package attribution

import (
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/chain/tag"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
)

const lazarus = "0x098B716B8Aaf21512996dC57EB0615e2383E2f96"

func address(t testing.TB, text string) ledger.Address {
	t.Helper()
	a, err := chain.Parse(chain.Ethereum, text)
	if err != nil {
		t.Fatal(err)
	}
	return ledger.AddressOf(a)
}

func read(t testing.TB, name, text string) tag.File {
	t.Helper()
	f, err := tag.Read(name, strings.NewReader(text), tag.Options{})
	if err != nil || f.Receipt.Refused > 0 {
		t.Fatal(f.Refused, err)
	}
	return f
}

const packHead = "title: t\ncreator: c\ncurrency: ETH\nsource: https://example.org/list\nlastmod: 2024-05-06\ntags:\n"

func pack(entries ...string) string {
	text := packHead
	for _, e := range entries {
		text += "- {address: '" + lazarus + "', " + e + "}\n"
	}
	return text
}

func TestClassAndGrade(t *testing.T) {
	for entry, want := range map[string]follow.Service{
		"label: A, category: exchange, confidence: service_api":               {Class: follow.Exchange, Confidence: follow.Heuristic},
		"label: A, category: exchange, confidence: web_crawl":                 {Class: follow.Exchange, Confidence: follow.Judgement},
		"label: A, category: exchange":                                        {Class: follow.Exchange, Confidence: follow.Judgement},
		"label: A, category: exchange, confidence: ledger_immanent":           {Class: follow.Exchange, Confidence: follow.Decoded},
		"label: A, category: mixing_service, abuse: sanction":                 {Class: follow.Mixer, Confidence: follow.Judgement},
		"label: A, category: exchange, concepts: [exchange, mixing_service]":  {Class: follow.Mixer, Confidence: follow.Judgement},
		"label: A, category: defi_dex":                                        {Class: follow.Swap, Confidence: follow.Judgement},
		"label: A, category: defi_bridge":                                     {Class: follow.Bridge, Confidence: follow.Judgement},
		"label: A, category: gambling, confidence: authority_data":            {Class: follow.Other, Confidence: follow.Heuristic},
		"label: A, category: market, confidence: unknown":                     {Class: follow.Other, Confidence: follow.Judgement},
		"label: A, category: hosted_wallet":                                   {Class: follow.Other, Confidence: follow.Judgement},
		"label: A, category: miner":                                           {},
		"label: A, category: user":                                            {},
		"label: A, category: organization":                                    {},
		"label: A, abuse: service_hack":                                       {},
		"label: A, category: exchange, abuse: service_hack":                   {},
		"label: A, abuse: sanction, confidence: authority_data":               {},
		"label: A, category: something else":                                  {},
		"label: A, category: ransomware":                                      {},
		"label: A, confidence: ownership":                                     {},
		"label: A, category: service, confidence: forensic, abuse: extortion": {Class: follow.Other, Confidence: follow.Heuristic},
	} {
		s := New(tag.NewSet(read(t, "p.yaml", pack(entry))), nil)
		got, ok := s.Service(chain.Ethereum, address(t, lazarus))
		if ok != (want.Class != "") {
			t.Errorf("%s: %v", entry, got)
			continue
		}
		if ok {
			want.Name, want.Source, want.Date = "A", "https://example.org/list (p.yaml:7)", "2024-05-06"
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", entry, diff)
		}
	}
}

// The best confidence wins, and all others are said, whatever order they stand in.
func TestContradictions(t *testing.T) {
	entries := []string{
		"label: Zeta, category: exchange, confidence: web_crawl, lastmod: 2026-01-01",
		"label: Robber, abuse: service_hack, confidence: ownership",
		"label: Beta, category: mixing_service, confidence: forensic, lastmod: 2020-01-01",
		"label: Alpha, category: exchange, confidence: forensic, lastmod: 2023-01-01",
		"label: \"Al\\u202epha\", category: gambling, confidence: forensic, lastmod: 2023-01-01",
	}
	var first follow.Service
	for i := range entries {
		var files []tag.File
		for j := range entries {
			k := (i + j) % len(entries)
			files = append(files, read(t, string(rune('a'+k))+".yaml", pack(entries[k])))
		}
		got, ok := New(tag.NewSet(files...), nil).Service(chain.Ethereum, address(t, lazarus))
		if i == 0 {
			first = got
		}
		if !ok || got != first {
			t.Errorf("order matters: %v and %v", got, first)
		}
	}
	want := follow.Service{
		Class: follow.Exchange, Name: "Alpha", Confidence: follow.Heuristic, Source: "https://example.org/list (d.yaml:7)", Date: "2023-01-01",
		Note: `also said: "Al\u202epha" (gambling, forensic, 2023-01-01, e.yaml:7); "Beta" (mixer, forensic, 2020-01-01, c.yaml:7); ` +
			`"Zeta" (exchange, web_crawl, 2026-01-01, a.yaml:7); "Robber" (hack, ownership, 2024-05-06, b.yaml:7)`,
	}
	if diff := cmp.Diff(want, first); diff != "" {
		t.Error(diff)
	}
	var many []string
	for range 12 {
		many = append(many, "label: A, category: exchange")
	}
	got, _ := New(tag.NewSet(read(t, "p.yaml", pack(many...))), nil).Service(chain.Ethereum, address(t, lazarus))
	if !strings.HasSuffix(got.Note, "; and 3 more") {
		t.Error(got.Note)
	}
}

func TestListBeatsTags(t *testing.T) {
	const other = "0x0000000000000000000000000000000000000001"
	list, receipt, err := ReadList("l.csv", strings.NewReader("chain,address,class,name,source,date,confidence,note\n"+
		"ethereum,"+lazarus+",deposit,Mine,letter of 3 May,2026-05-03,,asked\n"+
		"ethereum,"+lazarus+",bridge,Yours,somebody,,human judgement,\n"+
		"ethereum,"+other+",swap,S,me,,decoded protocol,\n"))
	if err != nil || receipt.Kept != 3 {
		t.Fatal(receipt, err)
	}
	set := tag.NewSet(read(t, "p.yaml", pack("label: A, category: mixing_service, confidence: ownership")))
	s := New(set, list)
	got, ok := s.Service(chain.Ethereum, address(t, lazarus))
	want := follow.Service{
		Class: follow.Deposit, Name: "Mine", Confidence: follow.Judgement, Source: "letter of 3 May (l.csv:2)", Date: "2026-05-03",
		Note: `asked; also said: "Yours" (bridge, somebody (l.csv:3)); "A" (mixer, ownership, 2024-05-06, p.yaml:7)`,
	}
	if diff := cmp.Diff(want, got); diff != "" || !ok {
		t.Error(diff)
	}
	if diff := cmp.Diff([]ledger.Frontier{{Chain: chain.Ethereum, Addresses: []ledger.Address{address(t, other), address(t, lazarus)}}}, s.Addresses(follow.Swap, follow.Deposit)); diff != "" || s.Len() != 2 {
		t.Error(diff, s.Len())
	}
	if s.Addresses(follow.Mixer) != nil {
		t.Error("the tag of an address on the list")
	}
	list[0].Class, list[0].Confidence = None, follow.Fact
	if got, ok := New(set, list[:2]).Service(chain.Ethereum, address(t, lazarus)); ok {
		t.Errorf("an address of which the list says that it is none: %v", got)
	}
	// Another chain is another address; without tags and list nobody is known.
	for _, s := range []*Services{s, New(nil, nil)} {
		if _, ok := s.Service(chain.BSC, address(t, lazarus)); ok {
			t.Error("a service on another chain")
		}
	}
}

func TestReadList(t *testing.T) {
	_, receipt, err := ReadList("l.csv", strings.NewReader("chain,address,class,name,source,date,confidence\n"+
		"ethereum,"+strings.Replace(lazarus, "B8A", "b8A", 1)+",swap,n,s,,\nethereum,"+lazarus+",shop,n,s,,\nethereum,"+lazarus+",swap,n,s,3 May,\nethereum,"+lazarus+",swap,n,s,,sure\nethereum,"+lazarus+",swap,,s,,\n"))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"l.csv:2: address: ", `l.csv:3: class: "shop" is none of exchange, `, `l.csv:4: date: "3 May" is no day`, `l.csv:5: confidence: "sure" is none of ledger fact, `, "l.csv:6: name: is missing"} {
		if got := receipt.Named[i].Error(); !strings.HasPrefix(got, want) {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if _, _, err := ReadList("l.csv", strings.NewReader("chain,address\n")); !errors.Is(err, ErrColumn) {
		t.Error(err)
	}
}

func FuzzReadList(f *testing.F) {
	f.Add("chain,address,class,name,source\nethereum," + lazarus + ",swap,n,s\n")
	f.Add("- {chain: tron, address: raw:00, class: none, name: n, source: s, note: x}\n")
	f.Add(`{"chain":"bitcoin","address":"raw:zz"}`)
	f.Fuzz(func(t *testing.T, text string) {
		list, receipt, err := ReadList("f", strings.NewReader(text))
		if err == nil && receipt.Read != receipt.Kept+receipt.Refused || len(list) != receipt.Kept {
			t.Fatal(receipt)
		}
		s := New(nil, list)
		for _, e := range list {
			got, ok := s.Service(e.Chain, e.Address)
			if ok && !slices.Contains(words, got.Class) || ok == (got.Class == "") {
				t.Fatal(e, got)
			}
		}
	})
}

// Real tag packs and labels: every address of which a tag says a service is one, and
// nobody else.
func TestSharedTags(t *testing.T) {
	root := os.Getenv("SHARED")
	if root == "" {
		t.Skip("SHARED does not name the folder of real files")
	}
	var files []tag.File
	for _, name := range []string{"tagpacks/packs/lazarus.yaml.gz", "tagpacks/packs/tornado_cash.yaml.gz", "tagpacks/packs/binance.yaml.gz", "tagpacks/packs/etherscan-wordcloud-exchange.yaml.gz", "tagpacks/packs/hacks.yaml.gz", "etherscan-labels/etherscan_account_labels.json.gz"} {
		f, err := os.Open(filepath.Join(root, "data", "chain", name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		read, err := tag.Read(strings.TrimSuffix(filepath.Base(name), ".gz"), io.Reader(z), tag.Options{})
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, read)
	}
	set := tag.NewSet(files...)
	s := New(set, nil)
	wanted, classes := map[key]bool{}, map[follow.Class]int{}
	for _, x := range set.Tags() {
		if x.Address.IsZero() {
			continue
		}
		k := key{x.Chain, ledger.AddressOf(x.Address)}
		wanted[k] = wanted[k] || classOf(x.Categories) != ""
	}
	for k, want := range wanted {
		got, ok := s.Service(k.chain, k.address)
		if ok != want || ok && (got.Source == "" || got.Name == "" || !slices.Contains(follow.Grades(), got.Confidence)) {
			t.Errorf("%s: %v %v", k.address.Text(k.chain), got, want)
		}
		classes[got.Class]++
	}
	if pool, ok := s.Service(chain.Ethereum, address(t, "0xA160cdAB225685dA1d56aa342Ad8841c3b53f291")); !ok || pool.Class != follow.Mixer {
		t.Errorf("Tornado Cash's pool of 100 ether: %v", pool)
	}
	if got, ok := s.Service(chain.Ethereum, address(t, lazarus)); ok {
		t.Errorf("the robbers of the Ronin bridge are a service: %v", got)
	}
	if classes[follow.Exchange] < 100 || classes[follow.Mixer] < 10 || classes[follow.Swap] == 0 || classes[follow.Bridge] == 0 || classes[""] == 0 {
		t.Error(classes)
	}
	t.Log(classes)
}
