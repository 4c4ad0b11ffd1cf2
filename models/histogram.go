package models

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"time"
)

// histogramError is the largest relative error of a quantile: a little under
// 1 %, so that rounding cannot carry it over.
const histogramError = 0.0099

var (
	histogramGamma    = (1 + histogramError) / (1 - histogramError)
	histogramLogGamma = math.Log(histogramGamma)
)

const histogramVersion = 1

// Histogram counts durations in logarithmic bins of microseconds, so that
// those of many minutes, shards and processes can be merged and a quantile of
// the whole still be read with a relative error of at most 1 %. Count, sum and
// maximum are exact. The zero value is empty and ready. It is not safe for
// concurrent use.
type Histogram struct {
	bins  []histogramBin // sorted by index, no empty bin
	count uint64
	sum   uint64
	max   uint64
}

// A bin with index 0 holds durations under a microsecond; index i > 0 holds
// (gamma^(i-2), gamma^(i-1)] microseconds.
type histogramBin struct {
	index uint32
	count uint64
}

// Add counts a duration; a negative one, which is the work of two clocks that
// disagree, counts as zero.
func (h *Histogram) Add(d time.Duration) { h.AddN(d, 1) }

// AddN counts a duration n times.
func (h *Histogram) AddN(d time.Duration, n uint64) {
	if n == 0 {
		return
	}
	us := uint64(max(d, 0).Microseconds())
	h.addBin(histogramIndex(us), n)
	h.count += n
	h.sum += us * n
	h.max = max(h.max, us)
}

// Merge adds what other has counted.
func (h *Histogram) Merge(other Histogram) {
	for _, b := range other.bins {
		h.addBin(b.index, b.count)
	}
	h.count += other.count
	h.sum += other.sum
	h.max = max(h.max, other.max)
}

// Count is the number of durations.
func (h *Histogram) Count() uint64 { return h.count }

// SumMicroseconds is the exact sum.
func (h *Histogram) SumMicroseconds() uint64 { return h.sum }

// Max is the longest duration, exactly to the microsecond.
func (h *Histogram) Max() time.Duration { return time.Duration(h.max) * time.Microsecond }

// Quantile is the duration at the nearest rank: the smallest for which at
// least q of all durations are no longer. It is 0 when nothing was counted.
func (h *Histogram) Quantile(q float64) time.Duration {
	rank := uint64(math.Ceil(min(max(q, 0), 1) * float64(h.count)))
	rank = max(rank, 1)
	var seen uint64
	for _, b := range h.bins {
		if seen += b.count; seen >= rank {
			return time.Duration(min(histogramValue(b.index), h.max)) * time.Microsecond
		}
	}
	return 0
}

// Longer is how many durations were longer than d, to within the 1 % of a bin.
func (h *Histogram) Longer(d time.Duration) uint64 {
	limit := histogramIndex(uint64(max(d, 0).Microseconds()))
	var n uint64
	for _, b := range h.bins {
		if b.index > limit {
			n += b.count
		}
	}
	return n
}

func (h *Histogram) addBin(index uint32, n uint64) {
	at, found := slices.BinarySearchFunc(h.bins, index, func(b histogramBin, i uint32) int { return int(b.index) - int(i) })
	if found {
		h.bins[at].count += n
		return
	}
	h.bins = slices.Insert(h.bins, at, histogramBin{index: index, count: n})
}

func histogramIndex(us uint64) uint32 {
	if us == 0 {
		return 0
	}
	return uint32(math.Ceil(math.Log(float64(us))/histogramLogGamma)) + 1
}

// histogramValue is the value of a bin that is equally far, relatively, from both of its ends.
func histogramValue(index uint32) uint64 {
	if index == 0 {
		return 0
	}
	return uint64(math.Round(2 * math.Pow(histogramGamma, float64(index-1)) / (histogramGamma + 1)))
}

// AppendBinary appends the histogram as a version byte and varints: maximum,
// sum, and for each bin the distance from the bin before and its count.
func (h *Histogram) AppendBinary(to []byte) ([]byte, error) {
	to = append(to, histogramVersion)
	to = binary.AppendUvarint(to, h.max)
	to = binary.AppendUvarint(to, h.sum)
	var before uint32
	for _, b := range h.bins {
		to = binary.AppendUvarint(to, uint64(b.index-before))
		to = binary.AppendUvarint(to, b.count)
		before = b.index
	}
	return to, nil
}

// MarshalBinary is AppendBinary to a new slice.
func (h *Histogram) MarshalBinary() ([]byte, error) {
	return h.AppendBinary(make([]byte, 0, 16+4*len(h.bins)))
}

// UnmarshalBinary replaces the histogram by the one in data; it refuses what
// MarshalBinary cannot have written.
func (h *Histogram) UnmarshalBinary(data []byte) error {
	if len(data) == 0 || data[0] != histogramVersion {
		return fmt.Errorf("histogram: unknown version in %d bytes", len(data))
	}
	read := uvarints{rest: data[1:]}
	decoded := Histogram{max: read.next(), sum: read.next()}
	var index uint64
	for len(read.rest) > 0 && !read.bad {
		step, n := read.next(), read.next()
		if n == 0 || (step == 0 && len(decoded.bins) > 0) || step > math.MaxUint32 || index+step > math.MaxUint32 {
			read.bad = true
			break
		}
		index += step
		decoded.bins = append(decoded.bins, histogramBin{index: uint32(index), count: n})
		decoded.count += n
	}
	if read.bad {
		return fmt.Errorf("histogram: %d bytes are damaged", len(data))
	}
	*h = decoded
	return nil
}

type uvarints struct {
	rest []byte
	bad  bool
}

func (u *uvarints) next() uint64 {
	v, n := binary.Uvarint(u.rest)
	if n <= 0 {
		u.bad = true
		u.rest = nil
		return 0
	}
	u.rest = u.rest[n:]
	return v
}
