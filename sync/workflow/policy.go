package workflow

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"cel.dev/cel-go/cel"
	celast "cel.dev/cel-go/common/ast"
	"github.com/shopspring/decimal"

	"throughline/models"
)

//go:embed policy.json
var defaultPolicy []byte

// Policy decides who approves a recommendation. It is immutable and safe for
// concurrent use.
type Policy struct {
	Version      string
	DecideWithin time.Duration // real time that a person has, unless the cut-off is earlier

	currency     string
	autoLimit    decimal.Decimal
	secondLimit  decimal.Decimal
	maxCoverDays decimal.Decimal
	weekBudget   decimal.Decimal // of a DC's purchases, over models.BudgetDays; zero sets none
	rules        []rule
}

type rule struct {
	name    string
	message string
	inputs  []string // the variables that the expression reads
	program cel.Program
}

type policyFile struct {
	Version      string          `json:"version"`
	Currency     string          `json:"currency"`
	AutoLimit    decimal.Decimal `json:"auto_limit"`
	SecondLimit  decimal.Decimal `json:"second_limit"`
	MaxCoverDays decimal.Decimal `json:"max_cover_days"`
	WeekBudget   decimal.Decimal `json:"week_budget"`
	DecideWithin string          `json:"decide_within"`
	Rules        []struct {
		Name    string `json:"name"`
		Expr    string `json:"expr"`
		Message string `json:"message"`
	} `json:"rules"`
}

// DefaultPolicy is the policy that this binary carries.
func DefaultPolicy() (*Policy, error) { return ParsePolicy(defaultPolicy) }

// ParsePolicy reads a policy file and compiles its rules against the typed
// variables; a rule that does not type-check is an error.
func ParsePolicy(file []byte) (*Policy, error) {
	var f policyFile
	if err := json.Unmarshal(file, &f); err != nil {
		return nil, fmt.Errorf("read the policy: %w", err)
	}
	within, err := time.ParseDuration(f.DecideWithin)
	if err != nil {
		return nil, fmt.Errorf("read the policy's decide_within: %w", err)
	}
	if f.Version == "" || len(f.Rules) == 0 || f.SecondLimit.LessThan(f.AutoLimit) {
		return nil, errors.New("a policy needs a version, rules, and a second limit not below the first")
	}
	env, err := policyEnvironment()
	if err != nil {
		return nil, err
	}
	p := &Policy{
		Version: f.Version, DecideWithin: within, currency: f.Currency,
		autoLimit: f.AutoLimit, secondLimit: f.SecondLimit, maxCoverDays: f.MaxCoverDays, weekBudget: f.WeekBudget,
	}
	for _, r := range f.Rules {
		compiled, err := compileRule(env, r.Name, r.Expr, r.Message)
		if err != nil {
			return nil, err
		}
		p.rules = append(p.rules, compiled)
	}
	return p, nil
}

func policyEnvironment() (*cel.Env, error) {
	options := decimalLibrary()
	for _, name := range []string{"kind", "basis", "currency", "company_currency", "late_feed", "fallback", "supplier_status"} {
		options = append(options, cel.Variable(name, cel.StringType))
	}
	for _, name := range []string{"item_known", "supplier_known"} {
		options = append(options, cel.Variable(name, cel.BoolType))
	}
	for _, name := range []string{"unseen_orders", "open_proposals", "drifts", "conflicts"} {
		options = append(options, cel.Variable(name, cel.IntType))
	}
	for _, name := range []string{
		"quantity", "value", "moq", "pack", "auto_limit", "second_limit", "stock_after", "daily_demand", "max_cover_days",
		"committed_after", "week_budget",
	} {
		options = append(options, cel.Variable(name, decimalType))
	}
	env, err := cel.NewEnv(options...)
	if err != nil {
		return nil, fmt.Errorf("prepare the policy's variables: %w", err)
	}
	return env, nil
}

func compileRule(env *cel.Env, name, expr, message string) (rule, error) {
	checked, issues := env.Compile(expr)
	if issues.Err() != nil {
		return rule{}, fmt.Errorf("rule %s: %w", name, issues.Err())
	}
	if checked.OutputType() != cel.BoolType {
		return rule{}, fmt.Errorf("rule %s gives %s and not true or false", name, checked.OutputType())
	}
	program, err := env.Program(checked, cel.CostLimit(1000))
	if err != nil {
		return rule{}, fmt.Errorf("rule %s: %w", name, err)
	}
	r := rule{name: name, message: message, program: program}
	celast.PreOrderVisit(checked.NativeRep().Expr(), celast.NewExprVisitor(func(e celast.Expr) {
		if e.Kind() == celast.IdentKind && !slices.Contains(r.inputs, e.AsIdent()) {
			r.inputs = append(r.inputs, e.AsIdent())
		}
	}))
	return r, nil
}

// PolicyFacts is what the rules are told about a recommendation.
type PolicyFacts struct {
	Kind     string
	Basis    models.Verdict
	Quantity decimal.Decimal
	Value    decimal.Decimal
	Currency string
	models.SupplyFacts
}

// Evaluate runs every rule. A rule that cannot be evaluated has not passed, so
// that a broken policy leaves the decision to a person.
func (p *Policy) Evaluate(facts PolicyFacts) models.PolicyOutcome {
	outcome := models.PolicyOutcome{Version: p.Version, Route: models.RouteAuto}
	variables := p.variables(facts)
	for _, r := range p.rules {
		outcome.Results = append(outcome.Results, r.evaluate(variables))
	}
	if !outcome.Passed() || !mayPassByItself(facts.Late.Fallback()) {
		outcome.Route = p.RouteFor(facts.Value)
	}
	return outcome
}

// mayPassByItself holds for every policy, whatever its rules say.
func mayPassByItself(f models.Fallback) bool {
	return f != models.FallbackManual && f != models.FallbackHold
}

// RouteFor is who must approve a value that the policy does not approve by itself.
func (p *Policy) RouteFor(value decimal.Decimal) models.ApprovalRoute {
	if value.GreaterThan(p.secondLimit) {
		return models.RouteDouble
	}
	return models.RouteSingle
}

func (p *Policy) variables(f PolicyFacts) map[string]any {
	return map[string]any{
		"kind": f.Kind, "basis": string(f.Basis), "currency": f.Currency, "company_currency": p.currency,
		"late_feed": f.Late.Source, "fallback": string(f.Late.Fallback()),
		"item_known": f.ItemKnown, "supplier_known": f.SupplierKnown, "supplier_status": string(f.SupplierStatus),
		"unseen_orders": f.UnseenOrders, "open_proposals": f.OpenProposals, "drifts": f.Drifts, "conflicts": f.Conflicts,
		"quantity": celDecimal{f.Quantity}, "value": celDecimal{f.Value}, "moq": celDecimal{f.MOQ}, "pack": celDecimal{f.Pack},
		"auto_limit": celDecimal{p.autoLimit}, "second_limit": celDecimal{p.secondLimit}, "max_cover_days": celDecimal{p.maxCoverDays},
		"stock_after": celDecimal{f.Available.Add(f.OnOrder).Add(f.Quantity)}, "daily_demand": celDecimal{f.DailyDemand},
		"committed_after": celDecimal{f.Committed.Add(f.Value)}, "week_budget": celDecimal{p.weekBudget},
	}
}

func (r rule) evaluate(variables map[string]any) models.RuleResult {
	result := models.RuleResult{Rule: r.name, Message: r.message, Inputs: make(map[string]string, len(r.inputs))}
	for _, name := range r.inputs {
		result.Inputs[name] = asText(variables[name])
	}
	value, _, err := r.program.Eval(variables)
	if err != nil {
		result.Message = "The rule cannot be evaluated (" + err.Error() + "); a person has to decide."
		return result
	}
	result.Passed, _ = value.Value().(bool)
	return result
}

func asText(value any) string {
	if d, ok := value.(celDecimal); ok {
		return d.String()
	}
	return fmt.Sprint(value)
}
