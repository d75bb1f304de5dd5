package canonical

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/gowebpki/jcs"
	"github.com/turtlebay/turtlebay/record/value"
	"pgregory.net/rapid"
)

type speaker interface{ speak() }

type dog struct {
	Name string `json:"name"`
	Age  int    `json:"age,omitempty"`
}

func (*dog) speak() {}

type shy string

func (s *shy) IsZero() bool { return *s == "shy" }

// written has a field of every sort that can be written.
type written struct {
	Zebra    string         `json:"z"`
	Text     string         `json:"b,omitempty"`
	Flag     bool           `json:"a-1,omitempty"`
	Plain    bool           `json:"flag"`
	Count    int            `json:"A"`
	Pointer  *int           `json:"p,omitempty"`
	Null     *int           `json:"null"`
	List     []string       `json:"list"`
	Dogs     []dog          `json:"dogs,omitempty"`
	Dog      dog            `json:"dog,omitempty"`
	Speaker  speaker        `json:"speaker"`
	Date     value.Date     `json:"date,omitzero"`
	Decimal  value.Decimal  `json:"decimal"`
	Decimals []*value.Money `json:"decimals,omitempty"`
	Shy      shy            `json:"shy,omitzero"`
	Zero     dog            `json:"zero,omitzero"`
	None     []dog          `json:"none,omitzero"`
	Skipped  int            `json:"-"`
	hidden   int
}

// TestAppendIsRFC8785: the bytes are those of encoding/json in canonical form.
func TestAppendIsRFC8785(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := func(label string) string {
			return string(rapid.OneOf(rapid.SliceOf(rapid.Byte()), rapid.Map(rapid.String(), func(s string) []byte { return []byte(s) })).Draw(t, label))
		}
		number := func() value.Decimal {
			return value.MustDecimal(rapid.StringMatching(`-?[0-9]{1,30}(\.[0-9]{1,10})?`).Draw(t, "number"))
		}
		dogs := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) dog {
			return dog{Name: rapid.String().Draw(t, "name"), Age: rapid.IntRange(-3, 1<<53).Draw(t, "age")}
		}), 0, 3).Draw(t, "dogs")
		w := &written{
			Zebra: text("z"), Text: text("b"), Flag: rapid.Bool().Draw(t, "flag"), Count: rapid.IntRange(-1<<53, 1<<53).Draw(t, "count"),
			List: rapid.SliceOfN(rapid.String(), 0, 3).Draw(t, "list"), Dogs: dogs, Decimal: number(), hidden: 1, Skipped: 1,
			Shy: rapid.SampledFrom([]shy{"", "shy", "bold"}).Draw(t, "shy"),
		}
		if rapid.Bool().Draw(t, "more") {
			w.Pointer, w.Speaker, w.Zero = &w.Count, &dog{Name: text("dog")}, dog{Name: "x"}
			w.Date = value.MustDate(rapid.SampledFrom([]string{"1900", "2017-02", "2100-12-31"}).Draw(t, "date"))
			w.Decimals = []*value.Money{{Amount: number(), Currency: "USD"}, nil}
			w.None = []dog{}
		}
		plain, err := json.Marshal(w)
		if err != nil {
			t.Fatal(err)
		}
		want, err := jcs.Transform(plain)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range []any{w, *w} {
			got, err := Append([]byte("before "), v)
			if err != nil || string(got) != "before "+string(want) {
				t.Fatalf("got  %s (%v)\nwant %s", got, err, want)
			}
		}
	})
}

func TestAppendSmall(t *testing.T) {
	for want, v := range map[string]any{
		"null":                     nil,
		`"\b\t\n\f\r\"\\\u0000é"`:  "\b\t\n\f\r\"\\\x00é",
		"\"\u2028\u007f<&\ufffd\"": "\u2028\u007f<&\xff",
		"[]":                       []string{},
		"7":                        7,
	} {
		if got, err := Append(nil, v); err != nil || string(got) != want {
			t.Errorf("%v: got %s, %v", v, got, err)
		}
	}
}

// TestUnknownTypes: what is not known is refused, never written in some way.
func TestUnknownTypes(t *testing.T) {
	for _, v := range []any{
		1.5,
		map[string]int{},
		[]byte("x"), json.RawMessage("{}"),
		struct{ Dog dog }{},
		struct{ dog }{},
		[2]int{},
		struct {
			N json.Number `json:"n,string"`
		}{},
		struct {
			F []float64 `json:"f"`
		}{},
		struct {
			S speaker `json:"s"`
		}{cat{}},
	} {
		_, err := Append(nil, v)
		if err == nil || !strings.HasPrefix(err.Error(), "canonical JSON: ") {
			t.Errorf("%T: %v", v, err)
		}
	}
}

type cat struct {
	Whiskers float64 `json:"whiskers"`
}

func (cat) speak() {}

// TestParallel: the writers of a type are made while others write.
func TestParallel(t *testing.T) {
	done := make(chan []byte)
	for range 8 {
		go func() {
			b, _ := Append(nil, &written{Speaker: &dog{Name: "a"}})
			done <- b
		}()
	}
	first := <-done
	for range 7 {
		if b := <-done; !bytes.Equal(b, first) {
			t.Errorf("%s, then %s", first, b)
		}
	}
}
