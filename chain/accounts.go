package chain

import (
	"crypto/sha512"
	"encoding/base32"
	"strings"

	"github.com/turtlebay/turtlebay/chain/internal/base58"
)

// xrpForm is the classic address of the XRP Ledger: base58check in an alphabet of its
// own, of the byte 0 and twenty others.
type xrpForm struct{ holderOf20 }

func (xrpForm) parse(text string) (Kind, string, error) {
	if text[0] == 'X' && len(text) == 47 {
		return 0, "", fault(ErrForm, "an X-address carries a destination tag as well: give the classic address")
	}
	b, err := base58.Ripple.DecodeCheck(text)
	switch {
	case err != nil:
		return 0, "", err
	case len(b) != accountSize+1:
		return 0, "", fault(ErrLength, "%d bytes, want %d", len(b), accountSize+1)
	case b[0] != 0:
		return 0, "", fault(ErrNetwork, "version 0x%02x, want 0x00", b[0])
	}
	return Holder, string(b[1:]), nil
}

func (xrpForm) print(_ Kind, b string) string {
	return base58.Ripple.EncodeCheck([]byte("\x00" + b))
}

func (f xrpForm) lossy(k Kind, b string) []string { return []string{f.print(k, b)} }
func (xrpForm) looksLost(text string) bool        { return looksLost(text, "r", 25, 35) }

// keySize is the bytes of a public key that is an address itself.
const keySize = 32

// holderOf32 are accounts that are public keys.
type holderOf32 struct{}

func (holderOf32) fits(k Kind, b string) bool { return k == Holder && len(b) == keySize }

// solanaForm is 32 bytes in base58. No checksum protects it, so that a text without a
// capital letter is never taken at its word.
type solanaForm struct{ holderOf32 }

func (f solanaForm) parse(text string) (Kind, string, error) {
	if isSmall(text) && f.looksLost(text) {
		return 0, "", fault(ErrCaseLost, "")
	}
	b, err := base58.Bitcoin.Decode(text)
	switch {
	case err != nil:
		return 0, "", err
	case len(b) != keySize:
		return 0, "", fault(ErrLength, "%d bytes, want %d", len(b), keySize)
	}
	return Holder, string(b), nil
}

func (solanaForm) print(_ Kind, b string) string     { return base58.Bitcoin.Encode([]byte(b)) }
func (f solanaForm) lossy(k Kind, b string) []string { return []string{f.print(k, b)} }

func (solanaForm) looksLost(text string) bool {
	return looksLost(text, "123456789abcdefghijklmnopqrstuvwxyz", 40, 44)
}

// moneroForm is base58 in blocks, of a network byte, the keys for spending and
// viewing, for integrated addresses a payment id, and four bytes of Keccak-256. The
// bytes of an address are all but the checksum.
type moneroForm struct{}

const (
	moneroStandard   = 0x12
	moneroIntegrated = 0x13
	moneroSub        = 0x2a

	moneroBlock      = 8  // bytes of a block
	moneroBlockText  = 11 // its characters
	moneroSize       = 1 + 2*keySize
	moneroSizeWithID = moneroSize + 8
)

// moneroTail are the characters of a last block by its bytes.
var moneroTail = [moneroBlock + 1]int{0, 2, 3, 5, 6, 7, 9, 10, moneroBlockText}

func (moneroForm) fits(k Kind, b string) bool {
	if k != Holder || b == "" {
		return false
	}
	switch b[0] {
	case moneroStandard, moneroSub:
		return len(b) == moneroSize
	case moneroIntegrated:
		return len(b) == moneroSizeWithID
	}
	return false
}

func (f moneroForm) parse(text string) (Kind, string, error) {
	var b []byte
	for rest := text; rest != ""; {
		n := min(moneroBlockText, len(rest))
		size := 0
		for size < len(moneroTail) && moneroTail[size] != n {
			size++
		}
		block, err := base58.Bitcoin.Decode(rest[:n])
		if err != nil {
			return 0, "", err
		}
		block = []byte(strings.TrimLeft(string(block), "\x00"))
		if size == len(moneroTail) || len(block) > size {
			return 0, "", fault(ErrLength, "%d characters", len(text))
		}
		b = append(append(b, make([]byte, size-len(block))...), block...)
		rest = rest[n:]
	}
	body := max(len(b)-4, 0)
	if body == 0 {
		return 0, "", fault(ErrLength, "%d bytes", len(b))
	}
	if sum := keccak(b[:body]); string(sum[:4]) != string(b[body:]) {
		return 0, "", fault(ErrChecksum, "")
	}
	switch {
	case b[0] != moneroStandard && b[0] != moneroSub && b[0] != moneroIntegrated:
		return 0, "", fault(ErrNetwork, "network byte 0x%02x is not of the main network", b[0])
	case !f.fits(Holder, string(b[:body])):
		return 0, "", fault(ErrLength, "%d bytes", body)
	}
	return Holder, string(b[:body]), nil
}

func (moneroForm) print(_ Kind, b string) string {
	sum := keccak([]byte(b))
	b += string(sum[:4])
	var out strings.Builder
	for b != "" {
		n := min(moneroBlock, len(b))
		block := base58.Bitcoin.Encode([]byte(strings.TrimLeft(b[:n], "\x00")))
		out.WriteString(strings.Repeat("1", moneroTail[n]-len(block)) + block)
		b = b[n:]
	}
	return out.String()
}

func (f moneroForm) lossy(k Kind, b string) []string { return []string{f.print(k, b)} }
func (moneroForm) looksLost(text string) bool        { return looksLost(text, "48", 95, 106) }

// rfc4648 is base32 as Stellar and Algorand write it.
var rfc4648 = base32.StdEncoding.WithPadding(base32.NoPadding)

// base32Bytes reads so many bytes and refuses a text that writes them in another way.
func base32Bytes(text string, size int) ([]byte, error) {
	if want := rfc4648.EncodedLen(size); len(text) != want {
		return nil, fault(ErrLength, "%d characters, want %d", len(text), want)
	}
	b, err := rfc4648.DecodeString(text)
	if err != nil {
		return nil, fault(ErrCharacter, "not base32 in capital letters")
	}
	if rfc4648.EncodeToString(b) != text {
		return nil, fault(ErrForm, "bits at its end are not zero")
	}
	return b, nil
}

// stellarForm is the account id G… (SEP-23): base32 of a version, a public key and a
// CRC-16.
type stellarForm struct {
	oneCase
	holderOf32
}

const stellarVersion = 6 << 3

func (stellarForm) parse(text string) (Kind, string, error) {
	if text[0] == 'M' && len(text) == 69 {
		return 0, "", fault(ErrForm, "a multiplexed account: give the G… account below it")
	}
	b, err := base32Bytes(text, 1+keySize+2)
	switch {
	case err != nil:
		return 0, "", err
	case b[0] != stellarVersion:
		return 0, "", fault(ErrForm, "begins with %c, want G", text[0])
	case crc16(b[:1+keySize]) != uint16(b[1+keySize])|uint16(b[2+keySize])<<8:
		return 0, "", fault(ErrChecksum, "")
	}
	return Holder, string(b[1 : 1+keySize]), nil
}

func (stellarForm) print(_ Kind, b string) string {
	out := append([]byte{stellarVersion}, b...)
	sum := crc16(out)
	return rfc4648.EncodeToString(append(out, byte(sum), byte(sum>>8)))
}

// crc16 is the checksum of XMODEM: polynomial 0x1021, from 0.
func crc16(b []byte) uint16 {
	var sum uint16
	for _, c := range b {
		sum ^= uint16(c) << 8
		for range 8 {
			carry := sum & 0x8000
			if sum <<= 1; carry != 0 {
				sum ^= 0x1021
			}
		}
	}
	return sum
}

// algorandForm is base32 of a public key and the last four bytes of its SHA-512/256.
type algorandForm struct {
	oneCase
	holderOf32
}

func (algorandForm) parse(text string) (Kind, string, error) {
	b, err := base32Bytes(text, keySize+4)
	if err != nil {
		return 0, "", err
	}
	if sum := sha512.Sum512_256(b[:keySize]); string(sum[28:]) != string(b[keySize:]) {
		return 0, "", fault(ErrChecksum, "")
	}
	return Holder, string(b[:keySize]), nil
}

func (algorandForm) print(_ Kind, b string) string {
	sum := sha512.Sum512_256([]byte(b))
	return rfc4648.EncodeToString([]byte(b + string(sum[28:])))
}
