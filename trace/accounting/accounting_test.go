package accounting_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/trace/accounting"
	"pgregory.net/rapid"
)

var w = accounting.Whole

func lots(t interface{ Fatal(...any) }, p accounting.Policy, v int64, m *accounting.Meter) accounting.Lots[accounting.Exact] {
	l, err := accounting.New(p, w(v), m)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func Example() {
	for _, p := range accounting.Policies() {
		held, err := accounting.New(p, w(7), nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		stolen, _ := accounting.New(p, w(3), nil)
		stolen.Mark()
		held.Append(stolen)
		paid := held.Pay(accounting.InOrder(w(8), w(1)))
		fmt.Println(p, paid[0].Tainted(), paid[1].Tainted(), held.Tainted())
	}
	// Output:
	// poison 8 1 1
	// haircut 12/5 3/10 3/10
	// fifo 1 1 1
	// lifo 3 0 0
	// tiho 3 0 0
}

func ExampleBoundPool() {
	var p accounting.BoundPool[accounting.Exact]
	p.Add(w(12), accounting.Certain(w(12)))
	p.Add(w(8), accounting.Bounds[accounting.Exact]{})
	b := p.Pay(w(15))
	fmt.Println(b.Lo, b.Hi)
	// Output: 7 12
}

func ExampleSpend() {
	p := accounting.Spend([]accounting.Exact{w(4), w(9), w(4)}, w(20))
	fmt.Println(p.Taint) // the fee is last, however high
	// Output: [1 0 2 3]
}

func TestUnknownPolicy(t *testing.T) {
	if _, err := accounting.New[accounting.Exact]("first come", w(1), nil); !errors.Is(err, accounting.ErrPolicy) {
		t.Error(err)
	}
}

func TestParseWhole(t *testing.T) {
	most := "115792089237316195423570985008687907853269984665640564039457584007913129639935"
	for text, want := range map[string]error{
		"0": nil, "7": nil, most: nil,
		strings.TrimSuffix(most, "5") + "6": accounting.ErrTooLarge, "1" + most: accounting.ErrTooLarge, strings.Repeat("9", 100_000): accounting.ErrTooLarge,
		"-1": accounting.ErrNegative, "-0": accounting.ErrNegative,
		"": accounting.ErrNoInteger, "-": accounting.ErrNoInteger, "+1": accounting.ErrNoInteger, "01": accounting.ErrNoInteger, "1.0": accounting.ErrNoInteger,
		"1e3": accounting.ErrNoInteger, "1/2": accounting.ErrNoInteger, " 1": accounting.ErrNoInteger, "0x1": accounting.ErrNoInteger, "1_000": accounting.ErrNoInteger, "٣": accounting.ErrNoInteger,
	} {
		a, err := accounting.ParseWhole(text)
		if !errors.Is(err, want) {
			t.Errorf("%.90q: %v, want %v", text, err, want)
		}
		if want == nil && a.String() != text {
			t.Errorf("%q came back as %s", text, a)
		}
	}
}

func TestExactIsNotChanged(t *testing.T) {
	a, b := accounting.Fraction(1, 3), accounting.Fraction(1, 6)
	var nought accounting.Exact
	for _, c := range []struct {
		got  accounting.Exact
		want string
	}{
		{a.Add(b), "1/2"},
		{a.Sub(b), "1/6"},
		{nought.Add(a), "1/3"},
		{nought.Sub(a), "-1/3"},
		{a.MulDiv(w(6), w(4)), "1/2"},
		{nought.MulDiv(a, b), "0"},
		{w(12), "12"},
		{nought, "0"},
	} {
		if c.got.String() != c.want {
			t.Errorf("%s, want %s", c.got, c.want)
		}
	}
	if a.String() != "1/3" || b.String() != "1/6" || !nought.IsZero() {
		t.Error(a, b, nought)
	}
	shares := w(10).Apportion([]accounting.Exact{w(1), w(0), w(2)})
	if fmt.Sprint(shares) != "[10/3 0 20/3]" {
		t.Error(shares)
	}
}

// TestLotsAgreeWithUnits runs random operations on the queues beside a list of units.
func TestLotsAgreeWithUnits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SampledFrom([]accounting.Policy{accounting.FIFO, accounting.LIFO}).Draw(t, "policy")
		l, units := lots(t, p, 0, nil), []bool{}
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			switch rapid.IntRange(0, 5).Draw(t, "step") {
			case 0, 1:
				v, stolen := rapid.Int64Range(0, 6).Draw(t, "value"), rapid.Bool().Draw(t, "stolen")
				arrived := lots(t, p, v, nil)
				if stolen {
					arrived.Mark()
				}
				l.Append(arrived)
				units = append(units, slices.Repeat([]bool{stolen}, int(v))...)
			case 2:
				v := rapid.Int64Range(0, 3).Draw(t, "older")
				l.Older(w(v))
				units = slices.Concat(make([]bool, v), units)
			case 3:
				k := rapid.Int64Range(1, 3).Draw(t, "times")
				l.Scale(w(k), w(1))
				var more []bool
				for _, u := range units {
					more = append(more, slices.Repeat([]bool{u}, int(k))...)
				}
				units = more
			default:
				a := rapid.IntRange(0, len(units)).Draw(t, "a")
				b := rapid.IntRange(0, len(units)-a).Draw(t, "b")
				paid := l.Pay(accounting.InOrder(w(int64(a)), w(int64(b))))
				for i, n := range []int{a, b} {
					var cut []bool
					if p == accounting.FIFO {
						cut, units = units[:n], units[n:]
					} else {
						cut, units = units[len(units)-n:], units[:len(units)-n]
					}
					equal(t, paid[i], cut)
				}
			}
			equal(t, l, units)
		}
	})
}

func equal(t *rapid.T, l accounting.Lots[accounting.Exact], units []bool) {
	n := int64(0)
	for _, u := range units {
		if u {
			n++
		}
	}
	if l.Value().Cmp(w(int64(len(units)))) != 0 || l.Tainted().Cmp(w(n)) != 0 {
		t.Fatalf("%s of %s tainted, want %d of %d", l.Tainted(), l.Value(), n, len(units))
	}
}

// TestPaymentsConserve: what is paid and what stays is what was there.
func TestPaymentsConserve(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SampledFrom(accounting.Policies()).Draw(t, "policy")
		value := rapid.Int64Range(0, 1000)
		a, b := value.Draw(t, "clean"), value.Draw(t, "stolen")
		l, stolen := lots(t, p, a, nil), lots(t, p, b, nil)
		stolen.Mark()
		l.Append(stolen)
		v := rapid.Int64Range(0, a+b).Draw(t, "v")
		u := rapid.Int64Range(0, a+b-v).Draw(t, "u")
		paid := append(l.Pay(accounting.Spend([]accounting.Exact{w(v)}, w(u))), l)
		var sum, taint accounting.Exact
		for _, part := range paid {
			sum, taint = sum.Add(part.Value()), taint.Add(part.Tainted())
			if part.Tainted().Cmp(part.Value()) > 0 || part.Tainted().Cmp(w(0)) < 0 {
				t.Fatalf("%s of %s is tainted", part.Tainted(), part.Value())
			}
		}
		if sum.Cmp(w(a+b)) != 0 || p.Conserves() && taint.Cmp(w(b)) != 0 {
			t.Fatalf("%s: %s of %s, want %d of %d", p, taint, sum, b, a+b)
		}
		for _, part := range paid {
			part.Clean()
			if !part.Tainted().IsZero() {
				t.Fatal("clean and tainted")
			}
			part.Mark()
			if part.Tainted().Cmp(part.Value()) != 0 {
				t.Fatal("marked and clean in part")
			}
		}
	})
}

// TestPoisonEndsWithTheBalance: what lies in a place that was emptied is clean again.
func TestPoisonEndsWithTheBalance(t *testing.T) {
	l := lots(t, accounting.Poison, 5, nil)
	l.Mark()
	l.Pay(accounting.InOrder(w(4)))
	l.Append(lots(t, accounting.Poison, 2, nil))
	if got := l.Tainted(); got.Cmp(w(3)) != 0 {
		t.Errorf("%s tainted, want 3", got)
	}
	l.Pay(accounting.InOrder(w(3), w(0)))
	l.Append(lots(t, accounting.Poison, 2, nil))
	if got := l.Tainted(); !got.IsZero() {
		t.Errorf("%s tainted after the balance was nought", got)
	}
}

func TestMeter(t *testing.T) {
	var none *accounting.Meter
	if !none.Spend(1<<62) || none.Spent() {
		t.Error("no meter has run out")
	}
	m := accounting.NewMeter(3)
	if !m.Spend(3) || m.Spent() || m.Spend(1) || !m.Spent() || m.Spend(0) {
		t.Error("the meter does not count")
	}
	for _, p := range []accounting.Policy{accounting.Haircut, accounting.TIHO, accounting.FIFO, accounting.LIFO} {
		m := accounting.NewMeter(40)
		l := lots(t, p, 0, m)
		for range 100 {
			stolen := lots(t, p, 1, m)
			stolen.Mark()
			l.Append(stolen)
			l.Append(lots(t, p, 1, m))
		}
		if l.Pay(accounting.InOrder(w(50), w(20))); !m.Spent() {
			t.Errorf("%s does work without the meter", p)
		}
	}
}
