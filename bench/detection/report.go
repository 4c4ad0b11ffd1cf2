package main

import (
	"fmt"
	"io"
	"time"

	"throughline/models"
	"throughline/sync/simulator/erp"
	"throughline/sync/simulator/fault"
)

// report writes the document about a version of the program.
func report(out io.Writer, o options, version string, s *scores, log []fault.Entry) {
	p := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format+"\n", args...) }
	p("# Detection, scored\n")
	p("The demo's systems are broken on purpose, in a seeded series, alone and overlapping. This is what the tower found of it. " +
		"`make detection` writes this page anew: real program, real Postgres, simulated systems over HTTP.\n")
	p("Seed %d, a business day of %s, %d faults. The seed fixes what is broken when and which item or DC is drawn; "+
		"which orders are open at that moment depends on the machine. Repeat it with `make detection SEED=%d`.\n", o.seed, o.day, len(log), o.seed)
	p("Run on %s with version %s.\n", time.Now().UTC().Format("2 January 2006"), version)
	table(p, s)
	p("Goal: %.0f %% recall, at least %.0f %% precision, of all kinds together. A run that misses it fails, after it has written this page.\n", 100*goalRecall, 100*goalPrecision)
	p("## How it is counted\n")
	p("- **Injected** is what the systems say, not the tower: the fault log of the simulator, the keys, the polls and what the series itself has done in the database or as a person for API-02, API-09, TRF-06 and PLT, for BIZ-03 every order line that differs in the ERP's own tables, by fault or by the ordinary ways of suppliers, and for WFL-02 every recommendation that trade has left behind by the systems' own tables.")
	p("- **Found**: an exception of the kind with the same subject stood while or shortly after it was wrong. Where one exception gathers several events (TRF-01, TRF-06, API-04, API-06, API-07, OWN-01), its count must include the event.")
	p("- **Hidden** is out of the recall: it was over before a look could see it (a difference of less than %s), or its DC or the ERP was cut off meanwhile, so that nothing of it reached the tower, or, of a used version, the tower had read the ERP's own version from it first. A promise that is late and not short is only logged until five business days before its goods are needed, unless stock runs out because of it, and so is a recommendation on old figures that computing again would change by half at most and by little money.", mustSee)
	p("- **False alarms** are all exceptions since the start of the demo that match nothing injected and follow from no other fault by the rules below.")
	p("- **Time to detect** runs from the fault to the exception. It includes what the kind allows: a silence of 30 s, a hole in a sequence for 20 s, the end of a business day and 20 s for a control total, three business days for an answer, a comparison of stock every minute, five minutes of fifteen in which a source tells old news (OWN-04).")
	p("- A lost answer, a burst of duplicates and a burst out of order must raise nothing, nor a key with more than fourteen days left, nor a poll from a token that is good; they are in the series and count as false alarms if they do.")
	p("- **REC-02**: the series declares in a throughline.yaml of its own that a difference may stay in flight for %s, instead of 15 min. Its age counts from the first comparison, which an outage of the ERP delays: what could not become as old before the series ended, or before the ERP may tell the balance anew (%s), is hidden.", stuckAfter, erp.SetAsideFor)
	p("- **WFL-02**: every %s each recommendation that waits, which is the tower's word, is put beside what the systems know: the stock that replenishment says it stands on, the ERP's balance, orders and receipts, and the series of the forecasting system. The rule of the verdicts says from these what is stale, and whether computing again would change the quantity; the same rule as the tower's, on figures that are not. What is stale for less than %s is hidden. Once forecasting has a newer revision, or replenishment another recommendation, an alarm is explained and nothing is asked for: only the tower says whether a revision is material, and a recommendation that was replaced is on its way out.", offersEvery, mustSee)
	p("- **PLT-02**: the systems say which events they sent so that the tower has to set them aside (an id or a version used twice, a record of another's, what a rule of the database refuses); nobody decides on them, and from the %dth on it has to say that they grow. A flood at the end of the acts makes sure that there are so many.", manyParked)
	p("- **BIZ-01**: a count in the ERP finds nothing left of an item that sells at a DC, was covered for three weeks and is not on order, so that stock is out before an order placed now could arrive. All other stockouts follow from trade and count as explained: whether they were told rightly shows when a lead time has passed in which nobody acted, and then says as much of the forecast as of the tower.")
	p("- **TRF-06**: the contracts refuse at the door what no rule could map, so a source of the series sends suppliers' words that a trigger refuses which somebody has put into the database.")
	p("- **PLT-01**: for %s a session of the database holds the table of the stock positions, so that nothing takes effect, beside an outage of the ERP.", tableHeld)
	p("- **PLT-03**: the database keeps its changes for a replica that does not come, for %s; the series declares that it may lack %d MB, instead of 256. A full disk and a wrong clock are left out: the series runs on the machine of whoever calls it and must not fill its disk or set its clock. The whole-program tests fill a disk of their own.", replicaGone, replicaLacks)
	p("- **PLT-05**: a planner of the series puts aside up to %d stockouts at once, through the API.", putAsideAtOnce)
	p("- **PLT-06**: a counter of the books is changed by hand in the database, and set right %s later.", lasting)
	p("- **API-09**: the series polls with a key of its own, from a token of a log that went further than the tower's, as a system has that read from the tower before it was restored from an older backup. Retention keeps two days at least, longer than a series. After %s it reads the export and goes on from its token.\n", withoutData)
	p("## What counts as explained\n")
	p("| fault | raises truly | because |\n|---|---|---|")
	for _, c := range consequences() {
		p("| %s | %s%s | %s |", c.fault, c.code, scope(c), c.why)
	}
	p("\nIn the time of the fault and %s after it; an order that waits for its next try, %s; a target that has come back, and the next comparison of stock, %s; a wrong sign, %s; a lost balance until it is read again, %s; one whose version was used, %s.\n", aftereffect, nextTry, drained, nextRun, readAgain, erp.SetAsideFor)
	p("## Not scored\n")
	p("| kind | raised | why not |\n|---|---:|---|")
	for _, k := range models.ExceptionKinds() {
		if why, ok := notScored()[k.Code]; ok {
			p("| %s %s | %d | %s |", k.Code, k.Name, s.kinds[k.Code].alarms, why)
		}
	}
	deviations(p, s)
}

func scope(c consequence) string {
	switch {
	case c.source != "":
		return " of " + c.source
	case c.ofKey:
		return " of the item at the DC"
	case c.sameDC:
		return " at the DC"
	}
	return ""
}

func table(p func(string, ...any), s *scores) {
	p("| kind | injected | found | missed | hidden | explained | false alarms | recall | precision | p50 | p95 |")
	p("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
	for _, kind := range models.ExceptionKinds() {
		k := s.kinds[kind.Code]
		if _, left := notScored()[kind.Code]; left && k.wrong == 0 {
			continue
		}
		p("| %s %s %s", kind.Code, kind.Name, k.cells())
	}
	p("| **all** %s\n", s.all().cells())
}

func (s *score) add(k *score) {
	s.injected, s.found, s.missed, s.hidden = s.injected+k.injected, s.found+k.found, s.missed+k.missed, s.hidden+k.hidden
	s.alarms, s.explained, s.wrong = s.alarms+k.alarms, s.explained+k.explained, s.wrong+k.wrong
	s.took = append(s.took, k.took...)
}

func (s *score) cells() string {
	return fmt.Sprintf("| %d | %d | %d | %d | %d | %d | %.1f %% | %.1f %% | %s | %s |", s.injected, s.found, s.missed, s.hidden,
		s.explained, s.wrong, 100*s.recall(), 100*s.precision(), seconds(s.percentile(50)), seconds(s.percentile(95)))
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.0f s", d.Seconds()) }

// deviations lists each miss and false alarm, so that nobody has to take the table's word.
func deviations(p func(string, ...any), s *scores) {
	p("\n## Each miss, false alarm and hidden fault\n")
	none := true
	for _, line := range s.lines {
		p("- %s", line)
		none = false
	}
	if none {
		p("None.")
	}
}
