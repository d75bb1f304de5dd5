package anchor

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]Place{
		"page=3":                           {Kind: Page, Page: 3},
		"page=3&box=72,100,300,140":        {Kind: Page, Page: 3, Box: Box{72, 100, 300, 140}},
		"bytes=120-340":                    {Kind: Bytes, From: 120, To: 340},
		"bytes=0":                          {Kind: Bytes},
		"lines=3-5":                        {Kind: Lines, From: 3, To: 5},
		"lines=3":                          {Kind: Lines, From: 3, To: 3},
		"time=00:01:05-00:01:20":           {Kind: Time, From: 65_000, To: 80_000},
		"time=00:01:05.250-123:00:00":      {Kind: Time, From: 65_250, To: 442_800_000},
		"time=00:00:00.000-00:00:01.000":   {Kind: Time, To: 1000},
		"bytes=9007199254740991":           {Kind: Bytes, From: 1<<53 - 1, To: 1<<53 - 1},
		"page=1000000&box=0,0,1000000,100": {Kind: Page, Page: 1e6, Box: Box{0, 0, 1e6, 100}},
	} {
		if got, err := Parse(text); err != nil || got != want {
			t.Errorf("%s: %+v %v, want %+v", text, got, err, want)
		}
	}
}

func TestNoPlaces(t *testing.T) {
	for _, text := range []string{
		"", "page", "page=", "page=0", "page=-1", "page=+1", "page=3 ", "Page=3", "page=1000001", "page=99999999999999999999",
		"page=3&box=", "page=3&box=1,2,3", "page=3&box=1,2,3,4,5", "page=3&box=5,2,5,4", "page=3&box=1,4,3,4", "page=3&box=9,2,3,4",
		"page=3&box=0,0,0,0", "page=3&box=1.5,2,3,4", "box=1,2,3,4", "page=3&page=4", "page=3&box=-1,2,3,4", "page=1&box=0,0,1000001,1",
		"bytes=5-4", "bytes=-4", "bytes=4-", "bytes=9007199254740992", "lines=0", "lines=0-4", "lines=7-3", "lines=3,5", "lines=1-2-3",
		"time=00:01:05", "time=00:01:05-00:01:05", "time=00:01:20-00:01:05", "time=1:05-1:20", "time=00:60:00-01:00:00", "time=00:01:05.5-00:01:20",
		"time=00:01:05-00:01:20\n", "page=３", "lines=3–5",
	} {
		if got, err := Parse(text); !errors.Is(err, ErrPlace) {
			t.Errorf("%q: %+v %v", text, got, err)
		}
	}
	_, err := Parse("page=\x1b[2J\u202e" + strings.Repeat("x", 500))
	if err == nil || strings.ContainsAny(err.Error(), "\x1b\u202e") || len(err.Error()) > 250 {
		t.Errorf("message %q", err)
	}
}

// anyPlace draws places that can be.
func anyPlace() *rapid.Generator[Place] {
	return rapid.Custom(func(t *rapid.T) Place {
		from := rapid.Int64Range(1, 1<<40).Draw(t, "from")
		switch kind := rapid.SampledFrom([]Kind{Page, Bytes, Lines, Time}).Draw(t, "kind"); kind {
		case Page:
			p := Place{Kind: Page, Page: rapid.IntRange(1, maxPage).Draw(t, "page")}
			if rapid.Bool().Draw(t, "boxed") {
				left, top := rapid.IntRange(0, maxEdge-1).Draw(t, "left"), rapid.IntRange(0, maxEdge-1).Draw(t, "top")
				p.Box = Box{left, top, rapid.IntRange(left+1, maxEdge).Draw(t, "right"), rapid.IntRange(top+1, maxEdge).Draw(t, "bottom")}
			}
			return p
		case Time:
			from = rapid.Int64Range(0, 1000*hour-2).Draw(t, "moment")
			return Place{Kind: Time, From: from, To: rapid.Int64Range(from+1, 1000*hour-1).Draw(t, "end")}
		default:
			return Place{Kind: kind, From: from, To: rapid.Int64Range(from, 1<<53-1).Draw(t, "to")}
		}
	})
}

func TestPlacesComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPlace().Draw(t, "place")
		if got, err := Parse(p.String()); err != nil || got != p {
			t.Fatalf("%s: %+v %v, want %+v", p, got, err, p)
		}
		text, err := json.Marshal(Anchor{Item: "a", At: p})
		var back Anchor
		if err != nil || json.Unmarshal(text, &back) != nil || back.At != p {
			t.Fatalf("%s: %v %+v", text, err, back)
		}
	})
}

func TestAPlaceThatCannotBeIsNotWritten(t *testing.T) {
	for _, p := range []Place{
		{},
		{Kind: "chapter", From: 1, To: 2},
		{Kind: Page},
		{Kind: Lines, From: 5, To: 2},
		{Kind: Bytes, From: 1, To: 2, Page: 4},
		{Kind: Time, From: 1, To: 2, Box: Box{1, 2, 3, 4}},
		{Kind: Page, Page: 1, From: 7},
	} {
		if text, err := json.Marshal(p); !errors.Is(err, ErrPlace) {
			t.Errorf("%+v: %s", p, text)
		}
		if _, err := Resolve(t.Context(), strings.NewReader("text"), "", p); !errors.Is(err, ErrPlace) {
			t.Errorf("%+v was resolved: %v", p, err)
		}
	}
	var a Anchor
	if err := json.Unmarshal([]byte(`{"item":"a","at":"chapter=4"}`), &a); !errors.Is(err, ErrPlace) {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"page=3&box=72,100,300,140", "bytes=120-340", "lines=3", "time=00:01:05.250-00:01:20", "page=0"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse(text)
		if err != nil {
			return
		}
		if again, err := Parse(p.String()); err != nil || again != p {
			t.Fatalf("%q: %+v, then %q: %+v %v", text, p, p, again, err)
		}
	})
}
