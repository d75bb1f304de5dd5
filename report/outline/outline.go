// Package outline holds the text of the report: one function a section, each
// written with figure references through a prose.Writer. A section looks at what
// the desk holds and chooses its sentences by it; one without records says so in
// a sentence.
//
//	sections, err := outline.Body(w, ctx)
package outline

import (
	"fmt"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/report/charts"
	"github.com/turtlebay/turtlebay/report/document"
	"github.com/turtlebay/turtlebay/report/prose"
)

// Context is what the sections need to know of the report they stand in.
type Context struct {
	Body     string     // who files it, as the text names them: "the Panel"
	From, To int        // the period, in years
	View     claim.View // the view that totals follow
	Sections []string   // those this report has
	// Addressees of recommendations, in the order they are printed.
	Committee, States string
}

// period is what the charts show.
func (c Context) period() charts.Period {
	return charts.Period{From: c.From, To: c.To, Since: min(firstTest, c.From)}
}

// has reports whether the report has the section: nothing may refer to one that
// is not there.
func (c Context) has(id string) bool { return slices.Contains(c.Sections, id) }

type section struct {
	id    string
	write func(*prose.Writer, Context) *document.Section
}

// sections in the order of a Panel report.
var sections = []section{
	{"introduction", introduction},
	{"programme", programme},
	{"maritime", maritime},
	{"trade", trade},
	{"embargoes", embargoes},
	{"workers", workers},
	{"finance", finance},
	{"cyber", cyber},
	{"recommendations", recommendations},
}

// Names lists the sections there are, in their usual order.
func Names() []string {
	out := make([]string, len(sections))
	for i, s := range sections {
		out[i] = s.id
	}
	return out
}

// Body writes the report's sections in the order given.
func Body(w *prose.Writer, c Context) ([]*document.Section, error) {
	var out []*document.Section
	for _, name := range c.Sections {
		i := slices.IndexFunc(sections, func(s section) bool { return s.id == name })
		if i < 0 {
			return nil, fmt.Errorf("section %q: want one of %s", name, strings.Join(Names(), ", "))
		}
		out = append(out, sections[i].write(w, c))
	}
	return out, nil
}
