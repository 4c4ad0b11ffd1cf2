package models

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// KnownKey is the key of a master record.
type KnownKey struct {
	Key, Name string
	GTIN      GTIN // empty where it has none
}

// NearKey is a known key that looks like one that nobody knows. It is a proposal
// for a person and never linked by itself.
type NearKey struct {
	KnownKey
	Why string // it is near, in words
}

const (
	nearestShown = 3
	// longestKey bounds what is compared, in characters.
	longestKey = 64
	// longestFilled is up to how many characters keys are filled with zeros.
	longestFilled = 18
	// surely is the length from which two differing characters still tell a key
	// from most others.
	surely = 6
)

// Nearest are the known keys that are near to an unknown one, the nearest first,
// three at most.
func Nearest(unknown string, known []KnownKey) []NearKey {
	type ranked struct {
		NearKey
		rank int
	}
	var found []ranked
	for _, k := range known {
		if rank, why := nearness(unknown, k); why != "" {
			found = append(found, ranked{NearKey{k, why}, rank})
		}
	}
	slices.SortFunc(found, func(a, b ranked) int { return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.Key, b.Key)) })
	found = slices.CompactFunc(found, func(a, b ranked) bool { return a.Key == b.Key })
	near := make([]NearKey, 0, nearestShown)
	for _, f := range found[:min(len(found), nearestShown)] {
		near = append(near, f.NearKey)
	}
	return near
}

// KeyForms are other ways to write a key, by which a known one may be found that
// sorts far from it.
func KeyForms(key string) []string {
	plain := plainKey(key)
	bare := strings.TrimLeft(plain, "0")
	forms := []string{strings.ToUpper(key), strings.ToLower(key), plain, bare}
	for padded := bare; len(padded) < longestFilled; {
		padded = "0" + padded
		forms = append(forms, padded)
	}
	return forms
}

// nearness is how far a known key is from an unknown one, and why it is near; no
// words when it is not, or is the same.
func nearness(unknown string, k KnownKey) (rank int, why string) {
	switch a, b := plainKey(unknown), plainKey(k.Key); {
	case unknown == k.Key || unknown == "" || k.Key == "":
		return 0, ""
	case GTIN(unknown).Valid() && GTIN(unknown).Normalised() == k.GTIN.Normalised():
		return 0, "its GTIN is " + string(k.GTIN)
	case strings.EqualFold(unknown, k.Key):
		return 1, "only capitals differ"
	case a == b && a != "":
		return 2, "only spaces, hyphens or capitals differ"
	case strings.TrimLeft(a, "0") == strings.TrimLeft(b, "0") && strings.Trim(a, "0") != "":
		return 3, "only leading zeros differ"
	default:
		return written(a, b)
	}
}

// written is how near two keys are by their characters.
func written(a, b string) (rank int, why string) {
	x, y := []rune(a), []rune(b)
	if len(x) > longestKey || len(y) > longestKey {
		return 0, ""
	}
	switch d := edits(x, y); {
	case d == 1 && len(x) == len(y) && len(x) > 2:
		return 4, oneDiffers(x, y)
	case d == 1 && min(len(x), len(y)) > 2:
		return 5, "one character is missing or too many"
	case d == 2 && min(len(x), len(y)) >= surely:
		return 6, "two characters differ"
	}
	return 0, ""
}

// oneDiffers says in what two keys of one length differ that are one edit apart.
func oneDiffers(x, y []rune) string {
	for i := range x {
		switch {
		case x[i] == y[i]:
		case i+1 < len(x) && x[i] == y[i+1] && x[i+1] == y[i]:
			return "two neighbouring characters are swapped"
		case unicode.IsDigit(x[i]) && unicode.IsDigit(y[i]):
			return "one digit differs"
		default:
			return "one character differs"
		}
	}
	return ""
}

// plainKey is a key without what people leave out or write in several ways.
func plainKey(key string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToUpper(r)
		}
		return -1
	}, key)
}

// edits is how many characters must be changed, added, left out or swapped with
// their neighbour to make one key of another, each place touched once.
func edits(x, y []rune) int {
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			changed := last[j-1]
			if x[i-1] != y[j-1] {
				changed++
			}
			row[j] = min(changed, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(y)]
}
