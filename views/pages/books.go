package pages

import (
	"throughline/views/layout"
	"throughline/views/ui"
)

// Books is the account of every accepted event by source.
type Books struct {
	Page        layout.Page
	Total       ui.Books
	Sources     ui.Table
	Audit       *ui.Action // none for a reader who may not
	Recount     *ui.Table  // after an audit
	RecountNote string
	LastRecount ui.Notice   // shown until then
	Frozen      []ui.Notice // why retention takes nothing
	Kept        ui.Table    // each kind of data, for how long and since when
	Retired     ui.Table    // the days that are gone from the log
}
