// Package analyses binds every analysis to a derivation function with a name and
// a version: the analyses compute over records, the derivations over bytes with
// digests, and this package is the only place where the two meet. One file holds
// one family of figures.
//
//	reg, err := analyses.Registry()
//	d, err := reg.Derive("cyber.losses.usd", derive.Params{"from": "2017", "to": "2023"}, desk)
package analyses

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
)

// Registry returns the functions of every analysis.
func Registry() (*derive.Registry, error) {
	var all []derive.Function
	for _, family := range []func() ([]derive.Function, error){
		cyberFigures, cyberTables, programmeFigures, tradeFigures, capFigures, labourFigures, councilFigures, regimeFigures, traceFigures, deskFigures,
	} {
		functions, err := family()
		if err != nil {
			return nil, err
		}
		all = append(all, functions...)
	}
	return derive.NewRegistry(all...)
}

// kinds names the observation kinds a function reads.
func kinds(ks ...observation.Kind) []string {
	out := make([]string, len(ks))
	for i, k := range ks {
		out[i] = string(k)
	}
	return out
}

// held is a set as records. A set is decoded once and checked against the regime
// once, however many functions read it.
type held struct {
	records []record.Record

	mu      sync.Mutex
	checked string // under what the findings were made; empty before
	found   []found
}

func heldOf(c derive.Call, k observation.Kind) (*held, error) {
	v, err := c.Set(string(k)).Decoded(decodeRecords)
	if err != nil {
		return nil, err
	}
	return v.(*held), nil
}

// records decodes the call's inputs of a kind.
func records(c derive.Call, k observation.Kind) ([]record.Record, error) {
	h, err := heldOf(c, k)
	if err != nil {
		return nil, err
	}
	return h.records, nil
}

func decodeRecords(inputs []derive.Input) (any, error) {
	out := make([]record.Record, 0, len(inputs))
	for _, in := range inputs {
		if in.Bytes == nil {
			continue
		}
		var r record.Record
		if err := json.Unmarshal(in.Bytes, &r); err != nil {
			return nil, fmt.Errorf("record %s: %w", in.ID, err)
		}
		out = append(out, r)
	}
	return &held{records: out}, nil
}

// The parameters that most functions share.
var (
	paramFrom = derive.Param{Name: "from", About: "first year", Default: "2017"}
	paramTo   = derive.Param{Name: "to", About: "last year, inclusive", Default: "2023"}
	paramYear = derive.Param{Name: "year", About: "calendar year", Default: "2023"}
	paramView = derive.Param{
		Name: "view", About: "which attributions count", Default: string(claim.ViewPanel),
		Allowed: []string{string(claim.ViewOfficial), string(claim.ViewPanel), string(claim.ViewAll)},
	}
)

// year reads a parameter that must be a year.
func year(c derive.Call, name string) (int, error) {
	y, err := strconv.Atoi(c.Params[name])
	if err != nil || y < 1900 || y > 2100 {
		return 0, fmt.Errorf("%w %s=%q: want a year", derive.ErrParam, name, c.Params[name])
	}
	return y, nil
}

// period reads from and to and demands that they are in order.
func period(c derive.Call) (from, to int, err error) {
	if from, err = year(c, "from"); err != nil {
		return 0, 0, err
	}
	if to, err = year(c, "to"); err != nil {
		return 0, 0, err
	}
	if from > to {
		return 0, 0, fmt.Errorf("%w from=%d to=%d: the period ends before it begins", derive.ErrParam, from, to)
	}
	return from, to, nil
}

// count is the result of counting records.
func count(n int, unit string, rs []record.Record) derive.Result {
	return restsOn(derive.Result{Value: strconv.Itoa(n), Unit: unit}, rs)
}

// word is a result that is a word or name rather than a number.
func word(s string) derive.Result { return derive.Result{Value: s, Unit: derive.UnitText} }

// restsOn notes which records the result was made of, and which of them were
// written down from memory.
func restsOn(r derive.Result, rs []record.Record) derive.Result {
	for _, x := range rs {
		r.Records = append(r.Records, x.ID)
		if x.Certainty == claim.FromMemory {
			r.Unverified = append(r.Unverified, x.ID)
		}
	}
	slices.Sort(r.Records)
	r.Records = slices.Compact(r.Records)
	slices.Sort(r.Unverified)
	r.Unverified = slices.Compact(r.Unverified)
	return r
}

// untyped drops the observations' types.
func untyped[T observation.Observation](in []record.Typed[T]) []record.Record {
	out := make([]record.Record, len(in))
	for i, x := range in {
		out[i] = x.Record
	}
	return out
}

// table is a result in rows.
func table(columns []derive.Column, rows []derive.Row, rs []record.Record) derive.Result {
	return restsOn(derive.Result{Table: &derive.Table{Columns: columns, Rows: rows}}, rs)
}

// row is a table row that shows one record.
func row(r record.Record, cells ...string) derive.Row {
	return derive.Row{Cells: cells, Record: r.ID, Unverified: r.Certainty == claim.FromMemory}
}

// text is the decimal in plain form, empty for one that is not known.
func text(d *value.Decimal) string {
	if d == nil {
		return ""
	}
	return d.String()
}
