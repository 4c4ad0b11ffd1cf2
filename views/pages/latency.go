package pages

import (
	"throughline/views/layout"
	"throughline/views/ui"
)

// Latency is how soon events take effect, by DC and entity.
type Latency struct {
	Page   layout.Page
	Self   string
	Topics string     // whose hints read it again; empty for a period that is past
	Clocks *ui.Notice // of sources whose clock is ahead
	Tabs   []ui.Tab   // quick choices of a period
	Period PeriodForm
	Matrix ui.Heatmap
	Pairs  ui.Table
	Panel  *LatencyPanel
}

// LatencyPanel is an entity at a DC in full.
type LatencyPanel struct {
	Panel   ui.Panel
	Facts   []ui.KeyValue
	Steps   ui.Waterfall
	Course  ui.TimeSeries
	Slowest ui.Table
}

// PeriodForm lets a reader choose any period.
type PeriodForm struct {
	Action   string
	Keep     []ui.Field // what else the address holds
	From, To string     // minutes in UTC, as the fields of a form hold them
}
