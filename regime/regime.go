// Package regime runs a sanctions regime as code: a pack of measures, one YAML
// file a paragraph, each with the interval in which it is in force, the
// condition under which a record meets it, its exemptions, grace and limits, and
// its tests beside it. A finding cites the paragraph and shows how it came about.
//
//	pack, err := regime.Load(os.DirFS("my-pack"))   // type-checked, every test run
//	for _, f := range pack.Check(rec, value.Date{}) {
//		fmt.Println(f.Result.Words(), f.Citation, f.Reason)
//	}
//
// The Democratic People's Republic of Korea pack is in package regime/kp; the
// form of a file is described in docs/regime.md.
//
// # How a record is checked
//
// Two clocks choose the measures: valid time (the record's date must lie in the
// measure's interval, first day in, last day out) and knowledge time (what was
// adopted after the day of knowledge is not applied; a record's own AsOf goes
// before the parameter). Then, measure by measure: its condition, its limit, and
// whether an exemption or a time of grace takes the record out; else breach.
//
// Answers have three values. A fact that is missing, or a date too coarse, makes
// a finding "possible" with the question to ask, but only where it decides: if
// the answer is the same either way, that answer is given.
//
// # Contract
//
// Check is a pure function of pack, record and day of knowledge: no clock, no
// network, amounts in exact decimals. A Pack does not change after Load and may
// be used from several goroutines.
package regime

import (
	"cmp"
	"slices"

	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime/condition"
)

// Pack is a regime that can be run, or several joined into one.
type Pack struct {
	ID    string // kp; kp+eu-2017-1509 where joined
	Name  string
	About string

	ask      map[string]string // default questions: kind.fact or fact
	lists    []*GoodsList      // by id
	measures []*Measure        // by id
	byID     map[string]*Measure
	rules    map[observation.Kind]*ruleSet
	digest   string
}

// Lists are the pack's lists of goods, by id.
func (p *Pack) Lists() []*GoodsList { return slices.Clone(p.lists) }

// Measures lists all measures by id.
func (p *Pack) Measures() []*Measure { return slices.Clone(p.measures) }

// Measure returns the measure with that id.
func (p *Pack) Measure(id string) (*Measure, bool) {
	m, ok := p.byID[id]
	return m, ok
}

// InForce lists, by id, the measures that were in force on that day; for a date
// of a month or a year, on every day of it.
func (p *Pack) InForce(on value.Date) []*Measure {
	var out []*Measure
	for _, m := range p.measures {
		if m.InForce.Contains(on) {
			out = append(out, m)
		}
	}
	return out
}

// Digest is the SHA-256 over the pack's files by name, hexadecimal: it changes
// with any byte of a rule and not with the order in which files are read.
func (p *Pack) Digest() string { return p.digest }

// Option changes how Check goes about it.
type Option func(*evaluation)

// NoTrace leaves the traces of findings empty, for streams.
func NoTrace(e *evaluation) { e.explain = false }

// Check finds what the record is under each measure, by measure id and then
// gravest first. A zero asOf means that everything is known; the record's own
// AsOf goes before it.
func (p *Pack) Check(r record.Record, asOf value.Date, opts ...Option) []Finding {
	return p.Checker(opts...).Check(r, asOf)
}

// Checker checks record after record with the same options and little garbage.
// It is not safe for concurrent use; make one for each goroutine.
type Checker struct {
	pack *Pack
	e    evaluation
}

// Checker prepares for a stream of records.
func (p *Pack) Checker(opts ...Option) *Checker {
	c := &Checker{pack: p, e: evaluation{explain: true, subject: condition.Of(nil, value.Date{})}}
	for _, o := range opts {
		o(&c.e)
	}
	return c
}

// Check is Pack.Check.
func (c *Checker) Check(r record.Record, asOf value.Date) []Finding {
	if r.Observation == nil {
		return nil
	}
	set := c.pack.rules[r.Kind()]
	if set == nil {
		return nil
	}
	c.e.reset(r, asOf)
	return c.e.run(set.candidates(c.e.goodsCode()))
}

// CheckMeasure is Check under one measure of the pack alone.
func (p *Pack) CheckMeasure(m *Measure, r record.Record, asOf value.Date, opts ...Option) []Finding {
	if r.Observation == nil {
		return nil
	}
	c := p.Checker(opts...)
	c.e.reset(r, asOf)
	return c.e.run(slices.DeleteFunc(slices.Clone(m.compiled), func(x *rule) bool { return x.kind != r.Kind() }))
}

// CheckAll is Check over many records, by record id and then as Check orders.
func (p *Pack) CheckAll(rs []record.Record, asOf value.Date, opts ...Option) []Finding {
	sorted := slices.Clone(rs)
	slices.SortStableFunc(sorted, func(a, b record.Record) int { return cmp.Compare(a.ID, b.ID) })
	var out []Finding
	c := p.Checker(opts...)
	for _, r := range sorted {
		out = append(out, c.Check(r, asOf)...)
	}
	return out
}

// question is what to ask for a fact: the measure's own words, else the pack's
// for the kind, else the pack's for any kind; empty where there are none.
func (p *Pack) question(m *Measure, kind observation.Kind, fact string) string {
	return cmp.Or(m.Ask[fact], p.ask[string(kind)+"."+fact], p.ask[fact])
}
