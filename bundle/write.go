package bundle

import (
	"archive/zip"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/turtlebay/turtlebay/derive"
	"golang.org/x/mod/sumdb/note"
)

// zipTime is the modification time of every member: bundles carry no clock.
var zipTime = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// Parcel is a bundle that is packed and not yet sealed.
type Parcel struct {
	contents Contents
	signer   string // verifier key of who will seal it
	members  []member
}

// Pack makes everything of a bundle but the custody log, the manifest and the
// signature. The verifier key is that of the signer to come. What Verify would
// refuse is an error: a report file with an odd name, a record that is not
// canonical, a place that names no derivation, anything beyond the limits of the
// format.
func Pack(c Contents, verifierKey string) (*Parcel, error) {
	members, err := c.members(verifierKey)
	if err != nil {
		return nil, fmt.Errorf("pack bundle: %w", err)
	}
	return &Parcel{c, verifierKey, members}, nil
}

// Sums are the SHA-256 of all that is packed, by name: what the custody log is told
// before the parcel is sealed.
func (p *Parcel) Sums() map[string]string {
	out := map[string]string{}
	for _, f := range p.members {
		out[f.name] = digest(f.content)
	}
	return out
}

// Write packs and seals a bundle without a custody log.
func Write(w io.Writer, c Contents, signer note.Signer, verifierKey string) error {
	p, err := Pack(c, verifierKey)
	if err != nil {
		return err
	}
	return p.Seal(w, signer, nil)
}

// Seal writes the bundle, signed by signer. Same contents, same log, same key, same
// bytes.
func (p *Parcel) Seal(w io.Writer, signer note.Signer, log *Custody) error {
	c, members := p.contents, slices.Clone(p.members)
	m := Manifest{
		Format: format, Version: version, About: c.About, Signer: p.signer,
		Withheld: c.Withheld, Cover: c.Cover, Recipient: c.Recipient,
	}
	if log != nil {
		files, err := log.members()
		if err != nil {
			return fmt.Errorf("write bundle: %w", err)
		}
		m.Log = log.Key
		members = append(members, files...)
		slices.SortFunc(members, func(a, b member) int { return cmp.Compare(a.name, b.name) })
	}
	for _, f := range members {
		m.Members = append(m.Members, Member{f.name, int64(len(f.content)), digest(f.content)})
	}
	manifest, err := derive.Canonical(m)
	if err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	signature, err := note.Sign(&note.Note{Text: signedText(manifest)}, signer)
	if err != nil {
		return fmt.Errorf("write bundle: sign: %w", err)
	}
	members = append([]member{{manifestName, manifest}, {signatureName, signature}}, members...)
	if err := within(members); err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	z := zip.NewWriter(w)
	for _, f := range members {
		fw, err := z.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: zipTime})
		if err != nil {
			return fmt.Errorf("write bundle: member %s: %w", f.name, err)
		}
		if _, err := fw.Write(f.content); err != nil {
			return fmt.Errorf("write bundle: member %s: %w", f.name, err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	return nil
}

// signedText is what the signature is over.
func signedText(manifest []byte) string {
	return fmt.Sprintf("%s/%d\nmanifest.json sha256 %s\n", format, version, digest(manifest))
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

type member struct {
	name    string
	content []byte
}

// within refuses members that are beyond what Verify accepts.
func within(members []member) error {
	total, records := 0, 0
	for _, f := range members {
		n := len(f.content)
		total += n
		if strings.HasPrefix(f.name, recordsDir) {
			records += n
		}
		if uint64(n) > limit(f.name) {
			return fmt.Errorf("member %s has %d bytes, more than %d", f.name, n, limit(f.name))
		}
		if f.name != manifestName && f.name != signatureName && !isMember(f.name) {
			return fmt.Errorf("%q cannot name a member", f.name)
		}
	}
	if len(members) > maxMembers || total > maxTotal || records > maxRecords {
		return fmt.Errorf("%d members of %d bytes, %d of them records, are more than a bundle may have", len(members), total, records)
	}
	return nil
}

// members makes every member but the manifest and its signature, by name.
func (c Contents) members(verifierKey string) ([]member, error) {
	var out []member
	for name, b := range c.Report {
		out = append(out, member{reportDir + name, b})
	}
	records, err := recordMembers(c.Sets, c.Commitments)
	if err != nil {
		return nil, err
	}
	derivations, err := derivationLines(c.Derivations)
	if err != nil {
		return nil, err
	}
	if c.Cover == "" && slices.ContainsFunc(c.Derivations, func(d derive.Derivation) bool { return d.Withheld != "" }) {
		return nil, errors.New("a derivation is withheld, and nothing is said to be printed in its place")
	}
	places, err := c.paragraphs()
	if err != nil {
		return nil, err
	}
	out = append(append(append(out, records...), c.itemMembers()...),
		member{derivationsName, derivations}, member{paragraphsName, places}, member{readmeName, readme(c, verifierKey)})
	slices.SortFunc(out, func(a, b member) int { return cmp.Compare(a.name, b.name) })
	return out, nil
}

// paragraphs is the paragraph map.
func (c Contents) paragraphs() ([]byte, error) {
	if len(c.Places) > maxPlaces {
		return nil, fmt.Errorf("%d places are more than a bundle may have", len(c.Places))
	}
	known := map[string]bool{}
	for _, d := range c.Derivations {
		known[d.ID] = true
	}
	places := []Place{}
	for _, p := range c.Places {
		for _, f := range p.Figures {
			if !known[f.Derivation] {
				return nil, fmt.Errorf("%s prints derivation %q, which is not given", p.where(), f.Derivation)
			}
		}
		if p.Figures == nil {
			p.Figures = []Printed{}
		}
		places = append(places, p)
	}
	return derive.Canonical(places)
}

// recordMembers writes the records by kind and the index of all of them, in which
// commitments stand for those withheld.
func recordMembers(sets []*derive.Set, commitments map[string][]string) ([]member, error) {
	var out []member
	index := map[string][]input{}
	for _, s := range sets {
		if !kindName.MatchString(s.Kind()) {
			return nil, fmt.Errorf("kind %q cannot name a member", s.Kind())
		}
		if index[s.Kind()] != nil {
			return nil, fmt.Errorf("kind %q is given twice", s.Kind())
		}
		var b bytes.Buffer
		list := []input{}
		for _, in := range s.Inputs() {
			list = append(list, input{in.ID, in.Digest, false})
			if digest(in.Bytes) != in.Digest || !isCanonical(in.Bytes) || len(in.Bytes) > maxLine {
				return nil, fmt.Errorf("record %s is not canonical, not of its digest or longer than %d bytes", in.ID, maxLine)
			}
			b.Write(in.Bytes)
			b.WriteByte('\n')
		}
		index[s.Kind()] = list
		if b.Len() > 0 {
			out = append(out, member{recordsDir + s.Kind() + ".jsonl", b.Bytes()})
		}
	}
	if err := commit(index, commitments); err != nil {
		return nil, err
	}
	list, err := derive.Canonical(index)
	return append(out, member{inputsName, list}), err
}

// commit adds the commitments to the index and puts it in order.
func commit(index map[string][]input, commitments map[string][]string) error {
	for kind, list := range commitments {
		if !kindName.MatchString(kind) {
			return fmt.Errorf("kind %q cannot name a member", kind)
		}
		for _, c := range list {
			if !hexDigest.MatchString(c) {
				return fmt.Errorf("kind %s: %.80q is no commitment", kind, c)
			}
			index[kind] = append(index[kind], input{"withheld-" + c[:12], c, true})
		}
		slices.SortFunc(index[kind], func(a, b input) int { return cmp.Compare(a.ID, b.ID) })
	}
	return nil
}

// derivationLines writes one derivation a line, by id.
func derivationLines(ds []derive.Derivation) ([]byte, error) {
	ds = slices.SortedFunc(slices.Values(ds), func(a, b derive.Derivation) int { return cmp.Compare(a.ID, b.ID) })
	if len(ds) > maxDerivations {
		return nil, fmt.Errorf("%d derivations are more than a bundle may have", len(ds))
	}
	var b bytes.Buffer
	for i, d := range ds {
		if i > 0 && d.ID == ds[i-1].ID {
			return nil, fmt.Errorf("derivation %s is given twice", d.ID)
		}
		line, err := derive.Canonical(d)
		if err != nil {
			return nil, err
		}
		if len(line) > maxLine {
			return nil, fmt.Errorf("derivation %s is longer than %d bytes", d.ID, maxLine)
		}
		b.Write(line)
		b.WriteByte('\n')
	}
	return b.Bytes(), nil
}

// readme tells a person with standard tools what to do.
func readme(c Contents, verifierKey string) []byte {
	return fmt.Appendf(nil, `%s
%s

This is a Turtle Bay bundle: a report, the records it was written from, and the
derivation of every figure in it.

To check it:            turtlebay verify FILE
and to know the signer: turtlebay verify FILE --signer KEY
where KEY reached you from the signer by another way than this file. The key that
this bundle names for itself proves only that it is internally consistent:

  %s

By hand: every member's SHA-256 stands in manifest.json (sha256sum MEMBER); the
SHA-256 of manifest.json stands in signature.note. Each line of records/*.jsonl
is a record; its SHA-256, without the line end, stands in records/inputs.json.
derivations.jsonl names, for each figure, the function, its parameters and the
digest of the inputs it read.

A figure that is derived again follows from the records. Whether a source was
right is not proven by arithmetic.
`, c.About.Title, c.About.Date, verifierKey)
}
