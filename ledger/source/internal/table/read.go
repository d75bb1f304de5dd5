package table

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/source/internal/feed"
	"github.com/turtlebay/turtlebay/ledger/source/internal/spill"
)

const reasonTime = "neither seconds since 1970 nor a time as in 2024-02-29 13:59:59"

// Read reads tables by a map.
func Read(ctx context.Context, files []*feed.File, m Map, o feed.Options, t *feed.Tally) iter.Seq2[ledger.Transfer, error] {
	r := &reader{options: o, tally: t, parse: m.parse}
	if m.Index != "" {
		return counted(t, spill.Ordered(ctx, o.Dir, o.Memory, r.rows(ctx, files, m)))
	}
	return counted(t, spill.Ordered(ctx, o.Dir, o.Memory, r.number(ctx, byTransaction, r.rows(ctx, files, m))))
}

// counted counts the rows that are given.
func counted(t *feed.Tally, rows iter.Seq2[ledger.Transfer, error]) iter.Seq2[ledger.Transfer, error] {
	return func(yield func(ledger.Transfer, error) bool) {
		for row, err := range rows {
			if err == nil {
				t.Transfer()
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// reader reads rows of tables.
type reader struct {
	options feed.Options
	tally   *feed.Tally
	parse   func(*feed.Fields) ledger.Transfer
}

// rows reads them in the order of the files.
func (r *reader) rows(ctx context.Context, files []*feed.File, m Map) iter.Seq2[ledger.Transfer, error] {
	return func(yield func(ledger.Transfer, error) bool) {
		checked := -1
		for in, err := range feed.EachRow(ctx, files, r.tally, false) {
			if err == nil && checked != in.File {
				checked = in.File
				if missing := m.missing(in.Names); in.Object == nil && len(missing) > 0 {
					err = fmt.Errorf("%s: %w: no column %s", files[in.File].Name, ErrMap, intake.Quote(strings.Join(missing, ", ")))
				}
			}
			var out ledger.Transfer
			if err == nil {
				f := feed.NewFields(in.Row, r.options.Chain)
				out = r.parse(f)
				out.Chain, out.Kind = r.options.Chain, ledger.Payment
				if refusal := f.Refusal(); refusal != nil {
					out, err = ledger.Transfer{}, r.tally.Refuse(in.File, refusal)
				} else {
					r.tally.Gave(in.File)
				}
			}
			if !yield(out, err) || err != nil && !errors.As(err, new(*intake.Refusal)) {
				return
			}
		}
	}
}

// parse reads a row by the map.
func (m Map) parse(f *feed.Fields) (t ledger.Transfer) {
	t.Tx = Tx(f, m.Tx)
	t.Time = Time(f, m.Time)
	t.Block = uint64(max(t.Time, 0)) // orders where there is no height
	if m.Block != "" {
		t.Block = f.Need(m.Block, 63)
	}
	if m.Pos != "" {
		t.Pos = uint32(f.Need(m.Pos, 32))
	}
	if m.Index != "" {
		t.Index = uint32(f.Need(m.Index, 32))
	}
	t.From, t.To = f.Address(m.From), f.Address(m.To)
	if m.Asset != "" {
		t.Asset = ledger.Asset(f.Address(m.Asset))
	}
	text := f.Text(m.Value)
	value, err := chain.ParseUnits(text, m.Decimals)
	if err != nil {
		f.Fault(m.Value, feed.AmountReason(err), intake.Quote(text))
	}
	t.Value = value
	return t
}

// Tx is a transaction's id: the bytes of its hexadecimal digits, with or without 0x, and
// of any other text its own.
func Tx(f *feed.Fields, name string) string {
	text := f.Text(name)
	b, err := hex.DecodeString(strings.TrimPrefix(text, "0x"))
	if err != nil {
		b = []byte(text)
	}
	switch {
	case len(b) == 0:
		f.Fault(name, feed.ReasonMissing, "")
	case len(b) > ledger.MaxTx:
		f.Fault(name, "longer than 64 bytes", intake.Quote(text))
	}
	return string(b)
}

// Time is a time in seconds since 1970, or as RFC 3339 writes it with T or a space
// between; without a zone it is UTC.
func Time(f *feed.Fields, name string) int64 {
	text := f.Text(name)
	if n, err := strconv.ParseUint(text, 10, 40); err == nil {
		return int64(n)
	}
	for _, layout := range []string{time.DateTime, "2006-01-02T15:04:05", time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 UTC"} {
		if t, err := time.Parse(layout, text); err == nil && t.Nanosecond() == 0 && t.Unix() >= 0 {
			return t.Unix()
		}
	}
	f.Fault(name, reasonTime, intake.Quote(text))
	return 0
}

// byTransaction and byBlock are the keys by which rows are numbered.
func byTransaction(p *spill.Packer, t *ledger.Transfer) {
	p.U64(t.Block)
	p.Text(t.Tx)
}

func byBlock(p *spill.Packer, t *ledger.Transfer) { p.U64(t.Block) }

// number gives rows that share a key their index, in the order in which they came.
func (r *reader) number(ctx context.Context, key func(*spill.Packer, *ledger.Transfer), rows iter.Seq2[ledger.Transfer, error]) iter.Seq2[ledger.Transfer, error] {
	return func(yield func(ledger.Transfer, error) bool) {
		compare := func(a, b []byte) int { return bytes.Compare(lead(a), lead(b)) }
		s := spill.New(r.options.Dir, r.options.Memory, compare)
		defer s.Close()
		var k, p spill.Packer
		for t, err := range rows {
			if err == nil {
				k, p = k[:0], p[:0]
				key(&k, &t)
				p.Text(string(k))
				p.Transfer(&t)
				err = s.Add(p)
			}
			if err != nil && (!yield(ledger.Transfer{}, err) || !errors.As(err, new(*intake.Refusal))) {
				return
			}
		}
		var last []byte
		next := uint32(0)
		for record, err := range s.Sorted() {
			if err == nil {
				err = ctx.Err()
			}
			var t ledger.Transfer
			if err == nil {
				if of := lead(record); !bytes.Equal(of, last) {
					last, next = bytes.Clone(of), 0
				}
				u := spill.Unpack(record)
				u.Text()
				t, err = u.Transfer(), u.Err()
			}
			if err == nil && next == math.MaxUint32 {
				err = errors.New("more rows of one transaction or block than can be numbered")
			}
			t.Index = next
			next++
			if !yield(t, err) || err != nil {
				return
			}
		}
	}
}

// lead is the key that a record begins with, with its length.
func lead(record []byte) []byte {
	n := int(record[0])<<24 | int(record[1])<<16 | int(record[2])<<8 | int(record[3])
	return record[:4+n]
}
