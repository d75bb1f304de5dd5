// Package anchor points into items of evidence and fetches what stands there.
//
//	place, err := anchor.Parse("page=3&box=72,100,300,140")
//	quote, err := anchor.Resolve(ctx, content, "application/pdf", place)
//	cited := anchor.Anchor{Item: sha256OfItem, At: place, Quote: quote.SHA256}
//	…
//	quote, err = anchor.Check(ctx, content, "application/pdf", cited) // years later
//
// Contract: an item is only ever read, as a stream and in bounded memory; nothing is
// written to a disk. The same bytes at the same place give the same quote, but for
// the text of a PDF, which is what pdftotext reads there: the quote names its
// version, and white space does not count in it. PDFs are read by a child process
// with limits and without a network; where it could not be closed in, the quote says
// so. Text in a quote is as hostile as the item it comes from: whoever prints it
// escapes it.
//
// # Places
//
//	page=3                      the words of a page of a PDF, from 1; a picture is one page
//	page=3&box=72,100,300,140   those whose middle lies in a box: left, top, right, bottom,
//	                            in points from the top left of the page as displayed; of a
//	                            picture (PNG, JPEG) the dots in the box
//	bytes=120-340               the bytes from the first to the second, both included, from 0
//	lines=3-5                   lines from 1, both included, without the last one's line end;
//	                            a byte order mark belongs to no line
//	time=00:01:05-00:01:20      captions (SRT, WebVTT) on screen between the two moments; of a
//	                            recording (WAV, PCM) that part; 00:01:05.250 is a moment, too
//
// Bytes, lines and time of a gzipped item are those of what is packed.
package anchor

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/turtlebay/turtlebay/vault/internal/child"
)

// Errors, for errors.Is.
var (
	// ErrPlace: the text is no place.
	ErrPlace = errors.New("not a place in an item")
	// ErrKind: the item has no places of this kind, such as pages in a text.
	ErrKind = errors.New("the item has no such places")
	// ErrAbsent: the item ends before the place, or nothing is there to quote.
	ErrAbsent = errors.New("nothing at that place")
	// ErrLimit: reading the place would take more memory, time or output than is
	// allowed; the item may be a bomb.
	ErrLimit = errors.New("too large to read")
	// ErrDamaged: the item cannot be read as what it is.
	ErrDamaged = errors.New("the item is damaged")
	// ErrProgram: Poppler is not installed.
	ErrProgram = child.ErrMissing
	// ErrQuote: something else stands at the place than was cited.
	ErrQuote = errors.New("the quote differs")
	// ErrItem: these are not the bytes of the item cited.
	ErrItem = errors.New("not the item cited")
)

// MaxQuote is how many bytes a quote may have.
const MaxQuote = 64 << 20

// Anchor is a place in an item, with the digest of what stood there when it was cited.
type Anchor struct {
	Item  string `json:"item"`            // SHA-256 of the item, 64 hexadecimal digits
	At    Place  `json:"at"`              // as text
	Quote string `json:"quote,omitempty"` // SHA-256 of the quote, 64 hexadecimal digits
}

// Quote is what stands at a place.
type Quote struct {
	Text   string   // for people; empty when it is no text. Any character may be in it
	Bytes  []byte   // what the digest is taken of
	Media  string   // the media type of Bytes
	SHA256 string   // of Bytes, lower-case hexadecimal
	Tool   string   // name@version of the program that read it; empty: this package
	Notes  []string // what a reader of the quote should know about how it was read
}

// of makes a quote of bytes.
func of(media, text string, data []byte) Quote {
	sum := sha256.Sum256(data)
	return Quote{Text: text, Bytes: data, Media: media, SHA256: hex.EncodeToString(sum[:])}
}

// Check reads the whole item and says whether it is the one cited (else ErrItem) and
// whether what was quoted stands there (else ErrQuote, with the quote that does).
func Check(ctx context.Context, content io.Reader, media string, a Anchor) (Quote, error) {
	hash := sha256.New()
	tee := io.TeeReader(content, hash)
	quote, resolveErr := Resolve(ctx, tee, media, a.At)
	if err := ctx.Err(); err != nil {
		return Quote{}, err
	}
	if _, err := io.Copy(io.Discard, tee); err != nil {
		return Quote{}, fmt.Errorf("read item: %w", err)
	}
	switch {
	case hex.EncodeToString(hash.Sum(nil)) != a.Item:
		return Quote{}, fmt.Errorf("anchor %s: %w", a.At, ErrItem)
	case resolveErr != nil:
		return Quote{}, resolveErr
	case quote.SHA256 != a.Quote:
		return quote, fmt.Errorf("anchor %s: %w", a.At, ErrQuote)
	}
	return quote, nil
}
