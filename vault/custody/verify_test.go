package custody

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"
)

// smallLog is a log of n leaves with something in every file that a log has.
func smallLog(t *testing.T, dir string, n int) {
	t.Helper()
	l := mustOpen(t, dir, options())
	defer l.Close()
	mustAppend(t, l, some(1)...)
	mustAppend(t, l, some(3)...)
	kept, err := l.Keep()
	if err != nil {
		t.Fatal(err)
	}
	mustAppend(t, l, some(n-4)...)
	for _, err := range []error{
		l.AddSignatures(4, cosign(t, kept, "witness.example", 1000)),
		l.AddStamp(4, []byte("token")),
		l.AddStamp(int64(n), []byte("another")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// places says, for every byte of a file of a log, which leaf a change there is about.
func places(file, content string) []int64 {
	out := make([]int64, len(content))
	line := int64(0)
	for i := range len(content) {
		switch file {
		case eventsFile:
			out[i] = line
			if content[i] == '\n' {
				line++
			}
		case hashesFile:
			level, n := tlog.SplitStoredHashIndex(int64(i / tlog.HashSize))
			out[i] = (n+1)<<level - 1
		default:
			out[i] = -1
		}
	}
	return out
}

// TestEveryFlippedByteIsNamed changes every byte of every file, one at a time. Verify
// names the file, and the leaf; opening the log refuses or changes nothing.
func TestEveryFlippedByteIsNamed(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		change func(byte) byte
		step   int // look at every so manieth byte
		open   bool
	}{
		{"lowest bit", func(b byte) byte { return b ^ 1 }, 1, true},
		{"two bits", func(b byte) byte { return b ^ 0xa0 }, 4, false},
		{"line feed", func(byte) byte { return '\n' }, 4, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			smallLog(t, dir, 5)
			if v := mustVerify(t, dir); !v.OK() || v.Unfinished != nil {
				t.Fatalf("before any change: %+v", v)
			}
			changes := 0
			files := contents(t, dir)
			for name, content := range files {
				leaves := places(name, content)
				for i := 0; i < len(content); i += tc.step {
					changed := []byte(content)
					if changed[i] = tc.change(content[i]); changed[i] == content[i] {
						continue
					}
					put(t, dir, name, string(changed))
					checkNamed(t, dir, name, leaves[i])
					if tc.open && i%2 == 0 {
						checkOpenChangesNothing(t, dir, with(files, name, string(changed)))
					}
					if changes++; t.Failed() {
						t.Fatalf("with byte %d of %s changed", i, name)
					}
				}
				put(t, dir, name, content)
			}
			if changes < 2200/tc.step {
				t.Errorf("only %d bytes were changed", changes)
			}
		})
	}
}

// checkNamed checks that a change to one file is named, and no other file with it. A
// changed checkpoint leaves the log without a word to go by, a kept one likewise.
func checkNamed(t *testing.T, dir, name string, leaf int64) {
	t.Helper()
	v := mustVerify(t, dir)
	if !slices.ContainsFunc(v.Faults, func(f Fault) bool { return f.File == name && f.Leaf == leaf }) {
		t.Errorf("leaf %d is not named: %v", leaf, v.Faults)
	}
	if slices.ContainsFunc(v.Faults, func(f Fault) bool { return f.File != name }) {
		t.Errorf("another file is named: %v", v.Faults)
	}
	if len(v.Faults) > 2 || v.Unfinished != nil {
		t.Errorf("%d faults for one byte, unfinished %q: %v", len(v.Faults), v.Unfinished, v.Faults)
	}
}

func checkOpenChangesNothing(t *testing.T, dir string, before map[string]string) {
	t.Helper()
	l, did, err := Open(dir, options())
	if err == nil {
		_ = l.Close()
	} else if !errors.Is(err, ErrDamaged) {
		t.Errorf("open: %v", err)
	}
	if diff := cmp.Diff(before, contents(t, dir)); diff != "" || did != (Reconciled{}) {
		t.Errorf("opening the damaged log changed it, %+v:\n%s", did, diff)
	}
}

func TestVerifyNames(t *testing.T) {
	dir := t.TempDir()
	smallLog(t, dir, 7)
	files := contents(t, dir)
	events, hashes := files[eventsFile], files[hashesFile]
	lines := strings.SplitAfter(strings.TrimSuffix(events, "\n"), "\n")
	lines[6] += "\n"
	flip := func(text string, at int) string {
		b := []byte(text)
		b[at] ^= 1
		return string(b)
	}
	hashAt := func(level int, n int64) int { return int(tlog.StoredHashIndex(level, n)) * tlog.HashSize }
	withoutKept := map[string]string{}
	for name, content := range files {
		if !strings.HasPrefix(name, keptFolder) {
			withoutKept[name] = content
		}
	}
	without := func(name string) map[string]string {
		out := with(files, name, "")
		delete(out, name)
		return out
	}
	for name, tc := range map[string]struct {
		files map[string]string
		want  []string // beginnings of the faults
	}{
		"swapped lines":         {with(files, eventsFile, lines[0]+lines[2]+lines[1]+strings.Join(lines[3:], "")), []string{"events: every event is there, but not in its place"}},
		"a line twice":          {with(files, eventsFile, lines[0]+lines[0]+strings.Join(lines[1:], "")), []string{"events: every event is there, but not in its place"}},
		"a line gone":           {with(files, eventsFile, strings.Join(slices.Delete(slices.Clone(lines), 2, 3), "")), []string{"events: leaf 2: missing"}},
		"a foreign line":        {with(files, eventsFile, lines[0]+strings.ReplaceAll(lines[1], "A. Expert", "B. Expert")+strings.Join(lines[2:], "")), []string{"events: leaf 1: line 2: not the event that was signed for"}},
		"two events":            {with(files, eventsFile, flip(flip(events, 5), len(events)-5)), []string{"events: leaf 0: line 1", "events: leaf 6: line 7"}},
		"event and its hash":    {with(with(files, eventsFile, flip(events, 5)), hashesFile, flip(hashes, 3)), []string{"events: leaf 0: line 1"}},
		"event and other hash":  {with(with(files, eventsFile, flip(events, 5)), hashesFile, flip(hashes, hashAt(0, 2))), []string{"events: leaf 0: line 1", "hashes: leaf 2: bytes 96 to 127: not the hash its own"}},
		"hash over others":      {with(files, hashesFile, flip(hashes, hashAt(2, 0))), []string{"hashes: leaf 3: bytes 192 to 223: not the hash over leaves 0 to 3"}},
		"events short":          {with(files, eventsFile, strings.Join(lines[:6], "")+lines[6][:10]), []string{"events: leaf 6: line 7: no event"}},
		"events gone":           {without(eventsFile), []string{"events: missing", "events: leaf 0: missing", "events: leaf 1: missing"}},
		"hashes short":          {with(files, hashesFile, hashes[:len(hashes)-1]), []string{"hashes: 351 bytes, 7 leaves take 352"}},
		"hashes gone":           {without(hashesFile), []string{"hashes: missing"}},
		"hashes long":           {with(files, hashesFile, hashes+"x"), []string{"hashes: 353 bytes, 7 leaves take 352, and there is no event for the rest"}},
		"checkpoint gone":       {without(checkpointFile), []string{"checkpoint: missing"}},
		"kept checkpoint gone":  {without("checkpoints/4.checkpoint"), []string{"checkpoints/4-3c469e9d6c5875d37a43f353d4f88e61fcf812c66eee3457465a40b0da4153e0.stamp: its checkpoint is missing", "checkpoints/4-"}},
		"a stranger":            {with(files, "notes.txt", "x"), []string{"notes.txt: no file of a custody log"}},
		"a stranger with signs": {with(files, "checkpoints/\u202etxt", "x"), []string{`checkpoints/\u202etxt: no file of a custody log`}},
		"a lock with content":   {with(files, lockFile, "x"), []string{"lock: holds something, and should be empty"}},
		"everything gone":       {map[string]string{"checkpoints/4.checkpoint": files["checkpoints/4.checkpoint"]}, []string{"checkpoint: missing", "events: missing", "hashes: missing"}},
		"no history is no loss": {withoutKept, nil},
	} {
		restore(t, dir, tc.files)
		v, err := Verify(context.Background(), dir, testVerifier)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i, want := range tc.want {
			if i >= len(v.Faults) || !strings.HasPrefix(v.Faults[i].String(), want) {
				t.Errorf("%s: fault %d: want %q, all are %q", name, i, want, v.Faults)
				break
			}
		}
		if len(tc.want) == 0 && !v.OK() || len(tc.want) == 1 && len(v.Faults) != 1 {
			t.Errorf("%s: %q", name, v.Faults)
		}
	}
}

// TestRewrittenHistory is what an administrator with the key can do, and what the
// checkpoints that were kept say to it.
func TestRewrittenHistory(t *testing.T) {
	dir := t.TempDir()
	smallLog(t, dir, 7)
	other := t.TempDir()
	o := options()
	o.Rand = seeded(3)
	l := mustOpen(t, other, o)
	mustAppend(t, l, some(8)...)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	forged := contents(t, other)
	for name, content := range contents(t, dir) {
		if strings.HasPrefix(name, keptFolder) {
			forged[name] = content
		}
	}
	restore(t, dir, forged)
	v := mustVerify(t, dir)
	want := []Fault{
		{"checkpoints/4.checkpoint", -1, "signs another tree of 4 leaves than the log has: one of them was rewritten"},
		{"checkpoints/7.checkpoint", -1, "signs another tree of 7 leaves than the log has: one of them was rewritten"},
	}
	if diff := cmp.Diff(want, v.Faults); diff != "" {
		t.Errorf("a log written anew (-want +got):\n%s", diff)
	}
}

func TestCutLogIsNotOpened(t *testing.T) {
	dir := t.TempDir()
	l := mustOpen(t, dir, options())
	mustAppend(t, l, some(2)...)
	early := contents(t, dir)
	mustAppend(t, l, some(2)...)
	if _, err := l.Keep(); err != nil {
		t.Fatal(err)
	}
	late := contents(t, dir)
	restore(t, dir, with(early, "checkpoints/4.checkpoint", late["checkpoints/4.checkpoint"]))
	if _, err := l.Append(context.Background(), some(1)...); !errors.Is(err, ErrDamaged) {
		t.Errorf("an open log did not see that it was cut: %v", err)
	}
	if err := l.Refresh(); !errors.Is(err, ErrDamaged) || l.Size() != 4 {
		t.Errorf("refresh: %v, size %d", err, l.Size())
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Open(dir, options()); !errors.Is(err, ErrDamaged) {
		t.Errorf("a log that was cut below a kept checkpoint was opened: %v", err)
	}
	v := mustVerify(t, dir)
	if len(v.Faults) != 1 || v.Faults[0].String() != "checkpoints/4.checkpoint: signs for 4 leaves, the log has 2: it was cut" {
		t.Errorf("verification: %v", v.Faults)
	}
}

// TestNoProofOfADamagedLog: what does not hold is not handed out.
func TestNoProofOfADamagedLog(t *testing.T) {
	dir := t.TempDir()
	smallLog(t, dir, 7)
	files := contents(t, dir)
	events := strings.SplitAfter(files[eventsFile], "\n")
	at := len(events[0]) + strings.Index(events[1], "Expert")
	changed := []byte(files[eventsFile])
	changed[at] = 'X'
	put(t, dir, eventsFile, string(changed))
	l := mustOpen(t, dir, readOnly())
	defer l.Close()
	if _, err := l.Prove(1); !errors.Is(err, ErrDamaged) {
		t.Errorf("proof of a changed event: %v", err)
	}
	if o, err := l.Prove(2); err != nil || o.Index != 2 {
		t.Errorf("proof of another event: %v", err)
	}
	put(t, dir, eventsFile, files[eventsFile][:300])
	if _, err := l.Event(5); !errors.Is(err, ErrDamaged) {
		t.Errorf("an event beyond the end: %v", err)
	}
	for _, err := range l.Events() {
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("events: %v", err)
			}
			return
		}
	}
	t.Error("the events ended without an error")
}

func TestVerifyIsBounded(t *testing.T) {
	dir := t.TempDir()
	l := mustOpen(t, dir, options())
	mustAppend(t, l, some(1500)...)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	files := contents(t, dir)
	put(t, dir, eventsFile, strings.ReplaceAll(files[eventsFile], "Expert", "Export"))
	v := mustVerify(t, dir)
	if len(v.Faults) != maxFaults || v.More != 500 {
		t.Errorf("%d faults and %d more", len(v.Faults), v.More)
	}
	put(t, dir, eventsFile, files[eventsFile][:100]+strings.Repeat("x", 4*maxLine)+files[eventsFile][100:])
	if v := mustVerify(t, dir); len(v.Faults) != 1 || v.Faults[0].Leaf != 0 {
		t.Errorf("a line far too long: %v", v.Faults)
	}
	if err := os.Remove(filepath.Join(dir, lockFile)); err != nil {
		t.Fatal(err)
	}
	restore(t, dir, files)
	if v := mustVerify(t, dir); !v.OK() {
		t.Errorf("without a lock file: %v", v.Faults)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Verify(ctx, dir, testVerifier); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if !bytes.Equal([]byte(contents(t, dir)[eventsFile]), []byte(files[eventsFile])) {
		t.Error("verifying changed the log")
	}
}

// TestVerifyReadsTheEvents: a log that its own key signed, and whose events still do
// not hang together.
func TestVerifyReadsTheEvents(t *testing.T) {
	dir := t.TempDir()
	l := mustOpen(t, dir, options())
	defer l.Close()
	mustAppend(t, l, some(2)...)
	b := l.newBatch()
	for i, e := range []Event{
		{Act: View, Actor: "A", At: "2026-11-22T12:00:00Z", Object: "EV-000001", Previous: "1"},
		{Act: View, Actor: "A", At: "2025-01-01T00:00:00Z", Object: "EV-000003"},
	} {
		if err := b.add(e, bytes.Repeat([]byte{byte(i)}, saltSize)); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.sign(testSigner); err != nil {
		t.Fatal(err)
	}
	if err := l.files.write(b); err != nil {
		t.Fatal(err)
	}
	want := []Fault{
		{eventsFile, 2, `previous is "1", the object's event before it is "0"`},
		{eventsFile, 3, `at "2025-01-01T00:00:00Z", the event before it at "2026-11-22T12:00:00Z"`},
	}
	if diff := cmp.Diff(want, mustVerify(t, dir).Faults); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
}

// TestOpenLogSeesAFork: what an open log showed must still be there, or it refuses.
func TestOpenLogSeesAFork(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	l := mustOpen(t, dir, options())
	defer l.Close()
	mustAppend(t, l, some(3)...)
	o := options()
	o.Rand = seeded(3)
	forged := mustOpen(t, other, o)
	mustAppend(t, forged, some(5)...)
	if err := forged.Close(); err != nil {
		t.Fatal(err)
	}
	restore(t, dir, contents(t, other))
	if err := l.Refresh(); !errors.Is(err, ErrDamaged) || l.Size() != 3 {
		t.Errorf("refresh: %v, %d leaves", err, l.Size())
	}
	if _, err := l.Append(context.Background(), some(1)...); !errors.Is(err, ErrDamaged) {
		t.Errorf("append: %v", err)
	}
	if diff := cmp.Diff(contents(t, other), contents(t, dir)); diff != "" {
		t.Errorf("a refused append changed something:\n%s", diff)
	}
}
