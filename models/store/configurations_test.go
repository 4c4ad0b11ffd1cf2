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

func TestAQuotaIsOfTheSystemAndCoversLaterKeys(t *testing.T) {
	db := storetest.New(t)
	keys := store.NewAPIKeys(db)
	add := func(prefix string, limit models.RateLimit) {
		key := models.APIKey{Source: "erp", Prefix: prefix, Scopes: []models.Scope{models.ScopeSend}, Limit: limit}
		if err := keys.Add(t.Context(), key, "erp", []byte(prefix), "ida"); err != nil {
			t.Fatal(err)
		}
	}
	own := models.RateLimit{Rate: 5, Burst: 10}
	add("tlk_old", own)
	c, to := store.NewConfigurations(db), declared("a")
	to.Systems[0].Quota = models.RateLimit{Rate: 200, Burst: 1000}
	for _, want := range []string{"system:erp", ""} {
		changes, err := c.Apply(t.Context(), to, "tester", false)
		if err != nil || strings.Contains(subjects(changes), "system:erp") != (want != "") {
			t.Fatalf("the changes are %+v, %v", changes, err)
		}
	}
	add("tlk_new", models.RateLimit{})
	for prefix, limit := range map[string]models.RateLimit{"tlk_old": own, "tlk_new": {}} {
		if key, err := keys.ByHash(t.Context(), []byte(prefix)); err != nil || key.Quota != to.Systems[0].Quota || key.Limit != limit {
			t.Errorf("%s: %+v, %v", prefix, key, err)
		}
	}
	to.Systems[0].Quota = models.RateLimit{}
	if _, err := c.Apply(t.Context(), to, "tester", false); err != nil {
		t.Fatal(err)
	}
	if key, err := keys.ByHash(t.Context(), []byte("tlk_old")); err != nil || key.Quota.Limited() || key.Limit != own {
		t.Errorf("with the quota taken away: %+v, %v", key, err)
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

// A secret that was made on the page holds until the declared one changes, and
// is the declared one once somebody has put it into the environment.
func TestARotatedSecretHoldsUntilTheDeclaredOneChanges(t *testing.T) {
	db := storetest.New(t)
	c, routes, failures := store.NewConfigurations(db), store.NewRoutes(db), store.NewFailures(db)
	apply := func(secret string) string {
		t.Helper()
		to := declared("a")
		to.Routes[0].Secret, to.Routes[0].Overlap = secret, time.Hour
		changes, err := c.Apply(t.Context(), to, "tester", false)
		if err != nil {
			t.Fatal(err)
		}
		return subjects(changes)
	}
	secrets := func() models.Subscription {
		t.Helper()
		s, err := routes.Subscription(t.Context(), "forecasting")
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	rotate := func(fingerprint string, overlap time.Duration) (string, error) {
		return failures.RotateSecret(t.Context(), "forecasting", fingerprint, overlap, "ivy", "It may have leaked.")
	}
	apply("whsec_one")
	made, err := rotate(models.SecretFingerprint("whsec_one"), time.Hour)
	if s := secrets(); err != nil || !strings.HasPrefix(made, "whsec_") || s.Secret != made || s.OldSecret != "whsec_one" || s.OldUntil == nil {
		t.Fatalf("after the rotation (%v) %+v", err, s)
	}
	if _, err := rotate(models.SecretFingerprint("whsec_one"), time.Hour); models.CodeOf(err) != models.CodeConflict {
		t.Errorf("the same form sent twice: %v, want a conflict", err)
	}
	if got := apply("whsec_one"); got != "" || secrets().Secret != made {
		t.Errorf("applying the same file changes %q", got)
	}
	if err := routes.Ensure(t.Context(), models.Subscription{Name: "forecasting", URL: "https://other.example.com", Secret: "whsec_one", Types: []models.EventType{models.TypeBalance}}); err != nil {
		t.Fatal(err)
	}
	if s := secrets(); s.Secret != made || s.URL != "https://other.example.com" {
		t.Errorf("another address undoes the rotation: %+v", s)
	}
	apply("whsec_one")
	if got := apply(made); got != "" || secrets().Secret != made || secrets().OldSecret != "whsec_one" {
		t.Errorf("declaring what was made changes %q, %+v", got, secrets())
	}
	if s, err := failures.RouteSecret(t.Context(), "forecasting"); err != nil || s.RotatedAt != nil || !s.Declared {
		t.Errorf("the secret is told to be %+v, %v", s, err)
	}
	if got := apply("whsec_two"); got != "route:forecasting" || secrets().Secret != "whsec_two" || secrets().OldSecret != made {
		t.Errorf("declaring another changes %q, %+v", got, secrets())
	}
	if _, err := rotate(models.SecretFingerprint("whsec_two"), 0); err != nil || secrets().OldSecret != "" || secrets().OldUntil != nil {
		t.Errorf("without an overlap (%v) %+v", err, secrets())
	}
	var told string
	if err := db.Pool.QueryRow(t.Context(), `SELECT string_agg(concat(actor, action, reason, before, after), ' ') FROM audit`).Scan(&told); err != nil ||
		strings.Contains(told, "whsec") || strings.Contains(told, models.SecretFingerprint(made)) || strings.Count(told, "route.rotate_secret") != 2 {
		t.Errorf("the audit tells %s, %v", told, err)
	}
}
