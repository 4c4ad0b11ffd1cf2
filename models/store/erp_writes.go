package store

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"throughline/models"
)

// LeasedWrite is an ERP write in the hands of one worker. Every change of it
// fails with CodeConflict once the lease has gone to another.
type LeasedWrite struct {
	models.ERPWrite
	Lease string
}

// CreateWrite stores the intent to make the order of an approved
// recommendation; the unique reference is what makes it exactly one.
func (t *WorkflowTx) CreateWrite(w models.ERPWrite) error {
	request, err := json.Marshal(w.Request)
	if err != nil {
		return fmt.Errorf("write an order request: %w", err)
	}
	_, err = t.exec("store the intent of an ERP write", `
		INSERT INTO erp_writes (recommendation, system, kind, reference, request, state, next_attempt_at, created_at, updated_at)
		VALUES (@id, @system, @kind, @reference, CAST(@request AS jsonb), 'intent', @now, @now, @now)`,
		binds{
			"id": w.Recommendation, "system": w.System, "kind": w.Request.Kind, "reference": w.Reference,
			"request": string(request), "now": w.CreatedAt,
		})
	return err
}

// LeaseWrite takes the write that has been due longest for lease until an
// instant; ok is false when none is due. Rows in other hands are passed over.
func (t *WorkflowTx) LeaseWrite(system, lease string, now, until time.Time) (w LeasedWrite, ok bool, err error) {
	var row writeRow
	found := t.db.Raw(`
		UPDATE erp_writes SET lease_owner = @lease, lease_until = @until, updated_at = @now
		WHERE id = (
			SELECT id FROM erp_writes
			WHERE system = @system AND state IN ('intent', 'sent', 'unknown') AND next_attempt_at <= @now
				AND (lease_until IS NULL OR lease_until <= @now)
			ORDER BY next_attempt_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
		)
		RETURNING `+writeColumns, binds{"system": system, "lease": lease, "now": now, "until": until}).Scan(&row)
	if found.Error != nil {
		return w, false, fmt.Errorf("lease an ERP write: %w", found.Error)
	}
	if found.RowsAffected == 0 {
		return w, false, nil
	}
	write, err := row.write()
	return LeasedWrite{ERPWrite: write, Lease: lease}, err == nil, err
}

const writeColumns = `id, recommendation, system, kind, reference, request::text AS request, state, document, attempts,
	next_attempt_at, sent_at, lease_until, error_class, error, created_at, updated_at,
	(SELECT r.trace_parent FROM recommendations r WHERE r.recommendation = erp_writes.recommendation) AS trace_parent,
	(SELECT r.computed_at FROM recommendations r WHERE r.recommendation = erp_writes.recommendation) AS computed_at`

type writeRow struct {
	ID             int64
	Recommendation string
	System         string
	Kind           string
	Reference      string
	Request        string
	State          models.ERPWriteState
	Document       string
	Attempts       int
	NextAttemptAt  time.Time
	SentAt         *time.Time
	LeaseUntil     *time.Time
	ErrorClass     string
	Error          string
	CreatedAt      time.Time
	UpdatedAt      time.Time
	TraceParent    models.TraceParent
	ComputedAt     time.Time
}

func (r writeRow) write() (models.ERPWrite, error) {
	w := models.ERPWrite{
		ID: r.ID, Recommendation: r.Recommendation, System: r.System, Reference: r.Reference, State: r.State,
		Document: r.Document, Attempts: r.Attempts, NextAttemptAt: r.NextAttemptAt, SentAt: r.SentAt, LeaseUntil: r.LeaseUntil,
		ErrorClass: r.ErrorClass, Error: r.Error, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, TraceParent: r.TraceParent, ComputedAt: r.ComputedAt,
	}
	if err := json.Unmarshal([]byte(r.Request), &w.Request); err != nil {
		return w, fmt.Errorf("read the request of ERP write %d: %w", r.ID, err)
	}
	w.Request.Kind = r.Kind
	return w, nil
}

// Write reads an ERP write and locks it until the transaction ends.
func (t *WorkflowTx) Write(id int64) (models.ERPWrite, error) {
	var row writeRow
	found := t.db.Raw(`SELECT `+writeColumns+` FROM erp_writes WHERE id = @id FOR UPDATE`, binds{"id": id}).Scan(&row)
	if err := oneRow(found, "ERP write", strconv.FormatInt(id, 10)); err != nil {
		return models.ERPWrite{}, err
	}
	return row.write()
}

// WriteOf reads the ERP write under a reference and locks it until the transaction ends.
func (t *WorkflowTx) WriteOf(reference string) (models.ERPWrite, error) {
	var row writeRow
	found := t.db.Raw(`SELECT `+writeColumns+` FROM erp_writes WHERE reference = @ref FOR UPDATE`, binds{"ref": reference}).Scan(&row)
	if err := oneRow(found, "ERP write", reference); err != nil {
		return models.ERPWrite{}, err
	}
	return row.write()
}

// MarkSent says, before the request leaves, that it may have left. It prolongs
// the lease, so that no other worker looks before the answer can be known.
func (t *WorkflowTx) MarkSent(w LeasedWrite, now, leaseUntil time.Time) error {
	return t.underLease(w, "mark an ERP write as sent", `
		UPDATE erp_writes SET state = 'sent', sent_at = @now, attempts = attempts + 1, lease_until = @until, updated_at = @now
		WHERE id = @id AND lease_owner = @lease AND state = 'intent'`, binds{"now": now, "until": leaseUntil})
}

// WriteOutcome is what an attempt left an ERP write in, when it made no order.
type WriteOutcome struct {
	State         models.ERPWriteState
	NextAttemptAt time.Time
	ErrorClass    string
	Error         string
}

// Release ends a lease with an outcome that is not an order.
func (t *WorkflowTx) Release(w LeasedWrite, o WriteOutcome, now time.Time) error {
	return t.underLease(w, "release an ERP write", `
		UPDATE erp_writes SET state = @state, next_attempt_at = @next, error_class = @class, error = @error,
			lease_owner = '', lease_until = NULL, updated_at = @now
		WHERE id = @id AND lease_owner = @lease`,
		binds{"state": o.State, "next": o.NextAttemptAt, "class": o.ErrorClass, "error": o.Error, "now": now})
}

// Keep moves a leased write to another state and keeps the lease.
func (t *WorkflowTx) Keep(w LeasedWrite, state models.ERPWriteState, now time.Time) error {
	return t.underLease(w, "move an ERP write", `
		UPDATE erp_writes SET state = @state, updated_at = @now WHERE id = @id AND lease_owner = @lease`,
		binds{"state": state, "now": now})
}

func (t *WorkflowTx) underLease(w LeasedWrite, what, sql string, args binds) error {
	args["id"], args["lease"] = w.ID, w.Lease
	changed, err := t.exec(what, sql, args)
	if err == nil && changed == 0 {
		return models.Errorf(models.CodeConflict, "ERP write %d is in other hands.", w.ID)
	}
	return err
}

// SetWrite moves a write whose row the caller has locked, lease or no lease.
// An empty document leaves the document as it is.
func (t *WorkflowTx) SetWrite(id int64, state models.ERPWriteState, document string, next, now time.Time) error {
	_, err := t.exec("set an ERP write", `
		UPDATE erp_writes SET state = @state, document = @document, next_attempt_at = @next, error_class = '', error = '',
			lease_owner = '', lease_until = NULL, updated_at = @now
		WHERE id = @id`,
		binds{"id": id, "state": state, "document": document, "next": next, "now": now})
	return err
}

// AddAttempt appends one call to the history of a write. A request to make the
// order was counted by MarkSent already.
func (t *WorkflowTx) AddAttempt(write int64, a models.ERPWriteAttempt) error {
	if a.Action == models.ActionLookup {
		if _, err := t.exec("count a lookup", `UPDATE erp_writes SET attempts = attempts + 1 WHERE id = @id`, binds{"id": write}); err != nil {
			return err
		}
	}
	_, err := t.exec("store an attempt at an ERP write", `
		INSERT INTO erp_write_attempts (write_id, attempt, action, started_at, ended_at, outcome, class, error, status, request, response)
		VALUES (@write, @attempt, @action, @started, @ended, @outcome, @class, @error, @status, @request, @response)`,
		binds{
			"write": write, "attempt": a.Attempt, "action": a.Action, "started": a.StartedAt, "ended": a.EndedAt,
			"outcome": a.Outcome, "class": a.Class, "error": a.Error, "status": a.Status, "request": a.Request, "response": a.Response,
		})
	return err
}

// Audit appends an audit row in the transaction of the change that it tells of
// (invariant 8). before and after are written as JSON.
func (t *WorkflowTx) Audit(actor, action, subject, reason string, before, after any) error {
	from, err := json.Marshal(before)
	if err != nil {
		return fmt.Errorf("write an audit row: %w", err)
	}
	to, err := json.Marshal(after)
	if err != nil {
		return fmt.Errorf("write an audit row: %w", err)
	}
	return auditGorm(t.db, models.AuditEntry{
		Actor: actor, Action: action, Subject: subject, Reason: reason, Before: string(from), After: string(to),
	})
}
