package mutation

import (
	_ "embed" // the explanations
	"fmt"
	"slices"
	"strings"
)

//go:embed explained.txt
var explainedText string

// Explanation says why a change cannot be noticed by any test of its file. An
// asterisk in What stands for any text.
type Explanation struct {
	Measure, What string
	Reason        string
	Line          int // in explained.txt
}

// String is "explained.txt:12: kp-2397-5 rules[cap].limit.stop: *".
func (e Explanation) String() string {
	return fmt.Sprintf("explained.txt:%d: %s %s", e.Line, e.Measure, e.What)
}

// Explained reads explained.txt.
func Explained() ([]Explanation, error) { return parseExplained(explainedText) }

// parseExplained reads lines of a measure and what is changed, one or several, each
// group followed by the reason in lines that begin with a space.
func parseExplained(text string) ([]Explanation, error) {
	var out []Explanation
	open := 0 // the first of those that have no reason yet
	for i, line := range strings.Split(text, "\n") {
		trimmed := strings.TrimSpace(line)
		switch {
		case trimmed == "" || strings.HasPrefix(line, "#"):
		case line != strings.TrimLeft(line, " "):
			if len(out) == 0 {
				return nil, fmt.Errorf("explained.txt:%d: a reason for nothing", i+1)
			}
			for j := range out[open:] {
				out[open+j].Reason = strings.TrimSpace(out[open+j].Reason + " " + trimmed)
			}
		default:
			if open < len(out) && out[open].Reason != "" {
				open = len(out)
			}
			measure, what, ok := strings.Cut(trimmed, " ")
			if !ok {
				return nil, fmt.Errorf("explained.txt:%d: want a measure and what is changed", i+1)
			}
			out = append(out, Explanation{Measure: measure, What: what, Line: i + 1})
		}
	}
	for _, e := range out {
		if e.Reason == "" {
			return nil, fmt.Errorf("%s: no reason is given", e)
		}
	}
	return out, nil
}

func (e Explanation) covers(m Mutant) bool {
	return matches(e.Measure, m.Measure) && matches(e.What, m.What)
}

// matches holds a text against a pattern in which an asterisk is any text.
func matches(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	rest, ok := strings.CutPrefix(text, parts[0])
	last := parts[len(parts)-1]
	for _, p := range parts[1 : len(parts)-1] {
		i := strings.Index(rest, p)
		if i < 0 {
			return false
		}
		rest = rest[i+len(p):]
	}
	return ok && strings.HasSuffix(rest, last)
}

// Unexplained are the survivors that no explanation covers, and the explanations
// that cover none: those are out of date, or the run was a sample.
func (r Report) Unexplained(es []Explanation) (left []Mutant, unused []Explanation) {
	used := make([]bool, len(es))
	for _, m := range r.Survivors {
		found := false
		for i, e := range es {
			if e.covers(m) {
				used[i], found = true, true
			}
		}
		if !found {
			left = append(left, m)
		}
	}
	for i, e := range es {
		if !used[i] {
			unused = append(unused, e)
		}
	}
	return slices.Clip(left), unused
}
