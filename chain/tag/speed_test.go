package tag

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/turtlebay/turtlebay/chain"
)

// aPack is a TagPack of so many entries, one in ten on an EVM chain.
func aPack(n int) []byte {
	var b bytes.Buffer
	b.WriteString("title: many\ncreator: nobody\nlastmod: 2026-01-02\ncurrency: BTC\nconfidence: forensic\nlabel: one of many\ncategory: exchange\ntags:\n")
	hash := make([]byte, 20)
	for i := range n {
		hash[0], hash[1], hash[2] = byte(i), byte(i>>8), byte(i>>16)
		id, k, currency := chain.Bitcoin, chain.KeyHash, ""
		if i%10 == 0 {
			id, k, currency = chain.Ethereum, chain.Holder, "  currency: ETH\n"
		}
		a, err := chain.Make(id, k, hash)
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(&b, "- address: '%s'\n%s", a, currency)
		if i%3 == 0 {
			fmt.Fprintf(&b, "  label: wallet %d\n", i)
		}
	}
	return b.Bytes()
}

// BenchmarkLoad reads a TagPack of 240,000 entries, makes the set and writes it.
func BenchmarkLoad(b *testing.B) {
	pack := aPack(240_000)
	b.SetBytes(int64(len(pack)))
	for b.Loop() {
		f, err := Read("many.yaml", bytes.NewReader(pack), Options{})
		if err != nil || f.Receipt.Kept != 240_000 {
			b.Fatal(f.Receipt, err)
		}
		if _, _, err := NewSet(f).Encode(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReadSet reads the written set of 240,000 tags.
func BenchmarkReadSet(b *testing.B) {
	f, err := Read("many.yaml", bytes.NewReader(aPack(240_000)), Options{})
	if err != nil {
		b.Fatal(err)
	}
	text, _, err := NewSet(f).Encode()
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if s, err := ReadSet(bytes.NewReader(text)); err != nil || s.Len() != 240_000 {
			b.Fatal(err)
		}
	}
}
