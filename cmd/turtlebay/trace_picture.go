package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/chart"
	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/desk/whole"
	"github.com/turtlebay/turtlebay/trace/diagram"
	"github.com/turtlebay/turtlebay/trace/extract"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/price"
	"github.com/turtlebay/turtlebay/trace/result"
)

// drawnKinds are the places of a diagram as charts draw them.
var drawnKinds = map[diagram.Kind]chart.NodeKind{
	diagram.Theft: chart.TheftNode, diagram.Address: chart.AddressNode, diagram.Others: chart.OthersNode, diagram.Swap: chart.SwapNode,
	diagram.Bridge: chart.BridgeNode, diagram.Mixer: chart.MixerNode, diagram.Service: chart.ServiceNode, diagram.Fee: chart.FeeNode,
	diagram.Held: chart.HeldNode, diagram.Unfollowed: chart.UnfollowedNode,
}

var drawnGrades = map[follow.Confidence]chart.Grade{
	follow.Fact: chart.Fact, follow.Decoded: chart.Decoded, follow.Heuristic: chart.Heuristic, follow.Judgement: chart.Judgement,
}

// The pictures of a trace.
const (
	flowPicture  = "flows.svg"
	graphPicture = "graph.svg"
)

// writeTracePictures draws the thefts: bands to scale, and the graph of who paid whom.
// Where they cannot be drawn to scale there is no picture.
func writeTracePictures(c *cobra.Command, dir string, e *extract.Extract, r *result.Result, worth *price.Values) error {
	for _, name := range []string{flowPicture, graphPicture} { // of an earlier trace
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("write pictures: %w", err)
		}
	}
	if len(r.Answer.Thefts) == 0 {
		return nil
	}
	theft := r.Answer.Thefts[len(r.Answer.Thefts)-1]
	d, err := diagram.Of(r.Answer, e.Question(), theft, worth, diagram.Options{Addresses: 14})
	if errors.Is(err, diagram.ErrNoUnit) || errors.Is(err, diagram.ErrNoFlows) {
		fmt.Fprintln(c.ErrOrStderr(), "no picture: "+err.Error())
		return nil
	} else if err != nil {
		return err
	}
	frame := chart.Frame{Title: e.Title, Subtitle: "In " + unitName(d) + "; solid under every policy, light under some", Foot: "Source: " + snapshotsOf(e)}
	if e.Exercise {
		frame.Title = "EXERCISE: " + e.Title
	}
	flows, graph := chart.Flows{Frame: frame, Some: "Under some policies only"}, chart.Graph{Frame: frame}
	graph.Subtitle = "Who paid whom, with dates; in " + unitName(d)
	for i, n := range d.Nodes {
		node := chart.Node{ID: fmt.Sprint(i), Kind: drawnKinds[n.Kind], Label: d.Name(i), Full: d.Name(i)}
		if r := []rune(n.Label); n.Kind == diagram.Address && len(r) > 13 {
			node.Label = string(r[:6]) + "…" + string(r[len(r)-6:])
			if n.Count > 0 {
				node.Label = fmt.Sprintf("%s… +%d", string(r[:6]), n.Count)
			}
		}
		flows.Nodes, graph.Nodes = append(flows.Nodes, node), append(graph.Nodes, node)
	}
	for _, edge := range d.Edges {
		link := chart.Flow{From: fmt.Sprint(edge.From), To: fmt.Sprint(edge.To), Amount: drawnAmount(d, edge.Least), Grade: drawnGrades[edge.Grade]}
		if edge.Least.Cmp(edge.Most) != 0 {
			link.Most = drawnAmount(d, edge.Most)
		}
		flows.Links = append(flows.Links, link)
		graph.Transfers = append(graph.Transfers, chart.Transfer{From: link.From, To: link.To, Amount: drawnAmount(d, edge.Most), Date: time.Unix(edge.First, 0).UTC().Format(time.DateOnly), Grade: link.Grade})
	}
	for _, picture := range []struct {
		name string
		draw func() (*chart.Chart, error)
	}{
		{flowPicture, func() (*chart.Chart, error) { return chart.NewFlows(flows) }},
		{graphPicture, func() (*chart.Chart, error) { return chart.NewGraph(graph) }},
	} {
		drawn, err := picture.draw()
		if errors.Is(err, chart.ErrTooMany) {
			fmt.Fprintf(c.ErrOrStderr(), "no %s: %v\n", picture.name, err)
			continue
		} else if err != nil {
			return err
		}
		if err := whole.Write(filepath.Join(dir, picture.name), drawn.SVG(chart.Options{ID: "trace"}), 0o600); err != nil {
			return fmt.Errorf("write %s: %w", picture.name, err)
		}
	}
	return nil
}

func unitName(d *diagram.Diagram) string {
	if d.USD {
		return "United States dollars at the time of each row"
	}
	return d.Unit
}

func drawnAmount(d *diagram.Diagram, a price.Decimal) chart.Value {
	if d.USD {
		return chart.Value{Amount: a.Cents(), Label: derive.Result{Value: a.Cents(), Unit: derive.UnitUSD}.Print("")}
	}
	return chart.Value{Amount: a.String(), Label: derive.Group(a.String()) + " " + d.Unit}
}
