package cases

import (
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
)

// Decoder reads case after case with little garbage. It is not safe for concurrent
// use.
type Decoder struct {
	scan    scan
	amend   amender
	readers map[observation.Kind]*reader
	words   map[string]string // short texts seen, so that each is made once
	unsound bool
	report  observation.Report
}

// Texts that are kept for their return: codes of goods, of countries, of kinds.
const (
	maxWord  = 24
	maxWords = 1 << 13
)

// NewDecoder makes a decoder.
func NewDecoder() *Decoder {
	d := &Decoder{readers: map[observation.Kind]*reader{}, words: map[string]string{}}
	d.report = func(string, string) { d.unsound = true }
	return d
}

// quick reads a plain case; ok is false where it is none, or where anything is
// wrong with it.
func (d *Decoder) quick(text []byte) (r record.Record, ok bool) {
	s := &d.scan
	s.text, s.at = text, 0
	if !s.take('{') {
		return r, false
	}
	var seen [len(parts)]bool
	for n := 0; ; n++ {
		name, end, ok := s.member(n)
		if !ok {
			return r, false
		}
		if end {
			break
		}
		part := partOf(name)
		if part < 0 {
			if !s.skip(0) {
				return r, false
			}
			continue
		}
		if seen[part] || !d.part(part, &r) {
			return r, false
		}
		seen[part] = true
	}
	if s.space(); s.at != len(text) || r.ID == "" || len(r.ID) > maxID || r.Observation == nil {
		return r, false
	}
	d.unsound = false
	observation.Check(r.Observation, d.report)
	return r, !d.unsound
}

func partOf(name []byte) int {
	for i, p := range parts {
		if string(name) == p {
			return i
		}
	}
	return -1
}

// part reads one of the members of a case that count.
func (d *Decoder) part(part int, r *record.Record) bool {
	s := &d.scan
	switch {
	case parts[part] == "observation":
		k := d.kind()
		if k == nil || !d.object(&k.object) {
			return false
		}
		r.Observation = k.obs
		return true
	case s.peek() == 'n':
		return s.word("null")
	}
	b, ok := s.string()
	if !ok {
		return false
	}
	if parts[part] == "id" {
		r.ID = string(b)
		return true
	}
	return r.AsOf.UnmarshalText(b) == nil
}

// kind looks ahead for the type of the observation that begins here. Package record
// takes no name of a field or kind that is written with escapes.
func (d *Decoder) kind() *reader {
	s := &d.scan
	start := s.at
	defer func() { s.at = start }()
	if !s.take('{') {
		return nil
	}
	for n := 0; ; n++ {
		name, end, ok := s.member(n)
		if end || !ok || s.escaped {
			return nil
		}
		if string(name) == "type" {
			break
		}
		if !s.skip(0) {
			return nil
		}
	}
	b, ok := s.string()
	if !ok || s.escaped {
		return nil
	}
	r, known := d.readers[observation.Kind(b)]
	if !known {
		if r = newReader(observation.Kind(b)); r != nil {
			d.readers[r.obs.Kind()] = r
		}
	}
	return r
}

// object fills a struct.
func (d *Decoder) object(o *object) bool {
	o.empty()
	s := &d.scan
	if !s.take('{') {
		return false
	}
	for n := 0; ; n++ {
		name, end, ok := s.member(n)
		if end || !ok {
			return ok
		}
		to := o.slot(n, name)
		if to == nil || s.escaped {
			return false
		}
		if s.peek() == 'n' {
			if to.form == aKind || !s.word("null") {
				return false
			}
			if to.form == anObject {
				to.inner.empty()
			}
			continue
		}
		if !d.fill(to) {
			return false
		}
	}
}

// fill reads the value of one field.
func (d *Decoder) fill(to *slot) bool {
	s := &d.scan
	switch to.form {
	case aKind:
		_, ok := s.string() // kind has looked at it
		return ok
	case aText:
		b, ok := s.string()
		if ok && string(b) != to.last {
			to.last = d.word(b)
		}
		*to.text = to.last
		return ok
	case aDate:
		b, ok := s.string()
		return ok && to.date.UnmarshalText(b) == nil
	case aNumber:
		return d.number(to.number)
	case aNumberOrNone:
		*to.numberRef = &to.numberRoom
		return d.number(&to.numberRoom)
	case aFlag:
		return d.flag(to.flag)
	case aFlagOrNone:
		*to.flagRef = &to.flagRoom
		return d.flag(&to.flagRoom)
	case aCountOrNone:
		*to.countRef = &to.countRoom
		return d.count(&to.countRoom)
	case aList:
		return d.list(to)
	case anObject:
		return d.object(to.inner)
	}
	return false
}

func (d *Decoder) number(into *value.Decimal) bool {
	s := &d.scan
	var b []byte
	var ok bool
	if s.peek() == '"' {
		b, ok = s.string()
	} else {
		b, ok = s.number()
	}
	return ok && into.UnmarshalText(b) == nil
}

func (d *Decoder) flag(into *bool) bool {
	*into = d.scan.peek() == 't'
	return d.scan.word("true") || d.scan.word("false")
}

// maxCountDigits is how many digits surely fit into an int.
const maxCountDigits = 9

func (d *Decoder) count(into *int) bool {
	b, ok := d.scan.number()
	if !ok || len(b) > maxCountDigits {
		return false
	}
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
		n = n*10 + int(c-'0')
	}
	*into = n
	return true
}

func (d *Decoder) list(to *slot) bool {
	if !d.scan.take('[') {
		return false
	}
	out := to.listRoom[:0]
	if out == nil {
		out = []string{}
	}
	for n := 0; ; n++ {
		end, ok := d.scan.element(n)
		if end || !ok {
			to.listRoom, *to.list = out, out
			return ok
		}
		b, ok := d.scan.string()
		if !ok {
			return false
		}
		out = append(out, d.word(b))
	}
}

// word makes a text of bytes; of a short one that was seen before, the same text.
func (d *Decoder) word(b []byte) string {
	if len(b) > maxWord {
		return string(b)
	}
	if w, ok := d.words[string(b)]; ok {
		return w
	}
	w := string(b)
	if len(d.words) < maxWords {
		d.words[w] = w
	}
	return w
}
