package prose

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/report/document"
)

// spans parts text at its references.
func (w *Writer) spans(text string) []document.Span {
	var out []document.Span
	for text != "" {
		before, rest, found := strings.Cut(text, "{")
		if word, bad := StatesNumber(before); bad {
			w.fail("text %q states a number (%q) that no figure gives", before, word)
		}
		if before != "" {
			out = append(out, document.Span{Kind: document.Text, Text: before})
		}
		if !found {
			break
		}
		ref, after, closed := strings.Cut(rest, "}")
		if !closed {
			w.fail("reference %q is not closed", ref)
			break
		}
		out = append(out, w.reference(ref)...)
		text = after
	}
	return out
}

func (w *Writer) reference(ref string) []document.Span {
	if rest, ok := strings.CutPrefix(ref, "plural "); ok {
		return w.plural(rest)
	}
	if rest, ok := strings.CutPrefix(ref, "count "); ok {
		figure, _, _ := strings.Cut(rest, "|")
		return append(w.reference(figure), append([]document.Span{{Text: " "}}, w.plural(rest)...)...)
	}
	body, style, _ := strings.Cut(ref, "|")
	word, args, _ := strings.Cut(strings.TrimSpace(body), " ")
	args = strings.TrimSpace(args)
	if v, ok := w.Settings[word]; ok {
		return []document.Span{{Kind: document.Date, Text: v}}
	}
	switch word {
	case "date":
		return w.date(args, style)
	case "cite":
		return []document.Span{{Kind: document.Citation, Text: args, Unverified: w.toVerify[args]}}
	case "ref":
		return []document.Span{{Kind: document.Reference, Target: args}}
	case "quote":
		return w.quote(args)
	case "source":
		return w.sources(strings.Fields(args))
	case "basis":
		return w.basis(args)
	}
	return w.figureSpan(word, args, style)
}

func (w *Writer) date(s, style string) []document.Span {
	d, err := value.ParseDate(s)
	if err != nil {
		w.fail("%w", err)
		return nil
	}
	text := d.Prose()
	if style == "iso" {
		text = d.String()
	}
	return []document.Span{{Kind: document.Date, Text: text}}
}

func (w *Writer) figureSpan(name, args, style string) []document.Span {
	p, ok := w.parse(args)
	if !ok {
		return nil
	}
	d := w.derive(name, p)
	return []document.Span{{
		Kind: document.Figure, Text: d.Result.Print(style), Derivation: d.ID, Style: style,
		Unverified: len(d.Result.Unverified) > 0,
	}}
}

// parse reads key=value parameters.
func (w *Writer) parse(args string) (derive.Params, bool) {
	p := derive.Params{}
	for _, kv := range strings.Fields(args) {
		k, v, ok := strings.Cut(kv, "=")
		if !ok {
			w.fail("parameters %q: want key=value", args)
			return nil, false
		}
		p[k] = v
	}
	return p, true
}

// plural chooses between words by whether a figure is one: the figure itself is
// printed by a reference of its own. Where it is withheld the words for many stand.
func (w *Writer) plural(args string) []document.Span {
	parts := strings.Split(args, "|")
	if len(parts) != 3 {
		w.fail("reference {plural %s}: want a figure, the words for one and those for others", args)
		return nil
	}
	name, rest, _ := strings.Cut(parts[0], " ")
	p, ok := w.parse(rest)
	if !ok {
		return nil
	}
	text, d := parts[2], w.derive(name, p)
	if d.Result.Value == "1" {
		text = parts[1]
	}
	for _, words := range parts[1:] {
		if word, bad := StatesNumber(words); bad || strings.Contains(words, "{") {
			w.fail("reference {plural %s}: the words may hold no number (%q) and no reference", args, word)
			return nil
		}
	}
	return []document.Span{{Kind: document.Text, Text: text, Chosen: d.ID, Instead: parts[2]}}
}

// quote prints a field of a record word for word.
func (w *Writer) quote(args string) []document.Span {
	id, field, _ := strings.Cut(args, " ")
	r, ok := w.records[id]
	if !ok {
		w.fail("quote of record %s, which is not on the desk", id)
		return nil
	}
	text, err := Field(r, field)
	if err != nil {
		w.fail("%w", err)
		return nil
	}
	w.consult(w.marks.OfRecords(id))
	return []document.Span{{
		Kind: document.Quote, Text: text, Record: id, Field: field, Unverified: r.Certainty == claim.FromMemory,
	}}
}

// Field reads a field of a record's observation by its JSON path, such as
// "victim", "bank.name" or "party.names.0.text". A date comes in prose form.
func Field(r record.Record, path string) (string, error) {
	b, err := json.Marshal(r.Observation)
	if err != nil {
		return "", fmt.Errorf("record %s: %w", r.ID, err)
	}
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		return "", fmt.Errorf("record %s: %w", r.ID, err)
	}
	for name := range strings.SplitSeq(path, ".") {
		if v = member(v, name); v == nil {
			return "", fmt.Errorf("record %s has no field %s", r.ID, path)
		}
	}
	s, ok := v.(string)
	if !ok {
		return "", fmt.Errorf("record %s: field %s is not text", r.ID, path)
	}
	if d, err := value.ParseDate(s); err == nil && !d.IsZero() {
		return d.Prose(), nil
	}
	return s, nil
}

// member is the named member of an object or the numbered one of a list.
func member(v any, name string) any {
	switch v := v.(type) {
	case map[string]any:
		return v[name]
	case []any:
		if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < len(v) {
			return v[i]
		}
	}
	return nil
}

// basis makes a footnote that cites the sources of the records a figure rests on.
func (w *Writer) basis(args string) []document.Span {
	name, rest, _ := strings.Cut(args, " ")
	p, ok := w.parse(rest)
	if !ok {
		return nil
	}
	return w.sources(w.derive(name, p).Result.Records)
}

// maxCited keeps a footnote at the foot of a page.
const maxCited = 6

// sources makes a footnote that cites the sources of one or more records; there
// is none where there is nothing to cite.
func (w *Writer) sources(ids []string) []document.Span {
	var cited, opens []string
	for _, id := range ids {
		r, ok := w.records[id]
		if !ok {
			w.fail("footnote to record %s, which is not on the desk", id)
			return nil
		}
		for _, s := range r.Sources {
			cited = append(cited, Cite(s, r.Certainty))
		}
		if len(r.Evidence) > 0 {
			opens = append(opens, id)
		}
	}
	if len(cited) == 0 {
		return nil
	}
	w.consult(w.marks.OfRecords(ids...))
	slices.Sort(cited)
	cited = slices.Compact(cited)
	text := strings.Join(cited[:min(len(cited), maxCited)], "; ")
	if len(cited) > maxCited {
		text += "; the others are listed in the annex of sources"
	}
	return []document.Span{{Kind: document.Note, Footnote: &document.Footnote{Text: text + ".", Records: ids, Opens: opens}}}
}

// Cite is a source as a footnote prints it.
func Cite(s claim.Source, of claim.Certainty) string {
	text := strings.TrimSuffix(s.Title, ".")
	if s.ReproducedBy != "" {
		text += ", as reproduced by " + strings.TrimSuffix(s.ReproducedBy, ".")
	}
	if cmp.Or(s.Certainty, of) == claim.FromMemory {
		text += " (to be verified)"
	}
	return text
}
