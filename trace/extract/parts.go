package extract

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
)

// partBytes is about how long a part may become before the next begins.
const partBytes = 3 << 20

// Cells of a row and of an opening.
const (
	rowCells     = 11
	inputCells   = 13
	openingCells = 4
)

// writer fills parts.
type writer struct {
	parts []*part
	now   *part
	size  int
	at    map[string]int // places in the lists of the part at hand, by list and text
	err   error
}

// parts are the openings and rows, by chain and in order.
func (e *Extract) parts() ([]*part, error) {
	var w writer
	for _, o := range e.Openings {
		w.begin(o.Chain)
		w.now.Openings = append(w.now.Openings, w.cells(
			w.place('@', &w.now.Addresses, o.Address.Notation(o.Chain)), w.place('$', &w.now.Assets, o.Asset.Notation(o.Chain)), o.Value, o.Row))
	}
	for i := range e.Rows {
		t := &e.Rows[i]
		w.begin(t.Chain)
		cells := []any{
			t.Number, t.Kind.String(), t.Block, t.Pos, t.Index, t.Time, w.place('#', &w.now.Txs, hexText(t.Tx)),
			w.place('@', &w.now.Addresses, t.From.Notation(t.Chain)), w.place('@', &w.now.Addresses, t.To.Notation(t.Chain)),
			w.place('$', &w.now.Assets, t.Asset.Notation(t.Chain)), t.Value,
		}
		if t.Kind == ledger.Input {
			cells = append(cells, w.place('#', &w.now.Txs, hexText(t.Spends.Tx)), t.Spends.Index)
		}
		w.now.Rows = append(w.now.Rows, w.cells(cells...))
	}
	return w.parts, w.err
}

// begin begins another part where the one at hand is of another chain, or long.
func (w *writer) begin(id chain.ID) {
	if w.now != nil && w.now.Chain == id && w.size < partBytes {
		return
	}
	w.now, w.size, w.at = &part{Chain: id}, 0, map[string]int{}
	w.parts = append(w.parts, w.now)
}

// place is where a text stands in a list of the part, which it is added to.
func (w *writer) place(list byte, in *[]string, text string) int {
	k := string(list) + text
	i, ok := w.at[k]
	if !ok {
		i = len(*in)
		w.at[k] = i
		*in = append(*in, text)
		w.size += len(text) + 4
	}
	return i
}

func (w *writer) cells(values ...any) []json.RawMessage {
	out := make([]json.RawMessage, len(values))
	for i, v := range values {
		b, err := json.Marshal(v)
		if err != nil && w.err == nil {
			w.err = err
		}
		out[i] = b
		w.size += len(b) + 1
	}
	return out
}

// lists are the lists of a part as values.
type lists struct {
	txs       []string
	addresses []ledger.Address
	assets    []ledger.Asset
}

// addPart adds what a line says.
func (e *Extract) addPart(number int, line []byte) error {
	var p part
	if err := strict(line, &p); err != nil {
		return err
	}
	switch {
	case p.Form != Form:
		return ErrForm
	case p.Trace != e.ID:
		return &FieldError{"trace", "is of another trace, " + strconv.QuoteToGraphic(clip(p.Trace))}
	case p.ID != PartID(e.ID, number):
		return &FieldError{"id", "is not that of the trace and part"}
	case p.Part != number:
		return &FieldError{"part", fmt.Sprintf("is %d, want %d", p.Part, number)}
	}
	l, err := p.lists()
	if err != nil {
		return err
	}
	for i, cells := range p.Openings {
		o := follow.Opening{Chain: p.Chain}
		if err := l.opening(cells, &o); err != nil {
			return &FieldError{"openings[" + strconv.Itoa(i) + "]", err.Error()}
		}
		e.Openings = append(e.Openings, o)
	}
	for i, cells := range p.Rows {
		t := follow.RecordedRow{Transfer: ledger.Transfer{Chain: p.Chain}}
		err := l.row(cells, &t)
		if err == nil {
			err = t.Check()
		}
		if err != nil {
			return &FieldError{"rows[" + strconv.Itoa(i) + "]", err.Error()}
		}
		e.Rows = append(e.Rows, t)
	}
	return nil
}

func (p *part) lists() (l lists, err error) {
	var r reader
	for i, text := range p.Txs {
		tx, err := parseHex(text)
		r.fail("txs", i, err)
		l.txs = append(l.txs, tx)
	}
	for i, text := range p.Addresses {
		l.addresses = append(l.addresses, r.address("addresses", i, p.Chain, text))
	}
	for i, text := range p.Assets {
		l.assets = append(l.assets, r.asset("assets", i, p.Chain, text))
	}
	return l, r.err
}

func (l *lists) opening(cells []json.RawMessage, o *follow.Opening) (err error) {
	if len(cells) != openingCells {
		return fmt.Errorf("has %d cells, want %d", len(cells), openingCells)
	}
	if o.Address, err = at(l.addresses, cells[0]); err != nil {
		return err
	}
	if o.Asset, err = at(l.assets, cells[1]); err != nil {
		return err
	}
	if err := scan(cells[2], &o.Value); err != nil {
		return err
	}
	return scan(cells[3], &o.Row)
}

func (l *lists) row(cells []json.RawMessage, t *follow.RecordedRow) (err error) {
	if len(cells) != rowCells && len(cells) != inputCells {
		return fmt.Errorf("has %d cells, want %d, or %d of an input", len(cells), rowCells, inputCells)
	}
	var kind string
	for i, to := range []any{&t.Number, &kind, &t.Block, &t.Pos, &t.Index, &t.Time} {
		if err := scan(cells[i], to); err != nil {
			return err
		}
	}
	if t.Kind, err = parseKind(kind); err != nil {
		return err
	}
	if t.Tx, err = at(l.txs, cells[6]); err != nil {
		return err
	}
	if t.From, err = at(l.addresses, cells[7]); err != nil {
		return err
	}
	if t.To, err = at(l.addresses, cells[8]); err != nil {
		return err
	}
	if t.Asset, err = at(l.assets, cells[9]); err != nil {
		return err
	}
	if err := scan(cells[10], &t.Value); err != nil {
		return err
	}
	if (t.Kind == ledger.Input) != (len(cells) == inputCells) {
		return fmt.Errorf("an input, and no other row, names what it spends")
	}
	if t.Kind != ledger.Input {
		return nil
	}
	if t.Spends.Tx, err = at(l.txs, cells[11]); err != nil {
		return err
	}
	return scan(cells[12], &t.Spends.Index)
}

// at is the value at a place of a list.
func at[T any](list []T, cell json.RawMessage) (v T, err error) {
	i := -1
	if err := scan(cell, &i); err != nil {
		return v, err
	}
	if i < 0 || i >= len(list) {
		return v, fmt.Errorf("names place %d of a list of %d", i, len(list))
	}
	return list[i], nil
}

// scan reads a cell; null would leave what was there.
func scan(cell json.RawMessage, to any) error {
	if string(cell) == "null" {
		return fmt.Errorf("a cell is null")
	}
	return json.Unmarshal(cell, to)
}
