package casefile

import (
	"encoding/json"

	"github.com/turtlebay/turtlebay/trace"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"github.com/turtlebay/turtlebay/trace/cluster"
)

// draft is a file as it was read. What it is about is known when its model is, which
// may stand at the end.
type draft struct {
	given
	id, title, model string
	params           trace.Params
	genesis          []trace.Output
	txs              []draftTx
	opening          []trace.Opening
	events           []trace.Event
	thefts           []draftTheft
	settings         []Settings
}

type draftTx struct {
	given
	trace.Tx
	entries []cluster.Entry // inputs of the model cluster
}

type draftTheft struct {
	given
	id, outpoint, event string
}

func readDraft(b []byte) (*draft, error) {
	r, d := newReader(b), &draft{}
	tok, err := r.token("")
	if err != nil {
		return nil, err
	}
	d.given, err = r.object("", tok, fields{
		"id": textInto(&d.id), "model": textInto(&d.model),
		"title": func(at string, tok json.Token) error {
			d.title, _ = tok.(string)
			return r.skip(at, tok)
		},
		"params":   r.params(&d.params),
		"genesis":  list(r, &d.genesis, r.genesis),
		"txs":      list(r, &d.txs, r.tx),
		"opening":  list(r, &d.opening, r.opening),
		"events":   list(r, &d.events, r.event),
		"thefts":   list(r, &d.thefts, r.theft),
		"settings": list(r, &d.settings, r.settings),
	})
	if err != nil {
		return nil, err
	}
	return d, r.end()
}

func (r *reader) params(into *trace.Params) func(string, json.Token) error {
	return func(at string, tok json.Token) error {
		var fees string
		var dust accounting.Exact
		g, err := r.object(at, tok, fields{
			"fees": textInto(&fees), "dust": amountInto(&dust), "boundary": list(r, &into.Boundary, text),
		})
		if err != nil {
			return err
		}
		if g.has("dust") {
			into.Dust = &dust
		}
		switch fees {
		case "", "sink":
		case "to_miner":
			into.FeesToMiner = true
		default:
			return wrong(at+".fees", "%s is neither sink nor to_miner", show(fees))
		}
		return nil
	}
}

func (r *reader) genesis(at string, tok json.Token) (o trace.Output, err error) {
	g, err := r.object(at, tok, fields{
		"outpoint": textInto(&o.Outpoint), "address": textInto(&o.Address), "value": amountInto(&o.Value),
	})
	if err == nil {
		err = g.require("outpoint", "value")
	}
	return o, err
}

func (r *reader) output(at string, tok json.Token) (o trace.Output, err error) {
	g, err := r.object(at, tok, fields{"address": textInto(&o.Address), "value": amountInto(&o.Value)})
	if err == nil {
		err = g.require("value")
	}
	return o, err
}

func (r *reader) tx(at string, tok json.Token) (t draftTx, err error) {
	t.given, err = r.object(at, tok, fields{
		"id": textInto(&t.ID), "block": ordinalInto(&t.Block), "pos": ordinalInto(&t.Pos),
		"inputs":   func(at string, tok json.Token) error { return r.array(at, tok, r.input(&t)) },
		"outputs":  list(r, &t.Outputs, r.output),
		"coinbase": stored(&t.Coinbase, flag), "subsidy": amountInto(&t.Subsidy),
	})
	if err == nil {
		err = t.require("id", "block", "outputs")
	}
	if err == nil && !t.Coinbase {
		err = t.require("inputs")
	}
	return t, err
}

// input reads an input of either model: an outpoint, or an address with its value.
func (r *reader) input(t *draftTx) func(string, json.Token) error {
	return func(at string, tok json.Token) error {
		if tok == json.Delim('{') {
			o, err := r.output(at, tok)
			t.entries = append(t.entries, cluster.Entry{Address: o.Address, Value: o.Value})
			return err
		}
		s, err := text(at, tok)
		t.Inputs = append(t.Inputs, s)
		return err
	}
}

func (r *reader) opening(at string, tok json.Token) (o trace.Opening, err error) {
	g, err := r.object(at, tok, fields{
		"account": textInto(&o.Account), "asset": textInto(&o.Asset), "value": amountInto(&o.Value),
	})
	if err == nil {
		err = g.require("account", "asset", "value")
	}
	return o, err
}

func (r *reader) event(at string, tok json.Token) (e trace.Event, err error) {
	var kind string
	g, err := r.object(at, tok, fields{
		"id": textInto(&e.ID), "kind": textInto(&kind), "from": textInto(&e.From), "to": textInto(&e.To),
		"block": ordinalInto(&e.Block), "pos": ordinalInto(&e.Pos), "idx": ordinalInto(&e.Idx),
		"asset": textInto(&e.Paid.Asset), "value": amountInto(&e.Paid.Value),
		"fee": amountInto(&e.Fee.Value), "fee_asset": textInto(&e.Fee.Asset),
		"in": r.quantity(&e.Paid), "out": r.quantity(&e.Received),
	})
	if err == nil {
		err = g.require("id", "block", "kind", "from", "to")
	}
	if err != nil {
		return e, err
	}
	switch kind {
	case "transfer":
		if err = g.refuse("is of a swap, not of a transfer", "in", "out"); err == nil {
			err = g.require("asset", "value")
		}
	case "swap":
		e.Swap = true
		if err = g.refuse("is of a transfer, not of a swap", "asset", "value"); err == nil {
			err = g.require("in", "out")
		}
	default:
		err = wrong(at+".kind", "%s is neither transfer nor swap", show(kind))
	}
	return e, err
}

func (r *reader) quantity(into *trace.Quantity) func(string, json.Token) error {
	return func(at string, tok json.Token) error {
		g, err := r.object(at, tok, fields{"asset": textInto(&into.Asset), "value": amountInto(&into.Value)})
		if err != nil {
			return err
		}
		return g.require("asset", "value")
	}
}

func (r *reader) theft(at string, tok json.Token) (t draftTheft, err error) {
	t.given, err = r.object(at, tok, fields{
		"id": textInto(&t.id), "outpoint": textInto(&t.outpoint), "event": textInto(&t.event),
	})
	if err == nil {
		err = t.require("id")
	}
	return t, err
}

func (r *reader) settings(at string, tok json.Token) (s Settings, err error) {
	var exclude, change bool
	g, err := r.object(at, tok, fields{"exclude_coinjoin": stored(&exclude, flag), "change": stored(&change, flag)})
	if g.has("exclude_coinjoin") {
		s.ExcludeCoinJoin = &exclude
	}
	if g.has("change") {
		s.Change = &change
	}
	return s, err
}
