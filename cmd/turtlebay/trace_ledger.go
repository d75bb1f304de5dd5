package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/chain/tag"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"github.com/turtlebay/turtlebay/trace/attribution"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/inquiry"
	"github.com/turtlebay/turtlebay/trace/link"
	"github.com/turtlebay/turtlebay/trace/mixer"
	"github.com/turtlebay/turtlebay/trace/price"
	"github.com/turtlebay/turtlebay/trace/thefts"
)

// traceLedger follows thefts through a ledger.
func traceLedger(c *cobra.Command, f *traceFlags) error {
	asked, err := f.asked(c)
	if err != nil {
		return err
	}
	store, err := csr.Open(f.ledger, csr.Options{})
	if errors.Is(err, ledger.ErrNone) {
		return usage(fmt.Errorf("%w; make one with “turtlebay ledger load”, or name one with --ledger DIR", err))
	} else if err != nil {
		return unread(err)
	}
	defer store.Close()
	snapshot, err := store.Snapshot(c.Context())
	if err != nil {
		return unread(err)
	}
	defer snapshot.Close()
	what, err := f.gather(c, asked, snapshot)
	if err != nil {
		return err
	}
	defer roomyHeap()()
	out, err := inquiry.Run(c.Context(), what)
	if err != nil {
		return unread(err)
	}
	if err := f.name(c, out, snapshot); err != nil {
		return unread(err)
	}
	return f.show(c, asked, out, what)
}

// digestRows is up to how many rows a ledger is read once more for its digest, where
// the trace is to be kept or handed on.
const digestRows = 5_000_000

// name names the snapshot by the digest of its rows, which is the same for equal rows in
// every ledger; its own name is another in each.
func (f *traceFlags) name(c *cobra.Command, out *inquiry.Outcome, snapshot ledger.Snapshot) error {
	if f.out == "" && !f.keep || snapshot.Count() > digestRows && !f.digest {
		return nil
	}
	digest, err := snapshot.Digest(c.Context())
	if err != nil {
		return err
	}
	for _, list := range [][]follow.Ledger{out.Answer.Ledgers, recorded(out.Answer)} {
		for i := range list {
			list[i].Snapshot, list[i].Digest = "", digest
		}
	}
	return nil
}

func recorded(a *follow.Answer) []follow.Ledger {
	if a.Record == nil {
		return nil
	}
	return a.Record.Ledgers
}

// asked reads the file of thefts, or makes one of an incident on the desk.
func (f *traceFlags) asked(c *cobra.Command) (*thefts.File, error) {
	o := thefts.Options{Chain: chain.ID(f.chain)}
	if strings.HasPrefix(f.theft, observation.KindCyberIncident.Prefix()+"-") {
		if _, err := os.Stat(f.theft); err != nil {
			return f.ofIncident(c, f.theft)
		}
	}
	r, err := os.Open(f.theft)
	if err != nil {
		return nil, unread(aboutFile(f.theft, err))
	}
	defer r.Close()
	file, err := thefts.Read(f.theft, r, o)
	if err != nil {
		return nil, unread(err)
	}
	return file, nil
}

// ofIncident asks for what reached the addresses of an incident's record in the days
// after it. What is made of the record carries its marking.
func (f *traceFlags) ofIncident(c *cobra.Command, id string) (file *thefts.File, err error) {
	err = onDesk(c, func(d *desk.Desk) error {
		r, err := d.For(marking.Custodian()).Find(id)
		if err != nil {
			return unread(err)
		}
		o, ok := r.Observation.(*observation.CyberIncident)
		if !ok || len(o.Addresses) == 0 {
			return usage(fmt.Errorf("the record %s names no addresses: add them to it (addresses: chain:address), or give --theft a file", id))
		}
		if f.inherited, err = d.MarkingOf(r); err != nil {
			return unread(err)
		}
		text, err := incidentThefts(id, o)
		if err != nil {
			return unread(err)
		}
		if file, err = thefts.Read("the record "+id, strings.NewReader(text), thefts.Options{}); err != nil {
			return unread(err)
		}
		fmt.Fprintf(c.ErrOrStderr(), "stolen is what reached the addresses of %s within %d days of %s; a file of thefts can say it better\n", id, incidentDays, o.Date)
		return nil
	})
	return file, err
}

// incidentDays is for how long after an incident what reaches its addresses is taken for
// stolen.
const incidentDays = 7

// incidentThefts is a file of thefts that asks for an incident's addresses, one theft a
// chain.
func incidentThefts(id string, o *observation.CyberIncident) (string, error) {
	by := map[string][]string{}
	for _, a := range o.Addresses {
		on, address, _ := strings.Cut(a, ":")
		by[on] = append(by[on], strconv.Quote(address))
	}
	since, err := firstDay(o.Date.String())
	if err != nil {
		return "", fmt.Errorf("date of %s: %w", id, err)
	}
	var text strings.Builder
	text.WriteString("thefts:\n")
	for _, on := range slices.Sorted(maps.Keys(by)) {
		name := id
		if len(by) > 1 {
			name += " " + on
		}
		fmt.Fprintf(&text, "  - {id: %q, incident: %s, title: %q, chain: %q, since: %s, until: %s, to: [%s]}\n", name, id, o.Victim, on,
			since.Format(time.DateOnly), since.AddDate(0, 0, incidentDays).Format(time.DateOnly), strings.Join(by[on], ", "))
	}
	return text.String(), nil
}

// firstDay is the first day that a date can mean, which may be known to the month or
// the year alone.
func firstDay(date string) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, "2006-01", "2006"} {
		if t, err := time.Parse(layout, date); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no date", date)
}

// gather reads what the flags name into a case.
func (f *traceFlags) gather(c *cobra.Command, asked *thefts.File, snapshot ledger.Snapshot) (what inquiry.Case, err error) {
	what = inquiry.Case{Snapshot: snapshot, Methods: inquiry.Methods(f.links), Trials: f.trials, Worth: &price.Values{Prices: &price.Table{}, Assets: &price.Assets{}}}
	if !slices.Contains([]inquiry.Methods{inquiry.None, inquiry.Decoded, inquiry.All}, what.Methods) {
		return what, usage(fmt.Errorf("--links %s: want none, decoded or all", f.links))
	}
	if f.day != "" {
		day, err := time.Parse(time.DateOnly, f.day)
		if err != nil {
			return what, usage(fmt.Errorf("--day %q: want YYYY-MM-DD", f.day))
		}
		what.Day = day.Unix()
	}
	rules, budget, err := f.rules(c, asked.Rules)
	if err != nil {
		return what, usage(err)
	}
	if what.Services, err = f.known(c, asked); err != nil {
		return what, err
	}
	if err := f.files(c, &what); err != nil {
		return what, err
	}
	found, err := asked.Resolve(c.Context(), snapshot, thefts.Limits{})
	if err != nil {
		return what, unread(err)
	}
	for i, r := range found.Refused {
		if i == shownRefusals {
			what.Notes = append(what.Notes, fmt.Sprintf("%d more that were asked for were not marked", len(found.Refused)-i))
			break
		}
		fmt.Fprintln(c.ErrOrStderr(), intake.Printable(r.Error()))
		what.Notes = append(what.Notes, "not marked: "+intake.Printable(r.Error()))
	}
	if len(found.Thefts) == 0 {
		return what, unread(fmt.Errorf("%s: the ledger %s holds no row of these thefts", f.theft, f.ledger))
	}
	asked.Rules = rules
	what.Question = asked.Question(found.Thefts, what.Services)
	what.Question.Budget, what.Question.Now = budget, time.Now
	return what, nil
}

// rules are those of the file with what the flags change.
func (f *traceFlags) rules(c *cobra.Command, r follow.Rules) (follow.Rules, follow.Budget, error) {
	given := func(flag string) bool { return c.Flags().Changed(flag) }
	if given("no-bounds") {
		r.Bounds = !f.noBounds
	}
	if given("policy") {
		r.Policies = nil
	}
	if f.policy != "all" {
		for _, p := range strings.Split(f.policy, ",") {
			policy := accounting.Policy(strings.TrimSpace(p))
			if !slices.Contains(accounting.Policies(), policy) {
				return r, follow.Budget{}, fmt.Errorf("--policy %s: want all, or some of poison, haircut, fifo, lifo, tiho with commas between", p)
			}
			r.Policies = append(r.Policies, policy)
		}
	}
	if given("hub") {
		r.Hub = f.hub
	}
	if given("deposits") {
		r.Deposits = f.deposits
	}
	if f.until != "" {
		day, err := time.Parse(time.DateOnly, f.until)
		if err != nil {
			return r, follow.Budget{}, fmt.Errorf("--until %q: want YYYY-MM-DD", f.until)
		}
		r.Until = day.Unix() + 24*3600 - 1
	}
	b, err := parseBudget(f.budget)
	return r, b, err
}

// parseBudget reads "rows=1000000,time=90s,memory=4GB".
func parseBudget(text string) (b follow.Budget, err error) {
	if text == "" {
		return b, nil
	}
	for _, part := range strings.Split(text, ",") {
		what, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		ok := false
		switch what {
		case "rows":
			b.Rows, err = strconv.ParseUint(value, 10, 63)
			ok = err == nil && b.Rows > 0
		case "time":
			b.Time, err = time.ParseDuration(value)
			ok = err == nil && b.Time > 0
		case "memory":
			b.Memory, ok = parseBytes(value)
		}
		if !ok {
			return b, fmt.Errorf("--budget %s: want rows=N, time=90s or memory=4GB, above nought", part)
		}
	}
	return b, nil
}

func parseBytes(text string) (n int64, ok bool) {
	unit := int64(1)
	for _, u := range []struct {
		suffix string
		bytes  int64
	}{{"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"MiB", 1 << 20}, {"GiB", 1 << 30}} {
		if digits, cut := strings.CutSuffix(text, u.suffix); cut {
			text, unit = digits, u.bytes
		}
	}
	n, err := strconv.ParseInt(text, 10, 32)
	return n * unit, err == nil && n > 0
}

// known are the services of tags, of the list and of the file.
func (f *traceFlags) known(c *cobra.Command, asked *thefts.File) (*attribution.Services, error) {
	var set *tag.Set
	var err error
	if f.tags != "" {
		if set, err = openTags(f.tags); err != nil {
			return nil, err
		}
	}
	list := asked.Services
	if f.services != "" {
		more, err := readRows(c, f.services, attribution.ReadList)
		if err != nil {
			return nil, err
		}
		list = append(slices.Clip(list), more...)
	}
	return attribution.New(set, list), nil
}

// files reads the tables that the flags name.
func (f *traceFlags) files(c *cobra.Command, what *inquiry.Case) (err error) {
	if what.Events, err = readRows(c, f.events, link.ReadEvents); err != nil {
		return err
	}
	if what.Memos, err = readRows(c, f.memos, link.ReadMemos); err != nil {
		return err
	}
	if what.Pools, err = readRows(c, f.pools, mixer.ReadPools); err != nil {
		return err
	}
	if what.AtMixers, err = readRows(c, f.atMixers, mixer.ReadEvents); err != nil {
		return err
	}
	for _, table := range []struct {
		path string
		read func(string, io.Reader) (price.Receipt, error)
	}{{f.assets, what.Worth.Assets.Read}, {f.prices, what.Worth.Prices.Read}} {
		if table.path == "" {
			continue
		}
		r, err := os.Open(table.path)
		if err != nil {
			return unread(aboutFile(table.path, err))
		}
		receipt, err := table.read(table.path, r)
		if err = errors.Join(err, r.Close()); err != nil {
			return unread(err)
		}
		for i, refused := range receipt.Refusals {
			if i < shownRefusals {
				fmt.Fprintln(c.ErrOrStderr(), intake.Printable(refused.Error()))
			}
		}
		fmt.Fprintf(c.ErrOrStderr(), "%s: %s\n", intake.Printable(table.path), receipt)
	}
	return nil
}

// readRows reads a table and names the rows that it refuses; no path is no table.
func readRows[T any](c *cobra.Command, path string, read func(string, io.Reader) ([]T, link.Receipt, error)) ([]T, error) {
	if path == "" {
		return nil, nil
	}
	r, err := os.Open(path)
	if err != nil {
		return nil, unread(aboutFile(path, err))
	}
	defer r.Close()
	rows, receipt, err := read(path, r)
	if err != nil {
		return nil, unread(err)
	}
	for i, refused := range receipt.Named {
		if i < shownRefusals {
			fmt.Fprintln(c.ErrOrStderr(), intake.Printable(refused.Error()))
		}
	}
	return rows, nil
}

// roomyHeap lets the heap grow to a size at which it is worth collecting, until the
// function that it returns is called: it holds memory that is never written, so that the
// system never gives it, and the collector first runs at twice its size.
func roomyHeap() func() {
	ballast := make([]byte, 64<<20)
	return func() { runtime.KeepAlive(ballast) }
}
