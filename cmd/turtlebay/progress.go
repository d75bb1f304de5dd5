package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/turtlebay/turtlebay/desk"
	"golang.org/x/term"
)

// progress draws a bar on a terminal, with an estimate of the time left, and
// nothing elsewhere.
func progress(w io.Writer) func(desk.Progress) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	var bar *progressbar.ProgressBar
	var at pace
	return func(p desk.Progress) {
		now := time.Now()
		if bar == nil || p.Phase != at.phase {
			if bar != nil {
				_ = bar.Clear()
			}
			at = pace{phase: p.Phase, begun: now, from: p}
			bar = progressbar.NewOptions64(p.Total, progressbar.OptionSetWriter(f),
				progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(false),
				progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
		}
		bar.Describe(at.describe(now, p))
		_ = bar.Set64(p.Done) // a bar that cannot be drawn must not stop the work
	}
}

// pace is how fast a phase goes: by what was done since it began, not by what an
// earlier run had done.
type pace struct {
	phase desk.Phase
	begun time.Time
	from  desk.Progress
}

// describe says what is done and how long the phase may still take.
func (a pace) describe(now time.Time, p desk.Progress) string {
	text := string(p.Phase)
	if p.Phase == desk.Reading {
		text += fmt.Sprintf(", %d rows", p.Rows)
	}
	if left, ok := a.left(now, p); ok {
		text += ", " + about(left)
	}
	return text
}

// An estimate needs a ground: some time, and some part of the work.
const (
	leastTime = 2 * time.Second
	leastPart = 50 // one part in so many
)

// left estimates how long the phase still takes, as long as there is a ground for
// it: the work of this run so far, per unit, for what remains of it.
func (a pace) left(now time.Time, p desk.Progress) (time.Duration, bool) {
	took := now.Sub(a.begun)
	if took < leastTime || p.Total <= 0 || p.Done <= 0 {
		return 0, false
	}
	done, all := float64(p.Done-a.from.Done), float64(p.Total-a.from.Done)
	if p.Phase == desk.Reading {
		// rows that an earlier run settled were passed over in no time; how many there
		// are in all is known no better than by the part of the file that was read
		rows := float64(p.Rows) * float64(p.Total) / float64(p.Done)
		done, all = float64(p.Rows-p.From), rows-float64(p.From)
	}
	if done <= 0 || done*leastPart < all {
		return 0, false
	}
	return time.Duration(float64(took) * max(0, all-done) / done), true
}

// about says a time as precisely as an estimate is.
func about(d time.Duration) string {
	switch {
	case d < 5*time.Second:
		return "a few seconds left"
	case d < time.Minute:
		return fmt.Sprintf("about %d seconds left", int(d.Round(5*time.Second).Seconds()))
	case d < 90*time.Second:
		return "about a minute left"
	}
	return fmt.Sprintf("about %d minutes left", int(d.Round(time.Minute).Minutes()))
}
