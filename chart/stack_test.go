package chart

import (
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/turtlebay/turtlebay/chart/scene"
)

func TestStackLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Stack{Frame: anyFrame.Draw(t, "frame"), Ticks: anyTicks(t), Ended: anyLabel.Draw(t, "ended")}
		for range rapid.IntRange(1, maxBands).Draw(t, "bands") {
			s.Bands = append(s.Bands, anyLabel.Draw(t, "band"))
		}
		day := 0
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			day += rapid.OneOf(rapid.IntRange(1, 30), rapid.IntRange(1, 400)).Draw(t, "days")
			x := Stacked{Date: dateOf(13149 + day).Format("2006-01-02"), Begun: anyLabel.Draw(t, "begun"), End: anyLabel.Draw(t, "end")}
			sum := new(big.Rat)
			for range s.Bands {
				v := anyValue.Draw(t, "value")
				if v.Amount == "" {
					v = val("0")
				}
				n, _ := v.number()
				sum.Add(sum, n)
				x.Values = append(x.Values, v)
			}
			x.Total = Value{Amount: sum.FloatString(3), Label: sum.FloatString(0)}
			s.Steps = append(s.Steps, x)
		}
		s.From, s.To = anyAxis(t)
		c, err := NewStack(s)
		if err != nil {
			t.Fatal(err)
		}
		lawful(t, c)
	})
}

// TestStackIsTrue: a band is as high as its value, between the days it holds.
func TestStackIsTrue(t *testing.T) {
	p := &plot{canvas: newCanvas(Frame{}), area: scene.Box{X1: 36600, Y1: 1000}, top: big.NewRat(100, 1), place: &scene.Placer{}}
	steps := []plateau{
		{span{0, 60}, []*big.Rat{big.NewRat(10, 1), big.NewRat(40, 1)}},
		{span{60, 366}, []*big.Rat{big.NewRat(30, 1), big.NewRat(30, 1)}},
	}
	got := p.bands(timeScale{days: span{0, 366}, x1: 36600}, steps)
	want := [][]scene.Box{
		{{X0: 0, Y0: 900, X1: 6000, Y1: 1000}, {X0: 0, Y0: 600, X1: 6000, Y1: 900}},
		{{X0: 6000, Y0: 700, X1: 36600, Y1: 1000}, {X0: 6000, Y0: 700, X1: 36600, Y1: 700}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("bands (-want +got):\n%s", diff)
	}
}
