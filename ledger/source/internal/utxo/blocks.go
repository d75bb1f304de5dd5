// Package utxo makes rows of a chain of outputs: of what bitcoin-etl exports, and of
// blocks as Bitcoin's software keeps them.
//
// # Contract
//
// A transaction is an [ledger.Input] for each output it spends and an [ledger.Output]
// for each one it makes; a coinbase spends none. Who paid an input, and how much, is
// taken from the output where that is among what is read, else from the source, else
// from a [script.Spent]; where none of them knows, payer and value are empty and the receipt
// says so.
//
// # Example
//
//	rows := utxo.ReadBlocks(ctx, files, feed.Options{Chain: chain.Bitcoin}, spent, tally)
//	receipt, err := store.Append(ctx, rows)
package utxo

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"iter"
	"math/big"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/source/internal/feed"
	"github.com/turtlebay/turtlebay/ledger/source/internal/script"
)

// Reasons for refusing blocks, and what is noted of them.
const (
	reasonBlock  = "not a block"
	reasonHeight = "its height is not known: the blocks before it are missing, and it says none that agrees"
	reasonTaken  = "another block stands at its height"
	noteBeside   = "a block beside the chain: another had more work behind it"
	noteTwice    = "a block that was read already"
)

// maxNodes is how many blocks may be read at once.
const maxNodes = 1 << 24

// ReadBlocks reads block files, twice: for the heights, which blocks do not all say, and
// for the rows. A refused block names its number in the file as the line.
func ReadBlocks(ctx context.Context, files []*feed.File, o feed.Options, spent script.Spent, tally *feed.Tally) iter.Seq2[ledger.Transfer, error] {
	return ordered(ctx, o, spent, tally, func(yield func(item, error) bool) {
		nodes, err := scan(ctx, files)
		if err != nil {
			yield(item{}, err)
			return
		}
		b := &blocks{options: o, tally: tally, nodes: settle(nodes), seen: map[[32]byte]bool{}, yield: yield}
		for _, f := range files {
			for fr, err := range frames(f) {
				if err == nil {
					err = ctx.Err()
				}
				if err == nil {
					err = b.frame(fr)
				}
				if err != nil {
					if !errors.Is(err, errStopped) {
						yield(item{}, err)
					}
					return
				}
			}
			if err := tally.End(f); err != nil {
				yield(item{}, err)
				return
			}
		}
	})
}

// scan reads the headers of all blocks.
func scan(ctx context.Context, files []*feed.File) ([]node, error) {
	var out []node
	for _, f := range files {
		again, err := f.Again()
		if err != nil {
			return nil, err
		}
		for fr, err := range frames(again) {
			if err == nil {
				err = ctx.Err()
			}
			if err == nil && len(out) == maxNodes {
				err = errors.New("read blocks: too many at once")
			}
			if err != nil {
				again.Close()
				return nil, err
			}
			if fr.fault != "" {
				continue
			}
			if n, ok := nodeOf(fr.bytes); ok {
				out = append(out, n)
			}
		}
		again.Close()
	}
	return out, nil
}

// nodeOf is where a block hangs. One that is not sound keeps its place, so that those
// after it have theirs, and has no work.
func nodeOf(b []byte) (n node, ok bool) {
	h, err := parseHeader(b)
	if err != nil {
		return n, false
	}
	n = node{prev: h.prev, hash: h.hash, work: new(big.Int)}
	if read, err := parseBlock(b); err == nil {
		n.work = workOf(h.bits)
		if h.version >= 2 {
			n.claim, _ = claimedHeight(read.txs[0].script)
		}
	}
	return n, true
}

// errStopped: whoever is given the rows wants no more.
var errStopped = errors.New("stopped")

// blocks makes rows of blocks.
type blocks struct {
	options feed.Options
	tally   *feed.Tally
	nodes   map[[32]byte]*node
	seen    map[[32]byte]bool
	yield   func(item, error) bool
}

func (b *blocks) frame(fr frame) error {
	b.tally.Read(fr.file)
	if fr.fault != "" {
		return b.refuse(fr, "", reasonBlock, fr.fault)
	}
	read, err := parseBlock(fr.bytes)
	if err != nil {
		return b.refuse(fr, "", reasonBlock, err.Error())
	}
	n := b.nodes[read.hash]
	switch {
	case b.seen[read.hash]:
		b.tally.Note(noteTwice)
		b.tally.Still(fr.file)
		return nil
	case n == nil || n.standing == nowhere:
		return b.refuse(fr, "height", reasonHeight, hex.EncodeToString([]byte(reversed(read.hash))))
	case n.standing == taken:
		return b.refuse(fr, "height", reasonTaken, hex.EncodeToString([]byte(reversed(read.hash))))
	case n.standing == beside:
		b.seen[read.hash] = true
		b.tally.Note(noteBeside)
		b.tally.Still(fr.file)
		return nil
	}
	b.seen[read.hash] = true
	b.tally.Gave(fr.file)
	for pos := range read.txs {
		if !b.transaction(&read, n.height, pos) {
			return errStopped
		}
	}
	return nil
}

func (b *blocks) refuse(fr frame, field, reason, detail string) error {
	r := b.tally.Refuse(fr.file, &intake.Refusal{
		File: b.tally.Name(fr.file), Line: int(fr.number), Field: field, Reason: reason, Detail: detail,
		Size: int64(len(fr.bytes)), Place: fr.place,
	})
	if !b.yield(item{}, r) {
		return errStopped
	}
	return nil
}

// transaction makes the rows of one; it reports whether more are wanted.
func (b *blocks) transaction(in *block, height uint64, pos int) bool {
	tx := &in.txs[pos]
	base := ledger.Transfer{
		Chain: b.options.Chain, Block: height, Pos: uint32(pos), Time: int64(in.time),
		Tx: ownID(reversed(tx.hash), height),
	}
	for i, from := range tx.spends {
		t := base
		t.Kind, t.Index = ledger.Input, uint32(i)
		t.Spends = ledger.Outpoint{Tx: reversed(from.tx), Index: from.index}
		if !b.yield(item{t: t}, nil) {
			return false
		}
	}
	for i, out := range tx.makes {
		t := base
		t.Kind, t.Index = ledger.Output, uint32(i)
		t.To, t.Value = script.Owner(b.options.Chain, out.script), chain.Units64(out.value)
		if !b.yield(item{t: t}, nil) {
			return false
		}
	}
	return true
}

// ownID is the id of a transaction in rows. Of a coinbase whose id was used again, and
// whose outputs were lost by that, the height follows the id, so that both have theirs.
func ownID(tx string, height uint64) string {
	for id, at := range overwritten {
		if at == height && hex.EncodeToString([]byte(tx)) == id {
			return string(binary.BigEndian.AppendUint32([]byte(tx), uint32(height)))
		}
	}
	return tx
}
