package configuration_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/sync/configuration"
)

func TestTheExampleOfTheDocumentationIsRight(t *testing.T) {
	text, err := os.ReadFile("../../docs/throughline.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d, err := configuration.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Systems) != 3 || d.Systems[0].Name != "erp" || d.Systems[0].Interval != 10*time.Minute ||
		d.Systems[0].Quota != (models.RateLimit{Rate: 500, Burst: 5000}) {
		t.Errorf("the systems are %+v", d.Systems)
	}
	if d.Throughput == nil || !d.Throughput.Equal(decimal.NewFromInt(300)) {
		t.Errorf("the throughput is %v", d.Throughput)
	}
	if d.Windows.Ordered != 3*time.Minute || d.Lanes[models.LaneBulk] != 100 || d.Teams[models.ExceptionDrift] != models.TeamIT {
		t.Errorf("windows %+v, lanes %v, teams %v", d.Windows, d.Lanes, d.Teams)
	}
	leeds, found := d.Windows.Targets.For("inventory", "DC-LEEDS")
	if !found || leeds.Freshness != 5*time.Minute || d.Windows.Calendars["erp"] != nil || d.Windows.Calendars["forecasting"] == nil {
		t.Fatalf("the targets are %+v, the calendars of systems %+v", d.Windows.Targets, d.Windows.Calendars)
	}
	stock, _ := d.Windows.Targets.For("inventory", "DC-YORK")
	if stock.Criticality != "critical" || stock.Freshness != 15*time.Minute || stock.Latency != 2*time.Second {
		t.Errorf("the stock of York has %+v: a criticality says what its target does not", stock)
	}
	if forecast, _ := d.Windows.Targets.For("forecast", ""); forecast.Freshness != 4*time.Hour || forecast.Latency != 10*time.Second {
		t.Errorf("forecasts have %+v: what a target says itself wins", forecast)
	}
	approved := time.Date(2026, 3, 27, 17, 50, 0, 0, time.UTC) // ten minutes before Leeds closes for the weekend
	if due := d.Windows.Targets.Due(models.PromiseOrdered, "DC-LEEDS", approved, time.Minute); !due.Equal(time.Date(2026, 3, 30, 7, 10, 0, 0, time.UTC)) {
		t.Errorf("an order for Leeds is due at %s", due)
	}
	if due := d.Windows.Targets.Due(models.PromiseOrdered, "DC-YORK", approved, time.Minute); !due.Equal(approved.Add(time.Minute)) {
		t.Errorf("an order for York is due at %s", due)
	}
	wantPromises(t, d.Windows.Targets, approved)
	heard := time.Date(2026, 3, 27, 17, 58, 0, 0, time.UTC) // a Friday before the clocks go forward
	if due := leeds.Calendar.DueAfter(heard, leeds.Freshness); !due.Equal(time.Date(2026, 3, 30, 7, 3, 0, 0, time.UTC)) {
		t.Errorf("the stock of Leeds is due at %s", due)
	}
	if _, err := d.Configuration(func(string) (string, bool) { return "", false }); models.CodeOf(err) != models.CodePrecondition ||
		!strings.Contains(err.Error(), "FORECASTING_SECRET") {
		t.Errorf("without its secret: %v", err)
	}
	c, err := d.Configuration(func(string) (string, bool) { return "whsec_x", true })
	if err != nil || c.Routes[0].Secret != "whsec_x" || d.Routes[0].Secret != "" {
		t.Errorf("the routes are %+v, %v", c.Routes, err)
	}
}

// wantPromises wants the example to say when what follows from an order is due.
func wantPromises(t *testing.T, targets models.Targets, approved time.Time) {
	t.Helper()
	for _, tt := range []struct {
		promise models.Promise
		dc      string
		want    time.Time
	}{
		{models.PromiseAcknowledged, "DC-LEEDS", time.Date(2026, 3, 30, 10, 50, 0, 0, time.UTC)}, {models.PromiseAcknowledged, "DC-YORK", approved.Add(time.Minute)},
		{models.PromiseConfirmed, "DC-LEEDS", approved.Add(48 * time.Hour)}, {models.PromiseConfirmed, "DC-YORK", approved.Add(48 * time.Hour)},
		{models.PromiseReceived, "DC-LEEDS", time.Date(2026, 3, 30, 14, 30, 0, 0, time.UTC)}, {models.PromiseReceived, "DC-YORK", approved.Add(time.Minute)},
	} {
		if due := targets.Due(tt.promise, tt.dc, approved, time.Minute); !due.Equal(tt.want) {
			t.Errorf("at %s %s by %s, want %s", tt.dc, tt.promise.Kept, due, tt.want)
		}
	}
}

// wrong files, each with the line that the fault has to name.
var wrong = map[string]struct{ text, want string }{
	"no YAML":                          {"systems:\n  erp: [\n", "line 2"},
	"unknown key":                      {"systems:\n  erp:\n    intervall: 10m\n", "line 3"},
	"no throughput":                    {"lanes: {}\nthroughput: 0\n", "line 2: throughput: is 0"},
	"no duration":                      {"windows:\n  refused: soon\n", "line 2"},
	"twice":                            {"systems:\n  erp: {interval: 1m}\n  erp: {interval: 2m}\n", "line 3"},
	"negative interval":                {"systems:\n  erp:\n    interval: -10m\n", "line 3: systems.erp.interval: is -10m0s"},
	"unknown kind":                     {"systems:\n  erp:\n    interval: 1m\n    kind: spreadsheet\n", "line 4: systems.erp.kind: is \"spreadsheet\""},
	"no quota":                         {"systems:\n  erp:\n    quota: {rate: -1}\n", "line 3: systems.erp.quota"},
	"unknown entity":                   {"systems:\n  erp:\n    owns: [stock]\n", "line 3: systems.erp.owns: there is no entity \"stock\""},
	"unknown fallback":                 {"systems:\n  erp:\n    interval: 1m\n    late: panic\n", "line 4: systems.erp.late: is \"panic\"; it must be last_good, manual or hold"},
	"a fallback of what is never late": {"systems:\n  erp:\n    late: hold\n", "line 3: systems.erp.late: needs an interval"},
	"a team's clocks of no calendar":   {"escalation:\n  calendars: {it: office}\n", "line 2: escalation.calendars.it: there is no calendar \"office\""},
	"an unknown role as the duty":      {"escalation:\n  lead: {it: ann}\n  duty: {it: \"role:boss\"}\n", "line 3: escalation.duty.it: there is no role \"boss\""},
	"an unknown role as the lead":      {"escalation:\n  lead: {it: \"role:\"}\n", "line 2: escalation.lead.it: there is no role \"\""},
	"an unknown role on top":           {"escalation:\n  executive: \"role:ceo\"\n", "line 2: escalation.executive: there is no role \"ceo\""},
	"a rota of no team":                {"rota:\n  sales:\n    time_zone: UTC\n    shifts: {day: {hours: 06:00-14:00, on_duty: [ann]}}\n", "line 2: rota.sales: there is no team \"sales\""},
	"a rota without a shift":           {"rota:\n  it:\n    outside: ann\n", "line 2: rota.it: needs a shift"},
	"a shift of no zone":               {"rota:\n  it:\n    shifts:\n      day: {hours: 06:00-14:00, on_duty: [ann]}\n", "line 4: rota.it.shifts.day.time_zone: is \"\"; it must be a time zone"},
	"a shift in an unknown zone":       {"rota:\n  it:\n    shifts:\n      day:\n        time_zone: Leeds\n        hours: 06:00-14:00\n        on_duty: [ann]\n", "line 5: rota.it.shifts.day.time_zone: is \"Leeds\""},
	"a shift of no hours":              {"rota:\n  it:\n    time_zone: UTC\n    shifts:\n      day:\n        hours: 6-14\n        on_duty: [ann]\n", "line 6: rota.it.shifts.day.hours: is \"6-14\"; the hours of a shift"},
	"a shift of nobody":                {"rota:\n  it:\n    time_zone: UTC\n    shifts:\n      day: {hours: 22:00-06:00}\n", "line 5: rota.it.shifts.day.on_duty: must name somebody"},
	"a shift of an unknown role":       {"rota:\n  it:\n    time_zone: UTC\n    shifts:\n      day: {hours: 22:00-06:00, on_duty: [\"role:boss\"]}\n", "line 5: rota.it.shifts.day.on_duty: there is no role \"boss\""},
	"a shift on no day":                {"rota:\n  it:\n    time_zone: UTC\n    shifts:\n      day: {hours: 22:00-06:00, days: [funday], on_duty: [ann]}\n", "line 5: rota.it.shifts.day.days: there is no day \"funday\""},
	"an unknown role outside":          {"rota:\n  it:\n    time_zone: UTC\n    outside: \"role:\"\n    shifts: {day: {hours: 22:00-06:00, on_duty: [ann]}}\n", "line 4: rota.it.outside: there is no role \"\""},
	"clocks of no team":                {"escalation:\n  calendars: {sales: office}\n", "there is no team \"sales\""},
	"clocks of no calendar":            {"escalation:\n  calendar: office\n", "line 2: escalation.calendar: there is no calendar \"office\""},
	"stubs that go before the log":     {"retention:\n  stubs: 720h\n  log: 800h\n", "line 2: retention.stubs: is \"720h\"; it must be 800h at least, as long as the log"},
	"a log that outlives the stock":    {"retention:\n  stubs: 40000h\n  log: 30000h\n", "line 3: retention.log: is \"30000h\"; movements must be 30000h at least"},
	"two owners of stock":              {"reconciliation:\n  a: {owner: erp, copies: [tower]}\n  b:\n    owner: wms\n    copies: [oms]\n", "line 4: reconciliation.b.owner: is \"wms\", and \"erp\" in another comparison"},
	"a copy compared twice":            {"reconciliation:\n  a: {owner: erp, copies: [tower]}\n  b:\n    owner: erp\n    copies: [tower]\n", "line 5: reconciliation.b.copies: tower is compared by a already"},
	"nothing to compare":               {"reconciliation:\n  a:\n    owner: erp\n", "line 2: reconciliation.a.copies: must name a copy"},
	"a comparison with no owner":       {"reconciliation:\n  a:\n    copies: [tower]\n", "line 2: reconciliation.a.owner: must name a system"},
	"a copy of the owner's own":        {"reconciliation:\n  a:\n    owner: erp\n    copies: [erp]\n", "line 4: reconciliation.a.copies: erp owns the stock"},
	"a copy of nobody":                 {"systems:\n  erp: {kind: erp}\nreconciliation:\n  a:\n    owner: erp\n    copies: [wms]\n", "line 6: reconciliation.a.copies: there is no system \"wms\""},
	"compared too often":               {"reconciliation:\n  a:\n    owner: erp\n    copies: [tower]\n    every: 1s\n", "line 5: reconciliation.a.every: is \"1s\"; it must be 10s at least"},
	"a tolerance of everything":        {"reconciliation:\n  a:\n    owner: erp\n    copies: [tower]\n    tolerance:\n      percent: 101\n", "line 6: reconciliation.a.tolerance.percent: is \"101\"; it must be a number from 0 to 100"},
	"a tolerance of less than nothing": {"reconciliation:\n  a:\n    owner: erp\n    copies: [tower]\n    tolerance: {units: -1}\n", "line 5: reconciliation.a.tolerance.units: is \"-1\""},
	"a comparison in no calendar":      {"reconciliation:\n  a:\n    owner: erp\n    copies: [tower]\n    calendar: b\n", "line 5: reconciliation.a.calendar: there is no calendar \"b\""},
	"retries of no such class":         {"retries:\n  orders:\n    rate_limited: {first: 1s}\n", "line 3: retries.orders.rate_limited: there is no such class; the classes are [transient unknown]"},
	"an order that is given up":        {"retries:\n  orders:\n    transient:\n      deadline: 1h\n", "line 4: retries.orders.transient.deadline: an order has none"},
	"tries of what is not refused":     {"retries:\n  deliveries:\n    transient:\n      tries: 3\n", "line 4: retries.deliveries.transient.tries: is 3; it must be 1 to 100, and of what is refused"},
	"a least time of what is away":     {"retries:\n  deliveries:\n    transient:\n      least: 1m\n", "line 4: retries.deliveries.transient.least: only what is refused has it"},
	"a deadline of what is refused":    {"retries:\n  deliveries:\n    refused:\n      deadline: 1h\n", "line 4: retries.deliveries.refused.deadline: what is refused has none"},
	"a cap below the first wait":       {"retries:\n  deliveries:\n    transient:\n      first: 5m\n", "line 3: retries.deliveries.transient.cap: is shorter than the first wait, 5m0s"},
	"a wait of no time":                {"retries:\n  deliveries:\n    transient:\n      first: soon\n", "line 4: retries.deliveries.transient.first: is \"soon\"; it must be 10ms at least"},
	"waits that shrink":                {"retries:\n  deliveries:\n    transient:\n      factor: 0.5\n", "line 4: retries.deliveries.transient.factor: is 0.5; it must be 1 to 10"},
	"too much chance":                  {"retries:\n  deliveries:\n    transient:\n      jitter: 200\n", "line 4: retries.deliveries.transient.jitter: is 200 percent"},
	"ids that go too soon":             {"retention:\n  deliveries: 720h\n  ids: 720h\n", "line 3: retention.ids: is \"720h\"; it must be 2160h at least and 87600h at most"},
	"no such kind to keep":             {"retention:\n  orders: 720h\n", "line 2: retention.orders: there is no such kind; the kinds are log, stubs"},
	"no time to keep":                  {"retention:\n  log: 2y\n", "line 2: retention.log: is \"2y\"; a time is written in hours"},
	"two owners":                       {"systems:\n  erp:\n    owns: [item]\n  wms:\n    owns: [item]\n", "line 5: systems.wms.owns: item has an owner already, erp"},
	"a source that may fall silent":    {"systems:\n  wms:\n    kind: wms\n    owns: [inventory]\n", "line 4: systems.wms.owns: inventory has no freshness signal: give the system an interval"},
	"a target at one DC only":          {"systems:\n  wms:\n    owns: [inventory]\ntargets:\n  a: {entity: inventory, dc: LON, freshness: 1h}\n", "line 3: systems.wms.owns: inventory has no freshness signal"},
	"a route that may fall silent":     {"routes:\n  a:\n    url: https://x\n    secret_env: S\n    dcs: [LON, YRK]\n    types: [throughline.inventory.balance.v1]\ntargets:\n  a: {dc: LON, freshness: 1h}\n", "line 6: routes.a.types: inventory has no freshness signal"},
	"bad name":                         {"systems:\n  The ERP: {interval: 1m}\n", "line 2: systems.The ERP: a name"},
	"unknown lane":                     {"lanes:\n  fast: {batch: 1}\n", "line 2: lanes.fast: there is no such lane"},
	"no batch":                         {"lanes:\n  bulk: {batch: 0}\n", "line 2: lanes.bulk.batch: is 0 events"},
	"no address":                       {"routes:\n  a:\n    url: ftp://x\n    secret_env: S\n    types: [throughline.item.changed.v1]\n", "line 3: routes.a.url"},
	"no secret, no type":               {"routes:\n  a:\n    url: https://x\n", "line 2: routes.a.types: must name at least one"},
	"no DC":                            {"routes:\n  a:\n    url: https://x\n    secret_env: S\n    types: [throughline.item.changed.v1]\n    dcs: [\"\"]\n", "line 6: routes.a.dcs"},
	"a condition that cannot be read":  {"routes:\n  a:\n    url: https://x\n    secret_env: S\n    types: [throughline.item.changed.v1]\n    where: stock <\n", "line 6: routes.a.where: The condition cannot be read"},
	"no overlap":                       {"routes:\n  a:\n    url: https://x\n    secret_env: S\n    types: [throughline.item.changed.v1]\n    secret_overlap: long\n", "line 6: routes.a.secret_overlap"},
	"unknown type":                     {"routes:\n  a:\n    url: https://x\n    secret_env: S\n    types: [x.y]\n", "line 5: routes.a.types: there is no event type \"x.y\""},
	"negative window":                  {"windows:\n  ordered: -1s\n", "line 2: windows.ordered: is -1s"},
	"negative count":                   {"windows:\n  late_days: -1\n", "line 2: windows.late_days: is -1"},
	"more than the disk":               {"windows:\n  disk_free: 100\n", "line 2: windows.disk_free: is 100; it is percent of the disk"},
	"unknown code":                     {"teams:\n  ZZZ-01: it\n", "line 2: teams.ZZZ-01: there is no exception"},
	"no time zone":                     {"calendars:\n  a:\n    time_zone: Leeds\n", "line 3: calendars.a.time_zone: is \"Leeds\""},
	"unknown day":                      {"calendars:\n  a:\n    time_zone: UTC\n    days: [monday]\n", "line 4: calendars.a.days: there is no day \"monday\""},
	"hours that end before they begin": {"calendars:\n  a:\n    time_zone: UTC\n    hours: 18:00-08:00\n", "line 4: calendars.a.hours: is \"18:00-08:00\""},
	"no holiday":                       {"calendars:\n  a:\n    time_zone: UTC\n    holidays: [christmas]\n", "line 4: calendars.a.holidays: is \"christmas\""},
	"no time of a cut-off":             {"calendars:\n  a:\n    time_zone: UTC\n    cut_offs:\n      orders: {at: 4pm, fresh: 1h}\n", "line 5: calendars.a.cut_offs.orders.at: is \"4pm\""},
	"a cut-off that asks for nothing":  {"calendars:\n  a:\n    time_zone: UTC\n    cut_offs:\n      orders:\n        at: \"16:00\"\n", "line 5: calendars.a.cut_offs.orders.fresh: must say"},
	"ahead of the day":                 {"calendars:\n  a:\n    time_zone: UTC\n    cut_offs:\n      orders:\n        at: \"01:00\"\n        fresh: 1h\n        ahead: 2h\n", "line 8: calendars.a.cut_offs.orders.ahead"},
	"target without a time":            {"targets:\n  a: {dc: LON}\n", "line 2: targets.a.freshness: must be given"},
	"target of an unknown entity":      {"targets:\n  a:\n    freshness: 1m\n    entity: stock\n", "line 4: targets.a.entity: there is no entity"},
	"target of no such criticality":    {"targets:\n  a:\n    freshness: 1m\n    criticality: vital\n", "line 4: targets.a.criticality: there is no criticality \"vital\""},
	"a criticality without freshness":  {"criticality:\n  low: {latency: 1m}\ntargets:\n  a: {criticality: low}\n", "line 4: targets.a.freshness: must be given, here or by its criticality"},
	"a criticality that is no time":    {"criticality:\n  low:\n    freshness: often\n", "line 3"},
	"a promise about stock":            {"targets:\n  a:\n    entity: inventory\n    freshness: 1m\n    followed: 2h\n", "line 5: targets.a.followed: nothing is promised of inventory"},
	"a confirmation for ever":          {"criticality:\n  low:\n    received: 1h\n    confirmed: 900h\n", "line 4: criticality.low.confirmed: is 900h; 31 days"},
	"an acknowledgement that is none":  {"criticality:\n  low:\n    acknowledged: soon\n", "line 3: criticality.low.acknowledged: is \"soon\""},
	"a promise for ever":               {"criticality:\n  low:\n    followed: 900h\n", "line 3: criticality.low.followed: is 900h; 31 days"},
	"two targets for the same":         {"targets:\n  a: {freshness: 1m}\n  b: {freshness: 2m}\n", "line 3: targets.b: is for the same entity and DC as a"},
	"target with no such calendar":     {"targets:\n  a:\n    freshness: 1m\n    calendar: b\n", "line 4: targets.a.calendar: there is no calendar \"b\""},
	"system with no such calendar":     {"systems:\n  a:\n    calendar: b\n", "line 3: systems.a.calendar: there is no calendar \"b\""},
	"an objective beyond reach":        {"targets:\n  a:\n    freshness: 1m\n    objective: 100\n", "line 4: targets.a.objective: is 100; it is percent, 50 at least"},
	"an objective of nothing":          {"targets:\n  a:\n    freshness: 1m\n    objective: 0\n", "line 4: targets.a.objective: is 0; it is percent, 50 at least"},
	"an objective of a criticality":    {"criticality:\n  low:\n    objective: -1\n", "line 3: criticality.low.objective: is -1"},
	"unknown team":                     {"teams:\n  API-01: everybody\n", "line 2: teams.API-01: there is no team"},
}

func TestWhatIsWrongIsNamedWithItsLine(t *testing.T) {
	for name, tt := range wrong {
		t.Run(name, func(t *testing.T) {
			_, err := configuration.Parse([]byte(tt.text))
			if models.CodeOf(err) != models.CodeInvalid || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestAllFaultsAreNamedAtOnce(t *testing.T) {
	_, err := configuration.Parse([]byte("lanes:\n  fast: {batch: 1}\nteams:\n  API-01: everybody\nwindows:\n  ordered: -1s\n"))
	for _, want := range []string{"line 2", "line 4", "line 6"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v lacks %s", err, want)
		}
	}
}

func TestWhatIsHeardMayFlow(t *testing.T) {
	const route = "routes:\n  a:\n    url: https://x\n    secret_env: S\n    dcs: [LON, YRK]\n    types: [throughline.inventory.balance.v1]\n"
	for name, text := range map[string]string{
		"by the interval of its owner": "systems:\n  wms: {interval: 1h, owns: [inventory]}\n" + route,
		"by a target of the entity":    "systems:\n  wms: {owns: [inventory]}\ntargets:\n  a: {entity: inventory, freshness: 1h}\n" + route,
		"by a target for everything":   "systems:\n  wms: {owns: [inventory]}\ntargets:\n  a: {freshness: 1h}\n" + route,
		"by a target at each DC":       "targets:\n  a: {dc: LON, freshness: 1h}\n  b: {entity: inventory, dc: YRK, freshness: 1h}\n" + route,
	} {
		if _, err := configuration.Parse([]byte(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnEmptyFileDeclaresNothing(t *testing.T) {
	for _, text := range []string{"", "# nothing yet\n"} {
		if d, err := configuration.Parse([]byte(text)); err != nil || len(d.Systems)+len(d.Routes) != 0 {
			t.Errorf("%q: %+v %v", text, d, err)
		}
	}
}

// FuzzParse holds that no file breaks the reader, and that every refusal says where.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", "systems:\n  erp: {interval: 10m, owns: [item]}\n", "routes:\n  a:\n    url: https://x\n", "windows: {soon: 1h}\n", "a: &a [*a]", "? {}\n: x", "teams: {API-01: it}", "rota:\n  it: {time_zone: UTC, outside: \"role:admin\", shifts: {n: {hours: 22:00-06:00, on_duty: [a]}}}\n", "calendars:\n  a: {time_zone: UTC, hours: 08:00-18:00}\ntargets:\n  b: {freshness: 1m, calendar: a}\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := configuration.Parse([]byte(text))
		if err != nil && models.CodeOf(err) != models.CodeInvalid {
			t.Errorf("%q is refused with %v", text, err)
		}
		if err == nil {
			d.Warnings(time.Date(2026, 3, 23, 0, 0, 0, 0, time.UTC))
		}
	})
}

func TestARotaWithAGapIsWarnedOf(t *testing.T) {
	d, err := configuration.Parse([]byte(`
rota:
  it:
    time_zone: Europe/London
    outside: role:admin
    shifts:
      day: {hours: 06:00-18:00, on_duty: [ann]}
      night: {days: [mon, tue, wed, thu, fri, sat], hours: 18:00-06:00, on_duty: [ben, "role:it"]}
`))
	if err != nil {
		t.Fatal(err)
	}
	warnings := d.Warnings(time.Date(2026, 3, 23, 12, 0, 0, 0, time.UTC))
	if len(warnings) != 1 || warnings[0] != "rota.it: nobody is on duty from Sun 29 Mar 18:00 to Mon 30 Mar 06:00 Europe/London." {
		t.Errorf("it warns of %q", warnings)
	}
	if d.Lines["ben"] != "line 8: rota.it.shifts.night.on_duty" {
		t.Errorf("ben is named at %q", d.Lines["ben"])
	}
}
