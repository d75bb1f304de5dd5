package tag

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/turtlebay/turtlebay/chain"
)

// Errors of a written set.
var (
	// ErrNotSet: the file is no set of tags, or of a later form.
	ErrNotSet = errors.New("not a set of tags in the form turtlebay tags 1")
	// ErrDigest: the last line is not the digest of the others: the file was altered
	// or broke off.
	ErrDigest = errors.New("the digest at its end is not that of the set")
)

// A written set is lines: the first names the form; the second counts what follows, as
// JSON; then a receipt a line, a statement a line and a refusal a line, as JSON; then a tag a
// line, "CHAIN ADDRESS STATEMENT LINE" with the statement's number from 0 and, where the
// address lost its case, "lost"; at last the SHA-256 of all lines before.
const (
	firstLine = "turtlebay tags 1"
	lostWord  = "lost"
	maxSet    = 1 << 30
)

// counts is the second line.
type counts struct {
	Files      int `json:"files"`
	Statements int `json:"statements"`
	Refused    int `json:"refused"`
	Tags       int `json:"tags"`
}

// statement is what several rows of a file say alike.
type statement struct {
	File       int        `json:"file"` // its receipt, from 0
	Label      string     `json:"label,omitempty"`
	Categories Category   `json:"kinds,omitempty"`
	CategoryAs string     `json:"category,omitempty"`
	Actor      string     `json:"actor,omitempty"`
	Abuse      string     `json:"abuse,omitempty"`
	Confidence Confidence `json:"confidence,omitempty"`
	Asset      string     `json:"asset,omitempty"`
	Source     string     `json:"source,omitempty"`
	Date       string     `json:"date,omitempty"`
	Cluster    bool       `json:"cluster,omitempty"`
	ByForm     bool       `json:"by_form,omitempty"`
}

// MarshalJSON writes the kinds as a list of words.
func (c Category) MarshalJSON() ([]byte, error) { return json.Marshal(c.Words()) }

// UnmarshalJSON reads what MarshalJSON writes.
func (c *Category) UnmarshalJSON(b []byte) error {
	var said []string
	if err := json.Unmarshal(b, &said); err != nil {
		return err
	}
	*c = 0
	for _, w := range said {
		i := slices.Index(words[:], w)
		if i < 0 {
			return fmt.Errorf("no kind %s", printable(w))
		}
		*c |= 1 << i
	}
	return nil
}

// fileKey tells the files of a set apart.
type fileKey struct{ name, sum string }

func stated(t *Tag, files map[fileKey]int) statement {
	return statement{
		files[fileKey{t.Origin.File, t.Origin.SHA256}], t.Label, t.Categories, t.CategoryAs, t.Actor, t.Abuse,
		t.Confidence, t.Asset, t.Source, t.Date, t.Cluster, t.ByForm,
	}
}

// Digest is the last line of the written set: the SHA-256 of the lines before it, in
// lower-case hexadecimal.
func (s *Set) Digest() (string, error) {
	_, sum, err := s.Encode()
	return sum, err
}

// Encode writes the set, the same bytes for the same tags, and returns its digest
// beside it.
func (s *Set) Encode() (text []byte, sum string, err error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	line := func(v any) {
		if err == nil {
			err = e.Encode(v)
		}
	}
	files := map[fileKey]int{}
	for i, f := range s.files {
		files[fileKey{f.File, f.SHA256}] = i
	}
	number := map[statement]int{}
	var list []statement
	of := make([]int, len(s.tags))
	for i := range s.tags {
		st := stated(&s.tags[i], files)
		n, ok := number[st]
		if !ok {
			n = len(list)
			number[st] = n
			list = append(list, st)
		}
		of[i] = n
	}
	b.WriteString(firstLine + "\n")
	line(counts{len(s.files), len(list), len(s.refused), len(s.tags)})
	for _, f := range s.files {
		line(f)
	}
	for _, st := range list {
		line(st)
	}
	for _, r := range s.refused {
		line(r)
	}
	for i := range s.tags {
		t := &s.tags[i]
		text := t.Lost
		if text == "" {
			text = t.Address.String()
		}
		fmt.Fprintf(&b, "%s %s %d %d", t.Chain, text, of[i], t.Origin.Line)
		if t.Lost != "" {
			b.WriteString(" " + lostWord)
		}
		b.WriteByte('\n')
	}
	digest := sha256.Sum256(b.Bytes())
	sum = hex.EncodeToString(digest[:])
	b.WriteString(sum + "\n")
	return b.Bytes(), sum, err
}

// ReadSet reads a set that Encode wrote. Errors: ErrNotSet, ErrDigest, ErrTooLarge.
func ReadSet(r io.Reader) (*Set, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxSet+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read tags: %w", err)
	case len(b) > maxSet:
		return nil, fmt.Errorf("read tags: %w", ErrTooLarge)
	case !bytes.HasPrefix(b, []byte(firstLine+"\n")):
		return nil, fmt.Errorf("read tags: %w", ErrNotSet)
	}
	const tail = 2*sha256.Size + 1
	if len(b) < tail || b[len(b)-1] != '\n' {
		return nil, fmt.Errorf("read tags: %w", ErrDigest)
	}
	body := b[:len(b)-tail]
	if sum := sha256.Sum256(body); hex.EncodeToString(sum[:])+"\n" != string(b[len(body):]) {
		return nil, fmt.Errorf("read tags: %w", ErrDigest)
	}
	s, err := decode(body)
	if err != nil {
		return nil, fmt.Errorf("read tags: %w: %w", ErrNotSet, err)
	}
	return s, nil
}

// decode reads the lines of a set.
func decode(body []byte) (*Set, error) {
	lines := bufio.NewScanner(bytes.NewReader(body))
	lines.Buffer(make([]byte, 64<<10), 1<<20)
	lines.Scan()
	number := 1
	next := func(v any) error {
		number++
		if !lines.Scan() {
			return fmt.Errorf("line %d is missing", number)
		}
		if err := json.Unmarshal(lines.Bytes(), v); err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
		return nil
	}
	var n counts
	if err := next(&n); err != nil {
		return nil, err
	}
	s := &Set{}
	var said []statement
	if err := errors.Join(many(n.Files, &s.files, next), many(n.Statements, &said, next), many(n.Refused, &s.refused, next)); err != nil {
		return nil, err
	}
	for lines.Scan() {
		number++
		t, err := tagOf(lines.Text(), said, s.files)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		s.tags = append(s.tags, t)
	}
	if len(s.tags) != n.Tags {
		return nil, fmt.Errorf("%d tags, want %d", len(s.tags), n.Tags)
	}
	s.order()
	return s, lines.Err()
}

// many reads so many lines.
func many[T any](n int, into *[]T, next func(v any) error) error {
	for range n {
		var v T
		if err := next(&v); err != nil {
			return err
		}
		*into = append(*into, v)
	}
	return nil
}

// tagOf reads the line of a tag.
func tagOf(line string, said []statement, files []Receipt) (Tag, error) {
	parts := strings.Split(line, " ")
	lost := len(parts) == 5 && parts[4] == lostWord
	if len(parts) != 4 && !lost {
		return Tag{}, errors.New("not a tag")
	}
	n, errN := strconv.Atoi(parts[2])
	at, errAt := strconv.Atoi(parts[3])
	if err := cmp.Or(errN, errAt); err != nil || n < 0 || n >= len(said) || said[n].File < 0 || said[n].File >= len(files) {
		return Tag{}, errors.New("its statement is not there")
	}
	st := said[n]
	f := files[st.File]
	t := Tag{
		Chain: chain.ID(parts[0]), ByForm: st.ByForm, Label: st.Label, Categories: st.Categories, CategoryAs: st.CategoryAs,
		Actor: st.Actor, Abuse: st.Abuse, Confidence: st.Confidence, Asset: st.Asset, Cluster: st.Cluster, Source: st.Source, Date: st.Date,
		Origin: Origin{f.File, f.SHA256, at},
	}
	a, err := chain.Parse(t.Chain, parts[1])
	switch {
	case lost && errors.Is(err, chain.ErrCaseLost):
		t.Lost = parts[1]
		return t, nil
	case lost || err != nil:
		return Tag{}, cmp.Or(err, errors.New("an address that lost nothing"))
	}
	t.Address = a
	return t, nil
}
