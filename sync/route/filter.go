package route

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"cel.dev/cel-go/cel"

	"throughline/models"
)

// Bounds of a condition: its text, and what one evaluation may cost in CEL's units.
const (
	maxCondition  = 2000
	conditionCost = 10_000
)

// Filter decides what of the change log a subscriber gets: events of its types,
// of its DCs, and of those the ones that meet its condition, an expression in
// CEL. It is immutable and safe for concurrent use.
type Filter struct {
	types     []models.EventType
	dcs       []string
	text      string      // of the condition
	condition cel.Program // nil takes everything
}

// conditionEnvironment declares what a condition may ask: the event's envelope,
// and its payload as data.
var conditionEnvironment = sync.OnceValues(func() (*cel.Env, error) {
	options := []cel.EnvOption{cel.Variable("data", cel.DynType)}
	for _, name := range []string{"type", "source", "subject", "item", "dc"} {
		options = append(options, cel.Variable(name, cel.StringType))
	}
	return cel.NewEnv(options...)
})

// NewFilter compiles the filter of a subscription. CodeInvalid says what is
// wrong with its condition.
func NewFilter(s models.Subscription) (*Filter, error) {
	f := &Filter{types: s.Types, dcs: s.DCs, text: s.Condition}
	if s.Condition == "" {
		return f, nil
	}
	if len(s.Condition) > maxCondition {
		return nil, models.Errorf(models.CodeInvalid, "The condition has %d bytes; it may have %d.", len(s.Condition), maxCondition)
	}
	env, err := conditionEnvironment()
	if err != nil {
		return nil, fmt.Errorf("prepare a route's condition: %w", err)
	}
	checked, issues := env.Compile(s.Condition)
	if issues.Err() != nil {
		return nil, models.Wrap(models.CodeInvalid, issues.Err(), "The condition cannot be read: "+issues.Err().Error())
	}
	if out := checked.OutputType(); out != cel.BoolType && out != cel.DynType {
		return nil, models.Errorf(models.CodeInvalid, "The condition gives %s and not true or false.", out)
	}
	f.condition, err = env.Program(checked, cel.CostLimit(conditionCost))
	if err != nil {
		return nil, models.Wrap(models.CodeInvalid, err, "The condition cannot be used: "+err.Error())
	}
	return f, nil
}

// is says whether this is the filter that a subscription has now.
func (f *Filter) is(s models.Subscription) bool {
	return f.text == s.Condition && slices.Equal(f.types, s.Types) && slices.Equal(f.dcs, s.DCs)
}

// Takes decides on one event. What belongs to no DC passes the list of DCs. An
// event whose condition cannot be evaluated is taken, and the error says why: a
// receiver can leave what it does not want, but not ask for what it never saw.
func (f *Filter) Takes(e models.Event) (bool, error) {
	if !slices.Contains(f.types, e.Type) || len(f.dcs) > 0 && e.DC != "" && !slices.Contains(f.dcs, e.DC) {
		return false, nil
	}
	if f.condition == nil {
		return true, nil
	}
	var data any
	if err := json.Unmarshal([]byte(e.Data), &data); err != nil {
		return true, fmt.Errorf("read the payload: %w", err)
	}
	out, _, err := f.condition.Eval(map[string]any{
		"type": string(e.Type), "source": e.Source, "subject": e.Subject, "item": e.Item, "dc": e.DC, "data": data,
	})
	if err != nil {
		return true, err
	}
	met, isBool := out.Value().(bool)
	if !isBool {
		return true, fmt.Errorf("the condition gave %s and not true or false", out.Type().TypeName())
	}
	return met, nil
}
