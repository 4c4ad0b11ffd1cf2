package static_test

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"strconv"
	"testing"
)

// colour is sRGB, each part 0 to 1.
type colour [3]float64

// luminance and contrast are WCAG 2.2's definitions.
func (c colour) luminance() float64 {
	linear := func(v float64) float64 {
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c[0]) + 0.7152*linear(c[1]) + 0.0722*linear(c[2])
}

func contrast(a, b colour) float64 {
	la, lb := a.luminance(), b.luminance()
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func parseColour(t *testing.T, hex string) colour {
	t.Helper()
	var c colour
	for i := range c {
		v, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatalf("colour %q: %v", hex, err)
		}
		c[i] = float64(v) / 255
	}
	return c
}

// readTokens returns the tokens of both schemes, light first.
func readTokens(t *testing.T) [2]map[string]colour {
	t.Helper()
	css, err := os.ReadFile("css/00-tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	schemes := [2]map[string]colour{{}, {}}
	token := regexp.MustCompile(`--([a-z0-9-]+): light-dark\(#([0-9a-f]{6}), #([0-9a-f]{6})\);`)
	for _, m := range token.FindAllStringSubmatch(string(css), -1) {
		schemes[0][m[1]], schemes[1][m[1]] = parseColour(t, m[2]), parseColour(t, m[3])
	}
	return schemes
}

func TestContrastHoldsInBothSchemes(t *testing.T) {
	type rule struct {
		ink, ground string
		least       float64
	}
	var rules []rule
	for _, ground := range []string{"surface", "raised", "sunken"} {
		for _, ink := range []string{"text", "text-muted", "accent", "p1", "p2", "p3", "p4"} {
			rules = append(rules, rule{ink, ground, 4.5})
		}
	}
	for _, ground := range []string{"surface", "raised"} {
		rules = append(rules, rule{"edge", ground, 3})
	}
	for _, fill := range []string{"accent", "p1", "p2"} {
		rules = append(rules, rule{"on-fill", fill, 4.5})
	}
	for i, scheme := range []string{"light", "dark"} {
		tokens := readTokens(t)[i]
		for _, r := range rules {
			t.Run(fmt.Sprintf("%s/%s on %s", scheme, r.ink, r.ground), func(t *testing.T) {
				ink, ok := tokens[r.ink]
				ground, found := tokens[r.ground]
				if !ok || !found {
					t.Fatal("no such token")
				}
				if got := contrast(ink, ground); got < r.least {
					t.Errorf("contrast is %.2f, less than %.1f", got, r.least)
				}
			})
		}
	}
}

func TestNoColourIsWrittenOutsideTheTokens(t *testing.T) {
	entries, err := os.ReadDir("css")
	if err != nil {
		t.Fatal(err)
	}
	hex := regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b`)
	for _, entry := range entries {
		if entry.Name() == "00-tokens.css" {
			continue
		}
		css, err := os.ReadFile("css/" + entry.Name())
		if err != nil {
			t.Fatal(err)
		}
		if found := hex.FindAllString(string(css), -1); len(found) > 0 {
			t.Errorf("%s names %v: use a token", entry.Name(), found)
		}
	}
}
