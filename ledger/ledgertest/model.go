package ledgertest

import (
	"slices"
	"testing"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"pgregory.net/rapid"
)

// Model is the contract in a few maps.
type Model struct {
	rows   []ledger.Transfer // as they came
	keys   map[key]int
	blocks map[place]int64   // time by block
	txs    map[name]uint64   // block by transaction
	spent  map[spending]bool // outpoints
}

type (
	name  struct{ chain, tx string }
	place struct {
		chain string
		block uint64
	}
	spending struct {
		chain string
		of    ledger.Outpoint
	}
	key struct {
		name
		kind  ledger.Kind
		index uint32
	}
)

// NewModel is an empty model.
func NewModel() *Model {
	return &Model{keys: map[key]int{}, blocks: map[place]int64{}, txs: map[name]uint64{}, spent: map[spending]bool{}}
}

// Append is the contract's Append, row after row.
func (m *Model) Append(rows []ledger.Transfer) (r ledger.Receipt) {
	for _, t := range rows {
		r.Read++
		if reason, known := m.judge(&t); known {
			r.Duplicate++
		} else if reason != "" {
			r.Refuse(t, reason)
		} else {
			r.Kept++
			m.keep(t)
		}
	}
	return r
}

func (m *Model) judge(t *ledger.Transfer) (reason string, known bool) {
	if fault := t.Fault(); fault != "" {
		return ledger.ReasonInvalid + ": " + fault, false
	}
	id := name{string(t.Chain), t.Tx}
	if time, ok := m.blocks[place{string(t.Chain), t.Block}]; ok && time != t.Time {
		return ledger.ReasonTime, false
	}
	if block, ok := m.txs[id]; ok && block != t.Block {
		return ledger.ReasonBlock, false
	}
	if i, ok := m.keys[key{id, t.Kind, t.Index}]; ok {
		if m.rows[i] == *t {
			return "", true
		}
		return ledger.ReasonOther, false
	}
	if t.Kind == ledger.Input && m.spent[spending{string(t.Chain), t.Spends}] {
		return ledger.ReasonSpent, false
	}
	return "", false
}

func (m *Model) keep(t ledger.Transfer) {
	id := name{string(t.Chain), t.Tx}
	m.keys[key{id, t.Kind, t.Index}] = len(m.rows)
	m.blocks[place{string(t.Chain), t.Block}], m.txs[id] = t.Time, t.Block
	if t.Kind == ledger.Input {
		m.spent[spending{string(t.Chain), t.Spends}] = true
	}
	m.rows = append(m.rows, t)
}

// Rows are the rows of a chain in order.
func (m *Model) Rows(id chain.ID) (out []ledger.Transfer) {
	for _, t := range m.rows {
		if t.Chain == id {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b ledger.Transfer) int { return ledger.Compare(&a, &b) })
	return out
}

// Expand is the contract's Expand, without the hubs.
func (m *Model) Expand(of ledger.Frontier, step ledger.Step) (out []ledger.Transfer) {
	side := func(t *ledger.Transfer) ledger.Address {
		if step.Direction == ledger.In {
			return t.To
		}
		return t.From
	}
	rows := m.Rows(of.Chain)
	degree := map[ledger.Address]int{}
	for i := range rows {
		degree[side(&rows[i])]++
	}
	for _, t := range rows {
		a := side(&t)
		hub := step.HubLimit > 0 && degree[a] > step.HubLimit
		if a != "" && !hub && slices.Contains(of.Addresses, a) && step.Takes(t.Time, t.Value) {
			out = append(out, t)
		}
	}
	return out
}

// Digest is the digest of all rows.
func (m *Model) Digest() string {
	var ids []chain.ID
	for _, t := range m.rows {
		ids = append(ids, t.Chain)
	}
	slices.Sort(ids)
	d := ledger.NewDigest()
	for _, id := range slices.Compact(ids) {
		for _, t := range m.Rows(id) {
			d.Add(&t)
		}
	}
	return d.String()
}

// row draws a row: few addresses, few blocks, transactions that stand in one block,
// now and then a key that comes again with something else under it.
func row(rt *rapid.T) ledger.Transfer {
	n := rapid.IntRange(0, 60).Draw(rt, "tx")
	t := ledger.Transfer{
		Chain: rapid.SampledFrom([]chain.ID{chain.Ethereum, chain.Ethereum, chain.Bitcoin}).Draw(rt, "chain"),
		Kind:  rapid.SampledFrom([]ledger.Kind{ledger.Payment, ledger.Payment, ledger.Output, ledger.Input}).Draw(rt, "kind"),
		Block: uint64(n / 4), Time: int64(n / 4 * 10 % 70), Tx: Tx(n)[:20+n%13], Pos: uint32(n % 4 / 2),
		Index: rapid.Uint32Range(0, 3).Draw(rt, "index"),
		Asset: rapid.SampledFrom([]ledger.Asset{"", "", "USD", ledger.Asset(Addr(3))}).Draw(rt, "asset"),
	}
	who := func(label string) ledger.Address {
		if i := rapid.IntRange(0, 9).Draw(rt, label); i > 0 {
			return Addr(i)[:20-i%2]
		}
		return ""
	}
	t.Value = chain.Units64(rapid.Uint64Range(0, 5).Draw(rt, "value"))
	if rapid.IntRange(0, 5).Draw(rt, "size") == 0 {
		b := [32]byte{31: 1}
		b[rapid.IntRange(0, 30).Draw(rt, "byte")] = 255
		t.Value = chain.FromBytes(b)
	}
	if t.Kind != ledger.Output {
		t.From = who("from")
	}
	if t.Kind != ledger.Input {
		t.To = who("to")
	} else {
		t.Spends = ledger.Outpoint{Tx: t.Tx + "s", Index: t.Index} // a key spends one outpoint: no two claim it
	}
	return t
}

func likeModel(t *testing.T, open Opener) {
	rapid.Check(t, func(rt *rapid.T) {
		s, m := open(t), NewModel()
		for range rapid.IntRange(1, 4).Draw(rt, "appends") {
			rows := rapid.SliceOfN(rapid.Custom(row), 0, 40).Draw(rt, "rows")
			want := m.Append(rows)
			got := appendAll(t, s, rows)
			if got.Kept != want.Kept || got.Duplicate != want.Duplicate || got.Refused != want.Refused {
				rt.Fatalf("receipt %swant %s", got, want)
			}
		}
		snap, err := s.Snapshot(t.Context())
		if err != nil {
			rt.Fatal(err)
		}
		defer snap.Close()
		if d, err := snap.Digest(t.Context()); err != nil || d != m.Digest() {
			rt.Fatalf("digest %s, %v, want %s", d, err, m.Digest())
		}
		step := ledger.Step{
			Direction: rapid.SampledFrom([]ledger.Direction{ledger.Out, ledger.In}).Draw(rt, "direction"),
			Since:     rapid.Int64Range(0, 40).Draw(rt, "since"), Until: rapid.Int64Range(0, 70).Draw(rt, "until"),
			Least: chain.Units64(rapid.Uint64Range(0, 2).Draw(rt, "least")), Most: chain.Units64(rapid.Uint64Range(0, 4).Draw(rt, "most")),
			HubLimit: rapid.IntRange(0, 12).Draw(rt, "limit"),
		}
		of := ledger.Frontier{Chain: rapid.SampledFrom([]chain.ID{chain.Ethereum, chain.Bitcoin}).Draw(rt, "of")}
		for i := range 10 {
			if rapid.Bool().Draw(rt, "in it") {
				of.Addresses = append(of.Addresses, Addr(i)[:20-i%2])
			}
		}
		got, _ := collect(t, snap.Expand(t.Context(), of, step))
		if !slices.Equal(got, m.Expand(of, step)) {
			rt.Fatalf("expand %v by %+v:\n%v\nwant\n%v", of, step, got, m.Expand(of, step))
		}
		likeModelBook(t, rt, snap, m, of)
	})
}

// likeModelBook compares what a book says with the rows.
func likeModelBook(t *testing.T, rt *rapid.T, snap ledger.Snapshot, m *Model, of ledger.Frontier) {
	b, ok := snap.Book(of.Chain)
	rows := m.Rows(of.Chain)
	if !ok {
		return
	}
	if int(b.Rows()) != len(rows) {
		rt.Fatalf("book of %d rows, want %d", b.Rows(), len(rows))
	}
	if len(rows) > 0 {
		checkMany(t, b)
	}
	ids, err := b.Lookup(t.Context(), of.Addresses)
	if err != nil {
		rt.Fatal(err)
	}
	for i, id := range ids {
		if id == ledger.NoAccount || id == ledger.Nobody {
			continue
		}
		before := ledger.Row(rapid.IntRange(0, len(rows)).Draw(rt, "before"))
		asset, ok, err := b.AssetID("")
		if err != nil || !ok {
			rt.Fatal(ok, err)
		}
		received, paid, err := b.Balance(t.Context(), id, asset, before)
		if err != nil {
			rt.Fatal(err)
		}
		var wantIn, wantOut ledger.Sum
		for _, r := range rows[:before] {
			if r.Asset == "" && r.To == of.Addresses[i] {
				wantIn.Add(r.Value)
			}
			if r.Asset == "" && r.From == of.Addresses[i] {
				wantOut.Add(r.Value)
			}
		}
		if received != wantIn || paid != wantOut {
			rt.Fatalf("balance before row %d", before)
		}
	}
}

// portions: the digest is that of the rows, however they came.
func portions(t *testing.T, open Opener) {
	rows := walkOf(600)
	m := NewModel()
	m.Append(rows)
	for _, size := range []int{600, 599, 250, 100} {
		s := open(t)
		for at := 0; at < len(rows); at += size {
			part := slices.Clone(rows[at:min(at+size, len(rows))])
			slices.Reverse(part)
			appendAll(t, s, part)
		}
		if d, err := snapshotDigest(t, s); err != nil || d != m.Digest() {
			t.Errorf("digest of portions of %d: %s, %v, want %s", size, d, err, m.Digest())
		}
	}
}

func snapshotDigest(t *testing.T, s ledger.Store) (string, error) {
	snap, err := s.Snapshot(t.Context())
	if err != nil {
		return "", err
	}
	defer snap.Close()
	return snap.Digest(t.Context())
}
