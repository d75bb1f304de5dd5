package chart

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/turtlebay/turtlebay/chart/scene"
)

// lawful checks what holds for every chart: no two labels overlap, nothing
// leaves the page, nothing printed is below 11 pixels, the SVG is well-formed
// and both outputs are the same when written again.
func lawful(tb rapid.TB, c *Chart) {
	page := scene.Box{X1: c.scene.W, Y1: c.scene.H}
	var texts []scene.Text
	for _, it := range c.scene.Items {
		if b := scene.Bounds(it); !b.Within(page) {
			tb.Fatalf("%#v at %v leaves the page %v", it, b, page)
		}
		if t, ok := it.(scene.Text); ok {
			if t.Size < smallSize {
				tb.Fatalf("text %q is %d high", t.S, t.Size)
			}
			for _, o := range texts {
				if o.Box().Overlaps(t.Box()) {
					tb.Fatalf("labels overlap: %q %v and %q %v", o.S, o.Box(), t.S, t.Box())
				}
			}
			texts = append(texts, t)
		}
	}
	svg := c.SVG(Options{ID: "x"})
	if err := wellFormed(svg); err != nil {
		tb.Fatalf("svg: %v", err)
	}
	if !bytes.Equal(svg, c.SVG(Options{ID: "x"})) || !bytes.Equal(c.EMF(), c.EMF()) {
		tb.Fatal("written twice, not the same")
	}
	header, rows := c.Table()
	for _, r := range rows {
		if len(r) != len(header) {
			tb.Fatalf("row %q for header %q", r, header)
		}
	}
	if len(c.Alt()) > maxAlt+5000 {
		tb.Fatalf("alternative of %d bytes", len(c.Alt()))
	}
}

func wellFormed(b []byte) error {
	d := xml.NewDecoder(bytes.NewReader(b))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

var (
	anyLabel = rapid.OneOf(
		rapid.SampledFrom([]string{"", "0", "12", "$1.34 billion", "1,344,792,000", "S/RES/2397 (2017)", "조선민주주의인민공화국", "a very long label that nobody would want on a chart but somebody writes", "<&>\"'", "\u202eabc\u202c\x00\n\t"}),
		rapid.StringN(0, 30, 80),
	)
	anyFrame = rapid.Custom(func(t *rapid.T) Frame {
		return Frame{Title: anyLabel.Draw(t, "title"), Subtitle: anyLabel.Draw(t, "subtitle"), Foot: anyLabel.Draw(t, "foot")}
	})
	// anyValue is a number of any size, often small, often a gap.
	anyValue = rapid.Custom(func(t *rapid.T) Value {
		if rapid.IntRange(0, 4).Draw(t, "gap") == 0 {
			return Value{}
		}
		n := rapid.OneOf(rapid.Uint64Range(0, 20), rapid.Uint64Range(0, 5000), rapid.Uint64()).Draw(t, "amount")
		amount := strconv.FormatUint(n, 10)
		if rapid.Bool().Draw(t, "decimal") {
			amount += "." + strconv.FormatUint(n%1000, 10)
		}
		label := anyLabel.Draw(t, "label")
		if scene.Clean(label) == "" {
			label = amount
		}
		return Value{Amount: amount, Label: label}
	})
	anyDate = rapid.Custom(func(t *rapid.T) string {
		y, m, d := rapid.IntRange(2006, 2026).Draw(t, "y"), rapid.IntRange(1, 12).Draw(t, "m"), rapid.IntRange(1, 28).Draw(t, "d")
		switch rapid.IntRange(0, 5).Draw(t, "precision") {
		case 0:
			return fmt.Sprintf("%04d", y)
		case 1:
			return fmt.Sprintf("%04d-%02d", y, m)
		}
		return fmt.Sprintf("%04d-%02d-%02d", y, m, d)
	})
)

func anyTicks(t *rapid.T) []Value {
	n := rapid.IntRange(0, 12).Draw(t, "ticks")
	if n == 0 {
		return nil
	}
	most := strconv.FormatUint(rapid.Uint64().Draw(t, "most"), 10)
	out, err := NiceTicks(most, n, func(s string) string { return "$" + s })
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestBarsLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := Bars{Frame: anyFrame.Draw(t, "frame"), Grouped: rapid.Bool().Draw(t, "grouped"), Ticks: anyTicks(t)}
		for range rapid.SampledFrom([]int{1, 2, 5, 12, 30, 60}).Draw(t, "n") {
			c := Category{Label: anyLabel.Draw(t, "category")}
			sum := new(big.Rat)
			for k := Official; k < certainties; k++ {
				if rapid.Bool().Draw(t, "has") {
					v := anyValue.Draw(t, "value")
					c.Parts = append(c.Parts, Part{Certainty: k, Value: v})
					if n, _ := v.number(); n != nil {
						sum.Add(sum, n)
						c.Total = Value{Amount: sum.FloatString(3), Label: "total " + sum.FloatString(0)}
					}
				}
			}
			b.Categories = append(b.Categories, c)
		}
		c, err := NewBars(b)
		if err != nil {
			t.Fatal(err)
		}
		lawful(t, c)
	})
}

func TestCurvesLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := Curves{Frame: anyFrame.Draw(t, "frame"), Ticks: anyTicks(t)}
		for range rapid.IntRange(0, maxLines).Draw(t, "lines") {
			l := Curve{Name: anyLabel.Draw(t, "name")}
			last := span{}
			for range rapid.IntRange(0, 25).Draw(t, "steps") {
				d := anyDate.Draw(t, "date")
				if s, _ := parseDate(d); s.to >= last.to {
					last = s
					l.Steps = append(l.Steps, Step{Date: d, Value: anyValue.Draw(t, "value")})
				}
			}
			v.Lines = append(v.Lines, l)
		}
		for range rapid.IntRange(0, 40).Draw(t, "marks") {
			v.Marks = append(v.Marks, Mark{Kind: EventKind(rapid.IntRange(0, int(eventKinds)-1).Draw(t, "kind")), Date: anyDate.Draw(t, "date"), Label: anyLabel.Draw(t, "label")})
		}
		v.From, v.To = anyAxis(t)
		c, err := NewCurves(v)
		if errors.Is(err, ErrEmpty) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		lawful(t, c)
	})
}

// anyAxis is a stretch to draw: often left to the data, else in order.
func anyAxis(t *rapid.T) (from, to string) {
	if rapid.Bool().Draw(t, "own axis") {
		return "", ""
	}
	from, to = anyDate.Draw(t, "from"), anyDate.Draw(t, "to")
	a, _ := parseDate(from)
	b, _ := parseDate(to)
	if a.from >= b.to {
		return to, from
	}
	return from, to
}

func TestSeriesLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Series{Frame: anyFrame.Draw(t, "frame"), Ticks: anyTicks(t), Bars: rapid.Bool().Draw(t, "bars")}
		n := rapid.SampledFrom([]int{1, 3, 8, 25}).Draw(t, "n")
		for i := range n {
			s.Categories = append(s.Categories, strconv.Itoa(i)+anyLabel.Draw(t, "category"))
		}
		for range rapid.IntRange(1, maxLines).Draw(t, "lines") {
			l := SeriesLine{Name: anyLabel.Draw(t, "name"), Claimed: rapid.Bool().Draw(t, "claimed")}
			for range n {
				p := Point{Value: anyValue.Draw(t, "value")}
				if p.Amount != "" && rapid.Bool().Draw(t, "range") {
					p.Low, p.High = p.Value, Value{Amount: "99" + p.Amount, Label: "more"}
				}
				l.Points = append(l.Points, p)
			}
			s.Lines = append(s.Lines, l)
		}
		for range rapid.IntRange(0, maxLines).Draw(t, "references") {
			r := Reference{Name: anyLabel.Draw(t, "name"), Value: Value{Amount: "500000", Label: "500,000 barrels"}}
			if rapid.Bool().Draw(t, "from") {
				r.From = s.Categories[n/2]
			}
			s.References = append(s.References, r)
		}
		c, err := NewSeries(s)
		if err != nil {
			t.Fatal(err)
		}
		lawful(t, c)
	})
}

func TestTimelineLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := Timeline{Frame: anyFrame.Draw(t, "frame")}
		var ids []string
		for range rapid.IntRange(1, 5).Draw(t, "lanes") {
			l := Lane{Name: anyLabel.Draw(t, "name")}
			for range rapid.IntRange(0, 40).Draw(t, "events") {
				e := Event{ID: strconv.Itoa(len(ids)), Kind: EventKind(rapid.IntRange(0, int(eventKinds)-1).Draw(t, "kind")), Label: anyLabel.Draw(t, "label")}
				e.Date, e.End = anyAxis(t)
				if e.Date == "" {
					e.Date = anyDate.Draw(t, "date")
				}
				ids = append(ids, e.ID)
				l.Events = append(l.Events, e)
			}
			if rapid.Bool().Draw(t, "counts") {
				for y := 2010; y < 2024; y++ {
					l.Counts = append(l.Counts, Count{Date: strconv.Itoa(y), Value: anyValue.Draw(t, "count")})
				}
			}
			v.Lanes = append(v.Lanes, l)
		}
		if len(ids) > 0 {
			for range rapid.IntRange(0, 20).Draw(t, "links") {
				v.Links = append(v.Links, Link{From: rapid.SampledFrom(ids).Draw(t, "from"), To: rapid.SampledFrom(ids).Draw(t, "to"), Label: anyLabel.Draw(t, "lag")})
			}
		}
		v.From, v.To = anyAxis(t)
		c, err := NewTimeline(v)
		if errors.Is(err, ErrEmpty) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		lawful(t, c)
	})
}

func TestNiceTicks(t *testing.T) {
	for _, c := range []struct {
		most string
		n    int
		want string
	}{
		{"9", 5, "0 2 4 6 8 10"},
		{"3", 5, "0 1 2 3"},
		{"0", 5, "0"},
		{"1344792000", 4, "0 500000000 1000000000 1500000000"},
		{"0.3", 4, "0.0 0.1 0.2 0.3"},
		{"12.5", 3, "0 5 10 15"},
		{"0.0004", 2, "0.0000 0.0002 0.0004"},
	} {
		got, err := NiceTicks(c.most, c.n, func(s string) string { return s })
		if err != nil {
			t.Fatal(err)
		}
		var labels []string
		for _, v := range got {
			labels = append(labels, v.Label)
		}
		if s := strings.Join(labels, " "); s != c.want {
			t.Errorf("NiceTicks(%s, %d) = %s, want %s", c.most, c.n, s, c.want)
		}
	}
	if _, err := NiceTicks("1e9", 4, nil); !errors.Is(err, ErrAmount) {
		t.Errorf("NiceTicks(1e9): %v", err)
	}
}

func TestErrors(t *testing.T) {
	one := func(v Value) []Category { return []Category{{Label: "x", Parts: []Part{{Value: v}}}} }
	point := func(p Point) Series {
		return Series{Categories: []string{"2020"}, Lines: []SeriesLine{{Points: []Point{p}}}}
	}
	events := func(e ...Event) Timeline { return Timeline{Lanes: []Lane{{Events: e}}} }
	for name, c := range map[string]struct {
		draw func() (*Chart, error)
		want error
	}{
		"no categories": {func() (*Chart, error) { return NewBars(Bars{}) }, ErrEmpty},
		"many":          {func() (*Chart, error) { return NewBars(Bars{Categories: make([]Category, 61)}) }, ErrTooMany},
		"negative":      {func() (*Chart, error) { return NewBars(Bars{Categories: one(val("-1"))}) }, ErrAmount},
		"exponent":      {func() (*Chart, error) { return NewBars(Bars{Categories: one(val("1e6"))}) }, ErrAmount},
		"fraction":      {func() (*Chart, error) { return NewBars(Bars{Categories: one(val("1/3"))}) }, ErrAmount},
		"no label":      {func() (*Chart, error) { return NewBars(Bars{Categories: one(Value{Amount: "1"})}) }, ErrAmount},
		"total": {func() (*Chart, error) {
			k := one(val("1"))
			k[0].Total = val("2")
			return NewBars(Bars{Categories: k})
		}, ErrSum},
		"range": {func() (*Chart, error) { return NewSeries(point(Point{Value: val("1"), Low: val("1")})) }, ErrAmount},
		"points": {func() (*Chart, error) {
			return NewSeries(Series{Categories: []string{"1", "2"}, Lines: []SeriesLine{{}}})
		}, ErrReference},
		"date":     {func() (*Chart, error) { return NewTimeline(events(Event{Date: "2016-02-30"})) }, ErrDate},
		"year":     {func() (*Chart, error) { return NewTimeline(events(Event{Date: "0001"})) }, ErrDate},
		"reversed": {func() (*Chart, error) { return NewTimeline(events(Event{Date: "2016", End: "2015"})) }, ErrDate},
		"twice": {func() (*Chart, error) {
			return NewTimeline(events(Event{ID: "a", Date: "2016"}, Event{ID: "a", Date: "2017"}))
		}, ErrReference},
		"no events": {func() (*Chart, error) { return NewTimeline(Timeline{}) }, ErrEmpty},
		"unordered": {func() (*Chart, error) {
			return NewCurves(Curves{Lines: []Curve{{Steps: []Step{{Date: "2017", Value: val("1")}, {Date: "2016", Value: val("2")}}}}})
		}, ErrDate},
		"no steps": {func() (*Chart, error) { return NewStack(Stack{Bands: []string{"a"}}) }, ErrEmpty},
		"four bands": {func() (*Chart, error) {
			return NewStack(Stack{Bands: make([]string, 4), Steps: []Stacked{{Date: "2016-01-01"}}})
		}, ErrTooMany},
		"sum of bands": {func() (*Chart, error) {
			return NewStack(Stack{Bands: []string{"a"}, Steps: []Stacked{{Date: "2016-01-01", Values: []Value{val("1")}, Total: val("2")}}})
		}, ErrSum},
		"gap in a band": {func() (*Chart, error) {
			return NewStack(Stack{Bands: []string{"a"}, Steps: []Stacked{{Date: "2016-01-01", Values: []Value{{}}}}})
		}, ErrAmount},
		"values for bands": {func() (*Chart, error) {
			return NewStack(Stack{Bands: []string{"a"}, Steps: []Stacked{{Date: "2016-01-01"}}})
		}, ErrReference},
		"step of a year": {func() (*Chart, error) {
			return NewStack(Stack{Bands: []string{"a"}, Steps: []Stacked{{Date: "2016", Values: []Value{val("1")}}}})
		}, ErrDate},
		"steps unordered": {func() (*Chart, error) {
			x := Stacked{Date: "2016-01-01", Values: []Value{val("1")}}
			return NewStack(Stack{Bands: []string{"a"}, Steps: []Stacked{x, x}})
		}, ErrDate},
		"no curves":  {func() (*Chart, error) { return NewCurves(Curves{}) }, ErrEmpty},
		"ends first": {func() (*Chart, error) { return NewCurves(Curves{From: "2020", To: "2019"}) }, ErrDate},
	} {
		if _, err := c.draw(); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

// TestGapIsNotZero: a gap and a zero look and read differently.
func TestGapIsNotZero(t *testing.T) {
	c := must(t)(NewBars(stackedDemo(t)))
	_, rows := c.Table()
	if got := rows[8][1] + "/" + rows[9][1]; got != "0/no data" {
		t.Errorf("zero and gap print as %s", got)
	}
	var zeros, gaps int
	for _, it := range c.scene.Items {
		if s, ok := it.(scene.Text); ok && s.Bold && s.S == "0" {
			zeros++
		} else if ok && s.S == noData {
			gaps++
		}
	}
	if zeros != 1 || gaps != 1 {
		t.Errorf("%d zeros and %d gaps drawn, want one of each", zeros, gaps)
	}
}

// TestTrueScale: heights of bars and places of events are in proportion.
func TestTrueScale(t *testing.T) {
	p := &plot{area: scene.Box{Y1: 1000}, top: big.NewRat(400, 1)}
	for v, want := range map[int64]int{0: 1000, 100: 750, 400: 0} {
		if got := p.y(big.NewRat(v, 1)); got != want {
			t.Errorf("y(%d) = %d, want %d", v, got, want)
		}
	}
	days, err := parseDate("2016")
	if err != nil || days.to-days.from != 366 {
		t.Fatalf("2016 is %v, %v", days, err)
	}
	s := timeScale{days: days, x0: 0, x1: 36600}
	if d, _ := parseDate("2016-03-01"); s.x(d.from) != 6000 {
		t.Errorf("1 March at %d, want 6000", s.x(d.from))
	}
}
