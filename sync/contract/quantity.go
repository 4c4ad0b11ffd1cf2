package contract

import (
	"strings"

	"github.com/shopspring/decimal"
)

// sign is what a quantity may be.
type sign int

const (
	anySign sign = iota
	notNegative
	positive
)

var one = decimal.NewFromInt(1)

func (s *scanner) quantity() decimal.Decimal    { return s.decimal(anySign) }
func (s *scanner) notNegative() decimal.Decimal { return s.decimal(notNegative) }
func (s *scanner) positive() decimal.Decimal    { return s.decimal(positive) }

// share reads a decimal from 0 to 1.
func (s *scanner) share() decimal.Decimal {
	d := s.notNegative()
	if s.fault == nil && d.GreaterThan(one) {
		s.fail("must be a decimal from 0 to 1")
	}
	return d
}

// decimal reads a decimal from a string or a number, never through a float.
func (s *scanner) decimal(allowed sign) decimal.Decimal {
	var d decimal.Decimal
	var ok bool
	switch c := s.peek(); {
	case c == '"':
		d, ok = decimalFromString(s.str(), allowed)
	case c == '-' || ('0' <= c && c <= '9'):
		if text := s.number(); s.fault == nil {
			d, ok = decimalFromNumber(text)
		}
	default:
		s.wrongKind("must be a decimal, as a string or a number")
		return d
	}
	if !ok || (allowed != anySign && d.Sign() < 0) || (allowed == positive && d.Sign() == 0) {
		s.fail("must be a decimal within its bounds")
	}
	return d
}

// decimalFromString keeps to the pattern of the schemas: up to 15 digits before
// and 9 after the point, a minus only where a negative quantity makes sense.
func decimalFromString(text string, allowed sign) (decimal.Decimal, bool) {
	body := text
	if allowed == anySign {
		body = strings.TrimPrefix(text, "-")
	}
	point := digits(body, 0)
	end := point
	if point < len(body) && body[point] == '.' {
		end = digits(body, point+1)
		if end == point+1 || end-point-1 > pointDigits {
			return decimal.Decimal{}, false
		}
	}
	if point == 0 || point > wholeDigits || end != len(body) {
		return decimal.Decimal{}, false
	}
	return plainDecimal(text)
}

// decimalFromNumber bounds a JSON number as the schemas do.
func decimalFromNumber(text string) (decimal.Decimal, bool) {
	if strings.ContainsAny(text, "eE") || len(text) > 18 {
		d, err := decimal.NewFromString(text)
		if err != nil || d.Abs().Cmp(decimal.New(1, wholeDigits)) >= 0 || !d.Equal(d.Truncate(pointDigits)) {
			return d, false
		}
		return d, true
	}
	d, ok := plainDecimal(text)
	switch {
	case !ok || d.Exponent() >= -2 && len(text) <= wholeDigits:
		return d, ok
	case d.Exponent() < -pointDigits && !d.Equal(d.Truncate(pointDigits)):
		return d, false
	}
	return d, d.Abs().Cmp(decimal.New(1, wholeDigits)) < 0
}

// plainDecimal converts digits with at most one point and a minus.
func plainDecimal(text string) (decimal.Decimal, bool) {
	if len(text) > 18 {
		d, err := decimal.NewFromString(text)
		return d, err == nil
	}
	var mantissa int64
	var exponent int32
	point := false
	for i := range len(text) {
		switch c := text[i]; c {
		case '-':
			continue
		case '.':
			point = true
			continue
		default:
			mantissa = mantissa*10 + int64(c-'0')
		}
		if point {
			exponent--
		}
	}
	if text[0] == '-' {
		mantissa = -mantissa
	}
	return decimal.New(mantissa, exponent), true
}
