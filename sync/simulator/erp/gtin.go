package erp

import (
	"fmt"

	"throughline/models"
	"throughline/sync/simulator/chance"
)

// ownGTIN numbers an item in the range that GS1 leaves to a company's own use
// (prefix 20): the catalogue of the demo has no numbers of its makers.
func ownGTIN(item string) models.GTIN {
	return models.NewGTIN(fmt.Sprintf("20%010d", chance.Of(item, "gtin")%10_000_000_000))
}
