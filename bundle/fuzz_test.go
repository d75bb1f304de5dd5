package bundle_test

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/turtlebay/turtlebay/bundle"
)

// judged fails unless a file of any bytes is judged or refused in the errors that
// Verify promises.
func judged(t *testing.T, v bundle.Verification, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if v.OK || !errors.Is(err, bundle.ErrHostile) && !errors.Is(err, bundle.ErrNotBundle) && !errors.Is(err, bundle.ErrNewer) {
		t.Errorf("ok %v, error %v", v.OK, err)
	}
}

// FuzzVerify gives Verify files of any bytes. What passes must say what a good
// bundle says: members by the manifest, and the manifest by its signature.
func FuzzVerify(f *testing.F) {
	b, reg, d := good(f)
	m := unzip(f, b)
	f.Add([]byte(nil))
	f.Add(b)
	f.Add(m.zip(f))
	f.Add(b[:len(b)/2])
	f.Add(members{}.zip(f))
	f.Add(members{"manifest.json": "{}"}.zip(f))
	f.Add(archive(f, m, plain("../x", "")))
	f.Add(archive(f, m, huge("report/x")))
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, err := bundle.Verify(bytes.NewReader(raw), int64(len(raw)), reg, bundle.Trust{})
		judged(t, v, err)
		v, err = bundle.Verify(bytes.NewReader(raw), int64(len(raw)), reg, bundle.Trust{Signers: trust(d)})
		judged(t, v, err)
		if v.OK && !maps.Equal(m, unzip(t, raw)) {
			t.Error("other members pass as the signer's")
		}
	})
}

// FuzzVerifyMember changes one member of a good bundle and signs it anew, so that
// the change is not caught by its digest.
func FuzzVerifyMember(f *testing.F) {
	b, reg, d := good(f)
	m := unzip(f, b)
	names := slices.Sorted(maps.Keys(m))
	forger := newDesk(f, "forger")
	for i, name := range names {
		f.Add(uint8(i), uint16(len(m[name])/2), uint16(1), []byte("0"), true)
		f.Add(uint8(i), uint16(0), uint16(len(m[name])), []byte(`[{"figures":[{"text":"x"}]}]`), true)
		f.Add(uint8(i), uint16(len(m[name])), uint16(0), []byte("\n"), false)
	}
	f.Fuzz(func(t *testing.T, member uint8, at, cut uint16, put []byte, sign bool) {
		name := names[int(member)%len(names)]
		content := m[name]
		from := int(at) % (len(content) + 1)
		to := min(len(content), from+int(cut))
		changed := m.with(name, content[:from]+string(put)+content[to:])
		if sign && name != "manifest.json" && name != "signature.note" {
			changed = changed.signedBy(t, forger)
		}
		raw := changed.zip(t)
		v, err := bundle.Verify(bytes.NewReader(raw), int64(len(raw)), reg, bundle.Trust{})
		judged(t, v, err)
		if v.OK && !sign && !maps.Equal(m, changed) {
			t.Errorf("a change of %s passes", name)
		}
		if v, err := bundle.Verify(bytes.NewReader(raw), int64(len(raw)), reg, bundle.Trust{Signers: trust(d)}); err == nil && v.OK && !maps.Equal(m, changed) {
			t.Errorf("a change of %s passes as the signer's", name)
		}
	})
}
