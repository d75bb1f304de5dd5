package intake

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Errors of work on a quarantine.
var (
	// ErrNoLot: nothing is in quarantine under that id, or more than one file is.
	ErrNoLot = errors.New("no such quarantine file")
	// ErrNoRow: the quarantine file has no such row, or several on that line.
	ErrNoRow = errors.New("no such row in quarantine")
	// ErrMend: a row cannot be mended in that way.
	ErrMend = errors.New("cannot be mended so")
)

// Mend is one change that somebody made to a refused row, and why. The row as it
// was received stays what it was, in quarantine and in the evidence.
type Mend struct {
	Line  int       `json:"line"`            // of the row, like Place: filled in by Quarantine.Mend
	Place string    `json:"place"`           //
	Field string    `json:"field,omitempty"` // column, or path of a JSON member; empty: the row as a whole
	Value string    `json:"value"`           // what stands there now
	By    string    `json:"by"`
	Why   string    `json:"why"`
	On    time.Time `json:"on"`
}

// Summary is one quarantine file in a list.
type Summary struct {
	ID     string // first twelve digits of the file's SHA-256
	Lot    Lot
	Rows   int // refused rows
	Mended int // of them, mended and not yet kept
	Kept   int // of them, kept since: they are out of quarantine
}

// Entry is a row in quarantine: why it was refused and what was done since.
type Entry struct {
	*Refusal
	Mends []Mend
	Kept  time.Time // when it was kept after all; zero: it was not
}

var lotName = regexp.MustCompile(`^([0-9a-f]{12})\.jsonl$`)

// ids lists the quarantine files, sorted.
func (q *Quarantine) ids() ([]string, error) {
	entries, err := os.ReadDir(q.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list quarantine: %w", err)
	}
	var out []string
	for _, e := range entries {
		if m := lotName.FindStringSubmatch(e.Name()); m != nil {
			out = append(out, m[1])
		}
	}
	return out, nil
}

// find completes an id given by its first digits, or cuts a whole SHA-256 short.
func (q *Quarantine) find(id string) (string, error) {
	ids, err := q.ids()
	if err != nil {
		return "", err
	}
	ids = slices.DeleteFunc(ids, func(s string) bool {
		return id == "" || !strings.HasPrefix(s, id) && !(isSum(id) && strings.HasPrefix(id, s))
	})
	if len(ids) != 1 {
		return "", fmt.Errorf("quarantine %s: %w", Quote(id), ErrNoLot)
	}
	return ids[0], nil
}

// List describes every quarantine file, sorted by id. One that cannot be read is
// left out, and named in the error beside the list of the others.
func (q *Quarantine) List() ([]Summary, error) {
	ids, err := q.ids()
	if err != nil {
		return nil, err
	}
	var out []Summary
	var faults []error
	for _, id := range ids {
		s := Summary{ID: id}
		lot, rows, err := q.Show(id)
		for e, fault := range rows {
			if fault != nil {
				err = fault
				break
			}
			s.Rows++
			switch {
			case !e.Kept.IsZero():
				s.Kept++
			case len(e.Mends) > 0:
				s.Mended++
			}
		}
		if err != nil {
			faults = append(faults, err)
			continue
		}
		s.Lot = lot
		out = append(out, s)
	}
	return out, errors.Join(faults...)
}

// Show returns what is known of one quarantine file and its rows in the order of
// the file. The id is the beginning of the received file's SHA-256.
func (q *Quarantine) Show(id string) (Lot, iter.Seq2[Entry, error], error) {
	none := func(func(Entry, error) bool) {}
	id, err := q.find(id)
	if err != nil {
		return Lot{}, none, err
	}
	var lot Lot
	for _, err := range q.refusals(id, &lot) {
		if err != nil {
			return Lot{}, none, err
		}
		break
	}
	done, err := q.journal(id, lot.Kind)
	if err != nil {
		return Lot{}, none, err
	}
	return lot, func(yield func(Entry, error) bool) {
		for r, err := range q.refusals(id, new(Lot)) {
			if err != nil {
				yield(Entry{}, err)
				return
			}
			if !yield(done.entry(r), nil) {
				return
			}
		}
	}, nil
}

// refusals reads the file of an id.
func (q *Quarantine) refusals(id string, lot *Lot) iter.Seq2[*Refusal, error] {
	return func(yield func(*Refusal, error) bool) {
		path := filepath.Join(q.dir, id+".jsonl")
		f, err := os.Open(path)
		if err != nil {
			yield(nil, fmt.Errorf("read quarantine: %w", err))
			return
		}
		defer f.Close()
		for r, err := range readLot(f, lot) {
			if err != nil {
				err = fmt.Errorf("%s: %w", path, err)
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

// Mend notes changes to one row, which is named by its line or its place, and
// returns the row with all its mends. Changes of fields are laid on the row as it
// was received, or on the one that replaced it as a whole, one after another. The
// row must then be one that can be read; whether it means something is for
// [Quarantine.Retry]. Line and Place of the changes are filled in.
func (q *Quarantine) Mend(id, row string, changes ...Mend) (Entry, error) {
	id, err := q.find(id)
	if err != nil {
		return Entry{}, err
	}
	lot, rows, err := q.Show(id)
	if err != nil {
		return Entry{}, err
	}
	e, err := pick(rows, row)
	if err != nil {
		return Entry{}, fmt.Errorf("mend row of quarantine %s: %w", id, err)
	}
	for i := range changes {
		changes[i].Line, changes[i].Place = e.Line, e.Place
		if strings.TrimSpace(changes[i].By) == "" || strings.TrimSpace(changes[i].Why) == "" || changes[i].On.IsZero() {
			return Entry{}, fmt.Errorf("mend %s:%d: %w: who, why and when are needed", Printable(e.File), e.Line, ErrMend)
		}
	}
	e.Mends = append(e.Mends, changes...)
	if !e.Kept.IsZero() {
		return Entry{}, fmt.Errorf("mend %s:%d: %w: it is kept already", Printable(e.File), e.Line, ErrMend)
	}
	if _, err := lot.mended(e); err != nil {
		return Entry{}, fmt.Errorf("mend %s:%d: %w", Printable(e.File), e.Line, err)
	}
	acts := make([]act, len(changes))
	for i := range changes {
		acts[i] = act{Kind: lot.Kind, Mend: &changes[i]}
	}
	return e, q.note(id, acts)
}

// pick finds a row by its line or place.
func pick(rows iter.Seq2[Entry, error], row string) (Entry, error) {
	var found []Entry
	for e, err := range rows {
		if err != nil {
			return Entry{}, err
		}
		if e.Place == row || strconv.Itoa(e.Line) == row {
			found = append(found, e)
		}
	}
	switch {
	case len(found) == 0:
		return Entry{}, fmt.Errorf("%s: %w", Quote(row), ErrNoRow)
	case len(found) > 1:
		return Entry{}, fmt.Errorf("%s: %w: %d are on it, name one by its place, as in %s", Quote(row), ErrNoRow, len(found), found[0].Place)
	case found[0].Place == "":
		return Entry{}, fmt.Errorf("%w: it was refused by an earlier version: add the file again", ErrMend)
	}
	return found[0], nil
}

// Retried are mended rows that were read again.
type Retried struct {
	Receipt Receipt // of the mended rows alone; Receipt.Retry names the lot
	q       *Quarantine
	id      string
	kept    []act
}

// Retry reads the mended rows of a quarantine file again and hands them to keep,
// as [Load] does. Each has the place and the original bytes of the row that was
// refused, and its mends in Row.Mends. Kind and Source of the job are the lot's.
// Once what keep kept is safe, call [Retried.Settle]: until then the rows stay in
// quarantine, so that a crash in between costs no more than to retry once more.
func (q *Quarantine) Retry(id string, job Job, keep func(Row) (Outcome, error)) (*Retried, error) {
	id, err := q.find(id)
	if err != nil {
		return nil, err
	}
	lot, rows, err := q.Show(id)
	if err != nil {
		return nil, err
	}
	job.Kind, job.Source, job.Quarantine = lot.Kind, lot.Source, nil
	l := &load{job: job, keep: keep}
	l.receipt = Receipt{File: lot.File, SHA256: lot.SHA256, Bytes: lot.Bytes, Kind: lot.Kind, Source: lot.Source, Format: lot.Format, Retry: id}
	out := &Retried{q: q, id: id}
	for e, err := range rows {
		if err != nil {
			return nil, fmt.Errorf("retry: %w", err)
		}
		if len(e.Mends) == 0 || !e.Kept.IsZero() {
			continue
		}
		row, err := lot.mended(e)
		if errors.Is(err, ErrMend) { // the journal was made by another program
			err = row.Refuse("", ErrMend.Error(), err.Error())
		}
		refused := l.receipt.Refused
		l.receipt.Read++
		if err := l.row(row, err); err != nil {
			return nil, fmt.Errorf("retry %s:%d: %w", lot.File, e.Line, err)
		}
		if l.receipt.Refused == refused {
			out.kept = append(out.kept, act{Kind: lot.Kind, Kept: &kept{Line: e.Line, Place: e.Place}})
		}
	}
	out.Receipt = l.receipt
	return out, nil
}

// Settle notes that the rows kept are out of quarantine from now on.
func (r *Retried) Settle(now time.Time) error {
	for i := range r.kept {
		r.kept[i].Kept.On = now
	}
	return r.q.note(r.id, r.kept)
}

// act is one line of the journal beside a quarantine file.
type act struct {
	Kind string `json:"kind"` // what the rows were read as: a file may be added again as another kind
	Mend *Mend  `json:"mend,omitempty"`
	Kept *kept  `json:"kept,omitempty"`
}

type kept struct {
	Line  int       `json:"line"`
	Place string    `json:"place"`
	On    time.Time `json:"on"`
}

// journal is what was done to the rows of one quarantine file, by place.
type journal struct {
	mends map[string][]Mend
	kept  map[string]time.Time
}

func (j journal) entry(r *Refusal) Entry {
	return Entry{Refusal: r, Mends: slices.Clone(j.mends[r.Place]), Kept: j.kept[r.Place]}
}

func (q *Quarantine) journalPath(id string) string { return filepath.Join(q.dir, id+".mends.jsonl") }

func (q *Quarantine) journal(id, kind string) (journal, error) {
	j := journal{map[string][]Mend{}, map[string]time.Time{}}
	path := q.journalPath(id)
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return j, fmt.Errorf("read quarantine: %w", err)
	}
	n := 0
	for line := range bytes.Lines(b) {
		n++
		var a act
		if err := strictly(line, &a); err != nil {
			return j, fmt.Errorf("%s: %w: line %d: %w", path, ErrQuarantine, n, err)
		}
		switch {
		case (a.Mend == nil) == (a.Kept == nil):
			return j, fmt.Errorf("%s: %w: line %d: neither a mend nor a row kept", path, ErrQuarantine, n)
		case a.Kind != kind:
		case a.Mend != nil:
			j.mends[a.Mend.Place] = append(j.mends[a.Mend.Place], *a.Mend)
		default:
			j.kept[a.Kept.Place] = a.Kept.On
		}
	}
	return j, nil
}

// note adds to the journal, which is replaced as a whole.
func (q *Quarantine) note(id string, acts []act) error {
	if len(acts) == 0 {
		return nil
	}
	path := q.journalPath(id)
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("write quarantine: %w", err)
	}
	out := bytes.NewBuffer(old)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for _, a := range acts {
		if err := enc.Encode(a); err != nil {
			return fmt.Errorf("write quarantine: %w", err)
		}
	}
	f, err := os.CreateTemp(q.dir, ".unfinished-*")
	if err != nil {
		return fmt.Errorf("write quarantine: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(out.Bytes())
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write quarantine: %w", err)
	}
	return syncDir(q.dir)
}
