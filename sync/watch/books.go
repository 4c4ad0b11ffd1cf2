package watch

import (
	"context"
	"fmt"
	"time"

	"throughline/models"
)

// Books is the account of every accepted event.
type Books interface {
	Read(ctx context.Context) (models.Books, error)
	Audit(ctx context.Context) (models.Books, error)
	KeepRecount(ctx context.Context, found map[string]string) error
	LastRecount(ctx context.Context) (map[string]string, error)
}

// booksOff is PLT-06: events were lost or taken twice.
type booksOff struct {
	books   Books
	windows Windows
}

func (booksOff) Codes() []models.ExceptionCode {
	return []models.ExceptionCode{models.ExceptionBooksOff}
}

func (d booksOff) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
	books, err := d.books.Read(ctx)
	if err != nil {
		return nil, err
	}
	recounted, err := d.books.LastRecount(ctx)
	if err != nil {
		return nil, err
	}
	var signals []models.Signal
	for _, s := range books.Sources {
		what := recounted[s.Source]
		if n := s.Missing(); n != 0 {
			what = fmt.Sprintf("Of %s received events of %s, %s are in none or in two of applied, superseded, parked, discarded and pending.", models.Count(s.Received), s.Source, models.Count(n))
		}
		if what == "" {
			continue
		}
		signals = append(signals, models.Signal{
			Code: models.ExceptionBooksOff, Key: s.Source,
			Title:    fmt.Sprintf("The books of %s do not balance", s.Source),
			Happened: what + " Figures that come from it may be wrong.",
			Subject:  models.ExceptionSubject{Source: s.Source},
			Risk:     models.Risk{AtLeast: models.ConsequenceStop, At: l.After(l.Started, d.windows.Soon)},
		})
	}
	return signals, nil
}

// auditor recounts the books now and then and keeps what differed.
type auditor struct {
	books Books
	limit time.Duration
}

// run recounts once. The counters only grow, so a true recount lies between a
// reading before it and one after.
func (a *auditor) run(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, a.limit)
	defer cancel()
	before, err := a.books.Read(ctx)
	if err != nil {
		return false, err
	}
	counted, err := a.books.Audit(ctx)
	if err != nil {
		return false, err
	}
	after, err := a.books.Read(ctx)
	if err != nil {
		return false, err
	}
	return false, a.books.KeepRecount(ctx, compareBooks(before, counted, after))
}

func compareBooks(before, counted, after models.Books) map[string]string {
	least, recount, found := bySource(before), bySource(counted), map[string]string{}
	for _, most := range after.Sources {
		low, c := least[most.Source], recount[most.Source]
		for _, t := range []struct {
			name             string
			low, count, high int64
		}{
			{"received", low.Received, c.Received, most.Received},
			{"applied", low.Applied, c.Applied, most.Applied},
			{"superseded", low.Superseded, c.Superseded, most.Superseded},
			{"discarded", low.Discarded, c.Discarded, most.Discarded},
		} {
			if t.count < t.low || t.count > t.high {
				found[most.Source] = fmt.Sprintf("The books say that %s events of %s are %s, and a recount of their effects finds %s.", models.Count(t.high), most.Source, t.name, models.Count(t.count))
				break
			}
		}
	}
	return found
}

func bySource(b models.Books) map[string]models.BookCounts {
	counts := make(map[string]models.BookCounts, len(b.Sources))
	for _, s := range b.Sources {
		counts[s.Source] = s.BookCounts
	}
	return counts
}
