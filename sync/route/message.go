package route

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// A message holds no more than this, so that a receiver can take it in one go.
const (
	maxEvents = 200
	maxBytes  = 4 << 20
)

// message is what one delivery carries. Its id depends on nothing but what is
// in it, so that a repetition after a restart is known as one.
type message struct {
	id      string
	body    []byte
	changes []store.Change
}

// messages cuts what a subscriber wants of some changes into messages, in order.
// doubtful says why the filter could not decide on some, which are in them.
func messages(s models.Subscription, f *Filter, seen store.ShardChanges) (all []message, doubtful, err error) {
	var open builder
	for _, change := range seen.Changes {
		takes, doubt := f.Takes(change.Event)
		if doubt != nil {
			doubtful = fmt.Errorf("event %d: %w", change.Seq, doubt)
		}
		if !takes {
			continue
		}
		event, err := structured(change.Event)
		if err != nil {
			return nil, nil, err
		}
		if open.full(len(event)) {
			all = append(all, open.close(s))
			open = builder{}
		}
		open.add(change, event)
	}
	if len(open.changes) > 0 {
		all = append(all, open.close(s))
	}
	return all, doubtful, nil
}

// pack makes one message of some changes, in their order.
func pack(s models.Subscription, changes []store.Change) (message, error) {
	var b builder
	for _, change := range changes {
		event, err := structured(change.Event)
		if err != nil {
			return message{}, err
		}
		b.add(change, event)
	}
	return b.close(s), nil
}

// Message is what a subscriber is sent of some events, those that it takes, as
// one array of CloudEvents.
func Message(s models.Subscription, events []models.Event) (text string, carried []models.Event, err error) {
	filter, err := NewFilter(s)
	if err != nil {
		return "", nil, err
	}
	var changes []store.Change
	for _, e := range events {
		if takes, _ := filter.Takes(e); takes { // what cannot be decided is delivered
			changes, carried = append(changes, store.Change{Event: e}), append(carried, e)
		}
	}
	if len(changes) == 0 {
		return "[]", nil, nil
	}
	m, err := pack(s, changes)
	return string(m.body), carried, err
}

// MessageAlone is what a subscriber is sent of an event that was set aside, alone and
// whatever its filter says. takes reports whether the filter would take it today.
func MessageAlone(s models.Subscription, e models.Event) (text string, takes bool, err error) {
	filter, err := NewFilter(s)
	if err != nil {
		return "", false, err
	}
	takes, _ = filter.Takes(e) // what cannot be decided is delivered
	m, err := pack(s, []store.Change{{Event: e}})
	return string(m.body), takes, err
}

type builder struct {
	body    bytes.Buffer
	changes []store.Change
}

func (b *builder) full(next int) bool {
	return len(b.changes) == maxEvents || (len(b.changes) > 0 && b.body.Len()+next > maxBytes)
}

func (b *builder) add(change store.Change, event []byte) {
	separator := byte(',')
	if len(b.changes) == 0 {
		separator = '['
	}
	b.body.WriteByte(separator)
	b.body.Write(event)
	b.changes = append(b.changes, change)
}

func (b *builder) close(s models.Subscription) message {
	b.body.WriteByte(']')
	hash := sha256.New()
	fmt.Fprintln(hash, s.Name)
	if s.Rewinds > 0 { // or a receiver that remembers ids would not take again what it has lost
		fmt.Fprintln(hash, s.Rewinds)
	}
	hash.Write(b.body.Bytes())
	return message{id: "msg_" + hex.EncodeToString(hash.Sum(nil)[:16]), body: b.body.Bytes(), changes: b.changes}
}

// structured is an event in CloudEvents' JSON format, as its source sent it, with
// the trace and the correlation that the tower gave it where its source gave none.
func structured(e models.Event) ([]byte, error) {
	event := map[string]any{}
	if e.Extensions != "" {
		var extensions map[string]json.RawMessage
		if err := json.Unmarshal([]byte(e.Extensions), &extensions); err != nil {
			return nil, fmt.Errorf("read the extensions of event %d: %w", e.Seq, err)
		}
		for name, value := range extensions {
			event[name] = value
		}
	}
	if _, sent := e.Sender(); !sent && e.TraceID != "" {
		event["traceparent"] = e.TraceParent()
	}
	event["correlationid"] = e.CorrelationID()
	event["specversion"] = "1.0"
	event["id"] = e.ID
	event["source"] = e.Source
	event["type"] = e.Type
	event["time"] = e.OccurredAt.UTC().Format(time.RFC3339Nano)
	event["datacontenttype"] = "application/json"
	event["data"] = json.RawMessage(e.Data)
	// CloudEvents integers have 32 bits.
	if e.Seq > 0 {
		event["throughlineseq"] = strconv.FormatInt(e.Seq, 10)
	}
	for name, value := range map[string]string{"subject": e.Subject, "item": e.Item, "dc": e.DC} {
		if value != "" {
			event[name] = value
		}
	}
	text, err := json.Marshal(event)
	if err != nil {
		return nil, fmt.Errorf("write event %d: %w", e.Seq, err)
	}
	return text, nil
}

// versions is what a target holds once it took the message.
func (m message) versions() ([]models.DeliveredVersion, error) {
	var held []models.DeliveredVersion
	for _, change := range m.changes {
		var fact struct{ Version, Revision int64 }
		switch change.Type {
		case models.TypeBalance, models.TypeMovement, models.TypeForecastRevision:
		default:
			continue
		}
		if err := json.Unmarshal([]byte(change.Data), &fact); err != nil {
			return nil, fmt.Errorf("read the version in event %d: %w", change.Seq, err)
		}
		held = append(held, models.DeliveredVersion{
			Entity: change.Type.Entity(), Item: change.Item, DC: change.DC, Version: max(fact.Version, fact.Revision),
		})
	}
	return held, nil
}

// carried counts the message's events by type and DC, in the order in which they first come.
func (m message) carried() []models.CarriedEvents {
	var all []models.CarriedEvents
	for _, change := range m.changes {
		at := slices.IndexFunc(all, func(c models.CarriedEvents) bool { return c.Type == change.Type && c.DC == change.DC })
		if at < 0 {
			at = len(all)
			all = append(all, models.CarriedEvents{Type: change.Type, DC: change.DC})
		}
		all[at].Events++
	}
	return all
}

// latency is how long each event took from its effect to its delivery.
func (m message) latency(shard int16, delivered time.Time) map[store.LatencyKey]*models.Histogram {
	took := make(map[store.LatencyKey]*models.Histogram)
	for _, change := range m.changes {
		key := store.LatencyKey{
			Minute: delivered.Truncate(time.Minute), DC: change.DC, Entity: change.Type.Entity(), Stage: "deliver", Shard: shard,
		}
		if took[key] == nil {
			took[key] = &models.Histogram{}
		}
		took[key].Add(max(delivered.Sub(change.AppliedAt), 0))
	}
	return took
}
