package anchor

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/turtlebay/turtlebay/vault/internal/escape"
)

// Kind is what a place is counted in.
type Kind string

// The kinds of places.
const (
	Page  Kind = "page"
	Bytes Kind = "bytes"
	Lines Kind = "lines"
	Time  Kind = "time"
)

// Place is a place in an item. The zero Place is none. Places are compared with ==.
type Place struct {
	Kind     Kind
	Page     int   // Page: from 1
	Box      Box   // Page: the zero Box is the whole page
	From, To int64 // Bytes: from 0; Lines: from 1; both included. Time: milliseconds, To not included
}

// Box is a part of a page, in points of a PDF or dots of a picture from the top left
// of the page as displayed. Right and Bottom are not included.
type Box struct{ Left, Top, Right, Bottom int }

const (
	maxPage   = 1_000_000
	maxEdge   = 1_000_000
	maxOffset = 1 << 53
	second    = 1000
	hour      = 3600 * second
)

var (
	pageForm  = regexp.MustCompile(`^page=(\d{1,7})(?:&box=(\d{1,7}),(\d{1,7}),(\d{1,7}),(\d{1,7}))?$`)
	rangeForm = regexp.MustCompile(`^(bytes|lines)=(\d{1,16})(?:-(\d{1,16}))?$`)
	moment    = `(\d{2,3}):([0-5]\d):([0-5]\d)(?:\.(\d{3}))?`
	timeForm  = regexp.MustCompile(`^time=` + moment + `-` + moment + `$`)
)

// Parse reads a place. "lines=3" is "lines=3-3", and the same for bytes. The error is
// ErrPlace.
func Parse(text string) (Place, error) {
	p, ok := parse(text)
	if !ok || p.check() != nil {
		return Place{}, fmt.Errorf("place %q: %w", escape.Short(text, 80), ErrPlace)
	}
	return p, nil
}

func parse(text string) (Place, bool) {
	if m := pageForm.FindStringSubmatch(text); m != nil {
		p := Place{Kind: Page, Page: int(number(m[1]))}
		p.Box = Box{int(number(m[2])), int(number(m[3])), int(number(m[4])), int(number(m[5]))}
		return p, m[2] == "" || p.Box != Box{}
	}
	if m := rangeForm.FindStringSubmatch(text); m != nil {
		if m[3] == "" {
			m[3] = m[2]
		}
		return Place{Kind: Kind(m[1]), From: number(m[2]), To: number(m[3])}, true
	}
	if m := timeForm.FindStringSubmatch(text); m != nil {
		return Place{Kind: Time, From: milliseconds(m[1:5]), To: milliseconds(m[5:9])}, true
	}
	return Place{}, false
}

// number reads digits that the form has found; none are zero.
func number(digits string) int64 {
	n, _ := strconv.ParseInt(digits, 10, 64)
	return n
}

// milliseconds reads hours, minutes, seconds and thousandths.
func milliseconds(m []string) int64 {
	return number(m[0])*hour + number(m[1])*60*second + number(m[2])*second + number(m[3])
}

// String writes the place so that Parse reads it.
func (p Place) String() string {
	switch {
	case p.Kind == Page && p.Box == Box{}:
		return fmt.Sprintf("page=%d", p.Page)
	case p.Kind == Page:
		return fmt.Sprintf("page=%d&box=%d,%d,%d,%d", p.Page, p.Box.Left, p.Box.Top, p.Box.Right, p.Box.Bottom)
	case p.Kind == Time:
		return "time=" + clock(p.From) + "-" + clock(p.To)
	}
	return fmt.Sprintf("%s=%d-%d", string(p.Kind), p.From, p.To)
}

// clock writes a moment, with thousandths where it has some.
func clock(ms int64) string {
	out := fmt.Sprintf("%02d:%02d:%02d", ms/hour, ms/(60*second)%60, ms/second%60)
	if ms%second != 0 {
		out += fmt.Sprintf(".%03d", ms%second)
	}
	return out
}

// check refuses a place that cannot be, such as one that ends before it begins.
func (p Place) check() error {
	b := p.Box
	ok := false
	switch p.Kind {
	case Page:
		ok = p.Page >= 1 && p.Page <= maxPage && p.From == 0 && p.To == 0 &&
			(b == Box{} || b.Left >= 0 && b.Top >= 0 && b.Left < b.Right && b.Top < b.Bottom && b.Right <= maxEdge && b.Bottom <= maxEdge)
	case Bytes:
		ok = p.From >= 0 && p.From <= p.To && p.To < maxOffset
	case Lines:
		ok = p.From >= 1 && p.From <= p.To && p.To < maxOffset
	case Time:
		ok = p.From >= 0 && p.From < p.To && p.To < 1000*hour
	}
	if !ok || p.Kind != Page && (p.Page != 0 || b != Box{}) {
		return ErrPlace
	}
	return nil
}

// MarshalText writes the place as String does; the error is ErrPlace.
func (p Place) MarshalText() ([]byte, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	return []byte(p.String()), nil
}

// UnmarshalText reads the place as Parse does.
func (p *Place) UnmarshalText(text []byte) (err error) {
	*p, err = Parse(string(text))
	return err
}
