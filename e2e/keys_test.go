package e2e

import (
	"testing"

	"throughline/e2e/browser"
	"throughline/models"
	"throughline/web/webtest"
)

// TestKeysActOnTheRowUnderTheCursor holds that no letter acts on what the
// cursor has left: not on the detail of another row, not on a button in one.
func TestKeysActOnTheRowUnderTheCursor(t *testing.T) {
	w := webtest.Start(t)
	arrangeKeys(t, w)
	chromium := browser.Open(t)
	t.Run("a letter opens the row before it acts on it", func(t *testing.T) { seeLettersOpen(t, w, chromium) })
	t.Run("an opened row stays marked whatever is pushed", func(t *testing.T) { seePushesLeaveTheMark(t, w, chromium) })
	t.Run("a letter presses no button that is not shown", func(t *testing.T) { seeLettersNeedARow(t, w, chromium) })
	t.Run("a letter presses no button of another row", func(t *testing.T) { seeLettersStay(t, w, chromium) })
}

func seeLettersOpen(t *testing.T, w *webtest.Tower, chromium *browser.Browser) {
	it := keyTab(t, w, chromium, models.RoleIT)
	it.Goto("/exceptions/it?code=TRF-03")
	it.WaitLive()
	const first, second = "erp", "wms"
	it.Keys("j")
	it.Keys("a")
	it.WaitText("#panel", "Title of "+models.SourceName(first))
	it.Keys("j")
	it.Keys("a")
	it.WaitText("#panel", "Title of "+models.SourceName(second))
	it.Wait("the opened row to be marked alone", marked)
	for _, key := range []string{first, second} {
		if state := exceptionState(t, w, key); state != "new" {
			t.Fatalf("opening changed %s to %q", key, state)
		}
	}
	it.Keys("a")
	it.WaitText("#panel .keys", "acknowledged")
	if state := exceptionState(t, w, first); state != "new" {
		t.Errorf("the key acted on the row that was open before: %q", state)
	}
	if state := exceptionState(t, w, second); state != "acknowledged" {
		t.Errorf("the key did not act on the row under the cursor: %q", state)
	}
	checkConsole(t, it)
}

// seePushesLeaveTheMark lets the list be replaced by one without a mark, as a
// push does, at the moment an opened detail is on the page and not yet settled.
func seePushesLeaveTheMark(t *testing.T, w *webtest.Tower, chromium *browser.Browser) {
	it := keyTab(t, w, chromium, models.RoleIT)
	it.Goto("/exceptions/it?code=TRF-03")
	it.WaitLive()
	browser.Eval[bool](it, `addEventListener("htmx:before:settle", (event) => {
		if (!event.target.matches("#panel")) return;
		document.querySelectorAll("#queue tr").forEach((row) => row.removeAttribute("aria-current"));
		document.dispatchEvent(new CustomEvent("htmx:after:swap", { detail: { ctx: {} } }));
	}) ?? true`)
	it.Keys("j")
	it.Keys("a")
	it.WaitText("#panel", "Title of ERP")
	it.Wait("the opened row to be marked alone", marked)
	checkConsole(t, it)
}

const marked = `document.querySelectorAll("#queue tr[aria-current]").length === 1 && document.activeElement.matches("[aria-current]")`

// seeLettersNeedARow notes each form that is sent: the bar of the ticked rows
// stands in the page, unseen, while none is ticked.
func seeLettersNeedARow(t *testing.T, w *webtest.Tower, chromium *browser.Browser) {
	it := keyTab(t, w, chromium, models.RoleIT)
	it.Goto("/exceptions/it?code=TRF-03")
	it.WaitLive()
	browser.Eval[bool](it, `(window.sent = []) && addEventListener("submit", (event) => sent.push(event.target.getAttribute("action")), true) === undefined`)
	for _, key := range []string{"a", "m", "s"} {
		it.Keys(key)
	}
	if sent := browser.Eval[[]string](it, "sent"); len(sent) != 0 {
		t.Fatalf("with nothing ticked and no row under the cursor, letters sent %v", sent)
	}
	it.Keys("j")
	it.Keys("\r")
	it.WaitText("#panel", "Title of ERP")
	it.Keys("a")
	it.WaitText("#panel .keys", "acknowledged")
	it.Wait("the row that was acknowledged to have the focus", marked)
	it.Keys("m")
	it.WaitText("#panel", "test-it")
	for _, action := range browser.Eval[[]string](it, "sent") {
		if action == "/triage" {
			t.Error("a letter sent the bar of the ticked rows, of which there is none")
		}
	}
	checkConsole(t, it)
}

func seeLettersStay(t *testing.T, w *webtest.Tower, chromium *browser.Browser) {
	buyer := keyTab(t, w, chromium, models.RoleProcurement)
	buyer.Goto("/orders")
	buyer.WaitLive()
	const asked = `document.querySelector("dialog[open]")?.id ?? ""`
	buyer.Keys("j")
	buyer.Keys("r")
	if dialog := browser.Eval[string](buyer, asked); dialog != "" {
		t.Errorf("a row that cannot be sent again opens %s", dialog)
	}
	buyer.Keys("j")
	buyer.Keys("r")
	buyer.Wait("the question of the row under the cursor", asked+` === document.activeElement.closest("tr").querySelector("dialog").id`)
	checkConsole(t, buyer)
}

// arrangeKeys stores two exceptions, and two approvals of which only the later failed.
func arrangeKeys(t *testing.T, w *webtest.Tower) {
	t.Helper()
	for _, key := range []string{"erp", "wms"} {
		// No sweep closes what it did not see opened.
		execute(t, w, `INSERT INTO exceptions (code, team, stage, dedupe_key, title, happened, state, priority, consequence, why, source,
				opened_at, last_seen_at, ack_due_at, resolve_due_at)
			VALUES ('TRF-03', 'it', 'api', 'TRF-03|' || $1::text, 'Title of ' || $1::text, 'h', 'new', 'P3', 'C2', 'w', $1::text,
				now() + interval '1 h', now(), now(), now())`, key)
	}
	for i, state := range []string{"intent", "failed"} {
		id := "R-" + state
		execute(t, w, `INSERT INTO recommendations (recommendation, kind, run, item, dc, supplier, quantity, unit, unit_price, currency,
				need_by, order_by, reason, basis, basis_kind, computed_at, received_at, seq, content_hash)
			VALUES ($1::text, 'purchase', 'run', '85123A', 'LEE', 'S-1', 10, 'EA', 2.55, 'GBP', now() + interval '7 days', now() + $2 * interval '1 hour',
				'r', '{}', 'declared', now(), now(), 1, gen_random_uuid())`, id, i+1)
		execute(t, w, `INSERT INTO proposals (recommendation, state, policy_version, route, value, currency, quantity, entered_at, due_at, decided_at)
			VALUES ($1, 'approved', 1, 'single', 25.5, 'GBP', 10, now(), now(), now())`, id)
		execute(t, w, `INSERT INTO decisions (recommendation, verdict, actor, by_policy, quantity) VALUES ($1, 'approved', 'a', false, 10)`, id)
		execute(t, w, `INSERT INTO erp_writes (recommendation, system, kind, reference, request, state, next_attempt_at)
			VALUES ($1::text, 'erp', 'purchase', 'TL-' || $1::text, '{}', $2, now() + interval '1 hour')`, id, state)
	}
}

func execute(t *testing.T, w *webtest.Tower, sql string, args ...any) {
	t.Helper()
	if _, err := w.DB.Pool.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

func exceptionState(t *testing.T, w *webtest.Tower, source string) (state string) {
	t.Helper()
	if err := w.DB.Pool.QueryRow(t.Context(), `SELECT state FROM exceptions WHERE code = 'TRF-03' AND source = $1`, source).Scan(&state); err != nil {
		t.Fatal(err)
	}
	return state
}

func keyTab(t *testing.T, w *webtest.Tower, chromium *browser.Browser, role models.Role) *browser.Tab {
	t.Helper()
	w.SignIn(role)
	tab := chromium.Tab(t, w.URL())
	tab.SignIn("test-"+string(role), webtest.Password)
	return tab
}
