package gallery

import (
	"fmt"
	"math"
	"time"

	"github.com/a-h/templ"

	"throughline/views/ui"
)

func failedEvent() ui.Waterfall {
	ms := time.Millisecond
	return ui.Waterfall{Stages: []ui.Stage{
		{Name: "Accept", Start: 0, Took: 3 * ms},
		{Name: "Authenticate", Start: 3 * ms, Took: 2 * ms},
		{Name: "Contract", Start: 5 * ms, Took: 9 * ms},
		{Name: "Queue", Start: 14 * ms, Took: 160 * ms},
		{Name: "Transform", Start: 174 * ms, Took: 38 * ms, State: ui.StageFailed, Note: "attempt 3 of 8", Open: &ui.StageDetail{
			Error: "Item 99999Z is not known, so this balance cannot be booked", Code: "TRF-03",
			Next:    "It waits for the item’s master record and is tried again by itself when that arrives. If the number is a typing error, discard it here and correct it in the ERP.",
			Input:   "{\n  \"item\": \"99999Z\",\n  \"dc\": \"DC-LON\",\n  \"on_hand\": \"48\",\n  \"allocated\": \"6\",\n  \"version\": 88121\n}",
			Output:  "reference item:99999Z missing\nasked 14:02:11, 14:02:41, 14:03:41",
			Actions: []templ.Component{ui.Actions([]ui.Action{{Label: "Retry now", URL: "/gallery", Key: "r"}, discard("discard-one")})},
		}},
		{Name: "Apply", State: ui.StageSkipped},
		{Name: "Deliver", State: ui.StageSkipped},
	}}
}

func discard(id string) ui.Action {
	return ui.Action{Label: "Discard…", URL: "/gallery", Tone: ui.Danger, Confirm: &ui.Confirm{
		ID: id, Title: "Discard 41 parked events?", Body: "They will not be applied. You can undo this for 10 minutes.",
		Facts:  []ui.Fact{{Key: "Unknown item", Value: "38"}, {Key: "Bad quantity", Value: "3"}, {Key: "Would have created an order", Value: "0"}},
		Reason: "Reason", Reasons: []string{"Test data", "Corrected at the source", "Duplicate"}, Label: "Discard 41",
	}}
}

func latencyMap() ui.Heatmap {
	h := ui.Heatmap{
		Caption: "Sync latency p95 by DC and hour", Unit: "seconds", RowTitle: "DC",
		Key: []ui.HeatKey{{Level: ui.HeatNone, Text: "nothing to sync"}, {Level: ui.HeatLow, Text: "under 1.7 s"}, {Level: ui.HeatMiddle, Text: "under 3.3 s"}, {Level: ui.HeatHigh, Text: "within 5 s, the target"}, {Level: ui.HeatOver, Text: "over"}, {Level: ui.HeatFar, Text: "over 7.5 s"}, {Level: ui.HeatWorst, Text: "over 15 s"}},
	}
	for hour := range 24 {
		h.Columns = append(h.Columns, fmt.Sprintf("%02d", hour))
	}
	for i, dc := range []string{"DC-BER", "DC-LON", "DC-LYS", "DC-MAN", "DC-ROT", "DC-WAR"} {
		h.Rows = append(h.Rows, heatRow(i, dc))
	}
	return h
}

func heatRow(i int, dc string) ui.HeatRow {
	row := ui.HeatRow{Label: dc, Href: "#"}
	for hour := range 24 {
		seconds := 1 + 2.4*math.Abs(math.Sin(float64(hour)/5+float64(i)))
		if dc == "DC-LON" && hour >= 12 && hour <= 15 {
			seconds = [...]float64{5.8, 9.4, 22, 7.1}[hour-12]
		}
		cell := ui.HeatCell{Value: fmt.Sprintf("%.1f", seconds), Title: fmt.Sprintf("%s %02d:00: %.1f s", dc, hour, seconds), Level: ui.LevelOf(seconds / 5)}
		if dc == "DC-WAR" && hour < 5 {
			cell = ui.HeatCell{Value: "–", Title: fmt.Sprintf("%s %02d:00: nothing to sync", dc, hour)}
		}
		row.Cells = append(row.Cells, cell)
	}
	return row
}

func throughput(now time.Time) ui.TimeSeries {
	chart := ui.TimeSeries{ID: "throughput", Title: "Events per second, applied and due", Unit: "/s", FromZero: true, Series: []ui.Series{{Name: "Applied"}, {Name: "Received a week ago", Dashed: true}}}
	for minute := range 90 {
		chart.Times = append(chart.Times, now.Add(time.Duration(minute-90)*time.Minute).Truncate(time.Minute))
		v := 380 + 60*math.Sin(float64(minute)/9) + 18*math.Sin(float64(minute)/2.3)
		before := 360 + 50*math.Sin(float64(minute)/10+0.4)
		applied := &v
		if minute > 52 && minute < 59 {
			applied = nil
		}
		chart.Series[0].Values = append(chart.Series[0].Values, applied)
		chart.Series[1].Values = append(chart.Series[1].Values, &before)
	}
	return chart
}

func faults() []ui.Fault {
	fault := func(name, effect string) ui.Fault {
		return ui.Fault{Action: ui.Action{Label: name, URL: "/gallery"}, Effect: effect, Ends: "Ends by itself after a minute.", Rate: "only by the button"}
	}
	list := []ui.Fault{
		fault("Stop the ERP for 60 s", "Approved orders wait; nothing is sent twice."),
		fault("Make forecasts late", "Revisions miss their window on the influence board."),
		fault("Send a malformed event", "It is refused with the path of each fault."),
		fault("Send an unknown item", "It waits for its master record."),
		fault("Send everything twice", "Duplicates are counted, nothing changes."),
	}
	list[1].Running = "late for another 48 s"
	return list
}

func history(now time.Time) []ui.TimelineItem {
	return []ui.TimelineItem{
		{At: now.Add(-42 * time.Minute), Title: "Approved", Actor: "Karin Visser", Detail: "Basis was 3 min old"},
		{At: now.Add(-42 * time.Minute), Title: "Sent to the ERP", Actor: "attempt 1", Detail: "The ERP did not answer within 10 s", Mark: ui.MarkFailed},
		{At: now.Add(-12 * time.Minute), Title: "Asked the ERP by our reference", Actor: "TL-REC-20841", Detail: "It has no such order, so it is safe to send again"},
		{At: now.Add(-11 * time.Minute), Title: "Sent to the ERP", Actor: "attempt 2", Mark: ui.MarkWaiting},
		{Title: "No order number", Detail: "due 40 min ago", Mark: ui.MarkMissing},
	}
}
