package analyses

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/trace/extract"
	"github.com/turtlebay/turtlebay/trace/price"
	"github.com/turtlebay/turtlebay/trace/result"
)

// TraceKind is the kind of input that holds traces: what was read of a ledger and what
// was asked, so that they run again. It is no observation; a desk encloses it.
const TraceKind = "trace"

var (
	paramTrace    = derive.Param{Name: "trace", About: "id of a trace on the desk"}
	paramExercise = derive.Param{Name: "exercise", About: "exercises, or traces of what happened", Default: "no", Allowed: []string{"no", "yes"}}
	paramWhere    = derive.Param{Name: "where", About: "where it came to", Default: "services", Allowed: []string{"services", "mixers", "held"}}
)

func traceFigures() ([]derive.Function, error) {
	one := func(name, about string, run func(*extract.Opened) (derive.Result, error), more ...derive.Param) derive.Function {
		return derive.Function{
			Name: name, Version: 1, About: about, Params: append([]derive.Param{paramTrace}, more...), Reads: []string{TraceKind},
			Run: func(c derive.Call) (derive.Result, error) { return ofTrace(c, run) },
		}
	}
	where := func(run func(o *extract.Opened, where string) (derive.Result, error), name, about string) derive.Function {
		f := one(name, about, nil, paramWhere)
		f.Run = func(c derive.Call) (derive.Result, error) {
			return ofTrace(c, func(o *extract.Opened) (derive.Result, error) { return run(o, c.Params["where"]) })
		}
		return f
	}
	return []derive.Function{
		{Name: "trace.traces.count", Version: 1, About: "traces on the desk", Params: []derive.Param{paramExercise}, Reads: []string{TraceKind}, Run: countTraces},
		{Name: "trace.traces.table", Version: 1, About: "traces on the desk: what was followed, in which ledger, and whether it runs again", Params: []derive.Param{paramExercise}, Reads: []string{TraceKind}, Run: traceTable},
		one("trace.title", "what the trace is about", func(o *extract.Opened) (derive.Result, error) { return word(o.Title), nil }),
		one("trace.rows", "rows of the ledger that moved value of a place where taint was or came", func(o *extract.Opened) (derive.Result, error) {
			return derive.Result{Value: strconv.FormatUint(o.Applied, 10), Unit: "rows"}, nil
		}),
		one("trace.stolen.usd", "what was stolen, in dollars at the time", stolenUSD),
		where(reachedUSD, "trace.reached.usd", "what came to services or mixers, in dollars on arrival, or is held, in dollars at the theft: pro rata, with the least and the most over policies"),
		where(reachedShare, "trace.reached.share", "the same in per cent of what was stolen, in dollars"),
		where(placesReached, "trace.places.count", "services or mixers reached, or places where something is held"),
		one("trace.unpriced", "assets of which a part has no price, and is in no sum of dollars", unpriced),
		one("trace.notes", "what was asked for and could not be; empty if nothing", func(o *extract.Opened) (derive.Result, error) {
			return derive.Result{Value: strings.Join(o.Notes, "; "), Unit: derive.UnitText}, nil
		}),
		one("trace.stopped", "why the trace ended before its end; empty if it did not", stopped),
		one("trace.balance.table", "what was stolen and where it is, by asset and policy", balanceTable),
		one("trace.cashouts.table", "services and mixers reached, with the range over policies", cashOutTable),
		one("trace.holdings.table", "where something is held", holdingTable),
		one("trace.links.table", "swaps and bridges that were followed, and what falls without each", linkTable),
		one("trace.flows.table", "what went from where to where, for drawing", flowTable),
		one("trace.peels.table", "peel chains on the way", peelTable),
	}, nil
}

// opened is a set's traces, run again once for all that ask.
type opened struct {
	traces []*extract.Opened // by id
}

func (o *opened) find(id string) (*extract.Opened, error) {
	for _, t := range o.traces {
		if t.ID == id {
			return t, nil
		}
	}
	return nil, fmt.Errorf("%w trace=%q: no such trace here", derive.ErrParam, id)
}

func tracesOf(c derive.Call) (*opened, error) {
	v, err := c.Set(TraceKind).Decoded(openTraces)
	if err != nil {
		return nil, err
	}
	return v.(*opened), nil
}

// openTraces puts the lines of each trace together and runs it again.
func openTraces(inputs []derive.Input) (any, error) {
	lines := map[string][][]byte{}
	var order []string
	for _, in := range inputs { // by id: the head of a trace comes before its parts
		id, _, isPart := strings.Cut(in.ID, extract.Parts)
		if !isPart {
			order = append(order, id)
		}
		if want := extract.PartID(id, len(lines[id])); in.ID != want {
			return nil, fmt.Errorf("trace %s: input %s stands where %s should", id, in.ID, want)
		}
		lines[id] = append(lines[id], in.Bytes)
	}
	out := &opened{}
	for _, id := range order {
		e, err := extract.Decode(lines[id])
		if err == nil && e.ID != id {
			err = fmt.Errorf("is that of %s", e.ID)
		}
		if err != nil {
			return nil, fmt.Errorf("trace %s: %w", id, err)
		}
		o, err := e.Open(context.Background())
		if err != nil {
			return nil, err
		}
		out.traces = append(out.traces, o)
	}
	return out, nil
}

// ofTrace runs a function over the trace that the call names.
func ofTrace(c derive.Call, run func(*extract.Opened) (derive.Result, error)) (derive.Result, error) {
	all, err := tracesOf(c)
	if err != nil {
		return derive.Result{}, err
	}
	if c.Params["trace"] == "" {
		return derive.Result{Unit: derive.UnitText, Note: "no trace is named"}, nil
	}
	o, err := all.find(c.Params["trace"])
	if err != nil {
		return derive.Result{}, err
	}
	r, err := run(o)
	r.Records = []string{o.ID}
	if o.External() {
		r.Note = strings.TrimPrefix(r.Note+"; as it was found in the snapshot "+snapshots(o.Extract)+", which did not travel", "; ")
	}
	return r, err
}

// chosen are the traces that are exercises, or those that are not.
func chosen(c derive.Call) ([]*extract.Opened, error) {
	all, err := tracesOf(c)
	if err != nil {
		return nil, err
	}
	var out []*extract.Opened
	for _, o := range all.traces {
		if o.Exercise == (c.Params["exercise"] == "yes") {
			out = append(out, o)
		}
	}
	return out, nil
}

func countTraces(c derive.Call) (derive.Result, error) {
	of, err := chosen(c)
	r := derive.Result{Value: strconv.Itoa(len(of)), Unit: "traces"}
	for _, o := range of {
		r.Records = append(r.Records, o.ID)
	}
	return r, err
}

func traceTable(c derive.Call) (derive.Result, error) {
	of, err := chosen(c)
	if err != nil {
		return derive.Result{}, err
	}
	t := &derive.Table{Columns: []derive.Column{
		{Key: "id", Title: "Trace", Form: derive.Code},
		{Key: "title", Title: "What was followed", Form: derive.Text},
		{Key: "incident", Title: "Record", Form: derive.Code},
		{Key: "snapshot", Title: "Ledger", Form: derive.Text},
		{Key: "rows", Title: "Rows applied", Form: derive.Number},
		{Key: "again", Title: "Runs again from", Form: derive.Text},
	}}
	r := derive.Result{Table: t}
	for _, o := range of {
		again := "the rows in the bundle"
		if o.External() {
			again = "the snapshot, which did not travel"
		}
		t.Rows = append(t.Rows, derive.Row{Cells: []string{
			o.ID, o.Title, o.Incident, snapshots(o.Extract), strconv.FormatUint(o.Answer.Work.Applied, 10), again,
		}})
		r.Records = append(r.Records, o.ID)
	}
	return r, nil
}

// snapshots names the snapshots that a trace read.
func snapshots(e *extract.Extract) string {
	var out []string
	for _, l := range e.Ledgers {
		name := string(l.Snapshot)
		if l.Digest != "" {
			name = "of digest " + l.Digest[:min(len(l.Digest), 16)]
		}
		out = append(out, fmt.Sprintf("%s, %s rows, %s", l.Chain, derive.Group(strconv.FormatUint(l.Rows, 10)), name))
	}
	return strings.Join(out, "; ")
}

// last is the theft that is all of them: the last, where there are several.
func last(o *extract.Opened) string {
	if len(o.Answer.Thefts) == 0 {
		return ""
	}
	return o.Answer.Thefts[len(o.Answer.Thefts)-1]
}

func stopped(o *extract.Opened) (derive.Result, error) {
	if o.Answer.Stopped == nil {
		return derive.Result{Unit: derive.UnitText, Note: "it came to its end"}, nil
	}
	return word(o.Answer.Stopped.Reason), nil
}

// stolenUSD sums what was stolen.
func stolenUSD(o *extract.Opened) (derive.Result, error) {
	sum, ok := price.Decimal{}, false
	for _, b := range o.Result.Balances {
		if v := b.StolenUSD.AtTheft; b.Theft == last(o) && v != nil {
			sum, ok = sum.Add(v.Most), true
		}
	}
	if !ok {
		return derive.Result{Unit: derive.UnitUSD, Note: "no price is known"}, nil
	}
	return derive.Result{Value: sum.Cents(), Unit: derive.UnitUSD, Low: sum.Cents(), High: sum.Cents()}, nil
}

// errWhere is a parameter that Allowed would have refused.
var errWhere = errors.New("no such place")

// places are where value came to, of the theft that is all.
func places(o *extract.Opened, where string) (out []place, err error) {
	switch where {
	case "services", "mixers":
		list := o.Result.CashOuts
		if where == "mixers" {
			list = o.Result.Mixers
		}
		for i := range list {
			if list[i].Theft == last(o) {
				out = append(out, place{list[i].USD.AtCashOut, list[i].Address.Notation(list[i].Chain)})
			}
		}
	case "held":
		for i := range o.Result.Holdings {
			if h := &o.Result.Holdings[i]; h.Theft == last(o) {
				out = append(out, place{h.USD.AtTheft, h.Address.Notation(h.Chain)})
			}
		}
	default:
		return nil, errWhere
	}
	return out, nil
}

// place is somewhere value came to, and what it was worth.
type place struct {
	worth *result.Valuation // nil: nothing is known
	name  string
}

func placesReached(o *extract.Opened, where string) (derive.Result, error) {
	ps, err := places(o, where)
	names := map[string]bool{}
	for _, p := range ps {
		names[p.name] = true
	}
	return derive.Result{Value: strconv.Itoa(len(names)), Unit: "places"}, err
}
