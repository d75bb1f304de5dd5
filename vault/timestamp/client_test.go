package timestamp_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/asn1"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/turtlebay/turtlebay/vault/timestamp"
	"github.com/turtlebay/turtlebay/vault/timestamp/tsatest"
)

func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func TestClient(t *testing.T) {
	tsa := authority(t)
	c := &timestamp.Client{URL: serve(t, tsa), Roots: tsa.Roots()}
	token, s, err := c.Stamp(t.Context(), []byte(text))
	if err != nil || !s.Trusted || !s.At.Equal(day) {
		t.Fatalf("%+v, %v", s, err)
	}
	again, err := timestamp.Verify(token, []byte(text), tsa.Roots())
	if err != nil || again != s {
		t.Errorf("the token says %+v, %v", again, err)
	}
	c.Roots = nil
	if _, s, err := c.Stamp(t.Context(), []byte(text)); err != nil || s.Trusted {
		t.Errorf("without known authorities: %+v, %v", s, err)
	}
}

func TestClientRefuses(t *testing.T) {
	for fault, want := range map[tsatest.Fault]error{
		tsatest.OtherDigest:  timestamp.ErrOtherData,
		tsatest.OtherNonce:   timestamp.ErrNonce,
		tsatest.NoNonce:      timestamp.ErrNonce,
		tsatest.BadSignature: timestamp.ErrSignature,
		tsatest.NoUsage:      timestamp.ErrCertificate,
		tsatest.Expired:      timestamp.ErrExpired,
		tsatest.Refuses:      timestamp.ErrRefused,
		tsatest.Garbage:      timestamp.ErrMalformed,
		tsatest.Huge:         timestamp.ErrMalformed,
		tsatest.WebPage:      timestamp.ErrMalformed,
		tsatest.Down:         timestamp.ErrUnreachable,
		tsatest.Moved:        timestamp.ErrRefused,
	} {
		tsa := authority(t, fault)
		c := &timestamp.Client{URL: serve(t, tsa), Roots: tsa.Roots()}
		token, s, err := c.Stamp(t.Context(), []byte(text))
		if !errors.Is(err, want) || token != nil || s != (timestamp.Stamp{}) {
			t.Errorf("%s: %+v, %v; want %v", fault, s, err, want)
		}
	}
}

func TestRefusalSaysWhy(t *testing.T) {
	tsa := authority(t, tsatest.Refuses)
	_, _, err := (&timestamp.Client{URL: serve(t, tsa)}).Stamp(t.Context(), []byte(text))
	if err == nil || !strings.Contains(err.Error(), "rejection, time not available") {
		t.Errorf("%v", err)
	}
}

func TestUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	c := &timestamp.Client{URL: "http://user:secret@" + l.Addr().String()}
	if _, _, err := c.Stamp(t.Context(), []byte(text)); !errors.Is(err, timestamp.ErrUnreachable) || strings.Contains(err.Error(), "secret") {
		t.Errorf("nobody listens: %v", err)
	}
	silent := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		_, _ = io.Copy(io.Discard, req.Body)
		<-req.Context().Done()
	}))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, _, err := (&timestamp.Client{URL: silent}).Stamp(ctx, []byte(text)); !errors.Is(err, timestamp.ErrUnreachable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("no answer: %v", err)
	}
	half := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, "half")
	}))
	if _, _, err := (&timestamp.Client{URL: half}).Stamp(t.Context(), []byte(text)); !errors.Is(err, timestamp.ErrUnreachable) {
		t.Errorf("half an answer: %v", err)
	}
	for _, u := range []string{"", "tsa.example", "file:///etc/passwd", "https://", "http://a\x7f"} {
		if _, _, err := (&timestamp.Client{URL: u}).Stamp(t.Context(), []byte(text)); err == nil || errors.Is(err, timestamp.ErrUnreachable) {
			t.Errorf("address %q: %v", u, err)
		}
	}
	if _, _, err := (&timestamp.Client{URL: silent, Rand: bytes.NewReader(nil)}).Stamp(t.Context(), []byte(text)); err == nil {
		t.Error("asked without a nonce")
	}
}

// Only a digest leaves the house.
func TestRequestHidesTheData(t *testing.T) {
	r, err := timestamp.NewRequest([]byte(text), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(r.DER, []byte("turtlebay")) || len(r.DER) > 80 {
		t.Errorf("sends %x", r.DER)
	}
	other, err := timestamp.NewRequest([]byte(text), rand.Reader)
	if err != nil || bytes.Equal(r.DER, other.DER) {
		t.Errorf("two requests are the same: %v", err)
	}
	tsa := authority(t)
	answer, err := tsa.Respond(r.DER)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Answer(answer, tsa.Roots()); err != nil {
		t.Error(err)
	}
	if _, _, err := other.Answer(answer, tsa.Roots()); !errors.Is(err, timestamp.ErrNonce) {
		t.Errorf("the answer to another request: %v", err)
	}
}

// What an authority says in words is shown without its tricks.
func TestRefusalInWords(t *testing.T) {
	utf8 := func(s string) asn1.RawValue { return asn1.RawValue{Tag: asn1.TagUTF8String, Bytes: []byte(s)} }
	der, err := asn1.Marshal(struct {
		Status struct {
			Status int
			Text   []asn1.RawValue
			Fail   asn1.BitString
		}
	}{struct {
		Status int
		Text   []asn1.RawValue
		Fail   asn1.BitString
	}{7, []asn1.RawValue{utf8("no\x1b[31m credit\u202e"), utf8(strings.Repeat("x", 1000))}, asn1.BitString{Bytes: []byte{0x20}, BitLength: 3}}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := timestamp.NewRequest([]byte(text), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = r.Answer(der, nil)
	if !errors.Is(err, timestamp.ErrRefused) || !strings.Contains(err.Error(), `status 7, bad request, no\x1b[31m credit\u202e`) || len(err.Error()) > 400 {
		t.Errorf("%q", err)
	}
}

func FuzzAnswer(f *testing.F) {
	r, answer, token := kept(f)
	f.Add(answer)
	f.Add(token)
	refusal, err := authority(f, tsatest.Refuses).Respond(r.DER)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(refusal)
	f.Fuzz(func(t *testing.T, b []byte) {
		token, s, err := r.Answer(b, nil)
		if err != nil {
			return
		}
		if again, err := timestamp.Verify(token, []byte(text), nil); err != nil || again != s {
			t.Fatalf("the token says %+v, %v", again, err)
		}
	})
}
