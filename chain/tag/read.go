package tag

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/turtlebay/turtlebay/chain"
)

// Errors of a whole file.
var (
	// ErrEmpty: no bytes, or blank ones alone.
	ErrEmpty = errors.New("the file is empty")
	// ErrFormat: none of the formats that are read.
	ErrFormat = errors.New("no list of tags is recognised")
	// ErrTooLarge: more bytes than Options.MaxBytes, or more than a million rows.
	ErrTooLarge = errors.New("larger than the limit")
	// ErrBroken: a truncated or damaged gzip, or a read error. Nothing is kept.
	ErrBroken = errors.New("the file broke off")
	// ErrChain: the file does not say on which chain its addresses are.
	ErrChain = errors.New("name the chain of its addresses")
)

// Options say what a file does not, and set the limits. The zero value is usual.
type Options struct {
	Chain    chain.ID // of explorer labels; default: by the explorer's name in the file's name
	Date     string   // YYYY-MM-DD, of rows that have none and whose file has none
	MaxBytes int64    // decompressed; default 64 MiB
}

// The limits on a file and a row.
const (
	maxRows  = 1_000_000
	maxRow   = 64 << 10 // bytes of one entry of a TagPack
	maxField = 4 << 10  // bytes of one value
)

// File is what was read of a file. Tags are in the order of its rows.
type File struct {
	Receipt Receipt
	Tags    []Tag
	Refused []Refusal
}

// Receipt says what became of a file: Read = Kept + Refused.
type Receipt struct {
	File     string         `json:"file"`
	SHA256   string         `json:"sha256"` // as received, before decompression
	Bytes    int64          `json:"bytes"`  // likewise
	Format   string         `json:"format"`
	Chain    chain.ID       `json:"chain,omitempty"` // of a file of one chain that does not name it in its rows
	ChainBy  string         `json:"chain_by,omitempty"`
	Date     string         `json:"date,omitempty"` // of the file
	Read     int            `json:"read"`
	Kept     int            `json:"kept"`
	Refused  int            `json:"refused"`
	ByReason map[string]int `json:"by_reason,omitempty"` // refused rows by "field: reason"
	LostCase int            `json:"lost_case,omitempty"` // kept rows whose address lost its capital letters
	ByForm   int            `json:"by_form,omitempty"`   // kept rows whose chain is that of the address's form
	NotRead  []string       `json:"not_read,omitempty"`  // members of rows that are not looked at
	Stopped  string         `json:"stopped,omitempty"`   // why reading ended before the end; what comes after is in no count
	Note     string         `json:"note,omitempty"`
}

// Refusal is a row that was not kept.
type Refusal struct {
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
	Line   int    `json:"line"`
	Field  string `json:"field,omitempty"`
	Reason string `json:"reason"`           // a fixed phrase, which receipts count by
	Detail string `json:"detail,omitempty"` // the value concerned
}

// Error is "file:line: field: reason: detail". Control characters are escaped.
func (r Refusal) Error() string {
	out := printable(r.File) + ":" + strconv.Itoa(r.Line)
	for _, part := range []string{r.Field, r.Reason, r.Detail} {
		if part != "" {
			out += ": " + printable(part)
		}
	}
	return out
}

// clip cuts text that is too long for a message, and drops what is not UTF-8.
func clip(text string) string {
	const most = 200
	text = strings.ToValidUTF8(text, "\ufffd")
	if len(text) <= most {
		return text
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}

// printable shows text from outside without its tricks, cut when long.
func printable(text string) string {
	quoted := strconv.QuoteToGraphic(clip(text))
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(quoted[1 : len(quoted)-1])
}

// Read reads the tags of a file, which is called name in messages and tags. Errors are
// of the whole file, as "name: error: detail"; then nothing is kept.
func Read(name string, r io.Reader, opts Options) (File, error) {
	if opts.MaxBytes <= 0 {
		opts.MaxBytes = 64 << 20
	}
	in := &reading{opts: opts, known: map[string]bool{}}
	in.file.Receipt.File = name
	if err := in.read(r); err != nil {
		return File{}, fmt.Errorf("%s: %w", printable(name), err)
	}
	slices.Sort(in.file.Receipt.NotRead)
	return in.file, nil
}

// reading is a file being read.
type reading struct {
	opts  Options
	text  []byte
	file  File
	known map[string]bool // members that were found not to be read
}

func (in *reading) read(r io.Reader) error {
	if err := in.checkOptions(); err != nil {
		return err
	}
	if err := in.slurp(r); err != nil {
		return err
	}
	trimmed := bytes.TrimLeft(in.text, " \t\r\n")
	switch {
	case len(trimmed) == 0:
		return ErrEmpty
	case trimmed[0] == '{':
		return in.readJSON()
	case trimmed[0] == '[':
		return fmt.Errorf("%w: a JSON array", ErrFormat)
	case in.looksYAML():
		return in.readPack()
	}
	return in.readCSV()
}

func (in *reading) checkOptions() error {
	if id := in.opts.Chain; id != "" {
		if _, ok := chain.Lookup(id); !ok {
			return fmt.Errorf("%w: %s is not known", ErrChain, printable(string(id)))
		}
	}
	if _, err := time.Parse(time.DateOnly, in.opts.Date); in.opts.Date != "" && err != nil {
		return fmt.Errorf("date %s: want YYYY-MM-DD", printable(in.opts.Date))
	}
	return nil
}

// slurp takes the bytes in, decompressed, and their digest as received.
func (in *reading) slurp(r io.Reader) error {
	sum := sha256.New()
	counted := &counter{r: io.TeeReader(r, sum)}
	buffered := bufio.NewReader(counted)
	var from io.Reader = buffered
	if magic, _ := buffered.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(buffered)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrBroken, err)
		}
		from = z
	}
	text, err := io.ReadAll(io.LimitReader(from, in.opts.MaxBytes+1))
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrBroken, err)
	case int64(len(text)) > in.opts.MaxBytes:
		return fmt.Errorf("%w: more than %d bytes", ErrTooLarge, in.opts.MaxBytes)
	}
	in.text = bytes.TrimPrefix(text, []byte("\ufeff"))
	in.file.Receipt.SHA256 = hex.EncodeToString(sum.Sum(nil))
	in.file.Receipt.Bytes = counted.n
	return nil
}

type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// full is the error of a file that has more rows than are read.
func (in *reading) full(rows int) error {
	if rows > maxRows {
		return fmt.Errorf("%w: more than %d rows", ErrTooLarge, maxRows)
	}
	return nil
}

// fault is why a row is refused.
type fault struct{ field, reason, detail string }

// row is what a row says before it is looked at.
type row struct {
	address, currency, network string
	tag                        Tag
}

// keep makes a tag of a row, or refuses it.
func (in *reading) keep(line int, r row) {
	in.file.Receipt.Read++
	t, f := in.settle(line, r)
	if f != nil {
		in.refuseRead(line, *f)
		return
	}
	in.file.Receipt.Kept++
	if t.Lost != "" {
		in.file.Receipt.LostCase++
	}
	if t.ByForm {
		in.file.Receipt.ByForm++
	}
	in.file.Tags = append(in.file.Tags, t)
}

// refuse counts a row and refuses it.
func (in *reading) refuse(line int, f fault) {
	in.file.Receipt.Read++
	in.refuseRead(line, f)
}

func (in *reading) refuseRead(line int, f fault) {
	r := &in.file.Receipt
	r.Refused++
	if r.ByReason == nil {
		r.ByReason = map[string]int{}
	}
	r.ByReason[strings.TrimPrefix(f.field+": "+f.reason, ": ")]++
	in.file.Refused = append(in.file.Refused, Refusal{r.File, r.SHA256, line, clip(f.field), f.reason, clip(f.detail)})
}

// settle checks the values of a row and finds its address.
func (in *reading) settle(line int, r row) (Tag, *fault) {
	t := r.tag
	for _, v := range [...]struct{ field, value string }{
		{"label", t.Label},
		{"category", t.CategoryAs},
		{"actor", t.Actor},
		{"abuse", t.Abuse},
		{"confidence", string(t.Confidence)},
		{"source", t.Source},
		{"currency", r.currency},
		{"network", r.network},
	} {
		if len(v.value) > maxField {
			return Tag{}, &fault{v.field, "value too long", strconv.Itoa(len(v.value)) + " bytes"}
		}
	}
	day, ok := dayOf(t.Date)
	if !ok {
		return Tag{}, &fault{"lastmod", "not a date", t.Date}
	}
	if _, ok := t.Confidence.Level(); t.Confidence != "" && !ok {
		return Tag{}, &fault{"confidence", "not a known word", string(t.Confidence)}
	}
	t.Date, t.Asset = day, r.currency
	t.Origin = Origin{in.file.Receipt.File, in.file.Receipt.SHA256, line}
	if f := t.find(r); f != nil {
		return Tag{}, f
	}
	return t, nil
}

// dayOf is the day of a date, which may have a time behind it. No date is none.
func dayOf(text string) (string, bool) {
	day := text
	if len(text) > len(time.DateOnly) && strings.Contains(" T", text[len(time.DateOnly):][:1]) {
		day = text[:len(time.DateOnly)]
	}
	_, err := time.Parse(time.DateOnly, day)
	return day, text == "" || err == nil
}

// find settles the chain and the address of a tag.
func (t *Tag) find(r row) *fault {
	if r.address == "" {
		return &fault{"address", "is missing", ""}
	}
	name, field := r.currency, "currency"
	if r.network != "" {
		name, field = r.network, "network"
	}
	ids := chain.Named(name)
	switch {
	case name == "":
		return &fault{"currency", "is missing", r.address}
	case len(ids) == 0:
		return &fault{field, "chain not known", name}
	}
	var last *chain.AddressError
	for _, id := range ids {
		a, err := chain.Parse(id, r.address)
		switch {
		case err == nil:
			t.Chain, t.Address, t.ByForm = id, a, len(ids) > 1
			return nil
		case errors.Is(err, chain.ErrCaseLost):
			t.Chain, t.Lost, t.ByForm = id, r.address, len(ids) > 1
			return nil
		}
		errors.As(err, &last)
	}
	if len(ids) > 1 {
		return &fault{"address", "of no chain that its asset is known on", name + " " + r.address}
	}
	detail := name + " " + r.address
	if last.Detail != "" {
		detail += ": " + last.Detail
	}
	return &fault{"address", last.Err.Error(), detail}
}

// notRead notes a member that is not looked at.
func (in *reading) notRead(name string) {
	if name = printable(name); !in.known[name] && len(in.known) < 100 {
		in.known[name] = true
		in.file.Receipt.NotRead = append(in.file.Receipt.NotRead, name)
	}
}

// explorers are the chains that explorers are of, by the words in their files' names.
var explorers = []struct {
	word string
	id   chain.ID
}{
	{"etherscan", chain.Ethereum},
	{"bscscan", chain.BSC},
	{"polygonscan", chain.Polygon},
	{"arbiscan", chain.Arbitrum},
	{"basescan", chain.Base},
	{"snowtrace", chain.Avalanche},
	{"tronscan", chain.Tron},
}

// explorerChain is the chain of a file of explorer labels.
func (in *reading) explorerChain() error {
	r := &in.file.Receipt
	if r.Chain = in.opts.Chain; r.Chain != "" {
		r.ChainBy = "as told"
		return nil
	}
	base := strings.ToLower(filepath.Base(r.File))
	for _, e := range explorers {
		if strings.Contains(base, e.word) {
			r.Chain, r.ChainBy = e.id, "by the file's name"
			return nil
		}
	}
	return ErrChain
}
