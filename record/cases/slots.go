package cases

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"

	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/value"
)

// form is how a field is written.
type form uint8

const (
	beyond form = iota // not in a form that the quick reader knows
	aKind
	aText
	aDate
	aNumber
	aNumberOrNone
	aFlag
	aFlagOrNone
	aCountOrNone
	aList
	anObject
)

// slot is one field of an observation that is used again and again: where its
// value goes, and room for what the field points to.
type slot struct {
	name string
	form form

	text       *string
	date       *value.Date
	number     *value.Decimal
	numberRef  **value.Decimal
	flag       *bool
	flagRef    **bool
	countRef   **int
	list       *[]string
	inner      *object
	last       string // the text that stood here before: often the same again
	numberRoom value.Decimal
	flagRoom   bool
	countRoom  int
	listRoom   []string
}

// object is a struct and its slots.
type object struct {
	slots  []slot
	byName map[string]int
	given  uint64  // which slots the present case has filled
	order  []uint8 // which slot the n-th member went to before: often the same again
}

// maxSlots is how many fields fit into object.given.
const maxSlots = 64

// reader reads observations of one kind into the same struct.
type reader struct {
	obs observation.Observation
	object
}

// newReader is nil for a word that is no kind.
func newReader(k observation.Kind) *reader {
	o, err := observation.New(k)
	if err != nil {
		return nil
	}
	return &reader{o, objectOf(reflect.ValueOf(o).Elem())}
}

func objectOf(v reflect.Value) object {
	o := object{byName: map[string]int{}}
	for i := range min(v.NumField(), maxSlots) {
		f := v.Type().Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" || f.Anonymous {
			continue
		}
		o.byName[name] = len(o.slots)
		o.slots = append(o.slots, slotOf(name, v.Field(i)))
	}
	o.order = make([]uint8, len(o.slots))
	for i := range o.order {
		o.order[i] = uint8(i)
	}
	return o
}

// slotOf finds out the form of a field.
func slotOf(name string, v reflect.Value) slot {
	s := slot{name: name}
	switch at := v.Addr().Interface().(type) {
	case *observation.Kind:
		s.form = aKind
	case *value.Date:
		s.form, s.date = aDate, at
	case *value.Decimal:
		s.form, s.number = aNumber, at
	case **value.Decimal:
		s.form, s.numberRef = aNumberOrNone, at
	case **bool:
		s.form, s.flagRef = aFlagOrNone, at
	case **int:
		s.form, s.countRef = aCountOrNone, at
	case *[]string:
		s.form, s.list = aList, at
	case *bool:
		s.form, s.flag = aFlag, at
	case encoding.TextUnmarshaler, json.Unmarshaler:
	default:
		switch v.Kind() {
		case reflect.String:
			s.form, s.text = aText, v.Addr().Convert(reflect.TypeFor[*string]()).Interface().(*string)
		case reflect.Struct:
			inner := objectOf(v)
			s.form, s.inner = anObject, &inner
		}
	}
	return s
}

// empty takes back what a case has filled in.
func (o *object) empty() {
	for i := 0; o.given != 0; i++ {
		if o.given&1 != 0 {
			o.slots[i].empty()
		}
		o.given >>= 1
	}
}

func (s *slot) empty() {
	switch s.form {
	case aText:
		*s.text = ""
	case aDate:
		*s.date = value.Date{}
	case aNumber:
		*s.number = value.Decimal{}
	case aNumberOrNone:
		*s.numberRef = nil
	case aFlag:
		*s.flag = false
	case aFlagOrNone:
		*s.flagRef = nil
	case aCountOrNone:
		*s.countRef = nil
	case aList:
		*s.list = nil
	case anObject:
		s.inner.empty()
	}
}

// slot finds where the n-th member belongs; nil where there is no such field, or
// it was given before.
func (o *object) slot(n int, name []byte) *slot {
	i := -1
	if n < len(o.order) && string(name) == o.slots[o.order[n]].name {
		i = int(o.order[n])
	} else if j, ok := o.byName[string(name)]; ok {
		i = j
		if n < len(o.order) {
			o.order[n] = uint8(j)
		}
	}
	if i < 0 || o.given&(1<<i) != 0 {
		return nil
	}
	o.given |= 1 << i
	return &o.slots[i]
}
