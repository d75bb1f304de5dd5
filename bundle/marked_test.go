package bundle_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/bundle"
	"github.com/turtlebay/turtlebay/derive"
)

const cover = "[withheld]"

// withholding is a report for somebody who may not see the second item: the sum is
// covered, so is the row of the table; a count that is the same without it stands.
func withholding(t testing.TB) (bundle.Contents, *derive.Registry) {
	t.Helper()
	reg := registry(t)
	all := sets{"item": items("item", 620, 50, 1_000_000), "other": items("other", 1)}
	inputs := slices.Clone(all["item"].Inputs())
	hidden := inputs[1]
	seen := sets{"item": derive.NewSet("item", slices.Delete(inputs, 1, 2)), "other": all["other"]}
	c := contents(t, reg, seen)
	for i, d := range c.Derivations {
		full, err := reg.Derive(d.Function, d.Params, all)
		if err != nil {
			t.Fatal(err)
		}
		if full.Result.Equal(d.Result) {
			continue
		}
		c.Derivations[i] = d.Withhold("tlp:amber")
		if x := d.Result.Table; x != nil {
			rows := append(slices.Clone(x.Rows), derive.Row{Cells: []string{cover}})
			c.Derivations[i].Result.Table = &derive.Table{Columns: x.Columns, Rows: rows}
		}
		for _, p := range c.Places {
			for k := range p.Figures {
				if f := &p.Figures[k]; f.Derivation == d.ID && f.Text != "" {
					f.Text = cover
				}
			}
		}
	}
	c.Report["report.html"] = page(c.Places)
	c.Commitments = map[string][]string{"item": {sum([]byte("commitment " + hidden.ID))}}
	c.Withheld, c.Cover = map[string]int{"tlp:amber": 1}, cover
	return c, reg
}

func TestWithheld(t *testing.T) {
	c, reg := withholding(t)
	d, forger := newDesk(t, "desk"), newDesk(t, "forger")
	b := d.write(t, c)
	v := verify(t, b, reg)
	if !v.OK || v.Derivations.Withheld != 2 || v.Derivations.Reproduced != 2 || len(v.Derivations.Differ) > 0 || v.Withheld["tlp:amber"] != 1 {
		t.Errorf("verification: %+v", v)
	}
	m := unzip(t, b)
	for name, content := range m {
		for _, told := range []string{`"n":50`, "item-2", "1000670", "1,000,670", "$50"} {
			if strings.Contains(content, told) {
				t.Errorf("%s tells %s", name, told)
			}
		}
	}
	replace := func(name, old, now string) members {
		t.Helper()
		if !strings.Contains(m[name], old) {
			t.Fatalf("%s does not say %s", name, old)
		}
		return m.with(name, strings.ReplaceAll(m[name], old, now)).signedBy(t, forger)
	}
	for name, forged := range map[string]members{
		"another count":          m.signedBy(t, forger, func(x *bundle.Manifest) { x.Withheld = map[string]int{"tlp:amber": 2} }),
		"nothing withheld":       m.signedBy(t, forger, func(x *bundle.Manifest) { x.Withheld = nil }),
		"no cover":               m.signedBy(t, forger, func(x *bundle.Manifest) { x.Cover = "" }),
		"another cover":          m.signedBy(t, forger, func(x *bundle.Manifest) { x.Cover = "[hidden]" }),
		"no commitment":          replace("records/inputs.json", `"withheld":true`, `"withheld":false`),
		"a figure printed":       replace("report/report.html", cover, "$1,000,620"),
		"a figure in the map":    replace("paragraphs.json", cover, "$1,000,620"),
		"a value stated":         replace("derivations.jsonl", `"result":{},"withheld"`, `"result":{"value":"1000670"},"withheld"`),
		"a marking stated":       replace("derivations.jsonl", `{"function":"test.sum@1",`, `{"function":"test.sum@1","marking":"tlp:amber",`),
		"a row that is none":     replace("derivations.jsonl", `{"cells":["item-1"],"record":"item-1"}`, `{"cells":["item-9"],"record":"item-9"}`),
		"rows in another order":  replace("derivations.jsonl", `{"cells":["item-1"],"record":"item-1"},{"cells":["item-3"],"record":"item-3"}`, `{"cells":["item-3"],"record":"item-3"},{"cells":["item-1"],"record":"item-1"}`),
		"a cover with a record":  replace("derivations.jsonl", `{"cells":["[withheld]"]}`, `{"cells":["[withheld]"],"record":"item-2"}`),
		"a figure not withheld":  replace("derivations.jsonl", `,"withheld":"tlp:amber"}`, `}`),
		"of records not at hand": replace("records/item.jsonl", `"n":620`, `"n":621`),
	} {
		if v := verify(t, forged.zip(t), reg); v.OK {
			t.Errorf("%s passes: %+v", name, v)
		}
	}
}

// marked is a report over items of which the first is amber.
func marked(t testing.TB, first, derivation, about string) []byte {
	t.Helper()
	from := sets{"item": items("item", 1, 2), "other": items("other", 1)}
	inputs := slices.Clone(from["item"].Inputs())
	inputs[0].Bytes = []byte(`{` + first + `,"n":1}`)
	inputs[0].Digest = sum(inputs[0].Bytes)
	from["item"] = derive.NewSet("item", inputs)
	c := contents(t, registry(t), from)
	for i := range c.Derivations {
		if c.Derivations[i].Inputs[0].Kind == "item" {
			c.Derivations[i].Marking = derivation
		}
	}
	c.About.Marking = about
	return newDesk(t, "desk").write(t, c)
}

// A figure is marked as the records it rests on, the report no lower than its
// figures.
func TestMarking(t *testing.T) {
	reg := registry(t)
	for name, tc := range map[string]struct {
		record, derivation, about string
		ok                        bool
	}{
		"as its record":              {`"id":"item-1","marking":{"tlp":"amber"}`, "tlp:amber", "tlp:amber", true},
		"the report above":           {`"id":"item-1","marking":{"tlp":"amber"}`, "tlp:amber", "tlp:red", true},
		"by another account":         {`"also":[{"marking":{"un":"confidential"}}],"id":"item-1","marking":{"tlp":"green"}`, "un:confidential; tlp:green", "un:confidential; tlp:green", true},
		"clear in so many words":     {`"id":"item-1","marking":{"tlp":"clear"}`, "", "", true},
		"no marking":                 {`"id":"item-1","marking":{"tlp":"amber"}`, "", "tlp:amber", false},
		"below its record":           {`"id":"item-1","marking":{"tlp":"amber"}`, "tlp:green", "tlp:amber", false},
		"above its record":           {`"id":"item-1","marking":{"tlp":"amber"}`, "tlp:red", "tlp:red", false},
		"no marking that is one":     {`"id":"item-1","marking":{"tlp":"amber"}`, "tlp:purple", "tlp:amber", false},
		"the report below":           {`"id":"item-1","marking":{"tlp":"amber"}`, "tlp:amber", "tlp:green", false},
		"the report without one":     {`"id":"item-1","marking":{"tlp":"amber"}`, "tlp:amber", "", false},
		"the report by no marking":   {`"id":"item-1","marking":{"tlp":"amber"}`, "tlp:amber", "tlp:purple", false},
		"a marking beyond all bound": {`"id":"item-1","marking":{"caveats":["` + strings.Repeat("x", 2000) + `"]}`, "tlp:clear; " + strings.Repeat("x", 2000), "tlp:red", false},
	} {
		v := verify(t, marked(t, tc.record, tc.derivation, tc.about), reg)
		if v.OK != tc.ok {
			t.Errorf("%s: ok %v, differ %v, printed %v, bad %v", name, v.OK, v.Derivations.Differ, v.Printed.Differ, v.Bytes.Bad)
		}
	}
}

func TestWriteRefusesWithheld(t *testing.T) {
	for name, change := range map[string]func(*bundle.Contents){
		"without a cover":           func(c *bundle.Contents) { c.Cover = "" },
		"a commitment that is none": func(c *bundle.Contents) { c.Commitments["item"] = []string{"item-2"} },
		"of a kind that is a path":  func(c *bundle.Contents) { c.Commitments["../x"] = c.Commitments["item"] },
	} {
		c, _ := withholding(t)
		c.Commitments = maps.Clone(c.Commitments)
		change(&c)
		d := newDesk(t, "desk")
		if err := bundle.Write(&strings.Builder{}, c, d.signer, d.key); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
