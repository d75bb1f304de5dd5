package vault

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/vault/custody"
)

// Role is what an item is to the one that it comes from. Bytes that serve in two
// roles are two items.
type Role string

// The roles.
const (
	Original Role = "original" // as it was received
	Working  Role = "working"  // a copy to work with
	Redacted Role = "redacted" // a copy with parts taken out
	Extract  Role = "extract"  // a part, or what a tool made of it
)

// acts are the leaves by which an item of each role comes to be.
var acts = map[Role]string{Original: custody.Receive, Working: custody.Copy, Redacted: custody.Redact, Extract: custody.Derive}

func roleOf(act string) Role {
	for role, a := range acts {
		if a == act {
			return role
		}
	}
	return ""
}

// Item is what the vault says of bytes it keeps.
type Item struct {
	ID        string          `json:"id"`     // EV-000001
	SHA256    string          `json:"sha256"` // hex, of the bytes as they were received
	Size      int64           `json:"size"`   // in bytes
	MediaType string          `json:"media_type,omitempty"`
	Role      Role            `json:"role"`
	Parent    string          `json:"parent,omitempty"` // the item that it was made from
	Tool      string          `json:"tool,omitempty"`   // name@version
	Params    string          `json:"params,omitempty"` // of the tool: canonical JSON
	Title     string          `json:"title,omitempty"`  // verbatim: may hold control and bidi characters
	Received  []Receipt       `json:"received,omitempty"`
	Marking   marking.Marking `json:"marking,omitzero"`
	Lowering  *Lowering       `json:"lowering,omitempty"`
	Encrypted bool            `json:"encrypted,omitempty"`
	Destroyed bool            `json:"destroyed,omitempty"`
	Leaf      int64           `json:"leaf"` // index of its first leaf in the log
}

// Receipt is one time that the bytes came in.
type Receipt struct {
	Source  string          `json:"source"`
	On      string          `json:"on"` // YYYY-MM-DD
	Marking marking.Marking `json:"marking,omitzero"`
}

// Lowering is a marking that one person proposed and another has to confirm.
type Lowering struct {
	To      marking.Marking `json:"to"`
	By      string          `json:"by"`
	Consent string          `json:"consent"` // where the originator's consent is found
}

// card is the file of an item. Its salt makes the SHA-256 of the file, which the log
// holds, tell nothing about what stands in it.
type card struct {
	Version int    `json:"card"`
	Salt    []byte `json:"salt"`
	Item
}

func (i Item) encode() ([]byte, error) {
	c := card{Version: version, Salt: make([]byte, 16), Item: i}
	if _, err := rand.Read(c.Salt); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(c); err != nil {
		return nil, err
	}
	if out.Len() > maxCard/2 {
		return nil, fmt.Errorf("the card has %d bytes, at most %d", out.Len(), maxCard/2)
	}
	return out.Bytes(), nil
}

func decodeCard(b []byte) (Item, error) {
	var c card
	if err := decode(b, &c); err != nil {
		return Item{}, err
	}
	if c.Version != version {
		return Item{}, fmt.Errorf("%w: card of version %d", ErrNewer, c.Version)
	}
	return c.Item, nil
}

// decode reads one JSON value of known fields and nothing after it.
func decode(b []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one value")
	}
	return nil
}

// held is what the log says of an item: enough to find its files and to know each
// byte of them.
type held struct {
	id, sha256, parent string
	role               Role
	sealed             bool // encrypted; the card of one that was destroyed still is
	destroyed          bool
	first, last        int64  // the leaf that it came with, and the last that changed it
	card, key, bytes   string // SHA-256 of the files as they lie on the disk, "" for none
}

func (h *held) suffix() string {
	if h.sealed {
		return ".age"
	}
	return ""
}

func (h *held) cardPath() string { return cardsDir + "/" + h.id + ".json" + h.suffix() }
func (h *held) keyPath() string  { return keysDir + "/" + h.id + ".age" }

// bytesPath is shared by the items of the same bytes that are kept the same way.
func (h *held) bytesPath() string {
	return itemsDir + "/" + h.sha256[:2] + "/" + h.sha256 + h.suffix()
}

// files are the item's files with their SHA-256.
func (h *held) files() map[string]string {
	out := map[string]string{h.cardPath(): h.card}
	if h.key != "" {
		out[h.keyPath()] = h.key
	}
	if h.bytes != "" {
		out[h.bytesPath()] = h.bytes
	}
	return out
}

// state is the log read from its first leaf to the last: every item and its files.
type state struct {
	leaves  int64
	last    string // the time of the last act
	ids     []string
	items   map[string]*held
	sharing map[string][]string // ids by the SHA-256 of their bytes
}

func newState() state {
	return state{items: map[string]*held{}, sharing: map[string][]string{}}
}

var (
	itemID    = regexp.MustCompile(`^EV-\d{6,12}$`)
	hexDigest = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

func (s *state) nextID() string {
	if len(s.ids) == 0 {
		return "EV-000001"
	}
	var n int64
	_, _ = fmt.Sscanf(s.ids[len(s.ids)-1], "EV-%d", &n) // itemID
	return fmt.Sprintf("EV-%06d", n+1)
}

// apply takes the next leaf in. Leaves that change no item are counted only.
func (s *state) apply(e custody.Event) error {
	index := s.leaves
	s.leaves++
	s.last = cmp.Or(e.At, s.last)
	files := filesIn(e.Detail)
	if !itemID.MatchString(e.Object) || files == nil {
		return nil
	}
	h, known := s.items[e.Object]
	if !known {
		if h = s.begin(e, index); h == nil {
			return fmt.Errorf("%w: leaf %d speaks of %s, which is not there yet", ErrDamaged, index, quoted(e.Object))
		}
	}
	next := *h // the state that it was copied from stays as it is
	next.last, next.card = index, files["card"]
	if files["key"] != "" {
		next.key, next.sealed = files["key"], true
	}
	next.bytes = cmp.Or(files["bytes"], next.bytes)
	if e.Act == custody.Destroy {
		next.destroyed, next.key, next.bytes = true, "", ""
	}
	s.items[h.id] = &next
	return nil
}

func (s *state) begin(e custody.Event, index int64) *held {
	role := roleOf(e.Act)
	if role == "" || !hexDigest.MatchString(e.Digest) || e.Object != s.nextID() {
		return nil
	}
	s.ids = append(s.ids, e.Object)
	s.sharing[e.Digest] = append(s.sharing[e.Digest], e.Object)
	return &held{id: e.Object, sha256: e.Digest, parent: e.Parent, role: role, first: index}
}

// fork is a state to try changes on.
func (s *state) fork() state {
	out := *s
	out.ids = slices.Clip(s.ids)
	out.items = make(map[string]*held, len(s.items))
	for id, h := range s.items {
		out.items[id] = h
	}
	out.sharing = make(map[string][]string, len(s.sharing))
	for sum, ids := range s.sharing {
		out.sharing[sum] = slices.Clip(ids)
	}
	return out
}

// refresh takes in what was appended to the log.
func (v *Vault) refresh() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.refreshLocked()
}

func (v *Vault) refreshLocked() error {
	if v.log == nil {
		return fs.ErrClosed
	}
	if err := v.log.Refresh(); err != nil {
		return aboutLog(err)
	}
	return v.fold()
}

// fold applies the leaves that the state does not know yet.
func (v *Vault) fold() error {
	if v.state.leaves == 0 {
		for e, err := range v.log.Events() {
			if err == nil {
				err = v.state.apply(e.Event)
			}
			if err != nil {
				return aboutLog(err)
			}
		}
	}
	for v.state.leaves < v.log.Size() {
		e, err := v.log.Event(v.state.leaves)
		if err == nil {
			err = v.state.apply(e)
		}
		if err != nil {
			return aboutLog(err)
		}
	}
	return nil
}

// reopen opens the log again, which finishes or cuts an append that was interrupted.
func (v *Vault) reopen() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.log == nil {
		return fs.ErrClosed
	}
	if err := v.log.Close(); err != nil {
		return err
	}
	did, err := v.openLog()
	if err != nil {
		return err
	}
	did.ClockBehind = 0 // watchClock says it
	v.did = append(v.did, did.Lines()...)
	return v.fold()
}

// detail is what a leaf that changes an item says of its files, to be read by
// filesIn: "card=… key=… bytes=… params=…", each a SHA-256 in hex.
func detail(pairs ...string) string {
	var out []string
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			out = append(out, pairs[i]+"="+pairs[i+1])
		}
	}
	return strings.Join(out, " ")
}

// filesIn is nil where the detail is not of that form.
func filesIn(detail string) map[string]string {
	if !strings.HasPrefix(detail, "card=") {
		return nil
	}
	out := map[string]string{}
	for word := range strings.FieldsSeq(detail) {
		if name, sum, ok := strings.Cut(strings.TrimSuffix(word, ";"), "="); ok && hexDigest.MatchString(sum) {
			out[name] = sum
		}
	}
	if out["card"] == "" {
		return nil
	}
	return out
}

// asText makes text that JSON can hold: bytes that are no UTF-8 become \xNN.
func asText(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var out strings.Builder
	for i, w := 0, 0; i < len(s); i += w {
		r, n := utf8.DecodeRuneInString(s[i:])
		if w = n; r == utf8.RuneError && n == 1 {
			out.WriteString(`\x` + hex.EncodeToString([]byte{s[i]}))
		} else {
			out.WriteString(s[i : i+n])
		}
	}
	return out.String()
}
