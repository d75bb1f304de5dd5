// Package reporttest holds one small report that has everything a report can
// have, for the tests of the packages that write reports: every kind of span,
// recommendations, tables narrow and wide, a chart, footnotes, annexes, names in
// other scripts, and text that tries to break out of where it stands. The facts
// in it are invented.
//
//	doc := reporttest.Document()
//	err := html.Write(w, doc)
package reporttest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/report/document"
)

// Hostile is text that must come out as text wherever it is printed.
const Hostile = `</script><script>alert("1")</script> "quoted" 'single' & =SUM(A1) ` + "\u202egnp.exe \u0000{{.}}"

// incidents is the number of invented records.
const incidents = 46

// Document returns a new report on every call, numbered, with its derivations.
func Document() *document.Document {
	b := newBuilder()
	doc := &document.Document{
		Masthead: masthead(),
		Summary:  b.summary(),
		Sections: []*document.Section{b.introduction(), b.cyber(), b.recommendations()},
		Annexes:  []*document.Section{terms(), b.register(), b.figures()},
	}
	doc.Derivations = b.derivations()
	if err := doc.Number(); err != nil {
		panic(err) // the fixture is wrong, not its user
	}
	return doc
}

func masthead() document.Masthead {
	return document.Masthead{
		Body:            "Panel of Experts established pursuant to resolution 1874 (2009)",
		Organ:           "Security Council",
		Symbol:          "S/2024/999",
		Distribution:    "General",
		Language:        "English",
		Title:           "Report on the example incidents of the years 2017 to 2023",
		Subtitle:        "Prepared for the test of the writers",
		Addressee:       "Letter dated 7 March 2024 from the Panel of Experts addressed to the President of the Security Council",
		Confidentiality: "Strictly confidential – for members of the Committee",
		Date:            value.MustDate("2024-03-07"),
		Period:          "2017–2023",
		View:            "official+panel",
		ViewRule:        "incidents attributed by an official body or by the Panel; the preferred claim of each is counted",
		Copy:            "Copy 3 of 15: Member State A",
	}
}

// builder runs figures and keeps their derivations.
type builder struct {
	registry *derive.Registry
	inputs   *derive.Set
	byID     map[string]derive.Derivation
}

// Set gives the registry its inputs.
func (b *builder) Set(string) (*derive.Set, error) { return b.inputs, nil }

func newBuilder() *builder {
	inputs := make([]derive.Input, incidents)
	for i := range inputs {
		inputs[i] = derive.Input{ID: recordID(i), Digest: fmt.Sprintf("%064x", i+1)}
	}
	b := &builder{inputs: derive.NewSet("cyber_incident", inputs), byID: map[string]derive.Derivation{}}
	registry, err := derive.NewRegistry(functions()...)
	if err != nil {
		panic(err)
	}
	b.registry = registry
	return b
}

func (b *builder) derive(name string, p derive.Params) derive.Derivation {
	d, err := b.registry.Derive(name, p, b)
	if err != nil {
		panic(err)
	}
	b.byID[d.ID] = d
	return d
}

func (b *builder) derivations() []derive.Derivation {
	out := make([]derive.Derivation, 0, len(b.byID))
	for _, d := range b.byID {
		out = append(out, d)
	}
	slices.SortFunc(out, func(x, y derive.Derivation) int { return strings.Compare(x.ID, y.ID) })
	return out
}

// figure is a span that prints a derivation's value.
func (b *builder) figure(style, name string, p derive.Params) document.Span {
	d := b.derive(name, p)
	return document.Span{
		Kind: document.Figure, Text: d.Result.Print(style), Derivation: d.ID, Style: style,
		Unverified: len(d.Result.Unverified) > 0,
	}
}

func recordID(i int) string { return fmt.Sprintf("INC-%d-%03d", 2017+i/7, i+1) }
