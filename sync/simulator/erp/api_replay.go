package erp

import "net/http"

// postReplay sends events again by their numbers, on their usual way.
func (e *ERP) postReplay(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Series string `json:"series"`
		First  int64  `json:"first"`
		Last   int64  `json:"last"`
	}
	if !decode(w, r, &asked) {
		return
	}
	if asked.First < 1 || asked.Last < asked.First {
		reply(w, http.StatusBadRequest, businessRefusal{"invalid_range", "say the first and the last number, from 1 on"})
		return
	}
	reply(w, http.StatusAccepted, map[string]int{"coming": e.cfg.Replay(asked.Series, asked.First, asked.Last)})
}
