package analyses

import (
	"slices"
	"strconv"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/regime"
	"github.com/turtlebay/turtlebay/regime/kp"
)

// codeBases are on whose word a goods code stands, the firmest first.
var codeBases = []struct {
	basis regime.Basis
	title string
}{
	{regime.ResolutionText, "Text of the resolution"},
	{regime.AnalystMapping, "Analyst’s mapping"},
	{regime.NationalImplementation, "A State’s customs"},
	{regime.NationalList, "National list"},
	{regime.ScreeningHint, "Screening hint"},
}

func basisParam() derive.Param {
	p := derive.Param{Name: "basis", About: "only codes that stand on this; from-memory: only those written down from memory"}
	for _, b := range codeBases {
		p.Allowed = append(p.Allowed, string(b.basis))
	}
	p.Allowed = append(p.Allowed, string(claim.FromMemory))
	return p
}

// code is a goods code of a measure with what it stands on; a price test makes
// another of it, a rule that names it again does not.
type code struct {
	code, above string
	basis       regime.Basis
	certainty   claim.Certainty
}

// codesOf are the distinct codes that the measure's rules name, themselves or by a
// list, and leave no record of out.
func codesOf(pack *regime.Pack, m *regime.Measure) []code {
	var out []code
	add := func(goods []regime.Goods) {
		for _, g := range goods {
			above := ""
			if g.AboveUSD != nil {
				above = g.AboveUSD.String()
			}
			for _, c := range g.Codes {
				if x := (code{c, above, g.Basis, g.Certainty}); !slices.Contains(out, x) {
					out = append(out, x)
				}
			}
		}
	}
	for _, r := range m.Rules {
		add(r.Goods)
		for _, l := range pack.Lists() {
			if slices.Contains(r.Lists, l.ID) {
				add(l.Goods)
			}
		}
	}
	return out
}

func countCodes(c derive.Call) (derive.Result, error) {
	pack, err := kp.Pack()
	if err != nil {
		return derive.Result{}, err
	}
	n := 0
	for _, m := range pack.Measures() {
		for _, x := range codesOf(pack, m) {
			if b := c.Params["basis"]; b == "" || b == string(x.basis) || b == string(x.certainty) {
				n++
			}
		}
	}
	return derive.Result{Value: strconv.Itoa(n), Unit: "codes"}, nil
}

func codeTable(derive.Call) (derive.Result, error) {
	pack, err := kp.Pack()
	if err != nil {
		return derive.Result{}, err
	}
	columns := []derive.Column{{Key: "id", Title: "Measure", Form: derive.Code}, {Key: "citation", Title: "Paragraph", Form: derive.Text}}
	for _, b := range codeBases {
		columns = append(columns, derive.Column{Key: string(b.basis), Title: b.title, Form: derive.Number})
	}
	columns = append(columns,
		derive.Column{Key: "all", Title: "All", Form: derive.Number},
		derive.Column{Key: "memory", Title: "Of these, from memory", Form: derive.Number})
	total := make([]int, len(codeBases)+2)
	var rows []derive.Row
	ms, err := inOrder(every)
	if err != nil {
		return derive.Result{}, err
	}
	for _, m := range ms {
		codes := codesOf(pack, m)
		if len(codes) == 0 {
			continue
		}
		n := countByBasis(codes)
		for i := range n {
			total[i] += n[i]
		}
		rows = append(rows, derive.Row{Cells: append([]string{m.ID, citeMeasure(m)}, digits(n)...)})
	}
	rows = append(rows, derive.Row{Cells: append([]string{"Total", derive.NotApplicable}, digits(total)...), Total: true})
	return derive.Result{Table: &derive.Table{Columns: columns, Rows: rows}}, nil
}

// countByBasis counts codes by basis, in all, and those from memory.
func countByBasis(codes []code) []int {
	n := make([]int, len(codeBases)+2)
	for _, x := range codes {
		for i, b := range codeBases {
			if x.basis == b.basis {
				n[i]++
			}
		}
		n[len(codeBases)]++
		if x.certainty == claim.FromMemory {
			n[len(codeBases)+1]++
		}
	}
	return n
}

func digits(ns []int) []string {
	out := make([]string, len(ns))
	for i, n := range ns {
		out[i] = strconv.Itoa(n)
	}
	return out
}
