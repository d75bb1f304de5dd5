package table

import (
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
)

// Row is a row being read. Its methods give the meaning of a cell; the first fault that
// one of them finds is why the row is refused, and from then on what they give is of
// no use.
type Row struct {
	File string
	Line int

	cells   map[string]string
	columns Columns
	refused *Refusal
}

// look refuses a row by its cells alone.
func (r *Row) look() {
	size := 0
	for _, name := range slices.Sorted(maps.Keys(r.cells)) {
		size += len(r.cells[name])
		if !r.columns.known(name) {
			r.Refuse(name, "no such column")
		}
	}
	if size > MaxRow {
		r.Refuse("", fmt.Sprintf("more than %d bytes", MaxRow))
	}
	for _, name := range r.columns.Needed {
		if r.Text(name) == "" {
			r.Refuse(name, "is missing")
		}
	}
}

// Refuse refuses the row, if it is not refused already.
func (r *Row) Refuse(field, reason string) {
	if r.refused == nil {
		r.refused = &Refusal{r.File, r.Line, field, reason}
	}
}

// Place is "file:line".
func (r *Row) Place() string { return Printable(r.File) + ":" + strconv.Itoa(r.Line) }

// Text is a cell without blanks around it.
func (r *Row) Text(name string) string { return strings.TrimSpace(r.cells[name]) }

func cell[T any](r *Row, name string, parse func(string) (T, error)) T {
	v, err := parse(r.Text(name))
	if err != nil {
		r.Refuse(name, err.Error())
	}
	return v
}

// Chain is a cell that names a chain.
func (r *Row) Chain(name string) chain.ID { return cell(r, name, ParseChain) }

// Tx is a cell with the id of a transaction.
func (r *Row) Tx(name string) string { return cell(r, name, ParseTx) }

// Index is a cell with the index of a row; empty is 0.
func (r *Row) Index(name string) uint32 { return cell(r, name, ParseIndex) }

// Address is a cell with an address of a chain.
func (r *Row) Address(name string, id chain.ID) ledger.Address {
	return cell(r, name, func(s string) (ledger.Address, error) { return ParseAddress(id, s) })
}

// Asset is a cell with an asset of a chain.
func (r *Row) Asset(name string, id chain.ID) ledger.Asset {
	return cell(r, name, func(s string) (ledger.Asset, error) { return ParseAsset(id, s) })
}

// Kind is a cell with the kind of a row; see [ParseKind].
func (r *Row) Kind(name string, id chain.ID) ledger.Kind {
	return cell(r, name, func(s string) (ledger.Kind, error) { return ParseKind(id, s) })
}

// Amount is a cell with base units.
func (r *Row) Amount(name string) chain.Amount { return cell(r, name, ParseAmount) }

// Time is a cell with a time; of a day, its beginning.
func (r *Row) Time(name string) int64 {
	return cell(r, name, func(s string) (int64, error) { return ParseTime(s, false) })
}

// ParseChain is a chain by its short name.
func ParseChain(s string) (chain.ID, error) {
	c, ok := chain.Lookup(chain.ID(s))
	if !ok {
		return "", fmt.Errorf("%s is no chain", Quote(s))
	}
	return c.ID, nil
}

// ParseTx is the bytes of a transaction's id: hexadecimal with or without 0x, else the
// text itself.
func ParseTx(s string) (string, error) {
	b, err := hex.DecodeString(strings.TrimPrefix(s, "0x"))
	if err != nil {
		b = []byte(s)
	}
	if len(b) == 0 || len(b) > ledger.MaxTx {
		return "", fmt.Errorf("%s is no id of a transaction: 1 to %d bytes", Quote(s), ledger.MaxTx)
	}
	return string(b), nil
}

// ParseIndex is the index of a row; nothing is 0.
func ParseIndex(s string) (uint32, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("%s is no whole number below 2^32", Quote(s))
	}
	return uint32(n), nil
}

// ParseAddress is an address of a chain as explorers write it, or "raw:" and the
// hexadecimal of what is none.
func ParseAddress(id chain.ID, s string) (ledger.Address, error) {
	if text, raw := strings.CutPrefix(s, "raw:"); raw {
		b, err := hex.DecodeString(text)
		if err != nil || len(b) == 0 || len(b) > ledger.MaxAddress {
			return "", fmt.Errorf("%s is not 1 to %d bytes in hexadecimal", Quote(s), ledger.MaxAddress)
		}
		return ledger.Address(b), nil
	}
	a, err := chain.Parse(id, s)
	if err != nil {
		return "", errors.New(Printable(err.Error()))
	}
	return ledger.AddressOf(a), nil
}

// ParseAsset is an asset of a chain: the address of its contract, "name:" and its name,
// or "native" or nothing for the chain's own coin.
func ParseAsset(id chain.ID, s string) (ledger.Asset, error) {
	if s == "" || s == "native" {
		return "", nil
	}
	if name, named := strings.CutPrefix(s, "name:"); named {
		if name == "" || len(name) > ledger.MaxAddress {
			return "", fmt.Errorf("%s is no name of 1 to %d bytes", Quote(s), ledger.MaxAddress)
		}
		return ledger.Asset(name), nil
	}
	a, err := ParseAddress(id, s)
	return ledger.Asset(a), err
}

// ParseKind is the kind of a row. Nothing is what a chain pays with: an output on a
// chain of outputs, else a payment.
func ParseKind(id chain.ID, s string) (ledger.Kind, error) {
	switch s {
	case "":
		if c, _ := chain.Lookup(id); c.Model == chain.UTXO {
			return ledger.Output, nil
		}
		return ledger.Payment, nil
	case ledger.Output.String():
		return ledger.Output, nil
	case ledger.Payment.String():
		return ledger.Payment, nil
	}
	return 0, fmt.Errorf("%s is neither %q nor %q", Quote(s), ledger.Output.String(), ledger.Payment.String())
}

// ParseAmount is a whole number of base units.
func ParseAmount(s string) (chain.Amount, error) {
	a, err := chain.ParseAmount(s)
	if err != nil {
		return a, errors.New(Printable(err.Error()))
	}
	return a, nil
}

// ParseTime is a time in seconds since 1970-01-01 UTC: such a number, RFC 3339, or a day
// in UTC, of which end takes the last second.
func ParseTime(s string, end bool) (int64, error) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, nil
	}
	if day, err := time.Parse(time.DateOnly, s); err == nil {
		if end {
			return day.AddDate(0, 0, 1).Unix() - 1, nil
		}
		return day.Unix(), nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return 0, fmt.Errorf("%s is no time: seconds since 1970, 2006-01-02T15:04:05Z or 2006-01-02", Quote(s))
	}
	return t.Unix(), nil
}
