package regime

import (
	"bytes"
	"errors"
	"maps"
)

// Try says what Load would say of the pack if one measure's file were so: whether
// it reads, type-checks and passes its own tests. The pack stays as it is.
func (p *Pack) Try(name string, data []byte) (*Measure, error) {
	env, err := shared()
	if err != nil {
		return nil, err
	}
	trial := &Pack{ID: p.ID, ask: p.ask, lists: p.lists, byID: map[string]*Measure{}}
	l := &loader{env: env, pack: trial, lists: map[string]*GoodsList{}}
	for _, list := range p.lists {
		l.lists[list.ID] = list
	}
	for _, m := range p.measures {
		if m.File != name {
			copied := *m
			trial.byID[m.ID] = &copied
			trial.measures = append(trial.measures, &copied)
		}
	}
	before := maps.Clone(trial.byID)
	l.readMeasure(file{name, bytes.Clone(data)})
	var m *Measure
	for id, x := range trial.byID {
		if before[id] == nil {
			m = x
		}
	}
	if m != nil {
		l.relate()
		l.compile(m)
		if len(l.faults) == 0 {
			l.runTests([]*Measure{m})
		}
	}
	return m, errors.Join(l.faults...)
}
