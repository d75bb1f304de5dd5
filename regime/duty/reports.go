package duty

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
)

// Report is a report that a record says a State handed in.
type Report struct {
	Record string     `json:"record"`        // id
	Date   value.Date `json:"date,omitzero"` // as precise as the record has it
	Under  string     `json:"under"`         // as the record has it
	Why    string     `json:"why,omitempty"` // of a report that fits no duty: why not
}

// paragraph is where a duty or a report says it stands; sub is "(b)" or empty.
type paragraph struct {
	resolution  string
	first, last int // OP8-10
	sub         string
}

// meets reports whether the two may mean the same; one that names no
// subparagraph means them all.
func (p paragraph) meets(q paragraph) bool {
	return p.resolution == q.resolution && p.first <= q.last && q.first <= p.last &&
		(p.sub == "" || q.sub == "" || p.sub == q.sub)
}

var (
	inBrackets = regexp.MustCompile(`\(\s*\d{4}\s*\)`)
	numbered   = regexp.MustCompile(`\b(\d{4})\b`)
	measureID  = regexp.MustCompile(`\bkp-(\d{4})-(\d{1,2})((?:\.[a-z]+)*)`)
	operative  = regexp.MustCompile(`(?i)(?:\bOP|\bparas?\b\.?|\bparagraphs?\b)\s*(\d{1,2})((?:\s?\([a-z]+\))*)(?:\s?[-–]\s?(?:OP)?(\d{1,2}))?`)
	midterm    = regexp.MustCompile(`(?i)\bmid-?\s?term\b`)
	final      = regexp.MustCompile(`(?i)\bfinal\b`)
)

// maxUnder bounds what is read of a text that says what a report is under.
const maxUnder = 512

// paragraphs reads "S/RES/2397 (2017) OP8", "2371 OP8-10", "paragraph 17 of
// resolution 2397", "kp-2397-8". Of a text that names several resolutions the
// first that asks for reports counts.
func paragraphs(text string, asks func(resolution string) bool) []paragraph {
	text = text[:min(len(text), maxUnder)]
	var out []paragraph
	for _, m := range measureID.FindAllStringSubmatch(text, -1) {
		n, _ := strconv.Atoi(m[2])
		out = append(out, paragraph{m[1], n, n, brackets(m[3])})
	}
	text = measureID.ReplaceAllString(text, " ")
	text = inBrackets.ReplaceAllString(text, " ")
	for _, m := range numbered.FindAllString(text, -1) {
		if !asks(m) {
			continue
		}
		for _, op := range operative.FindAllStringSubmatch(text, -1) {
			first, _ := strconv.Atoi(op[1])
			last := first
			if op[3] != "" {
				last, _ = strconv.Atoi(op[3])
			}
			out = append(out, paragraph{m, first, max(first, last), strings.ToLower(strings.ReplaceAll(op[2], " ", ""))})
		}
		break
	}
	return out
}

// brackets makes "(b)(i)" of ".b.i".
func brackets(dotted string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(strings.TrimPrefix(dotted, "."), ".") {
		if part != "" {
			fmt.Fprintf(&b, "(%s)", part)
		}
	}
	return b.String()
}

// called is midterm or final, as the words say; empty where they say neither or both.
func called(text string) string {
	switch mid, last := midterm.MatchString(text), final.MatchString(text); {
	case mid && !last:
		return "midterm"
	case last && !mid:
		return "final"
	}
	return ""
}

// casefile is what the records show of one State.
type casefile struct {
	state    string
	on       value.Date
	filed    map[string][]Report // by duty
	unplaced []Report
	acts     []act
}

// sort puts the reports that were handed in by the day of the page to the duties
// that they answer.
func (k *casefile) sort(duties []Duty, records []record.Record) {
	k.filed = map[string][]Report{}
	for _, r := range record.Of[*observation.StateReport](records) {
		o := r.Observation
		if !sameState(o.State, k.state) || !o.Date.IsZero() && spanOf(o.Date).first > dayOf(k.on) {
			continue
		}
		report := Report{Record: r.Record.ID, Date: o.Date, Under: o.Under}
		ids, why := place(duties, report, o.Note)
		for _, id := range ids {
			k.filed[id] = append(k.filed[id], report)
		}
		if report.Why = why; why != "" {
			k.unplaced = append(k.unplaced, report)
		}
	}
	for _, reports := range k.filed {
		slices.SortStableFunc(reports, byDate)
	}
	slices.SortStableFunc(k.unplaced, byDate)
}

// byDate puts reports without a date last.
func byDate(a, b Report) int {
	known := func(r Report) int {
		if r.Date.IsZero() {
			return 1
		}
		return 0
	}
	return cmp.Or(known(a)-known(b), a.Date.Compare(b.Date), strings.Compare(a.Record, b.Record))
}

func sameState(a, b string) bool {
	return a != "" && strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}

// place lists the duties that a report answers, or says why there is none. A
// report names them by paragraph, or one by its id.
func place(duties []Duty, report Report, note string) (ids []string, why string) {
	named := paragraphs(report.Under, asksIn(duties))
	var asked, twins []Duty
	for _, d := range duties {
		switch {
		case strings.TrimSpace(report.Under) == d.ID:
			asked = append(asked, d)
		case !slices.ContainsFunc(named, d.paragraph().meets):
		case d.Called != "":
			twins = append(twins, d)
		default:
			asked = append(asked, d)
		}
	}
	if len(asked)+len(twins) == 0 {
		return nil, "it names no paragraph that asks States for a report by this day"
	}
	early := func(d Duty) bool { return spanOf(report.Date).last < dayOf(d.Adopted) }
	asked, twins = slices.DeleteFunc(asked, early), slices.DeleteFunc(twins, early)
	if len(asked)+len(twins) == 0 {
		return nil, "it is dated before the resolution was adopted"
	}
	for _, d := range asked {
		ids = append(ids, d.ID)
	}
	if len(twins) > 0 {
		var id string
		if id, why = between(twins, report, called(report.Under+" "+note)); id != "" {
			ids = append(ids, id)
		}
	}
	return ids, why
}

// between picks one of several reports under one paragraph: by its name, else the
// first that was not yet due when this was handed in.
func between(twins []Duty, report Report, name string) (id, why string) {
	const doubt = "its paragraph asks for a midterm and a final report, and neither its words nor its date say which this is"
	if i := slices.IndexFunc(twins, func(d Duty) bool { return d.Called == name }); i >= 0 {
		return twins[i].ID, ""
	}
	if report.Date.IsZero() {
		return "", doubt
	}
	handed := spanOf(report.Date)
	for _, d := range twins[:len(twins)-1] {
		switch due := dayOf(d.Due.On); {
		case handed.last <= due:
			return d.ID, ""
		case handed.first <= due:
			return "", doubt
		}
	}
	return twins[len(twins)-1].ID, ""
}

func (d Duty) paragraph() paragraph {
	named := paragraphs(d.Citation(), func(string) bool { return true })
	if len(named) == 0 {
		return paragraph{}
	}
	return named[0]
}

// asksIn says whether one of the duties is of the resolution.
func asksIn(duties []Duty) func(string) bool {
	return func(resolution string) bool {
		return slices.ContainsFunc(duties, func(d Duty) bool { return strings.Contains(d.Cite.Document, "/"+resolution) })
	}
}
