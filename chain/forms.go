package chain

import (
	"encoding/hex"
	"errors"
	"strings"

	"github.com/turtlebay/turtlebay/chain/internal/base58"
	"github.com/turtlebay/turtlebay/chain/internal/bech32"
	"golang.org/x/crypto/sha3"
)

// codecFault puts an error of a codec into the words of this package.
func codecFault(err error) error {
	var w wrong
	if errors.As(err, &w) {
		return err
	}
	for _, m := range []struct{ from, to error }{
		{base58.ErrCharacter, ErrCharacter},
		{bech32.ErrCharacter, ErrCharacter},
		{base58.ErrLength, ErrLength},
		{bech32.ErrLength, ErrLength},
		{base58.ErrChecksum, ErrChecksum},
		{bech32.ErrChecksum, ErrChecksum},
		{bech32.ErrCase, ErrCase},
		{bech32.ErrForm, ErrForm},
		{bech32.ErrPadding, ErrForm},
	} {
		if errors.Is(err, m.from) {
			detail := strings.TrimPrefix(strings.TrimPrefix(err.Error(), m.from.Error()), ": ")
			if m.to == ErrForm {
				detail = err.Error()
			}
			return wrong{m.to, detail}
		}
	}
	return wrong{ErrForm, err.Error()}
}

// oneCase are forms whose letters carry nothing that is lost in small ones.
type oneCase struct{}

func (oneCase) lossy(Kind, string) []string { return nil }
func (oneCase) looksLost(string) bool       { return false }

// accountSize is the bytes of an account of an EVM chain or of Tron.
const accountSize = 20

// holderOf20 are accounts of twenty bytes.
type holderOf20 struct{}

func (holderOf20) fits(k Kind, b string) bool { return k == Holder && len(b) == accountSize }

// evmForm is 0x and forty hexadecimal digits, whose capitals are a checksum (EIP-55);
// where bech32 is set, that prefix and the same bytes as well.
type evmForm struct {
	oneCase
	holderOf20
	bech32 string
}

func (f evmForm) parse(text string) (Kind, string, error) {
	if f.bech32 != "" && strings.HasPrefix(strings.ToLower(text), f.bech32+"1") {
		return prefixForm{f.bech32}.parse(text)
	}
	if len(text) < 2 || text[:2] != "0x" && text[:2] != "0X" {
		return 0, "", fault(ErrForm, "want 0x and %d hexadecimal digits", 2*accountSize)
	}
	b, err := hexBytes(text[2:], accountSize)
	if err != nil {
		return 0, "", err
	}
	digits := text[2:]
	mixed := strings.ToLower(digits) != digits && strings.ToUpper(digits) != digits
	if mixed && eip55(b) != digits {
		return 0, "", fault(ErrChecksum, "its capital letters are not those of EIP-55")
	}
	return Holder, b, nil
}

func (f evmForm) print(_ Kind, b string) string { return "0x" + eip55(b) }

// hexBytes reads so many bytes of hexadecimal digits in any case.
func hexBytes(digits string, size int) (string, error) {
	if len(digits) != 2*size {
		return "", fault(ErrLength, "%d hexadecimal digits, want %d", len(digits), 2*size)
	}
	b, err := hex.DecodeString(digits)
	if err != nil {
		return "", fault(ErrCharacter, "not hexadecimal")
	}
	return string(b), nil
}

// eip55 are the digits of an account with the capitals that EIP-55 gives them: those
// over which the hash of the small ones has an eight or more.
func eip55(b string) string {
	digits := []byte(hex.EncodeToString([]byte(b)))
	sum := keccak(digits)
	for i, c := range digits {
		if nibble := sum[i/2] >> (4 * (1 - i%2)) & 15; c >= 'a' && nibble >= 8 {
			digits[i] = c - 'a' + 'A'
		}
	}
	return string(digits)
}

func keccak(b []byte) (sum [32]byte) {
	h := sha3.NewLegacyKeccak256()
	h.Write(b)
	h.Sum(sum[:0])
	return sum
}

// tronForm is base58check of 0x41 and an account's bytes, or their hexadecimal.
type tronForm struct{ holderOf20 }

const tronVersion = "\x41"

func (tronForm) parse(text string) (Kind, string, error) {
	if digits := strings.TrimPrefix(text, "0x"); len(digits) == 2*accountSize+2 {
		b, err := hexBytes(digits, accountSize+1)
		switch {
		case err != nil:
			return 0, "", err
		case !strings.HasPrefix(b, tronVersion):
			return 0, "", fault(ErrNetwork, "begins with %s, want 41", digits[:2])
		}
		return Holder, b[1:], nil
	}
	b, err := base58.Bitcoin.DecodeCheck(text)
	switch {
	case err != nil:
		return 0, "", err
	case len(b) != accountSize+1:
		return 0, "", fault(ErrLength, "%d bytes, want %d", len(b), accountSize+1)
	case string(b[:1]) != tronVersion:
		return 0, "", fault(ErrNetwork, "%s", versionOwner(b))
	}
	return Holder, string(b[1:]), nil
}

func (tronForm) print(_ Kind, b string) string {
	return base58.Bitcoin.EncodeCheck([]byte(tronVersion + b))
}

func (f tronForm) lossy(k Kind, b string) []string { return []string{f.print(k, b)} }
func (tronForm) looksLost(text string) bool        { return looksLost(text, "t", 34, 34) }

// looksLost reports whether text could be base58 in small letters: its first
// character, its length, and nothing that no character becomes.
func looksLost(text, leads string, least, most int) bool {
	if len(text) < least || len(text) > most || !strings.Contains(leads, text[:1]) {
		return false
	}
	for i := range len(text) {
		c := text[i]
		if !base58.Bitcoin.Has(c) && (c < 'a' || c > 'z' || !base58.Bitcoin.Has(c-'a'+'A')) {
			return false
		}
	}
	return true
}

// prefixForm is bech32 of 20 bytes (keys) or 32 (modules and contracts) under a prefix.
type prefixForm struct {
	prefix string
}

func (f prefixForm) lossy(Kind, string) []string { return nil }
func (f prefixForm) looksLost(string) bool       { return false }

func (f prefixForm) fits(k Kind, b string) bool {
	return k == Holder && (len(b) == accountSize || len(b) == 32)
}

func (f prefixForm) parse(text string) (Kind, string, error) {
	prefix, data, kind, err := bech32.Decode(text)
	if err != nil {
		return 0, "", err
	}
	b, err := bech32.Regroup(data, 5, 8)
	switch {
	case err != nil:
		return 0, "", err
	case prefix != f.prefix:
		return 0, "", fault(ErrNetwork, "the prefix is %s, want %s", quote(prefix), f.prefix)
	case kind != bech32.Plain:
		return 0, "", fault(ErrChecksum, "it is of bech32m")
	case !f.fits(Holder, string(b)):
		return 0, "", fault(ErrLength, "%d bytes, want 20 or 32", len(b))
	}
	return Holder, string(b), nil
}

func (f prefixForm) print(_ Kind, b string) string {
	return bech32.Encode(f.prefix, mustRegroup(b), bech32.Plain)
}

// mustRegroup makes groups of five bits of bytes, which cannot fail.
func mustRegroup(b string) []byte {
	data, _ := bech32.Regroup([]byte(b), 8, 5)
	return data
}
