// Package source turns files into transfers: the exports of ethereum-etl and
// bitcoin-etl, Bitcoin's block files, tables of any columns, and Parquet.
//
// # Contract
//
// [Open] looks at the files and settles their [Format]; gzip and bzip2 are recognised by
// content. [Reading.Transfers] streams the rows of all files in the order of
// [ledger.Compare], as [ledger.Store.Append] takes them, whatever order they stand in:
// what exceeds [Options.Memory] is sorted on disk. A row that cannot be read comes as an
// *intake.Refusal, which names file, line, field and reason, and the rest is read; any
// other error ends the stream, because what a file that broke off would have said is not
// known. [Reading.Receipt] accounts for every row.
//
// What no source says is not guessed: a time, a position where others have one, a
// height. What had to be taken for granted (that a transaction without a status
// succeeded, that a fee is not known) is in [Receipt.Notes], with how often.
//
// The formats, column by column, and how each becomes rows are in docs/ledger-sources.md.
//
// # Example
//
//	r, err := source.Open([]string{"transactions.csv.gz", "traces.csv.gz"}, source.Options{})
//	if err != nil {
//		return err
//	}
//	defer r.Close()
//	kept, err := store.Append(ctx, r.Transfers(ctx))
//	if err != nil {
//		return err
//	}
//	fmt.Print(r.Receipt(), kept)
package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/source/internal/columns"
	"github.com/turtlebay/turtlebay/ledger/source/internal/ethereum"
	"github.com/turtlebay/turtlebay/ledger/source/internal/feed"
	"github.com/turtlebay/turtlebay/ledger/source/internal/script"
	"github.com/turtlebay/turtlebay/ledger/source/internal/table"
	"github.com/turtlebay/turtlebay/ledger/source/internal/utxo"
)

// Errors, for errors.Is. Those of whole files of text are intake's.
var (
	// ErrFormat: the files are of no format that is read here, or of several.
	ErrFormat = errors.New("format of transfers not recognised")
	// ErrChain: the format does not go with the chain.
	ErrChain = errors.New("the format is not of this chain")
	// ErrMap: a column map that cannot be used.
	ErrMap = table.ErrMap
	// ErrSchema: a Parquet file whose columns are not those of transfers.
	ErrSchema = columns.ErrSchema
	// ErrPage: a Parquet file with a page of more than 64 MiB or 16 million values.
	ErrPage = columns.ErrPage
	// ErrStore: a file of spent outputs is not what it should be.
	ErrStore = script.ErrStore
)

// Format is what files hold.
type Format string

// The formats.
const (
	EthereumETL   Format = "ethereum-etl"   // transactions, receipts, token transfers, traces, blocks: CSV or JSON lines
	BitcoinETL    Format = "bitcoin-etl"    // transactions, JSON lines
	BitcoinBlocks Format = "bitcoin-blocks" // blk*.dat, or one block
	CSV           Format = "csv"            // a transfer a row, columns by Options.Map
	MFTracer      Format = "mftracer"       // ground truth of MFTracer, in dollars
	Parquet       Format = "parquet"        // as WriteParquet writes it
)

// Formats are all of them.
func Formats() []Format {
	return []Format{EthereumETL, BitcoinETL, BitcoinBlocks, CSV, MFTracer, Parquet}
}

// What others take part in, under the names of this package.
type (
	// Receipt says what became of the rows of all files.
	Receipt = feed.Receipt
	// FileReceipt is that of one file: read = gave + still + context + refused.
	FileReceipt = feed.FileReceipt
	// Map says in which column of a table what stands.
	Map = table.Map
	// Spent looks up an output that is spent and not among what is read.
	Spent = script.Spent
)

// What rows of the formats hold beside what the chain gives.
const (
	USD         = table.USD         // asset of MFTracer's rows
	USDDecimals = table.USDDecimals // of USD: its base unit is a millionth
	Shielded    = utxo.Shielded     // owner of what lies in Zcash's shielded pools
	NoteUnknown = utxo.NoteUnknown  // note of inputs whose payer and value are empty
)

// ParseMap reads "tx=COLUMN,from=COLUMN,to=COLUMN,value=COLUMN,time=COLUMN" and, where
// there are such columns, block, pos, index and asset; decimals=N says that values are
// in units of 10^N base units. Errors: ErrMap.
func ParseMap(text string) (Map, error) { return table.ParseMap(text) }

// WriteParquet writes rows in the order in which they come and says how many. An error
// of the rows ends it; what was written is then no whole file.
func WriteParquet(w io.Writer, rows iter.Seq2[ledger.Transfer, error]) (uint64, error) {
	return columns.Write(w, rows)
}

// Options tell what files do not say themselves. The zero value is enough for the etl
// formats, blocks of Bitcoin, MFTracer and Parquet.
type Options struct {
	Format Format   // empty: recognised by content, except CSV, which a Map makes
	Chain  chain.ID // empty: Ethereum, or Bitcoin for its formats; a Parquet file says it itself
	Map    Map      // columns of the format CSV
	// Spent looks up outputs of earlier blocks, as a ledger that holds them can.
	Spent Spent
	// SpentFile is a file of such outputs, looked up before Spent.
	SpentFile string
	Dir       string // folder for what is sorted on disk; empty: the system's
	Memory    int    // bytes that one sort holds in memory; 0: 256 MiB
}

// Reading is files being read. It is not safe for concurrent use.
type Reading struct {
	files   []*feed.File
	format  Format
	options Options
	spent   Spent
	tally   *feed.Tally
	begun   bool
}

// Open opens files of one format. The caller closes the reading.
func Open(paths []string, o Options) (*Reading, error) {
	r := &Reading{options: o, spent: o.Spent}
	if err := r.open(paths); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

func (r *Reading) open(paths []string) error {
	if len(paths) == 0 {
		return fmt.Errorf("%w: no file is named", ErrFormat)
	}
	for _, path := range paths {
		f, err := feed.Open(path)
		if err != nil {
			return err
		}
		r.files = append(r.files, f)
	}
	if err := r.settle(); err != nil {
		return err
	}
	r.tally = feed.NewTally(r.files, string(r.format))
	if r.options.SpentFile == "" {
		return nil
	}
	f, err := feed.Open(r.options.SpentFile)
	if err != nil {
		return err
	}
	defer f.Close()
	stored, err := script.ReadStore(r.options.Chain, f.Name, f)
	if err != nil {
		return err
	}
	r.spent = either(stored, r.options.Spent)
	return nil
}

// either asks the first and, where that does not know, the second.
func either(first, second Spent) Spent {
	if second == nil {
		return first
	}
	return func(of ledger.Outpoint) (ledger.Address, chain.Amount, bool, error) {
		if owner, value, ok, err := first(of); ok || err != nil {
			return owner, value, ok, err
		}
		return second(of)
	}
}

// Format is that of the files.
func (r *Reading) Format() Format { return r.format }

// Chain is that of the rows; of Parquet, which names it in each, it is empty.
func (r *Reading) Chain() chain.ID { return r.options.Chain }

// Transfers streams the rows, once. Refused rows are yielded as *intake.Refusal; any
// other error is the last thing yielded.
func (r *Reading) Transfers(ctx context.Context) iter.Seq2[ledger.Transfer, error] {
	if r.begun {
		return func(yield func(ledger.Transfer, error) bool) {
			yield(ledger.Transfer{}, errors.New("read transfers: the files were read already"))
		}
	}
	r.begun = true
	o := feed.Options{Chain: r.options.Chain, Dir: r.options.Dir, Memory: r.options.Memory}
	switch r.format {
	case EthereumETL:
		return ethereum.Read(ctx, r.files, o, r.tally)
	case BitcoinETL:
		return utxo.ReadETL(ctx, r.files, o, r.spent, r.tally)
	case BitcoinBlocks:
		return utxo.ReadBlocks(ctx, r.files, o, r.spent, r.tally)
	case CSV:
		return table.Read(ctx, r.files, r.options.Map, o, r.tally)
	case MFTracer:
		return table.ReadGround(ctx, r.files, o, r.tally)
	default:
		return columns.Read(ctx, r.files, o, r.tally)
	}
}

// Receipt says what became of the rows that were read so far; of all of them once
// Transfers has ended.
func (r *Reading) Receipt() Receipt { return r.tally.Receipt() }

// Received is how many bytes of the files have been received, compressed as they are,
// of how many. It may be called at any time, from any goroutine. Parquet is read here and
// there, and is received at the end.
func (r *Reading) Received() (done, total int64) {
	for _, f := range r.files {
		n, size := f.Received()
		done, total = done+n, total+size
	}
	return done, total
}

// Close closes the files.
func (r *Reading) Close() error {
	var errs []error
	for _, f := range r.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// Refused is the refusal that an error of Transfers is; nil if it is none.
func Refused(err error) *intake.Refusal {
	var refusal *intake.Refusal
	if errors.As(err, &refusal) {
		return refusal
	}
	return nil
}
