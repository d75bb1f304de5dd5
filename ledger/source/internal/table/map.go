// Package table makes transfers of tables with one transfer a row: CSV or JSON whose
// columns are named by a [Map], and the ground truth of MFTracer.
//
// # Contract
//
// A map says which column holds what. A row without an index is numbered among the rows
// of its transaction, in the order of the files, so that exports which overlap in whole
// transactions do not count twice. MFTracer's rows are numbered in their block, which
// keeps the order of the file where only the block orders them.
//
// # Example
//
//	m, err := table.ParseMap("tx=Txhash,block=Blockno,time=UnixTimestamp,from=From,to=To,value=Value,decimals=18")
//	if err != nil {
//		return err
//	}
//	rows := table.Read(ctx, files, m, feed.Options{Chain: chain.Ethereum}, tally)
package table

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/turtlebay/turtlebay/intake"
)

// ErrMap: a column map that cannot be used.
var ErrMap = errors.New("column map")

// Map says in which column what stands; empty: in none.
type Map struct {
	Tx, From, To, Value     string
	Block, Time, Pos, Index string
	Asset                   string // address of the contract; an empty cell is the chain's own coin
	Decimals                uint8  // Value is in units of 10^Decimals base units
}

// fields are the keys of a map that name columns.
func (m *Map) fields() map[string]*string {
	return map[string]*string{
		"tx": &m.Tx, "from": &m.From, "to": &m.To, "value": &m.Value, "block": &m.Block,
		"time": &m.Time, "pos": &m.Pos, "index": &m.Index, "asset": &m.Asset,
	}
}

const known = "tx, from, to, value, block, time, pos, index, asset, decimals"

// ParseMap reads "tx=COLUMN,from=COLUMN,…". Needed are tx, from, to, value and time;
// decimals is a number from 0 to 77, not a column. Errors: ErrMap.
func ParseMap(text string) (m Map, err error) {
	columns := m.fields()
	seen := map[string]bool{}
	for part := range strings.SplitSeq(text, ",") {
		key, column, ok := strings.Cut(part, "=")
		key = strings.TrimSpace(key)
		column = strings.TrimSpace(column)
		to := columns[key]
		switch {
		case !ok || column == "":
			return Map{}, fmt.Errorf("%w: %s: want NAME=COLUMN", ErrMap, intake.Quote(part))
		case seen[key]:
			return Map{}, fmt.Errorf("%w: %s stands there twice", ErrMap, key)
		case key == "decimals":
			n, err := strconv.ParseUint(column, 10, 8)
			if err != nil || n > 77 {
				return Map{}, fmt.Errorf("%w: decimals %s: want 0 to 77", ErrMap, intake.Quote(column))
			}
			m.Decimals = uint8(n)
		case to == nil:
			return Map{}, fmt.Errorf("%w: no field %s (there are %s)", ErrMap, intake.Quote(key), known)
		default:
			*to = column
		}
		seen[key] = true
	}
	for _, key := range []string{"tx", "from", "to", "value", "time"} {
		if *columns[key] == "" {
			return Map{}, fmt.Errorf("%w: %s is needed", ErrMap, key)
		}
	}
	return m, nil
}

// missing lists the columns of the map that a file does not have.
func (m Map) missing(has []string) (out []string) {
	for _, column := range m.fields() {
		if *column != "" && !slices.Contains(has, *column) {
			out = append(out, *column)
		}
	}
	slices.Sort(out)
	return out
}
