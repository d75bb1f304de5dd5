package staging_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/turtlebay/turtlebay/vault/custody"
	"github.com/turtlebay/turtlebay/vault/internal/staging"
)

func newDir(t testing.TB) staging.Dir {
	t.Helper()
	d := staging.Dir{Root: t.TempDir()}
	for _, sub := range []string{staging.Folder, "cards"} {
		if err := os.MkdirAll(d.Path(sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

func read(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "absent"
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// prepare makes a change that replaces a, removes b and makes c, announced.
func prepare(t testing.TB, d staging.Dir) *staging.Change {
	t.Helper()
	for _, name := range []string{"cards/a", "cards/b"} {
		if err := staging.WriteFile(d.Path(name), []byte("old")); err != nil {
			t.Fatal(err)
		}
	}
	c := d.Begin(7)
	for _, text := range []string{"never", "new"} { // the second is what counts
		if err := c.Put("cards/a", []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Put("items/ab/c", []byte("new")); err != nil {
		t.Fatal(err)
	}
	c.Remove("cards/b")
	c.Plan.Leaves = []custody.Event{{Act: custody.Mark, Actor: "A", Object: "EV-000001"}}
	if err := c.Announce(); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestChange(t *testing.T) {
	d := newDir(t)
	prepare(t, d)
	names, err := d.Waiting()
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	found, err := d.Find(names[0])
	if err != nil || found.Plan.Base != 7 || len(found.Plan.Leaves) != 1 {
		t.Fatalf("%+v, %v", found.Plan, err)
	}
	if got := read(t, d.Path("cards/a")); got != "old" {
		t.Errorf("a is %s before the change", got)
	}
	at, waiting := d.Elsewhere("cards/a")
	if len(at) != 1 || !waiting || read(t, at[0]) != "new" || read(t, found.Where("cards/a")) != "new" {
		t.Errorf("elsewhere %q", at)
	}
	for range 2 { // once more is the same
		if err := found.Install(); err != nil {
			t.Fatal(err)
		}
		got := []string{read(t, d.Path("cards/a")), read(t, d.Path("cards/b")), read(t, d.Path("items/ab/c"))}
		if diff := cmp.Diff([]string{"new", "absent", "new"}, got); diff != "" {
			t.Error(diff)
		}
	}
	if err := found.Discard(); err != nil {
		t.Fatal(err)
	}
	if names, _ := d.Waiting(); len(names) > 0 {
		t.Errorf("waiting %q", names)
	}
}

func TestDiscard(t *testing.T) {
	d := newDir(t)
	if err := prepare(t, d).Discard(); err != nil {
		t.Fatal(err)
	}
	got := []string{read(t, d.Path("cards/a")), read(t, d.Path("cards/b")), read(t, d.Path("items/ab/c"))}
	if diff := cmp.Diff([]string{"old", "old", "absent"}, got); diff != "" {
		t.Error(diff)
	}
}

// A file that is gone from the change and from its place cannot be installed.
func TestInstallOfWhatIsGone(t *testing.T) {
	d := newDir(t)
	c := prepare(t, d)
	if err := os.Remove(c.Where("items/ab/c")); err != nil {
		t.Fatal(err)
	}
	if err := c.Install(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

func TestFindRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"empty":         "",
		"no leaves":     `{"change":1,"base":0,"leaves":[]}`,
		"another form":  `{"change":2,"base":0,"leaves":[{}]}`,
		"unknown field": `{"change":1,"base":0,"leaves":[{}],"also":1}`,
		"outside":       `{"change":1,"base":0,"leaves":[{}],"put":[{"from":"1","to":"../../etc/passwd"}]}`,
		"from outside":  `{"change":1,"base":0,"leaves":[{}],"put":[{"from":"/etc/passwd","to":"cards/a"}]}`,
		"removes":       `{"change":1,"base":0,"leaves":[{}],"remove":["../x"]}`,
		"negative":      `{"change":1,"base":-1,"leaves":[{}]}`,
	} {
		d := newDir(t)
		if err := os.Mkdir(d.Path("pending/x"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(d.Path("pending/x/change.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Find("x"); !errors.Is(err, staging.ErrPlan) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if _, err := newDir(t).Find("absent"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

func TestShred(t *testing.T) {
	d := newDir(t)
	d.Shred = func(path string) bool { return path == "cards/a" }
	for _, name := range []string{"cards/a", "cards/b"} {
		if err := os.WriteFile(d.Path(name), []byte("secret"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Link(d.Path(name), d.Path(name)+".link"); err != nil { // to see what became of the bytes
			t.Fatal(err)
		}
	}
	c := d.Begin(0)
	c.Remove("cards/a")
	c.Remove("cards/b")
	c.Remove("cards/absent")
	if err := c.Install(); err != nil {
		t.Fatal(err)
	}
	if read(t, d.Path("cards/a")) != "absent" || read(t, d.Path("cards/a.link")) != "\x00\x00\x00\x00\x00\x00" || read(t, d.Path("cards/b.link")) != "secret" {
		t.Error("a key was not overwritten, or something else was")
	}
}

// Every step can fail, and what failed is told.
func TestSteps(t *testing.T) {
	for _, fail := range []string{"stage", "announce", "install cards/a", "install items/ab/c", "remove cards/b", "clear"} {
		no := errors.New("no")
		d := newDir(t)
		seen := false
		d.StepIs = func(step string) error {
			if step == fail {
				seen = true
				return no
			}
			return nil
		}
		err := func() error {
			c := d.Begin(0)
			if err := c.Put("cards/a", nil); err != nil {
				return err
			}
			if err := c.Put("items/ab/c", nil); err != nil {
				return err
			}
			c.Remove("cards/b")
			c.Plan.Leaves = []custody.Event{{Act: custody.Mark}}
			for _, f := range []func() error{c.Announce, c.Install, c.Discard} {
				if err := f(); err != nil {
					return err
				}
			}
			return nil
		}()
		if !seen || !errors.Is(err, no) {
			t.Errorf("%s: reached %v, error %v", fail, seen, err)
		}
	}
}

func FuzzFind(f *testing.F) {
	d := newDir(f)
	prepare(f, d)
	names, err := d.Waiting()
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(read(f, filepath.Join(d.Path(staging.Folder), names[0], "change.json"))))
	f.Add([]byte(`{"change":1,"base":0,"leaves":[{}],"put":[{"from":"1","to":"cards/../../x"}]}`))
	f.Add([]byte(`{}`))
	dir := newDir(f)
	if err := os.Mkdir(dir.Path("pending/x"), 0o700); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := os.WriteFile(dir.Path("pending/x/change.json"), b, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := dir.Find("x")
		if err != nil {
			return
		}
		for _, p := range c.Plan.Put {
			if rel, err := filepath.Rel(dir.Root, dir.Path(p.To)); err != nil || !filepath.IsLocal(rel) {
				t.Errorf("%q would be written to %q", b, p.To)
			}
		}
	})
}
