package sqlite_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/desk/sqlite"
)

// fullDesk makes a desk that has a file of every sort.
func fullDesk(t *testing.T) string {
	t.Helper()
	dir, ctx := t.TempDir(), context.Background()
	d, err := desk.Create(dir, sqlite.Open)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	release, err := d.Hold(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.AddFile(ctx, rowsFile(t, 200), intakeOf("Customs")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.Signer(); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(d.Path("out"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := desk.WriteFile(d.Path("out", "report.html"), []byte("<p>a report</p>\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := d.Replace(ctx, "issued_report", "1", []byte("{}")); err != nil {
		t.Fatal(err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// copied is a copy of a desk.
func copied(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

// files lists the files of a desk that hold anything.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		if info, err := e.Info(); err != nil || info.Size() == 0 {
			return err
		}
		name, err := filepath.Rel(dir, path)
		out = append(out, filepath.ToSlash(name))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func check(t *testing.T, dir string) desk.Checked {
	t.Helper()
	c, err := desk.Check(context.Background(), dir, sqlite.Open, nil)
	if err != nil {
		t.Fatalf("check: %v", err)
	}
	return c
}

// names reports whether a fault names the file.
func names(c desk.Checked, file string) bool {
	return slices.ContainsFunc(c.Faults, func(f desk.Fault) bool { return f.File == file })
}

func TestCheckNamesEveryFlippedByte(t *testing.T) {
	dir := fullDesk(t)
	if c := sound(t, dir); c.Files < 8 || c.Records != 196 || c.Vault.Items != 1 || len(c.Notes) > 0 {
		t.Errorf("checked %+v", c)
	}
	flipped := 0
	for _, name := range files(t, dir) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		n := len(content)
		for _, at := range slices.Compact([]int{0, n / 3, n / 2, n - 1}) {
			bad := bytes.Clone(content)
			bad[at] ^= 1
			if err := os.WriteFile(path, bad, info.Mode()); err != nil {
				t.Fatal(err)
			}
			if c := check(t, dir); !names(c, name) {
				t.Errorf("%s, byte %d of %d: %+v", name, at, n, c.Faults)
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(after, bad) {
				t.Errorf("%s was changed by the check", name)
			}
			flipped++
		}
		if err := os.WriteFile(path, content, info.Mode()); err != nil {
			t.Fatal(err)
		}
	}
	sound(t, dir)
	t.Logf("%d bytes flipped in %d files", flipped, len(files(t, dir)))
}

func TestCheckNamesWhatIsGone(t *testing.T) {
	whole := fullDesk(t)
	for _, name := range files(t, whole) {
		dir := copied(t, whole)
		remove(t, filepath.Join(dir, filepath.FromSlash(name)))
		if c := check(t, dir); !names(c, name) && !(strings.HasPrefix(name, "vault/") && !c.OK()) {
			t.Errorf("%s is gone: %+v", name, c.Faults)
		}
	}
}

func TestCheckNamesMore(t *testing.T) {
	whole := fullDesk(t)
	for name, tc := range map[string]struct {
		file string
		do   func(t *testing.T, path string)
	}{
		"a truncated store":       {"desk.sqlite", func(t *testing.T, path string) { truncate(t, path, 2) }},
		"a store cut to a page":   {"desk.sqlite", func(t *testing.T, path string) { truncate(t, path, 10) }},
		"an empty store":          {"desk.sqlite", func(t *testing.T, path string) { truncate(t, path, 1<<30) }},
		"a file that appeared":    {"keys/other.key", func(t *testing.T, path string) { put(t, path) }},
		"a quarantine slipped in": {"quarantine/0123456789ab.jsonl", func(t *testing.T, path string) { put(t, path) }},
		"a vault that is gone":    {"vault/vault.json", func(t *testing.T, path string) { remove(t, filepath.Dir(path)) }},
		"a log that is gone":      {"vault/log", func(t *testing.T, path string) { remove(t, path) }},
		"a file put in the vault": {"vault/items/x", func(t *testing.T, path string) { put(t, path) }},
	} {
		t.Run(name, func(t *testing.T) {
			dir := copied(t, whole)
			tc.do(t, filepath.Join(dir, filepath.FromSlash(tc.file)))
			if c := check(t, dir); !names(c, tc.file) {
				t.Errorf("faults %+v", c.Faults)
			}
		})
	}
}

func truncate(t *testing.T, path string, by int64) {
	t.Helper()
	info, err := os.Stat(path)
	if err == nil {
		err = os.Truncate(path, info.Size()/by)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestCheckHoldsRecordsAgainstTheLog alters what the store says of records and
// batches and seals that, as somebody would who knows the seal.
func TestCheckHoldsRecordsAgainstTheLog(t *testing.T) {
	whole := fullDesk(t)
	for name, tc := range map[string]struct{ statement, of string }{
		"content":              {"UPDATE versions SET content = CAST('{}' AS BLOB) WHERE number % 4294967296 = 3", "SHP-"},
		"content and digest":   {"UPDATE versions SET content = CAST('{}' AS BLOB), digest = unhex('44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a') WHERE number % 4294967296 = 3", "RB-000001"},
		"a record taken out":   {"DELETE FROM versions WHERE number % 4294967296 = 195", "RB-000001"},
		"and not counted":      {"DELETE FROM versions WHERE number % 4294967296 = 195; UPDATE batches SET records = records - 1", "RB-000001"},
		"a record slipped in":  {"INSERT INTO versions SELECT number + 1, kind, 'SHP-X', digest, content FROM versions ORDER BY number DESC LIMIT 1", "RB-000001"},
		"two records swapped":  {"UPDATE versions SET id = CASE number % 4294967296 WHEN 1 THEN 'SHP-A' ELSE 'SHP-B' END WHERE number % 4294967296 < 2", "RB-000001"},
		"the receipt":          {"UPDATE batches SET receipt = CAST(replace(CAST(receipt AS TEXT), '\"read\":200', '\"read\":201') AS BLOB)", "RB-000001"},
		"the file it is from":  {"UPDATE batches SET object = 'EV-000009'", "RB-000001"},
		"the batch":            {"DELETE FROM batches", "RB-000001"},
		"the leaf":             {"UPDATE batches SET leaf = 0", "RB-000001"},
		"a batch of no leaf":   {"INSERT INTO batches SELECT 2, state, item, object, kind, source, tool, params, actor, base, 2, settled, 0, receipt, columns, key, root, leaf FROM batches", "RB-000002"},
		"the key of the batch": {"UPDATE batches SET key = randomblob(32)", "RB-000001"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := copied(t, whole)
			for statement := range strings.SplitSeq(tc.statement, "; ") {
				execute(t, filepath.Join(dir, "desk.sqlite"), statement)
			}
			reseal(t, dir)
			c := check(t, dir)
			if len(c.Faults) == 0 || !names(c, "desk.sqlite") || !strings.HasPrefix(c.Faults[0].Of, tc.of) && !strings.HasPrefix(c.Faults[len(c.Faults)-1].Of, tc.of) {
				t.Errorf("faults %+v", c.Faults)
			}
		})
	}
}

// reseal has the desk seal itself anew.
func reseal(t *testing.T, dir string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, "desk.seal")); err != nil {
		t.Fatal(err)
	}
	release, err := openDesk(t, dir).Hold(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
}

// TestASealIsNotRenewedOverWhatWasAltered: a later session does not hide what
// happened to files that it did not touch.
func TestASealIsNotRenewedOverWhatWasAltered(t *testing.T) {
	dir := fullDesk(t)
	quarantined, err := filepath.Glob(filepath.Join(dir, "quarantine", "*.jsonl"))
	if err != nil || len(quarantined) != 1 {
		t.Fatal(quarantined, err)
	}
	long := time.Now().Add(-time.Hour)
	var altered []string
	for _, path := range []string{filepath.Join(dir, "out", "report.html"), filepath.Join(dir, "keys", "signing.pub"), quarantined[0]} {
		put(t, path)
		if err := os.Chtimes(path, long, long); err != nil {
			t.Fatal(err)
		}
		name, _ := filepath.Rel(dir, path)
		altered = append(altered, filepath.ToSlash(name))
	}
	put(t, filepath.Join(dir, "keys", "other.key"))
	if err := os.Chtimes(filepath.Join(dir, "keys", "other.key"), long, long); err != nil {
		t.Fatal(err)
	}
	altered = append(altered, "keys/other.key")
	if err := os.Remove(filepath.Join(dir, "keys", "vault.key")); err != nil {
		t.Fatal(err)
	}
	altered = append(altered, "keys/vault.key")
	d := openDesk(t, dir)
	for i := range 2 {
		if err := d.Replace(context.Background(), "issued_report", fmt.Sprint(i), []byte("{}")); err != nil {
			t.Fatal(err)
		}
	}
	c := check(t, dir)
	for _, name := range altered {
		if !names(c, name) {
			t.Errorf("%s is forgotten: %+v", name, c.Faults)
		}
	}
	if names(c, "desk.sqlite") || names(c, "desk.json") {
		t.Errorf("what was written properly is at fault: %+v", c.Faults)
	}
}

// TestABrokenSealStopsWriting: it would be lost what else was altered.
func TestABrokenSealStopsWriting(t *testing.T) {
	dir := fullDesk(t)
	path := filepath.Join(dir, "desk.seal")
	truncate(t, path, 2)
	d := openDesk(t, dir)
	err := d.Replace(context.Background(), "a", "x", []byte("y"))
	if err == nil || !strings.Contains(err.Error(), "desk.seal") {
		t.Errorf("error %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := d.Replace(context.Background(), "a", "x", []byte("y")); err != nil {
		t.Error(err)
	}
	if said := strings.Join(d.Reconciled(), "\n"); !strings.Contains(said, "no seal") {
		t.Errorf("it says %q", said)
	}
	sound(t, dir)
}

// TestCheckAfterAProcessDied: what it wrote is not held against the seal, what was
// altered before is.
func TestCheckAfterAProcessDied(t *testing.T) {
	dir := fullDesk(t)
	pub := filepath.Join(dir, "keys", "signing.pub")
	put(t, pub)
	long := time.Now().Add(-time.Hour)
	if err := os.Chtimes(pub, long, long); err != nil {
		t.Fatal(err)
	}
	kill := start(t, "hold", dir, "")
	put(t, filepath.Join(dir, "out", "half.html"))
	kill()
	c := check(t, dir)
	if !names(c, "keys/signing.pub") || len(c.Faults) != 1 || len(c.Notes) != 1 {
		t.Errorf("%+v", c)
	}
}

func TestCheckOfNoDesk(t *testing.T) {
	_, err := desk.Check(context.Background(), t.TempDir(), sqlite.Open, nil)
	if err == nil || !strings.Contains(err.Error(), desk.ErrNoDesk.Error()) {
		t.Errorf("error %v", err)
	}
}
