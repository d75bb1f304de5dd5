package custody

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

func TestCheckpointForm(t *testing.T) {
	l := mustOpen(t, t.TempDir(), options())
	defer l.Close()
	mustAppend(t, l, some(3)...)
	good := string(l.Checkpoint())
	c, err := ParseCheckpoint([]byte(good), testVerifier)
	if err != nil || c.Origin != testSigner.Name() || c.Size != 3 {
		t.Fatalf("%+v, %v", c, err)
	}
	resigned := func(text string) string {
		msg, err := note.Sign(&note.Note{Text: text}, testSigner)
		if err != nil {
			t.Fatal(err)
		}
		return string(msg)
	}
	text := string(c.Text())
	for name, tc := range map[string]struct {
		msg  string
		want error
	}{
		"empty":          {"", ErrMalformed},
		"no signature":   {text + "\n", ErrMalformed},
		"another's":      {text + "\n" + string(cosign(t, c, testSigner.Name(), 1)), ErrProof},
		"other size":     {strings.Replace(good, "\n3\n", "\n4\n", 1), ErrProof},
		"extension":      {resigned(text + "more\n"), ErrMalformed},
		"two lines":      {resigned("a\n3\n"), ErrMalformed},
		"leading zero":   {resigned(strings.Replace(text, "\n3\n", "\n03\n", 1)), ErrMalformed},
		"negative":       {resigned(strings.Replace(text, "\n3\n", "\n-3\n", 1)), ErrMalformed},
		"huge":           {resigned(strings.Replace(text, "\n3\n", "\n9223372036854775807\n", 1)), ErrMalformed},
		"other origin":   {resigned("x" + text), ErrProof},
		"short root":     {resigned(c.Origin + "\n3\nAAAA\n"), ErrMalformed},
		"stray bits":     {resigned(strings.Replace(text, c.Root.String(), c.Root.String()[:42]+"/=", 1)), ErrMalformed},
		"signed twice":   {good + good[len(text)+1:], ErrMalformed},
		"carriage":       {strings.ReplaceAll(good, "\n", "\r\n"), ErrMalformed},
		"far too long":   {resigned(text + strings.Repeat("x", maxNote) + "\n"), ErrMalformed},
		"stray bits sig": {good[:len(good)-3] + string(good[len(good)-3]+1) + good[len(good)-2:], ErrMalformed},
	} {
		if _, err := ParseCheckpoint([]byte(tc.msg), testVerifier); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
}

// TestForgedConsistency shows that neither order of two checkpoints nor a foreign
// log slips through.
func TestForgedConsistency(t *testing.T) {
	l := mustOpen(t, t.TempDir(), options())
	defer l.Close()
	at := map[int64]Checkpoint{}
	for _, n := range []int{0, 3, 4} {
		mustAppend(t, l, some(n)...)
		c, err := ParseCheckpoint(l.Checkpoint(), testVerifier)
		if err != nil {
			t.Fatal(err)
		}
		at[c.Size] = c
	}
	proof, err := l.Consistency(3, 7)
	if err != nil {
		t.Fatal(err)
	}
	if err := CheckConsistency(at[3], at[7], proof); err != nil {
		t.Error(err)
	}
	if err := CheckConsistency(at[0], at[7], nil); err != nil {
		t.Error(err)
	}
	forged := at[0]
	forged.Root[0]++
	foreign := at[7]
	foreign.Origin = "other"
	huge := at[7]
	huge.Size = 1<<63 - 1
	for name, c := range map[string][2]Checkpoint{
		"the wrong way":    {at[7], at[3]},
		"another root":     {forged, at[7]},
		"another log":      {at[3], foreign},
		"a size too large": {at[3], huge},
	} {
		if err := CheckConsistency(c[0], c[1], proof); !errors.Is(err, ErrProof) {
			t.Errorf("%s: %v, want ErrProof", name, err)
		}
	}
}

// cosignature makes a line of cosignature/v1 from the words of the specification.
func cosignature(t *testing.T, random io.Reader, c Checkpoint, name string, at int64) []byte {
	t.Helper()
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(random, seed); err != nil {
		t.Fatal(err)
	}
	key := ed25519.NewKeyFromSeed(seed)
	public := key.Public().(ed25519.PublicKey)
	id := sha256.Sum256([]byte(name + "\n\x04" + string(public)))
	raw := binary.BigEndian.AppendUint64(id[:4:4], uint64(at))
	raw = append(raw, ed25519.Sign(key, fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", at, c.Text()))...)
	return fmt.Appendf(nil, "— %s %s\n", name, base64.StdEncoding.EncodeToString(raw))
}

func TestHistory(t *testing.T) {
	dir := t.TempDir()
	l := mustOpen(t, dir, options())
	mustAppend(t, l, some(3)...)
	kept, err := l.Keep()
	if err != nil || kept.Size != 3 {
		t.Fatalf("keep: %+v, %v", kept, err)
	}
	mustAppend(t, l, some(2)...)
	first, second := cosign(t, kept, "witness.example", 1000), cosign(t, kept, "witness.example", 2000)
	if err := l.AddSignatures(3, append(first, cosign(t, kept, "second.example", 1)...)); err != nil {
		t.Fatal(err)
	}
	if err := l.AddSignatures(3, second); err != nil {
		t.Fatal(err)
	}
	head, err := ParseCheckpoint(l.Checkpoint(), testVerifier)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.AddSignatures(5, cosign(t, head, "witness.example", 3000)); err != nil {
		t.Fatal(err)
	}
	if err := l.AddStamp(3, []byte("token")); err != nil {
		t.Fatal(err)
	}
	for name, lines := range map[string]string{
		"no line feed":   strings.TrimSuffix(string(first), "\n"),
		"nothing":        "",
		"empty line":     "\n" + string(first),
		"stray bits":     strings.Replace(string(first), "=\n", "\n", 1),
		"its own":        string(kept.Note[len(kept.Text())+1:]),
		"text":           "hello\n",
		"control":        "— a\x1b b\n",
		"too many lines": strings.Repeat(string(first), 65),
	} {
		if err := l.AddSignatures(5, []byte(lines)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v, want ErrMalformed", name, err)
		}
	}
	for _, token := range [][]byte{nil, make([]byte, maxStamp+1)} {
		if err := l.AddStamp(3, token); !errors.Is(err, ErrMalformed) {
			t.Errorf("a token of %d bytes: %v", len(token), err)
		}
	}
	check := func(l *Log) {
		t.Helper()
		history, err := l.History()
		if err != nil || len(history) != 2 || history[0].Size != 3 || history[1].Size != 5 {
			t.Fatalf("history %+v, %v", history, err)
		}
		wantFirst := append(append(bytes.Clone(kept.Note), cosign(t, kept, "second.example", 1)...), second...)
		if !bytes.Equal(history[0].Note, wantFirst) || len(history[0].Stamps) != 1 || string(history[0].Stamps[0]) != "token" {
			t.Errorf("of size 3: %s\nwant\n%s", history[0].Note, wantFirst)
		}
		if !bytes.Equal(l.Checkpoint(), history[1].Note) || len(history[1].Signatures) != 1 {
			t.Errorf("the checkpoint is\n%s\nthe history has\n%s", l.Checkpoint(), history[1].Note)
		}
		if c, err := ParseCheckpoint(l.Checkpoint(), testVerifier); err != nil || len(c.Signatures) != 1 {
			t.Errorf("parse: %+v, %v", c, err)
		}
	}
	check(l)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = mustOpen(t, dir, options())
	defer l.Close()
	check(l)
	if v := mustVerify(t, dir); !v.OK() {
		t.Error(v.Faults)
	}
	mustAppend(t, l, some(1)...)
	if c, err := ParseCheckpoint(l.Checkpoint(), testVerifier); err != nil || len(c.Signatures) != 0 {
		t.Errorf("a new checkpoint has the cosignatures of the old: %+v, %v", c, err)
	}
}
