package main

import (
	"fmt"
	"testing"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/simulator/erp"
	"throughline/sync/simulator/fault"
)

const day = 20 * time.Second

var start = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

func after(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }

func raised(code models.ExceptionCode, key string, from, until int) *alarm {
	return &alarm{
		Raised: store.Raised{Code: code, Key: string(code) + "|" + key, Occurrences: 1},
		at:     after(from), until: after(until), grew: map[int]time.Time{1: after(from)},
	}
}

func broken(name, target string, from, until int) fault.Entry {
	return fault.Entry{Name: name, Target: target, StartedAt: after(from), EndsAt: after(until)}
}

func judged(log []fault.Entry, gaps []*gap, alarms ...*alarm) *scores {
	w := &witness{clock: models.BusinessClock{Real: start, Business: start, Day: day}, broken: start, looked: after(300), alarms: alarms, gaps: gaps}
	return judge(w, log, day)
}

func TestAlarmOfTheRightSubjectIsAFinding(t *testing.T) {
	s := judged([]fault.Entry{broken(fault.SilentDC, "DC-LON", 10, 55)}, nil,
		raised(models.ExceptionSourceSilent, "erp|DC-LON", 43, 57))
	k := s.kinds[models.ExceptionSourceSilent]
	if k.injected != 1 || k.found != 1 || k.wrong != 0 || k.percentile(50) != 33*time.Second {
		t.Errorf("score %+v", k)
	}
}

func TestAnotherSubjectIsAMissAndAFalseAlarm(t *testing.T) {
	s := judged([]fault.Entry{broken(fault.SilentDC, "DC-LON", 10, 55)}, nil,
		raised(models.ExceptionSourceSilent, "erp|DC-MAN", 43, 57))
	k := s.kinds[models.ExceptionSourceSilent]
	if k.found != 0 || k.missed != 1 || k.wrong != 1 || k.recall() != 0 || k.precision() != 0 {
		t.Errorf("score %+v", k)
	}
}

func TestAlarmBeforeTheFaultIsFalse(t *testing.T) {
	s := judged([]fault.Entry{broken(fault.ForecastsLate, "", 100, 145)}, nil,
		raised(models.ExceptionSourceSilent, "forecasting", 20, 30))
	if k := s.kinds[models.ExceptionSourceSilent]; k.missed != 1 || k.wrong != 1 {
		t.Errorf("score %+v", k)
	}
}

func TestConsequenceOfAFaultIsExplainedAndOnlyInItsTime(t *testing.T) {
	late := func(from int) *alarm {
		a := raised(models.ExceptionLateInbound, "PO-1|1|ASN", from, from+10)
		a.Subject = models.ExceptionSubject{Document: "PO-1", DC: "DC-LON"}
		return a
	}
	s := judged([]fault.Entry{broken(fault.SilentDC, "DC-LON", 10, 55)}, nil, late(40), late(200))
	if k := s.kinds[models.ExceptionLateInbound]; k.explained != 1 || k.wrong != 1 {
		t.Errorf("score %+v", k)
	}
	s = judged([]fault.Entry{broken(fault.SilentDC, "DC-MAN", 10, 55)}, nil, late(40))
	if k := s.kinds[models.ExceptionLateInbound]; k.wrong != 1 {
		t.Errorf("at another DC: %+v", k)
	}
}

func TestReplenishmentMayBeSilentUntilItsRouteLooksForItAgain(t *testing.T) {
	silent := func(from int) *score {
		a := raised(models.ExceptionSourceSilent, "replenishment|replenishment|DC-LON", from, from+5)
		a.Subject = models.ExceptionSubject{Source: "replenishment", DC: "DC-LON"}
		return judged([]fault.Entry{broken(fault.BusyTarget, "", 10, 110)}, nil, a).kinds[models.ExceptionSourceSilent]
	}
	if k := silent(165); k.explained != 1 || k.wrong != 0 {
		t.Errorf("55 s after it came back: %+v", k)
	}
	if k := silent(205); k.wrong != 1 {
		t.Errorf("95 s after it came back: %+v", k)
	}
}

func TestEachEventOfAGroupIsCounted(t *testing.T) {
	a := raised(models.ExceptionContractViolation, "erp|"+string(models.TypeBalance), 12, 300)
	a.grew[2] = after(33)
	log := []fault.Entry{
		broken(fault.MalformedEvent, "A/DC", 10, 10), broken(fault.MalformedEvent, "B/DC", 30, 30), broken(fault.MalformedEvent, "C/DC", 50, 50),
	}
	k := judged(log, nil, a).kinds[models.ExceptionContractViolation]
	if k.injected != 3 || k.found != 2 || k.missed != 1 {
		t.Errorf("score %+v", k)
	}
}

func TestEachRefusedEventIsCountedAndOneThatFoundNothingIsNot(t *testing.T) {
	a := raised(models.ExceptionTargetRejects, "route|replenishment", 15, 300)
	log := []fault.Entry{
		broken(fault.RefusedEvent, "PO-1", 10, 10), broken(fault.RefusedEvent, notStruck, 30, 30), broken(fault.RefusedEvent, "PO-3", 50, 50),
	}
	if k := judged(log, nil, a).kinds[models.ExceptionTargetRejects]; k.injected != 2 || k.found != 1 || k.missed != 1 {
		t.Errorf("of two refused events one is counted: %+v", k)
	}
	a.grew[2] = after(55)
	if k := judged(log, nil, a).kinds[models.ExceptionTargetRejects]; k.found != 2 || k.wrong != 0 || k.percentile(95) != 5*time.Second {
		t.Errorf("both are counted: %+v", k)
	}
}

func TestAKeyIsFoundByItsSystemAndOneThatLastsIsAFalseAlarm(t *testing.T) {
	log := []fault.Entry{broken(expiringKey, "carrier-1", 10, 10), broken(lastingKey, "carrier-2", 20, 20)}
	k := judged(log, nil, raised(models.ExceptionAccess, "carrier-1|tlk_aaaaaa", 12, 300), raised(models.ExceptionAccess, "carrier-2|tlk_bbbbbb", 22, 300)).
		kinds[models.ExceptionAccess]
	if k.injected != 1 || k.found != 1 || k.wrong != 1 {
		t.Errorf("score %+v", k)
	}
}

func TestAnExpiredTokenIsFoundWhileItsSystemIsWithoutData(t *testing.T) {
	log := []fault.Entry{broken(expiredToken, "analytics-1", 10, 30), broken(expiredToken, "analytics-2", 40, 60), broken(keptToken, "analytics-3", 20, 20)}
	k := judged(log, nil, raised(models.ExceptionTokenExpired, "analytics-1|tlk_aaaaaa|location|", 12, 33),
		raised(models.ExceptionTokenExpired, "analytics-2|tlk_bbbbbb|location|", 110, 120),
		raised(models.ExceptionTokenExpired, "analytics-3|tlk_cccccc|location|", 22, 300)).kinds[models.ExceptionTokenExpired]
	if k.injected != 2 || k.found != 1 || k.missed != 1 || k.wrong != 2 {
		t.Errorf("score %+v", k)
	}
}

func TestATokenOfALogThatWasLostBelongsToTheSameFilter(t *testing.T) {
	filter := models.ChangeFilter{Entities: []string{polledEntity}}
	token, err := lostToken(models.EncodeDelta([]models.ChangePlace{{Shard: 3, Pos: 7}}, filter, models.APIKey{}))
	if err != nil {
		t.Fatal(err)
	}
	places, err := models.DecodeDelta(token, filter, models.APIKey{})
	if err != nil || len(places) != 1 || places[0].Shard != 3 || places[0].Pos <= 7 {
		t.Errorf("places %+v, %v", places, err)
	}
}

func TestGapCountsWhoeverCausedItAndABriefOneIsHidden(t *testing.T) {
	gaps := []*gap{
		{Gap: erp.Gap{Order: "PO-1", Line: 1, Short: true}, from: after(10), until: after(80)},
		{Gap: erp.Gap{Order: "PO-2", Line: 1, Short: true}, from: after(10), until: after(20)},
	}
	k := judged(nil, gaps).kinds[models.ExceptionConfirmationGap]
	if k.injected != 2 || k.missed != 1 || k.hidden != 1 {
		t.Errorf("score %+v", k)
	}
}

func TestPromiseThatIsOnlyLateIsDueWhenItsDayIsNear(t *testing.T) {
	late := func(needBy time.Time) *score {
		return judged(nil, []*gap{{Gap: erp.Gap{Order: "PO-1", NeedBy: needBy}, from: after(10), until: after(80)}}).
			kinds[models.ExceptionConfirmationGap]
	}
	if k := late(start.AddDate(0, 0, 6)); k.missed != 1 { // near after a business day, which lasts 20 s
		t.Errorf("a near day: %+v", k)
	}
	if k := late(start.AddDate(0, 0, 14)); k.missed != 0 || k.hidden != 1 {
		t.Errorf("a far day: %+v", k)
	}
}

// A difference stays until the owner says otherwise, so to find it late is to
// find it, and not a false alarm.
func TestLostBalanceIsFoundHoweverLate(t *testing.T) {
	log := []fault.Entry{broken(fault.LostBalance, "22959/DC-BRS version 7", 10, 10)}
	k := judged(log, nil, raised(models.ExceptionDrift, "22959|DC-BRS", 250, 280)).kinds[models.ExceptionDrift]
	if k.found != 1 || k.wrong != 0 || k.percentile(50) != 240*time.Second {
		t.Errorf("score %+v", k)
	}
	if k := judged(log, nil).kinds[models.ExceptionDrift]; k.missed != 1 {
		t.Errorf("never found: %+v", k)
	}
}

func TestAFigureThatIsSetAsideIsFoundAndThatItsDifferenceStays(t *testing.T) {
	group := raised(models.ExceptionIDReused, "f-1", 12, 300)
	group.Subject.Fingerprint = "f-1"
	w := &witness{
		broken: start, looked: after(400), alarms: []*alarm{group, raised(models.ExceptionStuckDrift, "A|DC-LON", 140, 200)},
		parked: map[string][]store.ParkedEvent{"f-1": {{Fingerprint: "f-1", Source: "erp", ID: "e-1", Item: "A", DC: "DC-LON"}}},
	}
	s := judge(w, []fault.Entry{broken(fault.UsedVersion, "A/DC-LON", 10, 10), broken(fault.UsedVersion, "B/DC-LON", 20, 20)}, day)
	if k := s.kinds[models.ExceptionIDReused]; k.injected != 2 || k.found != 1 || k.missed != 1 {
		t.Errorf("set aside: %+v", k)
	}
	if k := s.kinds[models.ExceptionStuckDrift]; k.found != 1 || k.missed != 1 || k.wrong != 0 {
		t.Errorf("stays: %+v", k)
	}
}

func TestADifferenceOfAFigureThatIsSetAsideFollowsFromItAndNoOther(t *testing.T) {
	drift := func(item string) *alarm {
		a := raised(models.ExceptionDrift, item+"|DC-LON", 220, 280)
		a.Subject.Item, a.Subject.DC = item, "DC-LON"
		return a
	}
	w := &witness{broken: start, looked: after(400), alarms: []*alarm{drift("A"), drift("B")}}
	k := judge(w, []fault.Entry{broken(fault.UsedVersion, "A/DC-LON", 10, 10)}, day).kinds[models.ExceptionDrift]
	if k.explained != 1 || k.wrong != 1 {
		t.Errorf("score %+v", k)
	}
}

func TestADifferenceThatStaysIsMissedWhateverOutageComesAfterItWasCompared(t *testing.T) {
	outage := broken(fault.ERPDown, "", 155, 199)
	for _, c := range []struct {
		name           string
		at, looked     int
		missed, hidden int
	}{
		{"compared before the outage", 10, 424, 1, 0},
		{"the series ends before it is old enough", 10, 290, 0, 1},
		{"not compared before the outage, and told anew before it is old enough", 100, 600, 0, 1},
		{"the outage is over", 210, 600, 1, 0},
	} {
		w := &witness{broken: start, looked: after(c.looked)}
		s := judge(w, []fault.Entry{outage, broken(fault.UsedVersion, "A/DC-LON", c.at, c.at)}, day)
		if k := s.kinds[models.ExceptionStuckDrift]; k.missed != c.missed || k.hidden != c.hidden {
			t.Errorf("%s: missed %d, hidden %d", c.name, k.missed, k.hidden)
		}
	}
}

func TestAnOutageHidesADifferenceWhoseEventItHoldsBack(t *testing.T) {
	for dc, hidden := range map[string]int{"DC-LON": 1, "DC-MAN": 0} {
		w := &witness{broken: start, looked: after(424)}
		s := judge(w, []fault.Entry{broken(fault.SilentDC, dc, 5, 49), broken(fault.UsedVersion, "A/DC-LON", 10, 10)}, day)
		if k := s.kinds[models.ExceptionStuckDrift]; k.hidden != hidden || k.missed != 1-hidden {
			t.Errorf("%s silent: missed %d, hidden %d", dc, k.missed, k.hidden)
		}
		if k := s.kinds[models.ExceptionIDReused]; k.hidden != hidden || k.missed != 1-hidden {
			t.Errorf("%s silent: the used version was missed %d times and hidden %d", dc, k.missed, k.hidden)
		}
	}
}

func TestATotalIsFoundByTheTimeThatItIsAbout(t *testing.T) {
	log := []fault.Entry{broken(fault.LeftOut, "3 sales orders since 2026-01-01T12:00:20Z", 25, 25)}
	key := func(since time.Time) string {
		return fmt.Sprintf("erp|%s||%d|%d", models.TypeSalesOrder, since.UnixMicro(), since.Add(20*time.Second).UnixMicro())
	}
	if k := judged(log, nil, raised(models.ExceptionIncomplete, key(after(20)), 75, 300)).kinds[models.ExceptionIncomplete]; k.found != 1 || k.wrong != 0 {
		t.Errorf("score %+v", k)
	}
	if k := judged(log, nil, raised(models.ExceptionIncomplete, key(after(40)), 75, 300)).kinds[models.ExceptionIncomplete]; k.missed != 1 || k.wrong != 1 {
		t.Errorf("of another time: %+v", k)
	}
}

func TestRefusalThatStruckNothingIsNotInjected(t *testing.T) {
	s := judged([]fault.Entry{broken(fault.RefusedOrder, "the next order", 10, 10), broken(fault.RefusedOrder, "TL-R-1", 20, 20)}, nil)
	if k := s.kinds[models.ExceptionNotOrdered]; k.injected != 1 || k.missed != 1 {
		t.Errorf("score %+v", k)
	}
}

func TestParkedEventsGrowFromTheTwentiethOnAndOfTwoCauses(t *testing.T) {
	parked := func(events int, other string, alarms ...*alarm) *score {
		var log []fault.Entry
		for n := range events {
			log = append(log, broken(fault.ReusedID, fmt.Sprint("e-", n), n, n))
		}
		log = append(log, broken(other, "A/DC-LON", events, events))
		return judged(log, nil, alarms...).kinds[models.ExceptionParkedGrowth]
	}
	if k := parked(19, fault.ForeignWrite, raised(models.ExceptionParkedGrowth, "all", 24, 300)); k.injected != 1 || k.found != 1 || k.wrong != 0 || k.percentile(50) != 5*time.Second {
		t.Errorf("the twentieth: %+v", k)
	}
	if k := parked(19, fault.UsedVersion); k.missed != 1 {
		t.Errorf("nothing said: %+v", k)
	}
	if k := parked(18, fault.ForeignWrite, raised(models.ExceptionParkedGrowth, "all", 24, 300)); k.injected != 0 || k.wrong != 1 {
		t.Errorf("nineteen: %+v", k)
	}
	if k := parked(30, fault.ReusedID); k.injected != 0 {
		t.Errorf("of one cause: %+v", k)
	}
}

// TestSeriesParksEnoughForItsGrowth holds the series against the bound.
func TestSeriesParksEnoughForItsGrowth(t *testing.T) {
	parks := 0
	for _, b := range newSeries(1) {
		if setsAside(b.fault) {
			parks++
		}
	}
	if parks < manyParked {
		t.Errorf("the series has %d events set aside", parks)
	}
}

func TestSeriesIsTheSameForASeed(t *testing.T) {
	one, same, other := newSeries(7), newSeries(7), newSeries(8)
	differs := false
	for i := range one {
		if one[i] != same[i] {
			t.Fatalf("breakage %d is %+v and %+v", i, one[i], same[i])
		}
		differs = differs || one[i] != other[i]
	}
	if !differs {
		t.Error("another seed breaks the same")
	}
}

func TestAnEmptyShelfIsFoundAndOtherStockoutsFollowFromTrade(t *testing.T) {
	log := []fault.Entry{broken(fault.EmptyShelf, "A/DC-LON", 10, 10), broken(fault.EmptyShelf, "B/DC-MAN", 20, 20)}
	k := judged(log, nil, raised(models.ExceptionStockout, "A|DC-LON", 18, 90), raised(models.ExceptionStockout, "C|DC-LON", 30, 90)).kinds[models.ExceptionStockout]
	if k.injected != 2 || k.found != 1 || k.missed != 1 || k.explained != 1 || k.wrong != 0 || k.percentile(50) != 8*time.Second {
		t.Errorf("score %+v", k)
	}
}

func TestWhatIsDoneByHandIsFoundByItsOwnSubject(t *testing.T) {
	for _, c := range []struct {
		fault, target string
		code          models.ExceptionCode
		key, other    string
	}{
		{goneReplica, "standby_1", models.ExceptionTowerUnwell, "replica|standby_1", "disk|here|/data"},
		{wrongCount, "forecasting", models.ExceptionBooksOff, "forecasting", "erp"},
		{heldTable, "", models.ExceptionBacklog, "realtime", "bulk"},
		{fullShelf, "planner", models.ExceptionFullShelf, "planner", "it"},
	} {
		log := []fault.Entry{broken(c.fault, c.target, 10, 65)}
		if k := judged(log, nil, raised(c.code, c.key, 40, 70)).kinds[c.code]; k.injected != 1 || k.found != 1 || k.wrong != 0 {
			t.Errorf("%s: score %+v", c.fault, k)
		}
		if k := judged(log, nil, raised(c.code, c.other, 40, 70)).kinds[c.code]; k.missed != 1 || k.wrong != 1 {
			t.Errorf("%s, of another: %+v", c.fault, k)
		}
	}
}

func TestAWordThatIsRuledOutIsFoundInItsGroup(t *testing.T) {
	group := raised(models.ExceptionMappingError, "f-1", 12, 300)
	group.Subject.Fingerprint = "f-1"
	w := &witness{broken: start, looked: after(300), alarms: []*alarm{group},
		parked: map[string][]store.ParkedEvent{"f-1": {{Fingerprint: "f-1", Source: ruledSource, ID: "RULED-OUT-1"}}}}
	k := judge(w, []fault.Entry{broken(ruledOut, "RULED-OUT-1", 10, 10), broken(ruledOut, "RULED-OUT-2", 20, 20)}, day).kinds[models.ExceptionMappingError]
	if k.injected != 2 || k.found != 1 || k.missed != 1 || k.wrong != 0 {
		t.Errorf("score %+v", k)
	}
}

func TestAHeldTableHidesWhatDoesNotTakeEffect(t *testing.T) {
	gaps := []*gap{{Gap: erp.Gap{Order: "PO-1", Line: 1, DC: "DC-LON", Short: true}, from: after(20), until: after(60)}}
	s := judged([]fault.Entry{broken(heldTable, "", 10, 65)}, gaps, raised(models.ExceptionSourceSilent, "erp", 45, 70))
	if k := s.kinds[models.ExceptionConfirmationGap]; k.hidden != 1 || k.missed != 0 {
		t.Errorf("a gap meanwhile: %+v", k)
	}
	if k := s.kinds[models.ExceptionSourceSilent]; k.explained != 1 || k.wrong != 0 {
		t.Errorf("a silence meanwhile: %+v", k)
	}
}

// TestWhatLastsByHandIsEndedInTheSeries leaves no table held.
func TestWhatLastsByHandIsEndedInTheSeries(t *testing.T) {
	at := map[string][]time.Duration{}
	for _, b := range newSeries(1) {
		at[b.fault] = append(at[b.fault], b.at)
	}
	for _, name := range []string{goneReplica, wrongCount, heldTable} {
		begun, ended := at[name], at[ends(name)]
		if len(begun) == 0 || len(begun) != len(ended) {
			t.Fatalf("%s begins at %v and ends at %v", name, begun, ended)
		}
		for i := range begun {
			if ended[i] <= begun[i] {
				t.Errorf("%s of %s ends at %s", name, begun[i], ended[i])
			}
		}
	}
}

func TestTheSeriesIsWatchedUntilTheLastOfItIsOver(t *testing.T) {
	if last := lastOver([]breakage{{at: time.Minute, lasts: time.Minute}, {at: 90 * time.Second}}); last != 2*time.Minute {
		t.Errorf("nothing lasts after %s", last)
	}
}
