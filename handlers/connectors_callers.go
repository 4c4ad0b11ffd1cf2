package handlers

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"throughline/models"
	"throughline/views/ui"
)

// callersWindow is how long ago trouble with a key may be to be shown.
const callersWindow = 24 * time.Hour

// TroubleReader reads what went wrong with API keys at the door, the newest first.
type TroubleReader interface {
	Since(ctx context.Context, after, now time.Time) ([]models.KeyTrouble, error)
}

// PollReader reads how those who poll for changes stand.
type PollReader interface {
	Consumers(ctx context.Context) ([]models.PollingConsumer, error)
}

// callersTable lists the keys that had trouble, since when and how often.
func callersTable(troubles []models.KeyTrouble, now time.Time) ui.Table {
	table := ui.Table{
		ID: "turned-away", Caption: "Calls that were turned away",
		Columns: []ui.Column{
			{Title: "Source", Fold: ui.FoldLead}, {Title: "Key", Fold: ui.FoldHide}, {Title: "Answer", Fold: ui.FoldGrow},
			{Title: "Calls", Number: true, Help: "Since they began, with pauses of a minute at most, or twice as long as its quota takes to refill, and of 25 hours where the key is refused"},
			{Title: "Since", Fold: ui.FoldHide}, {Title: "Last", Fold: ui.FoldTrail},
			{Title: "Quota left", Number: true, Help: "Events that the key might bring at once after the last call, of those that it may bring at most", Fold: ui.FoldHide},
		},
		Empty: ui.Notice{Title: "Nobody was turned away", Detail: "Calls above a key's quota, and with keys that are not honoured or not for what they are used for, appear here."},
	}
	for _, t := range troubles {
		left := ui.Muted("–")
		if !t.Kind.Credential() {
			left = ui.Text(fmt.Sprintf("%s of %s", ui.Count(int64(t.Spare)), ui.Count(int64(t.Key.Strictest().Burst))))
		}
		table.Rows = append(table.Rows, ui.Row{
			ID: "turned-away-" + t.Key.Prefix + "-" + string(t.Kind), Href: addressOf(itQueue.path, "source", t.Key.Source, "view", viewAll),
			Cells: cells(ui.Text(t.Key.Source), ui.Text(t.Key.Prefix+"…"), troubleCell(t, now), ui.Text(ui.Count(t.Calls)), ui.Since(t.Since), ui.Since(t.LastAt), left),
		})
	}
	return table
}

// troubleCell says what is wrong, in colour while it goes on.
func troubleCell(t models.KeyTrouble, now time.Time) templ.Component {
	says := map[models.TroubleKind]string{
		models.TroubleThrottled: "429, above its quota", models.TroubleScarce: "taken, next to nothing of the quota left",
		models.TroubleExpired: "401, the key has expired", models.TroubleRevoked: "401, the key was revoked",
		models.TroubleForbidden: "403, the key is not for this",
	}[t.Kind]
	if t.Over(now) {
		return ui.Muted(says)
	}
	return ui.HealthBadge(ui.HealthLate, says)
}

// pollersTable lists who polls, how old its delta token is and how far it has read.
func pollersTable(consumers []models.PollingConsumer) ui.Table {
	table := ui.Table{
		ID: "pollers", Caption: "Polling consumers",
		Columns: []ui.Column{
			{Title: "Consumer", Fold: ui.FoldLead}, {Title: "Key", Fold: ui.FoldHide}, {Title: "Reads", Help: "The entities and DCs of its filter", Fold: ui.FoldHide},
			{Title: "State", Fold: ui.FoldGrow},
			{Title: "Last poll", Help: "That was answered, and so the age of its delta token", Fold: ui.FoldTrail},
			{Title: "Has read to", Fold: ui.FoldHide, Help: "What took effect until then has been read"},
		},
		Empty: ui.Notice{Title: "Nobody polls", Detail: "Who asks for changes at /api/v1/changes appears here."},
	}
	for i, c := range consumers {
		table.Rows = append(table.Rows, ui.Row{
			ID: "poller-" + strconv.Itoa(i), Href: addressOf(itQueue.path, "source", c.Source, "view", viewAll),
			Cells: cells(ui.Text(c.Source), ui.Text(c.Prefix+"…"), ui.Text(c.Reads()), pollerCell(c), sinceOr(c.PolledAt, "never"), sinceOr(c.KnownAt, "–")),
		})
	}
	return table
}

// pollerCell says whether a consumer reads, and what it has yet to do.
func pollerCell(c models.PollingConsumer) templ.Component {
	switch {
	case c.GoneAt == nil:
		return ui.HealthBadge(ui.HealthGood, "reading")
	case c.Exported:
		return ui.HealthBadge(ui.HealthLate, "export read, not polled since")
	default:
		return templ.Join(ui.HealthBadge(ui.HealthFailing, "token expired "), ui.Since(*c.GoneAt))
	}
}
