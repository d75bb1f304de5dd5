package chain

import (
	"errors"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// anAddress draws an address of any chain.
func anAddress(t *rapid.T) Address {
	c := rapid.SampledFrom(chains).Draw(t, "chain")
	k := Holder
	size := 20
	switch c.form.(type) {
	case utxoForm:
		k = rapid.SampledFrom([]Kind{KeyHash, ScriptHash, Witness, Witness + 1, Witness + 16}).Draw(t, "kind")
		switch {
		case k > Witness:
			size = rapid.IntRange(2, 40).Draw(t, "size")
		case k == Witness || k == ScriptHash && (c.ID == BitcoinCash || c.ID == "ecash"):
			size = rapid.SampledFrom([]int{20, 32}).Draw(t, "size")
		}
		if f := c.form.(utxoForm); f.bech32 == "" && k >= Witness {
			k, size = KeyHash, 20
		}
	case prefixForm:
		size = rapid.SampledFrom([]int{20, 32}).Draw(t, "size")
	case stellarForm, algorandForm, solanaForm:
		size = 32
	case moneroForm:
		size = moneroSize
	}
	b := rapid.SliceOfN(rapid.OneOf(rapid.Byte(), rapid.Just(byte(0))), size, size).Draw(t, "bytes")
	if c.ID == Monero {
		b[0] = rapid.SampledFrom([]byte{moneroStandard, moneroSub, moneroIntegrated}).Draw(t, "network")
		if b[0] == moneroIntegrated {
			b = append(b, "paid for"...)
		}
	}
	a, err := Make(c.ID, k, b)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// What is printed is read back as the same address.
func TestPrintedIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := anAddress(t)
		b, err := Parse(a.Chain(), a.String())
		if err != nil || a != b || a.String() != b.String() {
			t.Fatalf("%s %s came back as %v: %v", a.Chain(), a, b, err)
		}
		for _, lost := range a.LostCase() {
			b, err := Parse(a.Chain(), lost)
			if err == nil && b != a || err != nil && !errors.Is(err, ErrCaseLost) {
				t.Fatalf("%s in small letters came back as %v: %v", a, b, err)
			}
		}
	})
}

// One changed character is never another address, where a checksum is printed: of EVM
// accounts only what EIP-55 gives letters to, of Solana nothing.
func TestOneSlipIsCaught(t *testing.T) {
	const characters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	rapid.Check(t, func(t *rapid.T) {
		a := anAddress(t)
		c, _ := Lookup(a.Chain())
		if _, evm := c.form.(evmForm); evm || a.Chain() == Solana {
			return
		}
		text := []byte(a.String())
		at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		text[at] = rapid.SampledFrom([]byte(characters)).Draw(t, "slip")
		if b, err := Parse(a.Chain(), string(text)); err == nil && b != a {
			t.Fatalf("%s %s with a slip is %s", a.Chain(), a, b)
		}
	})
}

// A changed character of an EVM account is caught where enough letters carry the
// checksum; in the document's first example each of them is.
func TestSlipsOfEIP55(t *testing.T) {
	const text = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
	missed := 0
	for at := 2; at < len(text); at++ {
		for _, c := range "0123456789abcdefABCDEF" {
			slip := text[:at] + string(c) + text[at+1:]
			if _, err := Parse(Ethereum, slip); err == nil && slip != text {
				missed++
			}
		}
	}
	if missed > 0 {
		t.Errorf("%d slips pass", missed)
	}
}

func anAmount(t *rapid.T, name string) Amount {
	b := rapid.SliceOfN(rapid.OneOf(rapid.Byte(), rapid.SampledFrom([]byte{0, 255})), 0, 32).Draw(t, name)
	a, err := FromBig(new(big.Int).SetBytes(b))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Amounts are what math/big says, and come back from every form they are given.
func TestAmountsAreIntegers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anAmount(t, "a"), anAmount(t, "b")
		if a.String() != a.Big().String() || a.Cmp(b) != a.Big().Cmp(b.Big()) || FromBytes(a.Bytes()) != a {
			t.Fatalf("%s is not %s", a, a.Big())
		}
		sum, ok := a.Add(b)
		want := new(big.Int).Add(a.Big(), b.Big())
		if ok != (want.BitLen() <= 256) || ok && sum.Big().Cmp(want) != 0 {
			t.Fatalf("%s + %s = %s, %v", a, b, sum, ok)
		}
		difference, ok := a.Sub(b)
		want = new(big.Int).Sub(a.Big(), b.Big())
		if ok != (want.Sign() >= 0) || ok && difference.Big().Cmp(want) != 0 {
			t.Fatalf("%s - %s = %s, %v", a, b, difference, ok)
		}
		decimals := rapid.Uint8().Draw(t, "decimals")
		units := a.Units(decimals)
		again, err := ParseUnits(units, decimals)
		if err != nil || again != a || strings.Contains(units, ".") && strings.HasSuffix(units, "0") {
			t.Fatalf("%s as %q came back as %s: %v", a, units, again, err)
		}
		if n, ok := a.Uint64(); ok && Units64(n) != a {
			t.Fatalf("%s is not %d", a, n)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, k := range known {
		f.Add(string(k.chain), k.text)
		f.Add(string(k.chain), strings.ToLower(k.text))
	}
	for _, c := range chains {
		f.Add(string(c.ID), "1")
		f.Add(string(c.ID), "x:\x00")
	}
	f.Fuzz(func(t *testing.T, id, text string) {
		a, err := Parse(ID(id), text)
		if err != nil {
			var e *AddressError
			if !errors.As(err, &e) || e.Err == nil || !a.IsZero() {
				t.Fatalf("%q: %v with %v", text, a, err)
			}
			return
		}
		if b, err := Parse(ID(id), a.String()); err != nil || a != b {
			t.Fatalf("%q is %q, which is %v: %v", text, a.String(), b, err)
		}
		if made, err := Make(ID(id), a.Kind(), a.Bytes()); err != nil || made != a {
			t.Fatalf("%q cannot be made: %v", text, err)
		}
	})
}

func FuzzUnits(f *testing.F) {
	for _, text := range []string{"0", "1.5", "-1", ".5", "1.", "1e9", "00.10", "1" + strings.Repeat("0", 77), "1,000", "٣"} {
		f.Add(text, uint8(18))
	}
	f.Fuzz(func(t *testing.T, text string, decimals uint8) {
		a, err := ParseUnits(text, decimals)
		if err != nil {
			return
		}
		r, ok := new(big.Rat).SetString(text)
		if !ok {
			t.Fatalf("%q is no number to math/big", text)
		}
		want := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil))
		if want.Mul(want, r); !want.IsInt() || want.Num().Cmp(a.Big()) != 0 {
			t.Fatalf("%q with %d decimals is %s", text, decimals, a)
		}
	})
}
