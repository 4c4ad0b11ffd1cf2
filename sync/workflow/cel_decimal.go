package workflow

import (
	"errors"
	"fmt"
	"reflect"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"github.com/shopspring/decimal"
)

// CEL's own numbers are integers and doubles; quantities and money are neither.
var (
	decimalType = cel.ObjectType("decimal")
	decimalKind = types.NewObjectType("decimal", traits.ComparerType, traits.AdderType, traits.MultiplierType, traits.ModderType)
)

type celDecimal struct{ decimal.Decimal }

var (
	_ traits.Comparer   = celDecimal{}
	_ traits.Adder      = celDecimal{}
	_ traits.Multiplier = celDecimal{}
	_ traits.Modder     = celDecimal{}
)

// decimalLibrary gives rules the operators < <= > >= + * % and == on decimals,
// and decimal('0.05') for a constant.
func decimalLibrary() []cel.EnvOption {
	options := []cel.EnvOption{
		cel.Function("decimal", cel.Overload("decimal_string", []*cel.Type{cel.StringType}, decimalType, cel.UnaryBinding(parseDecimal))),
	}
	for _, op := range []string{operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals} {
		options = append(options, decimalOperator(op, cel.BoolType))
	}
	for _, op := range []string{operators.Add, operators.Multiply, operators.Modulo} {
		options = append(options, decimalOperator(op, decimalType))
	}
	return options
}

// decimalOperator declares a standard operator for decimals; the operator's own
// binding calls the traits below.
func decimalOperator(operator string, result *cel.Type) cel.EnvOption {
	return cel.Function(operator, cel.Overload("decimal"+operator, []*cel.Type{decimalType, decimalType}, result))
}

// digits bounds a constant: a sum with 1e999999999 would write all its zeros.
const digits = 40

func parseDecimal(text ref.Val) ref.Val {
	written := fmt.Sprint(text.Value())
	d, err := decimal.NewFromString(written)
	if err != nil || len(written) > digits || d.Exponent() > digits || d.Exponent() < -digits {
		return types.NewErr("%v is no decimal of %d digits at most", written, digits)
	}
	return celDecimal{d}
}

func (d celDecimal) Compare(other ref.Val) ref.Val {
	o, ok := other.(celDecimal)
	if !ok {
		return types.MaybeNoSuchOverloadErr(other)
	}
	return types.Int(d.Cmp(o.Decimal))
}

func (d celDecimal) Add(other ref.Val) ref.Val {
	return d.with(other, d.Decimal.Add)
}

func (d celDecimal) Multiply(other ref.Val) ref.Val {
	return d.with(other, d.Mul)
}

func (d celDecimal) Modulo(other ref.Val) ref.Val {
	if o, ok := other.(celDecimal); ok && o.IsZero() {
		return types.NewErr("modulus by zero")
	}
	return d.with(other, d.Mod)
}

func (d celDecimal) with(other ref.Val, operation func(decimal.Decimal) decimal.Decimal) ref.Val {
	o, ok := other.(celDecimal)
	if !ok {
		return types.MaybeNoSuchOverloadErr(other)
	}
	return celDecimal{operation(o.Decimal)}
}

func (d celDecimal) Equal(other ref.Val) ref.Val {
	o, ok := other.(celDecimal)
	return types.Bool(ok && d.Decimal.Equal(o.Decimal))
}

func (celDecimal) ConvertToNative(reflect.Type) (any, error) {
	return nil, errors.New("a decimal stays a decimal in a rule")
}

func (d celDecimal) ConvertToType(kind ref.Type) ref.Val {
	if kind == types.StringType {
		return types.String(d.String())
	}
	return types.NewErr("a decimal is no %s", kind.TypeName())
}

func (celDecimal) Type() ref.Type { return decimalKind }
func (d celDecimal) Value() any   { return d.Decimal }
