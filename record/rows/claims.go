package rows

import (
	"reflect"

	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
)

var anchorType = reflect.TypeFor[claim.Anchor]()

// settle completes the claims of an observation: the only claim there is becomes
// the preferred one, and, if the file's source is the record's, what is anchored
// nowhere is anchored to it.
func settle(o observation.Observation, given bool) {
	if p, ok := o.(interface{ PreferOnly(reason string) }); ok {
		p.PreferOnly(claim.OnlyGiven)
	}
	if given {
		anchor(reflect.ValueOf(o))
	}
}

func anchor(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			anchor(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			anchor(v.Index(i))
		}
	case reflect.Struct:
		if a, ok := v.Addr().Interface().(*claim.Anchor); ok && a.Source == "" {
			a.Source = givenKey
		}
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() {
				anchor(f)
			}
		}
	}
}

// hasAnchors reports whether an observation can hold an anchor at all: goods by
// the million do not.
func hasAnchors(o observation.Observation) bool {
	var holds func(t reflect.Type, depth int) bool
	holds = func(t reflect.Type, depth int) bool {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		if t == anchorType {
			return true
		}
		if t.Kind() != reflect.Struct || isLeaf(t) || depth == 0 {
			return false
		}
		for f := range t.Fields() {
			if holds(f.Type, depth-1) {
				return true
			}
		}
		return false
	}
	return holds(reflect.TypeOf(o), maxNesting)
}
