package models_test

import (
	"strings"
	"testing"

	"throughline/models"
)

const sentTrace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

func TestOnlyAWholeTraceContextIsOne(t *testing.T) {
	for text, want := range map[string]models.TraceParent{
		sentTrace: sentTrace,
		"01" + sentTrace[2:] + "-what a later version adds": sentTrace,
		"":                         "",
		"00-1-2-01":                "",
		sentTrace + "0":            "",
		sentTrace[:54]:             "",
		"ff" + sentTrace[2:]:       "",
		strings.ToUpper(sentTrace): "",
		"00-00000000000000000000000000000000-b7ad6b7169203331-01": "",
		"00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01": "",
	} {
		if got, ok := models.ParseTraceParent(text); got != want || ok != (want != "") {
			t.Errorf("%q is read as %q (%t), want %q", text, got, ok, want)
		}
	}
}

func FuzzParseTraceParent(f *testing.F) {
	f.Add(sentTrace)
	f.Add("00-1-2-01")
	f.Fuzz(func(t *testing.T, text string) {
		p, ok := models.ParseTraceParent(text)
		if ok != (p != "") {
			t.Fatalf("%q is read as %q and is one: %t", text, p, ok)
		}
		if again, ok := models.ParseTraceParent(string(p)); p != "" && (!ok || again != p || !models.IsTraceID(p.TraceID())) {
			t.Fatalf("%q is read as %q, and that as %q", text, p, again)
		}
	})
}

func TestAnEventKeepsItsTraceAndSpeaksOfItsOwnSpan(t *testing.T) {
	e := models.Event{
		Source: "erp", ID: "e-1", TraceID: "0af7651916cd43dd8448eb211c80319c",
		Extensions: `{"traceparent":"` + sentTrace + `","correlationid":"case-7","causationid":42}`,
	}
	p := e.TraceParent()
	if p.TraceID() != e.TraceID || p.SpanID() == "b7ad6b7169203331" || p.Flags() != "01" || p != e.TraceParent() {
		t.Errorf("it goes on in %s", p)
	}
	if e.CorrelationID() != "case-7" || e.CausationID() != "42" {
		t.Errorf("it belongs to %q and follows from %q", e.CorrelationID(), e.CausationID())
	}
	bare := models.Event{Source: "erp", ID: "e-2", TraceID: e.TraceID}
	if bare.CorrelationID() != "e-2" || bare.CausationID() != "" || bare.TraceParent().Flags() != "00" || bare.TraceParent() == p {
		t.Errorf("without attributes it is %q, %q, %s", bare.CorrelationID(), bare.CausationID(), bare.TraceParent())
	}
}
