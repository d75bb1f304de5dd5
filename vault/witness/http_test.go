package witness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// served is a witness on a loopback address; reported collects what its operator
// was told.
type served struct {
	*Witness
	client *Client

	mu       sync.Mutex
	reported []error
}

func (s *served) report(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reported = append(s.reported, err)
}

func serveWitness(t *testing.T, logs ...string) *served {
	t.Helper()
	s := &served{Witness: newWitness(t, logs...)}
	server := httptest.NewServer(Handler(s.Witness, s.report))
	t.Cleanup(server.Close)
	s.client = &Client{URL: server.URL, Witness: verifierFor(t, s.Key())}
	return s
}

func TestStatuses(t *testing.T) {
	l, stranger := newLog(t, "log.example").grow(20, ""), newLog(t, "stranger.example").grow(9, "")
	impostor := newLog(t, "log.example").grow(20, "")
	s := serveWitness(t, l.key)
	falseProof := l.request(9, 20)
	falseProof.Proof[0][0] ^= 1
	for _, tt := range []struct {
		name string
		body string
		code int
		kind string
		want string
	}{
		{"first", string(l.request(0, 9).Format()), 200, typeText, ""},
		{"from another size", string(l.request(4, 20).Format()), 409, typeSize, "9\n"},
		{"smaller", string(l.request(0, 7).Format()), 409, typeSize, "9\n"},
		{"another root", string(l.fork(2, 9).request(9, 9).Format()), 409, typeSize, "9\n"},
		{"false proof", string(falseProof.Format()), 422, typeText, ""},
		{"unknown log", string(stranger.request(0, 9).Format()), 404, typeText, ""},
		{"bad signature", string(impostor.request(9, 20).Format()), 403, typeText, ""},
		{"old above new", "old 30\n\n" + string(l.checkpoint(20)), 400, typeText, ""},
		{"no request", "hello", 400, typeText, ""},
		{"empty", "", 400, typeText, ""},
		{"too long", strings.Repeat("x", MaxRequest+1), 400, typeText, ""},
		{"next", string(l.request(9, 20).Format()), 200, typeText, ""},
	} {
		resp, err := http.Post(s.client.URL+endpoint, "", strings.NewReader(tt.body))
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != tt.code || resp.Header.Get("Content-Type") != tt.kind || tt.want != "" && string(body) != tt.want {
			t.Errorf("%s: %s %q %q, %v", tt.name, resp.Status, resp.Header.Get("Content-Type"), body, err)
		}
		if tt.code == 200 && !strings.HasPrefix(string(body), "— witness.example/w1 ") {
			t.Errorf("%s: answered %q", tt.name, body)
		}
	}
	if len(s.reported) != 1 || !errors.Is(s.reported[0], ErrFork) {
		t.Errorf("the operator was told %v, want the fork", s.reported)
	}
	resp, err := http.Get(s.client.URL + endpoint)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET: %s", resp.Status)
	}
}

// What fails inside is told to the operator and not to the client.
func TestInternalFailure(t *testing.T) {
	l := newLog(t, "log.example").grow(9, "")
	s := serveWitness(t, l.key)
	write(t, stateOf(s.Witness, "log.example"), []byte("half"))
	_, err := s.client.Cosign(t.Context(), l.request(0, 9))
	if !errors.Is(err, ErrAnswer) || strings.Contains(err.Error(), s.dir) {
		t.Errorf("the client is told %v", err)
	}
	if len(s.reported) != 1 || !errors.Is(s.reported[0], ErrState) {
		t.Errorf("the operator was told %v", s.reported)
	}
}

func TestSubmit(t *testing.T) {
	l := newLog(t, "log.example").grow(50, "")
	s := serveWitness(t, l.key)
	never := func(int64, int64) ([]tlog.Hash, error) { return nil, errors.New("no proof wanted") }
	for _, tt := range []struct {
		name        string
		known, size int64
		prove       func(int64, int64) ([]tlog.Hash, error)
	}{
		{"first", 0, 9, never},
		{"known", 9, 20, l.prove},
		{"the same again", 20, 20, never},
		{"nothing known", 0, 30, l.prove},
		{"too little known", 20, 40, l.prove},
		{"too much known", 999, 50, l.prove},
	} {
		c, err := s.client.Submit(t.Context(), l.checkpoint(tt.size), tt.known, tt.prove)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		cs, err := Cosignatures(append(l.checkpoint(tt.size), c.Line...), s.client.Witness)
		if err != nil || len(cs) != 1 || cs[0] != c {
			t.Errorf("%s: %+v, %v", tt.name, cs, err)
		}
	}
	fork, unknown, impostor := l.fork(10, 60), newLog(t, "unknown.example").grow(9, ""), newLog(t, "log.example").grow(60, "")
	for _, tt := range []struct {
		name string
		of   *testLog
		size int64
		want error
	}{
		{"an older checkpoint", l, 40, ErrBehind},
		{"another history of this size", fork, 50, ErrFork},
		{"another history, larger", fork, 60, ErrInconsistent},
		{"an unknown log", unknown, 9, ErrUnknownLog},
		{"another key", impostor, 60, ErrSignature},
	} {
		if _, err := s.client.Submit(t.Context(), tt.of.checkpoint(tt.size), 0, tt.of.prove); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if _, err := s.client.Submit(t.Context(), []byte("x"), 0, l.prove); !errors.Is(err, ErrMalformed) {
		t.Errorf("no checkpoint: %v", err)
	}
	lost := errors.New("hashes are lost")
	grown := l.grow(55, "").checkpoint(55)
	if _, err := s.client.Submit(t.Context(), grown, 0, func(int64, int64) ([]tlog.Hash, error) { return nil, lost }); !errors.Is(err, lost) {
		t.Errorf("no proof to be had: %v", err)
	}
}

// A server that is no witness, or a bad one, gives an error in bounded time and
// memory, and never a cosignature.
func TestClientAgainstBadServers(t *testing.T) {
	l := newLog(t, "log.example").grow(20, "")
	honest, stranger := newWitness(t, l.key), newWitness(t, l.key)
	good, err := honest.Cosign(t.Context(), l.request(0, 9))
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := stranger.Cosign(t.Context(), l.request(0, 20))
	if err != nil {
		t.Fatal(err)
	}
	moved, err := note.Sign(&note.Note{Text: string(l.checkpoint(20))}, honest.signer) // signs more than the text
	if err != nil {
		t.Fatal(err)
	}
	say := func(code int, body string) http.HandlerFunc {
		return func(rw http.ResponseWriter, _ *http.Request) {
			rw.WriteHeader(code)
			_, _ = io.WriteString(rw, body)
		}
	}
	size := int64(0)
	for _, tt := range []struct {
		name string
		h    http.HandlerFunc
		want error
	}{
		{"nothing", say(200, ""), ErrAnswer},
		{"a web page", say(200, "<html>\n"), ErrAnswer},
		{"a cosignature of another checkpoint", say(200, good.Line), ErrSignature},
		{"a cosignature of another witness", say(200, foreign.Line), ErrAnswer},
		{"an answer that moves the text", say(200, strings.TrimPrefix(string(moved), l.text(20)+"\n")), ErrAnswer},
		{"without end", func(rw http.ResponseWriter, _ *http.Request) {
			for {
				if _, err := io.WriteString(rw, strings.Repeat("— ", 4096)); err != nil {
					return
				}
			}
		}, ErrAnswer},
		{"a size that is none", say(409, "many\n"), ErrAnswer},
		{"sizes without end", func(rw http.ResponseWriter, _ *http.Request) {
			rw.WriteHeader(409)
			fmt.Fprintln(rw, 1+size%9)
			size++
		}, ErrAnswer},
		{"the size that was given", say(409, "0\n"), ErrAnswer},
		{"a redirect", func(rw http.ResponseWriter, req *http.Request) {
			http.Redirect(rw, req, "http://127.0.0.1:1/", http.StatusTemporaryRedirect)
		}, ErrAnswer},
		{"busy", say(503, "later"), ErrAnswer},
		{"a message with tricks", say(400, "bad\x1b[31m\u202e"), ErrMalformed},
		{"slow", func(_ http.ResponseWriter, req *http.Request) {
			_, _ = io.Copy(io.Discard, req.Body)
			<-req.Context().Done()
		}, context.DeadlineExceeded},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := httptest.NewServer(tt.h)
			defer server.Close()
			patience := 10 * time.Second
			if errors.Is(tt.want, context.DeadlineExceeded) {
				patience = 100 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			c := &Client{URL: server.URL, Witness: verifierFor(t, honest.Key())}
			got, err := c.Submit(ctx, l.checkpoint(20), 0, l.prove)
			if !errors.Is(err, tt.want) || got != (Cosignature{}) {
				t.Errorf("%+v, %v", got, err)
			}
			if err != nil && strings.ContainsAny(err.Error(), "\x1b\u202e") {
				t.Errorf("the message carries control characters: %q", err)
			}
		})
	}
	for _, u := range []string{"", "witness.example", "file:///etc/passwd", "http://", "ftp://127.0.0.1/", "http://\x7f"} {
		c := &Client{URL: u, Witness: verifierFor(t, honest.Key())}
		if _, err := c.Cosign(t.Context(), l.request(0, 9)); err == nil {
			t.Errorf("asked at %q", u)
		}
	}
}

// A checkpoint that carries the witness's cosignature already is no answer to it.
func TestOldCosignatureIsNoAnswer(t *testing.T) {
	l := newLog(t, "log.example").grow(9, "")
	w := newWitness(t, l.key)
	c, err := w.Cosign(t.Context(), l.request(0, 9))
	if err != nil {
		t.Fatal(err)
	}
	cosigned := append(l.checkpoint(9), c.Line...)
	if _, err := ReadAnswer(cosigned, []byte("— x AAAAAAAA\n"), verifierFor(t, w.Key())); !errors.Is(err, ErrAnswer) {
		t.Errorf("%v", err)
	}
	if got, err := ReadAnswer(cosigned, []byte("— x AAAAAAAA\n"+c.Line), verifierFor(t, w.Key())); err != nil || got != c {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestListen(t *testing.T) {
	for address, public := range map[string]bool{"0.0.0.0:0": false, "[::]:0": false, "192.0.2.1:0": false, "localhost:0": true, "127.0.0.1": true, ":0": false, "": false} {
		if l, err := Listen(address, public); err == nil {
			l.Close()
			t.Errorf("listens on %q", address)
		}
	}
	l, err := Listen("127.0.0.1:0", false)
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
}

// The service finishes what it began before it stops.
func TestServe(t *testing.T) {
	l, err := Listen("127.0.0.1:0", false)
	if err != nil {
		t.Fatal(err)
	}
	begun := make(chan struct{})
	var finished atomic.Bool
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- Serve(ctx, l, http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
			close(begun)
			time.Sleep(50 * time.Millisecond)
			finished.Store(true)
		}))
	}()
	answered := make(chan error, 1)
	go func() {
		resp, err := http.Get("http://" + l.Addr().String())
		if err == nil {
			resp.Body.Close()
		}
		answered <- err
	}()
	<-begun
	stop()
	if err := <-done; err != nil || !finished.Load() {
		t.Errorf("stopped with %v, the request finished: %v", err, finished.Load())
	}
	if err := <-answered; err != nil {
		t.Error(err)
	}
	if err := Serve(t.Context(), l, http.NotFoundHandler()); err == nil {
		t.Error("serves on a closed listener")
	}
}

func ExampleWitness_Cosign() {
	t := &testing.T{}
	dir, err := os.MkdirTemp("", "witness")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	l := newLog(t, "log.example").grow(9, "")
	if _, err := Create(dir, "mission.example/witness", zeros{}); err != nil {
		fmt.Println(err)
		return
	}
	w, err := Open(dir, Options{Logs: []string{l.key}, Now: (&clock{dawn}).now})
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := w.Cosign(context.Background(), l.request(0, 9))
	fmt.Println(c.Witness, c.At.Format(time.RFC3339), err)
	_, err = w.Cosign(context.Background(), l.fork(4, 9).request(9, 9))
	fmt.Println(err)
	// Output:
	// mission.example/witness 2026-11-22T06:00:00Z <nil>
	// cosign "log.example": two trees of one size: the log shows two histories (size 9)
}

// zeros is a source of a key for an example.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }
