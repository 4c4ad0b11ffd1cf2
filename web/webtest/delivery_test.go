package webtest_test

import (
	"net/http"
	"strings"
	"testing"

	"throughline/models"
)

func TestADeliveryShowsTheAnswerOfEachAttempt(t *testing.T) {
	w := integrationDesk(t)
	path := "/deliveries/" + value(t, w, `SELECT min(id)::text FROM deliveries WHERE subscription = 'forecasting'`)
	p := w.SignIn(models.RoleIT).Get(path)
	if answers, open := p.Find("details.answer").Length(), p.Find("details.answer[open]"); answers != 6 || open.Length() != 1 || !strings.Contains(open.Text(), "Attempt 6") {
		t.Errorf("%d answers, open is %q", answers, open.Text())
	}
	see(t, p, "details.answer[open]", "HTTP 503, transient · 120 ms")
	see(t, p, "details.answer:last-of-type", "Attempt 1")
	see(t, p, "details.answer:last-of-type pre", "Maintenance, try 1 of many.")
	if p := w.SignIn(models.RoleIT).Post(path+"/retry", because("")); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("a retry without a reason: %d", p.Status)
	}
	taken := w.SignIn(models.RoleIT).Get("/deliveries/" + value(t, w, `SELECT min(id)::text FROM deliveries WHERE outcome = 'delivered'`))
	see(t, taken, ".payloads", "The message as it is sent")
	see(t, taken, ".payloads", `"specversion": "1.0"`)
	see(t, taken, ".payloads", "Facts in the message")
	buyer := w.SignIn(models.RoleProcurement).Get(path)
	see(t, buyer, "details.answer[open]", "The target answered 503")
	hidden(t, buyer, "details.answer pre")
}
