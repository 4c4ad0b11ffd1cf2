package main

import (
	"testing"

	"github.com/shopspring/decimal"

	"throughline/models"
	"throughline/sync/simulator"
)

// offerOf is a recommendation of 100 in packs of ten, of which stock fell by so many.
func offerOf(recommendation string, fell int64) simulator.Offer {
	revision := int64(3)
	return simulator.Offer{
		Recommendation: recommendation, OrderBy: start,
		Stamp: models.BasisStamp{ForecastRevision: &revision, Stock: &models.StockBasis{Version: 5, AsOf: start, Quantity: decimal.NewFromInt(80)}},
		Facts: models.BasisFacts{
			At: start, Recommended: decimal.NewFromInt(100), Pack: decimal.NewFromInt(10), StockVersion: 6, NetMovement: decimal.NewFromInt(-fell),
		},
	}
}

func judgedOffers(note func(*staleness), alarms ...*alarm) *score {
	w := &witness{broken: start, looked: after(300), alarms: alarms, stale: newStaleness()}
	note(&w.stale)
	return judge(w, nil, day).kinds[models.ExceptionStaleBasis]
}

func about(recommendation string, from, until int) *alarm {
	a := raised(models.ExceptionStaleBasis, recommendation, from, until)
	a.Subject.Recommendation = recommendation
	return a
}

func TestARecommendationIsStaleWhileItsSystemsSaySo(t *testing.T) {
	note := func(s *staleness) {
		for at := 10; at <= 70; at += 3 {
			s.note(offerOf("R-1", 40), "DC-LON", after(at), start)
			s.note(offerOf("R-2", 40), "DC-LON", after(at), start)
			s.note(offerOf("R-3", 8), "DC-LON", after(at), start) // within one pack
		}
	}
	k := judgedOffers(note, about("R-1", 16, 80), about("R-3", 16, 80))
	if k.injected != 2 || k.found != 1 || k.missed != 1 || k.wrong != 1 {
		t.Errorf("score %+v", k)
	}
}

func TestAStaleBasisThatCostsLittleAndCanWaitIsOnlyLogged(t *testing.T) {
	k := judgedOffers(func(s *staleness) {
		for at := 10; at <= 70; at += 3 {
			far, half := offerOf("R-1", 40), offerOf("R-2", 60)
			far.OrderBy, half.OrderBy = start.Add(models.WeekBound), start.Add(models.WeekBound)
			s.note(far, "DC-LON", after(at), start)
			s.note(half, "DC-LON", after(at), start) // wrong by more than half
		}
	})
	if k.injected != 1 || k.missed != 1 {
		t.Errorf("score %+v", k)
	}
}

func TestAStaleBasisThatComesBackAtOnceIsHidden(t *testing.T) {
	k := judgedOffers(func(s *staleness) {
		s.note(offerOf("R-1", 40), "DC-LON", after(10), start)
		s.note(offerOf("R-1", 0), "DC-LON", after(13), start)
		s.note(offerOf("R-1", 40), "DC-LON", after(100), start)
	})
	if k.injected != 2 || k.hidden != 2 {
		t.Errorf("score %+v", k)
	}
}

func TestAnAlarmOfAnOfferThatWasOvertakenIsNeitherRightNorWrong(t *testing.T) {
	note := func(s *staleness) {
		o := offerOf("R-1", 40)
		o.Revised = true
		s.note(o, "DC-LON", after(50), start)
		s.overtake("R-2", after(50)) // replaced
	}
	if k := judgedOffers(note, about("R-1", 52, 80), about("R-2", 52, 80)); k.injected != 0 || k.explained != 2 || k.wrong != 0 {
		t.Errorf("score %+v", k)
	}
	if k := judgedOffers(note, about("R-1", 10, 30)); k.wrong != 1 {
		t.Errorf("before it was revised: %+v", k)
	}
}

func TestAnOfferThatIsReplacedBetweenTwoLooksIsOvertaken(t *testing.T) {
	kept := offerOf("R-2", 8)
	note := func(s *staleness) {
		s.compare(map[string]string{"R-1": "DC-LON", "R-2": "DC-LON"}, []simulator.Offer{offerOf("R-1", 8), kept}, after(50), start)
		s.compare(nil, []simulator.Offer{kept}, after(53), start) // R-2 was decided, and no other has its place
	}
	if k := judgedOffers(note, about("R-1", 51, 53), about("R-2", 51, 53)); k.injected != 0 || k.explained != 1 || k.wrong != 1 {
		t.Errorf("score %+v", k)
	}
}
