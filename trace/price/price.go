// Package price says what amounts were worth in United States dollars: prices
// of assets at moments, each with its source, and the decimals of assets, each
// with its source.
//
// # Contract
//
// A Table holds prices, an Assets what is known of assets; both are read from
// CSV (Table.Read, Assets.Read). A row that cannot be one is refused with file,
// line, field and reason, and the rest is kept: rows read = kept + known +
// refused. A second price for the same asset and moment that is not the same is
// refused as well: which of the two is meant is for people to say.
//
// The price at a moment is the latest at or before it that is no older than a
// maximum age (Table.At); where there is none, there is no price, and nothing is
// guessed from later ones. A price of a day counts from 00:00 UTC of that day.
//
// Dollars are exact decimals (Decimal) and are rounded once, half up to cents,
// when they are shown. Decimals of a chain's own coin come from package chain;
// those of a token only from the table of assets.
//
// # Example
//
//	var prices price.Table
//	receipt, err := prices.Read("prices.csv", file) // chain,asset,time,usd,source
//	if err != nil {
//		return err
//	}
//	fmt.Println(receipt) // read 365 = kept 364 + known 0 + refused 1
//	worth := price.Values{Prices: &prices}
//	eth := price.Asset{Chain: chain.Ethereum}
//	usd, err := worth.USD(eth, stolen, time.Date(2022, 3, 23, 0, 0, 0, 0, time.UTC).Unix())
//	fmt.Println(usd.Cents()) // 515592311.25
package price

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
)

// Errors of Values.Rate and Values.USD.
var (
	// ErrNoPrice: no price of the asset is at or before the moment and young enough.
	ErrNoPrice = errors.New("no price")
	// ErrNoDecimals: nobody says how many base units are one unit of the asset.
	ErrNoDecimals = errors.New("decimals not known")
)

// DefaultAge is how old a price may be unless another age is asked for.
const DefaultAge = 24 * time.Hour

// Asset is what has a price: an asset as rows of a chain name it.
type Asset struct {
	Chain chain.ID
	Asset ledger.Asset // empty: the chain's own coin
}

// String is the asset as ledger.Asset.Text writes it.
func (a Asset) String() string { return a.Asset.Text(a.Chain) }

// Price is what one unit of an asset cost.
type Price struct {
	Time   int64 // seconds since 1970-01-01 UTC
	USD    Decimal
	Source string
}

// Table is prices by asset and time. The zero Table is empty. It may be read from by
// many at once as long as nobody adds to it.
type Table struct {
	prices map[Asset][]Price // by time
}

// Len is how many prices there are.
func (t *Table) Len() int {
	if t == nil {
		return 0
	}
	n := 0
	for _, of := range t.prices {
		n += len(of)
	}
	return n
}

// At is the latest price at or before a moment that is at most age old; an age of
// nought is DefaultAge. ok is false where there is none.
func (t *Table) At(a Asset, when int64, age time.Duration) (p Price, ok bool) {
	if t == nil {
		return Price{}, false
	}
	if age == 0 {
		age = DefaultAge
	}
	of := t.prices[a]
	after, found := slices.BinarySearchFunc(of, when, byTime)
	if found {
		return of[after], true
	}
	if after == 0 {
		return Price{}, false
	}
	// Times of prices are from 0 on, so that the limit does not wrap for any that count.
	p = of[after-1]
	if seconds := int64(age / time.Second); when-p.Time > seconds {
		return Price{}, false
	}
	return p, true
}

func byTime(p Price, when int64) int {
	switch {
	case p.Time < when:
		return -1
	case p.Time > when:
		return 1
	}
	return 0
}

// moment is what a price is the only one of.
type moment struct {
	asset Asset
	time  int64
}

// Read adds the prices of a CSV file, which is called name in messages. It has a header
// with the columns chain (as chain.ID), asset ("native", a contract as explorers write
// it, or "name:" and the name of an asset that has no contract), time (seconds since
// 1970, YYYY-MM-DD for 00:00 UTC of that day, or RFC 3339), usd (a plain decimal above
// nought) and source, in any order; others are named in Receipt.NotRead. Errors are of
// the whole file, as "name: error: detail", and then nothing of it is kept.
func (t *Table) Read(name string, r io.Reader) (Receipt, error) {
	fresh := map[moment]Price{}
	receipt, err := read(name, r, []string{"chain", "asset", "time", "usd", "source"}, func(get func(string) string) (known bool, f *fault) {
		at, p, f := readPrice(get)
		if f != nil {
			return false, f
		}
		held, ok := fresh[at]
		if !ok {
			held, ok = t.exactly(at)
		}
		switch {
		case ok && held.USD.Cmp(p.USD) != 0:
			return false, &fault{"usd", "another price stands at this moment", held.USD.String() + " by " + held.Source}
		case !ok:
			fresh[at] = p
		}
		return ok, nil
	})
	if err != nil {
		return Receipt{}, err
	}
	t.keep(fresh)
	return receipt, nil
}

func (t *Table) exactly(at moment) (Price, bool) {
	of := t.prices[at.asset]
	i, ok := slices.BinarySearchFunc(of, at.time, byTime)
	if !ok {
		return Price{}, false
	}
	return of[i], true
}

func (t *Table) keep(fresh map[moment]Price) {
	if t.prices == nil {
		t.prices = map[Asset][]Price{}
	}
	touched := map[Asset]bool{}
	for at, p := range fresh {
		t.prices[at.asset] = append(t.prices[at.asset], p)
		touched[at.asset] = true
	}
	for a := range maps.Keys(touched) {
		slices.SortFunc(t.prices[a], func(p, q Price) int { return byTime(p, q.Time) })
	}
}

func readPrice(get func(string) string) (moment, Price, *fault) {
	asset, f := readAsset(get)
	if f != nil {
		return moment{}, Price{}, f
	}
	when, ok := readTime(get("time"))
	if !ok {
		return moment{}, Price{}, &fault{"time", "not seconds since 1970, a date or RFC 3339", get("time")}
	}
	usd, err := ParseDecimal(get("usd"))
	switch {
	case err != nil:
		return moment{}, Price{}, &fault{"usd", err.Error(), get("usd")}
	case usd.IsZero():
		return moment{}, Price{}, &fault{"usd", "is nought: where no price is known there is no row", ""}
	case get("source") == "":
		return moment{}, Price{}, &fault{"source", "is missing", ""}
	}
	return moment{asset, when}, Price{when, usd, get("source")}, nil
}

// Values is what amounts are valued by. The zero Values and a nil one know no price,
// and of assets the chains' own coins.
type Values struct {
	Prices *Table
	Assets *Assets
	MaxAge time.Duration // of a price; 0: DefaultAge
}

// Fact is what is known of an asset; ok is false if nothing is.
func (v *Values) Fact(a Asset) (f Fact, ok bool) {
	if v == nil {
		return (*Assets)(nil).Of(a)
	}
	return v.Assets.Of(a)
}

// Rate is what base units of an asset are worth at a moment.
type Rate struct {
	Price
	Fact
}

// USD is what an amount in base units is worth, exactly.
func (r Rate) USD(amount chain.Amount) Decimal { return r.Price.USD.Times(amount, r.Decimals) }

// Rate is what an asset is worth at a moment. Errors: ErrNoPrice, ErrNoDecimals.
func (v *Values) Rate(a Asset, when int64) (Rate, error) {
	if v == nil {
		return Rate{}, fmt.Errorf("%s: %w", a, ErrNoPrice)
	}
	p, ok := v.Prices.At(a, when, v.MaxAge)
	if !ok {
		return Rate{}, fmt.Errorf("%s: %w", a, ErrNoPrice)
	}
	f, ok := v.Fact(a)
	if !ok {
		return Rate{}, fmt.Errorf("%s: %w", a, ErrNoDecimals)
	}
	return Rate{p, f}, nil
}

// USD is what an amount in base units was worth at a moment, exactly. Errors:
// ErrNoPrice, ErrNoDecimals.
func (v *Values) USD(a Asset, amount chain.Amount, when int64) (Decimal, error) {
	r, err := v.Rate(a, when)
	if err != nil {
		return Decimal{}, err
	}
	return r.USD(amount), nil
}
