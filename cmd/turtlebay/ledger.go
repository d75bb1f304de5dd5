package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr"
	transfers "github.com/turtlebay/turtlebay/ledger/source"
)

// defaultLedger is the folder of the ledger where --ledger names none.
const defaultLedger = "ledger"

func ledgerFlag(c *cobra.Command) *string {
	return c.Flags().String("ledger", defaultLedger, "the folder of the ledger")
}

func ledgerCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "ledger",
		Short: "keep transfers: who paid what to whom, by the hundred million",
		Long: strings.TrimSpace(`
A ledger holds the transfers of chains, in order and in both directions, in a folder of
its own. Traces read it. No desk is needed.`),
		Example: `  turtlebay ledger load examples/transfers.csv --map tx=tx,from=from,to=to,value=value,time=time,block=block
  turtlebay ledger stat
  turtlebay ledger check`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(ledgerLoadCommand(), ledgerStatCommand(), ledgerCheckCommand())
	return c
}

// loadFlags are the flags of ledger load.
type loadFlags struct {
	ledger                          *string
	format, chain, columns, outputs string
	strict                          bool
}

func ledgerLoadCommand() *cobra.Command {
	var f loadFlags
	c := &cobra.Command{
		Use:   "load FILE…",
		Short: "take transfers in, with a receipt",
		Long: strings.TrimSpace(`
Reads files of one format and takes their rows into the ledger, which is made if it is
not there: all of them or, after an error, none. A row that is held already is a
duplicate; one that contradicts what is held is refused and named. The receipt accounts
for every row: read = kept + duplicate + refused.

Formats: ` + formatNames() + `.
They are told apart by their content, but for csv, which --map makes: it says in which
column what stands. Needed are tx, from, to, value and time; block, pos, index and asset
are taken where there are columns for them, and decimals=N says that values are in units
of 10^N base units.`),
		Example: `  turtlebay ledger load examples/transfers.csv --map tx=tx,from=from,to=to,value=value,time=time,block=block
  turtlebay ledger load transactions.csv.gz token_transfers.csv.gz --ledger ledger
  turtlebay ledger load blk00000.dat --spent spent-outputs.bin`,
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(c *cobra.Command, a []string) error { return loadLedger(c, a, f) },
	}
	f.ledger = ledgerFlag(c)
	c.Flags().StringVar(&f.format, "format", "", "the format, where the content does not say it")
	c.Flags().StringVar(&f.chain, "chain", "", "the chain, where the format does not say it")
	c.Flags().StringVar(&f.columns, "map", "", "columns of the format csv, as in the example")
	c.Flags().StringVar(&f.outputs, "spent", "", "a file of outputs that blocks spend and do not hold")
	c.Flags().BoolVar(&f.strict, "strict", false, "exit with status 3 if any row was refused")
	jsonFlag(c)
	return c
}

func formatNames() string {
	var out []string
	for _, f := range transfers.Formats() {
		out = append(out, string(f))
	}
	return strings.Join(out, ", ")
}

// options makes options of the flags.
func (f loadFlags) options() (o transfers.Options, err error) {
	o = transfers.Options{Format: transfers.Format(f.format), Chain: chain.ID(f.chain), SpentFile: f.outputs}
	if f.columns != "" {
		if o.Map, err = transfers.ParseMap(f.columns); err != nil {
			return o, usage(fmt.Errorf("--map: %w", err))
		}
		if o.Format == "" {
			o.Format = transfers.CSV
		}
	}
	if o.Format != "" && !slices.Contains(transfers.Formats(), o.Format) {
		return o, usage(fmt.Errorf("--format %q: want one of %s", f.format, formatNames()))
	}
	if _, ok := chain.Lookup(o.Chain); o.Chain != "" && !ok {
		return o, usage(fmt.Errorf("--chain: no chain %q", f.chain))
	}
	return o, nil
}

// loaded is the answer of ledger load.
type loaded struct {
	Ledger   string            `json:"ledger"`
	Source   transfers.Receipt `json:"source"`
	Receipt  ledger.Receipt    `json:"receipt"`
	Snapshot ledger.SnapshotID `json:"snapshot"`
}

func loadLedger(c *cobra.Command, paths []string, f loadFlags) error {
	o, err := f.options()
	if err != nil {
		return err
	}
	for _, path := range paths {
		if _, err := os.Stat(path); err != nil {
			return unread(aboutFile(path, err))
		}
	}
	store, err := csr.Open(*f.ledger, csr.Options{Create: true})
	if err != nil {
		return unread(err)
	}
	defer store.Close()
	held, err := store.Snapshot(c.Context())
	if err != nil {
		return unread(err)
	}
	defer held.Close()
	o.Spent = spentIn(c.Context(), held, f.chain)
	r, err := transfers.Open(paths, o)
	if err != nil {
		return unread(err)
	}
	defer r.Close()
	out := loaded{Ledger: *f.ledger}
	watch := watchLoad(c.ErrOrStderr(), r.Received)
	out.Receipt, err = store.Append(c.Context(), watch.count(nameRefused(r.Transfers(c.Context()), watch)))
	watch.end()
	if err != nil {
		return unread(fmt.Errorf("nothing was kept: %w", err))
	}
	out.Source = r.Receipt()
	now, err := store.Snapshot(c.Context())
	if err != nil {
		return unread(err)
	}
	out.Snapshot = now.ID()
	if err := errors.Join(now.Close(), printLoaded(c, out)); err != nil {
		return err
	}
	if f.strict && out.Receipt.Refused > 0 {
		return &exitError{status: exitUnread}
	}
	return nil
}

// spentIn looks up outputs in what the ledger holds already.
func spentIn(ctx context.Context, held ledger.Snapshot, name string) transfers.Spent {
	id := chain.ID(name)
	if id == "" {
		id = chain.Bitcoin
	}
	return func(of ledger.Outpoint) (ledger.Address, chain.Amount, bool, error) {
		rows, err := held.Transaction(ctx, id, of.Tx)
		for _, t := range rows {
			if t.Kind == ledger.Output && t.Index == of.Index {
				return t.To, t.Value, true, nil
			}
		}
		return "", chain.Amount{}, false, err
	}
}

// nameRefused names the first rows that cannot be read.
func nameRefused(rows iter.Seq2[ledger.Transfer, error], w io.Writer) iter.Seq2[ledger.Transfer, error] {
	return func(yield func(ledger.Transfer, error) bool) {
		refused := 0
		for t, err := range rows {
			if refusal := transfers.Refused(err); refusal != nil {
				if refused++; refused <= shownRefusals {
					fmt.Fprintln(w, intake.Printable(refusal.Error()))
				}
			}
			if !yield(t, err) {
				break
			}
		}
		if refused > shownRefusals {
			fmt.Fprintf(w, "… and %d more rows that could not be read\n", refused-shownRefusals)
		}
	}
}

func printLoaded(c *cobra.Command, out loaded) error {
	for i, r := range out.Receipt.Rows {
		if i == shownRefusals {
			fmt.Fprintf(c.ErrOrStderr(), "… and more that contradict\n")
			break
		}
		fmt.Fprintf(c.ErrOrStderr(), "%s: %s\n", describeRow(&r.Transfer), intake.Printable(r.Reason))
	}
	if wantsJSON(c) {
		return printJSON(c.OutOrStdout(), out)
	}
	w := c.OutOrStdout()
	for _, f := range out.Source.Files {
		fmt.Fprintf(w, "%s: %s, %d rows: %d gave transfers, %d moved nothing, %d say something about others, %d refused\n",
			intake.Printable(f.File), f.Format, f.Read, f.Gave, f.Still, f.Context, f.Refused)
	}
	for _, note := range slices.Sorted(maps.Keys(out.Source.Notes)) {
		fmt.Fprintf(w, "note: %s (%d)\n", intake.Printable(note), out.Source.Notes[note])
	}
	fmt.Fprint(w, out.Receipt)
	_, err := fmt.Fprintf(w, "snapshot %s of %s\n", out.Snapshot, intake.Printable(out.Ledger))
	return err
}

// describeRow names a row by its key.
func describeRow(t *ledger.Transfer) string {
	return fmt.Sprintf("%s block %d, transaction 0x%x, %s %d", intake.Printable(string(t.Chain)), t.Block, t.Tx, t.Kind, t.Index)
}

// ledgerState is the answer of ledger stat.
type ledgerState struct {
	Ledger   string            `json:"ledger"`
	Snapshot ledger.SnapshotID `json:"snapshot"`
	Rows     uint64            `json:"rows"`
	Digest   string            `json:"digest,omitempty"`
	Chains   []ledger.Extent   `json:"chains"`
	Disk     csr.Usage         `json:"disk_bytes"`
}

func ledgerStatCommand() *cobra.Command {
	var digest bool
	c := &cobra.Command{
		Use:   "stat",
		Short: "what the ledger holds",
		Long: strings.TrimSpace(`
Says what the ledger holds of each chain, under which name a report cites its state, and
what it takes on the disk. The digest is that of the rows, equal in every ledger that
holds the same, however they came; it reads all of them the first time.`),
		Example: `  turtlebay ledger stat
  turtlebay ledger stat --digest --json`,
		Args: args(cobra.NoArgs),
	}
	dir := ledgerFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error { return statLedger(c, *dir, digest) }
	c.Flags().BoolVar(&digest, "digest", false, "the digest of the rows as well")
	jsonFlag(c)
	return c
}

func statLedger(c *cobra.Command, dir string, digest bool) error {
	store, err := csr.Open(dir, csr.Options{})
	if err != nil {
		return unread(err)
	}
	defer store.Close()
	snap, err := store.Snapshot(c.Context())
	if err != nil {
		return unread(err)
	}
	defer snap.Close()
	out := ledgerState{Ledger: dir, Snapshot: snap.ID(), Rows: snap.Count(), Chains: snap.Chains()}
	if out.Chains == nil {
		out.Chains = []ledger.Extent{}
	}
	if digest {
		if out.Digest, err = snap.Digest(c.Context()); err != nil {
			return unread(err)
		}
	}
	if out.Disk, err = store.Usage(); err != nil {
		return unread(err)
	}
	if wantsJSON(c) {
		return printJSON(c.OutOrStdout(), out)
	}
	w := c.OutOrStdout()
	for _, e := range out.Chains {
		fmt.Fprintf(w, "%s: %s, blocks %d to %d, %s to %s\n", e.Chain, count(int64(e.Rows), "row", "rows"), e.First, e.Last,
			when(time.Unix(e.Since, 0)), when(time.Unix(e.Until, 0)))
	}
	fmt.Fprintf(w, "snapshot %s, %s\n", out.Snapshot, count(int64(out.Rows), "row", "rows"))
	if out.Digest != "" {
		fmt.Fprintf(w, "digest %s\n", out.Digest)
	}
	_, err = fmt.Fprintf(w, "disk %d bytes of rows, %d of transaction ids, %d of dictionaries\n", out.Disk.Rows, out.Disk.Transactions, out.Disk.Dictionaries)
	return err
}

// ledgerVerdict is the answer of ledger check.
type ledgerVerdict struct {
	OK bool `json:"ok"`
	csr.Checked
}

func ledgerCheckCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "check",
		Short: "read every byte of the ledger again and name what is not as it was written",
		Long: strings.TrimSpace(`
Holds every file against its checksums, rows against their order, lists and indexes
against the rows, and the digest that is kept against that of the rows. Each fault is
named by file and byte. Exit status 1 if there is one.`),
		Example: `  turtlebay ledger check
  turtlebay ledger check --ledger ledger --json`,
		Args: args(cobra.NoArgs),
	}
	dir := ledgerFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		found, err := csr.Check(c.Context(), *dir)
		if err != nil {
			return unread(err)
		}
		if wantsJSON(c) {
			err = printJSON(c.OutOrStdout(), ledgerVerdict{len(found.Faults) == 0, found})
		} else {
			printLedgerCheck(c.OutOrStdout(), found)
		}
		if err == nil && len(found.Faults) > 0 {
			err = errNo
		}
		return err
	}
	jsonFlag(c)
	return c
}

func printLedgerCheck(w io.Writer, found csr.Checked) {
	for _, f := range found.Faults {
		fmt.Fprintln(w, intake.Printable(f))
	}
	for _, n := range found.Notes {
		fmt.Fprintln(w, "note:", intake.Printable(n))
	}
	if len(found.Faults) > 0 {
		fmt.Fprintf(w, "%s not as written\n", count(len(found.Faults), "place is", "places are"))
		return
	}
	fmt.Fprintf(w, "all as written: %s, %s\n", count(int64(found.Rows), "row", "rows"), count(found.Files, "file", "files"))
}
