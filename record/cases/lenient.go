package cases

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
)

// maxRemarks bounds what is said of one case that is otherwise read.
const maxRemarks = 10

// Read is the function Decode for text that others have written: what the kind has
// no field for is passed over, goods' codes lose dots, spaces and national digits,
// a date may be a number, and codes of countries small letters. The remarks say
// what was left out, by its path in the case: "observation.colour", "ignored, not a
// field of a shipment". What Decode reads, Read reads alike and without remarks.
//
// The record and all that it points to are good until the next call only.
func (d *Decoder) Read(text []byte) (record.Record, []record.Fault, error) {
	if r, ok := d.quick(text); ok {
		return r, nil, nil
	}
	whole, remarks := d.amend.amend(text)
	if len(whole) > 0 {
		if r, ok := d.quick(whole); ok {
			return r, remarks, nil
		}
		text = whole
	}
	r, err := Decode(text)
	if err != nil {
		remarks = nil // they are of no use where the case is not read
	}
	return r, remarks, err
}

// amender writes a case in the way of a record.
type amender struct {
	scan
	out     []byte
	path    []byte
	kind    observation.Kind
	remarks []record.Fault
	more    int // remarks beyond maxRemarks
	changed bool
}

// amend gives the case as package record wants it, and what was left out; nothing
// where there is nothing to change, or the text is not sound. What it gives is good
// until the next call.
func (a *amender) amend(text []byte) ([]byte, []record.Fault) {
	*a = amender{scan: scan{text: text, scratch: a.scratch}, out: a.out[:0], path: a.path[:0]}
	if !a.whole() || !a.changed {
		return nil, nil
	}
	if a.more > 0 {
		a.remarks = append(a.remarks, record.Fault{Field: "observation", Reason: fmt.Sprintf("%d more of this sort", a.more)})
	}
	return a.out, a.remarks
}

// whole writes the members of a case that are read.
func (a *amender) whole() bool {
	if !a.take('{') {
		return false
	}
	a.out = append(a.out, '{')
	for n := 0; ; n++ {
		name, end, ok := a.member(n)
		if !ok {
			return false
		}
		if end {
			break
		}
		part := partOf(name)
		if part < 0 {
			if !a.skip(0) {
				return false
			}
			continue
		}
		a.name(parts[part])
		if !a.part(part) {
			return false
		}
	}
	a.space()
	a.out = append(a.out, '}')
	return a.at == len(a.text)
}

func (a *amender) part(part int) bool {
	switch parts[part] {
	case "as_of":
		return a.value(&dateMember)
	case "observation":
		if k := a.lookAhead(); k != nil {
			a.path = append(a.path[:0], "observation"...)
			return a.object(k)
		}
	}
	return a.asItIs()
}

// lookAhead finds the type of the observation that begins here.
func (a *amender) lookAhead() *shape {
	start := a.at
	defer func() { a.at = start }()
	if !a.take('{') {
		return nil
	}
	for n := 0; ; n++ {
		name, end, ok := a.member(n)
		if end || !ok {
			return nil
		}
		if string(name) == "type" {
			break
		}
		if !a.skip(0) {
			return nil
		}
	}
	b, ok := a.string()
	if !ok || a.escaped {
		return nil
	}
	a.kind = observation.Kind(b)
	return shapes()[a.kind]
}

// name begins a member.
func (a *amender) name(name string) {
	if a.out[len(a.out)-1] != '{' {
		a.out = append(a.out, ',')
	}
	a.out = append(append(append(a.out, '"'), name...), `":`...)
	a.changed = a.changed || a.escaped
}

// object writes the fields of an object, without what its kind does not have.
func (a *amender) object(s *shape) bool {
	if !a.take('{') {
		return false
	}
	a.out = append(a.out, '{')
	above := len(a.path)
	for n := 0; ; n++ {
		name, end, ok := a.member(n)
		if !ok {
			return false
		}
		if end {
			a.out = append(a.out, '}')
			return true
		}
		a.path = append(append(a.path, '.'), name...)
		if f := s.fields[string(name)]; f != nil {
			a.name(f.name)
			ok = a.value(f)
		} else {
			a.remark("ignored, not a field of " + article(a.kind))
			ok = a.skip(0)
		}
		if a.path = a.path[:above]; !ok {
			return false
		}
	}
}

// article is a kind with its article.
func article(k observation.Kind) string {
	if strings.IndexByte("aeiou", k[0]) >= 0 || k == observation.KindSTSTransfer {
		return "an " + string(k)
	}
	return "a " + string(k)
}

// remark says something of the field at the path.
func (a *amender) remark(reason string) {
	if a.changed = true; len(a.remarks) < maxRemarks {
		a.remarks = append(a.remarks, record.Fault{Field: clip(string(a.path)), Reason: reason})
	} else {
		a.more++
	}
}

// maxPath keeps a member's name from filling the remark on it.
const maxPath = 120

func clip(s string) string {
	if len(s) > maxPath {
		return strings.ToValidUTF8(s[:maxPath], "") + "…"
	}
	return s
}

// value writes the value of a field.
func (a *amender) value(f *member) bool {
	switch c := a.peek(); {
	case c == '{' && f.holds != nil:
		return a.object(f.holds)
	case c == '[' && f.list != nil:
		return a.list(f.list)
	case c == '"' && f.mend != nil:
		return a.mended(f)
	case (c >= '0' && c <= '9') && f.date:
		b, ok := a.number()
		a.changed = true
		a.out = append(append(append(a.out, '"'), b...), '"')
		return ok
	}
	return a.asItIs()
}

func (a *amender) list(of *member) bool {
	a.at++
	a.out = append(a.out, '[')
	above := len(a.path)
	for n := 0; ; n++ {
		end, ok := a.element(n)
		if !ok {
			return false
		}
		if end {
			a.out = append(a.out, ']')
			return true
		}
		if n > 0 {
			a.out = append(a.out, ',')
		}
		a.path = fmt.Appendf(a.path, "[%d]", n)
		if ok = a.value(of); !ok {
			return false
		}
		a.path = a.path[:above]
	}
}

// mended writes a code as it should be.
func (a *amender) mended(f *member) bool {
	start := a.at
	b, ok := a.string()
	if !ok {
		return false
	}
	code, why := f.mend(b)
	if code == nil {
		a.out = append(a.out, a.text[start:a.at]...)
		return true
	}
	if a.changed = true; why != "" {
		a.remark(why)
	}
	a.out = append(append(append(a.out, '"'), code...), '"')
	return true
}

func (a *amender) asItIs() bool {
	start := a.at
	ok := a.skip(0)
	a.out = append(a.out, a.text[start:a.at]...)
	return ok
}

// hsDigits is how many digits of a goods' code are the same everywhere.
const hsDigits = 6

// goodsCode takes the dots and spaces between pairs of digits out of a code, and
// the national digits off its end. It is nil where the code is well, or is none.
func goodsCode(b []byte) (code []byte, why string) {
	for group := range bytes.FieldsFuncSeq(b, func(r rune) bool { return r == '.' || r == ' ' }) {
		if len(group)%2 == 1 || len(bytes.Trim(group, "0123456789")) > 0 {
			return nil, ""
		}
		code = append(code, group...)
	}
	switch n := len(code); {
	case n == hsDigits+2 || n == hsDigits+4:
		return code[:hsDigits], fmt.Sprintf("%q is read as %s: what follows six digits is national", b, code[:hsDigits])
	case n == 0 || n > hsDigits || n == len(b):
		return nil, ""
	}
	return code, ""
}

// capitals makes a code of n letters one in capitals.
func capitals(n int) func([]byte) ([]byte, string) {
	return func(b []byte) ([]byte, string) {
		small := func(c byte) bool { return c >= 'a' && c <= 'z' }
		letter := func(c byte) bool { return small(c) || c >= 'A' && c <= 'Z' }
		if len(b) != n || slices.ContainsFunc(b, func(c byte) bool { return !letter(c) }) || !slices.ContainsFunc(b, small) {
			return nil, ""
		}
		return bytes.ToUpper(b), ""
	}
}

// codes are the fields that hold one, by their names in every kind. Those of States
// in two letters are the fields that package observation wants in capitals.
var codes = map[string]func([]byte) ([]byte, string){
	"hs": goodsCode, "reporter": capitals(3), "partner": capitals(3), "partner_alt": capitals(3),
	"origin": capitals(2), "destination": capitals(2), "supplier_country": capitals(2), "seller_country": capitals(2),
	"worker_nationality": capitals(2), "host_country": capitals(2), "partner_country": capitals(2), "country": capitals(2), "flag": capitals(2),
}

// shape is the fields of a struct.
type shape struct{ fields map[string]*member }

// member is one field: what it holds and how its text is mended, where it is.
type member struct {
	name  string
	date  bool
	mend  func([]byte) (code []byte, why string)
	holds *shape
	list  *member
}

var dateMember = member{date: true}

// observed is the package whose fields are checked for codes; text of others stays.
var observed = reflect.TypeFor[observation.Shipment]().PkgPath()

// shapes are those of all kinds.
var shapes = sync.OnceValue(func() map[observation.Kind]*shape {
	out, known := map[observation.Kind]*shape{}, map[reflect.Type]*shape{}
	for _, k := range observation.Kinds() {
		if o, err := observation.New(k); err == nil { // it is a kind
			out[k] = shapeOf(reflect.TypeOf(o).Elem(), known)
		}
	}
	return out
})

func shapeOf(t reflect.Type, known map[reflect.Type]*shape) *shape {
	if s, ok := known[t]; ok {
		return s
	}
	s := &shape{map[string]*member{}}
	known[t] = s
	for i := range t.NumField() {
		f := t.Field(i)
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
			m := memberOf(f.Type, known)
			if m.name = name; f.Type.Kind() == reflect.String && t.PkgPath() == observed {
				m.mend = codes[name]
			}
			s.fields[name] = m
		}
	}
	return s
}

func memberOf(t reflect.Type, known map[reflect.Type]*shape) *member {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	p := reflect.PointerTo(t)
	switch {
	case t == reflect.TypeFor[value.Date]():
		return &member{date: true}
	case p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()), p.Implements(reflect.TypeFor[json.Unmarshaler]()):
	case t.Kind() == reflect.Slice:
		return &member{list: memberOf(t.Elem(), known)}
	case t.Kind() == reflect.Struct:
		return &member{holds: shapeOf(t, known)}
	}
	return &member{}
}
