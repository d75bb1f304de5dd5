package recordtest_test

import (
	"testing"

	"github.com/turtlebay/turtlebay/record/observation"
	"github.com/turtlebay/turtlebay/record/recordtest"
	"pgregory.net/rapid"
)

func TestDraw(t *testing.T) {
	for _, k := range observation.Kinds() {
		t.Run(string(k), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				if r := recordtest.Draw(t, k); r.Kind() != k {
					t.Fatalf("drew a %s", r.Kind())
				}
			})
		})
	}
}
