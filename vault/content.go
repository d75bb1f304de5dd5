package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"

	"filippo.io/age"

	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/vault/custody"
	"github.com/turtlebay/turtlebay/vault/key"
)

// Content is the bytes of an item, as they were received: for reading from the
// beginning, with Seek, or anywhere with ReadAt.
type Content struct {
	*io.SectionReader
	file *os.File
}

// Close lets go of the file.
func (c *Content) Close() error { return c.file.Close() }

// Open gives the bytes of an item to a reader who may see it; the purpose stands in
// the log. They are compared with their SHA-256 before anything is handed out.
func (v *Vault) Open(ctx context.Context, id string, r marking.Reader, purpose string) (*Content, error) {
	item, err := v.Get(id, r)
	if err != nil {
		return nil, err
	}
	if v.o.ReadOnly {
		return nil, fmt.Errorf("view %s: %w", id, ErrReadOnly)
	}
	content, err := v.Peek(ctx, id)
	if err != nil {
		return nil, err
	}
	err = v.write(ctx, func(c *change) error {
		return c.leaf(custody.Event{
			Act: custody.View, Object: id, Digest: item.SHA256, Reason: asText(purpose), Detail: viewedBy(r),
		})
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("view %s: %w", id, err), content.Close())
	}
	return content, nil
}

func viewedBy(r marking.Reader) string {
	if r.Name == "" {
		return ""
	}
	return "by " + asText(r.Name)
}

// Peek is Open for the program's own ends, such as making a copy: it asks for no
// right and leaves no leaf. What it gives must be shown to nobody.
func (v *Vault) Peek(ctx context.Context, id string) (*Content, error) {
	v.mu.Lock()
	err := v.refreshLocked()
	h, ok := v.state.items[id]
	v.mu.Unlock()
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", quoted(id), err)
	case !ok:
		return nil, fmt.Errorf("evidence %s: %w", quoted(id), ErrNoItem)
	case h.destroyed:
		return nil, fmt.Errorf("read %s: %w", id, ErrDestroyed)
	}
	c, err := v.content(ctx, h)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", id, err)
	}
	return c, nil
}

func (v *Vault) content(ctx context.Context, h *held) (*Content, error) {
	var with *age.X25519Identity
	if h.sealed {
		identity, err := v.unlock()
		if err != nil {
			return nil, err
		}
		keys, err := v.keysOf(h, identity)
		if err != nil {
			return nil, err
		}
		if with, err = key.Identity(keys.Bytes); err != nil {
			return nil, fmt.Errorf("%s: %w: %w", h.keyPath(), ErrDamaged, err)
		}
	}
	var out *Content
	err := v.whereverItIs(h.bytesPath(), func(at string) (err error) {
		out, err = openContent(ctx, at, h.sha256, with)
		return err
	})
	return out, err
}

// openContent opens a file, encrypted to the identity if there is one, and compares
// its content with the SHA-256.
func openContent(ctx context.Context, path, sum string, with *age.X25519Identity) (*Content, error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	_, got, err := sums(onlyReader{ctx, f}, with)
	if err == nil && got != sum {
		err = errors.New("not the bytes that were received")
	}
	var c *Content
	if err == nil {
		c, err = newContent(f, with)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return c, nil
}

// sums are the SHA-256 of a file as it lies on the disk and of its content. An error
// of decrypting comes with the first of them.
func sums(r io.Reader, with *age.X25519Identity) (file, content string, err error) {
	raw, plain := newHashed(io.Discard), newHashed(io.Discard)
	r = io.TeeReader(r, raw)
	if with == nil {
		_, err = io.CopyBuffer(io.Discard, r, make([]byte, 256<<10))
		return raw.hex(), raw.hex(), err
	}
	out, err := age.Decrypt(r, with)
	if err == nil {
		_, err = io.CopyBuffer(plain, out, make([]byte, 256<<10))
	}
	if _, e := io.CopyBuffer(io.Discard, r, make([]byte, 256<<10)); e != nil {
		err = e
	}
	return raw.hex(), plain.hex(), err
}

func newContent(f *os.File, with *age.X25519Identity) (*Content, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if with == nil {
		return &Content{io.NewSectionReader(f, 0, info.Size()), f}, nil
	}
	at, size, err := age.DecryptReaderAt(f, info.Size(), with)
	if err != nil {
		return nil, fmt.Errorf("decrypt: %w", err)
	}
	return &Content{io.NewSectionReader(&paged{r: at, number: -1, page: make([]byte, pageSize)}, 0, size), f}, nil
}

// pageSize is the length of what age decrypts at once.
const pageSize = 64 << 10

// paged keeps the last page, so that reading by small pieces does not decrypt, or make
// room for, a page each time.
type paged struct {
	r io.ReaderAt

	mu     sync.Mutex
	number int64 // of the page that is kept, -1 for none
	page   []byte
	length int
}

// ReadAt reads like an io.ReaderAt.
func (p *paged) ReadAt(b []byte, off int64) (n int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for n < len(b) {
		number, at := off/pageSize, int(off%pageSize)
		if number != p.number {
			p.number = -1
			p.length, err = p.r.ReadAt(p.page, number*pageSize)
			if err != nil && !errors.Is(err, io.EOF) {
				return n, err
			}
			p.number = number
		}
		if at >= p.length {
			return n, io.EOF
		}
		m := copy(b[n:], p.page[at:p.length])
		n, off = n+m, off+int64(m)
	}
	return n, nil
}

// Addressee is who an export goes to.
type Addressee struct {
	Name   string         // as the log names them
	Reader marking.Reader // what they may see
	Key    age.Recipient  // what is exported is encrypted to it; nil is in clear
	Reason string
}

// Exported says what an export gave and what it kept back.
type Exported struct {
	Items    []Item     `json:"items"` // as the addressee may see them
	Withheld []Withheld `json:"withheld,omitempty"`
}

// Withheld counts what was kept back under one label, see marking.Marking.Label.
type Withheld struct {
	Label string `json:"label"`
	Count int    `json:"count"`
}

// Export gives the items that the addressee may see, one leaf each, to write, in the
// order of ids. Reader is who exports: an item that they may not see is ErrNoItem.
// Where write fails, that item and those after it are void in the log. Write must not
// write to the vault.
func (v *Vault) Export(ctx context.Context, r marking.Reader, ids []string, to Addressee, write func(Item, io.Reader) error) (Exported, error) {
	out, err := v.sort(r, ids, to)
	if err != nil || len(out.Items) == 0 {
		return out, err
	}
	var events []custody.Event
	for _, item := range out.Items {
		events = append(events, custody.Event{
			Act: custody.Export, Object: item.ID, Digest: item.SHA256, Detail: to.detail(), Reason: asText(to.Reason),
		})
	}
	_, err = v.act(ctx, events, func(int64) (int, error) {
		for i, item := range out.Items {
			if err := v.hand(ctx, item, to.Key, write); err != nil {
				return i, fmt.Errorf("%s: %w", item.ID, err)
			}
		}
		return len(out.Items), nil
	})
	if err != nil {
		return Exported{}, fmt.Errorf("export to %s: %w", quoted(to.Name), err)
	}
	return out, nil
}

func (to Addressee) detail() string {
	out := "to " + asText(to.Name)
	if k, ok := to.Key.(fmt.Stringer); ok {
		out += ", encrypted to " + k.String()
	}
	return out
}

// sort parts what the addressee may see from what is withheld.
func (v *Vault) sort(r marking.Reader, ids []string, to Addressee) (Exported, error) {
	var out Exported
	if strings.TrimSpace(to.Name) == "" {
		return out, errors.New("export: an addressee is needed")
	}
	all, err := v.all()
	if err != nil {
		return out, fmt.Errorf("export: %w", err)
	}
	withheld := map[string]int{}
	for i, id := range ids {
		item, err := all.see(id, r)
		if err != nil {
			return Exported{}, err
		}
		if item.Destroyed {
			return Exported{}, fmt.Errorf("export %s: %w", id, ErrDestroyed)
		}
		if slices.Contains(ids[:i], id) {
			continue
		}
		if theirs, err := all.see(id, to.Reader); err == nil {
			out.Items = append(out.Items, theirs)
		} else {
			withheld[item.Marking.Label()]++
		}
	}
	for _, label := range slices.Sorted(maps.Keys(withheld)) {
		out.Withheld = append(out.Withheld, Withheld{label, withheld[label]})
	}
	return out, nil
}

func (v *Vault) hand(ctx context.Context, item Item, to age.Recipient, write func(Item, io.Reader) error) error {
	content, err := v.Peek(ctx, item.ID)
	if err != nil {
		return err
	}
	defer content.Close()
	var r io.Reader = content
	if to != nil {
		if r, err = age.EncryptReader(content, to); err != nil {
			return err
		}
	}
	return write(item, r)
}
