package script_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/source/internal/script"
)

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const (
	key33 = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
	key65 = "04678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5f"
	zero  = "0000000000000000000000000000000000000000"
)

// The generator's key and the first block's are known in every form.
func TestOwner(t *testing.T) {
	for _, c := range []struct {
		chain        chain.ID
		script, want string
	}{
		{chain.Bitcoin, "76a914751e76e8199196d454941c45d1b3a323f1433bd688ac", "1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH"},
		{chain.Bitcoin, "21" + key33 + "ac", "1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH"},
		{chain.Bitcoin, "41" + key65 + "ac", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"},
		{chain.Bitcoin, "0014751e76e8199196d454941c45d1b3a323f1433bd6", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"},
		{chain.Bitcoin, "00201863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262", "bc1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv3"},
		{chain.Bitcoin, "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"},
		{chain.Bitcoin, "a914" + zero + "87", "31h1vYVSYuKP6AhS86fbRdMw9XHieotbST"},
		{chain.Zcash, "76a914" + zero + "88ac", "t1HsCMaHDJDDvWPPxwkpJcDfDbVJmUYbNnL"},
		{chain.Litecoin, "0014" + zero, "ltc1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqcqx2yr"},
		{chain.BitcoinCash, "76a914" + zero + "88ac", "bitcoincash:qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqfnhks603"},
	} {
		owner := script.Owner(c.chain, unhex(t, c.script))
		if c.chain == chain.Litecoin || c.chain == chain.Zcash || c.chain == chain.BitcoinCash {
			a, ok := owner.On(c.chain)
			if !ok || hex.EncodeToString(a.Bytes()) != zero {
				t.Errorf("%s on %s: %s", c.script, c.chain, owner.Text(c.chain))
			}
			continue
		}
		if got := owner.Text(c.chain); got != c.want {
			t.Errorf("%s on %s: got %s, want %s", c.script, c.chain, got, c.want)
		}
	}
}

// What pays no address stands for itself, and different scripts differ.
func TestHashed(t *testing.T) {
	seen := map[ledger.Address]string{}
	for _, text := range []string{
		"", "6a", "6a0548656c6c6f", "51", "00", "51" + "21" + key33 + "51ae", "5121" + key33 + "21" + key33 + "52ae",
		"76a914" + zero + "88", "76a913" + zero + "88ac", "a914" + zero + "88", "0015" + zero + "00", "0013" + zero[:38],
		"21" + "05" + key33[2:] + "ac", "41" + "05" + key65[2:] + "ac", "0001aa", "60", "6101aabb", "0014" + zero + "ac",
	} {
		owner := script.Owner(chain.Bitcoin, unhex(t, text))
		if _, ok := owner.On(chain.Bitcoin); ok || len(owner) != 21 || owner != script.Hash(unhex(t, text)) {
			t.Errorf("%q is the address %s", text, owner.Text(chain.Bitcoin))
		}
		if other, twice := seen[owner]; twice {
			t.Errorf("%q and %q are one", text, other)
		}
		seen[owner] = text
	}
	if owner := script.Owner(chain.BitcoinCash, unhex(t, "0014"+zero)); len(owner) != 21 {
		t.Error("a chain without witnesses has a witness program")
	}
}

// stored is an entry of a file of outputs.
func stored(tx byte, index uint32, body string) []byte {
	b := bytes.Repeat([]byte{tx}, 31)
	b = append(b, 0xff) // the last byte comes first
	b = binary.LittleEndian.AppendUint32(b, index)
	raw, err := hex.DecodeString(body)
	if err != nil {
		panic(err)
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(len(raw)))
	return append(b, raw...)
}

func TestStore(t *testing.T) {
	x := key65[2:66] // its other half is odd
	file := bytes.Join([][]byte{
		stored(1, 0, "a0f11c"+"8128"+"00"+zero),
		stored(2, 0, "00"+"09"+"01"+zero),
		stored(3, 0, "00"+"00"+"02"+key33[2:]),
		stored(4, 0, "00"+"8bb85e"+"05"+x),
		stored(5, 7, "00"+"32"+"08"+"6a00"),
	}, nil)
	spent, err := script.ReadStore(chain.Bitcoin, "store", bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		tx     byte
		index  uint32
		script string
		value  uint64
	}{
		{1, 0, "76a914" + zero + "88ac", 3_300_000},
		{2, 0, "a914" + zero + "87", 100_000_000},
		{3, 0, "21" + key33 + "ac", 0},
		{4, 0, "41" + key65 + "ac", 226_660_000_000},
		{5, 7, "6a00", 5_000_000_000},
	} {
		of := ledger.Outpoint{Tx: "\xff" + strings.Repeat(string(rune(c.tx)), 31), Index: c.index}
		owner, value, ok, err := spent(of)
		if err != nil || !ok || owner != script.Owner(chain.Bitcoin, unhex(t, c.script)) {
			t.Errorf("output %d: owner %s, known %v, %v", c.tx, owner.Text(chain.Bitcoin), ok, err)
		}
		if n, _ := value.Uint64(); n != c.value {
			t.Errorf("output %d: %d, want %d", c.tx, n, c.value)
		}
	}
	if _, _, ok, err := spent(ledger.Outpoint{Tx: "no", Index: 1}); ok || err != nil {
		t.Error("an output that is not there is known")
	}
}

func TestBadStore(t *testing.T) {
	for name, file := range map[string][]byte{
		"cut":       stored(1, 0, "a0f11c812800"+zero)[:50],
		"short":     []byte("abc"),
		"no number": stored(1, 0, "ffffffffffffffffffffff"),
		"script":    stored(1, 0, "000000"+zero+"00"),
		"curve":     stored(1, 0, "000004"+strings.Repeat("ff", 32)),
		"amount":    stored(1, 0, "00"+"fefefefefefefe7f"+"00"+zero),
		"huge":      append(stored(1, 0, "")[:36], 0xff, 0xff, 0xff, 0x7f),
		"nothing":   stored(1, 0, ""),
	} {
		if _, err := script.ReadStore(chain.Bitcoin, "store", bytes.NewReader(file)); !errors.Is(err, script.ErrStore) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzReadStore(f *testing.F) {
	f.Add(stored(1, 0, "a0f11c812800"+zero))
	f.Add(stored(4, 0, "008bb85e05"+key65[2:66]))
	f.Add(stored(5, 7, "0032086a00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := script.ReadStore(chain.Bitcoin, "store", bytes.NewReader(b)); err != nil && !errors.Is(err, script.ErrStore) {
			t.Error(err)
		}
	})
}
