package watch_test

import (
	"strings"
	"testing"
	"time"

	"throughline/models"
)

// trouble lets calls with a key of the ERP go wrong since so long, the last of them now.
func (w *world) trouble(prefix string, kind models.TroubleKind, lasts time.Duration, calls int) {
	w.t.Helper()
	w.sql(`INSERT INTO key_troubles (key_id, kind, since, last_at, calls, spare) SELECT id, $2, $3, $4, $5, 12 FROM api_keys WHERE prefix = $1
		ON CONFLICT (key_id, kind) DO UPDATE SET since = excluded.since, last_at = excluded.last_at`, prefix, string(kind), w.now.Add(-lasts), w.now, calls)
}

// answers lets a route's deliveries fail with a status.
func (w *world) answers(status int) {
	w.t.Helper()
	w.sql(`INSERT INTO subscriptions (name, url, secret, types, failures, created_at, next_attempt_at)
		VALUES ('engine', 'http://x', 's', $2, 8, $1, $1::timestamptz + interval '5 min')`, w.now, []models.EventType{models.TypeBalance})
	w.answered(status)
}

// answered lets a further delivery of that route fail.
func (w *world) answered(status int) {
	w.t.Helper()
	w.sql(`INSERT INTO deliveries (subscription, shard, from_pos, to_pos, message_id, events, attempt, started_at, ended_at, outcome, status, error)
		VALUES ('engine', 0, 1, 1, 'm', 1, 3, $1, $1, 'failed', $2, 'The target answered so.')`, w.now, status)
}

// erpAnswers lets the ERP answer the order of R3 with a status.
func (w *world) erpAnswers(status int) {
	w.t.Helper()
	w.write("R3", "intent", 2, "transient", "not now")
	w.sql(`INSERT INTO erp_write_attempts (write_id, attempt, action, started_at, ended_at, outcome, class, status)
		SELECT id, 2, 'send', $1, $1, 'unreached', 'transient', $2 FROM erp_writes`, w.now, status)
}

func ordered(w *world) {
	w.sql(`UPDATE erp_writes SET state = 'confirmed', document = 'PO-3'`)
	w.sql(`UPDATE proposals SET state = 'ordered', ordered_at = $1 WHERE recommendation = 'R3'`, w.now)
}

var accessFaults = []fault{
	{name: "an API key is about to expire", code: models.ExceptionAccess, priority: models.PriorityP4, says: "no other key of it is for the same",
		breaks: func(w *world) {
			w.key("tlk_aaaaaa", "{send}", 15*24*time.Hour)
			w.key("tlk_bbbbbb", "{read}", 0)
			if out := w.sweep(); out.Opened != 0 {
				w.t.Errorf("raised more than fourteen days ahead: %+v", out)
			}
			w.sql(`UPDATE api_keys SET expires_at = $1 WHERE prefix = 'tlk_aaaaaa'`, w.now.Add(13*24*time.Hour))
		},
		mends: func(w *world) { w.key("tlk_cccccc", "{send,read}", 90*24*time.Hour) }},
	{name: "an API key has expired", code: models.ExceptionAccess, priority: models.PriorityP1, says: "The API key of erp has expired",
		breaks: func(w *world) {
			w.key("tlk_aaaaaa", "{send}", time.Hour)
			w.sql(`UPDATE api_keys SET created_at = $1::timestamptz - interval '1 h', expires_at = $1::timestamptz - interval '1 min'`, w.now)
		},
		mends: func(w *world) { w.sql(`UPDATE api_keys SET revoked_at = now()`) }},
	{name: "a source goes on with a revoked key", code: models.ExceptionAccess, priority: models.PriorityP1, says: "no other key of erp is for the same",
		breaks: func(w *world) {
			w.key("tlk_aaaaaa", "{send}", 0)
			w.sql(`UPDATE api_keys SET revoked_at = now()`)
			w.trouble("tlk_aaaaaa", models.TroubleRevoked, 30*time.Second, 40)
			if out := w.sweep(); out.Opened != 0 {
				w.t.Errorf("raised for a burst: %+v", out)
			}
			w.trouble("tlk_aaaaaa", models.TroubleRevoked, 2*time.Minute, 40)
		},
		mends: func(w *world) {
			w.key("tlk_bbbbbb", "{send}", 0)
			w.sql(`UPDATE key_troubles SET last_at = last_at - interval '25 hours', since = since - interval '25 hours'`)
		},
		check: func(t *testing.T, e models.Exception) {
			if e.Occurrences != 40 || e.Subject.Source != "erp" || !strings.Contains(e.Title, "a key that was revoked") {
				t.Errorf("%d of %q", e.Occurrences, e.Title)
			}
		}},
	{name: "a source asks for what its key is not for", code: models.ExceptionAccess, priority: models.PriorityP3, says: "answered 403",
		breaks: func(w *world) {
			w.key("tlk_aaaaaa", "{send}", 0)
			w.trouble("tlk_aaaaaa", models.TroubleForbidden, 2*time.Minute, 3)
		},
		mends: func(w *world) { w.sql(`DELETE FROM key_troubles`) }},
	{name: "a target does not accept the signature", code: models.ExceptionAccess, priority: models.PriorityP1, says: "are answered 401",
		breaks: func(w *world) { w.answers(401) },
		mends:  func(w *world) { w.sql(`UPDATE subscriptions SET failures = 0`) }},
	{name: "the ERP does not accept the credentials", code: models.ExceptionAccess, priority: models.PriorityP2, says: "erp answers 403. 1 approved order waits",
		breaks: func(w *world) { w.erpAnswers(403) }, mends: ordered},
	{name: "a source sends more than its quota", code: models.ExceptionRateLimited, priority: models.PriorityP1, says: "40 requests of erp in the real-time lane were answered 429",
		breaks: func(w *world) {
			w.key("tlk_aaaaaa", "{send}", 0)
			w.sql(`UPDATE api_keys SET rate = 10, burst = 400`)
			w.trouble("tlk_aaaaaa", models.TroubleThrottled, 50*time.Second, 40)
			w.trouble("tlk_aaaaaa", models.TroubleScarce, 50*time.Second, 2)
			if out := w.sweep(); out.Opened != 0 {
				w.t.Errorf("raised for a burst: %+v", out)
			}
			w.trouble("tlk_aaaaaa", models.TroubleThrottled, 65*time.Second, 40)
			w.trouble("tlk_aaaaaa", models.TroubleScarce, 65*time.Second, 2)
		},
		mends: func(w *world) { w.wait(80 * time.Second) },
		check: func(t *testing.T, e models.Exception) {
			if e.Occurrences != 40 || !strings.Contains(e.Happened, "10 events a second, 400 at once; 12 were left") {
				t.Errorf("%d: %s", e.Occurrences, e.Happened)
			}
		}},
	{name: "a source's quota is nearly used up", code: models.ExceptionRateLimited, priority: models.PriorityP3, says: "less than 5 % is left of the quota of erp in the bulk lane",
		breaks: func(w *world) {
			w.key("tlk_aaaaaa", "{send}", 0)
			w.sql(`UPDATE api_keys SET rate = 10, burst = 400, types = $1`, []models.EventType{models.TypeSalesHistory})
			w.trouble("tlk_aaaaaa", models.TroubleScarce, 65*time.Second, 90)
		},
		mends: func(w *world) { w.wait(80 * time.Second) }},
	{name: "a target asks for fewer deliveries", code: models.ExceptionRateLimited, priority: models.PriorityP1, says: "engine answers 429",
		breaks: func(w *world) {
			w.answers(429)
			if out := w.sweep(); out.Opened != 0 {
				w.t.Errorf("raised for a burst: %+v", out)
			}
			w.wait(time.Minute)
		},
		mends: func(w *world) { w.sql(`UPDATE subscriptions SET failures = 0`) }},
	{name: "the ERP asks for fewer orders", code: models.ExceptionRateLimited, priority: models.PriorityP2, says: "erp answers 429 and is left alone until",
		breaks: func(w *world) {
			w.erpAnswers(429)
			w.wait(time.Minute)
		},
		mends: ordered,
		check: func(t *testing.T, e models.Exception) {
			if e.AlsoTeam != models.TeamProcurement || e.Subject.ERPWrite == 0 {
				t.Errorf("%+v", e)
			}
		}},
	{name: "a consumer's delta token has expired", code: models.ExceptionTokenExpired, priority: models.PriorityP3, says: "the changes of inventory at DC-1",
		breaks: func(w *world) {
			w.key("tlk_aaaaaa", "{read}", 0)
			w.sql(`INSERT INTO polls SELECT id, 'inventory', 'DC-1', $1, $1 FROM api_keys`, w.now)
			if out := w.sweep(); out.Opened != 0 {
				w.t.Errorf("raised for who reads: %+v", out)
			}
			w.sql(`UPDATE polls SET gone_at = $1`, w.now)
		},
		mends: func(w *world) { w.sql(`UPDATE polls SET gone_at = NULL`) }},
	{name: "a consumer has been without data for long", code: models.ExceptionTokenExpired, priority: models.PriorityP1, says: "has not read anything before",
		breaks: func(w *world) {
			w.key("tlk_aaaaaa", "{read}", 0)
			w.sql(`INSERT INTO polls (key_id, entities, dcs, gone_at) SELECT id, '', '', $1 FROM api_keys`, w.now.Add(-61*time.Minute))
		},
		mends: func(w *world) { w.sql(`UPDATE api_keys SET revoked_at = now()`) }},
	{name: "an order is not acknowledged", code: models.ExceptionUnacknowledged, priority: models.PriorityP3, says: "Acme Ltd has not acknowledged PO-2",
		breaks: func(w *world) {
			w.sql(`UPDATE orders SET transmitted_at = $1 WHERE number = 'PO-2'`, w.now)
			w.sql(`INSERT INTO owners (entity, record, source) VALUES ('purchase_order', '', 'erp')`)
			w.sql(`UPDATE orders SET transmitted_at = $1 WHERE number = 'PO-1'`, w.now.Add(-time.Hour)) // confirmed, acknowledged or not
			w.wait(30 * time.Second)
			if out := w.sweep(); out.Opened != 0 {
				w.t.Errorf("raised within its window: %+v", out)
			}
			w.wait(10 * time.Second) // eight business hours are forty seconds
		},
		mends: func(w *world) { w.sql(`UPDATE orders SET acknowledged_at = $1 WHERE number = 'PO-2'`, w.now) },
		check: func(t *testing.T, e models.Exception) {
			if e.Team != models.TeamProcurement || e.Subject.Document != "PO-2" || e.Subject.Item != "B2" || e.Subject.Source != "erp" || !strings.Contains(e.Happened, "within 8 h of business time") {
				t.Errorf("%+v: %s", e.Subject, e.Happened)
			}
		}},
	{name: "an order that was transmitted again is not acknowledged either", code: models.ExceptionUnacknowledged, priority: models.PriorityP3, says: "to transmit it once more. erp transmitted it again.",
		breaks: func(w *world) {
			w.sql(`INSERT INTO order_resends (number, transmitted_at, asked_at, attempts, answer, resent_at) VALUES ('PO-2', $1::timestamptz - interval '1 hour', $1, 1, 'erp transmitted it again.', $1)`, w.now)
			w.sql(`UPDATE orders SET transmitted_at = $1 WHERE number = 'PO-2'`, w.now)
		},
		mends: func(w *world) { w.sql(`UPDATE orders SET acknowledged_at = $1 WHERE number = 'PO-2'`, w.now) }},
	{name: "an order waits to be transmitted again", code: models.ExceptionUnacknowledged, priority: models.PriorityP3, says: "not transmitted again meanwhile: Calls to erp are paused by ida",
		breaks: func(w *world) {
			w.sql(`UPDATE orders SET transmitted_at = $1 WHERE number = 'PO-2'`, w.now.Add(-time.Hour))
			w.sql(`INSERT INTO pauses (kind, name, reason, actor, since) VALUES ('target', 'erp', 'on purpose', 'ida', $1)`, w.now)
		},
		mends: func(w *world) { w.confirm("PO-2", 60, "2026-03-06") }},
	{name: "a supplier answers what it did not acknowledge", code: models.ExceptionUnacknowledged, priority: models.PriorityP3, says: "it may never have arrived",
		breaks: func(w *world) {
			w.sql(`UPDATE orders SET transmitted_at = $1 WHERE number = 'PO-2'`, w.now.Add(-time.Hour))
		},
		mends: func(w *world) { w.confirm("PO-2", 60, "2026-03-06") }},
}

// What expires later than an expired key takes its place, and is the next to be replaced.
func TestAnExpiredKeyIsReplacedByOneThatIsHonouredNow(t *testing.T) {
	w := newWorld(t)
	w.key("tlk_aaaaaa", "{send}", time.Hour)
	w.sql(`UPDATE api_keys SET created_at = $1::timestamptz - interval '1 h', expires_at = $1::timestamptz - interval '1 min'`, w.now)
	w.key("tlk_bbbbbb", "{send}", 3*24*time.Hour)
	w.sweep()
	if open := w.kind(models.ExceptionAccess); len(open) != 1 || !strings.Contains(open[0].Happened, "tlk_bbbbbb… is honoured until") {
		t.Errorf("open are:%s", briefly(open))
	}
}

func TestATargetThatAnswersInTurnsKeepsItsException(t *testing.T) {
	w := newWorld(t)
	w.answers(503)
	w.sweep()
	for _, status := range []int{429, 503, 429, 503, 401, 429, 503} {
		w.wait(40 * time.Second)
		w.answered(status)
		w.sweep()
		if down := w.kind(models.ExceptionTargetDown); len(down) != 1 || len(w.kind(models.ExceptionRateLimited))+len(w.kind(models.ExceptionAccess)) != 0 {
			t.Fatalf("after %d open are:%s", status, briefly(w.open()))
		}
	}
	w.wait(40 * time.Second)
	w.answered(429)
	began := w.now
	w.wait(time.Minute)
	w.answered(429)
	w.sweep()
	limited := w.kind(models.ExceptionRateLimited)
	if len(limited) != 1 || len(w.kind(models.ExceptionTargetDown)) != 0 {
		t.Fatalf("after a minute of 429 open are:%s", briefly(w.open()))
	}
	if !strings.Contains(limited[0].Happened, models.Instant(began)) || !strings.Contains(limited[0].Happened, "changes it has not looked at") {
		t.Errorf("it began at %s: %s", began, limited[0].Happened)
	}
}

func TestAnERPThatAnswersInTurnsKeepsItsException(t *testing.T) {
	w := newWorld(t)
	w.erpAnswers(503)
	w.sweep()
	for range 3 {
		for _, status := range []int{429, 503} {
			w.wait(40 * time.Second)
			w.sql(`INSERT INTO erp_write_attempts (write_id, attempt, action, started_at, ended_at, outcome, class, status)
				SELECT id, 3, 'send', $1, $1, 'unreached', 'transient', $2 FROM erp_writes`, w.now, status)
			w.sweep()
			if len(w.kind(models.ExceptionTargetDown)) != 1 || len(w.kind(models.ExceptionRateLimited)) != 0 {
				t.Fatalf("after %d open are:%s", status, briefly(w.open()))
			}
		}
	}
}

// TestALongFailureIsToldFromItsStart has a target answer otherwise first, and then
// alike more often than is read at once.
func TestALongFailureIsToldFromItsStart(t *testing.T) {
	w := newWorld(t)
	w.answers(503)
	began := w.now.Add(time.Minute)
	w.sql(`INSERT INTO deliveries (subscription, shard, from_pos, to_pos, message_id, events, attempt, started_at, ended_at, outcome, status)
		SELECT 'engine', 0, 1, 1, 'm', 1, n, $1::timestamptz + n * interval '1 second', $1::timestamptz + n * interval '1 second', 'failed', 429 FROM generate_series(0, 699) n`, began)
	w.wait(13 * time.Minute)
	w.sweep()
	if limited := w.kind(models.ExceptionRateLimited); len(limited) != 1 || !strings.Contains(limited[0].Happened, "answers 429 since "+models.Instant(began)) {
		t.Errorf("it began at %s:%s", began, briefly(w.open()))
	}
}

func TestAnInstantIsToldWithItsDay(t *testing.T) {
	w := newWorld(t)
	w.key("tlk_aaaaaa", "{read}", 0)
	began := w.now.Add(-3 * 24 * time.Hour)
	w.sql(`INSERT INTO polls (key_id, entities, dcs, gone_at) SELECT id, '', '', $1 FROM api_keys`, began)
	w.sweep()
	if gone := w.kind(models.ExceptionTokenExpired); len(gone) != 1 || !strings.Contains(gone[0].Happened, "since "+began.Format("2 Jan 15:04:05 UTC")) {
		t.Errorf("it began at %s:%s", began, briefly(gone))
	}
}
