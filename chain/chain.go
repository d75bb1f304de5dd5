// Package chain knows the ledgers that stolen coins move on: their names, their
// assets, amounts in base units, and how their addresses are written and checked.
//
// # Contract
//
// A [Chain] is found by its short name ([Lookup]) or by what sources call it
// ([Named]). An [Amount] is a whole number of base units below 2^256; it is read and
// printed exactly, never by way of a float. An [Address] is what a text says once its
// checksum, network and length have been looked at; two addresses are the same if they
// are equal with ==, however they were written, and the map key of one on its chain is
// [Address.Key]. Nothing is folded: a text whose capital letters were lost is refused
// with [ErrCaseLost], and [Address.IsLostCase] compares with it, for whoever asks
// for just that.
//
// Errors are [*AddressError] and [*AmountError] around the sentinels below them. All
// functions are pure; the tables never change.
//
// # Example
//
//	a, err := chain.Parse(chain.Ethereum, "0x098b716b8aaf21512996dc57eb0615e2383e2f96")
//	if err != nil {
//		return err // ethereum address "0x098…": bad checksum
//	}
//	fmt.Println(a)                 // 0x098B716B8Aaf21512996dC57EB0615e2383E2f96
//	n, _ := chain.ParseUnits("173600.5", 18)
//	fmt.Println(n, n.Units(18))    // 173600500000000000000000 173600.5
//
// The names follow CAIP-2 where it has one ([Chain.CAIP2]).
package chain

import (
	"slices"
	"strings"
)

// ID is the short name of a chain: small letters, digits and hyphens.
type ID string

// Model is how a chain keeps its books.
type Model string

// The models.
const (
	UTXO    Model = "utxo"    // transactions spend outputs of others
	Account Model = "account" // balances change
	Opaque  Model = "opaque"  // payer, payee and amount are hidden: nothing is traced on it
)

// Chain is one ledger.
type Chain struct {
	ID       ID
	Name     string
	CAIP2    string // its identifier by CAIP-2; empty where none is settled
	Symbol   string // of its native asset
	Decimals uint8  // of its native asset: base units in one are 10^Decimals
	Model    Model

	tickers []string // what else sources call it, in capital letters
	form    form
}

// All returns the chains, by ID.
func All() []Chain { return slices.Clone(chains) }

// Lookup finds a chain by its ID.
func Lookup(id ID) (Chain, bool) {
	i, ok := slices.BinarySearchFunc(chains, id, func(c Chain, id ID) int { return strings.Compare(string(c.ID), string(id)) })
	if !ok {
		return Chain{}, false
	}
	return chains[i], true
}

// Native is the chain's own asset.
func (c Chain) Native() Asset { return Asset{Chain: c.ID} }

// tokens are assets that are issued on several chains: the symbol alone does not say
// on which. The order is that in which the form of an address is tried.
var tokens = map[string][]ID{
	"BNB":  {BSC, BNBBeacon},
	"USDC": {Ethereum, Tron, Solana, Stellar, Algorand},
	"USDT": {Ethereum, Tron, Bitcoin, Solana, Algorand},
}

// named maps what sources call a chain to where it may be.
var named = func() map[string][]ID {
	out := map[string][]ID{}
	for _, c := range chains {
		names := c.tickers
		if len(names) == 0 {
			names = []string{c.Symbol}
		}
		for _, name := range append([]string{string(c.ID), c.Name}, names...) {
			if name = strings.ToUpper(name); !slices.Contains(out[name], c.ID) {
				out[name] = append(out[name], c.ID)
			}
		}
	}
	for symbol, ids := range tokens {
		out[symbol] = ids
	}
	return out
}()

// Named returns the chains that a source may mean by a name or by the symbol of an
// asset, in the order in which they are tried: one for "BTC" or "XBT", several for
// "USDT", none for a name that is not known. Capital and small letters are one here:
// names are no addresses.
func Named(name string) []ID {
	return slices.Clone(named[strings.ToUpper(strings.TrimSpace(name))])
}

// IsToken reports whether the symbol is of an asset that is issued on several chains,
// so that it does not say by itself on which one an address is.
func IsToken(symbol string) bool {
	return len(tokens[strings.ToUpper(strings.TrimSpace(symbol))]) > 1
}

// The chains that are named in code.
const (
	Algorand    ID = "algorand"
	Arbitrum    ID = "arbitrum"
	Avalanche   ID = "avalanche"
	BNBBeacon   ID = "bnb-beacon"
	BSC         ID = "bsc"
	Base        ID = "base"
	Bitcoin     ID = "bitcoin"
	BitcoinCash ID = "bitcoin-cash"
	Cosmos      ID = "cosmos"
	Dash        ID = "dash"
	Dogecoin    ID = "dogecoin"
	Ethereum    ID = "ethereum"
	Harmony     ID = "harmony"
	Litecoin    ID = "litecoin"
	Monero      ID = "monero"
	Optimism    ID = "optimism"
	Polygon     ID = "polygon"
	Solana      ID = "solana"
	Stellar     ID = "stellar"
	Thorchain   ID = "thorchain"
	Tron        ID = "tron"
	XRP         ID = "xrp"
	Zcash       ID = "zcash"
)

// chains is the table. Version bytes and prefixes are those of each chain's reference
// software; decimals those of the native asset, as wallets show it. Where a chain has
// tickers they are all it is called by beside ID and name, its Symbol among them, so
// that a symbol of two chains is never the name of both.
var chains = sorted([]Chain{
	evm("ethereum", "Ethereum", "1", "ETH", "ETH", "ERC20"),
	evm("ethereum-classic", "Ethereum Classic", "61", "ETC"),
	evm("bsc", "BNB Smart Chain", "56", "BNB", "BSC", "BEP20"),
	evm("polygon", "Polygon", "137", "POL", "POL", "MATIC"),
	evm("avalanche", "Avalanche C-Chain", "43114", "AVAX"),
	evm("arbitrum", "Arbitrum One", "42161", "ETH", "ARB"),
	evm("optimism", "OP Mainnet", "10", "ETH", "OP"),
	evm("base", "Base", "8453", "ETH", "BASE"),
	evm("linea", "Linea", "59144", "ETH", "LINEA"),
	evm("zksync", "ZKsync Era", "324", "ETH", "ZKSYNC"),
	evm("gnosis", "Gnosis Chain", "100", "XDAI"),
	evm("cronos", "Cronos", "25", "CRO"),
	evm("celo", "Celo", "42220", "CELO"),
	evm("fantom", "Fantom", "250", "FTM"),
	evm("kcc", "KuCoin Community Chain", "321", "KCS"),
	evm("callisto", "Callisto", "820", "CLO"),
	evm("songbird", "Songbird", "19", "SGB"),
	{ID: "vechain", Name: "VeChain", Symbol: "VET", Decimals: 18, Model: Account, form: evmForm{}},
	{ID: Harmony, Name: "Harmony", CAIP2: "eip155:1666600000", Symbol: "ONE", Decimals: 18, Model: Account, form: evmForm{bech32: "one"}},
	{ID: Tron, Name: "Tron", CAIP2: "tron:0x2b6653dc", Symbol: "TRX", Decimals: 6, Model: Account, tickers: []string{"TRX", "TRC20"}, form: tronForm{}},

	utxo("bitcoin", "Bitcoin", "bip122:000000000019d6689c085ae165831e93", "BTC", coins{0x00, 0x05}, "bc", "13", "BTC", "XBT", "OMNI"),
	utxo("litecoin", "Litecoin", "bip122:12a765e31ffd4059bada1e25190f6e98", "LTC", coins{0x30, 0x32, 0x05}, "ltc", "lm3"),
	utxo("dogecoin", "Dogecoin", "bip122:1a91e3dace36e2be3bf030a65679fe82", "DOGE", coins{0x1e, 0x16}, "", "d9a"),
	utxo("dash", "Dash", "bip122:00000ffd590b1485b3caadc19b22e637", "DASH", coins{0x4c, 0x10}, "", "x7"),
	utxo("bitcoin-gold", "Bitcoin Gold", "", "BTG", coins{0x26, 0x17}, "btg", "ga"),
	utxo("bitcoin-sv", "Bitcoin SV", "", "BSV", coins{0x00, 0x05}, "", "13"),
	utxo("digibyte", "DigiByte", "", "DGB", coins{0x1e, 0x3f}, "dgb", "ds"),
	{
		ID: "verge", Name: "Verge", Symbol: "XVG", Decimals: 6, Model: UTXO,
		form: newUTXOForm(versions(coins{0x1e, 0x21}), "", "", "de"),
	},
	{
		ID: BitcoinCash, Name: "Bitcoin Cash", CAIP2: "bip122:000000000000000000651ef99cb9fcbe", Symbol: "BCH", Decimals: 8, Model: UTXO,
		form: newUTXOForm(versions(coins{0x00, 0x05}), "", "bitcoincash", "13"),
	},
	{
		ID: "ecash", Name: "eCash", Symbol: "XEC", Decimals: 2, Model: UTXO,
		form: newUTXOForm(versions(coins{0x00, 0x05}), "", "ecash", "13"),
	},
	{
		ID: Zcash, Name: "Zcash", CAIP2: "bip122:00040fe8ec8471911baa1db1266ea15d", Symbol: "ZEC", Decimals: 8, Model: UTXO,
		form: newUTXOForm([]version{{"\x1c\xb8", KeyHash}, {"\x1c\xbd", ScriptHash}}, "", "", "t"),
	},

	{ID: XRP, Name: "XRP Ledger", CAIP2: "xrpl:0", Symbol: "XRP", Decimals: 6, Model: Account, tickers: []string{"XRP", "RIPPLE"}, form: xrpForm{}},
	{ID: Stellar, Name: "Stellar", CAIP2: "stellar:pubnet", Symbol: "XLM", Decimals: 7, Model: Account, form: stellarForm{}},
	{ID: Algorand, Name: "Algorand", Symbol: "ALGO", Decimals: 6, Model: Account, form: algorandForm{}},
	{ID: Solana, Name: "Solana", CAIP2: "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp", Symbol: "SOL", Decimals: 9, Model: Account, form: solanaForm{}},
	{ID: Monero, Name: "Monero", Symbol: "XMR", Decimals: 12, Model: Opaque, form: moneroForm{}},
	{ID: Cosmos, Name: "Cosmos Hub", CAIP2: "cosmos:cosmoshub-4", Symbol: "ATOM", Decimals: 6, Model: Account, form: prefixForm{"cosmos"}},
	{ID: BNBBeacon, Name: "BNB Beacon Chain", CAIP2: "cosmos:Binance-Chain-Tigris", Symbol: "BNB", Decimals: 8, Model: Account, tickers: []string{"BEP2"}, form: prefixForm{"bnb"}},
	{ID: Thorchain, Name: "THORChain", CAIP2: "cosmos:thorchain-1", Symbol: "RUNE", Decimals: 8, Model: Account, form: prefixForm{"thor"}},
	{ID: "terra", Name: "Terra", CAIP2: "cosmos:phoenix-1", Symbol: "LUNA", Decimals: 6, Model: Account, tickers: []string{"LUNA", "LUNA2", "LUNC"}, form: prefixForm{"terra"}},
	{ID: "zilliqa", Name: "Zilliqa", Symbol: "ZIL", Decimals: 12, Model: Account, form: prefixForm{"zil"}},
})

func sorted(list []Chain) []Chain {
	slices.SortFunc(list, func(a, b Chain) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return list
}

// evm is a chain of accounts as Ethereum has them, by its number in EIP-155.
func evm(id ID, name, number, symbol string, tickers ...string) Chain {
	return Chain{ID: id, Name: name, CAIP2: "eip155:" + number, Symbol: symbol, Decimals: 18, Model: Account, tickers: tickers, form: evmForm{}}
}

// coins are version bytes in base58: of a key's hash, of a script's, and of a script's
// as it was written once.
type coins []byte

func versions(c coins) []version {
	out := []version{{string(c[:1]), KeyHash}}
	for i := range c[1:] {
		out = append(out, version{string(c[1+i : 2+i]), ScriptHash})
	}
	return out
}

// utxo is a chain of outputs as Bitcoin has them, with eight decimals. The leads are
// the characters, as small letters, that its base58 addresses begin with.
func utxo(id ID, name, caip2, symbol string, c coins, bech32, leads string, tickers ...string) Chain {
	return Chain{
		ID: id, Name: name, CAIP2: caip2, Symbol: symbol, Decimals: 8, Model: UTXO, tickers: tickers,
		form: newUTXOForm(versions(c), bech32, "", leads),
	}
}
