package main

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"time"
)

// report writes the document.
func report(out io.Writer, o options, live, nightly *outcome) {
	p := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format+"\n", args...) }
	p("# Before and after\n")
	p("The same three systems trade the same week twice: once they tell the tower what happens as it happens, once they exchange files, one a business night. "+
		"This is how often data came and how old it was when something was computed or decided from it. "+
		"`make exchange` writes this page anew: real program, real Postgres, simulated systems over HTTP, all on one machine of %d processors.\n", runtime.NumCPU())
	p("`throughline demo --exchange nightly` shows the before. All times are business time; a business day lasts %.0f s here. Seed %d, no faults.\n", o.day.Seconds(), o.seed)
	p("%s\n", result(live, nightly))
	p("| | live | nightly |")
	p("|---|---:|---:|")
	row := func(name, a, b string) { p("| %s | %s | %s |", name, a, b) }
	ages := func(who string, a, b *inputs) {
		row("age of the stock figure, "+who, a.stock.text(), b.stock.text())
		row("age of the forecast, "+who, a.forecast.text(), b.forecast.text())
		row("stock figure overtaken, "+who, percent(len(a.overtaken.all), a.all), percent(len(b.overtaken.all), b.all))
		row("overtaken for how long, "+who, a.overtaken.text(), b.overtaken.text())
	}
	row("newest stock figure of a DC, seen from 08:00 to 18:00", live.seen.text(), nightly.seen.text())
	ages("at an evaluation", &live.evaluations, &nightly.evaluations)
	ages("at an approval by policy", &live.policy, &nightly.policy)
	ages("at an approval by people", &live.people, &nightly.people)
	row("CURRENT / AGED / SUPERSEDED on arrival", live.arrival.text(), nightly.arrival.text())
	row("CURRENT / AGED / SUPERSEDED at approval by policy", live.byPolicy.text(), nightly.byPolicy.text())
	row("CURRENT / AGED / SUPERSEDED at approval by people", live.byPeople.text(), nightly.byPeople.text())
	row("from a forecast revision to its effect in the tower", live.inEffect.text(), nightly.inEffect.text())
	row("from a forecast revision to the evaluation that used it", live.used.text(), nightly.used.text())
	row("revisions used by an evaluation", percent(len(live.used.all), live.revisions), percent(len(nightly.used.all), nightly.revisions))
	p("\nTwo durations are the median and the 95th percentile.\n")
	p("## Cadence\n")
	p("The typical wait for the next row of an entity at a DC.\n")
	cadences(p, live.cadence, nightly.cadence)
	method(p, live, nightly)
}

// result says in a sentence what the table comes to.
func result(live, nightly *outcome) string {
	median := func(s *spread) string { return hours(s.quantile(0.5)) }
	return fmt.Sprintf("Who looked at a DC's stock in working hours saw a figure of %s before where it is %s now. "+
		"An evaluation worked from stock that the shelf had overtaken in %.0f %% of the cases, where it is %.0f %% now, and a new forecast waited %s for one, where it is %s now.",
		median(&nightly.seen), median(&live.seen), nightly.evaluations.overtakenShare(), live.evaluations.overtakenShare(),
		median(&nightly.used), median(&live.used))
}

func (in *inputs) overtakenShare() float64 {
	return 100 * float64(len(in.overtaken.all)) / float64(max(in.all, 1))
}

func cadences(p func(string, ...any), live, nightly cadence) {
	columns := dcs(live, nightly)
	p("| system | entity | | %s |", strings.Join(columns, " | "))
	p("|---|---|---|%s", strings.Repeat("---:|", len(columns)))
	for _, f := range feeds(live, nightly) {
		p("| %s | %s | live | %s |", f.source, f.entity, waits(live[f], columns))
		p("| | | nightly | %s |", waits(nightly[f], columns))
	}
}

func waits(at map[string]time.Duration, columns []string) string {
	cells := make([]string, len(columns))
	for i, dc := range columns {
		cells[i] = "none came"
		if wait, ok := at[dc]; ok {
			cells[i] = hours(wait)
		}
	}
	return strings.Join(cells, " | ")
}

func method(p func(string, ...any), live, nightly *outcome) {
	p("\n## How it is counted\n")
	p("- **The week** is from Monday to Friday, after a weekend in which the tower takes in its first state. What happened in it is read from the tower's database after the night that follows it.")
	p("- **The nights**: the ERP writes its file at 22:00. Forecasting imports at 02:00 what the tower has delivered by then, computes and writes its file; replenishment does so at 05:00. Everything else is the same in both.")
	p("- **Age of the stock figure** runs from the last posting in the figure that the evaluation names as its basis. It grows too while nothing happens on the shelf, so slow articles look old in both.")
	p("- **Overtaken** says it without that: by the time of the evaluation or decision the shelf had moved and the figure did not have it. It is judged in hindsight, by when the ERP posted it. **For how long** is the time from the first such posting, of those that were overtaken.")
	p("- **Age of the forecast** runs from the publication of the revision. A forecast that has not changed is not published again for ten days or more, in either. Live, the forecasts of a DC are made anew once a day too, one DC after the other: what differs is how soon they are used.")
	p("- **Verdicts** are the tower's own, from what it knew at that moment: what still waits for the night's file it cannot hold against a basis. On arrival of a recommendation and by policy a figure is AGED after ten minutes of real time, which a week this short never reaches; at an approval by people after a day of business time. The policy approves only what is CURRENT.")
	p("- **People** are stood in for: at 10:00 and at 15:00 of a working day everything that waits is approved as recommended, whatever its basis, by the same door as a click. What reaches them is what the policy left, a dozen or two: their shares are those of few, and the two columns are not the same recommendations.")
	p("- **The typical wait** is the gap between two rows that a moment chosen at random falls into, by its median. The plain median would be next to nothing for a file, whose rows come together.")
	p("- The live systems look once or twice in a real second what is due, which is about %s here: waits below that are of the demo's own making.", hours(live.second))
	p("\n## What is left out\n")
	p("- Orders are made in the ERP by a call in both: the tower writes them, so a nightly order file is not part of the before.")
	p("- Master data, which does not change in the week, has no cadence. Of all accepted events %s (live) and %s (nightly) were superseded or parked; they count as rows of the cadence.", share(live.left), share(nightly.left))
	p("- What the age costs in sales or stock is not measured: a week is too short for orders with lead times of 2 to 15 days.")
	p("- Reconciliation compares the ERP's snapshot in both. In the nightly exchange what replenishment holds is not compared, since it rightly has the figures of its last import.")
}

func share(l leftOut) string {
	return fmt.Sprintf("%.1f %%", 100*float64(l.superseded+l.parked)/float64(max(l.received, 1)))
}
