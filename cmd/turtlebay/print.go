package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/turtlebay/turtlebay/intake"
)

// jsonFor encodes a value for programs, and for whoever looks at it in a terminal:
// control, format and bidirectional characters are written as escapes.
func jsonFor(v any, indent string) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	out := make([]byte, 0, b.Len())
	for rest := b.Bytes(); len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		switch {
		case r == '\n' || unicode.IsGraphic(r):
			out = append(out, rest[:n]...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		rest = rest[n:]
	}
	return out, nil
}

// printJSON prints one indented JSON value.
func printJSON(w io.Writer, v any) error { return printAs(w, v, "  ") }

// printLine prints one JSON value on a line of its own.
func printLine(w io.Writer, v any) error { return printAs(w, v, "") }

func printAs(w io.Writer, v any, indent string) error {
	b, err := jsonFor(v, indent)
	if err == nil {
		_, err = w.Write(b)
	}
	if err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// table prints rows, cells between tabs, in aligned columns without spaces at the
// ends of lines.
func table(out io.Writer, fill func(w io.Writer)) error {
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fill(w)
	if err := w.Flush(); err != nil {
		return err
	}
	var trimmed bytes.Buffer
	for line := range bytes.Lines(b.Bytes()) {
		trimmed.Write(bytes.TrimRight(line, " \n"))
		trimmed.WriteByte('\n')
	}
	_, err := out.Write(trimmed.Bytes())
	return err
}

// when is a moment for people, in UTC.
func when(t time.Time) string { return t.UTC().Format(time.DateTime) }

// count is a number of things: "1 leaf", "2 leaves".
func count[N int | int64](n N, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// printable is a message for people, line by line, without the tricks of what came
// from outside.
func printable(message string) string {
	lines := strings.Split(message, "\n")
	for i, line := range lines {
		lines[i] = intake.Printable(line)
	}
	return strings.Join(lines, "\n")
}

// aboutFile names the file in an error once, in a form that can be shown.
func aboutFile(path string, err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return fmt.Errorf("%s: %w", intake.Printable(path), err)
}

// maxSmall is the most bytes of a file that holds a key, a checkpoint, a request or
// certificates.
const maxSmall = 4 << 20

// readSmall reads a file that is small if it is what it should be. A pipe will do.
func readSmall(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, unread(aboutFile(path, err))
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSmall+1))
	if err == nil && len(b) > maxSmall {
		err = fmt.Errorf("more than %d bytes: it is something else", maxSmall)
	}
	if err != nil {
		return nil, unread(aboutFile(path, err))
	}
	return b, nil
}
