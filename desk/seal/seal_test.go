package seal_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/desk/seal"
	"pgregory.net/rapid"
)

// tester is what the helpers need of a test, a fuzz target or a property.
type tester interface {
	Helper()
	Fatal(args ...any)
}

func all(string) bool { return false }

func skipSeal(name string) bool { return name == "seal" }

// put writes a file whose time lies so far back.
func put(t tester, dir, name, content string, ago time.Duration) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.WriteFile(path, []byte(content), 0o644)
	}
	if err == nil {
		at := time.Now().Add(-ago)
		err = os.Chtimes(path, at, at)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func session(t tester, dir string) seal.Session {
	t.Helper()
	before, err := seal.List(dir, skipSeal)
	if err != nil {
		t.Fatal(err)
	}
	return seal.Session{Skip: skipSeal, Before: before, Begun: time.Now(), Free: []string{"out"}}
}

func renew(t tester, s seal.Seal, dir string, in seal.Session) seal.Seal {
	t.Helper()
	next, err := s.Renew(dir, in)
	if err != nil {
		t.Fatal(err)
	}
	return next
}

// faults are the names of the files at fault.
func faults(t tester, s seal.Seal, dir string, since time.Time) []string {
	t.Helper()
	found, err := s.Check(dir, skipSeal, since, nil)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range found {
		out = append(out, f.File)
	}
	return out
}

// sealed is a folder with its seal; every file is an hour old.
func sealed(t testing.TB) (string, seal.Seal) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"a", "b", "keys/k", "out/r", `odd " 名` + "\n"} {
		put(t, dir, name, "content of "+name, time.Hour)
	}
	in := session(t, dir)
	in.Anew = true
	return dir, renew(t, seal.Seal{}, dir, in)
}

func TestWrittenIsRead(t *testing.T) {
	dir, s := sealed(t)
	path := filepath.Join(dir, "seal")
	if err := os.WriteFile(path, s.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := seal.Read(path)
	if diff := cmp.Diff(s, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if f := faults(t, got, dir, time.Time{}); len(f) > 0 {
		t.Errorf("faults %q", f)
	}
	if _, err := seal.Read(filepath.Join(dir, "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

func TestEveryFlipIsSeen(t *testing.T) {
	dir, s := sealed(t)
	path, whole := filepath.Join(dir, "seal"), s.Bytes()
	for at := range whole {
		bad := bytes.Clone(whole)
		bad[at] ^= []byte{1, 0x20, 0x80}[at%3]
		if err := os.WriteFile(path, bad, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := seal.Read(path); !errors.Is(err, seal.ErrBroken) {
			t.Fatalf("byte %d: error %v", at, err)
		}
	}
	for n := 0; n < len(whole); n += 7 {
		if err := os.WriteFile(path, whole[:n], 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := seal.Read(path); !errors.Is(err, seal.ErrBroken) {
			t.Fatalf("cut to %d bytes: error %v", n, err)
		}
	}
}

func TestCheck(t *testing.T) {
	for name, tc := range map[string]struct {
		do   func(dir string)
		want []string
	}{
		"nothing":           {func(string) {}, nil},
		"altered":           {func(dir string) { put(t, dir, "keys/k", "content of keyz/k", time.Hour) }, []string{"keys/k"}},
		"longer":            {func(dir string) { put(t, dir, "a", "content of a and more", time.Hour) }, []string{"a"}},
		"emptied":           {func(dir string) { put(t, dir, "b", "", time.Hour) }, []string{"b"}},
		"gone":              {func(dir string) { os.Remove(filepath.Join(dir, "a")) }, []string{"a"}},
		"a folder gone":     {func(dir string) { os.RemoveAll(filepath.Join(dir, "keys")) }, []string{"keys/k"}},
		"appeared":          {func(dir string) { put(t, dir, "c", "new", time.Hour) }, []string{"c"}},
		"a folder instead":  {func(dir string) { os.Remove(filepath.Join(dir, "a")); put(t, dir, "a/a", "x", time.Hour) }, []string{"a", "a/a"}},
		"a link to a copy":  {func(dir string) { link(t, dir, "a", "b") }, []string{"a"}},
		"a link to nothing": {func(dir string) { link(t, dir, "a", "nothing") }, []string{"a"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir, s := sealed(t)
			tc.do(dir)
			if diff := cmp.Diff(tc.want, faults(t, s, dir, time.Time{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func link(t tester, dir, name, to string) {
	t.Helper()
	if err := errors.Join(os.Remove(filepath.Join(dir, name)), os.Symlink(to, filepath.Join(dir, name))); err != nil {
		t.Fatal(err)
	}
}

// A link that leads round in a circle ends.
func TestLinksInACircle(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink(".", filepath.Join(dir, "round")); err != nil {
		t.Fatal(err)
	}
	put(t, dir, "a", "x", 0)
	if _, err := seal.List(dir, all); err != nil {
		t.Error(err)
	}
}

func TestRenew(t *testing.T) {
	for name, tc := range map[string]struct {
		before func(t tester, dir string) // the session
		during func(t tester, dir string, in *seal.Session)
		want   []string // at fault afterwards
	}{
		"nothing":                {nil, nil, nil},
		"written in the session": {nil, func(t tester, dir string, _ *seal.Session) { put(t, dir, "a", "new", 0) }, nil},
		"made in the session":    {nil, func(t tester, dir string, _ *seal.Session) { put(t, dir, "keys/new", "new", 0) }, nil},
		"removed in the session": {nil, func(_ tester, dir string, _ *seal.Session) { os.Remove(filepath.Join(dir, "b")) }, nil},
		"altered before":         {func(t tester, dir string) { put(t, dir, "keys/k", "content of keyz/k", time.Hour) }, nil, []string{"keys/k"}},
		"gone before":            {func(_ tester, dir string) { os.Remove(filepath.Join(dir, "keys/k")) }, nil, []string{"keys/k"}},
		"appeared before":        {func(t tester, dir string) { put(t, dir, "keys/x", "x", time.Hour) }, nil, []string{"keys/x"}},
		"altered before and out": {func(t tester, dir string) { put(t, dir, "out/r", "altered", time.Hour) }, nil, []string{"out/r"}},
		"gone before from out":   {func(_ tester, dir string) { os.Remove(filepath.Join(dir, "out/r")) }, nil, nil},
		"put before into out":    {func(t tester, dir string) { put(t, dir, "out/x", "x", time.Hour) }, nil, nil},
		"altered, then written": {
			func(t tester, dir string) { put(t, dir, "a", "altered", time.Hour) },
			func(_ tester, _ string, in *seal.Session) { in.Wrote = []string{"a"} }, nil,
		},
		"altered, then loose": {
			func(t tester, dir string) { put(t, dir, "a", "altered", time.Hour) },
			func(_ tester, _ string, in *seal.Session) { in.Loose = []string{"a"} }, nil,
		},
		"written by a session that did not end": {
			func(t tester, dir string) {
				put(t, dir, "keys/x", "x", 10*time.Minute)
				put(t, dir, "a", "y", 10*time.Minute)
			},
			func(_ tester, _ string, in *seal.Session) { in.Begun = time.Now().Add(-20 * time.Minute) }, nil,
		},
		"no seal before": {
			func(t tester, dir string) { put(t, dir, "keys/x", "x", time.Hour) },
			func(_ tester, _ string, in *seal.Session) { in.Anew = true }, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir, s := sealed(t)
			if tc.before != nil {
				tc.before(t, dir)
			}
			in := session(t, dir)
			if tc.during != nil {
				tc.during(t, dir, &in)
			}
			s = renew(t, s, dir, in)
			for range 2 { // what is at fault stays so
				if diff := cmp.Diff(tc.want, faults(t, s, dir, time.Time{})); diff != "" {
					t.Error(diff)
				}
				s = renew(t, s, dir, session(t, dir))
			}
		})
	}
}

// A loose file is sealed as soon as it is none any more.
func TestLoose(t *testing.T) {
	dir, s := sealed(t)
	in := session(t, dir)
	in.Loose = []string{"a"}
	s = renew(t, s, dir, in)
	put(t, dir, "a", "its bytes moved", time.Hour)
	if f := faults(t, s, dir, time.Time{}); len(f) > 0 {
		t.Errorf("faults %q", f)
	}
	s = renew(t, s, dir, session(t, dir))
	put(t, dir, "a", "its bytes m0ved", time.Hour)
	if f := faults(t, s, dir, time.Time{}); !slices.Equal(f, []string{"a"}) {
		t.Errorf("faults %q", f)
	}
	if err := os.Remove(filepath.Join(dir, "a")); err != nil {
		t.Fatal(err)
	}
	if f := faults(t, s, dir, time.Time{}); !slices.Equal(f, []string{"a"}) || s.Fits(dir, "a") || !s.Fits(dir, "b") {
		t.Errorf("faults %q", f)
	}
}

// TestLog: the line of a log is no file, and lasts until it is replaced.
func TestLog(t *testing.T) {
	dir, s := sealed(t)
	if _, has := s.Log("keys"); has {
		t.Error("a folder is a log")
	}
	want := seal.Entry{File: "keys", Leaves: 3, Root: "q8="}
	s["keys"] = want
	if _, has := s.Log("a"); has {
		t.Error("a file is a log")
	}
	path := filepath.Join(dir, "seal")
	if err := os.WriteFile(path, s.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	read, err := seal.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if f := faults(t, read, dir, time.Time{}); len(f) > 0 {
		t.Errorf("faults %q", f)
	}
	if err := os.RemoveAll(filepath.Join(dir, "keys")); err != nil {
		t.Fatal(err)
	}
	put(t, dir, "keys", "a file in its place", 0)
	if got, has := renew(t, read, dir, session(t, dir)).Log("keys"); !has || got != want {
		t.Errorf("%+v, %v", got, has)
	}
}

// What was written after a session began that did not end is not held against the
// seal.
func TestSince(t *testing.T) {
	dir, s := sealed(t)
	put(t, dir, "a", "written", time.Minute)
	put(t, dir, "new", "written", time.Minute)
	put(t, dir, "b", "altered before", 30*time.Minute)
	if f := faults(t, s, dir, time.Now().Add(-10*time.Minute)); !slices.Equal(f, []string{"b"}) {
		t.Errorf("faults %q", f)
	}
	if f := faults(t, s, dir, time.Time{}); !slices.Equal(f, []string{"a", "b", "new"}) {
		t.Errorf("faults %q", f)
	}
}

// TestAnyHistory: whatever sessions write, nothing is at fault; and whatever is
// altered between them stays at fault until a session writes it.
func TestAnyHistory(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatal(err)
		}
		s, bad := seal.Seal{}, map[string]bool{}
		in := session(rt, dir)
		in.Anew = true
		s = renew(rt, s, dir, in)
		n := 0
		for range rapid.IntRange(1, 5).Draw(rt, "sessions") {
			for range rapid.IntRange(0, 2).Draw(rt, "altered") {
				n++
				name := rapid.SampledFrom([]string{"a", "b", "d/c"}).Draw(rt, "name")
				put(rt, dir, name, fmt.Sprint("altered ", n), time.Hour)
				bad[name] = true
			}
			in := session(rt, dir)
			for range rapid.IntRange(0, 2).Draw(rt, "written") {
				n++
				name := rapid.SampledFrom([]string{"a", "b", "d/c"}).Draw(rt, "name")
				put(rt, dir, name, fmt.Sprint("written ", n), 0)
				delete(bad, name)
			}
			s = renew(rt, s, dir, in)
			for _, name := range []string{"a", "b", "d/c"} { // as if time went by
				if info, err := os.Stat(filepath.Join(dir, name)); err == nil {
					at := info.ModTime().Add(-time.Minute)
					_ = os.Chtimes(filepath.Join(dir, name), at, at)
				}
			}
			want := slices.Sorted(maps.Keys(bad))
			if got := faults(rt, s, dir, time.Time{}); !slices.Equal(got, want) {
				rt.Fatalf("at fault %q, want %q", got, want)
			}
		}
	})
}

func FuzzRead(f *testing.F) {
	_, s := sealed(f)
	f.Add(s.Bytes())
	f.Add(seal.Seal{}.Bytes())
	f.Add([]byte(`{"file":"a"}` + "\n"))
	f.Add([]byte(strings.Repeat("{\"seal\":\n", 3)))
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "seal")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := seal.Read(path)
		if err != nil {
			if !errors.Is(err, seal.ErrBroken) {
				t.Errorf("error %v", err)
			}
			return
		}
		if again := s.Bytes(); !bytes.Equal(again, b) {
			t.Errorf("read from\n%s\nand written as\n%s", b, again)
		}
	})
}
