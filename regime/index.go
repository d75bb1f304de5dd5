package regime

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/turtlebay/turtlebay/record/observation"
)

// ruleSet holds the rules for one kind of record, in order, and finds those that
// a goods code can meet without asking the others.
type ruleSet struct {
	all   []*rule            // by measure id, then in the order of the file
	plain []*rule            // those that speak of no goods
	under map[string][]*rule // a code that rules name → those rules
	over  map[string][]*rule // a code that is shorter than one they name → those rules

	found sync.Map     // code as reported → []*rule, since few codes make up a stream
	kept  atomic.Int64 // how many are in found
}

// maxKept bounds what a stream of made-up codes can make a ruleSet remember.
const maxKept = 1 << 14

func newRuleSet(rules []*rule) *ruleSet {
	slices.SortStableFunc(rules, func(a, b *rule) int { return cmp.Compare(a.m.ID, b.m.ID) })
	s := &ruleSet{all: rules, under: map[string][]*rule{}, over: map[string][]*rule{}}
	for i, r := range rules {
		r.order = i
		if r.scope == nil {
			s.plain = append(s.plain, r)
			continue
		}
		for code := range r.scope.codes {
			addOnce(s.under, code, r)
			for n := 2; n < len(code); n += 2 {
				addOnce(s.over, code[:n], r)
			}
		}
	}
	return s
}

func addOnce(m map[string][]*rule, code string, r *rule) {
	if list := m[code]; len(list) == 0 || list[len(list)-1] != r {
		m[code] = append(list, r)
	}
}

// candidates are, in order, the rules that a record with this code can meet; all
// of them where the code is not known.
func (s *ruleSet) candidates(code string, known bool) []*rule {
	if len(s.plain) == len(s.all) || !known {
		return s.all
	}
	if found, ok := s.found.Load(code); ok {
		return found.([]*rule)
	}
	out := slices.Clone(s.plain)
	for n := 2; n <= len(code); n += 2 {
		out = append(out, s.under[code[:n]]...)
	}
	out = append(out, s.over[code]...)
	slices.SortFunc(out, func(a, b *rule) int { return cmp.Compare(a.order, b.order) })
	out = slices.Compact(out)
	if s.kept.Add(1) <= maxKept {
		s.found.Store(code, out)
	}
	return out
}

// rulesByKind makes the sets of all measures' rules.
func rulesByKind(measures []*Measure) map[observation.Kind]*ruleSet {
	lists := map[observation.Kind][]*rule{}
	for _, m := range measures {
		for _, r := range m.compiled {
			lists[r.kind] = append(lists[r.kind], r)
		}
	}
	out := make(map[observation.Kind]*ruleSet, len(lists))
	for k, rules := range lists {
		out[k] = newRuleSet(rules)
	}
	return out
}

// rulesOf are the rules for one kind, in order.
func (p *Pack) rulesOf(k observation.Kind) []*rule {
	if set := p.rules[k]; set != nil {
		return set.all
	}
	return nil
}
