package hs

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestSuccessors(t *testing.T) {
	for _, c := range []struct {
		code     string
		from, to Edition
		want     []string
	}{
		{"8803", HS2017, HS2022, []string{"8807"}},
		{"8803", HS2012, HS2022, []string{"8807"}},
		{"8803", HS2012, HS2017, []string{"8803"}},
		{"880330", HS2017, HS2022, []string{"880730"}},
		{"940600", HS2012, HS2017, []string{"9406"}},
		{"940600", HS2012, HS2022, []string{"9406"}},
		{"2701", HS2012, HS2022, []string{"2701"}},
		{"2701", HS2017, HS2017, []string{"2701"}},
		{"570320", HS2017, HS2022, nil}, // divided: tufted carpets and turf
		{"8807", HS2017, HS2022, nil},   // not in HS 2017
		{"8803", HS2022, HS2017, nil},   // the wrong way
		{"8803", 0, HS2022, nil},
		{"8803", HS2017, 9, nil},
		{"", HS2017, HS2022, nil},
	} {
		if d := cmp.Diff(c.want, Successors(c.code, c.from, c.to)); d != "" {
			t.Errorf("Successors(%q, %v, %v): %s", c.code, c.from, c.to, d)
		}
	}
}

func TestPredecessors(t *testing.T) {
	for _, c := range []struct {
		code     string
		from, to Edition
		want     []string
	}{
		{"8807", HS2022, HS2017, []string{"8803"}},
		{"8807", HS2022, HS2012, []string{"8803"}},
		{"880790", HS2022, HS2017, []string{"880390"}},
		{"9406", HS2017, HS2012, []string{"9406"}},
		{"2701", HS2022, HS2012, []string{"2701"}},
		{"8806", HS2022, HS2017, nil}, // new: unmanned aircraft
		{"8803", HS2017, HS2022, nil}, // the wrong way
		{"8807", HS2022, 0, nil},
	} {
		if d := cmp.Diff(c.want, Predecessors(c.code, c.from, c.to)); d != "" {
			t.Errorf("Predecessors(%q, %v, %v): %s", c.code, c.from, c.to, d)
		}
	}
}

// Each change is of a code that ends, to a number that the next edition has, of
// the shape that its ground needs.
func TestMoved(t *testing.T) {
	if len(Moved()) == 0 {
		t.Fatal("no change of number is held")
	}
	var codes []string
	for _, m := range Moved() {
		codes = append(codes, m.Code)
		after := m.Last + 1
		if !Known(m.Code, m.Last) || Known(m.Code, after) || !Known(m.Next, after) {
			t.Errorf("%+v: the code does not end with %v, or its successor is not in %v", m, m.Last, after)
		}
		isNew := !Known(m.Next, m.Last)
		switch m.Established {
		case Words, Rest:
			if !isNew || len(m.Code) != 6 || len(m.Next) != 6 {
				t.Errorf("%+v: want one subheading for another", m)
			}
		case Whole:
			if !isNew || !slices.Equal(followAll(m), slices.Collect(Children(m.Next, after))) {
				t.Errorf("%+v: its subheadings went to %q", m, followAll(m))
			}
		case Sole:
			if isNew || m.Next != Heading(m.Code) || !slices.Equal(slices.Collect(Children(m.Next, m.Last)), []string{m.Code}) {
				t.Errorf("%+v: want the only subheading of a heading that stays", m)
			}
		}
	}
	if slices.Sort(codes); len(slices.Compact(codes)) != len(Moved()) {
		t.Error("a code moved twice")
	}
}

func followAll(m Move) []string {
	var out []string
	for c := range Children(m.Code, m.Last) {
		out = append(out, Successors(c, m.Last, m.Last+1)...)
	}
	return out
}

func TestMovedIsACopy(t *testing.T) {
	want := Moved()[0]
	Moved()[0].Next = "00"
	if Moved()[0] != want {
		t.Error("a caller changed the table")
	}
}

func TestParseMovedRefuses(t *testing.T) {
	for name, in := range map[string]string{
		"no header":       "2017,8803,8807,all\n",
		"no edition":      movedHeader + "2016,8803,8807,all\n",
		"last edition":    movedHeader + "2022,8803,8807,all\n",
		"no code":         movedHeader + "2017,880,8807,all\n",
		"no successor":    movedHeader + "2017,8803,,all\n",
		"unknown ground":  movedHeader + "2017,8803,8807,guess\n",
		"a field missing": movedHeader + "2017,8803,8807\n",
		"a field more":    movedHeader + "2017,8803,8807,all,\n",
	} {
		got, err := parseMoved(in)
		if err == nil {
			t.Errorf("%s: read as %v", name, got)
		} else if !strings.HasPrefix(err.Error(), "line ") {
			t.Errorf("%s: %v names no line", name, err)
		}
	}
}

func TestLawsOfMoves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := code(t, "code")
		if rapid.Bool().Draw(t, "one that moved") {
			c = rapid.SampledFrom(Moved()).Draw(t, "move").Code
		}
		from := rapid.SampledFrom(Editions()).Draw(t, "from")
		to := rapid.SampledFrom(Editions()).Draw(t, "to")
		after := Successors(c, from, to)
		for _, s := range after {
			if !Known(s, to) {
				t.Fatalf("%s of %v became %s, which %v has not", c, from, s, to)
			}
			back := Predecessors(s, to, from)
			if !slices.ContainsFunc(back, func(b string) bool { return Covers(b, c) == Yes }) {
				t.Fatalf("%s of %v became %s, and that was %q", c, from, s, back)
			}
		}
		if from <= to && Known(c, from) && Known(c, to) && !slices.Equal(after, []string{c}) {
			t.Fatalf("%s stays, and became %q", c, after)
		}
		if len(after) > 0 && (from > to || !Known(c, from)) {
			t.Fatalf("%s from %v to %v: %q", c, from, to, after)
		}
	})
}
