package ingest

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"
	"unicode"

	"throughline/models"
)

// SoftwareKeeper holds what the holder of each key calls itself.
type SoftwareKeeper interface {
	KeepSoftware(ctx context.Context, key int64, software string, at time.Time) error
}

const (
	softwareEvery   = time.Minute     // no row is written again sooner for the same words
	softwareChanges = 5 * time.Second // nor sooner for others: several callers may share a key
	softwareLength  = 120             // characters that are kept
)

// SoftwareRecorder keeps the software that calls with each key, by its User-Agent.
// It is safe for concurrent use.
type SoftwareRecorder struct {
	keep SoftwareKeeper
	now  func() time.Time
	log  *slog.Logger

	mu    sync.Mutex
	known map[int64]callingSoftware
}

type callingSoftware struct {
	words string
	at    time.Time
}

// NewSoftwareRecorder keeps what it is told in keep.
func NewSoftwareRecorder(keep SoftwareKeeper, now func() time.Time, log *slog.Logger) *SoftwareRecorder {
	return &SoftwareRecorder{keep: keep, now: now, log: log, known: map[int64]callingSoftware{}}
}

// Saw notes that a call with the key named itself so. What cannot be kept is
// logged: the call stands without it.
func (s *SoftwareRecorder) Saw(ctx context.Context, key models.APIKey, userAgent string) {
	seen := callingSoftware{words: softwareWords(userAgent), at: s.now()}
	if seen.words == "" || !s.news(key.ID, seen) {
		return
	}
	err := s.keep.KeepSoftware(ctx, key.ID, seen.words, seen.at)
	if err != nil && ctx.Err() == nil { // else the caller has left, or the tower stops
		s.log.Warn("what calls with a key was not kept", slog.String("key", key.Prefix), slog.String("error", err.Error()))
	}
}

// news says whether what was seen is to be written, and remembers it then.
func (s *SoftwareRecorder) news(key int64, seen callingSoftware) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	was, known := s.known[key]
	every := softwareEvery
	if was.words != seen.words {
		every = softwareChanges
	}
	if known && seen.at.Sub(was.at) < every {
		return false
	}
	s.known[key] = seen
	return true
}

// softwareWords are the printable part of a header, cut to what is kept.
func softwareWords(userAgent string) string {
	words := strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, userAgent)
	if runes := []rune(words); len(runes) > softwareLength {
		words = string(runes[:softwareLength])
	}
	return strings.TrimSpace(words)
}
