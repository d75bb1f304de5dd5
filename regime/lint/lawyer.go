package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/regime"
)

// What is unconfirmed.
const (
	Substance       = "substance"        // what the paragraph demands is from memory
	ParagraphNumber = "paragraph number" // its number was not seen
	GoodsCode       = "code"             // a goods code is somebody's reading, or from memory
	CapAmount       = "amount"           // a cap of a measure whose substance is from memory
	Remark          = "note"             // nothing of these, but there is a note for the lawyer
)

// Item is one thing that a lawyer has to check.
type Item struct {
	Measure  string `json:"measure,omitempty"` // empty for a list of goods
	Citation string `json:"citation"`          // bare; the name of a list
	File     string `json:"file"`
	What     string `json:"what"`             // substance, paragraph number, code, amount or note
	Detail   string `json:"detail,omitempty"` // the codes or amounts meant
	Note     string `json:"note,omitempty"`   // what the file says of it
	Source   string `json:"source,omitempty"` // where it was read, as far as it was
}

// ToVerify lists, by measure and then by list, what was not seen in a source and what
// is left to a lawyer's judgement.
func ToVerify(p *regime.Pack) []Item {
	var out []Item
	for _, m := range p.Measures() {
		out = append(out, itemsOf(m)...)
	}
	for _, g := range p.Lists() {
		out = append(out, itemsOfGoods(Item{Citation: g.Name, File: g.File, Source: g.Source}, g.Goods)...)
	}
	return out
}

func itemsOf(m *regime.Measure) []Item {
	base := Item{Measure: m.ID, Citation: m.Cite.String(), File: m.File, Note: m.Cite.Note, Source: m.Cite.Source}
	var out []Item
	add := func(what, detail string) {
		x := base
		x.What, x.Detail = what, detail
		out = append(out, x)
	}
	fromMemory := m.Cite.Certainty != claim.Checked
	if fromMemory {
		add(Substance, "")
	}
	if !m.Cite.ParagraphChecked {
		add(ParagraphNumber, m.Cite.Paragraph)
	}
	var seen []string
	for _, r := range m.Rules {
		if r.Limit != nil && fromMemory {
			add(CapAmount, amounts(r.Limit))
		}
		for _, x := range itemsOfGoods(base, r.Goods) {
			if key := x.Detail; !slices.Contains(seen, key) { // rules often share their goods
				seen = append(seen, key)
				out = append(out, x)
			}
		}
	}
	if len(out) == 0 && base.Note != "" {
		add(Remark, "")
	}
	return out
}

// itemsOfGoods has one item for each group whose codes are not the resolution's own
// words or were not seen in a source.
func itemsOfGoods(base Item, groups []regime.Goods) []Item {
	var out []Item
	for _, g := range groups {
		if g.Basis == regime.ResolutionText && g.Certainty == claim.Checked {
			continue
		}
		x := base
		x.What = GoodsCode
		x.Detail = fmt.Sprintf("%s for %s (%s, %s)", strings.Join(g.Codes, ", "), g.What, g.Basis, g.Certainty)
		if len(g.Except) > 0 {
			x.Detail += ", but not " + strings.Join(g.Except, ", ")
		}
		if g.Note != "" {
			x.Note = g.Note
		}
		out = append(out, x)
	}
	return out
}

func amounts(l *regime.Limit) string {
	var out []string
	for _, c := range l.Caps {
		out = append(out, fmt.Sprintf("%s %s", c.Amount, c.Unit))
	}
	return strings.Join(out, ", ")
}
