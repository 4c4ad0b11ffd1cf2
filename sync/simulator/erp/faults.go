package erp

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/sync/simulator/calendar"
	"throughline/sync/simulator/demodata"
	"throughline/sync/simulator/fault"
)

const (
	downFor   = 60 * time.Second
	silentFor = 3 * time.Minute
	burstKeys = 25
	// quietDays without sales lie ahead, at least quietFor in real time, so that no
	// later balance repairs a lost one before stock is compared.
	quietDays  = 3
	quietFor   = 150 * time.Second
	minToLose  = 10
	nextOrder  = "the next order"
	introduced = 24 * time.Hour // business time until an unknown item is known
)

func (e *ERP) registerFaults() {
	e.cfg.Board.Register(
		fault.Fault{Name: fault.ERPDown, Duration: downFor,
			Description: "The ERP answers nothing and sends nothing for a minute."},
		fault.Fault{Name: fault.SilentDC, Duration: silentFor,
			Description: "One DC sends nothing for three minutes, then everything.",
			Break:       func(context.Context) (string, error) { return e.randomKey().dc, nil }},
		fault.Fault{Name: fault.MalformedEvent, Break: e.breakMalformed,
			Description: "The ERP sends a balance that breaks its contract."},
		fault.Fault{Name: fault.UnknownItem, Break: e.breakUnknownItem,
			Description: "A balance comes for an item whose master record follows a business day later."},
		fault.Fault{Name: fault.OutOfOrderBurst, Break: e.breakOrder,
			Description: "Fifty balances come with the newer of each two first."},
		fault.Fault{Name: fault.OutOfOrderForLong, Duration: outOfOrderFor,
			Description: "For six minutes the ERP tells every ten seconds of one item at a DC, the newer of two balances first.",
			Break:       func(context.Context) (string, error) { return e.randomKey().subject(), nil }},
		fault.Fault{Name: fault.ShortConfirmation, Break: e.breakConfirmation,
			Description: "A supplier confirms half of an order."},
		fault.Fault{Name: fault.LostBalance, Break: e.breakBalance,
			Description: "Stock changes in the ERP and the event that says so is lost; the ERP's control total counts it."},
		fault.Fault{Name: fault.NegativeStock, Break: e.breakSign,
			Description: "The ERP tells a balance with a wrong sign; the right one follows two business days later."},
		fault.Fault{Name: fault.UsedVersion, Break: e.breakVersion,
			Description: "Stock changes in the ERP, which tells it under a version that it has used: the event is set aside, and the figure differs until somebody decides."},
		fault.Fault{Name: fault.EmptyShelf, Break: e.breakShelf,
			Description: "A count finds nothing left of an item that sells at a DC, with nothing on order."},
		fault.Fault{Name: fault.LostAnswer, Break: e.breakAnswer,
			Description: "The ERP takes the next order and its answer is lost."},
		fault.Fault{Name: fault.RefusedOrder, Break: e.breakOrdering,
			Description: "The ERP refuses the next order for good: the item is blocked."},
		fault.Fault{Name: fault.DoubledOrder, Break: e.breakDouble,
			Description: "A buyer enters the same purchase order twice in the ERP."},
		fault.Fault{Name: fault.LostAcknowledgement, Break: e.breakTransmission,
			Description: "An order is lost on its way: nothing acknowledges it until it is transmitted again, and the supplier answers a business day later."},
		fault.Fault{Name: fault.MuteSupplier, Break: e.breakAnswering,
			Description: "A supplier leaves an order unanswered for a business week."},
		fault.Fault{Name: fault.LateShipment, Break: e.breakArrival,
			Description: "Goods that were announced arrive a business week late."},
		fault.Fault{Name: fault.Promotion, Break: e.breakDemand,
			Description: "A few articles sell ten times as often in every DC for a business week."},
		fault.Fault{Name: fault.TransferWave, Break: e.breakLevels,
			Description: "The ERP moves stock of some articles between all DCs at once."},
	)
}

func (e *ERP) randomKey() key {
	item := e.cfg.Data.Items[e.cfg.Board.N(len(e.cfg.Data.Items))]
	return key{item.Code, e.cfg.Data.DCs[e.cfg.Board.N(len(e.cfg.Data.DCs))].Code}
}

func (e *ERP) breakMalformed(ctx context.Context) (string, error) {
	k := e.randomKey()
	err := e.write(ctx, func(s *session) error {
		s.announce(models.TypeBalance, k.subject(), k, map[string]any{
			"item": k.item, "dc": k.dc, "on_hand": "twelve", "unit": unit,
		})
		return nil
	})
	return k.subject(), err
}

func (e *ERP) breakUnknownItem(ctx context.Context) (string, error) {
	k := e.randomKey()
	k.item = "9" + strconv.Itoa(1000+e.cfg.Board.N(9000)) + "N"
	err := e.write(ctx, func(s *session) error {
		const delivered = 48
		s.announce(models.TypeBalance, k.subject(), k, balanceFact(k, s.change(k, "balance", delivered, 0, "")))
		return s.schedule(ctx, task{due: s.business.Add(introduced), kind: taskIntroduce, document: k.item, key: k})
	})
	return k.subject(), err
}

// introduce makes the master record that was missing.
func (e *ERP) introduce(s *session, k key) {
	s.announceItem(demodata.Item{
		Code: k.item, Description: "NEW ARTICLE " + k.item, Class: "C", Supplier: e.cfg.Data.Suppliers[0].Code,
		Price: decimal.New(250, -2), Cost: decimal.New(138, -2), Pack: 6, MOQ: 30,
	})
}

// breakOrder restates some balances twice, backwards.
func (e *ERP) breakOrder(ctx context.Context) (string, error) {
	err := e.write(ctx, func(s *session) error {
		for range burstKeys {
			s.restateBackwards(e.randomKey())
		}
		return nil
	})
	return fmt.Sprintf("%d balances", 2*burstKeys), err
}

// breakConfirmation makes the next supplier's answer short and due now; an
// order that the tower asked for goes first. When no order waits for an
// answer, the ERP's own buyer places one.
func (e *ERP) breakConfirmation(ctx context.Context) (number string, err error) {
	err = e.write(ctx, func(s *session) error {
		err := s.tx.QueryRow(ctx, `
			UPDATE agenda SET kind = $1, due = $2 WHERE id = (
				SELECT a.id FROM agenda a JOIN orders o ON o.number = a.document
				WHERE a.kind = $3 AND o.kind = 'purchase' ORDER BY o.reference = '', a.due LIMIT 1)
			RETURNING document`, string(taskConfirmShort), s.business, string(taskConfirm)).Scan(&number)
		if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		number, err = e.buy(ctx, s, e.randomKey(), s.business.AddDate(0, 0, -1), taskConfirmShort)
		return err
	})
	return number, err
}

// buy lets the ERP's own buyer place an order and gives its number.
func (e *ERP) buy(ctx context.Context, s *session, k key, orderedOn time.Time, answer taskKind) (string, error) {
	o, err := e.take(ctx, s, purchase(e.items[k.item], k.dc, s.business), orderedOn, answer)
	if err != nil {
		return "", err
	}
	return o.number, nil
}

// breakBalance takes stock away where nothing will sell for some days.
func (e *ERP) breakBalance(ctx context.Context) (string, error) {
	var lost string
	err := e.write(ctx, func(s *session) error {
		k, found := e.quietKey(s, quietFor)
		if !found {
			return models.Errorf(models.CodeConflict, "every item that has stock will sell soon: try again in a business day")
		}
		after := s.change(k, "sale", -s.balance(k).available()/2, 0, "")
		s.leaveOut(models.TypeBalance, k.subject(), k, balanceFact(k, after))
		lost = fmt.Sprintf("%s version %d", k.subject(), after.version)
		return nil
	})
	return lost, err
}

// quietKey draws an item at a DC that has stock and will not sell or be counted
// for some days, and for a real time.
func (e *ERP) quietKey(s *session, during time.Duration) (key, bool) {
	for range 10 * len(s.base) {
		item, dc := e.cfg.Board.N(len(e.cfg.Data.Items)), e.cfg.Board.N(len(e.cfg.Data.DCs))
		k := key{e.cfg.Data.Items[item].Code, e.cfg.Data.DCs[dc].Code}
		if s.balance(k).available() >= minToLose && e.quiet(item, dc, during, s) {
			return k, true
		}
	}
	return key{}, false
}

// quiet reports whether nothing will sell or be counted for some days, and for a real time.
func (e *ERP) quiet(item, dc int, during time.Duration, s *session) bool {
	counts := int(during/e.cfg.CountEvery) + 1
	if ahead := item - e.countNext%len(e.cfg.Data.Items); (ahead+len(e.cfg.Data.Items))%len(e.cfg.Data.Items) < counts {
		return false
	}
	until := calendar.DataDay(e.cfg.Clock.At(s.now.Add(during)))
	today := calendar.DataDay(s.business)
	for day := range max(quietDays, until-today+1) {
		if e.cfg.Data.Demand(item, dc, today+day) > 0 {
			return false
		}
	}
	return true
}

func (e *ERP) breakAnswer(context.Context) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.loseAnswer = true
	return nextOrder, nil
}
