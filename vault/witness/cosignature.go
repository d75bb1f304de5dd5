package witness

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
)

// algCosignature is the algorithm byte of an Ed25519 cosigner's key.
const algCosignature = 4

// A cosignature is 8 bytes of time, seconds since 1970, and an Ed25519 signature.
const (
	timeLen        = 8
	cosignatureLen = timeLen + ed25519.SignatureSize
)

// Cosignature is a statement by a witness: at this time, this was the largest tree
// it had seen of this log, and every earlier one is a beginning of it.
type Cosignature struct {
	Witness string    // name of its key
	KeyHash uint32    // tells keys of one name apart
	At      time.Time // by the witness's clock, UTC, whole seconds
	Line    string    // as it stands in a checkpoint, with the line break
}

// NewKey makes a witness's key. The private key is PRIVATE+KEY+name+hash+base64 and
// the public one name+hash+base64, as in c2sp.org/signed-note, of the algorithm of
// cosignatures, 0x04. A name is an address without a scheme, such as
// witness.example/desk; spaces, plus signs and what cannot be printed are refused.
func NewKey(rand io.Reader, name string) (skey, vkey string, err error) {
	if !validName(name) || strings.Contains(name, "://") {
		return "", "", fmt.Errorf("make witness key %q: %w", name, ErrName)
	}
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(rand, seed); err != nil {
		return "", "", fmt.Errorf("make witness key: %w", err)
	}
	public := publicOf(seed)
	hash := keyHash(name, public)
	private := base64.StdEncoding.EncodeToString(append([]byte{algCosignature}, seed...))
	return fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", name, hash, private), formatKey(name, public), nil
}

func validName(name string) bool {
	bad := func(r rune) bool { return r == '+' || unicode.IsSpace(r) || !unicode.IsGraphic(r) }
	return name != "" && utf8.ValidString(name) && strings.IndexFunc(name, bad) < 0
}

func publicOf(seed []byte) ed25519.PublicKey {
	public, _ := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
	return public
}

func keyHash(name string, public ed25519.PublicKey) uint32 {
	sum := sha256.Sum256(append([]byte(name+"\n\x04"), public...))
	return binary.BigEndian.Uint32(sum[:])
}

func formatKey(name string, public ed25519.PublicKey) string {
	return fmt.Sprintf("%s+%08x+%s", name, keyHash(name, public), base64.StdEncoding.EncodeToString(append([]byte{algCosignature}, public...)))
}

// signer makes cosignatures; it is a note.Signer.
type signer struct {
	name string
	key  ed25519.PrivateKey
	hash uint32
	now  func() time.Time
}

// NewSigner returns the signer of a private key that NewKey made. It dates its
// cosignatures by now.
func NewSigner(skey string, now func() time.Time) (note.Signer, error) { return newSigner(skey, now) }

func newSigner(skey string, now func() time.Time) (*signer, error) {
	rest, ok := strings.CutPrefix(skey, "PRIVATE+KEY+")
	name, seed, hash, err := splitKey(rest)
	if !ok || err != nil {
		return nil, errors.New("read witness key: not a private key for cosignatures") // never shows the key
	}
	s := &signer{name: name, key: ed25519.NewKeyFromSeed(seed), hash: keyHash(name, publicOf(seed)), now: now}
	if hash != fmt.Sprintf("%08x", s.hash) {
		return nil, fmt.Errorf("read witness key %q: its hash is of another key", name)
	}
	return s, nil
}

// splitKey takes name+hash+base64 apart; the 32 bytes are of a seed or of a
// public key.
func splitKey(text string) (name string, key []byte, hash string, err error) {
	parts := strings.SplitN(text, "+", 3)
	if len(parts) != 3 || !validName(parts[0]) {
		return "", nil, "", errors.New("want name+hash+base64")
	}
	b, err := base64.StdEncoding.Strict().DecodeString(parts[2])
	if err != nil || len(b) != 1+ed25519.PublicKeySize || strings.ContainsAny(parts[2], "\r\n") {
		return "", nil, "", errors.New("want 33 bytes in base64")
	}
	if b[0] != algCosignature {
		return "", nil, "", fmt.Errorf("algorithm %#02x: want %#02x, an Ed25519 cosigner", b[0], algCosignature)
	}
	return parts[0], b[1:], parts[1], nil
}

func (s *signer) Name() string    { return s.name }
func (s *signer) KeyHash() uint32 { return s.hash }

// Sign cosigns the text of a checkpoint.
func (s *signer) Sign(text []byte) ([]byte, error) {
	at := s.now().Unix()
	if at < 0 {
		return nil, fmt.Errorf("cosign: the clock stands before 1970")
	}
	sig := binary.BigEndian.AppendUint64(make([]byte, 0, cosignatureLen), uint64(at))
	return append(sig, ed25519.Sign(s.key, statement(uint64(at), text))...), nil
}

// statement is what a cosigner signs.
func statement(at uint64, text []byte) []byte {
	return append(fmt.Appendf(nil, "cosignature/v1\ntime %d\n", at), text...)
}

// verifier checks cosignatures; it is a note.Verifier.
type verifier struct {
	name   string
	public ed25519.PublicKey
	hash   uint32
}

// NewVerifier returns the verifier of a witness's public key, name+hash+base64.
func NewVerifier(vkey string) (note.Verifier, error) {
	name, public, hash, err := splitKey(vkey)
	if err != nil {
		return nil, fmt.Errorf("read witness key %q: %w", clip(vkey), err)
	}
	v := &verifier{name: name, public: public, hash: keyHash(name, public)}
	if hash != fmt.Sprintf("%08x", v.hash) {
		return nil, fmt.Errorf("read witness key %q: its hash is of another key", clip(vkey))
	}
	return v, nil
}

func (v *verifier) Name() string    { return v.name }
func (v *verifier) KeyHash() uint32 { return v.hash }

func (v *verifier) Verify(text, sig []byte) bool {
	if len(sig) != cosignatureLen {
		return false
	}
	at := binary.BigEndian.Uint64(sig)
	return at <= math.MaxInt64 && ed25519.Verify(v.public, statement(at, text), sig[timeLen:])
}

// Cosignatures returns those of the given witnesses that the signed checkpoint
// carries, in its order. Signatures of other keys do not count. One in the name of
// a given witness that does not verify is ErrSignature: somebody forged it.
// Whether a time lies in the future is for the caller to judge.
func Cosignatures(signed []byte, witnesses ...note.Verifier) ([]Cosignature, error) {
	n, err := note.Open(signed, note.VerifierList(witnesses...))
	var none *note.UnverifiedNoteError
	var forged *note.InvalidSignatureError
	switch {
	case errors.As(err, &none):
		return nil, nil
	case errors.As(err, &forged):
		return nil, fmt.Errorf("read cosignatures: %q: %w", forged.Name, ErrSignature)
	case err != nil:
		return nil, fmt.Errorf("read cosignatures: %w: %w", ErrMalformed, err)
	}
	var out []Cosignature
	for _, sig := range n.Sigs {
		c, err := readCosignature(sig)
		if err != nil {
			return nil, fmt.Errorf("read cosignatures: %w", err)
		}
		out = append(out, c)
	}
	return out, nil
}

// lastSecond is the first second that no date of four digits has.
const lastSecond = 253402300800

// readCosignature reads a signature that was verified; a verifier of something
// other than cosignatures gave one without a time.
func readCosignature(sig note.Signature) (Cosignature, error) {
	b, err := base64.StdEncoding.DecodeString(sig.Base64)
	if err != nil || len(b) != 4+cosignatureLen {
		return Cosignature{}, fmt.Errorf("%q: not a cosignature: %w", sig.Name, ErrMalformed)
	}
	seconds := binary.BigEndian.Uint64(b[4:])
	if seconds >= lastSecond {
		return Cosignature{}, fmt.Errorf("%q: its time is past the year 9999: %w", sig.Name, ErrMalformed)
	}
	return Cosignature{
		Witness: sig.Name,
		KeyHash: sig.Hash,
		At:      time.Unix(int64(seconds), 0).UTC(),
		Line:    "— " + sig.Name + " " + sig.Base64 + "\n",
	}, nil
}

// clip shortens what is quoted in a message.
func clip(text string) string {
	const most = 120
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}
