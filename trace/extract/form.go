package extract

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"github.com/turtlebay/turtlebay/trace/follow"
)

// The members of a file, in the order in which they are written. What Decode takes is
// what Encode writes.

// head is the first line.
type head struct {
	Form     string          `json:"form"`
	ID       string          `json:"id"`
	Title    string          `json:"title"`
	Incident string          `json:"incident,omitempty"`
	Exercise bool            `json:"exercise,omitempty"`
	Marking  json.RawMessage `json:"marking,omitempty"`
	Ledgers  []held          `json:"ledgers"`
	Thefts   []theft         `json:"thefts"`
	Links    []link          `json:"links,omitempty"`
	Rules    rules           `json:"rules"`
	Assets   []asset         `json:"assets,omitempty"`
	Prices   []cost          `json:"prices,omitempty"`
	Services []service       `json:"services,omitempty"`
	Wide     bool            `json:"wide,omitempty"`
	Applied  uint64          `json:"applied"`
	Stopped  *stop           `json:"stopped,omitempty"`
	Found    *found          `json:"found,omitempty"`
	Cut      int             `json:"cut,omitempty"`
	Notes    []string        `json:"notes,omitempty"`
	Parts    int             `json:"parts"`
}

// part is a further line.
type part struct {
	Form      string              `json:"form"`
	ID        string              `json:"id"`
	Trace     string              `json:"trace"` // id of the head
	Part      int                 `json:"part"`  // from 1
	Marking   json.RawMessage     `json:"marking,omitempty"`
	Chain     chain.ID            `json:"chain"`
	Txs       []string            `json:"txs,omitempty"`
	Addresses []string            `json:"addresses,omitempty"`
	Assets    []string            `json:"assets,omitempty"`
	Openings  [][]json.RawMessage `json:"openings,omitempty"`
	Rows      [][]json.RawMessage `json:"rows,omitempty"`
}

type held struct {
	Chain    chain.ID          `json:"chain"`
	Snapshot ledger.SnapshotID `json:"snapshot"`
	Rows     uint64            `json:"rows"`
	Digest   string            `json:"digest,omitempty"`
}

type theft struct {
	ID    string `json:"id"`
	Marks []mark `json:"marks"`
}

type mark struct {
	Chain chain.ID `json:"chain"`
	Tx    string   `json:"tx"`
	Kind  string   `json:"kind"`
	Index uint32   `json:"index"`
}

type link struct {
	ID         string            `json:"id"`
	Kind       follow.Class      `json:"kind"`
	Out        mark              `json:"out"`
	In         mark              `json:"in"`
	Confidence follow.Confidence `json:"confidence"`
	Method     string            `json:"method"`
	Error      string            `json:"error,omitempty"`
}

type rules struct {
	Policies []accounting.Policy `json:"policies,omitempty"`
	Bounds   bool                `json:"bounds"`
	Dust     []floor             `json:"dust,omitempty"`
	Until    int64               `json:"until,omitempty"`
	Hub      int                 `json:"hub,omitempty"`
	Deposits bool                `json:"deposits,omitempty"`
}

type floor struct {
	Chain chain.ID     `json:"chain"`
	Asset string       `json:"asset"`
	Least chain.Amount `json:"least"`
}

type asset struct {
	Chain    chain.ID `json:"chain"`
	Asset    string   `json:"asset"`
	Symbol   string   `json:"symbol"`
	Decimals uint8    `json:"decimals"`
	Source   string   `json:"source,omitempty"`
}

type cost struct {
	Chain  chain.ID `json:"chain"`
	Asset  string   `json:"asset"`
	Time   int64    `json:"time"`
	USD    string   `json:"usd"`
	Source string   `json:"source"`
}

type service struct {
	Chain      chain.ID          `json:"chain"`
	Address    string            `json:"address"`
	Class      follow.Class      `json:"class"`
	Name       string            `json:"name,omitempty"`
	Confidence follow.Confidence `json:"confidence"`
	Source     string            `json:"source,omitempty"`
	Date       string            `json:"date,omitempty"`
	Note       string            `json:"note,omitempty"`
}

type opening struct {
	Chain   chain.ID     `json:"chain"`
	Address string       `json:"address"`
	Asset   string       `json:"asset"`
	Value   chain.Amount `json:"value"`
}

func hexText(b string) string {
	if b == "" {
		return ""
	}
	return "0x" + hex.EncodeToString([]byte(b))
}

func parseHex(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	digits, ok := strings.CutPrefix(text, "0x")
	b, err := hex.DecodeString(digits)
	if !ok || err != nil || len(b) == 0 || len(b) > ledger.MaxTx || hexText(string(b)) != text {
		return "", fmt.Errorf("transaction %q: want 0x and an even number of hexadecimal digits, small ones", clip(text))
	}
	return string(b), nil
}

func parseKind(text string) (ledger.Kind, error) {
	for _, k := range []ledger.Kind{ledger.Input, ledger.Output, ledger.Payment} {
		if k.String() == text {
			return k, nil
		}
	}
	return 0, fmt.Errorf("kind %q: want input, output or payment", clip(text))
}

// clip keeps a text from outside short.
func clip(s string) string { return s[:min(len(s), 80)] }
