package bech32

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The valid strings of BIP 173 and BIP 350 up to 90 characters.
func TestDocuments(t *testing.T) {
	for text, kind := range map[string]Kind{
		"A12UEL5L": Plain, "a12uel5l": Plain,
		"an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs": Plain,
		"abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw":                                              Plain,
		"split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w":                               Plain,
		"?1ezyfcl": Plain,
		"A1LQFN3A": Modified, "a1lqfn3a": Modified,
		"an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6": Modified,
		"abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx":                                              Modified,
		"split1checkupstagehandshakeupstreamerranterredcaperredlc445v":                               Modified,
		"?1v759aa": Modified,
	} {
		prefix, data, got, err := Decode(text)
		if err != nil || got != kind || Encode(prefix, data, kind) != strings.ToLower(text) {
			t.Errorf("%s: %q, %v, %v", text, prefix, got, err)
		}
	}
	for text, want := range map[string]error{
		" 1nwldj5": ErrCharacter, "\x7f1axkwrx": ErrCharacter, "\x801eym55h": ErrCharacter, "pzry9x0s0muk": ErrForm, "1pzry9x0s0muk": ErrForm,
		"x1b4n0q5v": ErrCharacter, "li1dgmt3": ErrLength, "de1lg7wt\xff": ErrCharacter, "A1G7SGD8": ErrChecksum, "10a06t8": ErrForm, "1qzzfhee": ErrForm,
		"A12uEL5L": ErrCase, "q" + strings.Repeat("1", MaxText): ErrLength, "": ErrForm,
	} {
		if _, _, _, err := Decode(text); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
	}
}

// The cashaddr document's strings of other prefixes.
func TestCashDocument(t *testing.T) {
	for _, text := range []string{
		"prefix:x64nx6hz", "p:gpf8m4h7", "bitcoincash:qpzry9x8gf2tvdw0s3jn54khce6mua7lcw20ayyn",
		"bchtest:testnetaddress4d6njnut", "bchreg:555555555555555555555555555555555555555555555udxmlmrz",
	} {
		prefix, data, err := DecodeCash(text)
		if err != nil || EncodeCash(prefix, data) != text {
			t.Errorf("%s: %v, %v", text, prefix, err)
		}
		if _, _, err := DecodeCash(strings.ToUpper(text)); err != nil {
			t.Errorf("%s in capitals: %v", text, err)
		}
	}
}

func TestThereAndBack(t *testing.T) {
	const letters62 = "0123456789abcdefghijklmnopqrstuvwxyz"
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 0, 60).Draw(t, "bytes")
		data, err := Regroup(b, 8, 5)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Regroup(data, 5, 8); err != nil || !bytes.Equal(got, b) {
			t.Fatalf("%x came back as %x: %v", b, got, err)
		}
		kind := rapid.SampledFrom([]Kind{Plain, Modified}).Draw(t, "kind")
		text := Encode("bc", data, kind)
		if p, got, k, err := Decode(text); err != nil || p != "bc" || k != kind || !bytes.Equal(got, data) {
			t.Fatalf("%x came back as %x: %v", data, got, err)
		}
		cash := EncodeCash("bitcoincash", data)
		if p, got, err := DecodeCash(cash); err != nil || p != "bitcoincash" || !bytes.Equal(got, data) {
			t.Fatalf("%x came back as %x: %v", data, got, err)
		}
		at := rapid.IntRange(3, len(text)-1).Draw(t, "at")
		slip := []byte(text)
		slip[at] = letters62[rapid.IntRange(0, len(letters62)-1).Draw(t, "slip")]
		if p, _, k, err := Decode(string(slip)); err == nil && string(slip) != text && p == "bc" && k == kind {
			t.Fatalf("%s with a slip is %s", text, slip)
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")
	f.Add("bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a")
	f.Fuzz(func(t *testing.T, text string) {
		if p, data, k, err := Decode(text); err == nil && Encode(p, data, k) != strings.ToLower(text) {
			t.Fatalf("%q came back as %q", text, Encode(p, data, k))
		}
		if p, data, err := DecodeCash(text); err == nil && EncodeCash(p, data) != strings.ToLower(text) {
			t.Fatalf("%q came back as %q", text, EncodeCash(p, data))
		}
	})
}
