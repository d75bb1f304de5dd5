// Package poppler asks the programs of Poppler about a PDF, which may be hostile:
// each runs as a limited child process (package child) that gets the bytes on its
// standard input, so that no plain copy of them lies on a disk.
//
//	lines, notes, err := poppler.Text(ctx, content, 3)     // the words of page 3
//	pages, notes, err := poppler.Sizes(ctx, content)       // the pages as displayed
//	notes, err := poppler.Draw(ctx, content, pages, 150, func(page int, r poppler.Raster) error { … })
//
// Contract: a page is what a viewer displays, its crop box turned as the page says;
// places are counted from its top left. Lengths are millionths of a point, as whole
// numbers. What the programs could not be kept from, or complained about, is in the
// notes. Errors are child.ErrMissing (Poppler is not installed), child.ErrLimit,
// child.ErrFailed (no PDF, or damaged, or locked with a password) and ErrNoPage.
package poppler

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/turtlebay/turtlebay/vault/internal/child"
)

// ErrNoPage: the document has fewer pages.
var ErrNoPage = errors.New("no such page")

// MaxPages is how many pages a document may have whose pages are listed or drawn.
const MaxPages = 2000

// Point is one point, 1/72 inch, in the unit of this package.
const Point = 1_000_000

const (
	wall    = 20 * time.Second
	memory  = 1 << 30
	maxText = 32 << 20 // what pdftotext may say about one page
)

// Size is the width and height of a page as displayed.
type Size struct{ Width, Height int64 }

// Version is the version of a program of Poppler, such as "22.12.0".
func Version(ctx context.Context, program string) (string, error) {
	report, err := child.Run(ctx, child.Command{Program: program, Args: []string{"-v"}, Wall: 10 * time.Second, Output: 4 << 10}, ignore)
	if err != nil && !errors.Is(err, child.ErrFailed) { // old versions end with 99
		return "", err
	}
	words := strings.Fields(report.Stderr)
	if len(words) < 3 || words[0] != program || words[1] != "version" {
		return "", fmt.Errorf("version of %s: not told: %w", program, child.ErrFailed)
	}
	return words[2], nil
}

func ignore(io.Reader) error { return nil }

// pageLine is a line of pdfinfo about one page.
var pageLine = regexp.MustCompile(`^Page +(\d+) (size|rot): +(.*)$`)

// Sizes lists the pages of the document. At most MaxPages, else child.ErrLimit.
func Sizes(ctx context.Context, content io.Reader) ([]Size, []string, error) {
	var out []byte
	report, err := child.Run(ctx, child.Command{
		Program: "pdfinfo", Args: []string{"-f", "1", "-l", strconv.Itoa(MaxPages), "-"},
		Stdin: content, Wall: wall, Memory: memory, Output: 1 << 20,
	}, func(r io.Reader) (err error) {
		out, err = io.ReadAll(r)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	pages, err := sizes(out)
	return pages, notes("pdfinfo", report), err
}

// sizes reads what pdfinfo printed. The document's own title and the like come before
// the number of pages and may hold lines that look like that; nothing of its own
// words comes after.
func sizes(out []byte) ([]Size, error) {
	var pages []Size
	total := -1
	for line := range strings.Lines(string(out)) {
		line = strings.TrimRight(line, "\r\n")
		if n, ok := strings.CutPrefix(line, "Pages:"); ok {
			total, _ = strconv.Atoi(strings.TrimSpace(n))
			pages = nil
		}
		m := pageLine.FindStringSubmatch(line)
		if m == nil || total < 0 {
			continue
		}
		number, _ := strconv.Atoi(m[1])
		switch {
		case m[2] == "size" && number == len(pages)+1:
			size, err := parseSize(m[3])
			if err != nil {
				return nil, fmt.Errorf("page %d: %w", number, err)
			}
			pages = append(pages, size)
		case m[2] == "rot" && number > 0 && number == len(pages) && (m[3] == "90" || m[3] == "270"):
			last := &pages[number-1]
			last.Width, last.Height = last.Height, last.Width
		}
	}
	switch {
	case total > MaxPages:
		return nil, fmt.Errorf("%w: %d pages, at most %d are read", child.ErrLimit, total, MaxPages)
	case total < 1 || total != len(pages):
		return nil, fmt.Errorf("%w: %d pages announced, %d found", child.ErrFailed, max(0, total), len(pages))
	}
	return pages, nil
}

// parseSize reads "595.276 x 841.89 pts (A4)".
func parseSize(text string) (Size, error) {
	fields := strings.Fields(text)
	if len(fields) >= 4 && fields[1] == "x" && fields[3] == "pts" {
		w, okW := length(fields[0])
		h, okH := length(fields[2])
		if okW && okH && w > 0 && h > 0 {
			return Size{w, h}, nil
		}
	}
	return Size{}, fmt.Errorf("%w: no usable size: %q", child.ErrFailed, text)
}

// length reads a plain decimal as millionths; digits beyond the sixth are dropped.
func length(text string) (int64, bool) {
	text, negative := strings.CutPrefix(text, "-")
	whole, fraction, _ := strings.Cut(text, ".")
	if len(fraction) > 6 {
		fraction = fraction[:6]
	}
	digits := whole + fraction + strings.Repeat("0", 6-len(fraction))
	if whole == "" || len(whole) > 9 || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if negative {
		n = -n
	}
	return n, err == nil
}

// notes are what a run has to say beside its result.
func notes(program string, r child.Report) []string {
	out := r.Notes
	if r.Stderr != "" {
		out = append(out, program+" complained: "+r.Stderr)
	}
	return out
}

// IsPDF reports whether the content begins as a PDF does. Readers look for the
// mark in the first 1,024 bytes.
func IsPDF(r *bufio.Reader) bool {
	start, _ := r.Peek(1024)
	return bytes.Contains(start, []byte("%PDF-"))
}
