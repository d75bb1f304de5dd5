package script

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"
	"math/bits"
	"slices"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
)

// Spent looks up an output that is not among what is read; ok is false if it is not
// known.
type Spent func(of ledger.Outpoint) (owner ledger.Address, value chain.Amount, ok bool, err error)

// ErrStore: a file of unspent outputs is not what it should be.
var ErrStore = errors.New("not a file of unspent outputs")

// maxStored is how many outputs a file may hold, and maxScript how long one is.
const (
	maxStored = 1 << 22
	maxScript = 1 << 20
)

// ReadStore reads the outputs that a block spends: for each the 32 bytes of its
// transaction, its index and the size of what follows (four bytes each, little-endian),
// then, as btcd keeps unspent outputs, a number of height and coinbase, the amount and
// the script, compressed.
func ReadStore(id chain.ID, name string, r io.Reader) (Spent, error) {
	type stored struct {
		owner ledger.Address
		value uint64
	}
	held := map[ledger.Outpoint]stored{}
	head := make([]byte, 40)
	for n := 1; ; n++ {
		switch _, err := io.ReadFull(r, head); {
		case err == io.EOF:
			return func(of ledger.Outpoint) (ledger.Address, chain.Amount, bool, error) {
				s, ok := held[of]
				return s.owner, chain.Units64(s.value), ok, nil
			}, nil
		case err != nil:
			return nil, fmt.Errorf("%s: output %d: %w: %w", name, n, ErrStore, err)
		}
		size := binary.LittleEndian.Uint32(head[36:])
		if size > maxScript || n > maxStored {
			return nil, fmt.Errorf("%s: output %d: %w: too large", name, n, ErrStore)
		}
		body := make([]byte, size)
		if _, err := io.ReadFull(r, body); err != nil {
			return nil, fmt.Errorf("%s: output %d: %w: %w", name, n, ErrStore, err)
		}
		value, script, err := unpackOutput(body)
		if err != nil {
			return nil, fmt.Errorf("%s: output %d: %w", name, n, err)
		}
		of := ledger.Outpoint{Tx: reversed(head[:32]), Index: binary.LittleEndian.Uint32(head[32:])}
		held[of] = stored{Owner(id, script), value}
	}
}

// number reads a number of seven bits a byte, the highest first; each byte that goes on
// adds one, so that every number is written in one way alone.
func number(b []byte) (n uint64, rest []byte, err error) {
	for i, c := range b {
		if n > 1<<56 {
			break
		}
		n = n<<7 | uint64(c&0x7f)
		if c&0x80 == 0 {
			return n, b[i+1:], nil
		}
		n++
	}
	return 0, nil, fmt.Errorf("%w: a number does not end", ErrStore)
}

// unpackOutput reads what is kept of an output.
func unpackOutput(b []byte) (value uint64, script []byte, err error) {
	_, b, err = number(b)
	if err != nil {
		return 0, nil, err
	}
	packed, b, err := number(b)
	if err != nil {
		return 0, nil, err
	}
	kind, b, err := number(b)
	if err != nil {
		return 0, nil, err
	}
	value, ok := amount(packed)
	if !ok {
		return 0, nil, fmt.Errorf("%w: an amount of 2^63 or more", ErrStore)
	}
	script, err = unpackScript(kind, b)
	return value, script, err
}

// amount undoes the compression of amounts, in which zeros at the end are counted.
func amount(x uint64) (uint64, bool) {
	if x == 0 {
		return 0, true
	}
	x--
	zeros, n := x%10, x/10
	if zeros < 9 {
		n = n/9*10 + n%9 + 1
	} else {
		n++
	}
	for range zeros {
		hi, lo := bits.Mul64(n, 10)
		if hi != 0 {
			return 0, false
		}
		n = lo
	}
	return n, n < 1<<63
}

// specials are the scripts that are kept as a hash or a key.
const specials = 6

// unpackScript undoes the compression of scripts.
func unpackScript(kind uint64, b []byte) ([]byte, error) {
	want := uint64(20)
	switch {
	case kind >= specials:
		want = kind - specials
	case kind >= 2:
		want = 32
	}
	if uint64(len(b)) != want {
		return nil, fmt.Errorf("%w: a script of %d bytes, want %d", ErrStore, len(b), want)
	}
	var out []byte
	switch kind {
	case 0:
		out = append([]byte{opDup, opHash160, 20}, b...)
		return append(out, opEqualVerify, opCheckSig), nil
	case 1:
		out = append([]byte{opHash160, 20}, b...)
		return append(out, opEqual), nil
	case 2, 3:
		out = append([]byte{33, byte(kind)}, b...)
		return append(out, opCheckSig), nil
	case 4, 5:
		y, ok := ordinate(b, kind == 5)
		if !ok {
			return nil, fmt.Errorf("%w: a key that is not on the curve", ErrStore)
		}
		out = append([]byte{65, 4}, b...)
		return append(append(out, y...), opCheckSig), nil
	}
	return b, nil
}

// prime is that of the curve y² = x³ + 7, on which keys lie.
var prime, _ = new(big.Int).SetString("fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f", 16)

// ordinate finds the other half of a key: the square root that is odd or even.
func ordinate(x []byte, odd bool) ([]byte, bool) {
	n := new(big.Int).SetBytes(x)
	if n.Cmp(prime) >= 0 {
		return nil, false
	}
	square := new(big.Int).Exp(n, big.NewInt(3), prime)
	square.Add(square, big.NewInt(7)).Mod(square, prime)
	root := new(big.Int).ModSqrt(square, prime)
	if root == nil {
		return nil, false
	}
	if (root.Bit(0) == 1) != odd {
		root.Sub(prime, root)
	}
	return root.FillBytes(make([]byte, 32)), true
}

// reversed is a hash as explorers write it.
func reversed(h []byte) string {
	h = slices.Clone(h)
	slices.Reverse(h)
	return string(h)
}
