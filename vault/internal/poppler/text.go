package poppler

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/turtlebay/turtlebay/vault/internal/child"
)

// Word is a word of a page with the edges of its box, from the page's top left.
type Word struct {
	Text                     string
	Left, Top, Right, Bottom int64
}

// Line is a line of words, in reading order.
type Line []Word

// Text is the text of a page, its lines in the reading order that pdftotext finds.
func Text(ctx context.Context, content io.Reader, page int) ([]Line, []string, error) {
	var out []byte
	n := strconv.Itoa(page)
	report, err := child.Run(ctx, child.Command{
		Program: "pdftotext", Args: []string{"-enc", "UTF-8", "-bbox-layout", "-cropbox", "-f", n, "-l", n, "-", "-"},
		Stdin: content, Wall: wall, Memory: memory, Output: maxText,
	}, func(r io.Reader) (err error) {
		out, err = io.ReadAll(r)
		return err
	})
	if errors.Is(err, child.ErrFailed) && strings.Contains(report.Stderr, "page range") {
		return nil, nil, fmt.Errorf("page %d: %w", page, ErrNoPage)
	}
	if err != nil {
		return nil, nil, err
	}
	lines, err := words(out)
	return lines, notes("pdftotext", report), err
}

// words reads the page that pdftotext wrote as XHTML.
func words(out []byte) ([]Line, error) {
	d := xml.NewDecoder(bytes.NewReader(bytes.Map(printed, out)))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	var lines []Line
	pages := 0
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%w: the words of pdftotext: %w", child.ErrFailed, err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "page":
			pages++
		case "line":
			lines = append(lines, nil)
		case "word":
			w, err := word(d, start)
			if err != nil {
				return nil, fmt.Errorf("%w: a word of pdftotext: %w", child.ErrFailed, err)
			}
			if len(lines) == 0 {
				lines = append(lines, nil)
			}
			lines[len(lines)-1] = append(lines[len(lines)-1], w)
		}
	}
	if pages != 1 {
		return nil, fmt.Errorf("%w: pdftotext gave %d pages for one", child.ErrFailed, pages)
	}
	return lines, nil
}

// printed replaces what XML may not hold and a hostile font can produce.
func printed(r rune) rune {
	if r < ' ' && r != '\n' && r != '\t' || r == 0xFFFE || r == 0xFFFF {
		return utf8.RuneError
	}
	return r
}

func word(d *xml.Decoder, start xml.StartElement) (Word, error) {
	var w Word
	for _, a := range start.Attr {
		edge := map[string]*int64{"xMin": &w.Left, "yMin": &w.Top, "xMax": &w.Right, "yMax": &w.Bottom}[a.Name.Local]
		if edge == nil {
			continue
		}
		n, ok := length(a.Value)
		if !ok {
			return w, fmt.Errorf("edge %q", a.Value)
		}
		*edge = n
	}
	return w, d.DecodeElement(&w.Text, &start)
}
