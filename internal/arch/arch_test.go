// Package arch holds the import table of ARCHITECTURE.md: a test fails on any
// import between rooms that the table does not allow.
package arch

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/turtlebay/turtlebay"

// engines may be named by cmd alone, and by tests that run over a real one.
var engines = []string{"desk/sqlite", "ledger/csr"}

// testsMayImport lists what only test files of a room import beside that.
var testsMayImport = map[string][]string{
	"report":   {"analyses", "desk", "publicrecord"},
	"analyses": {"publicrecord", "desk"},
	"bundle":   {"analyses", "publicrecord", "record"},
	"desk":     {"publicrecord"},
	"regime":   {"publicrecord"},
	"cyber":    {"publicrecord"},

	"cmd/turtlebay": {"internal"}, "ledger": {"internal"}, "trace": {"internal"},
}

// row is a row of the table: the rooms it is about, what lives there, and what
// they may import.
var row = regexp.MustCompile("^\\| ((?:`[a-z/]+/`(?:, )?)+) \\|.*\\| ([^|]*) \\|$")

// table reads the rooms of ARCHITECTURE.md with what each may import beside
// itself. A room includes its subfolders.
func table(t *testing.T) map[string][]string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for line := range strings.Lines(string(page)) {
		m := row.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		for room := range strings.SplitSeq(m[1], ", ") {
			name := strings.Trim(room, "`/")
			out[name] = nil
			if m[2] != "–" {
				out[name] = strings.Split(m[2], ", ")
			}
		}
	}
	if len(out) < 15 {
		t.Fatalf("the table of ARCHITECTURE.md has %d rooms", len(out))
	}
	return out
}

func TestImportsFollowTheTable(t *testing.T) {
	mayImport := table(t)
	room := func(dir string) string { return roomOf(mayImport, dir) }
	seen := map[string]bool{}
	for path, imports := range sources(t) {
		from := room(filepath.ToSlash(filepath.Dir(path)))
		if from == "" {
			t.Errorf("%s lies in no room of the table", path)
			continue
		}
		seen[from] = true
		for _, imported := range imports {
			to := room(imported)
			allowed := append(slices.Clone(mayImport[from]), from)
			if strings.HasSuffix(path, "_test.go") {
				allowed = append(allowed, testsMayImport[from]...)
			}
			if !slices.Contains(allowed, to) {
				t.Errorf("%s imports %s: %s may not import %s", path, imported, from, to)
			}
			if slices.Contains(engines, imported) && from != "cmd/turtlebay" && !strings.HasSuffix(path, "_test.go") && !strings.HasPrefix(filepath.ToSlash(filepath.Dir(path)), imported) {
				t.Errorf("%s names the engine %s: only cmd does", path, imported)
			}
		}
	}
	for name := range mayImport {
		if !seen[name] && name != "internal" {
			t.Errorf("the table lists %s, which has no source", name)
		}
	}
}

// roomOf is the longest entry of the table that the folder lies in.
func roomOf(mayImport map[string][]string, dir string) string {
	best := ""
	for name := range mayImport {
		if (dir == name || strings.HasPrefix(dir, name+"/")) && len(name) > len(best) {
			best = name
		}
	}
	return best
}

// sources maps every Go file to the packages of this module that it imports,
// relative to the module's root.
func sources(t *testing.T) map[string][]string {
	t.Helper()
	root := filepath.Join("..", "..")
	out := map[string][]string{}
	err := fs.WalkDir(os.DirFS(root), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || path == "tools" || strings.HasPrefix(d.Name(), ".") && path != ".") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, path), nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		out[path] = nil
		for _, spec := range file.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if rest, ok := strings.CutPrefix(name, module+"/"); ok {
				out[path] = append(out[path], rest)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
