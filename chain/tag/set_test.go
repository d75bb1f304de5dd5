package tag

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/chain"
	"pgregory.net/rapid"
)

func packOf(label, category, more string) string {
	return "currency: BTC\nlabel: " + label + "\ncategory: " + category + "\n" + more + "tags:\n- address: " + first + "\n"
}

// Tags that contradict each other are both kept, whichever is newer or surer.
func TestDisagreementIsKept(t *testing.T) {
	old := read(t, "old.yaml", packOf("Miner", "miner", "lastmod: 2010-01-01\nconfidence: heuristic\n"), Options{})
	sure := read(t, "new.yaml", packOf("Exchange", "exchange", "lastmod: 2026-01-01\nconfidence: ownership\n"), Options{})
	for _, files := range [][]File{{old, sure}, {sure, old}, {old, sure, old, sure}} {
		s := NewSet(files...)
		got := s.Lookup(address(t, "bitcoin", first))
		if len(got) != 2 || got[0].Label != "Exchange" || got[1].Label != "Miner" || s.Len() != 2 || s.Addresses() != 1 || len(s.Files()) != 2 {
			t.Errorf("%+v", got)
		}
	}
	if got := NewSet(old, sure).Lookup(address(t, "bitcoin-cash", first)); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

// A text that lost its case is never a match, and is found as a hint.
func TestHints(t *testing.T) {
	s := NewSet(
		read(t, "lost.csv", "asset,address\nXBT,"+strings.ToLower(first)+"\n", Options{}),
		read(t, "bsc.yaml", "currency: BSC\ntags:\n- address: '"+lazarus+"'\n  label: there\n", Options{}),
		read(t, "bch.yaml", "currency: BCH\ntags:\n- address: "+first+"\n  label: cash\n", Options{}),
	)
	if s.Addresses() != 3 {
		t.Errorf("%d addresses", s.Addresses())
	}
	a := address(t, "bitcoin", first)
	hints := s.Hints(a)
	if len(s.Lookup(a)) != 0 || len(hints) != 2 || hints[0].Why != LostCase || hints[1].Why != SameKey || hints[1].Tag.Label != "cash" {
		t.Errorf("%+v", hints)
	}
	litecoin, err := chain.Make(chain.Litecoin, a.Kind(), a.Bytes())
	if hints := s.Hints(litecoin); err != nil || len(hints) != 1 || hints[0].Why != SameKey || hints[0].Tag.Chain != "bitcoin-cash" {
		t.Errorf("%+v, %v", hints, err)
	}
	if hints := s.Hints(address(t, "ethereum", lazarus)); len(hints) != 1 || hints[0].Tag.Label != "there" {
		t.Errorf("%+v", hints)
	}
	if got := s.Lost(strings.ToLower(first)); len(got) != 2 {
		t.Errorf("%+v", got)
	}
	if got := s.Lost("none"); got != nil || s.Hints(chain.Address{}) != nil || len(s.Lookup(chain.Address{})) > 0 {
		t.Errorf("%+v", got)
	}
}

// The written set does not depend on the order of its files, and comes back.
func TestWrittenSet(t *testing.T) {
	files := []File{
		read(t, "a.yaml", packOf("A", "exchange", "abuse: sanction\nis_cluster_definer: true\nsource: \"x\\u202e\\ny\"\n"), Options{}),
		read(t, "b.csv", "asset,address\nXBT,"+strings.ToLower(first)+"\nUSDT,"+tether+"\nXBT,broken\n", Options{Date: "2024-09-27"}),
		read(t, "etherscan.json", `{"`+lazarus+`": {"name": "x", "labels": ["heist"]}}`, Options{}),
	}
	var all []string
	rapid.Check(t, func(t *rapid.T) {
		s := NewSet()
		for _, f := range rapid.Permutation(files).Draw(t, "files") {
			s = s.With(f)
		}
		text, sum, err := s.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ReadSet(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(again.Tags(), s.Tags()) || !slices.Equal(again.Refused(), s.Refused()) || len(again.Files()) != 3 || len(s.Refused()) != 1 {
			t.Fatalf("came back otherwise:\n%+v\n%+v", again.Tags(), s.Tags())
		}
		all = append(all, sum)
	})
	if slices.Sort(all); all[0] != all[len(all)-1] {
		t.Error("the order of files shows")
	}
}

// Whatever is changed in a written set is found.
func TestAlteredSet(t *testing.T) {
	s := NewSet(read(t, "a.yaml", packOf("A", "exchange", ""), Options{}))
	text, _, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for i := range text {
		b := bytes.Clone(text)
		b[i] ^= 1
		if _, err := ReadSet(bytes.NewReader(b)); !errors.Is(err, ErrDigest) && !errors.Is(err, ErrNotSet) {
			t.Fatalf("byte %d: %v", i, err)
		}
		if _, err := ReadSet(bytes.NewReader(text[:i])); err == nil {
			t.Fatalf("%d bytes of %d are a set", i, len(text))
		}
	}
}

// A set with a right digest over wrong lines is refused, not trusted.
func TestForgedSet(t *testing.T) {
	head := firstLine + "\n"
	receipt := `{"file":"a","sha256":"b","bytes":1,"format":"c","read":1,"kept":1,"refused":0}` + "\n"
	statement := `{"file":0,"label":"x","kinds":["mixer"]}` + "\n"
	for want, lines := range map[string]string{
		"":                                 `{"files":1,"statements":1,"refused":0,"tags":1}` + "\n" + receipt + statement + "bitcoin " + first + " 0 1\n",
		"line 2":                           "x\n",
		"line 3 is missing":                `{"files":1,"statements":1,"refused":0,"tags":1}` + "\n",
		"line 4: no kind":                  `{"files":1,"statements":1,"refused":0,"tags":1}` + "\n" + receipt + `{"kinds":["x"]}` + "\n",
		"0 tags, want 1":                   `{"files":1,"statements":1,"refused":0,"tags":1}` + "\n" + receipt + statement,
		"line 5: not a tag":                `{"files":1,"statements":1,"refused":0,"tags":1}` + "\n" + receipt + statement + "bitcoin\n",
		"line 5: its statement":            `{"files":1,"statements":1,"refused":0,"tags":1}` + "\n" + receipt + statement + "bitcoin " + first + " 1 1\n",
		"line 5: its statement is":         `{"files":1,"statements":1,"refused":0,"tags":1}` + "\n" + receipt + `{"file":1}` + "\n" + "bitcoin " + first + " 0 1\n",
		"bad checksum":                     `{"files":1,"statements":1,"refused":0,"tags":1}` + "\n" + receipt + statement + "bitcoin " + first[:33] + "b 0 1\n",
		"line 5: an address that lost not": `{"files":1,"statements":1,"refused":0,"tags":1}` + "\n" + receipt + statement + "bitcoin " + first + " 0 1 lost\n",
		"case lost":                        `{"files":1,"statements":1,"refused":0,"tags":1}` + "\n" + receipt + statement + "bitcoin " + strings.ToLower(first) + " 0 1\n",
		"many":                             `{"files":9999999999,"statements":1,"refused":0,"tags":1}` + "\n" + receipt,
	} {
		body := head + lines
		_, err := ReadSet(strings.NewReader(body + digestOf(body) + "\n"))
		if want == "many" {
			want = "line 4 is missing"
		}
		if want == "" && err != nil || want != "" && (!errors.Is(err, ErrNotSet) || !strings.Contains(fmt.Sprint(err), want)) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, err := ReadSet(strings.NewReader("turtlebay tags 2\n")); !errors.Is(err, ErrNotSet) {
		t.Error(err)
	}
}

func FuzzReadSet(f *testing.F) {
	s := NewSet(read(f, "a.yaml", packOf("A", "exchange", ""), Options{}), read(f, "b.csv", "asset,address\nXBT,"+strings.ToLower(first)+"\nXBT,x\n", Options{}))
	text, _, err := s.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text[:len(text)-65]))
	f.Add(firstLine + "\n{\"files\":-1}\n")
	f.Fuzz(func(t *testing.T, body string) {
		s, err := ReadSet(strings.NewReader(body + digestOf(body) + "\n"))
		if err != nil {
			return
		}
		text, sum, err := s.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ReadSet(bytes.NewReader(text))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if got, err := again.Digest(); err != nil || got != sum {
			t.Fatalf("%s, want %s: %v", got, sum, err)
		}
	})
}

func digestOf(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}
