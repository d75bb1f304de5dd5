package vault

import (
	"context"
	"errors"
	"fmt"

	"github.com/turtlebay/turtlebay/marking"
)

// asBefore joins to a new marking those of the same bytes that were destroyed: to
// destroy and to add again would else lower a marking without consent, by one person.
// What whoever adds may not see tells them nothing.
func (c *change) asBefore(sum string, n New) (marking.Marking, error) {
	out := n.Marking
	for _, id := range c.state.sharing[sum] {
		if !c.state.items[id].destroyed {
			continue
		}
		gone, err := c.seen(id, n.reader())
		if errors.Is(err, ErrNoItem) {
			continue
		} else if err != nil {
			return out, err
		}
		if out = marking.Join(out, gone.Marking); n.Plain && !out.IsZero() {
			return out, fmt.Errorf("the same bytes were destroyed as %s, marked %s: only what is public may be kept without a key", id, gone.Marking.Label())
		}
	}
	return out, nil
}

// reseal encrypts what arrived to be kept without a key.
func (c *change) reseal(ctx context.Context, plain arrival) (arrival, error) {
	f, err := c.Reopen(plain.from)
	if err != nil {
		return arrival{}, err
	}
	defer f.Close()
	a, err := c.receive(ctx, f, true)
	if err == nil && a.sha256 != plain.sha256 {
		err = ErrDamaged
	}
	return a, errors.Join(err, c.Forget(plain.from))
}
