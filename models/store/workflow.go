package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"throughline/models"
)

// workflowTimeout bounds one transaction of the workflow.
const workflowTimeout = 10 * time.Second

// Workflow holds proposals, decisions and ERP writes. It is safe for concurrent use.
type Workflow struct{ db *DB }

// NewWorkflow works through db.
func NewWorkflow(db *DB) *Workflow { return &Workflow{db: db} }

// Change runs fn in one transaction, which an error rolls back.
func (w *Workflow) Change(ctx context.Context, fn func(*WorkflowTx) error) error {
	ctx, cancel := context.WithTimeout(ctx, workflowTimeout)
	defer cancel()
	return w.db.Gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error { return fn(&WorkflowTx{db: tx}) })
}

// WorkflowTx is one transaction of the workflow. It belongs to one goroutine.
type WorkflowTx struct{ db *gorm.DB }

type binds = map[string]any

func (t *WorkflowTx) exec(what, sql string, args binds) (int64, error) {
	result := t.db.Exec(sql, args)
	if result.Error != nil {
		return 0, fmt.Errorf("%s: %w", what, result.Error)
	}
	return result.RowsAffected, nil
}

// LockItem makes the caller the only one to change proposals of an item at a DC
// until the transaction ends.
func (t *WorkflowTx) LockItem(item, dc string) error {
	_, err := t.exec("lock an item's proposals", `SELECT pg_advisory_xact_lock(hashtextextended(@key, 0))`,
		binds{"key": "proposals:" + item + "|" + dc})
	return err
}

// Recommendation reads what the engine recommended, CodeNotFound when the tower has not applied it.
func (t *WorkflowTx) Recommendation(id string) (models.StoredRecommendation, error) {
	var r models.StoredRecommendation
	found := t.db.Raw(`
		SELECT recommendation, kind, run, item, dc, from_dc, supplier, quantity, unit, unit_price, currency,
			need_by, order_by, reason, basis_kind, computed_at, received_at, trace_parent
		FROM recommendations WHERE recommendation = @id`, binds{"id": id}).Scan(&r)
	return r, oneRow(found, "recommendation", id)
}

// Proposal reads a proposal and locks it until the transaction ends.
func (t *WorkflowTx) Proposal(recommendation string) (models.Proposal, error) {
	var p models.Proposal
	found := t.db.Raw(proposalColumns+` WHERE p.recommendation = @id FOR UPDATE OF p`, binds{"id": recommendation}).Scan(&p)
	return p, oneRow(found, "proposal", recommendation)
}

const proposalColumns = `
	SELECT p.recommendation, r.kind, r.item, r.dc, r.from_dc, r.supplier, p.state, p.policy_version, p.route,
		p.quantity, r.unit, r.unit_price, p.value, p.currency, r.need_by, r.order_by, p.version,
		p.first_approver, p.changed_by, p.superseded_by, p.entered_at, p.due_at, p.decided_at, p.ordered_at, p.fallback, p.late_feed,
		r.trace_parent
	FROM proposals p JOIN recommendations r USING (recommendation)`

func oneRow(found *gorm.DB, noun, id string) error {
	switch {
	case found.Error != nil:
		return fmt.Errorf("read the %s %s: %w", noun, id, found.Error)
	case found.RowsAffected == 0:
		return models.Errorf(models.CodeNotFound, "There is no %s %s.", noun, id)
	default:
		return nil
	}
}

// Entered reports whether a recommendation is a proposal already.
func (t *WorkflowTx) Entered(recommendation string) (bool, error) {
	var entered bool
	err := t.db.Raw(`SELECT EXISTS (SELECT 1 FROM proposals WHERE recommendation = @id)`, binds{"id": recommendation}).Scan(&entered).Error
	if err != nil {
		return false, fmt.Errorf("look for the proposal %s: %w", recommendation, err)
	}
	return entered, nil
}

// Enter makes a proposal with the policy's results.
func (t *WorkflowTx) Enter(p models.Proposal, results []models.RuleResult) error {
	_, err := t.exec("enter a proposal", `
		INSERT INTO proposals (recommendation, state, policy_version, route, value, currency, quantity, superseded_by,
			entered_at, due_at, decided_at, fallback, late_feed)
		VALUES (@id, @state, @policy, @route, @value, @currency, @quantity, @superseded_by, @entered_at, @due_at, @decided_at, @fallback, @late_feed)`,
		binds{
			"id": p.Recommendation, "state": p.State, "policy": p.PolicyVersion, "route": p.Route, "value": p.Value,
			"currency": p.Currency, "quantity": p.Quantity, "superseded_by": p.SupersededBy,
			"entered_at": p.EnteredAt, "due_at": p.DueAt, "decided_at": p.DecidedAt, "fallback": p.Fallback, "late_feed": p.LateFeed,
		})
	if err != nil {
		return err
	}
	return t.storeResults(p.Recommendation, results)
}

func (t *WorkflowTx) storeResults(recommendation string, results []models.RuleResult) error {
	text, err := json.Marshal(results)
	if err != nil {
		return fmt.Errorf("write what the rules say: %w", err)
	}
	_, err = t.exec("store the policy's results", `
		INSERT INTO policy_results (recommendation, rule, passed, inputs, message)
		SELECT @id, "Rule", "Passed", "Inputs", "Message"
		FROM jsonb_to_recordset(CAST(@results AS jsonb)) AS r ("Rule" text, "Passed" boolean, "Inputs" jsonb, "Message" text)
		ON CONFLICT (recommendation, rule) DO UPDATE SET passed = EXCLUDED.passed, inputs = EXCLUDED.inputs, message = EXCLUDED.message`,
		binds{"id": recommendation, "results": string(text)})
	return err
}

// Judged keeps what the policy says of a proposal that it is asked about again.
// The caller holds the row's lock through Proposal.
func (t *WorkflowTx) Judged(p models.Proposal, outcome models.PolicyOutcome) error {
	_, err := t.exec("keep a judgement", `UPDATE proposals SET policy_version = @policy WHERE recommendation = @id`,
		binds{"id": p.Recommendation, "policy": outcome.Version})
	if err != nil {
		return err
	}
	return t.storeResults(p.Recommendation, outcome.Results)
}

// NewerThan finds a proposal for the same item and DC that was computed after
// the recommendation by another run; an empty string when there is none.
func (t *WorkflowTx) NewerThan(r models.StoredRecommendation) (string, error) {
	var newer string
	err := t.db.Raw(`
		SELECT p.recommendation FROM proposals p JOIN recommendations r USING (recommendation)
		WHERE r.item = @item AND r.dc = @dc AND r.run <> @run AND r.computed_at > @at
		ORDER BY r.computed_at DESC LIMIT 1`,
		binds{"item": r.Item, "dc": r.DC, "run": r.Run, "at": r.ComputedAt}).Scan(&newer).Error
	if err != nil {
		return "", fmt.Errorf("look for a newer proposal: %w", err)
	}
	return newer, nil
}

// WaitingOf reads at which DCs something waits for a decision about any of the items.
func (t *WorkflowTx) WaitingOf(items []string) ([]models.Proposal, error) {
	var waiting []models.Proposal
	err := t.db.Raw(`
		SELECT DISTINCT r.item, r.dc FROM proposals p JOIN recommendations r USING (recommendation)
		WHERE p.state = 'waiting' AND r.item IN @items`, binds{"items": items}).Scan(&waiting).Error
	if err != nil {
		return nil, fmt.Errorf("read where something waits: %w", err)
	}
	return waiting, nil
}

// Supersede ends the waiting proposals for an item and DC that another run
// computed before at. by is the recommendation or run that takes their place.
func (t *WorkflowTx) Supersede(item, dc, run string, at time.Time, by string, now time.Time) (int64, error) {
	return t.exec("supersede waiting proposals", `
		UPDATE proposals p SET state = 'superseded', superseded_by = @by, decided_at = @now, version = p.version + 1
		FROM recommendations r
		WHERE r.recommendation = p.recommendation AND p.state = 'waiting'
			AND r.item = @item AND r.dc = @dc AND r.run <> @run AND r.computed_at <= @at`,
		binds{"item": item, "dc": dc, "run": run, "at": at, "by": by, "now": now})
}

// Save writes what a decision may change of a proposal and raises its version.
// The caller holds the row's lock through Proposal.
func (t *WorkflowTx) Save(p models.Proposal) error {
	_, err := t.exec("save a proposal", `
		UPDATE proposals SET state = @state, route = @route, quantity = @quantity, value = @value,
			first_approver = @first, changed_by = @changed, decided_at = @decided_at, ordered_at = @ordered_at,
			fallback = @fallback, late_feed = @late_feed, version = version + 1
		WHERE recommendation = @id`,
		binds{
			"id": p.Recommendation, "state": p.State, "route": p.Route, "quantity": p.Quantity, "value": p.Value,
			"first": p.FirstApprover, "changed": p.ChangedBy, "decided_at": p.DecidedAt, "ordered_at": p.OrderedAt,
			"fallback": p.Fallback, "late_feed": p.LateFeed,
		})
	return err
}

// Decide appends a decision.
func (t *WorkflowTx) Decide(recommendation string, d models.DecisionRecord) error {
	_, err := t.exec("store a decision", `
		INSERT INTO decisions (recommendation, verdict, actor, by_policy, reason, quantity, decided_at)
		VALUES (@id, @verdict, @actor, @by_policy, @reason, @quantity, @at)`,
		binds{
			"id": recommendation, "verdict": d.Verdict, "actor": d.Actor, "by_policy": d.ByPolicy,
			"reason": d.Reason, "quantity": d.Quantity, "at": d.DecidedAt,
		})
	return err
}

// Decisions reads what was decided about a recommendation, in order.
func (t *WorkflowTx) Decisions(recommendation string) ([]models.DecisionRecord, error) {
	return decisionsOf(t.db, recommendation)
}

func decisionsOf(db *gorm.DB, recommendation string) ([]models.DecisionRecord, error) {
	var decisions []models.DecisionRecord
	err := db.Raw(`
		SELECT id, verdict, actor, by_policy, reason, quantity, decided_at
		FROM decisions WHERE recommendation = @id ORDER BY id`, binds{"id": recommendation}).Scan(&decisions).Error
	if err != nil {
		return nil, fmt.Errorf("read the decisions about %s: %w", recommendation, err)
	}
	return decisions, nil
}
