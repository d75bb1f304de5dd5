package tag

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// What a TagPack has at its beginning, which its tags inherit.
var packMembers = []string{
	"title", "creator", "description", "uri", "is_public", "tags", "lastmod", "source", "label", "category", "concepts", "abuse", "actor", "confidence",
	"currency", "network", "is_cluster_definer", "context", "address",
}

// topKey is a line that begins a member of the file, in a form that YAML's authors use.
var topKey = regexp.MustCompile(`^["']?[A-Za-z_][A-Za-z0-9_]*["']?\s*:(?:\s|$)`)

// looksYAML reports whether the first line that says something begins a member.
func (in *reading) looksYAML() bool {
	for line := range bytes.Lines(in.text) {
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 || line[0] == '#' || line[0] == '%' || bytes.HasPrefix(line, []byte("---")) {
			continue
		}
		return topKey.Match(line)
	}
	return false
}

// pack is a TagPack taken apart: its beginning, and where each entry of its tags lies.
// An entry begins at a dash in the column of the first one; nothing that belongs to one
// may stand that far left, so that a broken entry takes none of the others along.
type pack struct {
	head    []byte // the file with the tags blanked out: lines stay where they are
	entries []entry
	inline  []byte // tags that are no list of lines with dashes; nil otherwise
	line    int    // of tags in the file
}

type entry struct {
	line int // from 1
	text []byte
}

// split takes a TagPack apart.
func split(text []byte) (*pack, error) {
	p := &pack{}
	var head, tags bytes.Buffer
	column, line, inTags, started := -1, 0, false, false
	for l := range bytes.Lines(text) {
		line++
		said := bytes.TrimRight(l, " \t\r\n")
		indent := len(said) - len(bytes.TrimLeft(said, " "))
		blank := len(said) == 0 || said[indent] == '#'
		marker := bytes.HasPrefix(said, []byte("---")) || bytes.Equal(said, []byte("..."))
		switch {
		case marker && started:
			return nil, fmt.Errorf("%w: line %d: more than one YAML document", ErrFormat, line)
		case inTags && !blank && indent == 0 && topKey.Match(said):
			inTags = false
		}
		started = started || !blank && !marker && said[0] != '%'
		switch {
		case !inTags && topKey.Match(said) && strings.Trim(string(said[:bytes.IndexByte(said, ':')]), `"' `) == "tags":
			if p.line > 0 {
				return nil, fmt.Errorf("%w: line %d: a second list of tags", ErrFormat, line)
			}
			inTags, p.line = true, line
			tags.Write(l)
			head.WriteByte('\n')
		case inTags && len(p.entries) > maxRows:
			return p, nil
		case inTags:
			if column < 0 && !blank && said[indent] == '-' {
				column = indent
			}
			p.add(column, line, indent, blank, l)
			tags.Write(l)
			head.WriteByte('\n')
		default:
			head.Write(l)
		}
	}
	p.head = head.Bytes()
	if len(p.entries) == 0 && p.line > 0 {
		p.inline = tags.Bytes()
	}
	return p, nil
}

// add lays a line of the tags into its entry.
func (p *pack) add(column, line, indent int, blank bool, l []byte) {
	if !blank && column >= 0 && indent == column && l[indent] == '-' {
		p.entries = append(p.entries, entry{line, slices.Clip(l)})
		return
	}
	if n := len(p.entries); n > 0 {
		e := &p.entries[n-1]
		e.text = append(e.text, l...)
	}
}

// readPack reads a TagPack of GraphSense, or says that the file is an ActorPack.
func (in *reading) readPack() error {
	p, err := split(in.text)
	if err != nil {
		return err
	}
	head, err := mapping(p.head)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	r := &in.file.Receipt
	if _, actors := head["actors"]; actors && p.line == 0 {
		r.Format, r.Note = "graphsense actorpack", "it names actors and no addresses: there is nothing to keep"
		return nil
	}
	if p.line == 0 {
		return fmt.Errorf("%w: YAML without tags", ErrFormat)
	}
	r.Format = "graphsense tagpack"
	base, f := scalars(head)
	if f != nil {
		return fmt.Errorf("%w: %s: %s", ErrFormat, f.field, f.reason)
	}
	r.Date = base["lastmod"]
	if p.inline != nil {
		return in.readInline(p, base)
	}
	if err := in.full(len(p.entries)); err != nil {
		return err
	}
	in.file.Tags = make([]Tag, 0, len(p.entries))
	const batch = 256
	for some := range slices.Chunk(p.entries, batch) {
		in.readBatch(some, base)
	}
	return nil
}

// readInline reads tags that are written as one value, such as [{…}, {…}].
func (in *reading) readInline(p *pack, base map[string]string) error {
	m, err := mapping(p.inline)
	if err != nil {
		return fmt.Errorf("%w: tags: %w", ErrFormat, err)
	}
	tags := m["tags"]
	if tags.Kind != yaml.SequenceNode {
		return fmt.Errorf("%w: tags are no list", ErrFormat)
	}
	if err := in.full(len(tags.Content)); err != nil {
		return err
	}
	for _, n := range tags.Content {
		in.readEntry(p.line+n.Line-1, n, base)
	}
	return nil
}

// readBatch reads entries together, which is faster; one by one if they do not hold
// together, to find the one that is broken.
func (in *reading) readBatch(some []entry, base map[string]string) {
	var joined []byte
	short := true
	for _, e := range some {
		short = short && len(e.text) <= maxRow
		joined = append(joined, e.text...)
	}
	if nodes, err := sequence(joined); short && err == nil && len(nodes) == len(some) {
		for i, n := range nodes {
			in.readEntry(some[i].line, n, base)
		}
		return
	}
	for _, e := range some {
		if len(e.text) > maxRow {
			in.refuse(e.line, fault{"", "row too long", fmt.Sprint(len(e.text), " bytes")})
			continue
		}
		nodes, err := sequence(e.text)
		switch {
		case err != nil:
			in.refuse(e.line, fault{"", "not YAML", strings.TrimPrefix(err.Error(), "yaml: ")})
		case len(nodes) != 1:
			in.refuse(e.line, fault{"", "not one entry", ""})
		default:
			in.readEntry(e.line, nodes[0], base)
		}
	}
}

// readEntry reads one tag.
func (in *reading) readEntry(line int, n *yaml.Node, base map[string]string) {
	m, err := members(n)
	if err != nil {
		in.refuse(line, fault{"", "not a list of members", err.Error()})
		return
	}
	said, f := scalars(m)
	if f != nil {
		in.refuse(line, *f)
		return
	}
	for name := range m {
		if name == "context" || !slices.Contains(packMembers, name) {
			in.notRead(name)
		}
	}
	in.keep(line, packRow(func(name string) string {
		if v := said[name]; v != "" {
			return v
		}
		return base[name]
	}, in.opts.Date))
}

// packRow is what an entry says, its own word before that of the pack.
func packRow(get func(name string) string, date string) row {
	category := get("category")
	as := category
	if c := get("concepts"); c != "" && c != category {
		as = strings.TrimPrefix(as+", "+c, ", ")
	}
	r := row{
		address: get("address"), currency: get("currency"), network: get("network"),
		tag: Tag{
			Label: get("label"), CategoryAs: as, Actor: get("actor"), Abuse: get("abuse"), Confidence: Confidence(get("confidence")),
			Source: get("source"), Date: get("lastmod"), Cluster: get("is_cluster_definer") == "true",
		},
	}
	if r.tag.Date == "" {
		r.tag.Date = date
	}
	r.tag.Categories = Categorise(append(strings.Split(as, ", "), r.tag.Abuse)...)
	return r
}

// scalars are the values of members; those of the list concepts with commas between.
func scalars(m map[string]*yaml.Node) (map[string]string, *fault) {
	out := make(map[string]string, len(m))
	for name, n := range m {
		switch {
		case name == "context" || !slices.Contains(packMembers, name):
			continue
		case name == "concepts" && n.Kind == yaml.SequenceNode:
			var all []string
			for _, c := range n.Content {
				all = append(all, c.Value)
			}
			out[name] = strings.Join(all, ", ")
		case n.Kind != yaml.ScalarNode:
			return nil, &fault{name, "not a plain value", ""}
		case n.Tag != "!!null":
			out[name] = strings.TrimSpace(n.Value)
		}
	}
	return out, nil
}

// mapping are the members of a text that is one.
func mapping(text []byte) (map[string]*yaml.Node, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	if len(doc.Content) == 0 {
		return map[string]*yaml.Node{}, nil
	}
	return members(doc.Content[0])
}

// sequence are the entries of a text that is a list.
func sequence(text []byte) ([]*yaml.Node, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.SequenceNode {
		return nil, errors.New("not a list")
	}
	return doc.Content[0].Content, nil
}

// members are the members of a node. References to other nodes are not followed.
func members(n *yaml.Node) (map[string]*yaml.Node, error) {
	if n.Kind != yaml.MappingNode {
		return nil, errors.New("no members")
	}
	out := make(map[string]*yaml.Node, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, v := n.Content[i].Value, n.Content[i+1]
		switch {
		case n.Content[i].Kind != yaml.ScalarNode || v.Kind == yaml.AliasNode || v.Anchor != "" || name == "<<":
			return nil, fmt.Errorf("%s: references are not read", printable(name))
		case out[name] != nil:
			return nil, fmt.Errorf("%s is given twice", printable(name))
		}
		out[name] = v
	}
	return out, nil
}
