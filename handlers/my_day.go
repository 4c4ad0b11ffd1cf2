package handlers

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/layout"
	"throughline/views/pages"
	"throughline/views/ui"
	"throughline/web/render"
)

const (
	myDayRows  = 18
	lookCookie = "my-day-seen"
	// sameLook is how long coming back counts as the same look at the page.
	sameLook = 10 * time.Minute
)

// MyDay answers the planner's landing page.
type MyDay struct {
	Frame      *Frame
	Read       MyDayReader
	Exceptions ExceptionStore
	Influence  InfluenceReader
	Consumer   string      // the replenishment engine's subscription
	Queue      *Exceptions // whose next moves the rows offer
}

// Show answers GET /my-day.
func (h *MyDay) Show(c echo.Context) error {
	page := h.Frame.Page(c, layout.NavMyDay, "My day")
	page.Lead = "What needs me before cut-off"
	page.Live = livePath(models.TopicTeam(models.TeamPlanner), models.TopicApprovals)
	ctx, now := c.Request().Context(), h.Frame.Now()
	business := h.Frame.Clock().At(now)
	day, err := h.Read.MyDay(ctx, business, lastLook(c, now))
	if err != nil {
		return err
	}
	work, err := h.Exceptions.Queue(ctx, models.ExceptionFilter{Team: models.TeamPlanner, Part: models.PartOurs, Sort: models.SortPriority, Limit: myDayRows})
	if err != nil {
		return err
	}
	revisions, err := h.Influence.Counts(ctx, models.InfluenceFilter{Consumer: h.Consumer})
	if err != nil {
		return err
	}
	view := pages.MyDay{
		Page: page, Topics: string(models.TopicTeam(models.TeamPlanner)) + " " + string(models.TopicApprovals),
		Figures: myDayFigures(day, int(revisionsIn(stateOpen, revisions)), business, now), CutOffs: cutOffTable(day.CutOffs, business), Work: h.workTable(c, work.Rows),
		Questions: questionTable(day), QuestionsNote: shownOf(len(day.Questions), int64(day.OpenQuestions), "question"),
	}
	return render.HTML(c, http.StatusOK, pages.MyDayPage(view))
}

func myDayFigures(day models.MyDay, revisions int, business, now time.Time) []ui.Number {
	age := ui.Age{At: now}
	figure := func(label, note string, count int, href string, severity ui.Severity) ui.Number {
		n := ui.Number{Label: label, Note: note, Value: strconv.Itoa(count), Href: href, Age: age}
		if count > 0 {
			n.Missed = severity
		}
		return n
	}
	urgent, worst := day.ByPriority[models.PriorityP1]+day.ByPriority[models.PriorityP2], ui.P2
	if day.ByPriority[models.PriorityP1] > 0 {
		worst = ui.P1
	}
	figures := []ui.Number{
		figure("Critical and high", priorityCounts(day.ByPriority), urgent, "/exceptions/planning?priority="+urgentPriorities, worst),
		figure("Stockouts ahead", "inside the lead time", day.ByCode[models.ExceptionStockout], "/exceptions/planning?code=BIZ-01", ui.P2),
		figure("Revisions waiting", "not yet influencing", revisions, influencePath, ui.P3),
		figure("Stale basis", "recommendations awaiting", day.ByCode[models.ExceptionStaleBasis]+day.AlsoByCode[models.ExceptionStaleBasis], "/exceptions/planning?code=WFL-02&view="+viewAll, ui.P3),
		figure("New", "since I last looked", day.Changed, "/exceptions/planning?since="+strconv.FormatInt(day.ChangedFrom.Unix(), 10), 0),
	}
	return append([]ui.Number{nextCutOff(day.CutOffs, business, age)}, figures...)
}

// nextCutOff is how late the first DC is, where a cut-off has passed with something
// still waiting; else how long the next one has left.
func nextCutOff(cutOffs []models.CutOff, business time.Time, age ui.Age) ui.Number {
	figure := ui.Number{Label: "Next cut-off", Href: "/approvals", Age: age, Note: "nothing waits"}
	if len(cutOffs) == 0 {
		return figure
	}
	first := cutOffs[0]
	if first.Passed == nil {
		figure.Value, figure.Note = ui.Took(first.At.Sub(business)), first.DC+", business time"
		return figure
	}
	missed := 0
	for _, cut := range cutOffs {
		missed += cut.Missed
	}
	figure.Label, figure.Missed, figure.Value = "Cut-off passed", ui.P2, ui.Took(business.Sub(*first.Passed))
	figure.Href = approvalPath + "?cut_off=" + cutOffPassed
	figure.Unit, figure.Note = "late", first.DC+", business time; "+counted(int64(missed), "recommendation")+" past it"
	return figure
}

// priorityCounts is how many are open of each priority.
func priorityCounts(by map[models.Priority]int) string {
	var parts []string
	for _, p := range []models.Priority{models.PriorityP1, models.PriorityP2, models.PriorityP3, models.PriorityP4} {
		parts = append(parts, string(p)+" "+strconv.Itoa(by[p]))
	}
	return strings.Join(parts, " · ")
}

func cutOffTable(cutOffs []models.CutOff, business time.Time) ui.Table {
	table := ui.Table{
		Caption: "Next cut-off by distribution centre",
		Columns: []ui.Column{
			{Title: "DC", Fold: ui.FoldLead},
			{Title: "Left", Fold: ui.FoldTrail},
			{Title: "Waiting", Number: true},
			{Title: "Missed", Number: true},
			{Title: "Value", Unit: models.UnitMoney, Number: true},
		},
		Empty: ui.Notice{Title: "No recommendation waits", Detail: "Each DC with a waiting recommendation appears here with its next cut-off."},
	}
	for _, cut := range cutOffs {
		missed := ui.Text("0")
		if cut.Missed > 0 {
			missed = ui.SeverityLink(ui.P2, strconv.Itoa(cut.Missed), addressOf(approvalPath, "dc", cut.DC, "cut_off", cutOffPassed))
		}
		table.Rows = append(table.Rows, ui.Row{
			ID: "cut-off-" + cut.DC, Href: "/approvals?dc=" + cut.DC,
			Cells: cells(ui.Text(cut.DC), cutOffLeft(cut, business), ui.Text(strconv.Itoa(cut.Waiting)), missed, ui.Sum(cut.Value)),
		})
	}
	return table
}

// cutOffLeft says what has passed before what comes next.
func cutOffLeft(cut models.CutOff, business time.Time) templ.Component {
	switch {
	case cut.Passed == nil:
		return ui.Text(ui.Took(cut.At.Sub(business)))
	case cut.At == nil:
		return ui.Text(ui.Took(business.Sub(*cut.Passed)) + " late")
	}
	return pages.Titled(ui.Took(business.Sub(*cut.Passed))+" late", "The next is in "+ui.Took(cut.At.Sub(business)))
}

func (h *MyDay) workTable(c echo.Context, exceptions []models.Exception) ui.Table {
	now, clock := h.Frame.Now(), h.Frame.Clock()
	table := ui.Table{
		ID: "work", Caption: "Exceptions of planning",
		Columns: []ui.Column{
			{Title: "Priority", Fold: ui.FoldLead},
			{Title: "What happened", Fold: ui.FoldGrow, Breaks: true},
			{Title: "Item"},
			{Title: "DC"},
			{Title: "At risk", Unit: models.UnitMoney, Number: true, Fold: ui.FoldTrail},
			{Title: "Left", Said: true},
			{Title: "Owner"},
			{Title: "Next move", Unnamed: true},
		},
		Empty: ui.Notice{Title: "Nothing needs you", Detail: "Stockouts ahead, revisions without effect and differences to the ERP appear here."},
	}
	for _, e := range exceptions {
		id := strconv.FormatInt(e.ID, 10)
		table.Rows = append(table.Rows, ui.Row{
			ID: "work-" + id, Href: "/exceptions/planning?open=" + id,
			Cells: cells(ui.SeverityBadge(severityOf(e.Priority)), pages.Titled(e.Headline(), e.Happened), ui.Text(e.Subject.Item), ui.Text(e.Subject.DC),
				ui.Money(ui.Overview(e.ValueAtRisk.Round(0)), e.Currency), leftCell(e.ConsequenceAt, e.Technical(), now, clock), ownerCell(e.Owner), h.Queue.nextMove(c, e)),
		})
	}
	return table
}

// lastLook is when the reader looked before this look, and notes this one. The
// cookie holds two moments, so that reloading does not make everything old news.
func lastLook(c echo.Context, now time.Time) time.Time {
	before, latest := now.Add(-24*time.Hour), time.Time{}
	if cookie, err := c.Cookie(lookCookie); err == nil {
		before, latest = parseLooks(cookie.Value, before)
	}
	if now.Sub(latest) > sameLook && !latest.IsZero() {
		before = latest
	}
	c.SetCookie(&http.Cookie{ //nolint:gosec // a moment, no secret; the tower may be served without TLS on loopback
		Name: lookCookie, Path: "/my-day", HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: 30 * 24 * 3600,
		Value: strconv.FormatInt(before.Unix(), 10) + "." + strconv.FormatInt(now.Unix(), 10),
	})
	return before
}
