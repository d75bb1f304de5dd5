package chain

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range All() {
		if got, ok := Lookup(c.ID); !ok || got.Name != c.Name {
			t.Errorf("%s is not found", c.ID)
		}
		if c.Name == "" || c.Symbol == "" || c.Decimals == 0 || c.Model == "" || c.form == nil || strings.ToLower(string(c.ID)) != string(c.ID) {
			t.Errorf("%+v is not whole", c)
		}
		if seen[string(c.ID)] || c.CAIP2 != "" && seen[c.CAIP2] {
			t.Errorf("%s twice", c.ID)
		}
		seen[string(c.ID)], seen[c.CAIP2] = true, true
		if ids := Named(string(c.ID)); !slices.Contains(ids, c.ID) {
			t.Errorf("%s is named %v", c.ID, ids)
		}
		if ids := Named(c.Name); !slices.Contains(ids, c.ID) {
			t.Errorf("%s is named %v", c.Name, ids)
		}
	}
	if _, ok := Lookup("atlantis"); ok {
		t.Error("atlantis was found")
	}
}

// Only tokens may be on several chains.
func TestNames(t *testing.T) {
	for name, want := range map[string][]ID{
		"BTC": {Bitcoin}, "xbt": {Bitcoin}, " eth ": {Ethereum}, "ARB": {Arbitrum}, "BSC": {BSC}, "BEP2": {BNBBeacon}, "MATIC": {Polygon},
		"Ripple": {XRP}, "TRX": {Tron}, "ETC": {"ethereum-classic"}, "LUNA": {"terra"}, "doubloon": nil, "": nil,
	} {
		if got := Named(name); !slices.Equal(got, want) {
			t.Errorf("%q is %v, want %v", name, got, want)
		}
	}
	for name, ids := range named {
		if (len(ids) > 1) != IsToken(name) {
			t.Errorf("%s names %v", name, ids)
		}
		for _, id := range ids {
			if _, ok := Lookup(id); !ok {
				t.Errorf("%s names %s, which is not known", name, id)
			}
		}
	}
}

func TestAsset(t *testing.T) {
	usdt, err := ParseAsset("ethereum/0xdac17f958d2ee523a2206206994597c13d831ec7")
	if err != nil || usdt.IsNative() || usdt.String() != "ethereum/0xdAC17F958D2ee523a2206206994597C13D831ec7" {
		t.Errorf("%v, %v", usdt, err)
	}
	if _, ok := usdt.Decimals(); ok {
		t.Error("the chain knows a token's decimals")
	}
	btc, err := ParseAsset("bitcoin/native")
	c, _ := Lookup(Bitcoin)
	if d, ok := btc.Decimals(); err != nil || btc != c.Native() || d != 8 || !ok || btc.String() != "bitcoin/native" {
		t.Errorf("%v, %d, %v", btc, d, err)
	}
	b, err := json.Marshal(map[Asset]Amount{usdt: Units64(7)})
	if err != nil || string(b) != `{"ethereum/0xdAC17F958D2ee523a2206206994597C13D831ec7":"7"}` {
		t.Errorf("%s, %v", b, err)
	}
	var back map[Asset]Amount
	if err := json.Unmarshal(b, &back); err != nil || back[usdt] != Units64(7) {
		t.Errorf("%v, %v", back, err)
	}
	for text, want := range map[string]error{"bitcoin": ErrUnknown, "atlantis/native": ErrUnknown, "ethereum/0x12": ErrLength, "": ErrUnknown} {
		if _, err := ParseAsset(text); !errors.Is(err, want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, ok := (Asset{Chain: "atlantis"}).Decimals(); ok {
		t.Error("atlantis has decimals")
	}
}

func TestUnits(t *testing.T) {
	most := "115792089237316195423570985008687907853269984665640564039457584007913129639935"
	for _, c := range []struct {
		text     string
		decimals uint8
		base     string
		want     error
	}{
		{"0.00000001", 8, "1", nil},
		{"173600.5", 18, "173600500000000000000000", nil},
		{"1.5000", 1, "15", nil},
		{"007", 0, "7", nil},
		{most, 0, most, nil},
		{"115792089237316195423570985008687907853269984665640564039457584007913129639936", 0, "", ErrTooBig},
		{"1" + strings.Repeat("0", 70), 18, "", ErrTooBig},
		{"1", 255, "", ErrTooBig},
		{"0", 255, "0", nil},
		{"-1", 0, "", ErrNegative},
		{"-1.5", 1, "", ErrNegative},
		{"0.15", 1, "", ErrTooFine},
		{"", 0, "", ErrNotNumber},
		{".5", 1, "", ErrNotNumber},
		{"5.", 1, "", ErrNotNumber},
		{"+5", 1, "", ErrNotNumber},
		{"1e18", 18, "", ErrNotNumber},
		{"1,000", 18, "", ErrNotNumber},
		{"0x10", 18, "", ErrNotNumber},
		{"1.2.3", 18, "", ErrNotNumber},
		{strings.Repeat("0", 2000), 0, "", ErrNotNumber},
	} {
		a, err := ParseUnits(c.text, c.decimals)
		var e *AmountError
		if !errors.Is(err, c.want) || err == nil && a.String() != c.base || err != nil && !errors.As(err, &e) {
			t.Errorf("%.90q: %s, %v", c.text, a, err)
		}
	}
	if got := Units64(5).Units(18); got != "0.000000000000000005" {
		t.Error(got)
	}
}

func ExampleParse() {
	a, _ := Parse(Ethereum, "0x098b716b8aaf21512996dc57eb0615e2383e2f96")
	fmt.Println(a)
	_, err := Parse(Bitcoin, "LWnbjLYUfqeokfbWM4FcU7uk2FP2DSxuWS")
	fmt.Println(err)
	n, _ := ParseUnits("173600.5", 18)
	fmt.Println(n, n.Units(18))
	// Output:
	// 0x098B716B8Aaf21512996dC57EB0615e2383E2f96
	// bitcoin address "LWnbjLYUfqeokfbWM4FcU7uk2FP2DSxuWS": wrong network: version 0x30 is of litecoin
	// 173600500000000000000000 173600.5
}
