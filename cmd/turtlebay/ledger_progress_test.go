package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/ledger"
)

// TestDescribeLoad: the time that reading still takes is said where there is a ground for
// it, and of the rest none is.
func TestDescribeLoad(t *testing.T) {
	begun := time.Unix(1_700_000_000, 0)
	for _, tc := range []struct {
		after time.Duration
		p     desk.Progress
		want  string
	}{
		{time.Second, desk.Progress{Phase: loadReading, Done: 500, Total: 1000}, "reading files"},
		{10 * time.Second, desk.Progress{Phase: loadReading, Done: 10, Total: 1000}, "reading files"},
		{10 * time.Second, desk.Progress{Phase: loadReading, Done: 250, Total: 1000}, "reading files, about 30 seconds left"},
		{10 * time.Second, desk.Progress{Phase: loadReading, Done: 250, Total: 1000, Rows: 1}, "reading files, 1 row, about 30 seconds left"},
		{10 * time.Second, desk.Progress{Phase: loadTaking, Total: -1, Rows: 4096}, "sorting and keeping, 4096 rows"},
		{10 * time.Second, desk.Progress{Phase: loadWriting, Total: -1, Rows: 5000}, "writing indexes, 5000 rows"},
	} {
		a := pace{phase: tc.p.Phase, begun: begun}
		if got := a.describeLoad(begun.Add(tc.after), tc.p); got != tc.want {
			t.Errorf("%+v: %q, want %q", tc.p, got, tc.want)
		}
	}
}

func TestLoadPhases(t *testing.T) {
	done := int64(0)
	l := &loadWatch{received: func() (int64, int64) { return done, 100 }, quit: make(chan struct{})}
	want := func(phase desk.Phase, rows int64) {
		t.Helper()
		if p := l.now(); p.Phase != phase || p.Rows != rows {
			t.Errorf("%+v, want %s of %d rows", p, phase, rows)
		}
	}
	want(loadReading, 0)
	n := 0
	for range l.count(func(yield func(ledger.Transfer, error) bool) {
		done = 100
		for range 5000 {
			if !yield(ledger.Transfer{}, nil) {
				return
			}
		}
	}) {
		if n++; n == 4500 {
			want(loadTaking, 4096)
		}
	}
	want(loadWriting, 5000)
}

// TestWatchElsewhere: where there is no terminal nothing but the lines themselves is written.
func TestWatchElsewhere(t *testing.T) {
	var out bytes.Buffer
	l := watchLoad(&out, func() (int64, int64) { return 0, 100 })
	for range l.count(func(yield func(ledger.Transfer, error) bool) { yield(ledger.Transfer{}, nil) }) {
		if _, err := l.Write([]byte("a line\n")); err != nil {
			t.Fatal(err)
		}
	}
	if l.end(); out.String() != "a line\n" {
		t.Errorf("%q", out.String())
	}
}

func TestRate(t *testing.T) {
	for _, tc := range []struct {
		rows int64
		took time.Duration
		want string
	}{
		{0, time.Minute, ""},
		{1000, 999 * time.Millisecond, ""},
		{3000, 1500 * time.Millisecond, "3000 rows in 2s, 2000 a second\n"},
		{90_000_000, time.Minute, "90000000 rows in 1m0s, 1500000 a second\n"},
	} {
		if got := rate(tc.rows, tc.took); got != tc.want {
			t.Errorf("%d in %s: %q, want %q", tc.rows, tc.took, got, tc.want)
		}
	}
}
