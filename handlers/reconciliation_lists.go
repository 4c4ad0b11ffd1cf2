package handlers

import (
	"net/url"

	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/pages"
)

// The parameters that page the three lists.
const (
	standingPage = "page"
	runsPage     = "runs"
	clearedPage  = "cleared"
)

// reconcileLists are the parts of the three lists that a reader asked for.
type reconcileLists struct {
	cut               driftCut
	standing, cleared driftPart
	runs              []models.ReconcileRun
	place             paging // among the runs
	uncompared        []models.UncomparedCopy
}

type driftPart struct {
	rows  []models.Drift
	sum   models.DriftSum
	place paging
}

func (h *Reconciliation) lists(c echo.Context) (reconcileLists, error) {
	ctx := c.Request().Context()
	l := reconcileLists{cut: driftCutOf(c), uncompared: h.Asker.Uncompared()}
	var err error
	if l.standing, err = h.drifts(c, standingPage, models.DriftFilter{DC: l.cut.DC, Cause: l.cut.Cause, By: l.cut.sorting()}); err != nil {
		return l, err
	}
	if l.cleared, err = h.drifts(c, clearedPage, models.DriftFilter{Cleared: true, DC: l.cut.DC, Cause: l.cut.Cause, By: l.cut.sorting()}); err != nil {
		return l, err
	}
	all, err := h.Read.RunCount(ctx)
	if err != nil {
		return l, err
	}
	l.place = readPagingOf(c, runsPage, all)
	l.runs, err = h.Read.Runs(ctx, l.place.part())
	return l, err
}

func (h *Reconciliation) drifts(c echo.Context, name string, f models.DriftFilter) (part driftPart, err error) {
	ctx := c.Request().Context()
	if part.sum, err = h.Read.DriftSum(ctx, f); err != nil {
		return part, err
	}
	part.place = readPagingOf(c, name, part.sum.All)
	part.rows, err = h.Read.Drifts(ctx, f, part.place.part())
	return part, err
}

func (l reconcileLists) boards(dcs []string, currency, open, run string) []pages.BoardList {
	standing := l.driftTable("standing", l.standing.rows, open, l.cut.empty("Both sides agree", "A difference that two looks agree on appears here until the owner's figure has been read again."))
	standing.Pager = l.standing.place.pager(func(page string) string { return l.address(standingPage, page) })
	runs := runTable(l.runs, currency, run)
	runs.Pager = l.place.pager(func(page string) string { return l.address(runsPage, page) })
	cleared := l.driftTable("cleared", l.cleared.rows, open, l.cut.empty("None has cleared yet", "A difference moves here when both sides agree again, with how it cleared."))
	cleared.Pager = l.cleared.place.pager(func(page string) string { return l.address(clearedPage, page) })
	return []pages.BoardList{
		{Title: "Standing differences", Note: "the dearest first; two looks agreed on each; " + l.standing.place.shown(), Filters: l.cut.filters(dcs), Table: standing},
		{Title: "Runs", Note: "the newest first; " + l.place.shown(), Table: runs},
		{Title: "Cleared differences", Note: "the newest first; " + l.cleared.place.shown(), Table: cleared},
	}
}

// address leads to another page of one list, or with "open" to a difference
// beside them; all else stays as it is.
func (l reconcileLists) address(name, value string) string {
	query := url.Values{}
	for key, held := range map[string]string{
		"dc": l.cut.DC, "cause": string(l.cut.Cause),
		standingPage: l.standing.place.number(), runsPage: l.place.number(), clearedPage: l.cleared.place.number(),
	} {
		if held != "" {
			query.Set(key, held)
		}
	}
	query.Del(name)
	if value != "" {
		query.Set(name, value)
	}
	l.cut.put(query)
	if len(query) == 0 {
		return reconciliationHome
	}
	return reconciliationHome + "?" + query.Encode()
}
