package pages

import (
	"throughline/views/layout"
	"throughline/views/ui"
)

// Latency is how soon events take effect, by DC and entity.
type Latency struct {
	Page   layout.Page
	Self   string
	Topics string
	Clocks *ui.Notice // of sources whose clock is ahead
	Tabs   []ui.Tab   // the periods
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
