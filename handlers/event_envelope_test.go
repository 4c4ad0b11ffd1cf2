package handlers_test

import (
	"strings"
	"testing"

	"throughline/models"
)

func TestAnEventShowsWhatOfItWasNotUnderstoodAsItCame(t *testing.T) {
	w := newWorld(t)
	for seq, data := range map[int]string{
		901: `{"item":"85123A","dc":"LEE","on_hand":"5.50","allocated":0,"unit":"EA","version":7,"colour":"red"}`,
		902: `{"item":"85123A","dc":"LEE","on_hand":5,"allocated":0,"unit":"EA","version":7}`,
	} {
		w.exec(`INSERT INTO unsettled_events (seq, shard, received_at, occurred_at, source, event_id, type, subject, key, item, dc, data, state, stage,
				code, reason, fingerprint, created_at)
			VALUES ($2::bigint, 0, $1, $1, 'wms', 'e-' || $2::bigint, 'throughline.inventory.balance.v1', '85123A/LEE', '85123A|LEE', '85123A', 'LEE', $3,
				'parked', 'transformation', 'OWN-01', 'not the owner', gen_random_uuid(), $1)`, w.now, seq, data)
	}
	it := w.SignIn(models.RoleIT)
	rows := it.Get("/events/901").Find("#understood tbody tr")
	if text := strings.Join(strings.Fields(rows.Text()), " "); rows.Length() != 1 || text != "colourred–not used" {
		t.Errorf("the differences are %q", text)
	}
	if text := squeezed(it.Get("/events/902"), "main"); !strings.Contains(text, "Nothing differs6 members") {
		t.Errorf("what was understood as it came says %s", text)
	}
}

func TestAnEventIsShownWithItsEnvelope(t *testing.T) {
	w := newWorld(t)
	w.exec(`INSERT INTO unsettled_events (seq, shard, received_at, occurred_at, source, event_id, type, subject, key, item, dc, extensions, data, state, stage,
			code, reason, fingerprint, created_at)
		VALUES (900, 0, $1, $1, 'wms', 'e-900', 'throughline.inventory.balance.v1', '85123A/LEE', '85123A|LEE', '85123A', 'LEE',
			'{"causationid":"so-12","sequence":"7"}', '{"on_hand":"5.50"}', 'parked', 'transformation', 'OWN-01', 'not the owner', gen_random_uuid(), $1)`, w.now)
	p := w.SignIn(models.RoleIT).Get("/events/900")
	received := p.Find(`.payloads pre[aria-label="As received"]`).Text()
	for _, want := range []string{`"specversion": "1.0"`, `"id": "e-900"`, `"source": "wms"`, `"type": "throughline.inventory.balance.v1"`, `"subject": "85123A/LEE"`, `"causationid": "so-12"`, `"sequence": "7"`, `"on_hand": "5.50"`} {
		if !strings.Contains(received, want) {
			t.Errorf("as received lacks %s: %s", want, received)
		}
	}
	if note := squeezed(p, ".payloads-note"); !strings.Contains(note, "put together") {
		t.Errorf("it does not say that the envelope is put together: %q", note)
	}
	if p.Find(`.actions form[action$="/discard"], .actions a[href="/events/900/edit"]`).Length() < 2 || p.Find(`.actions:has(a[href="/events/900/edit"]) [data-opens="discard-event"]`).Length() != 1 {
		t.Error("the way to edit it does not stand among the other buttons")
	}
}
