package erp

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// taskKind is what the ERP does when a task is due.
type taskKind string

const (
	taskShip         taskKind = "ship"          // a sales order leaves
	taskSell         taskKind = "sell"          // a customer orders on top of the plan
	taskAcknowledge  taskKind = "acknowledge"   // a supplier's system has an order
	taskConfirm      taskKind = "confirm"       // a supplier answers
	taskConfirmShort taskKind = "confirm_short" // … with less than was ordered
	taskConfirmFull  taskKind = "confirm_full"  // … with all, after it was chased
	taskConfirmLate  taskKind = "confirm_late"  // … long after it should have
	taskDelay        taskKind = "delay"         // a supplier says that it will be late
	taskDispatch     taskKind = "dispatch"      // an order line is sent to us
	taskReceive      taskKind = "receive"       // an order line arrives
	taskReceiveLate  taskKind = "receive_late"  // … long after the day that was announced
	taskIntroduce    taskKind = "introduce"     // an item's master record is made
	taskRecount      taskKind = "recount"       // a balance is told again
)

// task is due at a business time. document is the order it belongs to.
type task struct {
	due      time.Time
	kind     taskKind
	document string
	line     int
	key      key
	quantity int64
}

const agendaBatch = 100

// schedule writes tasks to the agenda.
func (s *session) schedule(ctx context.Context, tasks ...task) error {
	if len(tasks) == 0 {
		return nil
	}
	_, err := s.tx.CopyFrom(ctx, pgx.Identifier{"agenda"},
		[]string{"due", "kind", "document", "line", "item", "dc", "quantity"},
		pgx.CopyFromSlice(len(tasks), func(i int) ([]any, error) {
			t := tasks[i]
			return []any{t.due, string(t.kind), t.document, t.line, t.key.item, t.key.dc, t.quantity}, nil
		}))
	if err != nil {
		return fmt.Errorf("schedule: %w", err)
	}
	return nil
}

// takeDue removes the next due tasks from the agenda, earliest first.
func (s *session) takeDue(ctx context.Context) ([]task, error) {
	rows, err := s.tx.Query(ctx, `
		DELETE FROM agenda WHERE id IN (SELECT id FROM agenda WHERE due <= $1 ORDER BY due, id LIMIT $2)
		RETURNING due, kind, document, line, item, dc, quantity`, s.business, agendaBatch)
	if err != nil {
		return nil, fmt.Errorf("take due tasks: %w", err)
	}
	tasks, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (task, error) {
		var t task
		err := row.Scan(&t.due, &t.kind, &t.document, &t.line, &t.key.item, &t.key.dc, &t.quantity)
		return t, err
	})
	if err != nil {
		return nil, fmt.Errorf("take due tasks: %w", err)
	}
	slices.SortStableFunc(tasks, func(a, b task) int {
		return cmp.Or(a.due.Compare(b.due), cmp.Compare(a.document, b.document), cmp.Compare(a.line, b.line))
	})
	return tasks, nil
}

// workAgenda does the next due tasks and reports whether there were any.
func (e *ERP) workAgenda(ctx context.Context) (more bool, err error) {
	err = e.write(ctx, func(s *session) error {
		tasks, err := s.takeDue(ctx)
		if err != nil {
			return err
		}
		more = len(tasks) > 0
		orders, err := s.ordersOf(ctx, tasks)
		if err != nil {
			return err
		}
		var next []task
		for _, t := range tasks {
			next = append(next, e.perform(s, t, orders[t.document])...)
		}
		if err := s.saveOrders(ctx, orders); err != nil {
			return err
		}
		return s.schedule(ctx, next...)
	})
	return more, err
}

// ordersOf loads the purchase and transfer orders that tasks belong to.
func (s *session) ordersOf(ctx context.Context, tasks []task) (map[string]*order, error) {
	var numbers []string
	for _, t := range tasks {
		if t.kind != taskShip && t.kind != taskSell && t.kind != taskIntroduce && t.kind != taskRecount {
			numbers = append(numbers, t.document)
		}
	}
	return loadOrders(ctx, s.tx, numbers)
}

// perform does one task and returns those that follow from it. o is nil for
// tasks that belong to no purchase or transfer order.
func (e *ERP) perform(s *session, t task, o *order) []task {
	switch t.kind {
	case taskShip:
		s.move(t.key, "sale", -t.quantity, -t.quantity, t.document)
		s.countShelf(t)
	case taskSell:
		return s.sell(t.sale())
	case taskIntroduce:
		e.introduce(s, t.key)
	case taskRecount:
		s.restate(t.key, 0, 0)
	case taskAcknowledge:
		o.acknowledged = &s.now
		s.announceOrder(o)
	case taskConfirm, taskConfirmShort, taskConfirmFull, taskConfirmLate:
		return e.confirm(s, o, o.line(t.line), t.kind)
	case taskDelay:
		e.tellDelay(s, o, o.line(t.line))
	case taskDispatch:
		return e.dispatch(s, o, o.line(t.line))
	case taskReceive, taskReceiveLate:
		e.receive(s, o, o.line(t.line))
	}
	return nil
}
