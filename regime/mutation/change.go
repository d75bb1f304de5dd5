package mutation

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/regime"
	"go.yaml.in/yaml/v3"
)

// ofMeasure are all changes to a measure's file but to its words, its citation
// and its tests.
func (c *changer) ofMeasure(doc *yaml.Node) {
	c.days(field(doc, "adopted"), "adopted")
	c.interval(doc)
	c.direction(field(doc, "direction"), "direction")
	rules := field(doc, "rules")
	for i, r := range items(rules) {
		at := fmt.Sprintf("rules[%d]", i)
		if n := field(r, "name"); n != nil {
			at = fmt.Sprintf("rules[%s]", n.Value)
		}
		if len(rules.Content) > 1 {
			c.dropItem(rules, i, at, "the rule")
		}
		c.ofRule(r, at+".")
	}
}

// interval moves the first day, with the day of adoption where they are one, and
// the end.
func (c *changer) interval(doc *yaml.Node) {
	in, adopted := field(doc, "in_force"), field(doc, "adopted")
	from, until := field(in, "from"), field(in, "until")
	for _, by := range []int{-1, 1} {
		if from == nil || adopted == nil {
			break
		}
		moved, together := moveDay(from.Value, by), adopted.Value == from.Value
		c.add(from, "in_force.from", from.Value+" → "+moved, func() func() {
			was := from.Value
			from.Value = moved
			if together {
				adopted.Value = moved
			}
			return func() {
				from.Value = was
				if together {
					adopted.Value = was
				}
			}
		})
	}
	c.days(until, "in_force.until")
	if until != nil {
		c.drop(in, "until", "in_force.until")
	}
}

// days moves a date by a day each way.
func (c *changer) days(n *yaml.Node, at string) {
	if n == nil || n.Kind != yaml.ScalarNode || !isDay(n.Value) {
		return
	}
	for _, by := range []int{-1, 1} {
		c.set(n, at, moveDay(n.Value, by))
	}
}

// numbers moves a number by one each way.
func (c *changer) numbers(n *yaml.Node, at string) {
	if n == nil || n.Kind != yaml.ScalarNode {
		return
	}
	for _, moved := range moveNumber(n.Value) {
		c.set(n, at, moved)
	}
}

func (c *changer) direction(n *yaml.Node, at string) {
	if n == nil {
		return
	}
	switch n.Value {
	case observation.FromDPRK:
		c.set(n, at, observation.ToDPRK)
	case observation.ToDPRK:
		c.set(n, at, observation.FromDPRK)
	default:
		return
	}
	if at == "direction" {
		c.set(n, at, "both")
	}
}

func (c *changer) ofRule(r *yaml.Node, at string) {
	c.elements(own(r, "applies_to"), at+"applies_to")
	c.direction(own(r, "direction"), at+"direction")
	c.groups(own(r, "goods"), at+"goods")
	c.elements(own(r, "lists"), at+"lists")
	c.elements(own(r, "unless"), at+"unless")
	if field(r, "unless") != nil {
		c.drop(r, "unless", at+"unless")
	}
	c.condition(r, "when", at)
	c.days(own(r, "from"), at+"from")
	c.days(own(r, "until"), at+"until")
	c.finds(r, at)
	if exempt := own(r, "exempt"); exempt != nil {
		for i, x := range exempt.Content {
			name := "exemption"
			if id := field(x, "id"); id != nil {
				name = id.Value
			}
			c.dropItem(exempt, i, at+"exempt", name)
			c.condition(x, "when", fmt.Sprintf("%sexempt[%s].", at, name))
			if n := own(x, "uncounted"); n != nil && x.Kind != yaml.AliasNode {
				c.set(n, fmt.Sprintf("%sexempt[%s].uncounted", at, name), "false")
			}
		}
	}
	if grace := field(r, "grace"); grace != nil {
		c.drop(r, "grace", at+"grace")
		c.ofGrace(grace, at+"grace.")
	}
	if limit := field(r, "limit"); limit != nil {
		c.ofLimit(limit, at+"limit.")
	}
}

// elements drops each element of a list.
func (c *changer) elements(list *yaml.Node, at string) {
	for i, n := range items(list) {
		c.dropItem(list, i, at, followed(n).Value)
	}
}

// finds makes what the rule finds another result.
func (c *changer) finds(r *yaml.Node, at string) {
	n := field(r, "finds")
	if n == nil {
		if field(r, "limit") == nil {
			c.put(r, "finds", string(regime.ReportingDue), at+"finds")
		}
		return
	}
	for _, other := range []regime.Result{regime.Breach, regime.ReportingDue} {
		c.set(n, at+"finds", string(other))
	}
}

// basis gives codes another standing: what decides is weakened to a hint, and of a
// mapping and the paragraph's own words each is made the other; what does not decide
// is made the paragraph's own words.
func (c *changer) basis(n *yaml.Node, at string) {
	if n == nil {
		return
	}
	switch b := regime.Basis(n.Value); b {
	case regime.ResolutionText, regime.AnalystMapping:
		c.set(n, at, string(regime.ScreeningHint))
		if b == regime.AnalystMapping {
			c.set(n, at, string(regime.ResolutionText))
		} else {
			c.set(n, at, string(regime.AnalystMapping))
		}
	default:
		c.set(n, at, string(regime.ResolutionText))
	}
}

func (c *changer) groups(goods *yaml.Node, at string) {
	for i, g := range items(goods) {
		here := fmt.Sprintf("%s[%d]", at, i)
		if len(goods.Content) > 1 {
			c.dropItem(goods, i, here, "the group")
		}
		c.ofGoods(g, here+".")
	}
}

func (c *changer) ofGoods(g *yaml.Node, at string) {
	if g.Kind == yaml.AliasNode {
		return
	}
	codes := own(g, "codes")
	for i, n := range items(codes) {
		if len(codes.Content) > 1 {
			c.dropItem(codes, i, at+"codes", n.Value)
		}
		for _, code := range otherCodes(n.Value) {
			if !slices.ContainsFunc(codes.Content, func(x *yaml.Node) bool { return x.Value == code }) {
				c.set(n, at+"codes", code)
			}
		}
	}
	c.elements(own(g, "except"), at+"except")
	c.basis(own(g, "basis"), at+"basis")
	if price := own(g, "above_usd"); price != nil {
		c.numbers(price, at+"above_usd")
		c.drop(g, "above_usd", at+"above_usd")
	}
}

// condition changes a condition's parts, takes it away where it can be missing
// and makes it hold always where it cannot.
func (c *changer) condition(in *yaml.Node, key, at string) {
	n := own(in, key)
	if in.Kind == yaml.AliasNode || n == nil {
		return
	}
	for _, v := range variants(n.Value) {
		c.setAs(n, at+key, v.what, v.text)
	}
	c.setAs(n, at+key, "always", "true")
	c.setAs(n, at+key, "never", "false")
}

func (c *changer) ofGrace(g *yaml.Node, at string) {
	if g.Kind == yaml.AliasNode {
		return
	}
	days, until := own(g, "days"), own(g, "until")
	if days != nil && until != nil {
		// Both must agree, so they move together.
		for _, by := range []int{-1, 1} {
			n, err := strconv.Atoi(days.Value)
			if err != nil {
				break
			}
			c.add(days, at+"days", fmt.Sprintf("%d → %d", n, n+by), func() func() {
				wasDays, wasUntil := days.Value, until.Value
				days.Value, until.Value = strconv.Itoa(n+by), moveDay(wasUntil, by)
				return func() { days.Value, until.Value = wasDays, wasUntil }
			})
		}
	} else {
		c.numbers(days, at+"days")
		c.days(until, at+"until")
	}
	c.condition(g, "when", at)
}

func (c *changer) ofLimit(l *yaml.Node, at string) {
	if l.Kind == yaml.AliasNode {
		return
	}
	c.window(l, at)
	c.notices(own(l, "notices"), at+"notices")
	c.numbers(own(l, "stop"), at+"stop")
	switch facts := own(l, "facts"); {
	case oneUnit(l): // any is all
	case facts == nil:
		c.put(l, "facts", "all", at+"facts")
	case facts.Value == "all":
		c.set(facts, at+"facts", "any")
	default:
		c.set(facts, at+"facts", "all")
	}
	if field(l, "window_start") != nil {
		c.drop(l, "window_start", at+"window_start")
	}
	if totals := own(l, "totals"); totals != nil && totals.Value == "true" {
		c.set(totals, at+"totals", "false")
	}
	caps := own(l, "caps")
	for i, x := range items(caps) {
		here := fmt.Sprintf("%scaps[%d]", at, i)
		if len(caps.Content) > 1 {
			c.dropItem(caps, i, here, "the cap")
		}
		c.ofCap(followed(x), here+".")
	}
}

// oneUnit reports whether all caps of a limit count in the same unit.
func oneUnit(l *yaml.Node) bool {
	caps := items(field(l, "caps"))
	return !slices.ContainsFunc(caps, func(x *yaml.Node) bool {
		a, b := field(x, "unit"), field(caps[0], "unit")
		return a == nil || b == nil || a.Value != b.Value
	})
}

// window makes calendar years twelve months from July, and the contrary.
func (c *changer) window(l *yaml.Node, at string) {
	n, start := own(l, "window"), own(l, "start")
	if n == nil {
		return
	}
	c.days(start, at+"start")
	if n.Value == regime.TwelveMonths && start != nil {
		c.add(n, at+"window", n.Value+" → "+regime.CalendarYear, func() func() {
			was := n.Value
			n.Value = regime.CalendarYear
			back := c.cutKey(l, "start")
			return func() { back(); n.Value = was }
		})
	}
	if n.Value == regime.CalendarYear {
		c.add(n, at+"window", n.Value+" → "+regime.TwelveMonths+" 1 July", func() func() {
			was := n.Value
			n.Value = regime.TwelveMonths
			back := put(l, "start", "2010-07-01")
			return func() { back(); n.Value = was }
		})
	}
}

func (c *changer) cutKey(m *yaml.Node, key string) func() {
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == key {
			return c.cut(m, i, 2)
		}
	}
	return func() {}
}

func (c *changer) notices(list *yaml.Node, at string) {
	for i, n := range items(list) {
		c.dropItem(list, i, at, n.Value)
		c.numbers(n, at)
	}
}

func (c *changer) ofCap(x *yaml.Node, at string) {
	c.numbers(own(x, "amount"), at+"amount")
	for _, key := range []string{"from", "until", "withdrawn"} {
		if n := own(x, key); n != nil {
			c.days(n, at+key)
			c.drop(x, key, at+key)
		}
	}
	if n := own(x, "notices"); n != nil {
		c.drop(x, "notices", at+"notices")
		c.notices(n, at+"notices")
	}
}

// ofList are all changes to a list of goods but to its words.
func (c *changer) ofList(doc *yaml.Node) {
	c.days(field(doc, "from"), "from")
	if field(doc, "from") != nil {
		c.drop(doc, "from", "from")
	}
	c.groups(field(doc, "goods"), "goods")
}
