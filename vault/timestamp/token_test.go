package timestamp

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/turtlebay/turtlebay/vault/timestamp/tsatest"
)

var day = time.Date(2026, 11, 22, 6, 30, 15, 0, time.UTC)

// parts of a token that a test changes before it is put together again.
type parts struct {
	*signedData
	signer *signerInfo
	info   *tstInfo
}

// rebuild makes a good token over "data", changes it and puts it together again.
func rebuild(t *testing.T, change func(parts)) []byte {
	t.Helper()
	tsa, err := tsatest.New(func() time.Time { return day })
	if err != nil {
		t.Fatal(err)
	}
	der, err := tsa.Token([]byte("data"))
	if err != nil {
		t.Fatal(err)
	}
	var ci contentInfo
	var sd signedData
	var info tstInfo
	for _, err := range []error{unmarshal(der, &ci, ""), unmarshal(ci.Content.Bytes, &sd, ""), unmarshal(sd.Content.Content, &info, "")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	was := bytes.Clone(mustMarshal(t, info))
	change(parts{&sd, &sd.Signers[0], &info})
	if is := mustMarshal(t, info); !bytes.Equal(was, is) {
		sd.Content.Content = is
	}
	inner := mustMarshal(t, sd)
	ci.Content = asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: inner}
	return mustMarshal(t, struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue
	}{ci.Type, ci.Content})
}

func mustMarshal(t *testing.T, v any) []byte {
	t.Helper()
	b, err := asn1.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// attributes are the signed attributes of a signer one by one.
func attributesOf(t *testing.T, s *signerInfo) []attribute {
	t.Helper()
	var out []attribute
	for rest := s.Attributes.Bytes; len(rest) > 0; {
		var a attribute
		var err error
		if rest, err = asn1.Unmarshal(rest, &a); err != nil {
			t.Fatal(err)
		}
		out = append(out, a)
	}
	return out
}

func (p parts) setAttributes(t *testing.T, as []attribute) {
	t.Helper()
	var b []byte
	for _, a := range as {
		b = append(b, mustMarshal(t, a)...)
	}
	p.signer.Attributes = asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: b}
}

// The signer may be named by the identifier of its key; that is not signed.
func TestSignerByKeyIdentifier(t *testing.T) {
	sum := digestOf(t, "data")
	byKey := func(id string) []byte {
		return rebuild(t, func(p parts) {
			p.signer.ID = asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, Bytes: []byte(id)}
		})
	}
	if s, err := verify(byKey("test time-stamps"), sum, nil); err != nil || !s.At.Equal(day) {
		t.Errorf("%+v, %v", s, err)
	}
	for _, id := range []string{"", "another key"} {
		if _, err := verify(byKey(id), sum, nil); !errors.Is(err, ErrMalformed) {
			t.Errorf("key %q: %v", id, err)
		}
	}
}

func digestOf(t *testing.T, data string) [32]byte {
	t.Helper()
	b, err := digestBy(oidSHA256, []byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return [32]byte(b)
}

func TestRebuiltTokens(t *testing.T) {
	sum := digestOf(t, "data")
	if _, err := verify(rebuild(t, func(parts) {}), sum, nil); err != nil {
		t.Fatalf("put together unchanged: %v", err)
	}
	large := hugeCertificate(t)
	drop := func(oid asn1.ObjectIdentifier) func(parts) {
		return func(p parts) {
			var kept []attribute
			for _, a := range attributesOf(t, p.signer) {
				if !a.Type.Equal(oid) {
					kept = append(kept, a)
				}
			}
			p.setAttributes(t, kept)
		}
	}
	value := func(oid asn1.ObjectIdentifier, der []byte) func(parts) {
		return func(p parts) {
			as := attributesOf(t, p.signer)
			for i := range as {
				if as[i].Type.Equal(oid) {
					as[i].Values = asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: der}
				}
			}
			p.setAttributes(t, as)
		}
	}
	for _, tt := range []struct {
		name   string
		change func(parts)
		want   error
		says   string
	}{
		{"another kind of content", func(p parts) { p.Content.Type = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1} }, ErrMalformed, "not a time-stamp"},
		{"no signer", func(p parts) { p.Signers = nil }, ErrMalformed, "0 signers"},
		{"two signers", func(p parts) { p.Signers = append(p.Signers, p.Signers[0]) }, ErrMalformed, "2 signers"},
		{"17 certificates", func(p parts) {
			p.Certificates = asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: bytes.Repeat(p.Certificates.Bytes, 9)}
		}, ErrMalformed, "18 certificates"},
		{"a huge key beside", func(p parts) {
			p.Certificates = asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: append(bytes.Clone(p.Certificates.Bytes), large...)}
		}, ErrMalformed, "bits"},
		{"certificates that are none", func(p parts) {
			p.Certificates = asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: []byte{5, 0}}
		}, ErrMalformed, "certificates"},
		{"version 2", func(p parts) { p.info.Version = 2 }, ErrMalformed, "version 2"},
		{"a negative accuracy", func(p parts) { p.info.Accuracy.Millis = -1 }, ErrMalformed, "accuracy"},
		{"an accuracy of a century", func(p parts) { p.info.Accuracy.Seconds = 100 * maxAccuracy }, ErrMalformed, "accuracy"},
		{"a long serial number", func(p parts) { p.info.Serial = new(big.Int).Lsh(big.NewInt(1), 600) }, ErrMalformed, "serial"},
		{"another serial number", func(p parts) { p.info.Serial = big.NewInt(1) }, ErrSignature, "other content"},
		{"no content type", drop(oidContentType), ErrMalformed, "content type"},
		{"another content type", value(oidContentType, mustMarshal(t, oidSignedData)), ErrSignature, "other content"},
		{"two content types", value(oidContentType, bytes.Repeat(mustMarshal(t, oidTSTInfo), 2)), ErrMalformed, "content type"},
		{"no digest", drop(oidMessageDigest), ErrMalformed, "message digest"},
		{"names no certificate", drop(oidSigningCertV2), ErrMalformed, "by which certificate"},
		{"names an empty list", value(oidSigningCertV2, []byte{0x30, 2, 0x30, 0}), ErrMalformed, "by which certificate"},
		{"names it in no way known", value(oidSigningCertV2, []byte{5, 0}), ErrMalformed, "signing certificate"},
		{"names another", value(oidSigningCertV2, append([]byte{0x30, 38, 0x30, 36, 0x30, 34, 4, 32}, make([]byte, 32)...)), ErrSignature, "another certificate"},
		{"without the time of signing", drop(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}), ErrSignature, "verify"},
		{"an attribute twice", func(p parts) {
			as := attributesOf(t, p.signer)
			p.setAttributes(t, append(as, as[0]))
		}, ErrMalformed, "twice"},
		{"attributes that are none", func(p parts) { p.setAttributes(t, nil); p.signer.Attributes.Bytes = []byte{1, 1, 1} }, ErrMalformed, "signed attributes"},
		{"a digest not read", func(p parts) { p.signer.Digest = pkix.AlgorithmIdentifier{Algorithm: oidSHA1} }, ErrSignature, "is not read"},
		{"digest and signature at odds", func(p parts) { p.signer.Digest = pkix.AlgorithmIdentifier{Algorithm: oidSHA512} }, ErrSignature, "is not read"},
		{"an algorithm of another key", func(p parts) { p.signer.Algorithm = pkix.AlgorithmIdentifier{Algorithm: oidSHA256RSA} }, ErrSignature, "verify"},
		{"a signer nobody knows", func(p parts) {
			p.signer.ID = asn1.RawValue{FullBytes: mustMarshal(t, issuerAndSerial{asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true}, big.NewInt(3)})}
		}, ErrMalformed, "not among"},
		{"a signer without a name", func(p parts) { p.signer.ID = asn1.RawValue{Tag: asn1.TagNull} }, ErrMalformed, "signer"},
	} {
		_, err := verify(rebuild(t, tt.change), sum, nil)
		if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v; want %v: %s", tt.name, err, tt.want, tt.says)
		}
	}
	if _, err := verify(mustMarshal(t, contentInfo{Type: oidTSTInfo, Content: asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: []byte{0x30, 0}}}), sum, nil); !errors.Is(err, ErrMalformed) {
		t.Errorf("not signed data: %v", err)
	}
}

// hugeCertificate has a key whose check would take long.
func hugeCertificate(t *testing.T) []byte {
	t.Helper()
	n := new(big.Int).SetBit(big.NewInt(1), 20000, 1)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(9), Subject: pkix.Name{CommonName: "Huge"}, NotBefore: day, NotAfter: day}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &rsa.PublicKey{N: n, E: 65537}, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}
