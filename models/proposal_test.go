package models_test

import (
	"testing"

	"throughline/models"
)

func TestProposalMoves(t *testing.T) {
	states := []models.ProposalState{
		models.ProposalWaiting, models.ProposalApproved, models.ProposalRejected,
		models.ProposalSuperseded, models.ProposalOrdered, models.ProposalFailed,
	}
	allowed := map[[2]models.ProposalState]bool{
		{models.ProposalWaiting, models.ProposalApproved}:   true,
		{models.ProposalWaiting, models.ProposalRejected}:   true,
		{models.ProposalWaiting, models.ProposalSuperseded}: true,
		{models.ProposalApproved, models.ProposalOrdered}:   true,
		{models.ProposalApproved, models.ProposalFailed}:    true,
		{models.ProposalApproved, models.ProposalRejected}:  true,
		{models.ProposalFailed, models.ProposalApproved}:    true,
		{models.ProposalFailed, models.ProposalOrdered}:     true,
		{models.ProposalFailed, models.ProposalRejected}:    true,
	}
	for _, from := range states {
		for _, to := range states {
			if got, want := from.CanBecome(to), allowed[[2]models.ProposalState{from, to}]; got != want {
				t.Errorf("%s to %s: %v, want %v", from, to, got, want)
			}
		}
	}
	for _, final := range []models.ProposalState{models.ProposalRejected, models.ProposalSuperseded, models.ProposalOrdered} {
		if !final.Final() {
			t.Errorf("%s is not final", final)
		}
	}
}
