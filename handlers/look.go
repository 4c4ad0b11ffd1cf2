package handlers

import (
	"strconv"
	"strings"
	"time"
)

// parseLooks reads "before.latest" in Unix seconds; what cannot be read is otherwise.
func parseLooks(value string, otherwise time.Time) (before, latest time.Time) {
	first, second, found := strings.Cut(value, ".")
	a, errA := strconv.ParseInt(first, 10, 64)
	b, errB := strconv.ParseInt(second, 10, 64)
	const endOfYear9999 = 253402300799
	if !found || errA != nil || errB != nil || a < 0 || a > b || b > endOfYear9999 {
		return otherwise, time.Time{}
	}
	return time.Unix(a, 0).UTC(), time.Unix(b, 0).UTC()
}
