package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr"
	"github.com/turtlebay/turtlebay/trace/path"
)

// pathRows is how many payments of a hop --rows lists.
const pathRows = 1000

// pathFlags are the flags of path.
type pathFlags struct {
	ledger                            *string
	chain, since, until, asset, least string
	hops, hub, most                   int
	anyOrder, rows                    bool
	budget                            uint64
	time                              time.Duration
}

func pathCommand() *cobra.Command {
	var f pathFlags
	c := &cobra.Command{
		Use:   "path FROM TO",
		Short: "all paths of payments from one address to another, with times and amounts",
		Long: strings.TrimSpace(`
Finds every row of addresses, each of which pays the next, from one address to another,
shortest first. Payments follow each other as they stand in the ledger, unless
--any-order is given; payments between the same two addresses are one hop, which has
those alone that can be part of the way. On chains of outputs a hop is a transaction
from an address of its inputs to one of its outputs.

An account with more rows in one direction than --hub is a hub (an exchange, a
contract): no path leads through one, and those that were met are named with the rows
that were left out. What the ledger says is a fact; that the same coins went all the
way is not: a path says what can have come through, turtlebay trace what did by which
rule.

A search that is stopped by --budget or --time says up to how many hops it is complete.
No path is an answer, with how far it was looked for.`),
		Example: `  turtlebay path 0x13e52058d786868c7966ca9a9f8a2f230000000c 0x1e59d06affe4a97c821f4b2246c86c4500000009
  turtlebay path 0x13e52058d786868c7966ca9a9f8a2f230000000c 0x1e59d06affe4a97c821f4b2246c86c4500000009 --hops 4 --any-order --rows`,
		Args: args(cobra.ExactArgs(2)),
		RunE: func(c *cobra.Command, a []string) error { return runPath(c, a[0], a[1], f) },
	}
	f.ledger = ledgerFlag(c)
	c.Flags().StringVar(&f.chain, "chain", "", "the chain, where the addresses do not say it")
	c.Flags().IntVar(&f.hops, "hops", 6, fmt.Sprintf("the most hops of a path, up to %d", path.MaxHops))
	c.Flags().BoolVar(&f.anyOrder, "any-order", false, "payments need not follow each other in time")
	c.Flags().StringVar(&f.since, "since", "", "rows of this day or time and later, in UTC: YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ")
	c.Flags().StringVar(&f.until, "until", "", "rows up to this day or time, inclusive")
	c.Flags().StringVar(&f.asset, "asset", "", "rows of one asset: native, a contract, or CHAIN/CONTRACT")
	c.Flags().StringVar(&f.least, "least", "", "rows of at least this value, in base units")
	c.Flags().IntVar(&f.hub, "hub", 1000, "rows in one direction above which an account is not gone through; 0: no limit")
	c.Flags().IntVar(&f.most, "max", 20, "list at most so many paths")
	c.Flags().BoolVar(&f.rows, "rows", false, fmt.Sprintf("list the payments of each hop, up to %d", pathRows))
	c.Flags().Uint64Var(&f.budget, "budget", 20_000_000, "read at most so many rows from both ends, and as many again between them; 0: no limit")
	c.Flags().DurationVar(&f.time, "time", time.Minute, "search at most so long; 0: no limit")
	jsonFlag(c)
	return c
}

func runPath(c *cobra.Command, from, to string, f pathFlags) error {
	q, err := f.question()
	if err != nil {
		return usage(err)
	}
	store, err := csr.Open(*f.ledger, csr.Options{})
	if err != nil {
		return unread(err)
	}
	defer store.Close()
	snap, err := store.Snapshot(c.Context())
	if err != nil {
		return unread(err)
	}
	defer snap.Close()
	if q.Chain, err = pathChain(c.Context(), snap, f.chain, from, to); err != nil {
		return err
	}
	if q.From, err = heldAddress(c.Context(), snap, q.Chain, from); err != nil {
		return err
	}
	if q.To, err = heldAddress(c.Context(), snap, q.Chain, to); err != nil {
		return err
	}
	if q.Asset, err = pathAsset(q.Chain, f.asset); err != nil {
		return usage(fmt.Errorf("--asset: %w", err))
	}
	answer, err := path.Find(c.Context(), snap, q)
	if err != nil {
		if slices.ContainsFunc([]error{path.ErrQuestion, path.ErrSame, path.ErrUnknown, path.ErrAsset, path.ErrChain}, func(e error) bool { return errors.Is(err, e) }) {
			return usage(err)
		}
		return unread(err)
	}
	shown := showPaths(&q, answer)
	if wantsJSON(c) {
		return printJSON(c.OutOrStdout(), shown)
	}
	return printPaths(c.OutOrStdout(), shown)
}

// question is what the flags ask.
func (f pathFlags) question() (q path.Question, err error) {
	q = path.Question{
		Hops: f.hops, AnyOrder: f.anyOrder, Hub: f.hub, Paths: f.most, Rows: 1, Now: time.Now,
		Budget: path.Budget{Rows: f.budget, Steps: (f.budget + 3) / 4, Time: f.time},
	}
	if f.rows {
		q.Rows = pathRows
	}
	if q.Hops < 1 || q.Hops > path.MaxHops {
		return q, fmt.Errorf("--hops %d: want 1 to %d", q.Hops, path.MaxHops)
	}
	if q.Hub < 0 || q.Paths < 1 {
		return q, errors.New("--hub is 0 or more, --max 1 or more")
	}
	if f.least != "" {
		if q.Least, err = chain.ParseAmount(f.least); err != nil {
			return q, fmt.Errorf("--least: %w", err)
		}
	}
	if q.Since, err = moment("--since", f.since, 0); err != nil {
		return q, err
	}
	if q.Until, err = moment("--until", f.until, 24*time.Hour-time.Second); err != nil {
		return q, err
	}
	if q.Until != 0 && q.Since > q.Until {
		return q, errors.New("--since is later than --until")
	}
	return q, nil
}

// moment reads a day, to which rest is added, or a time. Empty is 0, no bound.
func moment(flag, text string, rest time.Duration) (int64, error) {
	if text == "" {
		return 0, nil
	}
	t, err := time.Parse(time.DateOnly, text)
	if err == nil {
		t = t.Add(rest)
	} else if t, err = time.Parse(time.RFC3339, text); err != nil {
		return 0, fmt.Errorf("%s %q: want YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ", flag, text)
	}
	if t.Unix() <= 0 {
		return 0, fmt.Errorf("%s %q: is before 1970-01-02", flag, text)
	}
	return t.Unix(), nil
}

// pathChain is the chain that is meant: the one that is named, or the only one of the
// ledger that holds both addresses.
func pathChain(ctx context.Context, snap ledger.Snapshot, named string, texts ...string) (chain.ID, error) {
	var held, fit []chain.ID
	for _, e := range snap.Chains() {
		held = append(held, e.Chain)
	}
	if named != "" {
		if !slices.Contains(held, chain.ID(named)) {
			return "", usage(fmt.Errorf("--chain %q: the ledger holds %s", named, chainList(held)))
		}
		return chain.ID(named), nil
	}
	if len(held) == 0 {
		return "", usage(errors.New("the ledger holds no row"))
	}
	if len(held) == 1 {
		return held[0], nil
	}
	var worst error // what to say: a wrong checksum tells more than a wrong form
	for _, id := range held {
		var err error
		for _, text := range texts {
			if _, e := heldAddress(ctx, snap, id, text); err == nil {
				err = e
			}
		}
		if err == nil {
			fit = append(fit, id)
		} else if known := errors.Is(err, chain.ErrChecksum) || errors.Is(err, path.ErrUnknown) || errors.Is(err, chain.ErrCaseLost); worst == nil || known {
			worst = err
		}
	}
	switch len(fit) {
	case 0:
		return "", worst
	case 1:
		return fit[0], nil
	}
	return "", usage(fmt.Errorf("both addresses are on %s: say which with --chain", chainList(fit)))
}

func chainList(ids []chain.ID) string {
	var out []string
	for _, id := range ids {
		out = append(out, string(id))
	}
	return strings.Join(out, ", ")
}

// heldAddress reads an address of a chain that the ledger holds. One that the chain's
// forms do not have, as of a script, is written as ledger.Address.Text writes it.
func heldAddress(ctx context.Context, snap ledger.Snapshot, id chain.ID, text string) (ledger.Address, error) {
	parsed, err := chain.Parse(id, text)
	a := ledger.AddressOf(parsed)
	if err != nil {
		raw, e := hex.DecodeString(strings.TrimPrefix(text, "0x"))
		a = ledger.Address(raw)
		if _, is := a.On(id); e != nil || is || a == "" || !strings.HasPrefix(text, "0x") {
			return "", usage(err)
		}
	}
	degrees, e := snap.Degrees(ctx, ledger.Frontier{Chain: id, Addresses: []ledger.Address{a}})
	switch {
	case e != nil:
		return "", unread(e)
	case degrees[0] != ledger.Degree{}:
		return a, nil
	case err != nil:
		return "", usage(err)
	}
	return "", usage(fmt.Errorf("%s address %s: %w", id, a.Text(id), path.ErrUnknown))
}

// pathAsset reads an asset of the chain: nil if the text is empty.
func pathAsset(id chain.ID, text string) (*ledger.Asset, error) {
	if text == "" {
		return nil, nil
	}
	contract := strings.TrimPrefix(text, string(id)+"/")
	var a ledger.Asset
	if contract != "native" {
		if name, ok := strings.CutPrefix(contract, `"`); ok && strings.HasSuffix(name, `"`) {
			a = ledger.Asset(strings.TrimSuffix(name, `"`))
			return &a, nil
		}
		asset, err := chain.ParseAsset(string(id) + "/" + contract)
		if err != nil {
			return nil, err
		}
		a = ledger.AssetOf(asset)
	}
	return &a, nil
}
