package handlers

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/ui"
)

// QuotaReader reads what the keys of each limited source may bring to this
// process at this moment.
type QuotaReader interface {
	Quotas(ctx context.Context) (map[string]models.Quota, error)
}

// sourceRow is how a source stands, with what others know of it.
type sourceRow struct {
	models.ConnectorHealth
	Waits    int64         // accepted, and neither in effect nor settled
	Quota    *models.Quota // nil without a limit
	Calendar *models.Calendar
}

// due is when something useful is expected at the latest; nil when nothing is.
func (s sourceRow) due() *time.Time {
	if s.Interval == 0 || s.DueFrom == nil {
		return nil
	}
	at := s.Calendar.DueAfter(*s.DueFrom, s.Interval)
	return &at
}

func (h *Connectors) sources(ctx context.Context, since time.Time, dc string) ([]sourceRow, error) {
	sources, err := h.Read.Health(ctx, since, dc)
	if err != nil {
		return nil, err
	}
	books, err := h.Books.Read(ctx)
	if err != nil {
		return nil, err
	}
	quotas, err := h.Quotas.Quotas(ctx)
	if err != nil {
		return nil, err
	}
	waits, calendars := map[string]int64{}, h.Calendars()
	for _, b := range books.Sources {
		waits[b.Source] = b.Pending
	}
	rows := make([]sourceRow, len(sources))
	for i, s := range sources {
		rows[i] = sourceRow{ConnectorHealth: s, Waits: waits[s.Source], Calendar: calendars[s.Source]}
		if quota, limited := quotas[s.Source]; limited {
			rows[i].Quota = &quota
		}
	}
	return rows, nil
}

var sourceSorts = map[string]func(a, b sourceRow) int{
	"name":    func(a, b sourceRow) int { return strings.Compare(a.Source, b.Source) },
	"sent":    func(a, b sourceRow) int { return compareTimes(a.LastSentAt, b.LastSentAt) },
	"useful":  func(a, b sourceRow) int { return compareTimes(a.UsefulAt, b.UsefulAt) },
	"as_of":   func(a, b sourceRow) int { return compareTimes(a.NewestAt, b.NewestAt) },
	"lag":     func(a, b sourceRow) int { return cmp.Compare(a.Lag.Quantile(0.95), b.Lag.Quantile(0.95)) },
	"due":     func(a, b sourceRow) int { return compareTimes(a.due(), b.due()) },
	"waits":   func(a, b sourceRow) int { return cmp.Compare(a.Waits, b.Waits) },
	"refused": func(a, b sourceRow) int { return cmp.Compare(a.Refused, b.Refused) },
	"keys":    func(a, b sourceRow) int { return cmp.Compare(a.Keys, b.Keys) },
	"expires": func(a, b sourceRow) int { return compareTimes(a.Expires, b.Expires) },
}

func sourceTable(c echo.Context, sources []sourceRow, planned []models.Pause, now time.Time) ui.Table {
	arranged := readArrangement(c)
	table := ui.Table{
		ID: "sources", Caption: "Sources",
		Columns: []ui.Column{
			{Title: "Source", Name: "name", Sortable: true, Fold: ui.FoldLead, Help: "And the kind of system"}, {Title: "State", Fold: ui.FoldGrow, Breaks: true, Help: "Below it what called with its keys last, as it named itself (User-Agent)"},
			{Title: "Maintenance", Help: "The next planned pause, of it or of one of its flows: when it starts and how long it lasts", Fold: ui.FoldHide},
			{Title: "Sent", Name: "sent", Sortable: true, Fold: ui.FoldHide, Help: "The minute of its newest accepted event of the last 24 h"}, {Title: "Of use", Name: "useful", Sortable: true, Help: "When something of it last took effect", Fold: ui.FoldTrail},
			{Title: "As of", Name: "as_of", Sortable: true, Fold: ui.FoldHide, Help: "The source's own time of that: so far its changes are known"},
			{Title: "Lag", Name: "lag", Sortable: true, Number: true, Help: "p95 from its commit to the log"},
			{Title: "Next due", Name: "due", Sortable: true, Help: "When something useful is expected at the latest, by its interval and calendar"}, {Title: "Works", Help: "By its calendar: outside of these hours nothing is expected", Fold: ui.FoldHide},
			{Title: "Waits", Name: "waits", Sortable: true, Number: true, Help: "Events taken in, and neither in effect nor settled"},
			{Title: "Refused", Name: "refused", Sortable: true, Number: true, Help: "Events, at the door"}, {Title: "Keys", Name: "keys", Sortable: true, Number: true, Help: "That are honoured, and since when the oldest is"},
			{Title: "Key expires", Name: "expires", Sortable: true, Help: "The first of its keys to end", Fold: ui.FoldHide},
			{Title: "Quota left", Number: true, Help: "Events that its keys may bring at once now, of those that they may bring at most, in this process"},
		},
		Empty: ui.Notice{Title: "No source is connected yet", Detail: "`throughline key add --source NAME` makes an API key for the first one."},
	}
	for _, s := range sortRows(sources, arranged.sorting(), sourceSorts) {
		table.Rows = append(table.Rows, ui.Row{ID: "source-" + s.Source, Href: sourceHref(s.ConnectorHealth), Cells: cells(
			sourceName(s), templ.Join(sourceState(s.ConnectorHealth), underState(s.ConnectorHealth, now)), maintenanceCell(planned, s.Source, now, models.PauseSource, models.PauseFlow), sinceOr(s.LastSentAt, "> 24 h"), sinceOr(s.UsefulAt, "never"), sinceOr(s.NewestAt, "–"),
			ui.Text(p95(s.Lag)), dueCell(s), worksCell(s.Calendar, now), ui.Text(ui.Count(s.Waits)), ui.Text(ui.Count(s.Refused)),
			keysCell(s), expiresCell(s), quotaCell(s.Quota))})
	}
	arranged.arrange(c, &table)
	return table
}

// sourceName has the kind of system beside it, where the name is another.
func sourceName(s sourceRow) templ.Component {
	if s.System == s.Source {
		return ui.Text(s.Source)
	}
	return ui.Named(s.Source, s.System)
}

// underState is what the tower reads from a source that does not send, or why it
// reads nothing, and with what software it calls.
func underState(s models.ConnectorHealth, now time.Time) templ.Component {
	software := ui.Under(softwareText(s, now))
	if s.Unread != "" {
		return templ.Join(ui.Under("silent, and not read from: "+s.Unread+" ("+dcWords(s.ReadDCs)+")"), software)
	}
	if s.ReadSince == nil {
		return software
	}
	return templ.Join(ui.Under("read from it since "+ui.Took(max(now.Sub(*s.ReadSince), 0).Truncate(time.Second))+" ago for "+dcWords(s.ReadDCs)+", "+counted(s.Read, "changed balance")+" came"), software)
}

// dcWords name DCs, of which an empty one stands for all.
func dcWords(dcs []string) string {
	if slices.Contains(dcs, "") {
		return "all DCs"
	}
	return strings.Join(dcs, ", ")
}

// softwareText is what called with a source's keys last, and how long ago.
func softwareText(s models.ConnectorHealth, now time.Time) string {
	if s.SoftwareAt == nil {
		return "software not told"
	}
	return s.Software + ", " + ui.Took(max(now.Sub(*s.SoftwareAt), 0).Truncate(time.Second)) + " ago"
}

func dueCell(s sourceRow) templ.Component {
	due := s.due()
	if due == nil {
		return ui.Muted("no interval")
	}
	return templ.Join(ui.Deadline(*due, 0), ui.Muted(" of "+ui.Took(s.Interval)))
}

// worksCell says until when a source works, or when it does so again.
func worksCell(calendar *models.Calendar, now time.Time) templ.Component {
	open, until := calendar.Open(now)
	switch {
	case until.IsZero():
		return ui.Muted("always")
	case open:
		return templ.Join(ui.Text("until "), ui.At(until))
	default:
		return templ.Join(ui.Text("again "), ui.At(until))
	}
}

func keysCell(s sourceRow) templ.Component {
	if s.OldestKey == nil {
		return ui.Text("0")
	}
	return templ.Join(ui.Text(strconv.Itoa(s.Keys)+" · "), ui.Since(*s.OldestKey))
}

func expiresCell(s sourceRow) templ.Component {
	switch {
	case s.Keys == 0:
		return ui.Muted("no key")
	case s.Expires == nil:
		return ui.Muted("never")
	default:
		return ui.Deadline(*s.Expires, 0)
	}
}

// sourceHref leads to what of a source went wrong: refused, else parked.
func sourceHref(s models.ConnectorHealth) string {
	if s.Refused > 0 {
		return addressOf(rejectedPath, "source", s.Source)
	}
	return addressOf(unsettledHome, "source", s.Source)
}

// sourceState is what stands against a source, the most urgent of it first.
func sourceState(s models.ConnectorHealth) templ.Component {
	switch {
	case s.Paused && s.PausedTill != nil:
		return templ.Join(ui.HealthBadge(ui.HealthLate, "paused, "), ui.Deadline(*s.PausedTill, 0))
	case s.Paused:
		return ui.HealthBadge(ui.HealthLate, "paused")
	case s.Open != nil:
		return templ.Join(ui.SeverityBadge(severityOf(s.Open.Priority)), ui.Text(" "), ui.Link("/exceptions/"+ui.ID(s.Open.ID), models.NameSource(s.Open.Title, s.Source)))
	case s.Keys == 0:
		return ui.HealthBadge(ui.HealthLate, "has no key")
	case s.LastSentAt == nil && s.UsefulAt == nil:
		return ui.HealthBadge(ui.HealthUnknown, "has sent nothing yet")
	case s.LastSentAt == nil:
		return ui.HealthBadge(ui.HealthUnknown, "quiet for a day")
	default:
		return ui.HealthBadge(ui.HealthGood, "sending")
	}
}

func quotaCell(q *models.Quota) templ.Component {
	if q == nil {
		return ui.Muted("no limit")
	}
	return ui.Text(ui.Count(int64(q.Remaining)) + " of " + ui.Count(int64(q.Limit.Burst)))
}
