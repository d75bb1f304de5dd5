package bulk_test

import (
	"testing"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"github.com/turtlebay/turtlebay/trace/bulk"
	"pgregory.net/rapid"
)

type lots = accounting.Lots[accounting.Units]

// shelf is places as package accounting keeps them, for one theft.
type shelf struct {
	policy  accounting.Policy
	places  []lots
	reached map[int]bool // where poison stays although nothing is seen to lie there
}

func newShelf(t *rapid.T, p accounting.Policy, places int) *shelf {
	s := &shelf{policy: p, reached: map[int]bool{}}
	for range places {
		s.places = append(s.places, s.clean(t, accounting.Units{}))
	}
	return s
}

func (s *shelf) clean(t *rapid.T, value accounting.Units) lots {
	l, err := accounting.New(s.policy, value, nil)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestBooksAreThoseOfAccounting pays to and fro between a few places, with two thefts,
// so that queues grow long, and holds every place to package accounting.
func TestBooksAreThoseOfAccounting(t *testing.T) {
	longest := 0
	rapid.Check(t, func(t *rapid.T) {
		narrow, wide := newPair[bulk.Narrow](), newPair[bulk.Wide]()
		const places = 4
		shelves := [2][]*shelf{}
		for theft := range shelves {
			for _, p := range accounting.Policies() {
				shelves[theft] = append(shelves[theft], newShelf(t, p, places))
			}
		}
		size := rapid.SampledFrom([]uint64{3, 20, 1 << 40}).Draw(t, "size")
		value := rapid.Uint64Range(0, size)
		for row := range rapid.Uint64Range(1, 120).Draw(t, "rows") {
			from, to := rapid.IntRange(0, places-1).Draw(t, "from"), rapid.IntRange(0, places-1).Draw(t, "to")
			v, fee := value.Draw(t, "value"), rapid.Uint64Range(0, size/4).Draw(t, "fee")
			if rapid.IntRange(0, 4).Draw(t, "all") == 0 { // what lies there, and all of it
				held, _ := shelves[0][0].places[from].Value().Amount()
				v, _ = held.Uint64()
				fee = 0
			}
			marked := rapid.SampledFrom([]int{-1, -1, 0, 1}).Draw(t, "marks")
			if from == to || v == 0 {
				continue
			}
			for theft := range shelves {
				for _, s := range shelves[theft] {
					s.pay(t, from, to, v, fee, marked == theft)
				}
			}
			narrow.pay(from, to, v, fee, marked, row)
			wide.pay(from, to, v, fee, marked, row)
		}
		for theft := range shelves {
			for at := range places {
				want := map[accounting.Policy]accounting.Units{}
				for _, s := range shelves[theft] {
					want[s.policy] = s.places[at].Tainted()
				}
				for width, got := range map[string]map[accounting.Policy]chain.Amount{"narrow": narrow.tainted(t, theft, at), "wide": wide.tainted(t, theft, at)} {
					for p, w := range want {
						if accounting.UnitsOf(got[p]) != w {
							t.Fatalf("%s: theft %d at %d by %s: %s, want %s", width, theft, at, p, got[p], w)
						}
					}
				}
			}
		}
		longest = max(longest, narrow.runs())
	})
	if longest < 8 {
		t.Errorf("the longest queue had %d runs: the cases are too tame", longest)
	}
}

// pay moves value, all of what was not there being older and clean. Poison stays at a
// place that paid more than was there.
func (s *shelf) pay(t *rapid.T, from, to int, value, fee uint64, marked bool) {
	v, f := accounting.Units64(value), accounting.Units64(fee)
	flagged := s.policy == accounting.Poison && (!s.places[from].Tainted().IsZero() || s.reached[from])
	short := v.Add(f).Sub(s.places[from].Value())
	unseen := short.Cmp(accounting.Units{}) > 0
	if unseen {
		s.places[from].Older(short)
		if flagged {
			s.places[from].Mark()
		}
	}
	s.reached[from] = flagged && unseen
	paid := s.places[from].Pay(accounting.InOrder(v, f))[0]
	if marked {
		paid.Mark()
	}
	s.places[to].Append(paid)
	if s.reached[to] {
		s.places[to].Mark()
		s.reached[to] = false
	}
}

// pair is books and their index.
type pair[N bulk.Number[N]] struct {
	index bulk.Index
	books *bulk.Books[N]
}

func newPair[N bulk.Number[N]]() *pair[N] {
	return &pair[N]{books: bulk.New[N](bulk.Settings{Poison: true, Haircut: true, FIFO: true, LIFO: true, TIHO: true, Bounds: true})}
}

func (p *pair[N]) place(i int) (bulk.Ref, uint64) {
	at := p.index.Place(uint64(i + 1))
	p.books.Reach(at)
	return at, uint64(i + 1)
}

func (p *pair[N]) pay(from, to int, value, fee uint64, marked int, row uint64) {
	var zero N
	v, f := zero.Of64(value), zero.Of64(fee)
	at, _ := p.place(from)
	if p.books.Touched(at) {
		p.books.Leave(at, v, f)
	} else {
		p.books.Clean()
		p.books.Take(at, v)
		p.books.Take(at, f)
	}
	if marked >= 0 {
		p.books.Mark(marked, v)
	}
	tainted := p.books.Sift()
	into, key := p.place(to)
	if tainted || p.books.Touched(into) {
		p.books.Land(into, key, v, row)
	} else {
		p.books.Put(into, v)
	}
}

func (p *pair[N]) tainted(t *rapid.T, theft, i int) map[accounting.Policy]chain.Amount {
	at, _ := p.place(i)
	out := map[accounting.Policy]chain.Amount{}
	err := p.books.Each(func(h *bulk.Held[N]) error {
		if h.At != at || h.Theft != theft {
			return nil
		}
		for policy, n := range map[accounting.Policy]N{
			accounting.Poison: h.Poison, accounting.Haircut: h.Haircut, accounting.FIFO: h.FIFO, accounting.LIFO: h.LIFO, accounting.TIHO: h.TIHO,
		} {
			out[policy], _ = n.Amount()
			if policy != accounting.Poison && (n.Cmp(h.Least) < 0 || n.Cmp(h.Most) > 0) {
				t.Fatalf("%s is outside the bounds: %+v", policy, *h)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// runs is the number of runs of the longest queue.
func (p *pair[N]) runs() (most int) {
	for i := range 4 {
		at, _ := p.place(i)
		if !p.books.Touched(at) {
			continue
		}
		p.books.Leave(at, p.books.Value(at), *new(N))
		for j := range p.books.Hand() {
			fifo, lifo := p.books.Runs(&p.books.Hand()[j])
			most = max(most, len(fifo), len(lifo))
		}
		p.books.End()
	}
	return most
}

// TestManyPlaces goes beyond what is kept in small arrays.
func TestManyPlaces(t *testing.T) {
	p := newPair[bulk.Narrow]()
	defer p.books.Free()
	defer p.index.Free()
	const many = 600_000
	one := bulk.Narrow{Lo: 1}
	for i := range many {
		at, key := p.place(i)
		p.books.Clean()
		p.books.Mark(0, one)
		p.books.Land(at, key, one, uint64(i))
	}
	for i := 0; i < many; i += 1000 {
		at := p.index.Find(uint64(i + 1))
		if p.books.Key(at) != uint64(i+1) || p.books.Value(at) != one {
			t.Fatalf("place %d is %d and holds %v", i, p.books.Key(at), p.books.Value(at))
		}
	}
	n := 0
	if err := p.books.Each(func(h *bulk.Held[bulk.Narrow]) error { n++; return nil }); err != nil || n != many || p.books.Places() != many {
		t.Errorf("%d places hold taint, %d did, of %d: %v", n, p.books.Places(), many, err)
	}
	if least := int64(many * 150); p.books.Bytes() < least {
		t.Errorf("the books say that they take %d bytes, less than %d", p.books.Bytes(), least)
	}
}
