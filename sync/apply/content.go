package apply

import (
	"crypto/sha256"
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"throughline/models"
	"throughline/models/store"
)

// contentHash is over what a fact says, with decimals in their shortest form,
// so that 1.0 and 1 are the same. The time of a balance or movement is not part
// of it: the ERP reads the same version again at another time.
func contentHash(fact any) (store.Hash, error) {
	switch f := fact.(type) {
	case *models.InventoryBalance:
		return hashText("balance", f.OnHand.String(), f.Allocated.String(), f.Unit), nil
	case *models.InventoryMovement:
		return hashText("movement", f.Kind, f.OnHandDelta.String(), f.AllocatedDelta.String(), f.Unit, f.Document), nil
	case *models.ThresholdBreached:
		timeless := *f
		timeless.Time = time.Time{}
		return hashJSON(timeless)
	}
	return hashJSON(fact)
}

func hashJSON(fact any) (store.Hash, error) {
	encoded, err := json.Marshal(fact)
	if err != nil {
		return store.Hash{}, err
	}
	whole := sha256.Sum256(encoded)
	return store.Hash(whole[:16]), nil
}

func hashText(parts ...string) store.Hash {
	whole := sha256.Sum256([]byte(strings.Join(parts, "\x1f")))
	return store.Hash(whole[:16])
}

// component names the code that judged an attempt; its version changes when the rules do.
const component = "apply/1"

var variable = regexp.MustCompile(`"[^"]*"|'[^']*'|[A-Za-z]*[0-9][A-Za-z0-9_.:-]*`)

// fingerprint groups what did not pass for the same cause: by stage, code,
// version of the rules, and reason without what varies from event to event.
func fingerprint(t models.EventType, v verdict) store.Hash {
	reason := variable.ReplaceAllString(v.reason, "#")
	if v.state == store.StateWaiting {
		reason = v.waitsFor
	}
	return hashText(string(stageOf(v.code)), component, string(t), v.code, reason)
}
