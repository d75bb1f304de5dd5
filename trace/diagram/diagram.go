// Package diagram makes of an answer what can be drawn of it: places and the amounts
// that went between them, of one theft, in one unit.
//
//	d, err := diagram.Of(answer, question, "INC-2022-040", &worth, diagram.Options{})
//	for _, e := range d.Edges {
//		fmt.Println(d.Name(e.From), "→", d.Name(e.To), e.Least, e.Most, d.Unit)
//	}
//
// The unit is United States dollars at the time of each row where every asset that
// carried taint has a price then; else the asset's own, if there is only one. Where
// there are several and one has no price, nothing can be drawn to scale: ErrNoUnit.
//
// Rows between the same two places are one edge. Of an edge the least and the most are
// those of its sums under the policies that conserve value. Services are one place by
// name and class; so is what stands between the two rows of a link. Of more addresses
// than Options.Addresses those that have almost all of what they had from one other are
// drawn into that one, as the steps of a peel chain are, the smallest first, and what is
// too many then is one place, which says how many they are. Fees of transactions of outputs are no rows,
// and are in no edge. The same answer gives the same diagram.
package diagram

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/price"
)

// Errors of Of, for errors.Is.
var (
	// ErrNoUnit: several assets, and not every one has a price.
	ErrNoUnit = errors.New("no one unit to draw in: several assets, and not all have a price")
	// ErrNoFlows: the answer lists no flows of the theft, because there are none or too many.
	ErrNoFlows = errors.New("no flows are listed")
)

// Kind is what a place is.
type Kind string

// The kinds of places.
const (
	Theft      Kind = "theft"
	Address    Kind = "address"
	Others     Kind = "others" // several addresses
	Swap       Kind = "swap"
	Bridge     Kind = "bridge"
	Mixer      Kind = "mixer"
	Service    Kind = "service" // cashed out
	Fee        Kind = "fee"     // paid to nobody
	Held       Kind = "held"
	Unfollowed Kind = "not followed"
)

// Node is a place.
type Node struct {
	Kind  Kind
	Label string         // the address as explorers write it, the service's name
	Chain chain.ID       // of an address
	Is    ledger.Address // of an address
	Count int            // of Others: how many; of an address: how many were drawn into it
}

// Edge is what went from one place to another.
type Edge struct {
	From, To    int           // indexes of Diagram.Nodes
	Least, Most price.Decimal // in units of Diagram.Unit
	Rows        int
	First, Last int64 // times
	Grade       follow.Confidence
}

// Diagram is a theft as it can be drawn. Nodes are in the order in which value reached
// them, edges in that of their first rows.
type Diagram struct {
	Unit  string // "USD", or the asset's symbol
	USD   bool
	Nodes []Node
	Edges []Edge
}

// Options bound a diagram.
type Options struct {
	Addresses int // that stand by themselves; 0: DefaultAddresses
}

// DefaultAddresses is how many addresses a page has room for.
const DefaultAddresses = 24

// Of makes the diagram of a theft.
func Of(a *follow.Answer, q follow.Question, theft string, worth *price.Values, o Options) (*Diagram, error) {
	b, err := newBuilder(a, q, theft, worth)
	if err != nil {
		return nil, fmt.Errorf("draw theft %q: %w", theft, err)
	}
	for i := range a.Flows {
		if a.Flows[i].Theft == theft {
			b.flow(&a.Flows[i])
		}
	}
	for i := range a.Holdings {
		if a.Holdings[i].Theft == theft {
			b.holding(&a.Holdings[i])
		}
	}
	if b.err != nil {
		return nil, fmt.Errorf("draw theft %q: %w", theft, b.err)
	}
	return b.fold(cmp.Or(o.Addresses, DefaultAddresses)), nil
}

// draw joins edges whose ends fell together and leaves out what is not drawn.
func (b *builder) draw(into []int) *Diagram {
	d := &Diagram{Unit: b.unit, USD: b.usd}
	joined := map[[2]int]*sums{}
	var order [][2]int
	for _, e := range b.edges {
		k := [2]int{into[e.from], into[e.to]}
		if k[0] == k[1] {
			continue // what goes round among the others
		}
		if joined[k] == nil {
			joined[k] = &sums{from: k[0], to: k[1], first: e.first}
			order = append(order, k)
		}
		joined[k].add(e)
	}
	number := map[int]int{}
	at := func(i int) int {
		n, ok := number[i]
		if !ok {
			n = len(d.Nodes)
			number[i] = n
			d.Nodes = append(d.Nodes, b.nodes[i])
		}
		return n
	}
	for _, k := range order {
		s := joined[k]
		d.Edges = append(d.Edges, Edge{
			From: at(s.from), To: at(s.to), Least: s.least(), Most: s.most(),
			Rows: s.rows, First: s.first, Last: s.last, Grade: s.grade,
		})
	}
	return d
}
