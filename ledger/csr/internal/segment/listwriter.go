package segment

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/memory"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/sections"
)

// listWriter makes the lists of one direction.
type listWriter struct {
	ends []uint32 // where each account's rows end, in rows; then in the section
	rows []uint32 // dealt to accounts
}

// free gives memory back.
func (l *listWriter) free() {
	memory.Free(l.ends)
	memory.Free(l.rows)
	*l = listWriter{}
}

// deal reads the column of a direction back, twice, and gives each row to its account.
func (l *listWriter) deal(ctx context.Context, column *sections.Column, accounts int) error {
	ends := memory.Make[uint32](accounts)
	l.ends = ends
	err := eachAccount(ctx, column, func(_ uint32, ids []byte) {
		for i := 0; i+4 <= len(ids); i += 4 {
			ends[binary.LittleEndian.Uint32(ids[i:])]++
		}
	})
	if err != nil {
		return err
	}
	var total uint32
	if len(ends) > 0 {
		ends[ledger.Nobody] = 0
	}
	for id, n := range ends {
		ends[id] = total
		total += n
	}
	rows := memory.Make[uint32](int(total))
	l.rows = rows
	return eachAccount(ctx, column, func(row uint32, ids []byte) {
		for i := 0; i+4 <= len(ids); i += 4 {
			if id := binary.LittleEndian.Uint32(ids[i:]); id != uint32(ledger.Nobody) {
				rows[ends[id]] = row
				ends[id]++
			}
			row++
		}
	})
}

// eachAccount hands on a column of accounts by portions, each with the row it begins at.
func eachAccount(ctx context.Context, column *sections.Column, take func(row uint32, ids []byte)) error {
	row := uint32(0)
	for part, err := range column.Back() {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		take(row, part)
		row += uint32(len(part) / 4)
	}
	return nil
}

// write writes the lists into sections from a base on.
func (l *listWriter) write(w *sections.Writer, base int) error {
	out, err := w.Append(base + listRows)
	if err != nil {
		return err
	}
	var buf []byte
	present, from := 0, uint32(0)
	for id, end := range l.ends {
		if end > from {
			buf = binary.AppendUvarint(buf[:0], uint64(end-from))
			last := uint32(0)
			for _, row := range l.rows[from:end] {
				buf = binary.AppendUvarint(buf, uint64(row-last))
				if last = row; len(buf) > 1<<15 {
					out.Bytes(buf)
					buf = buf[:0]
				}
			}
			out.Bytes(buf)
			present++
		}
		from = end
		l.ends[id] = uint32(out.Written())
	}
	if out.Written() > 1<<32-1 {
		return fmt.Errorf("lists of %d bytes are too long", out.Written())
	}
	return l.writeEnds(w, base, 2*present < len(l.ends))
}

// writeEnds writes where each list ends: of all accounts, or of those with rows.
func (l *listWriter) writeEnds(w *sections.Writer, base int, few bool) error {
	if few {
		ids, err := w.Append(base + listIDs)
		if err != nil {
			return err
		}
		last := uint32(0)
		for id, end := range l.ends {
			if end != last {
				ids.U32(uint32(id))
			}
			last = end
		}
	}
	ends, err := w.Append(base + listEnds)
	if err != nil {
		return err
	}
	last := uint32(0)
	for _, end := range l.ends {
		if !few || end != last {
			ends.U32(end)
		}
		last = end
	}
	return ends.Err()
}
