// Package tsatest is a time-stamping authority for tests, with a chain of
// certificates of its own: root, between, signer. It can be told to misbehave.
//
//	tsa, err := tsatest.New(func() time.Time { return day })
//	server := httptest.NewServer(tsa)
//	c := timestamp.Client{URL: server.URL, Roots: tsa.Roots()}
//
// The tokens are made by github.com/digitorus/timestamp, so that they are not what
// the reader under test happens to write. Nobody should believe their time.
package tsatest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"slices"
	"time"

	"github.com/digitorus/timestamp"
)

// Fault is a way to misbehave.
type Fault string

// The faults. The first group lies in the signer's certificate and holds for good,
// the second in the token, the third in the answer over HTTP.
const (
	NoUsage      Fault = "certificate without extended key usage"
	OtherUsage   Fault = "certificate for servers"
	TwoUsages    Fault = "certificate for time-stamping and for servers"
	NotCritical  Fault = "usage not critical"
	Expired      Fault = "certificate expired"
	NotYetValid  Fault = "certificate not yet valid"
	BetweenEnded Fault = "certificate between expired"

	OtherDigest    Fault = "over another digest"
	OtherNonce     Fault = "another nonce"
	NoNonce        Fault = "no nonce"
	NoCertificate  Fault = "no certificate"
	BadSignature   Fault = "signature changed"
	ChangedTime    Fault = "time changed after signing"
	YearOne        Fault = "at the beginning of time"
	ShortDigest    Fault = "digest of 20 bytes"
	CriticalUnread Fault = "critical extension"

	Refuses Fault = "refuses"
	Garbage Fault = "garbage"
	Huge    Fault = "answer without end"
	WebPage Fault = "web page"
	Down    Fault = "out of order"
	Moved   Fault = "moved"
)

// TSA is the authority; it is an http.Handler. Its methods may be used at once.
type TSA struct {
	now           func() time.Time
	faults        []Fault
	root, between *x509.Certificate
	signer        *x509.Certificate
	key           *ecdsa.PrivateKey
}

// New makes an authority with fresh keys. Its certificates are valid for ten days
// on either side of now.
func New(now func() time.Time, faults ...Fault) (*TSA, error) {
	t := &TSA{now: now, faults: faults}
	if err := t.certify(); err != nil {
		return nil, fmt.Errorf("make test authority: %w", err)
	}
	return t, nil
}

func (t *TSA) has(f Fault) bool { return slices.Contains(t.faults, f) }

// certify makes root, between and signer.
func (t *TSA) certify() error {
	const days = 24 * time.Hour
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	ca := t.certificate(1, "Test root", -10*days, 10*days)
	ca.IsCA, ca.BasicConstraintsValid, ca.KeyUsage = true, true, x509.KeyUsageCertSign
	if t.root, err = issue(ca, ca, rootKey, rootKey); err != nil {
		return err
	}
	betweenKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	end := 10 * days
	if t.has(BetweenEnded) {
		end = -1 * days
	}
	ca = t.certificate(2, "Test authority", -10*days, end)
	ca.IsCA, ca.BasicConstraintsValid, ca.KeyUsage = true, true, x509.KeyUsageCertSign
	if t.between, err = issue(ca, t.root, betweenKey, rootKey); err != nil {
		return err
	}
	if t.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return err
	}
	from, to := -10*days, 10*days
	if t.has(Expired) {
		to = -1 * days
	}
	if t.has(NotYetValid) {
		from = 1 * days
	}
	c := t.certificate(3, "Test time-stamps", from, to)
	c.SubjectKeyId = []byte("test time-stamps")
	if c.ExtraExtensions, err = t.usage(); err != nil {
		return err
	}
	t.signer, err = issue(c, t.between, t.key, betweenKey)
	return err
}

func (t *TSA) certificate(serial int64, name string, from, to time.Duration) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(serial),
		Subject:      pkix.Name{CommonName: name, Organization: []string{"Test"}},
		NotBefore:    t.now().Add(from),
		NotAfter:     t.now().Add(to),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
}

// usage is the extension that says what the signer's certificate is for.
func (t *TSA) usage() ([]pkix.Extension, error) {
	server, stamping := asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 1}, asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 8}
	uses := []asn1.ObjectIdentifier{stamping}
	switch {
	case t.has(NoUsage):
		return nil, nil
	case t.has(OtherUsage):
		uses = []asn1.ObjectIdentifier{server}
	case t.has(TwoUsages):
		uses = append(uses, server)
	}
	der, err := asn1.Marshal(uses)
	return []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: !t.has(NotCritical), Value: der}}, err
}

func issue(c, parent *x509.Certificate, key, parentKey *ecdsa.PrivateKey) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, parentKey)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// Roots is the pool with the authority's root.
func (t *TSA) Roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(t.root)
	return pool
}

// RootPEM is the root as a file.
func (t *TSA) RootPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: t.root.Raw})
}

// Signer is the certificate that tokens are signed with.
func (t *TSA) Signer() *x509.Certificate { return t.signer }

// Token is a token over data, without a nonce.
func (t *TSA) Token(data []byte) ([]byte, error) {
	sum := sha256.Sum256(data)
	der, err := t.respond(&timestamp.Request{HashAlgorithm: crypto.SHA256, HashedMessage: sum[:]})
	if err != nil {
		return nil, err
	}
	var resp struct {
		Status asn1.RawValue
		Token  asn1.RawValue
	}
	_, err = asn1.Unmarshal(der, &resp)
	return resp.Token.FullBytes, err
}

// Respond answers a request in DER with an answer in DER.
func (t *TSA) Respond(request []byte) ([]byte, error) {
	r, err := timestamp.ParseRequest(request)
	if err != nil {
		return timestamp.CreateErrorResponse(timestamp.Rejection, timestamp.BadDataFormat)
	}
	if t.has(Refuses) {
		return timestamp.CreateErrorResponse(timestamp.Rejection, timestamp.TimeNotAvailable)
	}
	return t.respond(r)
}

func (t *TSA) respond(r *timestamp.Request) ([]byte, error) {
	s := timestamp.Timestamp{
		HashAlgorithm:     r.HashAlgorithm,
		HashedMessage:     slices.Clone(r.HashedMessage),
		Time:              t.now().UTC(),
		Accuracy:          time.Second,
		Nonce:             r.Nonce,
		Policy:            asn1.ObjectIdentifier{1, 2, 3, 4, 1},
		AddTSACertificate: !t.has(NoCertificate),
		Certificates:      []*x509.Certificate{t.between},
	}
	t.spoil(&s)
	der, err := s.CreateResponseWithOpts(t.signer, t.key, crypto.SHA256)
	if err != nil {
		return nil, err
	}
	if t.has(BadSignature) {
		der[len(der)-1] ^= 1
	}
	if t.has(ChangedTime) {
		was, is := s.Time.Format("20060102150405Z"), s.Time.Add(-time.Hour).Format("20060102150405Z")
		der = bytes.Replace(der, []byte(was), []byte(is), 1)
	}
	return der, nil
}

// spoil puts the faults of a token into it.
func (t *TSA) spoil(s *timestamp.Timestamp) {
	if t.has(OtherDigest) {
		s.HashedMessage[0] ^= 1
	}
	if t.has(OtherNonce) && s.Nonce != nil {
		s.Nonce = new(big.Int).Add(s.Nonce, big.NewInt(1))
	}
	if t.has(NoNonce) {
		s.Nonce = nil
	}
	if t.has(YearOne) {
		s.Time = time.Time{}
	}
	if t.has(ShortDigest) {
		s.HashedMessage = s.HashedMessage[:20]
	}
	if t.has(CriticalUnread) {
		s.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3}, Critical: true, Value: []byte{5, 0}}}
	}
}

// ServeHTTP answers a request over HTTP as RFC 3161, 3.4, says.
func (t *TSA) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(io.LimitReader(req.Body, 64<<10))
	if err != nil || req.Method != http.MethodPost || req.Header.Get("Content-Type") != "application/timestamp-query" {
		http.Error(w, "want a time-stamp query", http.StatusBadRequest)
		return
	}
	switch {
	case t.has(Down):
		http.Error(w, "later", http.StatusServiceUnavailable)
		return
	case t.has(Moved):
		http.Redirect(w, req, "http://127.0.0.1:1/", http.StatusFound)
		return
	case t.has(WebPage):
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<html>Please sign in</html>")
		return
	}
	w.Header().Set("Content-Type", "application/timestamp-reply")
	if t.has(Garbage) {
		_, _ = w.Write(bytes.Repeat([]byte{0x30, 0x80}, 100))
		return
	}
	answer, err := t.Respond(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, err = w.Write(answer)
	for t.has(Huge) && err == nil {
		_, err = w.Write(make([]byte, 4096))
	}
}
