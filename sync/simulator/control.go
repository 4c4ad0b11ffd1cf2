package simulator

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"throughline/models"
	"throughline/sync/simulator/fault"
)

// logLimit is how many entries of the fault log are shown.
const logLimit = 500

// control serves GET /faults, POST /faults/{name}?for=DURATION, DELETE /faults/{name}, GET /truth, GET
// /truth/offers?of=RECOMMENDATION, PUT /settings/unique-references, GET /clock,
// GET /outbox and GET /healthz. It listens on the loopback and refuses what a
// foreign web page sends.
func (r *Running) control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /clock", func(w http.ResponseWriter, _ *http.Request) { reply(w, http.StatusOK, r.Clock) })
	mux.HandleFunc("GET /faults", r.getFaults)
	mux.HandleFunc("POST /faults/{name}", r.postFault)
	mux.HandleFunc("DELETE /faults/{name}", r.endFault)
	mux.HandleFunc("GET /truth", r.getTruth)
	mux.HandleFunc("GET /truth/offers", r.getOffers)
	mux.HandleFunc("GET /outbox", r.getOutbox)
	mux.HandleFunc("PUT /settings/unique-references", r.putUniqueReferences)
	return http.NewCrossOriginProtection().Handler(mux)
}

func (r *Running) getFaults(w http.ResponseWriter, request *http.Request) {
	entries, err := r.board.Log(request.Context(), logLimit)
	if err != nil {
		r.fail(w, request, err)
		return
	}
	reply(w, http.StatusOK, struct {
		Faults []fault.Status `json:"faults"`
		Log    []fault.Entry  `json:"log"`
	}{r.board.Statuses(), entries})
}

func (r *Running) postFault(w http.ResponseWriter, request *http.Request) {
	lasting, err := lasts(request.URL.Query().Get("for"))
	if err != nil {
		r.fail(w, request, err)
		return
	}
	entry, err := r.board.TriggerFor(request.Context(), request.PathValue("name"), fault.ByRequest, lasting)
	if err != nil {
		r.fail(w, request, err)
		return
	}
	reply(w, http.StatusAccepted, entry)
}

// endFault ends a fault before its time.
func (r *Running) endFault(w http.ResponseWriter, request *http.Request) {
	if err := r.board.End(request.Context(), request.PathValue("name")); err != nil {
		r.fail(w, request, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// lasts reads how long a fault is to last; 0 for its own time.
func lasts(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, models.Errorf(models.CodeInvalid, "%q is no duration such as 45s", text)
	}
	return d, nil
}

// getTruth says what is out of the ordinary in the systems' own books.
func (r *Running) getTruth(w http.ResponseWriter, request *http.Request) {
	truth, err := r.erp.Truth(request.Context())
	if err != nil {
		r.fail(w, request, err)
		return
	}
	reply(w, http.StatusOK, truth)
}

// getOutbox says how much each system has to send and what was answered.
func (r *Running) getOutbox(w http.ResponseWriter, request *http.Request) {
	type state struct {
		Waiting   int64 `json:"waiting"`
		Accepted  int64 `json:"accepted"`
		Duplicate int64 `json:"duplicate"`
		Rejected  int64 `json:"rejected"`
		Conflict  int64 `json:"conflict"`
	}
	states := make(map[string]state)
	for source, sender := range r.senders {
		var waiting int64
		err := r.db.QueryRow(request.Context(), "SELECT count(*) FROM outbox WHERE source = $1", source).Scan(&waiting)
		if err != nil {
			r.fail(w, request, err)
			return
		}
		stats := sender.Stats()
		states[source] = state{waiting, stats.Accepted, stats.Duplicate, stats.Rejected, stats.Conflict}
	}
	reply(w, http.StatusOK, states)
}

func (r *Running) putUniqueReferences(w http.ResponseWriter, request *http.Request) {
	var body struct {
		On *bool `json:"on"`
	}
	if err := json.NewDecoder(request.Body).Decode(&body); err != nil || body.On == nil {
		r.fail(w, request, models.Errorf(models.CodeInvalid, `say {"on": true} or {"on": false}`))
		return
	}
	r.erp.SetUniqueReferences(*body.On)
	w.WriteHeader(http.StatusNoContent)
}

func (r *Running) fail(w http.ResponseWriter, request *http.Request, err error) {
	status := http.StatusInternalServerError
	switch models.CodeOf(err) {
	case models.CodeNotFound:
		status = http.StatusNotFound
	case models.CodeConflict:
		status = http.StatusConflict
	case models.CodeInvalid:
		status = http.StatusBadRequest
	default:
		r.cfg.Logger.WarnContext(request.Context(), "control request failed", slog.Any("error", err))
	}
	message := "something went wrong in the simulator; its log says what"
	if coded, ok := errors.AsType[*models.Error](err); ok {
		message = coded.Message
	}
	reply(w, status, map[string]string{"message": message})
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a caller that has gone needs no answer
}
