// Package connectortest holds every connector to the same contract, and lends
// tests an ERP that misbehaves on demand.
package connectortest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"throughline/models"
	"throughline/sync/connector"
)

// Fault is how a Stub treats the next requests that make an order.
type Fault string

// The faults. FaultLost makes the order and never answers; FaultBroken makes it
// and answers 500; FaultDown answers 503 to everything; FaultRefuse answers 422.
const (
	FaultNone   Fault = ""
	FaultLost   Fault = "lost"
	FaultBroken Fault = "broken"
	FaultDown   Fault = "down"
	FaultRefuse Fault = "refuse"
)

// Stub is an ERP that speaks the plain HTTP of connector/rest. Without Unique it
// makes a second order for a reference that it has already seen. It is safe for
// concurrent use once it serves.
type Stub struct {
	Unique bool

	mu       sync.Mutex
	fault    Fault
	times    int
	orders   []stubOrder
	balances []connector.Balance
	ledger   []StubLine
	answers  []string
	series   string
	counted  []int64
	kept     []StubEvent
	listed   []connector.ChangedOrder
	sent     map[string][]time.Time // when orders were transmitted
}

type stubOrder struct {
	Number    string              `json:"number"`
	Reference string              `json:"reference"`
	Kind      string              `json:"kind"`
	State     string              `json:"state"`
	OrderedAt time.Time           `json:"ordered_at"`
	Request   models.OrderRequest `json:"request"`
}

// Break makes the next times requests meet a fault; 0 means all until the next Break.
func (s *Stub) Break(fault Fault, times int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault, s.times = fault, times
}

// Stock sets the balances, which the stub serves in the order of item and DC.
func (s *Stub) Stock(rows ...connector.Balance) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.balances = rows
	slices.SortFunc(s.balances, func(a, b connector.Balance) int {
		return cmp.Or(cmp.Compare(a.Item, b.Item), cmp.Compare(a.DC, b.DC))
	})
}

// StubLine is a line of the stub's stock ledger.
type StubLine struct {
	Item, DC string
	models.StockLine
}

// Ledger sets the lines of the stock ledger, in the order of version.
func (s *Stub) Ledger(lines ...StubLine) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ledger = lines
}

// Counts sets the numbers of a series that the stub still has; without any it
// offers no replay.
func (s *Stub) Counts(series string, numbers ...int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.series, s.counted = series, numbers
}

// StubEvent is an event that the stub can send again by its time.
type StubEvent struct {
	Type models.EventType
	DC   string
	At   time.Time
}

// Keeps sets the events that the stub sends again by their time; without any it
// offers no such replay.
func (s *Stub) Keeps(events ...StubEvent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = events
}

// Lists sets the orders that the stub lists by their time; without any it lists none.
func (s *Stub) Lists(orders ...connector.ChangedOrder) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listed = orders
}

// Transmitted sets when an order was transmitted; without any the stub transmits none again.
func (s *Stub) Transmitted(number string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sent == nil {
		s.sent = map[string][]time.Time{}
	}
	s.sent[number] = []time.Time{at}
}

// Transmissions are the times at which an order was transmitted.
func (s *Stub) Transmissions(number string) []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent[number])
}

// Numbers are the orders made under a reference.
func (s *Stub) Numbers(reference string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var numbers []string
	for _, o := range s.orders {
		if o.Reference == reference {
			numbers = append(numbers, o.Number)
		}
	}
	return numbers
}

// Answers are the accepted and chased confirmations, as "accept PO-1/2".
func (s *Stub) Answers() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.answers)
}

// Handler serves the stub.
func (s *Stub) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /erp/purchase-orders", s.create("purchase"))
	mux.HandleFunc("POST /erp/transfer-orders", s.create("transfer"))
	mux.HandleFunc("GET /erp/orders", s.find)
	mux.HandleFunc("GET /erp/orders/changed", s.changed)
	mux.HandleFunc("GET /erp/balances", s.page)
	mux.HandleFunc("GET /erp/balances/{item}/{dc}", s.balance)
	mux.HandleFunc("GET /erp/balances/{item}/{dc}/movements", s.movements)
	mux.HandleFunc("POST /erp/events/replay", s.replay)
	mux.HandleFunc("POST /erp/orders/{number}/transmissions", s.transmit)
	mux.HandleFunc("POST /erp/orders/{number}/confirmations/{action}", s.answer)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.meets(FaultDown) {
			reply(w, http.StatusServiceUnavailable, map[string]string{"message": "The ERP is down."})
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// meets reports whether this request meets the fault, and counts it.
func (s *Stub) meets(fault Fault) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fault != fault || fault == FaultNone {
		return false
	}
	if s.times > 0 {
		if s.times--; s.times == 0 {
			s.fault = FaultNone
		}
	}
	return true
}

func (s *Stub) create(kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var request models.OrderRequest
		if err := json.NewDecoder(r.Body).Decode(&request); err != nil || request.Reference == "" {
			reply(w, http.StatusBadRequest, map[string]string{"message": "The order cannot be read."})
			return
		}
		if s.meets(FaultRefuse) {
			reply(w, http.StatusUnprocessableEntity, map[string]string{"code": "supplier_blocked", "message": "The supplier is blocked."})
			return
		}
		made, isNew := s.make(kind, request)
		switch {
		case s.meets(FaultLost):
			<-r.Context().Done()
		case s.meets(FaultBroken):
			reply(w, http.StatusInternalServerError, map[string]string{"message": "Something broke."})
		case isNew:
			reply(w, http.StatusCreated, made)
		default:
			reply(w, http.StatusConflict, made)
		}
	}
}

func (s *Stub) make(kind string, request models.OrderRequest) (stubOrder, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Unique {
		for _, o := range s.orders {
			if o.Reference == request.Reference {
				return o, false
			}
		}
	}
	made := stubOrder{
		Number: fmt.Sprintf("PO-%d", len(s.orders)+1), Reference: request.Reference, Kind: kind,
		State: "open", OrderedAt: time.Now().UTC(), Request: request,
	}
	s.orders = append(s.orders, made)
	return made, true
}

func (s *Stub) find(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := []stubOrder{}
	for _, o := range s.orders {
		if o.Reference == r.URL.Query().Get("reference") {
			found = append(found, o)
		}
	}
	reply(w, http.StatusOK, map[string]any{"orders": found})
}

func (s *Stub) changed(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listed == nil {
		reply(w, http.StatusNotFound, map[string]string{"message": "No orders are listed here."})
		return
	}
	since, _ := time.Parse(time.RFC3339Nano, r.URL.Query().Get("since"))
	from, _ := strconv.Atoi(r.URL.Query().Get("after"))
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	rows := slices.DeleteFunc(slices.Clone(s.listed), func(o connector.ChangedOrder) bool { return o.ChangedAt.Before(since) })
	to := min(from+limit, len(rows))
	page := connector.OrderPage{Rows: rows[from:to]}
	if to < len(rows) {
		page.Next = strconv.Itoa(to)
	}
	reply(w, http.StatusOK, page)
}

func (s *Stub) page(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from, _ := strconv.Atoi(r.URL.Query().Get("after"))
	limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
	if err != nil || limit < 1 {
		limit = 500
	}
	since, _ := time.Parse(time.RFC3339Nano, r.URL.Query().Get("changed_since"))
	dc := r.URL.Query().Get("dc")
	rows := slices.DeleteFunc(slices.Clone(s.balances), func(b connector.Balance) bool { return b.AsOf.Before(since) || dc != "" && b.DC != dc })
	to := min(from+limit, len(rows))
	page := connector.BalancePage{Rows: rows[from:to]}
	if to < len(rows) {
		page.Next = strconv.Itoa(to)
	}
	reply(w, http.StatusOK, page)
}

func (s *Stub) balance(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range s.balances {
		if b.Item == r.PathValue("item") && b.DC == r.PathValue("dc") {
			reply(w, http.StatusOK, b)
			return
		}
	}
	reply(w, http.StatusNotFound, map[string]string{"message": "No such balance."})
}

func (s *Stub) movements(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	after, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64)
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	kept, found := false, []models.StockLine{}
	for _, l := range s.ledger {
		if l.Item != r.PathValue("item") || l.DC != r.PathValue("dc") {
			continue
		}
		kept = true
		if l.Version > after && len(found) < limit {
			found = append(found, l.StockLine)
		}
	}
	if !kept {
		reply(w, http.StatusNotFound, map[string]string{"message": "No ledger of this key."})
		return
	}
	reply(w, http.StatusOK, map[string]any{"movements": found})
}

func (s *Stub) replay(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Series       string
		First, Last  int64
		Type         models.EventType
		DC           string
		Since, Until time.Time
	}
	_ = json.NewDecoder(r.Body).Decode(&asked)
	s.mu.Lock()
	defer s.mu.Unlock()
	if asked.Type == "" && s.counted == nil || asked.Type != "" && s.kept == nil {
		reply(w, http.StatusNotFound, map[string]string{"message": "Nothing is sent again here."})
		return
	}
	coming := 0
	for _, n := range s.counted {
		if asked.Series == s.series && n >= asked.First && n <= asked.Last {
			coming++
		}
	}
	for _, e := range s.kept {
		if e.Type == asked.Type && (asked.DC == "" || e.DC == asked.DC) && !e.At.Before(asked.Since) && e.At.Before(asked.Until) {
			coming++
		}
	}
	reply(w, http.StatusAccepted, map[string]int{"coming": coming})
}

// transmit sends an order once more, unless it went after the instant that is named.
func (s *Stub) transmit(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		UnlessAfter time.Time `json:"unless_after"`
	}
	_ = json.NewDecoder(r.Body).Decode(&asked)
	if s.meets(FaultRefuse) {
		reply(w, http.StatusUnprocessableEntity, map[string]string{"message": "The supplier is blocked."})
		return
	}
	at, known := s.sendAgain(r.PathValue("number"), asked.UnlessAfter)
	switch {
	case !known:
		reply(w, http.StatusNotFound, map[string]string{"message": "Nothing is transmitted again here."})
	case s.meets(FaultLost):
		<-r.Context().Done()
	default:
		reply(w, http.StatusOK, map[string]time.Time{"transmitted_at": at})
	}
}

func (s *Stub) sendAgain(number string, unlessAfter time.Time) (at time.Time, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sent := s.sent[number]
	if len(sent) == 0 {
		return at, false
	}
	if last := sent[len(sent)-1]; last.After(unlessAfter) {
		return last, true
	}
	at = time.Now().UTC().Truncate(time.Microsecond)
	s.sent[number] = append(sent, at)
	return at, true
}

func (s *Stub) answer(w http.ResponseWriter, r *http.Request) {
	var asked struct{ Line int }
	_ = json.NewDecoder(r.Body).Decode(&asked)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers = append(s.answers, fmt.Sprintf("%s %s/%d", r.PathValue("action"), r.PathValue("number"), asked.Line))
	reply(w, http.StatusAccepted, map[string]string{})
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
