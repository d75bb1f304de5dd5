// Package picture reads PNG and JPEG pictures of bounded size as they are
// displayed, cuts boxes out of them and burns boxes black.
//
//	p, err := picture.Decode(content)
//	p.Burn(image.Rect(10, 10, 200, 40))
//	err = png.Encode(w, p.Image)
//
// Contract: places are dots from the top left of the picture as a viewer displays
// it, that is turned as the camera noted in a JPEG. Colours are kept exactly, with
// 16 bits where the source has them. Nothing is kept but what is seen: no place, time,
// thumbnail or comment, no colour of a dot that is transparent. Of an animated PNG,
// which is refused, one frame would stay.
package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"
)

// Errors of Decode.
var (
	// ErrFormat: neither PNG nor JPEG, or an animated PNG.
	ErrFormat = errors.New("no PNG or JPEG picture")
	// ErrLimit: more than MaxBytes or MaxDots.
	ErrLimit = errors.New("picture too large")
	// ErrDamaged: the picture breaks off or contradicts itself.
	ErrDamaged = errors.New("damaged picture")
)

// The limits of a picture.
const (
	MaxBytes = 64 << 20
	MaxDots  = 50_000_000
)

// Picture is a picture as displayed. Its bounds begin at 0, 0.
type Picture struct {
	draw.Image        // *image.NRGBA or *image.NRGBA64
	Format     string // png or jpeg
}

// Is reports whether the content begins as a PNG or a JPEG does.
func Is(start []byte) bool {
	return bytes.HasPrefix(start, []byte("\x89PNG\r\n\x1a\n")) || bytes.HasPrefix(start, []byte("\xff\xd8\xff"))
}

// Decode reads a picture.
func Decode(r io.Reader) (Picture, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	switch {
	case err != nil:
		return Picture{}, fmt.Errorf("read picture: %w", err)
	case len(data) > MaxBytes:
		return Picture{}, fmt.Errorf("%w: more than %d bytes", ErrLimit, MaxBytes)
	case !Is(data):
		return Picture{}, ErrFormat
	}
	format, config, decode := "jpeg", jpeg.DecodeConfig, jpeg.Decode
	if data[0] == 0x89 {
		format, config, decode = "png", png.DecodeConfig, png.Decode
		if animated(data) {
			return Picture{}, fmt.Errorf("%w: it has several frames", ErrFormat)
		}
	}
	size, err := config(bytes.NewReader(data))
	if err != nil {
		return Picture{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if size.Width < 1 || size.Height < 1 || size.Width > MaxDots/size.Height {
		return Picture{}, fmt.Errorf("%w: %d by %d dots", ErrLimit, size.Width, size.Height)
	}
	img, err := decode(bytes.NewReader(data))
	if err != nil {
		return Picture{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	turn := upright
	if format == "jpeg" {
		turn = orientation(data)
	}
	return Picture{Image: displayed(img, turn), Format: format}, nil
}

// displayed copies the picture as it is displayed, in colours that are exact.
func displayed(img image.Image, turn int) draw.Image {
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	size := image.Rect(0, 0, w, h)
	if turn >= 5 {
		size = image.Rect(0, 0, h, w)
	}
	var out draw.Image
	switch img.(type) {
	case *image.Gray16, *image.RGBA64, *image.NRGBA64:
		out = image.NewNRGBA64(size)
	default:
		out = image.NewNRGBA(size)
	}
	if turn == upright {
		draw.Draw(out, size, img, b.Min, draw.Src)
		uncolour(out)
		return out
	}
	for y := range size.Dy() {
		for x := range size.Dx() {
			sx, sy := source(turn, x, y, w, h)
			out.Set(x, y, img.At(b.Min.X+sx, b.Min.Y+sy))
		}
	}
	return out
}

// uncolour takes the colour from dots that are transparent: it is not seen, and may
// be what somebody rubbed out.
func uncolour(img draw.Image) {
	pix, size := []byte(nil), 0
	switch img := img.(type) {
	case *image.NRGBA:
		pix, size = img.Pix, 4
	case *image.NRGBA64:
		pix, size = img.Pix, 8
	}
	for ; len(pix) >= size && size > 0; pix = pix[size:] {
		if pix[size*3/4] == 0 && pix[size-1] == 0 {
			clear(pix[:size])
		}
	}
}

// Burn makes the box black for good. What lies outside the picture is left out.
func (p Picture) Burn(box image.Rectangle) {
	draw.Draw(p.Image, box, image.NewUniform(color.NRGBA{A: 255}), image.Point{}, draw.Src)
}

// Pixmap is the part of the picture in the box as a binary portable pixmap (P6,
// eight bits a colour, over white): bytes that depend on the dots alone.
func (p Picture) Pixmap(box image.Rectangle) []byte {
	box = box.Intersect(p.Bounds())
	out := fmt.Appendf(nil, "P6\n%d %d\n255\n", box.Dx(), box.Dy())
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			c := color.NRGBAModel.Convert(p.At(x, y)).(color.NRGBA)
			out = append(out, over(c.R, c.A), over(c.G, c.A), over(c.B, c.A))
		}
	}
	return out
}

// over is the colour as seen on white paper.
func over(c, alpha uint8) uint8 {
	return uint8((int(c)*int(alpha) + 255*(255-int(alpha)) + 127) / 255)
}
