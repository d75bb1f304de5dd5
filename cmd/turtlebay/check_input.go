package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"sync/atomic"

	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/cases"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/rows"
	"github.com/turtlebay/turtlebay/trade"
)

// checkInput is one input being read: cases, or rows that become records.
type checkInput struct {
	name  string
	array bool // of cases
	piped bool // decisions in it cannot be seen before the rest
	size  int64
	done  *passed
	whole bool        // of cases that are one JSON text together
	unfit atomic.Bool // its columns are no fields of the kind
	lost  atomic.Bool // a case of it could not be read
	sound atomic.Bool // something in it is JSON

	cases  *cases.Input
	rows   func() (intake.Row, error, bool)
	record func() rowReader // a reader for one worker
	closes []func()
}

// rowReader makes a record of a row. The error is an *intake.Refusal where only the
// row is concerned.
type rowReader func(intake.Row) (record.Record, error)

func (in *checkInput) close() {
	for _, f := range in.closes {
		f()
	}
}

// passed counts the bytes that went through a reader.
type passed struct {
	io.Reader
	n atomic.Int64
}

func (p *passed) Read(b []byte) (int, error) {
	n, err := p.Reader.Read(b)
	p.n.Add(int64(n))
	return n, err
}

// open finds out what an input is.
func (k *checking) open(name string, stdin io.Reader) (*checkInput, error) {
	in := &checkInput{name: name, piped: true, size: -1, done: &passed{Reader: stdin}}
	if name == stdinName {
		in.name = "standard input"
	} else {
		f, err := os.Open(name)
		if err != nil {
			return nil, aboutFile(name, err)
		}
		in.closes = append(in.closes, func() { f.Close() })
		in.done.Reader = f
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			in.piped, in.size = false, info.Size()
		}
	}
	if err := in.recognise(k); err != nil {
		in.close()
		return nil, err
	}
	return in, nil
}

// readAhead is the buffer before an input.
const readAhead = 64 << 10

func (in *checkInput) recognise(k *checking) error {
	r := bufio.NewReaderSize(in.done, readAhead)
	if k.kind == "" {
		form, err := cases.Look(r)
		if err != nil {
			return aboutFile(in.name, err)
		}
		if form != cases.None {
			in.array, in.whole = form == cases.Array, form != cases.Lines
			if in.cases, err = cases.Open(in.name, r, intake.Options{}); err == nil {
				in.closes = append(in.closes, in.cases.Close)
			}
			return err
		}
	}
	src, err := intake.NewSource(in.name, r, intake.Options{Encoding: k.encoding})
	if err != nil {
		return err
	}
	if err := in.recogniseRows(k.kind, src); err != nil {
		return err
	}
	next, stop := iter.Pull2(src.Rows())
	in.rows, in.closes = next, append(in.closes, stop)
	return nil
}

// recogniseRows settles what makes records of rows.
func (in *checkInput) recogniseRows(kind observation.Kind, src *intake.Source) error {
	comtrade, ok := trade.NewComtrade(src.Columns())
	switch {
	case ok && (kind == "" || kind == observation.KindTradeStatistic):
		in.record = func() rowReader {
			return func(row intake.Row) (record.Record, error) { return comtradeRecord(comtrade, row) }
		}
		return nil
	case kind == "":
		return usage(fmt.Errorf("%s: rows of %s are no cases: say with --as what kind of record they are", intake.Printable(in.name), src.Describe()))
	}
	if _, err := rows.NewReader(kind, in.name); err != nil {
		return usage(err)
	}
	in.record = func() rowReader {
		r, err := rows.NewReader(kind, in.name)
		if err != nil {
			return func(intake.Row) (record.Record, error) { return record.Record{}, err }
		}
		return r.Record
	}
	return nil
}

func comtradeRecord(c *trade.Comtrade, row intake.Row) (record.Record, error) {
	r, err := c.Record(row.Values)
	var bad *record.Invalid
	if errors.As(err, &bad) {
		return r, row.Refuse(bad.Faults[0].Field, bad.Faults[0].Reason, "")
	}
	return r, err
}

// rowsAtOnce is how many rows are handed to a worker together.
const rowsAtOnce = 256

// fill reads what follows into a job; io.EOF: there is nothing.
func (in *checkInput) fill(j *checkJob) error {
	j.rows = j.rows[:0]
	if in.cases != nil {
		return in.cases.Read(&j.batch)
	}
	j.batch.Empty()
	for len(j.rows) < rowsAtOnce {
		row, err, more := in.rows()
		var refused *intake.Refusal
		switch {
		case !more && len(j.rows) > 0:
			return nil
		case !more:
			return io.EOF
		case err != nil && !errors.As(err, &refused):
			j.failed = err
			if len(j.rows) > 0 {
				return nil
			}
			return err
		}
		j.rows = append(j.rows, checkRow{row, err})
	}
	return nil
}
