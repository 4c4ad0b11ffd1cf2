package handlers

import "strconv"

// faultRate says how often a fault comes by itself on average: a frequent one by
// the business day, a rare one in days between two.
func faultRate(perDay float64) string {
	short := func(n float64) string { return strconv.FormatFloat(n, 'g', 2, 64) }
	switch {
	case perDay <= 0:
		return "only by the button"
	case perDay >= 1:
		return "by itself " + short(perDay) + " times a business day"
	}
	return "by itself once in " + short(1/perDay) + " business days"
}
