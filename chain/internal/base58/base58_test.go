package base58

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The examples of the base58 draft for the IETF (draft-msporny-base58).
func TestDraft(t *testing.T) {
	for text, hexed := range map[string]string{
		"2NEpo7TZRRrLZSi2U": hex.EncodeToString([]byte("Hello World!")),
		"USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z": hex.EncodeToString([]byte("The quick brown fox jumps over the lazy dog.")),
		"11233QC4": "0000287fb4cd",
	} {
		b, err := Bitcoin.Decode(text)
		if err != nil || hex.EncodeToString(b) != hexed || Bitcoin.Encode(b) != text {
			t.Errorf("%s: %x, %v", text, b, err)
		}
	}
}

func TestRefused(t *testing.T) {
	for text, want := range map[string]error{"": ErrLength, strings.Repeat("1", MaxText+1): ErrLength, "1O": ErrCharacter, "é": ErrCharacter, "11": ErrLength} {
		if b, err := Bitcoin.DecodeCheck(text); !errors.Is(err, want) || b != nil {
			t.Errorf("%q: %x, %v", text, b, err)
		}
	}
}

func TestThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.OneOf(rapid.Byte(), rapid.Just(byte(0))), 1, 80).Draw(t, "bytes")
		for _, a := range []*Alphabet{Bitcoin, Ripple} {
			if got, err := a.Decode(a.Encode(b)); err != nil || !bytes.Equal(got, b) {
				t.Fatalf("%x came back as %x: %v", b, got, err)
			}
			if got, err := a.DecodeCheck(a.EncodeCheck(b)); err != nil || !bytes.Equal(got, b) {
				t.Fatalf("%x came back as %x: %v", b, got, err)
			}
		}
		text := rapid.StringMatching(`[1-9A-HJ-NP-Za-km-z]{1,128}`).Draw(t, "text")
		if got, err := Bitcoin.Decode(text); err != nil || Bitcoin.Encode(got) != text {
			t.Fatalf("%s came back as %s: %v", text, Bitcoin.Encode(got), err)
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa")
	f.Add(strings.Repeat("z", MaxText))
	f.Fuzz(func(t *testing.T, text string) {
		for _, a := range []*Alphabet{Bitcoin, Ripple} {
			if b, err := a.Decode(text); err == nil && a.Encode(b) != text {
				t.Fatalf("%q came back as %q", text, a.Encode(b))
			}
			if b, err := a.DecodeCheck(text); err == nil && a.EncodeCheck(b) != text {
				t.Fatalf("%q came back as %q", text, a.EncodeCheck(b))
			}
		}
	})
}
