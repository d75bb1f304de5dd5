// Package marking says who may see what: the level of the United Nations, the
// colour of the Traffic Light Protocol and caveats, and the one function that
// decides whether a reader may see what carries them.
//
//	m, err := marking.Parse("un:confidential; tlp:amber; embargo-until:2027-01-31")
//	d := marking.Decide(m, marking.Reader{Name: "Utopia", UN: "confidential", TLP: "amber", On: "2026-11-22"})
//	d.OK, d.Why // false, "under embargo until 2027-01-31"
//
// What is derived from several things carries the Join of their markings, which
// nobody may see who may not see each of them. Every read path asks Decide and
// nothing else; a word that it does not understand keeps the thing closed.
//
// Levels: ST/SGB/2007/6 (unclassified, confidential, strictly confidential) and
// TLP 2.0 of FIRST (clear, green, amber, amber+strict, red).
package marking

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Marking says who may see a thing. The zero Marking is public.
type Marking struct {
	UN      string   `json:"un,omitempty" jsonschema:"unclassified, confidential or strictly confidential (ST/SGB/2007/6); empty is unclassified"`
	TLP     string   `json:"tlp,omitempty" jsonschema:"clear, green, amber, amber+strict or red (TLP 2.0); empty is clear"`
	Caveats []string `json:"caveats,omitempty" jsonschema:"releasable-to:NAME, originator-control:NAME, source-protected, embargo-until:DATE"`
}

// The levels, from open to closed.
var (
	unLevels  = []string{"unclassified", "confidential", "strictly confidential"}
	tlpLevels = []string{"clear", "green", "amber", "amber+strict", "red"}
)

// The caveats. Any other keeps a thing closed to everybody but the custodian.
const (
	ReleasableTo      = "releasable-to:"      // to those named, and nobody else; several are alternatives
	OriginatorControl = "originator-control:" // to the originator alone, until the originator consents to a lower marking
	EmbargoUntil      = "embargo-until:"      // to nobody before this day
	SourceProtected   = "source-protected"    // to the custodian alone
	notReleasable     = "not-releasable"      // what Join makes of releases that have no reader in common
)

// level is the place of a word in its levels, 0 for none, -1 if it is unknown.
func level(levels []string, word string) int {
	if word == "" {
		return 0
	}
	return slices.Index(levels, word)
}

var day = regexp.MustCompile(`^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$`)

// Validate refuses an unknown level and a caveat that is malformed or holds what is
// not seen. A caveat of unknown words is kept: it closes.
func (m Marking) Validate() error {
	if level(unLevels, m.UN) < 0 {
		return fmt.Errorf("un %q: want %s", m.UN, strings.Join(unLevels, ", "))
	}
	if level(tlpLevels, m.TLP) < 0 {
		return fmt.Errorf("tlp %q: want %s", m.TLP, strings.Join(tlpLevels, ", "))
	}
	for _, c := range m.Caveats {
		date, embargo := strings.CutPrefix(c, EmbargoUntil)
		switch {
		case strings.TrimSpace(c) == "" || strings.Contains(c, ";"):
			return fmt.Errorf("caveat %q: empty, or holds a semicolon", c)
		case !utf8.ValidString(c) || strings.ContainsFunc(c, func(r rune) bool { return !unicode.IsGraphic(r) }):
			return fmt.Errorf("caveat %q: holds a line break or another character that is not seen", c)
		case embargo && !day.MatchString(date):
			return fmt.Errorf("caveat %q: want a day, as in embargo-until:2027-01-31", c)
		case c == ReleasableTo, c == OriginatorControl:
			return fmt.Errorf("caveat %q: names nobody", c)
		}
	}
	return nil
}

// IsZero reports whether the thing is public; encoding/json leaves it out then.
func (m Marking) IsZero() bool {
	return level(unLevels, m.UN) == 0 && level(tlpLevels, m.TLP) == 0 && len(m.Caveats) == 0
}

// String is the form that Parse reads, "tlp:clear" for the zero Marking.
func (m Marking) String() string {
	var parts []string
	if level(unLevels, m.UN) != 0 {
		parts = append(parts, "un:"+m.UN)
	}
	if level(tlpLevels, m.TLP) != 0 || len(parts) == 0 {
		parts = append(parts, "tlp:"+cmp.Or(m.TLP, tlpLevels[0]))
	}
	return strings.Join(append(parts, m.Caveats...), "; ")
}

// Label is the marking without the words of its caveats, which may name others:
// what may be said of a thing to somebody who may not see it.
func (m Marking) Label() string {
	label := Marking{UN: m.UN, TLP: m.TLP}.String()
	if len(m.Caveats) > 0 {
		label += " with caveats"
	}
	return label
}

// Parse reads a marking as people write it: parts separated by semicolons, each
// "un:LEVEL", "tlp:LEVEL", a bare TLP or UN level, or a caveat.
func Parse(text string) (Marking, error) {
	var m Marking
	for part := range strings.SplitSeq(text, ";") {
		part = strings.TrimSpace(part)
		small := strings.ToLower(part)
		un, isUN := strings.CutPrefix(small, "un:")
		tlp, isTLP := strings.CutPrefix(small, "tlp:")
		field, word := &m.TLP, tlp
		switch {
		case part == "":
			continue
		case isUN || slices.Contains(unLevels, small):
			field, word = &m.UN, un
		case isTLP || slices.Contains(tlpLevels, small):
		default:
			m.Caveats = append(m.Caveats, part)
			continue
		}
		if *field != "" {
			return Marking{}, fmt.Errorf("marking %q: two levels of one kind", text)
		}
		*field = word
	}
	slices.Sort(m.Caveats)
	m.Caveats = slices.Compact(m.Caveats)
	if err := m.Validate(); err != nil {
		return Marking{}, fmt.Errorf("marking %q: %w", text, err)
	}
	return m, nil
}
