package chain

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// What can be wrong with an address.
var (
	// ErrUnknown: no such chain.
	ErrUnknown = errors.New("chain not known")
	// ErrForm: the text has none of the forms of the chain's addresses.
	ErrForm = errors.New("not in a form of this chain")
	// ErrLength: too short, too long, or the wrong number of bytes for its kind.
	ErrLength = errors.New("wrong length")
	// ErrCharacter: a character that the form does not have.
	ErrCharacter = errors.New("wrong character")
	// ErrChecksum: the checksum is not that of the rest: a slip, or another address.
	ErrChecksum = errors.New("bad checksum")
	// ErrNetwork: an address of another chain or of a test network.
	ErrNetwork = errors.New("wrong network")
	// ErrCase: capital and small letters are mixed in a form of one case.
	ErrCase = errors.New("capital and small letters are mixed")
	// ErrCaseLost: a form that needs its capital letters, all in small ones. The
	// address cannot be read; see Address.IsLostCase.
	ErrCaseLost = errors.New("case lost: all letters are small")
)

// AddressError is an address that is refused.
type AddressError struct {
	Chain  ID
	Text   string // as it was given
	Err    error  // one of the sentinels
	Detail string // what exactly; may be empty
}

func (e *AddressError) Error() string {
	out := string(e.Chain) + " address " + quote(e.Text) + ": " + e.Err.Error()
	if e.Detail != "" {
		out += ": " + e.Detail
	}
	return out
}

func (e *AddressError) Unwrap() error { return e.Err }

// wrong is a fault of a text, which Parse makes an AddressError of.
type wrong struct {
	err    error
	detail string
}

func (w wrong) Error() string { return w.err.Error() }

func fault(err error, format string, args ...any) error {
	return wrong{err, fmt.Sprintf(format, args...)}
}

// Kind is what an address stands for.
type Kind uint8

// The kinds. Witness + n is a program of segregated witness, version n.
const (
	Holder     Kind = 1  // an account or contract of a chain of accounts; of Monero a wallet
	KeyHash    Kind = 2  // hash of a public key
	ScriptHash Kind = 3  // hash of a script
	Witness    Kind = 16 // to 32
)

// String is the word for people.
func (k Kind) String() string {
	switch {
	case k == Holder:
		return "account"
	case k == KeyHash:
		return "key hash"
	case k == ScriptHash:
		return "script hash"
	case k >= Witness && k <= Witness+16:
		return "witness v" + strconv.Itoa(int(k-Witness))
	}
	return "none"
}

// Address is an address whose text was checked. It can be compared with == and used as
// a map key: two texts of one address give equal values. The zero Address is none.
type Address struct {
	chain ID
	kind  Kind
	bytes string
}

// form is how a chain writes addresses.
type form interface {
	// parse reads a text; its errors are wrong, or of the codecs.
	parse(text string) (Kind, string, error)
	// print writes the canonical text.
	print(k Kind, b string) string
	// fits checks kind and bytes that did not come from a text.
	fits(k Kind, b string) bool
	// lossy are the texts of an address that differ from others in case alone; none
	// where case carries nothing but a checksum.
	lossy(k Kind, b string) []string
	// looksLost reports whether the text could be one of those in small letters.
	looksLost(text string) bool
}

// maxText is the longest text that is looked at, in bytes.
const maxText = 128

// Parse reads an address of a chain as its wallets and explorers write it. What it
// accepts: base58check (P2PKH, P2SH), bech32 and bech32m, cashaddr with and without
// prefix, EVM hex in one case (which no checksum protects) or with the checksum of
// EIP-55, Tron in base58 and as 41…, XRP's classic addresses, Stellar's and Algorand's
// base32, Monero's standard, subaddress and integrated ones, Solana's 32 bytes. No
// space is cut off. Errors: [*AddressError].
func Parse(id ID, text string) (Address, error) {
	c, ok := Lookup(id)
	if !ok {
		return Address{}, &AddressError{Chain: id, Text: text, Err: ErrUnknown}
	}
	if text == "" || len(text) > maxText {
		return Address{}, &AddressError{id, text, ErrLength, strconv.Itoa(len(text)) + " characters"}
	}
	k, b, err := c.form.parse(text)
	if err == nil {
		return Address{id, k, b}, nil
	}
	if isSmall(text) && c.form.looksLost(text) {
		return Address{}, &AddressError{id, text, ErrCaseLost, ""}
	}
	err = codecFault(err)
	var w wrong
	errors.As(err, &w)
	return Address{}, &AddressError{id, text, w.err, w.detail}
}

// Make is the address of bytes as a ledger's rows have them: 20 bytes of an EVM chain
// or of Tron, a hash, a witness program. Errors: ErrUnknown, ErrForm.
func Make(id ID, k Kind, b []byte) (Address, error) {
	c, ok := Lookup(id)
	switch {
	case !ok:
		return Address{}, fmt.Errorf("make address: %w: %s", ErrUnknown, quote(string(id)))
	case !c.form.fits(k, string(b)):
		return Address{}, fmt.Errorf("make address: %w: %s of %d bytes on %s", ErrForm, k, len(b), id)
	}
	return Address{id, k, string(b)}, nil
}

// Chain is the chain that the address is on.
func (a Address) Chain() ID { return a.chain }

// Kind is what it stands for.
func (a Address) Kind() Kind { return a.kind }

// Bytes are the address without version, network and checksum: 20 bytes of an EVM
// chain or of Tron, the hash or program of a chain of outputs.
func (a Address) Bytes() []byte { return []byte(a.bytes) }

// IsZero reports whether it is no address.
func (a Address) IsZero() bool { return a.kind == 0 }

// Key tells the address from every other one of its chain: its bytes, and before them
// one byte for the kind on chains that have several. On chains of one form the keys
// of the same account are the same.
func (a Address) Key() string {
	if a.kind == Holder || a.kind == 0 {
		return a.bytes
	}
	return string([]byte{byte(a.kind)}) + a.bytes
}

// Compare orders addresses by chain, kind and bytes.
func (a Address) Compare(b Address) int {
	if c := strings.Compare(string(a.chain), string(b.chain)); c != 0 {
		return c
	}
	if a.kind != b.kind {
		return int(a.kind) - int(b.kind)
	}
	return strings.Compare(a.bytes, b.bytes)
}

// String is the canonical text: EIP-55 on EVM chains, base58 for Tron, cashaddr with
// its prefix for Bitcoin Cash, bech32 in small letters.
func (a Address) String() string {
	c, ok := Lookup(a.chain)
	if !ok || a.IsZero() {
		return ""
	}
	return c.form.print(a.kind, a.bytes)
}

// IsLostCase reports whether the text is this address with its capital letters lost,
// as some lists publish base58. Different addresses can share such a text, so that a
// match is a hint, to be held against a list that kept its case.
func (a Address) IsLostCase(text string) bool {
	for _, lost := range a.LostCase() {
		if lost == text {
			return true
		}
	}
	return false
}

// LostCase returns the texts of this address in small letters where these cannot be
// read back; none on chains where case carries nothing but a checksum.
func (a Address) LostCase() []string {
	c, ok := Lookup(a.chain)
	if !ok || a.IsZero() {
		return nil
	}
	out := c.form.lossy(a.kind, a.bytes)
	for i, text := range out {
		out[i] = strings.ToLower(text)
	}
	return out
}

// MarshalText writes the canonical text. The chain is not in it.
func (a Address) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

func isSmall(text string) bool { return strings.ToLower(text) == text }

// quote shows text that came from outside without its tricks, cut when long.
func quote(text string) string {
	const most = 100
	if len(text) > most {
		cut := most
		for cut > 0 && !utf8.RuneStart(text[cut]) {
			cut--
		}
		text = text[:cut] + "…"
	}
	return strconv.QuoteToGraphic(text)
}

// ParseAny returns the addresses that a text is, on every chain that has it in a form
// of its own, by chain; none if it is no address. An account of an EVM chain is one on
// all of them.
func ParseAny(text string) []Address {
	var out []Address
	for _, c := range chains {
		if a, err := Parse(c.ID, text); err == nil {
			out = append(out, a)
		}
	}
	return out
}
