package store

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/shopspring/decimal"
	"gorm.io/gorm"

	"throughline/models"
)

// Approvals reads what waits for a person and what became of it. Verdicts that
// say "now" are computed at the instant now, real time. It is safe for
// concurrent use.
type Approvals struct {
	db   *DB
	rule BasisRule
	now  func() time.Time
}

// NewApprovals reads through db.
func NewApprovals(db *DB, rule BasisRule, now func() time.Time) *Approvals {
	return &Approvals{db: db, rule: rule, now: now}
}

const approvalColumns = `
	p.recommendation, r.kind, r.item, r.dc, r.from_dc, r.supplier, p.state, p.policy_version, p.route,
		p.quantity, r.unit, r.unit_price, p.value, p.currency, r.need_by, r.order_by, p.version,
		p.first_approver, p.changed_by, p.superseded_by, p.entered_at, p.due_at, p.decided_at, p.ordered_at, p.fallback, p.late_feed,
		r.run, coalesce(i.description, '') AS description, coalesce(i.abc_class, '') AS class, coalesce(s.name, '') AS supplier_name,
		r.quantity AS recommended, coalesce(i.pack_size, 0) AS pack, coalesce(i.moq, 0) AS moq, coalesce(i.unit_cost, 0) AS contract_price,
		r.reason, r.confidence, r.basis_kind, r.forecast_revision AS revision, open.here AS open_orders, open.elsewhere AS other_dcs,
		(SELECT count(*) FROM proposal_questions q WHERE q.recommendation = p.recommendation AND q.answered_at IS NULL) AS open_questions`

const approvalTables = `
	FROM proposals p JOIN recommendations r USING (recommendation)
	LEFT JOIN items i ON i.item = r.item
	LEFT JOIN suppliers s ON s.supplier = r.supplier
	CROSS JOIN LATERAL (
		SELECT count(*) FILTER (WHERE o.dc = r.dc) AS here, count(*) FILTER (WHERE o.dc <> r.dc) AS elsewhere
		FROM order_lines l JOIN orders o USING (number)
		WHERE l.item = r.item AND o.state IN ('open', 'confirmed', 'shipped')
			AND o.reference <> 'TL-' || r.recommendation
	) open`

type approvalRow struct {
	models.Proposal
	Run           string
	Description   string
	Class         string
	SupplierName  string
	Recommended   decimal.Decimal
	Pack          decimal.Decimal
	MOQ           decimal.Decimal `gorm:"column:moq"`
	ContractPrice decimal.Decimal
	Reason        string
	Confidence    *decimal.Decimal
	BasisKind     string
	Revision      *int64
	OpenOrders    int
	OtherDCs      int `gorm:"column:other_dcs"`
	OpenQuestions int
	Place         string // in the queue
}

func (r approvalRow) approval() models.Approval {
	return models.Approval{
		Proposal: r.Proposal, Run: r.Run, Description: r.Description, Class: r.Class, SupplierName: r.SupplierName,
		Recommended: r.Recommended, Pack: r.Pack, MOQ: r.MOQ, ContractPrice: r.ContractPrice, Reason: r.Reason, Confidence: r.Confidence,
		BasisKind: r.BasisKind, Revision: r.Revision, OpenOrders: r.OpenOrders, OtherDCs: r.OtherDCs,
		OpenQuestions: r.OpenQuestions, Place: r.Place,
	}
}

const waitingApprovals = `p.state = 'waiting' AND (@dc = '' OR r.dc = @dc) AND (@supplier = '' OR r.supplier = @supplier)
	AND (@kind = '' OR r.kind = @kind) AND (@route = '' OR p.route = @route)
	AND (CAST(@cut_off_by AS timestamptz) IS NULL OR r.order_by <= @cut_off_by)`

func approvalBinds(f models.ApprovalFilter) binds {
	all := binds{"dc": f.DC, "supplier": f.Supplier, "kind": f.Kind, "route": f.Route, "cut_off_by": nil}
	if !f.CutOffBy.IsZero() {
		all["cut_off_by"] = f.CutOffBy
	}
	return all
}

// Matching counts what waits for a person, whatever its page.
func (a *Approvals) Matching(ctx context.Context, f models.ApprovalFilter) (int64, error) {
	var n int64
	err := a.db.Gorm.WithContext(ctx).Raw(`
		SELECT count(*) FROM proposals p JOIN recommendations r USING (recommendation) WHERE `+waitingApprovals,
		approvalBinds(f)).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count the approval queue: %w", err)
	}
	return n, nil
}

// approvalOrder is the queue's own: what is due first at the top.
var approvalOrder = keyset{name: "due", parts: []sortBy{{"p.due_at", sortTime}, {"p.recommendation", sortText}}}

// approvalSorts are what a reader may sort the queue by instead.
var approvalSorts = map[string]sortBy{
	"id": {"p.recommendation", sortText}, "item": {"r.item", sortText}, "dc": {"r.dc", sortText},
	"from": {"coalesce(nullif(r.from_dc, ''), nullif(s.name, ''), r.supplier)", sortText}, "quantity": {"p.quantity", sortNumber},
	"value": {"p.value", sortNumber}, "cut_off": {"r.order_by", sortTime}, "need_by": {"CAST(r.need_by AS timestamptz)", sortTime},
	"revision": {"coalesce(r.forecast_revision, 0)", sortNumber}, "confidence": {"coalesce(r.confidence, -1)", sortNumber}, "waits": {"p.entered_at", sortTime},
}

// Queue lists what waits for a person, what is due first at the top unless the
// filter says otherwise.
func (a *Approvals) Queue(ctx context.Context, f models.ApprovalFilter) (models.ApprovalPage, error) {
	limit, order := pageSize(f.Limit), sorted(f.By, approvalSorts, approvalOrder)
	after, values, err := order.after(f.After)
	if err != nil {
		return models.ApprovalPage{}, err
	}
	var rows []approvalRow
	db := a.db.Gorm.WithContext(ctx)
	maps.Copy(values, approvalBinds(f))
	values["limit"] = limit + 1
	err = db.Raw(`SELECT `+approvalColumns+`, `+order.place()+` AS place`+approvalTables+`
		WHERE `+waitingApprovals+` AND `+after+` ORDER BY `+order.orderBy()+` LIMIT @limit`, values).Scan(&rows).Error
	if err != nil {
		return models.ApprovalPage{}, fmt.Errorf("read the approval queue: %w", err)
	}
	var page models.ApprovalPage
	if len(rows) > limit {
		rows = rows[:limit]
		page.Next = rows[limit-1].Place
	}
	page.Rows, err = a.complete(db, rows)
	return page, err
}

// complete adds the policy's results and the verdict now.
func (a *Approvals) complete(db *gorm.DB, rows []approvalRow) ([]models.Approval, error) {
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.Recommendation
	}
	checks, err := a.rule.check(db, models.MomentNow, a.now().UTC(), ids...)
	if err != nil {
		return nil, err
	}
	policy, err := policyResults(db, ids)
	if err != nil {
		return nil, err
	}
	approvals := make([]models.Approval, len(rows))
	for i, r := range rows {
		approvals[i] = r.approval()
		approvals[i].Basis = checks[r.Recommendation].BasisCheck
		approvals[i].Policy = policy[r.Recommendation]
	}
	return approvals, nil
}

func policyResults(db *gorm.DB, ids []string) (map[string][]models.RuleResult, error) {
	var rows []struct {
		Recommendation, Rule, Inputs, Message string
		Passed                                bool
	}
	err := db.Raw(`
		SELECT recommendation, rule, passed, inputs::text AS inputs, message
		FROM policy_results WHERE recommendation IN @ids ORDER BY recommendation, passed, rule`, binds{"ids": ids}).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the policy's results: %w", err)
	}
	results := make(map[string][]models.RuleResult)
	for _, r := range rows {
		result := models.RuleResult{Rule: r.Rule, Passed: r.Passed, Message: r.Message}
		if err := json.Unmarshal([]byte(r.Inputs), &result.Inputs); err != nil {
			return nil, fmt.Errorf("read the inputs of rule %s: %w", r.Rule, err)
		}
		results[r.Recommendation] = append(results[r.Recommendation], result)
	}
	return results, nil
}

// Review reads everything about one proposal, CodeNotFound when there is none.
func (a *Approvals) Review(ctx context.Context, recommendation string) (models.Review, error) {
	var review models.Review
	var row approvalRow
	db := a.db.Gorm.WithContext(ctx)
	found := db.Raw(`SELECT `+approvalColumns+approvalTables+` WHERE p.recommendation = @id`, binds{"id": recommendation}).Scan(&row)
	if err := oneRow(found, "recommendation", recommendation); err != nil {
		return review, err
	}
	approvals, err := a.complete(db, []approvalRow{row})
	if err != nil {
		return review, err
	}
	review.Approval = approvals[0]
	if review.Decisions, err = decisionsOf(db, recommendation); err != nil {
		return review, err
	}
	if review.Questions, err = questionsAbout(db, recommendation); err != nil {
		return review, err
	}
	if review.Supply, err = (&WorkflowTx{db: db}).Supply(recommendation); err != nil {
		return review, err
	}
	if review.Late, err = (&WorkflowTx{db: db}).LateFeeds(a.now()); err != nil {
		return review, err
	}
	review.Supply.Late = models.StrictestFallback(review.Late, review.DC, review.FromDC)
	if review.Inspector, err = a.Inspect(ctx, recommendation); err != nil {
		return review, err
	}
	if review.Outlook, err = a.outlook(ctx, review.Item, review.DC); err != nil {
		return review, err
	}
	if review.History, err = historyOf(db, review.Proposal); err != nil {
		return review, err
	}
	if review.Supplier != "" {
		if review.Notices, err = a.noticesOf(db, review.Supplier); err != nil {
			return review, err
		}
	}
	review.Write, err = writeOf(db, recommendation)
	return review, err
}

// writeOf is the ERP write of a recommendation, nil when it has none yet.
func writeOf(db *gorm.DB, recommendation string) (*models.ERPWrite, error) {
	var row writeRow
	found := db.Raw(`SELECT `+writeColumns+` FROM erp_writes WHERE recommendation = @id`, binds{"id": recommendation}).Scan(&row)
	if err := oneRow(found, "ERP write", recommendation); models.CodeOf(err) == models.CodeNotFound {
		return nil, nil //nolint:nilnil // no write is a normal state of a review, said by the field's comment
	} else if err != nil {
		return nil, err
	}
	write, err := row.write()
	return &write, err
}

func pageSize(limit int) int {
	if limit <= 0 {
		return 50
	}
	return min(limit, 200)
}
