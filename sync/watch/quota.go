package watch

import (
	"fmt"

	"throughline/models"
)

// quotaUsed is API-03 of a source: for longer than a burst lasts it is turned away
// above its quota, or has next to nothing left of it.
type quotaUsed struct {
	windows Windows
}

func (d quotaUsed) signals(all []models.KeyTrouble, l Look) []models.Signal {
	turnedAway := map[int64]bool{}
	for _, t := range all {
		turnedAway[t.Key.ID] = turnedAway[t.Key.ID] || t.Kind == models.TroubleThrottled && d.lasts(t)
	}
	var signals []models.Signal
	for _, t := range all {
		if t.Kind.Credential() || !d.lasts(t) || t.Kind == models.TroubleScarce && turnedAway[t.Key.ID] {
			continue
		}
		signals = append(signals, d.signal(t, l))
	}
	return signals
}

func (d quotaUsed) lasts(t models.KeyTrouble) bool {
	return t.LastAt.Sub(t.Since) >= d.windows.TurnedAway
}

func (d quotaUsed) signal(t models.KeyTrouble, l Look) models.Signal {
	k, may := t.Key, t.Key.Strictest()
	lane, consequence := "real-time", models.ConsequenceSerious
	if k.Lane() == models.LaneBulk {
		lane, consequence = "bulk", models.ConsequenceEffect
	}
	s := models.Signal{
		Code: models.ExceptionRateLimited, Key: "source|" + k.Source + "|" + k.Prefix, Occurrences: int(min(t.Calls, 1<<30)),
		Title: k.Source + " sends more than its quota",
		Happened: fmt.Sprintf("%s of %s in the %s lane were answered 429 since %s. %s may bring %g events a second, %d at once; %d were left at the last of them. The source has to send again what was turned away.",
			capital(plural(t.Calls, "request")), k.Source, lane, models.Instant(t.Since), holderOf(k), may.Rate, may.Burst, t.Spare),
		Subject: models.ExceptionSubject{Source: k.Source},
		Risk:    models.Risk{AtLeast: consequence, At: l.After(t.Since, d.windows.Soon)},
	}
	if t.Kind == models.TroubleScarce {
		s.Title = k.Source + " has next to nothing left of its quota"
		s.Happened = fmt.Sprintf("Since %s less than 5 %% is left of the quota of %s in the %s lane, %d of %d events at the last look. %s may bring %g events a second; what comes faster will be answered 429.",
			models.Instant(t.Since), k.Source, lane, t.Spare, may.Burst, holderOf(k), may.Rate)
		s.Risk.AtLeast = rise(k.Lane() == models.LaneRealtime)
	}
	return s
}

// holderOf names whose limit binds: to raise that of the key does nothing for a
// source whose keys share a stricter one.
func holderOf(k models.APIKey) string {
	if k.Quota.Limited() && k.Strictest() == k.Quota {
		return "All keys of " + k.Source + " together"
	}
	return "The key " + k.Prefix + "…"
}
