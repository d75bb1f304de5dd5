package sqlite_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/desk/desktest"
	"github.com/turtlebay/turtlebay/desk/sqlite"
	"github.com/turtlebay/turtlebay/record"
)

func TestStore(t *testing.T) { desktest.Run(t, sqlite.Open) }

// open opens a store that is up to date.
func open(t *testing.T, path string) desk.Store {
	t.Helper()
	s, err := sqlite.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.Upgrade(context.Background()); err != nil {
		t.Fatal(err)
	}
	return s
}

func held(id, content string) desk.Held {
	return desk.Held{ID: id, Kind: "a", Digest: record.Digest([]byte(content)), Bytes: []byte(content)}
}

// hold adds records in a complete batch.
func hold(t *testing.T, s desk.Store, hs ...desk.Held) {
	t.Helper()
	tx, err := s.Begin(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	number, err := tx.Open(desk.Batch{Leaf: -1})
	if err != nil {
		t.Fatal(err)
	}
	for i := range hs {
		hs[i].Batch, hs[i].Place = number, int64(i)
	}
	if err := tx.Put(hs...); err != nil {
		t.Fatal(err)
	}
	if err := tx.Update(desk.Batch{Number: number, State: desk.Complete, Records: int64(len(hs)), Leaf: -1}); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

func TestAnyPath(t *testing.T) {
	for _, name := range []string{"with a space", "what?", "a#1", "100%", "%41", "a&b=c", "?_pragma=x", "책상", "a:b", `back\slash`, "it's", `"`, "file:x", "+plus"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, name, name)
			if err := os.Mkdir(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			s := open(t, path)
			hold(t, s, held("A-1", "one"))
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			entries, err := os.ReadDir(filepath.Dir(path))
			if err != nil || len(entries) != 1 || entries[0].Name() != name {
				t.Errorf("the folder holds %v, %v", entries, err)
			}
			if got, ok, err := open(t, path).Version(context.Background(), "a", "A-1", true); err != nil || !ok || string(got.Bytes) != "one" {
				t.Errorf("reopened: %v, %v, %v", got, ok, err)
			}
		})
	}
}

func TestARelativePath(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, path := range []string{"desk.sqlite", "./?x", "a:b"} {
		open(t, path)
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
}

func TestDamagedFile(t *testing.T) {
	good := filepath.Join(t.TempDir(), "good")
	s := open(t, good)
	var many []desk.Held
	for i := range 500 {
		many = append(many, held(strings.Repeat("A", 20)+string(rune('a'+i%26))+string(rune('a'+i/26)), strings.Repeat("x", 300+i)))
	}
	hold(t, s, many...)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	middle := bytes.Clone(content)
	copy(middle[len(middle)/2&^4095:], bytes.Repeat([]byte{0xff}, 8192))
	for name, damaged := range map[string][]byte{
		"garbage":            bytes.Repeat([]byte("this is no store\n"), 100),
		"short garbage":      []byte("x"),
		"truncated":          content[:len(content)/2&^4095],
		"truncated in page":  content[:len(content)/2|7],
		"truncated to head":  content[:100],
		"pages written over": middle,
		"header only":        append(bytes.Clone(content[:16]), make([]byte, 8192)...),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "store")
			if err := os.WriteFile(path, damaged, 0o644); err != nil {
				t.Fatal(err)
			}
			err := readAll(path)
			if !errors.Is(err, desk.ErrDamaged) {
				t.Errorf("error %v, want %v", err, desk.ErrDamaged)
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(after, damaged) {
				t.Error("the damaged file was changed")
			}
		})
	}
}

// readAll opens a store and reads all of it.
func readAll(path string) error {
	s, err := sqlite.Open(path)
	if err != nil {
		return err
	}
	defer s.Close()
	ctx := context.Background()
	_, kinds := s.Kinds(ctx)
	_, batches := s.Batches(ctx)
	_, receipts := s.Receipts(ctx)
	errs := []error{kinds, batches, receipts}
	for _, err := range s.Records(ctx, "a") {
		errs = append(errs, err)
	}
	return errors.Join(append(errs, s.Check(ctx))...)
}

func TestDamagedContent(t *testing.T) {
	for name, statement := range map[string]string{
		"receipt":             "INSERT INTO receipts (content) VALUES (CAST('{' AS BLOB))",
		"receipt of a batch":  "UPDATE batches SET receipt = CAST('[]' AS BLOB)",
		"columns of a batch":  "UPDATE batches SET columns = 'x'",
		"table of other kind": "ALTER TABLE goose_db_version RENAME TO other",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "store")
			s := open(t, path)
			hold(t, s, held("A-1", "one"))
			s.Close()
			execute(t, path, statement)
			if err := readAll(path); !errors.Is(err, desk.ErrDamaged) {
				t.Errorf("error %v, want %v", err, desk.ErrDamaged)
			}
		})
	}
}

func execute(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range statements {
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

func TestNewerSchema(t *testing.T) {
	dir := t.TempDir()
	d, err := desk.Create(dir, sqlite.Open)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	path := d.Path("desk.sqlite")
	execute(t, path, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := desk.Open(dir, sqlite.Open); !errors.Is(err, desk.ErrNewer) || !strings.Contains(err.Error(), "999") {
		t.Errorf("error %v, want %v with the version", err, desk.ErrNewer)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("the newer store was changed")
	}
}

func TestNoFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "store")
	_, err := sqlite.Open(path)
	if !errors.Is(err, desk.ErrReadOnly) || errors.Is(err, desk.ErrDamaged) || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v", err)
	}
}

func TestADeskInSQLite(t *testing.T) {
	dir, ctx := t.TempDir(), context.Background()
	d, err := desk.Create(dir, sqlite.Open)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "rows.csv")
	if err := os.WriteFile(path, []byte("id,date,hs\nSHP-1,2023-01-02,8703\nSHP-2,never,8703\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	added, err := d.AddFile(ctx, path, desk.Intake{Kind: "shipment", Source: "Customs"})
	if err != nil || added.Receipt.New != 1 || added.Receipt.Refused != 1 {
		t.Fatalf("%v, receipt:\n%s", err, added.Receipt)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d = openDesk(t, dir)
	rs, err := d.Records("")
	if err != nil || len(rs) != 1 || rs[0].ID != "SHP-1" || len(rs[0].Evidence) != 1 {
		t.Errorf("reopened desk holds %v, %v", rs, err)
	}
	if receipts, err := d.Receipts(ctx); err != nil || len(receipts) != 1 || receipts[0].SHA256 != added.Receipt.SHA256 {
		t.Errorf("reopened desk has receipts %v, %v", receipts, err)
	}
	for _, name := range []string{"desk.sqlite-wal", "desk.sqlite-shm"} {
		if info, err := os.Stat(d.Path(name)); err == nil && info.Size() > 0 && name == "desk.sqlite-wal" {
			t.Errorf("%s has %d bytes after all was settled", name, info.Size())
		}
	}
	sound(t, dir)
}
