// Package cases reads what is to be checked against a regime: JSON of the form
// {id, as_of, observation{type, …}}, one object a line or all in an array, plain
// or gzipped, by the million and in constant memory. Other members of a case are
// ignored. Within the observation Decode is as strict as package record; a Decoder
// passes over what the kind has no field for and mends how codes are written, and
// says so.
//
//	in, err := cases.Open("cases.jsonl", file)
//	d := cases.NewDecoder()
//	for batch := new(cases.Batch); in.Read(batch) == nil; {
//		for line, text := range batch.All() {
//			rec, remarks, err := d.Read(text.JSON)   // rec is good until the next Read
//		}
//	}
//
// # Contract
//
// A case that cannot be read is one error with its line, place and id (Refused), and
// reading goes on; any other error concerns the whole input and wraps an error of
// package intake.
//
// A Decoder reads the plain case quickly and whatever it is not made for in the
// way of package record, after it was mended. All of them give the same answer to
// what Decode reads; fuzz tests hold them to it.
package cases

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
)

// maxID keeps an id short enough to name a case in a message.
const maxID = 256

// parts are the members of a case that are read.
var parts = [3]string{"id", "as_of", "observation"}

// Decode reads one case with its own memory. The error is a *record.Invalid.
func Decode(text []byte) (record.Record, error) {
	var r record.Record
	whole, err := assemble(text)
	if err != nil {
		return r, err
	}
	if err := r.UnmarshalJSON(whole); err != nil {
		return record.Record{}, ofCase(err)
	}
	bad := &record.Invalid{ID: r.ID}
	report := func(field, reason string) {
		bad.Faults = append(bad.Faults, record.Fault{Field: field, Reason: reason})
	}
	switch {
	case r.ID == "":
		report("id", "is missing")
	case len(r.ID) > maxID:
		report("id", fmt.Sprintf("is longer than %d bytes", maxID))
	}
	if r.Observation == nil {
		report("observation", "is missing")
	} else {
		observation.Check(r.Observation, report)
	}
	if len(bad.Faults) > 0 {
		return record.Record{}, bad
	}
	return r, nil
}

// ofCase names fields as they stand in the observation: that a case has one goes
// without saying.
func ofCase(err error) error {
	var bad *record.Invalid
	if errors.As(err, &bad) {
		for i := range bad.Faults {
			bad.Faults[i].Field = strings.TrimPrefix(bad.Faults[i].Field, "observation.")
		}
	}
	return err
}

// assemble leaves a case with the members that are read.
func assemble(text []byte) ([]byte, error) {
	var syntax *json.SyntaxError
	if err := json.Unmarshal(text, new(json.RawMessage)); errors.As(err, &syntax) {
		return nil, invalid("", fmt.Sprintf("is not JSON: %s (at byte %d)", syntax, syntax.Offset))
	} else if err != nil {
		return nil, invalid("", "is not JSON: "+err.Error())
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if open, _ := d.Token(); open != json.Delim('{') {
		return nil, invalid("", "is no JSON object")
	}
	out := []byte{'{'}
	var seen [len(parts)]bool
	for d.More() {
		name, err := d.Token()
		var member json.RawMessage
		if err == nil {
			err = d.Decode(&member)
		}
		if err != nil {
			return nil, invalid("", "is not JSON: "+err.Error())
		}
		for i, part := range parts {
			if name != part {
				continue
			}
			if seen[i] {
				return nil, invalid(part, "is given twice")
			}
			seen[i] = true
			if len(out) > 1 {
				out = append(out, ',')
			}
			out = append(append(fmt.Appendf(out, "%q:", part), member...), '\n')
		}
	}
	return append(out, '}'), nil
}

func invalid(field, reason string) error {
	return &record.Invalid{Faults: []record.Fault{{Field: field, Reason: reason}}}
}

// hints are what stands in the text of a decision. Where the name of a kind is that
// of a fact, a colon follows.
var hints = [][]byte{
	[]byte(observation.KindCommitteeApproval + `"`), []byte(observation.KindCommitteeNotice + `"`),
	[]byte(observation.KindStateReply + `"`),
}

// IsDecision reports whether a kind is one that rules see beside the record they
// check: approvals and notices of the Committee, replies of States.
func IsDecision(k observation.Kind) bool {
	return k == observation.KindCommitteeApproval || k == observation.KindCommitteeNotice || k == observation.KindStateReply
}

// Decisions reads the input to its end and returns the decisions in it, of most at
// the most and one more. Others are passed over, and so is what cannot be read, but
// strictly: there it is a *Refused. Remarks on decisions go to tell.
func (in *Input) Decisions(most int, strictly bool, tell func(line int, id string, remark record.Fault)) ([]record.Record, error) {
	var out []record.Record
	var b Batch
	d := NewDecoder()
	for {
		switch err := in.Read(&b); {
		case err == io.EOF:
			return out, nil
		case err != nil:
			return out, err
		}
		if !strictly && !mayHold(b.text) {
			continue
		}
		for line, text := range b.All() {
			if text.Err == nil && !strictly && !mayHold(text.JSON) {
				continue
			}
			r, remarks, err := record.Record{}, []record.Fault(nil), text.Err
			if err == nil {
				if r, remarks, err = d.Read(text.JSON); err == nil && IsDecision(r.Kind()) {
					r, err = keep(text.JSON)
				}
			}
			switch {
			case err != nil && strictly:
				return out, in.Refused(line, text, err)
			case err != nil || !IsDecision(r.Kind()):
				continue
			}
			for _, remark := range remarks {
				tell(line, r.ID, remark)
			}
			if out = append(out, r); len(out) > most {
				return out, nil
			}
		}
	}
}

// keep reads a case that can be read, with its own memory.
func keep(text []byte) (record.Record, error) {
	r, err := Decode(text)
	if err != nil {
		r, _, err = NewDecoder().Read(text)
	}
	return r, err
}

// mayHold reports whether there may be a decision in the text: seldom wrongly, and
// never missing one.
func mayHold(text []byte) bool {
	for _, h := range hints {
		for rest := text; ; {
			i := bytes.Index(rest, h)
			if i < 0 {
				break
			}
			rest = bytes.TrimLeft(rest[i+len(h):], " \t\r\n")
			if len(rest) == 0 || rest[0] != ':' {
				return true
			}
		}
	}
	return false
}

// Refuse says of an error of Decode where it is: "file:line: field: reason".
func (in *Input) Refuse(line int, err error) error {
	return fmt.Errorf("%s:%d: %w", in.name, line, err)
}

// Refused is a case that cannot be read, or a piece of an array that is none.
type Refused struct {
	File   string // as it can be shown
	Line   int
	Place  int    // among the cases of the input, from 1; 0: it is none
	ID     string // of the case, empty where it has none that can be found
	Reason string // "field: reason", and more of them after "; "
	Sound  bool   // it is JSON, and stands where it may
	Err    error
}

// around are the reasons of package intake for a piece of an array that is no element.
var around = map[string]bool{"comma without an element": true, "text after the end of the array": true, "the array is not closed": true}

// unsound is its reason for an element that stands where none can.
const unsound = "comma missing before the element"

// Refused says what is wrong with a case for which Read gave the error, or Batch.All.
func (in *Input) Refused(line int, text Text, err error) *Refused {
	out := &Refused{File: in.name, Line: line, Place: text.Place, Reason: err.Error(), Err: err}
	clipped := false // only the beginning of it is here, if anything
	if whole, ok := err.(*intake.Refusal); ok {
		text.JSON = whole.Original
		clipped = in.next == nil || whole.Size > int64(len(whole.Original))
		out.Reason = strings.TrimPrefix(out.Reason, fmt.Sprintf("%s:%d: ", in.name, whole.Line))
	}
	out.Sound = text.Place > 0 && out.Reason != unsound && (clipped || json.Valid(text.JSON))
	out.ID = idOf(text.JSON)
	return out
}

// Error is "file:line: case s07 (7th): field: reason".
func (r *Refused) Error() string {
	where := fmt.Sprintf("%s:%d: ", r.File, r.Line)
	switch {
	case r.Place > 0 && r.ID != "":
		where += fmt.Sprintf("case %s (%s): ", intake.Printable(clip(r.ID)), ordinal(r.Place))
	case r.Place > 0:
		where += ordinal(r.Place) + " case: "
	}
	return where + r.Reason
}

// Unwrap is the error of the reading.
func (r *Refused) Unwrap() error { return r.Err }

// ordinal is "1st", "2nd" and so on.
func ordinal(n int) string {
	end := "th"
	if n/10%10 != 1 && n%10 >= 1 && n%10 <= 3 {
		end = [...]string{"st", "nd", "rd"}[n%10-1]
	}
	return fmt.Sprint(n) + end
}

// idOf finds the id of a case whose text may end early or go wrong behind it.
func idOf(text []byte) string {
	s := &scan{text: text}
	if !s.take('{') {
		return ""
	}
	for n := 0; ; n++ {
		name, end, ok := s.member(n)
		if end || !ok {
			return ""
		}
		if string(name) == "id" {
			id, _ := s.string()
			return string(id)
		}
		if !s.skip(0) {
			return ""
		}
	}
}
