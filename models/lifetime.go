package models

import (
	"strconv"
	"strings"
	"time"
)

// mostLifetime bounds how long a key may be valid: ten years.
const mostLifetime = 10 * 365 * 24 * time.Hour

// ParseLifetime reads how long something is valid, real time: whole days such as
// "90d", or a duration such as "12h". CodeInvalid for anything else, for nothing
// or less, and for more than ten years.
func ParseLifetime(text string) (time.Duration, error) {
	var lasts time.Duration
	var err error
	if days, found := strings.CutSuffix(text, "d"); found {
		var n uint64
		n, err = strconv.ParseUint(days, 10, 16)
		lasts = time.Duration(n) * 24 * time.Hour
	} else {
		lasts, err = time.ParseDuration(text)
	}
	if err != nil || lasts <= 0 || lasts > mostLifetime {
		return 0, Errorf(CodeInvalid, "A key is valid for days such as 90d, or hours such as 12h, and for ten years at most; %q is none of it.", text)
	}
	return lasts, nil
}
