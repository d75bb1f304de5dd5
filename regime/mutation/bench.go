package mutation

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"testing/fstest"

	"github.com/turtlebay/turtlebay/regime"
	"go.yaml.in/yaml/v3"
)

// bench is a pack on which changes are tried.
type bench struct {
	pack  *regime.Pack
	files map[string][]byte // by name within the pack
	lists map[string][]byte // shared lists, by name
}

func newBench(files, lists fs.FS) (*bench, error) {
	p, err := regime.Load(files, lists)
	if err != nil {
		return nil, err
	}
	b := &bench{pack: p}
	if b.files, err = read(files); err != nil {
		return nil, err
	}
	b.lists, err = read(lists)
	return b, err
}

func read(fsys fs.FS) (map[string][]byte, error) {
	out := map[string][]byte{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".yaml" {
			return err
		}
		out[name], err = fs.ReadFile(fsys, name)
		return err
	})
	return out, err
}

func parse(name string, data []byte) (*yaml.Node, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(doc.Content) == 0 {
		return nil, fmt.Errorf("%s: is empty", name)
	}
	return &doc, nil
}

// measures are the files of those measures that have rules.
func (b *bench) measures() ([]*subject, error) {
	var out []*subject
	for _, m := range b.pack.Measures() {
		if len(m.Rules) == 0 {
			continue
		}
		doc, err := parse(m.File, b.files[m.File])
		if err != nil {
			return nil, err
		}
		c := &changer{root: doc}
		c.ofMeasure(doc.Content[0])
		if len(m.SupersededBy) > 0 && !m.InForce.Until.IsZero() {
			c.out = append(c.out, b.relation(m, doc.Content[0]))
		}
		out = append(out, &subject{name: m.ID, file: m.File, root: doc, changes: c.out, test: func(data []byte) error {
			_, err := b.pack.Try(m.File, data)
			return err
		}})
	}
	return out, nil
}

// relation takes the successors away from a measure that ends, on both sides, so
// that its end seems to have been known from the first day.
func (b *bench) relation(m *regime.Measure, doc *yaml.Node) change {
	line := doc.Line
	if n := field(doc, "superseded_by"); n != nil {
		line = n.Line
	}
	return change{what: "superseded_by: removed on both sides", line: line, judge: func() error {
		files := b.family(m.ID)
		for _, x := range append(b.successors(m), m) {
			data, err := withoutRelation(x.File, files[x.File].Data, m.ID)
			if err != nil {
				return err
			}
			files[x.File] = &fstest.MapFile{Data: data}
		}
		_, err := regime.Load(files, mapFS(b.lists))
		return err
	}}
}

func (b *bench) successors(m *regime.Measure) []*regime.Measure {
	var out []*regime.Measure
	for _, id := range m.SupersededBy {
		if next, ok := b.pack.Measure(id); ok {
			out = append(out, next)
		}
	}
	return out
}

// withoutRelation is a file that names nothing as its successors, or, where it is
// not the measure itself, does not name the measure as what it supersedes.
func withoutRelation(name string, data []byte, id string) ([]byte, error) {
	doc, err := parse(name, data)
	if err != nil {
		return nil, err
	}
	c := &changer{root: doc}
	if nameOf(name) == id {
		c.cutKey(doc.Content[0], "superseded_by")
	} else if list := field(doc.Content[0], "supersedes"); list != nil {
		list.Content = slices.DeleteFunc(list.Content, func(n *yaml.Node) bool { return n.Value == id })
	}
	return yaml.Marshal(doc)
}

// family is a pack of these measures and all that they are related to.
func (b *bench) family(ids ...string) fstest.MapFS {
	out := fstest.MapFS{packName: {Data: b.files[packName]}}
	for len(ids) > 0 {
		m, ok := b.pack.Measure(ids[0])
		ids = ids[1:]
		if !ok || out[m.File] != nil {
			continue
		}
		out[m.File] = &fstest.MapFile{Data: b.files[m.File]}
		ids = append(append(ids, m.Supersedes...), m.SupersededBy...)
	}
	return out
}

const packName = "pack.yaml"

func mapFS(files map[string][]byte) fstest.MapFS {
	out := fstest.MapFS{}
	for name, data := range files {
		out[name] = &fstest.MapFile{Data: data}
	}
	return out
}

// listSubjects are the shared lists; a change is noticed where a measure of any of
// the packs that uses the list has a test that fails.
func listSubjects(lists fs.FS, benches []*bench) ([]*subject, error) {
	files, err := read(lists)
	if err != nil {
		return nil, err
	}
	var out []*subject
	for _, name := range slices.Sorted(maps.Keys(files)) {
		doc, err := parse(name, files[name])
		if err != nil {
			return nil, err
		}
		c := &changer{root: doc}
		c.ofList(doc.Content[0])
		users := usersOf(nameOf(name), benches)
		out = append(out, &subject{name: nameOf(name), file: "lists/" + name, root: doc, changes: c.out, test: func(data []byte) error {
			for _, u := range users {
				changed := maps.Clone(u.lists)
				changed[name] = data
				if _, err := regime.Load(u.pack, mapFS(changed)); err != nil {
					return err
				}
			}
			return nil
		}})
	}
	return out, nil
}

// user is the part of a pack that uses a list.
type user struct {
	pack  fstest.MapFS
	lists map[string][]byte
}

func usersOf(list string, benches []*bench) []user {
	var out []user
	for _, b := range benches {
		var ids []string
		for _, m := range b.pack.Measures() {
			if slices.ContainsFunc(m.Rules, func(r regime.Rule) bool { return slices.Contains(r.Lists, list) || slices.Contains(r.Unless, list) }) {
				ids = append(ids, m.ID)
			}
		}
		if len(ids) > 0 {
			out = append(out, user{b.family(ids...), b.lists})
		}
	}
	return out
}
