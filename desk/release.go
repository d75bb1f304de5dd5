package desk

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/observation"
	"golang.org/x/mod/sumdb/note"
)

const (
	keyDir        = "keys"
	signingKey    = "signing.key"
	verifierKey   = "signing.pub"
	commitmentKey = "commitment.key"
)

// Released is a desk as one recipient may know it. Records whose marking does not
// permit the recipient are inputs without a name: they take part in sums and
// leave the desk as salted commitments. Natural persons who may not be named
// carry pseudonyms.
//
// Released is a derive.Sets over everything; Travelling gives the sets without
// the bytes of what is withheld.
type Released struct {
	Withheld map[string]string // id of each withheld record to its marking

	records map[observation.Kind][]record.Record
	sets    map[string]*derive.Set
}

// Release prepares what the recipient may have.
func (d *Desk) Release(to record.Recipient) (*Released, error) {
	out := &Released{Withheld: map[string]string{}, records: map[observation.Kind][]record.Record{}, sets: map[string]*derive.Set{}}
	all, err := d.Records("")
	if err != nil {
		return nil, err
	}
	inputs := map[observation.Kind][]derive.Input{}
	for _, r := range all {
		in, released, err := d.release(r, to)
		if err != nil {
			return nil, err
		}
		if in.Withheld {
			out.Withheld[r.ID] = r.Marking.String()
		}
		out.records[r.Kind()] = append(out.records[r.Kind()], released)
		inputs[r.Kind()] = append(inputs[r.Kind()], in)
	}
	for _, k := range observation.Kinds() {
		out.sets[string(k)] = derive.NewSet(string(k), inputs[k])
	}
	return out, nil
}

func (d *Desk) release(r record.Record, to record.Recipient) (derive.Input, record.Record, error) {
	r, _, err := r.Pseudonymise()
	if err != nil {
		return derive.Input{}, r, err
	}
	b, err := r.Canonical()
	if err != nil {
		return derive.Input{}, r, err
	}
	if ok, _ := r.Marking.Permits(to); ok {
		return derive.Input{ID: r.ID, Digest: record.Digest(b), Bytes: b}, r, nil
	}
	c, err := d.commitment(b)
	if err != nil {
		return derive.Input{}, r, err
	}
	return derive.Input{ID: "withheld-" + c[:12], Digest: c, Bytes: b, Withheld: true}, r, nil
}

// commitment is SHA-256(salt ‖ bytes) with a salt that only this desk can make:
// an outsider who guesses the record cannot confirm the guess, and the desk can
// later show that this was the record.
func (d *Desk) commitment(b []byte) (string, error) {
	secret, err := d.secret()
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write(b)
	sum := sha256.Sum256(append(mac.Sum(nil), b...))
	return hex.EncodeToString(sum[:]), nil
}

// secret reads the desk's commitment key, made at first use.
func (d *Desk) secret() ([]byte, error) {
	path := d.Path(keyDir, commitmentKey)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		b = make([]byte, sha256.Size)
		if _, err := rand.Read(b); err != nil {
			return nil, fmt.Errorf("make commitment key: %w", err)
		}
		if err := os.MkdirAll(d.Path(keyDir), 0o700); err != nil {
			return nil, fmt.Errorf("make commitment key: %w", err)
		}
		return b, WriteFile(path, b, 0o600)
	}
	if err != nil {
		return nil, fmt.Errorf("read commitment key: %w", err)
	}
	if len(b) != sha256.Size {
		return nil, fmt.Errorf("read commitment key %s: %w", path, ErrDamaged)
	}
	return b, nil
}

// Set implements derive.Sets.
func (r *Released) Set(kind string) (*derive.Set, error) {
	if s := r.sets[kind]; s != nil {
		return s, nil
	}
	return derive.NewSet(kind, nil), nil
}

// Records returns the records of a kind as the report may use them, all for the
// empty kind; what is withheld is among them, for sums.
func (r *Released) Records(kind observation.Kind) ([]record.Record, error) {
	if kind != "" {
		return r.records[kind], nil
	}
	var out []record.Record
	for _, k := range observation.Kinds() {
		out = append(out, r.records[k]...)
	}
	record.Sort(out)
	return out, nil
}

// Include adds a set that the desk writes about itself, such as the last report.
func (r *Released) Include(s *derive.Set) { r.sets[s.Kind()] = s }

// Travelling returns every set that is not empty, without the bytes of what is
// withheld.
func (r *Released) Travelling() []*derive.Set {
	var out []*derive.Set
	kinds := make([]string, 0, len(r.sets))
	for _, k := range observation.Kinds() {
		kinds = append(kinds, string(k))
	}
	for k := range r.sets {
		if !observation.Kind(k).Valid() {
			kinds = append(kinds, k)
		}
	}
	for _, k := range kinds {
		s := r.sets[k]
		if s == nil || s.Len() == 0 {
			continue
		}
		var inputs []derive.Input
		for _, in := range s.Inputs() {
			if in.Withheld {
				in.Bytes = nil
			}
			inputs = append(inputs, in)
		}
		out = append(out, derive.NewSet(k, inputs))
	}
	return out
}

// CountByMarking says how many records are withheld, by marking.
func (r *Released) CountByMarking() map[string]int {
	out := map[string]int{}
	for _, m := range r.Withheld {
		out[m]++
	}
	return out
}

// Signer returns the desk's signing key and its verifier key, made at first use.
func (d *Desk) Signer() (note.Signer, string, error) {
	private, err := os.ReadFile(d.Path(keyDir, signingKey))
	if errors.Is(err, fs.ErrNotExist) {
		if err := d.makeSigner(); err != nil {
			return nil, "", err
		}
		private, err = os.ReadFile(d.Path(keyDir, signingKey))
	}
	if err != nil {
		return nil, "", fmt.Errorf("read signing key: %w", err)
	}
	public, err := os.ReadFile(d.Path(keyDir, verifierKey))
	if err != nil {
		return nil, "", fmt.Errorf("read verifier key: %w", err)
	}
	s, err := note.NewSigner(strings.TrimSpace(string(private)))
	if err != nil {
		return nil, "", fmt.Errorf("read signing key: %w: %w", ErrDamaged, err)
	}
	return s, strings.TrimSpace(string(public)), nil
}

func (d *Desk) makeSigner() error {
	private, public, err := note.GenerateKey(rand.Reader, "turtlebay-desk")
	if err != nil {
		return fmt.Errorf("make signing key: %w", err)
	}
	if err := os.MkdirAll(d.Path(keyDir), 0o700); err != nil {
		return fmt.Errorf("make signing key: %w", err)
	}
	if err := WriteFile(d.Path(keyDir, verifierKey), []byte(public+"\n"), 0o644); err != nil {
		return err
	}
	return WriteFile(d.Path(keyDir, signingKey), []byte(private+"\n"), 0o600)
}
