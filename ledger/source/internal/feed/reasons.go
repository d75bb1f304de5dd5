package feed

import (
	"context"
	"errors"
	"iter"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/intake"
)

// AmountReason is why an amount is refused, as receipts count it.
func AmountReason(err error) string {
	return sentinel(err, "not an amount", chain.ErrNotNumber, chain.ErrNegative, chain.ErrTooBig, chain.ErrTooFine)
}

// AddressReason is why an address is refused, as receipts count it.
func AddressReason(err error) string {
	return sentinel(err, "not an address", chain.ErrUnknown, chain.ErrForm, chain.ErrLength, chain.ErrCharacter,
		chain.ErrChecksum, chain.ErrNetwork, chain.ErrCase, chain.ErrCaseLost)
}

func sentinel(err error, other string, of ...error) string {
	for _, s := range of {
		if errors.Is(err, s) {
			return s.Error()
		}
	}
	return other
}

// NoteEmpty is noted of a file without any content, which some exporters write where
// there is nothing to tell.
const NoteEmpty = "a file is empty"

// EachRow reads all rows of the files, one file after the other, and counts them.
// Refusals are counted and yielded; any other error is the last thing yielded. Where
// mayBeEmpty is not set, a file without rows is an error.
func EachRow(ctx context.Context, files []*File, t *Tally, mayBeEmpty bool) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for _, f := range files {
			src, err := f.Rows()
			if mayBeEmpty && errors.Is(err, intake.ErrEmpty) {
				t.Note(NoteEmpty)
				if err = t.End(f); err == nil {
					continue
				}
			}
			if err != nil {
				yield(Row{}, err)
				return
			}
			for row, err := range src.Rows() {
				var refusal *intake.Refusal
				switch {
				case errors.As(err, &refusal):
					t.Read(f.Index)
					t.Refuse(f.Index, refusal)
				case err != nil:
					yield(Row{}, err)
					return
				default:
					t.Read(f.Index)
					err = ctx.Err()
				}
				if !yield(Row{Row: row, File: f.Index}, err) || err != nil && refusal == nil {
					return
				}
			}
			if err := t.End(f); err != nil {
				yield(Row{}, err)
				return
			}
		}
	}
}

// Row is a row of a file.
type Row struct {
	intake.Row
	File int // Index of the file
}
