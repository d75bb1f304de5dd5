package exercise_test

import (
	"math/big"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/ledgertest"
	"github.com/turtlebay/turtlebay/trace/exercise"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/price"
)

// digest is that of the rows: whoever changes the case changes it knowingly.
const digest = "e28375f0d82a8ff1b98f1a9167869b72f1189b82aec2d70ba05c5330d8e36717"

func TestRowsAreTransfers(t *testing.T) {
	rows := exercise.Transfers()
	if len(rows) < 60 || len(rows) > 200 {
		t.Errorf("%d rows", len(rows))
	}
	of := map[chain.ID]int{}
	for i := range rows {
		if err := rows[i].Check(); err != nil {
			t.Errorf("row %d: %v", i, err)
		}
		if i > 0 && rows[i-1].Chain == rows[i].Chain && ledger.Compare(&rows[i-1], &rows[i]) >= 0 {
			t.Errorf("row %d is out of order", i)
		}
		if year := rows[i].Time; year < 1704067200 || year >= 1735689600 {
			t.Errorf("row %d is not of 2024", i)
		}
		of[rows[i].Chain]++
	}
	t.Log(len(rows), "rows:", of)
	model := ledgertest.NewModel()
	if r := model.Append(rows); r.Kept != uint64(len(rows)) || !r.Reconciles() {
		t.Error(r)
	}
	if got := model.Digest(); got != digest {
		t.Errorf("digest %s, want %s", got, digest)
	}
	if r := model.Append(exercise.Transfers()); r.Duplicate != uint64(len(rows)) {
		t.Error("another call gives other rows:", r)
	}
}

// Every address is one of its chain, as its text says, and of one role.
func TestAddressesAreOnTheirChain(t *testing.T) {
	seen := map[string]string{}
	for _, row := range exercise.Transfers() {
		for _, a := range []ledger.Address{row.From, row.To} {
			if a == "" {
				continue
			}
			text := a.Text(row.Chain)
			parsed, err := chain.Parse(row.Chain, text)
			if err != nil || ledger.AddressOf(parsed) != a {
				t.Errorf("%s on %s: %v", text, row.Chain, err)
			}
			role := exercise.Role(row.Chain, a)
			if role == "" || seen[text] != "" && seen[text] != role {
				t.Errorf("%s is %q and %q", text, role, seen[text])
			}
			seen[text] = role
		}
	}
	if exercise.Role(chain.Bitcoin, "nobody's") != "" {
		t.Error("a stranger has a role")
	}
}

// No account pays what it does not have.
func TestAccountsStayAboveNought(t *testing.T) {
	type at struct {
		who  ledger.Address
		what ledger.Asset
	}
	balance := map[at]*big.Int{}
	of := func(k at) *big.Int {
		if balance[k] == nil {
			balance[k] = new(big.Int)
		}
		return balance[k]
	}
	for _, row := range exercise.Transfers() {
		if row.Kind != ledger.Payment {
			continue
		}
		payer := of(at{row.From, row.Asset})
		if payer.Sub(payer, row.Value.Big()); row.From != "" && payer.Sign() < 0 {
			t.Errorf("%s lacks %s of %q", exercise.Role(row.Chain, row.From), payer, row.Asset)
		}
		payee := of(at{row.To, row.Asset})
		payee.Add(payee, row.Value.Big())
	}
}

// Outputs are spent once, by whom they belong to, and fees are those of a wallet.
func TestOutputsClose(t *testing.T) {
	type sum struct{ in, out *big.Int }
	sums := map[string]*sum{}
	outputs := map[ledger.Outpoint]ledger.Transfer{}
	for _, row := range exercise.Transfers() {
		if row.Chain != chain.Bitcoin {
			continue
		}
		s := sums[row.Tx]
		if s == nil {
			s = &sum{new(big.Int), new(big.Int)}
			sums[row.Tx] = s
		}
		if row.Kind == ledger.Output {
			outputs[ledger.Outpoint{Tx: row.Tx, Index: row.Index}] = row
			s.out.Add(s.out, row.Value.Big())
			continue
		}
		made, ok := outputs[row.Spends]
		if !ok || made.Value != row.Value || made.To != row.From || made.Time > row.Time {
			t.Errorf("input %d of %x spends what is not there", row.Index, row.Tx)
		}
		delete(outputs, row.Spends)
		s.in.Add(s.in, row.Value.Big())
	}
	coinbases := 0
	for tx, s := range sums {
		if s.in.Sign() == 0 {
			coinbases++
			continue
		}
		fee := new(big.Int).Sub(s.in, s.out)
		if fee.Cmp(big.NewInt(1000)) < 0 || fee.Cmp(big.NewInt(60_000)) > 0 {
			t.Errorf("%x has a fee of %s", tx, fee)
		}
	}
	if coinbases != 2 {
		t.Errorf("%d transactions of new coins", coinbases)
	}
}

// Whatever the question names is among the rows, and links go forward.
func TestQuestionIsAboutTheRows(t *testing.T) {
	rows := map[follow.Mark]int{}
	all := exercise.Transfers()
	for i, row := range all {
		rows[follow.Mark{Chain: row.Chain, Tx: row.Tx, Kind: row.Kind, Index: row.Index}] = i
	}
	q := exercise.Question()
	for _, theft := range q.Thefts {
		for _, m := range theft.Marks {
			if _, ok := rows[m]; !ok {
				t.Errorf("%s marks a row that there is not", theft.ID)
			}
		}
	}
	for _, l := range q.Links {
		out, ok := rows[l.Out]
		in, ok2 := rows[l.In]
		if !ok || !ok2 || all[out].Time > all[in].Time {
			t.Errorf("%s: %v %v", l.ID, ok, ok2)
		}
		if (l.Error != "") != (l.Confidence == follow.Heuristic) {
			t.Errorf("%s is %s with the error %q", l.ID, l.Confidence, l.Error)
		}
		near(t, l.ID, &all[out], &all[in])
	}
	for _, s := range exercise.Services() {
		got, ok := q.Services.Service(s.Chain, s.Address)
		if !ok || got != s.Service || exercise.Role(s.Chain, s.Address) == "" || !strings.Contains(s.Name, "(exercise)") {
			t.Errorf("%s: %v", s.Name, got)
		}
	}
	if _, ok := q.Services.Service(chain.Bitcoin, "nobody's"); ok {
		t.Error("a stranger is a service")
	}
}

// near fails where what a link says came out is worth over five per cent more or less
// than what went in, which would be a match that nobody believes.
func near(t *testing.T, id string, out, in *ledger.Transfer) {
	t.Helper()
	worth, err := exercise.Values()
	if err != nil {
		t.Fatal(err)
	}
	usd := func(row *ledger.Transfer) *big.Rat {
		d, err := worth.USD(price.Asset{Chain: row.Chain, Asset: row.Asset}, row.Value, row.Time)
		if err != nil {
			t.Fatal(err)
		}
		r, ok := new(big.Rat).SetString(d.String())
		if !ok {
			t.Fatal(d)
		}
		return r
	}
	gave, took := usd(out), usd(in)
	ratio, _ := new(big.Rat).Quo(took, gave).Float64()
	t.Logf("%s: %s USD in, %s USD out", id, gave.FloatString(2), took.FloatString(2))
	if ratio < 0.95 || ratio > 1 {
		t.Errorf("%s: what came out is %.4f of what went in", id, ratio)
	}
}

// Every row of the case has a price.
func TestPricesCoverTheCase(t *testing.T) {
	worth, err := exercise.Values()
	if err != nil {
		t.Fatal(err)
	}
	var prices price.Table
	if r, err := prices.Read("p", strings.NewReader(exercise.PriceFile())); err != nil || r.Refused > 0 || r.Kept != 3*40 {
		t.Error(r, err)
	}
	var assets price.Assets
	if r, err := assets.Read("a", strings.NewReader(exercise.AssetFile())); err != nil || r.Kept != 1 || r.Refused > 0 {
		t.Error(r, err)
	}
	for _, row := range exercise.Transfers() {
		if row.Time < 1709251200 { // 1 March: before it only what everybody has
			continue
		}
		if _, err := worth.USD(price.Asset{Chain: row.Chain, Asset: row.Asset}, row.Value, row.Time); err != nil {
			t.Errorf("%d: %v", row.Time, err)
		}
	}
}

// Nobody can mistake the case for another.
func TestSaysThatItIsAnExercise(t *testing.T) {
	for _, text := range []string{exercise.Title, exercise.Notice} {
		if !strings.HasPrefix(text, "EXERCISE: ") {
			t.Error(text)
		}
	}
	for _, theft := range exercise.Question().Thefts {
		if !strings.HasPrefix(theft.ID, "EXERCISE-") {
			t.Error(theft.ID)
		}
	}
	for _, p := range exercise.Story() {
		if len(p) < 80 {
			t.Error(p)
		}
	}
}
