package diagram

import (
	"errors"
	"strconv"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/price"
	"github.com/turtlebay/turtlebay/trace/result/again"
	"github.com/turtlebay/turtlebay/trace/result/span"
)

// builder gathers the edges of one theft.
type builder struct {
	worth     *price.Values
	one       price.Decimal
	usd       bool
	unit      string
	policies  []accounting.Policy // that conserve value
	theft     string
	marks     map[follow.Mark]bool
	links     map[string]follow.Link
	outs, ins map[follow.Mark]follow.Link
	known     func(chain.ID, ledger.Address) (follow.Service, bool)
	services  map[where]follow.Met

	nodes []Node
	index map[string]int
	edges []*sums
	at    map[[2]int]*sums
	err   error
}

type where struct {
	chain   chain.ID
	address ledger.Address
}

// sums is an edge on its way.
type sums struct {
	from, to    int
	policy      []price.Decimal
	rows        int
	first, last int64
	grade       follow.Confidence
}

func newBuilder(a *follow.Answer, q follow.Question, theft string, worth *price.Values) (*builder, error) {
	b := &builder{
		worth: worth, theft: theft, marks: map[follow.Mark]bool{}, links: map[string]follow.Link{}, outs: map[follow.Mark]follow.Link{}, ins: map[follow.Mark]follow.Link{},
		services: map[where]follow.Met{}, index: map[string]int{}, at: map[[2]int]*sums{},
		policies: span.Asked{Policies: a.Policies}.Conserving(),
	}
	b.one, b.err = price.ParseDecimal("1")
	for _, t := range q.Thefts {
		for _, m := range t.Marks {
			if t.ID == theft || len(a.Thefts) > 1 && theft == a.Thefts[len(a.Thefts)-1] {
				b.marks[m] = true
			}
		}
	}
	for _, l := range q.Links {
		b.links[l.ID], b.outs[l.Out], b.ins[l.In] = l, l, l
	}
	if q.Services != nil {
		b.known = q.Services.Service
	}
	for _, m := range a.Services {
		b.services[where{m.Chain, m.Address}] = m
	}
	return b, b.choose(a)
}

// choose settles the unit.
func (b *builder) choose(a *follow.Answer) error {
	assets, priced := map[price.Asset]bool{}, true
	var only price.Asset
	for _, f := range a.Flows {
		if f.Theft != b.theft {
			continue
		}
		only = price.Asset{Chain: f.Row.Chain, Asset: f.Asset}
		assets[only] = true
		_, err := b.worth.USD(only, f.Value, f.Row.Time)
		priced = priced && err == nil
	}
	fact, known := b.worth.Fact(only)
	switch {
	case len(assets) == 0:
		return ErrNoFlows
	case priced:
		b.usd, b.unit = true, "USD"
	case len(assets) == 1 && known:
		b.unit = fact.Symbol
	case len(assets) == 1:
		b.unit = "base units of " + only.String()
	default:
		return ErrNoUnit
	}
	return nil
}

// amounts are the amounts of a taint under the policies, in the unit.
func (b *builder) amounts(of price.Asset, t follow.Taint, when int64) []price.Decimal {
	out := make([]price.Decimal, len(b.policies))
	for i, p := range b.policies {
		amount := span.Under(t, p)
		if !b.usd {
			fact, _ := b.worth.Fact(of) // of an unknown asset: no decimals
			out[i] = b.one.Times(amount, fact.Decimals)
			continue
		}
		usd, err := b.worth.USD(of, amount, when)
		if err != nil {
			b.err = errors.Join(b.err, err)
		}
		out[i] = usd
	}
	return out
}

func (b *builder) node(key string, n Node) int {
	i, ok := b.index[key]
	if !ok {
		i = len(b.nodes)
		b.index[key] = i
		b.nodes = append(b.nodes, n)
	}
	return i
}

// place is the node of an address.
func (b *builder) place(id chain.ID, a ledger.Address) int {
	if a == "" {
		return b.node("fee", Node{Kind: Fee, Label: "fees"})
	}
	if m, ok := b.services[where{id, a}]; ok {
		label := m.Name
		if label == "" {
			label = a.Text(id)
		}
		return b.node("service:"+string(m.Class)+":"+label, Node{Kind: kindOf(m.Class), Label: label})
	}
	return b.node("address:"+string(id)+":"+string(a), Node{Kind: Address, Label: a.Text(id), Chain: id, Is: a})
}

func kindOf(c follow.Class) Kind {
	switch c {
	case follow.Swap:
		return Swap
	case follow.Bridge:
		return Bridge
	case follow.Mixer:
		return Mixer
	case follow.Hub:
		return Unfollowed
	}
	return Service
}

// payer is the node that a row comes from: the theft for one that is marked.
func (b *builder) payer(row follow.Mark, f *follow.Flow) int {
	l, linked := b.ins[row]
	switch {
	case b.marks[row]:
		label := b.theft
		if label == trace.All {
			label = "all thefts"
		}
		return b.node("theft", Node{Kind: Theft, Label: label})
	case linked && f.Link != "":
		return b.between(l, f)
	case f.From == "":
		return b.node("unknown", Node{Kind: Others, Label: "unknown payers"})
	}
	return b.place(f.Row.Chain, f.From)
}

// flow adds a row that carried taint.
func (b *builder) flow(f *follow.Flow) {
	row := follow.Mark{Chain: f.Row.Chain, Tx: f.Row.Tx, Kind: f.Row.Kind, Index: f.Row.Index}
	from, to := b.payer(row, f), 0
	if l, ok := b.outs[row]; ok {
		to = b.between(l, f)
	} else {
		to = b.place(f.Row.Chain, f.To)
	}
	grade := follow.Fact
	if l, ok := b.links[f.Link]; ok {
		grade = l.Confidence
	}
	if m, ok := b.services[where{f.Row.Chain, f.To}]; ok {
		grade = again.Weaker(grade, m.Confidence)
	}
	b.edge(from, to, b.amounts(price.Asset{Chain: f.Row.Chain, Asset: f.Asset}, f.Taint, f.Row.Time), f.Row.Time, grade)
}

// between is the node of what stands between the two rows of a link. Its name is that of
// whoever the first row pays, if anybody knows it.
func (b *builder) between(l follow.Link, f *follow.Flow) int {
	key := "link:" + l.ID
	if i, ok := b.index[key]; ok {
		return i
	}
	label := string(l.Kind)
	if b.known != nil {
		if s, ok := b.known(f.Row.Chain, f.To); ok && s.Name != "" {
			label = s.Name
		}
	}
	n := b.node("service:"+string(l.Kind)+":"+label, Node{Kind: kindOf(l.Kind), Label: label})
	b.index[key] = n
	return n
}

// holding adds what lies at an address at the end.
func (b *builder) holding(h *follow.Holding) {
	from := b.place(h.Chain, h.Address)
	to := b.node("held", Node{Kind: Held, Label: "held"})
	b.edge(from, to, b.amounts(price.Asset{Chain: h.Chain, Asset: h.Asset}, h.Taint, h.Since), h.Since, follow.Fact)
}

func (b *builder) edge(from, to int, amounts []price.Decimal, when int64, grade follow.Confidence) {
	if from == to {
		return // change that returns to its address
	}
	k := [2]int{from, to}
	if b.at[k] == nil {
		b.at[k] = &sums{from: from, to: to, first: when}
		b.edges = append(b.edges, b.at[k])
	}
	b.at[k].add(&sums{policy: amounts, rows: 1, first: when, last: when, grade: grade})
}

// add adds rows to the edge. An edge is as sure as the least of its rows.
func (s *sums) add(o *sums) {
	if s.policy == nil {
		s.policy = make([]price.Decimal, len(o.policy))
		s.grade = o.grade
	}
	for i := range o.policy {
		s.policy[i] = s.policy[i].Add(o.policy[i])
	}
	s.rows += o.rows
	s.first, s.last = min(s.first, o.first), max(s.last, o.last)
	s.grade = again.Weaker(s.grade, o.grade)
}

func (s *sums) least() (out price.Decimal) {
	for i, v := range s.policy {
		if i == 0 || v.Cmp(out) < 0 {
			out = v
		}
	}
	return out
}

func (s *sums) most() (out price.Decimal) {
	for _, v := range s.policy {
		if v.Cmp(out) > 0 {
			out = v
		}
	}
	return out
}

// Name is what a place is called.
func (d *Diagram) Name(i int) string {
	n := d.Nodes[i]
	switch {
	case n.Kind == Others && n.Count > 0:
		return strconv.Itoa(n.Count) + " " + n.Label
	case n.Kind == Address && n.Count > 0:
		return n.Label + " and " + strconv.Itoa(n.Count) + " after it"
	}
	return n.Label
}
