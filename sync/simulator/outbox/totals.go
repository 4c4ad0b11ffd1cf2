package outbox

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

const (
	totalsEvery   = 5 * time.Second // between two looks for totals to state
	totalsRequest = 50              // the most that the tower takes at once
)

// total is what the source says that it sent, as the tower takes it.
type total struct {
	Type   string    `json:"type"`
	Since  time.Time `json:"since"`
	Until  time.Time `json:"until"`
	Events int64     `json:"events"`
}

// settle forgets messages that the tower has answered for, and counts what it
// did not reject. Both are one statement, so that whatever is sent again after
// a crash is counted once.
func (s *Sender) settle(ctx context.Context, rows []row, results []result) error {
	ids, rejected := make([]int64, len(rows)), []int64{}
	for i, r := range rows {
		ids[i] = r.id
		if results[i].Status == statusRejected {
			rejected = append(rejected, r.id)
		}
	}
	return s.pass(ctx, "o.id = ANY($3) AND o.source = $2", "NOT id = ANY($4)", ids, rejected)
}

// pass forgets the messages that match and counts those of them that count.
func (s *Sender) pass(ctx context.Context, match, counts string, args ...any) error {
	_, err := s.cfg.DB.Exec(ctx, `
		WITH gone AS (DELETE FROM outbox o WHERE `+match+` RETURNING o.id, o.type, date_bin($1::interval, o.occurred_at, 'epoch') AS since)
		INSERT INTO sent_totals AS t (source, type, since, until, events)
		SELECT $2, type, since, since + $1::interval, count(*) FROM gone WHERE `+counts+` GROUP BY type, since
		ON CONFLICT (source, type, since, until) DO UPDATE SET events = t.events + excluded.events`,
		append([]any{s.cfg.Window, s.cfg.Source}, args...)...)
	if err != nil {
		return fmt.Errorf("settle the outbox: %w", err)
	}
	return nil
}

// stateTotals tells the tower how many events the source sent of each time that
// is over, once nothing of it waits, and again when some were sent later.
func (s *Sender) stateTotals(ctx context.Context) error {
	now := s.cfg.Now()
	if now.Before(s.totalsDue) {
		return nil
	}
	totals, err := s.unstated(ctx, now)
	if err != nil {
		return err
	}
	if len(totals) > 0 {
		if err := s.postTotals(ctx, totals); err != nil {
			return err
		}
	}
	if len(totals) < totalsRequest {
		s.totalsDue = now.Add(totalsEvery)
	}
	return nil
}

// unstated forgets the totals that are too old to be stated, and reads those that are not stated yet.
func (s *Sender) unstated(ctx context.Context, now time.Time) ([]total, error) {
	oldest := now.Add(-models.MaxControlAge)
	if _, err := s.cfg.DB.Exec(ctx, "DELETE FROM sent_totals WHERE source = $1 AND since <= $2", s.cfg.Source, oldest); err != nil {
		return nil, fmt.Errorf("forget old totals: %w", err)
	}
	found, err := s.cfg.DB.Query(ctx, `
		SELECT type, since, until, events FROM sent_totals t
		WHERE source = $1 AND until <= $2 AND events IS DISTINCT FROM stated
			AND NOT EXISTS (SELECT FROM outbox o WHERE o.source = t.source AND o.type = t.type AND o.occurred_at < t.until)
		ORDER BY until, type LIMIT $3`, s.cfg.Source, now, totalsRequest)
	if err != nil {
		return nil, fmt.Errorf("read what was sent: %w", err)
	}
	totals, err := pgx.CollectRows(found, pgx.RowToStructByPos[total])
	if err != nil {
		return nil, fmt.Errorf("read what was sent: %w", err)
	}
	return totals, nil
}

// postTotals states totals and notes them as stated. Those that the tower will
// never take are dropped: they must not hold up the events.
func (s *Sender) postTotals(ctx context.Context, totals []total) error {
	body, err := json.Marshal(map[string][]total{"totals": totals})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.cfg.TowerURL+"/api/v1/control-totals", bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+s.cfg.Key)
	request.Header.Set("User-Agent", s.cfg.Software)
	request.Header.Set("Content-Type", "application/json")
	response, err := s.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return err
	}
	switch status := response.StatusCode; {
	case status >= http.StatusInternalServerError || status == http.StatusTooManyRequests:
		return &refusal{status: status, retryAfter: retryAfter(response.Header)}
	case status >= http.StatusBadRequest:
		s.cfg.Logger.WarnContext(ctx, "the tower takes no such control totals", slog.Int("status", status), slog.String("answer", string(text)))
	}
	return s.noteStated(ctx, totals)
}

func (s *Sender) noteStated(ctx context.Context, totals []total) error {
	batch := &pgx.Batch{}
	for _, t := range totals {
		batch.Queue("UPDATE sent_totals SET stated = $5 WHERE (source, type, since, until) = ($1, $2, $3, $4)",
			s.cfg.Source, t.Type, t.Since, t.Until, t.Events)
	}
	if err := s.cfg.DB.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("note what was stated: %w", err)
	}
	return nil
}
