// Package history says what changed: between two versions of a regime in what they
// find of the same records, and between two days in what is in force.
//
//	old := kept.CheckAll(records, value.Date{}, regime.NoTrace)
//	now := pack.CheckAll(records, value.Date{}, regime.NoTrace)
//	for _, c := range history.Diff(old, now) {
//		fmt.Println(c.RecordID, c.MeasureID, c.What)    // INC-1 kp-2397-8 vanished
//	}
//	for _, e := range history.Between(pack, first, last) {
//		fmt.Println(e.Date, e.Measure.ID, e.What)       // 2017-08-05 kp-2371-8 began
//	}
//
// # Contract
//
// Everything here is a pure function: no clock, no files. A Diff of findings with
// themselves is empty; with the sides exchanged, what appeared has vanished.
package history

import (
	"cmp"
	"slices"

	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/regime"
)

// What says how a finding changed.
type What string

// The changes, the gravest first.
const (
	Appeared What = "appeared" // only the new side finds it
	Vanished What = "vanished" // only the old side does
	Result   What = "result"   // both find something of the record under the measure, not the same
	Reason   What = "reason"   // the same, for another reason
	Detail   What = "detail"   // the same for the same reason, with other questions, warnings, duty or citation
)

// Whats lists the changes, the gravest first.
func Whats() []What { return []What{Appeared, Vanished, Result, Reason, Detail} }

// Change is one record under one measure, as the two sides have it.
type Change struct {
	What      What   `json:"change"`
	RecordID  string `json:"id"`
	MeasureID string `json:"measure_id"`
	Old       *Side  `json:"old,omitempty"` // nil where it appeared
	New       *Side  `json:"new,omitempty"` // nil where it vanished
}

// Side is a finding as one side has it.
type Side struct {
	Citation         string          `json:"citation"` // bare
	Certainty        claim.Certainty `json:"certainty"`
	ParagraphChecked bool            `json:"paragraph_checked"`
	Result           regime.Result   `json:"finding"`
	Reason           string          `json:"reason"`
	Questions        []string        `json:"questions,omitempty"`
	Warnings         []string        `json:"warnings,omitempty"`
	Duty             string          `json:"duty,omitempty"`
	Version          string          `json:"version"` // SHA-256 of the measure's file
}

// ToBeVerified reports whether print must put "to be verified" beside the citation.
func (s Side) ToBeVerified() bool { return s.Certainty != claim.Checked || !s.ParagraphChecked }

func sideOf(f regime.Finding) *Side {
	return &Side{
		f.Citation, f.Certainty, f.ParagraphChecked, f.Result, f.Reason,
		slices.Clone(f.Questions), slices.Clone(f.Warnings), f.Duty, f.Version,
	}
}

// key is what findings of the two sides have in common.
type key struct{ record, measure string }

func (k key) compare(o key) int {
	return cmp.Or(cmp.Compare(k.record, o.record), cmp.Compare(k.measure, o.measure))
}

// Diff lists what differs, by record, measure and gravity. The order of the findings
// given, their traces and the versions of their rules do not matter: a file that was
// changed and finds the same is no change here.
func Diff(old, now []regime.Finding) []Change {
	was, is := byKey(old), byKey(now)
	var keys []key
	for k := range was {
		keys = append(keys, k)
	}
	for k := range is {
		if _, both := was[k]; !both {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, key.compare)
	var out []Change
	for _, k := range keys {
		out = append(out, changes(k, was[k], is[k])...)
	}
	return out
}

func byKey(fs []regime.Finding) map[key][]regime.Finding {
	out := map[key][]regime.Finding{}
	for _, f := range fs {
		k := key{f.RecordID, f.MeasureID}
		out[k] = append(out[k], f)
	}
	for _, list := range out {
		slices.SortFunc(list, func(a, b regime.Finding) int {
			return cmp.Or(gravity(a.Result)-gravity(b.Result), cmp.Compare(a.Reason, b.Reason),
				slices.Compare(a.Questions, b.Questions), slices.Compare(a.Warnings, b.Warnings), cmp.Compare(a.Citation, b.Citation),
				cmp.Compare(a.Duty, b.Duty), cmp.Compare(a.Certainty, b.Certainty), cmp.Compare(checked(a), checked(b)), cmp.Compare(a.Version, b.Version))
		})
	}
	return out
}

func checked(f regime.Finding) int {
	if f.ParagraphChecked {
		return 1
	}
	return 0
}

// gravity is a result's place among all; one that is not known comes first.
func gravity(r regime.Result) int { return slices.Index(regime.Results(), r) }

// changes compares the findings of one record under one measure: those of the same
// result with each other, then what is left, the gravest first.
func changes(k key, old, now []regime.Finding) []Change {
	var out []Change
	var leftNow []regime.Finding
	leftOld := slices.Clone(old)
	for _, n := range now {
		i := slices.IndexFunc(leftOld, func(o regime.Finding) bool { return o.Result == n.Result })
		if i < 0 {
			leftNow = append(leftNow, n)
			continue
		}
		if what, differs := compare(leftOld[i], n); differs {
			out = append(out, Change{what, k.record, k.measure, sideOf(leftOld[i]), sideOf(n)})
		}
		leftOld = slices.Delete(leftOld, i, i+1)
	}
	for i := range max(len(leftOld), len(leftNow)) {
		c := Change{What: Result, RecordID: k.record, MeasureID: k.measure}
		if i < len(leftOld) {
			c.Old = sideOf(leftOld[i])
		} else {
			c.What = Appeared
		}
		if i < len(leftNow) {
			c.New = sideOf(leftNow[i])
		} else {
			c.What = Vanished
		}
		out = append(out, c)
	}
	return out
}

// compare says how two findings of the same result differ.
func compare(a, b regime.Finding) (What, bool) {
	switch {
	case a.Reason != b.Reason:
		return Reason, true
	case !slices.Equal(a.Questions, b.Questions), !slices.Equal(a.Warnings, b.Warnings),
		a.Citation != b.Citation, a.Certainty != b.Certainty, a.ParagraphChecked != b.ParagraphChecked, a.Duty != b.Duty:
		return Detail, true
	}
	return "", false
}

// Count is how many changes there are of each kind, in the order of Whats.
func Count(cs []Change) map[What]int {
	out := map[What]int{}
	for _, w := range Whats() {
		out[w] = 0
	}
	for _, c := range cs {
		out[c.What]++
	}
	return out
}

// Edit is a measure whose file differs between two packs.
type Edit struct {
	MeasureID string `json:"measure_id"`
	Old       string `json:"old,omitempty"` // SHA-256 of its file; empty where it was added
	New       string `json:"new,omitempty"` // empty where it was removed
}

// Edits lists, by id, the measures whose files differ. Lists of goods are no
// measures: packs may differ in them alone, which their digests show.
func Edits(old, now *regime.Pack) []Edit {
	var out []Edit
	for _, m := range old.Measures() {
		e := Edit{MeasureID: m.ID, Old: m.Version}
		if n, ok := now.Measure(m.ID); ok {
			e.New = n.Version
		}
		if e.Old != e.New {
			out = append(out, e)
		}
	}
	for _, n := range now.Measures() {
		if _, ok := old.Measure(n.ID); !ok {
			out = append(out, Edit{MeasureID: n.ID, New: n.Version})
		}
	}
	slices.SortFunc(out, func(a, b Edit) int { return cmp.Compare(a.MeasureID, b.MeasureID) })
	return out
}
