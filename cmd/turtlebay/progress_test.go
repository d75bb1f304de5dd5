package main

import (
	"math"
	"testing"
	"time"

	"github.com/turtlebay/turtlebay/desk"
	"pgregory.net/rapid"
)

// TestEstimate: at a steady pace the estimate is right from the beginning on,
// whatever an earlier run had done.
func TestEstimate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.Int64Range(1000, 1_000_000).Draw(t, "rows")
		from := rapid.Int64Range(0, rows-100).Draw(t, "settled before")
		perRow := rapid.IntRange(10, 100_000).Draw(t, "microseconds a row")
		now := rapid.Int64Range(from+1, rows).Draw(t, "rows now")
		begun := time.Unix(1_700_000_000, 0)
		a := pace{phase: desk.Reading, begun: begun}
		at := begun.Add(time.Duration(now-from) * time.Duration(perRow) * time.Microsecond)
		left, ok := a.left(at, desk.Progress{Phase: desk.Reading, Done: now * 120, Total: rows * 120, Rows: now, From: from})
		ground := at.Sub(begun) >= leastTime && (now-from)*leastPart >= rows-from
		if ok != ground {
			t.Fatalf("an estimate: %v, a ground for it: %v", ok, ground)
		}
		want := time.Duration(rows-now) * time.Duration(perRow) * time.Microsecond
		if ok && math.Abs(float64(left-want)) > float64(time.Millisecond)+float64(want)/1000 {
			t.Errorf("%s left, want %s", left, want)
		}
	})
}

func TestEstimateOfBytes(t *testing.T) {
	begun := time.Unix(1_700_000_000, 0)
	a := pace{phase: desk.Receiving, begun: begun, from: desk.Progress{Done: 100}}
	for _, tc := range []struct {
		after time.Duration
		done  int64
		total int64
		left  time.Duration
		ok    bool
	}{
		{4 * time.Second, 300, 1100, 16 * time.Second, true},
		{time.Second, 300, 1100, 0, false},     // too early
		{4 * time.Second, 110, 1100, 0, false}, // too little
		{4 * time.Second, 300, -1, 0, false},   // nobody knows how long it is
		{4 * time.Second, 1100, 1100, 0, true}, // done
		{4 * time.Second, 1300, 1100, 0, true}, // the file grew
	} {
		left, ok := a.left(begun.Add(tc.after), desk.Progress{Phase: desk.Receiving, Done: tc.done, Total: tc.total})
		if left != tc.left || ok != tc.ok {
			t.Errorf("%+v: %s, %v", tc, left, ok)
		}
	}
}

func TestAbout(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                 "a few seconds left",
		4 * time.Second:   "a few seconds left",
		12 * time.Second:  "about 10 seconds left",
		58 * time.Second:  "about 60 seconds left",
		70 * time.Second:  "about a minute left",
		100 * time.Second: "about 2 minutes left",
		time.Hour:         "about 60 minutes left",
	} {
		if got := about(d); got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
}
