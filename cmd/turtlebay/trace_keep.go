package main

import (
	"context"

	"github.com/turtlebay/turtlebay/analyses"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/trace/extract"
)

// keepTrace encloses a trace with the desk, so that reports show it.
func keepTrace(ctx context.Context, d *desk.Desk, e *extract.Extract, m marking.Marking, source string) error {
	lines, err := e.Encode()
	if err != nil {
		return err
	}
	var parts []desk.Enclosure
	for i, line := range lines {
		id := extract.PartID(e.ID, i)
		parts = append(parts, desk.Enclosure{ID: id, Evidence: desk.Evidence{
			Name: id + ".json", Source: source, Bytes: line, Marking: m, Plain: m.IsZero(),
		}})
	}
	_, err = d.Enclose(ctx, analyses.TraceKind, parts)
	return err
}
