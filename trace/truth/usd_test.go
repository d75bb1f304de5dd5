package truth_test

import (
	"math/big"
	"testing"
)

// usd is millionths of a dollar as dollars and cents, half up.
func usd(n *big.Int) string {
	cents := new(big.Int).Quo(new(big.Int).Add(n, big.NewInt(5_000)), big.NewInt(10_000))
	digits := cents.String()
	for len(digits) < 3 {
		digits = "0" + digits
	}
	whole, grouped := digits[:len(digits)-2], ""
	for len(whole) > 3 {
		whole, grouped = whole[:len(whole)-3], ","+whole[len(whole)-3:]+grouped
	}
	return whole + grouped + "." + digits[len(digits)-2:]
}

func TestUSD(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0.00", 4_999: "0.00", 5_000: "0.01", 990_000: "0.99", 1_000_000: "1.00", 999_995_000: "1,000.00",
		10_495_372_831_169: "10,495,372.83", 123_456_000_000: "123,456.00",
	} {
		if got := usd(big.NewInt(n)); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
