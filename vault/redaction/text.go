package redaction

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/turtlebay/turtlebay/vault/anchor"
)

const (
	textTool = "redact-text@1"
	maxText  = 64 << 20
	maxWord  = 100
	block    = "█"
)

// checkWord refuses a word that is not one line of plain text.
func checkWord(word string) error {
	odd := func(r rune) bool { return !unicode.IsGraphic(r) }
	if len(word) > maxWord || !utf8.ValidString(word) || strings.ContainsFunc(word, odd) || word != "" && strings.TrimSpace(word) == "" {
		return fmt.Errorf("%w: the word is not one line of at most %d bytes", ErrRequest, maxWord)
	}
	return nil
}

func redactText(w io.Writer, in io.Reader, size int64, req Request) (Result, error) {
	if size > maxText {
		return Result{}, fmt.Errorf("%w: a text of %d bytes, at most %d are redacted", anchor.ErrLimit, size, maxText)
	}
	text, err := io.ReadAll(in)
	if err != nil {
		return Result{}, err
	}
	if !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0 {
		return Result{}, fmt.Errorf("%w: neither a PDF, a PNG, a JPEG nor a text in UTF-8", anchor.ErrKind)
	}
	if err := req.only("a text", anchor.Lines, anchor.Bytes); err != nil {
		return Result{}, err
	}
	cuts, err := cutsOf(text, req.Places)
	if err != nil {
		return Result{}, err
	}
	out := cut(text, cuts, req.Word)
	if _, err := w.Write(out); err != nil {
		return Result{}, err
	}
	return req.result("text/plain; charset=utf-8", textTool, params{Word: req.Word}, remains(text, out, cuts)...)
}

// interval is text[from:to].
type interval struct{ from, to int }

// cutsOf are the places as bytes of the text: whole characters, in order, apart.
func cutsOf(text []byte, places []anchor.Place) ([]interval, error) {
	lines := linesOf(text)
	var cuts []interval
	for _, p := range places {
		c := interval{int(p.From), int(p.To) + 1}
		switch {
		case p.Kind == anchor.Bytes && p.To >= int64(len(text)):
			return nil, fmt.Errorf("%s: %w: the text has %d bytes", p, anchor.ErrAbsent, len(text))
		case p.Kind == anchor.Lines && p.To > int64(len(lines)):
			return nil, fmt.Errorf("%s: %w: the text has %d lines", p, anchor.ErrAbsent, len(lines))
		case p.Kind == anchor.Lines:
			c = interval{lines[p.From-1].from, lines[p.To-1].to}
		}
		for c.from > 0 && !utf8.RuneStart(text[c.from]) {
			c.from--
		}
		for c.to < len(text) && !utf8.RuneStart(text[c.to]) {
			c.to++
		}
		cuts = append(cuts, c)
	}
	slices.SortFunc(cuts, func(a, b interval) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	apart := cuts[:0]
	for _, c := range cuts {
		if n := len(apart); n > 0 && c.from <= apart[n-1].to {
			apart[n-1].to = max(apart[n-1].to, c.to)
		} else {
			apart = append(apart, c)
		}
	}
	return apart, nil
}

// linesOf are the lines of the text without their ends and the byte order mark, as
// package anchor counts them.
func linesOf(text []byte) []interval {
	var lines []interval
	at := 0
	if bytes.HasPrefix(text, []byte("\ufeff")) {
		at = len("\ufeff")
	}
	for at < len(text) {
		end, next := len(text), len(text)
		if i := bytes.IndexByte(text[at:], '\n'); i >= 0 {
			end, next = at+i, at+i+1
		}
		if end > at && text[end-1] == '\r' {
			end--
		}
		lines = append(lines, interval{at, end})
		at = next
	}
	return lines
}

// cut is the text with the cuts covered: line ends stay, and nothing else of them.
func cut(text []byte, cuts []interval, word string) []byte {
	var out bytes.Buffer
	at := 0
	for _, c := range cuts {
		out.Write(text[at:c.from])
		for piece := range bytes.Lines(text[c.from:c.to]) {
			body := bytes.TrimRight(piece, "\r\n")
			switch {
			case len(body) == 0:
			case word != "":
				out.WriteString(word)
			default:
				out.WriteString(strings.Repeat(block, utf8.RuneCount(body)))
			}
			out.Write(piece[len(body):])
		}
		at = c.to
	}
	out.Write(text[at:])
	return out.Bytes()
}

// remains says where words that were cut still stand elsewhere: an oversight more
// often than not. It looks at the first hundred cuts and tells places, not words.
func remains(text, out []byte, cuts []interval) []string {
	var notes []string
	for _, c := range cuts[:min(len(cuts), 100)] {
		for piece := range bytes.Lines(text[c.from:c.to]) {
			piece = bytes.TrimSpace(piece)
			if utf8.RuneCount(piece) < 4 {
				continue
			}
			if n := bytes.Count(out, piece); n > 0 {
				notes = append(notes, fmt.Sprintf("what was cut within bytes=%d-%d still stands elsewhere, %d times", c.from, c.to-1, n))
			}
		}
	}
	return notes
}
