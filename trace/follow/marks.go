package follow

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace"
)

// nameThefts checks the ids of thefts.
func (r *run) nameThefts() error {
	if len(r.q.Thefts) == 0 {
		return fmt.Errorf("%w: no theft is named", ErrQuestion)
	}
	for i, t := range r.q.Thefts {
		switch {
		case t.ID == "":
			return fmt.Errorf("theft %d: %w: it has no id", i, ErrQuestion)
		case slices.Contains(r.thefts, t.ID):
			return fmt.Errorf("theft %s: %w: there are two of this id", quote(t.ID), ErrQuestion)
		case t.ID == trace.All && len(r.q.Thefts) > 1:
			return fmt.Errorf("theft %s: %w: this id is that of all thefts at once", quote(t.ID), ErrQuestion)
		case len(t.Marks) == 0:
			return fmt.Errorf("theft %s: %w: it names no row", quote(t.ID), ErrQuestion)
		}
		r.thefts = append(r.thefts, t.ID)
	}
	if len(r.thefts) > 1 {
		r.thefts = append(r.thefts, trace.All)
	}
	return nil
}

// place finds the rows of marks and links.
func (r *run) place() error {
	for i, t := range r.q.Thefts {
		type found struct {
			g   *ground
			row ledger.Row
		}
		at := make([]found, len(t.Marks))
		err := inHalves(len(at), func(j int) (err error) {
			at[j].g, at[j].row, _, err = r.find(t.Marks[j])
			return err
		})
		if err != nil {
			return fmt.Errorf("theft %s: %w", quote(t.ID), err)
		}
		for _, m := range at {
			g, row := m.g, m.row
			g.mark(row, i)
			if len(r.q.Thefts) > 1 {
				g.mark(row, len(r.q.Thefts))
			}
		}
	}
	for i := range r.q.Links {
		if err := r.placeLink(i); err != nil {
			return fmt.Errorf("link %s: %w", quote(r.q.Links[i].ID), err)
		}
	}
	return nil
}

// mark notes that a theft marks a row; once is enough.
func (g *ground) mark(row ledger.Row, theft int) {
	if !slices.Contains(g.marks[row], theft) {
		g.marks[row] = append(g.marks[row], theft)
		slices.Sort(g.marks[row])
	}
}

// find is the row of a mark.
func (r *run) find(m Mark) (*ground, ledger.Row, ledger.Transfer, error) {
	i := slices.IndexFunc(r.grounds, func(g *ground) bool { return g.id == m.Chain })
	g := r.grounds[i]
	rows, err := g.book.Transaction(m.Tx)
	if err != nil {
		return nil, 0, ledger.Transfer{}, err
	}
	for _, row := range rows {
		t, err := g.book.Row(row)
		if err != nil {
			return nil, 0, t, err
		}
		if t.Kind == m.Kind && t.Index == m.Index {
			if t.Kind == ledger.Input {
				return nil, 0, t, fmt.Errorf("%s: %w: an input brings no value", m, ErrQuestion)
			}
			return g, row, t, nil
		}
	}
	return nil, 0, ledger.Transfer{}, fmt.Errorf("%s: %w", m, ErrNoRow)
}

// String is the mark for messages.
func (m Mark) String() string {
	return fmt.Sprintf("%s of transaction %x on %s with index %d", m.Kind, m.Tx, m.Chain, m.Index)
}

// errOrder is a link whose rows stand the wrong way round.
var errOrder = errors.New("what it paid does not stand before what came of it")

// placeLink finds the rows of a link, and makes services of who stands between them.
func (r *run) placeLink(i int) error {
	l := r.q.Links[i]
	if l.Kind != Swap && l.Kind != Bridge {
		return fmt.Errorf("%w: it is of the class %s, not a swap or bridge", ErrQuestion, quote(string(l.Kind)))
	}
	from, out, paid, err := r.find(l.Out)
	if err != nil {
		return err
	}
	to, in, got, err := r.find(l.In)
	if err != nil {
		return err
	}
	early := cmp.Or(cmp.Compare(paid.Time, got.Time), cmp.Compare(from.chain, to.chain)) >= 0
	if from == to {
		early = out >= in
	}
	if together := from == to && paid.Tx == got.Tx && paid.Kind == ledger.Payment && out != in; early && !together {
		return fmt.Errorf("%w: %w", ErrQuestion, errOrder)
	}
	if _, taken := from.outs[out]; taken {
		return fmt.Errorf("%w: another link has the same row that paid", ErrQuestion)
	}
	if _, taken := to.ins[in]; taken {
		return fmt.Errorf("%w: another link has the same row that came of it", ErrQuestion)
	}
	from.outs[out], to.ins[in] = i, i
	tooLate := r.q.Rules.Until != 0 && paid.Time > r.q.Rules.Until // where times go back, what came of it may not be
	r.links[i] = inTransit{out: out, in: in, value: got.Value, early: early, left: tooLate}
	between := Service{Class: l.Kind, Confidence: l.Confidence, Note: "between the rows of link " + l.ID}
	for _, a := range []account{{from.id, paid.To}, {to.id, got.From}} {
		if _, known := r.linked[a]; a.address != "" && !known {
			r.linked[a] = between
		}
	}
	return nil
}

// service is who is known to be behind an address: by the question, or by a link.
func (r *run) service(id chain.ID, a ledger.Address) (Service, bool) {
	if a == "" {
		return Service{}, false
	}
	if r.q.Services != nil {
		if s, ok := r.q.Services.Service(id, a); ok {
			return s, true
		}
	}
	s, ok := r.linked[account{id, a}]
	return s, ok
}

// send keeps what the Out of a link paid until its In stands.
func (r *run) send(link int, p *parcel) { r.links[link].left, r.links[link].from = true, p }

// waits reports whether a link brings a row what it has not taken yet.
func (r *run) waits(link int) bool { return !r.links[link].left && !r.links[link].early }

// receive is what came of the Out of a link, scaled to the value of its In; nil is
// clean value.
func (r *run) receive(link int) (*parcel, error) {
	t := &r.links[link]
	if !t.left {
		return nil, fmt.Errorf("link %s: %w: %w", quote(r.q.Links[link].ID), ErrQuestion, errOrder)
	}
	p := t.from
	t.from = nil
	if p == nil {
		return nil, nil
	}
	splits, err := p.scale(t.value)
	r.work.Splits += splits
	return p, err
}

// quote shows a name from outside: short, and without characters that are not seen.
func quote(s string) string {
	const most = 80
	if r := []rune(s[:min(len(s), 4*most)]); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return strconv.QuoteToGraphic(s)
}
