// Package chance draws numbers that look random and are the same each time
// for the same names, so that the demo can be repeated.
package chance

import (
	"hash/fnv"
	"io"
)

// Of is the draw for the given names.
func Of(names ...string) uint64 {
	h := fnv.New64a()
	for _, name := range names {
		// A hash never fails to write.
		_, _ = io.WriteString(h, name)
		_, _ = h.Write([]byte{0})
	}
	return mix(h.Sum64())
}

// Percent is a draw between 0 and 99.
func Percent(names ...string) int { return Between(0, 99, names...) }

// Between is a draw from low to high, both included.
func Between(low, high int, names ...string) int {
	return low + int(Of(names...)%uint64(high-low+1))
}

// mix spreads what FNV leaves similar between similar names (the finalizer of
// splitmix64).
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}
