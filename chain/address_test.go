package chain

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

// known are addresses that others published, with what stands behind them. Sources: the
// documents named, and for the rest well-known addresses of the chains themselves.
var known = []struct {
	chain ID
	text  string
	kind  Kind
	bytes string // hexadecimal; empty: not looked at
	canon string // empty: the text is canonical
}{
	{Bitcoin, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", KeyHash, "62e907b15cbf27d5425399ebf6f0fb50ebb88f18", ""},    // first block
	{Bitcoin, "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", KeyHash, "77bff20c60e522dfaa3350c39b030a5d004e839a", ""},    // Bitcoin wiki
	{Bitcoin, "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", ScriptHash, "b472a266d0bd89c13706a4132ccfb16f7c3b9fcb", ""}, // Bitcoin wiki
	// BIP 173
	{Bitcoin, "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", Witness, "751e76e8199196d454941c45d1b3a323f1433bd6", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"},
	{Bitcoin, "bc1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv3", Witness, "1863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262", ""},
	// BIP 350
	{Bitcoin, "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y", Witness + 1, "751e76e8199196d454941c45d1b3a323f1433bd6751e76e8199196d454941c45d1b3a323f1433bd6", ""},
	{Bitcoin, "BC1SW50QGDZ25J", Witness + 16, "751e", "bc1sw50qgdz25j"},
	{Bitcoin, "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs", Witness + 2, "751e76e8199196d454941c45d1b3a323", ""},
	{Bitcoin, "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", Witness + 1, "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798", ""},
	// EIP-55
	{Ethereum, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", Holder, "5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", ""},
	{Ethereum, "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359", Holder, "", ""},
	{Ethereum, "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", Holder, "", ""},
	{Ethereum, "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb", Holder, "", ""},
	{Ethereum, "0x52908400098527886E0F7030069857D2E4169EE7", Holder, "", ""}, // all capitals
	{Ethereum, "0xde709f2102306220921060314715629080e2fb77", Holder, "", ""}, // all small
	{BSC, "0xfb6916095ca1df60bb79ce92ce3ea74c37c5d359", Holder, "", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"},
	{Polygon, "0XFB6916095CA1DF60BB79CE92CE3EA74C37C5D359", Holder, "", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"},
	// cashaddr, as the document has it
	{BitcoinCash, "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu", KeyHash, "76a04053bda0a88bda5177b86a15c3b29f559873", "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a"},
	{BitcoinCash, "qr95sy3j9xwd2ap32xkykttr4cvcu7as4y0qverfuy", KeyHash, "cb481232299cd5743151ac4b2d63ae198e7bb0a9", "bitcoincash:qr95sy3j9xwd2ap32xkykttr4cvcu7as4y0qverfuy"},
	{BitcoinCash, "BITCOINCASH:PPM2QSZNHKS23Z7629MMS6S4CWEF74VCWVN0H829PQ", ScriptHash, "76a04053bda0a88bda5177b86a15c3b29f559873", "bitcoincash:ppm2qsznhks23z7629mms6s4cwef74vcwvn0h829pq"},
	{BitcoinCash, "3CWFddi6m4ndiGyKqzYvsFYagqDLPVMTzC", ScriptHash, "76a04053bda0a88bda5177b86a15c3b29f559873", "bitcoincash:ppm2qsznhks23z7629mms6s4cwef74vcwvn0h829pq"},
	{"ecash", "ecash:qpuqempp9cv9u00jht2yvhhelmtudpvp6q680ygtfe", KeyHash, "", ""}, // GraphSense TagPacks
	// the others
	{Tron, "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", Holder, "a614f803b6fd780986a42c78ec9c7f77e6ded13c", ""},                                                  // the contract of Tether
	{Tron, "41a614f803b6fd780986a42c78ec9c7f77e6ded13c", Holder, "a614f803b6fd780986a42c78ec9c7f77e6ded13c", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"},        // the same
	{XRP, "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh", Holder, "b5f762798a53d543a014caf8b297cff8f2f937e8", ""},                                                   // the first account
	{XRP, "rrrrrrrrrrrrrrrrrrrrrhoLvTp", Holder, "0000000000000000000000000000000000000000", ""},                                                          // account zero
	{Stellar, "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ", Holder, "3f0c34bf93ad0d9971d04ccc90f705511c838aad9734a4a2fb0d7a03fc7fe89a", ""}, // SEP-23
	{Algorand, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAY5HFKQ", Holder, strings.Repeat("00", 32), ""},                                        // address zero
	{Solana, "11111111111111111111111111111111", Holder, strings.Repeat("00", 32), ""},                                                                    // the system program
	{Solana, "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA", Holder, "06ddf6e1d765a193d9cbe146ceeb79ac1cb485ed5f5b37913a8cf5857eff00a9", ""},               // the token program
	{Monero, "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A", Holder, "", ""},                           // the project's donations
	{Dogecoin, "DQQckuSMsiFjaAdGiNjvDyswcz9RWQU2xe", KeyHash, "", ""},
	{"verge", "DFFJhnQNZf8rf67tYnesPu7MuGUpYtzv7Z", KeyHash, "", ""}, // GraphSense TagPacks, OFAC
	{Dash, "XnPFsRWTaSgiVauosEwQ6dEitGYXgwznz2", KeyHash, "", ""},
	{Zcash, "t1WSKwCDL1QYRRUrCCknEs5tDLhtGVYu9KM", KeyHash, "", ""}, // OFAC
	{"bitcoin-gold", "GPwg61XoHqQPNmAucFACuQ5H9sGCDv9TpS", KeyHash, "", ""},
	{"bitcoin-sv", "12sjrrhoFEsedNRhtgwvvRqjFTh8fZTDX9", KeyHash, "", ""}, // OFAC
	{BNBBeacon, "bnb136ns6lfw4zs5hg4n85vdthaad7hq5m4gtkgf23", Holder, "", ""},
	{Cosmos, "cosmos1jtdkj8hxhj88jxv8lul9xvdpnwsl00evvvpnhj", Holder, "", ""}, // OFAC, TagPacks
}

func TestKnownAddresses(t *testing.T) {
	for _, k := range known {
		a, err := Parse(k.chain, k.text)
		if err != nil {
			t.Error(err)
			continue
		}
		canon := k.canon
		if canon == "" {
			canon = k.text
		}
		if a.String() != canon || a.Kind() != k.kind || a.Chain() != k.chain || k.bytes != "" && hex.EncodeToString(a.Bytes()) != k.bytes {
			t.Errorf("%s %s: got %s, %s of %x", k.chain, k.text, a, a.Kind(), a.Bytes())
		}
		again, err := Make(k.chain, a.Kind(), a.Bytes())
		if err != nil || again != a {
			t.Errorf("%s: made again: %v, %v", k.text, again, err)
		}
	}
}

func TestRefusedAddresses(t *testing.T) {
	for _, c := range []struct {
		chain ID
		text  string
		want  error
		says  string
	}{
		{"atlantis", "x", ErrUnknown, `atlantis address "x": chain not known`},
		{Bitcoin, "", ErrLength, "0 characters"},
		{Bitcoin, strings.Repeat("1", 4000), ErrLength, "4000 characters"},
		{Bitcoin, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", ErrChecksum, "bad checksum"},
		{Bitcoin, "1A1zP1eP5QGefi2DMPTfTL5SLmv7Div0Na", ErrCharacter, `"0" at 32`},
		{Bitcoin, "LWnbjLYUfqeokfbWM4FcU7uk2FP2DSxuWS", ErrNetwork, "version 0x30 is of litecoin"},
		{Bitcoin, "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", ErrNetwork, "version 0x41 is of tron"},
		{Tron, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", ErrNetwork, "is of bitcoin"},
		{Bitcoin, "ltc1qmrf5gsptkp2xsunvxc57txjhr53w4d5003smpe", ErrNetwork, "the prefix is of litecoin"},
		{Bitcoin, "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx", ErrNetwork, "test network"},
		{Bitcoin, "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn", ErrNetwork, "version 0x6f is of a test network"}, // Bitcoin wiki
		{Bitcoin, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", ErrNetwork, "EVM"},
		{Bitcoin, "1a1zp1ep5qgefi2dmptftl5slmv7divfna", ErrCaseLost, "all letters are small"},
		// BIP 350
		{Bitcoin, "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd", ErrChecksum, "it is of bech32, version 1 has bech32m"},
		{Bitcoin, "BC1S0XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ54WELL", ErrChecksum, "bech32"},
		{Bitcoin, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh", ErrChecksum, "it is of bech32m, version 0 has bech32"},
		{Bitcoin, "bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4", ErrCharacter, `"o" at 60`},
		{Bitcoin, "BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R", ErrForm, "no witness version 17"},
		{Bitcoin, "bc1pw5dgrnzv", ErrLength, "witness v1 of 1 bytes"},
		{Bitcoin, "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v8n0nx0muaewav253zgeav", ErrLength, "witness v1 of 41 bytes"},
		{Bitcoin, "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P", ErrLength, "witness v0 of 16 bytes"},
		{Bitcoin, "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf", ErrForm, "bad padding"},
		{Bitcoin, "bc1gmk9yu", ErrLength, ""},
		{Bitcoin, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3T4", ErrCase, "mixed"},
		{Ethereum, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD", ErrChecksum, "EIP-55"},
		{Ethereum, "5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", ErrForm, "want 0x"},
		{Ethereum, "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beae", ErrLength, "39 hexadecimal digits, want 40"},
		{Ethereum, "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaeg", ErrCharacter, "not hexadecimal"},
		{Tron, "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", ErrCharacter, `"0" at 1`},
		{Tron, "42a614f803b6fd780986a42c78ec9c7f77e6ded13c", ErrNetwork, "begins with 42"},
		{BitcoinCash, "bchtest:qpm2qsznhks23z7629mms6s4cwef74vcwvqcw003ap", ErrNetwork, "bchtest"},
		{"bitcoin-sv", "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a", ErrNetwork, `the prefix is "bitcoincash"`},
		{BitcoinCash, "qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6b", ErrCharacter, ""},
		{BitcoinCash, "qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6q", ErrChecksum, ""},
		{XRP, "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTH", ErrChecksum, ""},
		{XRP, "XVLhHMPHU98es4dbozjVtdWzVrDjtV5AqEL4xcZj5whKbmc", ErrForm, "X-address"},
		{Stellar, "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGA", ErrChecksum, ""},
		{Solana, "fc1ewquzyteagadva1uthxccznyg1x2plt2dfnu1cjdh", ErrCaseLost, ""},                      // the list of 2026, letters small
		{Monero, "5be5543ff73456ab9f2d207887e2af87322c651ea1a873c5b25b7ffae456c320", ErrCharacter, ""}, // on OFAC's list, and no address
		{Cosmos, "bnb136ns6lfw4zs5hg4n85vdthaad7hq5m4gtkgf23", ErrNetwork, `the prefix is "bnb"`},
		{Avalanche, "X-avax1ju2khnvkex4u30rt5jm5x8jd3jdfhvawg7ed9x", ErrForm, ""},
		{Bitcoin, "1A1z\u202eP1eP", ErrCharacter, `"1A1z\u202eP1eP"`},
	} {
		_, err := Parse(c.chain, c.text)
		var e *AddressError
		if !errors.Is(err, c.want) || !errors.As(err, &e) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s %.90q: %v, want %v with %q", c.chain, c.text, err, c.want, c.says)
		}
	}
}

func TestLostCase(t *testing.T) {
	for _, k := range known {
		a, err := Parse(k.chain, k.text)
		if err != nil {
			continue
		}
		for _, lost := range a.LostCase() {
			if !a.IsLostCase(lost) || a.IsLostCase(lost+"1") {
				t.Errorf("%s: does not know itself as %s", a, lost)
			}
			if b, err := Parse(k.chain, lost); err == nil && b != a || err != nil && !errors.Is(err, ErrCaseLost) {
				t.Errorf("%s in small letters was read as %v, %v", a, b, err)
			}
		}
		if a.IsLostCase(k.text) && a.String() != strings.ToLower(a.String()) {
			t.Errorf("%s: its own text counts as lost", k.text)
		}
	}
	for id, text := range map[ID]string{Ethereum: "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", Bitcoin: "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"} {
		a, err := Parse(id, strings.ToLower(text))
		if err != nil || a.LostCase() != nil {
			t.Errorf("%s loses nothing in small letters: %v, %v", text, a.LostCase(), err)
		}
	}
}

// The old version of Litecoin's scripts and the cashaddr of Bitcoin Cash are other texts
// of the same address.
func TestTwoTextsOneAddress(t *testing.T) {
	hash := strings.Repeat("\x07", 20)
	a, err := Make(Litecoin, ScriptHash, []byte(hash))
	if err != nil {
		t.Fatal(err)
	}
	texts := utxoForm{versions: versions(coins{0x30, 0x32, 0x05})}.base58(ScriptHash, hash)
	if len(texts) != 2 || texts[0][0] != 'M' || texts[1][0] != '3' || a.String() != texts[0] {
		t.Fatalf("%v, %v", texts, a)
	}
	for _, text := range texts {
		if b, err := Parse(Litecoin, text); err != nil || a != b || a.Key() != b.Key() {
			t.Errorf("%s: %v, %v", text, b, err)
		}
		if !a.IsLostCase(strings.ToLower(text)) {
			t.Errorf("%s is not known in small letters", text)
		}
	}
}

// A key and a script with the same hash are two addresses; an account is the same key
// on every EVM chain.
func TestKeys(t *testing.T) {
	hash := make([]byte, 20)
	seen := map[string]Kind{}
	for _, k := range []Kind{KeyHash, ScriptHash, Witness} {
		a, err := Make(Bitcoin, k, hash)
		if err != nil || seen[a.Key()] != 0 {
			t.Errorf("%s: %v, %v", k, a, err)
		}
		seen[a.Key()] = k
	}
	eth, _ := Make(Ethereum, Holder, hash)
	bsc, _ := Make(BSC, Holder, hash)
	if eth == bsc || eth.Key() != bsc.Key() || len(eth.Key()) != 20 {
		t.Errorf("%q, %q", eth.Key(), bsc.Key())
	}
	for _, bad := range []struct {
		chain ID
		kind  Kind
		size  int
	}{{Ethereum, Holder, 19}, {Ethereum, KeyHash, 20}, {Bitcoin, Witness, 21}, {Dogecoin, Witness, 20}, {Bitcoin, Witness + 17, 32}, {Monero, Holder, 0}, {"atlantis", Holder, 20}} {
		if a, err := Make(bad.chain, bad.kind, make([]byte, bad.size)); err == nil || !a.IsZero() || a.String() != "" {
			t.Errorf("made %v of %v", a, bad)
		}
	}
}
