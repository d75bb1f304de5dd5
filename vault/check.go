package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"filippo.io/age"

	"github.com/turtlebay/turtlebay/vault/custody"
	"github.com/turtlebay/turtlebay/vault/internal/staging"
	"github.com/turtlebay/turtlebay/vault/key"
)

// Fault is a place where the files of a vault are not what was written.
type Fault struct {
	File string `json:"file"`           // relative to the vault, with slashes; verbatim
	Item string `json:"item,omitempty"` // the items that it belongs to
	Why  string `json:"why"`
}

// String is the fault in one line.
func (f Fault) String() string {
	file := f.File
	if q := strconv.QuoteToGraphic(file); q != `"`+file+`"` {
		file = q
	}
	if f.Item != "" {
		file += " (" + f.Item + ")"
	}
	return file + ": " + f.Why
}

// Report is the answer of Check.
type Report struct {
	Items     int      `json:"items"`
	Destroyed int      `json:"destroyed,omitempty"` // of them
	Unread    int      `json:"unread,omitempty"`    // of them: encrypted, while the vault is locked; compared as they lie on the disk
	Bytes     int64    `json:"bytes"`               // of the files of items that were read
	Leaves    int64    `json:"leaves"`              // of the log
	Waiting   []string `json:"waiting,omitempty"`   // what an interruption left and the next use of the vault finishes: no fault
	Faults    []Fault  `json:"faults,omitempty"`
}

// OK reports whether there is no fault.
func (r Report) OK() bool { return len(r.Faults) == 0 }

// Check reads everything again, see the function Check. What an interruption left is
// finished first, unless the vault was opened to be read.
func (v *Vault) Check(ctx context.Context, progress func(done, total int64)) (Report, error) {
	if !v.o.ReadOnly {
		unlock, err := v.lockToWrite(ctx)
		if err != nil {
			return Report{}, fmt.Errorf("check vault: %w", err)
		}
		unlock()
	}
	return Check(ctx, v.dir.Root, v.o, progress)
}

// Check reads every file of a vault again and names each that is not what the log
// says, that is gone, or that no leaf speaks of; and it verifies the log. Encrypted
// items are compared as they lie on the disk, and if the key is at hand their content
// is compared, too. Where the log itself is at fault, it is not believed: the items
// are compared with what their cards say. Nothing is changed, and others may go on
// writing. Progress, which may be nil, is told how many bytes of how many were read.
//
// The error is about reading: a vault with faults gives none.
func Check(ctx context.Context, dir string, o Options, progress func(done, total int64)) (Report, error) {
	o.ReadOnly = true
	v := &Vault{dir: staging.Dir{Root: dir}, o: o, state: newState(), cards: map[string]Item{}}
	a := &audit{v: v, progress: progress, seen: map[string]bool{}}
	defer v.Close()
	for _, step := range []func(context.Context) error{a.header, a.log, a.items, a.strangers} {
		if err := step(ctx); err != nil {
			return Report{}, fmt.Errorf("check vault %s: %w", quoted(dir), err)
		}
	}
	return a.out, nil
}

// audit is a check on its way.
type audit struct {
	v        *Vault
	out      Report
	believed bool            // the log
	seen     map[string]bool // files of bytes that were read, for items that share them

	progress    func(done, total int64)
	done, total int64
}

func (a *audit) fault(file, item, why string) {
	a.out.Faults = append(a.out.Faults, Fault{file, item, why})
}

func (a *audit) header(context.Context) error {
	err := a.v.readHeader()
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrNewer):
		return err
	case errors.Is(err, fs.ErrNotExist) && empty(a.v.path(logDir)) && empty(a.v.path(cardsDir)):
		return ErrNoVault
	}
	a.fault(headerFile, "", because(headerFile, err))
	if a.v.o.Key != nil {
		if identity, err := a.v.o.Key(); err == nil {
			a.v.identity = identity // nothing can say whether it is the right one but what it opens
		}
	}
	return nil
}

// because is the text of an error about a file that is named beside it.
func because(file string, err error) string {
	text := strings.TrimPrefix(trimPath(err).Error(), file)
	text = strings.ReplaceAll(text, ErrDamaged.Error(), "")
	return strings.Trim(strings.ReplaceAll(text, ": : ", ": "), ": ")
}

func (a *audit) log(ctx context.Context) error {
	found, err := custody.Verify(ctx, a.v.path(logDir), a.v.o.Verifier)
	if err != nil {
		return err
	}
	a.out.Leaves, a.believed = found.Leaves, true
	for _, what := range found.Unfinished {
		a.out.Waiting = append(a.out.Waiting, logDir+": "+what)
	}
	for _, f := range found.Faults {
		why := f.Why
		a.believed = a.believed && path.Dir(f.File) != "." // an earlier checkpoint tells nothing about the leaves
		if f.Leaf >= 0 {
			why = fmt.Sprintf("leaf %d: %s", f.Leaf, f.Why)
		}
		a.fault(path.Join(logDir, f.File), "", why)
	}
	if found.More > 0 {
		a.fault(logDir, "", fmt.Sprintf("%d more faults", found.More))
	}
	if a.believed {
		if _, err = a.v.openLog(); err == nil {
			err = a.v.refresh()
		}
	}
	if a.believed && err == nil {
		return nil
	}
	if a.believed = false; found.OK() { // the leaves are those that were signed for, and make no sense
		a.fault(logDir, "", because(logDir, err))
	}
	a.v.state = newState()
	return a.believeCards()
}

// unknown is the first leaf of an item of which only the card is known.
const unknown = -1

// believeCards makes a state from the cards alone.
func (a *audit) believeCards() error {
	entries, err := os.ReadDir(a.v.path(cardsDir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	identity, locked := a.v.unlock()
	for _, e := range entries {
		name, sealed := strings.CutSuffix(e.Name(), ".age")
		h := &held{id: strings.TrimSuffix(name, ".json"), sealed: sealed, first: unknown}
		if !itemID.MatchString(h.id) {
			continue
		}
		h.card, h.key = a.v.sumOf(h.cardPath()), a.v.sumOf(h.keyPath())
		h.destroyed = sealed && h.key == ""
		a.v.state.ids = append(a.v.state.ids, h.id)
		a.v.state.items[h.id] = h
		if item, err := a.v.loadCard(h, identity, locked); err == nil {
			h.sha256, h.destroyed = item.SHA256, item.Destroyed
		}
	}
	return nil
}

// sumOf is the SHA-256 of a small file, "" where there is none.
func (v *Vault) sumOf(path string) string {
	b, err := readBounded(v.path(path), maxCard)
	if err != nil {
		return ""
	}
	return digest(b)
}

func (a *audit) items(ctx context.Context) error {
	for _, h := range a.v.state.items {
		if hexDigest.MatchString(h.sha256) && !h.destroyed && !a.seen[h.bytesPath()] {
			a.seen[h.bytesPath()] = true
			if info, err := os.Stat(a.v.path(h.bytesPath())); err == nil {
				a.total += info.Size()
			}
		}
	}
	clear(a.seen)
	for _, id := range a.v.state.ids {
		if err := a.item(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// item compares the files of an item. Where they differ, another process may have
// changed the item meanwhile: then it is compared with what the log says now.
func (a *audit) item(ctx context.Context, id string) error {
	const tries = 3
	for i := range tries {
		h := a.v.state.items[id]
		faults, unread := a.compare(ctx, h)
		if err := ctx.Err(); err != nil {
			return err
		}
		if len(faults) > 0 && a.believed && i < tries-1 {
			if err := a.v.refresh(); err != nil {
				return err
			}
			if a.v.state.items[id] != h {
				delete(a.seen, h.bytesPath())
				continue
			}
		}
		a.out.Items++
		if h.destroyed {
			a.out.Destroyed++
		}
		if unread {
			a.out.Unread++
		}
		a.out.Faults = append(a.out.Faults, faults...)
		break
	}
	return nil
}

// compare compares the files of an item; unread is said of one whose content could
// not be compared for want of the key.
func (a *audit) compare(ctx context.Context, h *held) (faults []Fault, unread bool) {
	note := func(file, item string, err error) {
		if err != nil {
			faults = append(faults, Fault{file, item, because(file, err)})
		}
	}
	identity, locked := a.v.unlock()
	_, err := a.v.small(h.cardPath(), h.card)
	note(h.cardPath(), h.id, err)
	cardFits := err == nil
	var with *age.X25519Identity
	if h.sealed && !h.destroyed {
		_, err := a.v.small(h.keyPath(), h.key)
		note(h.keyPath(), h.id, err)
		if unread = locked != nil; err == nil && !unread {
			with, err = a.v.secret(h, identity)
			note(h.keyPath(), h.id, err)
		}
		cardFits = cardFits && err == nil
	}
	if cardFits && (!h.sealed || locked == nil) {
		_, err := a.v.loadCard(h, identity, locked)
		note(h.cardPath(), h.id, err)
	}
	if h.destroyed || !hexDigest.MatchString(h.sha256) || a.seen[h.bytesPath()] {
		return faults, unread
	}
	a.seen[h.bytesPath()] = true
	want := h.sha256
	if h.sealed && with == nil {
		want = ""
	}
	note(h.bytesPath(), strings.Join(a.sharing(h), ", "), a.v.whereverItIs(h.bytesPath(), func(at string) error {
		return a.compareBytes(ctx, at, h.bytes, want, with)
	}))
	return faults, unread
}

// sharing are the items whose file of bytes is that of h.
func (a *audit) sharing(h *held) []string {
	out := []string{h.id}
	for _, id := range a.v.state.sharing[h.sha256] {
		if other := a.v.state.items[id]; id != h.id && !other.destroyed && other.sealed == h.sealed {
			out = append(out, id)
		}
	}
	return out
}

// secret is what the bytes of an item are encrypted to.
func (v *Vault) secret(h *held, identity *age.X25519Identity) (*age.X25519Identity, error) {
	keys, err := v.keysOf(h, identity)
	if err != nil {
		return nil, err
	}
	return key.Identity(keys.Bytes)
}

// compareBytes compares a file and its content, in one reading, with the SHA-256
// that they should have, "" where it is not known.
func (a *audit) compareBytes(ctx context.Context, at, file, content string, with *age.X25519Identity) error {
	f, err := openRegular(at)
	if err != nil {
		return err
	}
	defer f.Close()
	raw, plain, err := sums(io.TeeReader(onlyReader{ctx, f}, a), with)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case file != "" && raw != file:
		return errors.New("not the bytes that the log names")
	case err != nil:
		return err
	case content != "" && plain != content:
		return errors.New("not the bytes that were received")
	}
	return nil
}

// Write counts what was read.
func (a *audit) Write(p []byte) (int, error) {
	a.done += int64(len(p))
	a.out.Bytes = a.done
	if a.progress != nil {
		a.progress(a.done, max(a.done, a.total))
	}
	return len(p), nil
}

// strangers names what is in the folder and should not be. A file takes its place
// after its leaf, so what is there has its leaf by now.
func (a *audit) strangers(ctx context.Context) error {
	leaving := a.waiting()
	if !a.believed {
		return nil // what belongs there is not known
	}
	found, err := a.v.files()
	if err != nil {
		return err
	}
	if err := a.v.refresh(); err != nil {
		return err
	}
	expected := map[string]bool{headerFile: true, lockFile: true}
	for _, h := range a.v.state.items {
		for file := range h.files() {
			expected[file] = true
		}
	}
	found = slices.DeleteFunc(found, func(file string) bool {
		return expected[file] || leaving[file] || strings.HasPrefix(file, staging.Unfinished)
	})
	if len(found) == 0 {
		return ctx.Err()
	}
	time.Sleep(50 * time.Millisecond) // another process may be removing them
	for _, file := range found {
		if _, err := os.Lstat(a.v.path(file)); err == nil {
			a.fault(file, "", "no leaf of the log speaks of it")
		}
	}
	return ctx.Err()
}

// waiting takes note of what an interruption left and returns what is to be removed.
func (a *audit) waiting() map[string]bool {
	leaving := map[string]bool{}
	names, _ := a.v.dir.Waiting()
	for _, name := range names {
		c, err := a.v.dir.Find(name)
		if errors.Is(err, staging.ErrPlan) {
			a.fault(path.Join(staging.Folder, name), "", because("", err))
			continue
		}
		a.out.Waiting = append(a.out.Waiting, staging.Folder+": "+quoted(name))
		for _, file := range c.Plan.Remove {
			leaving[file] = true
		}
	}
	return leaving
}
