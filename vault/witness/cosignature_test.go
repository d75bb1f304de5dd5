package witness

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"
)

// A cosignature that another implementation of c2sp.org/tlog-cosignature made with
// the seed of 32 bytes 0x07.
const (
	foreignKey  = "witness.example/w1+aa4a09d1+BOpKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs"
	foreignText = "turtlebay-log-0011aabb\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
	foreignLine = "— witness.example/w1 qkoJ0QAAAABrA5mvLMZHVhNQ7CtvdjngIQcoNqebxFqja5Sft2A0TPN2rF9axm//McwqUpA2UWNIGFW5lipu5f5baLVg8FFedQU+AA==\n"
)

func verifierFor(t fataler, vkey string) note.Verifier {
	t.Helper()
	v, err := NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestCosignatureOfAnotherImplementation(t *testing.T) {
	cs, err := Cosignatures([]byte(foreignText+"\n"+foreignLine), verifierFor(t, foreignKey))
	if err != nil || len(cs) != 1 {
		t.Fatalf("Cosignatures: %v, %v", cs, err)
	}
	at := time.Unix(0x6b0399af, 0).UTC()
	want := Cosignature{Witness: "witness.example/w1", KeyHash: 0xaa4a09d1, At: at, Line: foreignLine}
	if cs[0] != want {
		t.Errorf("got %+v, want %+v", cs[0], want)
	}
	skey, vkey, err := NewKey(bytes.NewReader(bytes.Repeat([]byte{7}, 32)), "witness.example/w1")
	if err != nil || vkey != foreignKey {
		t.Fatalf("NewKey: %s, %v", vkey, err)
	}
	s, err := NewSigner(skey, func() time.Time { return at })
	if err != nil {
		t.Fatal(err)
	}
	signed, err := note.Sign(&note.Note{Text: foreignText}, s)
	if err != nil || string(signed) != foreignText+"\n"+foreignLine {
		t.Errorf("signed %s, %v", signed, err)
	}
}

func TestCosignaturesOfOthersDoNotCount(t *testing.T) {
	_, other, err := NewKey(rand.Reader, "witness.example/w1")
	if err != nil {
		t.Fatal(err)
	}
	cs, err := Cosignatures([]byte(foreignText+"\n"+foreignLine), verifierFor(t, other))
	if err != nil || len(cs) != 0 {
		t.Errorf("another key of that name: %v, %v", cs, err)
	}
}

// A changed bit of the text, the time or the signature is a forgery.
func TestForgedCosignatures(t *testing.T) {
	v := verifierFor(t, foreignKey)
	raw, err := base64.StdEncoding.DecodeString(strings.Fields(foreignLine)[2])
	if err != nil {
		t.Fatal(err)
	}
	for i := 4; i < len(raw); i++ { // the first four choose the key
		b := bytes.Clone(raw)
		b[i] ^= 1
		line := "— witness.example/w1 " + base64.StdEncoding.EncodeToString(b) + "\n"
		if _, err := Cosignatures([]byte(foreignText+"\n"+line), v); !errors.Is(err, ErrSignature) {
			t.Errorf("byte %d changed: %v", i, err)
		}
	}
	text := strings.Replace(foreignText, "20852163", "20852164", 1)
	if _, err := Cosignatures([]byte(text+"\n"+foreignLine), v); !errors.Is(err, ErrSignature) {
		t.Errorf("another size: %v", err)
	}
	if _, err := Cosignatures([]byte(text), v); !errors.Is(err, ErrMalformed) {
		t.Errorf("no signatures at all: %v", err)
	}
}

func TestCosignatureTimeIsBounded(t *testing.T) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	v := verifierFor(t, formatKey("w", public))
	for at, want := range map[uint64]bool{0: true, 1<<63 - 1: true, 1 << 63: false} {
		sig := append(binary.BigEndian.AppendUint64(nil, at), ed25519.Sign(private, statement(at, []byte(foreignText)))...)
		if got := v.Verify([]byte(foreignText), sig); got != want {
			t.Errorf("time %d: %v", at, got)
		}
	}
	s, err := newSigner(mustKey(t), func() time.Time { return time.Unix(-1, 0) })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sign([]byte(foreignText)); err == nil {
		t.Error("a clock before 1970 signed")
	}
}

func mustKey(t *testing.T) string {
	t.Helper()
	skey, _, err := NewKey(rand.Reader, "w")
	if err != nil {
		t.Fatal(err)
	}
	return skey
}

func TestKeysRefused(t *testing.T) {
	const public = "BOpKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs"
	for _, vkey := range []string{
		"", "w", "w+aa4a09d1", "witness.example/w1+aa4a09d2+" + public, "witness.example/w1+AA4A09D1+" + public,
		"witness.example/w2+aa4a09d1+" + public, "witness.example/w1+aa4a09d1+" + public + "\n", "witness.example/w1+aa4a09d1+" + public[:40],
		"witness.example/w1+68cca5d4+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs", // a plain Ed25519 key
		"wit ness+aa4a09d1+" + public, "wit\u202eness+aa4a09d1+" + public, "PRIVATE+KEY+witness.example/w1+aa4a09d1+" + public,
	} {
		if _, err := NewVerifier(vkey); err == nil {
			t.Errorf("took %q", vkey)
		} else if strings.ContainsRune(err.Error(), '\u202e') {
			t.Errorf("the message shows a bidi character: %v", err)
		}
	}
	skey := mustKey(t)
	for _, bad := range []string{"", strings.TrimPrefix(skey, "PRIVATE+"), skey[:len(skey)-4], "PRIVATE+KEY+x" + strings.TrimPrefix(skey, "PRIVATE+KEY+w")} {
		_, err := NewSigner(bad, time.Now)
		if err == nil {
			t.Errorf("took private key %q", bad)
		} else if strings.Contains(err.Error(), skey[len(skey)-30:]) {
			t.Error("the message shows the private key")
		}
	}
	for _, name := range []string{"", "a b", "a+b", "a\tb", "a\u2028b", "a\u202eb", "a\xff", "https://a/b"} {
		if _, _, err := NewKey(rand.Reader, name); !errors.Is(err, ErrName) {
			t.Errorf("name %q: %v", name, err)
		}
	}
	if _, _, err := NewKey(bytes.NewReader(make([]byte, 31)), "w"); err == nil {
		t.Error("a key of 31 random bytes")
	}
}

// What is signed verifies, and the time is read back.
func TestCosignatureLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[a-z.]{1,12}/[a-zé0-9-]{1,9}`).Draw(t, "name")
		skey, vkey, err := NewKey(bytes.NewReader(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "seed")), name)
		if err != nil {
			t.Fatal(err)
		}
		at := time.Unix(rapid.Int64Range(0, lastSecond-1).Draw(t, "at"), 0).UTC()
		s, err := NewSigner(skey, func() time.Time { return at })
		if err != nil {
			t.Fatal(err)
		}
		text := rapid.StringMatching(`[ -~]{1,30}\n[0-9]{1,9}\n[A-Za-z0-9+/]{43}=\n([!-~]{1,20}\n){0,3}`).Draw(t, "text")
		signed, err := note.Sign(&note.Note{Text: text}, s)
		if err != nil {
			t.Fatal(err)
		}
		cs, err := Cosignatures(signed, verifierFor(t, vkey))
		if err != nil || len(cs) != 1 || !cs[0].At.Equal(at) || cs[0].Witness != name || text+"\n"+cs[0].Line != string(signed) {
			t.Fatalf("%+v, %v", cs, err)
		}
	})
}

func FuzzCosignatures(f *testing.F) {
	f.Add([]byte(foreignText + "\n" + foreignLine))
	f.Add([]byte(foreignText + "\n" + foreignLine + foreignLine))
	f.Add([]byte(foreignText + "\n— witness.example/w1 qkoJ0QAA\n"))
	v := verifierFor(f, foreignKey)
	f.Fuzz(func(t *testing.T, b []byte) {
		cs, err := Cosignatures(b, v)
		if err != nil && len(cs) > 0 {
			t.Fatal("an error and cosignatures")
		}
		for _, c := range cs {
			if !bytes.Contains(b, []byte(c.Line)) || !bytes.HasPrefix(b, []byte(foreignText)) {
				t.Fatalf("%q was not signed", b)
			}
		}
	})
}
