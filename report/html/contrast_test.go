package html_test

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// themes reads the colours of the style sheet: light, dark by preference, dark
// by choice.
func themes(t *testing.T) (light, preferred, chosen map[string]string) {
	t.Helper()
	b, err := os.ReadFile("style.css")
	if err != nil {
		t.Fatal(err)
	}
	read := func(selector string) map[string]string {
		_, rest, ok := strings.Cut(string(b), selector+" {")
		block, _, closed := strings.Cut(rest, "}")
		if !ok || !closed {
			t.Fatalf("no rule %s", selector)
		}
		out := map[string]string{}
		for _, m := range regexp.MustCompile(`--([a-z]+): (#[0-9a-f]{6});`).FindAllStringSubmatch(block, -1) {
			out[m[1]] = m[2]
		}
		return out
	}
	return read("\n:root"), read(`:root:not([data-theme="light"])`), read(`:root[data-theme="dark"]`)
}

// luminance is the relative luminance of WCAG 2.2.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(strings.TrimPrefix(hex, "#"), 16, 32)
	if err != nil {
		t.Fatalf("colour %q: %v", hex, err)
	}
	var sum float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		c := float64(n>>(16-8*i)&0xff) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func TestContrast(t *testing.T) {
	light, preferred, chosen := themes(t)
	for name, theme := range map[string]map[string]string{"light": light, "dark by preference": preferred, "dark by choice": chosen} {
		for _, ground := range []string{"ground", "panel", "mark"} {
			for _, ink := range []string{"ink", "muted", "link", "doubt"} {
				if c := contrast(t, theme[ink], theme[ground]); c < 4.5 {
					t.Errorf("%s: %s on %s has contrast %.2f, want 4.5", name, ink, ground, c)
				}
			}
		}
		if c := contrast(t, theme["line"], theme["ground"]); c < 3 {
			t.Errorf("%s: lines have contrast %.2f, want 3", name, c)
		}
	}
	for k, v := range preferred {
		if chosen[k] != v {
			t.Errorf("dark %s is %s by preference and %s by choice", k, v, chosen[k])
		}
	}
	if len(light) != len(preferred) {
		t.Errorf("%d colours in light, %d in dark", len(light), len(preferred))
	}
}

// TestGrounds: charts are drawn for these grounds.
func TestGrounds(t *testing.T) {
	light, dark, _ := themes(t)
	if light["ground"] != "#ffffff" || dark["ground"] != "#14181d" {
		t.Errorf("grounds %s and %s", light["ground"], dark["ground"])
	}
}
