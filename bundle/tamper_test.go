package bundle_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/bundle"
	"github.com/turtlebay/turtlebay/derive"
	"pgregory.net/rapid"
)

func TestEveryChangedByteIsNamed(t *testing.T) {
	b, reg, _ := good(t)
	m := unzip(t, b)
	step := 1
	if testing.Short() {
		step = 7
	}
	for name, content := range m {
		for i := 0; i < len(content); i += step {
			changed := []byte(content)
			changed[i] ^= 1 << (i % 8)
			v := verify(t, m.with(name, string(changed)).zip(t), reg)
			bad := badNames(v)
			if v.OK || !slices.Contains(bad, name) || len(bad) > 3 {
				t.Fatalf("%s, byte %d, %q for %q: ok %v, bad %v", name, i, changed[i], content[i], v.OK, v.Bytes.Bad)
			}
		}
	}
}

func TestChangedContentIsNamed(t *testing.T) {
	b, reg, _ := good(t)
	m := unzip(t, b)
	for name, content := range m {
		for what, changed := range map[string]string{"cut": content[:len(content)-1], "longer": content + "\n", "empty": ""} {
			v := verify(t, m.with(name, changed).zip(t), reg)
			if bad := badNames(v); v.OK || !slices.Contains(bad, name) || len(bad) > 3 {
				t.Errorf("%s %s: ok %v, bad %v", name, what, v.OK, v.Bytes.Bad)
			}
		}
	}
}

func TestRemovedMember(t *testing.T) {
	b, reg, _ := good(t)
	m := unzip(t, b)
	for name := range m {
		raw := m.without(name).zip(t)
		v, err := bundle.Verify(bytes.NewReader(raw), int64(len(raw)), reg, bundle.Trust{})
		if name == "manifest.json" {
			if !errors.Is(err, bundle.ErrNotBundle) {
				t.Errorf("without a manifest: %v", err)
			}
			continue
		}
		if err != nil || v.OK || cmp.Diff([]string{name}, badNames(v)) != "" {
			t.Errorf("without %s: ok %v, bad %v, %v", name, v.OK, v.Bytes.Bad, err)
		}
	}
}

func TestAddedMember(t *testing.T) {
	b, reg, _ := good(t)
	m := unzip(t, b)
	forger := newDesk(t, "forger")
	for _, name := range []string{"extra", "records/extra.json", "records/extra.jsonl", "report/extra.html", "evidence/photo.jpg"} {
		v := verify(t, m.with(name, "{}").zip(t), reg)
		if v.OK || cmp.Diff([]string{name}, badNames(v)) != "" {
			t.Errorf("with %s: ok %v, bad %v", name, v.OK, v.Bytes.Bad)
		}
		if v := verify(t, m.with(name, "{}").signedBy(t, forger).zip(t), reg); v.OK != (name == "report/extra.html") {
			t.Errorf("with %s, signed anew: ok %v, bad %v", name, v.OK, v.Bytes.Bad)
		}
	}
	folder := m.with("records/", "").zip(t)
	if v := verify(t, folder, reg); v.OK || cmp.Diff([]string{"records/"}, badNames(v)) != "" {
		t.Errorf("with a folder: ok %v, bad %v", v.OK, v.Bytes.Bad)
	}
	if v := verify(t, m.without("report/report.html").with("report/Report.html", m["report/report.html"]).zip(t), reg); v.OK ||
		cmp.Diff([]string{"report/Report.html", "report/report.html"}, badNames(v)) != "" {
		t.Errorf("with a name in other letters: ok %v, bad %v", v.OK, v.Bytes.Bad)
	}
}

// forge changes the amount 620 to 720 and then makes ever more of the bundle fit.
func forge(t *testing.T, m members) map[string]members {
	t.Helper()
	forger := newDesk(t, "forger")
	record := `{"id":"item-1","n":620}`
	changed := strings.Replace(m["records/item.jsonl"], "620", "720", 1)
	if changed == m["records/item.jsonl"] {
		t.Fatal("nothing to change")
	}
	out := map[string]members{}
	out["the record"] = m.with("records/item.jsonl", changed)
	out["and the manifest"] = out["the record"].fit(t)
	out["and the signature"] = out["the record"].signedBy(t, forger)
	indexed := out["the record"].with("records/inputs.json", strings.ReplaceAll(m["records/inputs.json"], sum([]byte(record)), sum([]byte(strings.Replace(record, "620", "720", 1)))))
	out["and the index"] = indexed.signedBy(t, forger)
	out["and the inputs of the derivations"] = reidentify(t, indexed).signedBy(t, forger)
	return out
}

// reidentify gives every derivation the inputs and the id that the records of the
// bundle have, and leaves its result.
func reidentify(t *testing.T, m members) members {
	t.Helper()
	out := maps.Clone(m)
	set := items("item", 720, 50, 1_000_000)
	var lines []derive.Derivation
	for line := range strings.Lines(m["derivations.jsonl"]) {
		var d derive.Derivation
		if err := json.Unmarshal([]byte(line), &d); err != nil {
			t.Fatal(err)
		}
		if old := d.ID; d.Inputs[0].Kind == "item" {
			d.Inputs[0].Digest = set.Digest()
			bare := d
			bare.ID, bare.Result = "", derive.Result{}
			b, err := derive.Canonical(bare)
			if err != nil {
				t.Fatal(err)
			}
			d.ID = sum(b)[:16]
			for name := range out {
				if !strings.HasPrefix(name, "records/") {
					out[name] = strings.ReplaceAll(out[name], old, d.ID)
				}
			}
		}
		lines = append(lines, d)
	}
	slices.SortFunc(lines, func(a, b derive.Derivation) int { return strings.Compare(a.ID, b.ID) })
	var b strings.Builder
	for _, d := range lines {
		line, err := derive.Canonical(d)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(line, '\n'))
	}
	return out.with("derivations.jsonl", b.String())
}

func TestChangedRecordNamesWhatFalls(t *testing.T) {
	b, reg, d := good(t)
	for name, tc := range map[string]struct {
		bad      []string // members whose bytes are named
		figures  []string // functions that differ
		unproven int      // that come out the same from other records
	}{
		"the record":                        {[]string{"records/item.jsonl"}, []string{"test.sum"}, 2},
		"and the manifest":                  {[]string{"manifest.json", "records/item.jsonl"}, []string{"test.sum"}, 2},
		"and the signature":                 {[]string{"records/item.jsonl"}, []string{"test.sum"}, 2},
		"and the index":                     {[]string{}, []string{"test.sum"}, 2},
		"and the inputs of the derivations": {[]string{}, []string{"test.sum"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			forged := forge(t, unzip(t, b))[name].zip(t)
			v := verify(t, forged, reg)
			if diff := cmp.Diff(tc.bad, badNames(v)); diff != "" {
				t.Errorf("bad members (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.figures, figures(v)); diff != "" {
				t.Errorf("figures that differ (-want +got):\n%s", diff)
			}
			if v.OK || cmp.Diff([]int{1}, v.Affected) != "" || cmp.Diff([]string{"summary"}, v.AlsoFall) != "" {
				t.Errorf("ok %v, affected %v and %v", v.OK, v.Affected, v.AlsoFall)
			}
			for _, x := range v.Derivations.Differ {
				if strings.HasPrefix(x.Figure, "test.sum") && (x.Recorded != "1000670" || x.Derived != "1000770") {
					t.Errorf("difference %+v", x)
				}
			}
			if n := len(v.Derivations.Unproven); n != tc.unproven {
				t.Errorf("%d derivations from other records with the same result, want %d: %v", n, tc.unproven, v.Derivations.Unproven)
			}
			if len(v.Printed.Differ) > 0 {
				t.Errorf("what is printed is what was derived once: %v", v.Printed.Differ)
			}
			if v := verify(t, forged, reg, d.verifier); v.OK || v.Signature.Trusted != (name == "the record") {
				t.Error("passes with the signer's key")
			}
		})
	}
}

// A bundle forged as a whole follows from its records; only the signer's key tells.
func TestForgedAsAWhole(t *testing.T) {
	_, reg, d := good(t)
	forged := newDesk(t, "forger").write(t, contents(t, reg, sets{"item": items("item", 720, 50, 1_000_000), "other": items("other", 1)}))
	if v := verify(t, forged, reg); !v.OK || v.Signature.Trusted {
		t.Errorf("without a key: %+v", v)
	}
	v := verify(t, forged, reg, d.verifier)
	if v.OK || v.Signature.Trusted {
		t.Errorf("with the signer's key: %+v", v)
	}
	claimed := unzip(t, forged).fit(t, func(m *bundle.Manifest) { m.Signer = d.key })
	if v := verify(t, claimed.zip(t), reg, d.verifier); v.OK || v.Signature.Valid {
		t.Errorf("under the signer's name: %+v", v)
	}
}

func TestPrintedFigures(t *testing.T) {
	b, reg, _ := good(t)
	m := unzip(t, b)
	forger := newDesk(t, "forger")
	html, places := m["report/report.html"], m["paragraphs.json"]
	first := html[strings.Index(html, "<a class"):]
	first = first[:strings.Index(first, "</a>")+4]
	replace := func(name, old, new string) members {
		t.Helper()
		changed := strings.Replace(m[name], old, new, 1)
		if changed == m[name] {
			t.Fatalf("%s has no %s", name, old)
		}
		return m.with(name, changed)
	}
	for name, tc := range map[string]struct {
		forged members
		want   string
	}{
		"another number on the page":      {replace("report/report.html", ">$1 million<", ">$2 million<"), `report.html prints "$2 million" where`},
		"another number in the map":       {replace("paragraphs.json", `"$1 million"`, `"$2 million"`), `summary prints "$2 million" where`},
		"another style":                   {replace("report/report.html", `data-style=""`, `data-style="exact"`), `says "$1,000,670"`},
		"another derivation":              {replace("report/report.html", `data-derivation="`, `data-derivation="0`), "without a derivation"},
		"no figures on the page":          {m.with("report/report.html", "<p>About $2 million."), "marks no figure, where paragraphs.json has 4"},
		"an empty page":                   {m.with("report/report.html", ""), "marks no figure"},
		"a figure unmarked":               {replace("report/report.html", first, "$9 billion"), "lacks a figure of"},
		"a figure in a comment":           {replace("report/report.html", first, "<!--"+first+"-->$9 billion"), "lacks a figure of"},
		"a figure in a script":            {replace("report/report.html", first, "<script>"+first+"</script>$9 billion"), "lacks a figure of"},
		"a figure the map has not":        {replace("report/report.html", first, first+first), "that paragraphs.json has not (1 times)"},
		"text after the figure in it":     {replace("report/report.html", "</a>", "<b>000</b></a>"), `prints "$1 million000"`},
		"a figure the page has not":       {replace("paragraphs.json", `{"derivation"`, `{"derivation":"`+derivationOf(t, first)+`","text":"$1 million"},{"derivation"`), "lacks a figure of"},
		"a table without its derivation":  {replace("paragraphs.json", `[{"derivation":"`+exhibit(t, places), `[{"derivation":"0`+exhibit(t, places)), "Table 1 rests on"},
		"the map is empty, the page full": {m.with("paragraphs.json", "[]"), "that paragraphs.json has not"},
	} {
		t.Run(name, func(t *testing.T) {
			v := verify(t, tc.forged.signedBy(t, forger).zip(t), reg)
			if v.OK || len(v.Bytes.Bad) > 0 || !strings.Contains(strings.Join(v.Printed.Differ, "\n"), tc.want) {
				t.Errorf("ok %v, bad %v, printed %q; want %q", v.OK, v.Bytes.Bad, v.Printed.Differ, tc.want)
			}
		})
	}
	if v := verify(t, m.without("report/report.html").signedBy(t, forger).zip(t), reg); !v.OK || v.Printed.Checked != 4 {
		t.Errorf("a report without a page: %+v", v)
	}
}

// derivationOf is the derivation that a mark names.
func derivationOf(t *testing.T, mark string) string {
	t.Helper()
	_, rest, _ := strings.Cut(mark, `data-derivation="`)
	id, _, ok := strings.Cut(rest, `"`)
	if !ok {
		t.Fatal("no mark: " + mark)
	}
	return id
}

// exhibit is the derivation of Table 1.
func exhibit(t *testing.T, places string) string {
	t.Helper()
	var list []bundle.Place
	if err := json.Unmarshal([]byte(places), &list); err != nil {
		t.Fatal(err)
	}
	return list[len(list)-1].Figures[0].Derivation
}

// Nothing in a member can be said in two ways: a change that keeps the meaning is
// seen even where the signature is the forger's own.
func TestOnlyCanonicalForms(t *testing.T) {
	b, reg, _ := good(t)
	m := unzip(t, b)
	forger := newDesk(t, "forger")
	for name, change := range map[string]func(string) string{
		"paragraphs.json":     func(s string) string { return " " + s },
		"derivations.jsonl":   func(s string) string { return strings.Replace(s, `{"function"`, `{"about":"x","function"`, 1) },
		"records/inputs.json": func(s string) string { return strings.Replace(s, `{"id"`, `{"withheld":false,"id"`, 1) },
		"records/item.jsonl":  func(s string) string { return strings.Replace(s, `,"n"`, `, "n"`, 1) },
	} {
		changed := change(m[name])
		if changed == m[name] {
			t.Fatalf("%s was not changed", name)
		}
		v := verify(t, m.with(name, changed).signedBy(t, forger).zip(t), reg)
		if v.OK || cmp.Diff([]string{name}, badNames(v)) != "" {
			t.Errorf("%s: ok %v, bad %v", name, v.OK, v.Bytes.Bad)
		}
	}
	spaced := m.signedBy(t, forger)
	spaced = spaced.with("manifest.json", spaced["manifest.json"]+"\n")
	if v := verify(t, spaced.zip(t), reg); v.OK || !slices.Contains(badNames(v), "manifest.json") {
		t.Errorf("manifest: bad %v", v.Bytes.Bad)
	}
}

// An index that cannot be read leaves nothing to derive from: that is said once,
// and not as a difference of every figure.
func TestUnreadableIndex(t *testing.T) {
	b, reg, _ := good(t)
	v := verify(t, unzip(t, b).with("records/inputs.json", "{").zip(t), reg)
	if v.OK || v.Derivations.Total != 4 || v.Derivations.Reproduced != 0 || len(v.Derivations.Differ)+len(v.Affected) > 0 {
		t.Errorf("verification: %+v", v)
	}
}

func TestUnknownFunction(t *testing.T) {
	b, _, _ := good(t)
	reg, err := derive.NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	v := verify(t, b, reg)
	if v.OK || len(v.Derivations.Differ) != 4 || !strings.Contains(v.Derivations.Differ[0].Why, "no such function") {
		t.Errorf("verification: %+v", v)
	}
	if len(v.Printed.Differ) > 0 {
		t.Errorf("what cannot be derived again cannot be said to be printed wrongly: %v", v.Printed.Differ)
	}
}

// Whatever a stranger puts into a bundle may be printed on a terminal.
func TestNothingPlaysTricksOnTheTerminal(t *testing.T) {
	b, reg, _ := good(t)
	const evil = "\x1b[2J\r\u202everified\u0007"
	quoted, err := json.Marshal(evil)
	if err != nil {
		t.Fatal(err)
	}
	inJSON := strings.Trim(string(quoted), `"`)
	m := unzip(t, b)
	for name, from := range map[string]string{"derivations.jsonl": "test.sum@1", "paragraphs.json": "summary", "report/report.html": "$1 million"} {
		to := evil
		if name != "report/report.html" {
			to = inJSON
		}
		m = m.with(name, strings.ReplaceAll(m[name], from, to))
	}
	m = m.signedBy(t, newDesk(t, "forger"), func(x *bundle.Manifest) {
		x.About.Title, x.Withheld = evil, map[string]int{evil: 1}
		x.Members = append(x.Members, bundle.Member{Name: evil})
	})
	v := verify(t, m.zip(t), reg)
	shown := []string{v.About.Title, v.Signature.Key, strings.Join(v.AlsoFall, ""), strings.Join(v.Printed.Differ, "")}
	for k := range v.Withheld {
		shown = append(shown, k)
	}
	for _, f := range v.Bytes.Bad {
		shown = append(shown, f.Member, f.Why)
	}
	for _, x := range v.Derivations.Differ {
		shown = append(shown, x.Derivation, x.Figure, x.Recorded, x.Derived, x.Why)
	}
	if s := strings.Join(shown, " "); strings.ContainsAny(s, "\x1b\r\u202e\u0007") || !strings.Contains(s, "verified") {
		t.Errorf("printed: %q", s)
	}
}

// Two changes at once, of any kind, are never taken for the bundle.
func TestAnyChangeIsSeen(t *testing.T) {
	b, reg, _ := good(t)
	m := unzip(t, b)
	names := slices.Sorted(maps.Keys(m))
	rapid.Check(t, func(rt *rapid.T) {
		changed := maps.Clone(m)
		for range rapid.IntRange(1, 3).Draw(rt, "changes") {
			name := rapid.SampledFrom(names).Draw(rt, "member")
			content := changed[name]
			at := rapid.IntRange(0, len(content)).Draw(rt, "at")
			end := rapid.IntRange(at, min(len(content), at+20)).Draw(rt, "end")
			changed[name] = content[:at] + rapid.String().Draw(rt, "new") + content[end:]
		}
		raw := changed.zip(t)
		v, err := bundle.Verify(bytes.NewReader(raw), int64(len(raw)), reg, bundle.Trust{})
		if err == nil && v.OK && !maps.Equal(m, changed) {
			rt.Fatalf("passes: %q", changed)
		}
	})
}
