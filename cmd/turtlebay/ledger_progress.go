package main

import (
	"fmt"
	"io"
	"iter"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/ledger"
	"golang.org/x/term"
)

// What a load is at. How long reading takes can be told by the bytes that are left; how
// long the rest takes cannot, and no time is given.
const (
	loadReading desk.Phase = "reading files"
	loadTaking  desk.Phase = "sorting and keeping"
	loadWriting desk.Phase = "writing indexes"
)

// loadWatch draws on a terminal how far a load has come, and nothing elsewhere. It is a
// writer of lines that stand above the bar.
type loadWatch struct {
	w        io.Writer
	received func() (done, total int64)
	quit     chan struct{} // nil: nothing is drawn
	ended    sync.WaitGroup

	mu    sync.Mutex
	bar   *progressbar.ProgressBar
	pace  pace
	begun time.Time
	rows  int64
	all   bool // no row is to come
}

// watchLoad begins to watch; received says how many bytes of the files were read.
func watchLoad(w io.Writer, received func() (done, total int64)) *loadWatch {
	l := &loadWatch{w: w, received: received, begun: time.Now()}
	if f, ok := w.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		return l
	}
	l.quit = make(chan struct{})
	l.ended.Go(l.draw)
	return l
}

// count counts rows as they pass.
func (l *loadWatch) count(rows iter.Seq2[ledger.Transfer, error]) iter.Seq2[ledger.Transfer, error] {
	if l.quit == nil {
		return rows
	}
	const portion = 4096 // rows between two looks at the lock
	return func(yield func(ledger.Transfer, error) bool) {
		n := int64(0)
		defer func() { l.add(n%portion, true) }()
		for t, err := range rows {
			if n++; n%portion == 0 {
				l.add(portion, false)
			}
			if !yield(t, err) {
				return
			}
		}
	}
}

func (l *loadWatch) add(rows int64, all bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rows, l.all = l.rows+rows, all
}

// draw draws until the load has ended.
func (l *loadWatch) draw() {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-l.quit:
			return
		case now := <-tick.C:
			l.mu.Lock()
			l.show(now, l.now())
			l.mu.Unlock()
		}
	}
}

// now is how far the load has come.
func (l *loadWatch) now() desk.Progress {
	done, total := l.received()
	switch {
	case l.all:
		return desk.Progress{Phase: loadWriting, Total: -1, Rows: l.rows}
	case done < total:
		return desk.Progress{Phase: loadReading, Done: done, Total: total, Rows: l.rows}
	}
	return desk.Progress{Phase: loadTaking, Total: -1, Rows: l.rows}
}

// show draws the bar.
func (l *loadWatch) show(now time.Time, p desk.Progress) {
	if l.bar == nil || p.Phase != l.pace.phase {
		if l.bar != nil {
			_ = l.bar.Clear()
		}
		l.pace = pace{phase: p.Phase, begun: now, from: p}
		if p.Phase == loadReading {
			l.pace = pace{phase: p.Phase, begun: l.begun}
		}
		l.bar = progressbar.NewOptions64(p.Total, progressbar.OptionSetWriter(l.w),
			progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(false), progressbar.OptionClearOnFinish())
	}
	l.bar.Describe(l.pace.describeLoad(now, p))
	_ = l.bar.Set64(p.Done) // a bar that cannot be drawn must not stop the work
}

// describeLoad says what is done and how long reading may still take.
func (a pace) describeLoad(now time.Time, p desk.Progress) string {
	text := string(p.Phase)
	if p.Rows > 0 {
		text += ", " + count(p.Rows, "row", "rows")
	}
	// pace tells of desk.Reading by rows; here rows may come only when all is read
	if left, ok := a.left(now, p); ok && p.Phase == loadReading {
		text += ", " + about(left)
	}
	return text
}

// Write writes lines above the bar.
func (l *loadWatch) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.bar != nil {
		_ = l.bar.Clear()
	}
	return l.w.Write(b)
}

// end takes the bar away and says on the terminal how fast the load was.
func (l *loadWatch) end() {
	if l.quit == nil {
		return
	}
	close(l.quit)
	l.ended.Wait()
	if l.bar != nil {
		_ = l.bar.Clear()
	}
	fmt.Fprint(l.w, rate(l.rows, time.Since(l.begun)))
}

// rate says how fast rows came; nothing where there is no ground for it.
func rate(rows int64, took time.Duration) string {
	if rows == 0 || took < time.Second {
		return ""
	}
	return fmt.Sprintf("%s in %s, %d a second\n", count(rows, "row", "rows"), took.Round(time.Second), int64(float64(rows)/took.Seconds()))
}
