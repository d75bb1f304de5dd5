package bundle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"regexp"
	"slices"

	"github.com/turtlebay/turtlebay/derive"
)

// travelled are the records of a bundle as input sets.
type travelled map[string]*derive.Set

// Set makes the bundle's records a derive.Sets; a kind that it does not hold is
// an empty set, as it was on the desk.
func (t travelled) Set(kind string) (*derive.Set, error) {
	if s := t[kind]; s != nil {
		return s, nil
	}
	return derive.NewSet(kind, nil), nil
}

// rerun derives everything again from the records that travelled.
func (v *Verification) rerun(a *archive, reg *derive.Registry) error {
	sets := v.inputs(a)
	derivations := v.derivations(a)
	results := map[string]derive.Result{}
	fallen := map[string]bool{}
	for _, d := range derivations {
		v.Derivations.Total++
		got, err := reg.Rerun(d, sets)
		results[d.ID] = got
		switch {
		case errors.Is(err, derive.ErrWithheld):
			v.Derivations.Withheld++
			results[d.ID] = d.Result
		case err == nil && got.Equal(d.Result):
			v.Derivations.Reproduced++
		default:
			fallen[d.ID] = !got.Equal(d.Result)
			v.Derivations.Differ = append(v.Derivations.Differ, difference(d, got, err))
		}
	}
	v.fall(a, fallen)
	v.printed(a, results)
	return nil
}

func difference(d derive.Derivation, got derive.Result, err error) Difference {
	out := Difference{
		Derivation: d.ID, Figure: d.Function + " " + d.Params.String(),
		Recorded: d.Result.Value, Derived: got.Value,
	}
	switch {
	case errors.Is(err, derive.ErrInputs) && got.Equal(d.Result):
		out.Why = "the records are not those it was derived from, though they give the same"
	case err == nil || errors.Is(err, derive.ErrInputs):
		out.Why = "the records give another result"
	default:
		out.Why = err.Error()
	}
	return out
}

// inputs reads the records and holds each against its digest in the index.
func (v *Verification) inputs(a *archive) travelled {
	out := travelled{}
	var index map[string][]input
	b, err := a.read(inputsName)
	if err != nil || json.Unmarshal(b, &index) != nil {
		v.bad(inputsName, "missing or unreadable")
		return out
	}
	for kind, list := range index {
		if !kindName.MatchString(kind) {
			v.bad(inputsName, fmt.Sprintf("kind %q cannot be", kind))
			continue
		}
		out[kind] = v.kind(a, kind, list)
	}
	return out
}

func (v *Verification) kind(a *archive, kind string, list []input) *derive.Set {
	name := recordsDir + kind + ".jsonl"
	var lines [][]byte
	if a.files[name] != nil {
		b, err := a.read(name)
		if err != nil {
			v.bad(name, err.Error())
		}
		lines = bytes.Split(bytes.TrimSuffix(b, []byte("\n")), []byte("\n"))
	}
	var inputs []derive.Input
	for _, in := range list {
		if in.Withheld {
			inputs = append(inputs, derive.Input{ID: in.ID, Digest: in.SHA256, Withheld: true})
			continue
		}
		if len(lines) == 0 {
			v.bad(name, fmt.Sprintf("record %s is missing", in.ID))
			continue
		}
		line := lines[0]
		lines = lines[1:]
		if digest(line) != in.SHA256 {
			v.bad(name, fmt.Sprintf("record %s is not the one that the index names", in.ID))
		}
		inputs = append(inputs, derive.Input{ID: in.ID, Digest: digest(line), Bytes: line})
	}
	if len(lines) > 0 {
		v.bad(name, "holds more records than the index names")
	}
	return derive.NewSet(kind, inputs)
}

func (v *Verification) derivations(a *archive) []derive.Derivation {
	b, err := a.read(derivationsName)
	if err != nil {
		v.bad(derivationsName, "missing or unreadable")
		return nil
	}
	var out []derive.Derivation
	for i, line := range bytes.Split(bytes.TrimSuffix(b, []byte("\n")), []byte("\n")) {
		var d derive.Derivation
		if err := json.Unmarshal(line, &d); err != nil {
			v.bad(derivationsName, fmt.Sprintf("line %d cannot be read", i+1))
			continue
		}
		out = append(out, d)
	}
	return out
}

// fall names the paragraphs and exhibits that print what did not come out again.
func (v *Verification) fall(a *archive, fallen map[string]bool) {
	places, ok := v.places(a)
	if !ok {
		return
	}
	for _, p := range places {
		if !slices.ContainsFunc(p.Figures, func(f Printed) bool { return fallen[f.Derivation] }) {
			continue
		}
		if p.Number > 0 {
			v.Affected = append(v.Affected, p.Number)
		} else if !slices.Contains(v.AlsoFall, p.Label) {
			v.AlsoFall = append(v.AlsoFall, p.Label)
		}
	}
	slices.Sort(v.Affected)
	v.Affected = slices.Compact(v.Affected)
}

func (v *Verification) places(a *archive) ([]Place, bool) {
	var places []Place
	b, err := a.read(paragraphsName)
	if err != nil || json.Unmarshal(b, &places) != nil {
		v.bad(paragraphsName, "missing or unreadable")
		return nil, false
	}
	return places, true
}

// figureMark is how report.html marks a figure in its text.
var figureMark = regexp.MustCompile(`<a class="fig" href="#d-[0-9a-f]+" data-derivation="([0-9a-f]+)" data-style="([a-z]*)">([^<]*)</a>`)

// printed compares every figure in the text of report.html, and every figure of
// the paragraph map, with what its derivation gives.
func (v *Verification) printed(a *archive, results map[string]derive.Result) {
	check := func(where, id, style, text string) {
		v.Printed.Checked++
		r, ok := results[id]
		switch want := r.Print(style); {
		case !ok:
			v.Printed.Differ = append(v.Printed.Differ, fmt.Sprintf("%s prints %q without a derivation", where, text))
		case want != text:
			v.Printed.Differ = append(v.Printed.Differ, fmt.Sprintf("%s prints %q where %s gives %q", where, text, id, want))
		}
	}
	places, _ := v.places(a)
	for _, p := range places {
		for _, f := range p.Figures {
			if f.Text != "" {
				check("paragraph "+p.Label, f.Derivation, f.Style, f.Text)
			}
		}
	}
	if a.files[reportDir+"report.html"] == nil {
		return
	}
	page, err := a.read(reportDir + "report.html")
	if err != nil {
		return // named among the bad members already
	}
	for _, m := range figureMark.FindAllSubmatch(page, -1) {
		check("report.html", string(m[1]), string(m[2]), html.UnescapeString(string(m[3])))
	}
}
