package claim

import "strings"

// Passage is a place in an item of evidence, cited with the digest of what stood
// there: whoever holds the item can see that nothing was put in its place.
//
//	claim.Passage{Item: "4dbc…", At: "lines=12-13", Quote: "86be…"}
//
// Places are written as package vault/anchor reads them: "lines=12-13" and
// "bytes=120-340" of the decompressed item, "page=3", "time=00:01:05-00:01:20".
type Passage struct {
	Item  string `json:"item" jsonschema:"SHA-256 of the item's bytes, 64 hexadecimal digits"`
	At    string `json:"at" jsonschema:"the place in it: lines=12-13, bytes=120-340, page=3"`
	Quote string `json:"quote" jsonschema:"SHA-256 of the bytes at that place, 64 hexadecimal digits"`
}

// maxPlace bounds how a place is written.
const maxPlace = 200

// Check reports what cannot be a passage, by its JSON name. Whether the item is
// held and says so is for whoever holds it.
func (p Passage) Check(report func(field, reason string)) {
	for _, sum := range []struct{ field, value string }{{"item", p.Item}, {"quote", p.Quote}} {
		if !isDigest(sum.value) {
			report(sum.field, "want a SHA-256 of 64 hexadecimal digits in lower case")
		}
	}
	name, place, ok := strings.Cut(p.At, "=")
	if !ok || name == "" || place == "" || len(p.At) > maxPlace || strings.IndexFunc(p.At, odd) >= 0 {
		report("at", "want a place, such as lines=12-13 or page=3")
	}
}

func isDigest(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(s) == 64
}

// odd is a character that no place is written with.
func odd(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }
