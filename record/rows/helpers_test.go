package rows_test

import (
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/intake"
)

func open(tb testing.TB, text string) *intake.Source {
	tb.Helper()
	src, err := intake.NewSource("f", strings.NewReader(text), intake.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return src
}
