package bundle

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/marking"
)

// maxMarking bounds the marking of one record, in bytes as it is written: it is
// joined with others for every figure that rests on it.
const maxMarking = 1 << 10

// markings are those of the records that travelled; public records have none.
type markings struct {
	record map[string]marking.Marking // by id
	kind   map[string]marking.Marking // joined
}

// markings reads what the records say of who may see them.
func (v *verifier) markings(sets travelled) markings {
	out := markings{map[string]marking.Marking{}, map[string]marking.Marking{}}
	for _, kind := range slices.Sorted(maps.Keys(sets)) {
		distinct := map[string]marking.Marking{}
		for _, in := range sets[kind].Inputs() {
			m := markingOf(in.Bytes)
			switch text := m.String(); {
			case m.IsZero():
			case len(text) > maxMarking:
				v.bad(recordsDir+kind+".jsonl", fmt.Sprintf("record %s has a marking longer than %d bytes", in.ID, maxMarking))
			default:
				out.record[in.ID], distinct[text] = m, m
			}
		}
		out.kind[kind] = join(distinct)
	}
	return out
}

// markingOf is the marking of all that a record tells, its other accounts
// included; a record that says nothing of it is public.
func markingOf(record []byte) marking.Marking {
	var r struct {
		Marking marking.Marking `json:"marking"`
		Also    []struct {
			Marking marking.Marking `json:"marking"`
		} `json:"also"`
	}
	if json.Unmarshal(record, &r) != nil {
		return marking.Marking{} // of another form than records of observations have
	}
	all := []marking.Marking{r.Marking}
	for _, a := range r.Also {
		all = append(all, a.Marking)
	}
	return marking.Join(all...)
}

func join(distinct map[string]marking.Marking) marking.Marking {
	return marking.Join(slices.Collect(maps.Values(distinct))...) // in any order: Join gives the same
}

// of is the marking of what the derivation rests on.
func (m markings) of(d derive.Derivation) marking.Marking {
	distinct := map[string]marking.Marking{}
	records, kinds := d.Basis()
	for _, id := range records {
		if x, ok := m.record[id]; ok {
			distinct[x.String()] = x
		}
	}
	for _, k := range kinds {
		x := m.kind[k]
		distinct[x.String()] = x
	}
	return join(distinct)
}

// differ says why the derivation's marking is not that of its records; it is
// empty where it is.
func (m markings) differ(d derive.Derivation) string {
	want := m.of(d)
	if d.Marking == text(want) {
		return ""
	}
	return plain(fmt.Sprintf("it is marked %q, the records it rests on %q", d.Marking, text(want)))
}

// text is the marking in words, empty for what is public.
func text(m marking.Marking) string {
	if m.IsZero() {
		return ""
	}
	return m.String()
}

// marked wants the report as a whole to be marked no lower than its figures.
func (v *verifier) marked(about About, derivations []derive.Derivation) {
	distinct := map[string]marking.Marking{}
	for _, d := range derivations {
		if d.Marking == "" || d.Withheld != "" {
			continue
		}
		m, err := marking.Parse(d.Marking)
		if err != nil {
			continue // it differs from the records', and is named for that
		}
		distinct[d.Marking] = m
	}
	report, err := marking.Parse(about.Marking)
	if figures := join(distinct); err != nil || marking.Lowers(figures, report) {
		v.differ("the report is marked %q, its figures %q", about.Marking, text(figures))
	}
}

// unfounded says why a derivation cannot be taken as withheld: nothing was, it
// tells what is withheld, or a row that stands in its table is none that the
// records at hand give. It is empty where all is well.
func unfounded(d derive.Derivation, got derive.Result, m Manifest) string {
	rest := d.Result
	rest.Table = nil
	switch {
	case len(m.Withheld) == 0 || m.Cover == "":
		return "it is withheld, and no record is"
	case !rest.Equal(derive.Result{}) || d.Marking != "":
		return "it is withheld, and tells what is"
	case d.Result.Table != nil && !stands(d.Result.Table, got.Table, m.Cover):
		return "rows of its table are not those that the records give"
	}
	return ""
}

// stands reports whether every row that is not covered is one of the rows derived,
// in their order.
func stands(recorded, derived *derive.Table, cover string) bool {
	if derived == nil || !slices.Equal(recorded.Columns, derived.Columns) {
		return false
	}
	rest := derived.Rows
	for _, r := range recorded.Rows {
		if coveredRow(r, cover) {
			continue
		}
		i := slices.IndexFunc(rest, func(x derive.Row) bool {
			return slices.Equal(x.Cells, r.Cells) && x.Record == r.Record && x.Total == r.Total && x.Unverified == r.Unverified
		})
		if i < 0 {
			return false
		}
		rest = rest[i+1:]
	}
	return true
}

// coveredRow reports whether the row says nothing but that it is covered.
func coveredRow(r derive.Row, cover string) bool {
	return r.Record == "" && !r.Unverified && len(r.Cells) > 0 && !slices.ContainsFunc(r.Cells, func(c string) bool { return c != cover })
}
