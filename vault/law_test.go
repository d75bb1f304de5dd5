package vault_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/vault"
	"github.com/turtlebay/turtlebay/vault/custody"
)

// model is what a vault should hold: a few lines instead of files, keys and a log.
type model struct {
	items  []modelItem
	leaves int
}

type modelItem struct {
	text, parent string
	role         vault.Role
	marking      marking.Marking
	sealed, gone bool
}

func (m *model) find(text string, role vault.Role, parent string) int {
	for i, it := range m.items {
		if !it.gone && it.text == text && it.role == role && it.parent == parent {
			return i
		}
	}
	return -1
}

// destroyed is the marking of the same bytes that were destroyed: unless they
// are still here beside it, they come back under nothing lower.
func (m *model) destroyed(text string) marking.Marking {
	var out marking.Marking
	for _, it := range m.items {
		if it.gone && it.text == text {
			out = marking.Join(out, it.marking)
		}
	}
	return out
}

func idOf(i int) string { return fmt.Sprintf("EV-%06d", i+1) }

// raise joins a marking to an item and to what was made from it, a leaf each.
func (m *model) raise(i int, by marking.Marking) {
	it := &m.items[i]
	it.marking = marking.Join(it.marking, by)
	it.sealed = it.sealed || !it.marking.IsZero()
	for j := range m.items {
		if child := m.items[j]; child.parent == idOf(i) && !child.gone && marking.Lowers(marking.Join(child.marking, it.marking), child.marking) {
			m.leaves++
			m.raise(j, it.marking)
		}
	}
}

func (m *model) add(text string, role vault.Role, parent string, mark marking.Marking, plain bool) {
	m.leaves++
	sealed := !plain
	if parent != "" {
		for i, it := range m.items {
			if idOf(i) == parent {
				mark = marking.Join(it.marking, mark)
				sealed = it.sealed || !mark.IsZero()
			}
		}
	}
	i := m.find(text, role, parent)
	if i < 0 {
		m.items = append(m.items, modelItem{text: text, role: role, parent: parent, marking: marking.Join(mark), sealed: sealed})
		return
	}
	it := &m.items[i]
	it.sealed = it.sealed || sealed
	if joined := marking.Join(it.marking, mark); marking.Lowers(joined, it.marking) {
		m.raise(i, mark)
	}
}

var markings = []marking.Marking{{}, amber, red, {UN: "confidential"}, {Caveats: []string{"embargo-until:2027-01-01"}}}

// Whatever is done in whatever order, the vault holds what the model holds, each
// reader sees what the markings allow, every act has its leaf, and Check finds
// nothing; also after the vault was opened again.
func TestVaultIsItsModel(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := newSite(t)
		v := s.open(t)
		var m model
		for range rapid.IntRange(1, 6).Draw(r, "acts") {
			act(r, v, &m)
		}
		for _, w := range []*vault.Vault{v, s.open(t), s.open(t, readOnly)} {
			compare(r, w, &m)
		}
		report, err := v.Check(ctx, nil)
		if err != nil || !report.OK() {
			r.Fatal(report.Faults, err)
		}
		_ = v.Close()
	})
}

func act(r *rapid.T, v *vault.Vault, m *model) {
	text := rapid.SampledFrom([]string{"one", "two", ""}).Draw(r, "text")
	mark := rapid.SampledFrom(markings).Draw(r, "marking")
	id := idOf(rapid.IntRange(0, max(0, len(m.items)-1)).Draw(r, "item"))
	var at *modelItem
	for i := range m.items {
		if idOf(i) == id {
			at = &m.items[i]
		}
	}
	usable := at != nil && !at.gone
	var err error
	want := usable
	switch verb := rapid.SampledFrom([]string{"add", "add", "derive", "copy", "mark", "destroy", "view"}).Draw(r, "verb"); verb {
	case "add":
		plain := rapid.Bool().Draw(r, "plain")
		_, _, err = v.Add(ctx, strings.NewReader(text), vault.New{Source: "S", Marking: mark, Plain: plain})
		if m.find(text, vault.Original, "") < 0 {
			mark = marking.Join(mark, m.destroyed(text))
		}
		if want = !plain || mark.IsZero(); want {
			m.add(text, vault.Original, "", mark, plain)
		}
	case "derive":
		_, _, err = v.Derive(ctx, id, vault.Derivation{Role: vault.Extract, Tool: "cut@1"}, strings.NewReader(text))
		if usable {
			m.add(text, vault.Extract, id, marking.Marking{}, false)
		}
	case "copy":
		_, _, err = v.Copy(ctx, id, "", "")
		if usable {
			m.add(at.text, vault.Working, id, marking.Marking{}, false)
		}
	case "mark":
		_, err = v.Mark(ctx, id, mark, "")
		if want = usable && !marking.Lowers(at.marking, mark); want && marking.Lowers(mark, at.marking) {
			m.leaves++
			for i := range m.items {
				if idOf(i) == id {
					m.raise(i, mark)
				}
			}
		}
	case "destroy":
		_, err = v.Destroy(ctx, id, "test")
		if usable {
			at.gone = true
			m.leaves++
		}
	case "view":
		var c *vault.Content
		if c, err = v.Open(ctx, id, custodian, ""); err == nil {
			m.leaves++
			_ = c.Close()
		}
	}
	if (err == nil) != want {
		r.Fatalf("error %v, wanted to be done: %v", err, want)
	}
}

func compare(r *rapid.T, v *vault.Vault, m *model) {
	list, err := v.List(custodian)
	if err != nil || len(list) != len(m.items) {
		r.Fatalf("%d items, want %d, %v", len(list), len(m.items), err)
	}
	for i, it := range m.items {
		got := list[i]
		if got.ID != idOf(i) || got.Destroyed != it.gone || got.Encrypted != it.sealed || got.Role != it.role || got.Parent != it.parent {
			r.Fatalf("%+v, want %+v", got, it)
		}
		if diff := cmp.Diff(it.marking.String(), got.Marking.String()); diff != "" {
			r.Fatal(diff)
		}
		if it.gone {
			continue
		}
		c, err := v.Peek(ctx, got.ID)
		if err != nil {
			r.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := io.Copy(&b, c); err != nil || b.String() != it.text {
			r.Fatalf("%s holds %q, want %q", got.ID, b.String(), it.text)
		}
		_ = c.Close()
	}
	for _, reader := range []marking.Reader{public, utopia, {TLP: "red", UN: "confidential", On: "2027-06-01"}} {
		seen, err := v.List(reader)
		if err != nil {
			r.Fatal(err)
		}
		var want []string
		for i, it := range m.items {
			if marking.Decide(it.marking, reader).OK {
				want = append(want, idOf(i))
			}
		}
		var got []string
		for _, item := range seen {
			got = append(got, item.ID)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			r.Fatal(diff)
		}
	}
	n := 0
	for e, err := range v.Log().Events() {
		if err != nil || e.Act == custody.Void {
			r.Fatal(e, err)
		}
		n++
	}
	if n != m.leaves {
		r.Fatalf("%d leaves, want %d", n, m.leaves)
	}
}
