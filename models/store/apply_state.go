package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"
)

// Hash tells content under one version or number from other content under it.
type Hash [16]byte

// Known is what is stored of a fact: nothing, or its version and content.
// Facts without a version of their own have version 0.
type Known struct {
	Exists  bool
	Version int64
	Hash    Hash
}

// Keys are the rows of one table that a batch asks for, each once, and what was found.
type Keys[K comparable, V any] struct {
	list  []K
	found map[K]*V
}

// Want asks for a key.
func (k *Keys[K, V]) Want(key K) {
	if _, ok := k.found[key]; ok {
		return
	}
	if k.found == nil {
		k.found = make(map[K]*V)
	}
	k.found[key] = new(V)
	k.list = append(k.list, key)
}

// At is what is known of a key that was wanted; the caller may change it as its decisions go.
func (k *Keys[K, V]) At(key K) *V { return k.found[key] }

// All are the wanted keys in the order in which they were first wanted.
func (k *Keys[K, V]) All() []K { return k.list }

// StockKey is an item at a DC.
type StockKey struct{ Item, DC string }

// ThresholdKey is a threshold of an item at a DC.
type ThresholdKey struct{ Item, DC, Threshold string }

// LineKey is a line of a document.
type LineKey struct {
	Document string
	Line     int32
}

// AnswerKey is a confirmation, ASN or receipt of an order's line.
type AnswerKey struct {
	Number   string
	Line     int32
	Document string
}

// EvaluationKey is an item at a DC as a run of the engine looked at it.
type EvaluationKey struct{ Run, Item, DC string }

// HoldKey is an ordering key, which lives in one shard.
type HoldKey struct {
	Shard int16
	Key   string
}

// DayKey is a business day (2006-01-02) of an item at a DC.
type DayKey struct {
	StockKey
	Day string
}

// Position is the stock of an item at a DC, with the movements that came after
// its newest balance and are needed to judge a late arrival.
type Position struct {
	Exists            bool
	Stored            bool // it existed before this batch
	OnHand, Allocated decimal.Decimal
	Unit              string
	Version           int64 // the highest that was applied
	BalanceVersion    int64 // of the newest balance, -1 when none came
	BalanceHash       Hash
	AsOf              time.Time
	Tail              map[int64]Delta // movements by version, as far as they were asked for or came in this batch
	Late              bool            // the ledger may hold versions from Earliest on that an event must be judged by
	Earliest          int64
}

// Delta is a movement as the ledger has it.
type Delta struct {
	OnHand, Allocated decimal.Decimal
	Hash              Hash
}

// Day is the demand of a business day.
type Day struct {
	Exists   bool
	Version  int64
	Quantity decimal.Decimal
}

// Revision is the newest forecast of an item at a DC.
type Revision struct {
	Known
	Start      time.Time
	Quantities []decimal.Decimal
}

// Plan is what master data say about buying an item. LeadTimeDays is in
// business days, 0 when the supplier is not known.
type Plan struct {
	PackSize     decimal.Decimal
	LeadTimeDays decimal.Decimal
}

// ApplyState is what a batch needs to know: want the keys, Load, decide.
type ApplyState struct {
	Items, Suppliers, Locations   Keys[string, Known]
	Positions                     Keys[StockKey, Position]
	Thresholds                    Keys[ThresholdKey, Known]
	Days                          Keys[DayKey, Day]
	SalesLines, Allocations       Keys[LineKey, Known]
	Forecasts                     Keys[StockKey, Revision]
	Plans                         Keys[string, Plan]
	Evaluations                   Keys[EvaluationKey, Known]
	Recommendations, Orders       Keys[string, Known]
	Confirmations, ASNs, Receipts Keys[AnswerKey, Known]
	Holds                         Keys[HoldKey, bool]
	References                    Keys[string, bool]
	Owners                        Keys[string, string] // of entities, "" where nobody is
	RecordOwners                  Keys[RecordKey, string]
}

// Load reads everything that was wanted, in one round trip. The transaction has
// locked the cursor rows of the shards whose holds are wanted.
func (t *ApplyTx) Load(ctx context.Context, s *ApplyState) error {
	b := &pgx.Batch{}
	queueReferences(b, &s.References)
	queueHolds(b, &s.Holds)
	queueOwners(b, &s.Owners)
	queueRecordOwners(b, &s.RecordOwners)
	queueMasters(b, s)
	queuePositions(b, &s.Positions)
	queueThresholds(b, &s.Thresholds)
	queueDays(b, &s.Days)
	queueLines(b, "sales_order_lines", &s.SalesLines)
	queueLines(b, "allocations", &s.Allocations)
	queueForecasts(b, &s.Forecasts)
	queuePlans(b, &s.Plans)
	queueEvaluations(b, &s.Evaluations)
	queueNumbers(b, "recommendations", "recommendation", "0::bigint", &s.Recommendations)
	queueNumbers(b, "orders", "number", "t.version", &s.Orders)
	queueAnswers(b, "confirmations", "confirmation", &s.Confirmations)
	queueAnswers(b, "asns", "asn", &s.ASNs)
	queueAnswers(b, "receipts", "receipt", &s.Receipts)
	if b.Len() == 0 {
		return nil
	}
	if err := t.conn.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("read the state: %w", err)
	}
	return nil
}

func parts[K comparable, V any, P any](k *Keys[K, V], part func(K) P) []P {
	out := make([]P, len(k.list))
	for i, key := range k.list {
		out[i] = part(key)
	}
	return out
}

// queueKnown asks with a statement that gives ordinal, version and hash of the rows that exist.
func queueKnown[K comparable](b *pgx.Batch, k *Keys[K, Known], sql string, args ...any) {
	if len(k.list) == 0 {
		return
	}
	b.Queue(sql, args...).Query(func(rows pgx.Rows) error {
		var n int
		var known Known
		_, err := pgx.ForEachRow(rows, []any{&n, &known.Version, &known.Hash}, func() error {
			known.Exists = true
			*k.found[k.list[n-1]] = known
			return nil
		})
		return err
	})
}

func queueNumbers(b *pgx.Batch, table, key, version string, k *Keys[string, Known]) {
	queueKnown(b, k, `SELECT k.n, `+version+`, t.content_hash
		FROM unnest($1::text[]) WITH ORDINALITY AS k (key, n) JOIN `+table+` t ON t.`+key+` = k.key`, k.list)
}

func queueMasters(b *pgx.Batch, s *ApplyState) {
	queueNumbers(b, "items", "item", "t.version", &s.Items)
	queueNumbers(b, "suppliers", "supplier", "t.version", &s.Suppliers)
	queueNumbers(b, "locations", "dc", "t.version", &s.Locations)
}

func queueLines(b *pgx.Batch, table string, k *Keys[LineKey, Known]) {
	queueKnown(b, k, `SELECT k.n, t.version, t.content_hash
		FROM unnest($1::text[], $2::int[]) WITH ORDINALITY AS k (document, line, n)
		JOIN `+table+` t ON t.sales_order = k.document AND t.line = k.line`,
		parts(k, func(l LineKey) string { return l.Document }), parts(k, func(l LineKey) int32 { return l.Line }))
}

func queueAnswers(b *pgx.Batch, table, document string, k *Keys[AnswerKey, Known]) {
	queueKnown(b, k, `SELECT k.n, 0::bigint, t.content_hash
		FROM unnest($1::text[], $2::int[], $3::text[]) WITH ORDINALITY AS k (number, line, document, n)
		JOIN `+table+` t ON t.number = k.number AND t.line = k.line AND t.`+document+` = k.document`,
		parts(k, func(a AnswerKey) string { return a.Number }), parts(k, func(a AnswerKey) int32 { return a.Line }),
		parts(k, func(a AnswerKey) string { return a.Document }))
}

func queueEvaluations(b *pgx.Batch, k *Keys[EvaluationKey, Known]) {
	queueKnown(b, k, `SELECT k.n, 0::bigint, t.content_hash
		FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS k (run, item, dc, n)
		JOIN evaluations t ON t.run = k.run AND t.item = k.item AND t.dc = k.dc`,
		parts(k, func(e EvaluationKey) string { return e.Run }), parts(k, func(e EvaluationKey) string { return e.Item }),
		parts(k, func(e EvaluationKey) string { return e.DC }))
}

func queueThresholds(b *pgx.Batch, k *Keys[ThresholdKey, Known]) {
	queueKnown(b, k, `SELECT k.n, t.version, t.content_hash
		FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS k (item, dc, threshold, n)
		JOIN threshold_breaches t ON t.item = k.item AND t.dc = k.dc AND t.threshold = k.threshold`,
		parts(k, func(t ThresholdKey) string { return t.Item }), parts(k, func(t ThresholdKey) string { return t.DC }),
		parts(k, func(t ThresholdKey) string { return t.Threshold }))
}
