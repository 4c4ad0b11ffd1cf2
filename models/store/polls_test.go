package store_test

import (
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/models/store/storetest"
)

// polling is a key whose owner polls for changes and reads exports.
type polling struct {
	t     *testing.T
	polls *store.Polls
	key   models.APIKey
	now   time.Time
}

func newPolling(t *testing.T) *polling {
	t.Helper()
	db := storetest.New(t)
	p := &polling{t: t, polls: store.NewPolls(db), now: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}
	p.key.Scopes = []models.Scope{models.ScopeRead}
	if err := db.Pool.QueryRow(t.Context(), `
		WITH s AS (INSERT INTO sources (source, system) VALUES ('lake', 'analytics') RETURNING source)
		INSERT INTO api_keys (source, prefix, hash, scopes) SELECT source, 'tlk_aaaaaa', 'a', '{read}' FROM s RETURNING id`).Scan(&p.key.ID); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *polling) filter(entities, dcs string) models.ChangeFilter {
	p.t.Helper()
	f, err := models.ParseChangeFilter(entities, dcs)
	if err != nil {
		p.t.Fatal(err)
	}
	return f
}

func (p *polling) note(entities, dcs string, poll models.Poll) {
	p.t.Helper()
	p.now = p.now.Add(time.Second)
	poll.Key, poll.Filter, poll.At = p.key, p.filter(entities, dcs), p.now
	if poll.GoesOn && !poll.Gone {
		poll.Known = &poll.At
	}
	if err := p.polls.Note(p.t.Context(), poll); err != nil {
		p.t.Fatal(err)
	}
}

func (p *polling) gone(entities, dcs string) {
	p.t.Helper()
	p.note(entities, dcs, models.Poll{GoesOn: true, Gone: true})
}

func (p *polling) goesOn(entities, dcs string) {
	p.t.Helper()
	p.note(entities, dcs, models.Poll{GoesOn: true})
}

func (p *polling) exports(entity, dcs string) {
	p.t.Helper()
	if err := p.polls.Exported(p.t.Context(), p.key, p.filter(entity, dcs)); err != nil {
		p.t.Fatal(err)
	}
}

// is expects the consumers in the states, by what they read.
func (p *polling) is(when string, want map[string]string) {
	p.t.Helper()
	consumers, err := p.polls.Consumers(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	if len(consumers) != len(want) {
		p.t.Errorf("%s: %+v", when, consumers)
	}
	for _, c := range consumers {
		state := "reading"
		if c.GoneAt != nil {
			state = "gone"
		}
		if c.Exported {
			state = "exported"
		}
		if want[c.Reads()] != state {
			p.t.Errorf("%s: %s is %s, want %s", when, c.Reads(), state, want[c.Reads()])
		}
	}
}

func TestAnExpiredTokenEndsOnlyWithAnExportAndThePollAfterIt(t *testing.T) {
	p := newPolling(t)
	p.goesOn("inventory", "D1")
	read := p.now
	p.gone("inventory", "D1")
	p.note("inventory", "D1", models.Poll{}) // since=now
	p.is("after a beginning at now", map[string]string{"inventory at D1": "gone"})
	for range 3 { // two consumers share the key and the filter
		p.goesOn("inventory", "D1")
		p.gone("inventory", "D1")
	}
	consumers, err := p.polls.Consumers(t.Context())
	if err != nil || !consumers[0].GoneAt.Equal(read.Add(time.Second)) || !consumers[0].PolledAt.Equal(read) || !consumers[0].KnownAt.Equal(read) {
		t.Errorf("after polls of another: %+v, %v", consumers, err)
	}
	p.exports("item", "D1")
	p.exports("inventory", "D2")
	p.goesOn("inventory", "D1")
	p.is("after exports of something else", map[string]string{"inventory at D1": "gone"})
	p.exports("inventory", "D1,D2")
	p.is("after an export", map[string]string{"inventory at D1": "exported"})
	p.note("inventory", "D1", models.Poll{})
	p.is("after an export and a beginning at now", map[string]string{"inventory at D1": "exported"})
	p.goesOn("inventory", "D1")
	p.is("after the next poll", map[string]string{"inventory at D1": "reading"})
	p.gone("inventory", "D1")
	p.is("after another 410", map[string]string{"inventory at D1": "gone"})
}

// TestAnOldTokenSentByMistakeEndsWithThePollThatMissesNothing has a consumer that
// goes on from where it was before the 410, and one that begins at now after it.
func TestAnOldTokenSentByMistakeEndsWithThePollThatMissesNothing(t *testing.T) {
	at := func(positions ...int64) (places []models.ChangePlace) {
		for shard, pos := range positions {
			places = append(places, models.ChangePlace{Shard: int16(shard), Pos: pos})
		}
		return places
	}
	for name, c := range map[string]struct {
		from []models.ChangePlace
		want string
	}{
		"from where it was":          {at(7, 9), "reading"},
		"from a page before":         {at(5, 9), "reading"},
		"from later in a shard":      {at(7, 10), "gone"},
		"from within the next row":   {append(at(7), models.ChangePlace{Shard: 1, Pos: 9, Seq: 3}), "gone"},
		"with a shard it had not":    {at(7, 9, 0), "gone"},
		"from a token without place": {nil, "gone"},
	} {
		p := newPolling(t)
		p.note("inventory", "", models.Poll{GoesOn: true, From: at(3, 9), To: at(7, 9)})
		p.gone("inventory", "")
		p.note("inventory", "", models.Poll{To: at(20, 20)}) // since=now
		p.note("inventory", "", models.Poll{GoesOn: true, From: at(20, 20), To: at(21, 20)})
		p.is("after a beginning at now and the poll after it", map[string]string{"inventory": "gone"})
		p.note("inventory", "", models.Poll{GoesOn: true, From: c.from, To: at(21, 20)})
		p.is("after a poll "+name, map[string]string{"inventory": c.want})
	}
}

// TestWhatWasReadStaysReadAfterAnEarlierPage has a consumer that stands at 7 and 9,
// and on its key polls that read less, or begin anew, before an old token is sent.
func TestWhatWasReadStaysReadAfterAnEarlierPage(t *testing.T) {
	at := func(first, second models.ChangePlace) []models.ChangePlace {
		second.Shard = 1
		return []models.ChangePlace{first, second}
	}
	stood := at(models.ChangePlace{Pos: 7}, models.ChangePlace{Pos: 9, Seq: 4})
	later := at(models.ChangePlace{Pos: 20}, models.ChangePlace{Pos: 20})
	for name, c := range map[string]struct {
		between models.Poll
		from    []models.ChangePlace
		want    string
	}{
		"a trial":                   {models.Poll{To: at(models.ChangePlace{Pos: 2}, models.ChangePlace{Pos: 1})}, stood, "reading"},
		"a page once more":          {models.Poll{GoesOn: true, To: at(models.ChangePlace{Pos: 5}, models.ChangePlace{Pos: 8, Seq: 9})}, stood, "reading"},
		"less of the same row":      {models.Poll{GoesOn: true, To: at(models.ChangePlace{Pos: 7}, models.ChangePlace{Pos: 9, Seq: 3})}, stood, "reading"},
		"more in one shard":         {models.Poll{GoesOn: true, To: at(models.ChangePlace{Pos: 20}, models.ChangePlace{Pos: 1})}, at(later[0], stood[1]), "reading"},
		"more in one shard only":    {models.Poll{GoesOn: true, To: at(models.ChangePlace{Pos: 20}, models.ChangePlace{Pos: 1})}, later, "gone"},
		"a beginning at now before": {models.Poll{To: later}, later, "gone"},
	} {
		p := newPolling(t)
		p.note("inventory", "", models.Poll{GoesOn: true, To: stood})
		p.note("inventory", "", c.between)
		p.gone("inventory", "")
		p.note("inventory", "", models.Poll{GoesOn: true, From: c.from, To: later})
		p.is("with "+name, map[string]string{"inventory": c.want})
	}
}

func TestWhoPolledForSeveralEntitiesBeginsAnewWithAllOfThem(t *testing.T) {
	p := newPolling(t)
	p.gone("inventory,item", "")
	p.exports("inventory", "")
	p.goesOn("inventory", "")
	p.is("after one export of two", map[string]string{"inventory, item": "gone", "inventory": "reading"})
	p.exports("item", "D1")
	p.is("after an export of one DC", map[string]string{"inventory, item": "gone", "inventory": "reading"})
	p.exports("item", "")
	p.is("after both", map[string]string{"inventory, item": "exported", "inventory": "reading"})
	p.goesOn("item", "")
	p.is("after it goes on from the exports' tokens", map[string]string{"inventory": "reading", "item": "reading"})
	p.key.Types = []models.EventType{models.TypeItemChanged}
	p.gone("", "")
	p.exports("item", "")
	p.is("after all that the key may read", map[string]string{"everything": "exported", "inventory": "reading", "item": "reading"})
}
