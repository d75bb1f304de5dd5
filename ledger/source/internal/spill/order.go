package spill

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"iter"

	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/ledger"
)

const leadSize = 8 + 4 + 1 + 4 // of a row before its transaction: see Packer.Transfer

// compareTransfers orders rows as ledger.Compare does.
func compareTransfers(a, b []byte) int {
	if c := bytes.Compare(a[:leadSize], b[:leadSize]); c != 0 {
		return c
	}
	return bytes.Compare(txOf(a), txOf(b))
}

func txOf(record []byte) []byte {
	n := binary.BigEndian.Uint32(record[leadSize:])
	return record[leadSize+4:][:n]
}

// Ordered gives the rows in the order of ledger.Compare. Refusals are passed on as
// they come, before the rows; any other error ends the stream.
func Ordered(ctx context.Context, dir string, memory int, rows iter.Seq2[ledger.Transfer, error]) iter.Seq2[ledger.Transfer, error] {
	return func(yield func(ledger.Transfer, error) bool) {
		s := New(dir, memory, compareTransfers)
		defer s.Close()
		var p Packer
		for t, err := range rows {
			if err == nil {
				err = ctx.Err()
			}
			if err == nil {
				p = p[:0]
				p.Transfer(&t)
				err = s.Add(p)
			}
			refused := errors.As(err, new(*intake.Refusal))
			if err != nil && (!yield(ledger.Transfer{}, err) || !refused) {
				return
			}
		}
		for record, err := range s.Sorted() {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(ledger.Transfer{}, err)
				return
			}
			u := Unpack(record)
			t := u.Transfer()
			if !yield(t, u.Err()) || u.Err() != nil {
				return
			}
		}
	}
}
