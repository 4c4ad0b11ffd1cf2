package catchup_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/catchup"
	"throughline/sync/connector"
)

// polled is a source of which a DC is silent, as it was asked.
type polled struct {
	*world
	dc    string
	asked []time.Time // the watermarks
	came  int64
	upto  time.Time
	fails error
}

func newPolled(t *testing.T) *polled {
	t.Helper()
	p := &polled{dc: "LON"}
	p.world = newWorld(t, catchup.Source{Poll: func(_ context.Context, dc string, since time.Time) (int64, time.Time, error) {
		if dc != p.dc {
			t.Errorf("polled at %q", dc)
		}
		p.asked = append(p.asked, since)
		if p.fails != nil {
			return 0, since, p.fails
		}
		return p.came, p.upto, nil
	}})
	p.sql(`UPDATE exceptions SET code = 'API-01', dedupe_key = 'API-01|erp|LON', dc = 'LON'`)
	return p
}

func TestASilenceIsPolledFromItsWatermarkUntilItIsOver(t *testing.T) {
	p := newPolled(t)
	began := p.now
	p.came, p.upto = 4, began.Add(time.Second)
	p.after(0)
	p.after(14 * time.Second)
	p.came, p.upto = 0, began
	p.after(time.Second)
	p.after(15 * time.Second)
	if want := []time.Time{began, began.Add(time.Second), began.Add(time.Second)}; !slices.EqualFunc(p.asked, want, time.Time.Equal) {
		t.Errorf("polled from %v, want %v", p.asked, want)
	}
	p.fails = &connector.Error{Class: connector.ClassTransient, Message: "The ERP is down."}
	p.after(15 * time.Second)
	var answer string
	if err := p.db.Pool.QueryRow(t.Context(), `SELECT answer FROM catch_ups`).Scan(&answer); err != nil || answer != "The ERP is down." {
		t.Errorf("it says %q, %v", answer, err)
	}
	p.after(59 * time.Second)
	if len(p.asked) != 4 {
		t.Errorf("after a failure polled %d times", len(p.asked)-4)
	}
	p.sql(`UPDATE exceptions SET standing = false, state = 'resolved', resolved_at = now()`)
	p.after(time.Hour)
	var notes []string
	if err := p.db.Pool.QueryRow(t.Context(), `SELECT array_agg(note ORDER BY id) FROM exception_notes WHERE action = 'polled'`).Scan(&notes); err != nil {
		t.Fatal(err)
	}
	if want := []string{
		"The tower reads what changes in its stock from erp itself, every 15s, until it sends again.",
		"The tower reads from it no longer; 4 changed balances came by that.",
	}; !slices.Equal(notes, want) || len(p.asked) != 4 {
		t.Errorf("polled %d times; the history says %q", len(p.asked), notes)
	}
}

// A poll begins at the newest balance of the DC that was heard of the longest ago,
// of those that the source owns and that are not dated ahead.
func TestAPollBeginsWhereTheSourceWasLastHeard(t *testing.T) {
	p := newPolled(t)
	heard := p.now.Add(-time.Hour)
	p.sql(`INSERT INTO owners (entity, record, source) VALUES ('inventory', '', 'erp'), ('inventory', 'inventory:C|LON', 'wms')`)
	p.sql(`INSERT INTO positions (item, dc, on_hand, allocated, unit, version, balance_version, balance_hash, as_of, seq, updated_at)
		SELECT item, dc, 5, 0, 'EA', 1, 1, gen_random_uuid(), as_of, 1, now() FROM (VALUES
			('A', 'LON', $1::timestamptz - interval '1 hour'), ('B', 'LON', $1), ('C', 'LON', $1 + interval '30 minutes'), ('D', 'LON', $1 + interval '3 days'),
			('A', 'MAN', $1 - interval '2 hours')) p (item, dc, as_of)`, heard)
	p.after(0)
	p.sql(`DELETE FROM catch_ups`)
	p.dc = ""
	p.sql(`UPDATE exceptions SET dedupe_key = 'API-01|erp', dc = ''`)
	p.after(0)
	if want := []time.Time{heard, heard.Add(-2 * time.Hour)}; !slices.EqualFunc(p.asked, want, time.Time.Equal) {
		t.Errorf("polled from %v, want %v", p.asked, want)
	}
}

// polls is what is known of the poll, and its history.
func (p *polled) polls() (models.CatchUp, int) {
	p.Helper()
	all, err := store.NewConditions(p.db).CatchUps(p.Context(), models.ExceptionSourceSilent)
	if err != nil {
		p.Fatal(err)
	}
	var notes int
	if err := p.db.Pool.QueryRow(p.Context(), `SELECT count(*) FROM exception_notes WHERE action = 'polled'`).Scan(&notes); err != nil {
		p.Fatal(err)
	}
	return all["API-01|erp|LON"], notes
}

// Nobody is told that a source is read from which never answered.
func TestASourceThatNeverAnsweredIsNotReadFrom(t *testing.T) {
	p := newPolled(t)
	p.fails = &connector.Error{Class: connector.ClassTransient, Message: "The ERP is down."}
	p.after(0)
	if u, notes := p.polls(); u.ReadSince != nil || u.Answer != "The ERP is down." || notes != 0 {
		t.Errorf("it says %+v with %d notes", u, notes)
	}
	p.sql(`UPDATE exceptions SET standing = false, state = 'resolved', resolved_at = now()`)
	p.after(time.Hour)
	if _, notes := p.polls(); notes != 0 {
		t.Errorf("%d notes tell of a poll", notes)
	}
}

// While its calls are paused the pause is why a source is not read from.
func TestAPauseIsToldWhileASourceIsNotPolled(t *testing.T) {
	p := newPolled(t)
	p.came = 1
	p.after(0)
	began := p.now
	p.paused = errors.New("calls to erp are paused")
	p.after(time.Minute)
	if u, _ := p.polls(); u.Answer != "calls to erp are paused" || len(p.asked) != 1 {
		t.Errorf("asked %d times; it says %+v", len(p.asked), u)
	}
	p.paused = nil
	p.after(time.Second)
	if u, notes := p.polls(); u.Answer != "" || u.ReadSince == nil || !u.ReadSince.Equal(began) || notes != 1 {
		t.Errorf("afterwards it says %+v with %d notes", u, notes)
	}
}

// One that is paused before it was ever polled says so, and is polled from where it was
// last heard as soon as it is resumed.
func TestASourceThatIsPausedBeforeItsFirstPollSaysSo(t *testing.T) {
	p := newPolled(t)
	p.paused = errors.New("Calls to erp are paused by ida until 2 Mar 10:00 UTC: Maintenance.")
	p.after(0)
	if u, _ := p.polls(); u.Answer != p.paused.Error() || u.Times != 0 || len(p.asked) != 0 {
		t.Errorf("asked %d times; it says %+v", len(p.asked), u)
	}
	p.paused = nil
	p.after(time.Second)
	if u, notes := p.polls(); u.Answer != "" || u.Times != 1 || u.ReadSince == nil || notes != 1 {
		t.Errorf("afterwards it says %+v with %d notes", u, notes)
	}
	if want := []time.Time{p.now}; !slices.EqualFunc(p.asked, want, time.Time.Equal) {
		t.Errorf("polled from %v, want %v", p.asked, want)
	}
	p.sql(`UPDATE exceptions SET standing = false, state = 'resolved', resolved_at = now()`)
	p.after(time.Hour)
	p.sql(`UPDATE exceptions SET standing = true, state = 'new', resolved_at = NULL`)
	p.paused = errors.New("Calls to erp are paused again.")
	p.after(time.Second)
	if u, _ := p.polls(); u.Answer != "Calls to erp are paused again." || u.Times != 0 || u.ReadSince != nil {
		t.Errorf("silent again, it says %+v", u)
	}
}

// What a poll brought and the note of it are kept together: a poll that could not be
// kept is told of once, by the next.
func TestAPollThatCannotBeKeptIsNotToldOf(t *testing.T) {
	p := newPolled(t)
	p.sql(`ALTER TABLE catch_ups ADD CONSTRAINT unkept CHECK (read_since IS NULL)`)
	if err := p.services[0].RunOnce(t.Context()); err == nil {
		t.Fatal("a poll was kept that the database refuses")
	}
	if _, notes := p.polls(); notes != 0 || len(p.asked) != 1 {
		t.Errorf("polled %d times, %d notes", len(p.asked), notes)
	}
	p.sql(`ALTER TABLE catch_ups DROP CONSTRAINT unkept`)
	p.after(59 * time.Second)
	p.after(time.Second)
	if u, notes := p.polls(); u.ReadSince == nil || notes != 1 || len(p.asked) != 2 {
		t.Errorf("afterwards polled %d times, it says %+v with %d notes", len(p.asked), u, notes)
	}
}
