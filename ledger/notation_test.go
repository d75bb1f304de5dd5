package ledger_test

import (
	"testing"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"pgregory.net/rapid"
)

// Whatever the bytes, their notation is read back as the same bytes.
func TestNotation(t *testing.T) {
	for text, id := range map[string]chain.ID{
		"":     chain.Bitcoin,
		"raw:": chain.Ethereum,
		"0x098B716B8Aaf21512996dC57EB0615e2383E2f96": chain.Ethereum,
		"1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2":         chain.Bitcoin,
		"raw:00ff":                                   chain.Bitcoin,
	} {
		a, err := ledger.ParseAddress(id, text)
		if want := text; err != nil || a.Notation(id) != want && want != "raw:" {
			t.Errorf("%q is read as %q, %v", text, a.Notation(id), err)
		}
	}
	for _, bad := range []string{"raw:0", "raw:xx", "0x098b716b8aaf21512996dc57eb0615e2383e2f9", "name:USD", "nobody"} {
		if a, err := ledger.ParseAddress(chain.Ethereum, bad); err == nil {
			t.Errorf("%q was read as %q", bad, a)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.SampledFrom([]chain.ID{chain.Ethereum, chain.Bitcoin, "tron", "monero", "elsewhere"}).Draw(t, "chain")
		b := rapid.OneOf(rapid.StringN(0, 40, 60), rapid.SampledFrom([]string{"USD", "raw:00", "name:x", string(make([]byte, 20)), "\x01" + string(make([]byte, 20))})).Draw(t, "bytes")
		if a, err := ledger.ParseAddress(id, ledger.Address(b).Notation(id)); err != nil || string(a) != b {
			t.Errorf("address %q came back as %q, %v", b, a, err)
		}
		if a, err := ledger.ParseAsset(id, ledger.Asset(b).Notation(id)); err != nil || string(a) != b {
			t.Errorf("asset %q came back as %q, %v", b, a, err)
		}
	})
}
