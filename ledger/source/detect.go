package source

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger/source/internal/columns"
	"github.com/turtlebay/turtlebay/ledger/source/internal/table"
	"github.com/turtlebay/turtlebay/ledger/source/internal/utxo"
)

// settle finds the format and the chain, and holds them against each other.
func (r *Reading) settle() error {
	if r.format = r.options.Format; r.format == "" {
		if err := r.detect(); err != nil {
			return err
		}
	}
	if !slices.Contains(Formats(), r.format) {
		return fmt.Errorf("%w: no format %q", ErrFormat, string(r.format))
	}
	if r.format == CSV && r.options.Map == (Map{}) {
		return fmt.Errorf("%w: the format csv needs one", ErrMap)
	}
	model := chain.Account
	switch r.format {
	case Parquet:
		r.options.Chain = ""
		return nil
	case BitcoinETL, BitcoinBlocks:
		model = chain.UTXO
		r.options.Chain = or(r.options.Chain, chain.Bitcoin)
	default:
		r.options.Chain = or(r.options.Chain, chain.Ethereum)
	}
	c, ok := chain.Lookup(r.options.Chain)
	switch {
	case !ok:
		return fmt.Errorf("%w: %q", chain.ErrUnknown, string(r.options.Chain))
	case c.Model != model:
		return fmt.Errorf("%w: %s has the model %s, %s %s", ErrChain, r.format, model, c.ID, c.Model)
	case r.format == EthereumETL && !strings.HasPrefix(c.CAIP2, "eip155:"):
		return fmt.Errorf("%w: %s is of EVM chains", ErrChain, r.format)
	case r.format == BitcoinBlocks && !slices.Contains(sameBlocks, c.ID):
		return fmt.Errorf("%w: the blocks of %s have another form", ErrChain, c.ID)
	}
	return nil
}

// sameBlocks are the chains whose blocks are kept in the very form of Bitcoin's.
var sameBlocks = []chain.ID{chain.Bitcoin, chain.BitcoinCash, "bitcoin-sv"}

func or(id, other chain.ID) chain.ID {
	if id != "" {
		return id
	}
	return other
}

// detect recognises the format by how the files begin. Empty files say nothing.
func (r *Reading) detect() error {
	for _, f := range r.files {
		head, err := f.Peek(64 << 10)
		if err != nil {
			return err
		}
		if len(bytes.TrimSpace(head)) == 0 {
			continue
		}
		format := r.of(head)
		switch {
		case format == "":
			return fmt.Errorf("%s: %w: name it, or for other tables the columns", f.Name, ErrFormat)
		case r.format != "" && r.format != format:
			return fmt.Errorf("%s: %w: it is %s, the files before it %s", f.Name, ErrFormat, format, r.format)
		}
		r.format = format
	}
	if r.format == "" {
		return fmt.Errorf("%s: %w: nothing is in it", r.files[0].Name, ErrFormat)
	}
	return nil
}

func (r *Reading) of(head []byte) Format {
	switch {
	case columns.IsParquet(head):
		return Parquet
	case bytes.HasPrefix(head, []byte(utxo.Magic)):
		return BitcoinBlocks
	case r.options.Map != (Map{}):
		return CSV
	}
	names := namesOf(head)
	has := func(all ...string) bool {
		return !slices.ContainsFunc(all, func(name string) bool { return !slices.Contains(names, name) })
	}
	switch {
	case table.IsGround(names):
		return MFTracer
	case has("hash", "inputs", "outputs"), has("merkle_root", "number"):
		return BitcoinETL
	case has("trace_type"), has("token_address", "log_index"), has("hash", "nonce", "gas_price"),
		has("transaction_hash", "cumulative_gas_used"), has("number", "miner"):
		return EthereumETL
	case utxo.IsBlock(head):
		return BitcoinBlocks
	}
	return ""
}

// namesOf are the columns of a CSV file, or the members of the first JSON object.
func namesOf(head []byte) []string {
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	if text := bytes.TrimLeft(head, " \t\r\n["); bytes.HasPrefix(text, []byte("{")) {
		return members(json.NewDecoder(bytes.NewReader(text)))
	}
	line, _, _ := bytes.Cut(head, []byte("\n"))
	for _, comma := range []rune{',', ';', '\t'} {
		c := csv.NewReader(bytes.NewReader(line))
		c.Comma = comma
		if names, err := c.Read(); err == nil && len(names) > 1 {
			return names
		}
	}
	return nil
}

// members are the names of an object's members, as far as it is there.
func members(d *json.Decoder) (names []string) {
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil
	}
	for d.More() {
		name, err := d.Token()
		text, ok := name.(string)
		if err != nil || !ok {
			return names
		}
		names = append(names, text)
		var skip json.RawMessage
		if d.Decode(&skip) != nil {
			return names
		}
	}
	return names
}
