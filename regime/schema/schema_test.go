package schema_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"path"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/turtlebay/turtlebay/regime"
	"github.com/turtlebay/turtlebay/regime/eu20171509"
	"github.com/turtlebay/turtlebay/regime/kp"
	"github.com/turtlebay/turtlebay/regime/lists"
	"github.com/turtlebay/turtlebay/regime/schema"
	"go.yaml.in/yaml/v3"
)

var update = flag.Bool("update", false, "write the committed schemas anew")

var committed = map[string]func() ([]byte, error){
	"measure.schema.json": schema.Measure,
	"list.schema.json":    schema.List,
}

func TestCommittedSchemasAreThese(t *testing.T) {
	for name, text := range committed {
		want, err := text()
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(name, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(name)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what the types give (%v): run go test ./regime/schema -update", name, err)
		}
	}
}

func compiled(t testing.TB, text func() ([]byte, error)) *jsonschema.Schema {
	t.Helper()
	b, err := text()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("turtlebay.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("turtlebay.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// tree is a file as an editor sees it: YAML 1.2, in which a day is text.
func tree(t testing.TB, data []byte) any {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	return plain(&doc)
}

func plain(n *yaml.Node) any {
	switch n.Kind {
	case yaml.DocumentNode:
		return plain(n.Content[0])
	case yaml.AliasNode:
		return plain(n.Alias)
	case yaml.SequenceNode:
		out := []any{}
		for _, x := range n.Content {
			out = append(out, plain(x))
		}
		return out
	case yaml.MappingNode:
		out := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			out[n.Content[i].Value] = plain(n.Content[i+1])
		}
		return out
	}
	switch n.ShortTag() {
	case "!!int", "!!float":
		if json.Valid([]byte(n.Value)) {
			return json.Number(n.Value)
		}
	case "!!bool":
		return n.Value == "true"
	case "!!null":
		return nil
	}
	return n.Value
}

// Every file of the packs is as the schemas want it.
func TestPacksAreValid(t *testing.T) {
	measure, list := compiled(t, schema.Measure), compiled(t, schema.List)
	seen := 0
	validate := func(fsys fs.FS, s *jsonschema.Schema) {
		err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || path.Ext(name) != ".yaml" || name == "pack.yaml" {
				return err
			}
			data, err := fs.ReadFile(fsys, name)
			if err != nil {
				return err
			}
			seen++
			if err := s.Validate(tree(t, data)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	validate(kp.Files(), measure)
	validate(eu20171509.Files(), measure)
	validate(lists.Files(), list)
	if seen < 150 {
		t.Errorf("only %d files were looked at", seen)
	}
}

const sound = `id: t-cap
cite: {document: D/1, paragraph: P1, certainty: checked, paragraph_checked: true, source: a book}
adopted: 2017-01-01
kind: test
force: binding
direction: to_dprk
duty: every State
summary: a measure for tests
in_force: {from: 2017-01-01, until: 2018-01-01}
national:
  - {state: CN, from: 2017-02-01, what: customs took in no more, source: a book}
ask:
  contract_date: Contracted when?
  net_kg: How heavy?
  year_total_before_tonnes: How much before?
  committee_approval: Approved?
rules:
  - name: cap
    applies_to: [shipment]
    goods:
      - {codes: ["7204", "26"], except: ["260112"], what: scrap and ores, basis: analyst-mapping, certainty: checked, above_usd: 2.5}
    when: before(obs.contract_date, "2017-08-05")
    reason: capped goods
    exempt:
      - {id: committee, when: obs.committee_approval, reason: approved}
    limit:
      window: 12-months-from
      start: 2016-12-22
      notices: [75, 90]
      caps:
        - {amount: 1000, unit: tonne, quantity: net_kg, before: year_total_before_tonnes}
  - name: other
    applies_to: [petroleum_delivery]
    finds: possible
    reason: perhaps
    question: What was it?
    grace: {days: 30, reason: contracted before}
tests:
  - name: one
    given: {type: shipment, date: 2017, direction: to_dprk, hs: "7204", net_kg: 1000001, committee_approval: false}
    each: {hs: ["7204", "26"], net_kg: [1, 2]}
    as_of: 2020-01-01
    expect: possible
    asks: [contract_date]
  - name: two
    given: {type: petroleum_delivery, date: 2017-02, direction: to_dprk, totals: [{value: {barrels: 10, basis: reported}, authority: a State, anchor: {source: s}}]}
    beside:
      - {type: committee_notice, date: 2017-02, measure: t-cap, percent: 95}
    expect: possible
`

// What Load would refuse and can be seen in one file without its meaning, an editor
// sees too.
func TestSchemaRefuses(t *testing.T) {
	s := compiled(t, schema.Measure)
	if err := s.Validate(tree(t, []byte(sound))); err != nil {
		t.Fatalf("a sound measure is refused: %v", err)
	}
	if _, err := regime.Load(fstest.MapFS{
		"pack.yaml":  {Data: []byte("id: t\nname: t\n")},
		"t-cap.yaml": {Data: []byte(sound)},
	}); err != nil {
		t.Fatalf("a sound measure is refused: %v", err)
	}
	for _, test := range []struct{ name, old, text string }{
		{"an unknown field", "    reason: capped", "    resaon: capped"},
		{"an unknown field at the top", "kind: test", "knid: test"},
		{"a test without expectation", "    expect: possible\n    asks", "    asks"},
		{"a decision of an unknown kind", "{type: committee_notice", "{type: notice"},
		{"a State that is none", "state: CN", "state: China"},
		{"a test of an unknown kind", "{type: shipment", "{type: ship"},
		{"a test without a kind", "{type: shipment, ", "{"},
		{"a test with an unknown fact", `hs: "7204", net_kg: 1000001`, `hss: "7204"`},
		{"a test with a code that is a number", `hs: "7204", net_kg: 1000001`, "hs: 7204"},
		{"a test with a date that is none", "date: 2017,", "date: last year,"},
		{"a test with a flag that is text", "committee_approval: false", "committee_approval: perhaps"},
		{"an unknown fact in each", "each: {hs:", "each: {hss:"},
		{"an unknown fact in asks", "asks: [contract_date]", "asks: [day]"},
		{"an unknown result", "expect: possible", "expect: nothing"},
		{"none beside a result", "expect: possible", "expect: [possible, none]"},
		{"rules without tests", sound[strings.Index(sound, "tests:"):], ""},
		{"no tests in the list", sound[strings.Index(sound, "tests:"):], "tests: []\n"},
		{"no citation", "paragraph: P1, ", ""},
		{"an empty citation", "paragraph: P1", "paragraph: ''"},
		{"an unknown certainty", "certainty: checked, paragraph", "certainty: sure, paragraph"},
		{"checked nowhere", "source: a book", "source: ''"},
		{"checked and no source", ", source: a book", ""},
		{"an unknown force", "force: binding", "force: strong"},
		{"an unknown direction", "direction: to_dprk\nduty", "direction: north\nduty"},
		{"no one who owes it", "duty: every State", "duty: ' '"},
		{"a coarse date", "adopted: 2017-01-01", "adopted: 2017-01"},
		{"no first day", "in_force: {from: 2017-01-01, ", "in_force: {"},
		{"an unknown kind", "applies_to: [shipment]", "applies_to: [ship]"},
		{"no kind", "applies_to: [shipment]", "applies_to: []"},
		{"a question for no fact", "  contract_date: Contracted", "  contract_day: Contracted"},
		{"an empty question", "contract_date: Contracted when?", "contract_date: ''"},
		{"a limit on a text", "quantity: net_kg", "quantity: hs"},
		{"a limit of no window", "window: 12-months-from", "window: week"},
		{"twelve months from no day", "      start: 2016-12-22\n", ""},
		{"a calendar year with a start", "window: 12-months-from", "window: calendar-year"},
		{"a bad amount", "amount: 1000,", "amount: 1e3x,"},
		{"an amount of nothing", "amount: 1000,", "amount: 0,"},
		{"a notice above the cap", "[75, 90]", "[75, 190]"},
		{"what is found beside a limit", "    reason: capped", "    finds: breach\n    reason: capped"},
		{"possible without a question", "    question: What was it?\n", ""},
		{"finds what no rule finds", "finds: possible", "finds: exempt"},
		{"grace without an end", "days: 30, ", ""},
		{"totals without a question", "      notices: [75, 90]\n", "      totals: true\n"},
		{"an unknown basis", "basis: analyst-mapping", "basis: hearsay"},
		{"a code that is a number", `"7204", "26"], except`, `7204, "26"], except`},
		{"a code of three digits", `"7204", "26"], except`, `"720", "26"], except`},
		{"goods that are not said", "what: scrap and ores, ", ""},
		{"an exemption without a reason", ", reason: approved}", "}"},
		{"goods left out of none", "    goods:\n      - {codes: [\"7204\", \"26\"], except: [\"260112\"], what: scrap and ores, basis: analyst-mapping, certainty: checked, above_usd: 2.5}\n", "    unless: [a-list]\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if !strings.Contains(sound, test.old) {
				t.Fatalf("nothing to edit: %q", test.old)
			}
			if err := s.Validate(tree(t, []byte(strings.Replace(sound, test.old, test.text, 1)))); err == nil {
				t.Error("is not refused")
			}
		})
	}
}

// Load lists the words that it accepts in what it says of others; the schema has
// the same.
func TestWordsAreThoseOfLoad(t *testing.T) {
	edited := strings.NewReplacer("force: binding", "force: x", "direction: to_dprk\nduty", "direction: x\nduty", "basis: analyst-mapping", "basis: x").Replace(sound)
	_, err := regime.Load(fstest.MapFS{
		"pack.yaml":  {Data: []byte("id: t\nname: t\n")},
		"t-cap.yaml": {Data: []byte(edited)},
	})
	if err == nil {
		t.Fatal("Load accepts it")
	}
	b, errSchema := schema.Measure()
	if errSchema != nil {
		t.Fatal(errSchema)
	}
	var doc struct {
		Properties map[string]struct{ Enum []string }
		Defs       map[string]struct {
			Properties map[string]struct{ Enum []string }
		} `json:"$defs"`
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	for field, enum := range map[string][]string{
		"force":     doc.Properties["force"].Enum,
		"direction": doc.Properties["direction"].Enum,
		"basis":     doc.Defs["Goods"].Properties["basis"].Enum,
	} {
		said := regexp.MustCompile(field + `: is "x", want one of (.*)`).FindStringSubmatch(err.Error())
		if said == nil {
			t.Fatalf("Load does not say which words %s may have: %v", field, err)
		}
		want := strings.FieldsFunc(said[1], func(r rune) bool { return strings.ContainsRune("[], ", r) })
		if diff := cmp.Diff(want, enum); diff != "" {
			t.Errorf("%s (-Load +schema):\n%s", field, diff)
		}
	}
}

// Every field is described, and nothing is described that is no field.
func TestEveryFieldIsDescribed(t *testing.T) {
	for name, text := range committed {
		b, err := text()
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Properties map[string]struct{ Description string }
			Defs       map[string]struct {
				Description string
				Properties  map[string]struct{ Description string }
			} `json:"$defs"`
		}
		if err := json.Unmarshal(b, &doc); err != nil {
			t.Fatal(err)
		}
		for field, p := range doc.Properties {
			if p.Description == "" {
				t.Errorf("%s: %s is not described", name, field)
			}
		}
		for _, typ := range []reflect.Type{
			reflect.TypeFor[regime.Cite](), reflect.TypeFor[regime.Interval](), reflect.TypeFor[regime.Rule](), reflect.TypeFor[regime.Exemption](),
			reflect.TypeFor[regime.Grace](), reflect.TypeFor[regime.Limit](), reflect.TypeFor[regime.Cap](), reflect.TypeFor[regime.Goods](), reflect.TypeFor[regime.Test](),
		} {
			for field, p := range doc.Defs[typ.Name()].Properties {
				if p.Description == "" {
					t.Errorf("%s: %s.%s is not described", name, typ.Name(), field)
				}
			}
		}
	}
}
