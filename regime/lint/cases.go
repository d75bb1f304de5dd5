package lint

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime"
	"github.com/turtlebay/turtlebay/regime/condition"
	"go.yaml.in/yaml/v3"
)

// testCase is one observation of a test: with each, one for every value.
type testCase struct {
	test  *regime.Test
	kind  observation.Kind
	facts map[string]any // as in JSON
	obs   observation.Observation
	date  value.Date
}

// finds reports whether the test expects any finding.
func (c testCase) finds() bool { return len(c.test.Expect) > 0 }

func (c testCase) expects(r regime.Result) bool { return slices.Contains(c.test.Expect, r) }

func only(cases []testCase, keep func(testCase) bool) []testCase {
	var out []testCase
	for _, c := range cases {
		if keep(c) {
			out = append(out, c)
		}
	}
	return out
}

// casesOf reads the observations of a measure's tests.
func (l *linter) casesOf(m *regime.Measure) []testCase {
	var out []testCase
	for i := range m.Tests {
		t := &m.Tests[i]
		base := testCase{test: t}
		if base.facts, base.kind = factsOf(&t.Given); base.facts == nil {
			l.unread(m, t, fmt.Errorf("it is no mapping"))
			continue
		}
		for _, facts := range spread(t, base) {
			c := base
			c.facts = facts
			var err error
			if c.obs, err = observed(facts); err != nil {
				l.unread(m, t, err)
				continue
			}
			c.date = c.obs.When()
			out = append(out, c)
		}
	}
	return out
}

func (l *linter) unread(m *regime.Measure, t *regime.Test, err error) {
	l.out = append(l.out, Warning{
		File: m.File, Measure: m.ID, Line: t.Given.Line, Code: ObservationUnread,
		Text: fmt.Sprintf("the observation of %q cannot be read: %v", t.Name, err),
	})
}

// spread is the test's observation once for each value of each.
func spread(t *regime.Test, c testCase) []map[string]any {
	if len(t.Each) == 0 {
		return []map[string]any{c.facts}
	}
	var out []map[string]any
	for _, fact := range sortedKeys(t.Each) {
		for _, text := range t.Each[fact] {
			n := &yaml.Node{Kind: yaml.ScalarNode, Value: text}
			out = append(out, with(c.facts, strings.Split(fact, "."), scalar(n, n.ShortTag(), c.kind, fact)))
		}
	}
	return out
}

// with is the facts with one set; without one where v is nil.
func with(facts map[string]any, path []string, v any) map[string]any {
	out := maps.Clone(facts)
	if out == nil {
		out = map[string]any{}
	}
	switch {
	case len(path) > 1:
		inner, _ := out[path[0]].(map[string]any)
		out[path[0]] = with(inner, path[1:], v)
	case v == nil:
		delete(out, path[0])
	default:
		out[path[0]] = v
	}
	return out
}

// holds reports whether the facts have that path.
func holds(facts map[string]any, path []string) bool {
	v, ok := facts[path[0]]
	if !ok || len(path) == 1 {
		return ok
	}
	inner, _ := v.(map[string]any)
	return inner != nil && holds(inner, path[1:])
}

// factsOf is an observation as the test has it, in the types of JSON.
func factsOf(n *yaml.Node) (map[string]any, observation.Kind) {
	kind := observation.Kind("")
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == "type" {
			kind = observation.Kind(n.Content[i+1].Value)
		}
	}
	facts, _ := decoded(n, kind, "").(map[string]any)
	return facts, kind
}

func decoded(n *yaml.Node, kind observation.Kind, at string) any {
	switch n.Kind {
	case yaml.MappingNode:
		out := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i].Value
			out[key] = decoded(n.Content[i+1], kind, strings.TrimPrefix(at+"."+key, "."))
		}
		return out
	case yaml.SequenceNode:
		out := []any{}
		for _, x := range n.Content {
			out = append(out, decoded(x, kind, at))
		}
		return out
	case yaml.AliasNode:
		return decoded(n.Alias, kind, at)
	}
	return scalar(n, n.ShortTag(), kind, at)
}

// scalar keeps text what YAML would take for a number or a date, where the fact of
// that path is text, a date or a goods code.
func scalar(n *yaml.Node, tag string, kind observation.Kind, at string) any {
	f, known := condition.Lookup(kind, at)
	text := known && (f.Type == condition.Text || f.Type == condition.DateOf || f.Type == condition.Code)
	switch tag {
	case "!!bool":
		return n.Value == "true"
	case "!!int", "!!float":
		if _, err := value.ParseDecimal(n.Value); err == nil && !text {
			return json.Number(n.Value)
		}
	}
	return n.Value
}

// observed makes an observation of facts.
func observed(facts map[string]any) (observation.Observation, error) {
	b, err := json.Marshal(map[string]any{"id": "test", "observation": facts})
	if err != nil {
		return nil, err
	}
	var r record.Record
	if err := json.Unmarshal(b, &r); err != nil {
		return nil, err
	}
	return r.Observation, nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
