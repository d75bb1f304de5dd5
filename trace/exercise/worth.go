package exercise

import (
	"fmt"
	"strings"
	"time"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/trace/price"
)

// invented is the source of prices and decimals.
const invented = "invented for the exercise"

// PriceFile is the prices of the case, one a day and asset, as price.Table reads them.
func PriceFile() string {
	var out strings.Builder
	out.WriteString("chain,asset,time,usd,source\n")
	first := clock("2024-03-01 00:00")
	for _, of := range []struct {
		unit  unit
		price []string // each of five days, from 1 March 2024 on
	}{
		{btc, []string{"64000", "65000", "66500", "66000", "64500", "63800", "65200", "66100"}},
		{eth, []string{"3500", "3500", "3560", "3520", "3440", "3400", "3480", "3530"}},
		{xsd, []string{"1", "1", "1", "1", "0.9996", "1", "1.0002", "1"}},
	} {
		for i := range 5 * len(of.price) {
			day := time.Unix(first, 0).UTC().AddDate(0, 0, i).Format(time.DateOnly)
			fmt.Fprintf(&out, "%s,%s,%s,%s,%s\n", of.unit.chain, of.unit.column(), day, of.price[i/5], invented)
		}
	}
	return out.String()
}

// AssetFile is the token of the case, as price.Assets reads it.
func AssetFile() string {
	return fmt.Sprintf("chain,asset,symbol,decimals,source\n%s,%s,XSD,%d,%s\n", xsd.chain, xsd.column(), xsd.decimals, invented)
}

// column is an asset as it stands in these files.
func (u unit) column() string {
	if u.asset == "" {
		return "native"
	}
	contract, err := chain.Make(u.chain, chain.Holder, []byte(u.asset))
	if err != nil {
		panic(fmt.Sprintf("exercise: %v", err))
	}
	return contract.String()
}

// Values is what the case is valued by: PriceFile and AssetFile as they were read.
func Values() (*price.Values, error) {
	v := &price.Values{Prices: &price.Table{}, Assets: &price.Assets{}}
	if _, err := v.Prices.Read("prices of the exercise", strings.NewReader(PriceFile())); err != nil {
		return nil, err
	}
	if _, err := v.Assets.Read("assets of the exercise", strings.NewReader(AssetFile())); err != nil {
		return nil, err
	}
	return v, nil
}
