package store_test

import (
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// shelfDesk is a desk that puts kinds aside.
type shelfDesk struct {
	*desk
	*store.KindShelves
}

func newShelfDesk(t *testing.T) *shelfDesk {
	d := newDesk(t)
	return &shelfDesk{d, store.NewKindShelves(d.db, nil)}
}

// london puts the stockouts at LON aside for an hour.
func (d *shelfDesk) london() models.KindShelf {
	return models.KindShelf{Code: models.ExceptionStockout, DC: "LON", Reason: "The DC counts its stock.", Actor: "ida", Since: d.now, Until: d.now.Add(time.Hour)}
}

func (d *shelfDesk) shelve(k models.KindShelf) models.KindShelf {
	d.t.Helper()
	shelved, err := d.Shelve(d.t.Context(), k)
	if err != nil {
		d.t.Fatal(err)
	}
	return shelved
}

func (d *shelfDesk) expect(moment string, queue, shelved int) {
	d.t.Helper()
	if q, s := len(d.queue(models.ExceptionFilter{})), len(d.queue(models.ExceptionFilter{Shelved: true})); q != queue || s != shelved {
		d.t.Errorf("%s: %d in the queue and %d on the shelf, want %d and %d", moment, q, s, queue, shelved)
	}
}

func (d *shelfDesk) calls() int {
	d.t.Helper()
	health, err := store.NewAlarms(d.db).Health(d.t.Context(), d.now, "")
	if err != nil {
		d.t.Fatal(err)
	}
	return health.Calls
}

// of is an exception by its item.
func (d *shelfDesk) of(item string) models.Exception {
	d.t.Helper()
	rows := d.queue(models.ExceptionFilter{Item: item, States: everyState})
	if len(rows) != 1 {
		d.t.Fatalf("%d exceptions of %s, want 1", len(rows), item)
	}
	return rows[0]
}

// TestAShelvedKindOpensAndCallsNobody puts the stockouts of one DC aside: one that
// stands, one that opens meanwhile and one that is most urgent.
func TestAShelvedKindOpensAndCallsNobody(t *testing.T) {
	d := newShelfDesk(t)
	a, b, c := stockout("A1", models.PriorityP3, 30), stockout("B2", models.PriorityP3, 20), stockout("C3", models.PriorityP1, 10)
	elsewhere := stockout("D4", models.PriorityP3, 5)
	elsewhere.Subject.DC = "MAN"
	d.sweep(a, elsewhere)
	d.now = d.now.Add(time.Minute)
	shelf := d.shelve(d.london())
	if shelf.Held != 1 {
		t.Errorf("%d held back at once, want 1", shelf.Held)
	}
	if out := d.sweep(a, b, c, elsewhere); out.Opened != 2 || out.Shelved != 1 {
		t.Errorf("the sweep made %+v", out)
	}
	d.expect("while the kind is shelved", 2, 2)
	if calls := d.calls(); calls != 3 { // A1 before it was shelved, C3 and D4
		t.Errorf("%d calls, want 3", calls)
	}
	if carried, err := d.Escalate(t.Context(), d.now.Add(150*time.Minute), models.Escalations{}); err != nil || carried != 2 {
		t.Errorf("%d were carried upward (%v), want what is most urgent and what is elsewhere", carried, err)
	}
	d.sweep(a, c, elsewhere)
	d.sweep(a, b, c, elsewhere) // it comes and goes
	if calls := d.calls(); calls != 3 {
		t.Errorf("%d calls after one came back on the shelf, want 3", calls)
	}
	d.sweep(a, stockout("B2", models.PriorityP1, 20), c, elsewhere)
	d.expect("one became most urgent", 3, 1)
	d.sweep(a, b, stockout("C3", models.PriorityP3, 10), elsewhere)
	d.expect("two are less urgent", 1, 3)
	held, err := d.Held(t.Context(), shelf.ID, models.Part{Limit: 10})
	if listed, _ := d.List(t.Context(), d.now); err != nil || len(held) != 3 || len(listed) != 1 || listed[0].Held != 3 {
		t.Errorf("held are %d (%v), listed %+v", len(held), err, listed)
	}
}

func TestWhatStandsWhenAKindReturnsBeginsAnew(t *testing.T) {
	for how, back := range map[string]func(*shelfDesk, models.KindShelf){
		"its time is over": func(d *shelfDesk, _ models.KindShelf) { d.now = d.now.Add(time.Hour) },
		"taken back": func(d *shelfDesk, k models.KindShelf) {
			d.now = d.now.Add(30 * time.Minute)
			if err := d.End(d.t.Context(), k.ID, "ivy", "The count is done.", d.now); err != nil {
				d.t.Fatal(err)
			}
			d.expect("at once", 2, 0)
		},
	} {
		t.Run(how, func(t *testing.T) {
			d := newShelfDesk(t)
			a, urgent := stockout("A1", models.PriorityP3, 30), stockout("B2", models.PriorityP1, 10)
			shelf := d.shelve(d.london())
			d.sweep(a, urgent, stockout("C3", models.PriorityP3, 20))
			was := d.of("B2")
			d.sweep(a, urgent)
			back(d, shelf)
			d.sweep(a, urgent)
			d.expect("after it returned", 2, 0)
			e := d.of("A1")
			if left := e.AckDueAt.Sub(d.now); e.KindShelf != nil || left < models.PriorityP3.Clock().Acknowledge-2*time.Second {
				t.Errorf("it has %s to be acknowledged, want a clock of its own", left)
			}
			if now := d.of("B2"); !now.AckDueAt.Equal(was.AckDueAt) {
				t.Errorf("the clock of what called all the time moved from %s to %s", was.AckDueAt, now.AckDueAt)
			}
			if calls := d.calls(); calls != 2 {
				t.Errorf("%d calls, want the most urgent and what stands, not what cleared on the shelf", calls)
			}
			if carried, err := d.Escalate(t.Context(), d.now, models.Escalations{}); err != nil || carried != 1 {
				t.Errorf("%d were carried upward (%v), want the most urgent alone", carried, err)
			}
		})
	}
}

// TestOneIsTakenBackFromTheShelfOfItsKind takes a single exception back, and the
// taking back again.
func TestOneIsTakenBackFromTheShelfOfItsKind(t *testing.T) {
	d := newShelfDesk(t)
	a, b := stockout("A1", models.PriorityP3, 30), stockout("B2", models.PriorityP3, 20)
	d.sweep(a, b)
	shelf := d.shelve(d.london())
	taken, err := d.Change(t.Context(), models.ExceptionChange{ID: d.of("A1").ID, Version: 1, Action: models.ActionUnshelve, Actor: "ida"})
	if err != nil {
		t.Fatal(err)
	}
	d.sweep(a, b)
	d.expect("one is taken back and stays so", 1, 1)
	undone, err := d.Undo(t.Context(), taken.ID, taken.Version, "ida")
	if err != nil || undone.KindShelf == nil || *undone.KindShelf != shelf.ID {
		t.Errorf("undone it lies on %v (%v), want the shelf of its kind", undone.KindShelf, err)
	}
	d.expect("and is back on the shelf", 0, 2)
}

func TestAShelfIsAskedForOnceAndAudited(t *testing.T) {
	d := newShelfDesk(t)
	for what, change := range map[string]func(*models.KindShelf){
		"no reason":       func(k *models.KindShelf) { k.Reason = " " },
		"two days":        func(k *models.KindShelf) { k.Until = k.Since.Add(48 * time.Hour) },
		"an unknown kind": func(k *models.KindShelf) { k.Code = "ZZZ-99" },
	} {
		wrong := d.london()
		change(&wrong)
		if _, err := d.Shelve(t.Context(), wrong); models.CodeOf(err) != models.CodeInvalid {
			t.Errorf("a shelf with %s: %v", what, err)
		}
	}
	first, again := d.shelve(d.london()), d.shelve(d.london())
	if first.ID != again.ID {
		t.Errorf("asked for again it became another: %d, %d", first.ID, again.ID)
	}
	longer := d.london()
	longer.Until = longer.Until.Add(time.Minute)
	if _, err := d.Shelve(t.Context(), longer); models.CodeOf(err) != models.CodeConflict {
		t.Errorf("shelved twice: %v", err)
	}
	if err := d.End(t.Context(), first.ID, "ivy", "The count is done.", d.now.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if err := d.End(t.Context(), first.ID, "ivy", "Again.", d.now.Add(time.Minute)); models.CodeOf(err) != models.CodeConflict {
		t.Errorf("taken back twice: %v", err)
	}
	if err := d.End(t.Context(), first.ID+1, "ivy", "Another.", d.now); models.CodeOf(err) != models.CodeNotFound {
		t.Errorf("no shelf taken back: %v", err)
	}
	if got, err := d.Get(t.Context(), first.ID); err != nil || got.EndedBy != "ivy" || !got.Over(d.now.Add(time.Second)) {
		t.Errorf("it ended as %+v (%v)", got, err)
	}
	var audited int
	if err := d.db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM audit WHERE action IN ('kind.shelve', 'kind.take_back') AND reason <> ''`).Scan(&audited); err != nil || audited != 2 {
		t.Errorf("%d audit rows (%v), want 2", audited, err)
	}
}
