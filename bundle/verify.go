package bundle

import (
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/vault/dossier"
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
	Withheld    map[string]int `json:"withheld,omitempty"`  // records withheld, by the label of their marking
	Log         *dossier.Found `json:"log"`                 // nil where no custody log travels and the reader brought nothing to compare with one
}

// Trust is what the reader brings by another way than the bundle. Nothing of it is
// needed; what is there must fit.
type Trust struct {
	Signers     []note.Verifier // keys of who may have signed
	Witnesses   []note.Verifier // keys of witnesses of the custody log
	Roots       *x509.CertPool  // certificates that time-stamping authorities lead to
	Checkpoints [][]byte        // checkpoints of the custody log that the reader kept
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

// Signature says who signed. Valid means: by the key that the bundle names for
// itself. Trusted means: by a key that the reader brought.
type Signature struct {
	Key     string `json:"key"`
	Valid   bool   `json:"valid"`
	Trusted bool   `json:"trusted"`
}

// Derivations says what came of running each again. Where the records cannot be
// told apart none is run, and Total is more than the sum of the rest.
type Derivations struct {
	Total      int          `json:"total"`
	Reproduced int          `json:"reproduced"`
	Withheld   int          `json:"withheld"` // they rest on something that did not travel; nor does their result
	Differ     []Difference `json:"differ"`
	// Unproven come out the same from records that are not those they name.
	Unproven []Difference `json:"unproven,omitempty"`
}

// Difference is a derivation that does not come out again.
type Difference struct {
	Derivation string `json:"derivation"`
	Figure     string `json:"figure"`             // function and parameters
	Recorded   string `json:"recorded,omitempty"` // the value the bundle names
	Derived    string `json:"derived,omitempty"`  // the value its records give
	Why        string `json:"why"`
}

// PrintedCheck says whether the figures in report.html, in report.docx and in the
// paragraph map print what their derivations record, and whether both files have
// all of them.
type PrintedCheck struct {
	Checked int      `json:"checked"`
	Differ  []string `json:"differ"`
}

// verifier is a verification under way.
type verifier struct {
	Verification
	archive *archive
	named   map[string]bool // members in Bytes.Bad
	fallen  map[string]bool // derivations whose figures cannot stand
}

// Verify checks a bundle against itself and against what the reader brings. The error is for a file that cannot be judged
// at all (ErrHostile, ErrNotBundle, ErrNewer); everything else is in the
// Verification.
func Verify(r io.ReaderAt, size int64, reg *derive.Registry, trust Trust) (Verification, error) {
	v := &verifier{named: map[string]bool{}, fallen: map[string]bool{}, Verification: Verification{
		Bytes: Bytes{Bad: []Fault{}}, Derivations: Derivations{Differ: []Difference{}},
		Printed: PrintedCheck{Differ: []string{}}, Affected: []int{},
	}}
	a, err := open(r, size)
	if err != nil {
		return v.Verification, fmt.Errorf("verify: %w", err)
	}
	v.archive = a
	m, raw, err := a.manifest()
	switch {
	case errors.Is(err, ErrNewer), errors.Is(err, ErrNotBundle):
		return v.Verification, fmt.Errorf("verify: %w", err)
	case err != nil:
		v.bad(manifestName, err.Error())
		return v.Verification, nil
	}
	v.about(m)
	v.members(m)
	v.signature(m, raw, trust.Signers)
	v.custody(m, v.index(), trust)
	v.rerun(reg, m)
	v.OK = len(v.Bytes.Bad) == 0 && v.Signature.Valid && (len(trust.Signers) == 0 || v.Signature.Trusted) &&
		(v.Log == nil || v.Log.OK) &&
		len(v.Derivations.Differ)+len(v.Derivations.Unproven) == 0 && len(v.Printed.Differ) == 0
	return v.Verification, nil
}

func (v *verifier) bad(member, why string) {
	if !v.named[member] {
		v.named[member] = true
		v.Bytes.Bad = append(v.Bytes.Bad, Fault{plain(member), plain(why)})
	}
}

func (v *verifier) about(m Manifest) {
	v.About = m.About
	for _, s := range []*string{&v.About.Title, &v.About.Symbol, &v.About.Body, &v.About.Date, &v.About.Period, &v.About.View, &v.About.Marking} {
		*s = plain(*s)
	}
	for marking, n := range m.Withheld {
		if v.Withheld == nil {
			v.Withheld = map[string]int{}
		}
		v.Withheld[plain(marking)] += n
	}
}

// members compares every member with the manifest, both ways.
func (v *verifier) members(m Manifest) {
	named := map[string]bool{manifestName: true, signatureName: true}
	last := ""
	for _, want := range m.Members {
		if want.Name < last {
			v.bad(manifestName, fmt.Sprintf("names %.80q out of order", want.Name))
		}
		last = want.Name
		if named[want.Name] || !isMember(want.Name) {
			v.bad(manifestName, fmt.Sprintf("names %.80q twice or without need", want.Name))
			continue
		}
		named[want.Name] = true
		v.Bytes.Checked++
		switch n, sum, err := v.archive.sum(want.Name); {
		case err != nil:
			v.bad(want.Name, err.Error())
		case sum != want.SHA256 || n != want.Size:
			v.bad(want.Name, "not the bytes that the manifest names")
		}
	}
	for _, name := range v.archive.order {
		if !named[name] {
			v.bad(name, "not named in the manifest")
		}
	}
}

// signature checks the note over the manifest, with the reader's keys and with the
// key that the bundle names for itself.
func (v *verifier) signature(m Manifest, manifest []byte, trusted []note.Verifier) {
	v.Signature.Key = plain(m.Signer)
	signed, err := v.archive.content(signatureName)
	if err != nil {
		v.bad(signatureName, err.Error())
		return
	}
	text := signedText(manifest)
	for _, key := range trusted {
		if signedBy(signed, key, text) {
			v.Signature.Trusted = true
			v.Signature.Key = plain(fmt.Sprintf("%s+%08x", key.Name(), key.KeyHash()))
		}
	}
	own, err := note.NewVerifier(m.Signer)
	if err != nil {
		v.bad(manifestName, "names a signer that is no key")
		return
	}
	switch {
	case signedBy(signed, own, text):
		v.Signature.Valid = true
	case strings.HasPrefix(string(signed), text+"\n"):
		v.bad(signatureName, "the signature is not by the key that the manifest names")
	case intact(signed, own):
		v.bad(manifestName, "is not the manifest that was signed")
	default:
		v.bad(signatureName, "does not fit the manifest")
		v.bad(manifestName, "does not fit the signature")
	}
}

// signedBy reports whether the note is the text and one signature by the key, and
// nothing else: no byte of it may be changed without a trace.
func signedBy(signed []byte, key note.Verifier, text string) bool {
	n, err := note.Open(signed, note.VerifierList(key))
	if err != nil || n.Text != text || len(n.Sigs) != 1 {
		return false
	}
	s := n.Sigs[0]
	_, err = base64.StdEncoding.Strict().DecodeString(s.Base64)
	return err == nil && string(signed) == text+"\n— "+s.Name+" "+s.Base64+"\n"
}

// intact reports whether the key has signed the note, whatever it says.
func intact(signed []byte, key note.Verifier) bool {
	_, err := note.Open(signed, note.VerifierList(key))
	return err == nil
}
