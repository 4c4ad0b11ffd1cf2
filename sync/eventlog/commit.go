package eventlog

import (
	"context"
	"log/slog"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// runOnce commits one batch and answers everyone in it.
func (l *lane) runOnce(ctx context.Context) (more bool, err error) {
	batch, more := l.take()
	if len(batch) == 0 {
		return false, nil
	}
	defer l.committed()
	answered := false
	defer func() { // a panic on the way must not leave callers waiting
		if !answered {
			finish(batch, models.Errorf(models.CodeInternal, "The event log failed. Send the events again."))
		}
	}()
	began := time.Now()
	err = l.commit(ctx, batch)
	answered = true
	if err == nil {
		finish(batch, nil)
		l.yield(ctx, time.Since(began))
		return more, nil
	}
	if len(batch) > 1 && !store.IsUnavailable(err) {
		l.commitApart(ctx, batch)
		return more, nil
	}
	finish(batch, refusal(err))
	return more, err
}

// yield lets a commit of the bulk lane be followed by a rest while the other lane works.
func (l *lane) yield(ctx context.Context, took time.Duration) {
	if l.name == models.LaneBulk {
		l.cfg.Traffic.GiveWay(ctx, took)
		return
	}
	l.cfg.Traffic.Note()
}

func finish(batch []*submission, err error) {
	for _, s := range batch {
		s.finish(err)
	}
}

// commitApart keeps what one sender's entries did to a batch from the others.
func (l *lane) commitApart(ctx context.Context, batch []*submission) {
	for _, s := range batch {
		err := l.commit(ctx, []*submission{s})
		if err == nil {
			s.finish(nil)
			continue
		}
		l.cfg.Logger.ErrorContext(ctx, "a request's events were refused by the log",
			slog.String("source", s.entries[0].Source), slog.Any("error", err))
		s.finish(refusal(err))
	}
}

func (l *lane) commit(ctx context.Context, batch []*submission) error {
	ctx, cancel := context.WithTimeout(ctx, l.cfg.CommitTimeout)
	defer cancel()
	for _, s := range batch {
		s.outcomes = make([]Outcome, len(s.entries))
	}
	entries, repeats := distinct(batch)
	fresh, err := l.cfg.Log.Append(ctx, l.name, entries)
	if err != nil {
		return err
	}
	if len(fresh) < len(entries) || len(repeats) > 0 {
		if err := l.settleKnown(ctx, batch, fresh); err != nil {
			return err
		}
	} else {
		accept(batch, fresh)
	}
	l.raise(entries, fresh)
	return nil
}

// distinct returns the first entry of each hash and the hashes that came again.
func distinct(batch []*submission) (entries []store.Entry, repeats map[store.Digest]struct{}) {
	n := 0
	for _, s := range batch {
		n += len(s.entries)
	}
	entries = make([]store.Entry, 0, n)
	seen := make(map[store.Digest]struct{}, n)
	for _, s := range batch {
		for i := range s.entries {
			hash := s.entries[i].Hash
			if _, again := seen[hash]; again {
				if repeats == nil {
					repeats = map[store.Digest]struct{}{}
				}
				repeats[hash] = struct{}{}
				continue
			}
			seen[hash] = struct{}{}
			entries = append(entries, s.entries[i])
		}
	}
	return entries, repeats
}

func accept(batch []*submission, fresh map[store.Digest]int64) {
	for _, s := range batch {
		for i := range s.entries {
			s.outcomes[i] = Outcome{Status: models.IntakeAccepted, Seq: fresh[s.entries[i].Hash]}
		}
	}
}

func (l *lane) raise(entries []store.Entry, fresh map[store.Digest]int64) {
	if l.cfg.Signal == nil || len(fresh) == 0 {
		return
	}
	for i := range entries {
		l.cfg.Signal.Raise(entries[i].Shard)
	}
}
