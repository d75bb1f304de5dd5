package record

import (
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
)

// Origins lists the independent origins of what the record alleges, sorted: of an
// incident's attributions and of the totals estimated of a window, not of those
// who speak of something else in the same record or dissent. Of other kinds it is
// the origins of all sources.
func (r Record) Origins() []string {
	var anchors []claim.Anchor
	switch o := r.Observation.(type) {
	case *observation.CyberIncident:
		for _, a := range o.Attributions {
			anchors = append(anchors, a.Anchor)
		}
	case *observation.PetroleumDelivery:
		for _, t := range o.Totals {
			anchors = append(anchors, t.Anchor)
		}
	}
	if len(anchors) == 0 {
		return claim.Origins(r.Sources)
	}
	var of []claim.Source
	for _, a := range anchors {
		if s, ok := r.Source(a.Source); ok {
			of = append(of, s)
		}
	}
	return claim.Origins(of)
}
