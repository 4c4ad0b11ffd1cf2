package handlers

import (
	"strings"
	"testing"
	"time"

	"throughline/models"
)

// TestTheTimeLeftOfATechnicalFaultIsRealTime has business days of two minutes.
func TestTheTimeLeftOfATechnicalFaultIsRealTime(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	clock := models.BusinessClock{Real: now, Business: now, Day: 2 * time.Minute}
	due := now.Add(48 * time.Hour) // in four minutes
	for _, tc := range []struct {
		of   models.Exception
		want string
		note string
	}{
		{models.Exception{Code: models.ExceptionSourceSilent}, "4 min left", "real time"},
		{models.Exception{Code: models.ExceptionUnknownReference}, "4 min left", "real time"},
		{models.Exception{Code: models.ExceptionBooksOff}, "4 min left", "real time"},
		{models.Exception{Code: models.ExceptionTargetDown, Subject: models.ExceptionSubject{ERPWrite: 7}}, "2 d left", "business time"},
		{models.Exception{Code: models.ExceptionStockout}, "2 d left", "business time"},
		{models.Exception{Code: models.ExceptionNotOrdered}, "2 d left", "business time"},
		{models.Exception{Code: models.ExceptionUnacknowledged}, "2 d left", "business time"},
	} {
		var html strings.Builder
		if err := leftCell(&due, tc.of.Technical(), now, clock).Render(t.Context(), &html); err != nil {
			t.Fatal(err)
		}
		if got := html.String(); !strings.Contains(got, tc.want) || strings.Contains(got, "real time") != (tc.note == "real time") {
			t.Errorf("%s is told as %s, want %s in %s", tc.of.Code, got, tc.want, tc.note)
		}
		if got := leftNote(tc.of); got != tc.note {
			t.Errorf("beside the time left of %s stands %q", tc.of.Code, got)
		}
	}
}
