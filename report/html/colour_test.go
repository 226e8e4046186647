package html

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"

	"vnettune/report/chart"
)

// luminance and contrast are those of WCAG 2.1.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	var rgb [3]int
	if _, err := fmt.Sscanf(hex, "#%02x%02x%02x", &rgb[0], &rgb[1], &rgb[2]); err != nil {
		t.Fatalf("colour %q: %v", hex, err)
	}
	var l float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		c := float64(rgb[i]) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		l += weight * c
	}
	return l
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func all() map[string]chart.Colour {
	m := map[string]chart.Colour{}
	for _, c := range append(colours, chart.Colours...) {
		m[c.Variable] = c
	}
	return m
}

// What is written on what, and which marks are drawn on what.
func TestContrast(t *testing.T) {
	text := map[string][]string{
		"--page": {"--vn-text", "--vn-muted", "--link", "--better", "--worse", "--equivalent", "--undecided", "--none"}, "--raised": {"--vn-text"},
		"--better-tint": {"--better", "--vn-text"}, "--worse-tint": {"--worse", "--vn-text"}, "--equivalent-tint": {"--equivalent", "--vn-text"},
		"--undecided-tint": {"--undecided", "--vn-text"}, "--none-tint": {"--none", "--vn-text"},
	}
	drawn := map[string][]string{}
	for _, ground := range []string{"--page", "--vn-band"} {
		drawn[ground] = []string{"--vn-better", "--vn-worse", "--vn-equivalent", "--vn-undecided", "--vn-none", "--vn-text"}
	}
	named := all()
	check := func(ground, ink string, least float64) {
		g, i := named[ground], named[ink]
		for scheme, pair := range map[string][2]string{"light": {g.Light, i.Light}, "dark": {g.Dark, i.Dark}} {
			if got := contrast(t, pair[0], pair[1]); got < least {
				t.Errorf("%s: %s on %s: %.2f, want %.1f", scheme, ink, ground, got, least)
			}
		}
	}
	for ground, inks := range text {
		for _, ink := range inks {
			check(ground, ink, 4.5)
		}
	}
	for ground, inks := range drawn {
		for _, ink := range inks {
			check(ground, ink, 3)
		}
	}
	if p := named["--page"]; p.Light != "#ffffff" || p.Dark != "#0d1117" {
		t.Error("the charts' colours are made for other pages")
	}
}

// Every colour of the style is a variable of the table, so that the test above sees it.
func TestStyleHasNoOtherColours(t *testing.T) {
	named := all()
	for _, v := range []string{"--ink", "--tint", "--drawn"} { // what marks set
		named[v] = chart.Colour{}
	}
	found := regexp.MustCompile(`var\((--[a-z0-9-]+)\)`).FindAllStringSubmatch(styleCSS, -1)
	for _, v := range found {
		if _, ok := named[v[1]]; !ok {
			t.Errorf("nobody sets %s", v[1])
		}
	}
	if len(found) < 30 {
		t.Errorf("%d variables seen: the test looks in the wrong place", len(found))
	}
	for _, line := range strings.Split(styleCSS, "\n") {
		if regexp.MustCompile(`#[0-9a-fA-F]{3}|rgb|hsl`).MatchString(line) {
			t.Errorf("a colour of its own: %s", line)
		}
	}
}
