package store_test

import (
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
)

func declared(text string) models.Configuration {
	return models.Configuration{
		Text:    text,
		Systems: []models.DeclaredSystem{{Name: "erp", Kind: "erp", Interval: 10 * time.Minute, Owns: []string{"inventory", "item"}}},
		Routes: []models.Subscription{{
			Name: "forecasting", URL: "https://forecasting.example.com/webhooks", Secret: "whsec_secret", Types: []models.EventType{models.TypeBalance},
		}},
	}
}

func subjects(changes []models.ConfigurationChange) string {
	var all []string
	for _, c := range changes {
		all = append(all, c.Subject)
	}
	return strings.Join(all, " ")
}

func TestAConfigurationIsAppliedOnceAndAudited(t *testing.T) {
	db := storetest.New(t)
	c := store.NewConfigurations(db)
	apply := func(to models.Configuration, dry bool) string {
		t.Helper()
		changes, err := c.Apply(t.Context(), to, "tester", dry)
		if err != nil {
			t.Fatal(err)
		}
		return subjects(changes)
	}
	text := func(sql string) (got string) {
		t.Helper()
		if err := db.Pool.QueryRow(t.Context(), sql).Scan(&got); err != nil {
			t.Fatal(err)
		}
		return got
	}
	const all = "system:erp owner:inventory owner:item route:forecasting configuration"
	if got := apply(declared("a"), true); got != all {
		t.Errorf("a dry run would change %q, want %q", got, all)
	}
	if now, err := c.Current(t.Context()); err != nil || now.ID != 0 || text(`SELECT count(*)::text FROM sources`) != "0" {
		t.Errorf("a dry run left %+v, %v", now, err)
	}
	if got := apply(declared("a"), false); got != all {
		t.Errorf("applying changes %q, want %q", got, all)
	}
	if got := apply(declared("a"), false); got != "" {
		t.Errorf("applying the same again changes %q", got)
	}
	if got := text(`SELECT string_agg(subject, ' ' ORDER BY id) FROM audit WHERE actor = 'tester' AND action = 'configuration.apply'`); got != all {
		t.Errorf("audited are %q, want %q", got, all)
	}
	if got := text(`SELECT string_agg(coalesce(before::text, '') || coalesce(after::text, ''), '') FROM audit`); strings.Contains(got, "whsec") {
		t.Errorf("the audit holds a secret: %s", got)
	}
	if got := text(`SELECT count(*)::text FROM consumer_cursors WHERE consumer = 'route:forecasting'`); got != "10" {
		t.Errorf("the route has %s cursors, want one a shard", got)
	}
}

func TestAQuotaHoldsForEachKeyOfASystem(t *testing.T) {
	db := storetest.New(t)
	keys := store.NewAPIKeys(db)
	if err := keys.Add(t.Context(), models.APIKey{Source: "erp", Prefix: "tlk_1", Scopes: []models.Scope{models.ScopeSend}}, "erp", []byte("hash")); err != nil {
		t.Fatal(err)
	}
	c, to := store.NewConfigurations(db), declared("a")
	to.Systems[0].Quota = models.RateLimit{Rate: 200, Burst: 1000}
	for _, want := range []string{"api_key:tlk_1", ""} {
		changes, err := c.Apply(t.Context(), to, "tester", false)
		if err != nil || strings.Contains(subjects(changes), "api_key:tlk_1") != (want != "") {
			t.Fatalf("the changes are %+v, %v", changes, err)
		}
		if key, err := keys.ByHash(t.Context(), []byte("hash")); err != nil || key.Limit != to.Systems[0].Quota {
			t.Errorf("the key is limited to %+v, %v", key.Limit, err)
		}
	}
}

func TestAConfigurationUndoesWhatWasChangedBesideIt(t *testing.T) {
	db := storetest.New(t)
	c := store.NewConfigurations(db)
	if _, err := c.Apply(t.Context(), declared("a"), "tester", false); err != nil {
		t.Fatal(err)
	}
	if err := store.NewSources(db).Expect(t.Context(), "erp", time.Hour); err != nil {
		t.Fatal(err)
	}
	changes, err := c.Apply(t.Context(), declared("a"), "tester", false)
	if err != nil || subjects(changes) != "system:erp" || !strings.Contains(changes[0].Before, "3600") || !strings.Contains(changes[0].After, "600") {
		t.Errorf("the changes are %+v, %v", changes, err)
	}
}

func TestARouteThatIsNoLongerDeclaredIsDisabledAndOthersAreLeftAlone(t *testing.T) {
	db := storetest.New(t)
	routes := store.NewRoutes(db)
	own := models.Subscription{Name: "own", URL: "https://own.example.com", Secret: "whsec_own", Types: []models.EventType{models.TypeBalance}}
	if err := routes.Ensure(t.Context(), own); err != nil {
		t.Fatal(err)
	}
	c := store.NewConfigurations(db)
	if _, err := c.Apply(t.Context(), declared("a"), "tester", false); err != nil {
		t.Fatal(err)
	}
	without := declared("b")
	without.Routes = nil
	changes, err := c.Apply(t.Context(), without, "tester", false)
	if err != nil || subjects(changes) != "route:forecasting configuration" {
		t.Errorf("the changes are %+v, %v", changes, err)
	}
	for name, want := range map[string]models.SubscriptionState{"forecasting": models.SubscriptionDisabled, "own": models.SubscriptionActive} {
		if s, err := routes.Subscription(t.Context(), name); err != nil || s.State != want {
			t.Errorf("%s is %s, %v, want %s", name, s.State, err, want)
		}
	}
}
