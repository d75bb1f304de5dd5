// Package report turns what a desk holds into the report: it writes the outline
// through a gate that lets no number pass without a derivation, numbers it, and
// checks it before anything is printed.
//
//	s, _ := report.Preset("panel")
//	s.Date = value.MustDate("2024-03-07")
//	doc, err := report.Build(desk, registry, s)
//	complaints, err := report.Gate(desk, doc)   // errors stop, warnings print
//
// Who files the report, to whom and under which confidentiality are Settings: the
// same records make the report of a United Nations panel, of a coalition's team
// or of an organisation outside government.
package report

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/report/outline"
	"go.yaml.in/yaml/v3"
)

// ErrSettings is returned, wrapped with the field, for settings that make no report.
var ErrSettings = errors.New("report settings")

// Settings say who files the report, about what and for whom.
type Settings struct {
	Body            string     `yaml:"body"`         // as the text names it: "the Panel of Experts"
	Organ           string     `yaml:"organ"`        // masthead, left
	Symbol          string     `yaml:"symbol"`       // document symbol
	Distribution    string     `yaml:"distribution"` // "General"
	Language        string     `yaml:"language"`     // "English"
	Title           string     `yaml:"title"`
	Subtitle        string     `yaml:"subtitle"`
	Addressee       string     `yaml:"addressee"`
	Confidentiality string     `yaml:"confidentiality"` // on every page
	Copy            string     `yaml:"copy"`            // copy number and recipient
	Date            value.Date `yaml:"date"`
	From            int        `yaml:"from"` // first year
	To              int        `yaml:"to"`   // last year, inclusive
	View            claim.View `yaml:"view"`
	Sections        []string   `yaml:"sections"`  // all, in the usual order, where empty
	Committee       string     `yaml:"committee"` // whom recommendations address
	States          string     `yaml:"states"`
}

// presets are the bodies that file reports on this regime.
var presets = map[string]Settings{
	"panel": {
		Body: "the Panel of Experts", Organ: "Security Council", Distribution: "General", Language: "English",
		Title:     "Report of the Panel of Experts",
		Subtitle:  "on the measures concerning the Democratic People’s Republic of Korea",
		Addressee: "To the Security Council Committee established pursuant to resolution 1718 (2006)",
	},
	"coalition": {
		Body: "the Team", Organ: "Participating States", Distribution: "Limited", Language: "English",
		Title:     "Report of the monitoring team",
		Subtitle:  "on the measures concerning the Democratic People’s Republic of Korea",
		Addressee: "To the steering committee of the participating States", Committee: "the steering committee",
	},
	"desk": {
		Body: "the Turtle Bay desk", Organ: "Turtle Bay", Distribution: "General", Language: "English",
		Title:     "What is on record",
		Subtitle:  "Measures concerning the Democratic People’s Republic of Korea: what is on record, and what follows from it",
		Addressee: "To whoever reads it: every figure can be derived again",
	},
}

// Presets lists the names of the presets, sorted.
func Presets() []string { return []string{"coalition", "desk", "panel"} }

// Preset returns the settings of a preset for the period 2017–2023; ok is false
// for an unknown name.
func Preset(name string) (Settings, bool) {
	s, ok := presets[name]
	if !ok {
		return Settings{}, false
	}
	s.From, s.To, s.View = 2017, 2023, claim.ViewPanel
	if s.Committee == "" {
		s.Committee = "the Committee"
	}
	s.States = "Member States"
	return s, true
}

// ReadSettings reads YAML over base: fields that the file does not name keep the
// base's value. Unknown fields are an error.
func ReadSettings(r io.Reader, base Settings) (Settings, error) {
	d := yaml.NewDecoder(r)
	d.KnownFields(true)
	if err := d.Decode(&base); err != nil && !errors.Is(err, io.EOF) {
		return base, fmt.Errorf("%w: %s", ErrSettings, oneLine(err))
	}
	return base, nil
}

// oneLine is a YAML error, which spreads over lines, on one.
func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// Validate reports the first setting that makes no report.
func (s Settings) Validate() error {
	if _, err := claim.ParseView(string(s.View)); err != nil {
		return fmt.Errorf("%w: %w", ErrSettings, err)
	}
	for _, name := range s.Sections {
		if !slices.Contains(outline.Names(), name) {
			return fmt.Errorf("%w: sections: %q: want some of %s", ErrSettings, name, strings.Join(outline.Names(), ", "))
		}
	}
	switch {
	case s.From < 1900 || s.To > 2100 || s.From > s.To:
		return fmt.Errorf("%w: period %d..%d: want years in order", ErrSettings, s.From, s.To)
	case s.Body == "" || s.Title == "":
		return fmt.Errorf("%w: body and title are needed", ErrSettings)
	case s.Date.IsZero():
		return fmt.Errorf("%w: date is needed: nothing printed reads the clock", ErrSettings)
	}
	return nil
}
