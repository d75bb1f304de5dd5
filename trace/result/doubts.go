package result

import (
	"cmp"
	"slices"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/result/again"
	"github.com/turtlebay/turtlebay/trace/result/form"
)

// Cashed is what was cashed out of an asset by links of at most a grade.
type Cashed struct {
	again.Asset
	Amount follow.Taint
}

// CashedAt lists what was cashed out in a step of the grading.
func (r *Result) CashedAt(s *again.Step) []Cashed {
	out := make([]Cashed, 0, len(s.Cashed))
	for a, t := range s.Cashed {
		out = append(out, Cashed{a, t})
	}
	slices.SortFunc(out, func(x, y Cashed) int {
		return cmp.Or(r.byAsset(x.Asset, y.Asset), compareTaints(x.Amount, y.Amount))
	})
	return out
}

type cashedJSON struct {
	Theft string   `json:"theft"`
	Chain chain.ID `json:"chain"`
	assetJSON
	Amount amountsJSON  `json:"amount"`
	After  *amountsJSON `json:"without,omitempty"`
}

func (r *Result) cashedJSON(a again.Asset, t follow.Taint) cashedJSON {
	return cashedJSON{a.Theft, a.Chain, r.asset(a.Chain, a.Asset), r.taint(t), nil}
}

// writeDoubts writes the grading and the trials, where these were asked for.
func (r *Result) writeDoubts(o *form.Object) {
	if r.Grading != nil {
		form.List(o, "grades", r.Grading.Steps, func(s *again.Step) any {
			cashed := []cashedJSON{}
			for _, c := range r.CashedAt(s) {
				cashed = append(cashed, r.cashedJSON(c.Asset, c.Amount))
			}
			return struct {
				Grade   follow.Confidence `json:"grade"`
				Links   int               `json:"links"`
				Cashed  []cashedJSON      `json:"cashed_out"`
				Stopped *stoppedJSON      `json:"stopped,omitempty"`
				Open    []string          `json:"open_links,omitempty"`
			}{s.Grade, s.Links, cashed, stopJSON(s.Stopped), s.Open}
		})
	}
	if r.Trials != nil {
		form.List(o, "trials", r.Trials.Trials, func(t *again.Trial) any { return r.trialJSON(t) })
		o.Member("untried", append([]string{}, r.Trials.Untried...))
		o.Member("trials_of_links_only", r.Trials.LinksOnly)
	}
}

type changeJSON struct {
	placeJSON
	serviceJSON
	Before amountsJSON `json:"with"`
	After  amountsJSON `json:"without"`
}

func (r *Result) changes(of []again.Change) []changeJSON {
	out := []changeJSON{}
	for _, c := range of {
		out = append(out, changeJSON{r.placeJSON(c.Place), service(c.Service), r.taint(c.Before), r.taint(c.After)})
	}
	return out
}

func (r *Result) trialJSON(t *again.Trial) any {
	totals := []cashedJSON{}
	for _, s := range t.Totals {
		after := r.taint(s.After)
		c := r.cashedJSON(s.Asset, s.Before)
		c.After = &after
		totals = append(totals, c)
	}
	address := ""
	if t.What == again.Service {
		address = t.At.Address.Text(t.At.Chain)
	}
	return struct {
		What       string            `json:"without"`
		Name       string            `json:"name"`
		Chain      chain.ID          `json:"chain,omitempty"`
		Address    string            `json:"address,omitempty"`
		Confidence follow.Confidence `json:"confidence"`
		Method     string            `json:"method,omitempty"`
		Error      string            `json:"error,omitempty"`
		Idle       bool              `json:"brought_nothing,omitempty"`
		Falls      []changeJSON      `json:"falls"`
		Rises      []changeJSON      `json:"rises"`
		Cashed     []cashedJSON      `json:"cashed_out"`
		Stopped    *stoppedJSON      `json:"stopped,omitempty"`
		Open       bool              `json:"open,omitempty"`
	}{
		t.What, t.Name, t.At.Chain, address, t.Confidence, t.Method, t.Error, t.Idle,
		r.changes(t.Falls), r.changes(t.Rises), totals, stopJSON(t.Stopped), t.Open,
	}
}
