package timestamp

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"time"

	"github.com/turtlebay/turtlebay/vault/internal/escape"
)

const (
	clientTime = 30 * time.Second
	maxAnswer  = maxToken + 4<<10
)

// Client asks an authority over HTTP (RFC 3161, 3.4).
type Client struct {
	URL   string         // http or https; the token is signed, so either will do
	Roots *x509.CertPool // authorities known, nil for none
	Rand  io.Reader      // of nonces; nil is crypto/rand
	HTTP  *http.Client   // nil: 30 seconds, no redirects
}

// Stamp has data stamped and verifies the token, DER, against the request. Of the
// data, only the SHA-256 leaves the house. ErrUnreachable says that nobody answered
// or the authority is out of order: the same may go well later.
func (c *Client) Stamp(ctx context.Context, data []byte) (token []byte, s Stamp, err error) {
	token, s, err = c.stamp(ctx, data)
	if err != nil {
		return nil, Stamp{}, fmt.Errorf("ask time-stamping authority: %w", err)
	}
	return token, s, nil
}

func (c *Client) stamp(ctx context.Context, data []byte) ([]byte, Stamp, error) {
	r, err := NewRequest(data, cmp.Or[io.Reader](c.Rand, rand.Reader))
	if err != nil {
		return nil, Stamp{}, err
	}
	answer, err := c.post(ctx, r.DER)
	if err != nil {
		return nil, Stamp{}, err
	}
	return r.answer(answer, c.Roots)
}

func (c *Client) post(ctx context.Context, question []byte) ([]byte, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("its address is not one of http or https") // not shown: it may hold a password
	}
	ctx, cancel := context.WithTimeout(ctx, clientTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(question))
	if err != nil {
		return nil, fmt.Errorf("its address: %s", escape.Short(u.Redacted(), 200))
	}
	req.Header.Set("Content-Type", "application/timestamp-query")
	req.Header.Set("Accept", "application/timestamp-reply")
	resp, err := c.http().Do(req)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: HTTP status %d", statusError(resp.StatusCode), resp.StatusCode)
	}
	if kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type")); err == nil && kind == "text/html" {
		return nil, malformed(errHTML)
	}
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return answer, nil
}

// statusError tells an authority that is out of order from one that will not.
func statusError(code int) error {
	if code >= 500 || code == http.StatusTooManyRequests || code == http.StatusRequestTimeout {
		return ErrUnreachable
	}
	return ErrRefused
}

func (c *Client) http() *http.Client {
	if c.HTTP != nil {
		return c.HTTP
	}
	return &http.Client{Timeout: clientTime, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // a redirected POST would arrive as something else
	}}
}
