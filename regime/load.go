package regime

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime/condition"
	"go.yaml.in/yaml/v3"
)

// ErrPack is wrapped by every error of Load that is about the pack's content.
var ErrPack = errors.New("pack refused")

// FileError is one thing wrong with one file of a pack. Load joins all it finds.
type FileError struct {
	File   string
	Line   int    // 0 where the file as a whole is meant
	Field  string // rules[0].when, tests[2] "exactly at the cap" …
	Reason string
}

// Error is "measures/kp-2397-5.yaml:12: rules[0].when: reason".
func (e *FileError) Error() string {
	s := e.File
	if e.Line > 0 {
		s += ":" + strconv.Itoa(e.Line)
	}
	if e.Field != "" {
		s += ": " + e.Field
	}
	return s + ": " + e.Reason
}

// Unwrap makes errors.Is(err, ErrPack) true.
func (e *FileError) Unwrap() error { return ErrPack }

// Bounds on a pack, far above any real one.
const (
	maxFiles    = 4096
	maxFileSize = 256 << 10
	maxFaults   = 50
)

// packFile is pack.yaml.
type packFile struct {
	ID    string            `yaml:"id"`
	Name  string            `yaml:"name"`
	About string            `yaml:"about"`
	Ask   map[string]string `yaml:"ask"` // "fact" or "kind.fact" → question, for measures that have none of their own
}

// loader gathers what is wrong, so that one run shows everything.
type loader struct {
	pack   *Pack
	env    *condition.Env
	lists  map[string]*GoodsList
	faults []error
}

func (l *loader) fault(file string, line int, field, format string, args ...any) {
	if len(l.faults) < maxFaults {
		l.faults = append(l.faults, &FileError{file, line, field, fmt.Sprintf(format, args...)})
	}
}

// Load reads pack.yaml at the root, one list of goods from every .yaml file in the
// folder lists and one measure from every other below it, type-checks all
// conditions and runs all tests. Lists that several packs share come from file
// systems of their own. The error joins a *FileError for each thing wrong; a
// pack with any is refused as a whole.
func Load(fsys fs.FS, lists ...fs.FS) (*Pack, error) {
	env, err := shared()
	if err != nil {
		return nil, err
	}
	l := &loader{env: env, pack: &Pack{byID: map[string]*Measure{}}, lists: map[string]*GoodsList{}}
	files, err := readAll(fsys)
	for _, more := range lists {
		if err == nil {
			files, err = withLists(files, more)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("load pack: %w", err)
	}
	l.readPack(files)
	if !slices.ContainsFunc(files, func(f file) bool { return f.name != packName && !strings.HasPrefix(f.name, listsFolder) }) {
		l.fault(packName, 0, "", "the pack has no measures: write them in files of their own beside it")
	}
	for _, f := range files {
		switch {
		case f.name == packName:
		case strings.HasPrefix(f.name, listsFolder):
			l.readList(f)
		default:
			l.readMeasure(f)
		}
	}
	slices.SortFunc(l.pack.measures, func(a, b *Measure) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(l.pack.lists, func(a, b *GoodsList) int { return strings.Compare(a.ID, b.ID) })
	if err := l.finish(); err != nil {
		return nil, err
	}
	l.pack.digest = digest(files)
	return l.pack, nil
}

// shared compiles the conditions of every pack, so that packs can be joined and a
// text that several hold is compiled once.
var shared = sync.OnceValues(condition.NewEnv)

// finish relates the measures, compiles their rules and runs their tests.
func (l *loader) finish() error {
	l.relate()
	for _, m := range l.pack.measures {
		l.compile(m)
	}
	l.pack.rules = rulesByKind(l.pack.measures)
	if len(l.faults) == 0 {
		l.runTests(l.pack.measures)
	}
	if len(l.faults) > 0 {
		return fmt.Errorf("load pack %s: %w", l.pack.ID, errors.Join(l.faults...))
	}
	return nil
}

const (
	packName    = "pack.yaml"
	listsFolder = "lists/"
)

type file struct {
	name string
	data []byte
}

func (f file) sum() string {
	sum := sha256.Sum256(f.data)
	return hex.EncodeToString(sum[:])
}

// readAll reads the .yaml files in the order of their names.
func readAll(fsys fs.FS) ([]file, error) {
	var out []file
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".yaml" {
			if err == nil && strings.EqualFold(path.Ext(name), ".yml") {
				return &FileError{File: name, Reason: "would be passed over: the files of a pack end in .yaml"}
			}
			return err
		}
		if len(out) == maxFiles {
			return &FileError{File: name, Reason: fmt.Sprintf("a pack has at most %d files", maxFiles)}
		}
		data, err := readBounded(fsys, name)
		out = append(out, file{name, data})
		return err
	})
	return out, err
}

// withLists adds shared lists as if they lay in the pack's folder of lists.
func withLists(files []file, fsys fs.FS) ([]file, error) {
	shared, err := readAll(fsys)
	for _, f := range shared {
		f.name = listsFolder + f.name
		if slices.ContainsFunc(files, func(x file) bool { return x.name == f.name }) {
			return nil, &FileError{File: f.name, Reason: "is there twice"}
		}
		files = append(files, f)
	}
	return files, err
}

func readBounded(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(data) > maxFileSize {
		return nil, &FileError{File: name, Reason: fmt.Sprintf("is larger than %d bytes", maxFileSize)}
	}
	return data, nil
}

// digest hashes names and contents, so that the order of reading does not matter.
func digest(files []file) string {
	sorted := slices.Clone(files)
	slices.SortFunc(sorted, func(a, b file) int { return strings.Compare(a.name, b.name) })
	h := sha256.New()
	for _, f := range sorted {
		fmt.Fprintf(h, "%s\x00%s\n", f.name, f.sum())
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (l *loader) readPack(files []file) {
	i := slices.IndexFunc(files, func(f file) bool { return f.name == packName })
	if i < 0 {
		l.fault(packName, 0, "", "is missing")
		return
	}
	var p packFile
	if !l.decode(files[i], &p) {
		return
	}
	if p.ID == "" || p.Name == "" {
		l.fault(packName, 1, "", "a pack needs an id and a name")
	}
	l.checkAsk(p)
	l.pack.ID, l.pack.Name, l.pack.About, l.pack.ask = p.ID, p.Name, p.About, p.Ask
}

// decode reads one YAML document strictly.
func (l *loader) decode(f file, into any) bool {
	d := yaml.NewDecoder(bytes.NewReader(f.data))
	d.KnownFields(true)
	err := d.Decode(into)
	if errors.Is(err, io.EOF) {
		l.fault(f.name, 0, "", "is empty")
		return false
	}
	if err != nil {
		l.yamlFault(f.name, err)
		return false
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		l.fault(f.name, 0, "", "holds more than one YAML document")
		return false
	}
	return true
}

// yamlFault finds the line in an error of the YAML reader.
func (l *loader) yamlFault(name string, err error) {
	messages := []string{strings.TrimPrefix(err.Error(), "yaml: ")}
	var typed *yaml.TypeError
	if errors.As(err, &typed) {
		messages = typed.Errors
	}
	for _, m := range messages {
		line := 0
		if rest, ok := strings.CutPrefix(m, "line "); ok {
			if number, text, ok := strings.Cut(rest, ": "); ok {
				if n, err := strconv.Atoi(number); err == nil {
					line, m = n, text
				}
			}
		}
		if i := strings.Index(m, " not found in type "); i > 0 {
			m = m[:i] + " is not known"
		}
		l.fault(name, line, "", "%s", strings.ReplaceAll(m, "\n", " "))
	}
}

func (l *loader) readMeasure(f file) {
	m := &Measure{File: f.name, Version: f.sum()}
	if !l.decode(f, m) {
		return
	}
	if other, taken := l.pack.byID[m.ID]; taken {
		l.fault(f.name, 0, "id", "%s is also in %s", m.ID, other.File)
		return
	}
	if path.Base(f.name) != m.ID+".yaml" {
		l.fault(f.name, 0, "id", "is %q: the file must be named after it", m.ID)
		return
	}
	m.stated = relations{m.Supersedes, m.SupersededBy}
	l.checkMeasure(m)
	l.pack.byID[m.ID] = m
	l.pack.measures = append(l.pack.measures, m)
}

// relate makes supersession known on both sides and finds when the end of a
// measure became known: the day its successor was adopted.
func (l *loader) relate() {
	for _, m := range l.pack.measures {
		m.Supersedes, m.SupersededBy = slices.Clone(m.stated.supersedes), slices.Clone(m.stated.supersededBy)
	}
	for _, m := range l.pack.measures {
		for _, id := range m.stated.supersedes {
			l.mirror(m, id, func(old *Measure) *[]string { return &old.SupersededBy })
		}
		for _, id := range m.stated.supersededBy {
			l.mirror(m, id, func(next *Measure) *[]string { return &next.Supersedes })
		}
	}
	for _, m := range l.pack.measures {
		var adopted []value.Date
		for _, id := range m.SupersededBy {
			if next := l.pack.byID[id]; next != nil {
				adopted = append(adopted, next.Adopted)
			}
		}
		if len(adopted) > 0 && !m.InForce.Until.IsZero() {
			m.endKnown = slices.MinFunc(adopted, value.Date.Compare)
		}
		l.checkWithdrawn(m, adopted)
	}
}

// checkWithdrawn demands that a cap was struck out by a measure that took this
// one's place, on the day of its adoption.
func (l *loader) checkWithdrawn(m *Measure, adopted []value.Date) {
	for i, r := range m.Rules {
		if r.Limit == nil {
			continue
		}
		for _, c := range r.Limit.Caps {
			if !c.Withdrawn.IsZero() && !slices.Contains(adopted, c.Withdrawn) {
				l.fault(m.File, 0, fmt.Sprintf("rules[%d].limit.caps", i), "withdrawn on %s, but no measure that supersedes this one was adopted then", c.Withdrawn)
			}
		}
	}
}

func (l *loader) mirror(m *Measure, id string, side func(*Measure) *[]string) {
	other := l.pack.byID[id]
	if other == nil {
		l.fault(m.File, 0, "supersedes", "the pack has no measure %s", id)
		return
	}
	if list := side(other); !slices.Contains(*list, m.ID) {
		*list = append(*list, m.ID)
		slices.Sort(*list)
	}
}
