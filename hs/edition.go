package hs

import "strconv"

// Edition is one of the editions of the nomenclature that are held. The zero
// Edition is none.
type Edition uint8

// The editions held, the oldest first.
const (
	HS2012 Edition = 1 + iota
	HS2017
	HS2022
)

// years are the first and last year of each edition. The amendments for 2028 are
// accepted and not held, so that HS 2022 ends with 2027.
var years = [...]struct{ first, last int }{HS2012: {2012, 2016}, HS2017: {2017, 2021}, HS2022: {2022, 2027}}

// Editions returns the editions held, the oldest first.
func Editions() []Edition { return []Edition{HS2012, HS2017, HS2022} }

// Held reports whether e is one of the editions held.
func (e Edition) Held() bool { return e >= HS2012 && e <= HS2022 }

// String is how the edition is called: "HS 2017".
func (e Edition) String() string {
	if !e.Held() {
		return "HS edition " + strconv.Itoa(int(e))
	}
	return "HS " + strconv.Itoa(years[e].first)
}

// First is the first day on which the edition was in force, YYYY-MM-DD; empty for
// an edition that is not held.
func (e Edition) First() string {
	if !e.Held() {
		return ""
	}
	return strconv.Itoa(years[e].first) + "-01-01"
}

// Last is the last day on which the edition is in force, YYYY-MM-DD; empty for an
// edition that is not held.
func (e Edition) Last() string {
	if !e.Held() {
		return ""
	}
	return strconv.Itoa(years[e].last) + "-12-31"
}

// EditionAt returns the edition in force in the year, and false where it is not
// held: before 2012 and from 2028 on. Some States take up an edition later than
// its first day, and some statistics are published in an edition of the
// publisher's choice; neither is known here.
func EditionAt(year int) (Edition, bool) {
	for e := HS2012; e <= HS2022; e++ {
		if years[e].first <= year && year <= years[e].last {
			return e, true
		}
	}
	return 0, false
}
