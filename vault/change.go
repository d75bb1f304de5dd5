package vault

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"strings"
	"time"

	"github.com/turtlebay/turtlebay/vault/custody"
	"github.com/turtlebay/turtlebay/vault/internal/staging"
)

// change is one act while it is carried out: files and leaves that come to be
// together, see the package staging, and the state as it will be then.
type change struct {
	*staging.Change
	v     *Vault
	state state
	cards map[string]Item // written in this act, by the SHA-256 of the file
}

// write carries out one act: everything that f does to the change, or nothing.
func (v *Vault) write(ctx context.Context, f func(*change) error) error {
	unlock, err := v.lockToWrite(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	c := v.begin()
	if err := f(c); err != nil {
		return errors.Join(err, c.Discard())
	}
	if len(c.Plan.Leaves) == 0 {
		return c.Discard()
	}
	if err := c.Announce(); err != nil {
		return errors.Join(err, c.Discard())
	}
	if err := c.append(ctx); err != nil {
		return err
	}
	v.mu.Lock()
	maps.Copy(v.cards, c.cards)
	v.mu.Unlock()
	if err = c.Install(); err == nil {
		err = c.Discard()
	}
	if err != nil {
		return fmt.Errorf("the act is in the log, its files follow when the vault is used next: %w", err)
	}
	return nil
}

// lockToWrite keeps other writers out and takes in what they did.
func (v *Vault) lockToWrite(ctx context.Context) (func(), error) {
	if v.o.ReadOnly {
		return nil, ErrReadOnly
	}
	wait, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case v.writing <- struct{}{}:
	case <-wait.Done():
		return nil, fmt.Errorf("%w: %w", ErrBusy, wait.Err())
	}
	unlock, err := v.lock(wait)
	if err != nil {
		<-v.writing
		return nil, err
	}
	both := func() { unlock(); <-v.writing }
	if err := v.catchUp(ctx); err != nil {
		both()
		return nil, err
	}
	return both, nil
}

func (v *Vault) begin() *change {
	v.mu.Lock()
	defer v.mu.Unlock()
	return &change{v: v, Change: v.dir.Begin(v.state.leaves), state: v.state.fork(), cards: map[string]Item{}}
}

// leaf adds an event to the act.
func (c *change) leaf(e custody.Event) error {
	if e.Actor == "" {
		e.Actor = c.v.o.Actor
	}
	c.Plan.Leaves = append(c.Plan.Leaves, e)
	return c.state.apply(e)
}

// append writes the leaves. Where that fails, the log is opened again and asked what
// it holds: it is what decides after a crash, too.
func (c *change) append(ctx context.Context) error {
	err := c.v.dir.Step("append")
	if err == nil {
		_, err = c.v.Log().Append(ctx, c.Plan.Leaves...)
	}
	if err == nil {
		err = c.v.refresh()
	}
	if err != nil {
		err = fmt.Errorf("write the log: %w", err)
		if e := c.v.reopen(); e != nil {
			return errors.Join(err, e)
		}
		landed, e := c.v.landed(c.Plan)
		if e != nil || !landed {
			return errors.Join(err, e, c.Discard())
		}
	}
	c.v.watchClock()
	return c.v.dir.Step("logged")
}

// watchClock says once that acts bear a time that is not the clock's.
func (v *Vault) watchClock() {
	v.mu.Lock()
	defer v.mu.Unlock()
	last, err := time.Parse(time.RFC3339, v.state.last)
	by := last.Sub(v.o.Now().UTC().Truncate(time.Second))
	if err == nil && by > 0 && !v.behind {
		v.did = append(v.did, fmt.Sprintf("the clock is %s behind the last act: until it has caught up, acts bear the time of that one", by))
	}
	v.behind = err == nil && by > 0
}

// Act carries out an act that others do, such as a batch of records that the desk
// keeps, and returns the index of its leaf: the leaf is written, then do is called
// with its index. Where do fails, and after a crash that left open whether it was
// done (see Options.Carried), a void leaf says that the act was not carried out.
// Do must not write to the vault: it would wait for itself until ErrBusy.
//
// The actor is the vault's unless the event names another. What changes items is
// done by the methods for it: such an event is refused.
func (v *Vault) Act(ctx context.Context, e custody.Event, do func(leaf int64) error) (int64, error) {
	first, err := v.act(ctx, []custody.Event{e}, func(first int64) (int, error) {
		if err := do(first); err != nil {
			return 0, err
		}
		return 1, nil
	})
	if err != nil {
		return 0, fmt.Errorf("%s of %s: %w", e.Act, quoted(e.Object), err)
	}
	return first, nil
}

// act announces events with their leaves and has them carried out. Do returns how
// many it carried out, from the first on.
func (v *Vault) act(ctx context.Context, events []custody.Event, do func(first int64) (int, error)) (int64, error) {
	unlock, err := v.lockToWrite(ctx)
	if err != nil {
		return 0, err
	}
	defer unlock()
	c := v.begin()
	c.Plan.Outside = true
	for _, e := range events {
		if filesIn(e.Detail) != nil {
			return 0, errors.New("the detail speaks of an item's files")
		}
		if err := c.leaf(e); err != nil {
			return 0, err
		}
	}
	if err := c.Announce(); err != nil {
		return 0, errors.Join(err, c.Discard())
	}
	if err := c.append(ctx); err != nil {
		return 0, err
	}
	done, err := do(c.Plan.Base)
	if e := v.dir.Step("done"); e != nil {
		return 0, errors.Join(err, e)
	}
	if err != nil {
		if e := v.void(context.WithoutCancel(ctx), c.Plan, done, "failed"); e != nil {
			return 0, errors.Join(err, e) // whoever uses the vault next voids what is left
		}
	}
	return c.Plan.Base, errors.Join(err, c.Discard())
}

// voided is the detail of the void leaf for another leaf.
func voided(leaf int64) string { return fmt.Sprintf("leaf %d", leaf) }

// void appends void leaves for the leaves of a plan that have none, from the given
// one on.
func (v *Vault) void(ctx context.Context, p staging.Plan, from int, why string) error {
	log := v.Log()
	said := map[string]bool{}
	for i := p.Base + int64(len(p.Leaves)); i < log.Size(); i++ {
		e, err := log.Event(i)
		if err != nil {
			return err
		}
		if leaf, _, _ := strings.Cut(e.Detail, ";"); e.Act == custody.Void {
			said[leaf] = true
		}
	}
	var voids []custody.Event
	for i := from; i < len(p.Leaves); i++ {
		leaf := p.Base + int64(i)
		if e := p.Leaves[i]; !said[voided(leaf)] {
			voids = append(voids, custody.Event{
				Act: custody.Void, Actor: v.o.Actor, Object: e.Object, Digest: e.Digest,
				Detail: voided(leaf), Reason: why,
			})
		}
	}
	if len(voids) == 0 {
		return nil
	}
	if _, err := log.Append(ctx, voids...); err != nil {
		return fmt.Errorf("void leaf %d: %w", p.Base+int64(from), err)
	}
	return v.refresh()
}

// catchUp takes in what other processes did and finishes or undoes what they, or
// this one, left when they were interrupted. The lock is held.
func (v *Vault) catchUp(ctx context.Context) error {
	if err := v.refresh(); err != nil {
		return err
	}
	names, err := v.dir.Waiting()
	if err != nil || len(names) == 0 {
		return err
	}
	// an append of theirs that was interrupted is finished or cut when the log is
	// opened; before, it cannot be asked what happened
	if err := v.reopen(); err != nil {
		return err
	}
	for _, name := range names {
		if err := v.settle(ctx, name); err != nil {
			return fmt.Errorf("finish what waits in %s/%s: %w", staging.Folder, quoted(name), err)
		}
	}
	return nil
}

// settle carries a change through if its leaves are in the log, and removes it.
func (v *Vault) settle(ctx context.Context, name string) error {
	c, err := v.dir.Find(name)
	if errors.Is(err, fs.ErrNotExist) {
		v.say("removed what was left of an act that was interrupted before it was in the log")
		return os.RemoveAll(v.path(staging.Folder, name))
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	landed, err := v.landed(c.Plan)
	if err != nil {
		return err
	}
	switch {
	case !landed:
		v.say("undone, because it was interrupted before it was in the log: %s", actsOf(c.Plan))
	case c.Plan.Outside:
		err = v.settleOutside(ctx, c.Plan)
	default:
		if err = c.Install(); err == nil {
			v.say("finished: %s", actsOf(c.Plan))
		}
	}
	if err != nil {
		return err
	}
	return c.Discard()
}

// settleOutside asks whoever acts what was carried out, and voids the rest.
func (v *Vault) settleOutside(ctx context.Context, p staging.Plan) error {
	done := 0
	for i, e := range p.Leaves {
		if v.o.Carried == nil {
			break
		}
		ok, err := v.o.Carried(ctx, p.Base+int64(i), e)
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		done++
	}
	if err := v.void(ctx, p, done, "interrupted: not known to have been carried out"); err != nil {
		return err
	}
	if done < len(p.Leaves) {
		v.say("void, because it was interrupted: %s", actsOf(p))
	}
	return nil
}

// actsOf names the acts of a plan.
func actsOf(p staging.Plan) string {
	const most = 3
	var out []string
	for i, e := range p.Leaves[:min(most, len(p.Leaves))] {
		out = append(out, fmt.Sprintf("%s of %s (leaf %d)", e.Act, quoted(e.Object), p.Base+int64(i)))
	}
	if more := len(p.Leaves) - most; more > 0 {
		out = append(out, fmt.Sprintf("%d more", more))
	}
	return strings.Join(out, ", ")
}

// landed reports whether the leaves of a plan are in the log. They were appended at
// once, so the first tells for all.
func (v *Vault) landed(p staging.Plan) (bool, error) {
	log := v.Log()
	if log.Size() <= p.Base {
		return false, nil
	}
	got, err := log.Event(p.Base)
	if err != nil {
		return false, err
	}
	want := p.Leaves[0]
	rest, ok := strings.CutPrefix(got.Detail, want.Detail) // the log may have added that the clock is behind
	got.At, got.Previous, got.Detail = "", "", want.Detail
	return ok && got == want && (rest == "" || strings.Contains(rest, "clock behind")), nil
}
