package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"throughline/models"
)

// Sign signs a finished run off with a note, with its audit row in one
// transaction (invariant 8). A run is signed once: a second signature is
// CodeConflict, as is one under a run that did not finish.
func (r *Reconciles) Sign(ctx context.Context, id int64, actor, note string) error {
	err := pgx.BeginFunc(ctx, r.db.Pool, func(tx pgx.Tx) error {
		var state, by string
		err := tx.QueryRow(ctx, `SELECT state, signed_by FROM reconcile_runs WHERE id = $1 FOR UPDATE`, id).Scan(&state, &by)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return models.Errorf(models.CodeNotFound, "There is no run %d.", id)
		case err != nil:
			return err
		case state != "finished":
			return models.Errorf(models.CodeConflict, "Run %d has not finished: only a finished run is signed off.", id)
		case by != "":
			return models.Errorf(models.CodeConflict, "Run %d is signed off already, by %s.", id, by)
		}
		if _, err := tx.Exec(ctx, `UPDATE reconcile_runs SET signed_by = $2, signed_at = now(), sign_note = $3 WHERE id = $1`, id, actor, note); err != nil {
			return err
		}
		return auditPgx(ctx, tx, models.AuditEntry{Actor: actor, Action: "reconcile.sign", Subject: "reconcile_run:" + strconv.FormatInt(id, 10), Reason: note})
	})
	var coded *models.Error
	if err != nil && !errors.As(err, &coded) {
		err = fmt.Errorf("sign run %d off: %w", id, err)
	}
	return err
}
