package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
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
func traceLedger(c *cobra.Command, f traceFlags) error {
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
	asked, err := theftsOf(c, f)
	if err != nil {
		return err
	}
	what, err := f.gather(c, asked, snapshot)
	if err != nil {
		return err
	}
	out, err := inquiry.Run(c.Context(), what)
	if err != nil {
		return unread(err)
	}
	return f.show(c, asked, out, what)
}

// theftsOf reads the file of thefts, or makes one of an incident on the desk.
func theftsOf(c *cobra.Command, f traceFlags) (*thefts.File, error) {
	o := thefts.Options{Chain: chain.ID(f.chain)}
	if strings.HasPrefix(f.theft, observation.KindCyberIncident.Prefix()+"-") {
		if _, err := os.Stat(f.theft); err != nil {
			return ofIncident(c, f.theft)
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

// ofIncident asks for the payments that left the addresses of an incident's record from
// its day on.
func ofIncident(c *cobra.Command, id string) (file *thefts.File, err error) {
	err = onDesk(c, func(d *desk.Desk) error {
		r, err := d.For(marking.Custodian()).Find(id)
		if err != nil {
			return unread(err)
		}
		o, ok := r.Observation.(*observation.CyberIncident)
		if !ok || len(o.Addresses) == 0 {
			return usage(fmt.Errorf("the record %s names no addresses: add them to it (addresses: chain:address), or give --theft a file", id))
		}
		text := incidentThefts(id, o)
		if file, err = thefts.Read(id, strings.NewReader(text), thefts.Options{}); err != nil {
			return unread(err)
		}
		return nil
	})
	return file, err
}

// incidentThefts is a file of thefts that asks for an incident's addresses, one theft a
// chain.
func incidentThefts(id string, o *observation.CyberIncident) string {
	by := map[string][]string{}
	for _, a := range o.Addresses {
		on, address, _ := strings.Cut(a, ":")
		by[on] = append(by[on], address)
	}
	since := o.Date.String() + "-01-01"[3*strings.Count(o.Date.String(), "-"):]
	var text strings.Builder
	text.WriteString("thefts:\n")
	for _, on := range slices.Sorted(maps.Keys(by)) {
		name := id
		if len(by) > 1 {
			name += " " + on
		}
		fmt.Fprintf(&text, "  - {id: %q, incident: %s, title: %q, chain: %q, since: %s, from: [", name, id, o.Victim, on, since)
		for i, address := range by[on] {
			if i > 0 {
				text.WriteString(", ")
			}
			fmt.Fprintf(&text, "%q", address)
		}
		text.WriteString("]}\n")
	}
	return text.String()
}

// gather reads what the flags name into a case.
func (f traceFlags) gather(c *cobra.Command, asked *thefts.File, snapshot ledger.Snapshot) (what inquiry.Case, err error) {
	what = inquiry.Case{Snapshot: snapshot, Methods: inquiry.Methods(f.links), Trials: f.trials, Worth: &price.Values{Prices: &price.Table{}, Assets: &price.Assets{}}}
	if !slices.Contains([]inquiry.Methods{inquiry.None, inquiry.Decoded, inquiry.All}, what.Methods) {
		return what, usage(fmt.Errorf("--links %s: want none, decoded or all", f.links))
	}
	if f.day != "" {
		day, err := time.Parse(time.DateOnly, f.day)
		if err != nil {
			return what, usage(fmt.Errorf("--day: %w", err))
		}
		what.Day = day.Unix()
	}
	rules, budget, err := f.rules(asked.Rules)
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
			fmt.Fprintf(c.ErrOrStderr(), "… and %d more\n", len(found.Refused)-i)
			break
		}
		fmt.Fprintln(c.ErrOrStderr(), intake.Printable(r.Error()))
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
func (f traceFlags) rules(r follow.Rules) (follow.Rules, follow.Budget, error) {
	r.Bounds = !f.noBounds
	if f.policy != "all" {
		r.Policies = nil
		for _, p := range strings.Split(f.policy, ",") {
			policy := accounting.Policy(strings.TrimSpace(p))
			if !slices.Contains(accounting.Policies(), policy) {
				return r, follow.Budget{}, fmt.Errorf("--policy %s: want all, or some of poison, haircut, fifo, lifo, tiho with commas between", p)
			}
			r.Policies = append(r.Policies, policy)
		}
	}
	if f.hub > 0 {
		r.Hub = f.hub
	}
	r.Deposits = r.Deposits || f.deposits
	if f.until != "" {
		day, err := time.Parse(time.DateOnly, f.until)
		if err != nil {
			return r, follow.Budget{}, fmt.Errorf("--until: %w", err)
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
		switch what {
		case "rows":
			b.Rows, err = strconv.ParseUint(value, 10, 64)
		case "time":
			b.Time, err = time.ParseDuration(value)
		case "memory":
			b.Memory, err = parseBytes(value)
		default:
			err = errors.New("want rows=N, time=90s or memory=4GB")
		}
		if err != nil {
			return b, fmt.Errorf("--budget %s: %w", part, err)
		}
	}
	return b, nil
}

func parseBytes(text string) (int64, error) {
	for suffix, unit := range map[string]int64{"kB": 1e3, "MB": 1e6, "GB": 1e9, "MiB": 1 << 20, "GiB": 1 << 30} {
		if digits, ok := strings.CutSuffix(text, suffix); ok {
			n, err := strconv.ParseInt(digits, 10, 32)
			return n * unit, err
		}
	}
	return strconv.ParseInt(text, 10, 64)
}

// known are the services of tags, of the list and of the file.
func (f traceFlags) known(c *cobra.Command, asked *thefts.File) (*attribution.Services, error) {
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
func (f traceFlags) files(c *cobra.Command, what *inquiry.Case) (err error) {
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
