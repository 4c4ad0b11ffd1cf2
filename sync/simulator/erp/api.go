package erp

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"throughline/models"
	"throughline/sync/simulator/fault"
)

// maxRequest bounds an order, in bytes.
const maxRequest = 1 << 20

func (e *ERP) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /erp/purchase-orders", e.postOrder(kindPurchase))
	mux.HandleFunc("POST /erp/transfer-orders", e.postOrder(kindTransfer))
	mux.HandleFunc("GET /erp/orders", e.getOrders)
	mux.HandleFunc("GET /erp/orders/changed", e.getChangedOrders)
	mux.HandleFunc("GET /erp/orders/count", e.getOrderCount)
	mux.HandleFunc("POST /erp/orders/{number}/confirmations/accept", e.postAccept)
	mux.HandleFunc("POST /erp/orders/{number}/confirmations/chase", e.postChase)
	mux.HandleFunc("POST /erp/orders/{number}/transmissions", e.postTransmission)
	mux.HandleFunc("GET /erp/balances", e.getBalances)
	mux.HandleFunc("GET /erp/balances/{item}/{dc}", e.getBalance)
	mux.HandleFunc("GET /erp/balances/{item}/{dc}/movements", e.getMovements)
	if e.cfg.Replay != nil {
		mux.HandleFunc("POST /erp/events/replay", e.postReplay)
	}
	return e.upAndAllowed(mux)
}

// upAndAllowed answers 503 while the ERP is down and 401 without the token.
func (e *ERP) upAndAllowed(next http.Handler) http.Handler {
	want := []byte("Bearer " + e.cfg.Token)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch got := []byte(r.Header.Get("Authorization")); {
		case e.down():
			reply(w, http.StatusServiceUnavailable, businessRefusal{"down", "the ERP is down"})
		case subtle.ConstantTimeCompare(got, want) != 1:
			reply(w, http.StatusUnauthorized, businessRefusal{"unauthorized", "the bearer token is missing or wrong"})
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// orderSummary is what the API says of an order.
type orderSummary struct {
	Number    string    `json:"number"`
	Reference string    `json:"reference"`
	Kind      string    `json:"kind"`
	State     string    `json:"state"`
	OrderedAt time.Time `json:"ordered_at"`
}

func summary(o *order) orderSummary {
	return orderSummary{o.number, o.reference, o.kind, o.state(), o.orderedAt.UTC()}
}

func (e *ERP) postOrder(kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		wanted := models.OrderRequest{Kind: kind}
		if !decode(w, r, &wanted) {
			return
		}
		trace, _ := models.ParseTraceParent(r.Header.Get("Traceparent")) // without one the order begins its own
		placed, created, err := e.place(r.Context(), wanted, trace)
		switch {
		case err != nil:
			e.fail(w, r, err)
		case created && e.takeLostAnswer():
			e.strike(r.Context(), fault.LostAnswer, placed.reference)
			panic(http.ErrAbortHandler) // the order stands, the caller never hears
		case created:
			reply(w, http.StatusCreated, summary(placed))
		default:
			reply(w, http.StatusConflict, summary(placed))
		}
	}
}

// takeLostAnswer reports, once, that the answer to this order is to be lost.
func (e *ERP) takeLostAnswer() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	lose := e.loseAnswer
	e.loseAnswer = false
	return lose
}

// fail answers a refusal with 422 and everything else with 503: the order was
// not taken.
func (e *ERP) fail(w http.ResponseWriter, r *http.Request, err error) {
	if refusal, ok := errors.AsType[*businessRefusal](err); ok {
		reply(w, http.StatusUnprocessableEntity, refusal)
		return
	}
	if r.Context().Err() == nil {
		e.cfg.Logger.WarnContext(r.Context(), "request failed", slog.String("path", r.URL.Path), slog.Any("error", err))
	}
	reply(w, http.StatusServiceUnavailable, businessRefusal{"unavailable", "try again later"})
}

func decode(w http.ResponseWriter, r *http.Request, into any) bool {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest)).Decode(into); err != nil {
		reply(w, http.StatusBadRequest, businessRefusal{"invalid_json", err.Error()})
		return false
	}
	return true
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a caller that has gone needs no answer
}
