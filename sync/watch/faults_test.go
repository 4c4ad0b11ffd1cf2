package watch_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"throughline/models"
)

// fault is something that goes wrong in a healthy world and is mended again.
type fault struct {
	name     string
	code     models.ExceptionCode
	breaks   func(*world)
	mends    func(*world)
	beside   int // exceptions that it also raises, each of its own
	priority models.Priority
	says     string // in the title or in what happened
	check    func(*testing.T, models.Exception)
}

var faults = slices.Concat(orderFaults, machineFaults, accessFaults, []fault{
	{name: "a source falls silent", code: models.ExceptionSourceSilent, priority: models.PriorityP1, says: "erp is silent",
		breaks: func(w *world) {
			w.sql(`UPDATE freshness SET source = 'erp-was' WHERE source = 'erp'`)
			w.wait(20 * time.Second)
		},
		mends: func(w *world) { w.sql(`UPDATE freshness SET source = 'erp' WHERE source = 'erp-was'`) }},
	{name: "one DC falls silent", code: models.ExceptionSourceSilent, priority: models.PriorityP1, says: "MAN",
		breaks: func(w *world) {
			w.wait(20 * time.Second)
			w.sql(`CREATE RULE silence AS ON UPDATE TO freshness WHERE old.dc = 'MAN' AND old.entity = 'inventory' AND old.source = 'erp' DO INSTEAD NOTHING`)
			w.wait(20 * time.Second)
		},
		mends: func(w *world) { w.sql(`DROP RULE silence ON freshness`) }},
	{name: "a planning source falls silent", code: models.ExceptionSourceSilent, priority: models.PriorityP1, says: "forecasting",
		breaks: func(w *world) {
			w.sql(`UPDATE freshness SET source = 'gone' WHERE source = 'forecasting'`)
			w.wait(460 * time.Second)
			w.sql(`UPDATE proposals SET decided_at = $1 WHERE state = 'approved'`, w.now)
			w.sql(`UPDATE milestones SET due_at = $1 WHERE kind = 'ordered'`, w.now.Add(time.Hour))
			w.sql(`DELETE FROM milestones WHERE kind = 'confirmed'`)
		},
		mends: func(w *world) { w.sql(`UPDATE freshness SET source = 'forecasting' WHERE source = 'gone'`) }},
	{name: "a contract is violated", code: models.ExceptionContractViolation, priority: models.PriorityP3, says: "/on_hand must be a number",
		breaks: func(w *world) {
			w.sql(`INSERT INTO rejected_counts VALUES (date_trunc('minute', $1::timestamptz), 'erp', $2, 'TRF-01', 2)`, w.now, string(models.TypeBalance))
			w.sql(`INSERT INTO rejected_samples (source, event_id, type, code, errors, body) VALUES ('erp', 'x', $1, 'TRF-01', '[{"pointer":"/on_hand","message":"must be a number"}]', '{}')`, string(models.TypeBalance))
		},
		mends: func(w *world) { w.sql(`DELETE FROM rejected_counts`) },
		check: func(t *testing.T, e models.Exception) {
			if e.Occurrences != 2 {
				t.Errorf("%d occurrences", e.Occurrences)
			}
		}},
	{name: "events are of types that no contract names", code: models.ExceptionBadEnvelope, priority: models.PriorityP3, says: "/type is not a known contract",
		breaks: func(w *world) {
			w.sql(`INSERT INTO rejected_counts VALUES (date_trunc('minute', $1::timestamptz), 'erp', 'throughline.guess.v1', 'API-06', 2)`, w.now)
			w.sql(`INSERT INTO rejected_samples (source, event_id, type, code, errors, body) VALUES ('erp', 'x', 'throughline.guess.v1', 'API-06', '[{"pointer":"/type","message":"is not a known contract"}]', '{}')`)
		},
		mends: func(w *world) { w.sql(`DELETE FROM rejected_counts`) }},
	{name: "somebody tries keys", code: models.ExceptionBadEnvelope, priority: models.PriorityP1, says: "12 requests in 3 minutes",
		breaks: func(w *world) {
			w.sql(`INSERT INTO rejected_counts SELECT date_trunc('minute', $1::timestamptz) - n * interval '1 minute', 'unknown key', 'from 192.0.2.' || a, 'API-06', 2 FROM generate_series(0, 2) n, generate_series(1, 2) a`, w.now)
		},
		mends: func(w *world) { w.sql(`DELETE FROM rejected_counts WHERE type = 'from 192.0.2.2'`) }, // six are a slip
		check: func(t *testing.T, e models.Exception) {
			if e.Occurrences != 12 || e.Subject.Source != "" {
				t.Errorf("%d occurrences of %q", e.Occurrences, e.Subject.Source)
			}
		}},
	{name: "somebody tries what gets through", code: models.ExceptionBadEnvelope, priority: models.PriorityP1, says: "It goes on",
		breaks: func(w *world) {
			w.sql(`INSERT INTO rejected_counts SELECT date_trunc('minute', $1::timestamptz) - n * interval '1 minute', 'erp', '', 'API-06', 4 FROM generate_series(0, 2) n`, w.now)
		},
		mends: func(w *world) { w.sql(`DELETE FROM rejected_counts`) },
		check: func(t *testing.T, e models.Exception) {
			if e.Occurrences != 12 || e.Subject.Source != "erp" {
				t.Errorf("%+v", e)
			}
		}},
	{name: "a source keeps telling old news", code: models.ExceptionOvertaken, priority: models.PriorityP4, says: "5 events from erp came after a newer one",
		breaks: func(w *world) {
			w.settled("superseded", 3) // a burst is none of it
			if out := w.sweep(); out.Opened != 0 {
				w.t.Errorf("raised for one burst: %+v", out)
			}
			w.sql(`DELETE FROM settled_events`)
			w.settled("superseded", 5)
		},
		mends: func(w *world) { w.sql(`DELETE FROM settled_events`) },
		check: func(t *testing.T, e models.Exception) {
			if e.Headline() != "ERP keeps telling old news" {
				t.Errorf("it is titled %q", e.Headline())
			}
		}},
	{name: "not all arrived", code: models.ExceptionIncomplete, priority: models.PriorityP2, says: "5 stock balances of erp",
		breaks: func(w *world) {
			w.stateTotal(w.sent(models.TypeBalance) + 5)
			if out := w.sweep(); out.Opened != 0 {
				w.t.Errorf("raised within the grace: %+v", out)
			}
			w.wait(20 * time.Second)
		},
		mends: func(w *world) {
			for range 5 {
				w.took(models.TypeBalance, models.InventoryBalance{Item: "A1", DC: "LON"})
			}
			w.wait(time.Minute)
		},
		check: func(t *testing.T, e models.Exception) {
			if e.Occurrences != 5 || e.Subject.Source != "erp" || !strings.Contains(e.Happened, "0 were accepted") {
				t.Errorf("%+v", e)
			}
		}},
	{name: "what did not arrive was asked for", code: models.ExceptionIncomplete, priority: models.PriorityP2, says: "erp no longer has anything of that time.",
		breaks: func(w *world) {
			w.stateTotal(w.sent(models.TypeBalance) + 5)
			w.wait(20 * time.Second)
			w.sweep()
			w.sql(`INSERT INTO catch_ups (exception_id, times, asked_at, due_at, answer) SELECT id, 1, $1, 'infinity', 'erp no longer has anything of that time.' FROM exceptions WHERE code = 'REC-03'`, w.now)
		},
		mends: func(w *world) {
			for range 5 {
				w.took(models.TypeBalance, models.InventoryBalance{Item: "A1", DC: "LON"})
			}
			w.wait(time.Minute)
		},
		check: func(t *testing.T, e models.Exception) {
			if !strings.Contains(e.Happened, "They were asked for at ") {
				t.Errorf("it says %q", e.Happened)
			}
		}},
	{name: "events wait too long", code: models.ExceptionBacklog, priority: models.PriorityP1, says: "60 s are allowed",
		breaks: func(w *world) {
			w.sql(`INSERT INTO events (seq, shard, received_at, occurred_at, source, event_id, type, key, data)
				VALUES (1000000, 0, now() - interval '3 min', now(), 'erp', 'late', 'throughline.inventory.balance.v1', 'k', '{}')`)
			w.sql(`UPDATE books_received SET received = received + 1`)
			w.sql(`INSERT INTO pauses (kind, name, reason, actor, since) VALUES ('lane', 'realtime', 'on purpose', 'ida', $1)`, w.now)
			if out := w.sweep(); out.Opened != 0 {
				w.t.Errorf("raised for a lane that is paused: %+v", out)
			}
			w.sql(`DELETE FROM pauses`)
		},
		mends: func(w *world) {
			w.sql(`DELETE FROM events WHERE event_id = 'late'`)
			w.sql(`UPDATE books_received SET received = received - 1`)
		}},
	{name: "ever more is parked", code: models.ExceptionParkedGrowth, priority: models.PriorityP3, says: "20 events of 2 causes", beside: 2,
		breaks: func(w *world) { w.parked(20, 2) },
		mends:  func(w *world) { w.sql(`DELETE FROM unsettled_events`) }},
	{name: "reading again does not help", code: models.ExceptionHealsFailing, priority: models.PriorityP3, says: "read again 3 times in a row", beside: 1,
		breaks: func(w *world) {
			w.heals(2, 0)
			if out := w.sweep(); out.Opened != 1 {
				w.t.Errorf("raised for two tries: %+v", out)
			}
			w.sql(`UPDATE drifts SET heals_in_vain = 3`)
		},
		mends: func(w *world) { w.sql(`UPDATE drifts SET cleared_at = $1`, w.now) },
		check: func(t *testing.T, e models.Exception) {
			if e.Subject.Source != "erp" || e.Subject.Item != "C3" || e.Subject.DC != "LON" || !strings.Contains(e.Happened, "After 5 in a row") {
				t.Errorf("%+v", e)
			}
		}},
	{name: "reading again helps too seldom", code: models.ExceptionHealsFailing, priority: models.PriorityP3, says: "helped 7 times and 3 times not", beside: 2,
		breaks: func(w *world) {
			w.heals(1, 8)
			w.sql(`INSERT INTO drifts (run_id, source, item, dc, cause, their_on_hand, our_on_hand, their_allocated, our_allocated, their_version, our_version, found_at, healed_at, heals_in_vain)
				SELECT id, 'erp', 'B2', 'LON', 'missing_event', 480, 500, 0, 0, 8, 7, $1, $1, 1 FROM reconcile_runs`, w.now)
			if out := w.sweep(); out.Opened != 2 {
				w.t.Errorf("raised while four of five help: %+v", out)
			}
			w.sql(`UPDATE drifts SET cleared_at = $1 WHERE id = (SELECT min(id) FROM drifts WHERE cleared_at IS NOT NULL)`, w.now.Add(-8*24*time.Hour))
			w.sql(`UPDATE drifts SET heals_in_vain = 2 WHERE item = 'B2'`)
		},
		mends: func(w *world) { w.sql(`UPDATE drifts SET cleared_at = $1 WHERE cleared_at IS NULL`, w.now) }},
	{name: "an event is woken in vain", code: models.ExceptionHealsFailing, priority: models.PriorityP3, says: "wait for records that are here", beside: 1,
		breaks: func(w *world) {
			w.unsettled("waiting", "TRF-03", "item:C3")
			w.sql(`UPDATE unsettled_events SET attempts = 5`)
			w.sql(`UPDATE books_received SET received = received + 1`)
			w.wait(11 * time.Second)
		},
		mends: func(w *world) {
			w.sql(`DELETE FROM unsettled_events`)
			w.sql(`UPDATE books_decided SET applied = applied + 1`)
		}},
	{name: "much is put aside", code: models.ExceptionFullShelf, priority: models.PriorityP4, says: "11 exceptions are put aside",
		breaks: func(w *world) { w.shelved(11) },
		mends: func(w *world) {
			w.sql(`UPDATE exceptions SET shelved_until = NULL, state = 'resolved', resolved_at = now(), standing = false WHERE code = 'API-99'`)
		},
		check: func(t *testing.T, e models.Exception) {
			if e.Team != models.TeamProcurement {
				t.Errorf("it is %s's", e.Team)
			}
		}},
	{name: "a kind is put aside for ever", code: models.ExceptionFullShelf, priority: models.PriorityP4, says: "Clock ahead (OWN-05) has been shelved at MAN again and again since",
		breaks: func(w *world) {
			w.sql(`INSERT INTO kind_shelves (code, dc, reason, actor, since, until)
				SELECT 'OWN-05', 'MAN', 'later', 'ida', $1::timestamptz - d * interval '1 day', $1::timestamptz - d * interval '1 day' + interval '23 hours' FROM generate_series(1, 31) d`, w.now)
			if out := w.sweep(); out.Opened != 0 {
				w.t.Errorf("raised for what has returned: %+v", out)
			}
			w.sql(`INSERT INTO kind_shelves (code, dc, reason, actor, since, until) VALUES ('OWN-05', 'MAN', 'later', 'ida', $1, $1::timestamptz + interval '1 hour')`, w.now)
		},
		mends: func(w *world) { w.sql(`UPDATE kind_shelves SET until = $1 WHERE until > $1`, w.now) }},
	{name: "one thing is put aside for ever", code: models.ExceptionFullShelf, priority: models.PriorityP4, says: "again and again since",
		breaks: func(w *world) {
			w.shelved(1)
			w.sql(`INSERT INTO exception_notes (exception_id, at, actor, action, note) SELECT id, now() - interval '31 days', 'ida', 'shelve', 'later' FROM exceptions`)
		},
		mends: func(w *world) {
			w.sql(`UPDATE exceptions SET shelved_until = NULL, state = 'resolved', resolved_at = now(), standing = false WHERE code = 'API-99'`)
		}},
	{name: "an item is unknown", code: models.ExceptionUnknownReference, priority: models.PriorityP3, says: "Unknown item 91234N",
		breaks: func(w *world) {
			w.unsettled("waiting", "TRF-03", "item:91234N")
			w.sql(`UPDATE books_received SET received = received + 1`)
			w.wait(11 * time.Second)
		},
		mends: func(w *world) {
			w.sql(`DELETE FROM unsettled_events`)
			w.sql(`UPDATE books_decided SET applied = applied + 1`)
		}},
	{name: "an event id is used twice", code: models.ExceptionIDReused, priority: models.PriorityP2, says: "two contents",
		breaks: func(w *world) { w.unsettled("parked", "API-07", "") },
		mends:  func(w *world) { w.sql(`DELETE FROM unsettled_events`) }},
	{name: "a version is used twice", code: models.ExceptionIDReused, priority: models.PriorityP2, says: "told one version of a stock balance with two contents",
		breaks: func(w *world) {
			w.unsettled("parked", "API-07", "")
			w.sql(`UPDATE unsettled_events SET reason = 'Version 7 was applied before with other content.'`)
		},
		mends: func(w *world) { w.sql(`DELETE FROM unsettled_events`) }},
	{name: "a source's numbers have a hole", code: models.ExceptionSequenceGap, priority: models.PriorityP2, says: "erp is missing the numbers 12 to 14 of its sequence",
		breaks: func(w *world) {
			w.sql(`INSERT INTO sequences (source, series, seen) VALUES ('erp', 'a', '{[1,11],[15,20]}')`)
			w.sql(`INSERT INTO sequence_gaps VALUES ('erp', 'a', 12, 14, $1)`, w.now)
			if out := w.sweep(); out.Opened != 0 {
				w.t.Errorf("raised within the grace: %+v", out)
			}
			w.wait(20 * time.Second)
			w.sql(`INSERT INTO pauses (kind, name, reason, actor, since) VALUES ('flow', 'erp:inventory', 'on purpose', 'ida', $1)`, w.now)
			if out := w.sweep(); out.Opened != 0 {
				w.t.Errorf("raised for events that the source was asked to keep: %+v", out)
			}
			w.sql(`UPDATE pauses SET since = $1, ends = $1`, w.now.Add(-2*time.Minute))
		},
		mends: func(w *world) { w.sql(`DELETE FROM sequence_gaps`) },
		check: func(t *testing.T, e models.Exception) {
			if e.Occurrences != 3 || e.Subject.Source != "erp" || !strings.Contains(e.Happened, "in its series a") {
				t.Errorf("%+v", e)
			}
		}},
	{name: "a source's clock is ahead", code: models.ExceptionClockAhead, priority: models.PriorityP3, says: "The clock of erp is ahead",
		breaks: func(w *world) {
			w.ahead(2 * time.Minute)
			if out := w.sweep(); out.Opened != 0 {
				w.t.Errorf("raised within the allowance: %+v", out)
			}
			w.sql(`DROP RULE future ON freshness`)
			w.ahead(time.Hour)
		},
		mends: func(w *world) { w.sql(`DROP RULE future ON freshness`) },
		check: func(t *testing.T, e models.Exception) {
			if e.Subject.Source != "erp" || e.Subject.DC != "MAN" {
				t.Errorf("%+v", e.Subject)
			}
		}},
	{name: "a source's clock is a little ahead all the time", code: models.ExceptionClockAhead, priority: models.PriorityP3, says: "by 6 s at least; 22 events came since",
		breaks: func(w *world) {
			minutes := `INSERT INTO accept_rollups (minute, source, dc, entity, shard, hist, events, ahead_us) SELECT date_trunc('minute', $1::timestamptz) - n * interval '1 minute', 'erp', 'LON', 'inventory', 0, '', 2, $2 FROM generate_series(0, 10) n`
			for ahead, why := range map[time.Duration]string{0: "that is right", 5 * time.Second: "within the allowance"} {
				w.sql(minutes, w.now, ahead.Microseconds())
				if out := w.sweep(); out.Opened != 0 {
					w.t.Errorf("raised for a clock %s: %+v", why, out)
				}
				w.sql(`DELETE FROM accept_rollups`)
			}
			w.sql(minutes, w.now, (6 * time.Second).Microseconds())
			w.sql(`UPDATE accept_rollups SET ahead_us = 0 WHERE minute = (SELECT min(minute) + interval '1 minute' FROM accept_rollups)`)
			if out := w.sweep(); out.Opened != 0 {
				w.t.Errorf("raised although it was right nine minutes ago: %+v", out)
			}
			w.sql(`UPDATE accept_rollups SET ahead_us = 6500000, events = 1`)
			if out := w.sweep(); out.Opened != 0 {
				w.t.Errorf("raised for eleven events: %+v", out)
			}
			w.sql(`UPDATE accept_rollups SET events = 2`)
		},
		mends: func(w *world) {
			w.sql(`UPDATE accept_rollups SET ahead_us = 0 WHERE minute = (SELECT max(minute) FROM accept_rollups)`)
		},
		check: func(t *testing.T, e models.Exception) {
			if e.Subject.Source != "erp" {
				t.Errorf("%+v", e.Subject)
			}
		}},
	{name: "a source's clock is ahead at the door", code: models.ExceptionClockAhead, priority: models.PriorityP3, says: "Such events are given the time of their arrival",
		breaks: func(w *world) {
			w.sql(`INSERT INTO clock_skews (source, entity, dc, ahead, seen_at) VALUES ('erp', 'inventory', 'MAN', '1 hour', $1::timestamptz - interval '2 min')`, w.now)
			if out := w.sweep(); out.Opened != 0 {
				w.t.Errorf("raised for a clock that has been right since: %+v", out)
			}
			w.sql(`UPDATE clock_skews SET seen_at = $1`, w.now)
		},
		mends: func(w *world) { w.wait(2 * time.Minute) },
		check: func(t *testing.T, e models.Exception) {
			if e.Subject.Source != "erp" || e.Subject.DC != "MAN" {
				t.Errorf("%+v", e.Subject)
			}
		}},
	{name: "an event fails in no known way", code: models.ExceptionPoison, priority: models.PriorityP3, says: "cannot be applied",
		breaks: func(w *world) { w.unsettled("parked", "XYZ-99", "") },
		mends:  func(w *world) { w.sql(`DELETE FROM unsettled_events`) }},
	{name: "another than the owner writes", code: models.ExceptionNotOwner, priority: models.PriorityP2, says: "may not write",
		breaks: func(w *world) { w.unsettled("parked", "OWN-01", "") },
		mends:  func(w *world) { w.sql(`DELETE FROM unsettled_events`) }},
	{name: "another than the owner writes an item", code: models.ExceptionNotOwner, priority: models.PriorityP2, says: "may not write an item",
		breaks: func(w *world) {
			w.unsettled("parked", "OWN-01", "")
			w.sql(`UPDATE unsettled_events SET type = $1`, string(models.TypeItemChanged))
		},
		mends: func(w *world) { w.sql(`DELETE FROM unsettled_events`) }},
	{name: "a mapping fails", code: models.ExceptionMappingError, priority: models.PriorityP3, says: "cannot be applied",
		breaks: func(w *world) { w.unsettled("parked", "TRF-06", "") },
		mends:  func(w *world) { w.sql(`DELETE FROM unsettled_events`) }},
	{name: "stock is negative", code: models.ExceptionImplausible, priority: models.PriorityP3, says: "-12 EA on hand",
		breaks: func(w *world) {
			w.sql(`DELETE FROM forecast_revisions WHERE item = 'B2' AND dc = 'MAN'`) // or else it runs out as well
			w.sql(`UPDATE positions SET on_hand = -12, seq = 77 WHERE item = 'B2' AND dc = 'MAN'`)
			w.sql(`INSERT INTO owners (entity, record, source) VALUES ('inventory', '', 'erp')`)
		},
		mends: func(w *world) { w.sql(`UPDATE positions SET on_hand = 500 WHERE item = 'B2' AND dc = 'MAN'`) },
		check: func(t *testing.T, e models.Exception) {
			if e.Subject.Item != "B2" || e.Subject.DC != "MAN" || e.Subject.EventSeq != 77 || e.Subject.Source != "erp" {
				t.Errorf("%+v", e.Subject)
			}
		}},
	{name: "what is in flight does not arrive", code: models.ExceptionStuckDrift, priority: models.PriorityP3, says: "The oldest event of the key is held",
		breaks: func(w *world) {
			w.sql(`INSERT INTO reconcile_runs (source, asked_by, state, started_at) VALUES ('erp', 'test', 'finished', $1)`, w.now)
			w.sql(`INSERT INTO drifts (run_id, source, item, dc, cause, why, their_on_hand, our_on_hand, their_allocated, our_allocated, their_version, our_version, found_at)
				SELECT id, 'erp', 'C3', 'LON', 'in_flight', 'An event of the key is here.', 480, 500, 0, 0, 8, 7, $1 FROM reconcile_runs`, w.now.Add(-14*time.Minute-30*time.Second))
			w.unsettled("held", "TRF-07", "")
			w.sql(`UPDATE unsettled_events SET key = 'inventory:C3|LON'`)
			w.sql(`UPDATE books_received SET received = received + 1`)
			if out := w.sweep(); out.Opened != 0 {
				w.t.Errorf("raised within the window: %+v", out)
			}
			w.wait(30 * time.Second)
		},
		mends: func(w *world) { w.sql(`UPDATE drifts SET cause = 'missing_event', cleared_at = $1`, w.now) },
		check: func(t *testing.T, e models.Exception) {
			if e.Subject.EventSeq != 900 || e.ValueAtRisk.String() != "40" {
				t.Errorf("%+v worth %s", e.Subject, e.ValueAtRisk)
			}
		}},
	{name: "a delivery to a copy does not pass", code: models.ExceptionStuckDrift, priority: models.PriorityP3, says: "500 in planning, 480 in the ERP",
		breaks: func(w *world) {
			w.sql(`INSERT INTO reconcile_runs (source, asked_by, state, started_at) VALUES ('planning', 'test', 'finished', $1)`, w.now)
			w.sql(`INSERT INTO drifts (run_id, source, is_copy, item, dc, cause, why, their_on_hand, our_on_hand, their_allocated, our_allocated, their_version, our_version, found_at)
				SELECT id, 'planning', true, 'C3', 'LON', 'in_flight', 'Not delivered yet.', 480, 500, 0, 0, 8, 7, $1 FROM reconcile_runs`, w.now.Add(-16*time.Minute))
		},
		mends: func(w *world) { w.sql(`UPDATE drifts SET cleared_at = $1`, w.now) }},
	{name: "a route fails", code: models.ExceptionTargetDown, priority: models.PriorityP3, says: "connection refused",
		breaks: func(w *world) {
			w.sql(`INSERT INTO subscriptions (name, url, secret, types, failures, created_at) VALUES ('engine', 'http://x', 's', '{x}', 3, $1)`, w.now)
			w.sql(`INSERT INTO deliveries (subscription, shard, from_pos, to_pos, message_id, events, attempt, started_at, ended_at, outcome, error)
				VALUES ('engine', 0, 1, 1, 'm', 1, 3, $1, $1, 'failed', 'connection refused')`, w.now)
		},
		mends: func(w *world) { w.sql(`UPDATE subscriptions SET failures = 0`) }},
	{name: "a target refuses events", code: models.ExceptionTargetRejects, priority: models.PriorityP3, says: "422: no such bin",
		breaks: func(w *world) {
			w.sql(`INSERT INTO subscriptions (name, url, secret, types, created_at) VALUES ('engine', 'http://x', 's', '{x}', $1)`, w.now)
			w.sql(`INSERT INTO refused_events (subscription, pos, seq, shard, received_at, occurred_at, source, event_id, type, subject, key, item, dc,
					trace_id, conflict, data, applied_at, status, answer, attempts, refused_at)
				SELECT 'engine', n, n, 0, $1, $1, 'erp', 'e' || n, $2, '', 'k', 'C3', 'LON', '', false, '{}', $1, 422, 'no such bin', 3, $1 FROM generate_series(1, 2) n`,
				w.now, string(models.TypeBalance))
		},
		mends: func(w *world) { w.sql(`UPDATE refused_events SET state = 'discarded', settled_at = $1`, w.now) },
		check: func(t *testing.T, e models.Exception) {
			if e.Occurrences != 2 || e.Subject.Source != "engine" || e.Subject.EventSeq != 1 {
				t.Errorf("%d of %+v", e.Occurrences, e.Subject)
			}
		}},
	{name: "the ERP takes no orders", code: models.ExceptionTargetDown, priority: models.PriorityP3, says: "503",
		breaks: func(w *world) { w.write("R3", "intent", 2, "transient", "503 from the ERP") },
		mends: func(w *world) {
			w.sql(`UPDATE erp_writes SET state = 'confirmed', document = 'PO-3'`)
			w.sql(`UPDATE proposals SET state = 'ordered', ordered_at = $1 WHERE recommendation = 'R3'`, w.now)
		},
		check: func(t *testing.T, e models.Exception) {
			if e.ValueAtRisk.String() != "48" || e.AlsoTeam != models.TeamProcurement {
				t.Errorf("%+v", e)
			}
		}},
	{name: "stock differs from the ERP", code: models.ExceptionDrift, priority: models.PriorityP4, says: "500 here, 480 in the ERP",
		breaks: func(w *world) {
			w.sql(`INSERT INTO reconcile_runs (source, asked_by, state, started_at) VALUES ('erp', 'test', 'finished', $1)`, w.now)
			w.sql(`INSERT INTO drifts (run_id, source, item, dc, cause, their_on_hand, our_on_hand, their_allocated, our_allocated, their_version, our_version, found_at)
				SELECT id, 'erp', 'C3', 'LON', 'missing_event', 480, 500, 0, 0, 8, 7, $1 FROM reconcile_runs`, w.now)
		},
		mends: func(w *world) { w.sql(`UPDATE drifts SET cleared_at = $1`, w.now) },
		check: func(t *testing.T, e models.Exception) {
			if e.ValueAtRisk.String() != "40" {
				t.Errorf("worth %s, want 20 × 2.00", e.ValueAtRisk)
			}
		}},
	{name: "a look fails", code: models.ExceptionTowerUnwell, priority: models.PriorityP2, says: "Nobody looks for “Not all arrived”",
		breaks: func(w *world) {
			w.sql(`ALTER TABLE control_totals RENAME TO mislaid`)
			w.blinded = true
			if w.sweep(); len(w.open()) > 0 {
				w.t.Error("raised before it had failed for a minute")
			}
			w.wait(time.Minute)
			if err := w.watch.SweepDue(w.t.Context()); err != nil {
				w.t.Errorf("one blind look takes the tower out of service: %v", err)
			}
		},
		mends: func(w *world) {
			w.sql(`ALTER TABLE mislaid RENAME TO control_totals`)
			w.blinded = false
		}},
	{name: "the books do not balance", code: models.ExceptionBooksOff, priority: models.PriorityP1, says: "5 are in none",
		breaks: func(w *world) { w.sql(`UPDATE books_received SET received = received + 5`) },
		mends:  func(w *world) { w.sql(`UPDATE books_received SET received = received - 5`) }},
})
