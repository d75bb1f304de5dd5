package lint

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime"
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
		for _, given := range t.Cases() {
			c, err := caseOf(t, given)
			if err != nil {
				l.unread(m, t, err)
				continue
			}
			out = append(out, c)
		}
	}
	return out
}

func caseOf(t *regime.Test, given regime.TestCase) (testCase, error) {
	c := testCase{test: t}
	b, kind, err := given.JSON()
	if err != nil {
		return c, err
	}
	c.kind = kind
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&c.facts); err != nil {
		return c, err
	}
	if c.obs, err = observed(c.facts); err != nil {
		return c, err
	}
	c.date = c.obs.When()
	return c, nil
}

func (l *linter) unread(m *regime.Measure, t *regime.Test, err error) {
	l.out = append(l.out, Warning{
		File: m.File, Measure: m.ID, Line: t.Given.Line, Code: ObservationUnread,
		Text: fmt.Sprintf("the observation of %q cannot be read: %v", t.Name, err),
	})
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
