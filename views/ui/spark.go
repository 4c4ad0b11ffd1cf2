package ui

import (
	"strconv"
	"strings"
)

// Sparkline is the shape of the last values of a measure, oldest first.
type Sparkline struct {
	Values []float64
	// Target draws a dashed line at a value.
	Target *float64
	// Label says in words what the line shows.
	Label string
	// Width in pixels, 72 if 0.
	Width int
}

const sparkHeight = 18.0

func (s Sparkline) width() int {
	if s.Width == 0 {
		return 72
	}
	return s.Width
}

// bounds are the least and greatest value to be drawn.
func (s Sparkline) bounds() (low, high float64) {
	low, high = s.Values[0], s.Values[0]
	for _, v := range s.Values {
		low, high = min(low, v), max(high, v)
	}
	if s.Target != nil {
		low, high = min(low, *s.Target), max(high, *s.Target)
	}
	return low, high
}

func (s Sparkline) y(v float64) float64 {
	low, high := s.bounds()
	if high == low {
		return sparkHeight / 2
	}
	return 2 + (sparkHeight-4)*(high-v)/(high-low)
}

func (s Sparkline) x(i int) float64 {
	if len(s.Values) == 1 {
		return float64(s.width() - 3)
	}
	return 1 + float64(i)*float64(s.width()-4)/float64(len(s.Values)-1)
}

func (s Sparkline) path() string {
	var d strings.Builder
	for i, v := range s.Values {
		d.WriteString(map[bool]string{true: "M", false: "L"}[i == 0])
		d.WriteString(px(s.x(i)) + " " + px(s.y(v)))
	}
	return d.String()
}

func (s Sparkline) targetPath() string {
	y := px(s.y(*s.Target))
	return "M0 " + y + "H" + strconv.Itoa(s.width())
}

// px writes a coordinate with no more digits than can be seen.
func px(v float64) string {
	return strconv.FormatFloat(v, 'f', 1, 64)
}
