package schema

import (
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/regime"
	"github.com/turtlebay/turtlebay/regime/condition"
)

// The words that a file may use. A test holds them against what Load accepts.
var (
	forces = []regime.Force{
		regime.Binding, regime.Call, regime.Clarification, regime.ExemptionRule,
		regime.Concern, regime.Commitment, regime.Request, regime.NoChapterVII,
	}
	bases = []regime.Basis{
		regime.ResolutionText, regime.AnalystMapping, regime.NationalImplementation, regime.NationalList, regime.ScreeningHint,
	}
	directions = []string{
		observation.FromDPRK, observation.ToDPRK, "both", "dprk_conduct", "finance",
		"persons", "services", "shipping", "committee", "reporting", "any",
	}
)

// places are fields that say more than their type does.
var places = map[string]func() *jsonschema.Schema{
	"Measure.direction": func() *jsonschema.Schema { return words(directions...) },
	"Measure.kind":      text,
	"Measure.duty":      text,
	"Measure.summary":   text,
	"Measure.ask":       questions,
	"Cite.document":     text,
	"Cite.paragraph":    text,
	"National.state":    func() *jsonschema.Schema { return &jsonschema.Schema{Type: "string", Pattern: "^[A-Z]{2}$"} },
	"National.what":     text,
	"National.source":   text,
	"Rule.applies_to":   some(func() *jsonschema.Schema { return words(observation.Kinds()...) }),
	"Rule.direction":    func() *jsonschema.Schema { return words(observation.FromDPRK, observation.ToDPRK) },
	"Rule.finds":        func() *jsonschema.Schema { return words(regime.Breach, regime.Possible, regime.ReportingDue) },
	"Rule.reason":       text,
	"Rule.question":     text,
	"Exemption.id":      text,
	"Exemption.reason":  text,
	"Grace.reason":      text,
	"Grace.days":        between(1, 3660),
	"Limit.window":      func() *jsonschema.Schema { return words(regime.CalendarYear, regime.TwelveMonths) },
	"Limit.facts":       func() *jsonschema.Schema { return words("any", "all") },
	"Limit.notices[]":   between(1, 99),
	"Limit.stop":        between(1, 100),
	"Limit.window_start": func() *jsonschema.Schema {
		return words(facts(condition.DateOf)...)
	},
	"Cap.unit":       text,
	"Cap.quantity":   func() *jsonschema.Schema { return words(facts(condition.Number)...) },
	"Cap.before":     func() *jsonschema.Schema { return words(facts(condition.Number)...) },
	"Cap.notices[]":  between(1, 99),
	"Goods.codes":    some(code),
	"Goods.except[]": code,
	"Goods.what":     text,
	"GoodsList.name": text, "GoodsList.source": text,
	"Test.each":   each,
	"Test.asks[]": func() *jsonschema.Schema { return words(facts()...) },
}

// required are the fields that an object must have.
var required = map[string][]string{
	"Measure":   {"id", "cite", "adopted", "kind", "force", "direction", "duty", "summary", "in_force"},
	"Cite":      {"document", "paragraph", "certainty"},
	"Interval":  {"from"},
	"Rule":      {"applies_to", "reason"},
	"National":  {"state", "from", "what", "source"},
	"Exemption": {"id", "when", "reason"},
	"Grace":     {"reason"},
	"Limit":     {"window", "caps"},
	"Cap":       {"amount", "unit", "quantity", "before"},
	"Goods":     {"codes", "what", "basis", "certainty"},
	"GoodsList": {"id", "name", "source", "goods"},
	"Test":      {"given", "expect"},
}

// conditions are demands on an object beyond its fields.
var conditions = map[string]func() []*jsonschema.Schema{
	"Measure": func() []*jsonschema.Schema {
		return []*jsonschema.Schema{{
			If:   &jsonschema.Schema{Required: []string{"rules"}, Properties: map[string]*jsonschema.Schema{"rules": {MinItems: size(1)}}},
			Then: &jsonschema.Schema{Required: []string{"tests"}, Properties: map[string]*jsonschema.Schema{"tests": {MinItems: size(1)}}},
		}}
	},
	"Cite": func() []*jsonschema.Schema {
		return []*jsonschema.Schema{when("certainty", claim.Checked, &jsonschema.Schema{
			Required: []string{"source"}, Properties: map[string]*jsonschema.Schema{"source": {Pattern: notBlank}},
		})}
	},
	"Rule": func() []*jsonschema.Schema {
		return []*jsonschema.Schema{
			when("finds", regime.Possible, &jsonschema.Schema{Required: []string{"question"}}),
			{If: &jsonschema.Schema{Required: []string{"limit"}}, Then: &jsonschema.Schema{Properties: map[string]*jsonschema.Schema{"finds": never()}}},
			{
				If:   &jsonschema.Schema{Required: []string{"unless"}},
				Then: &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Required: []string{"goods"}}, {Required: []string{"lists"}}}},
			},
		}
	},
	"Grace": func() []*jsonschema.Schema {
		return []*jsonschema.Schema{{AnyOf: []*jsonschema.Schema{{Required: []string{"days"}}, {Required: []string{"until"}}}}}
	},
	"Limit": func() []*jsonschema.Schema {
		return []*jsonschema.Schema{
			when("window", regime.TwelveMonths, &jsonschema.Schema{Required: []string{"start"}}),
			when("window", regime.CalendarYear, &jsonschema.Schema{Properties: map[string]*jsonschema.Schema{"start": never()}}),
			{
				If:   &jsonschema.Schema{Required: []string{"totals"}, Properties: map[string]*jsonschema.Schema{"totals": yes()}},
				Then: &jsonschema.Schema{Required: []string{"estimate"}},
			},
			{Properties: map[string]*jsonschema.Schema{"caps": {MinItems: size(1)}}},
		}
	},
	"GoodsList": func() []*jsonschema.Schema {
		return []*jsonschema.Schema{{Properties: map[string]*jsonschema.Schema{"goods": {MinItems: size(1)}}}}
	},
}

// when demands more of an object whose field has that value.
func when[T ~string](field string, is T, then *jsonschema.Schema) *jsonschema.Schema {
	return &jsonschema.Schema{
		If:   &jsonschema.Schema{Required: []string{field}, Properties: map[string]*jsonschema.Schema{field: constant(is)}},
		Then: then,
	}
}

func yes() *jsonschema.Schema {
	var v any = true
	return &jsonschema.Schema{Const: &v}
}

func text() *jsonschema.Schema { return &jsonschema.Schema{Type: "string", Pattern: notBlank} }

func code() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: codeText, Description: "2, 4 or 6 digits in quotation marks"}
}

// some is a list of at least one.
func some(item func() *jsonschema.Schema) func() *jsonschema.Schema {
	return func() *jsonschema.Schema {
		return &jsonschema.Schema{Type: "array", MinItems: size(1), Items: item()}
	}
}

func between(low, high float64) func() *jsonschema.Schema {
	return func() *jsonschema.Schema {
		return &jsonschema.Schema{Type: "integer", Minimum: number(low), Maximum: number(high)}
	}
}

// questions are texts under the names of facts, with or without the kind before it.
func questions() *jsonschema.Schema {
	kinds := make([]string, 0, len(observation.Kinds()))
	for _, k := range observation.Kinds() {
		kinds = append(kinds, string(k))
	}
	ofKind := &jsonschema.Schema{Pattern: "^(" + strings.Join(kinds, "|") + `)\.`}
	return &jsonschema.Schema{
		Type: "object", AdditionalProperties: text(),
		PropertyNames: &jsonschema.Schema{AnyOf: []*jsonschema.Schema{words(facts()...), ofKind}},
	}
}

// each are lists of values under the names of facts.
func each() *jsonschema.Schema {
	return &jsonschema.Schema{
		Type: "object", PropertyNames: words(facts()...),
		AdditionalProperties: &jsonschema.Schema{
			Type: "array", MinItems: size(1), Items: &jsonschema.Schema{Types: []string{"string", "number", "boolean"}},
		},
	}
}

// expectation is none, a result, or several.
func expectation() *jsonschema.Schema {
	results := words(regime.Results()...)
	one := words(regime.Results()...)
	one.Enum = append(one.Enum, "none")
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{one, {Type: "array", MinItems: size(1), Items: results}}}
}
