// Package form reads a submitted form field by field and collects what is
// wrong, so that a person hears of every fault at once.
package form

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"throughline/models"
)

// Form is one submitted form. It is not for use by several goroutines.
type Form struct {
	values url.Values
	faults []models.FieldError
}

// Read starts reading values.
func Read(values url.Values) *Form {
	return &Form{values: values}
}

// Err is nil, or an invalid models.Error with a FieldError for each fault.
func (f *Form) Err() error {
	if len(f.faults) == 0 {
		return nil
	}
	err := models.Errorf(models.CodeInvalid, "%s", f.faults[0].Message)
	err.Fields = f.faults
	return err
}

// Fault notes what is wrong with a field, for rules that only the caller knows.
func (f *Form) Fault(field, message string) {
	f.faults = append(f.faults, models.FieldError{Field: field, Message: message})
}

// Text is a field without surrounding space, at most longest bytes long.
func (f *Form) Text(field string, longest int) string {
	text := strings.TrimSpace(f.values.Get(field))
	if len(text) > longest {
		f.Fault(field, "This is too long: at most "+strconv.Itoa(longest)+" characters")
	}
	return text
}

// Required is a Text that may not be empty.
func (f *Form) Required(field string, longest int) string {
	text := f.Text(field, longest)
	if text == "" {
		f.Fault(field, "This must be filled in")
	}
	return text
}

// Int is a whole number.
func (f *Form) Int(field string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(f.values.Get(field)), 10, 64)
	if err != nil {
		f.Fault(field, "This must be a whole number")
	}
	return n
}

// longestQuantity is more than anybody orders of anything, in digits.
const longestQuantity = 30

// Quantity is a decimal above zero. Thousands may be separated by commas. Powers of
// ten are refused: to write 1e999999999 out takes all memory.
func (f *Form) Quantity(field string) decimal.Decimal {
	text := strings.ReplaceAll(strings.TrimSpace(f.values.Get(field)), ",", "")
	d, err := decimal.NewFromString(text)
	if err != nil || !d.IsPositive() || len(text) > longestQuantity || strings.ContainsAny(text, "eE") {
		f.Fault(field, "This must be a quantity above 0")
		return decimal.Zero
	}
	return d
}

// Choice is one of the allowed values.
func (f *Form) Choice(field string, allowed ...string) string {
	choice := f.values.Get(field)
	if !slices.Contains(allowed, choice) {
		f.Fault(field, "Choose one of the options")
		return ""
	}
	return choice
}
