package store

import (
	"strconv"
	"strings"

	"github.com/shopspring/decimal"
)

// column gathers one column of rows as an array parameter of unnest.
func column[R, V any](rows []R, value func(*R) V) []V {
	out := make([]V, len(rows))
	for i := range rows {
		out[i] = value(&rows[i])
	}
	return out
}

// decimals gathers a numeric column as an array literal, which Postgres reads
// without a detour over binary big integers.
func decimals[R any](rows []R, value func(*R) decimal.Decimal) string {
	var b strings.Builder
	b.Grow(len(rows)*8 + 2)
	b.WriteByte('{')
	for i := range rows {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(value(&rows[i]).String())
	}
	b.WriteByte('}')
	return b.String()
}

// nullDecimals is decimals with NULL where value gives nil.
func nullDecimals[R any](rows []R, value func(*R) *decimal.Decimal) string {
	var b strings.Builder
	b.WriteByte('{')
	for i := range rows {
		if i > 0 {
			b.WriteByte(',')
		}
		if d := value(&rows[i]); d != nil {
			b.WriteString(d.String())
		} else {
			b.WriteString("NULL")
		}
	}
	b.WriteByte('}')
	return b.String()
}

// decimalArray is one numeric[] as a literal.
func decimalArray(ds []decimal.Decimal) string {
	return decimals(ds, func(d *decimal.Decimal) decimal.Decimal { return *d })
}

// integerArray is one bigint[] as a literal.
func integerArray(values []int64) string {
	b := []byte{'{'}
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, v, 10)
	}
	return string(append(b, '}'))
}

// optional is nil for the zero value, which becomes NULL.
func optional[V comparable](v V) *V {
	var zero V
	if v == zero {
		return nil
	}
	return &v
}
