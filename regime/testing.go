package regime

import (
	"encoding/json"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime/condition"
	"go.yaml.in/yaml/v3"
)

// TestRun is how one test of a measure came out.
type TestRun struct {
	Measure, Test string
	Index         int // of the test in the file
	Line          int
	Want, Got     []Result
	Fault         string // empty where the test passed
}

// RunTests runs the measure's tests again and returns one line each, for a table;
// a test with each has a line for every value.
func (p *Pack) RunTests(m *Measure) []TestRun {
	var out []TestRun
	for i := range m.Tests {
		t := &m.Tests[i]
		for _, c := range t.Cases() {
			out = append(out, p.runTest(m, i, c))
		}
	}
	return out
}

// runTests runs the tests of all measures, as many at a time as there are processors.
func (l *loader) runTests(measures []*Measure) {
	runs := make([][]TestRun, len(measures))
	var wg sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				runs[i] = l.pack.RunTests(measures[i])
			}
		})
	}
	for i := range measures {
		next <- i
	}
	close(next)
	wg.Wait()
	for i, m := range measures {
		for _, run := range runs[i] {
			if run.Fault != "" {
				l.fault(m.File, run.Line, fmt.Sprintf("tests[%d] %q", run.Index, run.Test), "%s", run.Fault)
			}
		}
	}
}

// TestCase is a test with one set of facts.
type TestCase struct {
	Name  string
	given *yaml.Node
}

// Cases are the test as written or, with each, once for every value, facts by name.
func (t *Test) Cases() []TestCase {
	if len(t.Each) == 0 {
		return []TestCase{{t.Name, &t.Given}}
	}
	var out []TestCase
	for _, fact := range slices.Sorted(maps.Keys(t.Each)) {
		for _, v := range t.Each[fact] {
			out = append(out, TestCase{fmt.Sprintf("%s (%s %s)", t.Name, fact, v), withFact(&t.Given, strings.Split(fact, "."), v)})
		}
	}
	return out
}

// JSON is the observation given, of the kind that it says it is, which is empty where
// it says none.
func (c TestCase) JSON() ([]byte, observation.Kind, error) {
	kind := observation.Kind("")
	if c.given.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(c.given.Content); i += 2 {
			if c.given.Content[i].Value == "type" {
				kind = observation.Kind(c.given.Content[i+1].Value)
			}
		}
	}
	b, err := toJSON(c.given, kind, "")
	return b, kind, err
}

// withFact is the node with one fact replaced or added; the path is that of JSON.
func withFact(n *yaml.Node, path []string, text string) *yaml.Node {
	if len(path) == 0 {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: tagOf(text), Value: text, Line: lineOf(n)}
	}
	if n == nil || n.Kind != yaml.MappingNode {
		n = &yaml.Node{Kind: yaml.MappingNode, Line: lineOf(n)}
	}
	out := *n
	out.Content = slices.Clone(n.Content)
	for i := 0; i+1 < len(out.Content); i += 2 {
		if out.Content[i].Value == path[0] {
			out.Content[i+1] = withFact(out.Content[i+1], path[1:], text)
			return &out
		}
	}
	out.Content = append(out.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: path[0]}, withFact(nil, path[1:], text))
	return &out
}

func lineOf(n *yaml.Node) int {
	if n == nil {
		return 0
	}
	return n.Line
}

// tagOf is what YAML takes the text for, as if it stood there plain.
func tagOf(text string) string {
	n := yaml.Node{Kind: yaml.ScalarNode, Value: text}
	return n.ShortTag()
}

func (p *Pack) runTest(m *Measure, i int, c TestCase) TestRun {
	t := &m.Tests[i]
	run := TestRun{Measure: m.ID, Test: c.Name, Index: i, Line: t.Given.Line, Want: t.Expect}
	if t.Expect == nil {
		run.Fault = "expect is missing"
		return run
	}
	r, err := c.record()
	if err != nil {
		run.Fault = err.Error()
		return run
	}
	beside, err := t.beside()
	if err != nil {
		run.Fault = err.Error()
		return run
	}
	findings := p.CheckMeasure(m, r, t.AsOf, NoTrace, With(beside))
	for _, f := range findings {
		run.Got = append(run.Got, f.Result)
	}
	run.Fault = t.judge(findings, run.Got)
	return run
}

// beside are the decisions on record beside the one that is tested.
func (t *Test) beside() (*Decisions, error) {
	if len(t.Beside) == 0 {
		return nil, nil
	}
	rs := make([]record.Record, len(t.Beside))
	for i := range t.Beside {
		r, err := TestCase{given: &t.Beside[i]}.record()
		if err != nil {
			return nil, fmt.Errorf("beside[%d]: %w", i, err)
		}
		r.ID = fmt.Sprintf("beside-%d", i+1)
		rs[i] = r
	}
	return DecisionsOf(rs), nil
}

func (t *Test) judge(findings []Finding, got []Result) string {
	var reasons, questions, warnings []string
	for _, f := range findings {
		reasons = append(reasons, f.Reason)
		questions = append(questions, f.Questions...)
		warnings = append(warnings, f.Warnings...)
	}
	said := strings.Join(reasons, "; ")
	switch {
	case !slices.Equal(got, t.Expect):
		if said == "" {
			said = "on that day, under that condition, the rules find nothing of these facts"
		}
		return fmt.Sprintf("found %s, want %s (%s)", names(got), names(t.Expect), said)
	case !strings.Contains(said, t.Reason):
		return fmt.Sprintf("the reason %q does not contain %q", said, t.Reason)
	}
	for _, fact := range t.Asks {
		if !slices.ContainsFunc(questions, func(q string) bool { return strings.HasPrefix(q, fact+": ") }) {
			return fmt.Sprintf("does not ask for %s, but %q", fact, questions)
		}
	}
	if t.Warns != nil && len(t.Warns) == 0 && len(warnings) > 0 {
		return fmt.Sprintf("warns %q, want no warning", warnings)
	}
	for _, words := range t.Warns {
		if !slices.ContainsFunc(warnings, func(w string) bool { return strings.Contains(w, words) }) {
			return fmt.Sprintf("does not warn of %q, but %q", words, warnings)
		}
	}
	return ""
}

func names(rs []Result) string {
	if len(rs) == 0 {
		return "none"
	}
	out := make([]string, len(rs))
	for i, r := range rs {
		out[i] = string(r)
	}
	return strings.Join(out, ", ")
}

// record is the observation given, read as strictly as any other.
func (c TestCase) record() (record.Record, error) {
	given, _, err := c.JSON()
	if err != nil {
		return record.Record{}, fmt.Errorf("given: %w", err)
	}
	var r record.Record
	if err := json.Unmarshal(fmt.Appendf(nil, `{"id":"test","observation":%s}`, given), &r); err != nil {
		return r, fmt.Errorf("given: %w", err)
	}
	var faults []string
	observation.Check(r.Observation, func(field, reason string) { faults = append(faults, field+" "+reason) })
	if len(faults) > 0 {
		return r, fmt.Errorf("given: %s", strings.Join(faults, "; "))
	}
	return r, nil
}

// toJSON writes a YAML node as JSON. A scalar that YAML takes for a number or a
// date stays text where the fact of that path is text, a date or a goods code.
func toJSON(n *yaml.Node, kind observation.Kind, at string) ([]byte, error) {
	switch n.Kind {
	case yaml.MappingNode:
		return mappingJSON(n, kind, at)
	case yaml.SequenceNode:
		out := []byte{'['}
		for i, item := range n.Content {
			b, err := toJSON(item, kind, at)
			if err != nil {
				return nil, err
			}
			if i > 0 {
				out = append(out, ',')
			}
			out = append(out, b...)
		}
		return append(out, ']'), nil
	case yaml.ScalarNode:
		return scalarJSON(n, kind, at)
	}
	return nil, fmt.Errorf("line %d: want plain values, no aliases", n.Line)
}

func mappingJSON(n *yaml.Node, kind observation.Kind, at string) ([]byte, error) {
	out := []byte{'{'}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i].Value
		path := key
		if at != "" {
			path = at + "." + key
		}
		b, err := toJSON(n.Content[i+1], kind, path)
		if err != nil {
			return nil, err
		}
		name, err := json.Marshal(key)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(append(out, name...), ':'), b...)
	}
	return append(out, '}'), nil
}

func scalarJSON(n *yaml.Node, kind observation.Kind, at string) ([]byte, error) {
	f, known := condition.Lookup(kind, at)
	asText := known && (f.Type == condition.Text || f.Type == condition.DateOf || f.Type == condition.Code)
	switch n.Tag {
	case "!!null":
		return []byte("null"), nil
	case "!!bool":
		if n.Value == "true" || n.Value == "false" {
			return []byte(n.Value), nil
		}
	case "!!int", "!!float":
		if _, err := value.ParseDecimal(n.Value); err == nil && !asText && json.Valid([]byte(n.Value)) {
			return []byte(n.Value), nil
		}
	}
	return json.Marshal(n.Value)
}
