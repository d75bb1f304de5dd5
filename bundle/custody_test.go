package bundle_test

import (
	"bytes"
	"crypto/x509"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/turtlebay/turtlebay/bundle"
	"github.com/turtlebay/turtlebay/vault/dossier"
	"golang.org/x/mod/sumdb/note"
)

// Who brings something that a custody log is compared with is not told that all is
// well by a bundle that leaves the log out.
func TestNoLogForWhoBringsSomething(t *testing.T) {
	b, reg, d := good(t)
	for name, tc := range map[string]struct {
		trust bundle.Trust
		ok    bool
	}{
		"nothing":      {bundle.Trust{}, true},
		"a signer":     {bundle.Trust{Signers: trust(d)}, true},
		"a checkpoint": {bundle.Trust{Checkpoints: [][]byte{[]byte("turtlebay-log-6ae6783f\n11\n")}}, false},
		"a witness":    {bundle.Trust{Witnesses: []note.Verifier{trust(d)[0]}}, false},
		"roots":        {bundle.Trust{Roots: x509.NewCertPool()}, false},
	} {
		v, err := bundle.Verify(bytes.NewReader(b), int64(len(b)), reg, tc.trust)
		if err != nil || v.OK != tc.ok || (v.Log == nil) != tc.ok {
			t.Errorf("%s: ok %v, log %+v, %v", name, v.OK, v.Log, err)
		}
		if v.Log == nil {
			continue
		}
		want := []dossier.Bad{{What: "custody log", Why: "no custody log travels with this bundle, so what you brought cannot be compared"}}
		if diff := cmp.Diff(want, v.Log.Bad); diff != "" || v.Log.OK {
			t.Errorf("%s: ok %v (-want +got):\n%s", name, v.Log.OK, diff)
		}
	}
}
