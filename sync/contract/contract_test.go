package contract

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"throughline/models"
)

func newRegistry(t testing.TB) *Registry {
	t.Helper()
	r, err := NewRegistry()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func examples(t testing.TB, r *Registry, typ models.EventType) []string {
	t.Helper()
	list, _ := r.contracts[typ].doc["examples"].([]any)
	if len(list) == 0 {
		t.Fatalf("%s has no examples", typ)
	}
	texts := make([]string, len(list))
	for i, example := range list {
		text, err := json.Marshal(example)
		if err != nil {
			t.Fatal(err)
		}
		texts[i] = string(text)
	}
	return texts
}

func TestEveryExampleDecodesToItsFact(t *testing.T) {
	r := newRegistry(t)
	for _, typ := range models.EventTypes() {
		for _, text := range examples(t, r, typ) {
			fact, err := Decode(typ, text)
			if err != nil {
				t.Errorf("%s: %v in %s", typ, err, text)
				continue
			}
			want := reflect.New(reflect.TypeOf(fact.Payload).Elem()).Interface()
			if err := json.Unmarshal([]byte(text), want); err != nil {
				t.Fatal(err)
			}
			got, wanted := canonical(t, fact.Payload), canonical(t, want)
			if got != wanted {
				t.Errorf("%s decodes to\n%s, encoding/json to\n%s", typ, got, wanted)
			}
			if fact.Key == "" {
				t.Errorf("%s has no ordering key", typ)
			}
		}
	}
}

func canonical(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestSharedDefinitionsAreTheSameInEverySchema(t *testing.T) {
	r := newRegistry(t)
	first := map[string]any{}
	for _, typ := range models.EventTypes() {
		definitions, _ := r.contracts[typ].doc["$defs"].(map[string]any)
		for name, definition := range definitions {
			if known, ok := first[name]; ok && !reflect.DeepEqual(known, definition) {
				t.Errorf("%s defines %s in its own way", typ, name)
			}
			first[name] = definition
		}
	}
}

func TestEveryMemberOfAPayloadIsDescribed(t *testing.T) {
	r := newRegistry(t)
	for _, typ := range models.EventTypes() {
		c := r.contracts[typ]
		fact, err := Decode(typ, examples(t, r, typ)[0])
		if err != nil {
			t.Fatal(err)
		}
		properties, _ := c.doc["properties"].(map[string]any)
		fields := reflect.TypeOf(fact.Payload).Elem()
		for field := range fields.Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if _, ok := properties[name]; !ok {
				t.Errorf("%s: the schema does not know %s", typ, name)
			}
		}
		if len(properties) != fields.NumField() {
			t.Errorf("%s has %d properties, its struct %d fields", typ, len(properties), fields.NumField())
		}
	}
}

func TestTheOwnersWordsAreMembersOfTheirContracts(t *testing.T) {
	r := newRegistry(t)
	for _, typ := range models.EventTypes() {
		words := typ.OwnerWords()
		if len(words) == 0 {
			t.Errorf("%s: an edit may say anything", typ)
		}
		for _, word := range words {
			if !strings.Contains(string(r.contracts[typ].text), `"`+word+`": {`) {
				t.Errorf("%s: the schema does not know %s", typ, word)
			}
		}
	}
}

func TestExplainPointsAtEveryFault(t *testing.T) {
	r := newRegistry(t)
	data := `{"item":"","dc":"LON","on_hand":"twelve","allocated":-1,"version":1.5,"time":"yesterday"}`
	_, err := Decode(models.TypeBalance, data)
	var fault *Fault
	if !errors.As(err, &fault) {
		t.Fatalf("accepted, or another error: %v", err)
	}
	got := map[string]string{}
	for _, e := range r.Explain(models.TypeBalance, data, fault) {
		got[e.Pointer] = e.Message
	}
	for _, want := range []string{"/item", "/on_hand", "/allocated", "/unit", "/version", "/time"} {
		if got[want] == "" {
			t.Errorf("nothing about %s in %v", want, got)
		}
	}
	if got["/dc"] != "" {
		t.Errorf("the right dc is blamed: %v", got)
	}
	if !strings.Contains(got["/on_hand"], "decimal") {
		t.Errorf("%q does not say what is wanted", got["/on_hand"])
	}
}

func TestATimeZoneThatDoesNotExistIsRefused(t *testing.T) {
	r := newRegistry(t)
	data := `{"dc":"LON","name":"London","time_zone":"Mars/Base","version":1}`
	_, err := Decode(models.TypeLocationChanged, data)
	var fault *Fault
	if !errors.As(err, &fault) {
		t.Fatalf("accepted, or another error: %v", err)
	}
	list := r.Explain(models.TypeLocationChanged, data, fault)
	if len(list) != 1 || list[0].Pointer != "/time_zone" || !strings.Contains(list[0].Message, "IANA time zone") {
		t.Errorf("%v", list)
	}
}

func TestAGTINWithAWrongCheckDigitIsRefused(t *testing.T) {
	r := newRegistry(t)
	data := strings.Replace(examples(t, r, models.TypeItemChanged)[0], "6291041500213", "6291041500231", 1)
	_, err := Decode(models.TypeItemChanged, data)
	var fault *Fault
	if !errors.As(err, &fault) {
		t.Fatalf("accepted, or another error: %v", err)
	}
	if list := r.Explain(models.TypeItemChanged, data, fault); len(list) != 1 || list[0].Pointer != "/gtin" {
		t.Errorf("%v", list)
	}
}

func TestExplainSurvivesNumbersBeyondTheValidator(t *testing.T) {
	r := newRegistry(t)
	data := `{"item":"","dc":"LON","on_hand":1e999999999,"version":1e-999999999}`
	_, err := Decode(models.TypeBalance, data)
	var fault *Fault
	if !errors.As(err, &fault) || len(r.Explain(models.TypeBalance, data, fault)) == 0 {
		t.Errorf("accepted or unexplained: %v", err)
	}
}

// TestTheDecoderKnowsEveryMember needs an example of each: the decoder passes
// over what it does not know. Purchase and transfer orders share a payload.
func TestTheDecoderKnowsEveryMember(t *testing.T) {
	r := newRegistry(t)
	decoded := map[string]bool{}
	for _, typ := range models.EventTypes() {
		for _, example := range examples(t, r, typ) {
			fact, err := Decode(typ, example)
			if err != nil {
				t.Fatal(err)
			}
			payload := reflect.ValueOf(fact.Payload).Elem()
			for field, value := range payload.Fields() {
				name := payload.Type().Name() + "." + field.Name
				decoded[name] = decoded[name] || !value.IsZero()
			}
		}
	}
	for name, yes := range decoded {
		if !yes {
			t.Errorf("%s is in no example of its contract, or is not decoded", name)
		}
	}
}

func TestAmbiguousTextIsRefused(t *testing.T) {
	for name, data := range map[string]string{
		"duplicate member": `{"dc":"LON","dc":"MAN","name":"x","time_zone":"UTC","version":1}`,
		"lone surrogate":   `{"dc":"L\ud800","name":"x","time_zone":"UTC","version":1}`,
		"invalid UTF-8":    "{\"dc\":\"L\xff\",\"name\":\"x\",\"time_zone\":\"UTC\",\"version\":1}",
		"trailing text":    `{"dc":"L","name":"x","time_zone":"UTC","version":1} {}`,
		"huge exponent":    `{"dc":"L","name":"x","time_zone":"UTC","version":1e999999999}`,
		"deep nesting":     `{"dc":"L","name":"x","time_zone":"UTC","version":1,"x":` + strings.Repeat("[", 99) + strings.Repeat("]", 99) + `}`,
		"empty":            ``,
	} {
		var fault *Fault
		if _, err := Decode(models.TypeLocationChanged, data); !errors.As(err, &fault) || !fault.Syntax {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDecoderAndSchemaAgree changes the examples at random: both verdicts must stay equal.
func TestDecoderAndSchemaAgree(t *testing.T) {
	r := newRegistry(t)
	for _, typ := range models.EventTypes() {
		t.Run(string(typ), func(t *testing.T) {
			texts := examples(t, r, typ)
			rapid.Check(t, func(t *rapid.T) {
				doc, err := jsonschema.UnmarshalJSON(strings.NewReader(rapid.SampledFrom(texts).Draw(t, "example")))
				if err != nil {
					t.Fatal(err)
				}
				for range rapid.IntRange(0, 3).Draw(t, "changes") {
					doc = mutate(t, doc)
				}
				text, err := json.Marshal(doc)
				if err != nil {
					t.Fatal(err)
				}
				agree(t, r, typ, string(text))
			})
		})
	}
}

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

func agree(t failer, r *Registry, typ models.EventType, data string) {
	t.Helper()
	_, err := Decode(typ, data)
	var fault *Fault
	if errors.As(err, &fault) && fault.Syntax {
		return
	}
	violations := r.contracts[typ].violations(r.printer, data)
	if (err == nil) != (len(violations) == 0) {
		t.Fatalf("%s\n%s\ndecoder: %v\nschema: %v", typ, data, err, violations)
	}
}

// mutate replaces, removes or adds one value somewhere in doc.
func mutate(t *rapid.T, doc any) any {
	switch v := doc.(type) {
	case map[string]any:
		names := sortedKeys(v)
		if len(names) == 0 || rapid.IntRange(0, 9).Draw(t, "add") == 0 {
			v[rapid.SampledFrom([]string{"extra", "line", "supplier", "from_dc", "basis"}).Draw(t, "new")] = oddValue(t)
			return v
		}
		name := rapid.SampledFrom(names).Draw(t, "member")
		if rapid.IntRange(0, 5).Draw(t, "remove") == 0 {
			delete(v, name)
			return v
		}
		v[name] = mutate(t, v[name])
		return v
	case []any:
		if len(v) == 0 || rapid.IntRange(0, 3).Draw(t, "clear") == 0 {
			return []any{}
		}
		i := rapid.IntRange(0, len(v)-1).Draw(t, "element")
		v[i] = mutate(t, v[i])
		return v
	}
	return oddValue(t)
}

func oddValue(t *rapid.T) any {
	odd := []any{
		nil, true, "", "0", "-0", "-1", "1.50", "007", "0.0", "1.", ".5", "1e3", "12345678901234567890", "1.1234567891",
		"999999999999999.999999999", "|", "a|b", "tab\there", "null\x00", "é", "☃", strings.Repeat("x", 64), strings.Repeat("é", 65),
		strings.Repeat("x", 1001), "GBP", "gbp", "EA", "A", "D", "day", "open", "purchase", "transfer", "sale",
		"2026-03-02", "2026-02-30", "0999-01-01", "3000-01-01", "2026-3-2", "15:00", "25:00", "Europe/London", "Europe//London", "Mars/Base", "Local", "Etc/GMT+5",
		"2026-03-02T08:00:00Z", "2026-03-02T08:00:00+01:00", "2026-03-02t08:00:00z", "2026-03-02T08:00:60Z",
		"2026-03-02T08:00:00,5Z", "2026-03-02T24:00:00Z", "2026-03-02 08:00:00Z", "0001-01-01T00:00:00Z", "2026-03-02T8:00:00Z",
		[]any{},
		map[string]any{},
		[]any{"1"},
	}
	for _, number := range []string{
		"0", "-0", "-1", "1", "1.0", "1.5", "1e3", "1E+2", "12e-1", "100e-2", "0.000000001", "0.0000000001", "1e15", "-1e15",
		"999999999999999.5", "123456789012345678", "9223372036854775807", "9223372036854775808", "2147483648", "1e30", "1e-30",
	} {
		odd = append(odd, json.Number(number))
	}
	return rapid.SampledFrom(odd).Draw(t, "value")
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func FuzzDecoderAndSchemaAgree(f *testing.F) {
	r := newRegistry(f)
	types := models.EventTypes()
	for i, typ := range types {
		for _, text := range examples(f, r, typ) {
			f.Add(uint8(i), text)
		}
	}
	f.Fuzz(func(t *testing.T, i uint8, data string) {
		agree(t, r, types[int(i)%len(types)], data)
	})
}

func BenchmarkDecodeBalance(b *testing.B) {
	data := examples(b, newRegistry(b), models.TypeBalance)[0]
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(models.TypeBalance, data); err != nil {
			b.Fatal(err)
		}
	}
}

func TestTimesBecomeUTC(t *testing.T) {
	fact, err := Decode(models.TypeBalance,
		`{"item":"A","dc":"LON","on_hand":1,"allocated":0,"unit":"EA","version":1,"time":"2026-03-02T09:00:00+01:00"}`)
	if err != nil {
		t.Fatal(err)
	}
	if got := fact.Payload.(*models.InventoryBalance).Time.Format(time.RFC3339); got != "2026-03-02T08:00:00Z" {
		t.Errorf("09:00 at +01:00 became %s", got)
	}
}
