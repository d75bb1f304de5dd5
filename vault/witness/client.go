package witness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	clientTime = 30 * time.Second
	maxAnswer  = 64 << 10
	maxTries   = 4
)

// Why a client has no cosignature, beside the errors of a witness.
var (
	// ErrBehind says that the witness has cosigned a larger tree of this log: the
	// checkpoint is an old one, or leaves were taken away.
	ErrBehind = errors.New("the witness has seen a larger tree of this log")
	// ErrAnswer says that what came back is no answer of the protocol.
	ErrAnswer = errors.New("not an answer of a witness")
)

// Client asks a witness over HTTP.
type Client struct {
	URL     string        // the witness's address without /add-checkpoint, http or https
	Witness note.Verifier // as NewVerifier returns it
	HTTP    *http.Client  // nil: 30 seconds, no redirects
}

// Submit asks for a cosignature of a signed checkpoint. known is the size that this
// witness cosigned last, as far as the caller knows, else 0; if the witness knows
// another it says so and is asked again. prove gives the consistency proof between
// two sizes, 0 < from < to. The cosignature is verified.
//
// ErrBehind: the witness has seen more; ErrFork: it has seen another tree of this
// size. Both are grave, but a refusal is not signed: it is a reason to look, no
// proof. ErrUnknownLog, ErrSignature, ErrInconsistent and
// ErrMalformed are its refusals; other errors say that it could not be asked.
func (c *Client) Submit(ctx context.Context, signed []byte, known int64, prove func(from, to int64) ([]tlog.Hash, error)) (Cosignature, error) {
	cp, err := parseCheckpoint(signed)
	if err != nil {
		return Cosignature{}, fmt.Errorf("ask witness: %w: %w", ErrMalformed, err)
	}
	known = min(max(known, 0), cp.size)
	for range maxTries {
		r := Request{Old: known, Checkpoint: signed}
		if 0 < known && known < cp.size {
			if r.Proof, err = prove(known, cp.size); err != nil {
				return Cosignature{}, fmt.Errorf("ask witness: prove %d to %d: %w", known, cp.size, err)
			}
		}
		sig, err := c.Cosign(ctx, r)
		var conflict *ConflictError
		if !errors.As(err, &conflict) || conflict.Fork {
			return sig, err
		}
		if conflict.Known > cp.size {
			return Cosignature{}, fmt.Errorf("ask witness %s: %w: %d leaves, here %d", c.name(), ErrBehind, conflict.Known, cp.size)
		}
		known = conflict.Known
	}
	return Cosignature{}, fmt.Errorf("ask witness %s: %w: it named %d different sizes", c.name(), ErrAnswer, maxTries)
}

// Cosign sends one request. A ConflictError says what the witness knows.
func (c *Client) Cosign(ctx context.Context, r Request) (Cosignature, error) {
	sig, err := c.cosign(ctx, r)
	if err != nil {
		return Cosignature{}, fmt.Errorf("ask witness %s: %w", c.name(), err)
	}
	return sig, nil
}

func (c *Client) name() string { return fmt.Sprintf("%q", clip(c.Witness.Name())) }

func (c *Client) cosign(ctx context.Context, r Request) (Cosignature, error) {
	cp, err := parseCheckpoint(r.Checkpoint)
	if err != nil {
		return Cosignature{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return Cosignature{}, fmt.Errorf("address %q: want http or https", clip(c.URL))
	}
	ctx, cancel := context.WithTimeout(ctx, clientTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.JoinPath(endpoint).String(), bytes.NewReader(r.Format()))
	if err != nil {
		return Cosignature{}, err
	}
	req.Header.Set("Content-Type", typeText)
	resp, err := c.http().Do(req)
	if err != nil {
		return Cosignature{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return Cosignature{}, err
	}
	if len(body) > maxAnswer {
		return Cosignature{}, fmt.Errorf("%w: more than %d bytes", ErrAnswer, maxAnswer)
	}
	if resp.StatusCode == http.StatusOK {
		return ReadAnswer(r.Checkpoint, body, c.Witness)
	}
	return Cosignature{}, refusal(r, cp, resp, string(body))
}

func (c *Client) http() *http.Client {
	if c.HTTP != nil {
		return c.HTTP
	}
	return &http.Client{Timeout: clientTime, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // a redirected POST would arrive as something else
	}}
}

// refusal is the error of an answer that is not a cosignature.
func refusal(r Request, cp checkpoint, resp *http.Response, body string) error {
	if resp.StatusCode == http.StatusConflict {
		known, err := parseSize(strings.TrimSuffix(body, "\n"))
		if err != nil {
			return fmt.Errorf("%w: HTTP status %d: %w", ErrAnswer, resp.StatusCode, err)
		}
		fork := known == r.Old && known == cp.size
		if known == r.Old && !fork {
			return fmt.Errorf("%w: a conflict with size %d, which was the one given", ErrAnswer, known)
		}
		return &ConflictError{Known: known, Fork: fork}
	}
	for _, s := range statuses {
		if s.code == resp.StatusCode && s.code != http.StatusServiceUnavailable {
			return fmt.Errorf("%w: it says %q", s.err, clip(strings.TrimSpace(body)))
		}
	}
	return fmt.Errorf("%w: HTTP status %d: %q", ErrAnswer, resp.StatusCode, clip(strings.TrimSpace(body)))
}

// ReadAnswer reads what a witness gave for a checkpoint, over HTTP or in a file:
// signature lines, of which the given witness's has to be there and to verify.
// Lines of other keys do not count.
func ReadAnswer(signed, answer []byte, witness note.Verifier) (Cosignature, error) {
	cp, err := parseCheckpoint(signed)
	if err != nil {
		return Cosignature{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if bytes.HasPrefix(answer, []byte("\n")) || bytes.Contains(answer, []byte("\n\n")) {
		return Cosignature{}, fmt.Errorf("%w: has an empty line", ErrAnswer) // would move where the signed text ends
	}
	// under the bare text: what the checkpoint carried already is no answer
	cs, err := Cosignatures(slices.Concat([]byte(cp.text), []byte("\n"), answer), witness)
	if errors.Is(err, ErrMalformed) {
		return Cosignature{}, fmt.Errorf("%w: want signature lines", ErrAnswer)
	}
	if err != nil {
		return Cosignature{}, err
	}
	if len(cs) == 0 {
		return Cosignature{}, fmt.Errorf("%w: no cosignature of %q", ErrAnswer, clip(witness.Name()))
	}
	return cs[0], nil
}
