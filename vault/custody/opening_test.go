package custody

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	tlogproof "github.com/transparency-dev/formats/proof"
	"golang.org/x/mod/sumdb/tlog"
)

// TestOnlyOneForm: what says the same in another way is refused, so that two readers
// never disagree about what a file says.
func TestOnlyOneForm(t *testing.T) {
	l := mustOpen(t, t.TempDir(), options())
	defer l.Close()
	mustAppend(t, l, some(3)...)
	o, err := l.Prove(1, "act", "reason")
	if err != nil {
		t.Fatal(err)
	}
	opening, err := o.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParseOpening(opening); err != nil {
		t.Fatal(err)
	}
	proof, err := FormatProof(Proof{o, l.Checkpoint()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParseProof(proof); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(string) string{
		"white space":     func(s string) string { return strings.Replace(s, `,"index"`, `, "index"`, 1) },
		"line feed":       func(s string) string { return s + "\n" },
		"something after": func(s string) string { return s + "{}" },
		"another order":   func(s string) string { return `{"index":1,` + strings.Replace(s[1:], `"index":1,`, "", 1) },
		"an escape":       func(s string) string { return strings.Replace(s, `"view"`, `"vie\u0077"`, 1) },
		"a field twice":   func(s string) string { return strings.Replace(s, `"index":1`, `"index":1,"index":1`, 1) },
		"unknown member":  func(s string) string { return strings.Replace(s, `"index":1`, `"index":1,"jndex":1`, 1) },
		"unknown field":   func(s string) string { return strings.Replace(s, `"act":`, `"Act":`, 1) },
		"an eleventh field": func(s string) string {
			return strings.Replace(s, `"fields":{`, `"fields":{"a":{"salt":"`+digestOf(1)+`","value":""},`, 1)
		},
		"capitals": func(s string) string {
			return strings.Replace(s, o.commitmentOf("actor"), strings.ToUpper(o.commitmentOf("actor")), 1)
		},
		"fraction":       func(s string) string { return strings.Replace(s, `"index":1`, `"index":1.0`, 1) },
		"negative":       func(s string) string { return strings.Replace(s, `"index":1`, `"index":-1`, 1) },
		"beyond 2^53":    func(s string) string { return strings.Replace(s, `"index":1`, `"index":9007199254740992`, 1) },
		"null path":      func(s string) string { return s[:strings.Index(s, `"path":`)] + `"path":null}` },
		"salt, no value": func(s string) string { return strings.Replace(s, `,"value":"view"`, "", 1) },
		"value, no salt": func(s string) string {
			return strings.Replace(s, `"commitment":"`+o.commitmentOf("actor")+`"`, `"value":"x"`, 1)
		},
		"both": func(s string) string {
			return strings.Replace(s, `"value":"view"`, `"commitment":"`+digestOf(1)+`","value":"view"`, 1)
		},
		"short salt": func(s string) string { i := strings.Index(s, `"salt":"`) + 8; return s[:i] + s[i+2:] },
		"not UTF-8":  func(s string) string { return strings.Replace(s, `"view"`, "\"\xff\"", 1) },
		"an array":   func(s string) string { return "[" + s + "]" },
		"nothing":    func(string) string { return "" },
		"too long":   func(s string) string { return s + strings.Repeat(" ", maxOpening) },
	} {
		changed := change(string(opening))
		if changed == string(opening) {
			t.Errorf("opening, %s: nothing was changed", name)
		}
		if _, err := ParseOpening([]byte(changed)); !errors.Is(err, ErrMalformed) {
			t.Errorf("opening, %s: %v, want ErrMalformed", name, err)
		}
	}
	extra := base64.StdEncoding.EncodeToString
	fields, err := json.Marshal(o.Fields) // the same, as no value needs an escape
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(string) string{
		"another version": func(s string) string { return strings.Replace(s, "@v1", "@v2", 1) },
		"no extra":        func(s string) string { return strings.Replace(s, "extra "+extra(fields)+"\n", "", 1) },
		"other extra":     func(s string) string { return strings.Replace(s, extra(fields), extra([]byte("{}")), 1) },
		"spaces in extra": func(s string) string {
			return strings.Replace(s, extra(fields), extra(append(bytes.Clone(fields), ' ')), 1)
		},
		"extra, no text":  func(s string) string { return strings.Replace(s, extra(fields), "*", 1) },
		"leading zero":    func(s string) string { return strings.Replace(s, "index 1", "index 01", 1) },
		"no index":        func(s string) string { return strings.Replace(s, "index 1\n", "", 1) },
		"stray bits":      func(s string) string { return strings.Replace(s, o.Path[0].String(), o.Path[0].String()[:42]+"/=", 1) },
		"a short hash":    func(s string) string { return strings.Replace(s, o.Path[0].String(), "AAAA", 1) },
		"carriage return": func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
		"no blank line":   func(s string) string { return strings.ReplaceAll(s, "\n\n", "\n") },
		"endless path": func(s string) string {
			return strings.Replace(s, "\n\n", strings.Repeat("\n"+o.Path[0].String(), 65)+"\n\n", 1)
		},
		"too long": func(s string) string { return s + strings.Repeat("x", 2*maxOpening) },
		"nothing":  func(string) string { return "" },
	} {
		changed := change(string(proof))
		if changed == string(proof) {
			t.Errorf("proof, %s: nothing was changed", name)
		}
		if _, err := ParseProof([]byte(changed)); !errors.Is(err, ErrMalformed) {
			t.Errorf("proof, %s: %v, want ErrMalformed", name, err)
		}
	}
}

func (o Opening) commitmentOf(name string) string {
	b, err := o.Fields[name].MarshalJSON()
	if err != nil {
		return err.Error()
	}
	var j struct{ Commitment string }
	if err := json.Unmarshal(b, &j); err != nil {
		return err.Error()
	}
	return j.Commitment
}

// TestSaltsHaveOneLength: else a byte could move from the salt into the value.
func TestSaltsHaveOneLength(t *testing.T) {
	o, err := opened(0, &Event{Act: View}, make([]byte, saltSize), nil, []string{"act"})
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := o.Leaf()
	if err != nil {
		t.Fatal(err)
	}
	if err := CheckOpening(o, Checkpoint{Size: 1, Root: leaf}); err != nil {
		t.Fatal(err)
	}
	f := o.Fields["act"]
	f.Salt = append(f.Salt, 0)
	o.Fields["act"] = f
	if _, err := o.Leaf(); !errors.Is(err, ErrMalformed) {
		t.Errorf("a salt of 33 bytes: %v", err)
	}
	delete(o.Fields, "act")
	if err := CheckOpening(o, Checkpoint{Size: 1, Root: tlog.Hash{}}); !errors.Is(err, ErrMalformed) {
		t.Errorf("nine fields: %v", err)
	}
}

func TestLinesHaveOneForm(t *testing.T) {
	e := Event{Act: View, Actor: "A", At: "2026-11-22T12:00:00Z", Object: "EV-000001", Digest: digestOf(1)}
	salt := bytes.Repeat([]byte{0xab}, saltSize)
	b, err := formatLine(&e, salt)
	if err != nil {
		t.Fatal(err)
	}
	line := strings.TrimSuffix(string(b), "\n")
	if got, s, err := parseLine([]byte(line)); err != nil || got != e || !bytes.Equal(s, salt) {
		t.Fatalf("%+v, %x, %v", got, s, err)
	}
	for name, changed := range map[string]string{
		"capitals":       strings.Replace(line, "abab", "ABab", 1),
		"white space":    line + " ",
		"an escape":      strings.Replace(line, `"A"`, `"\u0041"`, 1),
		"another order":  strings.Replace(line, `"act":"view","actor":"A"`, `"actor":"A","act":"view"`, 1),
		"unknown member": strings.Replace(line, `"salt"`, `"more":"","salt"`, 1),
		"an empty one":   strings.Replace(line, `"salt"`, `"reason":"","salt"`, 1),
		"twice":          strings.Replace(line, `"salt"`, `"act":"view","salt"`, 1),
		"short salt":     strings.Replace(line, "abab", "ab", 1),
		"no salt":        strings.Replace(line, `,"salt":"`+strings.Repeat("ab", saltSize)+`"`, "", 1),
		"null":           "null",
	} {
		if _, _, err := parseLine([]byte(changed)); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v, want ErrDamaged: %s", name, err, changed)
		}
	}
}

// TestOtherImplementation checks the proof format against another reader and writer.
func TestOtherImplementation(t *testing.T) {
	l := mustOpen(t, t.TempDir(), options())
	defer l.Close()
	mustAppend(t, l, some(6)...)
	o, err := l.Prove(4, "act")
	if err != nil {
		t.Fatal(err)
	}
	text, err := FormatProof(Proof{o, l.Checkpoint()})
	if err != nil {
		t.Fatal(err)
	}
	var p tlogproof.TLogProof
	if err := p.Unmarshal(text); err != nil || p.Index != 4 || !bytes.Equal(p.Checkpoint, l.Checkpoint()) || len(p.Hashes) != len(o.Path) {
		t.Errorf("the other reader: %+v, %v", p, err)
	}
	if !bytes.Equal(p.Marshal(), text) {
		t.Errorf("the other writer:\n%s\nours:\n%s", p.Marshal(), text)
	}
}
