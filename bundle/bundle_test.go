package bundle_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/bundle"
	"github.com/turtlebay/turtlebay/derive"
)

func TestRoundTrip(t *testing.T) {
	b, reg, d := good(t)
	v := verify(t, b, reg)
	want := bundle.Verification{
		OK:          true,
		About:       bundle.About{Title: "A test", Body: "this desk", Date: "2024-03-07", Period: "2017–2023", View: "all"},
		Bytes:       bundle.Bytes{Checked: 8, Bad: []bundle.Fault{}},
		Signature:   bundle.Signature{Key: d.key, Valid: true},
		Derivations: bundle.Derivations{Total: 4, Reproduced: 4, Differ: []bundle.Difference{}},
		Printed:     bundle.PrintedCheck{Checked: 8, Differ: []string{}},
		Affected:    []int{},
	}
	if diff := cmp.Diff(want, v); diff != "" {
		t.Errorf("verification (-want +got):\n%s", diff)
	}
	if v := verify(t, unzip(t, b).zip(t), reg); !v.OK {
		t.Errorf("a copy zipped again does not pass: %+v", v)
	}
}

func TestSignature(t *testing.T) {
	b, reg, d := good(t)
	stranger := newDesk(t, "stranger")
	for name, tc := range map[string]struct {
		trusted     []desk
		ok, trustOK bool
	}{
		"no key":             {nil, true, false},
		"the signer's":       {[]desk{d}, true, true},
		"among others":       {[]desk{stranger, d}, true, true},
		"the same twice":     {[]desk{d, d}, true, true},
		"another's":          {[]desk{stranger}, false, false},
		"another's, by name": {[]desk{namesake(t, "desk", "other")}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			var v bundle.Verification
			switch len(tc.trusted) {
			case 0:
				v = verify(t, b, reg)
			case 1:
				v = verify(t, b, reg, tc.trusted[0].verifier)
			default:
				v = verify(t, b, reg, tc.trusted[0].verifier, tc.trusted[1].verifier)
			}
			if v.OK != tc.ok || v.Signature.Trusted != tc.trustOK || !v.Signature.Valid || len(v.Bytes.Bad) > 0 {
				t.Errorf("ok %v, signature %+v, bad %v", v.OK, v.Signature, v.Bytes.Bad)
			}
		})
	}
}

func TestSameContentsSameBytes(t *testing.T) {
	reg, d := registry(t), newDesk(t, "desk")
	from := sets{"item": items("item", 3, 2, 1), "other": items("other", 1)}
	c := contents(t, reg, from)
	first := d.write(t, c)
	for range 20 { // maps come in another order each time
		if !bytes.Equal(first, d.write(t, c)) {
			t.Fatal("the same contents gave other bytes")
		}
	}
	slices.Reverse(c.Sets)
	slices.Reverse(c.Derivations)
	if !bytes.Equal(first, d.write(t, c)) {
		t.Error("the order of sets and derivations is seen in the bytes")
	}
}

func TestEmptyBundle(t *testing.T) {
	d := newDesk(t, "desk")
	if v := verify(t, d.write(t, bundle.Contents{}), registry(t)); !v.OK || v.Derivations.Total != 0 {
		t.Errorf("a bundle of nothing: %+v", v)
	}
}

func TestNewerVersion(t *testing.T) {
	b, reg, d := good(t)
	m := unzip(t, b)
	newer := m.with("manifest.json", `{"format":"turtlebay-bundle","members":"in another form","version":2}`)
	newer = newer.with("signature.note", "turtlebay-bundle/2\nsomething else\n")
	raw := newer.zip(t)
	if _, err := bundle.Verify(bytes.NewReader(raw), int64(len(raw)), reg, bundle.Trust{}); !errors.Is(err, bundle.ErrNewer) {
		t.Errorf("error %v, want %v", err, bundle.ErrNewer)
	}
	// a version that was changed is no newer bundle
	for _, version := range []string{"0", "2", "9", "-1"} {
		changed := m.with("manifest.json", strings.Replace(m["manifest.json"], `"version":1`, `"version":`+version, 1))
		if v := verify(t, changed.zip(t), reg, d.verifier); v.OK || !slices.Contains(badNames(v), "manifest.json") {
			t.Errorf("version %s: %+v", version, v)
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	reg, d := registry(t), newDesk(t, "desk")
	from := sets{"item": items("item", 1)}
	input := func(content string) derive.Input {
		return derive.Input{ID: "x-1", Digest: sum([]byte(content)), Bytes: []byte(content)}
	}
	for name, change := range map[string]func(*bundle.Contents){
		"a name with a folder":         func(c *bundle.Contents) { c.Report["../report.html"] = nil },
		"a name with a backslash":      func(c *bundle.Contents) { c.Report[`a\b`] = nil },
		"an empty name":                func(c *bundle.Contents) { c.Report[""] = nil },
		"a kind that is a path":        func(c *bundle.Contents) { c.Sets = append(c.Sets, derive.NewSet("../x", nil)) },
		"a kind twice":                 func(c *bundle.Contents) { c.Sets = append(c.Sets, c.Sets[0]) },
		"a record of two lines":        set(input("{}\n{}")),
		"a record in two ways":         set(input(`{"b":1,"a":2}`)),
		"a record that is no JSON":     set(input(`{`)),
		"a record of another digest":   set(derive.Input{ID: "x-1", Digest: sum(nil), Bytes: []byte(`{}`)}),
		"a record beyond all bounds":   set(input(`"` + strings.Repeat("x", 5<<20) + `"`)),
		"a derivation twice":           func(c *bundle.Contents) { c.Derivations = append(c.Derivations, c.Derivations[0]) },
		"a place without a derivation": func(c *bundle.Contents) { c.Derivations = c.Derivations[1:] },
		"too many derivations":         func(c *bundle.Contents) { c.Derivations = make([]derive.Derivation, 30_000) },
	} {
		t.Run(name, func(t *testing.T) {
			c := contents(t, reg, from)
			change(&c)
			var b bytes.Buffer
			if err := bundle.Write(&b, c, d.signer, d.key); err == nil || b.Len() > 0 {
				t.Errorf("error %v, %d bytes written", err, b.Len())
			}
		})
	}
}

// set adds a set of one record.
func set(in derive.Input) func(*bundle.Contents) {
	return func(c *bundle.Contents) { c.Sets = append(c.Sets, derive.NewSet("x", []derive.Input{in})) }
}
