package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"

	"throughline/models"
)

// linkCauses links each open exception to what it follows from, and unlinks what
// stands after its cause has gone: that begins with a clock of its own. It says
// how many it changed.
func linkCauses(ctx context.Context, tx pgx.Tx, now time.Time, clocks models.Escalations) (int, error) {
	open, err := readOpen(ctx, tx)
	if err != nil {
		return 0, err
	}
	causes := models.Follows(open, now)
	var linked, freed []models.OpenCondition
	for _, e := range open {
		switch causes[e.ID] {
		case e.Cause:
		case 0:
			freed = append(freed, e)
		default:
			e.Cause = causes[e.ID]
			linked = append(linked, e)
		}
	}
	if len(linked) > 0 {
		_, err = tx.Exec(ctx, linkSQL, column(linked, openID), column(linked, func(e *models.OpenCondition) int64 { return e.Cause }), now, actorTower)
	}
	if err == nil && len(freed) > 0 {
		_, err = tx.Exec(ctx, aloneSQL, column(freed, openID), now, actorTower)
	}
	if err == nil && len(freed) > 0 {
		err = beginAnew(ctx, tx, freed, now, clocks)
	}
	return len(linked) + len(freed), err
}

func openID(e *models.OpenCondition) int64 { return e.ID }

func readOpen(ctx context.Context, tx pgx.Tx) ([]models.OpenCondition, error) {
	rows, err := tx.Query(ctx, `
		SELECT id, code, substr(dedupe_key, length(code) + 2), source, through, dc, `+owningTeam+`, priority, opened_at, coalesce(`+isShelved+`, false), coalesce(cause_id, 0)
		FROM exceptions WHERE state <> 'resolved'`)
	if err != nil {
		return nil, err
	}
	return collect(rows, "read the open exceptions", func(row pgx.CollectableRow, e *models.OpenCondition) error {
		return row.Scan(&e.ID, &e.Code, &e.Key, &e.Source, &e.Through, &e.DC, &e.Team, &e.Priority, &e.OpenedAt, &e.Shelved, &e.Cause)
	})
}

const linkSQL = `
	WITH linked AS (
		UPDATE exceptions x SET cause_id = l.cause FROM unnest($1::bigint[], $2::bigint[]) AS l(id, cause) WHERE x.id = l.id RETURNING x.id, l.cause)
	INSERT INTO exception_notes (exception_id, at, actor, action, note)
	SELECT l.id, $3, $4, 'follows', 'from exception ' || c.id || ': ' || c.title FROM linked l JOIN exceptions c ON c.id = l.cause`

const aloneSQL = `
	INSERT INTO exception_notes (exception_id, at, actor, action, note)
	SELECT x.id, $2, $3, 'alone', 'no longer follows from exception ' || c.id || ': ' || c.title
	FROM exceptions x JOIN exceptions c ON c.id = x.cause_id WHERE x.id = ANY ($1::bigint[])`

// readCause reads what an exception follows from and how many follow from it.
func readCause(db *gorm.DB, d *models.ExceptionDetail) error {
	err := db.Table("exceptions").Where("cause_id = ? AND state <> 'resolved'", d.ID).Count(&d.Followers).Error
	if err == nil && d.CauseID != nil {
		err = db.Table("exceptions").Select("title").Where("id = ?", *d.CauseID).Scan(&d.CauseTitle).Error
	}
	return err
}

// Following counts, by cause, the exceptions that match a filter and follow from
// one of some others.
func (s *Exceptions) Following(ctx context.Context, f models.ExceptionFilter, causes []int64) (map[int64]int64, error) {
	var rows []struct{ CauseID, N int64 }
	f.Folded = false
	err := filterExceptions(s.db.Gorm.WithContext(ctx).Table("exceptions"), f).Where("cause_id IN ?", causes).
		Select("cause_id, count(*) AS n").Group("cause_id").Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count what follows from a cause: %w", err)
	}
	following := make(map[int64]int64, len(rows))
	for _, r := range rows {
		following[r.CauseID] = r.N
	}
	return following, nil
}
