package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/turtlebay/turtlebay/desk/flow"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/rows"
	"github.com/turtlebay/turtlebay/vault"
	"github.com/turtlebay/turtlebay/vault/custody"
)

// rowsTool is what makes records of rows, for the custody log.
const rowsTool = "rows@1"

// Intake says what a file is added as.
type Intake struct {
	Kind    observation.Kind
	Source  string          // who supplied it, in words
	Marking marking.Marking // of the file, and of every record made from it
	Plain   bool            // keep the file without a key: only what is public may be
	Options intake.Options  // how to read it; the zero value finds out

	Refused  func(*intake.Refusal)
	Progress func(Progress)
	// Chunk is how many rows are settled in one transaction: what an interruption
	// costs at most. The default is 25,000.
	Chunk int
}

const defaultChunk = 25_000

// Phase is what adding a file is busy with.
type Phase string

// The phases, in their order.
const (
	Receiving Phase = "receiving" // the file goes into the vault
	Reading   Phase = "reading"   // its rows become records
	Logging   Phase = "logging"   // the records' digests go into the custody log
)

// Progress says how far adding a file has come.
type Progress struct {
	Phase       Phase
	Done, Total int64 // bytes of the file; records while logging. Total is -1 where it is not known
	Rows        int64 // rows of the file that are settled
	From        int64 // of them, those that an earlier add had settled, which take no time now
}

// Added is what became of a file.
type Added struct {
	Receipt intake.Receipt
	Batch   string // of its records, RB-000012
	Item    string // the file in the vault, EV-000007
	Known   bool   // its bytes were in the vault already
	Resumed int64  // rows that an earlier add, which was interrupted, had settled
}

// AddFile receives a file into the vault, makes records of its rows from there and
// logs them as one batch. Readers see all of them or none: after an interruption
// none, and when the same file is added again as the same kind from the same
// source, the work goes on where it was. Rows that cannot be kept are in
// quarantine with their reason; the receipt accounts for every row. Adding the
// same file twice adds no record.
//
// A row whose id is held with other content is laid beside it (see record.Merge),
// never over it. Of a file that breaks off, the rows before the break are kept;
// the receipt says so and is returned beside the error.
func (d *Desk) AddFile(ctx context.Context, path string, in Intake) (added Added, err error) {
	if _, err := rows.NewReader(in.Kind, in.Source); err != nil {
		return added, fmt.Errorf("add %s: %w", intake.Printable(path), err)
	}
	release, err := d.Hold(ctx)
	if err != nil {
		return added, fmt.Errorf("add %s: %w", intake.Printable(path), err)
	}
	a := &adding{d: d, in: in, path: path}
	err = a.run(ctx)
	if e := release(); e != nil {
		err = errors.Join(err, e)
	}
	if err != nil {
		err = fmt.Errorf("add %s: %w", intake.Printable(path), err)
	}
	return a.added, err
}

// adding is one file on its way in.
type adding struct {
	d     *Desk
	in    Intake
	path  string
	item  vault.Item
	batch Batch
	tree  *custody.RecordTree // of the batch, nil once it cannot be grown row by row
	added Added
	read  int64 // bytes of the file that were read so far
	seen  Progress
}

func (a *adding) run(ctx context.Context) error {
	f, size, err := flow.OpenFile(a.path)
	if err != nil {
		return err
	}
	defer f.Close()
	batches, err := a.d.store.Batches(ctx)
	if err != nil {
		return err
	}
	if err := a.receive(ctx, f, size, batches); err != nil {
		return err
	}
	a.added.Item = a.item.ID
	if a.finishedBefore(batches) {
		a.report()
		return nil
	}
	content, err := a.d.vault.Peek(ctx, a.item.ID)
	if err != nil {
		return err
	}
	defer content.Close()
	if err := a.parse(ctx, content, batches); err != nil {
		return fmt.Errorf("%w (the file itself is kept as %s)", err, a.item.ID)
	}
	return nil
}

// receive puts the file into the vault. A file whose rows were being read when
// that was interrupted is there already, and is not received once more.
func (a *adding) receive(ctx context.Context, f *os.File, size int64, batches []Batch) error {
	v, err := a.d.openVault(ctx)
	if err != nil {
		return err
	}
	if a.mayBeUnfinished(batches) {
		sum, err := flow.Digest(ctx, f)
		if err != nil {
			return err
		}
		for _, b := range batches {
			if b.Item != sum || !a.mayBeUnfinished([]Batch{b}) {
				continue
			}
			item, err := v.Get(b.Object, marking.Custodian())
			if err != nil {
				return err
			}
			if !item.Destroyed && markingText(marking.Join(item.Marking, a.in.Marking)) == markingText(item.Marking) {
				a.item, a.added.Known = item, true
				return nil
			}
		}
	}
	r := flow.Reader(ctx, f, func(n int64) { a.tell(Progress{Phase: Receiving, Done: n, Total: size}) })
	a.item, a.added.Known, err = v.Add(ctx, r, vault.New{
		Title: filepath.Base(a.path), Source: a.in.Source, Marking: a.in.Marking, Plain: a.in.Plain,
	})
	return err
}

// mayBeUnfinished reports whether one of the batches was interrupted and could be
// of this file.
func (a *adding) mayBeUnfinished(batches []Batch) bool {
	return slices.ContainsFunc(batches, func(b Batch) bool {
		return b.Item != "" && b.Kind == string(a.in.Kind) && b.Source == a.in.Source && b.Tool == rowsTool &&
			(b.State == Staged || slices.Contains(a.d.session.finished, b.Number))
	})
}

// params are how the rows are read, as the batch and the custody log have it.
func (a *adding) params() string {
	o := a.in.Options
	b, err := json.Marshal(struct {
		Delimiter string   `json:"delimiter,omitempty"`
		Encoding  string   `json:"encoding,omitempty"`
		Form      string   `json:"form,omitempty"`
		Kind      string   `json:"kind"`
		Limits    [6]int64 `json:"limits,omitzero"`
		Marking   string   `json:"marking,omitempty"`
	}{
		Encoding: o.Encoding, Form: string(o.Form), Kind: string(a.in.Kind), Marking: markingText(a.item.Marking),
		Delimiter: string(bytesOf(o.Delimiter)),
		Limits:    [6]int64{o.MaxBytes, o.MaxRatio, int64(o.MaxRow), int64(o.MaxRowLines), int64(o.MaxFields), int64(o.MaxDepth)},
	})
	if err != nil {
		panic(err) // it is made of text and numbers
	}
	return string(b)
}

func bytesOf(delimiter byte) []byte {
	if delimiter == 0 {
		return nil
	}
	return []byte{delimiter}
}

// markingText is the whole marking, with the words of its caveats: records that were
// made under other words are not those of the file as it is marked now.
func markingText(m marking.Marking) string {
	if m.IsZero() {
		return ""
	}
	return m.String()
}

// same reports whether the batch is of this file, read in this way.
func (a *adding) same(b Batch) bool {
	return b.Object == a.item.ID && b.Kind == string(a.in.Kind) && b.Source == a.in.Source && b.Tool == rowsTool && b.Params == a.params()
}

// finishedBefore reports whether the file's batch lacked nothing but its leaf and
// became complete when this session began.
func (a *adding) finishedBefore(batches []Batch) bool {
	for _, b := range batches {
		if a.same(b) && b.State == Complete && slices.Contains(a.d.session.finished, b.Number) {
			a.batch, a.added.Resumed = b, b.Settled
			return true
		}
	}
	return false
}

// begin goes on with the batch of an earlier add that was interrupted, or opens
// one. What was settled cannot be gone on with once other records of the kind
// were added: it may contradict them.
func (a *adding) begin(ctx context.Context, src *intake.Source, batches []Batch) error {
	var stale []int64
	for _, b := range batches {
		if b.State != Staged || !a.same(b) {
			continue
		}
		if !overtaken(b, batches) {
			a.batch, a.added.Resumed = b, b.Settled
			return nil
		}
		a.d.say("%s, of which %d rows were settled, is begun anew: other records of the kind were added since", b.ID(), b.Settled)
		stale = append(stale, b.Number)
	}
	b := a.d.newBatch()
	b.Item, b.Object, b.Kind, b.Source = a.item.SHA256, a.item.ID, string(a.in.Kind), a.in.Source
	b.Tool, b.Params, b.Columns = rowsTool, a.params(), src.Columns()
	b.Receipt = intake.Receipt{
		File: src.Name(), SHA256: a.item.SHA256, Bytes: a.item.Size, Kind: b.Kind, Source: b.Source, Format: src.Describe(),
	}
	err := a.d.transact(ctx, func(tx Tx) error {
		for _, number := range stale {
			if err := tx.Drop(number); err != nil {
				return err
			}
		}
		return a.d.openBatch(tx, &b, batches)
	})
	if err != nil {
		return err
	}
	a.batch = b
	a.tree, err = custody.NewRecordTree(b.Key)
	return err
}

// overtaken reports whether a batch became complete after b began that may hold
// records of its kind.
func overtaken(b Batch, batches []Batch) bool {
	return slices.ContainsFunc(batches, func(o Batch) bool {
		return o.Completed > b.Base && (o.Kind == b.Kind || o.Kind == "")
	})
}

// parse makes the file's rows a batch.
func (a *adding) parse(ctx context.Context, content io.Reader, batches []Batch) error {
	options := a.in.Options
	options.Name, options.Total = a.path, a.item.Size
	if a.in.Options.Name != "" {
		options.Name = a.in.Options.Name
	}
	told := options.Progress
	options.Progress = func(read, total int64) {
		a.read = read
		if told != nil {
			told(read, total)
		}
	}
	src, err := intake.NewSource(a.path, content, options)
	if err != nil {
		return err
	}
	if err := a.begin(ctx, src, batches); err != nil {
		return err
	}
	stopped, err := a.rows(ctx, src)
	if err != nil {
		return a.interrupted(ctx, err)
	}
	// from here on it takes seconds at most, and an interruption would only cost them
	ctx = context.WithoutCancel(ctx)
	b := &a.batch
	b.Receipt.Format = src.Describe()
	if stopped != nil {
		b.Receipt.Stopped = stopped.Error()
	}
	if !b.Receipt.Reconciles() {
		return intake.ErrAccounts
	}
	b.State = Sealed
	if b.Root, err = a.root(ctx); err != nil {
		return err
	}
	if err := a.d.update(ctx, *b); err != nil {
		return err
	}
	if err := a.d.complete(ctx, b); err != nil {
		return err
	}
	a.report()
	return stopped
}

// report fills in what the caller is told.
func (a *adding) report() {
	a.added.Batch, a.added.Receipt = a.batch.ID(), a.batch.Receipt
}

// interrupted says what is left of a file whose rows could not all be read. Where
// none was settled, nothing is.
func (a *adding) interrupted(ctx context.Context, err error) error {
	if a.batch.Settled > 0 {
		return fmt.Errorf("%w: %d rows are settled and not seen yet; add the same file again and it goes on from there", err, a.batch.Settled)
	}
	e := a.d.transact(context.WithoutCancel(ctx), func(tx Tx) error { return tx.Drop(a.batch.Number) })
	return errors.Join(err, e)
}
