package utxo

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
)

// block is a block as the software keeps it.
type block struct {
	header
	txs []transaction
}

// header is what comes before the transactions.
type header struct {
	hash, prev [32]byte // as computed: explorers write them from the last byte on
	root       [32]byte
	version    int32
	time       uint32
	bits       uint32
}

type transaction struct {
	hash   [32]byte
	spends []outpoint // none for a coinbase
	script []byte     // of its first input
	makes  []output
}

type outpoint struct {
	tx    [32]byte
	index uint32
}

type output struct {
	value  uint64
	script []byte
}

// Errors of blocks.
var (
	errShort  = errors.New("it ends too early")
	errCount  = errors.New("a count exceeds what is there")
	errSize   = errors.New("a size is written in more bytes than it needs")
	errAmount = errors.New("an amount is negative")
	errMarker = errors.New("a witness marker without witness, or of an unknown kind")
	errRest   = errors.New("bytes are left over")
	errRoot   = errors.New("the transactions are not those of the header")
	errFirst  = errors.New("the first transaction is no coinbase, or another is one")
)

const headerSize = 80

// parseHeader reads the first 80 bytes of a block.
func parseHeader(b []byte) (h header, err error) {
	if len(b) < headerSize {
		return h, errShort
	}
	h.version = int32(binary.LittleEndian.Uint32(b))
	h.prev, h.root = [32]byte(b[4:36]), [32]byte(b[36:68])
	h.time, h.bits = binary.LittleEndian.Uint32(b[68:]), binary.LittleEndian.Uint32(b[72:])
	h.hash = sha256d(b[:headerSize])
	return h, nil
}

// parseBlock reads a whole block and holds its transactions against the header.
func parseBlock(b []byte) (out block, err error) {
	if out.header, err = parseHeader(b); err != nil {
		return out, err
	}
	c := &cursor{rest: b[headerSize:]}
	n := c.count(10) // the shortest transaction
	hashes := make([][32]byte, 0, n)
	for i := 0; i < n && c.err == nil; i++ {
		t := c.transaction()
		if c.err == nil && (len(t.spends) == 0) != (i == 0) {
			c.fail(errFirst)
		}
		out.txs, hashes = append(out.txs, t), append(hashes, t.hash)
		if c.err != nil {
			return out, fmt.Errorf("tx %d: %w", i, c.err)
		}
	}
	switch {
	case c.err != nil:
		return out, c.err
	case len(c.rest) > 0:
		return out, errRest
	case n == 0:
		return out, errFirst
	case merkleRoot(hashes) != out.root:
		return out, errRoot
	}
	return out, nil
}

func sha256d(b []byte) [32]byte {
	first := sha256.Sum256(b)
	return sha256.Sum256(first[:])
}

// merkleRoot is the root over the transactions; the last of an odd row stands twice. It
// is zero where two neighbours are the same, by which other transactions would have
// the same root.
func merkleRoot(row [][32]byte) [32]byte {
	row = slices.Clone(row)
	for len(row) > 1 {
		for i := 0; i+1 < len(row); i += 2 {
			if row[i] == row[i+1] {
				return [32]byte{}
			}
		}
		if len(row)%2 == 1 {
			row = append(row, row[len(row)-1])
		}
		for i := 0; i < len(row); i += 2 {
			row[i/2] = sha256d(slices.Concat(row[i][:], row[i+1][:]))
		}
		row = row[:len(row)/2]
	}
	return row[0]
}

// cursor reads a block; after the first fault it gives zero values.
type cursor struct {
	rest []byte
	err  error
}

func (c *cursor) fail(err error) {
	if c.err == nil {
		c.err = err
	}
	c.rest = nil
}

func (c *cursor) take(n int) []byte {
	if c.err != nil || n > len(c.rest) {
		c.fail(errShort)
		return make([]byte, min(n, 64))
	}
	out := c.rest[:n:n]
	c.rest = c.rest[n:]
	return out
}

func (c *cursor) u32() uint32 { return binary.LittleEndian.Uint32(c.take(4)) }
func (c *cursor) u64() uint64 { return binary.LittleEndian.Uint64(c.take(8)) }

// size reads a size as the protocol writes it: a byte, or a mark and 2, 4 or 8 bytes.
func (c *cursor) size() uint64 {
	least := uint64(0)
	var n uint64
	switch mark := c.take(1)[0]; mark {
	case 0xfd:
		n, least = uint64(binary.LittleEndian.Uint16(c.take(2))), 0xfd
	case 0xfe:
		n, least = uint64(c.u32()), 1<<16
	case 0xff:
		n, least = c.u64(), 1<<32
	default:
		return uint64(mark)
	}
	if c.err == nil && n < least {
		c.fail(errSize)
	}
	return n
}

// count reads how many things follow, each of at least so many bytes.
func (c *cursor) count(least int) int {
	n := c.size()
	if n > uint64(len(c.rest)/least) {
		c.fail(errCount)
		return 0
	}
	return int(n)
}

// bytes reads a string with its size before it.
func (c *cursor) bytes() []byte {
	n := c.size()
	if n > uint64(len(c.rest)) {
		c.fail(errShort)
		return nil
	}
	return c.take(int(n))
}

// transaction reads one, with its witness or without; the witness is not hashed.
func (c *cursor) transaction() (t transaction) {
	start := c.rest
	version := c.take(4)
	witness := len(c.rest) > 1 && c.rest[0] == 0
	if witness {
		if marker := c.take(2); marker[1] != 1 {
			c.fail(errMarker)
		}
	}
	body := c.rest
	inputs := c.count(41)
	coinbase := false
	for i := range inputs {
		from := outpoint{tx: [32]byte(c.take(32)), index: c.u32()}
		if s := c.bytes(); i == 0 {
			t.script = s
		}
		c.take(4)
		coinbase = coinbase || from == outpoint{index: math.MaxUint32}
		t.spends = append(t.spends, from)
	}
	if coinbase && inputs == 1 {
		t.spends = nil
	} else if c.err == nil && (coinbase || inputs == 0) {
		c.fail(errFirst)
	}
	for range c.count(9) {
		value := c.u64()
		if value > math.MaxInt64 {
			c.fail(errAmount)
		}
		t.makes = append(t.makes, output{value, c.bytes()})
	}
	body = body[:max(len(body)-len(c.rest), 0)]
	if witness {
		c.witness(inputs)
	}
	lock := c.take(4)
	if c.err != nil {
		return t
	}
	if !witness {
		t.hash = sha256d(start[:len(start)-len(c.rest)])
		return t
	}
	t.hash = sha256d(slices.Concat(version, body, lock))
	return t
}

// witness passes over the witnesses of so many inputs.
func (c *cursor) witness(inputs int) {
	empty := true
	for range inputs {
		for range c.count(1) {
			c.bytes()
			empty = false
		}
	}
	if empty {
		c.fail(errMarker)
	}
}

// reversed is a hash as explorers write it.
func reversed(h [32]byte) string {
	slices.Reverse(h[:])
	return string(h[:])
}
