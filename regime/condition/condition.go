// Package condition asks a yes-or-no question of an observation and answers in
// three values: yes, no, or undecided for want of named facts.
//
// A condition is a CEL expression over the facts of one kind of observation,
// under the names that they have in JSON. It is type-checked when it is
// compiled: a misspelt fact, a comparison of text with a number or a date
// literal that is no date is an error there and not a surprise later.
//
//	env, err := condition.NewEnv()
//	c, err := env.Compile(observation.KindWorkPermit,
//		`obs.worker_nationality == "KP" && !before(obs.contract_date, "2017-09-11")`)
//	a := condition.Of(permit, value.Date{}).Ask(c)
//	a.Truth   // Yes, No or Undecided
//	a.Missing // the facts for want of which it is undecided: ["contract_date"]
//
// A fact that is missing decides nothing by itself: false && missing is false,
// true || missing is true, and everything else that needs it is undecided. Where
// a missing fact is to count as "no", the condition says so: has(obs.x) && obs.x.
//
// Facts are text, true or false, whole numbers, lists of text, dates, exact
// numbers, goods codes and lists of claims (of which only has() can be asked). Dates, exact numbers and codes are compared through
// functions, which know what a date of a month or a code of a chapter leaves open:
//
//	before(date, date)         every day of the first lies before every day of the second
//	on_or_after(date, date)    the contrary
//	days(date, date)           days from the first to the second
//	above(number, "2000")      exact comparison; below likewise
//	hs(code, ["2701", "72"])   the code falls under one of these
//	named(text, ["A", "B"])    equal but for case and spacing
//
// A second argument may be a fact or a literal "YYYY-MM-DD". The variable as_of is
// the day of knowledge.
package condition

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
)

// ErrCondition is returned, wrapped with the compiler's message, for a condition
// that does not compile, is not a question of yes or no, or names no such fact.
var ErrCondition = errors.New("condition does not compile")

// Truth is the answer to a condition.
type Truth int

// The truths.
const (
	No Truth = iota
	Undecided
	Yes
)

// String is yes, no or undecided.
func (t Truth) String() string { return [...]string{"no", "undecided", "yes"}[t] }

// And is yes where both are, no where either is.
func (t Truth) And(u Truth) Truth { return min(t, u) }

// Answer is a truth and, where it is undecided, the paths of the facts missing
// or too coarse, sorted.
type Answer struct {
	Truth   Truth
	Missing []string
}

// Condition is a compiled expression. It may be asked from several goroutines.
type Condition struct {
	Text  string   // as written
	Kind  string   // the kind of observation it was compiled for
	Facts []string // the paths of every fact it refers to, sorted
	Needs []string // the facts without which it is no: those that has() asks for at its top, sorted
	prog  cel.Program
}

// Env compiles conditions. It is safe for concurrent use.
type Env struct {
	base  *cel.Env
	mu    sync.Mutex
	kinds map[observation.Kind]*kindEnv
}

type kindEnv struct {
	env  *cel.Env
	done map[string]*Condition
}

// NewEnv makes an environment with the functions of the package comment.
func NewEnv() (*Env, error) {
	base, err := cel.NewEnv(append(functions(), cel.CustomTypeProvider(provider{types.NewEmptyRegistry()}),
		cel.Variable("as_of", dateType))...)
	if err != nil {
		return nil, fmt.Errorf("prepare conditions: %w", err)
	}
	return &Env{base: base, kinds: map[observation.Kind]*kindEnv{}}, nil
}

func (e *Env) forKind(k observation.Kind) (*kindEnv, error) {
	if ke, ok := e.kinds[k]; ok {
		return ke, nil
	}
	if !k.Valid() {
		return nil, fmt.Errorf("%w: unknown kind %q", ErrCondition, k)
	}
	env, err := e.base.Extend(cel.CustomTypeProvider(provider{types.NewEmptyRegistry()}),
		cel.Variable("obs", cel.ObjectType(string(k))))
	if err != nil {
		return nil, fmt.Errorf("prepare conditions on %s: %w", k, err)
	}
	e.kinds[k] = &kindEnv{env, map[string]*Condition{}}
	return e.kinds[k], nil
}

// Compile type-checks the expression for the kind. The same text is compiled once.
func (e *Env) Compile(k observation.Kind, text string) (*Condition, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	ke, err := e.forKind(k)
	if err != nil {
		return nil, err
	}
	if c, ok := ke.done[text]; ok {
		return c, nil
	}
	checked, issues := ke.env.Compile(text)
	if issues.Err() != nil {
		return nil, fmt.Errorf("%w: %s", ErrCondition, firstLine(issues.Err()))
	}
	if !checked.OutputType().IsExactType(cel.BoolType) {
		return nil, fmt.Errorf("%w: it gives %s, want true or false", ErrCondition, checked.OutputType())
	}
	facts, err := inspect(tableOf(k), checked.NativeRep())
	if err != nil {
		return nil, err
	}
	prog, err := ke.env.Program(checked, cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrCondition, firstLine(err))
	}
	c := &Condition{Text: text, Kind: string(k), Facts: facts, Needs: needs(checked.NativeRep()), prog: prog}
	ke.done[text] = c
	return c, nil
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "ERROR: <input>:"), "\n")
	return strings.TrimSpace(line)
}

// inspect lists the facts that an expression refers to and refuses literals
// that its date and number functions could not read.
func inspect(t *table, a *ast.AST) ([]string, error) {
	var facts []string
	var bad error
	ast.PreOrderVisit(a.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.SelectKind:
			if path, ok := selectPath(e); ok && t.byPath[path] != nil {
				facts = append(facts, path)
			}
		case ast.CallKind:
			if err := checkLiterals(e.AsCall()); err != nil && bad == nil {
				bad = err
			}
		}
	}))
	slices.Sort(facts)
	return slices.Compact(facts), bad
}

// needs lists the facts that a condition asks has() of at its top, where all of
// its parts must hold.
func needs(a *ast.AST) []string {
	var out []string
	var walk func(e ast.Expr)
	walk = func(e ast.Expr) {
		switch e.Kind() {
		case ast.SelectKind:
			if path, ok := selectPath(e); ok && e.AsSelect().IsTestOnly() {
				out = append(out, path)
			}
		case ast.CallKind:
			if c := e.AsCall(); c.FunctionName() == operators.LogicalAnd {
				for _, arg := range c.Args() {
					walk(arg)
				}
			}
		}
	}
	walk(a.Expr())
	slices.Sort(out)
	return slices.Compact(out)
}

func selectPath(e ast.Expr) (string, bool) {
	s := e.AsSelect()
	switch op := s.Operand(); op.Kind() {
	case ast.IdentKind:
		return s.FieldName(), op.AsIdent() == "obs"
	case ast.SelectKind:
		head, ok := selectPath(op)
		return head + "." + s.FieldName(), ok
	}
	return "", false
}

func checkLiterals(c ast.CallExpr) error {
	parse, ok := literalParsers[c.FunctionName()]
	if !ok {
		return nil
	}
	for _, arg := range c.Args() {
		if arg.Kind() != ast.LiteralKind {
			continue
		}
		if s, ok := arg.AsLiteral().Value().(string); ok {
			if err := parse(s); err != nil {
				return fmt.Errorf("%w: %s(): %w", ErrCondition, c.FunctionName(), err)
			}
		}
	}
	return nil
}

// Subject is one observation that conditions are asked of. It remembers its
// answers, so that a condition which many rules share is worked out once; it is
// not safe for concurrent use.
type Subject struct {
	obs     observation.Observation
	asOf    dateVal
	answers []answered // few enough for a search in order
}

type answered struct {
	c *Condition
	a Answer
}

// Of prepares an observation. A zero asOf means that everything is known.
func Of(o observation.Observation, asOf value.Date) *Subject {
	return &Subject{obs: o, asOf: dateVal{d: asOf}}
}

// farFuture stands for "everything is known".
var farFuture = value.MustDate("2100-12-31")

// ResolveName gives CEL its variables.
func (s *Subject) ResolveName(name string) (any, bool) {
	switch name {
	case "obs":
		return s.obs, true
	case "as_of":
		if s.asOf.d.IsZero() {
			return dateVal{d: farFuture}, true
		}
		return s.asOf, true
	}
	return nil, false
}

// Parent is nil: there are no further variables.
func (s *Subject) Parent() cel.Activation { return nil }

// Ask answers a condition that was compiled for the observation's kind. A
// condition that fails while it runs (an overflow) decides nothing.
func (s *Subject) Ask(c *Condition) Answer {
	for i := range s.answers {
		if s.answers[i].c == c {
			return s.answers[i].a
		}
	}
	a := s.run(c)
	s.answers = append(s.answers, answered{c, a})
	return a
}

// Reset makes the subject one of another observation, to spare a stream the garbage.
func (s *Subject) Reset(o observation.Observation, asOf value.Date) {
	s.obs, s.asOf, s.answers = o, dateVal{d: asOf}, s.answers[:0]
}

func (s *Subject) run(c *Condition) Answer {
	if c.Kind != string(s.obs.Kind()) {
		return Answer{Truth: No}
	}
	out, _, err := c.prog.Eval(s)
	if err != nil {
		return Answer{Undecided, c.Facts}
	}
	switch v := out.(type) {
	case types.Bool:
		if v {
			return Answer{Truth: Yes}
		}
		return Answer{Truth: No}
	case *types.Unknown:
		return Answer{Undecided, tableOf(s.obs.Kind()).paths(v)}
	}
	return Answer{Undecided, c.Facts}
}
