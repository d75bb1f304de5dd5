package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/desk/sqlite"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/record"
)

const oldRecord = `{"id":"SHP-%d","observation":{"date":"2023-01-02","direction":"to_dprk","hs":"8703","type":"shipment"}}`

// oldDesk makes a desk as format 1 had it: two tables and no log.
func oldDesk(t *testing.T, records int) string {
	t.Helper()
	dir := t.TempDir()
	statements := []string{
		"CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL, is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT (datetime('now')))",
		"INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, 1), (1, 1)",
		"CREATE TABLE records (kind TEXT NOT NULL, id TEXT NOT NULL, digest TEXT NOT NULL, content BLOB NOT NULL, PRIMARY KEY (kind, id)) STRICT, WITHOUT ROWID",
		"CREATE TABLE receipts (number INTEGER PRIMARY KEY, content BLOB NOT NULL) STRICT",
		`INSERT INTO receipts (content) VALUES (CAST('{"file":"old.csv","read":2,"new":2,"known":0,"refused":0}' AS BLOB))`,
		"INSERT INTO records VALUES ('issued_report', '2024', '" + record.Digest([]byte("{}")) + "', CAST('{}' AS BLOB))",
	}
	for i := range records {
		content := fmt.Sprintf(oldRecord, i)
		statements = append(statements, fmt.Sprintf("INSERT INTO records VALUES ('shipment', 'SHP-%d', '%s', CAST('%s' AS BLOB))", i, record.Digest([]byte(content)), content))
	}
	execute(t, filepath.Join(dir, "desk.sqlite"), statements...)
	if err := os.WriteFile(filepath.Join(dir, "desk.json"), []byte(`{"format":"turtlebay-desk","version":1}`+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestAnOldDeskIsKept(t *testing.T) {
	for _, records := range []int{0, 3} {
		t.Run(fmt.Sprint(records, " records"), func(t *testing.T) {
			dir, ctx := oldDesk(t, records), context.Background()
			if c := sound(t, dir); len(c.Notes) != 2 {
				t.Errorf("before it is brought up to date: %+v", c)
			}
			d := openDesk(t, dir)
			if said := strings.Join(d.Reconciled(), "\n"); !strings.Contains(said, "up to date") {
				t.Errorf("it says %q", said)
			}
			rs, err := d.Records("")
			if err != nil || len(rs) != records {
				t.Fatalf("%d records, %v", len(rs), err)
			}
			for i, r := range rs {
				b, err := r.Canonical()
				if err != nil || string(b) != fmt.Sprintf(oldRecord, i) {
					t.Errorf("record %d is %s, %v", i, b, err)
				}
			}
			receipts, err := d.Receipts(ctx)
			if diff := cmp.Diff([]intake.Receipt{{File: "old.csv", Read: 2, New: 2}}, receipts); diff != "" || err != nil {
				t.Errorf("receipts %v\n%s", err, diff)
			}
			if s, err := d.Set("issued_report"); err != nil || s.Len() != 1 {
				t.Errorf("notes %v, %v", s, err)
			}
			if records > 0 {
				if _, err := d.Proof(ctx, "SHP-1"); !errors.Is(err, desk.ErrNotLogged) {
					t.Errorf("proof: error %v, want %v", err, desk.ErrNotLogged)
				}
			}
			sound(t, dir)
			oldDeskIsLogged(t, d, records)
		})
	}
}

// oldDeskIsLogged writes to the desk, which logs what was held before.
func oldDeskIsLogged(t *testing.T, d *desk.Desk, records int) {
	t.Helper()
	ctx := context.Background()
	if err := d.Replace(ctx, "issued_report", "2025", []byte("{}")); err != nil {
		t.Fatal(err)
	}
	if records > 0 {
		if said := strings.Join(d.Reconciled(), "\n"); !strings.Contains(said, "RB-000001, records held before there was a custody log") {
			t.Errorf("it says %q", said)
		}
		p, err := d.Proof(ctx, "SHP-1")
		if err != nil || p.Batch != "RB-000001" || p.Record.Size != int64(records) {
			t.Errorf("proof %+v, %v", p, err)
		}
	}
	if c := sound(t, d.Dir()); c.Records != int64(records) {
		t.Errorf("checked %+v", c)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if again := openDesk(t, d.Dir()); len(again.Reconciled()) > 0 {
		t.Errorf("brought up to date twice: %v", again.Reconciled())
	}
}

// An old record whose digest is no digest is damaged, and named when it is read.
func TestAnOldDeskThatIsDamaged(t *testing.T) {
	dir := oldDesk(t, 2)
	execute(t, filepath.Join(dir, "desk.sqlite"), "UPDATE records SET digest = 'x' WHERE id = 'SHP-1'")
	d := openDesk(t, dir)
	if _, err := d.Records("shipment"); !errors.Is(err, desk.ErrDamaged) || !strings.Contains(err.Error(), "SHP-1") {
		t.Errorf("error %v, want %v", err, desk.ErrDamaged)
	}
}

// A crash between store and marker leaves a desk that is brought up to date again.
func TestAnOldMarker(t *testing.T) {
	dir := fullDesk(t)
	if err := os.WriteFile(filepath.Join(dir, "desk.json"), []byte(`{"format":"turtlebay-desk","version":1}`), 0o644); err != nil {
		t.Fatal(err)
	}
	d := openDesk(t, dir)
	if s, err := d.Set("shipment"); err != nil || s.Len() != 196 {
		t.Errorf("%v, %v", s, err)
	}
	if b, err := os.ReadFile(d.Path("desk.json")); err != nil || !strings.Contains(string(b), `"version":2`) {
		t.Errorf("marker %s, %v", b, err)
	}
	sound(t, dir)
}

func TestANewStoreIsNotAnOldOne(t *testing.T) {
	s, err := sqlite.Open(filepath.Join(t.TempDir(), "store"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if has, wants := s.Schema(); has != 0 || wants < 2 {
		t.Errorf("schema %d of %d", has, wants)
	}
}
