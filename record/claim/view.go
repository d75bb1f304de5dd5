package claim

import (
	"fmt"
	"strings"
)

// Status is the standing of an attribution.
type Status string

// The statuses, from the strongest basis to the weakest.
const (
	Official  Status = "official"  // a government statement, court paper or multilateral team
	Panel     Status = "panel"     // the United Nations Panel of Experts only
	Analyst   Status = "analyst"   // private analysts only
	Suspected Status = "suspected" // reported as suspected, on a weaker basis
	Disputed  Status = "disputed"  // official, but publicly contradicted
)

// Statuses lists them in order of strength.
func Statuses() []Status { return []Status{Official, Panel, Analyst, Suspected, Disputed} }

// Valid reports whether s is one of the statuses.
func (s Status) Valid() bool {
	switch s {
	case Official, Panel, Analyst, Suspected, Disputed:
		return true
	}
	return false
}

// View is a named rule that chooses incidents by attribution status. It is
// printed beside every total that it made.
type View string

// The views.
const (
	ViewOfficial View = "official"       // official attributions only
	ViewPanel    View = "official+panel" // and those of the Panel of Experts
	ViewAll      View = "all"            // and analyst, suspected and disputed ones
)

// Views lists them from the narrowest to the widest.
func Views() []View { return []View{ViewOfficial, ViewPanel, ViewAll} }

// ParseView reads a view's name.
func ParseView(s string) (View, error) {
	for _, v := range Views() {
		if s == string(v) {
			return v, nil
		}
	}
	names := make([]string, 0, len(Views()))
	for _, v := range Views() {
		names = append(names, string(v))
	}
	return "", fmt.Errorf("view %q: want one of %s", s, strings.Join(names, ", "))
}

// Includes reports whether the view counts an incident of that status.
func (v View) Includes(s Status) bool {
	switch v {
	case ViewOfficial:
		return s == Official
	case ViewPanel:
		return s == Official || s == Panel
	case ViewAll:
		return s.Valid()
	}
	return false
}

// Describe says the rule in words.
func (v View) Describe() string {
	switch v {
	case ViewOfficial:
		return "official attributions only"
	case ViewPanel:
		return "official attributions and those of the Panel of Experts"
	case ViewAll:
		return "all attributions, including analyst, suspected and disputed ones"
	}
	return string(v)
}
