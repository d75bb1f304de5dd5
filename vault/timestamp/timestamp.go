// Package timestamp has an authority outside the house vouch that something
// existed at a time: RFC 3161 tokens over a log's checkpoints.
//
// A desk's own clock proves nothing to others. A time-stamping authority (TSA)
// signs the digest that it is sent together with its time. The token goes over the
// text of a checkpoint, not over a file: one covers every event of the log so far,
// and the authority learns neither what was kept nor how much.
//
//	q, err := timestamp.OpenQueue("pending", 0)
//	added, err := q.Add(ctx, text)            // text, err := timestamp.Text(checkpoint)
//	n, err := q.Drain(ctx, client.Stamp, keep) // now, or whenever the network is back
//	s, err := timestamp.Verify(token, text, roots)
//
// Contract of [Verify]: what is accepted is a time-stamp by the holder of a
// certificate for time-stamping and nothing else, valid at the stated time, over
// exactly the given bytes. Whether the holder is anybody one knows is said beside
// it: Trusted, by the roots given, never by those of the system. Whether the
// certificate was revoked is not asked. Verification reads no clock and no network.
//
// Tokens come from strangers, so they are read with strict DER, bounded in size,
// number and key length; digests and signatures by SHA-256 and better (SHA-1 only
// where an authority names its own certificate by it), RSA PKCS #1 v1.5 or ECDSA.
package timestamp

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/turtlebay/turtlebay/vault/internal/escape"
)

// Why a token or an answer is refused.
var (
	ErrMalformed   = errors.New("not a time-stamp token")
	ErrOtherData   = errors.New("the time-stamp is over other data")
	ErrSignature   = errors.New("the time-stamp's signature does not verify")
	ErrCertificate = errors.New("the signer's certificate is not one for time-stamping")
	ErrExpired     = errors.New("the signer's certificate was not valid at the time")
	ErrNonce       = errors.New("the answer is to another request")
	ErrRefused     = errors.New("the authority refused")
	ErrUnreachable = errors.New("the authority could not be reached")
)

// Stamp is what a token says that was verified.
type Stamp struct {
	At       time.Time     // UTC, as fine as the authority states it
	Accuracy time.Duration // 0 if not stated
	TSA      string        // subject of the signer's certificate, printable
	Serial   string        // hex
	Policy   string        // object identifier in dots
	Trusted  bool          // a chain leads to one of the roots given
	Why      string        // why it is not trusted, printable
}

// String says when and by whom in one line.
func (s Stamp) String() string {
	known := "unknown TSA"
	if s.Trusted {
		known = "trusted"
	}
	return fmt.Sprintf("%s by %s (%s)", s.At.Format(time.RFC3339Nano), s.TSA, known)
}

// Verify verifies a token, DER, over data: the SHA-256 of data, the signature, that
// the certificate is for time-stamping alone and was valid at the stated time. roots
// are the authorities that the caller knows, nil for none. A good token of an
// authority that leads to none of them is no error: it is not Trusted.
func Verify(token, data []byte, roots *x509.CertPool) (Stamp, error) {
	s, err := verify(token, sha256.Sum256(data), roots)
	if err != nil {
		return Stamp{}, fmt.Errorf("verify time-stamp: %w", err)
	}
	return s, nil
}

func verify(der []byte, digest [sha256.Size]byte, roots *x509.CertPool) (Stamp, error) {
	t, err := parseToken(der)
	if err != nil {
		return Stamp{}, malformed(err)
	}
	return t.verify(digest, roots)
}

// malformed is the error, shown without the tricks of what was read.
func malformed(err error) error {
	return fmt.Errorf("%w: %s", ErrMalformed, escape.Short(err.Error(), 200))
}

func (t *token) verify(digest [sha256.Size]byte, roots *x509.CertPool) (Stamp, error) {
	if !bytes.Equal(t.info.Imprint.Digest, digest[:]) {
		return Stamp{}, ErrOtherData
	}
	cert, err := t.signerCertificate()
	if err != nil {
		return Stamp{}, malformed(err)
	}
	if err := t.checkSignature(cert); err != nil {
		return Stamp{}, err
	}
	if !forStamping(cert) {
		return Stamp{}, fmt.Errorf("%w: %s", ErrCertificate, name(cert))
	}
	at := t.info.Time.UTC()
	if at.Before(cert.NotBefore) || at.After(cert.NotAfter) {
		return Stamp{}, fmt.Errorf("%w: %s, valid from %s to %s", ErrExpired, at.Format(time.RFC3339), cert.NotBefore.UTC().Format(time.RFC3339), cert.NotAfter.UTC().Format(time.RFC3339))
	}
	s := Stamp{
		At:       at,
		Accuracy: t.info.Accuracy.duration(),
		TSA:      name(cert),
		Serial:   fmt.Sprintf("%x", t.info.Serial),
		Policy:   t.info.Policy.String(),
	}
	s.Why = t.stranger(cert, at, roots)
	s.Trusted = s.Why == ""
	return s, nil
}

func name(c *x509.Certificate) string { return escape.Short(c.Subject.String(), 200) }

// checkSignature checks that the certificate's key signed the time-stamp, with the
// attributes that RFC 3161 demands: what kind of content, its digest, and which
// certificate it is, so that another one of the same key cannot take its place.
func (t *token) checkSignature(cert *x509.Certificate) error {
	attributes, err := t.signer.attributes()
	if err != nil {
		return malformed(err)
	}
	var kind asn1.ObjectIdentifier
	var digest []byte
	if err := unmarshal(attributes[oidContentType.String()], &kind, "content type"); err != nil {
		return malformed(err)
	}
	if err := unmarshal(attributes[oidMessageDigest.String()], &digest, "message digest"); err != nil {
		return malformed(err)
	}
	algorithm := x509.UnknownSignatureAlgorithm
	for _, a := range signatureAlgorithms {
		if a.signature.Equal(t.signer.Algorithm.Algorithm) && a.digest.Equal(t.signer.Digest.Algorithm) {
			algorithm = a.algorithm
		}
	}
	if algorithm == x509.UnknownSignatureAlgorithm {
		return fmt.Errorf("%w: algorithm %s with %s is not read", ErrSignature, t.signer.Algorithm.Algorithm, t.signer.Digest.Algorithm)
	}
	want, err := digestBy(t.signer.Digest.Algorithm, t.content)
	if err != nil {
		return malformed(err)
	}
	if !kind.Equal(oidTSTInfo) || !bytes.Equal(digest, want) {
		return fmt.Errorf("%w: it is of other content", ErrSignature)
	}
	if err := namesCertificate(attributes, cert); err != nil {
		return err
	}
	signed := slices.Clone(t.signer.Attributes.FullBytes)
	signed[0] = setTag // RFC 5652, 5.4: signed as a set, whatever the tag in the token
	if err := cert.CheckSignature(algorithm, signed, t.signer.Signature); err != nil {
		return ErrSignature
	}
	return nil
}

var errNoCertificate = errors.New("it does not say by which certificate it is signed")

// namesCertificate checks the attribute by which the signer says which certificate
// is meant, in its first form (RFC 2634) or its second (RFC 5035).
func namesCertificate(attributes map[string][]byte, cert *x509.Certificate) error {
	v1, v2 := attributes[oidSigningCert.String()], attributes[oidSigningCertV2.String()]
	if v1 == nil && v2 == nil {
		return malformed(errNoCertificate)
	}
	check := func(algorithm asn1.ObjectIdentifier, hash []byte) error {
		want, err := digestBy(algorithm, cert.Raw)
		if err != nil {
			return malformed(err)
		}
		if !bytes.Equal(hash, want) {
			return fmt.Errorf("%w: it names another certificate", ErrSignature)
		}
		return nil
	}
	if v1 != nil {
		var sc signingCert
		if err := unmarshal(v1, &sc, "signing certificate"); err != nil {
			return malformed(err)
		}
		if len(sc.Certs) == 0 {
			return malformed(errNoCertificate)
		}
		if err := check(oidSHA1, sc.Certs[0].Hash); err != nil {
			return err
		}
	}
	if v2 != nil {
		var sc signingCertV2
		if err := unmarshal(v2, &sc, "signing certificate"); err != nil {
			return malformed(err)
		}
		if len(sc.Certs) == 0 {
			return malformed(errNoCertificate)
		}
		algorithm := sc.Certs[0].Algorithm.Algorithm
		if algorithm == nil {
			algorithm = oidSHA256
		}
		return check(algorithm, sc.Certs[0].Hash)
	}
	return nil
}

// forStamping reports whether the certificate is for time-stamping and nothing
// else, and says so in a critical extension (RFC 3161, 2.3).
func forStamping(c *x509.Certificate) bool {
	critical := slices.ContainsFunc(c.Extensions, func(e pkix.Extension) bool { return e.Id.Equal(oidExtKeyUsage) && e.Critical })
	return critical && len(c.UnknownExtKeyUsage) == 0 && len(c.ExtKeyUsage) == 1 && c.ExtKeyUsage[0] == x509.ExtKeyUsageTimeStamping
}

// stranger says why no chain leads from the certificate to the roots; empty if one
// does.
func (t *token) stranger(cert *x509.Certificate, at time.Time, roots *x509.CertPool) string {
	if roots == nil {
		return "no authorities are given" // without a pool, crypto/x509 would ask the system
	}
	between := x509.NewCertPool()
	for _, c := range t.certificates {
		between.AddCert(c)
	}
	_, err := cert.Verify(x509.VerifyOptions{
		Roots:         roots,
		Intermediates: between,
		CurrentTime:   at,
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping},
	})
	if err != nil {
		return escape.Short(err.Error(), 200)
	}
	return ""
}

// ParseRoots reads certificates of authorities from PEM. Words between them do not
// count; another kind of block, or no certificate at all, is an error.
func ParseRoots(text []byte) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	n := 0
	for ; ; n++ {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("read authorities: block %d is %q, not a certificate", n+1, block.Type)
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("read authorities: block %d: %s", n+1, escape.Short(err.Error(), 200))
		}
		pool.AddCert(c)
	}
	if n == 0 {
		return nil, errors.New("read authorities: no certificate")
	}
	return pool, nil
}

// Text is what a token goes over: the text of a signed checkpoint, without its
// signatures, since those are added to later.
func Text(checkpoint []byte) ([]byte, error) {
	_, err := note.Open(checkpoint, note.VerifierList())
	var read *note.UnverifiedNoteError
	if !errors.As(err, &read) {
		return nil, fmt.Errorf("read checkpoint: %w", err)
	}
	return []byte(read.Note.Text), nil
}
