package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// lockReports makes the reports of sweeps, and whoever puts kinds aside, wait for each other.
const lockReports = `SELECT pg_advisory_xact_lock(hashtext('exceptions'))`

const (
	// actorTower is who opens and closes exceptions by itself.
	actorTower = "tower"
	// reopenWithin is how soon, in real time, a condition that comes back opens
	// its old row again instead of a new one.
	reopenWithin = 10 * time.Minute
	// seenEvery is how often a row that is otherwise unchanged is stamped as seen.
	seenEvery = time.Minute
)

// Report makes the open exceptions say what a sweep found: conditions that are
// new open a row, those that stand refresh theirs, those that cleared close it,
// and those of a shelved kind are put aside and those that follow from another
// linked to it in the same transaction, so that nobody is called in between.
// A condition never has two rows open. Reports from several processes are
// taken one after the other.
func (s *Exceptions) Report(ctx context.Context, r models.SweepReport) (models.SweepOutcome, error) {
	var out models.SweepOutcome
	err := pgx.BeginFunc(ctx, s.db.Pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, lockReports); err != nil {
			return err
		}
		signals, err := readSignals(ctx, tx, r)
		if err != nil {
			return err
		}
		if out.Reopened, err = noted(ctx, tx, reopenSQL, string(signals), r.At, reopenWithin, actorTower); err != nil {
			return err
		}
		if err := giveTime(ctx, tx, string(signals), r.Clocks); err != nil {
			return err
		}
		if out.Refreshed, err = noted(ctx, tx, refreshSQL, string(signals), r.At, seenEvery, actorTower); err != nil {
			return err
		}
		if out.Opened, err = noted(ctx, tx, openSQL, string(signals), r.At, actorTower); err != nil {
			return err
		}
		codes, evidence := clearedBy(r.Codes)
		if out.Closed, err = noted(ctx, tx, closeSQL, string(signals), r.At, codes, evidence, actorTower); err != nil {
			return err
		}
		if out.Waited, err = endWaits(ctx, tx, r.At); err != nil {
			return err
		}
		if out.Returned, err = returnKinds(ctx, tx, r.At, r.Clocks); err != nil {
			return err
		}
		if out.Shelved, err = shelveKinds(ctx, tx, r.At); err != nil {
			return err
		}
		out.Linked, err = linkCauses(ctx, tx, r.At, r.Clocks)
		return err
	})
	if err != nil {
		return models.SweepOutcome{}, fmt.Errorf("report a sweep: %w", err)
	}
	return out, nil
}

// endWaits hands back what waited for somebody long enough: to its owner, else to
// the team.
func endWaits(ctx context.Context, tx pgx.Tx, now time.Time) (int, error) {
	ended, err := tx.Exec(ctx, `
		WITH over AS (
			UPDATE exceptions SET state = CASE owner WHEN '' THEN 'acknowledged' ELSE 'assigned' END, waiting_until = NULL, version = version + 1
			WHERE state = 'waiting' AND waiting_until <= $1 RETURNING id)
		INSERT INTO exception_notes (exception_id, at, actor, action, note) SELECT id, $1, $2, 'waited', 'as long as it was to wait' FROM over`, now, actorTower)
	return int(ended.RowsAffected()), err
}

// noted runs a statement that changes exceptions, writes their notes and
// returns the number of rows changed.
func noted(ctx context.Context, tx pgx.Tx, statement string, args ...any) (int, error) {
	var n int
	err := tx.QueryRow(ctx, statement, args...).Scan(&n)
	return n, err
}

func clearedBy(codes []models.ExceptionCode) (names, evidence []string) {
	for _, c := range codes {
		kind, _ := c.Kind()
		names, evidence = append(names, string(c)), append(evidence, kind.Cleared)
	}
	return names, evidence
}

// readSignals are the signals of a sweep as JSON. The clocks of one that was handed on
// are those of the team that has it now.
func readSignals(ctx context.Context, tx pgx.Tx, r models.SweepReport) ([]byte, error) {
	signals := signalRows(r)
	rows, err := tx.Query(ctx, `
		SELECT dedupe_key, routed_team FROM exceptions
		WHERE dedupe_key = ANY ($1) AND routed_team <> '' AND (standing OR resolved_at > $2::timestamptz - $3::interval) ORDER BY id`,
		column(signals, func(s *signalRow) string { return s.DedupeKey }), r.At, reopenWithin)
	if err != nil {
		return nil, err
	}
	routed := map[string]models.Team{}
	var key string
	var team models.Team
	_, err = pgx.ForEachRow(rows, []any{&key, &team}, func() error {
		routed[key] = team
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i, s := range signals {
		if team, handedOn := routed[s.DedupeKey]; handedOn {
			signals[i].AckDue, signals[i].ResolveDue = r.Clocks.Due(team, s.Priority, r.At)
		}
	}
	return json.Marshal(signals)
}

// signalRow is a signal as the statements below read it.
type signalRow struct {
	DedupeKey      string          `json:"dedupe_key"`
	Code           string          `json:"code"`
	Team           models.Team     `json:"team"`
	AlsoTeam       models.Team     `json:"also_team"`
	Stage          models.Stage    `json:"stage"`
	Title          string          `json:"title"`
	Happened       string          `json:"happened"`
	Priority       models.Priority `json:"priority"`
	Consequence    string          `json:"consequence"`
	Why            string          `json:"why"`
	Source         string          `json:"source"`
	Through        string          `json:"through"`
	Item           string          `json:"item"`
	DC             string          `json:"dc"`
	Supplier       string          `json:"supplier"`
	Recommendation string          `json:"recommendation"`
	Document       string          `json:"document"`
	EventSeq       int64           `json:"event_seq"`
	ERPWrite       int64           `json:"erp_write"`
	Fingerprint    string          `json:"fingerprint"`
	Occurrences    int             `json:"occurrences"`
	ValueAtRisk    string          `json:"value_at_risk"`
	Currency       string          `json:"currency"`
	ConsequenceAt  *time.Time      `json:"consequence_at"`
	AckDue         time.Time       `json:"ack_due"`     // as of one whose clocks begin with the sweep
	ResolveDue     time.Time       `json:"resolve_due"` // likewise
}

func signalRows(r models.SweepReport) []signalRow {
	rows := make([]signalRow, 0, len(r.Signals))
	for _, s := range r.Signals {
		kind, _ := s.Code.Kind()
		row := signalRow{
			DedupeKey: s.DedupeKey(), Code: string(s.Code), Team: s.Team, AlsoTeam: s.AlsoTeam, Stage: kind.Stage,
			Title: s.Title, Happened: s.Happened,
			Priority: s.Priority, Consequence: string(s.Consequence), Why: s.Why,
			Source: s.Subject.Source, Through: s.Through, Item: s.Subject.Item, DC: s.Subject.DC, Supplier: s.Subject.Supplier,
			Recommendation: s.Subject.Recommendation, Document: s.Subject.Document,
			EventSeq: s.Subject.EventSeq, ERPWrite: s.Subject.ERPWrite, Fingerprint: s.Subject.Fingerprint,
			Occurrences: max(s.Occurrences, 1), ValueAtRisk: s.Risk.Value.StringFixed(2), Currency: s.Currency, ConsequenceAt: s.Risk.At,
		}
		if row.Team == "" {
			row.Team = kind.Team
		}
		if row.AlsoTeam == row.Team {
			row.AlsoTeam = ""
		}
		if row.Currency == "" {
			row.Currency = models.FallbackCurrency
		}
		row.AckDue, row.ResolveDue = r.Clocks.Due(row.Team, s.Priority, r.At)
		rows = append(rows, row)
	}
	return rows
}
