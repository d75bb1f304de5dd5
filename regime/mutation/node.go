package mutation

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// change is one thing changed in a file that is held as nodes. do makes it and
// returns what takes it back; judge, where there is one, stands for both and says
// what the tests say.
type change struct {
	what  string
	line  int
	do    func() (undo func())
	judge func() error
}

// changer gathers the changes of one file.
type changer struct {
	root *yaml.Node
	out  []change
}

func (c *changer) add(n *yaml.Node, at, what string, do func() func()) {
	c.out = append(c.out, change{what: at + ": " + what, line: n.Line, do: do})
}

// field is the value under a key of a mapping, aliases followed; nil where there
// is none.
func field(n *yaml.Node, key string) *yaml.Node {
	if n = followed(n); n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// own is field, but nil for an alias: what it stands for is changed where it is written.
func own(n *yaml.Node, key string) *yaml.Node {
	if v := field(n, key); v != nil && v.Kind != yaml.AliasNode {
		return v
	}
	return nil
}

func followed(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// items are the elements of a sequence that are written in this place.
func items(n *yaml.Node) []*yaml.Node {
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	return n.Content
}

// set gives a scalar another text.
func (c *changer) set(n *yaml.Node, at, text string) {
	if n == nil || n.Value == text {
		return
	}
	c.setAs(n, at, fmt.Sprintf("%s → %s", n.Value, text), text)
}

func (c *changer) setAs(n *yaml.Node, at, what, text string) {
	c.add(n, at, what, func() func() {
		was := n.Value
		n.Value = text
		return func() { n.Value = was }
	})
}

// drop takes a key out of a mapping.
func (c *changer) drop(m *yaml.Node, key, at string) {
	m = followed(m)
	for i := 0; m != nil && i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == key {
			c.add(m.Content[i], at, "removed", func() func() { return c.cut(m, i, 2) })
		}
	}
}

// dropItem takes an element out of a sequence.
func (c *changer) dropItem(s *yaml.Node, i int, at, name string) {
	c.add(s.Content[i], at, "without "+name, func() func() { return c.cut(s, i, 1) })
}

// put adds a key to a mapping.
func (c *changer) put(m *yaml.Node, key, text, at string) {
	c.add(m, at, fmt.Sprintf("%s: %s added", key, text), func() func() { return put(m, key, text) })
}

func put(m *yaml.Node, key, text string) func() {
	was := m.Content
	m.Content = append(slices.Clone(m.Content), &yaml.Node{Kind: yaml.ScalarNode, Value: key}, &yaml.Node{Kind: yaml.ScalarNode, Value: text})
	return func() { m.Content = was }
}

// cut removes n nodes. What an alias elsewhere stands for is written in the place
// of the first alias instead, so that only this use of it is gone.
func (c *changer) cut(from *yaml.Node, i, n int) func() {
	removed := slices.Clone(from.Content[i : i+n])
	was := from.Content
	from.Content = slices.Delete(slices.Clone(was), i, i+n)
	undo := []func(){func() { from.Content = was }}
	for _, anchored := range anchors(removed) {
		if parent, at := firstAlias(c.root, anchored); parent != nil && !holds(c.root, anchored) {
			alias := parent.Content[at]
			parent.Content[at] = anchored
			undo = append(undo, func() { parent.Content[at] = alias })
		}
	}
	return func() {
		for _, u := range slices.Backward(undo) {
			u()
		}
	}
}

// anchors are the nodes with an anchor in the trees, outer before inner.
func anchors(nodes []*yaml.Node) []*yaml.Node {
	var out []*yaml.Node
	for _, n := range nodes {
		if n.Anchor != "" {
			out = append(out, n)
		}
		out = append(out, anchors(n.Content)...)
	}
	return out
}

// firstAlias is the parent of the first alias for a node and its place there.
func firstAlias(in, of *yaml.Node) (parent *yaml.Node, at int) {
	for i, n := range in.Content {
		if n.Kind == yaml.AliasNode && n.Alias == of {
			return in, i
		}
		if p, j := firstAlias(n, of); p != nil {
			return p, j
		}
	}
	return nil, 0
}

func holds(in, n *yaml.Node) bool {
	return slices.ContainsFunc(in.Content, func(x *yaml.Node) bool { return x == n || holds(x, n) })
}
