package desk_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/backup"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/vault"
)

// refusing is a desk with a file of which rows were refused, one of them mended. It
// returns the names of the files in quarantine.
func refusing(t *testing.T) (*desk.Desk, desk.Opener, []string) {
	t.Helper()
	d, open := expertDesk(t)
	added, err := d.AddFile(context.Background(), write(t, filepath.Join(t.TempDir(), "rows.csv"), mixedCSV), shipments)
	if err != nil || added.Item != "EV-000001" || added.Receipt.Refused == 0 {
		t.Fatalf("%+v, %v", added, err)
	}
	id := added.Receipt.SHA256[:12]
	mend := intake.Mend{Field: "date", Value: "2023-12-04", By: "A. Expert", Why: "the letter says so", On: fixed}
	if _, err := d.Mend(context.Background(), id, "4", mend); err != nil {
		t.Fatal(err)
	}
	names := []string{"quarantine/" + id + ".jsonl", "quarantine/" + id + ".mends.jsonl"}
	there(t, d.Dir(), names, true)
	return d, open, names
}

func there(t *testing.T, dir string, names []string, want bool) {
	t.Helper()
	for _, name := range names {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDestroyTakesTheRefusedRowsAlong(t *testing.T) {
	ctx := context.Background()
	d, open, names := refusing(t)
	rs, err := d.Records("shipment")
	if err != nil || len(rs) == 0 {
		t.Fatal(rs, err)
	}
	before := snapshotOf(t, d, filepath.Join(t.TempDir(), "backup"))
	got, err := d.Destroy(ctx, "EV-000001", "asked to")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(desk.Destruction{Rows: names, Records: len(rs)}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	there(t, d.Dir(), names, false)
	if after, err := d.Records("shipment"); err != nil || len(after) != len(rs) {
		t.Errorf("records %v, %v", after, err)
	}
	snapshotOf(t, d, before.Dir())
	first, err := before.Snapshot(1)
	if err != nil {
		t.Fatal(err)
	}
	forgotten := map[string]bool{}
	for _, f := range first.Files {
		forgotten[f.Path] = f.Forgotten
	}
	for _, name := range names {
		if !forgotten[name] {
			t.Errorf("%s: the backup has it still", name)
		}
	}
	if _, err := d.Destroy(ctx, "EV-000001", "again"); !errors.Is(err, vault.ErrDestroyed) {
		t.Errorf("error %v", err)
	}
	if _, err := d.Destroy(ctx, "EV-000077", "asked to"); !errors.Is(err, vault.ErrNoItem) {
		t.Errorf("error %v", err)
	}
	sound(t, d, open)
}

// While another item holds the same bytes, what was refused of them stays.
func TestDestroyOfOneOfTwo(t *testing.T) {
	ctx := context.Background()
	d, open, names := refusing(t)
	if _, _, err := vaultOf(t, d).Copy(ctx, "EV-000001", "working copy", ""); err != nil {
		t.Fatal(err)
	}
	got, err := d.Destroy(ctx, "EV-000001", "asked to")
	if err != nil || len(got.Rows) > 0 || len(got.Same) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	there(t, d.Dir(), names, true)
	if got, err = d.Destroy(ctx, got.Same[0], "asked to"); err != nil || len(got.Rows) != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	there(t, d.Dir(), names, false)
	sound(t, d, open)
}

// Destroying that was interrupted after the item was gone is finished by destroying
// again, and the seal does not miss what went meanwhile.
func TestDestroyThatWasInterrupted(t *testing.T) {
	ctx := context.Background()
	d, open, names := refusing(t)
	if _, err := vaultOf(t, d).Destroy(ctx, "EV-000001", "asked to"); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(d.Dir(), names[0])); err != nil {
		t.Fatal(err)
	}
	got, err := d.Destroy(ctx, "EV-000001", "asked to")
	if !errors.Is(err, vault.ErrDestroyed) || len(got.Rows) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	there(t, d.Dir(), names, false)
	sound(t, d, open)
}

func snapshotOf(t *testing.T, d *desk.Desk, dir string) *backup.Store {
	t.Helper()
	s, err := backup.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.Backup(context.Background(), s, time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	return s
}
