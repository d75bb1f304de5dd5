package poppler

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/turtlebay/turtlebay/vault/internal/child"
)

const (
	maxPixels   = 40_000_000      // of one page: A0 at 150 dots an inch is 35 million
	perPage     = 2 * time.Second // beside the 30 seconds of the whole document
	drawsMemory = 2 << 30
)

// Raster is a drawn page: three bytes a pixel (red, green, blue), row after row
// from the top.
type Raster struct {
	Width, Height int
	Pix           []byte
}

// Draw draws every page with dpi dots to the inch and hands them over in order. The
// raster's memory is used again for the next page. pages are what Sizes gave: a page
// that does not come out in its size is an error, so that none is left out or
// mistaken for another.
func Draw(ctx context.Context, content io.Reader, pages []Size, dpi int, do func(page int, r Raster) error) ([]string, error) {
	total := int64(0)
	for i, p := range pages {
		w, h := dots(p.Width, dpi), dots(p.Height, dpi)
		if w < 1 || h < 1 || w > maxPixels || h > maxPixels || w*h > maxPixels {
			return nil, fmt.Errorf("page %d: %w: %d by %d dots, at most %d in all", i+1, child.ErrLimit, w, h, maxPixels)
		}
		total += 3*(w+1)*(h+1) + 64
	}
	wall := 30*time.Second + time.Duration(len(pages))*perPage
	report, err := child.Run(ctx, child.Command{
		Program: "pdftoppm", Args: []string{"-r", strconv.Itoa(dpi), "-cropbox", "-"},
		Stdin: content, Memory: drawsMemory, Output: total, Wall: wall,
	}, func(r io.Reader) error { return rasters(r, pages, dpi, do) })
	return notes("pdftoppm", report), err
}

// dots is a length in dots, rounded up: a page may be one dot smaller or larger.
func dots(length int64, dpi int) int64 { return (length*int64(dpi) + 72*Point - 1) / (72 * Point) }

func rasters(r io.Reader, pages []Size, dpi int, do func(int, Raster) error) error {
	in := bufio.NewReaderSize(r, 64<<10)
	var raster Raster
	for i, p := range pages {
		var err error
		if raster.Width, raster.Height, err = header(in); err != nil {
			return fmt.Errorf("%w: page %d was not drawn: %w", child.ErrFailed, i+1, err)
		}
		if !near(raster.Width, dots(p.Width, dpi)) || !near(raster.Height, dots(p.Height, dpi)) {
			return fmt.Errorf("%w: page %d was drawn with %d by %d dots", child.ErrFailed, i+1, raster.Width, raster.Height)
		}
		n := 3 * raster.Width * raster.Height
		if cap(raster.Pix) < n {
			raster.Pix = make([]byte, n)
		}
		raster.Pix = raster.Pix[:n]
		if _, err := io.ReadFull(in, raster.Pix); err != nil {
			return fmt.Errorf("%w: page %d was drawn in part: %w", child.ErrFailed, i+1, err)
		}
		if err := do(i+1, raster); err != nil {
			return err
		}
	}
	if _, err := in.ReadByte(); err != io.EOF {
		return fmt.Errorf("%w: more pages were drawn than there are", child.ErrFailed)
	}
	return nil
}

func near(got int, want int64) bool {
	return got > 0 && int64(got)-want <= 1 && want-int64(got) <= 1
}

// header reads the beginning of a binary pixmap, "P6", width, height and depth.
func header(in *bufio.Reader) (width, height int, err error) {
	var fields [4]string
	for i := range fields {
		if fields[i], err = field(in); err != nil {
			return 0, 0, err
		}
	}
	width, errW := strconv.Atoi(fields[1])
	height, errH := strconv.Atoi(fields[2])
	if fields[0] != "P6" || fields[3] != "255" || errW != nil || errH != nil {
		return 0, 0, fmt.Errorf("header %q", fields)
	}
	return width, height, nil
}

// field reads to the white space that ends a field of a header.
func field(in *bufio.Reader) (string, error) {
	var out []byte
	for len(out) < 16 {
		b, err := in.ReadByte()
		if err != nil {
			return "", err
		}
		if b == ' ' || b == '\n' {
			return string(out), nil
		}
		out = append(out, b)
	}
	return "", errors.New("no pixmap")
}
