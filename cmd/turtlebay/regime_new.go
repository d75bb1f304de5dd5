package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/regime/condition"
)

func regimeNewCommand() *cobra.Command {
	var kind, direction, out, pack string
	c := &cobra.Command{
		Use:   "new ID",
		Short: "write the skeleton of a measure, to be filled in",
		Long: strings.TrimSpace(`
Writes a commented YAML file in which the places to fill are marked ___; with
--adopted the dates, those of the tests included, are filled already. “turtlebay
regime test FILE” then names what is still missing, and “turtlebay regime lint” what
is not tested. It prints the file, or writes it to --out, or into the folder of a
pack of your own (--pack), which it begins where there is none. It overwrites nothing.`),
		Example: `  turtlebay regime new own-2375-16 --adopted 2017-09-11
  turtlebay regime new own-2375-16 --adopted 2017-09-11 --pack own
  turtlebay regime new own-2397-8 --kind worker_presence --direction persons --out own-2397-8.yaml`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			adopted, err := dayFlag(c, "adopted")
			if err != nil {
				return err
			}
			text, err := skeleton(a[0], kind, direction, adopted)
			switch {
			case err != nil:
				return usage(err)
			case out != "" && pack != "":
				return usage(errors.New("--out and --pack: one of them"))
			case pack != "":
				return intoPack(c, pack, a[0], text)
			case out != "":
				return writeNew(c, out, text)
			}
			_, err = fmt.Fprint(c.OutOrStdout(), text)
			return err
		},
	}
	c.Flags().StringVar(&kind, "kind", string(observation.KindShipment), "kind of record that the rule reads (see “turtlebay schema”)")
	c.Flags().StringVar(&direction, "direction", observation.FromDPRK, "from_dprk or to_dprk, or whom it concerns (docs/regime.md)")
	c.Flags().String("adopted", "", "day of adoption, YYYY-MM-DD")
	c.Flags().StringVar(&out, "out", "", "file to write")
	c.Flags().StringVar(&pack, "pack", "", "folder of a pack to write it into")
	return c
}

// measureIDs are ids that name a file everywhere.
var measureIDs = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,62}[a-z0-9]$`)

// needed are the facts that a record of a kind cannot be without, beside its date.
var needed = map[observation.Kind]string{
	observation.KindBankRelationship: "bank: {name: a bank}",
	observation.KindWorkerEstimate:   "metric: workers_abroad, low: 1, unit: persons, authority: an institute",
}

// skeletonKinds are the kinds for which there is a skeleton.
var skeletonKinds = []observation.Kind{
	observation.KindShipment, observation.KindTradeStatistic, observation.KindPetroleumDelivery, observation.KindSTSTransfer,
	observation.KindVesselTransfer, observation.KindArmsTransfer, observation.KindWorkPermit, observation.KindWorkerPresence,
	observation.KindWorkerEstimate, observation.KindBankRelationship, observation.KindJointVenture, observation.KindWeaponsEvent,
}

// skeletonFacts is what the template of a measure is filled with.
type skeletonFacts struct {
	ID, Kind, Direction       string
	Before, First, Year, Date string // days, and the name of the date; empty: to be filled in
	Facts                     []string
	Goods                     bool   // the kind has a goods code
	NewYear                   bool   // the first day begins a year, which then leaves nothing open
	Towards, Away             string // the direction of a record, and the other: facts in YAML
	Needed                    string
}

func skeleton(id, kind, direction string, adopted value.Date) (string, error) {
	k, err := observation.ParseKind(kind)
	switch {
	case err != nil:
		return "", fmt.Errorf("--kind: %w", err)
	case !slices.Contains(skeletonKinds, k):
		return "", fmt.Errorf("--kind: there is no skeleton for %s, but for %s", k, strings.Join(names(skeletonKinds), ", "))
	case !measureIDs.MatchString(id):
		return "", fmt.Errorf("id %q: want small letters, digits, - and ., such as own-2375-16", id)
	case !slices.Contains(measureDirections, direction):
		return "", fmt.Errorf("--direction: is %q, want one of %s", direction, strings.Join(measureDirections, ", "))
	}
	f := skeletonFacts{ID: id, Kind: kind, Direction: direction, Date: "date", Needed: needed[k]}
	if _, ok := condition.Lookup(k, "date"); !ok {
		f.Date = "period"
	}
	_, f.Goods = condition.Lookup(k, "hs")
	f.Towards, f.Away = directionFacts(k, direction)
	for _, x := range condition.Facts(k) {
		f.Facts = append(f.Facts, fmt.Sprintf("%s (%s)", x.Path, x.Type))
	}
	if !adopted.IsZero() {
		day, err := time.Parse(time.DateOnly, adopted.String())
		if err != nil {
			return "", fmt.Errorf("--adopted: %w", err)
		}
		f.First, f.Before, f.Year = adopted.String(), day.AddDate(0, 0, -1).Format(time.DateOnly), adopted.String()[:4]
		f.NewYear = strings.HasSuffix(f.First, "-01-01")
	}
	var b strings.Builder
	if err := skeletonTemplate.Execute(&b, f); err != nil {
		return "", fmt.Errorf("skeleton of %s: %w", id, err)
	}
	return b.String(), nil
}

var measureDirections = []string{
	observation.FromDPRK, observation.ToDPRK, "both", "dprk_conduct", "finance", "persons", "services", "shipping", "committee", "reporting", "any",
}

func names(kinds []observation.Kind) []string {
	out := make([]string, len(kinds))
	for i, k := range kinds {
		out[i] = string(k)
	}
	return out
}

// directionFacts are what makes a record go the measure's way, and the other; empty
// where the kind or the measure knows no way.
func directionFacts(k observation.Kind, direction string) (towards, away string) {
	other := map[string]string{observation.FromDPRK: observation.ToDPRK, observation.ToDPRK: observation.FromDPRK}[direction]
	if other == "" {
		return "", ""
	}
	if k == observation.KindTradeStatistic {
		flows := map[string]string{observation.FromDPRK: "import", observation.ToDPRK: "export"}
		const line = "reporter: XAA, partner: PRK, flow: "
		return line + flows[direction], line + flows[other]
	}
	if _, ok := condition.Lookup(k, "direction"); !ok {
		return "", ""
	}
	return "direction: " + direction, "direction: " + other
}

// Given writes the observation of a test; dates and codes that are not known yet are
// blanks with what belongs there behind them.
func (f skeletonFacts) Given(date, about, way, code, goods string) string {
	var blanks []string
	facts := []string{"type: " + f.Kind, f.Date + ": " + date}
	if date == "" {
		blanks = append(blanks, f.Date+": "+about)
	}
	facts = append(facts, slices.DeleteFunc([]string{f.Needed, way}, func(s string) bool { return s == "" })...)
	switch {
	case code != "" && f.Goods:
		facts = append(facts, `hs: ""`)
		blanks = append(blanks, "hs: "+code)
	case goods != "" && !f.Goods:
		blanks = append(blanks, goods)
	}
	line := "given: {" + strings.Join(facts, ", ") + "}"
	if len(blanks) > 0 {
		line += "   # ___ " + strings.Join(blanks, "; ")
	}
	return line
}

// Day is a line of a file that holds a day.
func (f skeletonFacts) Day(day string) string { return cmp.Or(day, "# ___") }

// writeNew writes a file that is not there yet.
func writeNew(c *cobra.Command, path, text string) error {
	if _, err := os.Lstat(path); err == nil {
		return &exitError{exitNo, fmt.Errorf("%s: is there already, and stays as it is", intake.Printable(path))}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return unread(aboutFile(path, err))
	}
	if err := desk.WriteFile(path, []byte(text), 0o644); err != nil {
		return unread(err)
	}
	fmt.Fprintln(c.OutOrStdout(), path)
	return nil
}

// intoPack writes a measure into a folder, and pack.yaml where there is none.
func intoPack(c *cobra.Command, dir, id, text string) error {
	measures := filepath.Join(dir, "measures")
	if err := os.MkdirAll(measures, 0o755); err != nil {
		return unread(err)
	}
	if _, err := os.Lstat(filepath.Join(dir, packFile)); errors.Is(err, fs.ErrNotExist) {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return unread(err)
		}
		if err := writeNew(c, filepath.Join(dir, packFile), fmt.Sprintf(packSkeleton, filepath.Base(abs))); err != nil {
			return err
		}
	}
	text = strings.Replace(text, "turtlebay regime test "+id+".yaml", "turtlebay regime test --regime "+dir, 1)
	return writeNew(c, filepath.Join(measures, id+".yaml"), text)
}

const packSkeleton = `# A pack of measures: one file each in the folder measures, named after its id.
id: %q
name: my own measures # say whose rules these are
about: what they are used for

# Questions for facts that several measures need: the fact, or the kind of record and the fact.
ask:
  committee_approval: Did the Committee approve it in advance, and under which number?
  shipment.contract_date: On what day was the written contract finalized?
`

var skeletonTemplate = template.Must(template.New("measure").Parse(`# A measure: what one paragraph demands. Fill in what is marked ___ and take the marks out; then try it:
#
#   turtlebay regime test {{.ID}}.yaml
#
# What is still missing is named with file and line. docs/regime.md explains every field.
id: {{.ID}} # the file's name
cite:
  document:                   # ___ S/RES/2375 (2017)
  paragraph:                  # ___ OP16
  certainty: from-memory      # checked, once you have read the substance in a source
  paragraph_checked: false    # true, once you have seen the paragraph's number in one
  source:                     # where you read it; needed for checked
  note:                       # what a lawyer should look at
adopted: {{.Day .First}} # from this day anybody knew of it
kind:                         # ___ its subject in a word: sectoral, workers, arms, luxury …
force: binding                # or call, clarification, exemption, concern, commitment, request, requires-no-chapter-vii
direction: {{.Direction}}
duty:                         # ___ who owes it: every State, importing State, flag State …
summary:                      # ___ what it demands, in your own words
in_force:
  from: {{.Day .First}} # the first day; until, if it ended, is the first day on which it was no longer in force
# supersedes: [kp-1718-8.a.i] # measures of this pack whose place it takes or which it strengthens

# Questions for facts that may be missing, where the pack has none:
# ask:
#   net_kg: What did it weigh?

rules:
  - applies_to: [{{.Kind}}]
{{- if .Goods}}
    goods:
      - codes: []             # ___ 2, 4 or 6 digits in quotation marks: ["5208", "61"]; a code stands for all below it
        what:                 # ___ the goods in words
        basis: analyst-mapping # resolution-text, where the paragraph itself gives the code
        certainty: from-memory # of the code
    # when: a condition, if the goods are not enough.
{{- else}}
    when:                     # ___ a condition, such as obs.name == "value" or before(obs.day, "2017-09-11")
{{- end}}
    # The facts that a condition can ask of this kind of record, each with obs. before it:
{{- range .Facts}}
    #   {{.}}
{{- end}}
    reason:                   # ___ what a reader is told: what the record shows
    # Where the paragraph makes an exception, or gave time:
    # exempt:
    #   - id: committee
    #     when: has(obs.committee_approval) && obs.committee_approval
    #     reason: approved by the Committee in advance
    # grace:
    #   until: 2017-12-10     # the last day
    #   when: before(obs.contract_date, "2017-09-11")
    #   reason: the written contract was older

# Each test is a record and what is to be found: none, breach, possible, exempt, grace …
tests:
  - name: on the day before
    {{.Given .Before "the day before the first day" .Towards "a code of yours" "the facts that the condition needs"}}
    expect: none
  - name: on the first day
    {{.Given .First "the first day" .Towards "a code of yours" "the facts that the condition needs"}}
    expect: breach
{{- if .Goods}}
  - name: other goods
    {{.Given .First "the first day" .Towards "a neighbouring code that is not meant" ""}}
    expect: none
{{- else}}
  - name: what is not meant
    {{.Given .First "the first day" .Towards "" "the same facts, one of them so that it is not met"}}
    expect: none
{{- end}}
{{- if not .NewYear}}
  - name: the year of the first day, when nobody knows the day
    {{.Given .Year "the year of the first day" .Towards "a code of yours" "the facts that the condition needs"}}
    expect: possible
    asks: [{{.Date}}]
{{- end}}
{{- if .Away}}
  - name: the other direction
    {{.Given .First "the first day" .Away "a code of yours" "the facts that the condition needs"}}
    expect: none
{{- end}}
  - name: not known on the day before adoption
    {{.Given .First "the first day" .Towards "a code of yours" "the facts that the condition needs"}}
    as_of: {{.Day .Before}} # the day of knowledge
    expect: none
`))
