package handlers

import (
	"context"
	"strconv"

	"github.com/a-h/templ"

	"throughline/models"
	"throughline/views/pages"
	"throughline/views/ui"
)

// folds is what follows from the exceptions on a page and stands under them:
// how many by cause, and those of the one that is unfolded, one page at most.
type folds struct {
	counts map[int64]int64
	shown  []models.Exception
}

// folds reads what follows from the rows of a page, by the filter that chose them.
func (h *Exceptions) folds(ctx context.Context, kind queueKind, f queueFilter, reader string, rows []models.Exception) (folds, error) {
	if !f.folds() || len(rows) == 0 {
		return folds{}, nil
	}
	ids := make([]int64, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	query := f.query(kind, reader)
	query.Part = models.PartAll // a cause calls for what follows from it, whoever's that is
	counts, err := h.Store.Following(ctx, query, ids)
	if err != nil {
		return folds{}, err
	}
	under := folds{counts: counts}
	if unfolded, _ := strconv.ParseInt(f.follow, 10, 64); counts[unfolded] > 0 { // what is no number unfolds nothing
		query.Cause, query.Folded, query.After = unfolded, false, ""
		page, err := h.Store.Queue(ctx, query)
		if err != nil {
			return folds{}, err
		}
		under.shown = page.Rows
	}
	return under, nil
}

func (u folds) all() (n int64) {
	for _, of := range u.counts {
		n += of
	}
	return n
}

// beside adds to what happened how many follow from it and the way to them; what
// follows is marked.
func (u folds) beside(kind queueKind, f queueFilter, e models.Exception, happened templ.Component) templ.Component {
	n := u.counts[e.ID]
	if n == 0 {
		if e.Follows() {
			return templ.Join(ui.Muted("↳ "), happened)
		}
		return happened
	}
	id := strconv.FormatInt(e.ID, 10)
	fold := pages.Fold{Text: followWords(n), Open: f.follow == id}
	list := f
	list.view, list.cause, list.follow, list.after = viewAll, id, "", ""
	fold.ListHref = list.address(kind.path)
	f.follow = id
	if fold.Open {
		f.follow = ""
	}
	fold.Href = f.address(kind.path)
	return templ.Join(happened, pages.FoldLink(fold))
}

// followWords say how many follow: "12 follow from this".
func followWords(n int64) string {
	if n == 1 {
		return "1 follows from this"
	}
	return ui.Count(n) + " follow from this"
}

// causeFacts lead from an exception to what it follows from and to what follows from it.
func causeFacts(d models.ExceptionDetail) []ui.KeyValue {
	var facts []ui.KeyValue
	if d.CauseID != nil {
		fact := ui.KeyValue{Key: "Follows from", Value: ui.Link(exceptionHref(*d.CauseID), models.NameSource(d.CauseTitle, d.Subject.Source))}
		if d.Follows() {
			fact.Note = "that one calls for both"
		}
		facts = append(facts, fact)
	}
	if d.Followers > 0 {
		href := ownQueuePath + "?cause=" + strconv.FormatInt(d.ID, 10)
		facts = append(facts, ui.KeyValue{Key: "Causes", Value: ui.Link(href, followWords(d.Followers))})
	}
	return facts
}
