package path

import (
	"context"
	"fmt"
	"time"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/follow"
)

// search is one question at work.
type search struct {
	ctx      context.Context
	q        Question
	book     ledger.Book
	cells    ledger.Cells
	asset    ledger.AssetID
	outputs  bool // the chain may have transactions of outputs
	ends     [2]ledger.AccountID
	sides    [2]side // by direction: Out from the start, In back from the end
	hops     int     // paths of up to so many are looked for
	rows     uint64
	limit    uint64 // of rows; 0: none
	steps    uint64
	began    time.Time
	marked   [2][]ledger.AccountID // by side, those that leadOn reached
	hubs     map[ledger.AccountID]ledger.Degree
	shortest int // hops of the shortest path if order and asset are left out; 0: not known
}

// stopped is the end of a budget.
type stopped Stop

func (s stopped) Error() string { return "the budget of " + string(s) + " is spent" }

// Find finds the paths. Errors: ErrQuestion, ErrSame, ErrUnknown, ErrAsset, ErrChain,
// ErrNoBook, of the ledger and of ctx. No path is no error.
func Find(ctx context.Context, snap ledger.Snapshot, q Question) (_ *Answer, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("find paths: %w", err)
		}
	}()
	s, err := newSearch(ctx, snap, q)
	if err != nil {
		return nil, err
	}
	a := &Answer{Snapshot: snap.ID(), Confidence: follow.Fact}
	if err := s.run(a); err != nil {
		stop, ok := err.(stopped)
		if !ok {
			return nil, err
		}
		a.Stopped, a.More = Stop(stop), true
	}
	a.Work.Rows, a.Work.Forward, a.Work.Backward = s.rows, s.sides[ledger.Out].depth, s.sides[ledger.In].depth
	a.Work.Reached = [2]int{len(s.sides[ledger.Out].reached), len(s.sides[ledger.In].reached)}
	return a, s.nameHubs(a)
}

func (q *Question) check() error {
	switch {
	case q.Hops < 1 || q.Hops > MaxHops:
		return fmt.Errorf("%w: %d hops, want 1 to %d", ErrQuestion, q.Hops, MaxHops)
	case q.Paths < 0 || q.Rows < 0 || q.Hub < 0:
		return fmt.Errorf("%w: a limit below nought", ErrQuestion)
	case q.Until != 0 && q.Since > q.Until:
		return fmt.Errorf("%w: it ends before it begins", ErrQuestion)
	case q.From == "" || q.To == "":
		return fmt.Errorf("%w: an address is missing", ErrQuestion)
	case q.From == q.To:
		return ErrSame
	}
	return nil
}

func newSearch(ctx context.Context, snap ledger.Snapshot, q Question) (*search, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	book, ok := snap.Book(q.Chain)
	if !ok {
		for _, e := range snap.Chains() {
			if e.Chain == q.Chain {
				return nil, fmt.Errorf("chain %s: %w", q.Chain, ErrNoBook)
			}
		}
		return nil, fmt.Errorf("chain %q: %w", q.Chain, ErrChain)
	}
	known, _ := chain.Lookup(q.Chain)
	s := &search{
		ctx: ctx, q: q, book: book, cells: book.Cells(), hops: q.Hops, outputs: known.Model != chain.Account,
		hubs: map[ledger.AccountID]ledger.Degree{}, limit: q.Budget.Rows,
	}
	ids, err := book.Lookup(ctx, []ledger.Address{q.From, q.To})
	if err != nil {
		return nil, err
	}
	for i, a := range []ledger.Address{q.From, q.To} {
		if ids[i] == ledger.NoAccount {
			return nil, fmt.Errorf("%s: %w", a.Text(q.Chain), ErrUnknown)
		}
		s.ends[i] = ids[i]
	}
	if q.Asset != nil {
		if s.asset, ok, err = book.AssetID(*q.Asset); err != nil {
			return nil, err
		} else if !ok {
			return nil, fmt.Errorf("%s: %w", q.Asset.Text(q.Chain), ErrAsset)
		}
	}
	if q.Now != nil {
		s.began = q.Now()
	}
	return s, nil
}

// run answers. What a budget stops is in the answer as far as it came.
func (s *search) run(a *Answer) error {
	stop := s.meet()
	if _, ok := stop.(stopped); stop != nil && !ok {
		return stop
	}
	s.hops = s.sides[ledger.Out].depth + s.sides[ledger.In].depth
	if s.limit > 0 {
		s.limit = s.rows + s.q.Budget.Rows
	}
	g, err := s.narrow(a)
	for stopped("rows") == err && s.hops > 1 { // shorter paths have fewer accounts
		stop = first(stop, err)
		s.unmark()
		s.hops--
		g, err = s.narrow(a)
	}
	if err != nil {
		return err
	}
	a.Hops = s.hops
	if g == nil {
		return stop
	}
	return first(s.list(g, a), stop)
}

// narrow reads what lies between the ends; nil where that is nothing.
func (s *search) narrow(a *Answer) (*graph, error) {
	between, err := s.between()
	if err != nil {
		return nil, err
	}
	if a.Work.Between = len(between); len(between) == 0 {
		return nil, nil
	}
	return s.load(between)
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// spend counts rows that were read, and looks whether there is time left.
func (s *search) spend(rows int) error {
	if s.rows += uint64(rows); s.limit > 0 && s.rows > s.limit {
		return stopped("rows")
	}
	return s.pause()
}

// afford reports whether there is room for rows, before they are read.
func (s *search) afford(rows uint64) error {
	if s.limit > 0 && s.rows+rows > s.limit {
		return stopped("rows")
	}
	return s.pause()
}

// pause looks whether there is time left.
func (s *search) pause() error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	if s.q.Now != nil && s.q.Budget.Time > 0 && s.q.Now().Sub(s.began) > s.q.Budget.Time {
		return stopped("time")
	}
	return nil
}

// isHub reports whether a degree is that of a hub.
func (s *search) isHub(d ledger.Degree) bool { return s.q.Hub > 0 && max(d.Out, d.In) > s.q.Hub }

// isEnd reports whether an account is one of the two that were asked for.
func (s *search) isEnd(id ledger.AccountID) bool { return id == s.ends[0] || id == s.ends[1] }

// step is the rows that the question takes, in a direction.
func (s *search) step(d ledger.Direction) ledger.Step {
	return ledger.Step{Direction: d, Since: s.q.Since, Until: s.q.Until, Least: s.q.Least}
}

// takes reports whether the question takes a row: its asset, time and value.
func (s *search) takes(r ledger.Row) (bool, error) {
	if s.q.Asset != nil {
		if id, err := s.cells.Asset(r); err != nil || id != s.asset {
			return false, err
		}
	}
	if !s.q.Least.IsZero() {
		if v, err := s.cells.Value(r); err != nil || v.Cmp(s.q.Least) < 0 {
			return false, err
		}
	}
	if s.q.Since != 0 || s.q.Until != 0 {
		p, err := s.cells.Place(r)
		return err == nil && p.Time >= s.q.Since && (s.q.Until == 0 || p.Time <= s.q.Until), err
	}
	return true, nil
}

// rowsAt streams the payments of an account in a direction that the question takes:
// who is at the other side, the row by which the payment has its place in the order,
// and the row itself. Of a transaction of outputs these are its first row, which is an
// input, and the first output that counts.
func (s *search) rowsAt(id ledger.AccountID, d ledger.Direction, visit func(other ledger.AccountID, at, row ledger.Row)) error {
	var tx string // that was gone through last
	n := 0
	for r, err := range s.book.Walk(s.ctx, id, d, 0) {
		if err != nil {
			return err
		}
		if n++; n%4096 == 0 {
			if err := s.spend(4096); err != nil {
				return err
			}
		}
		other, err := s.other(r, d)
		if err != nil {
			return err
		}
		if other != ledger.Nobody {
			if ok, err := s.takes(r); err != nil {
				return err
			} else if ok {
				visit(other, r, r)
			}
		} else if s.outputs {
			if tx, err = s.through(r, id, d, tx, visit); err != nil {
				return err
			}
		}
	}
	return s.spend(n % 4096)
}

// other is who is at the other side of a row.
func (s *search) other(r ledger.Row, d ledger.Direction) (ledger.AccountID, error) {
	if d == ledger.Out {
		return s.cells.To(r)
	}
	return s.cells.From(r)
}

// through goes through the transaction of an input or output of the account, unless it
// is the one that was gone through last.
func (s *search) through(r ledger.Row, id ledger.AccountID, d ledger.Direction, last string, visit func(other ledger.AccountID, at, row ledger.Row)) (tx string, err error) {
	t, err := s.book.Row(r)
	if err != nil || t.Tx == last || t.Kind == ledger.Payment {
		return last, err
	}
	rows, err := s.book.Transaction(t.Tx)
	if err != nil {
		return "", err
	}
	if err := s.spend(len(rows)); err != nil {
		return "", err
	}
	in, out, err := s.parts(rows)
	if err != nil {
		return "", err
	}
	if d == ledger.Out {
		for _, to := range out {
			visit(to.id, rows[0], to.row)
		}
		return t.Tx, nil
	}
	for _, to := range out {
		for _, from := range in {
			if to.id == id {
				visit(from, rows[0], to.row)
			}
		}
	}
	return t.Tx, nil
}

// paid is who is paid in a transaction of outputs, with the first row that does.
type paid struct {
	id  ledger.AccountID
	row ledger.Row
}

// parts are who spends and who is paid in a transaction of outputs, each once. Outputs
// count as far as the question takes them.
func (s *search) parts(rows []ledger.Row) (in []ledger.AccountID, out []paid, err error) {
	spends, gets := map[ledger.AccountID]bool{}, map[ledger.AccountID]bool{}
	for _, r := range rows {
		from, err := s.cells.From(r)
		if err != nil {
			return nil, nil, err
		}
		to, err := s.cells.To(r)
		if err != nil {
			return nil, nil, err
		}
		switch {
		case to == ledger.Nobody && from != ledger.Nobody && !spends[from]:
			spends[from] = true
			in = append(in, from)
		case from == ledger.Nobody && to != ledger.Nobody && !gets[to]:
			if gets[to], err = s.takes(r); err != nil {
				return nil, nil, err
			}
			if gets[to] {
				out = append(out, paid{to, r})
			}
		}
	}
	return in, out, nil
}
