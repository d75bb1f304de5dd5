package price_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/trace/price"
)

const head = "chain,asset,time,usd,source\n"

var eth = price.Asset{Chain: chain.Ethereum}

func Example() {
	var prices price.Table
	receipt, err := prices.Read("prices.csv", strings.NewReader(head+"ethereum,native,2022-03-23,2970.011585,exercise\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(receipt)
	stolen, _ := chain.ParseUnits("173600", 18)
	worth := price.Values{Prices: &prices}
	usd, err := worth.USD(eth, stolen, time.Date(2022, 3, 23, 13, 29, 0, 0, time.UTC).Unix())
	fmt.Println(usd.Cents(), err)
	// Output:
	// read 1 = kept 1 + known 0 + refused 0
	// 515594011.16 <nil>
}

func table(t testing.TB, rows string) *price.Table {
	t.Helper()
	out := new(price.Table)
	receipt, err := out.Read("p.csv", strings.NewReader(head+rows))
	if err != nil || receipt.Refused > 0 {
		t.Fatal(err, receipt.Refusals)
	}
	return out
}

func TestAtIsTheLatestThatIsYoungEnough(t *testing.T) {
	prices := table(t, "ethereum,native,2000,2,b\nethereum,native,1000,1,a\nethereum,native,3000,3,c\n")
	for _, c := range []struct {
		when int64
		age  time.Duration
		want string
	}{
		{999, 0, ""},
		{1000, time.Second, "1"},
		{1999, 0, "1"},
		{1999, 999 * time.Second, "1"},
		{1999, 998 * time.Second, ""},
		{2000, time.Nanosecond, "2"},
		{3000 + 86400, 0, "3"},
		{3000 + 86401, 0, ""},
		{3000 + 86401, 48 * time.Hour, "3"},
		{-5, 0, ""},
		{1<<63 - 1, 0, ""},
	} {
		p, ok := prices.At(eth, c.when, c.age)
		if ok != (c.want != "") || ok && p.USD.String() != c.want {
			t.Errorf("at %d by %s: %v %v, want %q", c.when, c.age, p.USD, ok, c.want)
		}
	}
	if _, ok := prices.At(price.Asset{Chain: chain.BSC}, 2000, 0); ok {
		t.Error("the coin of another chain has this price")
	}
}

func TestUSD(t *testing.T) {
	prices := table(t, "ethereum,native,1000,3000,a\nethereum,name:GOLD,1000,2000.005,a\nethereum,name:DUST,1000,0.01,a\n")
	var assets price.Assets
	if _, err := assets.Read("a.csv", strings.NewReader("chain,asset,symbol,decimals,source\nethereum,name:GOLD,XAU,0,a\n")); err != nil {
		t.Fatal(err)
	}
	gold, dust := price.Asset{Chain: chain.Ethereum, Asset: "GOLD"}, price.Asset{Chain: chain.Ethereum, Asset: "DUST"}
	worth := &price.Values{Prices: prices, Assets: &assets}
	for _, c := range []struct {
		values *price.Values
		asset  price.Asset
		amount uint64
		when   int64
		want   string
		err    error
	}{
		{worth, eth, 1_500_000_000_000_000_000, 1000, "4500", nil},
		{worth, eth, 1, 1000, "0.000000000000003", nil},
		{worth, gold, 3, 1000, "6000.015", nil},
		{worth, gold, 0, 1000, "0", nil},
		{worth, dust, 1, 1000, "", price.ErrNoDecimals},
		{worth, eth, 1, 999, "", price.ErrNoPrice},
		{worth, price.Asset{Chain: chain.BSC}, 1, 1000, "", price.ErrNoPrice},
		{&price.Values{}, eth, 1, 1000, "", price.ErrNoPrice},
		{nil, eth, 1, 1000, "", price.ErrNoPrice},
	} {
		usd, err := c.values.USD(c.asset, chain.Units64(c.amount), c.when)
		if !errors.Is(err, c.err) || err == nil && usd.String() != c.want {
			t.Errorf("%d of %s at %d: %s, %v; want %s, %v", c.amount, c.asset, c.when, usd, err, c.want, c.err)
		}
	}
}

func TestReadRefusesRows(t *testing.T) {
	for row, want := range map[string]string{
		"ether,native,1,1,s":                                  "p.csv:2: chain: chain not known: ether",
		"ethereum,,1,1,s":                                     "p.csv:2: asset: is missing",
		"ethereum,name:,1,1,s":                                "p.csv:2: asset: the name has no byte or more than 64",
		"ethereum,USDT,1,1,s":                                 `p.csv:2: asset: not native, a contract of the chain or name:…: ethereum address "USDT": not in a form of this chain: want 0x and 40 hexadecimal digits`,
		"ethereum,native,1.5,1,s":                             "p.csv:2: time: not seconds since 1970, a date or RFC 3339: 1.5",
		"ethereum,native,1969-12-31,1,s":                      "p.csv:2: time: not seconds since 1970, a date or RFC 3339: 1969-12-31",
		"ethereum,native,253402300800,1,s":                    "p.csv:2: time: not seconds since 1970, a date or RFC 3339: 253402300800",
		"ethereum,native,1,1e3,s":                             "p.csv:2: usd: not a plain decimal number: 1e3",
		"ethereum,native,1,-1,s":                              "p.csv:2: usd: not a plain decimal number: -1",
		"ethereum,native,1,.5,s":                              "p.csv:2: usd: not a plain decimal number: .5",
		`ethereum,native,1,"1,000",s`:                         "p.csv:2: usd: not a plain decimal number: 1,000",
		"ethereum,native,1,0.00,s":                            "p.csv:2: usd: is nought: where no price is known there is no row",
		"ethereum,native,1,1,":                                "p.csv:2: source: is missing",
		"ethereum,native,1,1":                                 "p.csv:2: wrong number of fields: 4, the header has 5",
		"ethereum,native,1,1,\xff":                            "p.csv:2: not valid UTF-8: field 5",
		"ethereum,native,1,1,a\u202eb\x01,x":                  "p.csv:2: wrong number of fields: 6, the header has 5",
		"ethereum,native,1,1\u202e,s":                         `p.csv:2: usd: not a plain decimal number: 1\u202e`,
		"ethereum,native,1,1,\"s\nt\"":                        "p.csv:2: a field goes over several lines: field 5",
		"ethereum,native,1,1,\"s\nbsc,1\nx,y":                 `p.csv:2: not CSV: extraneous or missing " in quoted-field, up to line 4`,
		"ethereum,native,1,1," + strings.Repeat("x", 5000):    "p.csv:2: field too long: field 5: 5000 bytes",
		"ethereum,native,1," + strings.Repeat("9", 31) + ",s": "p.csv:2: usd: has more than 30 digits before the point or 36 behind it: " + strings.Repeat("9", 31),
	} {
		var prices price.Table
		receipt, err := prices.Read("p.csv", strings.NewReader(head+row+"\n"))
		if err != nil {
			t.Errorf("%q: %v", row, err)
			continue
		}
		if receipt.Read != 1 || receipt.Refused != 1 || prices.Len() != 0 {
			t.Errorf("%q: %s, %d prices", row, receipt, prices.Len())
		} else if got := receipt.Refusals[0].Error(); got != want {
			t.Errorf("%q:\n got %s\nwant %s", row, got, want)
		}
	}
}

func TestReadKeepsTheRest(t *testing.T) {
	const rows = "ethereum,native,1,1.50,a\nethereum,native,x,1,a\nethereum,native,1970-01-01T00:00:01Z,1.5,b\nethereum,native,1,1.51,c\n" +
		"bitcoin,native,1970-01-02,30000,a\n"
	var prices price.Table
	receipt, err := prices.Read("p.csv", strings.NewReader("\ufeff"+head+rows))
	if err != nil {
		t.Fatal(err)
	}
	want := price.Receipt{File: "p.csv", Read: 5, Kept: 2, Known: 1, Refused: 2, Refusals: []price.Refusal{
		{File: "p.csv", Line: 3, Field: "time", Reason: "not seconds since 1970, a date or RFC 3339", Detail: "x"},
		{File: "p.csv", Line: 5, Field: "usd", Reason: "another price stands at this moment", Detail: "1.5 by a"},
	}}
	if d := cmp.Diff(want, receipt); d != "" {
		t.Error(d)
	}
	again, err := prices.Read("q.csv", strings.NewReader(head+"ethereum,native,1,1.5,z\nethereum,native,1,2,z\nethereum,native,2,2,z\n"))
	if err != nil || again.Known != 1 || again.Refused != 1 || again.Kept != 1 || prices.Len() != 3 {
		t.Errorf("%v, %s, %d prices", err, again, prices.Len())
	}
}

func TestReadFailsAsAWhole(t *testing.T) {
	broken := errors.New("disk")
	for name, c := range map[string]struct {
		r    io.Reader
		want error
		text string
	}{
		"empty":         {strings.NewReader(""), price.ErrHeader, "f\\u202e: header not usable: the file is empty"},
		"no column":     {strings.NewReader("chain,asset,time,usd\n"), price.ErrHeader, "f\\u202e: header not usable: no column source"},
		"twice":         {strings.NewReader("chain,asset,time,usd,source,usd\n"), price.ErrHeader, "f\\u202e: header not usable: the column usd stands twice"},
		"quote":         {strings.NewReader("\"chain,asset\n"), price.ErrHeader, `f\u202e: header not usable: extraneous or missing " in quoted-field`},
		"broken":        {io.MultiReader(strings.NewReader(head+"ethereum,native,1,1,s\n"), iotest.ErrReader(broken)), price.ErrBroken, "f\\u202e: the file broke off: disk"},
		"broken header": {iotest.ErrReader(broken), price.ErrBroken, "f\\u202e: the file broke off: disk"},
		"bytes":         {io.MultiReader(strings.NewReader(head), endless("ethereum,native,1,"+strings.Repeat("0", 4000)+"1,s\n")), price.ErrTooLarge, "f\\u202e: larger than the limit: more than 67108864 bytes"},
		"rows":          {io.MultiReader(strings.NewReader(head), endless("x\n")), price.ErrTooLarge, "f\\u202e: larger than the limit: more than 1000000 rows"},
	} {
		t.Run(name, func(t *testing.T) {
			var prices price.Table
			_, err := prices.Read("f\u202e", c.r)
			if !errors.Is(err, c.want) || err.Error() != c.text {
				t.Errorf("%v, want %s", err, c.text)
			}
			if prices.Len() != 0 {
				t.Error("something was kept")
			}
		})
	}
}

// endless is a text again and again.
type endless string

func (e endless) Read(p []byte) (int, error) {
	n := 0
	for n+len(e) <= len(p) {
		n += copy(p[n:], e)
	}
	if n == 0 {
		return 0, io.ErrShortBuffer
	}
	return n, nil
}

func TestRefusalsAreKeptUpToALimit(t *testing.T) {
	var prices price.Table
	receipt, err := prices.Read("p.csv", strings.NewReader(head+strings.Repeat("x\n", price.MaxRefusals+5)))
	if err != nil || receipt.Refused != price.MaxRefusals+5 || len(receipt.Refusals) != price.MaxRefusals {
		t.Errorf("%v, %s, %d kept", err, receipt, len(receipt.Refusals))
	}
}

func TestAssets(t *testing.T) {
	const contract = "0xdAC17F958D2ee523a2206206994597C13D831ec7"
	rows := "chain,asset,symbol,decimals,source,remark\n" +
		"ethereum," + contract + ",USDT,6,issuer,\n" +
		"ethereum," + strings.ToLower(contract) + ",USDT,6,explorer,\n" +
		"ethereum," + contract + ",USDT,18,forger,\n" +
		"ethereum," + contract + ",USDC,6,forger,\n" +
		"ethereum,native,ETH,18,anyone,\n" +
		"ethereum,native,ETH,8,anyone,\n" +
		"bitcoin,name:31,USDT,8,omni,\n" +
		"bsc,name:a,A,256,s,\n" +
		"bsc,name:b,\u202eB,1,s,\n" +
		"bsc,name:c," + strings.Repeat("c", 33) + ",1,s,\n" +
		"bsc,name:d,,1,s,\n" +
		"bsc,name:e,E,+1,s,\n" +
		"bsc,name:f,F,1,,\n"
	var assets price.Assets
	receipt, err := assets.Read("a.csv", strings.NewReader(rows))
	if err != nil {
		t.Fatal(err)
	}
	var refused []string
	for _, r := range receipt.Refusals {
		refused = append(refused, r.Error())
	}
	if d := cmp.Diff([]string{
		"a.csv:4: decimals: another number is known: 6 by issuer",
		"a.csv:5: symbol: another symbol is known: USDT by issuer",
		"a.csv:7: decimals: another number is known: 18 by chain",
		"a.csv:9: decimals: not a whole number from 0 to 255: 256",
		`a.csv:10: symbol: has characters that are not seen: \u202eB`,
		"a.csv:11: symbol: longer than 32 bytes: " + strings.Repeat("c", 33),
		"a.csv:12: symbol: is missing",
		"a.csv:13: decimals: not a whole number from 0 to 255: +1",
		"a.csv:14: source: is missing",
	}, refused); d != "" {
		t.Error(d)
	}
	if receipt.String() != "read 13 = kept 2 + known 2 + refused 9" || len(receipt.NotRead) != 1 {
		t.Error(receipt)
	}
	if f, ok := assets.Of(price.Asset{Chain: chain.Bitcoin, Asset: "31"}); !ok || f != (price.Fact{Symbol: "USDT", Decimals: 8, Source: "omni"}) {
		t.Error(f, ok)
	}
	if f, ok := (*price.Assets)(nil).Of(price.Asset{Chain: chain.Bitcoin}); !ok || f.Decimals != 8 || f.Symbol != "BTC" {
		t.Error(f, ok)
	}
	if _, ok := assets.Of(price.Asset{Chain: "nowhere"}); ok {
		t.Error("a chain that there is not has a coin")
	}
}

// TestOrderOfRowsMeansNothing: rows that do not contradict each other may stand in any order.
func TestOrderOfRowsMeansNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		times := rapid.SliceOfNDistinct(rapid.Int64Range(0, 10_000), 1, 12, rapid.ID).Draw(t, "times")
		mixed := rapid.Permutation(times).Draw(t, "mixed")
		build := func(order []int64) *price.Table {
			var b bytes.Buffer
			b.WriteString(head)
			for _, at := range order {
				fmt.Fprintf(&b, "bitcoin,native,%d,%d,s\n", at, at+1)
			}
			out := new(price.Table)
			if r, err := out.Read("p", &b); err != nil || r.Kept != len(order) {
				t.Fatal(r, err)
			}
			return out
		}
		p, q := build(times), build(mixed)
		when := rapid.Int64Range(0, 20_000).Draw(t, "when")
		a, okA := p.At(price.Asset{Chain: chain.Bitcoin}, when, time.Hour)
		b, okB := q.At(price.Asset{Chain: chain.Bitcoin}, when, time.Hour)
		if okA != okB || okA && a.Time != b.Time {
			t.Fatal(a, b)
		}
		var want int64 = -1
		for _, at := range times {
			if at <= when && when-at <= 3600 {
				want = max(want, at)
			}
		}
		if okA != (want >= 0) || okA && a.Time != want {
			t.Fatalf("%d %v, want %d", a.Time, okA, want)
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(head + "ethereum,native,2022-03-23,2970.01,s\n"))
	f.Add([]byte(head + "bitcoin,name:31,1,1.5,\"a\nb\"\n\"x"))
	f.Add([]byte("chain,asset,symbol,decimals,source\nethereum,0xdAC17F958D2ee523a2206206994597C13D831ec7,USDT,6,s\n"))
	f.Add([]byte("\ufeff" + head + "\xff,,,,\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var prices price.Table
		if r, err := prices.Read("f", bytes.NewReader(b)); err == nil {
			if r.Read != r.Kept+r.Known+r.Refused || prices.Len() != r.Kept || min(r.Refused, price.MaxRefusals) != len(r.Refusals) {
				t.Errorf("%s, %d prices", r, prices.Len())
			}
			again, err := prices.Read("f", bytes.NewReader(b))
			if err != nil || again.Kept != 0 || again.Known != r.Kept+r.Known || again.Refused != r.Refused {
				t.Errorf("read again: %s after %s: %v", again, r, err)
			}
		}
		var assets price.Assets
		if r, err := assets.Read("f", bytes.NewReader(b)); err == nil && r.Read != r.Kept+r.Known+r.Refused {
			t.Error(r)
		}
	})
}
