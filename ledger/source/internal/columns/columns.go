// Package columns keeps transfers in Parquet files and reads them from such.
//
// # Contract
//
// A file has one column for each field of a row, by the names of [Columns]. Numbers are
// INT64, all else is UTF-8 text: a chain by its short name; kind as input, output or
// payment; a transaction and an outpoint's as 0x and hexadecimal; addresses as explorers
// of the chain write them, or "raw:" and hexadecimal where the bytes are no address;
// an asset as the address of its contract, "name:" and a name, or empty for the chain's
// own coin; a value as digits of base units, because no number type of Parquet holds 256
// bits. Nobody is empty. What is written is read back as the same rows.
//
// A reader takes files of others, too: columns in any order and nullable, further ones
// ignored. Where the file names the digest of its rows, as ours do, they are held against
// it. It needs chain, block, time, tx, from, to and value; the rest are empty, the
// kind a payment.
//
// # Example
//
//	n, err := columns.Write(w, snapshot.Rows(ctx, chain.Ethereum, 0))
package columns

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
	"github.com/turtlebay/turtlebay/ledger"
)

// ErrSchema: a Parquet file whose columns are not those of transfers.
var ErrSchema = errors.New("not a Parquet file of transfers")

// ErrPage: a page of a Parquet file is larger than is read here, 64 MiB or 16 million
// values.
var ErrPage = errors.New("a page of the Parquet file is too large")

// Columns are the names of the columns, in their order.
var Columns = []string{
	"chain", "kind", "block", "pos", "index", "time", "tx", "from", "to", "asset", "value", "spends_tx", "spends_index",
}

// needed are those that a file must have.
var needed = []string{"chain", "block", "time", "tx", "from", "to", "value"}

// record is a row of a file.
type record struct {
	Chain       string `parquet:"chain,dict"`
	Kind        string `parquet:"kind,dict"`
	Block       int64  `parquet:"block,delta"`
	Pos         int64  `parquet:"pos"`
	Index       int64  `parquet:"index"`
	Time        int64  `parquet:"time,delta"`
	Tx          string `parquet:"tx"`
	From        string `parquet:"from"`
	To          string `parquet:"to"`
	Asset       string `parquet:"asset,dict"`
	Value       string `parquet:"value"`
	SpendsTx    string `parquet:"spends_tx"`
	SpendsIndex int64  `parquet:"spends_index"`
}

// groupRows is how many rows are held in memory before they are written.
const groupRows = 1 << 17

// digestKey is the key of the file's metadata under which [ledger.Digest] of its rows
// stands, in their order in the file.
const digestKey = "turtlebay.digest"

// Write writes rows in the order in which they come, and says how many. An error of
// the rows ends it; the file is then not whole.
func Write(w io.Writer, rows iter.Seq2[ledger.Transfer, error]) (n uint64, err error) {
	out := parquet.NewGenericWriter[record](w,
		parquet.Compression(&zstd.Codec{}), parquet.MaxRowsPerRowGroup(groupRows), parquet.CreatedBy("turtlebay", "1", ""))
	digest := ledger.NewDigest()
	for t, err := range rows {
		if err == nil {
			digest.Add(&t)
			_, err = out.Write([]record{recordOf(&t)})
		}
		if err != nil {
			return n, fmt.Errorf("write Parquet: row %d: %w", n+1, err)
		}
		n++
	}
	out.SetKeyValueMetadata(digestKey, digest.String())
	if err := out.Close(); err != nil {
		return n, fmt.Errorf("write Parquet: %w", err)
	}
	return n, nil
}

func recordOf(t *ledger.Transfer) record {
	return record{
		Chain: string(t.Chain), Kind: t.Kind.String(), Block: int64(t.Block), Pos: int64(t.Pos), Index: int64(t.Index),
		Time: t.Time, Tx: hexText(t.Tx), From: t.From.Notation(t.Chain), To: t.To.Notation(t.Chain),
		Asset: t.Asset.Notation(t.Chain), Value: t.Value.String(), SpendsTx: hexText(t.Spends.Tx), SpendsIndex: int64(t.Spends.Index),
	}
}

func hexText(b string) string {
	if b == "" {
		return ""
	}
	return "0x" + hex.EncodeToString([]byte(b))
}

// IsParquet reports whether a file begins as Parquet does.
func IsParquet(head []byte) bool { return strings.HasPrefix(string(head), "PAR1") }

// check holds the columns of a file against those that are read.
func check(schema *parquet.Schema) error {
	for _, name := range Columns {
		leaf, ok := schema.Lookup(name)
		if !ok {
			if slices.Contains(needed, name) {
				return fmt.Errorf("%w: no column %s", ErrSchema, name)
			}
			continue
		}
		kind := parquet.ByteArray
		if slices.Contains([]string{"block", "pos", "index", "time", "spends_index"}, name) {
			kind = parquet.Int64
		}
		if leaf.Node.Repeated() || !leaf.Node.Leaf() || leaf.Node.Type().Kind() != kind {
			return fmt.Errorf("%w: column %s: want %s", ErrSchema, name, kind)
		}
	}
	return nil
}
