package erp

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/sync/simulator/outbox"
	"throughline/sync/simulator/simdb"
)

// key is an item at a DC.
type key struct{ item, dc string }

func (k key) subject() string { return k.item + "/" + k.dc }

func compareKeys(a, b key) int {
	return strings.Compare(a.item+"\x00"+a.dc, b.item+"\x00"+b.dc)
}

// balance is stock in pieces. version grows with each change.
type balance struct {
	onHand, allocated, safety int64
	version                   int64
	asOf                      time.Time
}

func (b balance) available() int64 { return b.onHand - b.allocated }

// session is one write to the ERP: a transaction, the stock it changed and
// what it has to announce.
type session struct {
	tx       pgx.Tx
	now      time.Time // real
	business time.Time
	base     map[key]balance // before this write; not to be changed
	changed  map[key]balance
	ledger   []ledgerLine
	messages []outbox.Message
	first    bool               // makes the first state, which nothing has led to
	trace    models.TraceParent // in which the write was asked for, empty for none
	told     []toldLine
}

// toldLine is a line of an order of which the write announced something.
type toldLine struct {
	number string
	line   *orderLine
}

// write runs work in a transaction together with its stock changes and
// announcements. A failed write leaves nothing behind; the stock is then read
// again, since a commit may have failed after it took effect.
func (e *ERP) write(ctx context.Context, work func(s *session) error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stock == nil {
		stock, err := loadStock(ctx, e.cfg.DB)
		if err != nil {
			return err
		}
		e.stock = stock
	}
	s := &session{
		now: e.cfg.Clock.Now().Truncate(time.Microsecond), business: e.cfg.Clock.Business(),
		base: e.stock, changed: make(map[key]balance),
	}
	err := simdb.InTx(ctx, e.cfg.DB, func(tx pgx.Tx) error {
		s.tx = tx
		if err := work(s); err != nil {
			return err
		}
		return s.flush(ctx)
	})
	if err != nil {
		e.stock = nil
		return err
	}
	maps.Copy(e.stock, s.changed)
	return nil
}

func loadStock(ctx context.Context, db simdb.Querier) (map[key]balance, error) {
	rows, err := db.Query(ctx, "SELECT item, dc, on_hand, allocated, safety, version, as_of FROM balances")
	if err != nil {
		return nil, fmt.Errorf("load balances: %w", err)
	}
	defer rows.Close()
	stock := make(map[key]balance)
	for rows.Next() {
		var (
			k key
			b balance
		)
		if err := rows.Scan(&k.item, &k.dc, &b.onHand, &b.allocated, &b.safety, &b.version, &b.asOf); err != nil {
			return nil, fmt.Errorf("load balances: %w", err)
		}
		stock[k] = b
	}
	return stock, rows.Err()
}

// balance is the stock as this write has it so far.
func (s *session) balance(k key) balance {
	if b, ok := s.changed[k]; ok {
		return b
	}
	return s.base[k]
}

// change alters stock without a word to anyone and returns the new balance.
// Only the ERP's own ledger tells of it.
func (s *session) change(k key, kind string, onHand, allocated int64, document string) balance {
	b := s.balance(k)
	b.onHand += onHand
	b.allocated += allocated
	b.version++
	b.asOf = s.now
	s.changed[k] = b
	s.ledger = append(s.ledger, ledgerLine{k, b, kind, document, onHand, allocated})
	return b
}

// move alters stock and announces the movement; kind is that of the contract.
func (s *session) move(k key, kind string, onHand, allocated int64, document string) {
	before := s.balance(k)
	after := s.change(k, kind, onHand, allocated, document)
	s.announce(models.TypeMovement, k.subject(), k, models.InventoryMovement{
		Item: k.item, DC: k.dc, Kind: kind, OnHandDelta: pieces(onHand), AllocatedDelta: pieces(allocated),
		Unit: unit, Document: document, Version: after.version, Time: s.now,
	})
	s.warnBelowSafety(k, before, after)
}

// restate alters stock and announces the balance as a whole.
func (s *session) restate(k key, onHand, allocated int64) {
	before := s.balance(k)
	after := s.change(k, "balance", onHand, allocated, "")
	s.announce(models.TypeBalance, k.subject(), k, balanceFact(k, after))
	s.warnBelowSafety(k, before, after)
}

func balanceFact(k key, b balance) models.InventoryBalance {
	return models.InventoryBalance{
		Item: k.item, DC: k.dc, OnHand: pieces(b.onHand), Allocated: pieces(b.allocated),
		Unit: unit, Version: b.version, Time: b.asOf,
	}
}

func (s *session) warnBelowSafety(k key, before, after balance) {
	if before.available() <= before.safety || after.available() > after.safety {
		return
	}
	s.announce(models.TypeThreshold, k.subject(), k, models.ThresholdBreached{
		Item: k.item, DC: k.dc, Threshold: "safety_stock", Level: pieces(after.safety),
		Available: pieces(after.available()), Unit: unit, Version: after.version, Time: s.now,
	})
}

// announce queues a message; it leaves after the commit.
func (s *session) announce(kind models.EventType, subject string, k key, data any) {
	s.messages = append(s.messages, outbox.Message{
		Type: kind, Subject: subject, Item: k.item, DC: k.dc, OccurredAt: s.now, Data: data, FirstState: s.first,
	})
}

// follow announces what became of an order's line: what comes next follows from it.
func (s *session) follow(kind models.EventType, o *order, l *orderLine, data any) {
	s.remark(kind, o, l, data)
	s.tell(o, l)
}

// remark announces something about an order's line, in the trace and case of the
// order, as what follows from the news of the line before.
func (s *session) remark(kind models.EventType, o *order, l *orderLine, data any) {
	s.announce(kind, o.number, key{l.item, o.dc}, data)
	m := &s.messages[len(s.messages)-1]
	m.Cause, m.After = o.cause(), l.announced
	m.Cause.Causation = l.told
}

// tell notes that the newest announcement is the newest of a line.
func (s *session) tell(o *order, l *orderLine) {
	l.announced = len(s.messages)
	s.told = append(s.told, toldLine{o.number, l})
}

// leaveOut queues a message that the ERP counts as sent and that never leaves.
func (s *session) leaveOut(kind models.EventType, subject string, k key, data any) {
	s.announce(kind, subject, k, data)
	s.messages[len(s.messages)-1].LeftOut = true
}

func (s *session) flush(ctx context.Context) error {
	if err := s.saveStock(ctx); err != nil {
		return err
	}
	if err := s.saveLedger(ctx); err != nil {
		return err
	}
	if err := outbox.Append(ctx, s.tx, Source, s.messages); err != nil {
		return err
	}
	return s.saveTold(ctx)
}

func (s *session) saveTold(ctx context.Context) error {
	batch := &pgx.Batch{}
	for _, t := range s.told {
		batch.Queue(`UPDATE order_lines SET told = $3 WHERE number = $1 AND line = $2`, t.number, t.line.line, s.messages[t.line.announced-1].ID)
	}
	if batch.Len() == 0 {
		return nil
	}
	if err := s.tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("save what was announced of order lines: %w", err)
	}
	return nil
}

func (s *session) saveStock(ctx context.Context) error {
	if len(s.changed) == 0 {
		return nil
	}
	var (
		items, dcs                         []string
		onHand, allocated, safety, version []int64
		asOf                               []time.Time
	)
	for _, k := range slices.SortedFunc(maps.Keys(s.changed), compareKeys) {
		b := s.changed[k]
		items, dcs = append(items, k.item), append(dcs, k.dc)
		onHand, allocated = append(onHand, b.onHand), append(allocated, b.allocated)
		safety, version, asOf = append(safety, b.safety), append(version, b.version), append(asOf, b.asOf)
	}
	_, err := s.tx.Exec(ctx, `
		INSERT INTO balances (item, dc, on_hand, allocated, safety, version, as_of)
		SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::timestamptz[])
		ON CONFLICT (item, dc) DO UPDATE SET on_hand = excluded.on_hand, allocated = excluded.allocated,
			version = excluded.version, as_of = excluded.as_of`,
		items, dcs, onHand, allocated, safety, version, asOf)
	if err != nil {
		return fmt.Errorf("save balances: %w", err)
	}
	return nil
}

func pieces(n int64) decimal.Decimal { return decimal.NewFromInt(n) }
