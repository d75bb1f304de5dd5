// Package form is how the values of a trace are written: for programs as CSV and
// JSON, for people with thousands grouped and without characters that are not seen.
//
//	form.Tx(chain.Ethereum, "\x01\x02") // 0x0102
//	form.Protect("=1+1")                // '=1+1, which form.Plain undoes
//	form.Grouped("1234567.5", 8)        // 1,234,567.5
package form

import (
	"encoding/base32"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/trace/follow"
)

// Time is a moment as RFC 3339 in UTC.
func Time(when int64) string { return time.Unix(when, 0).UTC().Format(time.RFC3339) }

// Row is the kind and index of a row, as "output 1".
func Row(r follow.RowID) string {
	return r.Kind.String() + " " + strconv.FormatUint(uint64(r.Index), 10)
}

// Tx is a transaction's id as explorers of its chain write it: hexadecimal, with 0x
// on chains of the Ethereum kind and in capital letters on the XRP Ledger and chains of
// the Cosmos kind; base58 on Solana; base32 on Algorand.
func Tx(id chain.ID, tx string) string {
	digits := hex.EncodeToString([]byte(tx))
	switch id {
	case chain.Solana:
		return base58([]byte(tx))
	case chain.Algorand:
		return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte(tx))
	case chain.XRP, chain.Cosmos, chain.Thorchain, chain.BNBBeacon, "terra":
		return strings.ToUpper(digits)
	case chain.Harmony, "vechain":
		return "0x" + digits
	}
	if c, ok := chain.Lookup(id); ok && strings.HasPrefix(c.CAIP2, "eip155:") {
		return "0x" + digits
	}
	return digits
}

func base58(b []byte) string {
	const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	n, digit, base := new(big.Int).SetBytes(b), new(big.Int), big.NewInt(58)
	var out []byte
	for n.Sign() > 0 {
		n.QuoRem(n, base, digit)
		out = append(out, alphabet[digit.Int64()])
	}
	for _, c := range b {
		if c != 0 {
			break
		}
		out = append(out, alphabet[0])
	}
	slices.Reverse(out)
	return string(out)
}

// risky is what a spreadsheet takes for the beginning of a formula, and the mark of
// protection itself, so that taking off one mark always gives the text back.
const risky = "=+-@\t\r'＝＋－＠"

// Protect is a text that no spreadsheet takes for a formula: one that begins with = + -
// @, with one of these in full width, with a tab, a carriage return or an apostrophe
// gets an apostrophe before it.
func Protect(text string) string {
	if first, _ := utf8.DecodeRuneInString(text); text != "" && strings.ContainsRune(risky, first) {
		return "'" + text
	}
	return text
}

// Plain undoes Protect.
func Plain(cell string) string {
	if text, ok := strings.CutPrefix(cell, "'"); ok && Protect(text) == cell {
		return text
	}
	return cell
}

var unquoted = strings.NewReplacer(`\"`, `"`, `\\`, `\`)

// Printable shows text from outside without characters that are not seen: control,
// format and bidirectional ones appear as \u202e.
func Printable(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
		return text
	}
	quoted := strconv.QuoteToGraphic(text)
	return unquoted.Replace(quoted[1 : len(quoted)-1])
}

// CSV writes a table by RFC 4180: lines end in CR LF. Text is Printable and
// protected.
func CSV(w io.Writer, head []string, rows int, row func(i int) []string) error {
	c := csv.NewWriter(w)
	c.UseCRLF = true
	if err := c.Write(head); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	for i := range rows {
		cells := row(i)
		for j := range cells {
			cells[j] = Protect(Printable(cells[j]))
		}
		if err := c.Write(cells); err != nil {
			return fmt.Errorf("write CSV: row %d: %w", i+1, err)
		}
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

// Grouped is a plain decimal number with commas between thousands and at most so many
// decimals; "…" stands for those that are cut off.
func Grouped(number string, decimals int) string {
	whole, part, _ := strings.Cut(number, ".")
	var b strings.Builder
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	cut := ""
	if len(part) > decimals {
		part, cut = part[:decimals], "…"
	}
	if part != "" {
		b.WriteString("." + part)
	}
	return b.String() + cut
}
