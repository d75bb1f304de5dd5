package price

import (
	"io"
	"strconv"
	"strings"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
)

// Fact is what is known of an asset.
type Fact struct {
	Symbol   string
	Decimals uint8  // one unit is 10^Decimals base units
	Source   string // who says so; "chain" for a chain's own coin
}

// Assets is what is known of assets. The zero Assets and a nil one know the chains' own
// coins. It may be read from by many at once as long as nobody adds to it.
type Assets struct {
	facts map[Asset]Fact
}

// Of is what is known of an asset; ok is false if nothing is. What a chain's own coin
// is called and how it is divided comes from package chain alone.
func (s *Assets) Of(a Asset) (f Fact, ok bool) {
	if a.Asset == "" {
		c, ok := chain.Lookup(a.Chain)
		if !ok {
			return Fact{}, false
		}
		return Fact{c.Symbol, c.Decimals, "chain"}, true
	}
	if s == nil {
		return Fact{}, false
	}
	f, ok = s.facts[a]
	return f, ok
}

// Read adds the assets of a CSV file, which is called name in messages. It has a header
// with the columns chain and asset (as of Table.Read), symbol (at most 32 bytes, without
// characters that are not seen), decimals (0 to 255) and source. A row that contradicts
// another, or package chain, is refused. Errors are of the whole file, as
// "name: error: detail", and then nothing of it is kept.
func (s *Assets) Read(name string, r io.Reader) (Receipt, error) {
	fresh := map[Asset]Fact{}
	receipt, err := read(name, r, []string{"chain", "asset", "symbol", "decimals", "source"}, func(get func(string) string) (known bool, f *fault) {
		a, fact, f := readFact(get)
		if f != nil {
			return false, f
		}
		held, ok := fresh[a]
		if !ok {
			held, ok = s.Of(a)
		}
		switch {
		case ok && held.Decimals != fact.Decimals:
			return false, &fault{"decimals", "another number is known", strconv.Itoa(int(held.Decimals)) + " by " + held.Source}
		case ok && held.Symbol != fact.Symbol:
			return false, &fault{"symbol", "another symbol is known", held.Symbol + " by " + held.Source}
		case !ok:
			fresh[a] = fact
		}
		return ok, nil
	})
	if err != nil {
		return Receipt{}, err
	}
	if s.facts == nil {
		s.facts = map[Asset]Fact{}
	}
	for a, f := range fresh {
		s.facts[a] = f
	}
	return receipt, nil
}

// maxSymbol is the most bytes of a symbol.
const maxSymbol = 32

func readFact(get func(string) string) (Asset, Fact, *fault) {
	a, f := readAsset(get)
	if f != nil {
		return Asset{}, Fact{}, f
	}
	symbol := get("symbol")
	decimals, err := strconv.ParseUint(get("decimals"), 10, 8)
	switch {
	case symbol == "":
		return Asset{}, Fact{}, &fault{"symbol", "is missing", ""}
	case len(symbol) > maxSymbol:
		return Asset{}, Fact{}, &fault{"symbol", "longer than 32 bytes", symbol}
	case printable(symbol) != symbol:
		return Asset{}, Fact{}, &fault{"symbol", "has characters that are not seen", symbol}
	case err != nil || !digits(get("decimals")):
		return Asset{}, Fact{}, &fault{"decimals", "not a whole number from 0 to 255", get("decimals")}
	case get("source") == "":
		return Asset{}, Fact{}, &fault{"source", "is missing", ""}
	}
	return a, Fact{symbol, uint8(decimals), get("source")}, nil
}

// named stands before the name of an asset that has no contract, so that a slip in a
// contract is never taken for a name.
const named = "name:"

func readAsset(get func(string) string) (Asset, *fault) {
	id, text := chain.ID(get("chain")), get("asset")
	if _, ok := chain.Lookup(id); !ok {
		return Asset{}, &fault{"chain", "chain not known", string(id)}
	}
	name, isNamed := strings.CutPrefix(text, named)
	switch {
	case text == "":
		return Asset{}, &fault{"asset", "is missing", ""}
	case text == "native":
		return Asset{Chain: id}, nil
	case isNamed && (name == "" || len(name) > ledger.MaxAddress):
		return Asset{}, &fault{"asset", "the name has no byte or more than 64", name}
	case isNamed:
		return Asset{id, ledger.Asset(name)}, nil
	}
	contract, err := chain.Parse(id, text)
	if err != nil {
		return Asset{}, &fault{"asset", "not native, a contract of the chain or name:…", err.Error()}
	}
	return Asset{id, ledger.Asset(contract.Key())}, nil
}
