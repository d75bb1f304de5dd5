package redaction

import (
	"fmt"
	"image"
	"image/png"
	"io"

	"github.com/turtlebay/turtlebay/vault/anchor"
	"github.com/turtlebay/turtlebay/vault/internal/picture"
)

const (
	pictureTool = "redact-picture@1"

	// spread is how far a JPEG smears a dot: the largest unit that it packs together
	// has 16 by 16 dots (ITU-T T.81, A.2), so that traces of what is under a box lie
	// as far around it.
	spread = 16
)

func redactPicture(w io.Writer, in io.Reader, req Request) (Result, error) {
	if err := req.only("a picture", anchor.Page); err != nil {
		return Result{}, err
	}
	p, err := picture.Decode(in)
	if err != nil {
		return Result{}, err
	}
	notes := []string{"place, time, colour profile and whatever else the picture carried beside its dots are not in the copy"}
	if p.Format == "jpeg" {
		notes = append(notes, fmt.Sprintf("boxes reach %d dots further, as a JPEG smears its dots", spread))
	}
	for _, place := range req.Places {
		box := p.Bounds()
		if place.Page > 1 {
			return Result{}, fmt.Errorf("%s: %w: a picture is one page", place, anchor.ErrAbsent)
		}
		if b := place.Box; b != (anchor.Box{}) {
			box = image.Rect(b.Left, b.Top, b.Right, b.Bottom)
		}
		if !box.Overlaps(p.Bounds()) {
			return Result{}, fmt.Errorf("%s: %w: the picture has %d by %d dots", place, anchor.ErrAbsent, p.Bounds().Dx(), p.Bounds().Dy())
		}
		if p.Format == "jpeg" {
			box = box.Inset(-spread)
		}
		p.Burn(box)
	}
	if err := png.Encode(w, p.Image); err != nil {
		return Result{}, err
	}
	return req.result("image/png", pictureTool, params{}, notes...)
}
