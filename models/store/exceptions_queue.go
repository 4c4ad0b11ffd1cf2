package store

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"gorm.io/gorm"

	"throughline/models"
)

const (
	queuePage    = 50
	queuePageMax = 200
)

// queueOrders is what each order sorts by; the id makes it total. Every key
// ascends, so that one row comparison finds where a page begins.
var queueOrders = map[models.ExceptionSort]string{
	models.SortPriority: "priority, coalesce(consequence_at, 'infinity'), id",
	models.SortMoney:    "-value_at_risk, coalesce(consequence_at, 'infinity'), id",
	models.SortNewest:   "-id",
}

// Queue reads one page of the exceptions that match a filter.
func (s *Exceptions) Queue(ctx context.Context, f models.ExceptionFilter) (models.ExceptionPage, error) {
	order, known := queueOrders[f.Sort]
	if !known {
		f.Sort, order = models.SortPriority, queueOrders[models.SortPriority]
	}
	limit := f.Limit
	if limit <= 0 {
		limit = queuePage
	}
	limit = min(limit, queuePageMax)
	q := filterExceptions(s.db.Gorm.WithContext(ctx).Table("exceptions"), f)
	q, err := startAfter(q, f, order)
	if err != nil {
		return models.ExceptionPage{}, err
	}
	var page models.ExceptionPage
	if err := q.Order(order).Limit(limit + 1).Find(&page.Rows).Error; err != nil {
		return page, fmt.Errorf("read the queue of exceptions: %w", err)
	}
	if len(page.Rows) > limit {
		page.Rows = page.Rows[:limit]
		page.Next = cursorAt(f.Sort, page.Rows[limit-1])
	}
	return page, nil
}

// Matching counts the exceptions that match a filter, whatever its page.
func (s *Exceptions) Matching(ctx context.Context, f models.ExceptionFilter) (int64, error) {
	var n int64
	if err := filterExceptions(s.db.Gorm.WithContext(ctx).Table("exceptions"), f).Count(&n).Error; err != nil {
		return 0, fmt.Errorf("count the matching exceptions: %w", err)
	}
	return n, nil
}

// Views counts the exceptions that match a filter in each view of their queue;
// what the filter says of states, owners and the shelf is the views' to say.
func (s *Exceptions) Views(ctx context.Context, f models.ExceptionFilter, owner string) (models.ExceptionViews, error) {
	var views models.ExceptionViews
	f.Concerns, f.Escalated = "", false
	const stands = isShelved + " IS NOT TRUE"
	err := narrowExceptions(s.db.Gorm.WithContext(ctx).Table("exceptions"), f).Where("state <> 'resolved'").Select(`
		count(*) FILTER (WHERE `+stands+`) AS open, count(*) FILTER (WHERE state IN ?) AS unowned,
		count(*) FILTER (WHERE `+stands+` AND (owner = ? OR escalated_to = ?)) AS mine, count(*) FILTER (WHERE `+stands+` AND escalation > 0) AS escalated,
		count(*) FILTER (WHERE `+isShelved+`) AS shelved, count(DISTINCT (code, source)) FILTER (WHERE `+stands+`) AS causes`,
		models.UnownedStates(), owner, owner).Scan(&views).Error
	if err != nil {
		return views, fmt.Errorf("count the views of the queue: %w", err)
	}
	return views, nil
}

// isShelved ends by itself, and whatever becomes most urgent comes back at once.
const isShelved = "(shelved_until > now() AND priority <> 'P1')"

func filterExceptions(q *gorm.DB, f models.ExceptionFilter) *gorm.DB {
	if len(f.States) == 0 {
		q = q.Where("state <> ?", models.ExceptionResolved)
	} else {
		q = q.Where("state IN ?", f.States)
	}
	switch {
	case f.Shelved:
		q = q.Where(isShelved)
	case len(f.States) == 0:
		q = q.Where(isShelved + " IS NOT TRUE")
	}
	if f.Folded {
		f.Folded = false
		given := filterExceptions(q.Session(&gorm.Session{NewDB: true}).Table("exceptions").Select("id"), f)
		q = q.Where("(cause_id IS NULL OR cause_id NOT IN (?))", given)
	}
	return narrowExceptions(q, f)
}

// narrowExceptions is a filter without its states and the shelf.
func narrowExceptions(q *gorm.DB, f models.ExceptionFilter) *gorm.DB {
	if f.Team != "" {
		q = q.Where("(team = ? OR also_team = ? OR routed_team = ?)", f.Team, f.Team, f.Team)
	}
	if len(f.Priorities) > 0 {
		q = q.Where("priority IN ?", f.Priorities)
	}
	if len(f.Codes) > 0 {
		q = q.Where("code IN ?", f.Codes)
	}
	for column, value := range map[string]string{
		"stage": string(f.Stage), "dc": f.DC, "item": f.Item, "supplier": f.Supplier, "source": f.Source,
	} {
		if value != "" {
			q = q.Where(column+" = ?", value)
		}
	}
	if f.Concerns != "" {
		q = q.Where("(owner = ? OR escalated_to = ?)", f.Concerns, f.Concerns)
	}
	if f.Escalated {
		q = q.Where("escalation > 0")
	}
	if !f.Since.IsZero() {
		q = q.Where("opened_at > ?", f.Since)
	}
	if f.Cause != 0 {
		q = q.Where("cause_id = ?", f.Cause)
	}
	if f.NoSource {
		q = q.Where("source = ''")
	}
	if f.Text != "" {
		q = q.Where("concat_ws(' ', code, title, happened, item, dc, supplier, source, document, recommendation) ILIKE ?", containing(f.Text))
	}
	return q
}

// containing is a LIKE pattern for text as it stands.
func containing(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%"
}

// queueCursor is the place of the last row of a page in its order.
type queueCursor struct {
	Sort     models.ExceptionSort `json:"s"`
	ID       int64                `json:"i"`
	Priority models.Priority      `json:"p,omitempty"`
	Value    string               `json:"v,omitempty"`
	At       string               `json:"a,omitempty"`
}

func cursorAt(sort models.ExceptionSort, e models.Exception) string {
	c := queueCursor{Sort: sort, ID: e.ID, Priority: e.Priority, Value: e.ValueAtRisk.Neg().String(), At: "infinity"}
	if e.ConsequenceAt != nil {
		c.At = e.ConsequenceAt.UTC().Format(time.RFC3339Nano)
	}
	text, _ := json.Marshal(c) // strings and a number always marshal
	return base64.RawURLEncoding.EncodeToString(text)
}

func startAfter(q *gorm.DB, f models.ExceptionFilter, order string) (*gorm.DB, error) {
	if f.After == "" {
		return q, nil
	}
	var c queueCursor
	text, err := base64.RawURLEncoding.DecodeString(f.After)
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	if err != nil || c.Sort != f.Sort || !c.valid() {
		return nil, models.Errorf(models.CodeInvalid, "This page of the queue cannot be found; start again from the first.")
	}
	switch f.Sort {
	case models.SortMoney:
		return q.Where("("+order+") > (?::numeric, ?::timestamptz, ?)", c.Value, c.At, c.ID), nil
	case models.SortNewest:
		return q.Where("id < ?", c.ID), nil
	default:
		return q.Where("("+order+") > (?, ?::timestamptz, ?)", c.Priority, c.At, c.ID), nil
	}
}

// plainNumber is how cursorAt writes a value.
var plainNumber = regexp.MustCompile(`^-?[0-9]{1,30}(\.[0-9]{1,30})?$`)

// valid refuses what a person has typed into an address.
func (c queueCursor) valid() bool {
	if c.At != "infinity" {
		if at, err := time.Parse(time.RFC3339Nano, c.At); err != nil || at.Year() < 1 {
			return false
		}
	}
	return plainNumber.MatchString(c.Value) && c.ID > 0
}
