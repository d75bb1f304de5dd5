package timestamp_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/vault/timestamp"
)

// keptRoot is the root of a test authority that is gone, and keptAnswer its answer over
// text to a request with a nonce of zero: bytes that have to mean the same for ever.
const (
	keptRoot = `-----BEGIN CERTIFICATE-----
MIIBeDCCAR2gAwIBAgIBATAKBggqhkjOPQQDAjAjMQ0wCwYDVQQKEwRUZXN0MRIw
EAYDVQQDEwlUZXN0IHJvb3QwHhcNMjYxMTEyMDYzMDE1WhcNMjYxMjAyMDYzMDE1
WjAjMQ0wCwYDVQQKEwRUZXN0MRIwEAYDVQQDEwlUZXN0IHJvb3QwWTATBgcqhkjO
PQIBBggqhkjOPQMBBwNCAAT/Cg+E23U3yhWA7yFz1mxR603z2KVyF+93UOabmaP1
RjvHsbmUAkPDQI9FAqkZ8JcZ6fC78jwILtBJD5qM9QIvo0IwQDAOBgNVHQ8BAf8E
BAMCAgQwDwYDVR0TAQH/BAUwAwEB/zAdBgNVHQ4EFgQUfyEDDpqKhmfuf1tyCVdk
fk+TcykwCgYIKoZIzj0EAwIDSQAwRgIhAIBIzj1SqMdNo2I4OPOcM/pMZDzcouCK
iusN2cnqYPcEAiEAy+VLNsM4i1m6SJ1RBLzztgDL0gIdETaizHvTJFPeTNo=
-----END CERTIFICATE-----
`
	keptAnswer = `MIIFizADAgEAMIIFggYJKoZIhvcNAQcCoIIFczCCBW8CAQMxDTALBglghkgBZQMEAgEwgbEGCyqGSIb3DQEJEAEEoIGhBIGeMIGbAgEBBgQqAwQBMDEwDQYJYIZIAWUDBAIBBQAEIGr0
4DMI2wlo1dVXcBteb8Ci8mypsZ8h6aJ6WoBdwtf3AhQBN5m+wi+Fdnf3AwCVVa7w/WrfnxgPMjAyNjExMjIwNjMwMTVaMAMCAQECAQCgLqQsMCoxDTALBgNVBAoTBFRlc3QxGTAXBgNV
BAMTEFRlc3QgdGltZS1zdGFtcHOgggMwMIIBjDCCATKgAwIBAgIBAzAKBggqhkjOPQQDAjAoMQ0wCwYDVQQKEwRUZXN0MRcwFQYDVQQDEw5UZXN0IGF1dGhvcml0eTAeFw0yNjExMTIw
NjMwMTVaFw0yNjEyMDIwNjMwMTVaMCoxDTALBgNVBAoTBFRlc3QxGTAXBgNVBAMTEFRlc3QgdGltZS1zdGFtcHMwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQJTns2u+sJC4V6vfS5
wEntuqJ8ryFiu1RwrUgzAHaEF42bUCOWe4TU0LC8qEKCyhI9YGIBNc/Gkgh8hm2Zw5Zvo0swSTAOBgNVHQ8BAf8EBAMCB4AwHwYDVR0jBBgwFoAUefZQ82v0XWuVB4LDklVyF4Fi04Yw
FgYDVR0lAQH/BAwwCgYIKwYBBQUHAwgwCgYIKoZIzj0EAwIDSAAwRQIhALUUOPTzAkh7VCqKcKch8TUZXqLlujGdb3QMx2qKIxBHAiAv+5mBDCShrwggfnAc0yCJDTIXKX/G6+or0fEX
KremwTCCAZwwggFDoAMCAQICAQIwCgYIKoZIzj0EAwIwIzENMAsGA1UEChMEVGVzdDESMBAGA1UEAxMJVGVzdCByb290MB4XDTI2MTExMjA2MzAxNVoXDTI2MTIwMjA2MzAxNVowKDEN
MAsGA1UEChMEVGVzdDEXMBUGA1UEAxMOVGVzdCBhdXRob3JpdHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAT5hrjhvNWe3ZFedswGCk4t1dqeI7qCVvTP6TFhO3JBxM14n5KmAni/
x9+G6GWUiLf2i3DBIoDuBagT6zILdTW/o2MwYTAOBgNVHQ8BAf8EBAMCAgQwDwYDVR0TAQH/BAUwAwEB/zAdBgNVHQ4EFgQUefZQ82v0XWuVB4LDklVyF4Fi04YwHwYDVR0jBBgwFoAU
fyEDDpqKhmfuf1tyCVdkfk+TcykwCgYIKoZIzj0EAwIDRwAwRAIgWSPFfIqwOS0uWuknn1AYlawP1WrYtYmBvzi+Zcm8uF8CIA0wF9WpQvDdrbLo3H6r9go+e+AzpWZNl6QCGtKy+c37
MYIBcTCCAW0CAQEwLTAoMQ0wCwYDVQQKEwRUZXN0MRcwFQYDVQQDEw5UZXN0IGF1dGhvcml0eQIBAzALBglghkgBZQMEAgGggdcwGgYJKoZIhvcNAQkDMQ0GCyqGSIb3DQEJEAEEMBwG
CSqGSIb3DQEJBTEPFw0yNjExMjMwMjA5MTdaMC8GCSqGSIb3DQEJBDEiBCCWIITd4QcVKAeRGYcTMD/XUCB9aXIwjLqAagPE3i+JSDBqBgsqhkiG9w0BCRACLzFbMFkwVzBVBCBYB1Oh
VF8xY4HcuZYRkwURbf5609ShitlJZCHGNF1okDAxMCykKjAoMQ0wCwYDVQQKEwRUZXN0MRcwFQYDVQQDEw5UZXN0IGF1dGhvcml0eQIBAzAKBggqhkjOPQQDAgRGMEQCIFYTgypLYCEi
HSLH/gFZSJ0G7GszaBBi2iHPa6J/369CAiBLeMzpZEtubS5DUg2EXBVoR51s1XowSq+reQjbl1R84Q==`
)

// kept is the request, the answer in DER and its token.
func kept(t testing.TB) (r timestamp.Request, answer, token []byte) {
	t.Helper()
	r, err := timestamp.NewRequest([]byte(text), bytes.NewReader(make([]byte, 8)))
	if err != nil {
		t.Fatal(err)
	}
	answer, err = base64.StdEncoding.DecodeString(strings.ReplaceAll(keptAnswer, "\n", ""))
	if err != nil {
		t.Fatal(err)
	}
	if token, _, err = r.Answer(answer, nil); err != nil {
		t.Fatal(err)
	}
	return r, answer, token
}

func TestKeptToken(t *testing.T) {
	_, _, token := kept(t)
	roots, err := timestamp.ParseRoots([]byte(keptRoot))
	if err != nil {
		t.Fatal(err)
	}
	s, err := timestamp.Verify(token, []byte(text), roots)
	if err != nil || !s.Trusted || !s.At.Equal(day) || s.Serial != "13799bec22f857677f703009555aef0fd6adf9f" {
		t.Errorf("%s, serial number %s, %v", s, s.Serial, err)
	}
}
