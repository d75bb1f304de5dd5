package analyses

import (
	"fmt"
	"strconv"

	"github.com/turtlebay/turtlebay/cyber"
	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
)

// cyberParams choose incidents; every figure of the family takes them.
var cyberParams = []derive.Param{
	paramFrom, paramTo,
	{Name: "scope", About: "all incidents, or only those against cryptocurrency companies", Default: "crypto", Allowed: []string{"crypto", "all"}},
	paramView,
	{Name: "status", About: "only incidents of this attribution status", Allowed: []string{"official", "panel", "analyst", "suspected", "disputed"}},
}

// cyberFigure is a function over the chosen incidents.
func cyberFigure(name, about string, more []derive.Param, run func(derive.Call, cyber.Incidents) (derive.Result, error)) derive.Function {
	return derive.Function{
		Name: name, Version: 1, About: about, Params: append(append([]derive.Param{}, cyberParams...), more...),
		Reads: kinds(observation.KindCyberIncident),
		Run: func(c derive.Call) (derive.Result, error) {
			_, in, err := incidents(c)
			if err != nil {
				return derive.Result{}, err
			}
			return run(c, in)
		},
	}
}

func incidents(c derive.Call) (cyber.Filter, cyber.Incidents, error) {
	from, to, err := period(c)
	if err != nil {
		return cyber.Filter{}, nil, err
	}
	view, err := claim.ParseView(c.Params["view"])
	if err != nil {
		return cyber.Filter{}, nil, fmt.Errorf("%w: %w", derive.ErrParam, err)
	}
	f := cyber.Filter{
		From: from, To: to, Crypto: c.Params["scope"] == "crypto", View: view,
		Status: claim.Status(c.Params["status"]),
	}
	rs, err := records(c, observation.KindCyberIncident)
	if err != nil {
		return f, nil, err
	}
	return f, f.Of(rs), nil
}

const unitIncidents = "incidents"

func counted(name, about string, pick func(cyber.Incidents) (n int, of cyber.Incidents)) derive.Function {
	return cyberFigure(name, about, nil, func(_ derive.Call, in cyber.Incidents) (derive.Result, error) {
		n, of := pick(in)
		return count(n, unitIncidents, untyped(of)), nil
	})
}

func cyberFigures() ([]derive.Function, error) {
	rank := derive.Param{Name: "n", About: "how many of the largest", Default: "1"}
	return []derive.Function{
		counted("cyber.incidents.count", "incidents in the view", func(in cyber.Incidents) (int, cyber.Incidents) { return len(in), in }),
		counted("cyber.incidents.with_amount", "incidents in the view with an amount above nought",
			func(in cyber.Incidents) (int, cyber.Incidents) { return in.Total().WithAmount, in }),
		{
			Name: "cyber.incidents.elsewhere", Version: 1, About: "incidents on the desk that are not attributed to the DPRK, or do not say: none is counted",
			Params: cyberParams, Reads: kinds(observation.KindCyberIncident), Run: elsewhere,
		},
		counted("cyber.incidents.attempts", "attempts without loss", func(in cyber.Incidents) (int, cyber.Incidents) { return in.Total().Attempts, in }),
		counted("cyber.incidents.no_figure", "incidents for which no amount is known",
			func(in cyber.Incidents) (int, cyber.Incidents) { return in.Total().NoFigure, in }),
		counted("cyber.incidents.single_origin", "incidents that rest on one independent origin",
			func(in cyber.Incidents) (int, cyber.Incidents) { s := in.SingleOrigin(); return len(s), s }),
		cyberFigure("cyber.losses.usd", "sum of the preferred amounts, with the sums of the least and the greatest claimed", nil, losses),
		cyberFigure("cyber.losses.share", "share of the n largest incidents in the sum, in per cent", []derive.Param{rank}, largestShare),
		cyberFigure("cyber.losses.largest", "sum of the n largest incidents", []derive.Param{rank}, largest),
		againstPanel("cyber.panel.distance.count", "the Panel's number of attacks less the incidents in the view", distanceCount),
		againstPanel("cyber.panel.distance.usd", "the Panel's value less the sum in the view", distanceUSD),
		againstPanel("cyber.panel.share", "the sum in the view in per cent of the Panel's value", sharesOfPanel),
	}, nil
}

func elsewhere(c derive.Call) (derive.Result, error) {
	f, _, err := incidents(c)
	if err != nil {
		return derive.Result{}, err
	}
	rs, err := records(c, observation.KindCyberIncident)
	if err != nil {
		return derive.Result{}, err
	}
	f.Elsewhere = true
	in := f.Of(rs)
	return count(len(in), unitIncidents, untyped(in)), nil
}

func losses(_ derive.Call, in cyber.Incidents) (derive.Result, error) {
	t := in.Total()
	r := derive.Result{Value: t.USD.String(), Unit: derive.UnitUSD, Low: t.Low.String(), High: t.High.String()}
	if len(t.Other) > 0 {
		r.Note = fmt.Sprintf("not summed, because the preferred amount is in another currency: %v", t.Other)
	}
	return restsOn(r, untyped(in)), nil
}

func topN(c derive.Call, in cyber.Incidents) (cyber.Incidents, error) {
	n, err := strconv.Atoi(c.Params["n"])
	if err != nil || n < 1 || n > 1000 {
		return nil, fmt.Errorf("%w n=%q: want a number from 1 to 1000", derive.ErrParam, c.Params["n"])
	}
	return in.Largest(n), nil
}

func largest(c derive.Call, in cyber.Incidents) (derive.Result, error) {
	top, err := topN(c, in)
	if err != nil {
		return derive.Result{}, err
	}
	t := top.Total()
	return restsOn(derive.Result{Value: t.USD.String(), Unit: derive.UnitUSD, Low: t.Low.String(), High: t.High.String()}, untyped(top)), nil
}

func largestShare(c derive.Call, in cyber.Incidents) (derive.Result, error) {
	top, err := topN(c, in)
	if err != nil {
		return derive.Result{}, err
	}
	return percentOf(top.Total().USD, in.Total().USD, in), nil
}

func percentOf(part, whole value.Decimal, in cyber.Incidents) derive.Result {
	r := derive.Result{Unit: derive.UnitPercent}
	if p, ok := part.Mul(value.Int(100)).Quo(whole, 1); ok {
		r.Value = p.String()
	}
	return restsOn(r, untyped(in))
}

// panelKeys name the statements of a report that count attacks and their value.
const (
	keyAttacks = "cyber.attacks"
	keyValue   = "cyber.value"
)

// againstPanel compares a view of the register with what a report stated.
func againstPanel(name, about string, run func(t cyber.Total, s map[string]value.Decimal) (derive.Result, bool)) derive.Function {
	f := derive.Function{
		Name: name, Version: 1, About: about,
		Params: append(append([]derive.Param{}, cyberParams...), paramReport),
		Reads:  kinds(observation.KindCyberIncident, observation.KindPanelReport),
	}
	f.Run = func(c derive.Call) (derive.Result, error) {
		_, in, err := incidents(c)
		if err != nil {
			return derive.Result{}, err
		}
		rep, ok, err := panelReport(c)
		if err != nil || !ok {
			return derive.Result{Note: "the report is not on the desk"}, err
		}
		stated := map[string]value.Decimal{}
		for _, s := range rep.Observation.Statements {
			stated[s.Key] = s.Value
		}
		r, ok := run(in.Total(), stated)
		if !ok {
			return derive.Result{Unit: r.Unit, Note: "the report does not state it"}, nil
		}
		return restsOn(r, append(untyped(in), rep.Record)), nil
	}
	return f
}

func distanceCount(t cyber.Total, s map[string]value.Decimal) (derive.Result, bool) {
	v, ok := s[keyAttacks]
	return derive.Result{Value: v.Sub(value.Int(t.Incidents)).String(), Unit: unitIncidents}, ok
}

func distanceUSD(t cyber.Total, s map[string]value.Decimal) (derive.Result, bool) {
	v, ok := s[keyValue]
	return derive.Result{
		Value: v.Sub(t.USD).String(), Low: v.Sub(t.High).String(), High: v.Sub(t.Low).String(), Unit: derive.UnitUSD,
		Note: "the report's value is approximate",
	}, ok
}

func sharesOfPanel(t cyber.Total, s map[string]value.Decimal) (derive.Result, bool) {
	p, ok := t.USD.Mul(value.Int(100)).Quo(s[keyValue], 1)
	return derive.Result{Value: p.String(), Unit: derive.UnitPercent, Note: "the report's value is approximate"}, ok
}
