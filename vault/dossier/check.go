package dossier

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/turtlebay/turtlebay/vault/custody"
	"github.com/turtlebay/turtlebay/vault/timestamp"
	"github.com/turtlebay/turtlebay/vault/witness"
	"golang.org/x/mod/sumdb/note"
)

// Handover is what came along with a dossier: the digest of every file by name, and
// the records.
type Handover struct {
	Sums    map[string]string
	Records []Held
}

// Held is a record of a handover. A withheld one is a commitment, of which the
// dossier says nothing.
type Held struct {
	Kind, ID, SHA256 string
	Withheld         bool
}

// Trust is what the reader brings. Log is the log's key; the rest may be empty.
type Trust struct {
	Log       note.Verifier
	Witnesses []note.Verifier
	Roots     *x509.CertPool // of time-stamping authorities
	Known     [][]byte       // signed checkpoints of this log that the reader kept
}

// Found is the answer of Check. OK says that everything that travels was in the log
// when the checkpoint was signed, and that the log continues every earlier
// checkpoint at hand. Witnessed and Stamped are what others vouch for.
type Found struct {
	OK         bool        `json:"ok"`
	Checkpoint Head        `json:"checkpoint"`
	Signers    []string    `json:"signers"`
	Witnessed  []Witnessed `json:"witnessed"`
	Unknown    int         `json:"cosigned_by_unknown,omitempty"` // cosignatures of keys that the reader did not bring
	Stamped    []Stamped   `json:"timestamped"`
	Items      int         `json:"items"`
	Records    int         `json:"records"`            // proven to be what was held
	Altered    int         `json:"altered,omitempty"`  // changed for this reader or of the desk's own: not proven, only the leaf of the export vouches for them
	Withheld   int         `json:"withheld,omitempty"` // commitments
	Bad        []Bad       `json:"bad"`
}

// Head is a checkpoint's content.
type Head struct {
	Origin string `json:"origin"`
	Size   int64  `json:"size"`
	Root   string `json:"root"` // base64
}

// Witnessed is a cosignature by a witness that the reader knows.
type Witnessed struct {
	By   string    `json:"by"`
	At   time.Time `json:"at"`
	Size int64     `json:"size"`
}

// Stamped is a valid time-stamp token. Known says that its authority leads to a
// root that the reader brought.
type Stamped struct {
	By    string    `json:"by"`
	At    time.Time `json:"at"`
	Size  int64     `json:"size"`
	Known bool      `json:"known"`
}

// Bad is something that does not hold.
type Bad struct {
	What string `json:"what"` // an item, a record, a checkpoint, a file
	Why  string `json:"why"`
}

// Check holds a dossier against what it came with.
func (d Dossier) Check(with Handover, trust Trust) Found {
	c := &check{Dossier: d, trust: trust, Found: Found{
		Signers: []string{}, Witnessed: []Witnessed{}, Stamped: []Stamped{}, Bad: []Bad{},
	}}
	if c.checkpoint() {
		c.open()
		c.items(with)
		c.records(with)
		c.export(with)
		c.history()
		c.known()
	}
	c.OK = len(c.Found.Bad) == 0
	return c.Found
}

type check struct {
	Dossier
	Found
	trust Trust
	head  custody.Checkpoint
	chain []custody.Checkpoint    // those of the history that hold, then head
	event map[int64]custody.Event // of the openings that hold
}

func (c *check) bad(what string, err error) {
	c.Found.Bad = append(c.Found.Bad, Bad{what, err.Error()})
}

func (c *check) checkpoint() bool {
	head, err := custody.ParseCheckpoint(c.Dossier.Checkpoint, c.trust.Log)
	if err != nil {
		c.bad(checkpointName, err)
		return false
	}
	c.head = head
	c.Found.Checkpoint = Head{head.Origin, head.Size, head.Root.String()}
	c.Signers = append(c.Signers, fmt.Sprintf("%s+%08x", c.trust.Log.Name(), c.trust.Log.KeyHash()))
	c.vouched(head)
	return true
}

// vouched notes who else stands for a checkpoint.
func (c *check) vouched(cp custody.Checkpoint) {
	what := fmt.Sprintf("checkpoint of %d leaves", cp.Size)
	keys := map[string]bool{}
	for _, s := range cp.Signatures {
		key := fmt.Sprintf("%s+%08x", s.Name, s.Hash)
		if keys[key] {
			c.bad(what, fmt.Errorf("two signatures of one key, %s", key))
		}
		keys[key] = true
	}
	cosigned, err := witness.Cosignatures(cp.Note, c.trust.Witnesses...)
	if err != nil {
		c.bad(what, err)
	}
	for _, s := range cosigned {
		c.Witnessed = append(c.Witnessed, Witnessed{s.Witness, s.At, cp.Size})
	}
	c.Unknown += len(cp.Signatures) - len(cosigned)
	for n, token := range c.Stamps[cp.Size] {
		stamp, err := timestamp.Verify(token, cp.Text(), c.trust.Roots)
		if err != nil {
			c.bad(fmt.Sprintf("time-stamp %d over the %s", n+1, what), err)
			continue
		}
		c.Stamped = append(c.Stamped, Stamped{stamp.TSA, stamp.At, cp.Size, stamp.Trusted})
	}
}

// open checks every opening against the checkpoint.
func (c *check) open() {
	c.event = map[int64]custody.Event{}
	for _, o := range c.Openings {
		if err := custody.CheckOpening(o, c.head); err != nil {
			c.bad("leaf "+strconv.FormatInt(o.Index, 10), err)
			continue
		}
		c.event[o.Index], _ = o.Event()
	}
}

var errNoLeaf = errors.New("the leaf that should prove it is not among those opened, or does not hold")

func (c *check) items(with Handover) {
	known := map[string]bool{}
	for _, it := range c.Dossier.Items {
		e, ok := c.event[it.Leaf]
		made := e.Act == custody.Receive || e.Act == custody.Derive || e.Act == custody.Copy || e.Act == custody.Redact
		switch {
		case !ok:
			c.bad("item "+it.ID, errNoLeaf)
		case !made || e.Object != it.ID || e.Digest != it.SHA256:
			c.bad("item "+it.ID, fmt.Errorf("leaf %d is about something else", it.Leaf))
		default:
			c.Found.Items++
			known[it.SHA256] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(with.Sums)) {
		switch sum := with.Sums[name]; {
		case !IsItem(name):
		case name != ItemName(sum):
			c.bad(name, errors.New("its bytes have another SHA-256 than its name says"))
		case !known[sum]:
			c.bad(name, errors.New("no item of the log has these bytes"))
		}
	}
}

func (c *check) records(with Handover) {
	proofs := map[[2]string]Record{}
	for _, r := range c.Dossier.Records {
		proofs[[2]string{r.Kind, r.ID}] = r
	}
	for _, h := range with.Records {
		if h.Withheld {
			c.Found.Withheld++
			continue
		}
		key := [2]string{h.Kind, h.ID}
		r, ok := proofs[key]
		delete(proofs, key)
		switch {
		case !ok:
			c.bad("record "+h.ID, errors.New("the log knows nothing of it"))
		case r.SHA256 != h.SHA256:
			c.bad("record "+h.ID, errors.New("the proof is for other bytes"))
		case r.Altered:
			c.Found.Altered++
		default:
			c.record(r)
		}
	}
	for _, r := range slices.SortedFunc(maps.Values(proofs), func(a, b Record) int { return cmp.Compare(a.ID, b.ID) }) {
		c.bad("record "+r.ID, errors.New("there is a proof for it, and no record"))
	}
}

func (c *check) record(r Record) {
	e, ok := c.event[r.Leaf]
	if !ok {
		c.bad("record "+r.ID, errNoLeaf)
		return
	}
	if e.Act != custody.Derive && e.Act != custody.Mark {
		c.bad("record "+r.ID, fmt.Errorf("leaf %d is about something else", r.Leaf))
		return
	}
	if err := custody.CheckRecord(*r.Proof, e.Digest, r.ID, r.SHA256); err != nil {
		c.bad("record "+r.ID, err)
		return
	}
	c.Found.Records++
}

// export looks for the leaf that vouches for everything handed over.
func (c *check) export(with Handover) {
	want := Handed(with.Sums)
	for _, e := range c.event {
		if e.Act == custody.Export && e.Digest == want {
			return
		}
	}
	c.bad("the handover", errors.New("the log has no export of just these files"))
}

// history checks that each earlier checkpoint is continued by the next.
func (c *check) history() {
	proofs := []Earlier{}
	for n, e := range c.History {
		cp, err := custody.ParseCheckpoint([]byte(e.Checkpoint), c.trust.Log)
		switch {
		case err != nil:
			c.bad(fmt.Sprintf("earlier checkpoint %d", n+1), err)
			return
		case cp.Size >= c.head.Size, len(c.chain) > 0 && cp.Size <= c.chain[len(c.chain)-1].Size:
			c.bad(fmt.Sprintf("earlier checkpoint %d", n+1), errors.New("out of order"))
			return
		}
		c.chain = append(c.chain, cp)
		proofs = append(proofs, e)
		c.vouched(cp)
	}
	c.chain = append(c.chain, c.head)
	for i, e := range proofs {
		if err := custody.CheckConsistency(c.chain[i], c.chain[i+1], e.Proof); err != nil {
			c.bad(fmt.Sprintf("checkpoint of %d leaves", c.chain[i+1].Size),
				fmt.Errorf("the log was rewritten: it does not continue that of %d: %w", c.chain[i].Size, err))
		}
	}
	for _, size := range slices.Sorted(maps.Keys(c.Stamps)) {
		if !slices.ContainsFunc(c.chain, func(cp custody.Checkpoint) bool { return cp.Size == size }) {
			c.bad(fmt.Sprintf("time-stamp over a checkpoint of %d leaves", size), errors.New("there is no such checkpoint"))
		}
	}
}

// known compares with the checkpoints that the reader kept.
func (c *check) known() {
	for _, kept := range c.trust.Known {
		cp, err := custody.ParseCheckpoint(kept, c.trust.Log)
		if err != nil {
			c.bad("the checkpoint that you kept", err)
			continue
		}
		i := slices.IndexFunc(c.chain, func(o custody.Checkpoint) bool { return o.Size == cp.Size })
		what := fmt.Sprintf("the checkpoint of %d leaves that you kept", cp.Size)
		switch {
		case i < 0 && cp.Size > c.head.Size:
			c.bad(what, errors.New("cannot be compared: it is newer than what travels here; ask for a proof that it continues this log"))
		case i < 0:
			c.bad(what, errors.New("cannot be compared: it is not among the earlier ones that travel here; ask for a proof that this log continues it"))
		case !bytes.Equal(c.chain[i].Text(), cp.Text()):
			c.bad(what, errors.New("the log was rewritten since: it has another root there"))
		}
	}
}
