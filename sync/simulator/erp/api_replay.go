package erp

import (
	"net/http"
	"time"

	"throughline/models"
)

// replayed is what a request names: the numbers of a series or, with a type, a time.
type replayed struct {
	Series      string
	First, Last int64

	Type         models.EventType
	DC           string
	Since, Until time.Time
}

// postReplay sends events again, on their usual way.
func (e *ERP) postReplay(w http.ResponseWriter, r *http.Request) {
	var asked replayed
	if !decode(w, r, &asked) {
		return
	}
	if asked.Type != "" {
		e.replayTime(w, r, asked)
		return
	}
	if asked.First < 1 || asked.Last < asked.First {
		reply(w, http.StatusBadRequest, businessRefusal{"invalid_range", "say the first and the last number, from 1 on"})
		return
	}
	reply(w, http.StatusAccepted, map[string]int{"coming": e.cfg.Replay(asked.Series, asked.First, asked.Last)})
}

func (e *ERP) replayTime(w http.ResponseWriter, r *http.Request, asked replayed) {
	if !asked.Until.After(asked.Since) {
		reply(w, http.StatusBadRequest, businessRefusal{"invalid_range", "until must be after since"})
		return
	}
	coming, err := e.cfg.ReplayTime(r.Context(), asked.Type, asked.DC, asked.Since, asked.Until)
	if err != nil {
		e.fail(w, r, err)
		return
	}
	reply(w, http.StatusAccepted, map[string]int{"coming": coming})
}
