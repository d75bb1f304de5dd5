package bundle_test

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/turtlebay/turtlebay/analyses"
	"github.com/turtlebay/turtlebay/bundle"
	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/publicrecord"
	"github.com/turtlebay/turtlebay/record"
)

// publicContents is a report over the public record that prints every figure
// there is, for each of the parameters.
func publicContents(t testing.TB, params func(derive.Function) []derive.Params) (bundle.Contents, *derive.Registry) {
	t.Helper()
	reg, err := analyses.Registry()
	if err != nil {
		t.Fatal(err)
	}
	rs, err := publicrecord.Records()
	if err != nil {
		t.Fatal(err)
	}
	inputs := map[string][]derive.Input{}
	for _, r := range rs {
		b, err := r.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		k := string(r.Kind())
		inputs[k] = append(inputs[k], derive.Input{ID: r.ID, Digest: record.Digest(b), Bytes: b})
	}
	from, c := sets{}, bundle.Contents{About: bundle.About{Title: "The public record"}}
	for kind, list := range inputs {
		from[kind] = derive.NewSet(kind, list)
		c.Sets = append(c.Sets, from[kind])
	}
	seen := map[string]bool{}
	for _, f := range reg.Functions() {
		for _, p := range params(f) {
			d, err := reg.Derive(f.Name, p, from)
			if err != nil || seen[d.ID] { // a function that wants a parameter says so
				continue
			}
			seen[d.ID] = true
			c.Derivations = append(c.Derivations, d)
			n := len(c.Derivations)
			c.Places = append(c.Places, bundle.Place{Label: fmt.Sprint(n), Number: n, Figures: []bundle.Printed{{Derivation: d.ID, Text: d.Result.Print("")}}})
		}
	}
	slices.SortFunc(c.Sets, func(a, b *derive.Set) int { return cmp.Compare(a.Kind(), b.Kind()) })
	c.Report = map[string][]byte{"report.html": page(c.Places)}
	return c, reg
}

// defaults asks a function once, without parameters.
func defaults(derive.Function) []derive.Params { return []derive.Params{nil} }

// variants asks a function in several periods and views: several hundred
// derivations in all.
func variants(f derive.Function) []derive.Params {
	out := []derive.Params{nil}
	for _, p := range f.Params {
		for _, v := range p.Allowed {
			out = append(out, derive.Params{p.Name: v})
		}
		if p.Name == "from" || p.Name == "to" {
			for year := 2017; year <= 2023; year++ {
				out = append(out, derive.Params{p.Name: fmt.Sprint(year)})
			}
		}
	}
	return out
}

func TestPublicRecord(t *testing.T) {
	c, reg := publicContents(t, variants)
	if len(c.Derivations) < 100 {
		t.Fatalf("%d derivations are too few to say anything", len(c.Derivations))
	}
	d := newDesk(t, "desk")
	b := d.write(t, c)
	begin := time.Now()
	v := verify(t, b, reg, d.verifier)
	t.Logf("%d derivations in %v", v.Derivations.Total, time.Since(begin))
	if !v.OK || v.Derivations.Reproduced != len(c.Derivations) || v.Printed.Checked != 2*len(c.Places) {
		t.Errorf("bad %v, differ %v, printed %v", v.Bytes.Bad, v.Derivations.Differ, v.Printed.Differ)
	}
	if time.Since(begin) > 10*time.Second {
		t.Errorf("took %v", time.Since(begin))
	}
}

func BenchmarkVerify(b *testing.B) {
	c, reg := publicContents(b, variants)
	raw := newDesk(b, "desk").write(b, c)
	b.ReportMetric(float64(len(c.Derivations)), "derivations")
	b.ReportAllocs()
	for b.Loop() {
		if v, err := bundle.Verify(bytes.NewReader(raw), int64(len(raw)), reg, bundle.Trust{}); err != nil || !v.OK {
			b.Fatal(v, err)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	c, _ := publicContents(b, variants)
	d := newDesk(b, "desk")
	b.ReportAllocs()
	for b.Loop() {
		if err := bundle.Write(io.Discard, c, d.signer, d.key); err != nil {
			b.Fatal(err)
		}
	}
}

// FuzzVerifyRecords gives the real analyses records that a forger has changed, with
// an index that fits.
func FuzzVerifyRecords(f *testing.F) {
	c, reg := publicContents(f, defaults)
	m := unzip(f, newDesk(f, "desk").write(f, c))
	lines := strings.Split(strings.TrimSuffix(m["records/cyber_incident.jsonl"], "\n"), "\n")
	forger := newDesk(f, "forger")
	f.Add(uint8(0), []byte(`{}`))
	f.Add(uint8(1), []byte(`null`))
	f.Add(uint8(2), []byte(`{"id":"INC-2017-001","observation":{"type":"cyber_incident"}}`))
	f.Add(uint8(3), []byte(`{"also":[{"marking":{"caveats":["eyes only"],"tlp":"purple"}}],"id":"INC-2017-001","marking":{"un":"confidential"},"observation":{"type":"cyber_incident"}}`))
	f.Add(uint8(3), bytes.ReplaceAll([]byte(lines[3]), []byte("0"), []byte("9")))
	f.Add(uint8(4), bytes.ReplaceAll([]byte(lines[4]), []byte("20"), []byte("")))
	f.Fuzz(func(t *testing.T, at uint8, line []byte) {
		if bytes.ContainsRune(line, '\n') {
			return
		}
		i := int(at) % len(lines)
		changed := slices.Clone(lines)
		changed[i] = string(line)
		n := m.with("records/cyber_incident.jsonl", strings.Join(changed, "\n")+"\n")
		n = n.with("records/inputs.json", strings.Replace(m["records/inputs.json"], sum([]byte(lines[i])), sum(line), 1))
		raw := n.signedBy(t, forger).zip(t)
		v, err := bundle.Verify(bytes.NewReader(raw), int64(len(raw)), reg, bundle.Trust{})
		judged(t, v, err)
		if v.OK && changed[i] != lines[i] {
			t.Errorf("a changed record passes: %s", line)
		}
	})
}
