package result

import "github.com/turtlebay/turtlebay/trace/follow"

// Reached are those among marked rows that a run came to: one that was stopped, or that
// looked at rows up to a time alone, did not mark what stands later. Where an answer
// lists no flows, it cannot be told of a run that was stopped, and there are none.
func Reached(a *follow.Answer, until int64, rows []Marked) []Marked {
	if a.Stopped == nil && until == 0 {
		return rows
	}
	if a.Flows == nil && a.Stopped != nil {
		return nil
	}
	carried := map[follow.Mark]bool{}
	for i := range a.Flows {
		r := &a.Flows[i].Row
		carried[follow.Mark{Chain: r.Chain, Tx: r.Tx, Kind: r.Kind, Index: r.Index}] = true
	}
	var out []Marked
	for _, m := range rows {
		if a.Flows == nil && m.Time <= until || carried[m.Mark] {
			out = append(out, m)
		}
	}
	return out
}
