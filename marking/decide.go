package marking

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Reader is who wants to see: the levels cleared for, the names that caveats know
// the reader by, and the day. The zero Reader is the public, on no day.
type Reader struct {
	Name string   `json:"name,omitempty"`
	UN   string   `json:"un,omitempty"`
	TLP  string   `json:"tlp,omitempty"`
	As   []string `json:"as,omitempty"` // other names, such as a group the reader belongs to
	On   string   `json:"on,omitempty"` // the day of reading, YYYY-MM-DD; without one every embargo holds

	custodian bool
}

// Custodian is the reader who keeps the desk and sees all of it.
func Custodian() Reader { return Reader{Name: "custodian", custodian: true} }

// IsCustodian reports whether the reader keeps the desk.
func (r Reader) IsCustodian() bool { return r.custodian }

// Validate refuses levels and days that are none.
func (r Reader) Validate() error {
	if err := (Marking{UN: r.UN, TLP: r.TLP}).Validate(); err != nil {
		return err
	}
	if r.On != "" && !day.MatchString(r.On) {
		return fmt.Errorf("day %q: want YYYY-MM-DD", r.On)
	}
	return nil
}

func (r Reader) called(name string) bool {
	return name != "" && (name == r.Name || slices.Contains(r.As, name))
}

// Decision is the answer to "may this reader see this", and why not. Why is for
// whoever may see the thing: to the reader it would tell what is hidden.
type Decision struct {
	OK  bool   `json:"ok"`
	Why string `json:"why,omitempty"`
}

// Decide says whether the reader may see what carries the marking. A level or a
// caveat that is not understood does not permit: a word meant to protect somebody
// is never ignored.
func Decide(m Marking, r Reader) Decision {
	if r.custodian {
		return Decision{OK: true}
	}
	for _, l := range []struct {
		name          string
		words         []string
		marked, clear string
	}{{"un", unLevels, m.UN, r.UN}, {"tlp", tlpLevels, m.TLP, r.TLP}} {
		if at := level(l.words, l.marked); at < 0 || at > level(l.words, l.clear) {
			return no("marked %s:%s, the reader is cleared for %s", l.name, l.marked, cmp.Or(l.clear, l.words[0]))
		}
	}
	return decideCaveats(m.Caveats, r)
}

func decideCaveats(caveats []string, r Reader) Decision {
	named, released := false, false
	for _, c := range caveats {
		to, isRelease := strings.CutPrefix(c, ReleasableTo)
		originator, isControlled := strings.CutPrefix(c, OriginatorControl)
		until, isEmbargo := strings.CutPrefix(c, EmbargoUntil)
		switch {
		case isRelease:
			named, released = true, released || r.called(to)
		case isControlled && r.called(originator):
		case isEmbargo && day.MatchString(until) && r.On >= until:
		case isControlled:
			return no("controlled by its originator %s", originator)
		case isEmbargo:
			return no("under embargo until %s", until)
		default:
			return no("caveat %q", c)
		}
	}
	if named && !released {
		return no("not releasable to the reader")
	}
	return Decision{OK: true}
}

func no(format string, args ...any) Decision { return Decision{Why: fmt.Sprintf(format, args...)} }

// Join is the marking of what is derived from things of these markings: the
// highest levels and every caveat, the latest embargo, and release to those alone
// to whom all of them are releasable.
func Join(ms ...Marking) Marking {
	var out Marking
	var releases [][]string
	until := ""
	for _, m := range ms {
		out.UN = higher(unLevels, out.UN, m.UN)
		out.TLP = higher(tlpLevels, out.TLP, m.TLP)
		var to []string
		for _, c := range m.Caveats {
			name, isRelease := strings.CutPrefix(c, ReleasableTo)
			switch {
			case isRelease:
				to = append(to, name)
			case c == notReleasable:
				releases = append(releases, nil)
			case strings.HasPrefix(c, EmbargoUntil):
				until = max(until, c) // of one length, so that text order is date order
			default:
				out.Caveats = append(out.Caveats, c)
			}
		}
		if to != nil {
			releases = append(releases, to)
		}
	}
	if until != "" {
		out.Caveats = append(out.Caveats, until)
	}
	out.Caveats = append(out.Caveats, common(releases)...)
	slices.Sort(out.Caveats)
	out.Caveats = slices.Compact(out.Caveats)
	return out
}

// higher is the more closed of two words; one that is unknown is above all.
func higher(levels []string, a, b string) string {
	la, lb := level(levels, a), level(levels, b)
	if la < 0 || (lb >= 0 && la >= lb) {
		return a
	}
	return b
}

// common are the releases that every list has, as caveats.
func common(releases [][]string) []string {
	if len(releases) == 0 {
		return nil
	}
	var out []string
	for _, name := range releases[0] {
		if !slices.ContainsFunc(releases[1:], func(to []string) bool { return !slices.Contains(to, name) }) {
			out = append(out, ReleasableTo+name)
		}
	}
	if out == nil {
		out = []string{notReleasable}
	}
	return out
}

// Lowers reports whether some reader could see what carries b who may not see
// what carries a: a change from a to b that needs the originator's consent.
func Lowers(a, b Marking) bool {
	j := Join(a, b)
	return !equal(j, canonical(b))
}

// canonical is the marking as Join writes it.
func canonical(m Marking) Marking { return Join(m) }

func equal(a, b Marking) bool {
	return level(unLevels, a.UN) == level(unLevels, b.UN) && level(tlpLevels, a.TLP) == level(tlpLevels, b.TLP) &&
		slices.Equal(a.Caveats, b.Caveats)
}
