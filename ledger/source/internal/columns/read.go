package columns

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/source/internal/feed"
	"github.com/turtlebay/turtlebay/ledger/source/internal/spill"
)

// batch is how many records are read at once.
const batch = 256

// Read reads Parquet files, which name the chain of each row. A refused row names its
// number in the file, from 1, as the line.
func Read(ctx context.Context, files []*feed.File, o feed.Options, t *feed.Tally) iter.Seq2[ledger.Transfer, error] {
	return spill.Ordered(ctx, o.Dir, o.Memory, func(yield func(ledger.Transfer, error) bool) {
		for _, f := range files {
			digest := ledger.NewDigest()
			want, err := each(ctx, f, func(line int, r *record) bool {
				t.Read(f.Index)
				row, refusal := transfer(r)
				if refusal != nil {
					refusal.File, refusal.Line = f.Name, line
					return yield(ledger.Transfer{}, t.Refuse(f.Index, refusal))
				}
				digest.Add(&row)
				t.Gave(f.Index)
				t.Transfer()
				return yield(row, nil)
			})
			if err == nil && want != "" && want != digest.String() {
				err = fmt.Errorf("%s: %w: its rows are not those whose digest it names", f.Name, intake.ErrBroken)
			}
			if err == nil {
				err = t.End(f)
			}
			if err != nil {
				if !errors.Is(err, errStopped) {
					yield(ledger.Transfer{}, err)
				}
				return
			}
		}
	})
}

// errStopped: whoever is given the rows wants no more.
var errStopped = errors.New("stopped")

// each hands every record of a file to a function, until that says stop, and returns
// the digest that the file names.
func each(ctx context.Context, f *feed.File, take func(line int, r *record) bool) (digest string, err error) {
	at, size, err := f.ReaderAt()
	if err != nil {
		return "", err
	}
	r, digest, err := open(at, size)
	if err != nil {
		return "", fmt.Errorf("%s: %w", f.Name, err)
	}
	defer r.Close()
	buf := make([]record, batch)
	for line := 1; ; {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		clear(buf)
		n, err := fill(r, buf)
		for i := range n {
			if !take(line, &buf[i]) {
				return "", errStopped
			}
			line++
		}
		switch {
		case err == io.EOF:
			return digest, nil
		case err != nil:
			return "", fmt.Errorf("%s:%d: %w: %w", f.Name, line, intake.ErrBroken, err)
		case n == 0:
			return "", fmt.Errorf("%s:%d: %w: no row where there should be one", f.Name, line, intake.ErrBroken)
		}
	}
}

// guard makes an error of a panic: the library gives up so on some damaged files.
func guard(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%w: %s", intake.ErrBroken, intake.Quote(fmt.Sprint(p)))
	}
}

func open(at io.ReaderAt, size int64) (r *parquet.GenericReader[record], digest string, err error) {
	defer guard(&err)
	f, err := parquet.OpenFile(at, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w", intake.ErrBroken, err)
	}
	if err := check(f.Schema()); err != nil {
		return nil, "", err
	}
	if err := bounded(at, size, f.Metadata()); err != nil {
		return nil, "", err
	}
	digest, _ = f.Lookup(digestKey)
	return parquet.NewGenericReader[record](f), digest, nil
}

func fill(r *parquet.GenericReader[record], buf []record) (n int, err error) {
	defer guard(&err)
	return r.Read(buf)
}

// transfer makes a row of the ledger of a record.
func transfer(r *record) (t ledger.Transfer, refusal *intake.Refusal) {
	fault := func(field, reason, value string) {
		if refusal == nil {
			refusal = &intake.Refusal{Field: field, Reason: reason, Detail: intake.Quote(value)}
		}
	}
	small := func(field string, n int64) uint32 {
		if n < 0 || n > math.MaxUint32 {
			fault(field, feed.ReasonNumber, strconv.FormatInt(n, 10))
		}
		return uint32(n)
	}
	id := func(field, text string) string {
		b, err := hex.DecodeString(strings.TrimPrefix(text, "0x"))
		if err != nil {
			fault(field, feed.ReasonHex, text)
		}
		return string(b)
	}
	address := func(field, text string) ledger.Address {
		a, err := ledger.ParseAddress(t.Chain, text)
		if err != nil {
			fault(field, feed.AddressReason(err), text)
		}
		return a
	}
	t.Chain, t.Block, t.Time = chain.ID(strings.Clone(r.Chain)), uint64(r.Block), r.Time
	t.Pos, t.Index = small("pos", r.Pos), small("index", r.Index)
	var ok bool
	if t.Kind, ok = kinds[r.Kind]; !ok {
		fault("kind", "none of input, output, payment", r.Kind)
	}
	t.Tx, t.From, t.To = id("tx", r.Tx), address("from", r.From), address("to", r.To)
	asset, err := ledger.ParseAsset(t.Chain, strings.Clone(r.Asset))
	if err != nil {
		fault("asset", feed.AddressReason(err), r.Asset)
	}
	t.Asset = asset
	if t.Value, err = chain.ParseAmount(r.Value); err != nil {
		fault("value", feed.AmountReason(err), r.Value)
	}
	t.Spends = ledger.Outpoint{Tx: id("spends_tx", r.SpendsTx), Index: small("spends_index", r.SpendsIndex)}
	if err := t.Check(); err != nil {
		field, reason, _ := strings.Cut(strings.TrimPrefix(err.Error(), ledger.ErrInvalid.Error()+": "), ": ")
		fault(field, reason, "")
	}
	return t, refusal
}

var kinds = map[string]ledger.Kind{
	"": ledger.Payment, ledger.Input.String(): ledger.Input, ledger.Output.String(): ledger.Output, ledger.Payment.String(): ledger.Payment,
}
