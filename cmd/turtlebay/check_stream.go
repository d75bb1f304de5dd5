package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/cases"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/rows"
	"github.com/turtlebay/turtlebay/regime"
	"github.com/turtlebay/turtlebay/regime/tally"
	"github.com/turtlebay/turtlebay/trade"
)

// checkJob is some cases or rows on their way: read by one goroutine, checked by
// another, and printed in the order of the input by a third.
type checkJob struct {
	in     *checkInput
	batch  cases.Batch
	rows   []checkRow
	failed error // of the input, behind these cases

	out      []byte // answers
	messages []message
	unsaid   int           // remarks that are in no message
	done     chan struct{} // a token when it is checked
	read     int64         // bytes of the input
}

// message is a line for standard error; only the first remarks of a run are printed.
type message struct {
	text   string
	remark bool
}

// maxRemarks is how many remarks on cases are printed.
const maxRemarks = 40

func (j *checkJob) say(text string) { j.messages = append(j.messages, message{text: printable(text)}) }

// remark notes how a case was read otherwise than it stands. No more of a job's can
// be printed than of all jobs'.
func (j *checkJob) remark(file string, line int, id string, f record.Fault, nth int) {
	if nth >= maxRemarks {
		j.unsaid++
		return
	}
	j.messages = append(j.messages, message{remarkOn(file, line, id, f), true})
}

func remarkOn(file string, line int, id string, f record.Fault) string {
	return printable(fmt.Sprintf("%s:%d: case %s: %s: %s", file, line, id, f.Field, f.Reason))
}

type checkRow struct {
	intake.Row
	err error
}

// checked is what comes of all cases together.
type checked struct {
	cases, found int64 // that were answered; of them, with a finding
	lost         int64 // cases that could not be read
	refused      int64 // rows
	unseen       int64 // decisions in a stream
	broken       bool  // an input is no JSON, or could not be read to its end
	results      map[regime.Result]int64
	tally        *tally.Tally
	mixups       *trade.Mixups
	lines        map[trade.Line]regime.Result // the gravest finding of each
}

func newChecked() *checked {
	return &checked{results: map[regime.Result]int64{}, tally: tally.New(), mixups: trade.NewMixups(), lines: map[trade.Line]regime.Result{}}
}

func (t *checked) merge(o *checked) {
	t.cases, t.found, t.lost, t.refused, t.unseen = t.cases+o.cases, t.found+o.found, t.lost+o.lost, t.refused+o.refused, t.unseen+o.unseen
	t.broken = t.broken || o.broken
	for r, n := range o.results {
		t.results[r] += n
	}
	t.tally.Merge(o.tally)
	t.mixups.Merge(o.mixups)
	for l, r := range o.lines {
		t.lines[l] = graver(t.lines[l], r)
	}
}

func graver(a, b regime.Result) regime.Result {
	return tally.Gravest([]regime.Finding{{Result: a}, {Result: b}})
}

// jobsEach is how many jobs there are for each worker.
const jobsEach = 3

// stream checks the inputs one after the other, on all processors, and prints the
// answers in their order. Memory is that of the jobs, which are used again.
func (k *checking) stream(ctx context.Context, inputs []*checkInput) (*checked, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	n := workers()
	// as many places as jobs: nobody waits but for a free one
	free, todo, order := make(chan *checkJob, jobsEach*n), make(chan *checkJob, jobsEach*n), make(chan *checkJob, jobsEach*n)
	for range jobsEach * n {
		free <- &checkJob{done: make(chan struct{}, 1)}
	}
	var running sync.WaitGroup
	var interrupted error
	running.Go(func() {
		defer close(todo)
		defer close(order)
		interrupted = readJobs(ctx, inputs, free, todo, order)
	})
	all := make([]*checker, n)
	for i := range all {
		all[i] = k.newChecker()
		running.Go(func() {
			for j := range todo {
				all[i].do(j)
				j.done <- struct{}{}
			}
		})
	}
	t := newChecked()
	err := k.print(t, free, order)
	stop()
	running.Wait()
	if err = cmp.Or(err, interrupted); err != nil {
		return nil, err
	}
	for _, c := range all {
		t.merge(c.checked)
	}
	return t, nil
}

func readJobs(ctx context.Context, inputs []*checkInput, free <-chan *checkJob, todo, order chan<- *checkJob) error {
	for _, in := range inputs {
		for ended := false; !ended && !in.unfit.Load(); {
			var j *checkJob
			select {
			case <-ctx.Done():
				return ctx.Err()
			case j = <-free:
			}
			j.in, j.failed = in, nil
			if err := in.fill(j); err != nil {
				ended = true
				if j.failed = err; err == io.EOF {
					j.failed = nil
				}
				j.batch.Empty()
				j.rows = j.rows[:0]
			}
			ended = ended || j.failed != nil
			j.read = in.done.n.Load()
			order <- j
			todo <- j
		}
	}
	return nil
}

// print prints what the workers made of the jobs.
func (k *checking) print(t *checked, free chan<- *checkJob, order <-chan *checkJob) error {
	begun := false
	answers := func(b []byte) error {
		if k.array && !begun && len(b) > 0 {
			b, begun = append([]byte("["), b[1:]...), true
		}
		_, err := k.stdout.Write(b)
		return err
	}
	rows := int64(0)
	for j := range order {
		<-j.done
		if err := k.tell(j); err != nil {
			return err
		}
		if len(j.out) > 0 {
			if err := answers(j.out); err != nil {
				return fmt.Errorf("print: %w", err)
			}
		}
		t.broken = t.broken || j.failed != nil
		if rows += int64(j.batch.Len() + len(j.rows)); k.progress != nil && j.in.size > 0 {
			k.progress(desk.Progress{Phase: desk.Reading, Done: min(j.read, j.in.size), Total: j.in.size, Rows: rows})
		}
		free <- j
	}
	if !k.array {
		return nil
	}
	end := "\n]\n"
	if !begun {
		end = "[]\n"
	}
	_, err := io.WriteString(k.stdout, end)
	return err
}

// tell prints the messages of a job.
func (k *checking) tell(j *checkJob) error {
	k.unsaid += j.unsaid
	for _, m := range j.messages {
		if m.remark {
			if k.said == maxRemarks {
				k.unsaid++
				continue
			}
			k.said++
		}
		if _, err := fmt.Fprintln(k.stderr, m.text); err != nil {
			return fmt.Errorf("print: %w", err)
		}
	}
	return nil
}

// checker checks one job after the other.
type checker struct {
	*checking
	*checked
	rules   *regime.Checker
	decoder *cases.Decoder
	readers map[*checkInput]rowReader
}

func (k *checking) newChecker() *checker {
	var opts []regime.Option
	if !k.explain {
		opts = append(opts, regime.NoTrace)
	}
	if k.decisions != nil {
		opts = append(opts, regime.With(k.decisions))
	}
	return &checker{k, newChecked(), k.pack.Checker(opts...), cases.NewDecoder(), map[*checkInput]rowReader{}}
}

func (c *checker) do(j *checkJob) {
	j.out, j.messages, j.unsaid = j.out[:0], j.messages[:0], 0
	remarks := 0
	for line, text := range j.batch.All() {
		if text.Err != nil {
			c.refuse(j, j.in.cases.Refused(line, text, text.Err))
			continue
		}
		r, said, err := c.decoder.Read(text.JSON)
		if err != nil {
			c.refuse(j, j.in.cases.Refused(line, text, err))
			continue
		}
		for _, f := range said {
			j.remark(intake.Printable(j.in.name), line, r.ID, f, remarks)
			remarks++
		}
		if !j.in.sound.Load() {
			j.in.sound.Store(true)
		}
		c.answer(j, r)
	}
	if len(j.rows) > 0 {
		c.doRows(j)
	}
	if j.failed != nil {
		j.say(j.failed.Error())
	}
}

// refuse says that a case could not be read, and keeps its place among the answers.
func (c *checker) refuse(j *checkJob, r *cases.Refused) {
	j.say(r.Error())
	j.in.lost.Store(true)
	switch {
	case r.Sound:
		j.in.sound.Store(true)
	case j.in.whole:
		c.broken = true
	}
	if r.Place == 0 {
		return
	}
	if c.lost++; c.json && !c.summary && !c.onlyFound {
		c.put(j, func(b []byte) []byte { return appendRefused(b, r.ID, r.Reason) })
	}
}

// put appends an answer for programs.
func (c *checker) put(j *checkJob, answer func([]byte) []byte) {
	if c.array {
		j.out = append(j.out, ",\n"...)
	}
	if j.out = answer(j.out); !c.array {
		j.out = append(j.out, '\n')
	}
}

func (c *checker) doRows(j *checkJob) {
	read := c.readers[j.in]
	if read == nil {
		read = j.in.record()
		c.readers[j.in] = read
	}
	for i := range j.rows {
		row := &j.rows[i]
		r, err := record.Record{}, row.err
		if err == nil {
			r, err = read(row.Row)
		}
		if errors.Is(err, rows.ErrColumn) { // the same for every row: once is enough
			if !j.in.unfit.Swap(true) {
				j.failed = err
			}
			return
		}
		if err != nil {
			c.refused++
			j.say(err.Error())
			continue
		}
		c.answer(j, r)
	}
}

// answer checks a record and says what is found.
func (c *checker) answer(j *checkJob, r record.Record) {
	fs := c.rules.Check(r, c.day)
	c.cases++
	if j.in.piped && cases.IsDecision(r.Kind()) {
		c.unseen++
	}
	if len(fs) > 0 {
		c.found++
	}
	for _, f := range fs {
		c.results[f.Result]++
	}
	switch {
	case c.summary:
		c.count(r, fs)
	case c.onlyFound && len(fs) == 0:
	case c.json:
		c.put(j, func(b []byte) []byte { return c.appendAnswer(b, r.ID, fs) })
	default:
		j.out = c.appendText(j.out, r, fs)
	}
}

// count enters a record in the summary.
func (c *checker) count(r record.Record, fs []regime.Finding) {
	c.tally.Add(r, fs)
	t, ok := r.Observation.(*observation.TradeStatistic)
	if !ok {
		return
	}
	c.mixups.Add(t)
	if l, ok := trade.LineOf(t); ok && len(fs) > 0 {
		c.lines[l] = graver(c.lines[l], tally.Gravest(fs))
	}
}
