// Package mutation asks how much a pack's tests hold: it changes each rule file in
// one place at a time (a date by a day, an amount by one, a goods code, an operator
// of a condition, an exemption taken away) and says which changes no test of the
// file notices.
//
//	report, err := mutation.Run(lists.Files(), mutation.Every, kp.Files())
//	for _, s := range report.Survivors {
//		fmt.Println(s) // kp-2397-5.yaml:40: rules[cap].limit.caps[0].amount: 500000 → 500001
//	}
//
// A change that the pack refuses before any test runs (an interval without days, a
// fact that does not exist) is counted apart: it shows nothing about the tests. The
// words of a file, its citation and its tests are never changed. Changes to a list
// of goods are judged by the tests of the measures that use it, and a relation to a
// successor is taken away on both sides at once.
//
// What cannot be noticed by any test is explained in explained.txt, by hand.
package mutation

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/turtlebay/turtlebay/regime"
	"go.yaml.in/yaml/v3"
)

// Every as a sample's size stands for all changes.
const Every = 0

// Mutant is one change: where and what. Its text is stable while the rule is,
// except for the line.
type Mutant struct {
	Measure string // or the list of goods
	File    string
	Line    int
	What    string // rules[cap].limit.caps[0].amount: 500000 → 500001
}

// String is "measures/kp-2397-5.yaml:40: rules[cap].limit.caps[0].amount: 500000 → 500001".
func (m Mutant) String() string { return fmt.Sprintf("%s:%d: %s", m.File, m.Line, m.What) }

// Count is what became of the changes to one file.
type Count struct {
	Measure                    string
	Refused, Killed, Survivors int // refused: before any test ran
}

// Rate is the part of the changes that tests had to notice and did, in tenths of a
// percent rounded down; 1000 where there were none.
func (c Count) Rate() int {
	if c.Killed+c.Survivors == 0 {
		return 1000
	}
	return c.Killed * 1000 / (c.Killed + c.Survivors)
}

// Report is how a run came out, by file.
type Report struct {
	Counts    []Count
	Survivors []Mutant // by file and in its order
}

// Total is the sum over all files.
func (r Report) Total() Count {
	t := Count{Measure: "total"}
	for _, c := range r.Counts {
		t.Refused += c.Refused
		t.Killed += c.Killed
		t.Survivors += c.Survivors
	}
	return t
}

// Run changes the measures of the packs and the lists of goods that they share. With
// a sample above 0 it takes that many changes, always the same ones while the files
// are.
func Run(lists fs.FS, sample int, packs ...fs.FS) (Report, error) {
	var subjects []*subject
	var benches []*bench
	for _, files := range packs {
		b, err := newBench(files, lists)
		if err != nil {
			return Report{}, fmt.Errorf("mutate: %w", err)
		}
		benches = append(benches, b)
		own, err := b.measures()
		if err != nil {
			return Report{}, fmt.Errorf("mutate: %w", err)
		}
		subjects = append(subjects, own...)
	}
	shared, err := listSubjects(lists, benches)
	if err != nil {
		return Report{}, fmt.Errorf("mutate: %w", err)
	}
	subjects = append(subjects, shared...)
	if sample > 0 {
		choose(subjects, sample)
	}
	judge(subjects)
	return report(subjects), nil
}

// subject is a file to be changed, and who says what a change does.
type subject struct {
	name, file string
	root       *yaml.Node
	changes    []change
	test       func(data []byte) error
	outcomes   []outcome // one a change
}

type outcome int

const (
	same outcome = iota // the change changes nothing, or another does the same
	refused
	killed
	survived
)

// choose keeps a sample of all changes, spread by chance with a fixed seed.
func choose(subjects []*subject, n int) {
	type at struct{ s, c int }
	var all []at
	for i, s := range subjects {
		for j := range s.changes {
			all = append(all, at{i, j})
		}
	}
	r := rand.New(rand.NewPCG(1718, 2397))
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	all = all[:min(n, len(all))]
	slices.SortFunc(all, func(a, b at) int { return cmp.Or(a.s-b.s, a.c-b.c) })
	kept := make([][]change, len(subjects))
	for _, x := range all {
		kept[x.s] = append(kept[x.s], subjects[x.s].changes[x.c])
	}
	for i, s := range subjects {
		s.changes = kept[i]
	}
}

// judge runs the subjects on all processors, each by one at a time.
func judge(subjects []*subject) {
	next := make(chan *subject)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for s := range next {
				s.run()
			}
		})
	}
	for _, s := range subjects {
		next <- s
	}
	close(next)
	wg.Wait()
}

func (s *subject) run() {
	s.outcomes = make([]outcome, len(s.changes))
	seen := map[string]bool{string(s.text()): true}
	for i, c := range s.changes {
		if c.judge != nil {
			s.outcomes[i] = outcomeOf(c.judge())
			continue
		}
		undo := c.do()
		data := s.text()
		undo()
		if seen[string(data)] {
			continue
		}
		seen[string(data)] = true
		s.outcomes[i] = outcomeOf(s.test(data))
	}
}

func (s *subject) text() []byte {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := errors.Join(e.Encode(s.root), e.Close()); err != nil {
		return nil // read as an empty file, and so refused
	}
	return b.Bytes()
}

// outcomeOf tells a change that a test noticed from one that the pack refused.
func outcomeOf(err error) outcome {
	switch {
	case err == nil:
		return survived
	case failedTest(err):
		return killed
	}
	return refused
}

func failedTest(err error) bool {
	if f, ok := err.(*regime.FileError); ok {
		return strings.HasPrefix(f.Field, "tests[")
	}
	switch x := err.(type) {
	case interface{ Unwrap() []error }:
		return slices.ContainsFunc(x.Unwrap(), failedTest)
	case interface{ Unwrap() error }:
		return failedTest(x.Unwrap())
	}
	return false
}

func report(subjects []*subject) Report {
	var out Report
	for _, s := range subjects {
		n := Count{Measure: s.name}
		for i, o := range s.outcomes {
			switch o {
			case same:
			case refused:
				n.Refused++
			case killed:
				n.Killed++
			case survived:
				n.Survivors++
				c := s.changes[i]
				out.Survivors = append(out.Survivors, Mutant{s.name, s.file, c.line, c.what})
			}
		}
		if n != (Count{Measure: s.name}) {
			out.Counts = append(out.Counts, n)
		}
	}
	return out
}

func nameOf(file string) string { return strings.TrimSuffix(path.Base(file), ".yaml") }
