package eventlog

import (
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"throughline/models"
	"throughline/models/store"
)

// Waits that a refused sender is asked for.
const (
	retryWhenFull = time.Second
	retryWhenDown = 5 * time.Second
)

func errFull(lane models.Lane, source string, waiting int) error {
	e := models.Errorf(models.CodeUnavailable,
		"The queue of the %s lane in front of the event log has no room for more of %s (%d events wait for their commit). Send again after the pause in Retry-After.",
		lane, source, waiting)
	e.RetryAfter, e.Hop = retryWhenFull, "the queue of the "+string(lane)+" lane"
	return e
}

func errStopping() error {
	e := models.Errorf(models.CodeUnavailable, "Throughline is stopping. Send again in a moment.")
	e.RetryAfter, e.Hop = retryWhenDown, "the process"
	return e
}

// refusal turns a failed commit into an answer that says what helps.
func refusal(err error) error {
	if coded := (*models.Error)(nil); errors.As(err, &coded) {
		return err
	}
	var refused *pgconn.PgError
	isServers := errors.As(err, &refused)
	message := "The event log's database cannot be reached. Nothing of this request counts as stored: send it again."
	switch {
	case isServers && refused.Code == "53100":
		message = "The event log's disk is full. Nothing of this request counts as stored: send it again when there is room."
	case isServers && refused.Code == "23514":
		message = "The event log has no partition for today yet. Nothing of this request counts as stored: send it again."
	case !store.IsUnavailable(err):
		return models.Wrap(models.CodeInternal, err, "The event log refused these events.")
	}
	e := models.Wrap(models.CodeUnavailable, err, message)
	e.RetryAfter, e.Hop = retryWhenDown, "the event log's database"
	return e
}
