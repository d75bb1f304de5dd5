package publish

import (
	"context"
	"fmt"

	"github.com/turtlebay/turtlebay/analyses"
	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/report"
)

// lastIssued is the latest report issued before this one; a report that is
// written again compares itself with the same one as the first time.
func lastIssued(d *desk.Desk, s report.Settings) (*derive.Set, error) {
	all, err := d.Set(analyses.IssuedKind)
	if err != nil {
		return nil, err
	}
	var before []derive.Input
	for _, in := range all.Inputs() {
		if in.ID < issuedID(s.Date.String(), s.Symbol) {
			before = []derive.Input{in}
		}
	}
	return derive.NewSet(analyses.IssuedKind, before), nil
}

// issuedID sorts issued reports by date.
func issuedID(date, symbol string) string { return date + " " + symbol }

// Issue leaves on the desk what the next report compares itself with. It returns
// ErrWithheld for a report from which something was withheld.
func (r *Report) Issue(ctx context.Context) error {
	if len(r.Released.Withheld) > 0 {
		return fmt.Errorf("issue report: %w", ErrWithheld)
	}
	m := r.Document.Masthead
	last := analyses.Issued{Symbol: m.Symbol, Date: m.Date.String(), Records: map[string]string{}}
	if last.Symbol == "" {
		last.Symbol = m.Title
	}
	for _, s := range r.Released.Travelling() {
		for _, in := range s.Inputs() {
			if s.Kind() != analyses.IssuedKind {
				last.Records[in.ID] = in.Digest
			}
		}
	}
	b, err := derive.Canonical(last)
	if err != nil {
		return fmt.Errorf("issue report: %w", err)
	}
	return r.desk.Replace(ctx, analyses.IssuedKind, issuedID(m.Date.String(), m.Symbol), b)
}
