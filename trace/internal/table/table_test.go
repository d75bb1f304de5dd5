package table

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
)

func TestParse(t *testing.T) {
	contract := "0x6B175474E89094C44Da98b954EedeAC495271d0F"
	for _, x := range []struct{ got, want string }{
		{say(ParseTime("1709215199", false)), "1709215199"},
		{say(ParseTime("-5", true)), "-5"},
		{say(ParseTime("2024-02-29", false)), "1709164800"},
		{say(ParseTime("2024-02-29", true)), "1709251199"},
		{say(ParseTime("2024-02-29T13:59:59+01:00", true)), "1709211599"},
		{say(ParseTime("29 Feb", true)), `"29 Feb" is no time: seconds since 1970, 2006-01-02T15:04:05Z or 2006-01-02`},
		{say(ParseTx("0x6162")), "ab"},
		{say(ParseTx("a note")), "a note"},
		{say(ParseTx("")), `"" is no id of a transaction: 1 to 64 bytes`},
		{say(ParseTx(strings.Repeat("61", 65))), `"` + strings.Repeat("61", 40) + `…" is no id of a transaction: 1 to 64 bytes`},
		{say(ParseAsset(chain.Ethereum, "native")), ""},
		{say(ParseAsset(chain.Ethereum, "name:USD")), "USD"},
		{say(ParseAsset(chain.Ethereum, "name:")), `"name:" is no name of 1 to 64 bytes`},
		{fmt.Sprint(len(first(ParseAsset(chain.Ethereum, contract)))), "20"},
		{say(ParseAddress(chain.Bitcoin, "raw:6162")), "ab"},
		{say(ParseAddress(chain.Bitcoin, "raw:")), `"raw:" is not 1 to 64 bytes in hexadecimal`},
		{say(ParseKind(chain.Bitcoin, "")), "output"},
		{say(ParseKind(chain.Tron, "")), "payment"},
		{say(ParseKind(chain.Tron, "output")), "output"},
		{say(ParseIndex("4294967296")), `"4294967296" is no whole number below 2^32`},
		{say(ParseChain("Ethereum")), `"Ethereum" is no chain`},
	} {
		if x.got != x.want {
			t.Errorf("%q, want %q", x.got, x.want)
		}
	}
	if _, err := ParseAddress(chain.Ethereum, "0x\u202e"); err == nil || strings.Contains(err.Error(), "\u202e") {
		t.Error(err)
	}
}

func say[T any](v T, err error) string {
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(v)
}

func first(a ledger.Asset, _ error) ledger.Asset { return a }

// Rows that are too long or too many do no harm to the others.
func TestLimits(t *testing.T) {
	columns := Columns{Needed: []string{"a"}, Optional: []string{"b"}}
	read := func(text string) ([]string, Receipt, error) {
		return Read("t", strings.NewReader(text), columns, func(r *Row) string { return r.Text("a") })
	}
	long := strings.Repeat("x", MaxRow+1)
	for _, text := range []string{
		"a,b\n1,\n" + long + ",\n2,\n", `{"a":1}` + "\n" + `{"a":"` + long + `"}` + "\n" + `{"a":2,"b":null}`, "- a: 1\n- a: " + long + "\n- a: 2\n  b: ~\n",
		"a,b\n1,\n\"x\" y,\n2,\n", `{"a":1}` + "\n" + `{"a":1} {}` + "\n" + `{"a":2}`, "- a: 1\n- &x {a: 5}\n- a: 2\n- *x\n",
	} {
		got, receipt, err := read(text)
		if err != nil || fmt.Sprint(got) != "[1 2]" && fmt.Sprint(got) != "[1 5 2]" || receipt.Refused != 1 || receipt.Read != receipt.Kept+1 {
			t.Errorf("%.40q: %v %+v %v", text, got, receipt.Named, err)
		}
	}
	if _, receipt, err := read("a\n" + strings.Repeat("1\n", MaxRows+1)); !errors.Is(err, ErrTooLarge) || receipt.Kept != MaxRows {
		t.Error(receipt.Kept, err)
	}
	_, receipt, err := read("a,b\n" + strings.Repeat(",1\n", 2000))
	if err != nil || receipt.Refused != 2000 || len(receipt.Named) != 1000 {
		t.Error(receipt.Refused, len(receipt.Named), err)
	}
	if _, err := Node("t", []byte("a: "+strings.Repeat(" ", MaxYAML))); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
}
