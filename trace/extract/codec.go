package extract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/gowebpki/jcs"
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/price"
)

// Encode gives the lines of the file, without line ends; see Write.
func (e *Extract) Encode() ([][]byte, error) {
	h, err := e.head()
	if err != nil {
		return nil, fmt.Errorf("write trace %q: %w", e.ID, err)
	}
	parts, err := e.parts()
	if err != nil {
		return nil, fmt.Errorf("write trace %q: %w", e.ID, err)
	}
	h.Parts = len(parts)
	lines := make([][]byte, 1+len(parts))
	if lines[0], err = canonical(h); err != nil {
		return nil, fmt.Errorf("write trace %q: %w", e.ID, err)
	}
	for i, p := range parts {
		p.Form, p.ID, p.Trace, p.Part, p.Marking = Form, PartID(e.ID, i+1), e.ID, i+1, e.Marking
		if lines[1+i], err = canonical(p); err != nil {
			return nil, fmt.Errorf("write trace %q: part %d: %w", e.ID, i+1, err)
		}
	}
	return lines, nil
}

// Parts stands between a trace's id and the number of a further line.
const Parts = ".part-"

// PartID is the id of a line: the trace's for the first, which is line 0.
func PartID(trace string, line int) string {
	if line == 0 {
		return trace
	}
	return fmt.Sprintf("%s%s%04d", trace, Parts, line)
}

// Write writes the file.
func (e *Extract) Write(w io.Writer) error {
	lines, err := e.Encode()
	if err != nil {
		return err
	}
	for _, line := range lines {
		if _, err := w.Write(append(line, '\n')); err != nil {
			return fmt.Errorf("write trace %q: %w", e.ID, err)
		}
	}
	return nil
}

// canonical is a line in the form of RFC 8785.
func canonical(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	if b, err = jcs.Transform(b); err == nil && len(b) > MaxLine {
		err = ErrTooLarge
	}
	return b, err
}

// head is the first line.
func (e *Extract) head() (*head, error) {
	if e.ID == "" {
		return nil, &FieldError{"id", "is missing"}
	}
	f := &head{Form: Form, ID: e.ID, Title: e.Title, Incident: e.Incident, Exercise: e.Exercise, Marking: e.Marking, Cut: e.Cut, Notes: e.Notes, Wide: e.Wide, Applied: e.Applied, Stopped: stopOf(e.Stopped), Rules: rules{
		Policies: e.Rules.Policies, Bounds: e.Rules.Bounds, Until: e.Rules.Until, Hub: e.Rules.Hub, Deposits: e.Rules.Deposits,
	}}
	for _, l := range e.Ledgers {
		f.Ledgers = append(f.Ledgers, held(l))
	}
	for _, t := range e.Thefts {
		to := theft{ID: t.ID}
		for _, m := range t.Marks {
			to.Marks = append(to.Marks, markOf(m))
		}
		f.Thefts = append(f.Thefts, to)
	}
	for _, l := range e.Links {
		f.Links = append(f.Links, link{l.ID, l.Kind, markOf(l.Out), markOf(l.In), l.Confidence, l.Method, l.Error})
	}
	for _, d := range e.Rules.Dust {
		f.Rules.Dust = append(f.Rules.Dust, floor{d.Chain, d.Asset.Notation(d.Chain), d.Least})
	}
	for _, a := range e.Assets {
		f.Assets = append(f.Assets, asset{a.Chain, a.Asset.Asset.Notation(a.Chain), a.Symbol, a.Decimals, a.Source})
	}
	for _, p := range e.Prices {
		f.Prices = append(f.Prices, cost{p.Of.Chain, p.Of.Asset.Notation(p.Of.Chain), p.Time, p.USD.String(), p.Source})
	}
	for _, s := range e.Services {
		f.Services = append(f.Services, serviceOf(s))
	}
	if e.Found != nil {
		f.Found = foundOf(e.Found)
	}
	return f, nil
}

func markOf(m follow.Mark) mark { return mark{m.Chain, hexText(m.Tx), m.Kind.String(), m.Index} }

func serviceOf(s follow.Met) service {
	return service{s.Chain, s.Address.Notation(s.Chain), s.Class, s.Name, s.Confidence, s.Source, s.Date, s.Note}
}

// Decode reads the lines of a file. Errors wrap ErrForm, ErrTooLarge, or are a
// *FieldError.
func Decode(lines [][]byte) (*Extract, error) {
	if len(lines) == 0 {
		return nil, fmt.Errorf("read trace: %w", ErrForm)
	}
	var h head
	if err := strict(lines[0], &h); err != nil {
		return nil, fmt.Errorf("read trace: line 1: %w", err)
	}
	if h.Form != Form {
		return nil, fmt.Errorf("read trace: %w", ErrForm)
	}
	e, err := h.extract()
	if err == nil && h.Parts != len(lines)-1 {
		err = &FieldError{"parts", fmt.Sprintf("the head says %d, there are %d", h.Parts, len(lines)-1)}
	}
	for i, line := range lines[1:] {
		if err != nil {
			break
		}
		if err = e.addPart(i+1, line); err != nil {
			err = fmt.Errorf("line %d: %w", i+2, err)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read trace %q: %w", clip(h.ID), err)
	}
	return e, nil
}

// Read reads a file from a stream; see Decode.
func Read(r io.Reader) (*Extract, error) {
	b, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read trace: %w", err)
	case len(b) > MaxBytes:
		return nil, fmt.Errorf("read trace: %w", ErrTooLarge)
	}
	return Decode(bytes.Split(bytes.TrimSuffix(b, []byte("\n")), []byte("\n")))
}

// strict reads one line that has no unknown member.
func strict(line []byte, to any) error {
	if len(line) > MaxLine {
		return ErrTooLarge
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return fmt.Errorf("%w: %w", ErrForm, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: there is more behind it", ErrForm)
	}
	return nil
}

// reader turns members into values and keeps the first fault.
type reader struct{ err error }

func (r *reader) fail(field string, i int, err error) {
	if err != nil && r.err == nil {
		r.err = &FieldError{field + "[" + strconv.Itoa(i) + "]", err.Error()}
	}
}

func (r *reader) mark(field string, i int, m mark) follow.Mark {
	kind, err := parseKind(m.Kind)
	r.fail(field, i, err)
	tx, err := parseHex(m.Tx)
	r.fail(field, i, err)
	return follow.Mark{Chain: m.Chain, Tx: tx, Kind: kind, Index: m.Index}
}

func (r *reader) asset(field string, i int, id chain.ID, text string) ledger.Asset {
	a, err := ledger.ParseAsset(id, text)
	r.fail(field, i, err)
	return a
}

func (r *reader) address(field string, i int, id chain.ID, text string) ledger.Address {
	a, err := ledger.ParseAddress(id, text)
	r.fail(field, i, err)
	return a
}

func (f *head) extract() (*Extract, error) {
	if f.ID == "" {
		return nil, &FieldError{"id", "is missing"}
	}
	e := &Extract{ID: f.ID, Title: f.Title, Incident: f.Incident, Exercise: f.Exercise, Marking: f.Marking, Cut: f.Cut, Notes: f.Notes, Wide: f.Wide, Applied: f.Applied, Stopped: f.Stopped.value(), Rules: follow.Rules{
		Policies: f.Rules.Policies, Bounds: f.Rules.Bounds, Until: f.Rules.Until, Hub: f.Rules.Hub, Deposits: f.Rules.Deposits,
	}}
	var r reader
	for _, l := range f.Ledgers {
		e.Ledgers = append(e.Ledgers, follow.Ledger(l))
	}
	for i, t := range f.Thefts {
		to := follow.Theft{ID: t.ID}
		for _, m := range t.Marks {
			to.Marks = append(to.Marks, r.mark("thefts", i, m))
		}
		e.Thefts = append(e.Thefts, to)
	}
	for i, l := range f.Links {
		e.Links = append(e.Links, follow.Link{
			ID: l.ID, Kind: l.Kind, Out: r.mark("links", i, l.Out), In: r.mark("links", i, l.In),
			Confidence: l.Confidence, Method: l.Method, Error: l.Error,
		})
	}
	for i, d := range f.Rules.Dust {
		e.Rules.Dust = append(e.Rules.Dust, follow.Floor{Chain: d.Chain, Asset: r.asset("dust", i, d.Chain, d.Asset), Least: d.Least})
	}
	for i, a := range f.Assets {
		e.Assets = append(e.Assets, Asset{
			price.Asset{Chain: a.Chain, Asset: r.asset("assets", i, a.Chain, a.Asset)},
			price.Fact{Symbol: a.Symbol, Decimals: a.Decimals, Source: a.Source},
		})
	}
	for i, p := range f.Prices {
		usd, err := price.ParseDecimal(p.USD)
		r.fail("prices", i, err)
		e.Prices = append(e.Prices, Price{
			price.Asset{Chain: p.Chain, Asset: r.asset("prices", i, p.Chain, p.Asset)}, price.Price{Time: p.Time, USD: usd, Source: p.Source},
		})
	}
	for i, s := range f.Services {
		e.Services = append(e.Services, s.met(&r, i))
	}
	if f.Found != nil {
		e.Found = f.Found.answer(&r)
	}
	return e, r.err
}

func (s service) met(r *reader, i int) follow.Met {
	return follow.Met{
		Chain: s.Chain, Address: r.address("services", i, s.Chain, s.Address),
		Service: follow.Service{Class: s.Class, Name: s.Name, Confidence: s.Confidence, Source: s.Source, Date: s.Date, Note: s.Note},
	}
}
