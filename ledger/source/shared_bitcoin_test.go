package source_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/source"
)

// part is an input or output of bitcoin-etl.
type part struct {
	Index     json.Number
	Type      string
	Addresses []string
	Value     *json.Number
	Tx        string      `json:"spent_transaction_hash"`
	Output    json.Number `json:"spent_output_index"`
}

type transaction struct {
	Hash            string
	Block           json.Number `json:"block_number"`
	Inputs, Outputs []part
}

func (p part) line(t transaction, kind ledger.Kind) string {
	who, value := "", "0"
	if p.Type == "shielded" {
		who = hexOf(string(source.Shielded))
	} else if len(p.Addresses) == 1 {
		who = p.Addresses[0]
	}
	if p.Value != nil {
		value = p.Value.String()
	}
	return fmt.Sprintf("%s %s %s %s %s %s", t.Block, t.Hash, kind, p.Index, who, value)
}

func TestSharedBitcoinETL(t *testing.T) {
	dir := shared(t, "etl-fixtures", "bitcoin-etl", "test_export_blocks_job")
	found, err := filepath.Glob(filepath.Join(dir, "*", "*", "expected_transactions.json.gz"))
	if err != nil || len(found) != 11 {
		t.Fatalf("%d files of transactions, want 11; %v", len(found), err)
	}
	total := 0
	for _, path := range found {
		id := chain.ID(strings.ReplaceAll(filepath.Base(filepath.Dir(filepath.Dir(path))), "_", "-"))
		rows, refusals, _ := load(t, source.Options{Chain: id}, path)
		var want, got []string
		txs := objects[transaction](t, path)
		made := map[string]part{}
		for _, tx := range txs {
			for _, p := range tx.Outputs {
				made[tx.Hash+":"+p.Index.String()] = p
			}
		}
		for _, tx := range txs {
			for _, p := range tx.Inputs {
				if of, there := made[p.Tx+":"+p.Output.String()]; there {
					p.Addresses, p.Value = of.Addresses, of.Value // a block that spends its own
				}
				want = append(want, p.line(tx, ledger.Input))
			}
			for _, p := range tx.Outputs {
				want = append(want, p.line(tx, ledger.Output))
			}
		}
		for _, r := range rows {
			who := r.To
			if r.Kind == ledger.Input {
				who = r.From
			}
			tx := strings.TrimPrefix(hexOf(r.Tx), "0x")
			if len(r.Tx) == 36 { // the id was used again
				tx = tx[:64]
			}
			got = append(got, fmt.Sprintf("%d %s %s %d %s %s", r.Block, tx, r.Kind, r.Index, who.Text(id), r.Value))
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" || len(refusals) > 0 {
			t.Errorf("%s: refused %v, rows (-want +got):\n%s", path, refusals, diff)
		}
		total += len(rows)
	}
	t.Logf("%d rows of %d files", total, len(found))
}

// book adds up what the transactions of blocks spend and make.
type book struct {
	spent, made   map[string]*big.Int
	blocks        map[uint64]*big.Int // what coinbases make
	transactions  int
	inputs, known int
}

func add(rows []ledger.Transfer) book {
	b := book{spent: map[string]*big.Int{}, made: map[string]*big.Int{}, blocks: map[uint64]*big.Int{}}
	for _, r := range rows {
		if b.made[r.Tx] == nil {
			b.spent[r.Tx], b.made[r.Tx] = new(big.Int), new(big.Int)
			b.transactions++
		}
		switch {
		case r.Kind == ledger.Input:
			b.inputs++
			if r.From != "" {
				b.known++
			}
			b.spent[r.Tx].Add(b.spent[r.Tx], r.Value.Big())
		case r.Pos == 0:
			if b.blocks[r.Block] == nil {
				b.blocks[r.Block] = new(big.Int)
			}
			b.blocks[r.Block].Add(b.blocks[r.Block], r.Value.Big())
		default:
			b.made[r.Tx].Add(b.made[r.Tx], r.Value.Big())
		}
	}
	return b
}

// fees is what the transactions spend and do not make; none makes more.
func (b book) fees(t *testing.T) *big.Int {
	t.Helper()
	sum := new(big.Int)
	for tx := range b.made {
		fee := new(big.Int).Sub(b.spent[tx], b.made[tx])
		if fee.Sign() < 0 {
			t.Errorf("%x makes more than it spends", tx)
		}
		sum.Add(sum, fee)
	}
	return sum
}

func TestSharedBlock277647(t *testing.T) {
	dir := shared(t, "bitcoin-blocks")
	rows, refusals, receipt := load(t, source.Options{SpentFile: filepath.Join(dir, "277647.utxostore.bz2")}, filepath.Join(dir, "277647.dat.bz2"))
	b := add(rows)
	if len(refusals) > 0 || receipt.Notes[source.NoteUnknown] != 0 || b.known != b.inputs {
		t.Errorf("refused %v, %d of %d inputs known, notes %v", refusals, b.known, b.inputs, receipt.Notes)
	}
	if b.transactions != 213 || rows[0].Block != 277647 {
		t.Errorf("%d transactions of block %d", b.transactions, rows[0].Block)
	}
	fees := b.fees(t)
	want := new(big.Int).Add(fees, big.NewInt(25e8))
	if b.blocks[277647].Cmp(want) != 0 {
		t.Errorf("the coinbase makes %s, want 2500000000 and fees of %s", b.blocks[277647], fees)
	}
	t.Logf("%d rows, %d transactions, %d inputs, fees %s, coinbase %s", len(rows), b.transactions, b.inputs, fees, b.blocks[277647])
}

func TestSharedBlocks(t *testing.T) {
	dir := shared(t, "bitcoin-blocks")
	rows, refusals, _ := load(t, source.Options{}, filepath.Join(dir, "blocks1-256.bz2"))
	b := add(rows)
	if len(refusals) > 0 || len(b.blocks) != 255 || rows[0].Block != 1 || rows[len(rows)-1].Block != 255 || b.known != b.inputs {
		t.Errorf("refused %v, %d blocks from %d to %d, %d of %d inputs known", refusals, len(b.blocks), rows[0].Block, rows[len(rows)-1].Block, b.known, b.inputs)
	}
	paid := new(big.Int)
	for _, n := range b.blocks {
		paid.Add(paid, n)
	}
	if want := new(big.Int).Add(b.fees(t), big.NewInt(255*50e8)); paid.Cmp(want) != 0 {
		t.Errorf("the coinbases make %s, want %s", paid, want)
	}
	for _, c := range []struct {
		name         string
		height       uint64
		transactions int
	}{
		{"0000000000000000001602407ac49862a7bca9d00f7f402db20b7be2f5de59d2", 574200, 3315},
		{"00000000000000000021868c2cefc52a480d173c849412fe81c4e5ab806f94ab", 540107, 230},
	} {
		rows, refusals, receipt := load(t, source.Options{}, filepath.Join(dir, "block-"+c.name+".blk.gz"))
		b := add(rows)
		if len(refusals) > 0 || rows[0].Block != c.height || b.transactions != c.transactions {
			t.Errorf("refused %v, block %d of %d transactions", refusals, rows[0].Block, b.transactions)
		}
		if int(receipt.Notes[source.NoteUnknown]) != b.inputs-b.known {
			t.Errorf("%d inputs are not known, the receipt says %v", b.inputs-b.known, receipt.Notes)
		}
		t.Logf("block %d: %d rows, %d of %d inputs known", c.height, len(rows), b.known, b.inputs)
	}
	fork := func(name string) string { return filepath.Join(dir, name+".dat.bz2") }
	rows, refusals, receipt := load(t, source.Options{}, fork("blk_5A"), fork("blk_3A"), fork("blk_0_to_4"), fork("blk_4A"))
	if b := add(rows); len(refusals) > 0 || len(b.blocks) != 6 || receipt.Files[2].Still != 2 {
		t.Errorf("refused %v, %d blocks\n%s", refusals, len(b.blocks), receipt)
	}
}
