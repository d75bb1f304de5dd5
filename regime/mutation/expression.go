package mutation

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/turtlebay/turtlebay/hs"
	"github.com/turtlebay/turtlebay/record/value"
)

// variant is a condition with one thing changed.
type variant struct{ what, text string }

// token is a piece of a condition: a name with its path, a text in quotation
// marks, a number or an operator.
type token struct {
	text       string
	start, end int
}

var tokenForm = regexp.MustCompile(`[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\d+|&&|\|\||==|!=|<=|>=|\S`)

func tokens(text string) []token {
	var out []token
	for _, at := range tokenForm.FindAllStringIndex(text, -1) {
		out = append(out, token{text[at[0]:at[1]], at[0], at[1]})
	}
	return out
}

// instead is what stands in the place of an operator or name.
var instead = map[string][]string{
	"&&":          {"||"},
	"||":          {"&&"},
	"==":          {"!="},
	"!=":          {"=="},
	">":           {">=", "<"},
	"<":           {"<=", ">"},
	">=":          {">"},
	"<=":          {"<"},
	"!":           {""},
	"above":       {"below"},
	"below":       {"above"},
	"before":      {"on_or_after"},
	"on_or_after": {"before"},
	"true":        {"false"},
	"false":       {"true"},
}

// expression is a condition being changed.
type expression struct {
	text string
	toks []token
	out  []variant
}

// variants are all that one change makes of a condition, in the order of its text.
func variants(text string) []variant {
	x := &expression{text: text, toks: tokens(text)}
	for i, t := range x.toks {
		for _, other := range instead[t.text] {
			x.replace(t.start, t.end, other, fmt.Sprintf("%s → %s before %s", t.text, other, x.after(i)))
		}
		switch {
		case len(t.text) > 1 && (t.text[0] == '"' || t.text[0] == '\''):
			x.quoted(i)
		case t.text[0] >= '0' && t.text[0] <= '9':
			x.number(t, t.text, "")
		case t.text == "[":
			x.list(i)
		}
	}
	x.clauses(0, len(x.toks))
	return x.out
}

func (x *expression) replace(start, end int, with, what string) {
	text := x.text[:start] + with + x.text[end:]
	if text == x.text {
		return
	}
	for n, base := 2, what; slices.ContainsFunc(x.out, func(v variant) bool { return v.what == what }); n++ {
		what = fmt.Sprintf("%s, no. %d", base, n)
	}
	x.out = append(x.out, variant{what, text})
}

// after is what follows a token, to say which of several is meant.
func (x *expression) after(i int) string {
	rest := strings.Join(strings.Fields(x.text[x.toks[i].end:]), " ")
	if r := []rune(rest); len(r) > 32 {
		rest = string(r[:32]) + "…"
	}
	return strconv.Quote(rest)
}

// quoted changes a text: a day by one, a number by one, an alternative of a
// pattern dropped, anything else made another text.
func (x *expression) quoted(i int) {
	t := x.toks[i]
	inner := t.text[1 : len(t.text)-1]
	switch {
	case isDay(inner):
		for _, by := range []int{-1, 1} {
			x.text2(t, moveDay(inner, by))
		}
	case x.called(i, ".matches"):
		x.pattern(t, inner)
	case x.inList(i) && hs.Valid(inner):
		for _, code := range otherCodes(inner) {
			x.text2(t, code)
		}
	case x.inList(i): // dropped there
	default:
		if _, err := value.ParseDecimal(inner); err == nil {
			x.number(t, inner, `"`)
			return
		}
		x.text2(t, inner+"~")
	}
}

func (x *expression) text2(t token, inner string) {
	x.replace(t.start, t.end, `"`+inner+`"`, fmt.Sprintf("%s → %q", t.text, inner))
}

func (x *expression) number(t token, digits, mark string) {
	for _, moved := range moveNumber(digits) {
		x.replace(t.start, t.end, mark+moved+mark, fmt.Sprintf("%s → %s", digits, moved))
	}
}

// pattern drops each alternative of a regular expression without groups.
func (x *expression) pattern(t token, inner string) {
	flags := ""
	if strings.HasPrefix(inner, "(?") {
		if n := strings.IndexByte(inner, ')'); n > 0 {
			flags, inner = inner[:n+1], inner[n+1:]
		}
	}
	parts := strings.Split(inner, "|")
	if len(parts) == 1 || strings.Contains(inner, "(") {
		x.text2(t, flags+"~"+inner)
		return
	}
	for i, p := range parts {
		less := slices.Delete(slices.Clone(parts), i, i+1)
		x.replace(t.start, t.end, `"`+flags+strings.Join(less, "|")+`"`, fmt.Sprintf("pattern without %s", p))
	}
}

// list drops each element of a list of several; one that lacks an element is no list.
func (x *expression) list(open int) {
	end := x.closing(open)
	elements := x.split(open+1, end, ",")
	if slices.ContainsFunc(elements, func(e [2]int) bool { return e[0] >= e[1] }) {
		return
	}
	if len(elements) < 2 {
		if t := x.toks[min(open+1, len(x.toks)-1)]; len(elements) == 1 && strings.HasPrefix(t.text, `"`) && !hs.Valid(strings.Trim(t.text, `"`)) {
			x.text2(t, strings.Trim(t.text, `"`)+"~")
		}
		return
	}
	for i, e := range elements {
		from, to := x.toks[e[0]].start, x.toks[e[1]-1].end
		what := "list without " + x.text[from:to]
		if i+1 < len(elements) {
			to = x.toks[elements[i+1][0]].start
		} else {
			from = x.toks[elements[i-1][1]-1].end
		}
		x.replace(from, to, "", what)
	}
}

// clauses drops and negates each part of the condition between two tokens that
// is joined by && or ||, and looks into those in parentheses.
func (x *expression) clauses(lo, hi int) {
	for _, way := range x.split(lo, hi, "?", ":") {
		alternatives := x.split(way[0], way[1], "||")
		for _, alternative := range alternatives {
			x.part(alternative, len(alternatives) > 1, "false")
			parts := x.split(alternative[0], alternative[1], "&&")
			if len(parts) == 1 {
				continue
			}
			for _, p := range parts {
				x.part(p, true, "true")
			}
		}
	}
}

// part drops one clause by putting what changes nothing in its place, and negates it.
func (x *expression) part(p [2]int, several bool, neutral string) {
	lo, hi := p[0], p[1]
	if lo >= hi {
		return
	}
	from, to := x.toks[lo].start, x.toks[hi-1].end
	clause := x.text[from:to]
	if several {
		x.replace(from, to, neutral, "drops "+strings.Join(strings.Fields(clause), " "))
	}
	bare := lo
	for bare < hi-1 && x.toks[bare].text == "!" {
		bare++
	}
	if x.toks[bare].text == "(" && x.closing(bare) == hi-1 {
		x.clauses(bare+1, hi-1)
	}
	if bare > lo || len(x.split(lo, hi, "&&", "||", "==", "!=", "<", ">", "<=", ">=")) > 1 {
		return // another operator or no negation does the same
	}
	x.replace(from, to, "!("+clause+")", "negates "+strings.Join(strings.Fields(clause), " "))
}

// split parts the tokens from lo to hi at the separators that stand outside parentheses.
func (x *expression) split(lo, hi int, separators ...string) [][2]int {
	var out [][2]int
	start := lo
	for i := lo; i < hi; i++ {
		switch t := x.toks[i].text; {
		case t == "(" || t == "[":
			i = x.closing(i)
		case slices.Contains(separators, t):
			out = append(out, [2]int{start, i})
			start = i + 1
		}
	}
	if start < hi {
		out = append(out, [2]int{start, hi})
	}
	return out
}

// closing is the token that closes the parenthesis at i.
func (x *expression) closing(i int) int {
	depth := 0
	for j := i; j < len(x.toks); j++ {
		switch x.toks[j].text {
		case "(", "[":
			depth++
		case ")", "]":
			if depth--; depth == 0 {
				return j
			}
		}
	}
	return len(x.toks)
}

// called reports whether the token is the first argument of a method.
func (x *expression) called(i int, method string) bool {
	return i >= 2 && x.toks[i-1].text == "(" && strings.HasSuffix(x.toks[i-2].text, method)
}

// inList reports whether the token is an element of a list.
func (x *expression) inList(i int) bool {
	return x.toks[i-min(i, 1)].text == "[" || i >= 2 && x.toks[i-1].text == "," && strings.HasPrefix(x.toks[i-2].text, `"`)
}

func isDay(s string) bool { _, err := time.Parse(time.DateOnly, s); return err == nil }

func moveDay(s string, by int) string {
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return s
	}
	return d.AddDate(0, 0, by).Format(time.DateOnly)
}

// moveNumber is the number less one and more one.
func moveNumber(s string) []string {
	d, err := value.ParseDecimal(s)
	if err != nil {
		return nil
	}
	return []string{d.Sub(value.Int(1)).String(), d.Add(value.Int(1)).String()}
}

// otherCodes are a goods code with another last digit, one level longer and one
// level shorter.
func otherCodes(code string) []string {
	last := code[len(code)-1]
	out := []string{code[:len(code)-1] + string('0'+(last-'0'+1)%10)}
	if len(code) < 6 {
		out = append(out, code+"01")
	}
	if len(code) > 2 {
		out = append(out, code[:len(code)-2])
	}
	return out
}
