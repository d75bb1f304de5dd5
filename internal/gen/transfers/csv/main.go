// Command csv prints rows of package transfers as “turtlebay ledger load” reads them.
//
//	go run ./internal/gen/transfers/csv 1000000 > transfers.csv
package main

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"math/big"
	"os"
	"strconv"

	"github.com/turtlebay/turtlebay/internal/gen/transfers"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "csv:", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 2 {
		return fmt.Errorf("want the number of rows")
	}
	n, err := strconv.ParseUint(os.Args[1], 10, 40)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(os.Stdout, 1<<16)
	fmt.Fprintln(out, "block,pos,index,time,tx,from,to,asset,value")
	for i := range n {
		r := transfers.At(i)
		asset, tx, from, to := "", transfers.TxID(r.Tx), transfers.Address(r.From), transfers.Address(r.To)
		if r.Token > 0 {
			token := transfers.Token(r.Token)
			asset = "0x" + hex.EncodeToString(token[:])
		}
		value := new(big.Int).Lsh(new(big.Int).SetUint64(r.High), 64)
		value.Add(value, new(big.Int).SetUint64(r.Low))
		fmt.Fprintf(out, "%d,%d,%d,%d,0x%x,0x%x,0x%x,%s,%s\n", r.Block, r.Pos, r.Index, r.Time, tx, from, to, asset, value)
	}
	return out.Flush()
}
