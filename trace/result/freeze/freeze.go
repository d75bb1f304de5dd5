// Package freeze lists what a service or an authority is asked to freeze: each
// arrival of stolen value at a service and each holding, with how much of it is
// stolen at least and at most, whose address it is, who says so, and what that rests
// on.
//
//	list := freeze.Of(r, freeze.Cut{})
//	if err := list.WriteCSV(file); err != nil {
//		return err
//	}
//	fmt.Println(len(list.Lines), "lines;", list.LeftOut, "could only be reached")
package freeze

import (
	"cmp"
	"io"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/result"
	"github.com/turtlebay/turtlebay/trace/result/form"
	"github.com/turtlebay/turtlebay/trace/result/span"
)

// Cut says what of a result is listed to be frozen.
type Cut struct {
	Theft   string // "": all at once
	Reached bool   // what could only be reached (poison) is listed as well
}

// List is what a service or an authority is asked to freeze: each arrival at a
// service, and each holding.
type List struct {
	Theft   string // that was asked for
	Lines   []Line
	LeftOut int // lines that could only be reached
	// Others is how many places hold too little for the trace to list them.
	Others uint64
}

// Line is one of them.
type Line struct {
	Kind    string   `json:"kind"`   // "arrival" or "holding"
	Thefts  []string `json:"thefts"` // that it stems from
	Chain   chain.ID `json:"chain"`
	Tx      string   `json:"transaction,omitempty"` // as explorers write it; of a holding the one that brought taint last
	Row     string   `json:"row,omitempty"`         // "output 1"
	Time    string   `json:"time"`                  // RFC 3339, UTC; of a holding that of its last arrival
	Address string   `json:"address"`
	Asset   string   `json:"asset"`
	Symbol  string   `json:"symbol,omitempty"`
	// Least and most that is stolen, in base units and, where the asset's decimals are
	// known, in its units; empty where it could only be reached.
	Least      string            `json:"least_base_units,omitempty"`
	Most       string            `json:"most_base_units,omitempty"`
	LeastUnits string            `json:"least,omitempty"`
	MostUnits  string            `json:"most,omitempty"`
	Service    string            `json:"service,omitempty"`
	Class      follow.Class      `json:"class,omitempty"`
	TagSource  string            `json:"tag_source,omitempty"`
	TagDate    string            `json:"tag_date,omitempty"`
	Tag        follow.Confidence `json:"tag_confidence,omitempty"`
	Note       string            `json:"note,omitempty"`
	RestsOn    string            `json:"rests_on"`
}

// Of lists what may be frozen: arrivals, then holdings, each by time.
func Of(r *result.Result, cut Cut) *List {
	if cut.Theft == "" && len(r.Answer.Thefts) > 0 {
		cut.Theft = r.Answer.Thefts[0]
		if len(r.Answer.Thefts) > 1 {
			cut.Theft = trace.All
		}
	}
	l := lister{r, cut, &List{Theft: cut.Theft}}
	l.arrivals()
	l.holdings()
	return l.out
}

// lister lists what of a result is listed.
type lister struct {
	r   *result.Result
	cut Cut
	out *List
}

// takes reports whether a taint is listed, and whether there is any.
func (l lister) takes(t follow.Taint) (takes, some bool) {
	s, _ := l.r.Asked.Span(t)
	return !s.Most.IsZero() || l.cut.Reached && !t.Poison.IsZero(), t != (follow.Taint{})
}

// source is a row or place that several thefts may have a part of.
type source struct {
	row     follow.RowID
	chain   chain.ID
	address ledger.Address
	asset   ledger.Asset
}

func (l lister) arrivals() {
	key := func(a *follow.Arrival) source { return source{a.Row, a.Row.Chain, a.To, a.Asset} }
	thefts := map[source][]string{}
	for i := range l.r.Arrivals {
		a := &l.r.Arrivals[i]
		if takes, _ := l.takes(a.Taint); takes {
			l.part(thefts, key(a), a.Theft)
		}
	}
	for i := range l.r.Arrivals {
		a := &l.r.Arrivals[i]
		if a.Theft != l.cut.Theft || !l.out.count(l.takes(a.Taint)) {
			continue
		}
		s := l.r.Answer.Services[a.Service].Service
		var path follow.Confidence
		if l.r.Grading != nil {
			path, _ = l.r.Grading.Arrival(a)
		}
		line := l.line("arrival", a.Row.Chain, a.To, a.Asset, a.Taint, a.Row.Time)
		line.Thefts, line.Tx, line.Row = l.stems(thefts[key(a)]), form.Tx(a.Row.Chain, a.Row.Tx), form.Row(a.Row)
		line.Service, line.Class, line.TagSource, line.TagDate, line.Tag, line.Note = s.Name, s.Class, s.Source, s.Date, s.Confidence, s.Note
		line.RestsOn = l.restsOn(a.Taint, path) + "; tag: " + cmp.Or(string(s.Confidence), "confidence not stated")
		l.out.Lines = append(l.out.Lines, line)
	}
}

func (l lister) holdings() {
	key := func(h *result.Holding) source {
		s := source{chain: h.Chain, address: h.Address, asset: h.Asset}
		if h.Output != nil {
			s.row = *h.Output
		}
		return s
	}
	thefts := map[source][]string{}
	var held []*result.Holding
	for i := range l.r.Holdings {
		h := &l.r.Holdings[i]
		if h.Others > 0 {
			if h.Theft == l.cut.Theft {
				l.out.Others += h.Others
			}
			continue
		}
		takes, some := l.takes(h.Taint)
		if takes {
			l.part(thefts, key(h), h.Theft)
		}
		if h.Theft == l.cut.Theft && l.out.count(takes, some) {
			held = append(held, h)
		}
	}
	slices.SortStableFunc(held, func(x, y *result.Holding) int { return cmp.Compare(x.Since, y.Since) })
	for _, h := range held {
		line := l.line("holding", h.Chain, h.Address, h.Asset, h.Taint, h.Since)
		line.Thefts, line.RestsOn = l.stems(thefts[key(h)]), l.restsOn(h.Taint, h.Path)
		if h.Tx != "" {
			line.Tx = form.Tx(h.Chain, h.Tx)
		}
		if h.Output != nil {
			line.Row = form.Row(*h.Output)
		}
		l.out.Lines = append(l.out.Lines, line)
	}
}

// count counts what is left out.
func (f *List) count(takes, some bool) bool {
	if some && !takes {
		f.LeftOut++
	}
	return takes
}

// together reports whether a theft is all thefts at once.
func (l lister) together(theft string) bool {
	return theft == trace.All && len(l.r.Answer.Thefts) > 1
}

// part notes that a theft has a part of a source.
func (l lister) part(thefts map[source][]string, s source, theft string) {
	if !l.together(theft) && !slices.Contains(thefts[s], theft) {
		thefts[s] = append(thefts[s], theft)
	}
}

// stems lists the thefts of a line.
func (l lister) stems(from []string) []string {
	if l.together(l.cut.Theft) {
		return append([]string{}, from...)
	}
	return []string{l.cut.Theft}
}

func (l lister) line(kind string, id chain.ID, a ledger.Address, asset ledger.Asset, t follow.Taint, when int64) Line {
	out := Line{Kind: kind, Chain: id, Time: form.Time(when), Address: a.Text(id), Asset: asset.Text(id)}
	fact, known := l.r.Fact(id, asset)
	out.Symbol = fact.Symbol
	s, ok := l.r.Asked.Span(t)
	if !ok || s == (span.Span{}) {
		return out
	}
	out.Least, out.Most = s.Least.String(), s.Most.String()
	if known {
		out.LeastUnits, out.MostUnits = s.Least.Units(fact.Decimals), s.Most.Units(fact.Decimals)
	}
	return out
}

// restsOn says what a line rests on.
func (l lister) restsOn(t follow.Taint, path follow.Confidence) string {
	return l.r.Asked.Finding(t).String() + "; path: " + cmp.Or(string(path), "not graded")
}

var columns = []string{
	"kind", "thefts", "chain", "transaction", "row", "time", "address", "asset", "symbol", "least_base_units", "most_base_units", "least", "most",
	"service", "class", "tag_source", "tag_date", "tag_confidence", "note", "rests_on",
}

// WriteCSV writes the list as CSV; see form.Protect for what a reader has to know.
func (f *List) WriteCSV(w io.Writer) error {
	return form.CSV(w, columns, len(f.Lines), func(i int) []string {
		l := f.Lines[i]
		return []string{
			l.Kind, strings.Join(l.Thefts, "; "), string(l.Chain), l.Tx, l.Row, l.Time, l.Address, l.Asset, l.Symbol, l.Least, l.Most, l.LeastUnits, l.MostUnits,
			l.Service, string(l.Class), l.TagSource, l.TagDate, string(l.Tag), l.Note, l.RestsOn,
		}
	})
}

// WriteJSON writes the list as one JSON object, a line of the list on each line.
func (f *List) WriteJSON(w io.Writer) error {
	o := form.NewObject(w)
	o.Member("theft", f.Theft)
	o.Member("left_out", f.LeftOut)
	o.Member("other_places", f.Others)
	form.List(o, "lines", f.Lines, func(l *Line) any { return l })
	return o.Close()
}
