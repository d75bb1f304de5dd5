package vault

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/vault/custody"
)

// A card that is read is written again as the same item, or refused.
func FuzzCard(f *testing.F) {
	b, err := Item{
		ID: "EV-000001", SHA256: strings.Repeat("ab", 32), Size: 7, MediaType: "text/plain", Role: Original, Title: "a\u202eb\x00",
		Received: []Receipt{{Source: "S", On: "2026-11-22", Marking: marking.Marking{TLP: "amber"}}},
		Lowering: &Lowering{By: "A", Consent: "letter"}, Encrypted: true, Leaf: 3,
	}.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"card":2}`))
	f.Add([]byte(`{"card":1,"salt":"","id":"EV-1"} {}`))
	f.Add([]byte("[]"))
	f.Fuzz(func(t *testing.T, b []byte) {
		item, err := decodeCard(b)
		if err != nil {
			return
		}
		again, err := item.encode()
		if err != nil {
			return // too long
		}
		back, err := decodeCard(again)
		if diff := cmp.Diff(item, back); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
	})
}

// vault.json has one form: what is read is written again byte for byte.
func FuzzHeader(f *testing.F) {
	const recipient = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"
	f.Add(header{format, version, recipient}.encode())
	f.Add([]byte(`{"format":"turtlebay-vault","version":9}`))
	f.Add([]byte(`{"format":"turtlebay-vault","version":1,"recipient":"age1"}`))
	f.Add([]byte(""))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, b []byte) {
		v := &Vault{}
		v.dir.Root = dir
		if err := os.WriteFile(filepath.Join(dir, headerFile), b, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := v.readHeader(); err == nil && string(v.header.encode()) != string(b) {
			t.Errorf("%q was taken", b)
		}
	})
}

// Whatever a log says, the state of it is consistent or the log is refused.
func FuzzState(f *testing.F) {
	sum := strings.Repeat("ab", 32)
	f.Add("receive", "EV-000001", sum, "card="+sum+" key="+sum+" bytes="+sum)
	f.Add("destroy", "EV-000001", sum, "card="+sum+"; clock behind by 1h")
	f.Add("mark", "EV-000002", "", "card="+sum)
	f.Add("view", "EV-999999999999", "", "")
	f.Add("receive", "EV-000001", "zz", "card=x")
	f.Fuzz(func(t *testing.T, act, object, digest, detail string) {
		s := newState()
		for range 2 {
			err := s.apply(custody.Event{Act: act, Object: object, Digest: digest, Detail: detail})
			if err != nil {
				return
			}
		}
		if s.leaves != 2 || len(s.ids) != len(s.items) || len(s.ids) > 1 {
			t.Errorf("state %+v", s)
		}
		for _, h := range s.items {
			if !hexDigest.MatchString(h.sha256) || !hexDigest.MatchString(h.card) || !filepath.IsLocal(h.cardPath()) || !filepath.IsLocal(h.bytesPath()) {
				t.Errorf("item %+v", h)
			}
		}
	})
}

func TestAsText(t *testing.T) {
	for in, want := range map[string]string{"": "", "a\u202e": "a\u202e", "caf\xe9": `caf\xe9`, "\xff\xfeé": `\xff\xfeé`, "�": "�"} {
		if got := asText(in); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
}
