package app

import (
	"context"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"throughline/models"
	"throughline/models/store"
)

// PrintOwners lists who may change what.
func PrintOwners(ctx context.Context, db *store.DB, out io.Writer) error {
	owners, err := store.NewOwners(db).List(ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "ENTITY\tRECORD\tOWNER\tSINCE") // Flush tells what could not be written
	for _, o := range owners {
		record := o.Record
		if record == "" {
			record = "(all others)"
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", o.Entity, record, o.Source, o.Since.UTC().Format("2006-01-02 15:04 UTC"))
	}
	return table.Flush()
}

// SetOwner gives an entity or one record of it to a source.
func SetOwner(ctx context.Context, db *store.DB, to models.Owner, reason string) error {
	return store.NewOwners(db).Set(ctx, to, "command line", reason)
}

// claimDemoEntities says once which of the demo's systems owns what; what was
// changed since stays.
func claimDemoEntities(ctx context.Context, db *store.DB) error {
	owned := map[string][]string{"forecasting": {"forecast"}, "replenishment": {"replenishment"}}
	for _, entity := range models.Entities(models.EventTypes()...) {
		if !slices.Contains(owned["forecasting"], entity) && !slices.Contains(owned["replenishment"], entity) {
			owned["erp"] = append(owned["erp"], entity)
		}
	}
	for source, entities := range owned {
		if err := store.NewOwners(db).Claim(ctx, source, entities...); err != nil {
			return err
		}
	}
	return nil
}
