package thefts

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"github.com/turtlebay/turtlebay/trace/attribution"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/internal/table"
	"go.yaml.in/yaml/v3"
)

// decoder reads a file. Its first refusal ends it: what comes after is not looked at.
type decoder struct {
	name    string
	file    *File
	chain   chain.ID // of thefts that name none; may be empty
	refused *Refusal
	seen    map[[2]string]bool // names that may stand once
}

// again reports whether a name of a kind was there before.
func (d *decoder) again(kind, name string) bool {
	k := [2]string{kind, name}
	was := d.seen[k]
	d.seen[k] = true
	return was
}

func (d *decoder) refuse(line int, field, reason string, args ...any) {
	if d.refused == nil {
		d.refused = &Refusal{File: d.name, Line: line, Field: field, Reason: fmt.Sprintf(reason, args...)}
	}
}

// object is a mapping being read: its members by name, those that were asked for marked.
type object struct {
	d       *decoder
	at      string
	line    int
	members map[string]*yaml.Node
}

// object reads a mapping, which may have these members and no others.
func (d *decoder) object(at string, n *yaml.Node, known ...string) object {
	o := object{d: d, at: at, line: n.Line, members: map[string]*yaml.Node{}}
	members, bad := table.Members(n)
	if bad != nil {
		d.refuse(bad.Line, o.under(bad.Field), "%s", bad.Reason)
		return o
	}
	for _, m := range members {
		if !slices.Contains(known, m.Name) {
			d.refuse(m.Value.Line, o.under(m.Name), "unknown field")
		}
		if m.Value.Tag != "!!null" {
			o.members[m.Name] = m.Value
		}
	}
	return o
}

func (o object) under(name string) string {
	switch {
	case name == "":
		return o.at
	case o.at == "":
		return name
	}
	return o.at + "." + name
}

// text is a member that is a plain value; empty if it is not there.
func (o object) text(name string) string {
	n := o.members[name]
	if n == nil {
		return ""
	}
	if n.Kind != yaml.ScalarNode {
		o.d.refuse(n.Line, o.under(name), "is no plain value")
	}
	return strings.TrimSpace(n.Value)
}

// need is a member that has to be there.
func (o object) need(name string) string {
	s := o.text(name)
	if s == "" {
		o.d.refuse(o.line, o.under(name), "is missing")
	}
	return s
}

func (o object) has(name string) bool { return o.members[name] != nil }

// parsed is a member by a parser of its text.
func parsed[T any](o object, name, text string, parse func(string) (T, error)) T {
	v, err := parse(text)
	if err != nil {
		line := o.line
		if n := o.members[name]; n != nil {
			line = n.Line
		}
		o.d.refuse(line, o.under(name), "%s", err)
	}
	return v
}

// list calls one for each entry of a member that is a list.
func (o object) list(name string, one func(at string, n *yaml.Node)) {
	n := o.members[name]
	switch {
	case n == nil:
		return
	case n.Kind != yaml.SequenceNode:
		o.d.refuse(n.Line, o.under(name), "is no list")
		return
	case len(n.Content) > MaxEntries:
		o.d.refuse(n.Line, o.under(name), "has %d entries, more than %d", len(n.Content), MaxEntries)
		return
	}
	for i, entry := range n.Content {
		if o.d.refused != nil {
			return
		}
		one(o.under(name)+"["+strconv.Itoa(i)+"]", entry)
	}
}

func (o object) chain(name string, def chain.ID) chain.ID {
	if def != "" && !o.has(name) {
		return def
	}
	return parsed(o, name, o.need(name), table.ParseChain)
}

func (o object) time(name string, end bool) int64 {
	if !o.has(name) {
		return 0
	}
	return parsed(o, name, o.need(name), func(s string) (int64, error) { return table.ParseTime(s, end) })
}

func (o object) flag(name string) bool {
	if !o.has(name) {
		return false
	}
	return parsed(o, name, o.text(name), func(s string) (bool, error) {
		if s != "true" && s != "false" {
			return false, fmt.Errorf("%s is neither true nor false", table.Quote(s))
		}
		return s == "true", nil
	})
}

// choice is a member that is one of some words.
func choice[T ~string](o object, name, text string, words []T) T {
	return parsed(o, name, text, func(s string) (T, error) {
		if !slices.Contains(words, T(s)) {
			return "", fmt.Errorf("%s is none of %q", table.Quote(s), words)
		}
		return T(s), nil
	})
}

var (
	theftFields = []string{"id", "title", "incident", "chain", "marks", "from", "to", "since", "until", "asset"}
	ruleFields  = []string{"services", "links", "dust", "policies", "bounds", "hub", "deposits", "until"}
)

// whole reads a file that is one mapping: a list of thefts, or one theft.
func (d *decoder) whole(n *yaml.Node) {
	members, _ := table.Members(n)
	several := slices.ContainsFunc(members, func(m table.Member) bool { return m.Name == "thefts" })
	known := append([]string{"thefts"}, ruleFields...)
	if !several {
		known = append(slices.Clone(theftFields), ruleFields...)
	}
	o := d.object("", n, known...)
	if several {
		o.list("thefts", func(at string, n *yaml.Node) { d.theft(d.object(at, n, theftFields...)) })
	} else {
		d.theft(o)
	}
	if d.refused == nil && len(d.file.Thefts) == 0 {
		d.refuse(o.line, "thefts", "is empty")
	}
	d.rules(o)
	o.list("services", d.service)
	o.list("links", d.link)
}

// source is an address.
func (d *decoder) source(at string, n *yaml.Node, id chain.ID) Source {
	if n.Kind != yaml.ScalarNode {
		d.refuse(n.Line, at, "is no plain value")
	}
	a, err := table.ParseAddress(id, n.Value)
	if err != nil {
		d.refuse(n.Line, at, "%s", err)
	}
	return Source{a, n.Line, at}
}

func (d *decoder) theft(o object) {
	t := Theft{ID: o.need("id"), Title: o.text("title"), Incident: o.text("incident"), Line: o.line, field: o.at}
	t.Chain = o.chain("chain", d.chain)
	t.Since, t.Until = o.time("since", false), o.time("until", true)
	if o.has("asset") {
		a := parsed(o, "asset", o.text("asset"), func(s string) (ledger.Asset, error) { return table.ParseAsset(t.Chain, s) })
		t.Asset = &a
	}
	if d.again("theft", t.ID) {
		d.refuse(o.line, o.under("id"), "there are two thefts %s", table.Quote(t.ID))
	}
	o.list("marks", func(at string, n *yaml.Node) {
		t.Marks = append(t.Marks, Mark{d.mark(d.object(at, n, "chain", "tx", "index", "kind"), t.Chain), n.Line, at})
	})
	o.list("from", func(at string, n *yaml.Node) { t.From = append(t.From, d.source(at, n, t.Chain)) })
	o.list("to", func(at string, n *yaml.Node) { t.To = append(t.To, d.source(at, n, t.Chain)) })
	switch {
	case len(t.Marks)+len(t.From)+len(t.To) == 0:
		d.refuse(o.line, o.under("marks"), "there are neither marks nor from nor to")
	case len(t.To) > 0 && (t.Since == 0 || t.Until == 0):
		d.refuse(o.line, o.under("to"), "needs since and until: what reaches an address at other times is not of the theft")
	case t.Until != 0 && t.Until < t.Since:
		d.refuse(o.line, o.under("until"), "is before since")
	}
	d.file.Thefts = append(d.file.Thefts, t)
}

func (d *decoder) mark(o object, def chain.ID) follow.Mark {
	m := follow.Mark{Chain: o.chain("chain", def), Tx: parsed(o, "tx", o.need("tx"), table.ParseTx), Index: parsed(o, "index", o.text("index"), table.ParseIndex)}
	m.Kind = parsed(o, "kind", o.text("kind"), func(s string) (ledger.Kind, error) { return table.ParseKind(m.Chain, s) })
	return m
}

func (d *decoder) rules(o object) {
	r := &d.file.Rules
	o.list("policies", func(at string, n *yaml.Node) {
		if !slices.Contains(accounting.Policies(), accounting.Policy(n.Value)) || slices.Contains(r.Policies, accounting.Policy(n.Value)) {
			d.refuse(n.Line, at, "%s is none of %q, or there twice", table.Quote(n.Value), accounting.Policies())
		}
		r.Policies = append(r.Policies, accounting.Policy(n.Value))
	})
	r.Bounds, r.Deposits = !o.has("bounds") || o.flag("bounds"), o.flag("deposits")
	if o.has("hub") {
		r.Hub = parsed(o, "hub", o.text("hub"), func(s string) (int, error) {
			n, err := strconv.ParseUint(s, 10, 31)
			if err != nil {
				return 0, fmt.Errorf("%s is no whole number up to %d", table.Quote(s), math.MaxInt32)
			}
			return int(n), nil
		})
	}
	if _, several := o.members["thefts"]; several { // of one theft alone, until is its own
		r.Until = o.time("until", true)
	}
	o.list("dust", func(at string, n *yaml.Node) {
		o := d.object(at, n, "chain", "asset", "least")
		f := follow.Floor{Chain: o.chain("chain", d.chain)}
		f.Asset = parsed(o, "asset", o.text("asset"), func(s string) (ledger.Asset, error) { return table.ParseAsset(f.Chain, s) })
		f.Least = parsed(o, "least", o.need("least"), table.ParseAmount)
		if d.again("floor of "+string(f.Chain), string(f.Asset)) {
			d.refuse(o.line, at, "the asset has two floors")
		}
		r.Dust = append(r.Dust, f)
	})
}

func (d *decoder) service(at string, n *yaml.Node) {
	o := d.object(at, n, "chain", "address", "class", "name", "source", "date", "confidence", "note")
	e := attribution.Entry{Chain: o.chain("chain", d.chain), Name: o.need("name"), Source: o.need("source"), Date: o.text("date"), Note: o.text("note")}
	e.Address = parsed(o, "address", o.need("address"), func(s string) (ledger.Address, error) { return table.ParseAddress(e.Chain, s) })
	e.Class = choice(o, "class", o.need("class"), attribution.Classes())
	e.Confidence = choice(o, "confidence", cmp.Or(o.text("confidence"), string(follow.Judgement)), follow.Grades())
	if _, err := time.Parse(time.DateOnly, e.Date); e.Date != "" && err != nil {
		d.refuse(o.line, o.under("date"), "%s is no day as in 2006-01-02", table.Quote(e.Date))
	}
	e.Place = table.Printable(d.name) + ":" + strconv.Itoa(o.line)
	d.file.Services = append(d.file.Services, e)
}

func (d *decoder) link(at string, n *yaml.Node) {
	o := d.object(at, n, "id", "kind", "out", "in", "confidence", "method", "error")
	l := follow.Link{ID: o.need("id"), Method: o.text("method"), Error: o.text("error")}
	l.Kind = choice(o, "kind", o.need("kind"), []follow.Class{follow.Swap, follow.Bridge})
	l.Confidence = choice(o, "confidence", cmp.Or(o.text("confidence"), string(follow.Judgement)), follow.Grades())
	for i, into := range []*follow.Mark{&l.Out, &l.In} {
		name := []string{"out", "in"}[i]
		if !o.has(name) {
			d.refuse(o.line, o.under(name), "is missing")
			return
		}
		*into = d.mark(d.object(o.under(name), o.members[name], "chain", "tx", "index", "kind"), d.chain)
	}
	switch {
	case l.Confidence == follow.Heuristic && l.Error == "":
		d.refuse(o.line, o.under("error"), "a heuristic says how often it is wrong")
	case l.Out == l.In:
		d.refuse(o.line, o.under("in"), "is the row that paid")
	}
	if d.again("link", l.ID) || d.again("out", l.Out.String()) || d.again("in", l.In.String()) {
		d.refuse(o.line, at, "shares its id or a row with another link")
	}
	d.file.Links = append(d.file.Links, l)
}

// isList reports whether a file is plain text: its first line that says something is one
// word, and none of YAML or JSON.
func isList(b []byte) bool {
	for line := range bytes.Lines(b) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' {
			return !bytes.ContainsAny(line, " \t{}[]\"'") && !bytes.HasSuffix(line, []byte(":")) && !bytes.HasPrefix(line, []byte("-"))
		}
	}
	return false
}

// lines reads a list of addresses, one a line: a theft of what leaves them.
func (d *decoder) lines(b []byte) {
	t := Theft{ID: "T1", Title: table.Printable(d.name), Chain: d.chain, Line: 1, field: "from"}
	d.file.Rules.Bounds = true
	n := 0
	for line := range bytes.Lines(b) {
		n++
		text := string(bytes.TrimSpace(line))
		if text == "" || text[0] == '#' {
			continue
		}
		if t.Chain == "" {
			t.Chain = d.only(n, text)
		}
		if len(t.From) == MaxEntries {
			d.refuse(n, "from", "there are more than %d addresses", MaxEntries)
		}
		if d.refused != nil {
			return
		}
		a, err := table.ParseAddress(t.Chain, text)
		if err != nil {
			d.refuse(n, "address", "%s", err)
		}
		t.From = append(t.From, Source{a, n, "from"})
	}
	d.file.Thefts = []Theft{t}
}

// only is the one chain that an address is of.
func (d *decoder) only(line int, text string) chain.ID {
	var ids []string
	for _, a := range chain.ParseAny(text) {
		ids = append(ids, string(a.Chain()))
	}
	switch len(ids) {
	case 1:
		return chain.ID(ids[0])
	case 0:
		d.refuse(line, "address", "%s is an address of no chain", table.Quote(text))
	default:
		d.refuse(line, "chain", "is not named, and the address is one of %s", strings.Join(ids, ", "))
	}
	return ""
}
