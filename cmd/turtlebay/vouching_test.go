package main

import (
	"context"
	"io"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/turtlebay/turtlebay/vault/timestamp/tsatest"
)

// TestVouching has a desk's log cosigned and time-stamped over the network, and a
// recipient who knows both see it in the bundle.
func TestVouching(t *testing.T) {
	s := newSession(t)
	s.file("rows.csv", []byte("id,date,direction,hs\nSHP-1,2023-05-01,from_dprk,030743\n"))
	s.want(0, "add", "rows.csv", "--as", "shipment", "--source", "Customs of Utopia")
	kept, _ := s.want(0, "log", "checkpoint")
	s.file("march.checkpoint", []byte(kept))

	s.want(0, "log", "witness", "--name", "witness.example", "--introduce", "desk/keys/log.pub")
	url := serveWitness(t, s)
	tsa, err := tsatest.New(time.Now)
	if err != nil {
		t.Fatal(err)
	}
	authority := httptest.NewServer(tsa)
	defer authority.Close()
	s.file("tsa.pem", tsa.RootPEM())

	said, _ := s.want(0, "log", "cosign", "--witness", url+"=witness/witness.pub", "--tsa", authority.URL, "--remember")
	if !strings.Contains(said, "cosigned by witness.example") || !strings.Contains(said, "time-stamped") {
		t.Errorf("said %q", said)
	}
	s.want(0, "log", "cosign", "--json") // those remembered

	// they are asked again at the report
	s.want(0, "report", "--format", "html", "--out", "out")
	verified, _ := s.want(0, "verify", "out/report.tbz", "--witness", "witness/witness.pub", "--tsa-root", "tsa.pem", "--checkpoint", "march.checkpoint")
	for _, want := range []string{
		`witnessed    [0-9]+ leaves by witness.example on 20.* UTC`, `timestamped  [0-9]+ leaves on 20.* UTC by `,
		`kept         the log continues 1 checkpoint that you brought`, `verified, signer unknown`,
	} {
		if !regexp.MustCompile("(?m)^" + want).MatchString(verified) {
			t.Errorf("no line %q in\n%s", want, verified)
		}
	}
	stranger, _ := s.want(0, "verify", "out/report.tbz")
	if !strings.Contains(stranger, "by keys you did not bring") || !strings.Contains(stranger, "an authority you did not bring") {
		t.Errorf("to a stranger:\n%s", stranger)
	}

	// while the authority is away its stamp waits, and comes the next time
	authority.Config.Handler, _ = tsatest.New(time.Now, tsatest.Down)
	s.want(0, "evidence", "copy", "EV-000001")
	if _, stderr := s.want(1, "log", "cosign"); !strings.Contains(stderr, "1 wait") {
		t.Errorf("said %q", stderr)
	}
	authority.Config.Handler = tsa
	if said, _ := s.want(0, "log", "cosign"); !strings.Contains(said, "time-stamped") {
		t.Errorf("said %q", said)
	}

	// a history written anew is refused by the witness
	s.want(0, "backup", "backup")
	s.want(0, "evidence", "copy", "EV-000001", "--reason", "again")
	s.want(0, "log", "cosign")
	s.want(0, "restore", "backup", "other")
	s.want(0, "evidence", "copy", "EV-000001", "--reason", "as if it had not been so", "--desk", "other")
	if _, stderr := s.want(1, "log", "cosign", "--desk", "other", "--witness", url+"=witness/witness.pub"); !strings.Contains(stderr, "witness.example") {
		t.Errorf("said %q", stderr)
	}
	if seen, _ := s.want(0, "log", "witness"); !strings.Contains(seen, "TWO HISTORIES") {
		t.Errorf("the witness kept no evidence:\n%s", seen)
	}
}

// serveWitness runs the witness until the test ends and returns its address.
func serveWitness(t *testing.T, s session) string {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	dir, err := filepath.Abs("witness")
	if err != nil {
		t.Fatal(err)
	}
	said := &lines{ready: make(chan string, 1)}
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"log", "witness", "--dir", dir, "--listen", "127.0.0.1:0"}, io.Discard, said)
	}()
	t.Cleanup(func() {
		stop()
		if status := <-ended; status != 0 {
			t.Errorf("the witness ended with status %d", status)
		}
	})
	select {
	case url := <-said.ready:
		return url
	case <-time.After(20 * time.Second):
		t.Fatal("the witness does not listen")
	}
	return ""
}

// lines waits for the address in what a verb says.
type lines struct {
	mu    sync.Mutex
	text  string
	ready chan string
}

var address = regexp.MustCompile(`listens on (http://\S+)`)

// Write implements io.Writer.
func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := address.MatchString(l.text)
	l.text += string(b)
	if m := address.FindStringSubmatch(l.text); m != nil && !before {
		l.ready <- m[1]
	}
	return len(b), nil
}
