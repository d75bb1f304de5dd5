package utxo_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/source/internal/script"
	"github.com/turtlebay/turtlebay/ledger/source/internal/utxo"
)

// filled writes #a for a transaction's id and %a for a script that pays a key.
func filled(text string) []byte {
	for _, c := range "abcdxy" {
		text = strings.ReplaceAll(text, "#"+string(c), strings.Repeat(fmt.Sprintf("%02x", c), 32))
		text = strings.ReplaceAll(text, "%"+string(c), "76a914"+strings.Repeat(fmt.Sprintf("%02x", c), 20)+"88ac")
	}
	return []byte(text)
}

// row is a transaction of bitcoin-etl.
func row(id string, rest string) string {
	return `{"type":"transaction","hash":"#` + id + `","block_number":5,"block_timestamp":1000,` + rest + "}\n"
}

const (
	madeA   = `"is_coinbase":true,"index":0,"inputs":[],"outputs":[{"index":0,"script_hex":"%a","type":"pubkeyhash","addresses":["1x"],"value":50}],"output_value":50`
	spendsA = `"index":1,"is_coinbase":false,"inputs":[{"index":0,"spent_transaction_hash":"#a","spent_output_index":0,"type":null,"addresses":[],"value":null}],` +
		`"outputs":[{"index":0,"script_hex":"%b","value":30},{"index":1,"script_hex":"%c","value":"19"}],"input_value":0,"output_value":49,"fee":-49`
)

func TestETL(t *testing.T) {
	// 1111111111111111111114oLvT2 is the key hash of twenty zero bytes.
	for _, c := range []struct {
		name     string
		content  string
		rows     []string
		refusals []string
		notes    []string
	}{
		{
			name:    "an input without value finds its output, in whatever order they stand",
			content: row("b", spendsA) + row("a", madeA) + `{"type":"block","hash":"#x","number":5,"merkle_root":"#y"}` + "\n",
			rows:    []string{"5.0 ou.0 ->k97 50", "5.1 in.0 k97>- 50", "5.1 ou.0 ->k98 30", "5.1 ou.1 ->k99 19"},
		},
		{
			name:    "an output that is not there",
			content: row("b", spendsA),
			rows:    []string{"5.1 in.0 ->- 0", "5.1 ou.0 ->k98 30", "5.1 ou.1 ->k99 19"},
			notes:   []string{utxo.NoteUnknown},
		},
		{
			name: "an input that says its payer, and one that says two",
			content: row("b", `"index":1,"inputs":[{"index":0,"spent_transaction_hash":"#x","spent_output_index":7,"addresses":["1111111111111111111114oLvT2"],"value":5},`+
				`{"index":1,"spent_transaction_hash":"#x","spent_output_index":8,"type":"multisig","addresses":["1x","1y"],"value":6}],"outputs":[],"input_value":11`),
			rows:  []string{"5.1 in.0 k0>- 5", "5.1 in.1 ->- 6"},
			notes: []string{"an input's payer is not known, its value is"},
		},
		{
			name: "an input that contradicts its output",
			content: row("a", madeA) + row("b", `"index":1,"inputs":[{"index":0,"spent_transaction_hash":"#a","spent_output_index":0,"addresses":["1111111111111111111114oLvT2"],"value":49}],`+
				`"outputs":[]`),
			rows:  []string{"5.0 ou.0 ->k97 50", "5.1 in.0 k97>- 50"},
			notes: []string{"an input says other than the output that it spends: the output's word is taken"},
		},
		{
			name: "shielded parts, and positions that are not said",
			content: row("a", `"index":null,"inputs":[{"index":0,"type":"shielded","addresses":[],"value":9}],"outputs":[{"index":0,"script_hex":null,"type":"shielded","addresses":[],"value":7}]`) +
				row("b", `"inputs":[{"index":0,"type":"shielded","value":1}],"outputs":[]`),
			rows:  []string{"5.0 in.0 shielded>- 9", "5.0 ou.0 ->shielded 7", "5.1 in.0 shielded>- 1"},
			notes: []string{"where the transaction stands in its block is not said: order of the file"},
		},
		{
			name:    "no script, but an address",
			content: row("a", `"index":0,"inputs":[],"outputs":[{"index":0,"script_hex":null,"addresses":["1111111111111111111114oLvT2"],"value":7}]`),
			rows:    []string{"5.0 ou.0 ->k0 7"},
		},
		{
			name:    "nothing at all",
			content: row("a", `"index":0,"inputs":[],"outputs":[]`),
		},
		{
			name: "bad rows are named and the rest is kept",
			content: row("a", madeA) +
				row("x", `"index":0,"inputs":[],"outputs":[{"index":0,"script_hex":"%a","value":49.99999999}]`) +
				row("x", `"index":0,"inputs":[],"outputs":[{"index":0,"script_hex":"%a","value":-1}]`) +
				row("x", `"index":0,"inputs":[],"outputs":[{"index":0,"script_hex":"%a","value":null}]`) +
				row("x", `"index":0,"inputs":[],"outputs":[{"index":0,"script_hex":"zz","value":1}]`) +
				row("x", `"index":0,"inputs":[],"outputs":[{"index":0,"addresses":["1x","1y"],"value":1}]`) +
				row("x", `"index":0,"inputs":[],"outputs":[{"index":0,"addresses":["1111111111111111111114oLvT3"],"value":1}]`) +
				row("x", `"index":0,"inputs":[],"outputs":[{"index":0,"script_hex":"%a","value":1},{"index":0,"script_hex":"%a","value":1}]`) +
				row("x", `"index":0,"inputs":[],"outputs":[{"index":0,"script_hex":"%a","value":3}],"output_value":4`) +
				row("x", `"index":0,"inputs":[{"index":0,"spent_transaction_hash":"12","spent_output_index":0}],"outputs":[]`) +
				row("x", `"index":0,"inputs":[{"index":0,"spent_transaction_hash":"#a","spent_output_index":4294967296}],"outputs":[]`) +
				row("x", `"index":0,"inputs":{},"outputs":[]`) +
				row("x", `"index":0,"inputs":[]`) +
				"[1]\n{\n",
			rows: []string{"5.0 ou.0 ->k97 50"},
			refusals: []string{
				`f0:2: outputs.value: has more decimals than the asset: "49.99999999"`, `f0:3: outputs.value: is negative: "-1"`,
				"f0:4: outputs.value: missing", "f0:5: outputs.script_hex: not hexadecimal of the right length",
				"f0:6: outputs: neither script nor address", `f0:7: outputs.addresses: bad checksum: "111`,
				`f0:8: outputs: two have the same index: "0"`, "f0:9: output_value: not the sum of what it lists: 4, the sum is 3",
				"f0:10: inputs.spent_transaction_hash: not hexadecimal of the right length", "f0:11: inputs.spent_output_index: not a whole number in range",
				"f0:12: inputs: not a list of inputs or outputs", "f0:13: outputs: not a list of inputs or outputs", "f0:14: ", "f0:15: ",
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows, refusals, receipt := read(t, chain.Bitcoin, true, nil, filled(c.content))
			if diff := cmp.Diff(c.rows, text(rows)); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			if len(refusals) != len(c.refusals) {
				t.Fatalf("refused:\n%s", strings.Join(refusals, "\n"))
			}
			for i, want := range c.refusals {
				if !strings.HasPrefix(refusals[i], want) {
					t.Errorf("refusal %s, want %s", refusals[i], want)
				}
			}
			var notes []string
			for note := range receipt.Notes {
				notes = append(notes, note)
			}
			slices.Sort(notes)
			if diff := cmp.Diff(c.notes, notes); diff != "" {
				t.Errorf("notes (-want +got):\n%s", diff)
			}
		})
	}
}

// A script without an address is the same owner as the text that bitcoin-etl makes up.
func TestNonstandard(t *testing.T) {
	const made = `"index":0,"inputs":[],"outputs":[{"index":0,"script_hex":"51","type":"nonstandard","addresses":["nonstandard4ae81572f06e1b88fd5ced7a1a000945432e83e1"],"value":7}]`
	const said = `"index":1,"inputs":[{"index":0,"spent_transaction_hash":"#x","spent_output_index":0,"type":"nonstandard","addresses":["nonstandard4ae81572f06e1b88fd5ced7a1a000945432e83e1"],"value":7}],"outputs":[]`
	rows, refusals, _ := read(t, chain.Bitcoin, true, nil, filled(row("a", made)+row("b", said)))
	if len(rows) != 2 || rows[0].To != rows[1].From || rows[0].To != script.Hash([]byte{0x51}) {
		t.Errorf("rows %v, refused %v", rows, refusals)
	}
}

func TestSpendsOfShielded(t *testing.T) {
	const line = `"index":0,"inputs":[{"index":0,"type":"shielded","value":9},{"index":1,"type":"shielded","value":9}],"outputs":[]`
	rows, _, _ := read(t, chain.Zcash, true, nil, filled(row("a", line)))
	if len(rows) != 2 || rows[0].Spends == rows[1].Spends || rows[0].Spends.Tx != "shielded"+rows[0].Tx || rows[0].From != utxo.Shielded {
		t.Errorf("rows %v", rows)
	}
}

func FuzzETL(f *testing.F) {
	f.Add(filled(row("b", spendsA) + row("a", madeA)))
	f.Add(filled(row("a", `"index":null,"inputs":[{"index":0,"type":"shielded","value":9}],"outputs":[{"index":0,"type":"shielded","value":7}]`)))
	f.Fuzz(func(t *testing.T, content []byte) {
		if len(content) == 0 || content[0] != '{' {
			return
		}
		rows, _, _ := read(&tolerant{t}, chain.Bitcoin, true, nil, content)
		for _, row := range rows {
			if row.Kind == ledger.Payment {
				t.Error("a payment on a chain of outputs")
			}
		}
	})
}

// tolerant takes it that a file as a whole cannot be read; other faults it reports.
type tolerant struct{ *testing.T }

func (t *tolerant) Fatal(args ...any) {
	if _, ofFile := args[0].(error); ofFile && len(args) == 1 && !strings.Contains(fmt.Sprint(args[0]), ledger.ErrInvalid.Error()) {
		t.SkipNow()
	}
	t.T.Fatal(args...)
}
