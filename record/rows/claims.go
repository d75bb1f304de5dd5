package rows

import (
	"reflect"

	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/observation"
)

var anchorType = reflect.TypeFor[claim.Anchor]()

// preferrer is a claim, whatever its value.
type preferrer interface{ Prefer(reason string) }

// settle completes the claims of an observation: the only claim there is becomes
// the preferred one, and, if the file's source is the record's, what is anchored
// nowhere is anchored to it.
func settle(o observation.Observation, given bool) {
	var visit func(v reflect.Value)
	visit = func(v reflect.Value) {
		switch {
		case v.Kind() == reflect.Pointer && !v.IsNil():
			visit(v.Elem())
		case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct:
			for i := range v.Len() {
				visit(v.Index(i))
			}
			if v.Len() != 1 {
				return
			}
			if c, ok := v.Index(0).Addr().Interface().(preferrer); ok {
				c.Prefer("the only one given")
			}
		case v.Type() == anchorType:
			if a := v.Addr().Interface().(*claim.Anchor); given && a.Source == "" {
				a.Source = givenKey
			}
		case v.Kind() == reflect.Struct && !isLeaf(v.Type()):
			for i := range v.NumField() {
				visit(v.Field(i))
			}
		}
	}
	visit(reflect.ValueOf(o))
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
