package eventlog

import (
	"testing"

	"throughline/models"
)

var testShards = models.Shards{Realtime: 8, Bulk: 2}

func TestFingerprintIsTypeSubjectAndData(t *testing.T) {
	base := models.Event{Source: "erp", ID: "1", Type: models.TypeBalance, Subject: "s", Key: "k", Data: `{"a":1.0,"b":"x y"}`}
	same := map[string]func(*models.Event){
		"trace":       func(e *models.Event) { e.TraceID = "t" },
		"extensions":  func(e *models.Event) { e.Extensions = `{"x":1}` },
		"white space": func(e *models.Event) { e.Data = "{ \"a\" : 1.0,\n\t\"b\":\"x y\" }" },
		"id":          func(e *models.Event) { e.ID = "2" },
	}
	other := map[string]func(*models.Event){
		"number text":    func(e *models.Event) { e.Data = `{"a":1,"b":"x y"}` },
		"space in value": func(e *models.Event) { e.Data = `{"a":1.0,"b":"x  y"}` },
		"escaped quote":  func(e *models.Event) { e.Data = `{"a":1.0,"b":"x\" y"}` },
		"subject":        func(e *models.Event) { e.Subject = "t" },
		"type":           func(e *models.Event) { e.Type = models.TypeMovement },
	}
	want := NewEntry(base, testShards).Fingerprint
	for name, change := range same {
		e := base
		change(&e)
		if NewEntry(e, testShards).Fingerprint != want {
			t.Errorf("another %s makes another content", name)
		}
	}
	for name, change := range other {
		e := base
		change(&e)
		if NewEntry(e, testShards).Fingerprint == want {
			t.Errorf("another %s makes the same content", name)
		}
	}
}

func TestHashIsSourceAndID(t *testing.T) {
	base := models.Event{Source: "erp", ID: "1", Type: models.TypeBalance, Key: "k", Data: `{}`}
	want := NewEntry(base, testShards).Hash
	for name, e := range map[string]models.Event{
		"source": {Source: "wms", ID: "1"}, "id": {Source: "erp", ID: "2"}, "the border": {Source: "erp1", ID: ""},
	} {
		e.Type, e.Key, e.Data = base.Type, base.Key, base.Data
		if NewEntry(e, testShards).Hash == want {
			t.Errorf("another %s has the same hash", name)
		}
	}
}
