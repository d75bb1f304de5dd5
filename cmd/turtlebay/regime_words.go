package main

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/record/value"
)

// conditionParser reads conditions without knowing any kind of record: packs have
// type-checked theirs already. Without macros has() stays the call it is.
var conditionParser = sync.OnceValues(func() (*cel.Env, error) { return cel.NewEnv(cel.ClearMacros()) })

// inWords is a condition as a sentence says it: “hs falls under 2701 and claim is not
// livelihood”. What it has no words for stands as it was written.
func inWords(text string) string {
	env, err := conditionParser()
	if err != nil {
		return text
	}
	parsed, issues := env.Parse(text)
	if issues.Err() != nil {
		return text
	}
	s := sentence{ok: true, any: map[string]string{}}
	if words := s.truth(parsed.NativeRep().Expr(), false); s.ok {
		return words
	}
	return strings.Join(strings.Fields(text), " ")
}

// sentence makes words of an expression; ok becomes false at what it has none for.
type sentence struct {
	ok  bool
	any map[string]string // a name that stands for one of several things
}

// relations are the comparisons with their words and with those of the contrary.
var relations = map[string][2]string{
	operators.Equals:        {"is", "is not"},
	operators.NotEquals:     {"is not", "is"},
	operators.Less:          {"is less than", "is at least"},
	operators.LessEquals:    {"is at most", "is more than"},
	operators.Greater:       {"is more than", "is at most"},
	operators.GreaterEquals: {"is at least", "is less than"},
	operators.In:            {"is one of", "is none of"},
	operators.OldIn:         {"is one of", "is none of"},
	"before":                {"is before", "is not before"},
	"on_or_after":           {"is on or after", "is not on or after"},
	"above":                 {"is above", "is not above"},
	"below":                 {"is below", "is not below"},
	"hs":                    {"falls under", "does not fall under"},
	"named":                 {"is named", "is not named"},
}

// truth is what can be true or not, or with not its contrary.
func (s *sentence) truth(e ast.Expr, not bool) string {
	pick := func(yes, no string) string {
		if not {
			return no
		}
		return yes
	}
	switch e.Kind() {
	case ast.LiteralKind:
		return pick("it is so", "it is not so") + ": " + s.thing(e)
	case ast.CallKind:
	default:
		return s.thing(e) + pick(" is true", " is false")
	}
	call := e.AsCall()
	name, args := call.FunctionName(), call.Args()
	if name == operators.Equals && (isTruth(args[0]) || isTruth(args[1])) {
		return s.join(args[:1], false, "") + pick(" exactly where ", " exactly where it is not so that ") + s.join(args[1:], false, "")
	}
	if rel, ok := relations[name]; ok && len(args) == 2 {
		return s.thing(args[0]) + " " + pick(rel[0], rel[1]) + " " + s.thing(args[1])
	}
	switch {
	case name == operators.LogicalNot && len(args) == 1:
		return s.truth(args[0], !not)
	case name == operators.LogicalAnd && len(args) == 2:
		return s.join(args, not, pick("and", "or"))
	case name == operators.LogicalOr && len(args) == 2:
		return s.join(args, not, pick("or", "and"))
	case name == operators.Conditional && len(args) == 3:
		return "if " + s.join(args[:1], false, "") + " then " + s.join(args[1:2], not, "") + " else " + s.join(args[2:], not, "")
	case name == operators.Exists && call.IsMemberFunction() && len(args) == 2 && args[0].Kind() == ast.IdentKind:
		s.any[args[0].AsIdent()] = "one of " + s.thing(call.Target())
		return pick("", "it is not so that ") + s.join(args[1:], false, "")
	case name == "has" && len(args) == 1:
		return s.thing(args[0]) + pick(" is recorded", " is not recorded")
	case name == "matches" && call.IsMemberFunction() && len(args) == 1:
		return s.thing(call.Target()) + s.alternatives(args[0], not)
	}
	s.ok = false
	return ""
}

// join puts the parts of an “and” or “or” together, in brackets where another word
// joins what is within.
func (s *sentence) join(args []ast.Expr, not bool, word string) string {
	parts := make([]string, len(args))
	for i, a := range args {
		parts[i] = s.truth(a, not)
		if inner := s.joint(a, not); inner != "" && inner != word {
			parts[i] = "(" + parts[i] + ")"
		}
	}
	return strings.Join(parts, " "+word+" ")
}

// joint is the word that joins the parts of an expression, empty where nothing does.
func (s *sentence) joint(e ast.Expr, not bool) string {
	if e.Kind() != ast.CallKind {
		return ""
	}
	switch call := e.AsCall(); call.FunctionName() {
	case operators.LogicalNot:
		return s.joint(call.Args()[0], !not)
	case operators.Conditional:
		return "if"
	case operators.Equals:
		if isTruth(call.Args()[0]) || isTruth(call.Args()[1]) {
			return "exactly"
		}
	case operators.LogicalAnd, operators.LogicalOr:
		if (call.FunctionName() == operators.LogicalAnd) != not {
			return "and"
		}
		return "or"
	}
	return ""
}

// isTruth reports whether an expression is itself true or false, and no fact.
func isTruth(e ast.Expr) bool {
	if e.Kind() != ast.CallKind {
		return false
	}
	name := e.AsCall().FunctionName()
	_, compares := relations[name]
	return compares || name == operators.LogicalNot || name == operators.LogicalAnd || name == operators.LogicalOr ||
		name == operators.Conditional || name == operators.Exists || name == "has" || name == "matches"
}

// thing is a fact, a value or a list of them.
func (s *sentence) thing(e ast.Expr) string {
	switch e.Kind() {
	case ast.LiteralKind:
		switch v := e.AsLiteral().Value().(type) {
		case string:
			if d, err := value.ParseDate(v); err == nil && strings.Contains(v, "-") {
				return d.Prose()
			}
			if v == "" {
				return "empty"
			}
			return v
		default:
			return fmt.Sprint(v)
		}
	case ast.ListKind:
		var out []string
		for _, x := range e.AsList().Elements() {
			out = append(out, s.thing(x))
		}
		return enumerated(out, "or")
	case ast.IdentKind:
		if e.AsIdent() == "as_of" {
			return "the day of knowledge"
		}
		if of, ok := s.any[e.AsIdent()]; ok {
			return of
		}
		return e.AsIdent()
	case ast.SelectKind:
		sel := e.AsSelect()
		if x := sel.Operand(); x.Kind() == ast.IdentKind && x.AsIdent() == "obs" {
			return sel.FieldName()
		}
		return s.thing(sel.Operand()) + "." + sel.FieldName()
	case ast.CallKind:
		switch call := e.AsCall(); {
		case call.FunctionName() == "days" && len(call.Args()) == 2:
			return fmt.Sprintf("the number of days from %s to %s", s.thing(call.Args()[0]), s.thing(call.Args()[1]))
		case call.FunctionName() == operators.Add && len(call.Args()) == 2: // of lists
			return s.thing(call.Args()[0]) + " and " + s.thing(call.Args()[1])
		}
	}
	s.ok = false
	return ""
}

// alternatives says that a text has one of the words of a pattern; a pattern that is
// more than words stands as it is.
func (s *sentence) alternatives(e ast.Expr, not bool) string {
	if e.Kind() != ast.LiteralKind {
		s.ok = false
		return ""
	}
	pattern, _ := e.AsLiteral().Value().(string)
	words, anyCase := strings.CutPrefix(pattern, "(?i)")
	if plain := strings.ReplaceAll(words, "|", ""); !anyCase || regexp.QuoteMeta(plain) != plain {
		if not {
			return " does not match “" + pattern + "”"
		}
		return " matches “" + pattern + "”"
	}
	var out []string
	for part := range strings.SplitSeq(words, "|") {
		out = append(out, "“"+part+"”")
	}
	if not {
		if len(out) == 1 {
			return " has not in it " + out[0]
		}
		return " has in it neither " + enumerated(out, "nor")
	}
	return " has in it " + enumerated(out, "or")
}

// enumerated is "a", "a or b", "a, b or c".
func enumerated(items []string, word string) string {
	if n := len(items); n > 1 {
		return strings.Join(items[:n-1], ", ") + " " + word + " " + items[n-1]
	}
	return strings.Join(items, "")
}

// pageWidth is how wide text for people is.
const pageWidth = 80

// wrapped breaks a text into lines of at most width characters, between words.
func wrapped(text string, width int) []string {
	var out []string
	line := ""
	for word := range strings.FieldsSeq(intake.Printable(text)) {
		for r := []rune(word); len(r) > width; r = []rune(word) {
			if line != "" {
				out = append(out, line)
			}
			line, word = string(r[:width]), string(r[width:])
		}
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= width:
			line += " " + word
		default:
			out = append(out, line)
			line = word
		}
	}
	if line != "" {
		out = append(out, line)
	}
	return out
}

// sheet is text for people: headings, and labels with what belongs to them.
type sheet struct {
	b     strings.Builder
	width int // of the labels
}

// line prints one line, without the tricks of what comes from a pack.
func (s *sheet) line(format string, args ...any) {
	s.b.WriteString(intake.Printable(fmt.Sprintf(format, args...)) + "\n")
}

// paragraph prints a text, wrapped.
func (s *sheet) paragraph(indent, text string) {
	for _, line := range wrapped(text, pageWidth-len(indent)) {
		s.line("%s%s", indent, line)
	}
}

// item prints a label and its text, wrapped beside it, or below it where the label is
// too long; nothing where there is no text.
func (s *sheet) item(label, text string) {
	indent := 2 + s.width + 2
	lines := wrapped(text, pageWidth-indent)
	if len(lines) > 0 && utf8.RuneCountInString(label) > s.width {
		s.line("  %s", intake.Printable(label))
		label = ""
	}
	for i, line := range lines {
		if i > 0 {
			label = ""
		}
		s.line("  %-*s  %s", s.width, label, line)
	}
}
