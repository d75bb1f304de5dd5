package analyses

import (
	"strconv"
	"strings"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"github.com/turtlebay/turtlebay/trace/extract"
	"github.com/turtlebay/turtlebay/trace/price"
)

// reach is dollars under every policy that conserves value, summed before they are
// compared: the least of a sum is no sum of leasts, where policies disagree on where
// the same coins are.
func reach(o *extract.Opened, where string) (rata, least, most price.Decimal, known bool, err error) {
	ps, err := places(o, where)
	if err != nil {
		return rata, least, most, false, err
	}
	for i, p := range o.Result.Asked.Conserving() {
		sum := price.Decimal{}
		for _, at := range ps {
			if at.worth != nil {
				sum, known = sum.Add(at.worth.Under(p)), true
			}
		}
		if p == accounting.Haircut || i == 0 {
			rata = sum
		}
		if i == 0 || sum.Cmp(least) < 0 {
			least = sum
		}
		if sum.Cmp(most) > 0 {
			most = sum
		}
	}
	return rata, least, most, known || len(ps) == 0, nil
}

func reachedUSD(o *extract.Opened, where string) (derive.Result, error) {
	rata, least, most, known, err := reach(o, where)
	if err != nil || !known {
		return derive.Result{Unit: derive.UnitUSD, Note: "no price is known"}, err
	}
	return derive.Result{Value: rata.Cents(), Unit: derive.UnitUSD, Low: least.Cents(), High: most.Cents()}, nil
}

func reachedShare(o *extract.Opened, where string) (derive.Result, error) {
	r := derive.Result{Unit: derive.UnitPercent}
	rata, least, most, known, err := reach(o, where)
	if err != nil || !known {
		return r, err
	}
	stolen, err := stolenUSD(o)
	if err != nil || stolen.Value == "" {
		return r, err
	}
	whole, err := value.ParseDecimal(stolen.Value)
	if err != nil {
		return r, err
	}
	for _, part := range []struct {
		of price.Decimal
		to *string
	}{{rata, &r.Value}, {least, &r.Low}, {most, &r.High}} {
		d, err := value.ParseDecimal(part.of.Cents())
		if err != nil {
			return r, err
		}
		if p, ok := d.Mul(value.Int(100)).Quo(whole, 1); ok {
			*part.to = p.String()
		}
	}
	return r, nil
}

// unpriced counts the assets of which a part has no price, so that it is in no sum of
// dollars.
func unpriced(o *extract.Opened) (derive.Result, error) {
	assets := map[price.Asset]bool{}
	for _, b := range o.Result.Balances {
		of := price.Asset{Chain: b.Chain, Asset: b.Asset}
		if v := b.StolenUSD.AtTheft; v == nil && !b.Stolen.IsZero() || v != nil && v.Partial {
			assets[of] = true
		}
	}
	for _, c := range o.Result.CashOuts {
		if v := c.USD.AtCashOut; c.Theft == last(o) && (v == nil || v.Partial) {
			assets[price.Asset{Chain: c.Chain, Asset: c.Asset}] = true
		}
	}
	return derive.Result{Value: strconv.Itoa(len(assets)), Unit: "assets"}, nil
}

// mostDecimals is how many decimals a table has room for. The files of a trace have base
// units.
const mostDecimals = 8

// units is an amount in units of its asset, cut after mostDecimals; in base units where
// nobody says how it is divided.
func units(o *extract.Opened, of price.Asset, a chain.Amount) string {
	fact, _ := o.Worth.Fact(of)
	text := a.Units(fact.Decimals)
	at := strings.IndexByte(text, '.')
	if at < 0 || len(text) <= at+1+mostDecimals {
		return text
	}
	if cut := strings.TrimRight(strings.TrimRight(text[:at+1+mostDecimals], "0"), "."); cut != "0" {
		return cut
	}
	return text // what is not nought is not printed as nought
}

// assetName is the asset as a reader knows it: its symbol, else its contract.
func assetName(o *extract.Opened, of price.Asset) string {
	if fact, ok := o.Worth.Fact(of); ok && fact.Symbol != "" {
		return fact.Symbol
	}
	return of.Asset.Text(of.Chain)
}
