package feed

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/ledger"
)

// Fields reads the fields of a row of CSV or JSON. After the first fault it gives zero
// values; see Refusal.
type Fields struct {
	row     intake.Row
	object  map[string]json.RawMessage
	chain   chain.ID
	refusal *intake.Refusal
}

// NewFields reads a row of a chain.
func NewFields(row intake.Row, id chain.ID) *Fields {
	f := &Fields{row: row, chain: id}
	if row.Object != nil {
		if err := json.Unmarshal(row.Object, &f.object); err != nil {
			f.Fault("", "not a JSON object", "")
		}
	}
	return f
}

// Refusal is the first fault; nil if there is none.
func (f *Fields) Refusal() *intake.Refusal { return f.refusal }

// Fault refuses the row, unless it is already.
func (f *Fields) Fault(field, reason, detail string) {
	if f.refusal == nil {
		f.refusal = f.row.Refuse(field, reason, detail)
	}
}

// Chain is that of the row.
func (f *Fields) Chain() chain.ID { return f.chain }

// Has reports whether there is such a column or member.
func (f *Fields) Has(name string) bool {
	if f.object != nil {
		_, ok := f.object[name]
		return ok
	}
	_, ok := f.row.Get(name)
	return ok
}

// Raw is a member of a JSON object as it stands, or a cell.
func (f *Fields) Raw(name string) json.RawMessage {
	if f.object != nil {
		return f.object[name]
	}
	text, _ := f.row.Get(name)
	return json.RawMessage(text)
}

// Text is a cell, or a JSON string or number; empty where there is none, or null.
func (f *Fields) Text(name string) string {
	if f.object == nil {
		text, _ := f.row.Get(name)
		return text
	}
	raw := f.object[name]
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return ""
	}
	if raw[0] != '"' {
		return string(raw)
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		f.Fault(name, "not a JSON string", "")
	}
	return text
}

// Reasons for which fields are refused.
const (
	ReasonMissing = "missing"
	ReasonNumber  = "not a whole number in range"
	ReasonHex     = "not hexadecimal of the right length"
)

// Number is a whole number of at most so many bits; ok is false if there is none.
func (f *Fields) Number(name string, bits int) (n uint64, ok bool) {
	text := f.Text(name)
	if text == "" {
		return 0, false
	}
	n, err := strconv.ParseUint(text, 10, bits)
	if err != nil {
		f.Fault(name, ReasonNumber, intake.Quote(text))
	}
	return n, err == nil
}

// Need is Number, and there must be one.
func (f *Fields) Need(name string, bits int) uint64 {
	n, ok := f.Number(name, bits)
	if !ok {
		f.Fault(name, ReasonMissing, "")
	}
	return n
}

// Amount is a whole number of base units; ok is false if there is none.
func (f *Fields) Amount(name string) (a chain.Amount, ok bool) {
	text := f.Text(name)
	if text == "" {
		return a, false
	}
	a, err := chain.ParseAmount(text)
	if err != nil {
		f.Fault(name, AmountReason(err), intake.Quote(text))
	}
	return a, err == nil
}

// NeedAmount is Amount, and there must be one.
func (f *Fields) NeedAmount(name string) chain.Amount {
	a, ok := f.Amount(name)
	if !ok {
		f.Fault(name, ReasonMissing, "")
	}
	return a
}

// Address is an address of the chain; nobody where the field is empty.
func (f *Fields) Address(name string) ledger.Address {
	text := f.Text(name)
	if text == "" {
		return ""
	}
	a, err := chain.Parse(f.chain, text)
	if err != nil {
		f.Fault(name, AddressReason(err), intake.Quote(text))
	}
	return ledger.AddressOf(a)
}

// NeedAddress is Address, and there must be one.
func (f *Fields) NeedAddress(name string) ledger.Address {
	a := f.Address(name)
	if a == "" {
		f.Fault(name, ReasonMissing, "")
	}
	return a
}

// Hash is 32 bytes in hexadecimal, with or without 0x before them; empty where the
// field is.
func (f *Fields) Hash(name string) string {
	text := f.Text(name)
	if text == "" {
		return ""
	}
	b, err := hex.DecodeString(strings.TrimPrefix(text, "0x"))
	if err != nil || len(b) != 32 {
		f.Fault(name, ReasonHex, intake.Quote(text))
		return ""
	}
	return string(b)
}

// NeedHash is Hash, and there must be one.
func (f *Fields) NeedHash(name string) string {
	h := f.Hash(name)
	if h == "" {
		f.Fault(name, ReasonMissing, "")
	}
	return h
}
