package ingest

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"throughline/models"
	"throughline/sync/service"
)

// RejectionStore keeps what a Recorder gathered.
type RejectionStore interface {
	Record(ctx context.Context, counts []models.RejectionCount, samples []models.Rejection, numbers []models.SequenceArrivals) error
	RecordSkews(ctx context.Context, skews []models.ClockSkew) error
}

// Bounds of what is kept between two flushes, whatever a sender does.
const (
	maxSamples    = 20 // of a source
	maxSources    = 64
	maxCounts     = 1024
	maxNumbers    = 10_000
	maxSkews      = 1024
	maxAddresses  = 20 // of a minute, from which unknown keys came
	maxSampleBody = 4096
	recordTimeout = 10 * time.Second
	recordPoll    = time.Second
	// skewKnown is how old the newest stored skew may be when another comes: less
	// than the time after which the watch takes a clock for set.
	skewKnown       = 30 * time.Second
	unknownType     = "unknown"
	otherAddresses  = "other addresses"
	sampleTruncated = "…"
)

// Recorder gathers refused events, and clocks that are ahead, and stores counts
// and samples about once a second, so that a flood of bad events costs the
// database little. It is safe for concurrent use.
type Recorder struct {
	*service.Loop
	store RejectionStore

	mu      sync.Mutex
	counts  map[countKey]int64
	samples map[string][]models.Rejection
	numbers models.Arrivals
	skews   map[skewKey]models.ClockSkew
	guesses guesses
	stored  map[skewKey]time.Time // when the newest skew that was stored at once was seen
}

type skewKey struct{ source, entity, dc string }

type countKey struct {
	minute             time.Time
	source, kind, code string
}

// NewRecorder makes a Recorder that has not started.
func NewRecorder(store RejectionStore, logger *slog.Logger) (*Recorder, error) {
	r := &Recorder{store: store, stored: map[skewKey]time.Time{}}
	r.reset()
	var err error
	r.Loop, err = service.New(service.Config{Name: "refused events", RunOnce: r.runOnce, Poll: recordPoll, Logger: logger})
	return r, err
}

// Stop stores what is gathered and stops.
func (r *Recorder) Stop(ctx context.Context) error {
	err := r.Loop.Stop(ctx)
	if _, last := r.runOnce(ctx); err == nil {
		err = last
	}
	return err
}

// Add counts a refused event and may keep it as a sample. Its number in the
// source's sequence has come: the source was told what is wrong, and nothing was
// lost on the way. It never blocks on I/O.
func (r *Recorder) Add(refused models.Rejection) {
	kind := refused.Type
	if !models.EventType(kind).Known() {
		kind = unknownType
	}
	key := countKey{refused.At.UTC().Truncate(time.Minute), refused.Source, kind, refused.Code}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.counts[key]; ok || len(r.counts) < maxCounts {
		r.counts[key]++
	}
	if r.numbers.Len() < maxNumbers {
		r.numbers.Add(refused.Source, refused.Extensions)
	}
	kept, ok := r.samples[refused.Source]
	if len(kept) >= maxSamples || (!ok && len(r.samples) >= maxSources) {
		return
	}
	refused.EventID = clip(refused.EventID, maxSampleBody/16)
	refused.Type = clip(refused.Type, maxSampleBody/16)
	refused.Body = clip(refused.Body, maxSampleBody)
	r.samples[refused.Source] = append(kept, refused)
}

// guesses are the addresses of a minute from which unknown keys came.
type guesses struct {
	minute    time.Time
	addresses map[string]struct{}
}

// Guessed counts a call with a key that nobody has, by where it came from: the
// first addresses of a minute have a count of their own. It never blocks on I/O.
func (r *Recorder) Guessed(address string, at time.Time) {
	minute := at.UTC().Truncate(time.Minute)
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.guesses.minute.Equal(minute) {
		r.guesses = guesses{minute: minute, addresses: map[string]struct{}{}}
	}
	address = clip(address, maxSampleBody/16)
	if _, known := r.guesses.addresses[address]; !known && len(r.guesses.addresses) >= maxAddresses {
		address = otherAddresses
	} else {
		r.guesses.addresses[address] = struct{}{}
	}
	key := countKey{minute, models.UnknownKey, "from " + address, string(models.ExceptionBadEnvelope)}
	if _, ok := r.counts[key]; ok || len(r.counts) < maxCounts {
		r.counts[key]++
	}
}

// AddSkews keeps what tells of clocks that are ahead, the newest of a source,
// entity and DC. The first in a while is stored before it returns: the event's
// time is the tower's, and would else show a clock as set until it is stored.
func (r *Recorder) AddSkews(ctx context.Context, skews []models.ClockSkew) {
	if len(skews) == 0 {
		return
	}
	first := r.gatherSkews(skews)
	if len(first) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	if err := r.store.RecordSkews(ctx, flatSkews(first)); err != nil {
		r.putBack(nil, models.Arrivals{}, first)
	}
}

// gatherSkews keeps skews for the next flush, but for the first of a key in a
// while, which it returns.
func (r *Recorder) gatherSkews(skews []models.ClockSkew) (first map[skewKey]models.ClockSkew) {
	first = map[skewKey]models.ClockSkew{}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range skews {
		key := skewKey{s.Source, s.Entity, s.DC}
		if s.SeenAt.Sub(r.stored[key]) > skewKnown {
			if len(r.stored) >= maxSkews {
				clear(r.stored)
			}
			first[key], r.stored[key] = s, s.SeenAt
		} else if _, ok := r.skews[key]; ok || len(r.skews) < maxSkews {
			r.skews[key] = s
		}
	}
	return first
}

// clip shortens text to so many bytes and makes it fit for the database.
func clip(text string, longest int) string {
	if len(text) > longest {
		for longest > 0 && !utf8.RuneStart(text[longest]) {
			longest--
		}
		text = text[:longest] + sampleTruncated
	}
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", "�"), "�")
}

func (r *Recorder) reset() {
	r.counts, r.samples, r.numbers = map[countKey]int64{}, map[string][]models.Rejection{}, models.Arrivals{}
	r.skews = map[skewKey]models.ClockSkew{}
}

func (r *Recorder) runOnce(ctx context.Context) (more bool, err error) {
	r.mu.Lock()
	counts, samples, numbers, skews := r.counts, r.samples, r.numbers, r.skews
	if len(counts)+len(skews) == 0 {
		r.mu.Unlock()
		return false, nil
	}
	r.reset()
	r.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	if len(counts) > 0 {
		if err := r.store.Record(ctx, flatCounts(counts), flatSamples(samples), numbers.List()); err != nil {
			r.putBack(counts, numbers, skews)
			return false, err
		}
	}
	if len(skews) > 0 {
		if err := r.store.RecordSkews(ctx, flatSkews(skews)); err != nil {
			r.putBack(nil, models.Arrivals{}, skews)
			return false, err
		}
	}
	return false, nil
}

// putBack keeps what a failed flush has not stored; its samples are replaceable.
func (r *Recorder) putBack(counts map[countKey]int64, numbers models.Arrivals, skews map[skewKey]models.ClockSkew) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.numbers.Merge(numbers)
	for key, n := range counts {
		r.counts[key] += n
	}
	for key, s := range skews {
		if _, newer := r.skews[key]; !newer {
			r.skews[key] = s
		}
	}
}

func flatSkews(skews map[skewKey]models.ClockSkew) []models.ClockSkew {
	// Sorted, so that two processes that saw the same cannot deadlock.
	return slices.SortedFunc(maps.Values(skews), func(a, b models.ClockSkew) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Entity, b.Entity), cmp.Compare(a.DC, b.DC))
	})
}

func flatCounts(counts map[countKey]int64) []models.RejectionCount {
	list := make([]models.RejectionCount, 0, len(counts))
	for key, n := range counts {
		list = append(list, models.RejectionCount{Minute: key.minute, Source: key.source, Type: key.kind, Code: key.code, Count: n})
	}
	// Sorted, so that two processes that count the same cannot deadlock.
	slices.SortFunc(list, func(a, b models.RejectionCount) int {
		return cmp.Or(a.Minute.Compare(b.Minute), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Code, b.Code))
	})
	return list
}

func flatSamples(samples map[string][]models.Rejection) []models.Rejection {
	var list []models.Rejection
	for _, kept := range samples {
		list = append(list, kept...)
	}
	return list
}
