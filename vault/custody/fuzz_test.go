package custody

import (
	"bytes"
	"context"
	"strings"
	"testing"
)

// fuzzLog is a small log and what is made of it, as seeds.
func fuzzLog(f *testing.F) (files map[string]string, checkpoint, opening, proof []byte) {
	f.Helper()
	dir := f.TempDir()
	l := mustOpen(f, dir, options())
	defer l.Close()
	mustAppend(f, l, some(3)...)
	o, err := l.Prove(1, "act", "detail")
	if err != nil {
		f.Fatal(err)
	}
	if opening, err = o.MarshalJSON(); err != nil {
		f.Fatal(err)
	}
	if proof, err = FormatProof(Proof{o, l.Checkpoint()}); err != nil {
		f.Fatal(err)
	}
	return contents(f, dir), l.Checkpoint(), opening, proof
}

// FuzzParseCheckpoint: what is taken is what the log would write.
func FuzzParseCheckpoint(f *testing.F) {
	_, checkpoint, _, _ := fuzzLog(f)
	f.Add(checkpoint)
	f.Add(append(bytes.Clone(checkpoint), "— a AAAAAAA=\n"...))
	f.Add(bytes.ReplaceAll(checkpoint, []byte("\n3\n"), []byte("\n9223372036854775807\n")))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := ParseCheckpoint(b, testVerifier)
		if err != nil {
			return
		}
		if !bytes.HasPrefix(b, append(c.Text(), '\n')) || !bytes.Equal(c.Note, b) || c.Size < 0 || c.Size > maxSize {
			t.Errorf("%q was read as %+v", b, c)
		}
		again := signed(c.Text(), nil)
		again = append(again, b[len(again):]...)
		if !bytes.Equal(again, b) {
			t.Errorf("%q is not canonical", b)
		}
	})
}

// FuzzCheckpointText reads the text without its signature, which fuzzing does not
// get past.
func FuzzCheckpointText(f *testing.F) {
	f.Add("o\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")
	f.Add("o\n9007199254740992\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := parseText(text); err == nil && string(c.Text()) != text {
			t.Errorf("%q was read as %q", text, c.Text())
		}
	})
}

// FuzzParseOpening: what is taken is canonical and does not prove what it should not.
func FuzzParseOpening(f *testing.F) {
	_, checkpoint, opening, _ := fuzzLog(f)
	head, err := ParseCheckpoint(checkpoint, testVerifier)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(opening)
	f.Add(bytes.ReplaceAll(opening, []byte(`"index":1`), []byte(`"index":9007199254740993`)))
	f.Add(bytes.ReplaceAll(opening, []byte(`"value":`), []byte(`"commitment":`)))
	f.Add([]byte(`{"fields":{"act":null},"index":0,"path":[]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := ParseOpening(b)
		if err != nil {
			return
		}
		again, err := o.MarshalJSON()
		if err != nil || !bytes.Equal(again, b) {
			t.Errorf("%s was written again as %s, %v", b, again, err)
		}
		if CheckOpening(o, head) == nil && !bytes.Equal(b, opening) && o.Index == 1 {
			e, hidden := o.Event()
			want := some(2)[1]
			if len(hidden) == 8 && (e.Act != want.Act || e.Detail != want.Detail) {
				t.Errorf("a forgery is proven: %s", b)
			}
		}
	})
}

// FuzzParseProof: what is taken is what FormatProof writes.
func FuzzParseProof(f *testing.F) {
	_, _, _, proof := fuzzLog(f)
	f.Add(proof)
	f.Add(bytes.ReplaceAll(proof, []byte("index 1"), []byte("index 01")))
	f.Add([]byte(proofHeader + "\nindex 0\n\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := ParseProof(b)
		if err != nil {
			return
		}
		again, err := FormatProof(p)
		if err != nil || !bytes.Equal(again, b) {
			t.Errorf("%q was written again as %q, %v", b, again, err)
		}
	})
}

// FuzzEvents puts any bytes where the events are. Nothing but the events that were
// written is taken for whole, and opening never throws away what was signed for.
func FuzzEvents(f *testing.F) {
	files, _, _, _ := fuzzLog(f)
	events := files[eventsFile]
	dir := f.TempDir()
	f.Add(events)
	f.Add(events + events[:10])
	f.Add(events + events)
	f.Add(events[:len(events)-1])
	f.Add("")
	f.Fuzz(func(t *testing.T, content string) {
		restore(t, dir, with(files, eventsFile, content))
		v, err := Verify(context.Background(), dir, testVerifier)
		if err != nil {
			t.Fatal(err)
		}
		begins := len(content) >= len(events) && content[:len(events)] == events
		if v.OK() != begins {
			t.Errorf("verified %v with %q", v.Faults, content)
		}
		l, did, err := Open(dir, options())
		if err != nil && begins {
			t.Fatalf("open: %v", err)
		} else if err != nil {
			return
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		// a change to an event before the last is left to Verify
		lines := strings.SplitAfterN(content, "\n", 4)
		if left := contents(t, dir)[eventsFile]; left != strings.Join(lines[:3], "") || did.Cut != int64(len(content)-len(left)) {
			t.Errorf("opening left %q, %+v", left, did)
		}
	})
}

// FuzzLine: what is taken for an event is written again as the same bytes.
func FuzzLine(f *testing.F) {
	files, _, _, _ := fuzzLog(f)
	f.Add([]byte(files[eventsFile][:bytes.IndexByte([]byte(files[eventsFile]), '\n')]))
	f.Add([]byte(`{"object":"\u0041","salt":"00"}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		object, objectErr := objectOf(line)
		e, salt, err := parseLine(line)
		if err != nil {
			return
		}
		if objectErr != nil || object != e.Object {
			t.Errorf("object %q, %v, of %q", object, objectErr, line)
		}
		again, err := formatLine(&e, salt)
		if err != nil || !bytes.Equal(again, append(bytes.Clone(line), '\n')) {
			t.Errorf("%q was written again as %q, %v", line, again, err)
		}
	})
}
