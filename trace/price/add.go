package price

import (
	"errors"
	"fmt"
)

// ErrContradicts is returned by Add for what is not what is known already.
var ErrContradicts = errors.New("something else is known")

// Add adds one price. The error wraps ErrContradicts where another price of that moment
// is known.
func (t *Table) Add(a Asset, p Price) error {
	at := moment{a, p.Time}
	if held, ok := t.exactly(at); ok {
		if held.USD.Cmp(p.USD) != 0 {
			return fmt.Errorf("price of %s at %d: %w: %s by %s", a, p.Time, ErrContradicts, held.USD, printable(held.Source))
		}
		return nil
	}
	t.keep(map[moment]Price{at: p})
	return nil
}

// Add adds what is known of an asset. The error wraps ErrContradicts where something
// else is known, by package chain or by what was added before.
func (s *Assets) Add(a Asset, f Fact) error {
	if held, ok := s.Of(a); ok {
		if held.Symbol != f.Symbol || held.Decimals != f.Decimals {
			return fmt.Errorf("asset %s: %w: %s with %d decimals by %s", a, ErrContradicts, printable(held.Symbol), held.Decimals, printable(held.Source))
		}
		return nil
	}
	if s.facts == nil {
		s.facts = map[Asset]Fact{}
	}
	s.facts[a] = f
	return nil
}
