package store

import (
	"gorm.io/gorm"

	"throughline/models"
)

// placeKnown reports whether an item at a DC has a chain.
func placeKnown(db *gorm.DB, item, dc string) (bool, error) {
	if item == "" || dc == "" {
		return false, nil
	}
	_, found, err := newestAt(db, item, dc, nil)
	return found, err
}

// readChained says which parts of an exception's subject have a chain, as
// Chains.Find would resolve them.
func readChained(db *gorm.DB, d *models.ExceptionDetail) (err error) {
	s := d.Subject
	if s.DC == "" && s.Item != "" {
		_, d.PlaceHasChain, err = byItem(db, s.Item)
	} else {
		d.PlaceHasChain, err = placeKnown(db, s.Item, s.DC)
	}
	if err == nil && s.Recommendation != "" {
		_, d.ProposalHasChain, err = byRecommendation(db, s.Recommendation)
	}
	if err == nil && s.Document != "" {
		_, d.OrderHasChain, err = byOrder(db, s.Document)
	}
	return err
}
