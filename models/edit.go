package models

import (
	"encoding/json"
	"time"
)

// EventEdit is what a person wants an unsettled event to say instead. Base is
// how many edits the person saw, so that of two who edit at once one is told.
type EventEdit struct {
	Seq    int64
	Base   int
	Data   string
	Actor  string
	Reason string
}

// EditCheck is what an edit would bring about if it were replayed now.
type EditCheck struct {
	Result     ReplayResult
	Patch      string
	Violations []Violation // of its contract
	Key        string      // the ordering key with the edit
	Moved      bool        // it is another than before
	MakesOrder bool        // it takes effect as a recommendation, which may become an order
}

// EditedEvent is one edit that was made.
type EditedEvent struct {
	Number  int
	Patch   string
	Reason  string
	Actor   string
	Outcome string
	MadeAt  time.Time
	Run     int64 // the bulk action that made it, 0 when a person did
}

// PatchChange is one operation of a JSON Patch with the value that it found.
type PatchChange struct{ Op, Path, Before, After string }

// PatchChanges are the operations of a patch; a test tells what stood before.
func PatchChanges(patch string) ([]PatchChange, error) {
	var ops []struct {
		Op, Path, From string
		Value          json.RawMessage
	}
	if err := json.Unmarshal([]byte(patch), &ops); err != nil {
		return nil, Wrap(CodeInvalid, err, "This is not a JSON Patch.")
	}
	var changes []PatchChange
	found := map[string]string{}
	for _, op := range ops {
		switch op.Op {
		case "test":
			found[op.Path] = string(op.Value)
			continue
		case "move", "copy":
			changes = append(changes, PatchChange{Op: op.Op, Path: op.Path, Before: "from " + op.From})
			continue
		}
		change := PatchChange{Op: op.Op, Path: op.Path, Before: found[op.Path]}
		if op.Op != "remove" {
			change.After = string(op.Value)
		}
		changes = append(changes, change)
	}
	return changes, nil
}
