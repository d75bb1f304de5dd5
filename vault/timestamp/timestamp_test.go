package timestamp_test

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"

	"github.com/turtlebay/turtlebay/vault/timestamp"
	"github.com/turtlebay/turtlebay/vault/timestamp/tsatest"
)

var day = time.Date(2026, 11, 22, 6, 30, 15, 0, time.UTC)

func now() time.Time { return day }

const text = "turtlebay-log-0011aabb\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

func authority(t testing.TB, faults ...tsatest.Fault) *tsatest.TSA {
	t.Helper()
	tsa, err := tsatest.New(now, faults...)
	if err != nil {
		t.Fatal(err)
	}
	return tsa
}

func tokenOf(t testing.TB, tsa *tsatest.TSA, data string) []byte {
	t.Helper()
	token, err := tsa.Token([]byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestVerify(t *testing.T) {
	tsa, other := authority(t), authority(t)
	token := tokenOf(t, tsa, text)
	for _, tt := range []struct {
		name  string
		roots *x509.CertPool
		want  string
	}{
		{"known", tsa.Roots(), ""},
		{"no authorities", nil, "no authorities"},
		{"an empty list", x509.NewCertPool(), "unknown authority"},
		{"others", other.Roots(), "unknown authority"},
	} {
		s, err := timestamp.Verify(token, []byte(text), tt.roots)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if !s.At.Equal(day) || s.At.Location() != time.UTC || s.Accuracy != time.Second || s.TSA != "CN=Test time-stamps,O=Test" || s.Policy != "1.2.3.4.1" || s.Serial == "" {
			t.Errorf("%s: %+v", tt.name, s)
		}
		if s.Trusted != (tt.want == "") || !strings.Contains(s.Why, tt.want) || s.Trusted != (s.Why == "") {
			t.Errorf("%s: trusted %v, because %q", tt.name, s.Trusted, s.Why)
		}
	}
}

func TestVerifyRefuses(t *testing.T) {
	for _, tt := range []struct {
		fault tsatest.Fault
		want  error
	}{
		{tsatest.NoUsage, timestamp.ErrCertificate},
		{tsatest.OtherUsage, timestamp.ErrCertificate},
		{tsatest.TwoUsages, timestamp.ErrCertificate},
		{tsatest.NotCritical, timestamp.ErrCertificate},
		{tsatest.Expired, timestamp.ErrExpired},
		{tsatest.NotYetValid, timestamp.ErrExpired},
		{tsatest.OtherDigest, timestamp.ErrOtherData},
		{tsatest.NoCertificate, timestamp.ErrMalformed},
		{tsatest.BadSignature, timestamp.ErrSignature},
		{tsatest.ChangedTime, timestamp.ErrSignature},
		{tsatest.YearOne, timestamp.ErrMalformed},
		{tsatest.ShortDigest, timestamp.ErrMalformed},
		{tsatest.CriticalUnread, timestamp.ErrMalformed},
	} {
		tsa := authority(t, tt.fault)
		s, err := timestamp.Verify(tokenOf(t, tsa, text), []byte(text), tsa.Roots())
		if !errors.Is(err, tt.want) || s != (timestamp.Stamp{}) {
			t.Errorf("%s: %+v, %v; want %v", tt.fault, s, err, tt.want)
		}
	}
	tsa := authority(t)
	token := tokenOf(t, tsa, text)
	if _, err := timestamp.Verify(token, []byte(text+"\n"), tsa.Roots()); !errors.Is(err, timestamp.ErrOtherData) {
		t.Errorf("over other data: %v", err)
	}
	for name, b := range map[string][]byte{"nothing": nil, "a byte": {0x30}, "more": append(bytes.Clone(token), 0), "less": token[:len(token)-1], "huge": make([]byte, 65<<10)} {
		if _, err := timestamp.Verify(b, []byte(text), tsa.Roots()); !errors.Is(err, timestamp.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A certificate between that had ended does not make a token bad, but unknown.
func TestEndedBetween(t *testing.T) {
	tsa := authority(t, tsatest.BetweenEnded)
	s, err := timestamp.Verify(tokenOf(t, tsa, text), []byte(text), tsa.Roots())
	if err != nil || s.Trusted || !strings.Contains(s.Why, "expired") {
		t.Errorf("%+v, %v", s, err)
	}
}

// A token stays good when its certificates have ended since: the time that counts
// is the one it states.
func TestOldTokensStayGood(t *testing.T) {
	day := time.Date(1999, 12, 31, 23, 59, 59, 0, time.UTC)
	tsa, err := tsatest.New(func() time.Time { return day })
	if err != nil {
		t.Fatal(err)
	}
	s, err := timestamp.Verify(tokenOf(t, tsa, text), []byte(text), tsa.Roots())
	if err != nil || !s.Trusted || !s.At.Equal(day) {
		t.Errorf("%+v, %v", s, err)
	}
}

// Whatever byte of a token is changed: either it is refused, or it says the same of
// the same data. A chain may be lost with a certificate that is not the signer's.
func TestEveryByteOfATokenCounts(t *testing.T) {
	tsa := authority(t)
	token := tokenOf(t, tsa, text)
	good, err := timestamp.Verify(token, []byte(text), tsa.Roots())
	if err != nil {
		t.Fatal(err)
	}
	taken := 0
	for i := range token {
		for _, bit := range []byte{0x01, 0x20, 0x80} {
			b := bytes.Clone(token)
			b[i] ^= bit
			s, err := timestamp.Verify(b, []byte(text), tsa.Roots())
			if err != nil {
				continue
			}
			taken++
			s.Trusted, s.Why = good.Trusted, good.Why
			if s != good {
				t.Errorf("byte %d changed: %+v", i, s)
			}
		}
	}
	if taken > len(token) {
		t.Errorf("%d of %d changes were not noticed", taken, 3*len(token))
	}
}

// Whatever data and time, the token verifies over this data and says this time.
func TestStampLaw(t *testing.T) {
	tsa, at := (*tsatest.TSA)(nil), day
	tsa, err := tsatest.New(func() time.Time { return at })
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		at = day.Add(time.Duration(rapid.Int64Range(-9*24*3600, 9*24*3600).Draw(rt, "seconds")) * time.Second)
		data := rapid.SliceOf(rapid.Byte()).Draw(rt, "data")
		token, err := tsa.Token(data)
		if err != nil {
			rt.Fatal(err)
		}
		if s, err := timestamp.Verify(token, data, tsa.Roots()); err != nil || !s.At.Equal(at) || !s.Trusted {
			rt.Fatalf("%+v, %v", s, err)
		}
		if _, err := timestamp.Verify(token, append(data, 0), tsa.Roots()); !errors.Is(err, timestamp.ErrOtherData) {
			rt.Fatalf("over more data: %v", err)
		}
	})
}

func TestParseRoots(t *testing.T) {
	a, b := authority(t), authority(t)
	pool, err := timestamp.ParseRoots([]byte("two authorities\n" + string(a.RootPEM()) + "\nand\n" + string(b.RootPEM())))
	if err != nil {
		t.Fatal(err)
	}
	for _, tsa := range []*tsatest.TSA{a, b} {
		if s, err := timestamp.Verify(tokenOf(t, tsa, text), []byte(text), pool); err != nil || !s.Trusted {
			t.Errorf("%+v, %v", s, err)
		}
	}
	for name, pem := range map[string]string{
		"empty": "", "words": "no certificates here\n",
		"a key":        string(a.RootPEM()) + "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
		"half of one":  strings.Replace(string(a.RootPEM()), "MII", "MIJ", 1),
		"not complete": string(a.RootPEM())[:200],
	} {
		if _, err := timestamp.ParseRoots([]byte(pem)); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// The text does not change when signatures are added.
func TestText(t *testing.T) {
	skey, _, err := note.GenerateKey(rand.Reader, "log.example")
	if err != nil {
		t.Fatal(err)
	}
	s, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := note.Sign(&note.Note{Text: text}, s)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range [][]byte{signed, append(bytes.Clone(signed), "— witness.example AAAAAAAA\n"...)} {
		if got, err := timestamp.Text(b); err != nil || string(got) != text {
			t.Errorf("%q, %v", got, err)
		}
	}
	for _, b := range []string{"", text, text + "\n", text + "\n— x\n"} {
		if got, err := timestamp.Text([]byte(b)); err == nil {
			t.Errorf("%q: %q", b, got)
		}
	}
}

// The only token of the kept authority that there is decides what may be trusted.
func FuzzVerify(f *testing.F) {
	_, _, token := kept(f)
	roots, err := timestamp.ParseRoots([]byte(keptRoot))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(token)
	f.Add(token[:len(token)/2])
	f.Add(bytes.Repeat([]byte{0x30, 0x80}, 1000))
	f.Add([]byte{0x30, 0x84, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := timestamp.Verify(b, []byte(text), roots)
		if err != nil {
			if s != (timestamp.Stamp{}) {
				t.Fatal("an error and a stamp")
			}
			for _, r := range err.Error() {
				if r < 0x20 || r == 0x7f || r == '\u202e' {
					t.Fatalf("the message has control characters: %q", err)
				}
			}
			return
		}
		if s.Trusted && !s.At.Equal(day) {
			t.Fatalf("a trusted stamp that nobody made: %+v", s)
		}
	})
}

func ExampleVerify() {
	tsa, err := tsatest.New(now)
	if err != nil {
		fmt.Println(err)
		return
	}
	token, err := tsa.Token([]byte(text))
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := timestamp.Verify(token, []byte(text), tsa.Roots())
	fmt.Println(s, err)
	s, err = timestamp.Verify(token, []byte(text), nil)
	fmt.Println(s, err)
	_, err = timestamp.Verify(token, []byte("another text"), nil)
	fmt.Println(err)
	// Output:
	// 2026-11-22T06:30:15Z by CN=Test time-stamps,O=Test (trusted) <nil>
	// 2026-11-22T06:30:15Z by CN=Test time-stamps,O=Test (unknown TSA) <nil>
	// verify time-stamp: the time-stamp is over other data
}
