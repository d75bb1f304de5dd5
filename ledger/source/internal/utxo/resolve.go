package utxo

import (
	"bytes"
	"context"
	"errors"
	"iter"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/source/internal/feed"
	"github.com/turtlebay/turtlebay/ledger/source/internal/script"
	"github.com/turtlebay/turtlebay/ledger/source/internal/spill"
)

// Shielded is the owner of what lies in Zcash's shielded pools.
const Shielded ledger.Address = "shielded"

// Notes on inputs.
const (
	NoteUnknown = "an input spends an output that is not known: its payer and value are empty"
	notePayer   = "an input's payer is not known, its value is"
	noteOther   = "an input says other than the output that it spends: the output's word is taken"
)

// item is a row on its way, with what the source knows of it.
type item struct {
	t     ledger.Transfer
	value bool // of an input: the value is known
}

// ordered resolves inputs and gives all rows in order. Refusals are passed on as they
// come; any other error ends the stream.
func ordered(ctx context.Context, o feed.Options, spent script.Spent, tally *feed.Tally, items iter.Seq2[item, error]) iter.Seq2[ledger.Transfer, error] {
	return spill.Ordered(ctx, o.Dir, o.Memory, func(yield func(ledger.Transfer, error) bool) {
		inputs := spill.New(o.Dir, o.Memory, bytes.Compare)
		defer inputs.Close()
		give := func(t ledger.Transfer, err error) bool {
			if err == nil {
				tally.Transfer()
			}
			return yield(t, err)
		}
		var p spill.Packer
		for i, err := range items {
			if err == nil {
				p = p[:0]
				if packLink(&p, &i) {
					err = inputs.Add(p)
				}
			}
			switch {
			case err != nil:
				if !yield(ledger.Transfer{}, err) || !errors.As(err, new(*intake.Refusal)) {
					return
				}
			case i.t.Kind != ledger.Input && !give(i.t, nil):
				return
			case i.t.Kind == ledger.Input && i.t.From == Shielded && !give(i.t, nil):
				return
			}
		}
		l := &links{spent: spent, tally: tally}
		for record, err := range inputs.Sorted() {
			if err != nil {
				yield(ledger.Transfer{}, err)
				return
			}
			t, isInput, err := l.next(record)
			if err != nil || isInput {
				if !give(t, err) || err != nil {
					return
				}
			}
		}
	})
}

// packLink writes a row so that an output comes just before the inputs that spend it.
// Rows of shielded pools are not linked.
func packLink(p *spill.Packer, i *item) bool {
	t := &i.t
	switch {
	case t.Kind == ledger.Output && t.To != Shielded:
		p.Text(t.Tx)
		p.U32(t.Index)
		p.U8(0)
		p.Text(string(t.To))
		p.Amount(t.Value)
	case t.Kind == ledger.Input && t.From != Shielded:
		p.Text(t.Spends.Tx)
		p.U32(t.Spends.Index)
		p.U8(1)
		p.Bool(i.value)
		p.Transfer(t)
	default:
		return false
	}
	return true
}

// links follows outputs to the inputs that spend them.
type links struct {
	spent script.Spent
	tally *feed.Tally
	last  ledger.Outpoint
	owner ledger.Address
	value chain.Amount
	held  bool
}

// next reads a record of packLink and gives the input that it is.
func (l *links) next(record []byte) (t ledger.Transfer, isInput bool, err error) {
	u := spill.Unpack(record)
	of := ledger.Outpoint{Tx: u.Text(), Index: u.U32()}
	if u.U8() == 0 {
		l.last, l.held, l.owner, l.value = of, true, ledger.Address(u.Text()), u.Amount()
		return t, false, u.Err()
	}
	said := u.Bool()
	if t = u.Transfer(); u.Err() != nil {
		return t, false, u.Err()
	}
	if !l.held || l.last != of {
		l.last, l.held = of, false
		if l.spent != nil {
			if l.owner, l.value, l.held, err = l.spent(of); err != nil {
				return t, false, err
			}
		}
	}
	switch {
	case l.held:
		if said && (t.Value != l.value || t.From != "" && t.From != l.owner) {
			l.tally.Note(noteOther)
		}
		t.From, t.Value = l.owner, l.value
	case !said:
		l.tally.Note(NoteUnknown)
	case t.From == "":
		l.tally.Note(notePayer)
	}
	return t, true, nil
}

// The coinbases whose ids were used a second time, by block: what they made was
// overwritten and can never be spent.
var overwritten = map[string]uint64{
	"e3bf3d07d4b0375638d5f1db5255fe07ba2c4cb067cd81b84ee974b6585fb468": 91722,
	"d5d27987d2a3dfc724e359870c6644b40e497bdc0589a033220fe15429d88599": 91812,
}
