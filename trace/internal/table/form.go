package table

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

type form int

const (
	comma form = iota
	jsonLines
	yamlList
)

// formOf tells the form of a table by how it begins.
func formOf(b []byte) form {
	b = bytes.TrimLeft(b, " \t\r\n")
	for bytes.HasPrefix(b, []byte("#")) { // YAML's comments; no column begins so
		_, rest, _ := bytes.Cut(b, []byte("\n"))
		b = bytes.TrimLeft(rest, " \t\r\n")
	}
	switch {
	case len(b) == 0:
		return comma
	case b[0] == '{':
		return jsonLines
	case b[0] == '[', bytes.HasPrefix(b, []byte("---")), b[0] == '-' && (len(b) == 1 || strings.IndexByte(" \t\r\n", b[1]) >= 0):
		return yamlList
	}
	return comma
}

type taker func(*Row, *Refusal) error

func readCSV(name string, b []byte, columns Columns, take taker) error {
	r := csv.NewReader(bytes.NewReader(b))
	r.FieldsPerRecord = -1
	r.ReuseRecord = true
	header, err := r.Read()
	if err != nil {
		return fmt.Errorf("%s:1: %w: %s", Printable(name), ErrFormat, Printable(err.Error()))
	}
	line, _ := r.FieldPos(0)
	names := make([]string, len(header))
	for i, h := range header {
		names[i] = strings.TrimSpace(h)
	}
	if err := columns.check(names); err != nil {
		return fmt.Errorf("%s:%d: %w", Printable(name), line, err)
	}
	for {
		cells, err := r.Read()
		var parse *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &parse):
			if err := take(&Row{Line: parse.StartLine}, &Refusal{name, parse.StartLine, "", parse.Err.Error()}); err != nil {
				return err
			}
			continue
		case err != nil:
			return fmt.Errorf("read %s: %w", Printable(name), err)
		}
		line, _ := r.FieldPos(0)
		row := &Row{Line: line, cells: map[string]string{}}
		var refusal *Refusal
		if len(cells) != len(names) {
			refusal = &Refusal{name, line, "", fmt.Sprintf("%d fields, the header has %d", len(cells), len(names))}
		} else {
			for i, n := range names {
				row.cells[n] = cells[i]
			}
		}
		if err := take(row, refusal); err != nil {
			return err
		}
	}
}

func readLines(name string, b []byte, take taker) error {
	line := 0
	for text := range bytes.Lines(b) {
		line++
		if text = bytes.TrimSpace(text); len(text) == 0 || text[0] == '#' {
			continue
		}
		row, refusal := &Row{Line: line}, (*Refusal)(nil)
		if cells, field, err := object(text); err != nil {
			refusal = &Refusal{name, line, field, err.Error()}
		} else {
			row.cells = cells
		}
		if err := take(row, refusal); err != nil {
			return err
		}
	}
	return nil
}

// object reads a flat JSON object. Null is a member that is not there.
func object(text []byte) (cells map[string]string, field string, err error) {
	if len(text) > MaxRow {
		return nil, "", fmt.Errorf("more than %d bytes", MaxRow)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if tok, err := d.Token(); err != nil || tok != json.Delim('{') {
		return nil, "", errors.New("not a JSON object")
	}
	cells = map[string]string{}
	for d.More() {
		tok, err := d.Token()
		key, ok := tok.(string)
		if err != nil || !ok {
			return nil, "", errors.New("not a JSON object")
		}
		if _, twice := cells[key]; twice {
			return nil, key, errors.New("is there twice")
		}
		tok, err = d.Token()
		if err != nil {
			return nil, key, errors.New("not JSON")
		}
		switch v := tok.(type) {
		case string:
			cells[key] = v
		case json.Number:
			cells[key] = v.String()
		case bool:
			cells[key] = fmt.Sprint(v)
		case nil:
			cells[key] = ""
		default:
			return nil, key, errors.New("is no plain value")
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, "", errors.New("not a JSON object")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, "", errors.New("something follows the object")
	}
	return cells, "", nil
}

func readYAML(name string, b []byte, take taker) error {
	root, err := Node(name, b)
	if err != nil {
		return err
	}
	if root.Kind != yaml.SequenceNode {
		return fmt.Errorf("%s:%d: %w: not a list", Printable(name), root.Line, ErrFormat)
	}
	for _, n := range root.Content {
		row, refusal := &Row{Line: n.Line}, (*Refusal)(nil)
		members, bad := Members(n)
		if bad == nil {
			row.cells, bad = scalars(members)
		}
		if bad != nil {
			bad.File = name
			refusal = bad
		}
		if err := take(row, refusal); err != nil {
			return err
		}
	}
	return nil
}

// MaxYAML bounds texts of YAML and JSON documents: taken apart they need two hundred
// times their bytes.
const MaxYAML = 4 << 20

// Node is the one document of a YAML or JSON text. Errors wrap ErrFormat, ErrEmpty or
// ErrTooLarge.
func Node(name string, b []byte) (*yaml.Node, error) {
	if len(b) > MaxYAML {
		return nil, fmt.Errorf("%s: %w: more than %d bytes of YAML", Printable(name), ErrTooLarge, MaxYAML)
	}
	if json.Valid(b) { // JSON may be indented with tabs, YAML may not; in its strings there are none
		b = bytes.ReplaceAll(b, []byte("\t"), []byte(" "))
	}
	d := yaml.NewDecoder(bytes.NewReader(b))
	var doc, more yaml.Node
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, fmt.Errorf("%s: %w", Printable(name), ErrEmpty)
	case err != nil:
		return nil, fmt.Errorf("%s: %w: %s", Printable(name), ErrFormat, Printable(strings.TrimPrefix(err.Error(), "yaml: ")))
	}
	if err := d.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w: more than one document", Printable(name), ErrFormat)
	}
	if len(doc.Content) != 1 {
		return nil, fmt.Errorf("%s: %w", Printable(name), ErrEmpty)
	}
	return doc.Content[0], nil
}

// Member is a named value of a YAML mapping.
type Member struct {
	Name  string
	Value *yaml.Node
}

// Members are the members of a mapping, in order. References are not followed: a few
// bytes of them can stand for more than there is memory. The refusal has no file yet.
func Members(n *yaml.Node) ([]Member, *Refusal) {
	if n.Kind != yaml.MappingNode {
		return nil, &Refusal{Line: n.Line, Reason: "is no mapping"}
	}
	seen := make(map[string]bool, len(n.Content)/2)
	out := make([]Member, 0, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode || key.Value == "<<" || value.Kind == yaml.AliasNode || value.Anchor != "":
			return nil, &Refusal{Line: key.Line, Field: key.Value, Reason: "references are not read"}
		case seen[key.Value]:
			return nil, &Refusal{Line: key.Line, Field: key.Value, Reason: "is there twice"}
		}
		seen[key.Value] = true
		out = append(out, Member{key.Value, value})
	}
	return out, nil
}

func scalars(members []Member) (map[string]string, *Refusal) {
	cells := map[string]string{}
	for _, m := range members {
		switch {
		case m.Value.Kind != yaml.ScalarNode:
			return nil, &Refusal{Line: m.Value.Line, Field: m.Name, Reason: "is no plain value"}
		case m.Value.Tag == "!!null":
			cells[m.Name] = ""
		default:
			cells[m.Name] = m.Value.Value
		}
	}
	return cells, nil
}
