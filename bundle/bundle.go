// Package bundle writes and verifies what a recipient gets: a plain zip that
// holds the report, the records it was written from and the derivations of every
// figure, under a signed manifest.
//
//	manifest.json           what is in here, with a SHA-256 for each member
//	signature.note          a signed note over the manifest's SHA-256
//	README.txt              how to check it by hand
//	report/…                the report files
//	records/KIND.jsonl      the records, one canonical JSON a line, by id
//	records/inputs.json     id and digest of every record; withheld ones as commitments
//	derivations.jsonl       one derivation a line
//	items/SHA256            evidence items that the records cite
//	log/…                   proofs from the custody log: see package dossier
//	paragraphs.json         which paragraph and exhibit prints which derivation
//
// Verify needs no desk and no network. It says separately whether the bytes are
// intact, who signed, whether the custody log knows what travels, and whether every
// derivation comes out again; a changed
// byte is named by its member, a changed record by the figures that differ and
// the paragraphs that fall.
//
//	v, err := bundle.Verify(file, size, registry, bundle.Trust{})
//	v.OK, v.Derivations.Reproduced, v.Affected
//
// A bundle comes from a stranger: whatever it holds, Verify returns, in bounded
// memory, and what it returns is safe to print. The format is described in
// docs/verify.md.
package bundle

import (
	"errors"

	"github.com/turtlebay/turtlebay/derive"
)

// ErrHostile is returned for a zip that no honest writer makes: a bomb, a name
// that leaves its folder, a link, a name used twice, members that overlap, a
// manifest of absurd size.
var ErrHostile = errors.New("refused")

// ErrNotBundle is returned for a file that is no bundle of this format.
var ErrNotBundle = errors.New("not a turtlebay bundle")

// ErrNewer is returned for a bundle of a later version of the format.
var ErrNewer = errors.New("made by a newer version of turtlebay")

// Names of the members that have a fixed name.
const (
	manifestName    = "manifest.json"
	signatureName   = "signature.note"
	readmeName      = "README.txt"
	inputsName      = "records/inputs.json"
	derivationsName = "derivations.jsonl"
	paragraphsName  = "paragraphs.json"
	reportDir       = "report/"
	recordsDir      = "records/"
	pageName        = reportDir + "report.html"
	docxName        = reportDir + "report.docx"
)

const (
	format  = "turtlebay-bundle"
	version = 1
)

// Manifest says what the bundle is and what is in it.
type Manifest struct {
	Format    string         `json:"format"`
	Version   int            `json:"version"`
	About     About          `json:"about"`
	Signer    string         `json:"signer"`        // verifier key in the form of golang.org/x/mod/sumdb/note
	Log       string         `json:"log,omitempty"` // likewise, of the custody log
	Members   []Member       `json:"members"`
	Withheld  map[string]int `json:"withheld,omitempty"` // records withheld, by the label of their marking
	Cover     string         `json:"cover,omitempty"`    // what is printed in place of what is withheld
	Recipient string         `json:"recipient,omitempty"`
}

// About names the report.
type About struct {
	Title   string `json:"title"`
	Symbol  string `json:"symbol,omitempty"`
	Body    string `json:"body"`
	Date    string `json:"date"`
	Period  string `json:"period"`
	View    string `json:"view"`
	Marking string `json:"marking,omitempty"` // of the whole report; empty is public
}

// Member is a member's name, length and SHA-256 in lower-case hexadecimal.
type Member struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Place says what one paragraph, table or chart prints.
type Place struct {
	Label   string    `json:"label"`            // "12", "summary", "Table 3", "Figure II"
	Number  int       `json:"number,omitempty"` // of a numbered paragraph
	Figures []Printed `json:"figures"`
}

// Printed is a derivation as it is printed in a place.
type Printed struct {
	Derivation string `json:"derivation"`
	Style      string `json:"style,omitempty"`
	Text       string `json:"text,omitempty"` // empty for tables and charts
}

// Contents is what Write puts into a bundle. Every place names derivations that
// are among those given; records are canonical JSON.
type Contents struct {
	About       About
	Recipient   string
	Report      map[string][]byte   // file name to content: "report.html"
	Sets        []*derive.Set       // the records that travel; derivations name these sets
	Commitments map[string][]string // by kind: 64 hexadecimal digits for every record withheld
	Derivations []derive.Derivation
	Places      []Place
	Withheld    map[string]int // number of commitments by the label of the record's marking
	Cover       string         // needed where a derivation is withheld
	Items       [][]byte       // evidence that the records cite
}
