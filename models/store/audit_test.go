package store_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
)

func TestWhatAnotherSystemIsAskedForIsToldBeforeAndAfter(t *testing.T) {
	db := storetest.New(t)
	audit := store.NewAudit(db)
	outcomes := func(subject string) (all []string) {
		t.Helper()
		rows, err := db.Pool.Query(t.Context(), `SELECT concat_ws(' ', actor, action, reason, after->>'outcome', after->>'message') FROM audit WHERE subject = $1 ORDER BY id`, subject)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var one string
			if err := rows.Scan(&one); err != nil {
				t.Fatal(err)
			}
			all = append(all, one)
		}
		return all
	}
	entry := models.AuditEntry{Actor: "ann", Action: "exception.chase", Subject: "exception:1", Reason: "late"}
	err := audit.Around(t.Context(), entry, func(context.Context) error {
		if got := outcomes("exception:1"); !slices.Equal(got, []string{"ann exception.chase late asked"}) {
			t.Errorf("before the call the trail holds %q", got)
		}
		return nil
	})
	if got := outcomes("exception:1"); err != nil || !slices.Equal(got, []string{"ann exception.chase late asked", "ann exception.chase late done"}) {
		t.Errorf("%v, and the trail holds %q", err, got)
	}

	// Who asked has gone before the answer came.
	entry.Subject = "exception:2"
	ctx, leave := context.WithCancel(t.Context())
	refused := models.Errorf(models.CodeUnavailable, "The ERP rests.")
	err = audit.Around(ctx, entry, func(context.Context) error { leave(); return refused })
	if got := outcomes("exception:2"); !errors.Is(err, refused) || !slices.Equal(got[1:], []string{"ann exception.chase late failed The ERP rests."}) {
		t.Errorf("%v, and the trail holds %q", err, got)
	}

	// What cannot be told is not done.
	if err := audit.Around(ctx, entry, func(context.Context) error { t.Error("it was done untold"); return nil }); err == nil {
		t.Error("it says that it was told")
	}
}
