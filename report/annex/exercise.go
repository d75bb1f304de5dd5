package annex

import (
	"github.com/turtlebay/turtlebay/report/document"
	"github.com/turtlebay/turtlebay/report/prose"
	"github.com/turtlebay/turtlebay/report/tracing"
)

// Exercise is printed on every page of what is invented.
const Exercise = "EXERCISE"

// exercises shows the traces of invented thefts, nil where there are none.
func exercises(w *prose.Writer) *document.Section {
	ids := tracing.IDs(w, true)
	if len(ids) == 0 {
		return nil
	}
	s := document.NewSection("annex-exercise", Exercise+": how a trace is read",
		w.Para("This annex is an exercise. The theft, the addresses, the services and the amounts are invented; nothing in it is about anybody, and nothing of it enters any total of this report. "+
			"It shows what the desk says about stolen coins, and a reader can derive it again like everything else."),
		tracing.Table(w, true))
	s.Stamp = Exercise
	for _, id := range ids {
		s.Sections = append(s.Sections, tracing.Section(w, id, Exercise))
	}
	return s
}
