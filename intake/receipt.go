package intake

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Refusal is a row that was not kept, with the place and the reason.
type Refusal struct {
	File   string
	Line   int    // physical line the row starts on, from 1
	Field  string // column or JSON member concerned; empty: the whole row
	Reason string // a fixed phrase, which receipts count by
	Detail string // the value or limit concerned; may be empty
	// Original holds the bytes of the row in the decompressed file. Of a row
	// over Options.MaxRow it holds the beginning, and Size the whole length.
	Original []byte
	Size     int64
	Place    string // where the row stands in the decompressed file; see Row.Place
}

// Error prints "file:line: field: reason: detail", leaving out what is empty.
// Control characters are escaped and long values cut.
func (r *Refusal) Error() string {
	parts := []string{Printable(r.File) + ":" + strconv.Itoa(r.Line)}
	for _, part := range []string{r.Field, r.Reason, r.Detail} {
		if part != "" {
			parts = append(parts, Printable(clip(part)))
		}
	}
	return strings.Join(parts, ": ")
}

func joinDetail(reason, detail string) string {
	if detail == "" {
		return reason
	}
	return reason + ": " + detail
}

// clip cuts text that is too long for a message.
func clip(text string) string {
	const most = 200
	if len(text) <= most {
		return text
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}

// Printable shows text that came from outside without its tricks: control,
// format and bidirectional characters appear as \u202e, bytes that are not
// UTF-8 as \xff, everything else as it is.
func Printable(text string) string {
	if plain(text) {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		switch _, size := utf8.DecodeRuneInString(text[i:]); {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case unicode.IsGraphic(r):
			b.WriteRune(r)
		default:
			escaped := strconv.QuoteRuneToASCII(r)
			b.WriteString(escaped[1 : len(escaped)-1])
		}
	}
	return b.String()
}

func plain(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// Quote is [Printable] in double quotes, cut when long: for values in the
// Detail of a refusal.
func Quote(value string) string { return `"` + Printable(clip(value)) + `"` }

// Receipt says what became of one file: rows read = new + known + refused.
type Receipt struct {
	File   string `json:"file"`
	SHA256 string `json:"sha256"` // of the file as received, before decompression
	Bytes  int64  `json:"bytes"`  // likewise
	Kind   string `json:"kind"`
	Source string `json:"source"`
	Format Format `json:"format"`
	Read   int    `json:"read"`
	New    int    `json:"new"`
	Known  int    `json:"known"` // the record was held already
	// Of the known rows, those that another source tells as it is held, and those
	// that tell something else, which stands beside it.
	Corroborated int            `json:"corroborated,omitempty"`
	Contradicted int            `json:"contradicted,omitempty"`
	Refused      int            `json:"refused"`
	ByReason     map[string]int `json:"by_reason,omitempty"` // refused rows by "field: reason"
	Stopped      string         `json:"stopped,omitempty"`   // why reading ended before the end of the file
	Retry        string         `json:"retry,omitempty"`     // of mended rows read again: id of the quarantine file they were in
}

// Kept is the number of rows that are held now: new and known.
func (r Receipt) Kept() int { return r.New + r.Known }

// Reconciles reports whether every row read was kept or refused.
func (r Receipt) Reconciles() bool {
	refused := 0
	for _, n := range r.ByReason {
		refused += n
	}
	return r.Read == r.Kept()+r.Refused && r.Refused == refused && r.Corroborated+r.Contradicted <= r.Known
}

// MarshalJSON writes the receipt with its keys in a fixed order and the number
// of rows kept beside those it is made of.
func (r Receipt) MarshalJSON() ([]byte, error) {
	type fields Receipt
	return json.Marshal(struct {
		fields
		Kept int `json:"kept"`
	}{fields(r), r.Kept()})
}

// String renders the receipt as a few aligned lines for people.
func (r Receipt) String() string {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-8s %s\n", name, fmt.Sprintf(format, args...))
	}
	line("file", "%s (%d bytes)", Printable(r.File), r.Bytes)
	line("sha-256", "%s", r.SHA256)
	line("format", "%s", r.Format)
	if r.Retry != "" {
		line("retry", "mended rows of quarantine %s", r.Retry)
	}
	if r.Kind != "" {
		line("kind", "%s", Printable(r.Kind))
	}
	if r.Source != "" {
		line("source", "%s", Printable(r.Source))
	}
	width := len(strconv.Itoa(r.Read))
	line("read", "%*d", width, r.Read)
	line("kept", "%*d (%d new, %d known)", width, r.Kept(), r.New, r.Known)
	if r.Corroborated > 0 {
		line("", "%*d  from another source, as it is held: both are cited", width, r.Corroborated)
	}
	if r.Contradicted > 0 {
		line("", "%*d  other than what is held: an account beside it", width, r.Contradicted)
	}
	line("refused", "%*d", width, r.Refused)
	for _, reason := range r.reasons() {
		line("", "%*d  %s", width, r.ByReason[reason], Printable(reason))
	}
	if r.Stopped != "" {
		line("stopped", "%s", Printable(r.Stopped))
	}
	return b.String()
}

// reasons lists the reasons, the most frequent first.
func (r Receipt) reasons() []string {
	return slices.SortedFunc(maps.Keys(r.ByReason), func(a, b string) int {
		return cmp.Or(r.ByReason[b]-r.ByReason[a], strings.Compare(a, b))
	})
}

// otherReasons collects what goes beyond maxReasons different reasons.
const (
	otherReasons = "other reasons"
	maxReasons   = 100
)

// Refuse counts one refused row. Rows read are for the caller to count.
func (r *Receipt) Refuse(refusal *Refusal) {
	if r.ByReason == nil {
		r.ByReason = make(map[string]int)
	}
	key := clip(refusal.Reason)
	if refusal.Field != "" {
		key = clip(refusal.Field) + ": " + key
	}
	if _, there := r.ByReason[key]; !there && len(r.ByReason) >= maxReasons {
		key = otherReasons
	}
	r.Refused++
	r.ByReason[key]++
}

// Outcome is what became of a row that was not refused.
type Outcome int

const (
	New          Outcome = iota // it is held now and was not before
	Known                       // it was held already
	Corroborated                // it was held already, and another source for it was added
	Contradicted                // something else was held, and it stands beside that
)

// Keep counts one row that was kept. Rows read are for the caller to count.
func (r *Receipt) Keep(o Outcome) {
	switch o {
	case New:
		r.New++
		return
	case Corroborated:
		r.Corroborated++
	case Contradicted:
		r.Contradicted++
	}
	r.Known++
}

// Job says what a file is loaded as.
type Job struct {
	Kind   string // kind of record the rows are
	Source string // where the file comes from, in words
	// Quarantine takes the refused rows; nil: they are only counted.
	Quarantine *Quarantine
	// OnRefusal, if set, sees every refused row.
	OnRefusal func(*Refusal)
}

// Load reads src to its end and hands every row to keep, which says whether
// the row is new or known, or returns a [*Refusal] (see [Row.Refuse]) for a
// row that means nothing. Any other error of keep ends the load at once, and
// nothing is written to the quarantine.
//
// An error of the file (ErrBroken, ErrTooLarge) is returned together with the
// receipt of what came before it; Receipt.Stopped repeats it.
func Load(src *Source, job Job, keep func(Row) (Outcome, error)) (Receipt, error) {
	l := &load{
		job: job, keep: keep, lot: job.Quarantine.Begin(src.Lot(job.Kind, job.Source)),
		receipt: Receipt{File: src.Name(), Kind: job.Kind, Source: job.Source, Format: src.Describe()},
	}
	defer l.lot.Discard()
	before := src.Read()
	var stopped error
	for row, err := range src.Rows() {
		if err != nil && !errors.As(err, new(*Refusal)) {
			stopped, l.receipt.Stopped = err, err.Error()
			break
		}
		if err := l.row(row, err); err != nil {
			return Receipt{}, fmt.Errorf("load %s:%d: %w", src.Name(), row.Line, err)
		}
	}
	l.receipt.Read = src.Read() - before
	sum, n, err := src.Digest()
	if err != nil {
		return l.receipt, errors.Join(stopped, err)
	}
	l.receipt.SHA256, l.receipt.Bytes = sum, n
	if !l.receipt.Reconciles() {
		return l.receipt, fmt.Errorf("load %s: %w", src.Name(), ErrAccounts)
	}
	_, err = l.lot.Commit(sum, n)
	return l.receipt, errors.Join(stopped, err)
}

// load is one file on its way in.
type load struct {
	job     Job
	keep    func(Row) (Outcome, error)
	lot     *LotWriter
	receipt Receipt
}

// row settles one row; err is what reading it gave.
func (l *load) row(row Row, err error) error {
	outcome := New
	if err == nil {
		outcome, err = l.keep(row)
	}
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal):
		l.receipt.Refuse(refusal)
		if l.job.OnRefusal != nil {
			l.job.OnRefusal(refusal)
		}
		return l.lot.Add(refusal)
	case err != nil:
		return err
	}
	l.receipt.Keep(outcome)
	return nil
}
