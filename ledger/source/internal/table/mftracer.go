package table

import (
	"context"
	"iter"
	"strings"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/source/internal/feed"
	"github.com/turtlebay/turtlebay/ledger/source/internal/spill"
)

// USD is the asset in which MFTracer counts whatever moved; its base unit is a
// millionth of a dollar.
const (
	USD         ledger.Asset = "USD"
	USDDecimals uint8        = 6
)

// noteRounded: how often decimals were lost. They are those of prices, not of coins.
const noteRounded = "a value was rounded to millionths of a dollar"

// ground are the columns of MFTracer's files.
var ground = Map{Tx: "Tx_hash", From: "From", To: "To", Value: "Value_in_USD", Block: "Block", Time: "Timestamp"}

// IsGround reports whether columns are those of MFTracer.
func IsGround(columns []string) bool { return len(ground.missing(columns)) == 0 }

// ReadGround reads MFTracer's ground truth. The rows of a block stay in the order of
// the file, its only one: Pos is 0 and Index the row's number in its block.
func ReadGround(ctx context.Context, files []*feed.File, o feed.Options, t *feed.Tally) iter.Seq2[ledger.Transfer, error] {
	r := &reader{options: o, tally: t}
	r.parse = func(f *feed.Fields) (out ledger.Transfer) {
		out.Tx, out.Time, out.Block = f.NeedHash(ground.Tx), Time(f, ground.Time), f.Need(ground.Block, 63)
		out.From, out.To = f.NeedAddress(ground.From), f.NeedAddress(ground.To)
		out.Asset = USD
		text := f.Text(ground.Value)
		value, rounded, err := round(text, USDDecimals)
		switch {
		case err != nil:
			f.Fault(ground.Value, feed.AmountReason(err), intake.Quote(text))
		case rounded && f.Refusal() == nil:
			t.Note(noteRounded)
		}
		out.Value = value
		return out
	}
	return counted(t, spill.Ordered(ctx, o.Dir, o.Memory, r.number(ctx, byBlock, r.rows(ctx, files, ground))))
}

// round reads a decimal number to so many decimals; a half is rounded up.
func round(text string, decimals uint8) (value chain.Amount, rounded bool, err error) {
	whole, fraction, _ := strings.Cut(text, ".")
	if len(fraction) <= int(decimals) {
		value, err = chain.ParseUnits(text, decimals)
		return value, false, err
	}
	if value, err = chain.ParseUnits(whole+"."+fraction[:decimals], decimals); err != nil {
		return value, false, err
	}
	rest := fraction[decimals:]
	if strings.Trim(rest, "0123456789") != "" {
		return value, false, &chain.AmountError{Text: text, Err: chain.ErrNotNumber}
	}
	if rest[0] >= '5' {
		var small bool
		if value, small = value.Add(chain.Units64(1)); !small {
			return value, false, &chain.AmountError{Text: text, Err: chain.ErrTooBig}
		}
	}
	return value, strings.Trim(rest, "0") != "", nil
}
