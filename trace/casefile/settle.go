package casefile

import (
	"strconv"

	"github.com/turtlebay/turtlebay/trace"
	"github.com/turtlebay/turtlebay/trace/cluster"
)

// settle makes a case of a draft, now that its model is known.
func (d *draft) settle() (*Case, error) {
	c := &Case{ID: d.id, Title: d.title, Model: d.model}
	if err := d.require("model"); err != nil {
		return nil, err
	}
	why := "is not of the model " + show(d.model)
	var err error
	switch d.model {
	case UTXO:
		if err = d.refuse(why, "opening", "events", "settings"); err == nil {
			c.Coins, err = d.coins(why)
		}
	case Account:
		if err = d.refuse(why, "genesis", "txs", "settings"); err == nil {
			c.Accounts, err = d.accounts(why)
		}
	case Cluster:
		if err = d.refuse(why, "genesis", "opening", "events"); err == nil {
			c.Groups, err = d.groups(why)
		}
	default:
		err = wrong("model", "%s is none of utxo, account and cluster", show(d.model))
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

func (d *draft) coins(why string) (*trace.Coins, error) {
	c := &trace.Coins{Params: d.params, Genesis: d.genesis}
	for _, t := range d.txs {
		if len(t.entries) > 0 {
			return nil, wrong(t.at+".inputs", "are outpoints in the model utxo, not objects")
		}
		c.Txs = append(c.Txs, t.Tx)
	}
	for _, t := range d.thefts {
		err := t.refuse(why, "event")
		if err == nil {
			err = t.require("outpoint")
		}
		if err != nil {
			return nil, err
		}
		c.Thefts = append(c.Thefts, trace.Theft{ID: t.id, Mark: t.outpoint})
	}
	return c, nil
}

func (d *draft) accounts(why string) (*trace.Accounts, error) {
	c := &trace.Accounts{Params: d.params, Opening: d.opening, Events: d.events}
	for _, t := range d.thefts {
		err := t.refuse(why, "outpoint")
		if err == nil {
			err = t.require("event")
		}
		if err != nil {
			return nil, err
		}
		c.Thefts = append(c.Thefts, trace.Theft{ID: t.id, Mark: t.event})
	}
	return c, nil
}

func (d *draft) groups(why string) (*Groups, error) {
	if len(d.settings) > MaxSettings {
		return nil, wrong("settings", "are %d, more than %d", len(d.settings), MaxSettings)
	}
	g := &Groups{Settings: d.settings}
	ids := map[string]bool{}
	for _, t := range d.txs {
		if err := t.refuse(why, "coinbase", "subsidy"); err != nil {
			return nil, err
		}
		if len(t.Inputs) > 0 {
			return nil, wrong(t.at+".inputs", "are addresses with values in the model cluster, not outpoints")
		}
		if ids[t.ID] {
			return nil, wrong(t.at+".id", "there are two transactions %s", show(t.ID))
		}
		ids[t.ID] = true
		tx := cluster.Tx{ID: t.ID, Block: t.Block, Pos: t.Pos, Inputs: t.entries}
		for _, o := range t.Outputs {
			tx.Outputs = append(tx.Outputs, cluster.Entry{Address: o.Address, Value: o.Value})
		}
		if err := addressed(t.at+".inputs", tx.Inputs); err != nil {
			return nil, err
		}
		if err := addressed(t.at+".outputs", tx.Outputs); err != nil {
			return nil, err
		}
		g.Txs = append(g.Txs, tx)
	}
	return g, nil
}

// addressed refuses entries without an address: they would be one owner's.
func addressed(at string, entries []cluster.Entry) error {
	for i, e := range entries {
		if e.Address == "" {
			return wrong(at+"["+strconv.Itoa(i)+"].address", "is missing")
		}
	}
	return nil
}
