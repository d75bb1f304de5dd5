package bundle

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/derive"
	"golang.org/x/mod/sumdb/note"
)

// Verification is what Verify found. OK is the conjunction of all of it.
type Verification struct {
	OK          bool           `json:"ok"`
	About       About          `json:"about"`
	Bytes       Bytes          `json:"bytes"`
	Signature   Signature      `json:"signature"`
	Derivations Derivations    `json:"derivations"`
	Printed     PrintedCheck   `json:"printed"`
	Affected    []int          `json:"affected"`            // numbers of the paragraphs that fall
	AlsoFall    []string       `json:"also_fall,omitempty"` // the summary, tables and charts that fall
	Withheld    map[string]int `json:"withheld,omitempty"`  // records withheld, by marking
}

// Bytes says whether the members are those the manifest names.
type Bytes struct {
	Checked int     `json:"checked"`
	Bad     []Fault `json:"bad"`
}

// Fault is a member that is not what it should be.
type Fault struct {
	Member string `json:"member"`
	Why    string `json:"why"`
}

// Signature says who signed. Trusted means: by a key that the reader brought.
type Signature struct {
	Key     string `json:"key"`
	Valid   bool   `json:"valid"`
	Trusted bool   `json:"trusted"`
}

// Derivations says what came of running each again.
type Derivations struct {
	Total      int          `json:"total"`
	Reproduced int          `json:"reproduced"`
	Withheld   int          `json:"withheld"`
	Differ     []Difference `json:"differ"`
}

// Difference is a derivation that does not come out again.
type Difference struct {
	Derivation string `json:"derivation"`
	Figure     string `json:"figure"`             // function and parameters
	Recorded   string `json:"recorded,omitempty"` // the value the bundle names
	Derived    string `json:"derived,omitempty"`  // the value its records give
	Why        string `json:"why"`
}

// PrintedCheck says whether the figures in report.html print what they derive.
type PrintedCheck struct {
	Checked int      `json:"checked"`
	Differ  []string `json:"differ"`
}

// Verify checks a bundle against itself and, where the reader brings verifier
// keys, its signature against them. The error is for a file that cannot be judged
// at all (ErrHostile, ErrNotBundle, ErrNewer); everything else is in the
// Verification.
func Verify(r io.ReaderAt, size int64, reg *derive.Registry, trusted []note.Verifier) (Verification, error) {
	v := Verification{
		Bytes: Bytes{Bad: []Fault{}}, Derivations: Derivations{Differ: []Difference{}},
		Printed: PrintedCheck{Differ: []string{}}, Affected: []int{},
	}
	a, err := open(r, size)
	if err != nil {
		return v, fmt.Errorf("verify: %w", err)
	}
	m, raw, err := a.manifest()
	switch {
	case errors.Is(err, ErrNewer), errors.Is(err, ErrNotBundle), errors.Is(err, ErrHostile):
		return v, fmt.Errorf("verify: %w", err)
	case err != nil, m.Format != format:
		v.bad(manifestName, "cannot be read as a manifest")
		return v, nil
	}
	v.About, v.Withheld = m.About, m.Withheld
	v.members(a, m)
	v.signature(a, m, raw, trusted)
	if err := v.rerun(a, reg); err != nil {
		return v, fmt.Errorf("verify: %w", err)
	}
	v.OK = len(v.Bytes.Bad) == 0 && v.Signature.Valid && (len(trusted) == 0 || v.Signature.Trusted) &&
		len(v.Derivations.Differ) == 0 && len(v.Printed.Differ) == 0
	return v, nil
}

func (v *Verification) bad(member, why string) {
	if !slices.ContainsFunc(v.Bytes.Bad, func(f Fault) bool { return f.Member == member }) {
		v.Bytes.Bad = append(v.Bytes.Bad, Fault{member, why})
	}
}

// members compares every member with the manifest, both ways.
func (v *Verification) members(a *archive, m Manifest) {
	named := map[string]bool{manifestName: true, signatureName: true}
	for _, want := range m.Members {
		v.Bytes.Checked++
		named[want.Name] = true
		b, err := a.read(want.Name)
		switch {
		case a.files[want.Name] == nil:
			v.bad(want.Name, "missing")
		case err != nil:
			v.bad(want.Name, err.Error())
		case digest(b) != want.SHA256 || int64(len(b)) != want.Size:
			v.bad(want.Name, "not the bytes that the manifest names")
		}
	}
	for _, name := range a.order {
		if !named[name] {
			v.bad(name, "not named in the manifest")
		}
	}
	if canonical, err := derive.Canonical(m); err == nil {
		if raw, err := a.read(manifestName); err != nil || !bytes.Equal(raw, canonical) {
			v.bad(manifestName, "not in canonical form")
		}
	}
}

// signature checks the note over the manifest, first with the reader's keys, then
// with the key that the bundle names for itself.
func (v *Verification) signature(a *archive, m Manifest, manifest []byte, trusted []note.Verifier) {
	v.Signature.Key = m.Signer
	signed, err := a.read(signatureName)
	if err != nil {
		v.bad(signatureName, "missing or unreadable")
		return
	}
	fits := strings.HasPrefix(string(signed), signedText(manifest)+"\n")
	if n, err := note.Open(signed, note.VerifierList(trusted...)); len(trusted) > 0 && err == nil {
		v.Signature.Trusted, v.Signature.Valid = fits, fits
		v.Signature.Key = n.Sigs[0].Name
	}
	own, err := note.NewVerifier(m.Signer)
	if err != nil {
		v.bad(manifestName, "names a signer that is no key")
		return
	}
	n, err := note.Open(signed, note.VerifierList(own))
	switch {
	case err == nil && fits:
		v.Signature.Valid = true
	case err == nil && n != nil:
		v.bad(manifestName, "is not the manifest that was signed")
	case fits:
		v.bad(signatureName, "the signature is not by the key named")
	default:
		v.bad(signatureName, "does not fit the manifest")
		v.bad(manifestName, "does not fit the signature")
	}
}
