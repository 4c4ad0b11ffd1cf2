package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"throughline/models"
	"throughline/sync/simulator/fault"
)

// What the series does itself as somebody with access to the tower's database.
// What lasts is ended by an act of its own.
const (
	goneReplica  = "gone-replica"  // a place is kept for a copy of the database that never comes
	replicaGiven = "replica-given" // it is given up
	wrongCount   = "wrong-count"   // a counter of the books is changed
	rightCount   = "right-count"   // and set right
	heldTable    = "held-table"    // the positions are held, so that nothing takes effect
	freedTable   = "freed-table"   // they are given back
	ruledOut     = "ruled-out"     // a rule of somebody's own refuses a supplier's word that a source sends
)

const (
	replicaGone = time.Minute
	// replicaLacks are the MB of changes that a replica may lack here, fewer than the
	// demo makes in the time of one.
	replicaLacks = 1
	// tableHeld is long enough for a trend of half a minute, looked at every fifteen
	// seconds, and shorter than an event may wait.
	tableHeld    = 55 * time.Second
	countedWrong = "forecasting"
	ruledSource  = "supplier-portal"
	ruledOrder   = "RULED-OUT-" // how the orders of its words begin
)

// ends names the act that ends what lasts; empty for what ends by itself.
func ends(name string) string {
	return map[string]string{goneReplica: replicaGiven, wrongCount: rightCount, heldTable: freedTable}[name]
}

func byHand() map[string]func(*tower, context.Context) error {
	return map[string]func(*tower, context.Context) error{
		goneReplica: (*tower).keepForReplica, replicaGiven: (*tower).giveReplicaUp,
		wrongCount: (*tower).countWrong, rightCount: (*tower).countRight,
		heldTable: (*tower).holdTable, freedTable: (*tower).freeTable, ruledOut: (*tower).ruleOut,
	}
}

// hands is what somebody with access to the database has done.
type hands struct {
	log     []fault.Entry
	held    pgx.Tx // of the table
	secret  string // of the source whose words are ruled out
	ruledAt int
}

// began notes what is wrong from now on.
func (h *hands) began(name, target string) {
	now := time.Now()
	h.log = append(h.log, fault.Entry{Name: name, Cause: fault.ByRequest, Target: target, StartedAt: now, EndsAt: now})
}

// ended notes that the one of a name that has lasted longest is over.
func (h *hands) ended(name string) (target string) {
	for i := range h.log {
		if f := &h.log[i]; f.Name == name && f.EndsAt.Equal(f.StartedAt) {
			f.EndsAt = time.Now()
			return f.Target
		}
	}
	return ""
}

func (t *tower) exec(ctx context.Context, sql string, args ...any) error {
	_, err := t.DB.Pool.Exec(ctx, sql, args...)
	return err
}

func (t *tower) keepForReplica(ctx context.Context) error {
	name := fmt.Sprintf("standby_%d", len(t.hands.log)+1)
	if err := t.exec(ctx, `SELECT pg_create_physical_replication_slot($1, true)`, name); err != nil {
		return err
	}
	t.hands.began(goneReplica, name)
	return nil
}

func (t *tower) giveReplicaUp(ctx context.Context) error {
	return t.exec(ctx, `SELECT pg_drop_replication_slot($1)`, t.hands.ended(goneReplica))
}

func (t *tower) countWrong(ctx context.Context) error {
	t.hands.began(wrongCount, countedWrong)
	return t.count(ctx, 1)
}

func (t *tower) countRight(ctx context.Context) error {
	t.hands.ended(wrongCount)
	return t.count(ctx, -1)
}

func (t *tower) count(ctx context.Context, more int) error {
	return t.exec(ctx, `UPDATE books_received SET received = received + $1 WHERE source = $2 AND lane = $3`, more, countedWrong, models.LaneRealtime)
}

// holdTable lets everybody read the positions and nobody write them.
func (t *tower) holdTable(ctx context.Context) (err error) {
	if t.hands.held, err = t.DB.Pool.Begin(ctx); err != nil {
		return err
	}
	_, err = t.hands.held.Exec(ctx, `LOCK TABLE positions IN SHARE MODE`)
	t.hands.began(heldTable, "")
	return err
}

func (t *tower) freeTable(ctx context.Context) error {
	t.hands.ended(heldTable)
	return t.hands.held.Rollback(ctx)
}

// ruleOut lets a source send a supplier's word that the tower takes in and a trigger
// on its table refuses. Each is about an order of its own, or it would wait behind the
// one before.
func (t *tower) ruleOut(ctx context.Context) error {
	if t.hands.secret == "" {
		if err := t.addRule(ctx); err != nil {
			return err
		}
	}
	var supplier string
	if err := t.DB.Pool.QueryRow(ctx, `SELECT min(supplier) FROM suppliers`).Scan(&supplier); err != nil {
		return err
	}
	t.hands.ruledAt++
	id, now := fmt.Sprintf("%s%d", ruledOrder, t.hands.ruledAt), time.Now().UTC().Format(time.RFC3339Nano)
	event := fmt.Sprintf(`{"specversion": "1.0", "id": %q, "source": %q, "type": %q, "time": %q,
		"data": {"supplier": %q, "order": %q, "kind": "delay", "message": "Ruled out", "occurred_at": %q}}`,
		id, ruledSource, models.TypeSupplierException, now, supplier, id, now)
	t.hands.began(ruledOut, id)
	return t.send(ctx, event)
}

// addRule gives a source that is new a key, and makes the rule.
func (t *tower) addRule(ctx context.Context) error {
	secret, err := t.Say(ctx, "key", "add", "--source", ruledSource, "--no-interval", "a measurement")
	if err != nil {
		return err
	}
	t.hands.secret = strings.TrimSpace(secret)
	return errors.Join(t.exec(ctx, `CREATE FUNCTION rule_out() RETURNS trigger LANGUAGE plpgsql AS
		$$ BEGIN RAISE check_violation USING MESSAGE = 'we keep no words of the portal'; END $$`),
		t.exec(ctx, `CREATE TRIGGER rule_out BEFORE INSERT ON supplier_exceptions FOR EACH ROW WHEN (NEW.number LIKE '`+ruledOrder+`%') EXECUTE FUNCTION rule_out()`))
}

// send brings one event through the door of all.
func (t *tower) send(ctx context.Context, event string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.URL+"/api/v1/events", strings.NewReader(event))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+t.hands.secret)
	req.Header.Set("Content-Type", "application/cloudevents+json")
	res, err := t.HTTP.Do(req)
	if err != nil {
		return err
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusAccepted {
		return fmt.Errorf("a word of %s was answered %d", ruledSource, res.StatusCode)
	}
	return nil
}
