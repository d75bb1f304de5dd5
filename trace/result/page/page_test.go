package page_test

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/trace/accounting"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/result"
	"github.com/turtlebay/turtlebay/trace/result/again"
	"github.com/turtlebay/turtlebay/trace/result/internal/sample"
	"github.com/turtlebay/turtlebay/trace/result/page"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got):\n%s", file, d)
	}
}

func text(t interface {
	Helper()
	Fatal(...any)
}, r *result.Result, s page.Settings,
) string {
	t.Helper()
	var b bytes.Buffer
	if err := page.Write(&b, r, s); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestExercise(t *testing.T) {
	r, err := sample.Result(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/exercise.txt", text(t, r, page.Settings{}))
}

func TestPlain(t *testing.T) {
	a := sample.Answer()
	a.Policies, a.Bounds, a.Flows = []accounting.Policy{accounting.Poison}, false, nil
	a.Stopped = &follow.Stop{Reason: "rows", Since: 1_648_000_000, Places: 3}
	r, err := result.New(a, result.Options{})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/poison.txt", text(t, r, page.Settings{Top: 1}))
	a = sample.Answer()
	a.Thefts, a.Bounds, a.Arrivals, a.Flows = a.Thefts[:1], false, nil, nil
	a.Sums, a.Holdings = a.Sums[:1], append(a.Holdings[:1], follow.Holding{Theft: "T1", Chain: chain.Ethereum, Taint: follow.Taint{FIFO: chain.Units64(9)}, Others: 1234})
	a.Short[0].Address = ""
	r, err = result.New(a, result.Options{Trials: &again.Trials{LinksOnly: true}})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/lumps.txt", text(t, r, page.Settings{}))
	empty, err := result.New(&follow.Answer{Thefts: []string{"T"}, Bounds: true}, result.Options{})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/empty.txt", text(t, empty, page.Settings{}))
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestWriteFails(t *testing.T) {
	r, err := result.New(sample.Answer(), result.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := page.Write(broken{}, r, page.Settings{}); !errors.Is(err, io.ErrShortWrite) {
		t.Error(err)
	}
}

// TestLinesFit: whatever names and amounts there are, no line is too long and none has
// a character that is not seen.
func TestLinesFit(t *testing.T) {
	names := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-zㄱ-힣 ]{0,200}`))
	amounts := rapid.Custom(func(t *rapid.T) chain.Amount {
		return chain.FromBytes([32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "amount")))
	})
	rapid.Check(t, func(t *rapid.T) {
		a := sample.Answer()
		for i := range a.Services {
			s := &a.Services[i]
			s.Name, s.Source, s.Note = names.Draw(t, "name"), names.Draw(t, "source"), names.Draw(t, "note")
		}
		for i := range a.Arrivals {
			x := &a.Arrivals[i].Taint
			x.FIFO, x.Poison, x.Most = amounts.Draw(t, "fifo"), amounts.Draw(t, "poison"), amounts.Draw(t, "most")
		}
		for i := range a.Sums {
			a.Sums[i].Asset = ledger.Asset(rapid.SampledFrom([]string{"", "31", strings.Repeat("x", 64)}).Draw(t, "asset"))
			a.Sums[i].Held.LIFO = amounts.Draw(t, "held")
		}
		r, err := result.New(a, result.Options{})
		if err != nil {
			t.Fatal(err)
		}
		got := text(t, r, page.Settings{})
		if !utf8.ValidString(got) {
			t.Fatal("not UTF-8")
		}
		for line := range strings.Lines(got) {
			line = strings.TrimSuffix(line, "\n")
			if n := utf8.RuneCountInString(line); n > page.Width {
				t.Fatalf("%d characters: %s", n, line)
			}
			if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r == '\u202e' || r == 0x7f }) || strings.TrimRight(line, " ") != line {
				t.Fatalf("%q", line)
			}
		}
	})
}
