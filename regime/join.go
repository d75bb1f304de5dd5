package regime

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
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
