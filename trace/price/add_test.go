package price_test

import (
	"errors"
	"testing"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/trace/price"
)

func TestAdd(t *testing.T) {
	var table price.Table
	coin := price.Asset{Chain: chain.Ethereum}
	at := func(day int, usd string) price.Price {
		d, err := price.ParseDecimal(usd)
		if err != nil {
			t.Fatal(err)
		}
		return price.Price{Time: int64(day) * 86400, USD: d, Source: "a test"}
	}
	for _, p := range []price.Price{at(3, "30"), at(1, "10"), at(2, "20"), at(2, "20.00")} {
		if err := table.Add(coin, p); err != nil {
			t.Errorf("price of day %d: %v", p.Time/86400, err)
		}
	}
	if err := table.Add(coin, at(2, "21")); !errors.Is(err, price.ErrContradicts) {
		t.Errorf("error %v, want %v", err, price.ErrContradicts)
	}
	if p, ok := table.At(coin, 2*86400+1, 0); !ok || p.Time != 2*86400 {
		t.Errorf("price %v, %t", p, ok)
	}
	var assets price.Assets
	token := price.Asset{Chain: chain.Ethereum, Asset: "token"}
	if err := errors.Join(assets.Add(token, price.Fact{Symbol: "TKN", Decimals: 6}), assets.Add(token, price.Fact{Symbol: "TKN", Decimals: 6, Source: "another"})); err != nil {
		t.Error(err)
	}
	for name, err := range map[string]error{
		"other decimals": assets.Add(token, price.Fact{Symbol: "TKN", Decimals: 8}),
		"other symbol":   assets.Add(token, price.Fact{Symbol: "TKM", Decimals: 6}),
		"a chain's coin": assets.Add(coin, price.Fact{Symbol: "BTC", Decimals: 8}),
	} {
		if !errors.Is(err, price.ErrContradicts) {
			t.Errorf("%s: error %v, want %v", name, err, price.ErrContradicts)
		}
	}
}
