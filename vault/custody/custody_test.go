package custody

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"
)

// byHand computes a leaf from the words of docs/custody.md alone.
func byHand(e Event, salt []byte) [32]byte {
	text := "turtlebay-leaf/1\n"
	for _, f := range []struct{ name, value string }{
		{"act", e.Act},
		{"actor", e.Actor},
		{"at", e.At},
		{"object", e.Object},
		{"digest", e.Digest},
		{"parent", e.Parent},
		{"tool", e.Tool},
		{"detail", e.Detail},
		{"reason", e.Reason},
		{"previous", e.Previous},
	} {
		text += fmt.Sprintf("%s %x\n", f.name, sha256.Sum256([]byte(hmacOf(salt, f.name)+"\x00"+f.name+"\x00"+f.value)))
	}
	return sha256.Sum256([]byte("\x00" + text))
}

func hmacOf(key []byte, text string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return string(mac.Sum(nil))
}

func TestLeafIsWhatTheDocumentSays(t *testing.T) {
	salt := bytes.Repeat([]byte{0xab}, 32)
	e := Event{
		Act: Receive, Actor: "A. Expert", At: "2026-11-22T12:00:00Z", Object: "EV-000001", Digest: digestOf(1), Parent: "EV-000000",
		Tool: "tool@1", Detail: "é\x00", Reason: "r", Previous: "3",
	}
	got := leafHash(commitments(&e, salt))
	if want := byHand(e, salt); got != want {
		t.Errorf("leaf %x, by hand %x", got[:], want)
	}
	const golden = "d556b501ff776eb8bcaf492668986b76355a1111378a569b6346da83d11e71a7"
	if hex.EncodeToString(got[:]) != golden {
		t.Errorf("leaf %x, want %s: the format changed", got[:], golden)
	}
}

func TestAppendFillsTimeAndPrevious(t *testing.T) {
	now := noon()
	o := options()
	o.Now = func() time.Time { return now }
	dir := t.TempDir()
	l, did, err := Open(dir, o)
	if err != nil || !did.Created || len(did.Lines()) != 1 {
		t.Fatalf("open: %+v, %v", did, err)
	}
	a := Event{Act: Receive, Actor: "A", Object: "EV-000001"}
	b := Event{Act: View, Actor: "A", Object: "EV-000002", Detail: "page 3"}
	mustAppend(t, l, a, b, a)
	now = now.Add(-90 * time.Second)
	if first := mustAppend(t, l, b, a); first != 3 {
		t.Errorf("first leaf %d, want 3", first)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l, did, err = Open(dir, o)
	if err != nil || did != (Reconciled{ClockBehind: 90 * time.Second}) || len(did.Lines()) != 1 {
		t.Fatalf("open again: %+v, %v", did, err)
	}
	defer l.Close()
	now = now.Add(time.Hour)
	mustAppend(t, l, a)
	var got []Entry
	for e, err := range l.Events() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e)
	}
	at, later := "2026-11-22T12:00:00Z", "2026-11-22T12:58:30Z"
	want := []Entry{
		{0, Event{Act: Receive, Actor: "A", At: at, Object: "EV-000001"}},
		{1, Event{Act: View, Actor: "A", At: at, Object: "EV-000002", Detail: "page 3"}},
		{2, Event{Act: Receive, Actor: "A", At: at, Object: "EV-000001", Previous: "0"}},
		{3, Event{Act: View, Actor: "A", At: at, Object: "EV-000002", Previous: "1", Detail: "page 3; clock behind by 1m30s"}},
		{4, Event{Act: Receive, Actor: "A", At: at, Object: "EV-000001", Previous: "2", Detail: "clock behind by 1m30s"}},
		{5, Event{Act: Receive, Actor: "A", At: later, Object: "EV-000001", Previous: "4"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if v := mustVerify(t, dir); !v.OK() || v.Leaves != 6 || v.Unfinished != nil {
		t.Errorf("verification: %+v", v)
	}
}

func TestAppendRefuses(t *testing.T) {
	dir := t.TempDir()
	l := mustOpen(t, dir, options())
	defer l.Close()
	good := Event{Act: View, Actor: "A", Object: "O"}
	mustAppend(t, l, good)
	before := contents(t, dir)
	for name, change := range map[string]func(*Event){
		"unknown act":    func(e *Event) { e.Act = "peek" },
		"no actor":       func(e *Event) { e.Actor = "" },
		"no object":      func(e *Event) { e.Object = "" },
		"time given":     func(e *Event) { e.At = "2026-11-22T12:00:00Z" },
		"previous given": func(e *Event) { e.Previous = "0" },
		"short digest":   func(e *Event) { e.Digest = "abcd" },
		"digest in caps": func(e *Event) { e.Digest = strings.ToUpper(digestOf(1)) },
		"not UTF-8":      func(e *Event) { e.Reason = "a\xff" },
		"too long":       func(e *Event) { e.Detail = strings.Repeat("x", maxEvent) },
	} {
		bad := good
		change(&bad)
		if _, err := l.Append(context.Background(), good, bad); !errors.Is(err, ErrEvent) {
			t.Errorf("%s: %v, want ErrEvent", name, err)
		}
	}
	if diff := cmp.Diff(before, contents(t, dir)); diff != "" {
		t.Errorf("a refused event left something (-before +after):\n%s", diff)
	}
	r := mustOpen(t, dir, readOnly())
	defer r.Close()
	for name, err := range map[string]error{
		"append":     func() error { _, err := r.Append(context.Background(), good); return err }(),
		"keep":       func() error { _, err := r.Keep(); return err }(),
		"signatures": r.AddSignatures(1, []byte("x")),
		"stamp":      r.AddStamp(1, []byte("x")),
	} {
		if !errors.Is(err, ErrReadOnly) {
			t.Errorf("%s to a log opened to be read: %v", name, err)
		}
	}
}

func TestLargestEventFits(t *testing.T) {
	dir := t.TempDir()
	l := mustOpen(t, dir, options())
	e := Event{Act: View, Actor: "A", Object: "O", Detail: strings.Repeat("\x01", maxEvent-6)}
	mustAppend(t, l, e, e)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = mustOpen(t, dir, options())
	defer l.Close()
	if got, err := l.Event(1); err != nil || got.Detail != e.Detail {
		t.Errorf("event 1: %d bytes of detail, %v", len(got.Detail), err)
	}
	if v := mustVerify(t, dir); !v.OK() {
		t.Error(v.Faults)
	}
}

func TestOpen(t *testing.T) {
	if _, _, err := Open(t.TempDir(), readOnly()); !errors.Is(err, ErrNoLog) {
		t.Errorf("no log: %v", err)
	}
	if _, err := Verify(context.Background(), t.TempDir(), testVerifier); !errors.Is(err, ErrNoLog) {
		t.Errorf("verify no log: %v", err)
	}
	skey, _, err := NewKey(seeded(9))
	if err != nil {
		t.Fatal(err)
	}
	other, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]Options{
		"nothing":       {},
		"no signer":     {Verifier: testVerifier, Now: noon},
		"no clock":      {Verifier: testVerifier, Signer: testSigner},
		"another's key": {Verifier: testVerifier, Signer: other, Now: noon},
	} {
		if _, _, err := Open(t.TempDir(), o); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
}

func TestProofsOfALog(t *testing.T) {
	dir := t.TempDir()
	l := mustOpen(t, dir, options())
	defer l.Close()
	mustAppend(t, l, some(5)...)
	early, err := ParseCheckpoint(l.Checkpoint(), testVerifier)
	if err != nil {
		t.Fatal(err)
	}
	mustAppend(t, l, some(6)...)
	head, err := ParseCheckpoint(l.Checkpoint(), testVerifier)
	if err != nil {
		t.Fatal(err)
	}
	o, err := l.ProveAt(5, 4, "act", "object")
	if err != nil || CheckOpening(o, early) != nil {
		t.Errorf("proof against an earlier checkpoint: %v", err)
	}
	if err := CheckOpening(o, head); !errors.Is(err, ErrProof) {
		t.Errorf("a proof against 5 leaves was taken for 11: %v", err)
	}
	endless := head
	endless.Size = 1<<63 - 1
	if err := CheckOpening(o, endless); !errors.Is(err, ErrProof) {
		t.Errorf("a proof against a tree of any size: %v", err)
	}
	e, hidden := o.Event()
	if diff := cmp.Diff(Event{Act: Export, Object: "EV-000002"}, e); diff != "" || len(hidden) != 8 || hidden[0] != "actor" {
		t.Errorf("opened (-want +got):\n%s\nhidden %q", diff, hidden)
	}
	if _, open := o.Value("actor"); open {
		t.Error("the actor is open")
	}
	for name, f := range map[string]func() error{
		"leaf beyond":   func() error { _, err := l.Prove(11); return err },
		"leaf before":   func() error { _, err := l.Prove(-1); return err },
		"size beyond":   func() error { _, err := l.ProveAt(12, 1); return err },
		"leaf in later": func() error { _, err := l.ProveAt(5, 5); return err },
		"event beyond":  func() error { _, err := l.Event(11); return err },
		"older newer":   func() error { _, err := l.Consistency(7, 5); return err },
		"newer beyond":  func() error { _, err := l.Consistency(5, 12); return err },
		"no checkpoint": func() error { return l.AddSignatures(3, []byte("x")) },
		"no stamp":      func() error { return l.AddStamp(3, []byte("x")) },
	} {
		if err := f(); !errors.Is(err, ErrNoLeaf) {
			t.Errorf("%s: %v, want ErrNoLeaf", name, err)
		}
	}
	if _, err := l.Prove(1, "title"); !errors.Is(err, ErrMalformed) {
		t.Errorf("a field that there is not: %v", err)
	}
}
