package main

import (
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/vault/dossier"
)

// What was altered for a reader is not said to be proven.
func TestPrintLogOfAlteredRecords(t *testing.T) {
	var out strings.Builder
	printLog(&out, &dossier.Found{Records: 5, Altered: 2})
	want := "  2 records were altered for this reader: NOT proven to be what was held; only the leaf of the handover vouches for them\n"
	if !strings.Contains(out.String(), want) {
		t.Errorf("printed %q", out.String())
	}
}
