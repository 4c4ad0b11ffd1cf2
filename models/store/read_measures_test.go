package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
)

// A distributor with two recommendations from one revision: one approved by
// policy and ordered as recommended, one changed by a buyer to half.
const twoOrders = `
INSERT INTO forecast_revisions VALUES ('A1', 'DC1', 1, 'r1', 'ses', '1', 'day', '2011-02-01', '{1,2}', 'EA', NULL, 3, true, gen_random_uuid(),
	'2026-01-10T08:00:00Z', '2026-01-10T08:00:00Z', '2026-01-10T08:00:00Z', 1);
INSERT INTO recommendations (recommendation, kind, run, item, dc, supplier, quantity, unit, unit_price, currency, need_by, order_by,
	reason, basis_kind, forecast_revision, content_hash, computed_at, received_at, seq)
SELECT r, 'purchase', 'r1', 'A1', 'DC1', 'S1', 100, 'EA', 2, 'GBP', '2011-02-05', '2011-02-02', 'cover', 'declared', 1, gen_random_uuid(),
	'2026-01-10T08:05:00Z', '2026-01-10T08:05:00Z', n FROM (VALUES ('R1', 2), ('R2', 3)) AS v (r, n);
INSERT INTO proposals (recommendation, state, policy_version, route, value, currency, quantity, entered_at, due_at, decided_at, ordered_at)
VALUES ('R1', 'ordered', '1', 'auto', 200, 'GBP', 100, '2026-01-10T08:06:00Z', '2026-01-10T09:00:00Z', '2026-01-10T08:06:00Z', '2026-01-10T08:10:00Z'),
	('R2', 'ordered', '1', 'single', 200, 'GBP', 50, '2026-01-10T08:06:00Z', '2026-01-10T09:00:00Z', '2026-01-10T08:20:00Z', '2026-01-10T08:40:00Z');
INSERT INTO decisions (recommendation, verdict, actor, by_policy, quantity) VALUES
	('R1', 'approved', 'policy', true, 100), ('R2', 'approved', 'ann', false, 50);
INSERT INTO erp_writes (recommendation, system, kind, reference, request, state, document) VALUES
	('R1', 'erp', 'purchase', 'TL-R1', '{}', 'confirmed', 'PO1'), ('R2', 'erp', 'purchase', 'TL-R2', '{}', 'confirmed', 'PO2');
INSERT INTO orders VALUES ('PO1', 'purchase', 'TL-R1', 'S1', '', 'DC1', 'open', 'GBP', '2026-01-10T08:10:00Z', 1, gen_random_uuid(), 4, '2026-01-10T08:10:00Z'),
	('PO2', 'purchase', 'TL-R2', 'S1', '', 'DC1', 'open', 'GBP', '2026-01-10T08:40:00Z', 1, gen_random_uuid(), 5, '2026-01-10T08:40:00Z');
INSERT INTO order_lines VALUES ('PO1', 1, 'A1', 100, 'EA', 2, '2011-02-05'), ('PO2', 1, 'A1', 50, 'EA', 2, '2011-02-05');
INSERT INTO reconcile_runs (source, asked_by, started_at, finished_at, state) VALUES ('erp', 'schedule', '2026-01-10T08:00:00Z', '2026-01-10T08:01:00Z', 'finished');
INSERT INTO audit (at, actor, action, subject) VALUES ('2026-01-10T08:20:00Z', 'ann', 'approve', 'recommendation:R2'),
	('2026-01-10T08:06:00Z', 'policy', 'approve', 'recommendation:R1'), ('2026-01-10T08:45:00Z', 'ann', 'sign-in', 'user:ann'),
	('2026-01-10T08:46:00Z', 'ann', 'exception.acknowledge', 'exception:1'), ('2026-01-10T08:49:00Z', 'ann', 'exception.resolve', 'exception:1');
INSERT INTO audit (at, actor, action, subject, after) VALUES ('2026-01-10T08:47:00Z', 'ann', 'exception.chase', 'exception:1', '{"outcome":"asked"}'),
	('2026-01-10T08:48:00Z', 'ann', 'exception.chase', 'exception:1', '{"outcome":"done"}');
INSERT INTO milestones (kind, subject, clock, opened_at, due_at, closed_at) VALUES
	('ordered', 'R1', 'real', '2026-01-10T08:06:00Z', '2026-01-10T08:16:00Z', '2026-01-10T08:10:00Z'),
	('ordered', 'R2', 'real', '2026-01-10T08:20:00Z', '2026-01-10T08:30:00Z', '2026-01-10T08:40:00Z');`

func day(t *testing.T, date string) models.Period {
	t.Helper()
	from, err := time.Parse(time.DateOnly, date)
	if err != nil {
		t.Fatal(err)
	}
	return models.Period{From: from, To: from.AddDate(0, 0, 1)}
}

func TestMeasuresFollowTheirFormulas(t *testing.T) {
	db := storetest.New(t)
	if _, err := db.Pool.Exec(t.Context(), twoOrders); err != nil {
		t.Fatal(err)
	}
	got := readMeasures(t, db, day(t, "2026-01-10"))
	want := map[models.MeasureID]string{
		models.MeasureAlignment:     "75",   // 1 − |50 − 100| ÷ 200
		models.MeasureExposure:      "0",    // no exception is open
		models.MeasureTouchless:     "50",   // R1 of two
		models.MeasureLatency:       "10",   // nearest rank of 10 and 40 min
		models.MeasureDrift:         "0",    // nothing drifts
		models.MeasureInterventions: "1500", // an approval, a chase and a resolution ÷ 2 orders × 1,000
		models.MeasureAttainment:    "50",   // R2 was ordered late
		models.MeasureTrace:         "100",  // nothing more is due
	}
	for id, value := range want {
		m := got[id]
		if m.Value == nil || !m.Value.Equal(decimal.RequireFromString(value)) {
			t.Errorf("%s = %v, want %s", id, m.Value, value)
		}
	}
}

// TestAlignmentGoesByTheNetRequirementAtTheDecision has a newer revision evaluated
// after R1 was decided and before R2 was, and the evaluation that R1 came from.
func TestAlignmentGoesByTheNetRequirementAtTheDecision(t *testing.T) {
	db := storetest.New(t)
	_, err := db.Pool.Exec(t.Context(), twoOrders+`
		INSERT INTO items (item, description, unit, pack_size, moq, unit_cost, unit_price, currency, abc_class, supplier, version, content_hash, seq, updated_at)
			VALUES ('A1', 'Mug', 'EA', 12, 24, 2, 3, 'GBP', 'A', 'S1', 1, gen_random_uuid(), 1, now());
		INSERT INTO evaluations (run, item, dc, outcome, reason, recommendation, forecast_revision, net_requirement, evaluated_at, content_hash, seq) VALUES
			('r1', 'A1', 'DC1', 'recommend', 'w', 'R1', 1, 91, '2026-01-10T08:06:01Z', gen_random_uuid(), 20),
			('r2', 'A1', 'DC1', 'blocked', 'w', '', 2, 7, '2026-01-10T08:19:00Z', gen_random_uuid(), 21),
			('r3', 'A1', 'DC1', 'blocked', 'w', '', 3, NULL, '2026-01-10T08:19:30Z', gen_random_uuid(), 22),
			('r4', 'A1', 'DC1', 'no_action', 'w', '', 4, 0, '2026-01-10T08:21:00Z', gen_random_uuid(), 23),
			('r2', 'A1', 'DC2', 'blocked', 'w', '', 2, 900, '2026-01-10T08:19:00Z', gen_random_uuid(), 24)`)
	if err != nil {
		t.Fatal(err)
	}
	alignment := func() (value string, of map[string]string) {
		t.Helper()
		period := day(t, "2026-01-10")
		rows, err := store.NewMeasures(db, models.RealTime).Rows(t.Context(), models.MeasureAlignment, period, models.Part{Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		of = map[string]string{}
		for _, r := range rows {
			of[r.Ref] = r.Value.String() + " " + r.Label
		}
		return readMeasures(t, db, period)[models.MeasureAlignment].Value.String(), of
	}
	value, of := alignment()
	// R1 needs 91, in twelves 96, and orders 100; R2 needs 7, of which 24 are the smallest order, and orders 50.
	if of["R1"] != "4 ordered, against the net requirement" || of["R2"] != "26 ordered, against the net requirement" || value != "75" {
		t.Errorf("%s of %v", value, of)
	}
	if _, err := db.Pool.Exec(t.Context(), `UPDATE evaluations SET net_requirement = NULL; UPDATE recommendations SET quantity = 80`); err != nil {
		t.Fatal(err)
	}
	if _, of = alignment(); of["R1"] != "20 ordered, against the recommended quantity" {
		t.Errorf("where no engine tells it: %v", of)
	}
}

func TestAMeasureWithoutCasesHasNoValue(t *testing.T) {
	db := storetest.New(t)
	if _, err := db.Pool.Exec(t.Context(), twoOrders); err != nil {
		t.Fatal(err)
	}
	whole := day(t, "2026-01-10")
	early := models.Period{From: whole.From.Add(8 * time.Hour), To: whole.From.Add(8*time.Hour + 15*time.Minute)} // before Ann approved
	if m := readMeasures(t, db, early)[models.MeasureInterventions]; m.Value == nil || !m.Value.IsZero() {
		t.Errorf("orders in which nobody had to intervene are told as %v interventions, want none", m.Value)
	}
	got := readMeasures(t, db, day(t, "2026-01-11"))
	if m := got[models.MeasureTouchless]; m.Value != nil || m.Rows != 0 {
		t.Errorf("touchless of a day without orders = %v over %d rows, want nothing", m.Value, m.Rows)
	}
	if m := got[models.MeasureTouchless]; m.Previous == nil || !m.Previous.Equal(decimal.NewFromInt(50)) {
		t.Errorf("previous touchless = %v, want the day before's 50", m.Previous)
	}
}

// What a cause explains is mended by its cause, what a copy holds by its delivery;
// before the first comparison nothing is known.
func TestOnlyWhatNoCauseExplainsIsUnexplainedDrift(t *testing.T) {
	db := storetest.New(t)
	_, err := db.Pool.Exec(t.Context(), twoOrders+`
		INSERT INTO items (item, description, unit, pack_size, moq, unit_cost, unit_price, currency, abc_class, supplier, version, content_hash, seq, updated_at)
			VALUES ('A1', 'Mug', 'EA', 1, 1, 2, 3, 'GBP', 'A', 'S1', 1, gen_random_uuid(), 1, now());
		INSERT INTO drifts (run_id, source, item, dc, cause, why, is_copy, their_on_hand, their_allocated, their_version, our_on_hand, our_allocated, our_version, found_at)
		SELECT id, 'erp', 'A1', dc, cause, 'w', is_copy, 10, 0, 1, 15, 0, 1, '2026-01-10T08:01:00Z' FROM reconcile_runs,
			(VALUES ('DC1', 'unexplained', false), ('DC2', 'missing_event', false), ('DC3', 'unexplained', true), ('DC4', 'in_flight', false)) AS v (dc, cause, is_copy)`)
	if err != nil {
		t.Fatal(err)
	}
	m := readMeasures(t, db, day(t, "2026-01-10"))[models.MeasureDrift]
	if m.Value == nil || !m.Value.Equal(decimal.NewFromInt(10)) || m.Rows != 1 {
		t.Errorf("unexplained drift is %v over %d rows, want the five pieces at DC1 at 2", m.Value, m.Rows)
	}
	if m := readMeasures(t, db, day(t, "2026-01-09"))[models.MeasureDrift]; m.Value != nil {
		t.Errorf("before the first comparison the drift is %v, want nothing", m.Value)
	}
}

func TestTheDrillListsTheRowsOfTheHeadline(t *testing.T) {
	db := storetest.New(t)
	if _, err := db.Pool.Exec(t.Context(), twoOrders); err != nil {
		t.Fatal(err)
	}
	period := day(t, "2026-01-10")
	for id, m := range readMeasures(t, db, period) {
		rows, err := store.NewMeasures(db, models.RealTime).Rows(t.Context(), id, period, models.Part{Limit: 100})
		if err != nil {
			t.Fatalf("rows of %s: %v", id, err)
		}
		if int64(len(rows)) != m.Rows {
			t.Errorf("%s counts %d cases and lists %d", id, m.Rows, len(rows))
		}
	}
	if _, err := store.NewMeasures(db, models.RealTime).Rows(t.Context(), "luck", period, models.Part{Limit: 1}); models.CodeOf(err) != models.CodeNotFound {
		t.Errorf("an unknown measure answers %v, want not found", err)
	}
}

// TestAPromiseOfBusinessTimeFallsDueInRealTime has a clock on which a business
// day of 2011 lasts a real minute of the day that is looked at; that a promise was
// kept is always written in real time.
func TestAPromiseOfBusinessTimeFallsDueInRealTime(t *testing.T) {
	db := storetest.New(t)
	_, err := db.Pool.Exec(t.Context(), `
		INSERT INTO milestones (kind, subject, clock, opened_at, due_at, closed_at) VALUES
			('confirmed', 'PO-1', 'business', '2026-01-10 00:00Z', '2011-06-03', '2026-01-10 00:01Z'),
			('confirmed', 'PO-2', 'business', '2026-01-10 00:00Z', '2011-06-03', '2026-01-10 00:05Z'),
			('confirmed', 'PO-3', 'business', '2026-01-10 00:00Z', '2019-06-03', NULL)`)
	if err != nil {
		t.Fatal(err)
	}
	period := day(t, "2026-01-10")
	clock := models.BusinessClock{Real: period.From, Business: time.Date(2011, 6, 1, 0, 0, 0, 0, time.UTC), Day: time.Minute}
	rows, err := store.NewMeasures(db, func() models.BusinessClock { return clock }).Rows(t.Context(), models.MeasureAttainment, period, models.Part{Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	late := map[string]string{}
	for _, r := range rows {
		late[r.Label+" "+r.Ref] = r.Value.String()
	}
	if len(late) != 2 || late["confirmed PO-1"] != "-1" || late["confirmed PO-2"] != "3" {
		t.Errorf("minutes late are %v, want one early, three late, and nothing of what is not due", late)
	}
}

func readMeasures(t *testing.T, db *store.DB, p models.Period) map[models.MeasureID]models.Measure {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	all, err := store.NewMeasures(db, models.RealTime).Read(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	got := map[models.MeasureID]models.Measure{}
	for _, m := range all {
		got[m.Definition.ID] = m
	}
	return got
}

func TestTheTrendGoesBackToWhereMeasuringBegan(t *testing.T) {
	db := storetest.New(t)
	if _, err := db.Pool.Exec(t.Context(), twoOrders); err != nil {
		t.Fatal(err)
	}
	got := readMeasures(t, db, day(t, "2026-01-12"))
	if trend := got[models.MeasureDrift].Trend; len(trend) != 3 || !trend[2].To.Equal(day(t, "2026-01-12").To) {
		t.Errorf("the drift has %d points, want one a day since the tenth", len(trend))
	}
	if trend := got[models.MeasureTouchless].Trend; len(trend) != 1 || !trend[0].To.Equal(day(t, "2026-01-10").To) {
		t.Errorf("the touchless trend is %+v, want the one day with orders", trend)
	}
	if got := readMeasures(t, db, day(t, "2026-03-01"))[models.MeasureDrift].Trend; len(got) != models.TrendPeriods {
		t.Errorf("the trend has %d points, want at most %d", len(got), models.TrendPeriods)
	}
}

func TestAStandingMeasureIsThatOfThePeriodsEnd(t *testing.T) {
	db := storetest.New(t)
	_, err := db.Pool.Exec(t.Context(), twoOrders+`
		INSERT INTO exceptions (code, team, stage, dedupe_key, title, happened, state, standing, priority, consequence, why, value_at_risk,
			opened_at, last_seen_at, ack_due_at, resolve_due_at, resolved_at)
		VALUES ('BIZ-01', 'planner', 'business', 'x', 't', 'h', 'resolved', false, 'P2', 'C2', 'w', 80,
			'2026-01-10T09:00:00Z', '2026-01-10T09:00:00Z', '2026-01-10T09:00:00Z', '2026-01-10T09:00:00Z', '2026-01-11T09:00:00Z')`)
	if err != nil {
		t.Fatal(err)
	}
	m := readMeasures(t, db, day(t, "2026-01-11"))[models.MeasureExposure]
	if m.Value == nil || !m.Value.IsZero() || m.Previous == nil || !m.Previous.Equal(decimal.NewFromInt(80)) {
		t.Errorf("exposure is %v after %v, want 0 after 80", m.Value, m.Previous)
	}
}

func TestThroughputCountsFromTheFirstEvent(t *testing.T) {
	db := storetest.New(t)
	_, err := db.Pool.Exec(t.Context(), twoOrders+`
		INSERT INTO latency_hours (hour, dc, entity, shard, events, late) VALUES
			('2026-01-10T12:00:00Z', 'DC1', 'inventory', 0, 3600, 0), ('2026-01-10T23:00:00Z', '', 'item', 1, 3600, 5),
			('2026-01-11T04:00:00Z', 'DC1', 'inventory', 0, 1440, 0), ('2026-01-11T05:00:00Z', 'DC1', 'inventory', 1, 1440, 0)`)
	if err != nil {
		t.Fatal(err)
	}
	period := day(t, "2026-01-11")
	m := readMeasures(t, db, period)[models.MeasureThroughput]
	if m.Value == nil || !m.Value.Equal(decimal.NewFromInt(2)) || m.Previous == nil || !m.Previous.Equal(decimal.NewFromInt(10)) {
		t.Errorf("%v events a minute after %v, want 2880 in a day after 7200 in the half day since the first", m.Value, m.Previous)
	}
	rows, err := store.NewMeasures(db, models.RealTime).Rows(t.Context(), models.MeasureThroughput, period, models.Part{Limit: 10})
	if err != nil || len(rows) != 1 || rows[0].Ref != "inventory@DC1" || !rows[0].Value.Equal(decimal.NewFromInt(2880)) {
		t.Errorf("behind it are %+v, %v", rows, err)
	}
	if m := readMeasures(t, db, day(t, "2026-01-13"))[models.MeasureThroughput]; m.Value == nil || !m.Value.IsZero() || m.Previous == nil || !m.Previous.IsZero() {
		t.Errorf("a day on which nothing came has %v events a minute after %v, want none", m.Value, m.Previous)
	}
	if m := readMeasures(t, db, day(t, "2026-01-09"))[models.MeasureThroughput]; m.Value != nil {
		t.Errorf("a day before the first count has %v events a minute, want nothing", m.Value)
	}
}

// TestThroughputOfAShortPeriodGoesByTheMinute leaves the minute that runs out.
func TestThroughputOfAShortPeriodGoesByTheMinute(t *testing.T) {
	db := storetest.New(t)
	_, err := db.Pool.Exec(t.Context(), `
		INSERT INTO latency_rollups (minute, dc, entity, stage, shard, count, sum_us, max_us, hist)
		SELECT m, 'DC1', 'inventory', stage, (SELECT min(shard) FROM shard_cursors WHERE lane = lanes.lane), n, 0, 0, '' FROM (VALUES
			(timestamptz '2026-01-10T07:50:00Z', 'total', 5, 'realtime'), ('2026-01-10T08:00:00Z', 'total', 30, 'realtime'), ('2026-01-10T08:00:00Z', 'queue', 30, 'realtime'),
			('2026-01-10T08:04:00Z', 'total', 10, 'realtime'), ('2026-01-10T08:05:00Z', 'total', 99, 'realtime'), ('2026-01-10T08:01:00Z', 'total', 99, 'bulk')) AS lanes (m, stage, n, lane)`)
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2026, 1, 10, 8, 0, 20, 0, time.UTC)
	m := readMeasures(t, db, models.Period{From: from, To: from.Add(5 * time.Minute)})[models.MeasureThroughput]
	if m.Value == nil || !m.Value.Equal(decimal.NewFromInt(8)) {
		t.Errorf("%v events a minute, want 40 in five", m.Value)
	}
}
