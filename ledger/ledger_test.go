package ledger_test

import (
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/ledger"
	"pgregory.net/rapid"
)

func payment() ledger.Transfer {
	return ledger.Transfer{
		Chain: chain.Ethereum, Kind: ledger.Payment, Block: 7, Pos: 1, Index: 2, Time: 1_700_000_000, Tx: "\x01\x02",
		From: "a", To: "bb", Asset: "USD", Value: chain.Units64(258),
	}
}

// TestAppendRow pins the bytes that digests are made of, as docs/ledger-format.md has them.
func TestAppendRow(t *testing.T) {
	row := payment()
	want := "\x03" + "\x00\x00\x00\x00\x00\x00\x00\x07" + "\x00\x00\x00\x01" + "\x00\x00\x00\x02" + "\x00\x00\x00\x00\x65\x53\xf1\x00" +
		"\x08ethereum" + "\x02\x01\x02" + "\x01a" + "\x02bb" + "\x03USD" + "\x02\x01\x02" + "\x00" + "\x00\x00\x00\x00"
	if got := string(ledger.AppendRow(nil, &row)); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	row.Kind, row.To, row.Value, row.Spends = ledger.Input, "", chain.Amount{}, ledger.Outpoint{Tx: "xyz", Index: 9}
	got := string(ledger.AppendRow(nil, &row))
	if !strings.HasSuffix(got, "\x01a\x00\x03USD\x00\x03xyz\x00\x00\x00\x09") {
		t.Errorf("%q", got)
	}
}

// TestDigest: any other row, or another order, is another digest.
func TestDigest(t *testing.T) {
	digest := func(rows ...ledger.Transfer) string {
		d := ledger.NewDigest()
		for _, r := range rows {
			d.Add(&r)
		}
		return d.String()
	}
	a := payment()
	seen := map[string]bool{digest(): true, digest(a): true, digest(a, a): true}
	changes := []func(*ledger.Transfer){
		func(t *ledger.Transfer) { t.Chain = "bsc" }, func(t *ledger.Transfer) { t.Kind = ledger.Output },
		func(t *ledger.Transfer) { t.Block++ }, func(t *ledger.Transfer) { t.Pos++ }, func(t *ledger.Transfer) { t.Index++ },
		func(t *ledger.Transfer) { t.Time++ }, func(t *ledger.Transfer) { t.Tx = "\x01" }, func(t *ledger.Transfer) { t.From = "" },
		func(t *ledger.Transfer) { t.To = "b" }, func(t *ledger.Transfer) { t.Asset = "" },
		func(t *ledger.Transfer) { t.Value = chain.Units64(1) }, func(t *ledger.Transfer) { t.Spends.Index = 1 },
		func(t *ledger.Transfer) { t.Spends.Tx = "s" },
	}
	for _, change := range changes {
		b := payment()
		change(&b)
		seen[digest(b)], seen[digest(a, b)], seen[digest(b, a)] = true, true, true
	}
	if len(seen) != 3+3*len(changes) {
		t.Errorf("%d digests of %d", len(seen), 3+3*len(changes))
	}
}

func TestCompareIsAnOrder(t *testing.T) {
	draw := rapid.Custom(func(t *rapid.T) ledger.Transfer {
		n := func(label string) uint64 { return rapid.Uint64Range(0, 2).Draw(t, label) }
		return ledger.Transfer{Block: n("block"), Pos: uint32(n("pos")), Kind: ledger.Kind(n("kind")), Index: uint32(n("index")), Tx: "ab"[:n("tx")]}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := draw.Draw(t, "a"), draw.Draw(t, "b"), draw.Draw(t, "c")
		if ledger.Compare(&a, &b) != -ledger.Compare(&b, &a) || (ledger.Compare(&a, &b) == 0) != (a == b) {
			t.Fatal("not antisymmetric")
		}
		if ledger.Compare(&a, &b) < 0 && ledger.Compare(&b, &c) < 0 && ledger.Compare(&a, &c) >= 0 {
			t.Fatal("not transitive")
		}
	})
}

func TestSumIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s ledger.Sum
		want := new(big.Int)
		for _, b := range rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 32, 32), 0, 9).Draw(t, "amounts") {
			a := chain.FromBytes([32]byte(b))
			s.Add(a)
			want.Add(want, a.Big())
		}
		got, ok := s.Amount()
		if ok != (want.BitLen() <= 256) || ok && got.Big().Cmp(want) != 0 {
			t.Fatalf("sum %s, %v, want %s", got, ok, want)
		}
	})
}

func TestBitsAreASet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set, model := ledger.NewBits(200), map[ledger.AccountID]bool{}
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			id := ledger.AccountID(rapid.IntRange(0, 199).Draw(t, "id"))
			if rapid.Bool().Draw(t, "add") {
				if set.Add(id) == model[id] {
					t.Fatal("add")
				}
				model[id] = true
			} else {
				set.Remove(id)
				delete(model, id)
			}
		}
		for id := range ledger.AccountID(200) {
			if set.Has(id) != model[id] {
				t.Fatal("has")
			}
		}
	})
}

// TestNextSeesWhatIsAdded: a set that grows between two calls hides no row.
func TestNextSeesWhatIsAdded(t *testing.T) {
	b := ledger.Batch{From: []ledger.AccountID{5, 1, 2, 3, 70}, To: []ledger.AccountID{6, 2, 3, 4, 71}}
	set := ledger.NewBits(100)
	set.Add(1)
	var got, paid []int
	for i := b.Next(0, set); i < b.Len(); i = b.Next(i+1, set) {
		got = append(got, i)
		set.Add(b.To[i])
	}
	for i := b.NextFrom(0, set); i < b.Len(); i = b.NextFrom(i+1, set) {
		paid = append(paid, i)
	}
	if !slices.Equal(got, []int{1, 2, 3}) || !slices.Equal(paid, []int{1, 2, 3}) {
		t.Errorf("rows %v, %v", got, paid)
	}
}

func TestAddressesAndAssets(t *testing.T) {
	for _, c := range []struct {
		id   chain.ID
		text string
	}{
		{chain.Ethereum, "0x098B716B8Aaf21512996dC57EB0615e2383E2f96"},
		{chain.Tron, "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"},
		{chain.Bitcoin, "12QtD5BFwRsdNsAZY76UVE1xyCGNTojH9h"},
		{chain.Bitcoin, "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"},
		{chain.Bitcoin, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"},
	} {
		a, err := chain.Parse(c.id, c.text)
		if err != nil {
			t.Fatal(err)
		}
		key := ledger.AddressOf(a)
		back, ok := key.On(c.id)
		if !ok || back != a || key.Text(c.id) != c.text {
			t.Errorf("%s came back as %s", c.text, key.Text(c.id))
		}
	}
	if got := ledger.Address("any bytes").Text(chain.Bitcoin); got != "0x616e79206279746573" {
		t.Errorf("bytes that are no address: %s", got)
	}
	usdt, err := chain.ParseAsset("ethereum/0xdAC17F958D2ee523a2206206994597C13D831ec7")
	if err != nil {
		t.Fatal(err)
	}
	for a, want := range map[ledger.Asset]string{
		"": "ethereum/native", ledger.AssetOf(usdt): usdt.String(), "USD": `ethereum/"USD"`, "\u202e\x00": `ethereum/"\u202e\x00"`,
	} {
		if got := a.Text(chain.Ethereum); got != want {
			t.Errorf("asset %s, want %s", got, want)
		}
	}
}

func TestReceipt(t *testing.T) {
	r := ledger.Receipt{Read: 5, Kept: 1, Duplicate: 1}
	r.Refuse(payment(), ledger.ReasonOther)
	r.RefuseUnread(&intake.Refusal{Field: "value\x1b", Reason: "not a number"})
	if r.Reconciles() {
		t.Error("a row is missing, and the receipt reconciles")
	}
	r.RefuseMore(ledger.ReasonOther, 1)
	want := "read 5 = kept 1 + duplicate 1 + refused 3\nrefused 2: another row has this transaction and index\nrefused 1: value\\x1b: not a number\n"
	if !r.Reconciles() || r.String() != want || len(r.Rows) != 1 {
		t.Errorf("%q, want %q", r.String(), want)
	}
	for i := range 500 {
		r.RefuseMore(strings.Repeat("x", i), 1)
	}
	if len(r.ByReason) > 101 || r.Refused != 503 {
		t.Errorf("%d reasons, %d refused", len(r.ByReason), r.Refused)
	}
}
