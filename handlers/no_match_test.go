package handlers_test

import (
	"strings"
	"testing"

	"throughline/models"
)

func TestAFilterThatMatchesNothingDoesNotSayThatAllIsWell(t *testing.T) {
	w := newWorld(t)
	admin := w.SignIn(models.RoleAdmin)
	for _, c := range []struct{ path, names, clears string }{
		{"/exceptions/procurement?priority=P1&dc=YRK&text=heart", "Priority: P1 critical · DC: YRK · Contains: heart", "/exceptions/procurement"},
		{"/exceptions/planning?view=mine", "Mine", "/exceptions/planning?view=all"},
		{"/exceptions/planning?view=shelved&dc=YRK", "Shelved · DC: YRK", "/exceptions/planning?view=shelved"},
		{"/exceptions/it?view=causes&source=nobody", "Source: nobody", "/exceptions/it?view=causes"},
		{"/influence?dc=YRK", "Not yet influencing · DC: YRK", "/influence"},
		{"/influence?state=ordered&class=C", "Ordered · Class: C", "/influence?state=ordered"},
		{"/orders?dc=YRK", "DC: YRK", "/orders"},
		{"/confirmations?dc=YRK", "DC: YRK", "/confirmations"},
		{"/rejected?source=nobody", "Source: nobody", "/rejected"},
		{"/parked?state=held&age=older", "Held · Age: 30 days and more", "/parked?state=held"},
	} {
		notice := admin.Get(c.path).Find(".notice").Last()
		if text := strings.Join(strings.Fields(notice.Text()), " "); !strings.Contains(text, "Nothing matches") || !strings.Contains(text, "only: "+c.names) {
			t.Errorf("%s says %q, want that nothing matches %q", c.path, text, c.names)
		}
		if href := notice.Find("a").First().AttrOr("href", ""); href != c.clears {
			t.Errorf("%s offers the way to %q, want %q", c.path, href, c.clears)
		}
	}
	for path, words := range map[string]string{
		"/orders":        "Every approval became an order",
		"/confirmations": "Every confirmation agrees with its order", "/influence?state=ordered": "No revision stands here", "/parked?state=held": "Nothing stands here",
	} {
		if text := admin.Get(path).Find(".notice").Last().Text(); !strings.Contains(text, words) {
			t.Errorf("%s says %q, want %q", path, text, words)
		}
	}
}
