package simulator

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/sync/simulator/demodata"
	"throughline/sync/simulator/erp"
	"throughline/sync/simulator/fault"
	"throughline/sync/simulator/forecasting"
	"throughline/sync/simulator/outbox"
	"throughline/sync/simulator/simdb"
)

// registerFaults adds those that are of the way of the events and of no system alone.
func (r *Running) registerFaults(data *demodata.Data) {
	r.board.Register(
		fault.Fault{
			Name: fault.DuplicateBurst, Description: "The ERP sends its last two hundred events once more.",
			Break: func(context.Context) (string, error) {
				return fmt.Sprintf("%d events", r.senders[erp.Source].Resend()), nil
			},
		},
		fault.Fault{
			Name: fault.ReusedID, Description: "The ERP uses an event's id once more for another stock figure.",
			Break: func(context.Context) (string, error) { return r.senders[erp.Source].Reuse() },
		},
		fault.Fault{
			Name: fault.BadEnvelope, Description: "The ERP sends a balance without the event's id.",
			Break: func(context.Context) (string, error) { return r.senders[erp.Source].Unname() },
		},
		fault.Fault{
			Name: fault.ClockAhead, Description: "A host of the ERP whose clock is an hour ahead sends a balance once more.",
			Break: func(context.Context) (string, error) { return r.senders[erp.Source].Misdate(time.Hour) },
		},
		fault.Fault{
			Name: fault.LostEvents, Description: "The ERP numbers three events that never leave it.",
			Break: func(ctx context.Context) (string, error) {
				const lost = 3
				first, last, err := r.senders[erp.Source].Lose(ctx, lost)
				return fmt.Sprintf("%d to %d", first, last), err
			},
		},
		fault.Fault{
			Name: fault.LeftOut, Description: "The ERP leaves three sales orders out and counts them in its control total.", Break: r.breakTotal,
		},
		fault.Fault{
			Name: fault.FoundEvents, Description: "The ERP sends after all what it had lost or left out.",
			Break: func(ctx context.Context) (string, error) {
				found, err := r.senders[erp.Source].Find(ctx)
				return fmt.Sprintf("%d events", found), err
			},
		},
		fault.Fault{
			Name: fault.ForeignWrite, Description: "The forecasting system sends a stock balance, which is the ERP's.",
			Break: func(ctx context.Context) (string, error) { return r.breakOwnership(ctx, data) },
		},
	)
}

// breakTotal lets the ERP count sales orders that it does not send.
func (r *Running) breakTotal(ctx context.Context) (string, error) {
	const most = 3
	n, since, err := r.senders[erp.Source].LeaveOut(ctx, models.TypeSalesOrder, most)
	return fmt.Sprintf("%d sales orders since %s", n, since.Format(time.RFC3339Nano)), err
}

// breakOwnership lets forecasting say what is in stock.
func (r *Running) breakOwnership(ctx context.Context, data *demodata.Data) (string, error) {
	item, dc := data.Items[r.board.N(len(data.Items))].Code, data.DCs[r.board.N(len(data.DCs))].Code
	now, subject := r.clock.Now(), item+"/"+dc
	err := simdb.InTx(ctx, r.db, func(tx pgx.Tx) error {
		return outbox.Append(ctx, tx, forecasting.Source, []outbox.Message{{
			Type: models.TypeBalance, Subject: subject, Item: item, DC: dc, OccurredAt: now,
			Data: models.InventoryBalance{
				Item: item, DC: dc, OnHand: decimal.NewFromInt(int64(r.board.N(1000))), Unit: "EA", Version: now.UnixMilli(), Time: now,
			},
		}})
	})
	return subject, err
}
