package record

import (
	"reflect"

	"github.com/turtlebay/turtlebay/record/claim"
)

// FromMemory reports whether the record, or any claim, source or statement in it,
// was written down without the source at hand.
func (r Record) FromMemory() bool {
	if r.Certainty == claim.FromMemory {
		return true
	}
	for _, s := range r.Sources {
		if s.Certainty == claim.FromMemory {
			return true
		}
	}
	found := false
	walk(reflect.ValueOf(r.Observation), func(v reflect.Value) {
		if f := v.FieldByName("Certainty"); f.IsValid() && f.Interface() == claim.FromMemory {
			found = true
		}
	})
	return found
}
