package mixer

import (
	"fmt"
	"io"
	"strings"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/internal/table"
)

// Pool is a contract that takes and pays one sum alone.
type Pool struct {
	Chain        chain.ID
	Address      ledger.Address
	Asset        ledger.Asset
	Denomination chain.Amount // base units of a deposit
	Name         string
	Source       string
}

// Of files that are read.
type (
	// Receipt says what became of the rows of a file: read = kept + refused.
	Receipt = table.Receipt
	// Refusal is a row that was not kept: "file:line: field: reason".
	Refusal = table.Refusal
)

// Errors of a whole file, for errors.Is.
var (
	ErrEmpty    = table.ErrEmpty    // nothing, or blanks alone
	ErrTooLarge = table.ErrTooLarge // more than 64 MiB or a million rows
	ErrFormat   = table.ErrFormat   // neither CSV, JSON lines nor a YAML list
	ErrColumn   = table.ErrColumn   // a column that is missing, not known, or there twice
)

// known are the pools of Tornado Cash on Ethereum: contract, sum, token.
var known = []struct{ address, sum, token string }{
	{"0x12D66f87A04A9E220743712cE6d9bB1B5616B8Fc", "0.1", "ETH"},
	{"0x47CE0C6eD5B0Ce3d3A51fdb1C52DC66a7c3c2936", "1", "ETH"},
	{"0x910Cbd523D972eb0a6f4cAe4618aD62622b39DbF", "10", "ETH"},
	{"0xA160cdAB225685dA1d56aa342Ad8841c3b53f291", "100", "ETH"},
	{"0xD4B88Df4D29F5CedD6857912842cff3b20C8Cfa3", "100", "DAI"},
	{"0xFD8610d20aA15b7B2E3Be39B396a1bC3516c7144", "1000", "DAI"},
	{"0x07687e702b410Fa43f4cB4Af7FA097918ffD2730", "10000", "DAI"},
	{"0x23773E65ed146A459791799d01336DB287f25334", "100000", "DAI"},
	{"0xd96f2B1c14Db8458374d9Aca76E26c3D18364307", "100", "USDC"},
	{"0x4736dCf1b7A3d580672CcE6E7c65cd5cc9cFBa9D", "1000", "USDC"},
	{"0x169AD27A470D064DEDE56a2D3ff727986b15D52B", "100", "USDT"},
	{"0x0836222F2B2B24A3F36f98668Ed8F0B38D1a872f", "1000", "USDT"},
	{"0x178169B423a011fff22B9e3F3abeA13414dDD0F1", "0.1", "WBTC"},
	{"0x610B717796ad172B316836AC95a2ffad065CeaB4", "1", "WBTC"},
	{"0xbB93e510BbCD0B7beb5A853875f9eC60275CF498", "10", "WBTC"},
	{"0x22aaA7720ddd5388A3c0A3333430953C68f1849b", "5000", "cDAI"},
	{"0x03893a7c7463AE47D46bc7f091665f1893656003", "50000", "cDAI"},
	{"0x2717c5e28cf931547B621a5dddb772Ab6A35B701", "500000", "cDAI"},
	{"0xD21be7248e0197Ee08E0c20D4a96DEBdaC3D20Af", "5000000", "cDAI"},
}

// tokens are the assets of the known pools: contract and decimals, as Etherscan lists
// them; of ether there is no contract.
var tokens = map[string]struct {
	contract string
	decimals uint8
}{
	"ETH":  {"", 18},
	"DAI":  {"0x6B175474E89094C44Da98b954EedeAC495271d0F", 18},
	"USDC": {"0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48", 6},
	"USDT": {"0xdAC17F958D2ee523a2206206994597C13D831ec7", 6},
	"WBTC": {"0x2260FAC5E5542a773Aa44fBCfeDf7C193bc2C599", 8},
	"cDAI": {"0x5d3a536E4D6DbD6114cc1Ead35777bAB948E3643", 8},
}

// routers are contracts through which people pay the known pools, as Etherscan labels
// them: Old Proxy, Proxy, Router.
var routers = []string{
	"0x905b63Fff465B9fFBF41DeA908CEb12478ec7601", "0x722122dF12D4e14e13Ac3b6895a86e84145b6967", "0xd90e2f925DA726b50C4Ed8D0Fb90Ad053324F31b",
}

// Tornado are Tornado Cash's pools on Ethereum whose contracts were in use up to
// February 2022, and the routers through which they are paid.
func Tornado() (pools []Pool, through []ledger.Address) {
	for _, k := range known {
		token := tokens[k.token]
		sum, err := chain.ParseUnits(k.sum, token.decimals)
		if err != nil {
			panic(err)
		}
		p := Pool{
			Chain: chain.Ethereum, Address: own(k.address), Denomination: sum, Name: "Tornado Cash " + k.sum + " " + k.token,
			Source: "pool table of lambdaclass/tornado_cash_anonymity_tool, 4 February 2022",
		}
		if token.contract != "" {
			p.Asset = ledger.Asset(own(token.contract))
		}
		pools = append(pools, p)
	}
	for _, r := range routers {
		through = append(through, own(r))
	}
	return pools, through
}

// own is an address of the tables above, which hold no others.
func own(text string) ledger.Address {
	a, err := chain.Parse(chain.Ethereum, text)
	if err != nil {
		panic(err)
	}
	return ledger.AddressOf(a)
}

var poolColumns = table.Columns{Needed: []string{"chain", "address", "denomination", "name", "source"}, Optional: []string{"asset"}}

// ReadPools reads a table of pools from CSV with a header, JSON lines or a YAML list:
// chain, address, asset (contract, or empty for the chain's coin), denomination in base
// units, name and source.
func ReadPools(name string, r io.Reader) ([]Pool, Receipt, error) {
	seen := map[place]bool{}
	return table.Read(name, r, poolColumns, func(row *table.Row) Pool {
		p := Pool{Chain: row.Chain("chain"), Denomination: row.Amount("denomination"), Name: row.Text("name"), Source: row.Text("source")}
		p.Address, p.Asset = row.Address("address", p.Chain), row.Asset("asset", p.Chain)
		at := place{p.Chain, p.Address}
		if p.Denomination.IsZero() {
			row.Refuse("denomination", "is nought")
		}
		if seen[at] {
			row.Refuse("address", "the pool is there twice")
		}
		seen[at] = true
		return p
	})
}

// place is an address on a chain.
type place struct {
	chain chain.ID
	of    ledger.Address
}

var eventColumns = table.Columns{Needed: []string{"pool", "kind", "tx", "time", "address"}, Optional: []string{"chain", "gas_price", "relayer", "fee"}}

// ReadEvents reads deposits and withdrawals, as a pool's own events tell them, in the
// same forms: chain (Ethereum if it is missing), pool, kind ("deposit" or "withdrawal"),
// tx, time, address (who deposited, or who was paid), gas_price of the transaction,
// relayer and fee. A relayer that is empty or 0x0…0 is none; a gas price that is empty is
// not known.
func ReadEvents(name string, r io.Reader) ([]Event, Receipt, error) {
	return table.Read(name, r, eventColumns, func(row *table.Row) Event {
		id := chain.Ethereum
		if row.Text("chain") != "" {
			id = row.Chain("chain")
		}
		e := Event{Chain: id, Pool: row.Address("pool", id), Kind: Kind(row.Text("kind")), Tx: row.Tx("tx"), Time: row.Time("time"), Address: row.Address("address", id), Place: row.Place()}
		if e.Kind != Deposit && e.Kind != Withdrawal {
			row.Refuse("kind", fmt.Sprintf("%s is neither %q nor %q", table.Quote(string(e.Kind)), Deposit, Withdrawal))
		}
		if row.Text("gas_price") != "" {
			e.GasPrice = row.Amount("gas_price")
		}
		if row.Text("fee") != "" {
			e.Fee = row.Amount("fee")
		}
		if row.Text("relayer") != "" {
			e.Relayer = row.Address("relayer", id)
			if strings.Trim(string(e.Relayer), "\x00") == "" {
				e.Relayer = ""
			}
		}
		return e
	})
}
