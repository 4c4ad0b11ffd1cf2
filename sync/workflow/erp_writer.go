package workflow

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/connector"
)

// Writer makes the orders of approved recommendations in the ERP. The rows with
// their leases are its queue, so any number of writers may run.
type Writer struct {
	cfg      WriterConfig
	workflow *Workflow
	step     func(Step) // where a test stops the process
}

// Step is a point between two effects of making an order.
type Step string

// The steps at which a Writer may die without making a second order.
const (
	StepLeased   Step = "leased"   // nothing but the lease
	StepMarked   Step = "marked"   // it is on record that the request may leave
	StepAnswered Step = "answered" // the ERP has the order, we have not recorded it
	StepLookedUp Step = "looked up"
	StepRecorded Step = "recorded"
)

// NewWriter makes a Writer.
func NewWriter(cfg WriterConfig) (*Writer, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Writer{cfg: cfg, workflow: cfg.Workflow, step: func(Step) {}}, nil
}

// RunOnce takes the write that has been due longest one call further, or to its
// end. It reports whether there was one.
func (w *Writer) RunOnce(ctx context.Context) (more bool, err error) {
	if w.cfg.Paused() {
		return false, nil
	}
	now := w.workflow.now()
	var write store.LeasedWrite
	err = w.workflow.cfg.Store.Change(ctx, func(tx *store.WorkflowTx) error {
		write, more, err = tx.LeaseWrite(w.workflow.cfg.System, rand.Text(), now, now.Add(w.lease()))
		return err
	})
	if err != nil || !more {
		return false, err
	}
	w.step(StepLeased)
	err = w.advance(ctx, write)
	if models.CodeOf(err) == models.CodeConflict {
		return true, nil // its order became known by another way
	}
	return true, err
}

// lease is long enough for a lookup and a send with the recording of both.
func (w *Writer) lease() time.Duration { return 2*w.cfg.CallTimeout + 2*recordTimeout }

// recordTimeout bounds the recording of an outcome, shutdown or not.
const recordTimeout = 5 * time.Second

func (w *Writer) advance(ctx context.Context, write store.LeasedWrite) error {
	switch write.State {
	case models.WriteIntent:
		// A database that was restored does not know what was ordered after its backup.
		if write.ComputedAt.Before(w.cfg.AskBefore) {
			return w.lookUp(ctx, write)
		}
		return w.send(ctx, write)
	case models.WriteSent:
		return w.orphaned(ctx, write)
	default:
		return w.lookUp(ctx, write)
	}
}

// orphaned takes over a write whose worker died with a request on its way.
func (w *Writer) orphaned(ctx context.Context, write store.LeasedWrite) error {
	now := w.workflow.now()
	settled := write.SentAt.Add(w.workflow.cfg.ERPTimeout)
	attempt := models.ERPWriteAttempt{
		Attempt: write.Attempts, Action: models.ActionSend, StartedAt: *write.SentAt, EndedAt: now,
		Outcome: models.OutcomeUnknown, Class: string(connector.ClassUnknown),
		Error: "The process ended before the answer came.", Request: requestText(write.Request),
	}
	return w.record(ctx, func(tx *store.WorkflowTx) error {
		if err := w.release(tx, write, models.WriteUnknown, later(now, settled), attempt); err != nil {
			return err
		}
		return tx.AddAttempt(write.ID, attempt)
	})
}

// send asks for the order. Its time runs from before the mark, so that a process
// that was paused in between cannot send after others have begun to look.
func (w *Writer) send(ctx context.Context, write store.LeasedWrite) error {
	call, cancel := context.WithTimeout(ctx, w.cfg.CallTimeout)
	defer cancel()
	started := w.workflow.now()
	err := w.workflow.cfg.Store.Change(ctx, func(tx *store.WorkflowTx) error {
		return tx.MarkSent(write, started, started.Add(w.lease()))
	})
	if err != nil {
		return err
	}
	write.SentAt, write.Attempts = &started, write.Attempts+1
	w.step(StepMarked)
	call, end := w.trace(call, write, "erp write")
	order, err := w.cfg.Orders.CreateOrder(call, write.Request)
	end(errorText(err))
	w.step(StepAnswered)
	attempt := models.ERPWriteAttempt{
		Attempt: write.Attempts, Action: models.ActionSend, StartedAt: started, EndedAt: w.workflow.now(),
		Outcome: models.OutcomeCreated, Request: requestText(write.Request), Response: order.Response,
	}
	if err != nil {
		return w.sendFailed(ctx, write, attempt, err)
	}
	return w.confirmed(ctx, write, order, attempt)
}

func (w *Writer) sendFailed(ctx context.Context, write store.LeasedWrite, attempt models.ERPWriteAttempt, err error) error {
	describe(&attempt, err)
	now := w.workflow.now()
	state, next := models.WriteUnknown, later(now, write.SentAt.Add(w.workflow.cfg.ERPTimeout))
	attempt.Outcome = models.OutcomeUnknown
	switch connector.ClassOf(err) {
	case connector.ClassTransient:
		state, next, attempt.Outcome = models.WriteIntent, now.Add(w.pause(models.RetryTransient, write.Attempts, err)), models.OutcomeUnreached
	case connector.ClassPermanent:
		state, next, attempt.Outcome = models.WriteFailed, now, models.OutcomeRefused
	}
	w.log(write, attempt)
	return w.record(ctx, func(tx *store.WorkflowTx) error {
		if err := w.release(tx, write, state, next, attempt); err != nil {
			return err
		}
		if err := tx.AddAttempt(write.ID, attempt); err != nil {
			return err
		}
		if state != models.WriteFailed {
			return nil
		}
		return w.workflow.move(tx, write.Recommendation, models.ProposalFailed)
	})
}

// lookUp asks the ERP what became of a request, and sends it again only when
// the ERP, its own timeout long past, knows nothing of it.
func (w *Writer) lookUp(ctx context.Context, write store.LeasedWrite) error {
	call, cancel := context.WithTimeout(ctx, w.cfg.CallTimeout)
	defer cancel()
	attempt := models.ERPWriteAttempt{
		Attempt: write.Attempts + 1, Action: models.ActionLookup, StartedAt: w.workflow.now(), Outcome: models.OutcomeFound,
		Request: "reference " + write.Reference,
	}
	call, end := w.trace(call, write, "erp lookup")
	orders, err := w.cfg.Orders.FindOrders(call, write.Reference)
	end(errorText(err))
	w.step(StepLookedUp)
	attempt.EndedAt = w.workflow.now()
	if err != nil {
		return w.lookUpFailed(ctx, write, attempt, err)
	}
	if len(orders) > 0 {
		attempt.Response = orders[0].Response
		return w.confirmed(ctx, write, orders[0], attempt)
	}
	attempt.Outcome = models.OutcomeAbsent
	err = w.record(ctx, func(tx *store.WorkflowTx) error {
		if err := tx.Keep(write, models.WriteIntent, attempt.EndedAt); err != nil {
			return err
		}
		return tx.AddAttempt(write.ID, attempt)
	})
	if err != nil {
		return err
	}
	write.State, write.Attempts = models.WriteIntent, write.Attempts+1
	w.log(write, attempt)
	return w.send(ctx, write)
}

func (w *Writer) lookUpFailed(ctx context.Context, write store.LeasedWrite, attempt models.ERPWriteAttempt, err error) error {
	describe(&attempt, err)
	attempt.Outcome = models.OutcomeUnreached
	next := attempt.EndedAt.Add(w.pause(models.RetryUnknown, write.Attempts, err))
	w.log(write, attempt)
	return w.record(ctx, func(tx *store.WorkflowTx) error {
		if err := w.release(tx, write, models.WriteUnknown, next, attempt); err != nil {
			return err
		}
		return tx.AddAttempt(write.ID, attempt)
	})
}

func (w *Writer) confirmed(ctx context.Context, leased store.LeasedWrite, order connector.Order, attempt models.ERPWriteAttempt) error {
	err := w.record(ctx, func(tx *store.WorkflowTx) error {
		write, err := tx.Write(leased.ID)
		if err != nil {
			return err
		}
		if write.State == models.WriteConfirmed {
			w.workflow.warnOfSecond(write, order.Number)
		}
		if err := tx.AddAttempt(write.ID, attempt); err != nil {
			return err
		}
		return confirm(tx, w.workflow.basis, write, order.Number, w.workflow.now())
	})
	w.log(leased, attempt)
	return err
}

// record writes down what happened even when the process is asked to stop.
func (w *Writer) record(ctx context.Context, fn func(*store.WorkflowTx) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	err := w.workflow.cfg.Store.Change(ctx, fn)
	w.step(StepRecorded)
	return err
}

func (w *Writer) release(
	tx *store.WorkflowTx, write store.LeasedWrite, state models.ERPWriteState, next time.Time, a models.ERPWriteAttempt,
) error {
	return tx.Release(write, store.WriteOutcome{State: state, NextAttemptAt: next, ErrorClass: a.Class, Error: a.Error}, a.EndedAt)
}

// pause grows with the attempts, and is no shorter than the ERP asks for.
func (w *Writer) pause(class models.RetryClass, attempts int, err error) time.Duration {
	wait := w.cfg.Retries[class].Wait(attempts)
	if failed, ok := errors.AsType[*connector.Error](err); ok {
		wait = max(wait, failed.RetryAfter)
	}
	return wait
}

func describe(a *models.ERPWriteAttempt, err error) {
	a.Class, a.Error = string(connector.ClassOf(err)), err.Error()
	if failed, ok := errors.AsType[*connector.Error](err); ok {
		a.Error, a.Status, a.Response = failed.Message, failed.Status, failed.Response
	}
}

func requestText(request models.OrderRequest) string {
	text, err := json.Marshal(request)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func (w *Writer) log(write store.LeasedWrite, a models.ERPWriteAttempt) {
	level := slog.LevelInfo
	if a.Class != "" {
		level = slog.LevelWarn
	}
	w.workflow.cfg.Logger.Log(context.Background(), level, "erp write",
		slog.String("reference", write.Reference), slog.String("action", a.Action), slog.String("outcome", a.Outcome),
		slog.Int("attempt", a.Attempt), slog.String("class", a.Class), slog.Int64("duration_ms", a.EndedAt.Sub(a.StartedAt).Milliseconds()))
}
