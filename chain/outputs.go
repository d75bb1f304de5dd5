package chain

import (
	"fmt"
	"strings"

	"github.com/turtlebay/turtlebay/chain/internal/base58"
	"github.com/turtlebay/turtlebay/chain/internal/bech32"
)

// hashSize is the bytes of the hash of a key or script.
const hashSize = 20

// version is how a base58check address of a kind begins.
type version struct {
	bytes string
	kind  Kind
}

// utxoForm is how Bitcoin and its kin write where an output goes: base58check by
// version bytes, segregated witness under a prefix, cashaddr under one.
type utxoForm struct {
	versions []version // the first of a kind is the canonical one
	bech32   string    // prefix of segregated witness; empty: the chain has none
	cash     string    // prefix of cashaddr; empty: the chain has none
	leads    string    // first characters of its base58, as small letters
}

func newUTXOForm(v []version, bech32, cash, leads string) utxoForm {
	return utxoForm{v, bech32, cash, leads}
}

func (f utxoForm) fits(k Kind, b string) bool {
	switch {
	case k == KeyHash:
		return len(b) == hashSize
	case k == ScriptHash:
		return len(b) == hashSize || f.cash != "" && len(b) == 32
	case k == Witness:
		return f.bech32 != "" && (len(b) == 20 || len(b) == 32)
	case k > Witness && k <= Witness+16:
		return f.bech32 != "" && len(b) >= 2 && len(b) <= 40
	}
	return false
}

func (f utxoForm) parse(text string) (Kind, string, error) {
	small := strings.ToLower(text)
	switch {
	case f.bech32 != "" && strings.HasPrefix(small, f.bech32+"1"):
		return f.parseWitness(text)
	case strings.Contains(text, ":"):
		return f.parseCash(text)
	case f.cash != "" && len(text) >= 42 && strings.Contains("qpzr", small[:1]):
		return f.parseCash(f.withPrefix(text))
	case strings.HasPrefix(small, "0x"):
		return 0, "", fault(ErrNetwork, "0x begins an account of an EVM chain")
	}
	b, err := base58.Bitcoin.DecodeCheck(text)
	if err != nil {
		if owner := prefixOwner(small); owner != "" {
			err = fault(ErrNetwork, "the prefix is of %s", owner)
		}
		return 0, "", err
	}
	for _, v := range f.versions {
		if rest, ok := strings.CutPrefix(string(b), v.bytes); ok && len(rest) == hashSize {
			return v.kind, rest, nil
		}
	}
	if owner := versionOwner(b); owner != "" {
		return 0, "", fault(ErrNetwork, "%s", owner)
	}
	return 0, "", fault(ErrLength, "%d bytes, want %d", len(b), len(f.versions[0].bytes)+hashSize)
}

// withPrefix puts the prefix of cashaddr, in the text's case, before it.
func (f utxoForm) withPrefix(text string) string {
	if strings.ToUpper(text) == text {
		return strings.ToUpper(f.cash) + ":" + text
	}
	return f.cash + ":" + text
}

func (f utxoForm) parseWitness(text string) (Kind, string, error) {
	prefix, data, kind, err := bech32.Decode(text)
	switch {
	case err != nil:
		return 0, "", err
	case prefix != f.bech32:
		return 0, "", fault(ErrNetwork, "the prefix is %s, want %s", quote(prefix), f.bech32)
	case len(data) == 0 || len(text) > 90:
		return 0, "", fault(ErrLength, "%d characters", len(text))
	case data[0] > 16:
		return 0, "", fault(ErrForm, "no witness version %d", data[0])
	case kind == bech32.Plain && data[0] > 0:
		return 0, "", fault(ErrChecksum, "it is of bech32, version %d has bech32m", data[0])
	case kind != bech32.Plain && data[0] == 0:
		return 0, "", fault(ErrChecksum, "it is of bech32m, version 0 has bech32")
	}
	b, err := bech32.Regroup(data[1:], 5, 8)
	if err != nil {
		return 0, "", err
	}
	k := Witness + Kind(data[0])
	if !f.fits(k, string(b)) {
		return 0, "", fault(ErrLength, "%s of %d bytes", k, len(b))
	}
	return k, string(b), nil
}

// cashSizes are the bytes of a hash by the last three bits of a cashaddr's version.
var cashSizes = [8]int{20, 24, 28, 32, 40, 48, 56, 64}

func (f utxoForm) parseCash(text string) (Kind, string, error) {
	prefix, data, err := bech32.DecodeCash(text)
	switch {
	case err != nil:
		return 0, "", err
	case f.cash == "" || prefix != f.cash:
		return 0, "", fault(ErrNetwork, "the prefix is %s", quote(prefix))
	}
	b, err := bech32.Regroup(data, 5, 8)
	switch {
	case err != nil:
		return 0, "", err
	case len(b) == 0 || len(b)-1 != cashSizes[b[0]&7]:
		return 0, "", fault(ErrLength, "%d bytes", len(b))
	}
	// The types 2 and 3 say that the holder knows tokens; the hash is of the same kind.
	k := map[byte]Kind{0: KeyHash, 1: ScriptHash, 2: KeyHash, 3: ScriptHash}[b[0]>>3]
	if !f.fits(k, string(b[1:])) {
		return 0, "", fault(ErrForm, "no type %d of %d bytes", b[0]>>3, len(b)-1)
	}
	return k, string(b[1:]), nil
}

func (f utxoForm) print(k Kind, b string) string {
	switch {
	case k >= Witness:
		data := append([]byte{byte(k - Witness)}, mustRegroup(b)...)
		if k == Witness {
			return bech32.Encode(f.bech32, data, bech32.Plain)
		}
		return bech32.Encode(f.bech32, data, bech32.Modified)
	case f.cash != "":
		kind := byte(k-KeyHash) << 3
		if len(b) == 32 {
			kind |= 3
		}
		return bech32.EncodeCash(f.cash, mustRegroup(string([]byte{kind})+b))
	}
	return f.base58(k, b)[0]
}

// base58 are the base58check texts of a hash, the canonical one first.
func (f utxoForm) base58(k Kind, b string) []string {
	var out []string
	for _, v := range f.versions {
		if v.kind == k && len(b) == hashSize {
			out = append(out, base58.Bitcoin.EncodeCheck([]byte(v.bytes+b)))
		}
	}
	return out
}

func (f utxoForm) lossy(k Kind, b string) []string { return f.base58(k, b) }
func (f utxoForm) looksLost(text string) bool      { return looksLost(text, f.leads, 25, 36) }

// testVersions are those of Bitcoin's test networks, which its kin share.
var testVersions = map[string]bool{"\x6f": true, "\xc4": true}

// versionOwner names the chains that the version of base58check bytes is of; empty
// where none is known.
func versionOwner(b []byte) string {
	if len(b) < 1+hashSize {
		return ""
	}
	v := string(b[:len(b)-hashSize])
	var names []string
	for _, c := range chains {
		f, ok := c.form.(utxoForm)
		for _, of := range f.versions {
			if ok && of.bytes == v {
				names = append(names, string(c.ID))
				break
			}
		}
	}
	switch {
	case v == tronVersion:
		names = append(names, string(Tron))
	case testVersions[v]:
		return fmt.Sprintf("version 0x%x is of a test network", v)
	case len(names) == 0 && len(v) > 2:
		return ""
	case len(names) == 0:
		return fmt.Sprintf("version 0x%x is of no known chain", v)
	}
	return fmt.Sprintf("version 0x%x is of %s", v, strings.Join(names, ", "))
}

// prefixOwner names the chain, or test network, whose bech32 prefix a text in small
// letters begins with.
func prefixOwner(small string) string {
	for _, test := range []string{"tb1", "bcrt1", "tltc1"} {
		if strings.HasPrefix(small, test) {
			return "a test network"
		}
	}
	for _, c := range chains {
		prefix := ""
		switch f := c.form.(type) {
		case utxoForm:
			prefix = f.bech32
		case prefixForm:
			prefix = f.prefix
		}
		if prefix != "" && strings.HasPrefix(small, prefix+"1") {
			return string(c.ID)
		}
	}
	return ""
}
