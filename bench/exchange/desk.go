package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/workflow"
)

// deskHours are the hours of a working day at which people clear the list of
// approvals.
func deskHours() []int { return []int{10, 15} }

// approvers are two, since large orders want a second person.
func approvers() []string { return []string{"first approver", "second approver"} }

// desk stands in for the people: it approves whatever waits, by the same door as
// a click on the page, and accepts a basis that is out of date. Its figures are
// AGED after a day of business time.
type desk struct {
	db   *store.DB
	flow *workflow.Workflow
	last time.Time // business time of the newest round
}

func newDesk(db *store.DB, clock models.BusinessClock) (*desk, error) {
	flow, err := workflow.New(workflow.Config{
		Store: store.NewWorkflow(db), Engine: nobody{}, Clock: clock, BasisWindow: clock.Duration(businessDay),
	})
	return &desk{db: db, flow: flow, last: begins()}, err
}

// nobody is asked to compute again: the desk never does.
type nobody struct{}

func (nobody) Reevaluate(context.Context, string, string, string) error {
	return errors.New("the desk asks for nothing")
}

// look works through the list when one of the hours has come since the last round.
func (d *desk) look(ctx context.Context, business time.Time) error {
	round := lastRound(business)
	if !round.After(d.last) {
		return nil
	}
	d.last = round
	for _, actor := range approvers() {
		if err := d.approveAll(ctx, actor); err != nil {
			return fmt.Errorf("approve what waits: %w", err)
		}
	}
	return nil
}

// lastRound is the newest round of a working day that is not after a business
// time; zero when there is none on that day.
func lastRound(business time.Time) time.Time {
	var round time.Time
	if day := business.Weekday(); day == time.Saturday || day == time.Sunday {
		return round
	}
	for _, hour := range deskHours() {
		at := business.Truncate(businessDay).Add(time.Duration(hour) * time.Hour)
		if !at.After(business) {
			round = at
		}
	}
	return round
}

func (d *desk) approveAll(ctx context.Context, actor string) error {
	rows, err := d.db.Pool.Query(ctx, "SELECT recommendation, version FROM proposals WHERE state = 'waiting' ORDER BY due_at, recommendation")
	if err != nil {
		return err
	}
	waiting, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c models.Decision, err error) {
		return c, row.Scan(&c.Recommendation, &c.Version)
	})
	if err != nil {
		return err
	}
	for _, decision := range waiting {
		decision.Shown, decision.Verdict, decision.AcceptStale = models.VerdictUnknown, models.DecisionApproved, true
		decision.Actor, decision.Reason = actor, "as recommended"
		_, err := d.flow.Decide(ctx, decision)
		switch models.CodeOf(err) {
		case models.CodeConflict, models.CodePrecondition, models.CodeForbidden: // superseded meanwhile, held, or waits for the other
		default:
			if err != nil {
				return err
			}
		}
	}
	return nil
}
