package html

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/report/document"
)

// card says how one result came about.
type card struct {
	ID, Name, Function string
	Params             string
	Value              string // with its unit; what kind of table it is for a table
	Range              string // "low – high", empty where claims agree
	Note, Command      string
	Marking            string // of what it rests on, or for which it is withheld; empty for public
	Inputs             []input
	Records            []link
	List               *recordList // in place of Records where they are many
	Unverified         []link
	Uses               []link
}

type input struct {
	Kind, Digest, Short string
	Count               int
}

// recordList is a list of records that many results rest on, printed once.
type recordList struct {
	Number  int
	Records []link
}

// ID is the list's anchor.
func (l *recordList) ID() string { return fmt.Sprintf("records-%d", l.Number) }

// fewRecords is how many records a card names itself. Longer lists are shared:
// hundreds of figures rest on the same few.
const fewRecords = 12

// cards makes a card for every derivation, sorted for people: by function, then
// parameters.
func (b *builder) cards(all []derive.Derivation) ([]*card, []*recordList, error) {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(x, y derive.Derivation) int {
		return cmp.Or(cmp.Compare(x.Function, y.Function), cmp.Compare(x.Params.String(), y.Params.String()), cmp.Compare(x.ID, y.ID))
	})
	var out []*card
	var lists []*recordList
	byKey := map[string]*recordList{}
	for _, d := range all {
		c := b.card(d)
		if n := len(d.Result.Records); n > fewRecords {
			key := strings.Join(d.Result.Records, "\n")
			if byKey[key] == nil {
				list := &recordList{Number: len(lists) + 1, Records: b.records(d.Result.Records)}
				if err := b.take(list.ID()); err != nil {
					return nil, nil, err
				}
				byKey[key] = list
				lists = append(lists, list)
			}
			c.List = byKey[key]
		} else {
			c.Records = b.records(d.Result.Records)
		}
		out = append(out, c)
	}
	return out, lists, nil
}

func (b *builder) card(d derive.Derivation) *card {
	r := d.Result
	c := &card{
		ID: d.ID, Name: clean(d.Name()), Function: clean(d.Function), Params: clean(d.Params.String()),
		Value: clean(valueOf(r)), Range: clean(rangeOf(r)), Note: clean(r.Note), Command: clean(d.Command()), Uses: b.uses[d.ID],
	}
	for _, in := range d.Inputs {
		c.Inputs = append(c.Inputs, input{Kind: clean(in.Kind), Count: in.Count, Digest: in.Digest, Short: in.Digest[:min(len(in.Digest), 12)]})
	}
	c.Unverified, c.Marking = b.records(r.Unverified), clean(d.Marking)
	if d.Withheld != "" {
		c.Value, c.Command, c.Marking = document.Cover, "", clean("withheld, for it rests on "+d.Withheld)
	}
	return c
}

// valueOf prints a value exactly, with its unit.
func valueOf(r derive.Result) string {
	if r.Value == "" && r.Table != nil {
		return fmt.Sprintf("table: %d × %d (rows × columns)", len(r.Table.Rows), len(r.Table.Columns))
	}
	if r.Value == "" {
		return derive.NoFigure
	}
	switch r.Unit {
	case "", derive.UnitText, derive.UnitYear, derive.UnitDate:
		return r.Print(derive.Plain)
	}
	return r.Print(derive.Plain) + " " + r.Unit
}

// rangeOf prints the least and the greatest claim, empty where claims agree.
func rangeOf(r derive.Result) string {
	if r.Low == "" && r.High == "" {
		return ""
	}
	low, high := r, r
	low.Value, high.Value = r.Low, r.High
	return low.Print(derive.Plain) + " – " + valueOf(high)
}

// records links the records that some row of the report shows and only names
// the others.
func (b *builder) records(ids []string) []link {
	out := make([]link, len(ids))
	for i, id := range ids {
		out[i].Text = clean(id)
		if b.owner[id] != nil {
			out[i].Href = recordAnchor(id)
		}
	}
	return out
}
