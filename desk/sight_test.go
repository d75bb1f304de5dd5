package desk_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/desk/desktest"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/vault"
)

// two rows, of which one is for nobody but those cleared for red.
const mixed = `{"id":"INC-2022-1","date":"2022-01-01","victim":"Open Exchange","crypto_company":true,"attributed_to_dprk":true,"attributions":[{"value":"unknown","authority":"A Member State","status":"official"}]}
{"id":"INC-2022-2","marking":{"tlp":"red"},"observation":{"type":"cyber_incident","date":"2022-02-02","victim":"SECRET Exchange","crypto_company":true,"attributed_to_dprk":true,"attributions":[{"value":"unknown","authority":"A Member State","status":"official"}]}}
`

// withFile is a desk that a file was added to.
func withFile(t *testing.T, content string, kind observation.Kind) *desk.Desk {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "rows.jsonl")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := desk.Create(filepath.Join(dir, "desk"), desktest.Memory(), desk.As("A. Expert", "test"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	added, err := d.AddFile(context.Background(), path, desk.Intake{Kind: kind, Source: "a police"})
	if err != nil || added.Receipt.Kept() != strings.Count(content, "\n") {
		t.Fatalf("%v\n%s", err, added.Receipt)
	}
	return d
}

// exhibits are the bytes of evidence that would go along with a public report.
func exhibits(t *testing.T, d *desk.Desk) string {
	t.Helper()
	released, err := d.Release(marking.Reader{})
	if err != nil {
		t.Fatal(err)
	}
	es, err := d.Exhibits(context.Background(), released.Travelling(), marking.Reader{})
	if err != nil {
		t.Fatal(err)
	}
	out := ""
	for _, e := range es {
		out += string(e.Bytes)
	}
	return out
}

// A file is shown to nobody who may not see each of its rows.
func TestFileWithHiddenRows(t *testing.T) {
	ctx := context.Background()
	d := withFile(t, mixed, observation.KindCyberIncident)
	if got := exhibits(t, d); got != "" {
		t.Errorf("the public gets %q", got)
	}
	v, err := d.Vault(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for reader, want := range map[string]int{"": 0, "amber": 0, "red": 1} {
		r := marking.Reader{TLP: reader}
		items, err := v.List(r)
		if err != nil || len(items) != want {
			t.Errorf("cleared for %q: %d items, %v; want %d", reader, len(items), err, want)
		}
		_, err = v.Open(ctx, "EV-000001", r, "test")
		if (err == nil) != (want == 1) || err != nil && !errors.Is(err, vault.ErrNoItem) {
			t.Errorf("cleared for %q: open: %v", reader, err)
		}
	}
	part, _, err := v.Derive(ctx, "EV-000001", vault.Derivation{Role: vault.Extract, Tool: "test@1"}, strings.NewReader("SECRET"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Get(part.ID, marking.Reader{}); !errors.Is(err, vault.ErrNoItem) {
		t.Errorf("an extract of it: %v", err)
	}
	if rs, err := d.For(marking.Reader{}).Records(""); err != nil || len(rs) != 1 {
		t.Errorf("%d records, %v", len(rs), err)
	}
}

// A file that names somebody who goes by a pseudonym does not go along.
func TestFileWithNames(t *testing.T) {
	d := withFile(t, `{"id":"WKR-2023-1","observation":{"type":"worker_presence","date":"2023","host_country":"XA","person":{"kind":"person","names":[{"text":"Jane Roe"}]}}}
`, observation.KindWorkerPresence)
	if got := exhibits(t, d); strings.Contains(got, "Jane") {
		t.Errorf("the public gets %q", got)
	}
}

// Whoever raises the marking of a letter raises what was read from it.
func TestRaisedEvidenceHidesItsRecords(t *testing.T) {
	ctx := context.Background()
	d := withFile(t, strings.Split(mixed, "\n")[0]+"\n", observation.KindCyberIncident)
	count := func() int {
		t.Helper()
		rs, err := d.For(marking.Reader{}).Records("")
		if err != nil {
			t.Fatal(err)
		}
		released, err := d.Release(marking.Reader{})
		if err != nil {
			t.Fatal(err)
		}
		if out, err := released.Records(""); err != nil || len(out) != len(rs) {
			t.Errorf("%d records are seen and %d released, %v", len(rs), len(out), err)
		}
		return len(rs)
	}
	if n := count(); n != 1 || exhibits(t, d) == "" {
		t.Fatalf("%d records, exhibits %q", n, exhibits(t, d))
	}
	v, err := d.Vault(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Mark(ctx, "EV-000001", marking.Marking{TLP: "red"}, "names a source"); err != nil {
		t.Fatal(err)
	}
	if n := count(); n != 0 {
		t.Errorf("%d records are seen", n)
	}
	if rs, err := d.Records(""); err != nil || len(rs) != 1 {
		t.Errorf("the custodian sees %d records, %v", len(rs), err)
	}
}
