package ledger

import (
	"encoding/hex"
	"strings"

	"github.com/turtlebay/turtlebay/chain"
)

// Prefixes of what is no address of its chain.
const (
	rawPrefix  = "raw:"
	namePrefix = "name:"
)

// Notation writes an address so that [ParseAddress] reads the same bytes back: as
// explorers of the chain write it, else "raw:" and hexadecimal. Nobody is empty.
func (a Address) Notation(id chain.ID) string {
	if a == "" {
		return ""
	}
	if at, ok := a.On(id); ok {
		if back, err := ParseAddress(id, at.String()); err == nil && back == a {
			return at.String()
		}
	}
	return rawPrefix + hex.EncodeToString([]byte(a))
}

// ParseAddress reads what Notation writes. Errors are *chain.AddressError.
func ParseAddress(id chain.ID, text string) (Address, error) {
	if digits, ok := strings.CutPrefix(text, rawPrefix); ok {
		b, err := hex.DecodeString(digits)
		if err != nil {
			return "", &chain.AddressError{Chain: id, Text: text, Err: chain.ErrForm}
		}
		return Address(b), nil
	}
	if text == "" {
		return "", nil
	}
	a, err := chain.Parse(id, text)
	return AddressOf(a), err
}

// Notation writes an asset so that [ParseAsset] reads the same bytes back: the address
// of its contract, else "name:" and a name, or as an address does. The chain's own coin
// is empty.
func (a Asset) Notation(id chain.ID) string {
	text := Address(a).Notation(id)
	unprintable := func(c rune) bool { return c < ' ' || c > '~' }
	if strings.HasPrefix(text, rawPrefix) && !strings.ContainsFunc(string(a), unprintable) {
		return namePrefix + string(a)
	}
	return text
}

// ParseAsset reads what Notation writes. Errors are *chain.AddressError.
func ParseAsset(id chain.ID, text string) (Asset, error) {
	if name, ok := strings.CutPrefix(text, namePrefix); ok {
		return Asset(name), nil
	}
	a, err := ParseAddress(id, text)
	return Asset(a), err
}
