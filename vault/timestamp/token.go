package timestamp

import (
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"
)

// Bounds on what a token makes its reader do.
const (
	maxToken        = 64 << 10
	maxCertificates = 16
	maxRSABits      = 8192
	maxSerialBits   = 512
	maxAccuracy     = 366 * 24 * 3600 // seconds
)

var (
	oidSignedData         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidTSTInfo            = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidContentType        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningCert        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 12}
	oidSigningCertV2      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidExtKeyUsage        = asn1.ObjectIdentifier{2, 5, 29, 37}
	oidSHA1               = asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}
	oidSHA256             = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidSHA384             = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}
	oidSHA512             = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}
	oidRSA                = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidSHA256RSA          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}
	oidSHA384RSA          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 12}
	oidSHA512RSA          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 13}
	oidECDSA              = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	oidECDSASHA256        = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
	oidECDSASHA384        = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}
	oidECDSASHA512        = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 4}
	setTag           byte = asn1.TagSet | 0x20
)

// The structures of RFC 5652 (signed data), RFC 3161 (TSTInfo) and RFC 5035
// (signing certificate), as far as a token uses them.
type (
	contentInfo struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"explicit,tag:0"`
	}
	signedData struct {
		Version      int
		Digests      []pkix.AlgorithmIdentifier `asn1:"set"`
		Content      encapsulated
		Certificates asn1.RawValue `asn1:"optional,tag:0"`
		CRLs         asn1.RawValue `asn1:"optional,tag:1"`
		Signers      []signerInfo  `asn1:"set"`
	}
	encapsulated struct {
		Type    asn1.ObjectIdentifier
		Content []byte `asn1:"explicit,tag:0"`
	}
	signerInfo struct {
		Version    int
		ID         asn1.RawValue // issuer and serial number, or [0] key identifier
		Digest     pkix.AlgorithmIdentifier
		Attributes asn1.RawValue `asn1:"tag:0"`
		Algorithm  pkix.AlgorithmIdentifier
		Signature  []byte
		Unsigned   asn1.RawValue `asn1:"optional,tag:1"`
	}
	issuerAndSerial struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}
	attribute struct {
		Type   asn1.ObjectIdentifier
		Values asn1.RawValue
	}
	tstInfo struct {
		Version    int
		Policy     asn1.ObjectIdentifier
		Imprint    imprint
		Serial     *big.Int
		Time       time.Time        `asn1:"generalized"`
		Accuracy   accuracy         `asn1:"optional"`
		Ordering   bool             `asn1:"optional"`
		Nonce      *big.Int         `asn1:"optional"`
		TSA        asn1.RawValue    `asn1:"optional,tag:0"`
		Extensions []pkix.Extension `asn1:"optional,tag:1"`
	}
	imprint struct {
		Algorithm pkix.AlgorithmIdentifier
		Digest    []byte
	}
	accuracy struct {
		Seconds int64 `asn1:"optional"`
		Millis  int64 `asn1:"optional,tag:0"`
		Micros  int64 `asn1:"optional,tag:1"`
	}
	signingCert struct {
		Certs []struct {
			Hash   []byte
			Issuer asn1.RawValue `asn1:"optional"`
		}
		Policies asn1.RawValue `asn1:"optional"`
	}
	signingCertV2 struct {
		Certs []struct {
			Algorithm pkix.AlgorithmIdentifier `asn1:"optional"`
			Hash      []byte
			Issuer    asn1.RawValue `asn1:"optional"`
		}
		Policies asn1.RawValue `asn1:"optional"`
	}
)

// token is a token taken apart; nothing in it has been verified.
type token struct {
	info         tstInfo
	content      []byte // DER of info
	signer       signerInfo
	certificates []*x509.Certificate
}

// unmarshal reads one DER value and nothing after it. The error does not repeat what
// encoding/asn1 says, which has addresses in memory in it.
func unmarshal(der []byte, v any, what string) error {
	rest, err := asn1.Unmarshal(der, v)
	if err != nil {
		return fmt.Errorf("%s: not in the DER that is due there", what)
	}
	if len(rest) > 0 {
		return fmt.Errorf("%s: %d bytes too many", what, len(rest))
	}
	return nil
}

func parseToken(der []byte) (token, error) {
	if len(der) > maxToken {
		return token{}, fmt.Errorf("more than %d bytes", maxToken)
	}
	var ci contentInfo
	if err := unmarshal(der, &ci, "content info"); err != nil {
		return token{}, err
	}
	if !ci.Type.Equal(oidSignedData) {
		return token{}, fmt.Errorf("content of type %s, not signed data", ci.Type)
	}
	var sd signedData
	if err := unmarshal(ci.Content.Bytes, &sd, "signed data"); err != nil {
		return token{}, err
	}
	if !sd.Content.Type.Equal(oidTSTInfo) {
		return token{}, fmt.Errorf("signed content of type %s, not a time-stamp", sd.Content.Type)
	}
	if len(sd.Signers) != 1 {
		return token{}, fmt.Errorf("%d signers, not one", len(sd.Signers))
	}
	t := token{content: sd.Content.Content, signer: sd.Signers[0]}
	if err := unmarshal(t.content, &t.info, "time-stamp"); err != nil {
		return token{}, err
	}
	var err error
	if t.certificates, err = parseCertificates(sd.Certificates.Bytes); err != nil {
		return token{}, err
	}
	return t, t.info.check()
}

func parseCertificates(der []byte) ([]*x509.Certificate, error) {
	certs, err := x509.ParseCertificates(der)
	if err != nil {
		return nil, fmt.Errorf("certificates: %w", err)
	}
	if len(certs) > maxCertificates {
		return nil, fmt.Errorf("%d certificates, more than %d", len(certs), maxCertificates)
	}
	for _, c := range certs {
		if k, ok := c.PublicKey.(*rsa.PublicKey); ok && k.N.BitLen() > maxRSABits {
			return nil, fmt.Errorf("a key of %d bits, more than %d", k.N.BitLen(), maxRSABits)
		}
	}
	return certs, nil
}

// check refuses what is well formed and yet no time-stamp this package reads.
func (i *tstInfo) check() error {
	a := i.Accuracy
	switch {
	case i.Version != 1:
		return fmt.Errorf("time-stamp of version %d, not 1", i.Version)
	case !i.Imprint.Algorithm.Algorithm.Equal(oidSHA256) || len(i.Imprint.Digest) != sha256.Size:
		return fmt.Errorf("time-stamp over a digest of %d bytes by algorithm %s, not SHA-256", len(i.Imprint.Digest), i.Imprint.Algorithm.Algorithm)
	case i.Serial.BitLen() > maxSerialBits:
		return fmt.Errorf("serial number of %d bits, more than %d", i.Serial.BitLen(), maxSerialBits)
	case i.Time.Year() < 1970 || i.Time.Year() > 9999:
		// the zero time means now to crypto/x509
		return fmt.Errorf("time in the year %d", i.Time.Year())
	case a.Seconds < 0 || a.Seconds > maxAccuracy || a.Millis < 0 || a.Millis > 999 || a.Micros < 0 || a.Micros > 999:
		return fmt.Errorf("accuracy of %d s, %d ms, %d µs", a.Seconds, a.Millis, a.Micros)
	}
	for _, e := range i.Extensions {
		if e.Critical {
			return fmt.Errorf("critical extension %s, which this reader does not know", e.Id)
		}
	}
	return nil
}

func (a accuracy) duration() time.Duration {
	return time.Duration(a.Seconds)*time.Second + time.Duration(a.Millis)*time.Millisecond + time.Duration(a.Micros)*time.Microsecond
}

// attributes are the signed attributes by their type; each occurs once with one
// value, and so is everything here that counts.
func (s *signerInfo) attributes() (map[string][]byte, error) {
	out := map[string][]byte{}
	for rest := s.Attributes.Bytes; len(rest) > 0; {
		var a attribute
		var err error
		if rest, err = asn1.Unmarshal(rest, &a); err != nil {
			return nil, errors.New("signed attributes: not in the DER that is due there")
		}
		if a.Values.Class != asn1.ClassUniversal || a.Values.Tag != asn1.TagSet || out[a.Type.String()] != nil {
			return nil, fmt.Errorf("signed attribute %s: twice, or not a set", a.Type)
		}
		out[a.Type.String()] = a.Values.Bytes
	}
	return out, nil
}

// signerCertificate is the certificate that the signature names.
func (t *token) signerCertificate() (*x509.Certificate, error) {
	var names func(*x509.Certificate) bool
	if id := t.signer.ID; id.Class == asn1.ClassContextSpecific && id.Tag == 0 {
		names = func(c *x509.Certificate) bool { return len(id.Bytes) > 0 && string(c.SubjectKeyId) == string(id.Bytes) }
	} else {
		var is issuerAndSerial
		if err := unmarshal(id.FullBytes, &is, "signer"); err != nil {
			return nil, err
		}
		names = func(c *x509.Certificate) bool {
			return is.Serial.Cmp(c.SerialNumber) == 0 && string(is.Issuer.FullBytes) == string(c.RawIssuer)
		}
	}
	if i := slices.IndexFunc(t.certificates, names); i >= 0 {
		return t.certificates[i], nil
	}
	return nil, fmt.Errorf("the signer's certificate is not among the %d in the token", len(t.certificates))
}

// digestBy hashes by an algorithm; SHA-1 serves only to name a certificate.
func digestBy(algorithm asn1.ObjectIdentifier, b []byte) ([]byte, error) {
	switch {
	case algorithm.Equal(oidSHA256):
		sum := sha256.Sum256(b)
		return sum[:], nil
	case algorithm.Equal(oidSHA384):
		sum := sha512.Sum384(b)
		return sum[:], nil
	case algorithm.Equal(oidSHA512):
		sum := sha512.Sum512(b)
		return sum[:], nil
	case algorithm.Equal(oidSHA1):
		sum := sha1.Sum(b)
		return sum[:], nil
	}
	return nil, fmt.Errorf("digest algorithm %s is not read", algorithm)
}

// signatureAlgorithms are the pairs of signature and digest algorithm that are
// read; RSA with PSS and Ed25519, which no authority is known to use, are not.
var signatureAlgorithms = []struct {
	signature, digest asn1.ObjectIdentifier
	algorithm         x509.SignatureAlgorithm
}{
	{oidRSA, oidSHA256, x509.SHA256WithRSA},
	{oidRSA, oidSHA384, x509.SHA384WithRSA},
	{oidRSA, oidSHA512, x509.SHA512WithRSA},
	{oidSHA256RSA, oidSHA256, x509.SHA256WithRSA},
	{oidSHA384RSA, oidSHA384, x509.SHA384WithRSA},
	{oidSHA512RSA, oidSHA512, x509.SHA512WithRSA},
	{oidECDSA, oidSHA256, x509.ECDSAWithSHA256},
	{oidECDSA, oidSHA384, x509.ECDSAWithSHA384},
	{oidECDSA, oidSHA512, x509.ECDSAWithSHA512},
	{oidECDSASHA256, oidSHA256, x509.ECDSAWithSHA256},
	{oidECDSASHA384, oidSHA384, x509.ECDSAWithSHA384},
	{oidECDSASHA512, oidSHA512, x509.ECDSAWithSHA512},
}
