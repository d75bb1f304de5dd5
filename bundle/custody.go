package bundle

import (
	"cmp"
	"errors"
	"slices"

	"github.com/turtlebay/turtlebay/vault/dossier"
	"golang.org/x/mod/sumdb/note"
)

// Custody is what travels of the custody log: the key that signs its checkpoints,
// and the dossier of what the bundle holds.
type Custody struct {
	Key     string // verifier key in the form of golang.org/x/mod/sumdb/note
	Dossier dossier.Dossier
}

// members are the dossier's files.
func (c *Custody) members() ([]member, error) {
	files, err := c.Dossier.Encode()
	if err != nil {
		return nil, err
	}
	var out []member
	for name, b := range files {
		out = append(out, member{name, b})
	}
	return out, nil
}

// custody holds the dossier against the records and files of the bundle.
func (v *verifier) custody(m Manifest, index map[string][]input, trust Trust) {
	if m.Log == "" {
		v.Log = trust.unanswered()
		for _, name := range v.archive.order {
			if dossier.IsMember(name) {
				v.bad(name, "the manifest names no custody log")
			}
		}
		return
	}
	v.Log = &dossier.Found{Signers: []string{}, Witnessed: []dossier.Witnessed{}, Stamped: []dossier.Stamped{}, Bad: []dossier.Bad{}}
	key, err := note.NewVerifier(m.Log)
	if err != nil {
		v.bad(manifestName, "names a custody log by what is no key")
		return
	}
	d, err := dossier.Decode(v.dossier())
	var fault *dossier.Fault
	if errors.As(err, &fault) {
		v.bad(fault.Member, plain(fault.Err.Error()))
		v.Log.Bad = append(v.Log.Bad, dossier.Bad{What: plain(fault.Member), Why: plain(fault.Err.Error())})
		return
	}
	found := d.Check(handover(m, index), dossier.Trust{Log: key, Witnesses: trust.Witnesses, Roots: trust.Roots, Known: trust.Checkpoints})
	for i := range found.Bad {
		b := &found.Bad[i]
		b.What, b.Why = plain(b.What), plain(b.Why)
	}
	for i := range found.Stamped {
		found.Stamped[i].By = plain(found.Stamped[i].By)
	}
	v.Log = &found
}

// unanswered is what is found where no custody log travels: nothing, unless the
// reader brought something to compare with it.
func (t Trust) unanswered() *dossier.Found {
	if len(t.Witnesses)+len(t.Checkpoints) == 0 && t.Roots == nil {
		return nil
	}
	return &dossier.Found{Signers: []string{}, Witnessed: []dossier.Witnessed{}, Stamped: []dossier.Stamped{}, Bad: []dossier.Bad{
		{What: "custody log", Why: "no custody log travels with this bundle, so what you brought cannot be compared"},
	}}
}

// dossier reads the members of the custody log; one that cannot be read counts as
// missing.
func (v *verifier) dossier() map[string][]byte {
	out := map[string][]byte{}
	for _, name := range v.archive.order {
		if !dossier.IsMember(name) {
			continue
		}
		b, err := v.archive.content(name)
		if err != nil {
			v.bad(name, err.Error())
			continue
		}
		out[name] = b
	}
	return out
}

// handover is what the bundle holds beside the dossier.
func handover(m Manifest, index map[string][]input) dossier.Handover {
	with := dossier.Handover{Sums: map[string]string{}}
	for _, f := range m.Members {
		if !dossier.IsMember(f.Name) {
			with.Sums[f.Name] = f.SHA256
		}
	}
	for kind, list := range index {
		for _, in := range list {
			with.Records = append(with.Records, dossier.Held{Kind: kind, ID: in.ID, SHA256: in.SHA256, Withheld: in.Withheld})
		}
	}
	slices.SortFunc(with.Records, func(a, b dossier.Held) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID)) })
	return with
}

// itemMembers are the evidence items that travel.
func (c Contents) itemMembers() []member {
	var out []member
	for _, b := range c.Items {
		out = append(out, member{dossier.ItemName(digest(b)), b})
	}
	return out
}
