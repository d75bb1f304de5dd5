package follow

import "github.com/turtlebay/turtlebay/ledger"

// fewAccounts is how many accounts a set holds before it has a bit for each of the
// ledger: memory that is touched here and there for the first time costs more than the
// search for a few.
const fewAccounts = 1 << 15

// accountSet is a set of accounts.
type accountSet struct {
	few      map[ledger.AccountID]struct{}
	many     ledger.Bits // nil: they are few
	accounts int         // of the ledger
}

func newAccountSet(accounts int) accountSet {
	return accountSet{few: map[ledger.AccountID]struct{}{}, accounts: accounts}
}

func (s *accountSet) has(id ledger.AccountID) bool {
	if s.many != nil {
		return s.many.Has(id)
	}
	_, ok := s.few[id]
	return ok
}

func (s *accountSet) add(id ledger.AccountID) {
	if s.many != nil {
		s.many.Add(id)
		return
	}
	if s.few[id] = struct{}{}; len(s.few) < fewAccounts {
		return
	}
	s.many = ledger.NewBits(s.accounts)
	s.fill(s.many)
	s.few = nil
}

// fill adds the accounts of the set to bits.
func (s *accountSet) fill(to ledger.Bits) {
	for id := range s.few {
		to.Add(id)
	}
	for i, word := range s.many {
		to[i] |= word
	}
}
