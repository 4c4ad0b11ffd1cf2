package store

import (
	"cmp"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"throughline/models"
)

func writeMasters(b *pgx.Batch, e *Effects, at time.Time) {
	writeItems(b, e.Items, at)
	writeSuppliers(b, e.Suppliers, at)
	writeLocations(b, e.Locations, at)
}

func writeItems(b *pgx.Batch, rows []Fact[models.ItemChanged], at time.Time) {
	type row = Fact[models.ItemChanged]
	if len(rows) == 0 {
		return
	}
	slices.SortFunc(rows, func(x, y row) int { return cmp.Compare(x.Data.Item, y.Data.Item) })
	b.Queue(`
		INSERT INTO items (item, description, unit, pack_size, moq, unit_cost, unit_price, currency, abc_class, supplier, gtin, category, version, content_hash, seq, updated_at)
		SELECT u.*, $16 FROM unnest($1::text[], $2::text[], $3::text[], $4::numeric[], $5::numeric[], $6::numeric[], $7::numeric[],
			$8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::bigint[], $14::uuid[], $15::bigint[]) AS u
		ON CONFLICT (item) DO UPDATE SET description = EXCLUDED.description, unit = EXCLUDED.unit, pack_size = EXCLUDED.pack_size,
			moq = EXCLUDED.moq, unit_cost = EXCLUDED.unit_cost, unit_price = EXCLUDED.unit_price, currency = EXCLUDED.currency,
			abc_class = EXCLUDED.abc_class, supplier = EXCLUDED.supplier, gtin = EXCLUDED.gtin, category = EXCLUDED.category, version = EXCLUDED.version,
			content_hash = EXCLUDED.content_hash, seq = EXCLUDED.seq, updated_at = EXCLUDED.updated_at`,
		column(rows, func(r *row) string { return r.Data.Item }),
		column(rows, func(r *row) string { return r.Data.Description }),
		column(rows, func(r *row) string { return r.Data.Unit }),
		decimals(rows, func(r *row) decimal.Decimal { return r.Data.PackSize }),
		decimals(rows, func(r *row) decimal.Decimal { return r.Data.MOQ }),
		decimals(rows, func(r *row) decimal.Decimal { return r.Data.UnitCost }),
		decimals(rows, func(r *row) decimal.Decimal { return r.Data.UnitPrice }),
		column(rows, func(r *row) string { return r.Data.Currency }),
		column(rows, func(r *row) string { return r.Data.ABCClass }),
		column(rows, func(r *row) string { return r.Data.Supplier }),
		column(rows, func(r *row) string { return string(r.Data.GTIN) }),
		column(rows, func(r *row) string { return r.Data.Category }),
		column(rows, func(r *row) int64 { return r.Data.Version }),
		column(rows, func(r *row) Hash { return r.Hash }),
		column(rows, func(r *row) int64 { return r.Event.Seq }), at)
}

func writeSuppliers(b *pgx.Batch, rows []Fact[models.SupplierChanged], at time.Time) {
	type row = Fact[models.SupplierChanged]
	if len(rows) == 0 {
		return
	}
	slices.SortFunc(rows, func(x, y row) int { return cmp.Compare(x.Data.Supplier, y.Data.Supplier) })
	b.Queue(`
		INSERT INTO suppliers (supplier, name, lead_time_days, cut_off, currency, status, version, content_hash, seq, updated_at)
		SELECT u.*, $10 FROM unnest($1::text[], $2::text[], $3::numeric[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::uuid[], $9::bigint[]) AS u
		ON CONFLICT (supplier) DO UPDATE SET name = EXCLUDED.name, lead_time_days = EXCLUDED.lead_time_days,
			cut_off = EXCLUDED.cut_off, currency = EXCLUDED.currency, status = EXCLUDED.status, version = EXCLUDED.version,
			content_hash = EXCLUDED.content_hash, seq = EXCLUDED.seq, updated_at = EXCLUDED.updated_at`,
		column(rows, func(r *row) string { return r.Data.Supplier }),
		column(rows, func(r *row) string { return r.Data.Name }),
		decimals(rows, func(r *row) decimal.Decimal { return r.Data.LeadTimeDays }),
		column(rows, func(r *row) string { return r.Data.CutOff }),
		column(rows, func(r *row) string { return r.Data.Currency }),
		column(rows, func(r *row) string { return string(cmp.Or(r.Data.Status, models.SupplierActive)) }),
		column(rows, func(r *row) int64 { return r.Data.Version }),
		column(rows, func(r *row) Hash { return r.Hash }),
		column(rows, func(r *row) int64 { return r.Event.Seq }), at)
}

func writeLocations(b *pgx.Batch, rows []Fact[models.LocationChanged], at time.Time) {
	type row = Fact[models.LocationChanged]
	if len(rows) == 0 {
		return
	}
	slices.SortFunc(rows, func(x, y row) int { return cmp.Compare(x.Data.DC, y.Data.DC) })
	b.Queue(`
		INSERT INTO locations (dc, name, time_zone, version, content_hash, seq, updated_at)
		SELECT u.*, $7 FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::uuid[], $6::bigint[]) AS u
		ON CONFLICT (dc) DO UPDATE SET name = EXCLUDED.name, time_zone = EXCLUDED.time_zone, version = EXCLUDED.version,
			content_hash = EXCLUDED.content_hash, seq = EXCLUDED.seq, updated_at = EXCLUDED.updated_at`,
		column(rows, func(r *row) string { return r.Data.DC }),
		column(rows, func(r *row) string { return r.Data.Name }),
		column(rows, func(r *row) string { return r.Data.TimeZone }),
		column(rows, func(r *row) int64 { return r.Data.Version }),
		column(rows, func(r *row) Hash { return r.Hash }),
		column(rows, func(r *row) int64 { return r.Event.Seq }), at)
}
