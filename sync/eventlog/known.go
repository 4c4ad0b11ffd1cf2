package eventlog

import (
	"context"
	"log/slog"

	"throughline/models"
	"throughline/models/store"
)

// settleKnown decides what the entries are whose hashes were in the log
// already, or twice in the batch: the same content is a duplicate, another is a
// conflict and stored beside the first. fresh is what this batch has stored
// durably; a failure from here on answers the whole batch with "send again",
// which then finds duplicates.
func (l *lane) settleKnown(ctx context.Context, batch []*submission, fresh map[store.Digest]int64) error {
	known, err := l.known(ctx, batch, fresh)
	if err != nil {
		return err
	}
	taken := make(map[store.Digest]bool, len(fresh))
	duplicates := map[string]int64{}
	var conflicts []conflict
	for _, s := range batch {
		for i := range s.entries {
			e := &s.entries[i]
			if seq, ok := fresh[e.Hash]; ok && !taken[e.Hash] {
				taken[e.Hash] = true
				s.outcomes[i] = Outcome{Status: models.IntakeAccepted, Seq: seq}
				continue
			}
			before, ok := known[e.Hash]
			if !ok { // retention let the key go a moment ago
				return models.Errorf(models.CodeUnavailable, "An event left the dedupe window just now. Send the events again.")
			}
			if before.Fingerprint == e.Fingerprint {
				duplicates[e.Source]++
				s.outcomes[i] = Outcome{Status: models.IntakeDuplicate, Seq: before.Seq}
				continue
			}
			conflicts = append(conflicts, conflict{entry: e, outcome: &s.outcomes[i]})
		}
	}
	if err := l.storeConflicts(ctx, conflicts, duplicates); err != nil {
		return err
	}
	l.countDuplicates(ctx, duplicates)
	return nil
}

// known is what the log holds under the hashes that need a decision.
func (l *lane) known(ctx context.Context, batch []*submission, fresh map[store.Digest]int64) (map[store.Digest]store.KnownKey, error) {
	first := make(map[store.Digest]bool, len(fresh))
	var hashes []store.Digest
	for _, s := range batch {
		for i := range s.entries {
			hash := s.entries[i].Hash
			if _, ok := fresh[hash]; ok && !first[hash] {
				first[hash] = true
				continue
			}
			hashes = append(hashes, hash)
		}
	}
	return l.cfg.Log.Known(ctx, hashes)
}

type conflict struct {
	entry   *store.Entry
	outcome *Outcome
}

// storeConflicts appends each second content once, under a hash of its own. An
// entry's content that conflicted before counts as a duplicate in the books.
func (l *lane) storeConflicts(ctx context.Context, conflicts []conflict, duplicates map[string]int64) error {
	if len(conflicts) == 0 {
		return nil
	}
	entries := make([]store.Entry, 0, len(conflicts))
	seen := map[store.Digest]bool{}
	for _, c := range conflicts {
		e := *c.entry
		e.Hash, e.Conflict = conflictHash(c.entry), true
		if !seen[e.Hash] {
			seen[e.Hash] = true
			entries = append(entries, e)
		}
	}
	fresh, err := l.cfg.Log.Append(ctx, l.name, entries)
	if err != nil {
		return err
	}
	for _, c := range conflicts {
		hash := conflictHash(c.entry)
		seq, isNew := fresh[hash]
		*c.outcome = Outcome{Status: models.IntakeConflict, Seq: seq}
		if !isNew || !seen[hash] {
			duplicates[c.entry.Source]++
		}
		seen[hash] = false
	}
	l.raise(entries, fresh)
	return nil
}

// countDuplicates must not fail what is stored: the count stands beside the books.
func (l *lane) countDuplicates(ctx context.Context, duplicates map[string]int64) {
	if len(duplicates) == 0 {
		return
	}
	if err := l.cfg.Log.CountDuplicates(ctx, l.name, duplicates); err != nil {
		l.cfg.Logger.WarnContext(ctx, "duplicates were not counted", slog.Any("error", err))
	}
}
