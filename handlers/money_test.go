package handlers_test

import (
	"strings"
	"testing"

	"throughline/models"
	"throughline/models/store/storetest"
)

// TestMoneyIsShownInTheCurrencyOfTheData has a company that counts in euro, with
// one exception in pounds.
func TestMoneyIsShownInTheCurrencyOfTheData(t *testing.T) {
	w := newWorld(t)
	w.exec(`UPDATE items SET currency = 'EUR'`)
	w.exec(`UPDATE positions SET on_hand = 10000`) // a stockout would be told beside them
	w.exception("BIZ-03", "ours", "", "85123A", "LEE", "", 1)
	w.exception("BIZ-03", "theirs", "", "85123A", "YRK", "", 1)
	w.exec(`UPDATE exceptions SET team = 'procurement', value_at_risk = 12345, currency = CASE dc WHEN 'YRK' THEN 'GBP' ELSE 'EUR' END`)
	w.recommend("R-1", 480)
	w.exec(`UPDATE proposals SET currency = 'EUR'`)
	w.exec(`UPDATE recommendations SET currency = 'EUR'`)
	storetest.Eventually(t, "the two to be all that stands", func() bool {
		return w.text(`SELECT count(*) FROM exceptions WHERE state <> 'resolved'`) == "2"
	})
	admin := w.SignIn(models.RoleAdmin)
	for path, selector := range map[string]string{
		"/dcs/LEE": ".figures", "/exceptions/procurement": "#queue thead", "/approvals": "#approvals-table thead",
		"/executive": "#measures", "/executive/exposure": "main",
		"/my-day": "main thead",
	} {
		p := admin.Get(path)
		if text := p.Find(selector).Text(); !strings.Contains(text, "EUR") || strings.Contains(text, "GBP") {
			t.Errorf("%s says %s", path, strings.Join(strings.Fields(text), " "))
		}
	}
	overview := admin.Get("/overview")
	if text := squeezed(overview, "#figure-risk"); !strings.Contains(text, "12.3 k EUR") || !strings.Contains(text, "and 12.3 k GBP") {
		t.Errorf("the money at risk of two currencies is %s", text)
	}
	if text := squeezed(overview, "#dcs tbody"); !strings.Contains(text, "12.3 k GBP") {
		t.Errorf("the DCs are %s", text)
	}
	rows := squeezed(admin.Get("/exceptions/procurement"), "#queue tbody")
	if !strings.Contains(rows, "12.3 k GBP") || strings.Contains(rows, "12.3 k EUR") {
		t.Errorf("what is not in the heading's currency does not say its own: %s", rows)
	}
}
