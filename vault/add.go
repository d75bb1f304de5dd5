package vault

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/gabriel-vasile/mimetype"

	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/vault/custody"
	"github.com/turtlebay/turtlebay/vault/key"
)

// New says what bytes are added as.
type New struct {
	Title   string // such as a file's name; any text, kept verbatim
	Source  string // who it came from; an original needs one
	Marking marking.Marking
	Plain   bool   // keep it without a key: only what is public may be
	Role    Role   // "" is Original
	Parent  string // the item that it was made from; every role but Original needs one
	Tool    string // name@version
	Params  string // of the tool: JSON
	Reason  string // why, for the log

	// Reader is who adds, nil the custodian: an item that they may not see is not
	// taken for the one that they add, so that adding tells them nothing.
	Reader *marking.Reader
}

func (n New) reader() marking.Reader {
	if n.Reader == nil {
		return marking.Custodian()
	}
	return *n.Reader
}

const (
	maxText     = 4 << 10  // bytes of a title, a source, a tool, a reason
	maxParams   = 32 << 10 // bytes of a tool's parameters
	maxReceipts = 1000     // that a card lists
)

func (n New) validate() error {
	if _, ok := acts[n.Role]; !ok {
		return fmt.Errorf("role %s: want original, working, redacted or extract", quoted(string(n.Role)))
	}
	if err := n.Marking.Validate(); err != nil {
		return err
	}
	switch {
	case n.Role == Original && strings.TrimSpace(n.Source) == "":
		return errors.New("an original needs a source")
	case (n.Role == Original) != (n.Parent == ""):
		return errors.New("what is no original, and that alone, has a parent")
	case n.Plain && !n.Marking.IsZero():
		return fmt.Errorf("marked %s: only what is public may be kept without a key", n.Marking.Label())
	case n.Params != "" && !json.Valid([]byte(n.Params)):
		return errors.New("parameters that are no JSON")
	case len(n.Params) > maxParams:
		return fmt.Errorf("%d bytes of parameters, at most %d", len(n.Params), maxParams)
	}
	for _, text := range []string{n.Title, n.Source, n.Tool, n.Reason} {
		if len(text) > maxText {
			return fmt.Errorf("a text of %d bytes, at most %d", len(text), maxText)
		}
	}
	return nil
}

// Parcel is one of several things to add.
type Parcel struct {
	New
	Open func() (io.ReadCloser, error) // called once, when its turn comes
}

// Added is an item, and whether it was there already.
type Added struct {
	Item
	Known bool `json:"known,omitempty"`
}

// Add keeps what r gives, however long it is, and returns the item. Bytes that are
// there in the same role and from the same parent are the same item, known: it has
// been received once more, its marking is joined with the new one, and so are those
// of the items that were made from it. Nobody else writes while r is read: what comes
// slowly, as over a network, is better put into a file first.
func (v *Vault) Add(ctx context.Context, r io.Reader, n New) (Item, bool, error) {
	out, err := v.AddAll(ctx, []Parcel{{New: n, Open: func() (io.ReadCloser, error) { return io.NopCloser(r), nil }}})
	if err != nil {
		return Item{}, false, err
	}
	return out[0].Item, out[0].Known, nil
}

// AddAll adds several things in one act: all of them or none.
func (v *Vault) AddAll(ctx context.Context, parcels []Parcel) ([]Added, error) {
	out := make([]Added, len(parcels))
	err := v.write(ctx, func(c *change) error {
		for i, p := range parcels {
			var err error
			if out[i], err = c.open(ctx, p); err != nil {
				return fmt.Errorf("%s: %w", quoted(p.Title), err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("add evidence: %w", err)
	}
	return out, nil
}

func (c *change) open(ctx context.Context, p Parcel) (Added, error) {
	r, err := p.Open()
	if err != nil {
		return Added{}, err
	}
	added, err := c.add(ctx, r, p.New)
	return added, errors.Join(err, r.Close())
}

// Derivation says how an item was made from another.
type Derivation struct {
	Role   Role // Working, Redacted or Extract
	Tool   string
	Params string // JSON
	Title  string
	Reason string
}

// Derive keeps what was made from an item. It has the marking of that item: what is
// shown to more readers, as a redaction is meant to be, is lowered for them.
func (v *Vault) Derive(ctx context.Context, parent string, d Derivation, r io.Reader) (Item, bool, error) {
	return v.Add(ctx, r, New{
		Role: d.Role, Parent: parent, Tool: d.Tool, Params: d.Params, Title: d.Title, Reason: d.Reason,
	})
}

// Copy makes a working copy of an item.
func (v *Vault) Copy(ctx context.Context, id, title, reason string) (Item, bool, error) {
	content, err := v.Peek(ctx, id)
	if err != nil {
		return Item{}, false, fmt.Errorf("copy: %w", err)
	}
	defer content.Close()
	return v.Derive(ctx, id, Derivation{Role: Working, Title: title, Reason: reason}, content)
}

// add takes one thing into the change.
func (c *change) add(ctx context.Context, r io.Reader, n New) (Added, error) {
	n.Role = cmp.Or(n.Role, Original)
	if err := n.validate(); err != nil {
		return Added{}, err
	}
	n.Title, n.Source, n.Tool, n.Reason = asText(n.Title), asText(n.Source), asText(n.Tool), asText(n.Reason)
	sealed := !n.Plain
	if n.Parent != "" {
		parent, err := c.seen(n.Parent, n.reader())
		if err != nil {
			return Added{}, err
		}
		if parent.Destroyed {
			return Added{}, fmt.Errorf("made from %s: %w", parent.ID, ErrDestroyed)
		}
		n.Marking = marking.Join(parent.Marking, n.Marking)
		sealed = parent.Encrypted || !n.Marking.IsZero()
	}
	a, err := c.receive(ctx, r, sealed)
	if err != nil {
		return Added{}, err
	}
	if twin := c.twin(a.sha256, n); twin != nil {
		item, err := c.again(ctx, twin, n, sealed)
		return Added{shown(item, n.reader()), true}, errors.Join(err, c.Forget(a.from))
	}
	if n.Marking, err = c.asBefore(a.sha256, n); err != nil {
		return Added{}, err
	}
	if a.secret == "" && !n.Marking.IsZero() {
		if a, err = c.reseal(ctx, a); err != nil {
			return Added{}, err
		}
	}
	item, err := c.first(a, n)
	return Added{Item: item}, err
}

// arrival is a stream that is on the disk, in the folder of the change.
type arrival struct {
	from         string // the file's name
	sha256, kept string // of what was received, and of the file
	size         int64
	media        string
	secret       string // what the file is encrypted under, "" for nothing
}

// receive writes a stream to a file with bounded memory, encrypted on the way.
func (c *change) receive(ctx context.Context, r io.Reader, sealed bool) (arrival, error) {
	if sealed {
		if _, err := c.v.unlock(); err != nil {
			return arrival{}, err
		}
	}
	f, from, err := c.Create()
	if err != nil {
		return arrival{}, err
	}
	defer f.Close()
	a := arrival{from: from}
	kept := newHashed(f)
	sink := io.WriteCloser(nopCloser{kept})
	if sealed {
		var to age.Recipient
		if a.secret, to, err = key.NewSecret(); err != nil {
			return arrival{}, err
		}
		if sink, err = age.Encrypt(kept, to); err != nil {
			return arrival{}, err
		}
	}
	plain := newHashed(sink)
	if _, err := io.CopyBuffer(plain, onlyReader{ctx, r}, make([]byte, 256<<10)); err != nil {
		return arrival{}, err
	}
	if err := errors.Join(sink.Close(), f.Sync()); err != nil {
		return arrival{}, err
	}
	a.sha256, a.kept, a.size = plain.hex(), kept.hex(), plain.size
	a.media = mimetype.Detect(plain.head).String()
	return a, nil
}

// twin is the item that the bytes are already, if whoever adds may see it.
func (c *change) twin(sum string, n New) *held {
	for _, id := range c.state.sharing[sum] {
		h := c.state.items[id]
		if h.destroyed || h.role != n.Role || h.parent != n.Parent {
			continue
		}
		if _, err := c.seen(id, n.reader()); err == nil || !errors.Is(err, ErrNoItem) {
			return h
		}
	}
	return nil
}

// sharer is another item that uses the file of these bytes, encrypted or not.
func (c *change) sharer(sum string, sealed bool, but string) *held {
	for _, id := range c.state.sharing[sum] {
		if h := c.state.items[id]; !h.destroyed && h.sealed == sealed && id != but {
			return h
		}
	}
	return nil
}

// first makes a new item.
func (c *change) first(a arrival, n New) (Item, error) {
	h := &held{id: c.state.nextID(), sha256: a.sha256, role: n.Role, parent: n.Parent, sealed: a.secret != "", bytes: a.kept}
	item := Item{
		ID: h.id, SHA256: a.sha256, Size: a.size, MediaType: a.media, Role: n.Role, Parent: n.Parent,
		Tool: n.Tool, Params: n.Params, Title: n.Title, Marking: marking.Join(n.Marking), Encrypted: h.sealed,
		Leaf: c.state.leaves,
	}
	if n.Role == Original {
		item.Received = []Receipt{c.receipt(n)}
	}
	secret, err := c.keepBytes(h, a)
	if err != nil {
		return Item{}, err
	}
	return item, c.keepCard(h, item, secret, event(h, n))
}

// event is the leaf by which an item came, or came again.
func event(h *held, n New) custody.Event {
	e := custody.Event{
		Act: acts[h.role], Object: h.id, Digest: h.sha256, Parent: h.parent, Tool: n.Tool, Reason: n.Reason,
	}
	if n.Params != "" {
		e.Detail = detail("params", digest([]byte(n.Params)))
	}
	return e
}

// receipt is dated by the clock, or by the last act where the clock is behind.
func (c *change) receipt(n New) Receipt {
	on := max(c.v.o.Now().UTC().Format(time.RFC3339), c.state.last)
	return Receipt{Source: n.Source, On: on[:len("2006-01-02")], Marking: marking.Join(n.Marking)}
}

// keepBytes gives the bytes of a new item, or of one that is encrypted from now on,
// their place, or finds them there, and returns the secret that they are under.
func (c *change) keepBytes(h *held, a arrival) (string, error) {
	other := c.sharer(h.sha256, h.sealed, h.id)
	if other == nil {
		c.Place(a.from, h.bytesPath())
		return a.secret, nil
	}
	if err := c.Forget(a.from); err != nil {
		return "", err
	}
	h.bytes = other.bytes
	if !h.sealed {
		return "", nil
	}
	keys, err := c.keys(other)
	return keys.Bytes, err
}

// again takes in that an item was received, or made, once more.
func (c *change) again(ctx context.Context, h *held, n New, sealed bool) (Item, error) {
	item, err := c.item(h)
	if err != nil {
		return Item{}, err
	}
	if r := c.receipt(n); n.Role == Original && !slices.ContainsFunc(item.Received, func(old Receipt) bool {
		return old.Source == r.Source && !marking.Lowers(old.Marking, r.Marking) && !marking.Lowers(r.Marking, old.Marking)
	}) {
		if item.Received = append(slices.Clip(item.Received), r); len(item.Received) > maxReceipts {
			return Item{}, fmt.Errorf("%s: received from more than %d sources", h.id, maxReceipts)
		}
	}
	joined := marking.Join(item.Marking, n.Marking)
	more := raised(item.Marking, joined)
	if more {
		item.Marking, item.Lowering = joined, nil
	}
	if item, err = c.rewrite(ctx, item, event(h, n), sealed); err != nil || !more {
		return item, err
	}
	return item, c.raiseChildren(ctx, item)
}

// hashed counts and hashes what is written through it, and keeps its beginning.
type hashed struct {
	w    io.Writer
	sum  hash.Hash
	size int64
	head []byte
}

// maxHead is as much as the media type is found by.
const maxHead = 3072

func newHashed(w io.Writer) *hashed { return &hashed{w: w, sum: sha256.New()} }

func (h *hashed) Write(p []byte) (int, error) {
	n, err := h.w.Write(p)
	h.sum.Write(p[:n])
	h.size += int64(n)
	if room := maxHead - len(h.head); room > 0 {
		h.head = append(h.head, p[:min(n, room)]...)
	}
	return n, err
}

func (h *hashed) hex() string { return hex.EncodeToString(h.sum.Sum(nil)) }

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

// onlyReader ends with its context, and hides what else the reader can do.
type onlyReader struct {
	ctx context.Context
	r   io.Reader
}

func (o onlyReader) Read(p []byte) (int, error) {
	if err := o.ctx.Err(); err != nil {
		return 0, err
	}
	return o.r.Read(p)
}
