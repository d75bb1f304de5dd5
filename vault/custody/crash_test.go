package custody

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// states are the files of a log before and after an append of three events.
func states(t *testing.T, dir string) (before, after map[string]string) {
	t.Helper()
	l := mustOpen(t, dir, options())
	defer l.Close()
	mustAppend(t, l, some(4)...)
	if _, err := l.Keep(); err != nil {
		t.Fatal(err)
	}
	before = contents(t, dir)
	mustAppend(t, l, some(3)...)
	return before, contents(t, dir)
}

// zeros is what a file system may leave of bytes that were written and not yet on
// the disk when the power went.
func zeros(n int) string { return strings.Repeat("\x00", n) }

// TestCrashAtEveryByte stops an append at every byte that it writes, in the order in
// which it writes. The log is then as before or as after it, and says which.
func TestCrashAtEveryByte(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	before, after := states(t, dir)
	oldEvents, newEvents := before[eventsFile], after[eventsFile]
	oldHashes, newHashes := before[hashesFile], after[hashesFile]
	type crash struct {
		files map[string]string
		want  map[string]string
		did   Reconciled
	}
	var crashes []crash
	for n := len(oldEvents); n <= len(newEvents); n++ {
		cut := Reconciled{Cut: int64(n - len(oldEvents))}
		crashes = append(crashes, crash{with(before, eventsFile, newEvents[:n]), before, cut})
		if n%5 == 0 {
			crashes = append(crashes, crash{with(before, eventsFile, oldEvents+zeros(n-len(oldEvents))), before, cut})
		}
	}
	written := with(before, eventsFile, newEvents)
	for n := len(oldHashes) + 1; n <= len(newHashes); n++ {
		crashes = append(crashes,
			crash{with(written, hashesFile, newHashes[:n]), after, Reconciled{Finished: 3}},
			crash{with(written, hashesFile, oldHashes+zeros(n-len(oldHashes))), after, Reconciled{Finished: 3}})
	}
	hashed := with(written, hashesFile, newHashes)
	for n := range len(after[checkpointFile]) + 1 {
		crashes = append(crashes, crash{with(hashed, unfinished+"1", after[checkpointFile][:n]), after, Reconciled{Finished: 3, Removed: 1}})
	}
	for i, c := range crashes {
		restore(t, dir, c.files)
		if i%3 == 0 {
			checkReadable(t, dir, before[checkpointFile], c.did != Reconciled{})
		}
		l, did, err := Open(dir, options())
		if err != nil {
			t.Fatalf("%+v: %v", c.did, err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if did != c.did || (len(did.Lines()) > 0) != (did != Reconciled{}) {
			t.Fatalf("it says %+v, want %+v", did, c.did)
		}
		if diff := cmp.Diff(c.want, contents(t, dir)); diff != "" {
			t.Fatalf("%+v: neither old nor new:\n%s", c.did, diff)
		}
	}
}

// checkReadable checks that a reader sees the older state of a log that is still to be
// put right, and no damage.
func checkReadable(t *testing.T, dir, checkpoint string, unfinished bool) {
	t.Helper()
	if v := mustVerify(t, dir); !v.OK() || v.Leaves != 4 || (len(v.Unfinished) > 0) != unfinished {
		t.Fatalf("before it is put right: %+v", v)
	}
	r := mustOpen(t, dir, readOnly())
	defer r.Close()
	if r.Size() != 4 || string(r.Checkpoint()) != checkpoint {
		t.Fatalf("a reader sees %d leaves", r.Size())
	}
}

// TestTruncationIsDamage cuts every file below what was signed for: no crash does
// that, and nothing is thrown away for it.
func TestTruncationIsDamage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, files := states(t, dir)
	for _, name := range []string{eventsFile, hashesFile, checkpointFile} {
		for n := range len(files[name]) {
			before := with(files, name, files[name][:n])
			restore(t, dir, before)
			if _, _, err := Open(dir, options()); !errors.Is(err, ErrDamaged) {
				t.Fatalf("%s of %d bytes: %v, want ErrDamaged", name, n, err)
			}
			if n%4 > 0 {
				continue
			}
			if _, _, err := Open(dir, readOnly()); !errors.Is(err, ErrDamaged) {
				t.Fatalf("%s of %d bytes, to be read: %v, want ErrDamaged", name, n, err)
			}
			if diff := cmp.Diff(before, contents(t, dir)); diff != "" {
				t.Fatalf("%s of %d bytes: opening changed it:\n%s", name, n, diff)
			}
			if v := mustVerify(t, dir); v.OK() || v.Faults[0].File != name {
				t.Fatalf("%s of %d bytes: %v", name, n, v.Faults)
			}
		}
	}
}

func TestMissingFilesAreDamage(t *testing.T) {
	dir := t.TempDir()
	_, files := states(t, dir)
	for _, name := range []string{eventsFile, hashesFile, checkpointFile} {
		left := maps.Clone(files)
		delete(left, name)
		restore(t, dir, left)
		if _, _, err := Open(dir, options()); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s missing: %v, want ErrDamaged", name, err)
		}
	}
	for _, name := range []string{"checkpoints/4.checkpoint", "checkpoints/0.checkpoint"} {
		restore(t, dir, map[string]string{name: files["checkpoints/4.checkpoint"]})
		if _, _, err := Open(dir, options()); !errors.Is(err, ErrDamaged) {
			t.Errorf("a history without a log: %v, want ErrDamaged", err)
		}
	}
}

// TestCrashWhileMaking stops the making of an empty log at every step.
func TestCrashWhileMaking(t *testing.T) {
	whole := t.TempDir()
	if err := mustOpen(t, whole, options()).Close(); err != nil {
		t.Fatal(err)
	}
	want := contents(t, whole)
	for _, files := range []map[string]string{
		{},
		{lockFile: ""},
		{lockFile: "", eventsFile: ""},
		{lockFile: "", eventsFile: "", hashesFile: ""},
		{lockFile: "", eventsFile: "", hashesFile: "", unfinished + "1": want[checkpointFile][:20]},
	} {
		dir := t.TempDir()
		restore(t, dir, files)
		l, did, err := Open(dir, options())
		if err != nil || !did.Created {
			t.Fatalf("%v: %+v, %v", files, did, err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, contents(t, dir)); diff != "" {
			t.Errorf("%v:\n%s", files, diff)
		}
	}
}

// TestFailedWriteIsTakenBack lets the last step of an append fail.
func TestFailedWriteIsTakenBack(t *testing.T) {
	dir := t.TempDir()
	l := mustOpen(t, dir, options())
	defer l.Close()
	mustAppend(t, l, some(3)...)
	before := contents(t, dir)
	b, err := l.prepare(some(4))
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := *l.files
	elsewhere.dir = filepath.Join(dir, "gone")
	if err := elsewhere.write(b); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("write: %v", err)
	}
	if cmp.Equal(before, contents(t, dir)) {
		t.Fatal("nothing was written, so nothing is tested")
	}
	if err := l.files.takeBack(b.at, b.base*32); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, contents(t, dir)); diff != "" {
		t.Errorf("not taken back:\n%s", diff)
	}
	mustAppend(t, l, some(2)...)
	if v := mustVerify(t, dir); !v.OK() || v.Leaves != 5 {
		t.Errorf("%+v", v)
	}
}

// TestAppendPutsRightWhatAnotherLeft: the process beside this one died in an append.
func TestAppendPutsRightWhatAnotherLeft(t *testing.T) {
	dir := t.TempDir()
	before, after := states(t, dir)
	written := with(before, eventsFile, after[eventsFile])
	for name, tc := range map[string]struct {
		files map[string]string
		first int64
		did   Reconciled
	}{
		"cut":      {written, 4, Reconciled{Cut: int64(len(after[eventsFile]) - len(before[eventsFile]))}},
		"finished": {with(written, hashesFile, after[hashesFile]), 7, Reconciled{Finished: 3}},
		"taken in": {after, 7, Reconciled{}},
	} {
		restore(t, dir, before)
		l := mustOpen(t, dir, options())
		restore(t, dir, tc.files)
		if first := mustAppend(t, l, some(2)...); first != tc.first {
			t.Errorf("%s: first leaf %d, want %d", name, first, tc.first)
		}
		if did := l.Reconciled(); did != tc.did {
			t.Errorf("%s: it says %+v, want %+v", name, did, tc.did)
		}
		if v := mustVerify(t, dir); !v.OK() || v.Leaves != tc.first+2 {
			t.Errorf("%s: %+v", name, v)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCancelledAppendChangesNothing(t *testing.T) {
	dir := t.TempDir()
	l := mustOpen(t, dir, options())
	defer l.Close()
	before := contents(t, dir)
	unlock, err := lockFolder(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := l.Append(ctx, some(1)...); !errors.Is(err, context.Canceled) {
		t.Errorf("append: %v", err)
	}
	unlock()
	if diff := cmp.Diff(before, contents(t, dir)); diff != "" {
		t.Errorf("a cancelled append changed something:\n%s", diff)
	}
	mustAppend(t, l, some(1)...)
}

// TestNoCrashLeavesThis: hashes were begun, and the events they are of are not whole.
func TestNoCrashLeavesThis(t *testing.T) {
	dir := t.TempDir()
	before, after := states(t, dir)
	hashed := with(before, hashesFile, after[hashesFile])
	for name, files := range map[string]map[string]string{
		"no line feed":    with(hashed, eventsFile, after[eventsFile][:len(after[eventsFile])-1]),
		"no event":        with(hashed, eventsFile, before[eventsFile]+"x\n"),
		"too many hashes": with(with(before, hashesFile, after[hashesFile]+zeros(64)), eventsFile, after[eventsFile]),
	} {
		restore(t, dir, files)
		if _, _, err := Open(dir, options()); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v, want ErrDamaged", name, err)
		}
		if diff := cmp.Diff(files, contents(t, dir)); diff != "" {
			t.Errorf("%s: opening changed it:\n%s", name, diff)
		}
	}
}
