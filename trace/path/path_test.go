package path_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/path"
	"pgregory.net/rapid"
)

var exact = cmp.AllowUnexported(ledger.Sum{}, chain.Amount{})

// pays makes rows of a text: "A>B 5; B>C 3", each in a block of its own, a minute apart.
func pays(text string) (out []ledger.Transfer) {
	for i, word := range strings.Split(text, ";") {
		var from, to string
		var value uint64
		if _, err := fmt.Sscanf(strings.NewReplacer(">", " ").Replace(strings.TrimSpace(word)), "%s %s %d", &from, &to, &value); err != nil {
			panic(err)
		}
		out = append(out, ledger.Transfer{
			Chain: chain.Ethereum, Kind: ledger.Payment, Block: uint64(i), Time: int64(60 * i), Tx: fmt.Sprintf("t%03d", i),
			From: ledger.Address(from), To: ledger.Address(to), Value: units(value),
		})
	}
	return out
}

// told is the addresses of each path, as "A B C; A C".
func told(a *path.Answer) string {
	var out []string
	for _, p := range a.Paths {
		words := []string{string(p.Hops[0].From)}
		for _, h := range p.Hops {
			words = append(words, string(h.To))
		}
		out = append(out, strings.Join(words, " "))
	}
	return strings.Join(out, "; ")
}

// find asks a ledger in memory.
func find(ctx context.Context, m *memory, q path.Question) (*path.Answer, error) {
	return path.Find(ctx, snapshot{m: m}, q)
}

func ask(hops int) path.Question {
	return path.Question{Chain: chain.Ethereum, From: "A", To: "B", Hops: hops, Paths: 100, Rows: 100}
}

func TestPaths(t *testing.T) {
	for _, c := range []struct {
		name, rows string
		change     func(*path.Question)
		hops       int
		want       string
	}{
		{"one hop", "A>B 1", nil, 1, "A B"},
		{"shortest first, then earliest", "A>Y 1; A>X 1; X>B 1; Y>B 1; A>B 1", nil, 6, "A B; A Y B; A X B"},
		{"too far", "A>X 1; X>Y 1; Y>B 1", nil, 2, ""},
		{"just near enough", "A>X 1; X>Y 1; Y>B 1", nil, 3, "A X Y B"},
		{"against the order", "X>B 1; A>X 1", nil, 6, ""},
		{"in any order", "X>B 1; A>X 1", func(q *path.Question) { q.AnyOrder = true }, 6, "A X B"},
		{"a cycle is no path", "A>X 1; X>Y 1; Y>A 1; Y>X 1; X>B 1; B>X 1; B>A 1", nil, 6, "A X B"},
		{"a longer way than the shortest, through what is near", "A>X 1; A>Y 1; Y>X 1; X>B 1", nil, 3, "A X B; A Y X B"},
		{"to oneself", "A>A 1; A>X 1; X>X 1; X>B 1; B>B 1", nil, 6, "A X B"},
		{"least", "A>X 5; X>B 4; A>B 3", func(q *path.Question) { q.Least = units(4) }, 6, "A X B"},
		{"since", "A>B 1; A>X 1; X>B 1", func(q *path.Question) { q.Since = 60 }, 6, "A X B"},
		{"until", "A>B 1; A>X 1; X>B 1", func(q *path.Question) { q.Until = 119 }, 6, "A B"},
		{"long", "A>C 1; C>D 1; D>E 1; E>F 1; F>G 1; G>H 1; H>I 1; I>J 1; J>B 1", nil, path.MaxHops, "A C D E F G H I J B"},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := ask(c.hops)
			if c.change != nil {
				c.change(&q)
			}
			a, err := find(t.Context(), remember(chain.Ethereum, pays(c.rows)), q)
			if err != nil {
				t.Fatal(err)
			}
			if got := told(a); got != c.want || a.Found != uint64(len(a.Paths)) || a.More || a.Hops != c.hops || a.Stopped != "" {
				t.Errorf("paths %q, want %q\n%+v", got, c.want, a)
			}
		})
	}
}

// TestHop: payments between neighbours are one hop, without those that cannot be part
// of the way.
func TestHop(t *testing.T) {
	rows := pays("X>B 100; A>X 1; A>X 2; X>B 3; A>X 4; X>B 5; A>X 50")
	q := ask(2)
	q.Rows = 2
	a, err := find(t.Context(), remember(chain.Ethereum, rows), q)
	if err != nil || len(a.Paths) != 1 {
		t.Fatal(a, err)
	}
	p := a.Paths[0]
	first, last := p.Hops[0], p.Hops[1]
	sum, _ := first.Sums[0].Received.Amount()
	if first.Count != 3 || sum != units(7) || len(first.Payments) != 2 || first.First != 60 || first.Last != 240 || last.Count != 2 {
		t.Errorf("%+v", p)
	}
	if least, _ := p.Least[0].Value.Amount(); least != units(7) || p.Least[0].Hop != 0 || p.Least[0].Hops != 2 {
		t.Errorf("least %+v", p.Least)
	}
	if p.First != 60 || p.Last != 300 || p.Quickest != 60 {
		t.Errorf("from %d to %d, quickest %d", p.First, p.Last, p.Quickest)
	}
}

func TestHubs(t *testing.T) {
	rows := pays("A>H 1; A>H 1; C>H 1; H>B 1; A>X 1; X>B 1")
	q := ask(6)
	q.Hub = 2
	a, err := find(t.Context(), remember(chain.Ethereum, rows), q)
	if err != nil {
		t.Fatal(err)
	}
	if told(a) != "A X B" || len(a.Hubs) != 1 {
		t.Fatalf("%q, %+v", told(a), a.Hubs)
	}
	want := path.Hub{Address: "H", Rows: ledger.Degree{Out: 1, In: 3}, FromHere: 1, ToThere: 1}
	if a.Hubs[0] != want {
		t.Errorf("%+v", a.Hubs)
	}
	// all that B has comes by way of a hub
	far := remember(chain.Ethereum, pays("A>G 1; C>G 1; D>G 1; G>E 1; E>B 1; A>F 1; F>C 1"))
	if a, err = find(t.Context(), far, q); err != nil || a.Found != 0 || len(a.Hubs) != 1 || a.Hubs[0].FromHere != -1 || a.Hubs[0].ToThere != 2 || a.Hops != 6 {
		t.Errorf("%+v, %v", a, err)
	}
	// an end may be a hub
	q.From, q.To = "C", "H"
	if a, err = find(t.Context(), remember(chain.Ethereum, rows), q); err != nil || told(a) != "C H" {
		t.Errorf("%q, %v", told(a), err)
	}
}

func TestLimits(t *testing.T) {
	var text []string
	for i := range 40 {
		text = append(text, fmt.Sprintf("A>X%d 1", i))
	}
	for i := range 40 {
		text = append(text, fmt.Sprintf("X%d>B 1", i))
	}
	m := remember(chain.Ethereum, pays(strings.Join(text, ";")))
	q := ask(6)
	q.Paths = 3
	a, err := find(t.Context(), m, q)
	if err != nil || told(a) != "A X0 B; A X1 B; A X2 B" || a.Found != 40 || a.More {
		t.Errorf("%q of %d, %v", told(a), a.Found, err)
	}
	q.Budget.Steps = 60
	if a, err = find(t.Context(), m, q); err != nil || len(a.Paths) != 3 || !a.More || a.Found >= 40 || a.Stopped != "" || a.Hops != 1 {
		t.Errorf("steps for the list alone: %+v, %v", a, err)
	}
	q.Budget.Steps = 2
	if a, err = find(t.Context(), m, q); err != nil || a.Stopped != "steps" || !a.More {
		t.Errorf("too few steps: %+v, %v", a, err)
	}
	q.Budget = path.Budget{Rows: 10}
	if a, err = find(t.Context(), m, q); err != nil || a.Stopped != "rows" || a.Hops != 0 || !a.More {
		t.Errorf("too few rows: %+v, %v", a, err)
	}
	q.Budget = path.Budget{Time: time.Second}
	now := time.Unix(0, 0)
	q.Now = func() time.Time { now = now.Add(300 * time.Millisecond); return now }
	if a, err = find(t.Context(), m, q); err != nil || a.Stopped != "time" || !a.More {
		t.Errorf("too little time: %+v, %v", a, err)
	}
}

// TestStoppedIsComplete: whatever stops a search, up to the hops that it names all
// paths are there.
func TestStoppedIsComplete(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := remember(chain.Ethereum, drawPayments(t))
		q := drawQuestion(t, m)
		q.Hub = 0
		q.Budget = path.Budget{Rows: rapid.Uint64Range(1, 60).Draw(t, "rows"), Steps: rapid.Uint64Range(1, 60).Draw(t, "steps")}
		a, err := find(context.Background(), m, q)
		if err != nil {
			t.Fatal(err)
		}
		if a.Stopped == "" && !a.More && a.Hops != q.Hops {
			t.Fatalf("complete up to %d of %d hops, and nothing stopped it", a.Hops, q.Hops)
		}
		q.Hops = max(1, a.Hops)
		all := naive{m, q}.find()
		if a.Hops == 0 {
			all = nil
		}
		if a.Stopped == "rows" && len(a.Paths) < len(all) {
			return // counted, and not all described
		}
		if a.Found < uint64(len(all)) {
			t.Fatalf("%d found, %d there are up to %d hops", a.Found, len(all), a.Hops)
		}
		for i := range all {
			if diff := cmp.Diff(all[i], a.Paths[i], exact); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}

// random is an even source: rapid's own values are mostly small, and give few paths.
func random(t *rapid.T) *rand.Rand { return rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)) }

func one[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

func drawPayments(t *rapid.T) (out []ledger.Transfer) {
	r := random(t)
	portion := one(r, 1, 3)
	early := one(r, 0, 17) // a block may be earlier than the one before, as on Bitcoin
	side := func() ledger.Address { return one[ledger.Address](r, "A", "B", "C", "D", "E", "F", "") }
	for i := range 5 + r.IntN(40) {
		block := i / portion
		out = append(out, ledger.Transfer{
			Chain: chain.Ethereum, Kind: ledger.Payment, Block: uint64(block), Pos: uint32(i), Time: int64(50 + 10*block - early*(block%3)), Tx: fmt.Sprintf("t%03d", i),
			From: side(), To: side(), Asset: one[ledger.Asset](r, "", "", "x"), Value: units(r.Uint64N(10)),
		})
	}
	return append(out, pays("A>F 1; E>B 1")...)
}

func drawTransactions(t *rapid.T) (out []ledger.Transfer) {
	r := random(t)
	ties := one(r, true, false)
	owner := func() ledger.Address { return one[ledger.Address](r, "A", "B", "C", "D", "E") }
	for i := range 2 + r.IntN(14) {
		row := ledger.Transfer{Chain: chain.Bitcoin, Block: uint64(i / 3), Pos: uint32(i % 3), Time: int64(7 * (i / 3)), Tx: fmt.Sprintf("t%03d", i)}
		if ties {
			row.Pos = 0
		}
		for k := range r.IntN(4) {
			in := row
			in.Kind, in.Index, in.Spends = ledger.Input, uint32(k), ledger.Outpoint{Tx: "before", Index: uint32(10*i + k)}
			in.From, in.Value = owner(), units(r.Uint64N(10))
			out = append(out, in)
		}
		for k := range 1 + r.IntN(3) {
			made := row
			made.Kind, made.Index, made.To, made.Value = ledger.Output, uint32(k), owner(), units(r.Uint64N(10))
			out = append(out, made)
		}
	}
	both := ledger.Transfer{Chain: chain.Bitcoin, Block: 9, Time: 99, Tx: "last", Kind: ledger.Output, To: "A"}
	other := both
	other.Index, other.To = 1, "B"
	return append(out, both, other)
}

func drawQuestion(t *rapid.T, m *memory) path.Question {
	q := path.Question{
		Chain: m.id, From: "A", To: "B", Hops: rapid.SampledFrom([]int{4, 3, 2, 5, 1, 6}).Draw(t, "hops"), Paths: 1 << 20, Rows: 1 << 20,
		AnyOrder: rapid.Bool().Draw(t, "any order"), Hub: rapid.SampledFrom([]int{0, 4, 0, 7}).Draw(t, "hub"),
	}
	if rapid.IntRange(0, 3).Draw(t, "bounded") == 0 {
		q.Since, q.Until, q.Least = rapid.Int64Range(0, 90).Draw(t, "since"), rapid.Int64Range(90, 300).Draw(t, "until"), units(rapid.Uint64Range(0, 5).Draw(t, "least"))
	}
	if rapid.IntRange(0, 3).Draw(t, "one asset") == 0 && slices.Contains(m.assets, "x") {
		q.Asset = rapid.SampledFrom([]*ledger.Asset{&m.assets[0], &m.assets[slices.Index(m.assets, "x")]}).Draw(t, "asset")
	}
	return q
}

// TestLikeNaive compares answers with those of trying everything.
func TestLikeNaive(t *testing.T) {
	for name, draw := range map[string]func(*rapid.T) *memory{
		"accounts": func(t *rapid.T) *memory { return remember(chain.Ethereum, drawPayments(t)) },
		"outputs":  func(t *rapid.T) *memory { return remember(chain.Bitcoin, drawTransactions(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			some := 0
			rapid.Check(t, func(t *rapid.T) {
				m := draw(t)
				q := drawQuestion(t, m)
				a, err := find(context.Background(), m, q)
				if err != nil {
					t.Fatal(err)
				}
				want := naive{m, q}.find()
				if diff := cmp.Diff(want, a.Paths, exact); diff != "" {
					t.Fatalf("%+v\n%s", q, diff)
				}
				if a.Found != uint64(len(want)) || a.More || a.Stopped != "" || a.Hops != q.Hops {
					t.Fatalf("%d found of %d, up to %d hops", a.Found, len(want), a.Hops)
				}
				if some += len(want); q.Hub > 0 {
					for _, h := range a.Hubs {
						if !(naive{m, q}).hub(h.Address) {
							t.Fatalf("%s is no hub", h.Address)
						}
					}
				}
			})
			if some < 50 {
				t.Errorf("only %d paths in all", some)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	m := remember(chain.Ethereum, pays("A>B 1"))
	other := ledger.Asset("none")
	for _, c := range []struct {
		name   string
		change func(*path.Question)
		want   error
	}{
		{"same", func(q *path.Question) { q.To = "A" }, path.ErrSame},
		{"unknown", func(q *path.Question) { q.To = "Z" }, path.ErrUnknown},
		{"nobody", func(q *path.Question) { q.From = "" }, path.ErrQuestion},
		{"no hop", func(q *path.Question) { q.Hops = 0 }, path.ErrQuestion},
		{"too many hops", func(q *path.Question) { q.Hops = path.MaxHops + 1 }, path.ErrQuestion},
		{"backwards", func(q *path.Question) { q.Since, q.Until = 2, 1 }, path.ErrQuestion},
		{"limit", func(q *path.Question) { q.Paths = -1 }, path.ErrQuestion},
		{"asset", func(q *path.Question) { q.Asset = &other }, path.ErrAsset},
		{"chain", func(q *path.Question) { q.Chain = chain.Tron }, path.ErrChain},
	} {
		q := ask(6)
		c.change(&q)
		if _, err := find(t.Context(), m, q); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := find(ctx, m, ask(6)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := path.Find(t.Context(), bookless{snapshot{m: m}}, ask(6)); !errors.Is(err, path.ErrNoBook) {
		t.Errorf("no book: %v", err)
	}
	m.damaged = true
	if a, err := find(t.Context(), m, ask(6)); !errors.Is(err, ledger.ErrDamaged) || a != nil {
		t.Errorf("damaged: %+v, %v", a, err)
	}
}
