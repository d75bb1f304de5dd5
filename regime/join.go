package regime

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Join makes one pack of several, such as the Council's measures and a national
// list: its findings are those of all, by measure id. The packs themselves stay
// as they are.
func Join(packs ...*Pack) (*Pack, error) {
	if len(packs) == 1 {
		return packs[0], nil
	}
	out := &Pack{byID: map[string]*Measure{}}
	var ids, names, abouts []string
	h := sha256.New()
	for _, p := range packs {
		if slices.Contains(ids, p.ID) {
			return nil, fmt.Errorf("join packs: %s is named twice", p.ID)
		}
		ids, names, abouts = append(ids, p.ID), append(names, p.Name), append(abouts, p.About)
		for _, m := range p.measures {
			if out.byID[m.ID] != nil {
				return nil, fmt.Errorf("join packs: the measure %s is in several", m.ID)
			}
			copied := *m
			copied.compiled = nil
			for _, r := range m.compiled {
				c := *r
				c.m = &copied
				copied.compiled = append(copied.compiled, &c)
			}
			out.byID[m.ID] = &copied
			out.measures = append(out.measures, &copied)
		}
		for _, list := range p.lists {
			if !slices.ContainsFunc(out.lists, func(l *GoodsList) bool { return l.ID == list.ID }) {
				out.lists = append(out.lists, list)
			}
		}
		fmt.Fprintf(h, "%s %s\n", p.ID, p.digest)
	}
	out.ID, out.Name, out.About = strings.Join(ids, "+"), strings.Join(names, "; "), strings.Join(abouts, "\n")
	slices.SortFunc(out.measures, func(a, b *Measure) int { return strings.Compare(a.ID, b.ID) })
	out.rules = rulesByKind(out.measures)
	out.digest = hex.EncodeToString(h.Sum(nil))
	return out, nil
}

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
