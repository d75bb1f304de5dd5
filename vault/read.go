package vault

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"filippo.io/age"

	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/vault/key"
)

// List lists the items that the reader may see, by number. To the custodian it
// returns, beside what could be read, the errors of what could not; to others what
// cannot be read is not there.
func (v *Vault) List(r marking.Reader) ([]Item, error) {
	all, err := v.all()
	if err != nil {
		return nil, fmt.Errorf("list evidence: %w", err)
	}
	var out []Item
	var errs []error
	for _, id := range all.ids {
		item, err := all.see(id, r)
		switch {
		case err == nil:
			out = append(out, item)
		case !errors.Is(err, ErrNoItem):
			errs = append(errs, err)
		}
	}
	return out, errors.Join(errs...)
}

// Get returns an item. Without a right to see it the answer is ErrNoItem, found the
// same way and worded the same as for an item that was never there.
func (v *Vault) Get(id string, r marking.Reader) (Item, error) {
	all, err := v.all()
	if err != nil {
		return Item{}, fmt.Errorf("evidence %s: %w", quoted(id), err)
	}
	return all.see(id, r)
}

// view are all items at one moment, those that could be read.
type view struct {
	ids   []string
	items map[string]Item
	errs  map[string]error
	rows  func(marking.Reader, string) bool // Options.Holds
}

// closed is the marking of what is not there or cannot be read.
var closed = marking.Marking{Caveats: []string{"closed"}}

// holds reports whether an item, or what it was made from, holds something that the
// reader may not see.
func (w view) holds(item Item, r marking.Reader) bool {
	for range len(w.items) + 1 { // as many steps as there can be
		if w.rows != nil && w.rows(r, item.SHA256) {
			return true
		}
		parent, ok := w.items[item.Parent]
		if !ok {
			return false
		}
		item = parent
	}
	return true
}

// see is the one way to an item for a reader.
func (w view) see(id string, r marking.Reader) (Item, error) {
	item, found := w.items[id]
	if !found {
		item.Marking = closed
	}
	if found && !r.IsCustodian() && w.holds(item, r) {
		item.Marking = closed
	}
	d := marking.Decide(item.Marking, r)
	if d.OK && found && r.IsCustodian() {
		return item, nil
	}
	if d.OK && found {
		if parent, ok := w.items[item.Parent]; !ok || !marking.Decide(parent.Marking, r).OK {
			item.Parent, item.Params = "", "" // that it came from something is as much as they may know
		}
		return shown(item, r), nil
	}
	if err, damaged := w.errs[id]; d.OK && damaged {
		return Item{}, err
	}
	return Item{}, fmt.Errorf("evidence %s: %w", quoted(id), ErrNoItem)
}

// shown is the part of an item that a reader who may see it gets: not the sources
// that are more closed than the item, nor who wants to lower its marking.
func shown(item Item, r marking.Reader) Item {
	if r.IsCustodian() {
		return item
	}
	item.Lowering = nil
	item.Received = slices.DeleteFunc(slices.Clone(item.Received), func(in Receipt) bool {
		return !marking.Decide(in.Marking, r).OK
	})
	return item
}

// all reads every card, so that what one asks for and what one may not ask for take
// the same time.
func (v *Vault) all() (view, error) {
	var w view
	for range 3 { // another process may be writing
		v.mu.Lock()
		err := v.refreshLocked()
		if err == nil {
			w = v.loadLocked(slices.Collect(maps.Values(v.state.items)))
			w.ids = v.state.ids
		}
		v.mu.Unlock()
		w.rows = v.o.Holds
		if err != nil || !w.damaged() {
			return w, err
		}
	}
	return w, nil
}

func (w view) damaged() bool {
	for _, err := range w.errs {
		if !errors.Is(err, ErrLocked) {
			return true
		}
	}
	return false
}

// loadLocked reads the cards that were not read before, on all cores.
func (v *Vault) loadLocked(hs []*held) view {
	w := view{items: make(map[string]Item, len(hs)), errs: map[string]error{}}
	var missing []*held
	for _, h := range hs {
		if item, ok := v.cards[h.card]; ok {
			w.items[h.id] = item
		} else {
			missing = append(missing, h)
		}
	}
	if len(missing) == 0 {
		return w
	}
	identity, locked := v.unlock()
	var mu sync.Mutex
	var wg sync.WaitGroup
	workers := min(runtime.GOMAXPROCS(0), len(missing))
	for n := range workers {
		wg.Go(func() {
			for i := n; i < len(missing); i += workers {
				item, err := v.loadCard(missing[i], identity, locked)
				mu.Lock()
				if err != nil {
					w.errs[missing[i].id] = fmt.Errorf("evidence %s: %w", missing[i].id, err)
				} else {
					w.items[item.ID], v.cards[missing[i].card] = item, item
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return w
}

func (v *Vault) loadCard(h *held, identity *age.X25519Identity, locked error) (Item, error) {
	b, err := v.small(h.cardPath(), h.card)
	if err != nil {
		return Item{}, err
	}
	if h.sealed {
		if b, err = v.openCard(h, b, identity, locked); err != nil {
			return Item{}, err
		}
	}
	item, err := decodeCard(b)
	if err != nil {
		return Item{}, fmt.Errorf("%s: %w: %w", h.cardPath(), ErrDamaged, err)
	}
	if h.first == unknown {
		return item, nil
	}
	if item.ID != h.id || item.SHA256 != h.sha256 || item.Role != h.role || item.Parent != h.parent ||
		item.Encrypted != h.sealed || item.Destroyed != h.destroyed || item.Leaf != h.first {
		return Item{}, fmt.Errorf("%s: %w: not what the log says of the item", h.cardPath(), ErrDamaged)
	}
	return item, nil
}

func (v *Vault) openCard(h *held, b []byte, identity *age.X25519Identity, locked error) ([]byte, error) {
	if locked != nil {
		return nil, locked
	}
	if !h.destroyed {
		keys, err := v.keysOf(h, identity)
		if err != nil {
			return nil, err
		}
		if identity, err = key.Identity(keys.Card); err != nil {
			return nil, fmt.Errorf("%s: %w: %w", h.keyPath(), ErrDamaged, err)
		}
	}
	plain, err := key.Decrypt(b, identity)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", h.cardPath(), ErrDamaged, err)
	}
	return plain, nil
}

func (v *Vault) keysOf(h *held, identity age.Identity) (key.Item, error) {
	b, err := v.small(h.keyPath(), h.key)
	if err != nil {
		return key.Item{}, err
	}
	keys, err := key.Unwrap(b, identity)
	if err != nil {
		return key.Item{}, fmt.Errorf("%s: %w: %w", h.keyPath(), ErrDamaged, err)
	}
	return keys, nil
}

// small reads a card or a key, which must be the file that the log names. While
// another process writes, the file may still be on its way.
func (v *Vault) small(path, sum string) ([]byte, error) {
	var out []byte
	err := v.whereverItIs(path, func(at string) error {
		b, err := readBounded(at, maxCard)
		if err == nil && digest(b) != sum {
			err = errors.New("not the bytes that the log names")
		}
		out = b
		return err
	})
	return out, err
}

// whereverItIs calls f with the path of a file of the vault: in its place, or in
// pending while an act that is in the log already is being finished.
func (v *Vault) whereverItIs(path string, f func(at string) error) error {
	const tries = 5
	for i := range tries {
		err := f(v.path(path))
		if err == nil {
			return nil
		}
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, fs.ErrPermission) {
			return fmt.Errorf("%s: %w", path, trimPath(err)) // says nothing about the file
		}
		others, waiting := v.dir.Elsewhere(path)
		if i == tries-1 || i > 0 && !waiting {
			return fmt.Errorf("%s: %w: %w", path, ErrDamaged, trimPath(err))
		}
		for _, at := range others {
			if f(at) == nil {
				return nil
			}
		}
		if waiting {
			time.Sleep(10 * time.Millisecond)
		}
	}
	return nil
}

// trimPath leaves the path out of the error of a file that is named beside it.
func trimPath(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// item is the item as it will be after the change.
func (c *change) item(h *held) (Item, error) {
	if item, ok := c.cards[h.card]; ok {
		return item, nil
	}
	c.v.mu.Lock()
	w := c.v.loadLocked([]*held{h})
	c.v.mu.Unlock()
	return w.items[h.id], w.errs[h.id]
}

// keys are the secrets of an item as it will be after the change.
func (c *change) keys(h *held) (key.Item, error) {
	identity, err := c.v.unlock()
	if err != nil {
		return key.Item{}, err
	}
	b, err := readBounded(c.Where(h.keyPath()), maxCard)
	if err != nil || digest(b) != h.key {
		return key.Item{}, fmt.Errorf("%s: %w", h.keyPath(), ErrDamaged)
	}
	return key.Unwrap(b, identity)
}

// seen is an item for a reader, as it will be after the change.
func (c *change) seen(id string, r marking.Reader) (Item, error) {
	w := view{items: map[string]Item{}, errs: map[string]error{}}
	if h, ok := c.state.items[id]; ok {
		if item, err := c.item(h); err != nil {
			w.errs[id] = err
		} else {
			w.items[id] = item
		}
	}
	return w.see(id, r)
}
