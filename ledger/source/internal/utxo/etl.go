package utxo

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"iter"
	"strings"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/source/internal/feed"
	"github.com/turtlebay/turtlebay/ledger/source/internal/script"
)

// Reasons for refusing transactions of bitcoin-etl.
const (
	reasonList  = "not a list of inputs or outputs"
	reasonTwice = "two have the same index"
	reasonSum   = "not the sum of what it lists"
	reasonOwner = "neither script nor address"
	notePos     = "where the transaction stands in its block is not said: order of the file"
)

// ReadETL reads transactions as bitcoin-etl exports them; its blocks are passed over.
func ReadETL(ctx context.Context, files []*feed.File, o feed.Options, spent script.Spent, tally *feed.Tally) iter.Seq2[ledger.Transfer, error] {
	return ordered(ctx, o, spent, tally, func(yield func(item, error) bool) {
		e := &etl{options: o, tally: tally}
		for in, err := range feed.EachRow(ctx, files, tally, true) {
			if err != nil {
				if !yield(item{}, err) || !errors.As(err, new(*intake.Refusal)) {
					return
				}
				continue
			}
			items, refusal := e.row(in)
			if refusal != nil && !yield(item{}, tally.Refuse(in.File, refusal)) {
				return
			}
			for _, i := range items {
				if !yield(i, nil) {
					return
				}
			}
		}
	})
}

// etl makes rows of transactions.
type etl struct {
	options feed.Options
	tally   *feed.Tally
	block   uint64 // of the transaction before
	pos     uint32 // in the file's order, of the next
}

// side is an input or output.
type side struct {
	Index     json.Number `json:"index"`
	Tx        string      `json:"spent_transaction_hash"`
	Out       json.Number `json:"spent_output_index"`
	Script    *string     `json:"script_hex"`
	Type      string      `json:"type"`
	Addresses []string    `json:"addresses"`
	Value     json.Number `json:"value"`
}

func (e *etl) row(in feed.Row) ([]item, *intake.Refusal) {
	f := feed.NewFields(in.Row, e.options.Chain)
	if f.Text("type") == "block" || f.Has("merkle_root") && !f.Has("outputs") {
		e.tally.Context(in.File)
		return nil, f.Refusal()
	}
	base := ledger.Transfer{
		Chain: e.options.Chain, Block: f.Need("block_number", 63), Time: int64(f.Need("block_timestamp", 62)),
		Tx: f.NeedHash("hash"),
	}
	base.Tx = ownID(base.Tx, base.Block)
	base.Pos = e.position(f, base.Block)
	var items []item
	if f.Text("is_coinbase") != "true" {
		items = e.sides(f, "inputs", base)
	}
	items = append(items, e.sides(f, "outputs", base)...)
	if refusal := f.Refusal(); refusal != nil {
		return nil, refusal
	}
	if len(items) == 0 {
		e.tally.Still(in.File)
		return nil, nil
	}
	e.tally.Gave(in.File)
	return items, nil
}

// position is that of the transaction; where it is null, the order of the file.
func (e *etl) position(f *feed.Fields, block uint64) uint32 {
	if block != e.block {
		e.block, e.pos = block, 0
	}
	pos, ok := f.Number("index", 32)
	if !ok {
		if e.tally.Note(notePos); f.Refusal() == nil {
			pos = uint64(e.pos)
		}
	}
	e.pos++
	return uint32(pos)
}

// sides makes rows of the inputs or outputs, and holds their values against the sum
// that the transaction states: floats on the way would show there.
func (e *etl) sides(f *feed.Fields, field string, base ledger.Transfer) []item {
	var list []side
	d := json.NewDecoder(bytes.NewReader(f.Raw(field)))
	d.UseNumber()
	if err := d.Decode(&list); err != nil {
		f.Fault(field, reasonList, "")
		return nil
	}
	var out []item
	var sum chain.Amount
	whole, seen := true, map[uint32]bool{}
	for _, s := range list {
		i, ok := e.side(f, field, base, s)
		if !ok {
			return nil
		}
		if seen[i.t.Index] {
			f.Fault(field, reasonTwice, intake.Quote(string(s.Index)))
		}
		seen[i.t.Index] = true
		small := true
		if sum, small = sum.Add(i.t.Value); !small {
			f.Fault(field, chain.ErrTooBig.Error(), "")
		}
		whole = whole && i.value
		out = append(out, i)
	}
	total := strings.TrimSuffix(field, "s") + "_value"
	if said, ok := f.Amount(total); ok && whole && said != sum {
		f.Fault(total, reasonSum, said.String()+", the sum is "+sum.String())
	}
	return out
}

// side makes the row of an input or output.
func (e *etl) side(f *feed.Fields, field string, base ledger.Transfer, s side) (i item, ok bool) {
	i.t = base
	index, ok := small(s.Index)
	if !ok {
		f.Fault(field+".index", feed.ReasonNumber, intake.Quote(string(s.Index)))
		return i, false
	}
	i.t.Index = index
	if i.value = s.Value != ""; i.value {
		value, err := chain.ParseAmount(string(s.Value))
		if err != nil {
			f.Fault(field+".value", feed.AmountReason(err), intake.Quote(string(s.Value)))
			return i, false
		}
		i.t.Value = value
	}
	if field == "outputs" {
		return i, e.output(f, &i, s)
	}
	return i, e.input(f, &i, s)
}

func small(n json.Number) (uint32, bool) {
	if n == "" || strings.Trim(string(n), "0123456789") != "" || len(n) > 10 {
		return 0, false
	}
	v, err := n.Int64()
	return uint32(v), err == nil && v < 1<<32
}

const shielded = "shielded"

func (e *etl) output(f *feed.Fields, i *item, s side) bool {
	i.t.Kind = ledger.Output
	switch {
	case !i.value:
		f.Fault("outputs.value", feed.ReasonMissing, "")
	case s.Type == shielded:
		i.t.To = Shielded
	case s.Script != nil:
		b, err := hex.DecodeString(*s.Script)
		if err != nil {
			f.Fault("outputs.script_hex", feed.ReasonHex, "")
		}
		i.t.To = script.Owner(e.options.Chain, b)
	default:
		if i.t.To = e.owner(f, "outputs", s); i.t.To == "" {
			f.Fault("outputs", reasonOwner, "")
		}
	}
	return f.Refusal() == nil
}

func (e *etl) input(f *feed.Fields, i *item, s side) bool {
	i.t.Kind = ledger.Input
	if s.Type == shielded {
		if !i.value {
			f.Fault("inputs.value", feed.ReasonMissing, "")
		}
		i.t.From = Shielded
		i.t.Spends = ledger.Outpoint{Tx: shielded + i.t.Tx[:min(32, len(i.t.Tx))], Index: i.t.Index}
		return f.Refusal() == nil
	}
	tx, err := hex.DecodeString(s.Tx)
	out, ok := small(s.Out)
	switch {
	case err != nil || len(tx) != 32:
		f.Fault("inputs.spent_transaction_hash", feed.ReasonHex, intake.Quote(s.Tx))
	case !ok:
		f.Fault("inputs.spent_output_index", feed.ReasonNumber, intake.Quote(string(s.Out)))
	default:
		i.t.Spends = ledger.Outpoint{Tx: string(tx), Index: out}
		i.t.From = e.owner(f, "inputs", s)
	}
	return f.Refusal() == nil
}

// owner is what the addresses say: none where there are several, as of a bare multisig.
func (e *etl) owner(f *feed.Fields, field string, s side) ledger.Address {
	if len(s.Addresses) != 1 {
		return ""
	}
	text := s.Addresses[0]
	if digits, ok := strings.CutPrefix(text, "nonstandard"); ok {
		if b, err := hex.DecodeString(digits); err == nil && len(b) == 20 {
			return ledger.Address("\x00" + string(b)) // as script.Hash makes it
		}
	}
	a, err := chain.Parse(e.options.Chain, text)
	if err != nil {
		f.Fault(field+".addresses", feed.AddressReason(err), intake.Quote(text))
	}
	return ledger.AddressOf(a)
}
