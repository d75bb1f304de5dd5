package vault

import (
	"context"
	"fmt"
	"strings"

	"filippo.io/age"

	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/vault/custody"
	"github.com/turtlebay/turtlebay/vault/key"
)

// Mark raises the marking of an item, and with it those of the items that were made
// from it. Where some reader could see the item under the new marking who may not see
// it now, it returns ErrLowering. A marking that it has already is no act.
func (v *Vault) Mark(ctx context.Context, id string, to marking.Marking, reason string) (Item, error) {
	return v.edit(ctx, "mark", id, to, func(c *change, item Item) (Item, error) {
		if marking.Lowers(item.Marking, to) {
			return Item{}, ErrLowering
		}
		if !raised(item.Marking, marking.Join(item.Marking, to)) {
			return item, nil
		}
		return c.raise(ctx, item, to, reason)
	})
}

// ProposeLowering is the first of two steps: the actor proposes to lower the marking
// and says where the originator's consent is found. It replaces an earlier proposal.
// A marking that is no lower is ErrNotLower.
func (v *Vault) ProposeLowering(ctx context.Context, id string, to marking.Marking, consent string) (Item, error) {
	return v.edit(ctx, "propose to lower the marking", id, to, func(c *change, item Item) (Item, error) {
		if strings.TrimSpace(consent) == "" {
			return Item{}, fmt.Errorf("%w: say where the consent is found", ErrLowering)
		}
		if !marking.Lowers(item.Marking, to) {
			return Item{}, ErrNotLower
		}
		item.Lowering = &Lowering{To: marking.Join(to), By: asText(v.o.Actor), Consent: asText(consent)}
		return c.rewrite(ctx, item, markEvent(item, "proposed: "+item.Lowering.Consent), false)
	})
}

// ConfirmLowering is the second step: the actor, who is not the one who proposed it,
// confirms that the marking becomes what was proposed, and names it once more.
func (v *Vault) ConfirmLowering(ctx context.Context, id string, to marking.Marking) (Item, error) {
	return v.edit(ctx, "lower the marking", id, to, func(c *change, item Item) (Item, error) {
		p := item.Lowering
		switch {
		case p == nil:
			return Item{}, fmt.Errorf("%w: nobody has proposed it", ErrLowering)
		case marking.Join(to).String() != p.To.String():
			return Item{}, fmt.Errorf("%w: proposed was %s", ErrLowering, quoted(p.To.String()))
		case samePerson(p.By, v.o.Actor):
			return Item{}, ErrSecondPerson
		}
		item.Marking, item.Lowering = p.To, nil
		return c.rewrite(ctx, item, markEvent(item, "confirmed: "+p.Consent), false)
	})
}

// Destroy removes the key and the bytes of an item for good. Its leaves stay, and a
// card that says what was there, under which marking. It returns the items that hold
// the same bytes still.
func (v *Vault) Destroy(ctx context.Context, id, reason string) (same []string, err error) {
	if strings.TrimSpace(reason) == "" {
		return nil, fmt.Errorf("destroy %s: a reason is needed", quoted(id))
	}
	_, err = v.edit(ctx, "destroy", id, marking.Marking{}, func(c *change, item Item) (Item, error) {
		h := *c.state.items[id]
		for _, other := range c.state.sharing[h.sha256] {
			if other != id && !c.state.items[other].destroyed {
				same = append(same, other)
			}
		}
		if h.sealed {
			c.Remove(h.keyPath())
		}
		if c.sharer(h.sha256, h.sealed, id) == nil {
			c.Remove(h.bytesPath())
		}
		gone := Item{
			ID: id, SHA256: item.SHA256, Size: item.Size, Role: item.Role, Parent: item.Parent,
			Marking: item.Marking, Encrypted: item.Encrypted, Destroyed: true, Leaf: item.Leaf,
		}
		return gone, c.bury(&h, gone, asText(reason))
	})
	return same, err
}

// bury leaves the card of a destroyed item. It is encrypted to the vault's key: the
// item's own is gone.
func (c *change) bury(h *held, gone Item, reason string) error {
	b, err := gone.encode()
	if err != nil {
		return err
	}
	if h.sealed {
		to, err := c.v.recipient()
		if err != nil {
			return err
		}
		if b, err = key.Encrypt(b, to); err != nil {
			return err
		}
	}
	e := custody.Event{Act: custody.Destroy, Object: h.id, Digest: h.sha256, Reason: reason}
	return c.putCard(h, gone, b, e)
}

// edit changes one item that is not destroyed.
func (v *Vault) edit(ctx context.Context, verb, id string, to marking.Marking, f func(*change, Item) (Item, error)) (Item, error) {
	var item Item
	err := to.Validate()
	if err == nil {
		err = v.write(ctx, func(c *change) error {
			item, err = c.seen(id, marking.Custodian())
			if err == nil && item.Destroyed {
				err = ErrDestroyed
			}
			if err != nil {
				return err
			}
			item, err = f(c, item)
			return err
		})
	}
	if err != nil {
		return Item{}, fmt.Errorf("%s of %s: %w", verb, quoted(id), err)
	}
	return item, nil
}

// raised reports whether a joined marking is more than the one before.
func raised(before, joined marking.Marking) bool { return marking.Lowers(joined, before) }

func markEvent(item Item, reason string) custody.Event {
	return custody.Event{Act: custody.Mark, Object: item.ID, Digest: item.SHA256, Reason: reason}
}

// raise joins a marking to an item's and to those of what was made from it. A
// proposal to lower it was made about another marking and falls.
func (c *change) raise(ctx context.Context, item Item, by marking.Marking, reason string) (Item, error) {
	item.Marking, item.Lowering = marking.Join(item.Marking, by), nil
	item, err := c.rewrite(ctx, item, markEvent(item, asText(reason)), false)
	if err != nil {
		return Item{}, err
	}
	return item, c.raiseChildren(ctx, item)
}

func (c *change) raiseChildren(ctx context.Context, parent Item) error {
	for _, id := range c.state.ids {
		h := c.state.items[id]
		if h.parent != parent.ID || h.destroyed {
			continue
		}
		child, err := c.item(h)
		if err != nil {
			return err
		}
		if raised(child.Marking, marking.Join(child.Marking, parent.Marking)) {
			if _, err := c.raise(ctx, child, parent.Marking, "made from "+parent.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// rewrite replaces the card of an item. One that is marked, or is to be sealed, and
// was kept without a key gets one.
func (c *change) rewrite(ctx context.Context, item Item, e custody.Event, seal bool) (Item, error) {
	h := *c.state.items[item.ID]
	if !h.sealed && (seal || !item.Marking.IsZero()) {
		return c.encrypt(ctx, h, item, e)
	}
	b, err := item.encode()
	if err != nil {
		return Item{}, err
	}
	if h.sealed {
		keys, err := c.keys(&h)
		if err != nil {
			return Item{}, err
		}
		identity, err := key.Identity(keys.Card)
		if err != nil {
			return Item{}, err
		}
		if b, err = key.Encrypt(b, identity.Recipient()); err != nil {
			return Item{}, err
		}
	}
	h.key, h.bytes = "", "" // they stay what they are
	return item, c.putCard(&h, item, b, e)
}

// encrypt gives an item a key that had none.
func (c *change) encrypt(ctx context.Context, h held, item Item, e custody.Event) (Item, error) {
	plain := h
	f, err := openRegular(c.Where(plain.bytesPath()))
	if err != nil {
		return Item{}, fmt.Errorf("%s: %w: %w", plain.bytesPath(), ErrDamaged, err)
	}
	defer f.Close()
	a, err := c.receive(ctx, f, true)
	if err != nil {
		return Item{}, err
	}
	if a.sha256 != h.sha256 {
		return Item{}, fmt.Errorf("%s: %w", plain.bytesPath(), ErrDamaged)
	}
	h.sealed, h.bytes, item.Encrypted = true, a.kept, true
	secret, err := c.keepBytes(&h, a)
	if err != nil {
		return Item{}, err
	}
	c.Remove(plain.cardPath())
	if c.sharer(h.sha256, false, h.id) == nil {
		c.Remove(plain.bytesPath())
	}
	return item, c.keepCard(&h, item, secret, e)
}

// keepCard writes the card of an item and, if it is encrypted, its key.
func (c *change) keepCard(h *held, item Item, secret string, e custody.Event) error {
	b, err := item.encode()
	if err != nil {
		return err
	}
	if h.sealed {
		if b, err = c.keepKey(h, b, secret); err != nil {
			return err
		}
	}
	return c.putCard(h, item, b, e)
}

// keepKey writes the two secrets of an item and returns its card under the first.
func (c *change) keepKey(h *held, card []byte, secret string) ([]byte, error) {
	own, to, err := key.NewSecret()
	if err != nil {
		return nil, err
	}
	vault, err := c.v.recipient()
	if err != nil {
		return nil, err
	}
	wrapped, err := key.Item{Card: own, Bytes: secret}.Wrap(vault)
	if err != nil {
		return nil, err
	}
	h.key = digest(wrapped)
	if err := c.Put(h.keyPath(), wrapped); err != nil {
		return nil, err
	}
	return key.Encrypt(card, to)
}

// putCard writes a card and the leaf that names the files.
func (c *change) putCard(h *held, item Item, b []byte, e custody.Event) error {
	if err := c.Put(h.cardPath(), b); err != nil {
		return err
	}
	h.card = digest(b)
	c.cards[h.card] = item
	files := detail("card", h.card, "key", h.key, "bytes", h.bytes)
	if e.Act == custody.Destroy {
		files = detail("card", h.card)
	}
	e.Detail = strings.TrimSpace(files + " " + e.Detail)
	return c.leaf(e)
}

func (v *Vault) recipient() (age.Recipient, error) {
	identity, err := v.unlock()
	if err != nil {
		return nil, err
	}
	return identity.Recipient(), nil
}
