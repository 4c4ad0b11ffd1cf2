package models_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"throughline/models"
)

func stock(onHand, allocated, version int64) models.StockFigure {
	return models.StockFigure{OnHand: decimal.NewFromInt(onHand), Allocated: decimal.NewFromInt(allocated), Version: version}
}

func line(version int64, kind, document string, onHand, allocated int64) models.StockLine {
	return models.StockLine{
		Version: version, Kind: kind, Document: document, OnHandDelta: decimal.NewFromInt(onHand), AllocatedDelta: decimal.NewFromInt(allocated),
	}
}

func TestADifferenceHasItsCause(t *testing.T) {
	receipt := []models.StockLine{line(3, "sale", "SO-1", -5, -5), line(4, "receipt", "PO-7", 24, 0)}
	tellCauses(t, []causeCase{
		{"both agree", models.DriftEvidence{Theirs: stock(5, 1, 3), Ours: stock(5, 1, 2)}, models.DriftAgrees, ""},
		{"an event waits here", models.DriftEvidence{Theirs: stock(5, 0, 3), Ours: stock(6, 0, 2), Pending: true}, models.DriftInFlight, "not taken effect"},
		{"a copy's delivery is under way", models.DriftEvidence{Theirs: stock(5, 0, 3), Ours: stock(6, 0, 2), Undelivered: true}, models.DriftInFlight, "not been delivered"},
		{"the tower is behind", models.DriftEvidence{Theirs: stock(5, 0, 3), Ours: stock(6, 0, 2), Behind: true}, models.DriftInFlight, "not at the owner's version"},
		{"the copy has lost it", models.DriftEvidence{Theirs: stock(5, 0, 3), Lost: true}, models.DriftLost, "version 3"},
		{"the copy does not keep what is nothing", models.DriftEvidence{Theirs: stock(0, 0, 3), Lost: true}, models.DriftAgrees, ""},
		{"a position of nothing never came", models.DriftEvidence{Theirs: stock(0, 0, 1), Unheard: true}, models.DriftMissingEvent, "version 1"},
		{"a position of nothing is about to come", models.DriftEvidence{Theirs: stock(0, 0, 1), Unheard: true, Young: true}, models.DriftInFlight, "may still come"},
		{"ours moved", models.DriftEvidence{Theirs: stock(5, 0, 3), Ours: stock(6, 0, 4)}, models.DriftInFlight, "moved"},
		{"the owner is just ahead", models.DriftEvidence{Theirs: stock(5, 0, 4), Ours: stock(6, 0, 3), Young: true}, models.DriftInFlight, "may still come"},
		{"the owner is ahead", models.DriftEvidence{Theirs: stock(5, 0, 4), Ours: stock(6, 0, 3), Still: true}, models.DriftMissingEvent, "version 4"},
		{"the owner booked a sale", models.DriftEvidence{
			Theirs: stock(5, 0, 4), Ours: stock(6, 0, 3), TheirLines: []models.StockLine{line(4, "sale", "SO-2", -1, 0)},
		}, models.DriftMissingEvent, ""},
		{"the owner booked a correction", models.DriftEvidence{
			Theirs: stock(5, 0, 4), Ours: stock(6, 0, 3), TheirLines: []models.StockLine{line(4, "adjustment", "CNT-9", -1, 0)},
		}, models.DriftManualEdit, "adjustment CNT-9 (−1)"},
		{"a correction that came", models.DriftEvidence{
			Theirs: stock(5, 0, 4), Ours: stock(6, 0, 3), TheirLines: []models.StockLine{line(3, "adjustment", "CNT-9", -1, 0)},
		}, models.DriftMissingEvent, ""},
		{"only allocated differs", models.DriftEvidence{Theirs: stock(9, 2, 3), Ours: stock(9, 4, 3), Still: true}, models.DriftAllocationRule, "On hand is equal"},
		{"available is equal", models.DriftEvidence{Theirs: stock(7, 2, 3), Ours: stock(9, 4, 3), Still: true}, models.DriftAllocationRule, "Available is equal"},
		{"we count packs", models.DriftEvidence{Theirs: stock(60, 0, 3), Ours: stock(10, 0, 3), Pack: decimal.NewFromInt(6)}, models.DriftUnitOfMeasure, "times 6"},
		{"they count packs", models.DriftEvidence{Theirs: stock(10, 0, 3), Ours: stock(60, 0, 3), Pack: decimal.NewFromInt(6)}, models.DriftUnitOfMeasure, "the owner counts packs"},
		{"a pack of one proves nothing", models.DriftEvidence{Theirs: stock(8, 0, 3), Ours: stock(9, 0, 3), Pack: decimal.NewFromInt(1)}, models.DriftUnexplained, ""},
		{"units differ", models.DriftEvidence{Theirs: stock(10, 0, 3), Ours: stock(61, 0, 3), TheirUnit: "CS", OurUnit: "EA"}, models.DriftUnitOfMeasure, "CS"},
		{"posted twice here", models.DriftEvidence{Theirs: stock(19, 0, 4), Ours: stock(43, 0, 4), OurLines: receipt}, models.DriftDoublePost, "receipt PO-7 (+24) once more: it is counted twice here"},
		{"posted twice there", models.DriftEvidence{Theirs: stock(67, 0, 4), Ours: stock(43, 0, 4), OurLines: receipt}, models.DriftDoublePost, "the owner counts it twice"},
		{"a document posted twice", models.DriftEvidence{
			Theirs: stock(0, 0, 4), Ours: stock(30, 0, 4), OurLines: []models.StockLine{line(3, "receipt", "PO-7", 20, 0), line(4, "receipt", "PO-7", 10, 0)},
		}, models.DriftDoublePost, "receipt PO-7 (+30)"},
		{"the same posting under two versions", models.DriftEvidence{
			Theirs: stock(24, 0, 4), Ours: stock(48, 0, 5), Still: true,
			OurLines: []models.StockLine{line(4, "receipt", "PO-7", 24, 0), line(5, "receipt", "PO-7", 24, 0)},
		}, models.DriftDoublePost, "counted twice here"},
		{"two movements would do", models.DriftEvidence{
			Theirs: stock(19, 0, 4), Ours: stock(43, 0, 4), OurLines: append(receipt, line(2, "receipt", "PO-3", 24, 0)),
		}, models.DriftUnexplained, ""},
		{"a restated balance is no posting", models.DriftEvidence{
			Theirs: stock(19, 0, 4), Ours: stock(43, 0, 4), OurLines: []models.StockLine{line(4, "balance", "", 24, 0)},
		}, models.DriftUnexplained, "no rule does"},
	})
}

// What our newest balance does not restate and later changes have passed never came.
func TestAChangeThatWasPassedOverNeverCame(t *testing.T) {
	tellCauses(t, []causeCase{
		{"a later change came", models.DriftEvidence{
			Theirs: stock(7, 0, 3), Ours: stock(8, 0, 3), OurLines: []models.StockLine{line(1, "balance", "", 9, 0), line(3, "sale", "SO-3", -1, 0)},
			TheirLines: []models.StockLine{line(2, "sale", "SO-2", -1, 0), line(3, "sale", "SO-3", -1, 0)},
		}, models.DriftMissingEvent, "sale SO-2 (−1) at version 2 never came"},
		{"a later change came and our lines reach back to no balance", models.DriftEvidence{
			Theirs: stock(7, 0, 7), Ours: stock(8, 0, 7), OurBase: 4, OurLines: []models.StockLine{line(5, "sale", "SO-5", -1, 0), line(7, "sale", "SO-7", -1, 0)},
			TheirLines: []models.StockLine{line(4, "sale", "SO-4", -1, 0), line(5, "sale", "SO-5", -1, 0), line(6, "sale", "SO-6", -1, 0), line(7, "sale", "SO-7", -1, 0)},
		}, models.DriftMissingEvent, "sale SO-6 (−1) at version 6 never came"},
		{"later changes came and never a balance", models.DriftEvidence{
			Theirs: stock(26, 0, 3), Ours: stock(-14, 0, 3), OurLines: []models.StockLine{line(3, "sale", "SO-3", -14, 0)},
			TheirLines: []models.StockLine{line(1, "balance", "", 40, 0), line(3, "sale", "SO-3", -14, 0)},
		}, models.DriftMissingEvent, "balance (+40) at version 1 never came"},
		{"our newest balance says it too", models.DriftEvidence{
			Theirs: stock(7, 0, 3), Ours: stock(8, 0, 3), OurLines: []models.StockLine{line(1, "balance", "", 9, 0), line(3, "balance", "", -1, 0)},
			TheirLines: []models.StockLine{line(2, "sale", "SO-2", -1, 0), line(3, "sale", "SO-3", -1, 0)},
		}, models.DriftUnexplained, ""},
	})
}

// causeCase is a difference with its cause and words of what that rests on.
type causeCase struct {
	name  string
	seen  models.DriftEvidence
	cause models.DriftCause
	why   string
}

func tellCauses(t *testing.T, tests []causeCase) {
	t.Helper()
	for _, test := range tests {
		cause, why := test.seen.Cause()
		if cause != test.cause || !strings.Contains(why, test.why) || (why == "") != (cause == models.DriftAgrees) {
			t.Errorf("%s: %q because %q, want %q because %q", test.name, cause, why, test.cause, test.why)
		}
	}
}

// history is a ledger of some movements, each of its own document and size, and
// what stands after it. No sum of two sizes is a size, and none comes near the
// stock, so that what is injected cannot look like something else.
func history(r *rand.Rand) (lines []models.StockLine, after models.StockFigure) {
	kinds := []string{"sale", "receipt", "transfer_out", "transfer_in"}
	sizes := r.Perm(40)
	onHand, version := int64(5000+r.IntN(5000)), int64(1)
	for i := range 1 + r.IntN(20) {
		version++
		delta := int64(101 + 2*sizes[i]) // odd: two of them are even
		if r.IntN(2) == 0 {
			delta = -delta - 1 // even, and of no positive one's size
		}
		onHand += delta
		lines = append(lines, line(version, kinds[r.IntN(len(kinds))], fmt.Sprintf("D-%d", i), delta, 0))
	}
	return lines, stock(onHand, int64(r.IntN(100)), version)
}

// Whatever the history of a key, a cause that is injected is the cause that is told.
func TestAnInjectedCauseIsFound(t *testing.T) {
	inject := map[models.DriftCause]func(r *rand.Rand, e *models.DriftEvidence){
		models.DriftInFlight: func(_ *rand.Rand, e *models.DriftEvidence) {
			e.Theirs.OnHand, e.Pending = e.Theirs.OnHand.Add(decimal.NewFromInt(1)), true
		},
		models.DriftMissingEvent: func(r *rand.Rand, e *models.DriftEvidence) {
			lost := line(e.Ours.Version+1, "sale", "LOST", -1-int64(r.IntN(50)), 0)
			e.Theirs.OnHand, e.Theirs.Version = e.Theirs.OnHand.Add(lost.OnHandDelta), lost.Version
			e.TheirLines = append(e.TheirLines, lost)
		},
		models.DriftManualEdit: func(r *rand.Rand, e *models.DriftEvidence) {
			edit := line(e.Ours.Version+1, "adjustment", "", -1-int64(r.IntN(50)), 0)
			e.Theirs.OnHand, e.Theirs.Version = e.Theirs.OnHand.Add(edit.OnHandDelta), edit.Version
			e.TheirLines = append(e.TheirLines, edit)
		},
		models.DriftDoublePost: func(r *rand.Rand, e *models.DriftEvidence) {
			twice := e.OurLines[r.IntN(len(e.OurLines))]
			if r.IntN(2) == 0 {
				e.Ours.OnHand = e.Ours.OnHand.Add(twice.OnHandDelta)
			} else {
				e.Theirs.OnHand = e.Theirs.OnHand.Add(twice.OnHandDelta)
			}
		},
		models.DriftUnitOfMeasure: func(r *rand.Rand, e *models.DriftEvidence) {
			e.Pack = decimal.NewFromInt(int64(2 + r.IntN(48)))
			e.Theirs.OnHand = e.Ours.OnHand.Mul(e.Pack)
		},
		models.DriftAllocationRule: func(r *rand.Rand, e *models.DriftEvidence) {
			picked := decimal.NewFromInt(int64(1 + r.IntN(30)))
			e.Theirs.Allocated = e.Theirs.Allocated.Add(picked)
			if r.IntN(2) == 0 {
				e.Theirs.OnHand = e.Theirs.OnHand.Add(picked)
			}
		},
		models.DriftOnlyHere: func(_ *rand.Rand, e *models.DriftEvidence) {
			e.Theirs, e.Gone = models.StockFigure{}, true
		},
		models.DriftLost: func(_ *rand.Rand, e *models.DriftEvidence) {
			e.Ours, e.Lost = models.StockFigure{}, true
		},
		models.DriftUnexplained: func(r *rand.Rand, e *models.DriftEvidence) {
			e.Theirs.OnHand = e.Theirs.OnHand.Add(decimal.NewFromInt(int64(1 + r.IntN(99)))) // smaller than any movement
		},
	}
	if len(inject) != len(models.DriftCauses()) {
		t.Fatalf("%d causes are injected of %d", len(inject), len(models.DriftCauses()))
	}
	for cause, spoil := range inject {
		for seed := range uint64(500) {
			r := rand.New(rand.NewPCG(seed, 7))
			lines, after := history(r)
			seen := models.DriftEvidence{
				Theirs: after, Ours: after, TheirUnit: "EA", OurUnit: "EA", Pack: decimal.NewFromInt(6), Still: true, OurLines: lines,
			}
			spoil(r, &seen)
			if got, why := seen.Cause(); got != cause {
				t.Fatalf("seed %d: injected %s, told %s: %s\n%+v", seed, cause, got, why, seen)
			}
		}
	}
}
