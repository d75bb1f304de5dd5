package dossier_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/vault/custody"
	"github.com/turtlebay/turtlebay/vault/dossier"
	"github.com/turtlebay/turtlebay/vault/timestamp"
	"github.com/turtlebay/turtlebay/vault/timestamp/tsatest"
	"github.com/turtlebay/turtlebay/vault/witness"
	"golang.org/x/mod/sumdb/note"
)

var ctx = context.Background()

func clock() time.Time { return time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC) }

func sum(text string) string {
	s := sha256.Sum256([]byte(text))
	return hex.EncodeToString(s[:])
}

// house is a log with what a report needs of it.
type house struct {
	t        testing.TB
	signer   note.Signer
	verifier note.Verifier
	log      *custody.Log
	batch    []byte
}

func newHouse(t testing.TB) *house {
	t.Helper()
	skey, vkey, err := custody.NewKey(rand.Reader)
	must(t, err)
	h := &house{t: t, batch: make([]byte, custody.KeySize)}
	h.signer, err = note.NewSigner(skey)
	must(t, err)
	h.verifier, err = note.NewVerifier(vkey)
	must(t, err)
	h.log = h.another()
	return h
}

// another is a log of the same key with a history of its own.
func (h *house) another() *custody.Log {
	h.t.Helper()
	log, _, err := custody.Open(h.t.TempDir(), custody.Options{Signer: h.signer, Verifier: h.verifier, Now: clock})
	must(h.t, err)
	h.t.Cleanup(func() { log.Close() })
	return log
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (h *house) append(e custody.Event) int64 {
	h.t.Helper()
	e.Actor = "A. Expert"
	leaf, err := h.log.Append(ctx, e)
	must(h.t, err)
	return leaf
}

// records logs a batch and returns what travels of it.
func (h *house) records(ids ...string) []dossier.Record {
	h.t.Helper()
	prover, err := custody.NewRecordProver(h.batch)
	must(h.t, err)
	for _, id := range ids {
		must(h.t, prover.Add(id, sum(id)))
	}
	leaf := h.append(custody.Event{Act: custody.Derive, Object: "RB-000001", Digest: prover.Root()})
	var out []dossier.Record
	for i, id := range ids {
		p, err := prover.Prove(int64(i), id, sum(id))
		must(h.t, err)
		out = append(out, dossier.Record{Kind: "shipment", ID: id, SHA256: sum(id), Leaf: leaf, Proof: &p})
	}
	return out
}

// handover is a report with one item and three records, one altered, one withheld.
func (h *house) handover() (dossier.Dossier, dossier.Handover) {
	h.t.Helper()
	item := h.append(custody.Event{Act: custody.Receive, Object: "EV-000001", Digest: sum("letter")})
	records := h.records("SHP-1", "SHP-2")
	early, err := h.log.Keep()
	must(h.t, err)
	with := dossier.Handover{
		Sums: map[string]string{"report/report.html": sum("page"), dossier.ItemName(sum("letter")): sum("letter")},
		Records: []dossier.Held{
			{Kind: "shipment", ID: "SHP-1", SHA256: sum("SHP-1")},
			{Kind: "shipment", ID: "SHP-2", SHA256: sum("SHP-2")},
			{Kind: "shipment", ID: "SHP-3", SHA256: sum("pseudonymous")},
			{Kind: "shipment", ID: "withheld-1", SHA256: sum("x"), Withheld: true},
		},
	}
	export := h.append(custody.Event{Act: custody.Export, Object: "REPORT", Digest: dossier.Handed(with.Sums)})
	d := dossier.Dossier{
		Items:   []dossier.Item{{ID: "EV-000001", SHA256: sum("letter"), Leaf: item}},
		Records: append(records, dossier.Record{Kind: "shipment", ID: "SHP-3", SHA256: sum("pseudonymous"), Altered: true}),
	}
	for _, leaf := range []int64{item, records[0].Leaf, export} {
		d.Openings = append(d.Openings, h.open(h.log, leaf))
	}
	proof, err := h.log.Consistency(early.Size, h.log.Size())
	must(h.t, err)
	d.History = []dossier.Earlier{{Checkpoint: string(early.Note), Proof: proof}}
	d.Checkpoint = h.log.Checkpoint()
	return d, with
}

func (h *house) open(log *custody.Log, leaf int64) custody.Opening {
	h.t.Helper()
	o, err := log.Prove(leaf, "act", "at", "object", "digest")
	must(h.t, err)
	return o
}

func (h *house) check(d dossier.Dossier, with dossier.Handover) dossier.Found {
	return d.Check(with, dossier.Trust{Log: h.verifier})
}

func TestGood(t *testing.T) {
	h := newHouse(t)
	d, with := h.handover()
	members, err := d.Encode()
	must(t, err)
	for name := range members {
		if !dossier.IsMember(name) {
			t.Errorf("%s is no member", name)
		}
	}
	back, err := dossier.Decode(members)
	must(t, err)
	found := h.check(back, with)
	if !found.OK || found.Items != 1 || found.Records != 2 || found.Altered != 1 || found.Withheld != 1 {
		t.Errorf("%+v", found)
	}
	if found.Checkpoint.Size != 3 || found.Checkpoint.Origin != h.verifier.Name() || len(found.Signers) != 1 {
		t.Errorf("checkpoint %+v, signers %v", found.Checkpoint, found.Signers)
	}
	for _, o := range d.Openings {
		if _, open := o.Value("actor"); open {
			t.Error("the actor is open")
		}
	}
}

// Each lie is found and named.
func TestLies(t *testing.T) {
	for name, tc := range map[string]struct {
		lie  func(*house, *dossier.Dossier, *dossier.Handover)
		what string
	}{
		"an item that was added after the checkpoint": {func(h *house, d *dossier.Dossier, _ *dossier.Handover) {
			leaf := h.append(custody.Event{Act: custody.Receive, Object: "EV-000002", Digest: sum("new")})
			d.Openings = append(d.Openings, h.open(h.log, leaf))
			d.Items = append(d.Items, dossier.Item{ID: "EV-000002", SHA256: sum("new"), Leaf: leaf})
		}, "item EV-000002"},
		"an item without a leaf": {func(_ *house, d *dossier.Dossier, _ *dossier.Handover) {
			d.Items[0].Leaf = 99
		}, "item EV-000001"},
		"a proof for another item": {func(_ *house, d *dossier.Dossier, _ *dossier.Handover) {
			d.Items[0].SHA256 = sum("another letter")
		}, "item EV-000001"},
		"the leaf of another act": {func(_ *house, d *dossier.Dossier, _ *dossier.Handover) {
			d.Items[0].Leaf = d.Records[0].Leaf
		}, "item EV-000001"},
		"bytes that no item has": {func(_ *house, _ *dossier.Dossier, with *dossier.Handover) {
			with.Sums[dossier.ItemName(sum("slipped in"))] = sum("slipped in")
		}, dossier.ItemName(sum("slipped in"))},
		"items under each other's names": {func(h *house, d *dossier.Dossier, with *dossier.Handover) {
			leaf := h.append(custody.Event{Act: custody.Receive, Object: "EV-000002", Digest: sum("second")})
			with.Sums[dossier.ItemName(sum("letter"))], with.Sums[dossier.ItemName(sum("second"))] = sum("second"), sum("letter")
			export := h.append(custody.Event{Act: custody.Export, Object: "REPORT", Digest: dossier.Handed(with.Sums)})
			d.Items = append(d.Items, dossier.Item{ID: "EV-000002", SHA256: sum("second"), Leaf: leaf})
			d.Openings = nil
			for _, i := range []int64{0, 1, leaf, export} {
				d.Openings = append(d.Openings, h.open(h.log, i))
			}
			d.Checkpoint = h.log.Checkpoint()
			proof, err := h.log.Consistency(2, h.log.Size())
			must(h.t, err)
			d.History[0].Proof = proof
		}, dossier.ItemName(sum("letter"))},
		"a record that was slipped in": {func(_ *house, _ *dossier.Dossier, with *dossier.Handover) {
			with.Records = append(with.Records, dossier.Held{Kind: "shipment", ID: "SHP-9", SHA256: sum("SHP-9")})
		}, "record SHP-9"},
		"a record with the proof of another": {func(_ *house, d *dossier.Dossier, with *dossier.Handover) {
			with.Records = append(with.Records, dossier.Held{Kind: "shipment", ID: "SHP-9", SHA256: sum("SHP-9")})
			r := d.Records[0]
			r.ID, r.SHA256 = "SHP-9", sum("SHP-9")
			d.Records = append(d.Records, r)
		}, "record SHP-9"},
		"a record that was changed": {func(_ *house, _ *dossier.Dossier, with *dossier.Handover) {
			with.Records[0].SHA256 = sum("changed")
		}, "record SHP-1"},
		"a record that was changed, and its proof made to fit": {func(_ *house, d *dossier.Dossier, with *dossier.Handover) {
			with.Records[0].SHA256, d.Records[0].SHA256 = sum("changed"), sum("changed")
		}, "record SHP-1"},
		"a record that was taken out": {func(_ *house, _ *dossier.Dossier, with *dossier.Handover) {
			with.Records = with.Records[1:]
		}, "record SHP-1"},
		"a record passed off as altered": {func(_ *house, d *dossier.Dossier, with *dossier.Handover) {
			with.Records = append(with.Records, dossier.Held{Kind: "shipment", ID: "SHP-9", SHA256: sum("SHP-9")})
			with.Sums["records/shipment.jsonl"] = sum("with it")
			d.Records = append(d.Records, dossier.Record{Kind: "shipment", ID: "SHP-9", SHA256: sum("SHP-9"), Altered: true})
		}, "the handover"},
		"a report that was changed": {func(_ *house, _ *dossier.Dossier, with *dossier.Handover) {
			with.Sums["report/report.html"] = sum("another page")
		}, "the handover"},
		"a log that was rewritten": {func(h *house, d *dossier.Dossier, with *dossier.Handover) {
			old := *d
			h.log = h.another()
			h.append(custody.Event{Act: custody.Receive, Object: "EV-000001", Digest: sum("another letter")})
			*d, *with = h.handover()
			d.History = old.History
			proof, err := h.log.Consistency(2, h.log.Size())
			must(h.t, err)
			d.History[0].Proof = proof
		}, "checkpoint of 4 leaves"},
		"a checkpoint of another log": {func(h *house, d *dossier.Dossier, _ *dossier.Handover) {
			other := newHouse(h.t)
			od, _ := other.handover()
			d.Checkpoint = od.Checkpoint
		}, "log/checkpoint"},
		"an opening with another value": {func(_ *house, d *dossier.Dossier, _ *dossier.Handover) {
			f := d.Openings[0].Fields["digest"]
			f.Value = sum("forged")
			d.Openings[0].Fields = maps.Clone(d.Openings[0].Fields)
			d.Openings[0].Fields["digest"] = f
			d.Items[0].SHA256 = sum("forged")
		}, "leaf 0"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			d, with := h.handover()
			tc.lie(h, &d, &with)
			found := h.check(d, with)
			if found.OK || !slices.ContainsFunc(found.Bad, func(b dossier.Bad) bool { return b.What == tc.what && b.Why != "" }) {
				t.Errorf("%q is not named: %+v", tc.what, found.Bad)
			}
		})
	}
}

// A reader who kept a checkpoint sees a rewritten log even where its maker left the
// history out.
func TestKnownCheckpoint(t *testing.T) {
	h := newHouse(t)
	d, with := h.handover()
	kept := []byte(d.History[0].Checkpoint)
	trust := dossier.Trust{Log: h.verifier, Known: [][]byte{kept, d.Checkpoint}}
	if found := d.Check(with, trust); !found.OK {
		t.Errorf("its own checkpoints: %+v", found.Bad)
	}
	h.log = h.another()
	h.append(custody.Event{Act: custody.Receive, Object: "EV-000001", Digest: sum("another letter")})
	h.append(custody.Event{Act: custody.Receive, Object: "EV-000001", Digest: sum("another letter")})
	rewritten, with := h.handover()
	for _, keep := range []string{"", rewritten.History[0].Checkpoint} {
		if keep == "" {
			rewritten.History = nil
		}
		found := rewritten.Check(with, trust)
		if found.OK || !strings.Contains(found.Bad[0].What, "that you kept") {
			t.Errorf("rewritten: %+v", found.Bad)
		}
	}
}

// A kept checkpoint of this very log that does not travel is not taken for a lie,
// nor for proven.
func TestKnownCheckpointThatDoesNotTravel(t *testing.T) {
	h := newHouse(t)
	first := h.append(custody.Event{Act: custody.Receive, Object: "EV-000009", Digest: sum("first")})
	early, err := h.log.Keep()
	must(t, err)
	d, with := h.handover()
	if first != 0 || early.Size != 1 {
		t.Fatal(first, early.Size)
	}
	h.append(custody.Event{Act: custody.View, Object: "EV-000009"})
	for what, kept := range map[string][]byte{"older": early.Note, "newer": h.log.Checkpoint()} {
		found := d.Check(with, dossier.Trust{Log: h.verifier, Known: [][]byte{kept}})
		if found.OK || len(found.Bad) != 1 || !strings.HasPrefix(found.Bad[0].Why, "cannot be compared: ") {
			t.Errorf("%s: %+v", what, found.Bad)
		}
	}
}

func TestVouched(t *testing.T) {
	h := newHouse(t)
	d, with := h.handover()
	skey, vkey, err := witness.NewKey(rand.Reader, "witness.example/w")
	must(t, err)
	signer, err := witness.NewSigner(skey, clock)
	must(t, err)
	verifier, err := witness.NewVerifier(vkey)
	must(t, err)
	n, err := note.Open(d.Checkpoint, note.VerifierList(h.verifier))
	must(t, err)
	d.Checkpoint, err = note.Sign(n, signer)
	must(t, err)
	tsa, err := tsatest.New(clock)
	must(t, err)
	text, err := timestamp.Text(d.Checkpoint)
	must(t, err)
	server := httptest.NewServer(tsa)
	defer server.Close()
	token, _, err := (&timestamp.Client{URL: server.URL, Roots: tsa.Roots()}).Stamp(ctx, text)
	must(t, err)
	d.Stamps = map[int64][][]byte{3: {token}}

	found := d.Check(with, dossier.Trust{Log: h.verifier, Witnesses: []note.Verifier{verifier}, Roots: tsa.Roots()})
	if !found.OK || len(found.Witnessed) != 1 || found.Witnessed[0].By != "witness.example/w" || !found.Witnessed[0].At.Equal(clock()) {
		t.Errorf("%+v", found)
	}
	if len(found.Stamped) != 1 || !found.Stamped[0].Known || !found.Stamped[0].At.Equal(clock()) || found.Stamped[0].Size != 3 {
		t.Errorf("stamps %+v", found.Stamped)
	}
	found = h.check(d, with)
	if !found.OK || len(found.Witnessed) != 0 || found.Unknown != 1 || len(found.Stamped) != 1 || found.Stamped[0].Known {
		t.Errorf("to a reader who brings nothing: %+v", found)
	}
	d.Stamps = map[int64][][]byte{2: {token}}
	if found := h.check(d, with); found.OK {
		t.Error("a time-stamp over another checkpoint was taken")
	}
}

// Members in any other form than Encode's are refused by name.
func TestDecodeIsStrict(t *testing.T) {
	h := newHouse(t)
	d, _ := h.handover()
	good, err := d.Encode()
	must(t, err)
	for name, b := range good {
		if name == "log/checkpoint" {
			continue // Check reads it
		}
		for _, bad := range [][]byte{nil, append([]byte(" "), b...), append(slices.Clone(b), ' '), append(slices.Clone(b), b...)} {
			members := maps.Clone(good)
			members[name] = bad
			if bad == nil {
				delete(members, name)
			}
			_, err := dossier.Decode(members)
			var fault *dossier.Fault
			if !errors.As(err, &fault) || fault.Member != name || !errors.Is(err, dossier.ErrMalformed) {
				t.Errorf("%s as %.40q: %v", name, bad, err)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	h := newHouse(f)
	d, _ := h.handover()
	good, err := d.Encode()
	must(f, err)
	for name, b := range good {
		f.Add(name, b)
	}
	f.Fuzz(func(t *testing.T, name string, b []byte) {
		members := maps.Clone(good)
		members[name] = b
		back, err := dossier.Decode(members)
		if err != nil {
			return
		}
		again, err := back.Encode()
		must(t, err)
		for n, want := range members {
			if dossier.IsMember(n) && string(again[n]) != string(want) {
				t.Errorf("%s is not written as it was read:\n%s", n, cmp.Diff(string(want), string(again[n])))
			}
		}
	})
}
