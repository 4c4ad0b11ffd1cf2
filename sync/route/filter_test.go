package route_test

import (
	"slices"
	"strings"
	"testing"

	"throughline/models"
	"throughline/sync/route"
)

func balanceAt(dc, data string) models.Event {
	return models.Event{Type: models.TypeBalance, Source: "erp", Item: "A", DC: dc, Subject: "A/" + dc, Data: data}
}

func TestAFilterTakesWhatItNames(t *testing.T) {
	low := `double(data.on_hand) < 10.0`
	for _, c := range []struct {
		name   string
		filter models.Subscription
		event  models.Event
		want   bool
		doubt  bool
	}{
		{"another type", models.Subscription{Types: []models.EventType{models.TypeForecastRevision}}, balanceAt("LEE", `{}`), false, false},
		{"its DC", models.Subscription{DCs: []string{"LEE"}}, balanceAt("LEE", `{}`), true, false},
		{"another DC", models.Subscription{DCs: []string{"LEE"}}, balanceAt("YRK", `{}`), false, false},
		{"no DC", models.Subscription{DCs: []string{"LEE"}}, balanceAt("", `{}`), true, false},
		{"its condition", models.Subscription{Condition: low}, balanceAt("LEE", `{"on_hand":"9.5"}`), true, false},
		{"its condition, with a number", models.Subscription{Condition: low}, balanceAt("LEE", `{"on_hand":12}`), false, false},
		{"the envelope", models.Subscription{Condition: `source == "erp" && item.startsWith("B")`}, balanceAt("LEE", `{}`), false, false},
		{"a field that is not there", models.Subscription{Condition: low}, balanceAt("LEE", `{}`), true, true},
		{"no truth value", models.Subscription{Condition: `data.on_hand`}, balanceAt("LEE", `{"on_hand":"9"}`), true, true},
		{"too dear", models.Subscription{Condition: `data.l.all(x, data.l.all(y, data.l.all(z, x + y + z >= 0.0)))`},
			balanceAt("LEE", `{"l":[`+strings.Repeat("1,", 99)+`1]}`), true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.filter.Types == nil {
				c.filter.Types = []models.EventType{models.TypeBalance}
			}
			f, err := route.NewFilter(c.filter)
			if err != nil {
				t.Fatal(err)
			}
			got, doubt := f.Takes(c.event)
			if got != c.want || (doubt != nil) != c.doubt {
				t.Errorf("takes %v with doubt %v, want %v", got, doubt, c.want)
			}
		})
	}
}

func TestAConditionThatCannotBeReadIsRefused(t *testing.T) {
	for _, condition := range []string{`data.on_hand <`, `stock > 1`, `"LEE"`, strings.Repeat("true && ", 400) + "true"} {
		if _, err := route.NewFilter(models.Subscription{Condition: condition}); models.CodeOf(err) != models.CodeInvalid {
			t.Errorf("%.40s: %v", condition, err)
		}
	}
}

func FuzzFilter(f *testing.F) {
	f.Add(`double(data.on_hand) < 10.0 && dc in ["LEE"]`, `{"on_hand":"9.5"}`)
	f.Add(`data.lines.exists(l, l.item == item)`, `{"lines":[{"item":"A"}]}`)
	f.Add(`has(data.version) ? data.version > 3.0 : type.endsWith(".v1")`, `[]`)
	f.Fuzz(func(t *testing.T, condition, data string) {
		filter, err := route.NewFilter(models.Subscription{Types: []models.EventType{models.TypeBalance}, Condition: condition})
		if err != nil {
			if models.CodeOf(err) != models.CodeInvalid {
				t.Errorf("%q: %v", condition, err)
			}
			return
		}
		if takes, doubt := filter.Takes(balanceAt("LEE", data)); doubt != nil && !takes {
			t.Errorf("%q on %q leaves out what it cannot judge: %v", condition, data, doubt)
		}
	})
}

func TestARouteDeliversWhatItsFilterTakes(t *testing.T) {
	w := newWorld(t)
	target, url := newReceiver(t)
	err := w.router.Ensure(t.Context(), models.Subscription{
		Name: "planning", URL: url, Secret: secret, Types: []models.EventType{models.TypeBalance}, Condition: `int(data.version) % 2 == 0`,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.apply(3, 1, 2, 3, 4)
	w.apply(3, 5)
	w.settle()
	if want := []int{2, 4}; !slices.Equal(target.versions, want) {
		t.Errorf("versions %v arrived, want %v", target.versions, want)
	}
	if got := w.text(`SELECT sum(events)::text FROM changes ch JOIN consumer_cursors c ON c.shard = ch.shard AND ch.pos > c.pos WHERE consumer = 'route:planning'`); got != "<nil>" {
		t.Errorf("%s events wait that the filter does not take", got)
	}
}
