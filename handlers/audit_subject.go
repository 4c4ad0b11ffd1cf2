package handlers

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"throughline/models"
	"throughline/views/ui"
	"throughline/web/authz"
)

// subject is what a row is about, with the way to it where its reader may go there.
func (h *Audit) subject(c echo.Context, r models.AuditRow) templ.Component {
	words := auditSubjectWords(r.AuditEntry)
	href, needs := auditSubject(r.AuditEntry)
	if href == "" || !may(c, h.Policy, needs) {
		return ui.Text(words)
	}
	return ui.Link(href, words)
}

func auditSubjectWords(e models.AuditEntry) string {
	return strings.TrimSpace(strings.ReplaceAll(e.Kind(), "_", " ") + " " + e.Name())
}

// auditSubject is where the thing stands that a row is about, and what opens it;
// empty for what has no page.
func auditSubject(e models.AuditEntry) (href string, needs authz.Permission) {
	name := e.Name()
	switch e.Kind() {
	case "exception":
		return numbered("/exceptions/", name), authz.SignedIn
	case "triage":
		return numbered(triageHome+"/", name), authz.WorkExceptions
	case "event":
		return numbered("/events/", name), authz.SignedIn
	case "event_id":
		return "/search?q=" + queryEscape(name), authz.SignedIn
	case "recommendation":
		return chainPath(name), authz.SignedIn
	case "erp_write":
		return chainPath(strings.TrimPrefix(name, models.OrderReference(""))), authz.SignedIn
	case "item", "order":
		return chainPath(name), authz.SignedIn
	case "kind_shelf":
		return numbered(kindShelvesPath+"/", name), authz.SignedIn
	case "bulk":
		return numbered(bulkHome+"/", name), authz.ViewFlow
	case "reconcile_run":
		return numbered(reconciliationHome+"?run=", name), authz.ViewFlow
	case "drift":
		return numbered(reconciliationHome+"?open=", name), authz.ViewFlow
	case "route":
		return routeHref(name), authz.ViewFlow
	case "source", "system", "key", "api_key", "owner":
		return "/connectors", authz.ViewFlow
	case string(models.PauseLane), string(models.PauseTarget):
		return "/pauses", authz.ViewFlow
	}
	return "", ""
}

// numbered is the address of what has a number; empty when it has none.
func numbered(path, number string) string {
	if _, err := strconv.ParseInt(number, 10, 64); err != nil {
		return ""
	}
	return path + url.PathEscape(number)
}
