package main

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"throughline/models"
)

// The demo's size: some 600 items at six distribution centers.
const (
	worldItems = 600
	worldDCs   = 6
	source     = "erp"
	traceText  = "0af7651916cd43dd8448eb211c80319c"
)

// world hands out balances that have never been sent: the version of a key
// grows with every turn through all keys.
type world struct{ next atomic.Int64 }

// fact is one balance, as the floors store it.
type fact struct {
	id, item, dc, key string
	version           int64
	onHand            int64
	at                time.Time
}

func (w *world) fact() fact {
	n := w.next.Add(1)
	item := "ITEM" + strconv.FormatInt(10_000+n%worldItems, 10)
	dc := "DC" + strconv.FormatInt(n/worldItems%worldDCs, 10)
	return fact{
		id: "evt-" + strconv.FormatInt(1_000_000_000+n, 10), item: item, dc: dc, key: "inventory:" + item + "|" + dc,
		version: n/(worldItems*worldDCs) + 1, onHand: n % 1000, at: time.Now().UTC(),
	}
}

func (f *fact) data() string {
	return string(f.appendData(nil))
}

func (f *fact) appendData(b []byte) []byte {
	b = append(b, `{"item":"`...)
	b = append(b, f.item...)
	b = append(b, `","dc":"`...)
	b = append(b, f.dc...)
	b = append(b, `","on_hand":"`...)
	b = strconv.AppendInt(b, f.onHand, 10)
	b = append(b, `","allocated":"3","unit":"EA","version":`...)
	b = strconv.AppendInt(b, f.version, 10)
	b = append(b, `,"time":"`...)
	b = f.at.AppendFormat(b, time.RFC3339Nano)
	return append(b, `"}`...)
}

// appendEvent writes the fact as a structured CloudEvent.
func (f *fact) appendEvent(b []byte) []byte {
	b = append(b, `{"specversion":"1.0","id":"`...)
	b = append(b, f.id...)
	b = append(b, `","source":"`+source+`","type":"`+string(models.TypeBalance)+`","time":"`...)
	b = f.at.AppendFormat(b, time.RFC3339Nano)
	b = append(b, `","traceparent":"00-`+traceText+`-b7ad6b7169203331-01","datacontenttype":"application/json","data":`...)
	b = f.appendData(b)
	return append(b, '}')
}

// hashes are those that make a row of the floors known again.
func (f *fact) hashes() (id, content [16]byte) {
	sum := sha256.Sum256([]byte(f.id))
	return [16]byte(sum[:16]), [16]byte(sum[16:])
}

// masters are the events that make items and locations known.
func masters() []string {
	now := time.Now().UTC().Format(time.RFC3339Nano)
	wrap := func(id string, t models.EventType, data string) string {
		return fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":%q,"type":%q,"time":%q,"data":%s}`, id, source, t, now, data)
	}
	var events []string
	for i := range worldItems {
		item := "ITEM" + strconv.Itoa(10_000+i)
		events = append(events, wrap(item, models.TypeItemChanged, fmt.Sprintf(
			`{"item":%q,"description":"x","unit":"EA","pack_size":1,"moq":0,"unit_cost":1,"unit_price":2,"currency":"GBP","abc_class":"A","supplier":"S1","version":1}`, item)))
	}
	for i := range worldDCs {
		dc := "DC" + strconv.Itoa(i)
		events = append(events, wrap(dc, models.TypeLocationChanged, fmt.Sprintf(`{"dc":%q,"name":"x","time_zone":"UTC","version":1}`, dc)))
	}
	return events
}
