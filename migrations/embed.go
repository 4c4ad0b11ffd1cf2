// Package migrations holds the schema as goose SQL files, applied in order.
package migrations

import "embed"

// FS holds every migration file.
//
//go:embed *.sql
var FS embed.FS
