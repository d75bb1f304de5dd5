package observation

import (
	"fmt"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/record/claim"
	"github.com/turtlebay/turtlebay/record/value"
)

// at names a field inside a list: at("amounts", 1, "value") is "amounts[1].value".
func at(list string, i int, field string) string {
	return fmt.Sprintf("%s[%d].%s", list, i, field)
}

func required(report Report, field, s string) {
	if strings.TrimSpace(s) == "" {
		report(field, "is missing")
	}
}

func requiredDate(report Report, field string, d value.Date) {
	if d.IsZero() {
		report(field, "is missing")
	}
}

// oneOf lets an empty value pass: a missing fact is not a wrong one.
func oneOf(report Report, field, s string, allowed ...string) {
	if s != "" && !slices.Contains(allowed, s) {
		report(field, fmt.Sprintf("is %q, want %s", clip(s), strings.Join(allowed, ", ")))
	}
}

// most is more than any amount, weight or volume that a record can speak of: ten
// million million. A larger number is a slip, and a sum with it is worthless.
var most = value.MustDecimal("10000000000000")

func notNegative(report Report, field string, d *value.Decimal) {
	switch {
	case d == nil:
	case d.Sign() < 0:
		report(field, "is negative")
	case d.Cmp(most) > 0:
		report(field, "is absurdly large")
	}
}

// stated demands a number where a missing one would be taken for 0.
func stated(report Report, field string, d value.Decimal) {
	if !d.Given() {
		report(field, "is missing")
	}
}

// maxCount bounds what is counted in persons, launches or per cent; it also keeps
// a count within what every JSON program reads exactly.
const maxCount = 1_000_000_000

func count(report Report, field string, n *int) {
	switch {
	case n == nil:
	case *n < 0:
		report(field, "is negative")
	case *n > maxCount:
		report(field, fmt.Sprintf("is %d, more than there can be", *n))
	}
}

func country(report Report, field, code string) {
	if code != "" && !capitals(code, 2) {
		report(field, fmt.Sprintf("is %q, want an ISO 3166-1 alpha-2 code in capitals", clip(code)))
	}
}

func country3(report Report, field, code string) {
	if code != "" && !capitals(code, 3) {
		report(field, fmt.Sprintf("is %q, want an ISO 3166-1 alpha-3 code in capitals", clip(code)))
	}
}

func currency(report Report, field, code string) {
	if !capitals(code, 3) {
		report(field, fmt.Sprintf("is %q, want an ISO 4217 code in capitals", clip(code)))
	}
}

func capitals(code string, n int) bool {
	return len(code) == n && within(code, 'A', 'Z')
}

// within reports whether every byte of s lies between two.
func within(s string, from, to byte) bool {
	for i := range len(s) {
		if s[i] < from || s[i] > to {
			return false
		}
	}
	return true
}

// clip keeps an absurd value from filling the message that complains of it.
func clip(s string) string {
	if len(s) > 40 {
		return strings.ToValidUTF8(s[:40], "") + "…"
	}
	return s
}

func certainty(report Report, field string, c claim.Certainty) {
	if !c.Valid() {
		report(field, fmt.Sprintf("is %q, want checked or from-memory", clip(string(c))))
	}
}

// hsCode wants two, four or six digits. An odd count is nearly always a code
// that went through a spreadsheet as a number and lost its leading zero.
func hsCode(report Report, field, code string) {
	switch {
	case code == "":
	case !within(code, '0', '9'):
		report(field, fmt.Sprintf("is %q, want digits only", clip(code)))
	case len(code)%2 == 1:
		report(field, fmt.Sprintf("is %q: an odd number of digits; a leading zero may have been lost", clip(code)))
	case len(code) > 6:
		report(field, fmt.Sprintf("is %q: more than six digits are national, not HS", clip(code)))
	}
}

func interval(report Report, field string, from, to value.Date) {
	if to.Before(from) {
		report(field, fmt.Sprintf("%s is before %s", to, from))
	}
}

// vessel checks the IMO number's check digit: the last digit is the sum of the
// others weighted seven to two, modulo ten (IMO resolution A.1117(30)).
func vessel(report Report, field string, v VesselNamed) {
	country(report, field+".flag", v.Flag)
	if v.IMO == "" {
		return
	}
	if len(v.IMO) != 7 || !within(v.IMO, '0', '9') {
		report(field+".imo", fmt.Sprintf("is %q, want seven digits", clip(v.IMO)))
		return
	}
	sum := 0
	for i := range 6 {
		sum += int(v.IMO[i]-'0') * (7 - i)
	}
	if sum%10 != int(v.IMO[6]-'0') {
		report(field+".imo", fmt.Sprintf("%s fails its check digit", v.IMO))
	}
}

func status(report Report, field string, s claim.Status) {
	if !s.Valid() {
		report(field, "want official, panel, analyst, suspected or disputed")
	}
}

// checkEach demands an authority and an anchor of every claim.
func checkEach[T any](report Report, list string, claims []claim.Claim[T]) {
	for i, c := range claims {
		required(report, at(list, i, "authority"), c.Authority)
		required(report, at(list, i, "anchor.source"), c.Anchor.Source)
		certainty(report, at(list, i, "certainty"), c.Certainty)
		if c.Status != "" {
			status(report, at(list, i, "status"), c.Status)
		}
	}
}

// checkClaims demands, beside what checkEach does, exactly one preferred claim in
// a list that is not empty, with its reason.
func checkClaims[T any](report Report, list string, claims []claim.Claim[T]) {
	checkEach(report, list, claims)
	preferred := 0
	for i, c := range claims {
		if c.Preferred {
			preferred++
			required(report, at(list, i, "reason"), c.Reason)
		}
	}
	if len(claims) > 0 && preferred != 1 {
		report(list, fmt.Sprintf("%d claims are flagged preferred, want exactly one", preferred))
	}
}
