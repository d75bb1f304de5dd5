package desk_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/desk/desktest"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
)

// TestMain has the tests work in memory where the system has a folder for that:
// what a desk writes is on the disk before it goes on, and here are hundreds.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("/dev/shm", "desk-test-")
	if err == nil {
		os.Setenv("TMPDIR", dir)
	}
	code := m.Run()
	if err == nil {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

// newDesk makes a desk in a folder of its own.
func newDesk(t *testing.T) *desk.Desk {
	t.Helper()
	d, err := desk.Create(t.TempDir(), desktest.Memory())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// shipment is a valid record; the rest of its JSON object is given.
func shipment(t *testing.T, id, description, more string) record.Record {
	t.Helper()
	r, err := record.Decode(fmt.Appendf(nil, `{"id":"SHP-%s","observation":{"type":"shipment","date":"2023-01-02","direction":"to_dprk","hs":"8703","description":%q}%s}`, id, description, more))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// add adds records, which may cite the empty file.
func add(t *testing.T, d *desk.Desk, rs ...record.Record) {
	t.Helper()
	var cited []desk.Evidence
	if slices.ContainsFunc(rs, func(r record.Record) bool { return len(r.Evidence) > 0 }) {
		cited = append(cited, desk.Evidence{Name: "empty", Source: "Utopia", Plain: true})
	}
	if n, err := d.AddRecords(context.Background(), rs, cited...); err != nil || n != len(rs) {
		t.Fatalf("added %d of %d: %v", n, len(rs), err)
	}
}

func write(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCreate(t *testing.T) {
	for name, tc := range map[string]struct {
		prepare func(t *testing.T, dir string)
		want    error
	}{
		"missing":        {func(t *testing.T, dir string) { os.Remove(dir) }, nil},
		"missing parent": {func(t *testing.T, dir string) { os.RemoveAll(filepath.Dir(dir)) }, nil},
		"empty":          {func(*testing.T, string) {}, nil},
		"of something else": {func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, "thesis.docx"), "x")
		}, desk.ErrNotEmpty},
		"left unfinished": {func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, "desk.sqlite"), "")
			write(t, filepath.Join(dir, "desk.sqlite-wal"), "")
			write(t, filepath.Join(dir, ".writing-123"), "")
			write(t, filepath.Join(dir, "desk.lock"), `{"pid":1}`)
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "cases", "my desk")
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			tc.prepare(t, dir)
			open := desktest.Memory()
			d, err := desk.Create(dir, open)
			if !errors.Is(err, tc.want) {
				t.Fatalf("error %v, want %v", err, tc.want)
			}
			if tc.want != nil {
				return
			}
			add(t, d, shipment(t, "1", "a car", ""))
			d.Close()
			if d, err = desk.Create(dir, open); err != nil { // a desk already: it is opened
				t.Fatal(err)
			}
			if rs, err := d.Records(observation.KindShipment); err != nil || len(rs) != 1 {
				t.Errorf("a desk made again holds %d records: %v", len(rs), err)
			}
		})
	}
}

func TestCreateWhereAFileIs(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "file"), "x")
	if _, err := desk.Create(path, desktest.Memory()); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v does not name %s", err, path)
	}
}

func TestCreateLeavesNoMarkerWhenTheStoreFails(t *testing.T) {
	dir, broken := t.TempDir(), errors.New("no room on the disk")
	if _, err := desk.Create(dir, func(string) (desk.Store, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
	if _, err := desk.Open(dir, desktest.Memory()); !errors.Is(err, desk.ErrNoDesk) {
		t.Errorf("error %v, want %v", err, desk.ErrNoDesk)
	}
}

func TestOpenRefuses(t *testing.T) {
	const good = `{"format":"turtlebay-desk","version":2}`
	for name, tc := range map[string]struct {
		marker, store string
		want          error
	}{
		"no marker":        {"", "x", desk.ErrNoDesk},
		"newer":            {`{"format":"turtlebay-desk","version":3,"shards":[]}`, "x", desk.ErrNewer},
		"empty marker":     {" ", "x", desk.ErrDamaged},
		"truncated marker": {good[:20], "x", desk.ErrDamaged},
		"NUL":              {"\x00\x00", "x", desk.ErrDamaged},
		"more follows":     {good + good, "x", desk.ErrDamaged},
		"other format":     {`{"format":"turtlebay-bundle","version":1}`, "x", desk.ErrDamaged},
		"no version":       {`{"format":"turtlebay-desk"}`, "x", desk.ErrDamaged},
		"version is text":  {`{"format":"turtlebay-desk","version":"1"}`, "x", desk.ErrDamaged},
		"no store":         {good, "", desk.ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			files := map[string]string{"desk.json": tc.marker, "desk.sqlite": tc.store}
			for name, content := range files {
				if content != "" {
					write(t, filepath.Join(dir, name), content)
				}
			}
			_, err := desk.Open(dir, func(string) (desk.Store, error) {
				t.Error("the store was opened")
				return nil, errors.New("opened")
			})
			if !errors.Is(err, tc.want) || !strings.Contains(err.Error(), dir) {
				t.Errorf("error %v, want %v with the folder's name", err, tc.want)
			}
			for name, content := range files {
				if b, _ := os.ReadFile(filepath.Join(dir, name)); string(b) != content {
					t.Errorf("%s was changed to %q", name, b)
				}
			}
		})
	}
}

func TestOpenRefusesAnEmptyStore(t *testing.T) {
	dir := newDesk(t).Dir()
	write(t, filepath.Join(dir, "desk.sqlite"), "")
	if _, err := desk.Open(dir, desktest.Memory()); !errors.Is(err, desk.ErrDamaged) {
		t.Errorf("error %v, want %v: a desk that lost its records must not look new", err, desk.ErrDamaged)
	}
}

func TestRecordsAreHeldAgainstTheirDigest(t *testing.T) {
	open := desktest.Memory()
	d, err := desk.Create(t.TempDir(), open)
	if err != nil {
		t.Fatal(err)
	}
	plant(t, d, open, desk.Held{ID: "SHP-1", Kind: "shipment", Digest: record.Digest([]byte("one")), Bytes: []byte("other")})
	if _, err := d.Set("shipment"); !errors.Is(err, desk.ErrDamaged) || !strings.Contains(err.Error(), "SHP-1") {
		t.Errorf("error %v, want %v with the record's id", err, desk.ErrDamaged)
	}
}

// plant puts a record into the desk's store as no desk would.
func plant(t *testing.T, d *desk.Desk, open desk.Opener, h desk.Held) {
	t.Helper()
	store, err := open(d.Path("desk.sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	tx, err := store.Begin(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if h.Batch, err = tx.Open(desk.Batch{Leaf: -1}); err == nil {
		err = tx.Put(h)
	}
	if err == nil {
		err = tx.Update(desk.Batch{Number: h.Batch, State: desk.Complete, Records: 1, Leaf: -1})
	}
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestAddRecords(t *testing.T) {
	d, ctx := newDesk(t), context.Background()
	one := shipment(t, "1", "a car", "")
	add(t, d, one)
	if n, err := d.AddRecords(ctx, []record.Record{one}); n != 0 || err != nil {
		t.Errorf("the same record again: %d added, %v", n, err)
	}
	n, err := d.AddRecords(ctx, []record.Record{shipment(t, "2", "a lorry", ""), shipment(t, "1", "a bus", "")})
	if n != 2 || err != nil {
		t.Errorf("a new record and another account of a held one: %d added, %v", n, err)
	}
	if _, err := d.AddRecords(ctx, []record.Record{{ID: "SHP-3"}}); err == nil {
		t.Error("an invalid record was added")
	}
	rs, err := d.Records("")
	if err != nil || len(rs) != 2 || len(rs[0].Also) != 1 {
		t.Errorf("the desk holds %v, %v", rs, err)
	}
}

func TestReplace(t *testing.T) {
	d, ctx := newDesk(t), context.Background()
	for _, content := range []string{"one", "two"} {
		if err := d.Replace(ctx, "issued_report", "2024-03-07", []byte(content)); err != nil {
			t.Fatal(err)
		}
		s, err := d.Set("issued_report")
		if err != nil || s.Len() != 1 || string(s.Inputs()[0].Bytes) != content {
			t.Errorf("the set holds %v, %v; want %s", s.Inputs(), err, content)
		}
	}
	if ks, err := d.Kinds(ctx); err != nil || len(ks) != 0 {
		t.Errorf("what the desk writes about itself counts as records: %v, %v", ks, err)
	}
}
