package chart

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/turtlebay/turtlebay/chart/layers"
	"github.com/turtlebay/turtlebay/chart/scene"
)

var anyName = rapid.OneOf(anyLabel, rapid.SampledFrom([]string{"Exchange One", fullAddress(7), "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "주식회사 예시거래소 (법인 계좌)", "12,345,678.901 ETH", "a b c d e f g h i j k l m n o p q r s t u v w x y z"}))

// anyNodes are nodes with the ids "0", "1" and so on.
func anyNodes(t *rapid.T, counts []int) []Node {
	var out []Node
	for i := range rapid.SampledFrom(counts).Draw(t, "nodes") {
		n := Node{ID: strconv.Itoa(i), Kind: NodeKind(rapid.IntRange(0, int(returnNode)-1).Draw(t, "kind"))}
		n.Label, n.Sub, n.Full = anyName.Draw(t, "label"), anyName.Draw(t, "sub"), anyLabel.Draw(t, "full")
		out = append(out, n)
	}
	return out
}

// anyEnds draws the ends of a link: any, or as in a chain, so that there are many columns.
func anyEnds(t *rapid.T, nodes int, chain bool) (from, to string) {
	a, b := rapid.IntRange(0, nodes-1).Draw(t, "from"), rapid.IntRange(0, nodes-1).Draw(t, "to")
	if chain {
		b = min(a+1+b%2, nodes-1)
	}
	return strconv.Itoa(a), strconv.Itoa(b)
}

var anyFlows = rapid.Custom(func(t *rapid.T) Flows {
	f := Flows{Frame: anyFrame.Draw(t, "frame"), Some: anyLabel.Draw(t, "some")}
	f.Nodes = anyNodes(t, []int{1, 2, 5, 8, 12, 25, maxNodes})
	chain := rapid.Bool().Draw(t, "chain")
	for range rapid.SampledFrom([]int{0, 1, 4, 8, 15, 15, 60, maxFlows}).Draw(t, "flows") {
		l := Flow{Grade: Grade(rapid.IntRange(0, int(grades)-1).Draw(t, "grade")), Amount: anyValue.Draw(t, "amount")}
		l.From, l.To = anyEnds(t, len(f.Nodes), chain)
		if l.Amount.Amount == "" {
			l.Amount = val("0")
		}
		if rapid.IntRange(0, 3).Draw(t, "range") == 0 {
			l.Most = Value{Amount: "1" + l.Amount.Amount, Label: "1" + l.Amount.Label}
		}
		f.Links = append(f.Links, l)
	}
	return f
})

// offBars checks that no label covers a node.
func offBars(tb rapid.TB, c *Chart) {
	var bars []scene.Box
	for _, it := range c.scene.Items {
		if r, ok := it.(scene.Rect); ok && r.Tip != "" {
			bars = append(bars, r.Box)
		}
	}
	for _, it := range c.scene.Items {
		t, ok := it.(scene.Text)
		for _, b := range bars {
			if ok && t.Box().Overlaps(b) {
				tb.Fatalf("label %q %v covers the node %v", t.S, t.Box(), b)
			}
		}
	}
}

func TestFlowsLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyFlows.Draw(t, "flows")
		c, err := NewFlows(f)
		if err != nil {
			t.Fatal(err)
		}
		lawful(t, c)
		offBars(t, c)
		again, err := NewFlows(f)
		if err != nil || !bytes.Equal(c.SVG(Options{}), again.SVG(Options{})) {
			t.Fatal("drawn twice, not the same")
		}
		_, rows := c.Table()
		if len(rows) < len(f.Links) {
			t.Fatalf("%d rows for %d flows", len(rows), len(f.Links))
		}
	})
}

// TestThickness: more is never thinner, anything is seen, nothing is not, and
// the thickness is true to the scale where it can be.
func TestThickness(t *testing.T) {
	top := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(30), nil))
	amount := rapid.Custom(func(t *rapid.T) *big.Rat {
		digits := rapid.StringMatching(`[0-9]{1,30}(\.[0-9]{1,9})?`).Draw(t, "amount")
		n, err := parseAmount(digits)
		if err != nil {
			t.Fatal(err)
		}
		return n
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := amount.Draw(t, "a"), amount.Draw(t, "b")
		ta, tb := thickness(a, top, fullHeight), thickness(b, top, fullHeight)
		if a.Cmp(b) < 0 && ta > tb || a.Cmp(b) > 0 && ta < tb {
			t.Fatalf("%s is %d thick and %s %d", a, ta, b, tb)
		}
		if (ta == 0) != (a.Sign() == 0) {
			t.Fatalf("%s is %d thick", a, ta)
		}
	})
	for part, want := range map[int64]int{1: fullHeight, 2: fullHeight / 2, 10: fullHeight / 10, 1_000_000: leastThick} {
		if got := thickness(new(big.Rat).Quo(top, big.NewRat(part, 1)), top, fullHeight); got != want {
			t.Errorf("1/%d of the whole is %d thick, want %d", part, got, want)
		}
	}
}

// TestRangeIsSeen: a range is drawn apart from what holds under all policies,
// however small it is.
func TestRangeIsSeen(t *testing.T) {
	f := singleDemo()
	f.Links = madeFlows("ETH", "t x 1000000000 1000000001")
	d, err := f.read()
	if err != nil {
		t.Fatal(err)
	}
	d.scale(newColumns(newCanvas(f.Frame), d.nodes, layers.Graph{Ends: true, Links: []layers.Link{{From: 0, To: 1, Width: 1}}}, false))
	if l := d.flows[0]; l.solid <= 0 || l.thick < l.solid+leastThick {
		t.Errorf("solid %d of %d", l.solid, l.thick)
	}
}

// TestReturn: a flow that closes a circle ends at a mark; the table has it
// with the node it returns to.
func TestReturn(t *testing.T) {
	c := must(t)(NewFlows(circleDemo()))
	drawn := 0
	for _, it := range c.scene.Items {
		if s, ok := it.(scene.Text); ok && strings.HasPrefix(s.S, "back to 0x") {
			drawn++
		}
	}
	if drawn != 2 {
		t.Errorf("%d marks of return, want 2", drawn)
	}
	_, rows := c.Table()
	want := []string{"0x71c9ab12…3f2a", "Address", "0x0102aabb…7777", "15 ETH", "Ledger fact"}
	if !slices.ContainsFunc(rows, func(r []string) bool { return slices.Equal(r, want) }) {
		t.Errorf("the table has no row %q: %q", want, rows)
	}
}

// TestAmountsAreWhole: a label has all of the amount or the node has a number.
func TestAmountsAreWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := node{Node: Node{Label: scene.Clean(anyName.Draw(t, "label")), Sub: scene.Clean(anyName.Draw(t, "sub"))}}
		room := rapid.IntRange(0, 200*px).Draw(t, "room")
		n.setLabel(room, rapid.IntRange(1, 2).Draw(t, "lines"))
		if n.number {
			return
		}
		printed := ""
		for _, l := range n.block {
			printed += l.text
			if w := scene.Width(l.text, smallSize, false); w > room {
				t.Fatalf("line %q is %d wide in %d", l.text, w, room)
			}
		}
		squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
		if !strings.HasSuffix(squeeze(printed), squeeze(n.Sub)) {
			t.Fatalf("%q does not end in %q", printed, n.Sub)
		}
	})
}

// TestAlikeNamesStayApart: names that begin with the same word differ as printed, or a
// number stands for them, and the key has them whole.
func TestAlikeNamesStayApart(t *testing.T) {
	alder, hazel := node{Node: Node{Label: "Exchange Alder (exercise)"}}, node{Node: Node{Label: "Exchange Hazel (exercise)"}}
	for room := 0; room < 200*px; room += px / 2 {
		alder.setLabel(room, 1)
		hazel.setLabel(room, 1)
		if !alder.number && !hazel.number && alder.block[0] == hazel.block[0] {
			t.Fatalf("both are %q in %d", alder.block[0].text, room)
		}
	}
	if got := ends(&alder, &hazel); got != "Exchange Alder (exercise) → Exchange Hazel (exercise)" {
		t.Error(got)
	}
	if alder.entry() != alder.Label {
		t.Error(alder.entry())
	}
}

// TestNumbersDoNotBreak: a name in a script without blanks breaks anywhere, a
// number in front of such a word does not.
func TestNumbersDoNotBreak(t *testing.T) {
	name := node{Node: Node{Label: "조선민주주의인민공화국"}}
	if name.setLabel(100*px, 2); name.number || len(name.block) != 2 {
		t.Errorf("name is set as %v, number %v", name.block, name.number)
	}
	amount := node{Node: Node{Label: "Vault", Sub: "600,000,000,000,000원"}}
	if amount.setLabel(100*px, 2); !amount.number {
		t.Errorf("amount is set as %v", amount.block)
	}
}

func TestShorten(t *testing.T) {
	for _, c := range []struct {
		s    string
		most int
		want string
	}{
		{"0x71c9ab1200000000000000000000000000003f2a", 13, "0x71c9…003f2a"},
		{"short", 5, "short"},
		{"조선민주주의인민공화국", 7, "조선민…공화국"},
		{"\u202eabcdef\n", 4, "ab…f"},
		{"Example Bridge wallet", 18, "Example Bridge wa…"},
		{"Example Bridge wallet", 8, "Example…"},
		{"Exchange Alder (exercise)", 14, "Exchange Alde…"},
		{"Exchange Alder (exercise)", 17, "Exchange Alder…"},
		{"back to 0x71c9ab1200000000000000003f2a", 21, "back to 0x71c9…003f2a"},
		{"back to 0x71c9ab1200000000000000003f2a", 12, "back to 0x7…"},
	} {
		if got := shorten(c.s, c.most); got != c.want {
			t.Errorf("shorten(%q, %d) = %q, want %q", c.s, c.most, got, c.want)
		}
	}
}

func TestFullName(t *testing.T) {
	for _, c := range []struct{ label, full, want string }{
		{"0x71c9…3f2a", "0x71c9000000003f2a", "0x71c9000000003f2a"},
		{"0x71c9…3f2a", "0x99aa000000003f2a", "0x71c9…3f2a (0x99aa000000003f2a)"},
		{"Vault", "0x71c9000000003f2a", "Vault (0x71c9000000003f2a)"},
		{"Vault", "", "Vault"},
		{"Vault", "Vault", "Vault"},
		{"", "0x71c9000000003f2a", "0x71c9000000003f2a"},
	} {
		if got := fullName(c.label, c.full); got != c.want {
			t.Errorf("fullName(%q, %q) = %q, want %q", c.label, c.full, got, c.want)
		}
	}
}

func plain(s string) string { return s }

// total is what all flows to nodes that nothing leaves add up to.
func total(tb rapid.TB, f Flows) (low, high *big.Rat) {
	d, err := f.readAny()
	if err != nil {
		tb.Fatal(err)
	}
	low, high = new(big.Rat), new(big.Rat)
	for _, l := range d.flows {
		low.Add(low, l.least)
		high.Add(high, l.most)
	}
	return low, high
}

func TestFoldKeepsSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyFlows.Draw(t, "flows")
		keep := rapid.IntRange(0, maxNodes).Draw(t, "keep")
		g, err := f.Fold(Folding{Keep: keep, Name: func(n int) string { return fmt.Sprintf("other (%d)", n) }, Print: plain})
		if err != nil {
			t.Fatal(err)
		}
		low, high := total(t, f)
		lowG, highG := total(t, g)
		if low.Cmp(lowG) != 0 || high.Cmp(highG) != 0 {
			t.Fatalf("%s to %s became %s to %s", low, high, lowG, highG)
		}
		if len(g.Nodes) > len(f.Nodes) || len(g.Links) > len(f.Links) {
			t.Fatalf("%d nodes and %d flows became %d and %d", len(f.Nodes), len(f.Links), len(g.Nodes), len(g.Links))
		}
		if _, err := NewFlows(g); err != nil {
			t.Fatal(err)
		}
	})
}

func TestFold(t *testing.T) {
	f := Flows{
		Nodes: madeNodes("t|theft|Vault", "others|address|A", "x|service|X", "y|service|Y", "z|service|Z", "w|fee|Fees"),
		Links: madeFlows("ETH", "t others 10", "others x 5", "others y 1.25 2", "t z 0.5", "others w 0.001", "others z 0.5"),
	}
	g, err := f.Fold(Folding{Keep: 4, Name: func(n int) string { return fmt.Sprintf("other (%d)", n) }, Print: plain})
	if err != nil {
		t.Fatal(err)
	}
	want := Flows{
		Nodes: append(madeNodes("t|theft|Vault", "others|address|A", "x|service|X"), Node{ID: "others+", Kind: OthersNode, Label: "other (3)", Sub: "2.251 – 3.001"}),
		Links: []Flow{
			f.Links[0], f.Links[1],
			{From: "others", To: "others+", Amount: val("1.751"), Most: val("2.501")},
			{From: "t", To: "others+", Amount: val("0.5")},
		},
	}
	if diff := cmp.Diff(want, g); diff != "" {
		t.Errorf("folded (-want +got):\n%s", diff)
	}
}

func TestFlowErrors(t *testing.T) {
	two := madeNodes("a|theft|A", "b|held|B")
	flows := func(l ...Flow) Flows { return Flows{Nodes: two, Links: l} }
	link := Flow{From: "a", To: "b", Amount: val("1")}
	change := func(f func(*Flow)) Flows {
		l := link
		f(&l)
		return flows(l)
	}
	for name, c := range map[string]struct {
		flows Flows
		want  error
	}{
		"no nodes":      {Flows{}, ErrEmpty},
		"many nodes":    {Flows{Nodes: make([]Node, maxNodes+1)}, ErrTooMany},
		"many flows":    {flows(make([]Flow, maxFlows+1)...), ErrTooMany},
		"twice":         {Flows{Nodes: []Node{{ID: "a"}, {ID: "a"}}}, ErrReference},
		"kind":          {Flows{Nodes: []Node{{Kind: returnNode}}}, ErrReference},
		"from nowhere":  {change(func(l *Flow) { l.From = "c" }), ErrReference},
		"to nowhere":    {change(func(l *Flow) { l.To = "c" }), ErrReference},
		"grade":         {change(func(l *Flow) { l.Grade = grades }), ErrReference},
		"no amount":     {change(func(l *Flow) { l.Amount = Value{} }), ErrAmount},
		"no label":      {change(func(l *Flow) { l.Amount.Label = "" }), ErrAmount},
		"negative most": {change(func(l *Flow) { l.Most = val("-1") }), ErrAmount},
		"less at most":  {change(func(l *Flow) { l.Most = val("0.5") }), ErrAmount},
	} {
		if _, err := NewFlows(c.flows); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	if _, err := (Flows{Nodes: two, Links: []Flow{{}}}).Fold(Folding{}); !errors.Is(err, ErrReference) {
		t.Errorf("fold: got %v", err)
	}
}
