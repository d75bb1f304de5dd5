package feed

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/intake"
)

// Options are what is known of files beside their content, and where sorting goes.
type Options struct {
	Chain  chain.ID // of the rows
	Dir    string   // folder for what does not fit into memory; empty: the system's
	Memory int      // bytes that are sorted in memory; 0: 256 MiB
}

// FileReceipt says what became of the rows of one file:
// read = gave + still + context + refused.
type FileReceipt struct {
	File    string `json:"file"`
	SHA256  string `json:"sha256"` // of the file as received, before decompression
	Bytes   int64  `json:"bytes"`  // likewise
	Format  string `json:"format"`
	Read    uint64 `json:"read"`
	Gave    uint64 `json:"gave"`    // rows that gave one transfer or more
	Still   uint64 `json:"still"`   // rows that moved nothing, or said what another row said
	Context uint64 `json:"context"` // rows that only say something about others
	Refused uint64 `json:"refused"`
}

// Receipt says what became of all rows of a reading.
type Receipt struct {
	Files     []FileReceipt     `json:"files"`
	Transfers uint64            `json:"transfers"`           // rows of the ledger that were made
	ByReason  map[string]uint64 `json:"by_reason,omitempty"` // refused rows by "field: reason"
	// Notes are what was taken for granted, with how often.
	Notes map[string]uint64 `json:"notes,omitempty"`
}

// Refused is the number of rows that were refused.
func (r Receipt) Refused() (n uint64) {
	for _, f := range r.Files {
		n += f.Refused
	}
	return n
}

// Reconciles reports whether every row read is accounted for.
func (r Receipt) Reconciles() bool {
	var refused, reasons uint64
	for _, f := range r.Files {
		if f.Read != f.Gave+f.Still+f.Context+f.Refused {
			return false
		}
		refused += f.Refused
	}
	for _, n := range r.ByReason {
		reasons += n
	}
	return refused == reasons
}

// String renders the receipt for people, a file a line.
func (r Receipt) String() string {
	var b strings.Builder
	for _, f := range r.Files {
		fmt.Fprintf(&b, "%s: %s, %d bytes, sha-256 %s\n", f.File, f.Format, f.Bytes, f.SHA256)
		fmt.Fprintf(&b, "  read %d = gave %d + moved nothing %d + about others %d + refused %d\n", f.Read, f.Gave, f.Still, f.Context, f.Refused)
	}
	fmt.Fprintf(&b, "transfers %d\n", r.Transfers)
	for _, reason := range most(r.ByReason) {
		fmt.Fprintf(&b, "refused %d: %s\n", r.ByReason[reason], intake.Printable(reason))
	}
	for _, note := range most(r.Notes) {
		fmt.Fprintf(&b, "note %d: %s\n", r.Notes[note], note)
	}
	return b.String()
}

// most are the keys, those with the highest count first.
func most(counts map[string]uint64) []string {
	return slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
	})
}

// maxReasons is how many different reasons are kept apart.
const (
	maxReasons   = 100
	otherReasons = "other reasons"
)

// Tally keeps the accounts of a reading.
type Tally struct{ receipt Receipt }

// NewTally is that of these files, which get their Index.
func NewTally(files []*File, format string) *Tally {
	t := &Tally{receipt: Receipt{ByReason: map[string]uint64{}, Notes: map[string]uint64{}}}
	for i, f := range files {
		f.Index = i
		name := format
		if f.Form != "" {
			name += ", " + f.Form
		}
		t.receipt.Files = append(t.receipt.Files, FileReceipt{File: f.Name, Format: name})
	}
	return t
}

// Receipt is what the accounts say so far.
func (t *Tally) Receipt() Receipt {
	out := t.receipt
	out.Files = slices.Clone(out.Files)
	out.ByReason, out.Notes = maps.Clone(out.ByReason), maps.Clone(out.Notes)
	return out
}

// Read counts a row of a file. What becomes of it is said by one of the next four.
func (t *Tally) Read(file int) { t.receipt.Files[file].Read++ }

// Gave: the row gave transfers.
func (t *Tally) Gave(file int) { t.receipt.Files[file].Gave++ }

// Still: the row moved nothing.
func (t *Tally) Still(file int) { t.receipt.Files[file].Still++ }

// Context: the row says something about others.
func (t *Tally) Context(file int) { t.receipt.Files[file].Context++ }

// Refuse: the row is refused. It returns the refusal.
func (t *Tally) Refuse(file int, r *intake.Refusal) *intake.Refusal {
	key := r.Reason
	if r.Field != "" {
		key = r.Field + ": " + key
	}
	if _, there := t.receipt.ByReason[key]; !there && len(t.receipt.ByReason) >= maxReasons {
		key = otherReasons
	}
	t.receipt.ByReason[key]++
	t.receipt.Files[file].Refused++
	return r
}

// RefuseAt refuses a row by its line.
func (t *Tally) RefuseAt(file int, line uint64, field, reason, detail string) *intake.Refusal {
	return t.Refuse(file, &intake.Refusal{
		File: t.receipt.Files[file].File, Line: int(line), Field: field, Reason: reason, Detail: detail,
	})
}

// Transfer counts a row of the ledger.
func (t *Tally) Transfer() { t.receipt.Transfers++ }

// Name is that of a file.
func (t *Tally) Name(file int) string { return t.receipt.Files[file].File }

// Note counts something that was taken for granted.
func (t *Tally) Note(text string) { t.receipt.Notes[text]++ }

// End sets what is known of a file once all of it was read.
func (t *Tally) End(f *File) error {
	sum, n, err := f.Digest()
	if err != nil {
		return err
	}
	t.receipt.Files[f.Index].SHA256, t.receipt.Files[f.Index].Bytes = sum, n
	return nil
}
