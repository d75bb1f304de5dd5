package timestamp

import (
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"

	"github.com/turtlebay/turtlebay/vault/internal/escape"
)

// Request is a question to an authority and the means to know its answer.
type Request struct {
	DER []byte // TimeStampReq of RFC 3161: SHA-256, a nonce, the certificate wanted

	digest [sha256.Size]byte
	nonce  *big.Int
}

type timeStampReq struct {
	Version int
	Imprint imprint
	Nonce   *big.Int
	CertReq bool
}

type timeStampResp struct {
	Status statusInfo
	Token  asn1.RawValue `asn1:"optional"`
}

type statusInfo struct {
	Status int
	Text   []asn1.RawValue `asn1:"optional"`
	Fail   asn1.BitString  `asn1:"optional"`
}

// statuses and failures in the words of RFC 3161, 2.4.2.
var (
	statuses = []string{"granted", "granted with modifications", "rejection", "waiting", "revocation warning", "revocation notification"}
	failures = map[int]string{
		0: "bad algorithm", 2: "bad request", 5: "bad data format", 14: "time not available",
		15: "unaccepted policy", 16: "unaccepted extension", 17: "additional information not available", 25: "system failure",
	}
)

// NewRequest asks for a time-stamp over data, whose SHA-256 alone is sent. The
// nonce is 8 bytes of random.
func NewRequest(data []byte, random io.Reader) (Request, error) {
	nonce := make([]byte, 8)
	if _, err := io.ReadFull(random, nonce); err != nil {
		return Request{}, fmt.Errorf("make time-stamp request: %w", err)
	}
	r := Request{digest: sha256.Sum256(data), nonce: new(big.Int).SetBytes(nonce)}
	var err error
	r.DER, err = asn1.Marshal(timeStampReq{
		Version: 1,
		Imprint: imprint{Algorithm: pkix.AlgorithmIdentifier{Algorithm: oidSHA256, Parameters: asn1.NullRawValue}, Digest: r.digest[:]},
		Nonce:   r.nonce,
		CertReq: true,
	})
	if err != nil {
		return Request{}, fmt.Errorf("make time-stamp request: %w", err)
	}
	return r, nil
}

// Answer reads an authority's answer, TimeStampResp in DER. The token is verified
// as Verify does it, and is the answer to this request.
func (r Request) Answer(der []byte, roots *x509.CertPool) (token []byte, s Stamp, err error) {
	token, s, err = r.answer(der, roots)
	if err != nil {
		return nil, Stamp{}, fmt.Errorf("read time-stamp answer: %w", err)
	}
	return token, s, nil
}

func (r Request) answer(der []byte, roots *x509.CertPool) ([]byte, Stamp, error) {
	if len(der) > maxAnswer {
		return nil, Stamp{}, malformed(fmt.Errorf("answer of more than %d bytes", maxAnswer))
	}
	var resp timeStampResp
	if err := unmarshal(der, &resp, "answer"); err != nil {
		return nil, Stamp{}, malformed(err)
	}
	if resp.Status.Status != 0 && resp.Status.Status != 1 {
		return nil, Stamp{}, fmt.Errorf("%w: %s", ErrRefused, resp.Status)
	}
	t, err := parseToken(resp.Token.FullBytes)
	if err != nil {
		return nil, Stamp{}, malformed(err)
	}
	if t.info.Nonce == nil || t.info.Nonce.Cmp(r.nonce) != 0 {
		return nil, Stamp{}, ErrNonce
	}
	s, err := t.verify(r.digest, roots)
	if err != nil {
		return nil, Stamp{}, err
	}
	return resp.Token.FullBytes, s, nil
}

// String says what the authority answers, printable.
func (s statusInfo) String() string {
	word := fmt.Sprintf("status %d", s.Status)
	if s.Status >= 0 && s.Status < len(statuses) {
		word = statuses[s.Status]
	}
	parts := []string{word}
	for bit := range s.Fail.BitLength {
		if f, ok := failures[bit]; ok && s.Fail.At(bit) != 0 {
			parts = append(parts, f)
		}
	}
	for _, t := range s.Text {
		parts = append(parts, string(t.Bytes))
	}
	return escape.Short(strings.Join(parts, ", "), 200)
}

// errHTML helps whoever sits behind a page that wants a password first.
var errHTML = errors.New("the answer is a web page")
