package bundle_test

import (
	"archive/zip"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/bundle"
	"github.com/turtlebay/turtlebay/derive"
	"golang.org/x/mod/sumdb/note"
)

// item is a record of the tests.
type item struct {
	ID string `json:"id"`
	N  int    `json:"n"`
}

func decodeItems(c derive.Call, kind string) ([]item, error) {
	var out []item
	for _, in := range c.Set(kind).Inputs() {
		var x item
		if err := json.Unmarshal(in.Bytes, &x); err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// registry has a few functions over items: small, pure and quick.
func registry(t testing.TB) *derive.Registry {
	t.Helper()
	sum := func(c derive.Call) (derive.Result, error) {
		items, err := decodeItems(c, "item")
		n := 0
		for _, x := range items {
			n += x.N
		}
		return derive.Result{Value: strconv.Itoa(n), Unit: derive.UnitUSD}, err
	}
	count := func(c derive.Call) (derive.Result, error) {
		items, err := decodeItems(c, "item")
		n := 0
		for _, x := range items {
			if least, _ := strconv.Atoi(c.Params["min"]); x.N >= least {
				n++
			}
		}
		return derive.Result{Value: strconv.Itoa(n), Unit: "items"}, err
	}
	other := func(c derive.Call) (derive.Result, error) {
		items, err := decodeItems(c, "other")
		return derive.Result{Value: strconv.Itoa(len(items)), Unit: "others"}, err
	}
	table := func(c derive.Call) (derive.Result, error) {
		items, err := decodeItems(c, "item")
		out := &derive.Table{Columns: []derive.Column{{Key: "id", Title: "Item", Form: derive.Code}}}
		for _, x := range items {
			out.Rows = append(out.Rows, derive.Row{Record: x.ID, Cells: []string{x.ID}})
		}
		return derive.Result{Table: out}, err
	}
	reg, err := derive.NewRegistry(
		derive.Function{Name: "test.sum", Version: 1, Reads: []string{"item"}, Run: sum},
		derive.Function{Name: "test.count", Version: 1, Reads: []string{"item"}, Run: count, Params: []derive.Param{{Name: "min"}}},
		derive.Function{Name: "test.other", Version: 1, Reads: []string{"other"}, Run: other},
		derive.Function{Name: "test.table", Version: 1, Reads: []string{"item"}, Run: table},
	)
	if err != nil {
		t.Fatal(err)
	}
	return reg
}

// sets are records by kind.
type sets map[string]*derive.Set

func (s sets) Set(kind string) (*derive.Set, error) {
	if s[kind] != nil {
		return s[kind], nil
	}
	return derive.NewSet(kind, nil), nil
}

func items(kind string, amounts ...int) *derive.Set {
	var inputs []derive.Input
	for i, n := range amounts {
		b := fmt.Appendf(nil, `{"id":"%s-%d","n":%d}`, kind, i+1, n)
		inputs = append(inputs, derive.Input{ID: fmt.Sprintf("%s-%d", kind, i+1), Digest: sum(b), Bytes: b})
	}
	return derive.NewSet(kind, inputs)
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// contents writes a report of two paragraphs, a summary and a table over the sets.
func contents(t testing.TB, reg *derive.Registry, from sets) bundle.Contents {
	t.Helper()
	c := bundle.Contents{About: bundle.About{Title: "A test", Body: "this desk", Date: "2024-03-07", Period: "2017–2023", View: "all"}}
	derived := func(name string, p derive.Params) derive.Derivation {
		d, err := reg.Derive(name, p, from)
		if err != nil {
			t.Fatal(err)
		}
		c.Derivations = append(c.Derivations, d)
		return d
	}
	printed := func(d derive.Derivation, style string) bundle.Printed {
		return bundle.Printed{Derivation: d.ID, Style: style, Text: d.Result.Print(style)}
	}
	total, many := derived("test.sum", nil), derived("test.count", derive.Params{"min": "100"})
	other, table := derived("test.other", nil), derived("test.table", nil)
	c.Places = []bundle.Place{
		{Label: "summary", Figures: []bundle.Printed{printed(total, "")}},
		{Label: "1", Number: 1, Figures: []bundle.Printed{printed(total, derive.Exact), printed(many, "")}},
		{Label: "2", Number: 2, Figures: []bundle.Printed{printed(other, "")}},
		{Label: "Table 1", Figures: []bundle.Printed{{Derivation: table.ID}}},
	}
	c.Report = map[string][]byte{"report.html": page(c.Places), "report.xlsx": []byte("PK xlsx")}
	for _, kind := range slices.Sorted(maps.Keys(from)) {
		c.Sets = append(c.Sets, from[kind])
	}
	return c
}

// page is a report.html that marks every figure of the places.
func page(places []bundle.Place) []byte {
	var b strings.Builder
	b.WriteString("<!doctype html><title>A test</title>\n")
	for _, p := range places {
		b.WriteString("<p>")
		for _, f := range p.Figures {
			if f.Text != "" {
				fmt.Fprintf(&b, `About <a class="fig" href="#d-%s" data-derivation="%s" data-style="%s">%s</a>.`, f.Derivation, f.Derivation, f.Style, html.EscapeString(f.Text))
			}
		}
		b.WriteString("</p>\n")
	}
	return []byte(b.String())
}

// desk is a signer with its key.
type desk struct {
	signer   note.Signer
	key      string
	verifier note.Verifier
}

func newDesk(t testing.TB, name string) desk { return namesake(t, name, name) }

// namesake makes a key of that name from a seed, so that a failure can be looked
// at again.
func namesake(t testing.TB, name, seed string) desk {
	t.Helper()
	private, public, err := note.GenerateKey(strings.NewReader(strings.Repeat(seed, 64)), name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(public)
	if err != nil {
		t.Fatal(err)
	}
	return desk{s, public, v}
}

// trust is the desk's key as a reader brings it.
func trust(d desk) []note.Verifier { return []note.Verifier{d.verifier} }

func (d desk) write(t testing.TB, c bundle.Contents) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := bundle.Write(&b, c, d.signer, d.key); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// good is a bundle of a few items with its registry and its desk.
func good(t testing.TB) (b []byte, reg *derive.Registry, d desk) {
	t.Helper()
	reg, d = registry(t), newDesk(t, "desk")
	from := sets{"item": items("item", 620, 50, 1_000_000), "other": items("other", 1)}
	return d.write(t, contents(t, reg, from)), reg, d
}

func verify(t testing.TB, b []byte, reg *derive.Registry, trusted ...note.Verifier) bundle.Verification {
	t.Helper()
	v, err := bundle.Verify(bytes.NewReader(b), int64(len(b)), reg, bundle.Trust{Signers: trusted})
	if err != nil {
		t.Fatalf("verify: %v", err)
	}
	return v
}

// members is a bundle taken apart: name to content.
type members map[string]string

func unzip(t testing.TB, b []byte) members {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	out := members{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name] = string(content)
	}
	return out
}

// zip puts members together again, with checksums that fit.
func (m members) zip(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(m)) {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, m[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// with is a copy in which one member has other content.
func (m members) with(name, content string) members {
	out := maps.Clone(m)
	out[name] = content
	return out
}

// without is a copy that lacks a member.
func (m members) without(name string) members {
	out := maps.Clone(m)
	delete(out, name)
	return out
}

// fit makes the manifest fit the members, as a forger would who has no key.
func (m members) fit(t testing.TB, change ...func(*bundle.Manifest)) members {
	t.Helper()
	var manifest bundle.Manifest
	if err := json.Unmarshal([]byte(m["manifest.json"]), &manifest); err != nil {
		t.Fatal(err)
	}
	manifest.Members = nil
	for name, content := range m {
		if name != "manifest.json" && name != "signature.note" {
			manifest.Members = append(manifest.Members, bundle.Member{Name: name, Size: int64(len(content)), SHA256: sum([]byte(content))})
		}
	}
	slices.SortFunc(manifest.Members, func(a, b bundle.Member) int { return cmp.Compare(a.Name, b.Name) })
	for _, f := range change {
		f(&manifest)
	}
	b, err := derive.Canonical(manifest)
	if err != nil {
		t.Fatal(err)
	}
	return m.with("manifest.json", string(b))
}

// signedBy makes the manifest fit and signs it with the forger's own key.
func (m members) signedBy(t testing.TB, d desk, change ...func(*bundle.Manifest)) members {
	t.Helper()
	m = m.fit(t, append(change, func(x *bundle.Manifest) { x.Signer = d.key })...)
	signed, err := note.Sign(&note.Note{Text: "turtlebay-bundle/1\nmanifest.json sha256 " + sum([]byte(m["manifest.json"])) + "\n"}, d.signer)
	if err != nil {
		t.Fatal(err)
	}
	return m.with("signature.note", string(signed))
}

// badNames lists the members that a verification names, sorted.
func badNames(v bundle.Verification) []string {
	out := []string{}
	for _, f := range v.Bytes.Bad {
		out = append(out, f.Member)
	}
	slices.Sort(out)
	return out
}

// figures lists the functions whose derivations differ, sorted.
func figures(v bundle.Verification) []string {
	out := []string{}
	for _, d := range v.Derivations.Differ {
		name, _, _ := strings.Cut(d.Figure, "@")
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
