package outline

import (
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/report/document"
	"github.com/turtlebay/turtlebay/report/prose"
)

func recommendations(w *prose.Writer, c Context) *document.Section {
	s := document.NewSection("recommendations", "Recommendations")
	if c.has("cyber") && w.Held(observation.KindCyberIncident) {
		s.Add(w.Recommend("rec-register", prose.Sentence(c.Body)+" recommends that "+c.Committee+" publish, with every total of cyber incidents, the list of incidents it sums and the standing of each "+
			"attribution, so that {cite S/RES/1718 (2006) OP8(d)} can be applied to proceeds that others can trace (see {ref cyber-distance})."),
			w.Recommend("rec-guidance", prose.Sentence(c.Body)+" recommends that "+c.Committee+" issue guidance on how {cite S/RES/2094 (2013) OP11} applies to virtual assets, on which the resolutions on the Democratic People’s Republic of Korea have no paragraph (see {ref cyber-proceeds})."))
	}
	if c.has("maritime") && w.Held(observation.KindPetroleumDelivery) {
		s.Add(w.Recommend("rec-petroleum", prose.Sentence(c.Body)+" recommends that "+c.Committee+" decide whether deliveries that no State reported count towards the limit of {cite S/RES/2397 (2017) OP5}, and publish "+
			"the reported total of every calendar year (see {ref petroleum})."))
	}
	if c.has("workers") && w.Held(observation.KindWorkerEstimate) {
		s.Add(w.Recommend("rec-workers", prose.Sentence(c.Body)+" recommends that "+c.States+" which host nationals of the Democratic People’s Republic of Korea state the exception of {cite S/RES/2397 (2017) OP8} on which each group remains "+
			"(see {ref workers})."))
	}
	if c.has("finance") && w.Held(observation.KindBankRelationship) {
		s.Add(w.Recommend("rec-bank", prose.Sentence(c.Body)+" recommends that "+c.States+" report which institutions keep accounts or correspondent relations for banks designated under {cite S/RES/1718 (2006) OP8(d)} "+
			"(see {ref finance})."))
	}
	if len(s.Blocks) == 0 {
		s.Add(w.Para("The records on the desk support no recommendation for this report."))
	}
	return s
}
