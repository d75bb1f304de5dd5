// Package tag reads attribution tags: who is said to be behind an address, by whom,
// since when, and how sure that is.
//
// # Contract
//
// [Read] knows a file by its content: TagPacks of GraphSense (YAML), OFAC's list of
// addresses (CSV with asset and address, and JSON by address), and what explorers call
// addresses (JSON of {address: {name, labels}}, CSV with Address and Name Tag), each
// plain or gzipped. Rows that cannot be read become a [Refusal] with file, line, field
// and reason, and the rest is kept: rows read = kept + refused ([Receipt]).
//
// A [Set] holds tags side by side. Tags that contradict each other are both kept, and
// none overwrites another, whatever its date or confidence; only the same row of the same
// file is one tag. An address is found by what it is ([Set.Lookup]). Where a list lost
// the capital letters of an address, or the same key is tagged on another chain, it
// is a hint that is asked for by itself ([Set.Hints]).
//
// Everything is bounded and in memory. The same files give the same set, the same bytes
// ([Set.Encode]) and the same digest, in whatever order they were read.
//
// # Example
//
//	f, err := tag.Read("lazarus.yaml", r, tag.Options{})
//	if err != nil {
//		return err
//	}
//	set := tag.NewSet(f)
//	for _, t := range set.Lookup(address) {
//		fmt.Println(t.Label, t.Categories, t.Source, t.Origin)
//	}
package tag

import (
	"cmp"
	"maps"
	"math/bits"
	"strconv"
	"strings"
	"time"

	"github.com/turtlebay/turtlebay/chain"
)

// Tag is what one row of a source says about one address. It can be compared with ==.
type Tag struct {
	Chain   chain.ID
	Address chain.Address // the zero Address where the source lost its case
	Lost    string        // the address as the source has it, in small letters; empty otherwise
	ByForm  bool          // the source names an asset of several chains: the chain is that of the address's form

	Label      string     // who or what, in the words of the source
	Categories Category   // what kind of thing it is
	CategoryAs string     // the same in the words of the source
	Actor      string     // the source's id for who is behind it; may be empty
	Abuse      string     // what it was used for, in the words of the source; may be empty
	Confidence Confidence // how the source knows; empty: it does not say
	Asset      string     // symbol under which the source lists the address; may be empty
	Cluster    bool       // the source means all addresses of the same owner, not this one alone
	Source     string     // where the source has it from: an address or a title
	Date       string     // day of the statement as YYYY-MM-DD; empty: none given
	Origin     Origin
}

// Origin is the row that a tag was read from.
type Origin struct {
	File   string // name of the file
	SHA256 string // of the file as received, lower-case hexadecimal
	Line   int    // on which the row begins, from 1
}

// String is "file:line".
func (o Origin) String() string { return o.File + ":" + strconv.Itoa(o.Line) }

// Age is how many days old the tag was on a day; negative if it is of a later one. Of a
// tag without a date nothing is known.
func (t Tag) Age(day time.Time) (days int, ok bool) {
	from, err := time.Parse(time.DateOnly, t.Date)
	if err != nil {
		return 0, false
	}
	to := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, time.UTC)
	return int(to.Sub(from).Hours()) / 24, true
}

// compare orders tags by address, then by what they say. The texts come one by one:
// most pairs differ in the first.
func compare(a, b *Tag) int {
	for _, c := range [...]func(a, b *Tag) int{
		func(a, b *Tag) int { return strings.Compare(string(a.Chain), string(b.Chain)) },
		func(a, b *Tag) int { return strings.Compare(a.Lost, b.Lost) },
		func(a, b *Tag) int { return a.Address.Compare(b.Address) },
		compareSaid,
	} {
		if n := c(a, b); n != 0 {
			return n
		}
	}
	return 0
}

// compareSaid orders tags of one address.
func compareSaid(a, b *Tag) int {
	return cmp.Or(
		cmp.Compare(a.Label, b.Label), cmp.Compare(a.Origin.File, b.Origin.File), cmp.Compare(a.Origin.Line, b.Origin.Line), cmp.Compare(a.Origin.SHA256, b.Origin.SHA256),
		cmp.Compare(a.Actor, b.Actor), cmp.Compare(a.CategoryAs, b.CategoryAs), cmp.Compare(a.Abuse, b.Abuse), cmp.Compare(a.Asset, b.Asset),
		cmp.Compare(a.Source, b.Source), cmp.Compare(a.Date, b.Date), cmp.Compare(a.Confidence, b.Confidence), cmp.Compare(a.Categories, b.Categories),
		cmp.Compare(strconv.FormatBool(a.ByForm), strconv.FormatBool(b.ByForm)), cmp.Compare(strconv.FormatBool(a.Cluster), strconv.FormatBool(b.Cluster)),
	)
}

// Confidence is how a source knows what it says, by the words of GraphSense.
type Confidence string

// Authority is what a public authority has published.
const Authority Confidence = "authority_data"

// levels are those that GraphSense gives its words, from 0 to 100.
var levels = map[Confidence]int{
	"override": 100, "ownership": 100, "ledger_immanent": 100, "manual_transaction": 90, "service_api": 70,
	"authority_data": 60, "trusted_provider": 50, "service_data": 50, "forensic": 50,
	"untrusted_transaction": 40, "web_crawl": 20, "heuristic": 10, "unknown": 5,
}

// Level is how sure the source is, from 0 to 100, by GraphSense's scale; not ok if the
// source does not say.
func (c Confidence) Level() (level int, ok bool) {
	level, ok = levels[c]
	return level, ok
}

// Category is a set of kinds of things that an address can be: a tag may say several,
// as of an exchange under sanctions. The zero Category says nothing.
type Category uint32

// The kinds.
const (
	Sanctioned   Category = 1 << iota // listed by an authority
	Hack                              // took or received what was stolen
	Ransom                            // ransomware and extortion
	Scam                              // fraud, phishing, Ponzi schemes
	Violence                          // terrorism and extremism
	Frozen                            // blocked by the issuer of a token
	Mixer                             // hides where coins come from
	Bridge                            // carries value between chains
	Exchange                          // an exchange that holds its customers' coins
	Decentral                         // an exchange, lender or pool that is a contract
	Gambling                          // gambling
	Market                            // sells goods, also those that are not to be sold
	Wallet                            // keeps coins for others
	Miner                             // miners, pools and validators
	Service                           // another service
	Organisation                      // another organisation, charities among them
	Person                            // a person
	Other                             // something else; CategoryAs says what
)

// words are the kinds' names, in order.
var words = [...]string{
	"sanctioned", "hack", "ransom", "scam", "violence", "frozen", "mixer", "bridge", "exchange", "defi",
	"gambling", "market", "wallet", "miner", "service", "organisation", "person", "other",
}

// Has reports whether all of these kinds are among them.
func (c Category) Has(kinds Category) bool { return c&kinds == kinds }

// Words are the names of the kinds, in their order.
func (c Category) Words() []string {
	out := make([]string, 0, bits.OnesCount32(uint32(c)))
	for i, w := range words {
		if c>>i&1 == 1 {
			out = append(out, w)
		}
	}
	return out
}

// String is the kinds with commas between, empty for none.
func (c Category) String() string { return strings.Join(c.Words(), ", ") }

// categoryOf are the kinds behind the words of sources, in small letters with
// underscores: GraphSense's entities and abuses, and what explorers label.
var categoryOf = map[string]Category{
	"exchange": Exchange, "hosted_wallet": Wallet, "wallet_service": Wallet, "hot_wallet": Wallet, "payment_processor": Service, "atm": Service,
	"faucet": Service, "service": Service, "broker": Exchange, "defi_dex": Decentral, "dex": Decentral, "defi": Decentral, "defi_lending": Decentral,
	"defi_bridge": Bridge, "bridge": Bridge,
	"mixing_service": Mixer, "mixer": Mixer, "ethereum_mixer": Mixer, "coinjoin": Mixer, "tornado_cash": Mixer, "tumbler": Mixer, "typhoon_network": Mixer,
	"gambling": Gambling, "market": Market, "darknet_market": Market, "miner": Miner, "mining": Miner, "mining_pool": Miner, "validator": Miner,
	"organization": Organisation, "organisation": Organisation, "charity": Organisation, "donation": Organisation, "donate": Organisation, "user": Person, "individual": Person,
	"black_list": Frozen, "blacklist": Frozen, // an explorer's “blocked” is of tokens that some show no longer, and says nothing of the holder
	"service_hack": Hack, "hack": Hack, "heist": Hack, "exploit": Hack, "hacker": Hack, "ransomware": Ransom, "sextortion": Ransom, "extortion": Ransom,
	"scam": Scam, "phishing": Scam, "phish_hack": Scam, "ponzi_scheme": Scam, "pyramid_scheme": Scam, "investment_fraud": Scam,
	"sanction": Sanctioned, "sanctions": Sanctioned, "ofac_sanctions_lists": Sanctioned, "terrorism": Violence, "extremism": Violence,
}

// houses are what stands behind names that explorers label addresses with.
var houses = map[Category]string{
	Exchange: "abcc allbit ascendex bgogo binance binance_deposit bitfinex bithumb bitmart bitmex bitstamp bittrex changenow cobinhood coinbase coinbit coinhako coinmetro " +
		"coinone coinsquare coss_io crex24 crypto_com deribit digifinex ftx gate_io gemini hitbtc hoo_com hotbit huobi korbit kraken kryptono kucoin latoken liquid " +
		"okx paribu poloniex quadrigacx remitano resfinex shapeshift tidex topbtc trade_io upbit yunbi zb_com",
	Bridge:   "across_protocol celer_network connext hop_protocol multichain orbit_bridge ren synapse wormhole",
	Mixer:    "typhoon_cash",
	Miner:    "f2pool miningpoolhub",
	Gambling: "etheroll fomo3d",
	Service:  "blockfi celsius_network nexo",
}

// kindOf is categoryOf with the houses.
var kindOf = func() map[string]Category {
	out := maps.Clone(categoryOf)
	for kind, names := range houses {
		for name := range strings.FieldsSeq(names) {
			out[name] |= kind
		}
	}
	return out
}()

// joined writes the words of a name with underscores between.
var joined = strings.NewReplacer("-", "_", " ", "_")

// Categorise gives the kinds behind the words of a source; Other for words that are
// not known, nothing for none.
func Categorise(said ...string) Category {
	var out Category
	some := false
	for _, w := range said {
		if w = strings.ToLower(strings.TrimSpace(w)); w != "" {
			some = true
			out |= kindOf[joined.Replace(w)]
		}
	}
	if some && out == 0 {
		return Other
	}
	return out
}
