package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/internal/gen/ledgers"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"github.com/turtlebay/turtlebay/trace/follow"
)

func benchCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "bench",
		Short: "measure this machine: ledgers and traces at size",
		Args:  args(cobra.NoArgs),
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(benchTraceCommand())
	return c
}

func benchTraceCommand() *cobra.Command {
	var b traceBench
	c := &cobra.Command{
		Use:   "trace",
		Short: "ingest, searches and traces over generated transfers, beside their targets",
		Long: strings.TrimSpace(`
Makes a ledger of generated transfers, the same on every machine, and measures what is
done with it: the ingest, a search of five hops, a typical theft, the worst one, and
haircut alone, over all rows as the worst theft is read, and as it fits. Targets are those
for 100 million rows on two cores, from 300 million on that of the worst theft for as many;
at another size they are printed for comparison. Times are medians. Nothing in the rows is
about anybody.

100 million rows take about 8 GB of disk, 3 GB of memory and a few minutes.`),
		Example: `  turtlebay bench trace --rows 100000
  turtlebay bench trace --rows 100000 --dir measured --json`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return b.run(c) },
	}
	c.Flags().Uint64Var(&b.rows, "rows", 1_000_000, "rows of the ledger")
	c.Flags().StringVar(&b.dir, "dir", "", "folder of the ledger: it is kept, and used again if it is there (default: a temporary one)")
	c.Flags().IntVar(&b.repeat, "repeat", 5, "how often each is done")
	jsonFlag(c)
	return c
}

// traceBench measures.
type traceBench struct {
	rows   uint64
	dir    string
	repeat int

	done []measured
}

// measured is a line of the table.
type measured struct {
	What     string `json:"what"`
	Target   string `json:"target"`
	Measured string `json:"measured"`
	Met      bool   `json:"met"`
	Detail   string `json:"detail"`
}

func (b *traceBench) add(what, target, got string, met bool, detail string, a ...any) {
	b.done = append(b.done, measured{what, target, got, met, fmt.Sprintf(detail, a...)})
}

func (b *traceBench) run(c *cobra.Command) error {
	if b.rows < 1000 || b.repeat < 1 {
		return usage(errors.New("--rows: want 1,000 or more; --repeat: 1 or more"))
	}
	dir := b.dir
	if dir == "" {
		temporary, err := os.MkdirTemp("", "turtlebay-bench-")
		if err != nil {
			return unread(err)
		}
		defer os.RemoveAll(temporary)
		dir = temporary
	}
	store, err := csr.Open(dir, csr.Options{Create: true})
	if err != nil {
		return unread(err)
	}
	defer store.Close()
	if err := b.ingest(c, store); err != nil {
		return unread(err)
	}
	defer roomyHeap()()
	if err := b.over(c.Context(), store, b.hops); err != nil {
		return unread(err)
	}
	for _, t := range b.thefts() {
		if err := b.over(c.Context(), store, t.measure(b)); err != nil {
			return unread(fmt.Errorf("%s: %w", t.what, err))
		}
	}
	return b.print(c)
}

// over measures over a snapshot of its own: what was mapped for others is not counted.
func (b *traceBench) over(ctx context.Context, store *csr.Store, measure func(context.Context, ledger.Snapshot) error) error {
	snapshot, err := store.Snapshot(ctx)
	if err != nil {
		return err
	}
	defer snapshot.Close()
	return measure(ctx, snapshot)
}

// ingest takes in what is missing of the rows.
func (b *traceBench) ingest(c *cobra.Command, store *csr.Store) error {
	held, err := store.Snapshot(c.Context())
	if err != nil {
		return err
	}
	before := held.Count()
	if err := held.Close(); err != nil {
		return err
	}
	switch {
	case before > b.rows:
		return fmt.Errorf("the ledger holds %d rows: give --rows %d or another --dir", before, before)
	case before == b.rows:
		fmt.Fprintln(c.ErrOrStderr(), "the ledger is there: ingest is not measured")
		return nil
	}
	fmt.Fprintf(c.ErrOrStderr(), "making a ledger of %s rows …\n", grouped(b.rows))
	resetPeak()
	began := time.Now()
	if _, err := store.Append(c.Context(), ledgers.Rows(before, b.rows)); err != nil {
		return err
	}
	took := time.Since(began)
	rate := float64(b.rows-before) / took.Seconds()
	peak := peakMemory()
	u, err := store.Usage()
	if err != nil {
		return err
	}
	perRow := float64(u.Rows) / float64(b.rows)
	b.add("ingest, both directions", "≥ 1.5 M rows/s", fmt.Sprintf("%.2f M rows/s", rate/1e6), rate >= 1.5e6, "in %.1f s, the generator's time in it", took.Seconds())
	b.add("bytes a transfer, ids and dictionary apart", "≤ 40", fmt.Sprintf("%.1f", perRow), perRow <= 40, "%d files", u.Files)
	b.add("memory of the ingest", "≤ 4 GB", gigabytes(peak), peak > 0 && peak <= 4e9, "peak resident")
	return nil
}

// seeds are a hundred accounts spread over all, services left out.
const seeds = 100

// hubRows is from how many rows on an account is not gone through in the search.
const hubRows = 21

func (b *traceBench) hops(ctx context.Context, snapshot ledger.Snapshot) error {
	book, ok := snapshot.Book(chain.Ethereum)
	if !ok {
		return errors.New("the ledger offers no book")
	}
	var from []ledger.AccountID
	for i := range seeds {
		from = append(from, ledger.AccountID(1000+(i+1)*(book.Accounts()-1001)/(seeds+1)))
	}
	reached := 0
	took, err := b.median(func() error {
		reached = 0
		seen, frontier := ledger.NewBits(book.Accounts()), slices.Clone(from)
		var next []ledger.AccountID
		for range 5 {
			var err error
			if next, err = book.Hop(ctx, frontier, ledger.Step{HubLimit: hubRows}, next[:0], func(ledger.AccountID, int) {}); err != nil {
				return err
			}
			frontier = frontier[:0]
			for _, id := range next {
				if seen.Add(id) {
					frontier = append(frontier, id)
				}
			}
			reached += len(frontier)
		}
		return nil
	})
	b.add("five hops from 100 seeds", "≤ 30 ms", millis(took), took <= 30*time.Millisecond,
		"%s addresses reached; accounts of more than %d rows are not gone through", grouped(uint64(reached)), hubRows)
	return err
}

// benchTheft is a trace that is measured.
type benchTheft struct {
	what, target string
	q            follow.Question
	met          func(time.Duration, *follow.Answer) bool
	say          func(time.Duration, *follow.Answer) string
}

func (b *traceBench) thefts() []benchTheft {
	worst, said := 8*time.Second, "≤ 8 s"
	if b.rows >= 300e6 {
		worst, said = 30*time.Second, "≤ 30 s"
	}
	haircut := ledgers.Worst(b.rows)
	haircut.Rules = follow.Rules{Policies: []accounting.Policy{accounting.Haircut}}
	same := haircut
	same.Reading = follow.Count
	return []benchTheft{
		{"typical theft, all policies and bounds", "≤ 50 ms", ledgers.Typical(b.rows), within(50 * time.Millisecond), inTime},
		{"worst theft, all policies and bounds", said, ledgers.Worst(b.rows), within(worst), inTime},
		{"haircut alone, same sweep", "≥ 35 M rows/s", same, b.atRate(35e6), b.rate},
		{"haircut alone, read as it fits", "–", haircut, nil, inTime},
		{"early theft, all policies and bounds", "–", ledgers.Early(b.rows), nil, inTime},
	}
}

func (t *benchTheft) measure(b *traceBench) func(context.Context, ledger.Snapshot) error {
	return func(ctx context.Context, snapshot ledger.Snapshot) error {
		resetPeak()
		var a *follow.Answer
		took, err := b.median(func() (err error) {
			a, err = follow.Run(ctx, snapshot, t.q)
			return err
		})
		if err != nil {
			return err
		}
		if a.Stopped != nil {
			return fmt.Errorf("stopped by its budget of %s", a.Stopped.Reason)
		}
		b.add(t.what, t.target, t.say(took, a), t.met != nil && t.met(took, a), "%s rows applied, %s passed over, %.1f %% of all rows tainted, %s places, peak resident %s",
			grouped(a.Work.Applied), grouped(a.Work.Swept), 100*float64(a.Work.Tainted)/float64(b.rows), grouped(a.Work.Places), gigabytes(peakMemory()))
		return nil
	}
}

func grouped(n uint64) string { return derive.Group(strconv.FormatUint(n, 10)) }

func within(most time.Duration) func(time.Duration, *follow.Answer) bool {
	return func(took time.Duration, _ *follow.Answer) bool { return took <= most }
}

func inTime(took time.Duration, _ *follow.Answer) string { return millis(took) }

// looked is how many rows a trace looked at: those that a sweep passed over, else those
// that it applied.
func looked(a *follow.Answer) uint64 { return max(a.Work.Swept, a.Work.Applied) }

func (b *traceBench) atRate(least float64) func(time.Duration, *follow.Answer) bool {
	return func(took time.Duration, a *follow.Answer) bool { return float64(looked(a))/took.Seconds() >= least }
}

func (b *traceBench) rate(took time.Duration, a *follow.Answer) string {
	return fmt.Sprintf("%.1f M rows/s", float64(looked(a))/took.Seconds()/1e6)
}

// median does something several times, after once to warm up.
func (b *traceBench) median(do func() error) (time.Duration, error) {
	var took []time.Duration
	for i := range b.repeat + 1 {
		runtime.GC()
		began := time.Now()
		if err := do(); err != nil {
			return 0, err
		}
		if i > 0 {
			took = append(took, time.Since(began))
		}
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}

func (b *traceBench) print(c *cobra.Command) error {
	if wantsJSON(c) {
		return printJSON(c.OutOrStdout(), struct {
			Rows   uint64     `json:"rows"`
			Repeat int        `json:"repeat"`
			Table  []measured `json:"table"`
		}{b.rows, b.repeat, b.done})
	}
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "what\ttarget\tmeasured\t")
	for _, m := range b.done {
		met := "missed"
		switch {
		case m.Target == "–":
			met = ""
		case m.Met:
			met = "met"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", m.What, m.Target, m.Measured, met)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(c.OutOrStdout())
	for _, m := range b.done {
		fmt.Fprintf(c.OutOrStdout(), "%s: %s\n", m.What, m.Detail)
	}
	return nil
}

func millis(d time.Duration) string {
	if d >= 10*time.Second {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
}

func gigabytes(n int64) string {
	if n == 0 {
		return "not known"
	}
	return fmt.Sprintf("%.2f GB", float64(n)/1e9)
}

// peakMemory is the most memory that the process had resident since resetPeak, in
// bytes; 0 where the system does not say it.
func peakMemory() int64 {
	b, _ := os.ReadFile(filepath.Join("/proc", "self", "status"))
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return kb * 1024
		}
	}
	return 0
}

// resetPeak lets the system begin again to note the peak, where it can.
func resetPeak() {
	_ = os.WriteFile(filepath.Join("/proc", "self", "clear_refs"), []byte("5"), 0)
}
