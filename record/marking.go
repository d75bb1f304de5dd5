package record

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Marking says who may see a record. The zero Marking is public.
type Marking struct {
	TLP     string   `json:"tlp,omitempty" jsonschema:"clear, green, amber, amber+strict or red (TLP 2.0); empty is clear"`
	Caveats []string `json:"caveats,omitempty" jsonschema:"releasable-to:NAME, source-protected …"`
}

// tlpOrder lists TLP 2.0 from open to closed.
var tlpOrder = []string{"clear", "green", "amber", "amber+strict", "red"}

// level is the place of the marking in tlpOrder, -1 if unknown.
func (m Marking) level() int {
	if m.TLP == "" {
		return 0
	}
	return slices.Index(tlpOrder, m.TLP)
}

// Validate refuses an unknown TLP label.
func (m Marking) Validate() error {
	if m.level() < 0 {
		return fmt.Errorf("tlp %q: want %s", m.TLP, strings.Join(tlpOrder, ", "))
	}
	return nil
}

// IsZero reports whether the record is public; encoding/json leaves it out then.
func (m Marking) IsZero() bool { return m.level() == 0 && len(m.Caveats) == 0 }

// String is the label to print, "clear" for the zero Marking.
func (m Marking) String() string {
	label := cmp.Or(m.TLP, tlpOrder[0])
	if len(m.Caveats) > 0 {
		label += " (" + strings.Join(m.Caveats, ", ") + ")"
	}
	return label
}

// Recipient is a reader outside the desk: the highest level cleared for and the
// names that releasable-to caveats know the reader by.
type Recipient struct {
	Name string   `json:"name,omitempty"`
	TLP  string   `json:"tlp,omitempty"`
	As   []string `json:"as,omitempty"` // other names, such as a group the reader belongs to
}

// Permits reports whether the recipient may receive what carries this marking,
// and if not, why not. A caveat that is not understood does not permit: a word
// meant to protect somebody is never ignored.
func (m Marking) Permits(r Recipient) (ok bool, why string) {
	cleared := Marking{TLP: r.TLP}.level()
	if m.level() < 0 || m.level() > cleared {
		return false, fmt.Sprintf("marked %s", m)
	}
	released, named := false, false
	for _, c := range m.Caveats {
		name, isRelease := strings.CutPrefix(c, "releasable-to:")
		if !isRelease || name == "" {
			return false, fmt.Sprintf("caveat %q", c)
		}
		named = true
		released = released || name == r.Name || slices.Contains(r.As, name)
	}
	if named && !released {
		return false, "not releasable to the recipient"
	}
	return true, ""
}
