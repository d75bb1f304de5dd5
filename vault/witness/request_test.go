package witness

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// request of the shape that c2sp.org/tlog-witness shows
const sample = `old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=

turtlebay-log-0011aabb
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
an extension line

— turtlebay-log-0011aabb Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
`

func TestParseRequest(t *testing.T) {
	r, err := ParseRequest([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	if r.Old != 20852014 || len(r.Proof) != 2 || r.Proof[1].String() != "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=" {
		t.Errorf("read %+v", r)
	}
	if string(r.Format()) != sample {
		t.Errorf("wrote %s", r.Format())
	}
}

func TestParseRequestRefuses(t *testing.T) {
	change := func(from, to string) string {
		if !strings.Contains(sample, from) {
			t.Fatalf("the sample has no %q", from)
		}
		return strings.Replace(sample, from, to, 1)
	}
	const hash = "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw="
	for name, text := range map[string]string{
		"empty":              "",
		"no old":             change("old 20852014\n", ""),
		"leading zero":       change("old 2", "old 02"),
		"sign":               change("old 2", "old +2"),
		"negative":           change("old 2", "old -2"),
		"above 2^62":         change("old 20852014", "old 4611686018427387905"),
		"not a number":       change("20852014", "twenty"),
		"carriage return":    change("old 20852014", "old 20852014\r"),
		"two spaces":         change("old ", "old  "),
		"short hash":         change(hash, "PlRN"),
		"hash with space":    change(hash, hash+" "),
		"unused bits set":    change("pkaw=", "pkax="),
		"64 hashes":          change(hash+"\n", strings.Repeat(hash+"\n", 63)),
		"no empty line":      change("\n\n", "\n"),
		"no checkpoint":      sample[:strings.Index(sample, "turtlebay")],
		"no signature":       sample[:strings.Index(sample, "—")],
		"no origin":          change("turtlebay-log-0011aabb\n2", "\n2"),
		"size with zero":     change("\n20852163", "\n020852163"),
		"size above 2^62":    change("\n20852163", "\n4611686018427387905"),
		"no root":            change("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n", ""),
		"short root":         change("CsUYapGG", ""),
		"empty extension":    change("an extension line\n", "a\n\nb\n"),
		"control character":  change("an extension", "an\x07extension"),
		"not UTF-8":          change("an extension", "an\xffextension"),
		"root of empty tree": change("\n20852163", "\n0"),
		"101 signatures":     sample + strings.Repeat(sample[strings.Index(sample, "—"):], 100),
		"too long":           change("an extension line", strings.Repeat("x", MaxRequest)),
	} {
		if r, err := ParseRequest([]byte(text)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	if _, err := ParseRequest([]byte(change("\n\n", "\n"))); err == nil || !strings.Contains(err.Error(), "line 4") {
		t.Errorf("the error does not name line 4: %v", err)
	}
}

// A request has one form: what is read is written the same.
func TestRequestLaw(t *testing.T) {
	l := newLog(t, "log.example").grow(40, "")
	rapid.Check(t, func(t *rapid.T) {
		to := rapid.Int64Range(0, 40).Draw(t, "to")
		r := l.request(rapid.Int64Range(0, to).Draw(t, "from"), to)
		back, err := ParseRequest(r.Format())
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(back.Format(), r.Format()) || back.Old != r.Old || len(back.Proof) != len(r.Proof) {
			t.Fatalf("%+v became %+v", r, back)
		}
	})
}

func FuzzParseRequest(f *testing.F) {
	l := newLog(f, "log.example").grow(9, "")
	f.Add([]byte(sample))
	f.Add(l.request(0, 0).Format())
	f.Add(l.request(3, 9).Format())
	f.Add([]byte("old 1\n\nx\n1\nAAAA\n\n— x AAAAAAA=\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ParseRequest(b)
		if err != nil {
			return
		}
		if !bytes.Equal(r.Format(), b) {
			t.Fatalf("%q was read and is written %q", b, r.Format())
		}
		cp, err := parseCheckpoint(r.Checkpoint)
		if err != nil {
			t.Fatal(err)
		}
		if r.Old <= cp.size && r.Old > 0 { // whatever was read, the check ends
			_ = tlog.CheckTree(r.Proof, cp.size, cp.root, r.Old, tlog.Hash{})
		}
	})
}

func TestParseLogs(t *testing.T) {
	a, b := newLog(t, "a.example"), newLog(t, "b.example")
	got, err := ParseLogs(fmt.Appendf(nil, "# whom this witness serves\n\n%s\n  %s  \r\n", a.key, b.key))
	if err != nil || len(got) != 2 || got[0] != a.key || got[1] != b.key {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := ParseLogs([]byte(a.key + "\n\n" + a.key[:20])); err == nil || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("the error does not name line 3: %v", err)
	}
}
