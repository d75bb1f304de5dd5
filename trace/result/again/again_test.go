package again_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/result/again"
)

// The case: a thief pays 6 to a swap and 4 to an exchange. Of the swap, link "sure"
// brings 2 and link "weak" 4 to an address that pays 6 to a second exchange, which is
// known by a guess.
const (
	thief  = ledger.Address("thief")
	first  = ledger.Address("first")
	swap   = ledger.Address("swap")
	other  = ledger.Address("other")
	second = ledger.Address("second")
)

func row(tx string) follow.RowID {
	return follow.RowID{Chain: chain.Bitcoin, Time: int64(tx[0]), Tx: tx, Kind: ledger.Payment}
}

func mark(tx string) follow.Mark {
	return follow.Mark{Chain: chain.Bitcoin, Tx: tx, Kind: ledger.Payment}
}

var guessed = follow.Service{Class: follow.Exchange, Name: "Second", Confidence: follow.Judgement}

type tags map[ledger.Address]follow.Service

func (t tags) Service(_ chain.ID, a ledger.Address) (follow.Service, bool) {
	s, ok := t[a]
	return s, ok
}

func question() follow.Question {
	return follow.Question{
		Thefts:   []follow.Theft{{ID: "T", Marks: []follow.Mark{mark("a")}}},
		Services: tags{first: {Class: follow.Exchange, Name: "First", Confidence: follow.Fact}, second: guessed},
		Links: []follow.Link{
			{ID: "sure", Kind: follow.Swap, Out: mark("b"), In: mark("d"), Confidence: follow.Decoded, Method: "event id"},
			{ID: "weak", Kind: follow.Swap, Out: mark("c"), In: mark("e"), Confidence: follow.Heuristic, Method: "amount and time", Error: "1 of 9"},
			{ID: "idle", Kind: follow.Swap, Out: mark("x"), In: mark("y"), Confidence: follow.Judgement},
		},
		Rules:  follow.Rules{Hub: 5, Deposits: true},
		Record: true,
	}
}

func taint(n uint64) follow.Taint {
	return follow.Taint{Poison: chain.Units64(n), FIFO: chain.Units64(n)}
}

// run answers the question by its links and services, as the case is.
type run struct {
	t    *testing.T
	asks []string
	ends map[string]bool // what the swap was in each
	stop *follow.Stop
}

func (r *run) answer(_ context.Context, q follow.Question) (*follow.Answer, error) {
	a := &follow.Answer{Thefts: []string{"T"}, Stopped: r.stop, Flows: []follow.Flow{}}
	if len(r.asks) > 0 && q.Record {
		r.t.Error("a record is asked for once more")
	}
	var ask []string
	has := map[string]bool{}
	for _, l := range q.Links {
		ask, has[l.ID] = append(ask, l.ID), true
	}
	flow := func(tx string, from, to ledger.Address, n uint64, link string) {
		a.Flows = append(a.Flows, follow.Flow{Theft: "T", Row: row(tx), From: from, To: to, Value: chain.Units64(n), Taint: taint(n), Link: link})
	}
	arrive := func(tx string, to ledger.Address, n uint64) bool {
		s, ok := q.Services.Service(chain.Bitcoin, to)
		if !ok {
			a.Holdings = append(a.Holdings, follow.Holding{Theft: "T", Chain: chain.Bitcoin, Address: to, Value: chain.Units64(n), Taint: taint(n)})
			return false
		}
		a.Services = append(a.Services, follow.Met{Chain: chain.Bitcoin, Address: to, Service: s})
		a.Arrivals = append(a.Arrivals, follow.Arrival{
			Theft: "T", Row: row(tx), From: thief, To: to, Value: chain.Units64(n), Taint: taint(n), Service: len(a.Services) - 1,
		})
		return true
	}
	flow("a", "", thief, 10, "")
	flow("b", thief, swap, 2, "")
	flow("c", thief, swap, 4, "")
	var came uint64
	for _, l := range []struct {
		id, out, in string
		n           uint64
	}{{"sure", "b", "d", 2}, {"weak", "c", "e", 4}} {
		if has[l.id] {
			flow(l.in, swap, other, l.n, l.id)
			came += l.n
		} else {
			r.ends[strings.Join(ask, " ")] = arrive(l.out, swap, l.n)
		}
	}
	arrive("f", first, 4)
	if came > 0 && !arrive("g", second, came) {
		ask = append(ask, "-second")
	}
	if q.Rules.Hub == 0 {
		ask = append(ask, "-hub")
	}
	if !q.Rules.Deposits {
		ask = append(ask, "-deposits")
	}
	r.asks = append(r.asks, strings.Join(ask, " "))
	return a, nil
}

func inquiry(t *testing.T, q follow.Question) (again.Inquiry, *run) {
	r := &run{t: t, ends: map[string]bool{}}
	a, err := r.answer(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return again.Inquiry{Question: q, Answer: a, Run: r.answer}, r
}

func TestGrade(t *testing.T) {
	in, r := inquiry(t, question())
	g, err := in.Grade(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"sure weak idle", "", "sure", "sure weak"}, r.asks); d != "" {
		t.Error(d)
	}
	for ask, ends := range r.ends {
		if !ends {
			t.Errorf("by links %q the swap was anybody", ask)
		}
	}
	at := func(a ledger.Address) again.Place { return again.Place{Theft: "T", Chain: chain.Bitcoin, Address: a} }
	for a, want := range map[ledger.Address]again.Known{
		first:  {Grade: follow.Fact, Taint: taint(4)},
		second: {Grade: follow.Decoded, Taint: taint(2)},
	} {
		if got, ok := g.Service(at(a)); !ok || got != want {
			t.Errorf("%s: %+v, %v", a, got, ok)
		}
	}
	if _, ok := g.Service(at(thief)); ok {
		t.Error("the thief is a service")
	}
	for i, links := range []int{0, 1, 2, 3} {
		if s := g.Steps[i]; s.Links != links || s.Grade != follow.Grades()[i] || len(s.Open) > 0 {
			t.Errorf("step %d: %+v", i, s)
		}
	}
	asset := again.Asset{Theft: "T", Chain: chain.Bitcoin}
	if g.Steps[0].Cashed[asset] != taint(10) || g.Steps[3].Cashed[asset] != taint(10) {
		t.Error(g.Steps)
	}
	for i := range in.Answer.Arrivals {
		a := &in.Answer.Arrivals[i]
		want := follow.Fact
		if a.To == second {
			want = follow.Decoded
		}
		if got, ok := g.Arrival(a); !ok || got != want {
			t.Errorf("arrival at %s: %s, %v", a.To, got, ok)
		}
	}
}

func TestGradeWithoutLinksAsksNothing(t *testing.T) {
	q := question()
	q.Links, q.Services = nil, tags{first: {Class: follow.Mixer}}
	in, r := inquiry(t, q)
	g, err := in.Grade(t.Context())
	if err != nil || len(r.asks) != 1 {
		t.Fatal(err, r.asks)
	}
	if k, ok := g.Service(again.Place{Theft: "T", Chain: chain.Bitcoin, Address: first}); !ok || k.Grade != follow.Fact {
		t.Error(k, ok)
	}
	if c, ok := g.Holding(&in.Answer.Holdings[0]); !ok || c != follow.Fact {
		t.Error(c, ok)
	}
	if len(g.Steps[3].Cashed) != 0 {
		t.Error("what is in a mixer was cashed out")
	}
}

// TestEndsAreNotKnown: with too many rows to be listed, what a link ran through is known
// only as far as the trace ended there.
func TestEndsAreNotKnown(t *testing.T) {
	in, _ := inquiry(t, question())
	in.Answer.Flows = nil
	g, err := in.Grade(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"sure", "weak", "idle"}, g.Steps[0].Open); d != "" {
		t.Error(d)
	}
	trials, err := in.Try(t.Context(), 0)
	if err != nil || !trials.Trials[0].Open || trials.Trials[1].Idle {
		t.Errorf("%+v, %v", trials, err)
	}
}

func TestTry(t *testing.T) {
	in, r := inquiry(t, question())
	in.Answer.Services = append(in.Answer.Services,
		follow.Met{Chain: chain.Bitcoin, Address: "h", Service: follow.Service{Class: follow.Hub, Confidence: follow.Heuristic}},
		follow.Met{Chain: chain.Bitcoin, Address: "d", Service: follow.Service{Class: follow.Deposit, Confidence: follow.Heuristic}},
	)
	r.stop = &follow.Stop{Reason: "time"}
	got, err := in.Try(t.Context(), 3)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"sure weak idle", "sure idle", "sure weak idle -second", "sure weak idle -deposits"}, r.asks); d != "" {
		t.Error(d)
	}
	at := func(a ledger.Address) again.Place { return again.Place{Theft: "T", Chain: chain.Bitcoin, Address: a} }
	total := func(before, after uint64) []again.Total {
		return []again.Total{{Asset: again.Asset{Theft: "T", Chain: chain.Bitcoin}, Before: taint(before), After: taint(after)}}
	}
	want := &again.Trials{
		Trials: []again.Trial{
			{
				What: again.Link, Name: "weak", Confidence: follow.Heuristic, Method: "amount and time", Error: "1 of 9",
				Falls: []again.Change{{Place: at(second), Service: guessed, Before: taint(6), After: taint(2)}},
				Rises: []again.Change{{Place: at(swap), Service: follow.Service{
					Class: follow.Swap, Confidence: follow.Heuristic, Note: "between the rows of link weak",
				}, After: taint(4)}},
				Totals: total(10, 10), Stopped: r.stop,
			},
			{What: again.Link, Name: "idle", Confidence: follow.Judgement, Idle: true},
			{
				What: again.Service, Name: "Second", At: again.Place{Chain: chain.Bitcoin, Address: second}, Confidence: follow.Judgement,
				Falls: []again.Change{{Place: at(second), Service: guessed, Before: taint(6)}}, Totals: total(10, 4), Stopped: r.stop,
			},
			{What: again.Rule, Name: "deposits", Confidence: follow.Heuristic, Totals: total(10, 10), Stopped: r.stop},
		},
		Untried: []string{"rule hub"},
	}
	if d := cmp.Diff(want, got, cmp.Comparer(func(a, b chain.Amount) bool { return a == b })); d != "" {
		t.Error(d)
	}
}

func TestLinksOnly(t *testing.T) {
	in, r := inquiry(t, question())
	in.LinksOnly = true
	got, err := in.Try(t.Context(), 9)
	if err != nil || len(r.asks) != 2 || len(got.Trials) != 2 || len(got.Untried) > 0 || !got.LinksOnly {
		t.Errorf("%+v, %v, asked %q", got, err, r.asks)
	}
}

func TestErrors(t *testing.T) {
	broken := errors.New("disk")
	in, _ := inquiry(t, question())
	in.Run = func(context.Context, follow.Question) (*follow.Answer, error) { return nil, broken }
	if _, err := in.Grade(t.Context()); !errors.Is(err, broken) || err.Error() != "ask again by links of the grade ledger fact: disk" {
		t.Error(err)
	}
	if _, err := in.Try(t.Context(), 1); !errors.Is(err, broken) || err.Error() != `ask again without link "weak": disk` {
		t.Error(err)
	}
	in.Answer.Arrivals[0].Service = 7
	if _, err := in.Try(t.Context(), 1); err == nil || err.Error() != "answer: arrival 0: service 7 of 2" {
		t.Error(err)
	}
	in.Question.Links = nil
	if _, err := in.Grade(t.Context()); err == nil || err.Error() != "answer by links of the grade ledger fact: arrival 0: service 7 of 2" {
		t.Error(err)
	}
}

func TestGradesHaveAnOrder(t *testing.T) {
	if again.Rank(follow.Fact) != 0 || again.Rank("hearsay") != again.Rank(follow.Judgement) || again.Rank("") != 3 {
		t.Error("ranks")
	}
	if again.Weaker(follow.Heuristic, follow.Decoded) != follow.Heuristic || again.Weaker(follow.Fact, follow.Judgement) != follow.Judgement {
		t.Error("weaker")
	}
}
