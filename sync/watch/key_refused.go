package watch

import (
	"fmt"
	"slices"

	"throughline/models"
)

// keyRefused is API-02 of a source that goes on calling with a key that is not
// honoured, or not for what it is used for.
type keyRefused struct {
	windows Windows
}

func (d keyRefused) signals(all []models.KeyTrouble, l Look) []models.Signal {
	var signals []models.Signal
	for _, t := range all {
		expiryTells := t.Kind == models.TroubleExpired && !t.Replaced && t.Key.RevokedAt == nil
		if !t.Kind.Credential() || t.Calls < repeated || t.LastAt.Sub(t.Since) < d.windows.TurnedAway || expiryTells {
			continue
		}
		signals = append(signals, d.signal(t, l))
	}
	return signals
}

func (d keyRefused) signal(t models.KeyTrouble, l Look) models.Signal {
	k := t.Key
	s := models.Signal{
		Code: models.ExceptionAccess, Key: "calls|" + k.Source + "|" + k.Prefix + "|" + string(t.Kind), Occurrences: int(min(t.Calls, 1<<30)),
		Subject: models.ExceptionSubject{Source: k.Source},
		Risk:    models.Risk{AtLeast: models.ConsequenceNuisance, At: l.After(t.Since, d.windows.Soon)},
	}
	calls := fmt.Sprintf("%s since %s, the last at %s", capital(plural(t.Calls, "call")), models.Instant(t.Since), models.Instant(t.LastAt))
	if t.Kind == models.TroubleForbidden {
		s.Title = k.Source + " calls for what its key may not do"
		s.Happened = fmt.Sprintf("%s, with the key %s… were answered 403: the key is honoured, and not for this.", calls, k.Prefix)
		return s
	}
	s.Title = fmt.Sprintf("%s goes on with a key that was %s", k.Source, t.Kind)
	why := "was revoked"
	if t.Kind == models.TroubleExpired {
		s.Title, why = k.Source+" goes on with a key that has expired", "has expired"
	}
	s.Happened = fmt.Sprintf("%s, with the key %s… were answered 401, since it %s. Nothing of them is in the figures; another key of %s is for the same.", calls, k.Prefix, why, k.Source)
	if slices.Contains(k.Scopes, models.ScopeSend) {
		s.Key = "refused|" + k.Source + "|" + k.Prefix + "|" + string(t.Kind)
	}
	if !t.Replaced {
		s.Happened = fmt.Sprintf("%s, with the key %s… were answered 401, since it %s. Nothing of them is in the figures, and no other key of %s is for the same.", calls, k.Prefix, why, k.Source)
		s.Risk.AtLeast = models.ConsequenceStop
	}
	return s
}
