package ledger

import (
	"encoding/hex"
	"strconv"

	"github.com/turtlebay/turtlebay/chain"
)

// Address is an account, or who owns an output, by its bytes: chain.Address.Key where
// the chain has such an address, else any 1 to MaxAddress bytes, as the hash of a
// script that pays no address. Empty is nobody. The bytes mean something only together
// with their chain.
type Address string

// AddressOf is the address as it stands in rows of its chain.
func AddressOf(a chain.Address) Address { return Address(a.Key()) }

// On is the address that the bytes are on a chain; ok is false if they are none.
func (a Address) On(id chain.ID) (at chain.Address, ok bool) {
	return addressOf(id, string(a))
}

// Text is the address as explorers of the chain write it, and "0x…" in hexadecimal if
// the bytes are none of that chain. Nobody is "".
func (a Address) Text(id chain.ID) string {
	if a == "" {
		return ""
	}
	if at, ok := a.On(id); ok {
		return at.String()
	}
	return "0x" + hex.EncodeToString([]byte(a))
}

// Asset is what moves, by the bytes of its contract on the row's chain as in
// [Address]. Empty is the chain's own coin. Assets without a contract (a property
// number, a currency that a source counts in) are their name.
type Asset string

// AssetOf is the asset as it stands in rows of its chain.
func AssetOf(a chain.Asset) Asset { return Asset(a.Contract.Key()) }

// On is the asset that the bytes are on a chain; ok is false if they are none.
func (a Asset) On(id chain.ID) (asset chain.Asset, ok bool) {
	if a == "" {
		_, ok = chain.Lookup(id)
		return chain.Asset{Chain: id}, ok
	}
	contract, ok := addressOf(id, string(a))
	return chain.Asset{Chain: id, Contract: contract}, ok
}

// Text is "CHAIN/native", "CHAIN/CONTRACT", or "CHAIN/" and the name in quotes.
func (a Asset) Text(id chain.ID) string {
	if a == "" {
		return string(id) + "/native"
	}
	if asset, ok := a.On(id); ok {
		return asset.String()
	}
	return string(id) + "/" + strconv.QuoteToGraphic(string(a))
}

// addressOf undoes chain.Address.Key.
func addressOf(id chain.ID, key string) (chain.Address, bool) {
	if at, err := chain.Make(id, chain.Holder, []byte(key)); err == nil {
		return at, true
	}
	if key == "" {
		return chain.Address{}, false
	}
	at, err := chain.Make(id, chain.Kind(key[0]), []byte(key[1:]))
	return at, err == nil
}
