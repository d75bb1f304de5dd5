package timestamp_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/vault/timestamp"
)

// openssl runs in a folder and returns what it says; the test is skipped where it
// is not installed.
func openssl(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not installed")
	}
	cmd := exec.Command("openssl", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func put(t *testing.T, dir, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A token that this package takes, openssl takes as well, and one over other data
// neither does.
func TestOpenSSLAgrees(t *testing.T) {
	dir := t.TempDir()
	tsa := authority(t)
	r, err := timestamp.NewRequest([]byte(text), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := tsa.Respond(r.DER)
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := r.Answer(answer, tsa.Roots())
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"text": []byte(text), "other": []byte("other"), "root.pem": tsa.RootPEM(), "token": token, "answer": answer, "query": r.DER} {
		put(t, dir, name, b)
	}
	// the certificates are of a day that need not be today
	at := []string{"-attime", strconv.FormatInt(day.Unix(), 10), "-CAfile", "root.pem"}
	for _, args := range [][]string{{"-data", "text", "-in", "token", "-token_in"}, {"-queryfile", "query", "-in", "answer"}} {
		if out, err := openssl(t, dir, append(append([]string{"ts", "-verify"}, args...), at...)...); err != nil || !strings.Contains(out, "Verification: OK") {
			t.Errorf("openssl %q: %v\n%s", args, err, out)
		}
	}
	if out, err := openssl(t, dir, append([]string{"ts", "-verify", "-data", "other", "-in", "token", "-token_in"}, at...)...); err == nil {
		t.Errorf("openssl takes it over other data:\n%s", out)
	}
}

const opensslConfig = `
[req]
distinguished_name = dn
[dn]
[ca]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
[stamps]
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[tsa]
serial = serial
signer_cert = signer.pem
signer_key = signer.key
certs = root.pem
signer_digest = DIGEST
default_policy = 1.2.3.4.2
digests = sha256
accuracy = secs:1, millisecs:20, microsecs:300
clock_precision_digits = 3
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = ESS
`

// Tokens of openssl as the authority: another writer, RSA and ECDSA keys, both
// forms of naming the certificate, and fractions of a second.
func TestTokensOfOpenSSL(t *testing.T) {
	for _, tt := range []struct{ key, digest, ess string }{
		{"rsa:2048", "sha256", "sha1"},
		{"rsa:2048", "sha512", "sha256"},
		{"ec:P-256", "sha256", "sha512"},
		{"ec:P-384", "sha384", "sha384"},
	} {
		t.Run(strings.ReplaceAll(tt.key, ":", "-")+"-"+tt.ess, func(t *testing.T) {
			dir := t.TempDir()
			put(t, dir, "config", []byte(strings.NewReplacer("DIGEST", tt.digest, "ESS", tt.ess).Replace(opensslConfig)))
			put(t, dir, "serial", []byte("04D2\n"))
			r, err := timestamp.NewRequest([]byte(text), rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			put(t, dir, "query", r.DER)
			key := []string{"-newkey", tt.key}
			if curve, ok := strings.CutPrefix(tt.key, "ec:"); ok {
				key = []string{"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:" + curve}
			}
			for _, args := range [][]string{
				append([]string{"req", "-x509", "-config", "config", "-extensions", "ca", "-nodes", "-days", "2", "-subj", "/CN=Root", "-keyout", "root.key", "-out", "root.pem"}, key...),
				append([]string{"req", "-new", "-config", "config", "-nodes", "-subj", "/CN=Stamps", "-keyout", "signer.key", "-out", "signer.csr"}, key...),
				{"x509", "-req", "-in", "signer.csr", "-CA", "root.pem", "-CAkey", "root.key", "-set_serial", "77", "-days", "1", "-extfile", "config", "-extensions", "stamps", "-out", "signer.pem"},
				{"ts", "-reply", "-config", "config", "-section", "tsa", "-queryfile", "query", "-out", "answer"},
			} {
				if out, err := openssl(t, dir, args...); err != nil {
					t.Fatalf("openssl %q: %v\n%s", args, err, out)
				}
			}
			read := func(name string) []byte {
				b, err := os.ReadFile(filepath.Join(dir, name))
				if err != nil {
					t.Fatal(err)
				}
				return b
			}
			roots, err := timestamp.ParseRoots(read("root.pem"))
			if err != nil {
				t.Fatal(err)
			}
			token, s, err := r.Answer(read("answer"), roots)
			if err != nil {
				t.Fatal(err)
			}
			if !s.Trusted || s.TSA != "CN=Stamps" || s.Policy != "1.2.3.4.2" || s.Serial != "4d3" || s.Accuracy.String() != "1.0203s" {
				t.Errorf("%+v", s)
			}
			if _, err := timestamp.Verify(token, []byte("other"), roots); !errors.Is(err, timestamp.ErrOtherData) {
				t.Errorf("over other data: %v", err)
			}
			for i := len(token) - 20; i < len(token); i++ { // the end of the signature
				b := bytes.Clone(token)
				b[i] ^= 1
				if _, err := timestamp.Verify(b, []byte(text), roots); err == nil {
					t.Errorf("byte %d changed and taken", i)
				}
			}
		})
	}
}
